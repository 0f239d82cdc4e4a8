//! The couriers that run on this node: one per webhook, each kept by a task of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tracing::error;

use super::RuntimeOptions;
use super::keeper::Keeper;
use super::worker::Worker;
use crate::delivery::courier::Command;
use crate::delivery::driver::{Order, Stop};
use crate::delivery::endpoints::Endpoints;
use crate::delivery::flights::Flights;
use crate::delivery::memory::Memory;
use crate::delivery::{Status, StatusCell};
use crate::domain::{CompanyId, Seq, WebhookId};
use crate::duties::Panics;
use crate::journal::Journal;
use crate::net::{Dialer, Guard, HttpClient, PoolLimits};
use crate::ownership::Owned;
use crate::store::{Store, Webhook};

/// Orders that wait for a courier; whoever gives more waits.
pub(super) const ORDERS: usize = 64;
/// Couriers that read their beginning at once. What they wait for are the few sessions of the store; a thousand that all
/// wait there would hold what that takes a thousand times.
const BEGINNINGS: usize = 8;

/// What every courier of the node shares.
#[derive(Clone)]
pub(super) struct Shared {
    pub store: Store,
    pub journal: Journal,
    pub guard: Arc<Guard>,
    pub flights: Flights,
    pub endpoints: Arc<Endpoints>,
    pub memory: Memory,
    pub beginnings: Arc<Semaphore>,
    pub panics: Panics,
}

/// A webhook that should have a courier.
pub(super) struct Kept {
    pub company: Owned<CompanyId>,
    pub row: Webhook,
}

struct Running {
    company: Owned<CompanyId>,
    /// The row as the last look found it.
    row: watch::Sender<Webhook>,
    orders: mpsc::Sender<Order>,
    status: Arc<StatusCell>,
    stop: Stop,
    kept: JoinHandle<()>,
}

impl Running {
    fn end(self) -> JoinHandle<()> {
        self.stop.at_once.cancel();
        self.kept
    }
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

    /// Makes what runs equal to what is wanted, of one company or of all. `worker` says where a company lives, by number. Returns how
    /// many began, changed or ended: those that end do so by themselves.
    pub(super) fn reconcile(
        &self,
        wanted: HashMap<WebhookId, Kept>,
        only: Option<CompanyId>,
        worker: impl Fn(CompanyId) -> (usize, Worker),
    ) -> usize {
        let mut running = self.lock();
        let looked_at = |courier: &Running| only.is_none_or(|company| courier.company.id() == company);
        // One that runs under another lease than what is wanted goes by what was so before.
        let stays = |id: &WebhookId, courier: &Running| {
            wanted.get(id).is_some_and(|kept| kept.company == courier.company)
        };
        let gone = running.extract_if(|id, courier| looked_at(courier) && !stays(id, courier));
        let mut changes = gone.map(|(_, courier)| drop(courier.end())).count();
        for (id, Kept { company, row }) in wanted {
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
                    running.insert(id, self.start(company, row, self.clients[number].clone(), worker));
                    changes += 1;
                }
            }
        }
        changes
    }

    fn start(&self, company: Owned<CompanyId>, row: Webhook, http: HttpClient, worker: Worker) -> Running {
        let (orders, given) = mpsc::channel(ORDERS);
        let (status, stop) = (Arc::new(StatusCell::default()), Stop::default());
        let (row, rows) = watch::channel(row);
        let keeper = Keeper {
            company: company.clone(),
            shared: self.shared.clone(),
            http,
            worker,
            rows,
            given,
            status: status.clone(),
            stop: stop.clone(),
        };
        Running { company, row, orders, status, stop, kept: tokio::spawn(keeper.keep()) }
    }

    /// Ends the couriers of these companies at once; the handles are for who has to wait for it.
    pub(super) fn end_of(&self, companies: &[CompanyId]) -> Vec<JoinHandle<()>> {
        let mut running = self.lock();
        let theirs = running.extract_if(|_, courier| companies.contains(&courier.company.id()));
        theirs.map(|(_, courier)| courier.end()).collect()
    }

    /// Bytes of what all of them hold: events, and the indexes of those that were set aside.
    pub fn bytes_in_hand(&self) -> usize {
        self.shared.memory.events.used() + self.shared.memory.aside.used()
    }

    /// Gives a command to a courier that runs under this lease; false when there is none.
    pub async fn command(&self, company: &Owned<CompanyId>, webhook: WebhookId, command: Command) -> bool {
        self.order(company, webhook, Order::Command(Box::new(command))).await
    }

    /// As [`Couriers::command`], and returns the events that it changed; `None` when there is no courier to do it.
    pub async fn ask(
        &self,
        company: &Owned<CompanyId>,
        webhook: WebhookId,
        command: Command,
    ) -> Option<Vec<Seq>> {
        let (tell, told) = oneshot::channel();
        let order = Order::Asked(Box::new(command), tell);
        if self.order(company, webhook, order).await { told.await.ok() } else { None }
    }

    async fn order(&self, company: &Owned<CompanyId>, webhook: WebhookId, order: Order) -> bool {
        let commanded = |courier: &&Running| company.is_held() && courier.company == *company;
        let orders = self.lock().get(&webhook).filter(commanded).map(|courier| courier.orders.clone());
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
        running.iter().map(|(id, courier)| (courier.company.id(), *id, courier.status.read())).collect()
    }

    /// Lets every courier end: requests in flight get their time, results are committed. Returns how each stood then.
    pub(super) async fn end_all(&self) -> Vec<(CompanyId, WebhookId, Status)> {
        let ending: Vec<_> = self.lock().drain().collect();
        let (mut cells, mut kept) = (Vec::with_capacity(ending.len()), Vec::with_capacity(ending.len()));
        for (webhook, courier) in ending {
            courier.stop.graceful.cancel();
            cells.push((courier.company.id(), webhook, courier.status));
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::delivery::flights::Bounds;
    use crate::domain::bounds::Name;
    use crate::domain::{MaskedUrl, Timestamp, WebhookSettings, WebhookState};
    use crate::journal::JournalOptions;
    use crate::net::{Allow, SystemResolver, client_config};
    use crate::ownership::Leases;
    use crate::store::StoreOptions;

    fn webhook() -> Webhook {
        let settings =
            WebhookSettings::new(Name::new("a").expect("a name"), MaskedUrl::of("https://a.example/"));
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
        let company = Leases::default().grant(CompanyId(1), 1);
        let running = Running { company, row, orders, status: Arc::default(), stop, kept };
        couriers.lock().insert(WebhookId(1), running);
        assert!(couriers.end_of(&[CompanyId(2)]).is_empty(), "of another company nothing ends");
        let mut ending = join_all(couriers.end_of(&[CompanyId(1)]));
        assert!(couriers.statuses().is_empty());
        assert!(timeout(Duration::from_millis(10), &mut ending).await.is_err(), "it has not ended yet");
        go.send(()).expect("it waits");
        let ended = ending.await;
        assert!(ended.len() == 1 && ended[0].is_ok(), "{ended:?}");
        tasks.stop().await;
    }
}
