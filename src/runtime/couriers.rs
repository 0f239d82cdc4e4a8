//! The couriers that run on this node: one per webhook, each kept by a task that starts it from the store, tells it of
//! changes, and starts it again when it ends although it should run.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{error, warn};

use super::RuntimeOptions;
use super::setup::{self, Loaded};
use super::worker::Worker;
use crate::delivery::courier::{Command, PauseReason};
use crate::delivery::driver::{Driver, Ended, Order, Stop};
use crate::delivery::endpoints::Endpoints;
use crate::delivery::flights::Flights;
use crate::delivery::memory::Memory;
use crate::delivery::{Outgoing, Status, StatusCell};
use crate::domain::{CompanyId, Revision, Seq, Timestamp, WebhookId, WebhookState};
use crate::duties::{Panics, Restarts};
use crate::journal::Journal;
use crate::log::lines;
use crate::net::{Dialer, Guard, HttpClient, PoolLimits};
use crate::sources;
use crate::store::{Store, StoreError, Webhook};

/// Orders that wait for a courier; whoever gives more waits.
const ORDERS: usize = 64;
/// Couriers that read their beginning at once. What they wait for are the few sessions of the store; a thousand that all
/// wait there would hold what that takes a thousand times.
const BEGINNINGS: usize = 8;

/// What every courier of the node shares.
#[derive(Clone)]
struct Shared {
    store: Store,
    journal: Journal,
    guard: Arc<Guard>,
    flights: Flights,
    endpoints: Arc<Endpoints>,
    memory: Memory,
    beginnings: Arc<Semaphore>,
    panics: Panics,
}

struct Running {
    /// The row as the last look found it.
    row: watch::Sender<Webhook>,
    orders: mpsc::Sender<Order>,
    status: Arc<StatusCell>,
    stop: Stop,
    kept: JoinHandle<()>,
}

/// See the module.
pub struct Couriers {
    shared: Shared,
    /// One client per worker: a connection is driven by the thread that uses it.
    clients: Vec<HttpClient>,
    running: Mutex<HashMap<WebhookId, Running>>,
}

impl Couriers {
    pub(super) fn new(
        store: Store,
        journal: Journal,
        dialer: &Dialer,
        workers: usize,
        options: &RuntimeOptions,
        panics: Panics,
    ) -> Self {
        let limits = PoolLimits { idle: options.kept_connections, ..PoolLimits::default() };
        let clients = (0..workers.max(1)).map(|_| HttpClient::new(dialer, limits)).collect();
        let shared = Shared {
            store,
            journal,
            guard: dialer.guard.clone(),
            flights: Flights::new(options.flights),
            endpoints: Arc::default(),
            memory: Memory::of(options.webhook_bytes),
            beginnings: Arc::new(Semaphore::new(BEGINNINGS)),
            panics,
        };
        Self { shared, clients, running: Mutex::default() }
    }

    /// Makes what runs equal to what is wanted. `worker` says where a company lives, by number. What is not wanted any more
    /// ends by itself; the handles are for who has to wait for it. The number is of those that began, changed or ended.
    pub(super) fn reconcile(
        &self,
        wanted: HashMap<WebhookId, Webhook>,
        worker: impl Fn(CompanyId) -> (usize, Worker),
    ) -> (Vec<JoinHandle<()>>, usize) {
        let mut running = self.lock();
        let ending = running.extract_if(|id, _| !wanted.contains_key(id)).map(|(_, courier)| {
            courier.stop.at_once.cancel();
            courier.kept
        });
        let ending: Vec<_> = ending.collect();
        let mut changes = ending.len();
        for (id, row) in wanted {
            match running.get(&id) {
                Some(courier) => {
                    let differed = courier.row.send_if_modified(|present| {
                        let differs = *present != row;
                        *present = row;
                        differs
                    });
                    changes += usize::from(differed);
                }
                None => {
                    let (number, worker) = worker(row.company);
                    running.insert(id, self.start(row, self.clients[number].clone(), worker));
                    changes += 1;
                }
            }
        }
        (ending, changes)
    }

    fn start(&self, row: Webhook, http: HttpClient, worker: Worker) -> Running {
        let (orders, given) = mpsc::channel(ORDERS);
        let (status, stop) = (Arc::new(StatusCell::default()), Stop::default());
        let (row, rows) = watch::channel(row);
        let keeper = Keeper {
            shared: self.shared.clone(),
            http,
            worker,
            rows,
            given,
            status: status.clone(),
            stop: stop.clone(),
        };
        Running { row, orders, status, stop, kept: tokio::spawn(keeper.keep()) }
    }

    /// Bytes of what all of them hold: events, and the indexes of those that were set aside.
    pub fn bytes_in_hand(&self) -> usize {
        self.shared.memory.events.used() + self.shared.memory.aside.used()
    }

    /// Gives a command to a running courier; false when there is none.
    pub async fn command(&self, webhook: WebhookId, command: Command) -> bool {
        self.order(webhook, Order::Command(Box::new(command))).await
    }

