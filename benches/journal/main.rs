//! What the journal costs: events a second and CPU time through the real recorder on SQLite (`synchronous=FULL`), and
//! the time from `append` until a reader has the event. `cargo bench --bench journal`, with `-- throughput` or
//! `-- latency` for one of the two.
//!
//! `-- rebuild` writes as many and measures what it costs that rows are made anew of them (`rebuild`); `-- calls` the same of calls,
//! and how long pages of these take; `-- pages` the latter alone, over as many calls of one company.
//!
//! `-- search` writes five million events (8 GB, some minutes) and measures how long searches take (`search`); with
//! `RAMAL_BENCH_POSTGRES`, the URL of an empty database, on PostgreSQL.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

mod calls;
mod cases;
mod rebuild;
mod search;
mod story;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::{Parser, ValueEnum};
use ramal::domain::{
    AttemptOrigin, CompanyId, Draft, EventFlags, Keys, Provider, Seq, SourceId, Timestamp, WebhookId,
};
use ramal::journal::{Journal, JournalOptions, ReadLimit};
use ramal::ownership::{Leaser, Owned, StaticLeaser};
use ramal::runtime::consumers;
use ramal::store::{AttemptRow, Cursor, Phases, SaveSource, Settlement, Store, StoreOptions};
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COMPANIES: i64 = 10;
const PAGE: ReadLimit = ReadLimit { items: 1_000, bytes: 1 << 20 };

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    Throughput,
    Latency,
    Search,
    Rebuild,
    Calls,
    Pages,
}

#[derive(Parser)]
struct Options {
    /// Measure only this; without it, throughput and latency.
    mode: Option<Mode>,
    /// How many events are searched, or made anew; of `pages`, how many calls there are.
    #[arg(long, default_value_t = 5_000_000)]
    events: u64,
    /// Keep what is searched in this folder, and use what an earlier run has left there.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Given by cargo when it runs benchmarks.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    match options.mode {
        // `cargo test --benches` only wants to know that it starts.
        _ if !options.bench => {}
        Some(Mode::Search) => search(&options, &runtime),
        Some(Mode::Rebuild) => runtime.block_on(rebuild::measure("indexer", options.events)),
        Some(Mode::Calls) => runtime.block_on(rebuild::measure("calls", options.events)),
        Some(Mode::Pages) => runtime.block_on(calls::pages(options.events)),
        mode => runtime.block_on(append_and_read(mode)),
    }
}

fn search(options: &Options, runtime: &tokio::runtime::Runtime) {
    let folder = tempfile::tempdir_in(base()).expect("a folder");
    let kept = options.keep.clone().unwrap_or_else(|| folder.path().to_owned());
    std::fs::create_dir_all(&kept).expect("a folder");
    let place = search::Place::new(kept, options.events);
    runtime.block_on(place.fill()).expect("events to search");
    place.ask().expect("answers");
}

async fn append_and_read(only: Option<Mode>) {
    for (name, settle, paced) in [
        ("append, flat out", false, None),
        ("append + settle, flat out", true, None),
        ("append, 20,000/s", false, Some(20_000)),
        ("append + settle, 20,000/s", true, Some(20_000)),
    ] {
        if only != Some(Mode::Latency) {
            throughput(name, settle, paced).await;
        }
    }
    for rate in [200, 1_000] {
        if only != Some(Mode::Throughput) {
            latency(rate).await;
        }
    }
}

/// Where databases are put: on the disk that is measured.
fn base() -> PathBuf {
    std::env::var_os("BENCH_DIR").unwrap_or_else(|| "target".into()).into()
}

struct House {
    journal: Journal,
    tasks: ramal::journal::JournalTasks,
    companies: Vec<Owned<CompanyId>>,
    _folder: tempfile::TempDir,
}

async fn house() -> House {
    let folder = tempfile::tempdir_in(base()).expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
    let (store, writer) = Store::open(&url, StoreOptions::default()).await.expect("a store");
    let options = JournalOptions { consumers: consumers(), ..JournalOptions::default() };
    let (journal, tasks) = Journal::start(store, writer, options).await.expect("starts");
    let mut companies = Vec::new();
    for n in 0..COMPANIES {
        let company = journal
            .control(move |tx| {
                Box::pin(async move {
                    let company = tx.create_company(&format!("company {n}"), false, Timestamp(0)).await?;
                    tx.put_cursor(company, WebhookId(company.0), Seq::ZERO).await?;
                    let save = SaveSource {
                        account: None,
                        config: "{}",
                        secret: None,
                        secrets: &[],
                        token_name: None,
                        connect: false,
                        provisioned: false,
                    };
                    tx.create_source(company, Provider::new("threecplus"), None, &save, Timestamp(0)).await?;
                    Ok(company)
                })
            })
            .await;
        companies.push(company.expect("a company"));
    }
    let companies = StaticLeaser::new(journal.clone()).acquire(companies).await.expect("leases");
    House { journal, tasks, companies, _folder: folder }
}

