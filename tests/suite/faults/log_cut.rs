//! SQLite's write-ahead log, cut off at every page of it and within: what a loss of power may leave of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ramal::domain::{CompanyId, Event, Seq};
use ramal::secrets::MasterKey;
use ramal::store::{MasterSource, Store, StoreOptions};
use sqlx::{Connection as _, SqliteConnection};

use super::traffic::{GUARD, Traffic, company, door};
use super::witness::Witness;
use super::{Count, Story, times};
use crate::support::daemon::Home;

const KEY: &str = "iJ8fWm0Q3s6V1xYc5tB7nKzR2hLpE9uGdA4oTqXvN0w=";
/// Of the log's own format: what is before its first page, and before each.
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// Company 1's events in the database at this path, which is whole, and in which none is missing before another.
async fn events(path: &Path) -> Vec<Event> {
    let options = StoreOptions {
        master: MasterSource::Given(MasterKey::parse(KEY).expect("a key")),
        ..StoreOptions::default()
    };
    let url = format!("sqlite://{}", path.display());
    let (store, writer) = Store::open(&url, options).await.expect("it opens, however it was cut");
    let mut events: Vec<Event> = Vec::new();
    loop {
        let from = events.last().map_or(Seq(1), |event| event.seq.next());
        let page = store.events(CompanyId(1), from, 1_000, 4 << 20).await.expect("reads");
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    assert!((1..).zip(&events).all(|(seq, event)| event.seq.0 == seq), "a hole");
    let head = store.head(CompanyId(1)).await.expect("reads").map_or(0, |head| head.seq.0);
    assert_eq!(usize::try_from(head).expect("not negative"), events.len(), "the head");
    writer.close().await.expect("closes");
    store.close().await;
    let mut db = SqliteConnection::connect(&url).await.expect("opens");
    let checked: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut db).await.expect("checks");
    assert_eq!(checked, "ok");
    db.close().await.expect("closes");
    events
}

/// A database and its log as a killed process has left them.
struct Left {
    database: Vec<u8>,
    log: Vec<u8>,
    page: usize,
}

impl Left {
    fn read(path: &Path) -> Left {
        let (database, log) =
            (fs::read(path).expect("a database"), fs::read(path.with_extension("db-wal")).expect("its log"));
        let page = u32::from_be_bytes(log[8..12].try_into().expect("four bytes"));
        Left { database, log, page: page as usize }
    }

    fn pages(&self) -> usize {
        (self.log.len() - HEADER) / (FRAME_HEADER + self.page)
    }

    /// Writes it with so many pages of the log, and so many bytes of the next one.
    fn write(&self, path: &Path, pages: usize, and: usize) {
        let length = (HEADER + pages * (FRAME_HEADER + self.page) + and).min(self.log.len());
        for ending in ["db-shm", "db-wal"] {
            let _ = fs::remove_file(path.with_extension(ending));
        }
        fs::write(path, &self.database).expect("written");
        fs::write(path.with_extension("db-wal"), &self.log[..length]).expect("written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_cut_at_any_page_leaves_a_beginning_of_what_was_accepted() {
    let witness = Witness::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ramal.db");
    let database = format!("database_url = \"sqlite://{}\"\nmaster_key = \"{KEY}\"\n", path.display());
    let home = Home::new(&format!("{database}{GUARD}{}", company(1, &[(&witness.url(1), "")]))).await;
    let daemon = home.start().await;
    let traffic = Traffic::begin(door(&daemon), [1], 8, Duration::from_millis(2));
    traffic.flows(400).await;
    daemon.kill().await;
    let accepted = traffic.end().await;
    let left = Left::read(&path);
    let copy = folder.path().join("copy.db");
    left.write(&copy, left.pages(), 0);
    let whole = events(&copy).await;
    let cuts = 2 * (left.pages() + 1);
    let wanted = usize::try_from(times(60, u64::MAX)).unwrap_or(cuts).min(cuts);
    let mut before = 0;
    for n in 0..wanted {
        // By turns at a page's end and in its middle; the last is nothing cut.
        let cut = if wanted == 1 { cuts - 1 } else { n * (cuts - 1) / (wanted - 1) };
        left.write(&copy, cut / 2, cut % 2 * (FRAME_HEADER + left.page / 2));
        let found = events(&copy).await;
        let same = found.iter().zip(&whole).all(|(one, other)| one.payload == other.payload);
        assert!(same && found.len() <= whole.len() && found.len() >= before, "cut {cut} of {cuts}");
        before = found.len();
    }
    // The program goes on with one of them, and delivers all that is there.
    left.write(&path, left.pages() * 2 / 3, 0);
    let kept = events(&path).await.len();
    left.write(&path, left.pages() * 2 / 3, 0);
    let daemon = home.start().await;
    daemon.until("/api/v1/webhooks/webhook_1/status", |at| at["head"] == kept && at["backlog"] == 0).await;
    daemon.stop().await;
    let stored = |(_, lane, n): (u32, u32, u32)| {
        let (apartment, second) =
            (format!("\"apt\":{},", lane + 1), (super::traffic::FIRST_SECOND + u64::from(n)).to_string());
        whole.iter().any(|event| {
            let payload = std::str::from_utf8(&event.payload).expect("a text");
            payload.contains(&apartment) && payload.contains(&second)
        })
    };
    let lost = accepted.iter().filter(|(number, _)| !stored(*number)).count();
    let story = Story {
        fault: "the write-ahead log is cut off, as a loss of power may leave it",
        promised: "the database opens, is whole, and holds a beginning of what was accepted, without a hole; uncut it holds all of it",
        made: "killed under load; its files are copied with the log cut at a page's end or in its middle, and opened",
    };
    let count = Count { accepted: accepted.len(), lost, ..Count::default() };
    story.tell(wanted as u64, count, &format!("a log of {} pages; lost: of the uncut one", left.pages()));
}
