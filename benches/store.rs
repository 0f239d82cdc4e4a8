//! How fast the store takes batches as the recorder writes them: `cargo bench --bench store`. SQLite in a temporary
//! folder at `synchronous=FULL`; PostgreSQL too when `RAMAL_BENCH_POSTGRES` has the URL of an empty database.
//!
//! CPU is this process's, user and system; PostgreSQL's own is not in it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use ramal::domain::{
    AttemptOrigin, CompanyId, Draft, EventFlags, Keys, Provider, Seq, SourceId, Timestamp, WebhookId,
};
use ramal::secrets::MasterKey;
use ramal::store::{
    AttemptRow, Cursor, Head, MasterSource, NewEvent, Phases, Settlement, Store, StoreError, StoreOptions,
    Writer,
};

const COMPANIES: usize = 10;
const EVENTS: usize = 200_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StoreError> {
    let folder = tempfile::tempdir_in(".").expect("a folder on the disk that is measured");
    let sqlite = format!("sqlite://{}", folder.path().join("bench.db").display());
    for (name, url) in [("sqlite", Some(sqlite)), ("postgres", std::env::var("RAMAL_BENCH_POSTGRES").ok())] {
        let Some(url) = url else { continue };
        let master = MasterSource::Given(MasterKey::generate());
        let (store, mut writer) =
            Store::open(&url, StoreOptions { master, ..StoreOptions::default() }).await?;
        let mut bench = Bench::new(&mut writer).await?;
        for (what, batch, settle) in [
            ("append", 100, false),
            ("append and settle", 100, true),
            ("append and settle", 1_000, true),
            ("append and settle", 1, true),
        ] {
            let events = if batch == 1 { 2_000 } else { EVENTS };
            let Figures { wall, cpu, worst } = bench.run(&mut writer, events, batch, settle).await?;
            #[expect(clippy::cast_precision_loss, reason = "figures for people")]
            let (rows, per) =
                (events as f64 / wall.as_secs_f64(), cpu.as_secs_f64() / events as f64 * 10_000.0);
            println!(
                "{name:8} {what:17} batches of {batch:4}: {rows:8.0} events/s, {per:.3} CPU s per 10,000, \
                 {:.2} ms a batch, {:.0} the longest",
                wall.as_secs_f64() * 1_000.0 / f64::from(u32::try_from(events / batch).expect("few")),
                worst.as_secs_f64() * 1_000.0
            );
        }
        let started = (Instant::now(), cpu_time());
        let (mut from, mut read) = (Seq(1), 0);
        while let Some(last) = {
            let page = store.events(bench.companies[0], from, 1_000, 4 << 20).await?;
            read += page.len();
            page.last().map(|event| event.seq)
        } {
            from = last.next();
        }
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let (rows, per) = (
            read as f64 / started.0.elapsed().as_secs_f64(),
            cpu_time().saturating_sub(started.1).as_secs_f64() / read as f64 * 10_000.0,
        );
        println!("{name:8} read pages of 1,000              {rows:8.0} events/s, {per:.3} CPU s per 10,000");
        store.close().await;
        writer.close().await?;
    }
    Ok(())
}

struct Figures {
    wall: Duration,
    cpu: Duration,
    /// The longest batch, with the cutting of the log if it came after it.
    worst: Duration,
}

struct Bench {
    companies: Vec<CompanyId>,
    heads: Vec<i64>,
    batch: i64,
    draft: Draft,
}

impl Bench {
    async fn new(writer: &mut Writer) -> Result<Self, StoreError> {
        let mut companies = Vec::new();
        let mut tx = writer.begin().await?;
        for n in 0..COMPANIES {
            let company = tx.create_company(&format!("bench {n}"), false, Timestamp(0)).await?;
            tx.put_cursor(company, WebhookId(company.0), Seq(0)).await?;
            companies.push(company);
        }
        tx.commit().await?;
        let draft = Draft {
            source: SourceId(1),
            provider: Provider::new("threecplus"),
            session: None,
            name: "call-was-connected".into(),
            lane: Some("call:k7QmZp3RtW".into()),
            received_at: Timestamp(1_704_067_200_000_000),
            payload: Bytes::from(vec![b'x'; 1_024]),
            keys: Keys {
                call: Some("k7QmZp3RtW".into()),
                phones: vec!["5511900001234".into()],
                agent: Some("17".into()),
                chat: None,
            },
            flags: EventFlags::default(),
            extra: None,
            dedupe: None,
        };
        Ok(Self { companies, heads: vec![0; COMPANIES], batch: 0, draft })
    }

    /// Writes `events` events in batches, each committed.
    async fn run(
        &mut self,
        writer: &mut Writer,
        events: usize,
        batch: usize,
        settle: bool,
    ) -> Result<Figures, StoreError> {
        let started = (Instant::now(), cpu_time());
        let mut worst = Duration::ZERO;
        for _ in 0..events / batch {
            let began = Instant::now();
            let mut new = Vec::with_capacity(batch);
            let mut settlements: Vec<Settlement> = Vec::new();
            for n in 0..batch {
                let at = n % COMPANIES;
                self.heads[at] += 1;
                let (company, seq) = (self.companies[at], Seq(self.heads[at]));
                new.push(NewEvent { company, seq, draft: &self.draft });
                if settle {
                    note(&mut settlements, at, company, seq);
                }
            }
            self.batch += 1;
            let touched = 0..COMPANIES.min(batch);
            let heads: Vec<Head> = touched
                .map(|at| Head {
                    company: self.companies[at],
                    seq: Seq(self.heads[at]),
                    epoch: 0,
                    batch: self.batch,
                })
                .collect();
            let mut tx = writer.begin_batch().await?;
            tx.append(&new).await?;
            assert_eq!(tx.set_heads(&heads).await?, []);
            tx.settle(&settlements).await?;
            tx.commit().await?;
            writer.look_at_wal().await?;
            worst = worst.max(began.elapsed());
        }
        Ok(Figures { wall: started.0.elapsed(), cpu: cpu_time().saturating_sub(started.1), worst })
    }
}

fn note(settlements: &mut Vec<Settlement>, at: usize, company: CompanyId, seq: Seq) {
    let webhook = WebhookId(company.0);
    if settlements.len() <= at {
        settlements.push(Settlement {
            company,
            webhook,
            cursor: None,
            attempts: Vec::new(),
            held: Vec::new(),
            replays: Vec::new(),
        });
    }
    settlements[at].cursor = Some(Cursor { revision: 1, seq });
    settlements[at].attempts.push(AttemptRow {
        webhook,
        seq,
        origin: AttemptOrigin::Live,
        n: 1,
        at: Timestamp(1_704_067_200_000_000 + seq.0),
        revision: 1,
        phases: Phases { first_byte_us: Some(800), total_us: Some(900), ..Phases::default() },
        status: Some(200),
        error: None,
        answer: None,
        charged: true,
    });
}

/// User and system time of this process so far, from the kernel's ticks of 10 ms.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields = stat.rsplit_once(')').expect("a command in brackets").1;
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}