fn draft(n: usize) -> Draft {
    let mut payload = format!("{{\"n\":{n},\"text\":\"");
    payload.push_str(&"x".repeat(1_100 - payload.len()));
    payload.push_str("\"}");
    Draft {
        source: SourceId(1),
        provider: Provider::new("threecplus"),
        session: None,
        name: "call-was-connected".into(),
        lane: Some(format!("call:{}", n / 6).into()),
        received_at: Timestamp::now(),
        payload: Bytes::from(payload),
        keys: Keys {
            call: Some(format!("k{}", n / 6).into()),
            phones: vec![format!("55119{:08}", n / 6).into()],
            agent: Some((n % 50).to_string().into()),
            chat: None,
        },
        flags: EventFlags::default(),
        extra: None,
        dedupe: None,
    }
}

fn cpu() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), u32::try_from(spent.tv_nsec).expect("below a second"))
}

async fn throughput(name: &str, settle: bool, per_second: Option<usize>) {
    let house = house().await;
    let total = 200_000;
    let drafts: Vec<Draft> = (0..total).map(draft).collect();
    let (cpu_before, started) = (cpu(), Instant::now());
    let mut readers = Vec::new();
    for company in house.companies.clone() {
        let journal = house.journal.clone();
        let wanted = i64::try_from(total).expect("small") / COMPANIES;
        readers.push(tokio::spawn(async move { follow(&journal, &company, wanted, settle).await }));
    }
    for (n, draft) in drafts.into_iter().enumerate() {
        if let Some(rate) = per_second
            && n % (rate / 1_000) == 0
        {
            let due = started + Duration::from_secs_f64(n as f64 / rate as f64);
            tokio::time::sleep_until(due.into()).await;
        }
        let company = &house.companies[n % house.companies.len()];
        drop(house.journal.append(company, vec![draft]).await.expect("room"));
    }
    for reader in readers {
        reader.await.expect("reads");
    }
    let (took, spent) = (started.elapsed(), cpu().saturating_sub(cpu_before));
    let counts = house.journal.counts();
    println!(
        "{name:28} {:8.0} events/s   {:.3} CPU s per 10,000   {:6} commits   {:5.0} us per commit",
        total as f64 / took.as_secs_f64(),
        spent.as_secs_f64() / (total as f64 / 10_000.0),
        counts.commits,
        counts.commit_us as f64 / counts.commits as f64,
    );
    house.tasks.stop().await;
}

/// A consumer as a courier is one: wait, read, report each event as delivered.
async fn follow(journal: &Journal, owned: &Owned<CompanyId>, wanted: i64, settle: bool) {
    let company = owned.id();
    let mut head = journal.watch(company);
    let mut next = Seq(1);
    let mut last = None;
    while next.0 <= wanted {
        head.wait_for(|head| *head >= next).await.expect("open");
        let events = journal.read(company, next, PAGE).await.expect("reads");
        let Some(end) = events.last().map(|event| event.seq) else { continue };
        if settle {
            let attempts = events.iter().map(|event| attempt(company, event.seq)).collect();
            let settlement = Settlement {
                company,
                webhook: WebhookId(company.0),
                cursor: Some(Cursor { revision: 1, seq: end }),
                attempts,
                held: Vec::new(),
                replays: Vec::new(),
            };
            last = Some(journal.settle(owned, settlement));
        }
        next = end.next();
    }
    if let Some(receipt) = last {
        receipt.await.expect("settled");
    }
}

fn attempt(company: CompanyId, seq: Seq) -> AttemptRow {
    AttemptRow {
        webhook: WebhookId(company.0),
        seq,
        origin: AttemptOrigin::Live,
        n: 1,
        at: Timestamp::now(),
        revision: 1,
        phases: Phases { first_byte_us: Some(900), total_us: Some(1_000), ..Phases::default() },
        status: Some(200),
        error: None,
        answer: None,
        charged: true,
    }
}

async fn latency(per_second: u32) {
    let house = house().await;
    let owned = house.companies[0].clone();
    let company = owned.id();
    let count = per_second as usize * 5;
    let journal = house.journal.clone();
    let reader = tokio::spawn(async move {
        let mut head = journal.watch(company);
        let mut times = Vec::with_capacity(count);
        while times.len() < count {
            let next = Seq(i64::try_from(times.len()).expect("small") + 1);
            head.wait_for(|head| *head >= next).await.expect("open");
            let now = Timestamp::now();
            let events = journal.try_read_tail(company, next, PAGE).expect("in memory");
            times.extend(events.iter().map(|event| now.since(event.received_at)));
        }
        times
    });
    let started = Instant::now();
    for n in 0..count {
        tokio::time::sleep_until((started + Duration::from_secs(1) / per_second * n as u32).into()).await;
        let mut draft = draft(n);
        draft.received_at = Timestamp::now();
        drop(house.journal.append(&owned, vec![draft]).await.expect("room"));
    }
    let mut times = reader.await.expect("reads");
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    let counts = house.journal.counts();
    println!(
        "append → reader at {per_second:5}/s     p50 {:.2} ms   p99 {:.2} ms   max {:.2} ms   {:.0} us per commit",
        at(0.5),
        at(0.99),
        at(1.0),
        counts.commit_us as f64 / counts.commits as f64,
    );
    house.tasks.stop().await;
}
