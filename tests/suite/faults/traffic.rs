//! Who posts events without end, as an exchange does: of each call one after the other, and again until it is answered 200.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::witness::Number;
use crate::support::daemon::Daemon;
use crate::support::http;

/// What is posted at one door.
pub struct Traffic {
    shared: Arc<Shared>,
    lanes: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    accepted: Mutex<Vec<(Number, Instant)>>,
    refused: AtomicUsize,
    ending: AtomicBool,
}

/// How long an event or the program may take for anything.
const PATIENCE: Duration = Duration::from_mins(2);
const RETRIED_AFTER: Duration = Duration::from_millis(20);
/// Numbers are told by the seconds of the events' time.
pub const FIRST_SECOND: u64 = 1_705_000_000;

/// The token of a company's door.
pub fn token(company: u32) -> String {
    format!("aB3dE5gH7jK9mN1pQ3sT{company:04}")
}

/// Of the settings: a company with a door, and its webhooks.
pub fn company(number: u32, webhooks: &[(&str, &str)]) -> String {
    let mut text = format!(
        "\n[[company]]\nname = \"Empresa {number}\"\n[company.tellicon]\ntoken = \"{}\"\n",
        token(number)
    );
    for (at, (url, more)) in webhooks.iter().enumerate() {
        let retries = "retry_seconds = [1, 1, 1, 1, 2, 2, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]";
        let _ = write!(
            text,
            "[[company.webhook]]\nname = \"w{at}\"\nurl = \"{url}\"\nevents = [\"*\"]\n{retries}\n{more}\n"
        );
    }
    text
}

pub const GUARD: &str = "[guard]\nallow = [\"127.0.0.0/8\"]\n";

/// Where the program's doors are.
pub fn door(daemon: &Daemon) -> SocketAddr {
    daemon.base.trim_start_matches("http://").parse().expect("an address")
}

async fn post(door: SocketAddr, (company, lane, n): Number) -> bool {
    let event = json!({
        "type": "pushCall", "src": "1", "client": 1, "building": 1, "apt": lane + 1,
        "eventDateTime": FIRST_SECOND + u64::from(n),
    });
    let body = json!({ "eventTellicon": event }).to_string();
    let token = token(company);
    let headers = [("authTokenTellicon", token.as_str())];
    let sent = http::send(door, "POST", "/eventTellicon", &headers, body.as_bytes());
    matches!(timeout(Duration::from_secs(10), sent).await, Ok(Ok((200, _))))
}

impl Traffic {
    /// Posts to these companies, each with so many calls at once, with a pause after every event of a call.
    pub fn begin(
        door: SocketAddr,
        companies: impl IntoIterator<Item = u32>,
        lanes: u32,
        pause: Duration,
    ) -> Traffic {
        Traffic::of(door, companies, lanes, u32::MAX, pause)
    }

    /// The same with so many events of each call.
    pub fn of(
        door: SocketAddr,
        companies: impl IntoIterator<Item = u32>,
        lanes: u32,
        events: u32,
        pause: Duration,
    ) -> Traffic {
        let shared = Arc::new(Shared::default());
        let numbers = companies.into_iter().flat_map(|company| (0..lanes).map(move |lane| (company, lane)));
        let posting = numbers.map(|(company, lane)| {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                for n in 0..events {
                    let number = (company, lane, n);
                    while !post(door, number).await {
                        shared.refused.fetch_add(1, Ordering::SeqCst);
                        if shared.ending.load(Ordering::SeqCst) {
                            return;
                        }
                        sleep(RETRIED_AFTER).await;
                    }
                    shared.accepted.lock().unwrap().push((number, Instant::now()));
                    if shared.ending.load(Ordering::SeqCst) {
                        return;
                    }
                    sleep(pause).await;
                }
            })
        });
        let lanes = posting.collect();
        Traffic { shared, lanes }
    }

    pub fn accepted(&self) -> usize {
        self.shared.accepted.lock().unwrap().len()
    }

    /// Returns when so many more were accepted.
    pub async fn flows(&self, more: usize) {
        let wanted = self.accepted() + more;
        reached("accepted", || self.accepted() >= wanted).await;
    }

    /// Returns when posts are refused, or not answered: so many more.
    pub async fn is_refused(&self, more: usize) {
        let refused = || self.shared.refused.load(Ordering::SeqCst);
        let wanted = refused() + more;
        reached("refused", || refused() >= wanted).await;
    }

    /// Ends, and answers what was accepted, in this order.
    pub async fn end(self) -> Vec<(Number, Instant)> {
        self.shared.ending.store(true, Ordering::SeqCst);
        self.all().await
    }

    /// What was accepted, when all that was to be posted is.
    pub async fn all(self) -> Vec<(Number, Instant)> {
        for lane in self.lanes {
            timeout(PATIENCE, lane).await.expect("it ends").expect("no panic inside");
        }
        std::mem::take(&mut *self.shared.accepted.lock().unwrap())
    }
}

async fn reached(what: &str, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < PATIENCE, "no more posts were {what}");
        sleep(Duration::from_millis(5)).await;
    }
}
