//! How long a search takes in a journal of five million events: asked for as any program asks, over HTTP, of
//! `ramal serve` on a database that was filled beforehand.
//!
//! Each case asks fifty times, for another value each time where there is one, with the file in the system's memory (the
//! program's own is not enough for it). "Cold" is a program that has just started on a file of which nothing is in memory;
//! the file is put out of memory again before each question.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ramal::domain::{CompanyId, RetentionLimits, Timestamp};
use ramal::journal::{Journal, JournalOptions};
use ramal::ownership::{Leaser, StaticLeaser};
use ramal::secrets::MasterKey;
use ramal::store::{MasterSource, NewApiKey, Store, StoreOptions};
use sha2::{Digest, Sha256};

use crate::cases::{self, Case, Limit};
use crate::story::{self, Story};

type Failure = Box<dyn Error>;

const MASTER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const KEY: &str = "rml_0123456789abcdefghijklmnopqrstuv";
/// Events of a block.
const BLOCK_EVENTS: i64 = 1_024;
/// Nothing of the story is too old or too much.
const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 50);

/// What is searched.
pub struct Place {
    pub url: String,
    pub folder: PathBuf,
    pub story: Story,
}

impl Place {
    pub fn new(folder: PathBuf, events: u64) -> Place {
        let sqlite = || format!("sqlite://{}", folder.join("ramal.db").display());
        let url = std::env::var("RAMAL_BENCH_POSTGRES").unwrap_or_else(|_| sqlite());
        Place { url, folder, story: Story::of(events) }
    }

    fn file(&self) -> Option<PathBuf> {
        self.url.strip_prefix("sqlite://").map(PathBuf::from)
    }

    /// Writes the story down, unless an earlier run has left it here.
    pub async fn fill(&self) -> Result<(), Failure> {
        let done = self.folder.join("filled");
        if done.exists() {
            return Ok(());
        }
        let master = MasterSource::Given(MasterKey::parse(MASTER_KEY)?);
        let (store, writer) =
            Store::open(&self.url, StoreOptions { master, ..StoreOptions::default() }).await?;
        let usual = RetentionLimits::default();
        let retention = RetentionLimits {
            age: usual.age.with_soft(FOR_EVER),
            bytes: usual.bytes.with_soft(u64::MAX),
            ..usual
        };
        let options = JournalOptions { retention, ..JournalOptions::default() };
        let (journal, tasks) = Journal::start(store, writer, options).await?;
        let companies = StaticLeaser::new(journal.clone()).acquire(create(&journal).await?).await?;
        let (started, mut written) = (Instant::now(), 0);
        for day in 0..story::DAYS {
            for part in 0..story::PARTS {
                for (number, company) in (0..).zip(&companies) {
                    let drafts = self.story.part(number, day, part);
                    if !drafts.is_empty() {
                        written += drafts.len();
                        drop(journal.append(company, drafts).await?);
                    }
                }
            }
        }
        let wrote = started.elapsed();
        while unsealed(&journal).await? > 0 {
            journal.duties().activate("indexer").await;
        }
        println!(
            "{written} events written in {:.0} s ({:.0}/s), all in blocks after {:.0} s",
            wrote.as_secs_f64(),
            written as f64 / wrote.as_secs_f64(),
            started.elapsed().as_secs_f64()
        );
        tasks.stop().await;
        fs::write(done, "")?;
        Ok(())
    }

    /// Asks everything and prints a table.
    pub fn ask(&self) -> Result<(), Failure> {
        let cases = cases::all(self.story);
        let mut table = String::from(
            "| looked for | events found | p50 | p95 | max | cold p50 | cold max | bound | |\n\
             |---|---:|---:|---:|---:|---:|---:|---|---|\n",
        );
        let mut warm = Vec::new();
        if let Some(file) = self.file() {
            std::io::copy(&mut File::open(file)?, &mut std::io::sink())?;
        }
        let program = Program::start(self)?;
        for case in &cases {
            let times = program.times(case, case.questions, || Ok(()))?;
            eprintln!("{:60} {:5.1} found  {}", case.name, times.found, times.shown());
            warm.push(times);
        }
        eprintln!("peak memory {:.1} MB", program.peak_mb()?);
        drop(program);
        let mut cold = BTreeMap::new();
        if let Some(file) = self.file() {
            let program = Program::start(self)?;
            for (at, case) in cases.iter().enumerate().filter(|(_, case)| case.cold) {
                let times = program.times(case, 10, || forget(&file))?;
                eprintln!("cold: {:54} {:5.1} found  {}", case.name, times.found, times.shown());
                cold.insert(at, times);
            }
        }
        for (at, (case, times)) in cases.iter().zip(&warm).enumerate() {
            let (p50, max) = cold.get(&at).map_or_else(Default::default, |c| (c.at(0.5), c.at(1.0)));
            let bound = match case.limit {
                Limit::Key => "300 ms",
                Limit::Text => "2 s",
                Limit::Budget => "stops at 2 s",
            };
            let verdict = if times.holds(case.limit) { "holds" } else { "**short**" };
            writeln!(
                table,
                "| {} | {:.0} | {} | {} | {} | {p50} | {max} | {bound} | {verdict} |",
                case.name,
                times.found,
                times.at(0.5),
                times.at(0.95),
                times.at(1.0),
            )?;
        }
        println!("{table}");
        Ok(())
    }
}

