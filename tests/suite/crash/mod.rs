//! Killed at random instants under load, on both engines: what was committed arrives, in order per lane, and what
//! arrives twice is only what had no committed result when the process died.
//!
//! `RAMAL_FAULTS` says how often (`crate::faults`), `RAMAL_CRASH_SEED` repeats a run; it is printed with the figures.

mod verdict;

use std::fmt::Write;
use std::time::{Duration, Instant};

use ramal::domain::{HeldState, Seq, WebhookId};
use ramal::secrets::MasterKey;
use ramal::store::{MasterSource, Store, StoreOptions};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::faults::{Story, times};
use crate::support::daemon::{Daemon, Home};
use crate::support::node::Node;
use crate::support::postgres;
use crate::support::receiver::Receiver;
use verdict::{Committed, Death, Figures};

/// Events a second of each company; there are two.
const RATE: u32 = 1_000;
const WEBHOOKS: [i64; 2] = [1, 2];
const MASTER_KEY: &str = "iJ8fWm0Q3s6V1xYc5tB7nKzR2hLpE9uGdA4oTqXvN0w=";

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// A database that outlives the processes that are killed on it.
struct Database {
    url: String,
    _folder: Option<TempDir>,
}

impl Database {
    fn sqlite() -> Database {
        let folder = TempDir::new().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
        Database { url, _folder: Some(folder) }
    }

    async fn postgres() -> Database {
        Database { url: postgres::database().await.url, _folder: None }
    }

    /// Opens it as the program would; the program must not be running.
    async fn open(&self) -> Store {
        let key = MasterKey::parse(MASTER_KEY).expect("a key");
        let options = StoreOptions { master: MasterSource::Given(key), ..StoreOptions::default() };
        let (store, writer) = Store::open(&self.url, options).await.expect("it opens after any end");
        writer.close().await.expect("closes");
        store
    }

    /// What is committed of each webhook's results.
    async fn committed(&self) -> Vec<Committed> {
        let store = self.open().await;
        let mut all = Vec::new();
        for webhook in WEBHOOKS.map(WebhookId) {
            let cursor = store.cursor(webhook).await.expect("reads").expect("a cursor");
            let rows = store.held_between(webhook, Seq(1), Seq(i64::MAX), u32::MAX).await.expect("reads");
            let held = rows.iter().filter(|row| row.state != HeldState::Dead).map(|row| row.seq.0).collect();
            let beyond = store.successes_beyond(webhook, cursor).await.expect("reads");
            let delivered_beyond = beyond.into_iter().map(|seq| seq.0).collect();
            all.push(Committed { cursor: cursor.0, held, delivered_beyond });
        }
        store.close().await;
        all
    }
}

/// The real program between npm's server and two receivers.
struct Scene {
    server: Node,
    receivers: Vec<Receiver>,
    home: Home,
    database: Database,
}

impl Scene {
    async fn new(database: Database) -> Scene {
        let mut server = Node::start("steady_server.mjs", &json!({ "rate": RATE })).await;
        let socket = server.hear("listening").await["port"].as_u64().expect("a port");
        let receivers = vec![Receiver::start().await, Receiver::start().await];
        let mut settings = format!(
            "database_url = \"{}\"\nmaster_key = \"{MASTER_KEY}\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n",
            database.url
        );
        for (at, receiver) in receivers.iter().enumerate() {
            let company = at + 1;
            let url = receiver.address;
            write!(
                settings,
                r#"
[[company]]
name = "Empresa {company}"
[company.threecplus]
id = "9001"
token = "company-token-{company}-abcdef"
socket_url = "http://127.0.0.1:{socket}"
connect = true
[[company.webhook]]
name = "Principal"
url = "http://{url}/"
events = ["*"]
secret = "minha_chave_secreta_de_teste"
retry_seconds = [1, 1, 1, 1, 2, 2, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]
"#
            )
            .expect("memory takes it");
        }
        Scene { server, receivers, home: Home::new(&settings).await, database }
    }

    async fn connected(daemon: &Daemon) {
        for source in [1, 2] {
            daemon.until(&format!("/api/v1/sources/{source}/status"), |at| at["state"] == "connected").await;
        }
    }

    /// Runs until the instant that was drawn, the receivers refusing now and then, and kills.
    async fn live_and_die(&self, rng: &mut StdRng) -> Death {
        for receiver in &self.receivers {
            receiver.refuse(false);
            // Single events fail in two lives of three.
            receiver.refuse_one_in(if rng.random_ratio(2, 3) { rng.random_range(20..200) } else { 0 });
        }
        let daemon = self.home.start().await;
        // Some die before they have a line, while the results of the last life are being read.
        if rng.random_ratio(4, 5) {
            Scene::connected(&daemon).await;
        }
        let until = Instant::now() + Duration::from_micros(rng.random_range(0..1_000_000));
        while Instant::now() < until {
            let receiver = &self.receivers[rng.random_range(0..self.receivers.len())];
            receiver.refuse(rng.random_ratio(1, 6));
            let step = Duration::from_millis(rng.random_range(10..120));
            sleep(step.min(until.saturating_duration_since(Instant::now()))).await;
        }
        let killed = Instant::now();
        daemon.kill().await;
        let committed = self.database.committed().await;
        Death { killed, over: Instant::now(), committed }
    }

