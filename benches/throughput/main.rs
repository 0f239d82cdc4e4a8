//! `make bench`: how fast, how soon and at what cost events go from a socket to a POST.
//!
//! Three processes share the machine, as they would share a small server: the npm Socket.IO server that emits
//! numbered events, the program under test with its journal on disk, and a receiver that checks each number. The same
//! is done with the forwarder that a user would write in an afternoon, and HTTP alone is measured with two bare
//! loops. `docs/performance.md` says what each figure means and how it is come by.

#![expect(clippy::cast_precision_loss, reason = "counts become figures for people; 53 bits are plenty")]

mod anew;
mod baseline;
mod children;
mod clock;
mod day;
mod figures;
mod histogram;
mod outage;
mod pages;
mod postgres;
mod posts;
mod receiver;
mod report;
mod shape;
mod subject;
mod tally;
mod viewers;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use figures::Stage;
use subject::{Line, Places, Subject};

pub type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Options {
    /// A short run that only shows that everything works; its figures mean little.
    #[arg(long)]
    quick: bool,
    /// How long the endpoint stays dead.
    #[arg(long, default_value_t = 10.0)]
    outage_minutes: f64,
    /// Of how many events the calls are made anew.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Measure only these.
    #[arg(long = "stage", value_enum)]
    stages: Vec<Stage>,
    /// Of an ordinary day, only the cases whose names hold this.
    #[arg(long = "case")]
    cases: Vec<String>,
    /// How often each case of an ordinary day is measured; the medians count.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    #[arg(long = "subject", value_enum)]
    subjects: Vec<Subject>,
    /// Another build of the program, for a profiler.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_ramal"))]
    program: PathBuf,
    /// Given by cargo when it runs benchmarks.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

/// The processes that the benchmark starts from its own binary.
#[derive(Subcommand)]
enum Role {
    #[command(hide = true)]
    Receiver { secret: String },
    #[command(hide = true)]
    Baseline { client: baseline::Client, port: u16 },
    #[command(hide = true)]
    Viewers { port: u16, path: String },
}

/// How long each stretch is measured.
pub struct Pace {
    pub warm_up: Duration,
    pub stretch: Duration,
    pub outage: Duration,
    pub events: u64,
    pub posting: Duration,
    pub repeats: u32,
    pub cases: Vec<String>,
    pub rounds: u32,
}

impl Pace {
    pub fn wants_case(&self, name: &str) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|case| name.contains(case.as_str()))
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.role {
        Some(Role::Receiver { secret }) => receiver::run(secret).map_err(Failure::from).map(|()| true),
        Some(Role::Baseline { client, port }) => baseline::run(*client, *port).map(|()| true),
        Some(Role::Viewers { port, path }) => viewers::run(*port, path).map_err(Failure::from).map(|()| true),
        // `cargo test --benches` only wants to know that it starts.
        None if !options.bench => Ok(true),
        None => measure(&options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<bool, Failure> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("the target folder has no parent")?;
    let places = Places {
        program: options.program.canonicalize().map_err(|e| format!("{}: {e}", options.program.display()))?,
        work: target.join("bench"),
        npm: Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/npm"),
        browser: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/npm"),
    };
    let pace = if options.quick {
        let seconds = Duration::from_secs;
        Pace {
            warm_up: seconds(1),
            stretch: seconds(2),
            outage: seconds(5),
            events: 20_000,
            posting: seconds(3),
            repeats: 1,
            cases: options.cases.clone(),
            rounds: 1,
        }
    } else {
        let outage = Duration::try_from_secs_f64(options.outage_minutes * 60.0)?;
        let (warm_up, stretch) = (Duration::from_secs(3), Duration::from_secs(15));
        Pace {
            warm_up,
            stretch,
            outage,
            events: options.events,
            posting: Duration::from_mins(1),
            repeats: 5,
            cases: options.cases.clone(),
            rounds: options.rounds,
        }
    };
    let mut line = Line::open(places)?;
    let machine = report::machine(&line.places.work)?;
    eprintln!("{machine:#}\nevents of {} bytes", line.feed.event_bytes);
    let report = figures::all(&mut line, &pace, &options.stages, &options.subjects)?;
    println!("{}", report.table());
    let path = target.join("bench.json");
    std::fs::write(&path, format!("{:#}\n", report.json(&machine)))?;
    eprintln!("written to {}", path.display());
    Ok(report.sound())
}