/// Full blocks that the indexer has not sealed yet.
async fn unsealed(journal: &Journal) -> Result<i64, Failure> {
    let sealed: BTreeMap<_, _> = journal.store().block_totals().await?.into_iter().collect();
    let left = journal.heads().into_iter().map(|(company, head)| {
        (head.0 - sealed.get(&company).map_or(0, |totals| totals.events)) / BLOCK_EVENTS
    });
    Ok(left.sum())
}

async fn create(journal: &Journal) -> Result<Vec<CompanyId>, Failure> {
    let mut companies = Vec::new();
    for number in 0..story::COMPANIES {
        let company = journal.control(move |tx| {
            Box::pin(
                async move { tx.create_company(&format!("Empresa {number}"), false, Timestamp::now()).await },
            )
        });
        companies.push(company.await?);
    }
    let key = journal.control(|tx| {
        Box::pin(async move {
            let hash: [u8; 32] = Sha256::digest(KEY).into();
            let new = NewApiKey {
                name: "bench",
                hash: &hash,
                prefix: &KEY[..10],
                role: "reader",
                companies: None,
                created_by: "bench",
                expires_at: None,
            };
            tx.create_api_key(&new, Timestamp::now()).await
        })
    });
    key.await?;
    Ok(companies)
}

/// Puts what is in memory of the database out of it: the next read goes to the disk.
fn forget(file: &PathBuf) -> Result<(), Failure> {
    use rustix::fs::{Advice, fadvise};
    fadvise(File::open(file)?, 0, None, Advice::DontNeed)?;
    Ok(())
}

/// `ramal serve` on the database, and one connection to it.
struct Program {
    child: Child,
    port: u16,
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already; both calls then have nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long each question took, in order, and how many events an answer had.
struct Times {
    sorted: Vec<Duration>,
    found: f64,
}

impl Times {
    fn at(&self, share: f64) -> String {
        let at = self.sorted[((self.sorted.len() - 1) as f64 * share).ceil() as usize].as_secs_f64() * 1e3;
        if at < 10.0 { format!("{at:.1} ms") } else { format!("{at:.0} ms") }
    }

    fn shown(&self) -> String {
        format!("p50 {:>8}  p95 {:>8}  max {:>8}", self.at(0.5), self.at(0.95), self.at(1.0))
    }

    fn holds(&self, limit: Limit) -> bool {
        let bound = match limit {
            Limit::Key => Duration::from_millis(300),
            Limit::Text => Duration::from_secs(2),
            Limit::Budget => Duration::from_millis(2_300),
        };
        self.sorted.iter().all(|took| *took <= bound)
    }
}

impl Program {
    fn start(place: &Place) -> Result<Program, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let settings = place.folder.join("ramal.toml");
        let text = format!(
            "listen = \"127.0.0.1:{port}\"\ndatabase_url = \"{}\"\nmaster_key = \"{MASTER_KEY}\"\n[retention]\n\
             age = \"20000 days\"\nbytes = \"1000 GiB\"\nhard_age = \"20000 days\"\nhard_bytes = \"2000 GiB\"\n",
            place.url
        );
        fs::write(&settings, text)?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(env!("CARGO_BIN_EXE_ramal")).args(["serve", "--config"]);
        let log = File::create(place.folder.join("log"))?;
        command.arg(settings).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let program = Program { child: command.spawn()?, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if began.elapsed() > Duration::from_secs(30) {
                return Err("it does not listen after 30 s".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(program)
    }

    fn peak_mb(&self) -> Result<f64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no memory in status")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0 / 1e6)
    }

    fn times(
        &self,
        case: &Case,
        questions: u64,
        before: impl Fn() -> Result<(), Failure>,
    ) -> Result<Times, Failure> {
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", self.port))?);
        stream.get_ref().set_nodelay(true)?;
        let (mut sorted, mut found) = (Vec::new(), 0);
        for n in 0..questions {
            let path = (case.path)(n);
            before()?;
            let began = Instant::now();
            let answer = get(&mut stream, &path)?;
            sorted.push(began.elapsed());
            // Counted by what stands once in each event and not in the payloads.
            found += answer.matches("\"company_id\":\"company_").count();
        }
        sorted.sort_unstable();
        Ok(Times { sorted, found: found as f64 / questions as f64 })
    }
}

fn get(stream: &mut BufReader<TcpStream>, path: &str) -> Result<String, Failure> {
    let head =
        format!("GET /api/v1{path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {KEY}\r\n\r\n");
    stream.get_mut().write_all(head.as_bytes())?;
    let (mut line, mut length, mut status) = (String::new(), 0, String::new());
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse()?,
            None if status.is_empty() => line.trim_end().clone_into(&mut status),
            None => break,
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8(body)?;
    if !status.contains(" 200 ") {
        return Err(format!("{path}: {status}: {body}").into());
    }
    Ok(body)
}
