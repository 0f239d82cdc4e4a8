//! A thousand people who look on while events are delivered: what live pages cost those who wait for the events. Nobody,
//! then a thousand open streams of one company's page, a thousand of its events as they come, then nobody again.

use std::cell::Cell;
use std::io::{self, BufRead};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ramal::domain::Timestamp;
use ramal::store::{NewSignIn, SaveUser, Store, StoreOptions};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;
use crate::children::{Asked, Running};
use crate::figures::{Run, ms};
use crate::report::Floor;

const VIEWERS: u32 = 1_000;
const RATE: u32 = 1_000;
const WATCHED: [(&str, &str); 2] = [
    ("1,000 at the company's page", "/companies/company_1/live"),
    ("1,000 follow its events", "/companies/company_1/events/live"),
];
/// An hour; no run lasts so long.
const SIGNED_IN: Duration = Duration::from_hours(1);

pub fn measure(run: &mut Run) -> Result<(), Failure> {
    // The database is made by a first start; then everybody is signed in, which asking for it would cost minutes of hashing.
    let first = run.line.start_connected(run.subject, 1)?;
    let folder = first.folder.clone();
    first.running.stop()?;
    sign_in(&folder.join("ramal.db"), "reader")?;
    run.line.feed.until_alone()?;
    let started = run.line.start_in(run.subject, 1, folder)?;
    run.line.feed.until_connected(1)?;
    run.line.feed.rate(RATE)?;
    stretch(run, &started.running, "nobody looks on")?;

    for (who, path) in WATCHED {
        let mut viewers = Command::new(std::env::current_exe()?);
        viewers.args(["viewers", &started.port.to_string(), path]).stdin(Stdio::piped());
        let mut viewers = Asked::start(viewers)?;
        let open: Value = viewers.answer()?;
        stretch(run, &started.running, who)?;
        let seen: Value = viewers.ask("")?;
        run.report.detail(
            run.subject,
            &format!("{who}: what they saw"),
            json!({ "first": open, "last": seen }),
        );
        if seen["open"] != VIEWERS {
            run.report.fault(format!("ramal, {who}: of {VIEWERS} streams {} stayed open", seen["open"]));
        }
    }
    stretch(run, &started.running, "nobody any more")?;
    run.settle("viewers")?;
    Ok(())
}

fn stretch(run: &mut Run, running: &Running, who: &str) -> Result<(), Failure> {
    std::thread::sleep(run.pace.warm_up);
    let stretch = run.stretch(running, run.pace.stretch, &format!("1,000/s, {who}"))?;
    let add = |run: &mut Run, what: &str, unit, floor, value| {
        run.add(&format!("{what} at 1,000/s, {who}"), unit, floor, value);
    };
    add(run, "frame → POST p50", "ms", Floor::AtMost(1.0), ms(stretch.stats.p50_us));
    add(run, "frame → POST p99", "ms", Floor::AtMost(2.5), ms(stretch.stats.p99_us));
    add(run, "deliveries/s", "1/s", Floor::AtLeast(0.99 * f64::from(RATE)), stretch.per_second);
    add(run, "CPU per 10,000 events", "s", Floor::None, stretch.cpu_s_per_10k);
    Ok(())
}

pub fn token(viewer: u32) -> String {
    format!("bench-viewer-{viewer:020}")
}

/// One user in a thousand browsers, each of which has a [`token`].
pub fn sign_in(database: &Path, role: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let url = format!("sqlite://{}", database.display());
        let (store, mut writer) = Store::open(&url, StoreOptions::default()).await?;
        let now = Timestamp::now();
        let mut tx = writer.begin().await?;
        let reader =
            SaveUser { login: "bench", name: "Bench", role, companies: None, lang: None, zone: None };
        let user = tx.create_user(&reader, "nobody signs in with it", false, now).await?;
        for viewer in 0..VIEWERS {
            let hash: [u8; 32] = Sha256::digest(token(viewer)).into();
            let new = NewSignIn {
                hash: &hash,
                user,
                now,
                ends_at: now.plus(SIGNED_IN),
                address: None,
                agent: None,
            };
            tx.sign_in(&new, None).await?;
        }
        tx.commit().await?;
        store.close().await;
        writer.close().await?;
        Ok(())
    })
}

/// The process of the viewers: opens all streams, says so when each has its first state, answers each line with what
/// was seen since, and ends with its stdin.
pub fn run(port: u16, path: &str) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let path: Rc<str> = path.into();
    let (asked, mut questions) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if line.is_err() || asked.blocking_send(()).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let seen = Rc::new(Seen::default());
        for viewer in 0..VIEWERS {
            tokio::task::spawn_local(look_on(port, Rc::clone(&path), viewer, Rc::clone(&seen)));
        }
        let began = Instant::now();
        while seen.begun.get() < VIEWERS && began.elapsed() < Duration::from_secs(30) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        seen.say();
        while questions.recv().await.is_some() {
            seen.say();
        }
        Ok(())
    })
}

#[derive(Default)]
struct Seen {
    /// Streams that had their first state, that are open, and what all have read.
    begun: Cell<u32>,
    open: Cell<u32>,
    reads: Cell<u64>,
    bytes: Cell<u64>,
}

impl Seen {
    fn say(&self) {
        println!(
            "{}",
            json!({ "open": self.open.get(), "reads": self.reads.get(), "bytes": self.bytes.get() })
        );
    }
}

/// Whatever goes wrong with a stream, it is then not open, which is counted.
async fn look_on(port: u16, path: Rc<str>, viewer: u32, seen: Rc<Seen>) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let token = token(viewer);
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: ramal={token}\r\n\
         accept: text/event-stream\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut buffer = vec![0; 64 << 10];
    let (mut head, mut begun) = (Vec::new(), false);
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        seen.reads.set(seen.reads.get() + 1);
        seen.bytes.set(seen.bytes.get() + read as u64);
        if !begun {
            head.extend_from_slice(&buffer[..read]);
            begun = head.starts_with(b"HTTP/1.1 200") && memchr::memmem::find(&head, b"event: ").is_some();
            if begun {
                seen.begun.set(seen.begun.get() + 1);
                seen.open.set(seen.open.get() + 1);
                head = Vec::new();
            }
        }
    }
    if begun {
        seen.open.set(seen.open.get() - 1);
    }
    Ok(())
}
