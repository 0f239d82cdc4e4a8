//! Delivery over the real journal, the real client and real sockets. Cases named in `contract!` run on SQLite and on
//! PostgreSQL. What needs a crash at every step or hours of time is in the courier's model test.

mod answers;
mod cost;
mod endpoint;
mod invariants;
mod large;
mod neighbours;
mod pace;
mod shares;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ramal::delivery::courier::{Bounds, Command, Setup};
use ramal::delivery::driver::{Driver, Ended, Order, Stop};
use ramal::delivery::endpoints::Endpoints;
use ramal::delivery::flights::{self, Flights};
use ramal::delivery::memory::Memory;
use ramal::delivery::{Outgoing, Status, StatusCell};
use ramal::domain::{CompanyId, Draft, HeldState, Seq, WebhookId, WebhookSettings};
use ramal::journal::Journal;
use ramal::net::{Allow, Dialer, Guard, HttpClient, PoolLimits, SystemResolver, client_config};
use ramal::secrets::Secret;
use ramal::store::{Credentials, HeldRow, SaveWebhook, SigningSecret, StartAt, Store};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, LocalSet};

use crate::journal::House;
use crate::store::NOW;
use crate::support::settings::{pauses, settings, wanting};

pub const SECRET: &str = "uma_chave_secreta_de_teste";

/// A webhook of a company, as stored.
#[derive(Clone)]
pub struct Hook {
    pub company: CompanyId,
    pub webhook: WebhookId,
    pub settings: WebhookSettings,
}

/// A courier that runs on the test's own thread.
pub struct Running {
    pub orders: mpsc::Sender<Order>,
    pub stop: Stop,
    pub status: Arc<StatusCell>,
    task: JoinHandle<Ended>,
}

impl Running {
    pub async fn tell(&self, command: Command) {
        assert!(self.orders.send(Order::Command(Box::new(command))).await.is_ok(), "the courier runs");
    }

    /// Ends it as at the end of the process.
    pub async fn stopped(self) -> Ended {
        self.stop.graceful.cancel();
        self.task.await.expect("no panic")
    }

    /// Ends it as a crash would.
    pub async fn killed(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Waits until its status is as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Status) -> bool) -> Status {
        for _ in 0..6_000 {
            let status = self.status.read();
            if wanted(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what}: {:?}", self.status.read());
    }
}

/// A webhook that wants these names at this URL, from the beginning of the journal; retries come quickly.
pub async fn hook(house: &House, company: CompanyId, url: String, events: &[&str]) -> Hook {
    let retry_seconds = pauses(&[1, 1, 1, 1, 3_600]);
    hook_with(house, company, WebhookSettings { retry_seconds, ..settings("Principal", &url) }, events).await
}

pub async fn hook_with(
    house: &House,
    company: CompanyId,
    settings: WebhookSettings,
    events: &[&str],
) -> Hook {
    let wishes = wanting(events);
    let stored = settings.clone();
    let made = house.journal.control(move |tx| {
        Box::pin(async move {
            let credentials = credentials();
            let save = SaveWebhook {
                settings: &stored,
                wishes: &wishes,
                credentials: Some(&credentials),
                provisioned: false,
            };
            tx.create_webhook(company, &save, StartAt::After(Seq::ZERO), NOW).await
        })
    });
    let (webhook, _) = made.await.expect("a webhook");
    Hook { company, webhook: webhook.id, settings }
}

pub fn credentials() -> Credentials {
    Credentials {
        bearer: Some(Secret::new("Bearer um_token_de_teste")),
        signing: vec![SigningSecret { secret: Secret::new(SECRET), not_after: None }],
        ..Credentials::default()
    }
}

/// What the couriers of one node have in common.
#[derive(Clone)]
pub struct Shares {
    pub flights: Flights,
    pub endpoints: Arc<Endpoints>,
}

impl Shares {
    pub fn of(permits: usize) -> Shares {
        Shares { flights: Flights::new(flights::Bounds::of(permits)), endpoints: Arc::default() }
    }
}

/// Starts a courier from what the store says.
pub async fn start(local: &LocalSet, house: &House, hook: &Hook) -> Running {
    start_sharing(local, house, hook, &Shares::of(256)).await
}

pub async fn start_sharing(local: &LocalSet, house: &House, hook: &Hook, shares: &Shares) -> Running {
    let guard = Arc::new(Guard::new(
        Allow::new(["127.0.0.0/8".parse().expect("a network")]),
        Arc::new(SystemResolver::new()),
    ));
    let outgoing = Outgoing::new(&hook.settings, &credentials(), &guard).expect("a target");
    let status = Arc::new(StatusCell::default());
    let driver = Driver {
        company: house.owned(hook.company).await,
        webhook: hook.webhook,
        journal: house.journal.clone(),
        http: HttpClient::new(
            &Dialer::new(guard, client_config(None).expect("roots")),
            PoolLimits::default(),
        ),
        flights: shares.flights.clone(),
        outgoing: Arc::new(outgoing),
        endpoints: shares.endpoints.clone(),
        memory: Memory::of(32 << 20),
        status: status.clone(),
        meta_source: ramal::sources::meta_source,
    };
    let setup = setup(&house.journal, &house.store, hook).await;
    let (orders, inbox) = mpsc::channel(64);
    let stop = Stop::default();
    let task = local.spawn_local(driver.run(setup, inbox, stop.clone()));
    Running { orders, stop, status, task }
}

async fn setup(journal: &Journal, store: &Store, hook: &Hook) -> Setup {
    let cursor = store.cursor(hook.webhook).await.expect("reads").expect("a cursor");
    let held = held(store, hook).await;
    Setup {
        company: hook.company,
        webhook: hook.webhook,
        settings: Arc::new(hook.settings.clone()),
        revisions: store.revisions(hook.webhook).await.expect("reads"),
        paused: None,
        cursor,
        head: journal.head(hook.company),
        delivered_beyond: store.successes_beyond(hook.webhook, cursor).await.expect("reads"),
        held: held.into_iter().filter(|row| row.state != HeldState::Dead || row.seq > cursor).collect(),
        replays: Vec::new(),
        bounds: Bounds::default(),
        seed: 1,
    }
}

pub async fn held(store: &Store, hook: &Hook) -> Vec<HeldRow> {
    store.held_between(hook.webhook, Seq(1), Seq(i64::MAX), 10_000).await.expect("reads")
}

pub fn named(name: &str, lane: Option<&str>, payload: &str) -> Draft {
    Draft {
        name: name.into(),
        lane: lane.map(Into::into),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        ..crate::store::draft("")
    }
}

/// Events with a number each, over some lanes.
pub fn numbered(from: i64, count: i64, lanes: i64) -> Vec<Draft> {
    (from..from + count)
        .map(|n| named("call-was-connected", Some(&format!("call:{}", n % lanes)), &format!("{{\"n\":{n}}}")))
        .collect()
}