    /// As [`Couriers::command`], and returns the events that it changed; `None` when there is no courier to do it.
    pub async fn ask(&self, webhook: WebhookId, command: Command) -> Option<Vec<Seq>> {
        let (tell, told) = oneshot::channel();
        if self.order(webhook, Order::Asked(Box::new(command), tell)).await { told.await.ok() } else { None }
    }

    async fn order(&self, webhook: WebhookId, order: Order) -> bool {
        let orders = self.lock().get(&webhook).map(|courier| courier.orders.clone());
        match orders {
            Some(orders) => orders.send(order).await.is_ok(),
            None => false,
        }
    }

    pub fn status(&self, webhook: WebhookId) -> Option<Status> {
        self.lock().get(&webhook).map(|courier| courier.status.read())
    }

    /// Every running courier's company and status.
    pub fn statuses(&self) -> Vec<(CompanyId, WebhookId, Status)> {
        let running = self.lock();
        running
            .iter()
            .map(|(id, courier)| (courier.row.borrow().company, *id, courier.status.read()))
            .collect()
    }

    /// Lets every courier end: requests in flight get their time, results are committed. Returns how each stood then.
    pub(super) async fn end_all(&self) -> Vec<(CompanyId, WebhookId, Status)> {
        let ending: Vec<_> = self.lock().drain().collect();
        let (mut cells, mut kept) = (Vec::with_capacity(ending.len()), Vec::with_capacity(ending.len()));
        for (webhook, courier) in ending {
            courier.stop.graceful.cancel();
            cells.push((courier.row.borrow().company, webhook, courier.status));
            kept.push(courier.kept);
        }
        for ended in join_all(kept).await {
            if let Err(error) = ended {
                error!(%error, "the keeper of a courier panicked");
            }
        }
        cells.into_iter().map(|(company, webhook, cell)| (company, webhook, cell.read())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WebhookId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps one courier running.
struct Keeper {
    shared: Shared,
    http: HttpClient,
    worker: Worker,
    rows: watch::Receiver<Webhook>,
    given: mpsc::Receiver<Order>,
    status: Arc<StatusCell>,
    stop: Stop,
}

/// What the courier was last told.
struct Told {
    row: Webhook,
    revision: i32,
    outgoing: Arc<Outgoing>,
}

impl Keeper {
    async fn keep(mut self) {
        let mut restarts = Restarts::default();
        while !self.is_stopping() {
            let began = Instant::now();
            match AssertUnwindSafe(self.live()).catch_unwind().await.unwrap_or_else(|_| Ok(self.panicked())) {
                Ok(Ended::Stopped) => return,
                Ok(Ended::Unwritten) => {}
                Err(error) => {
                    self.status.not_started(Timestamp::now());
                    warn!(webhook = %self.rows.borrow().id, %error, "a courier could not be started; trying again");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(restarts.pause_after(began.elapsed())) => {}
                () = self.stop.graceful.cancelled() => return,
                () = self.stop.at_once.cancelled() => return,
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.graceful.is_cancelled() || self.stop.at_once.is_cancelled()
    }

    /// One life of the courier, from what the store says to its end. What takes a moment is boxed, so that a courier that
    /// runs for months has no room for it.
    async fn live(&mut self) -> Result<Ended, StoreError> {
        let row = self.rows.borrow_and_update().clone();
        let Loaded { setup, outgoing, newest } = self.begin(&row).await?;
        let (orders, inbox) = mpsc::channel(ORDERS);
        let driver = Driver {
            company: row.company,
            webhook: row.id,
            journal: self.shared.journal.clone(),
            http: self.http.clone(),
            flights: self.shared.flights.clone(),
            outgoing: outgoing.clone(),
            endpoints: self.shared.endpoints.clone(),
            memory: self.shared.memory.clone(),
            status: self.status.clone(),
            meta_source: sources::meta_source,
        };
        let (tell, mut ended) = oneshot::channel();
        let stop = self.stop.clone();
        let running = self.worker.run(move || async move {
            let _ = tell.send(driver.run(setup, inbox, stop).await);
        });
        drop(running.await);
        let mut told = Told { row, revision: newest, outgoing };
        loop {
            tokio::select! {
                ended = &mut ended => return Ok(ended.unwrap_or_else(|_| self.panicked())),
                changed = self.rows.changed() => match changed {
                    Ok(()) => Box::pin(self.tell(&mut told, &orders)).await?,
                    // The runtime is gone, and with it whoever could want something.
                    Err(_) => self.stop.graceful.cancel(),
                },
                Some(order) = self.given.recv() => {
                    // A courier that has ended takes no more orders; its end is seen above.
                    let _ = orders.send(order).await;
                }
            }
        }
    }

    /// What the store says of it, in turn.
    async fn begin(&self, row: &Webhook) -> Result<Loaded, StoreError> {
        let Shared { store, journal, guard, beginnings, .. } = &self.shared;
        let _turn = beginnings.acquire().await.expect("this semaphore is never closed");
        if let Some(cursor) = Box::pin(store.cursor(row.id)).await? {
            // Whatever fails from here on, what waits is known.
            self.status.begins(cursor, Box::pin(store.newest_outcomes(row.id)).await?);
        }
        Box::pin(setup::load(store, journal, guard, row)).await
    }

    fn panicked(&self) -> Ended {
        self.shared.panics.note();
        error!(webhook = %self.rows.borrow().id, "a courier panicked; starting it again from the store");
        Ended::Unwritten
    }

    /// Tells the courier what has changed in its row.
    async fn tell(&mut self, told: &mut Told, orders: &mpsc::Sender<Order>) -> Result<(), StoreError> {
        let row = self.rows.borrow_and_update().clone();
        let mut news = Vec::new();
        let order = |command| Order::Command(Box::new(command));
        if row.version != told.row.version {
            let credentials = self.shared.store.credentials(row.id).await?;
            match setup::outgoing(&row, &credentials, &self.shared.guard) {
                Ok(outgoing) => {
                    // Behind an address that looks the same there may be another key.
                    let other = !outgoing.is_known_as(&told.outgoing);
                    told.outgoing = outgoing.clone();
                    news.push(Order::Outgoing(outgoing));
                    if other {
                        news.push(order(Command::OtherCredentials));
                    }
                }
                Err(error) => error!(webhook = %row.id, %error, "the stored settings cannot be used"),
            }
            news.push(order(Command::Settings(Arc::new(row.settings.clone()))));
            let revisions = self.shared.store.revisions(row.id).await?;
            let known = told.revision;
            for revision in revisions.into_iter().filter(|revision: &Revision| revision.number > known) {
                told.revision = revision.number;
                news.push(order(Command::Revision(revision)));
            }
        }
        if (row.state, &row.paused_reason) != (told.row.state, &told.row.paused_reason) {
            news.push(order(match setup::pause_reason(&row) {
                Some(reason) => {
                    // What the courier paused itself, it has said itself.
                    if let PauseReason::Operator(_) = reason {
                        lines::webhook_paused(row.company, row.id, &reason);
                    }
                    Command::Pause(reason)
                }
                None => {
                    lines::webhook_resumed(row.company, row.id);
                    Command::Resume
                }
            }));
        }
        debug_assert_ne!(row.state, WebhookState::Deleted, "deleted webhooks are not read");
        told.row = row;
        for order in news {
            let _ = orders.send(order).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::delivery::flights::Bounds;
    use crate::domain::WebhookSettings;
    use crate::journal::JournalOptions;
    use crate::net::{Allow, SystemResolver, client_config};
    use crate::store::StoreOptions;

    fn webhook() -> Webhook {
        let settings = WebhookSettings::new("a", "https://a.example/");
        let (id, company, now) = (WebhookId(1), CompanyId(1), Timestamp(0));
        let (state, paused_reason, provisioned, version) = (WebhookState::Active, None, false, 1);
        let (created_at, updated_at) = (now, now);
        Webhook { id, company, settings, state, paused_reason, provisioned, version, created_at, updated_at }
    }

    #[tokio::test]
    async fn who_ends_couriers_can_wait_for_their_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
        let (store, writer) = Store::open(&url, StoreOptions::default()).await.expect("opens");
        let options = JournalOptions { upkeep: false, ..JournalOptions::default() };
        let (journal, tasks) = Journal::start(store.clone(), writer, options).await.expect("starts");
        let guard = Arc::new(Guard::new(Allow::new([]), Arc::new(SystemResolver::new())));
        let dialer = Dialer::new(guard, client_config(None).expect("no extra authority"));
        let options = RuntimeOptions {
            workers: 1,
            frame_queue_bytes: 1 << 20,
            message_bytes: 1 << 20,
            flights: Bounds { large_bytes: 1 << 20, ..Bounds::of(1) },
            kept_connections: 1,
            webhook_bytes: 1 << 20,
        };
        let couriers = Couriers::new(store, journal, &dialer, 1, &options, Panics::default());
        let (go, gone) = oneshot::channel();
        let stop = Stop::default();
        let told = stop.at_once.clone();
        let kept = tokio::spawn(async move {
            told.cancelled().await;
            gone.await.expect("it is let go");
        });
        let (row, orders) = (watch::Sender::new(webhook()), mpsc::channel(1).0);
        let running = Running { row, orders, status: Arc::default(), stop, kept };
        couriers.lock().insert(WebhookId(1), running);
        let mut ending = join_all(couriers.reconcile(HashMap::new(), |_| unreachable!("none is wanted")).0);
        assert!(couriers.statuses().is_empty());
        assert!(timeout(Duration::from_millis(10), &mut ending).await.is_err(), "it has not ended yet");
        go.send(()).expect("it waits");
        let ended = ending.await;
        assert!(ended.len() == 1 && ended[0].is_ok(), "{ended:?}");
        tasks.stop().await;
    }
}