    /// Starts once more, takes everything, and returns when nothing is left to deliver.
    async fn settle(self, daemon: Daemon) -> (Database, Vec<Receiver>) {
        for receiver in &self.receivers {
            receiver.refuse(false);
            receiver.refuse_one_in(0);
        }
        self.server.kill().await;
        for source in [1, 2] {
            daemon.until(&format!("/api/v1/sources/{source}/status"), |at| at["state"] != "connected").await;
        }
        let is_idle = |at: &Value| {
            at["backlog"] == 0
                && at["held"].as_object().is_some_and(|held| held.values().all(|held| *held == 0))
        };
        for webhook in WEBHOOKS {
            // Everything that fifty lives left behind, on a machine that may have other things to do.
            let path = format!("/api/v1/webhooks/{webhook}/status");
            daemon.until_within(Duration::from_mins(3), &path, is_idle).await;
        }
        daemon.stop().await;
        (self.database, self.receivers)
    }
}

/// Lives on one database; what they have left behind is read whole.
const LIVES: u64 = 50;

async fn kill_nine(engine: &str, kills: u64, database: Database) -> Figures {
    let seed = number("RAMAL_CRASH_SEED").unwrap_or_else(rand::random);
    println!("{engine}: {kills} kills, RAMAL_CRASH_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let scene = Scene::new(database).await;
    let mut deaths = Vec::new();
    for _ in 0..kills {
        deaths.push(scene.live_and_die(&mut rng).await);
    }
    let daemon = scene.home.start().await;
    Scene::connected(&daemon).await;
    let (database, receivers) = scene.settle(daemon).await;
    let figures = verdict::check(&database.open().await, &receivers, &deaths).await;
    println!("{engine}: {figures}");
    figures
}

/// So many kills, a few on each database; and what came of them.
async fn kill_again_and_again(story: Story, kills: u64, database: impl AsyncFn() -> Database) {
    let (mut figures, mut left) = (Figures::default(), kills);
    while left > 0 {
        let lives = left.min(LIVES);
        figures.add(&kill_nine(story.fault, lives, database().await).await);
        left -= lives;
    }
    story.tell(kills, figures.count(), &figures.note());
}

const PROMISED: &str = "nothing accepted is lost; what comes twice was in flight or not committed, and has the same `webhook-id`; a call's \
    events come in order, but for those that failed all their fast retries";
const MADE: &str = "`kill -9` at a random moment within 1 s, 2,000 events a second from two sockets, two receivers that refuse now and then";

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_nothing_is_lost_and_only_the_uncommitted_is_repeated_sqlite() {
    let story = Story { fault: "`kill -9`, SQLite", promised: PROMISED, made: MADE };
    kill_again_and_again(story, times(8, 1_000), async || Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_nothing_is_lost_and_only_the_uncommitted_is_repeated_postgres() {
    let story = Story { fault: "`kill -9`, PostgreSQL", promised: PROMISED, made: MADE };
    kill_again_and_again(story, times(8, 200), Database::postgres).await;
}

/// Asked to end while events stream in: it does so within ten seconds, and nothing is lost or sent twice.
async fn terminate(engine: &str, database: Database) {
    let scene = Scene::new(database).await;
    for round in 0..3_u64 {
        let daemon = scene.home.start().await;
        Scene::connected(&daemon).await;
        let head = |at: &Value| at["head"].as_i64().unwrap_or_default();
        let before = head(&daemon.get("/api/v1/webhooks/1/status").await);
        daemon.until("/api/v1/webhooks/1/status", |at| head(at) > before + 500).await;
        scene.receivers[0].refuse_one_in(if round == 1 { 50 } else { 0 });
        let asked = Instant::now();
        daemon.stop().await;
        println!("{engine}: ended {} ms after SIGTERM", asked.elapsed().as_millis());
    }
    let daemon = scene.home.start().await;
    Scene::connected(&daemon).await;
    let (database, receivers) = scene.settle(daemon).await;
    let figures: Figures = verdict::check(&database.open().await, &receivers, &[]).await;
    println!("{engine}: {figures}");
    assert_eq!(figures.duplicates, 0, "an orderly end repeats nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requested_end_loses_and_repeats_nothing_sqlite() {
    terminate("sqlite", Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requested_end_loses_and_repeats_nothing_postgres() {
    terminate("postgres", Database::postgres().await).await;
}
