//! Puts the rooms together: from settings to a running program, and back down.
//!
//! What must hold here: nothing is accepted before the store is open and the journal writes; the order of the end is
//! doors → sources → couriers → recorder → store, within ten seconds.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use futures_util::future::BoxFuture;
use jiff::tz::TimeZone;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::admin::{Access, Admin, AdminError, BoardDays, Days, Estimates, ProvisionError, USUAL_ZONE};
use crate::alerting::notices::{self, Notices};
use crate::config::{DatabaseKind, Settings};
use crate::delivery::flights;
use crate::descriptors::{self, Shares};
use crate::incidents::{self, Incidents, Keeping};
use crate::journal::{Journal, JournalOptions, JournalTasks};
use crate::listener::{self, Bounds};
use crate::log::lines;
use crate::net::provider::ProviderClient;
use crate::net::{CaError, HttpClient, PoolLimits};
use crate::own_addresses::OwnAddresses;
use crate::ownership::StaticLeaser;
use crate::provisions::provisions;
use crate::runtime::{Parts, Runtime, RuntimeOptions, RuntimeTasks};
use crate::senders::senders;
use crate::store::{MasterSource, Store, StoreError, StoreOptions, Writer};
use crate::watch::{Health, metrics};
use crate::{way_out, web};

/// Kept on the disk for the day it is full: room for results and retention.
const RESERVE_BYTES: u64 = 16 << 20;
/// Requests to the API and the doors get this long to end.
const REQUESTS_END_WITHIN: Duration = Duration::from_secs(1);

/// A database server that is not there, or that another process uses, is waited for this long.
const DATABASE_WITHIN: Duration = Duration::from_mins(1);
/// Between two tries to open it.
const OPEN_AGAIN: Duration = Duration::from_millis(200);
/// Between two lines that say that it is waited for.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Why the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{address}: {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("extra_ca_file: {0}")]
    CaFile(io::Error),
    #[error("extra_ca_file: {0}")]
    Ca(#[from] CaError),
    #[error("no client for the providers' APIs: {0}")]
    ProviderClient(#[from] reqwest::Error),
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    #[error("the addresses of webhooks could not be sealed: {0}")]
    Addresses(AdminError),
    #[error("a worker thread could not be started: {0}")]
    Worker(io::Error),
}

/// A program that runs.
pub struct Running {
    /// The addresses really bound.
    pub listen: SocketAddr,
    pub inbound: Vec<SocketAddr>,
    pub admin: Arc<Admin>,
    store: Store,
    journal: JournalTasks,
    runtime: RuntimeTasks,
    doors: CancellationToken,
    serving: Vec<tokio::task::JoinHandle<()>>,
}

/// Starts everything; returns when it listens and the companies of the settings are up to date.
pub async fn start(settings: &Settings) -> Result<Running, ServeError> {
    start_played(settings, None).await
}

/// The same for a demonstration, whose panel plays the other sides.
pub async fn start_played(settings: &Settings, played: web::Played) -> Result<Running, ServeError> {
    let shares = descriptor_shares(settings);
    let tally = Arc::new(listener::Tally::default());
    let doors = CancellationToken::new();
    // A start that fails takes its listeners with it.
    let failed = doors.clone().drop_guard();
    let entrances = Entrances::begin(settings, shares, &tally, &doors).await?;
    let dialer = way_out::dialer(settings)?;
    let master = settings.master_key.clone().map_or(MasterSource::BesideDatabase, MasterSource::Given);
    let options = StoreOptions { master, ..StoreOptions::default() };
    let (store, writer) = open(settings, options).await?;
    if let Some(path) = store.made_master_key() {
        lines::master_key_made(path);
    }
    let (journal, journal_tasks) = Journal::start(store.clone(), writer, journal_options(settings)).await?;
    let provider = ProviderClient::new(&dialer)?;
    let parts = Parts {
        store: store.clone(),
        journal: journal.clone(),
        dialer: dialer.clone(),
        provider: provider.clone(),
        leaser: Arc::new(StaticLeaser::new(journal.clone())),
        options: runtime_options(settings, shares),
    };
    let (runtime, threads) = Runtime::build(parts).map_err(ServeError::Worker)?;
    let tried_out = PoolLimits { idle: kept_connections(settings, shares), ..PoolLimits::default() };
    let admin = Arc::new(Admin {
        store: store.clone(),
        journal: journal.clone(),
        runtime: runtime.clone(),
        incidents: Incidents::new(store.clone(), journal.clone(), runtime.clone()),
        provider,
        guard: dialer.guard.clone(),
        http: HttpClient::new(&dialer, tried_out),
        senders: senders(settings, &dialer),
        access: Access::default(),
        days: Days::default(),
        estimates: Estimates::default(),
        board_days: BoardDays::default(),
    });
    admin.seal_addresses().await.map_err(ServeError::Addresses)?;
    admin.provision(&provisions(settings)).await?;
    let runtime_tasks = runtime.run(threads);
    // A provider that posts to a door before it is open is told to come again, not that its token is wrong; better yet,
    // nobody is answered before.
    runtime.settled().await;

    let front_ends = web::FrontEnds::new(runtime.doors(), journal.clone(), doors.clone());
    let inbound_router = web::front_ends(&front_ends).merge(web::inbound(&web::Inbound {
        doors: runtime.doors(),
        journal: journal.clone(),
        lenient: settings.lenient.clone(),
        body_limit: size(settings.limits.inbound_body_bytes),
    }));
    let hub = web::Hub::new(admin.access_changes(), doors.clone());
    let probe = probe(&journal, &runtime, &hub, &tally);
    let strays = web::strays(admin.clone(), hub.clone(), played.clone());
    let panel = web::panel(admin.clone(), hub, played);
    let front = web::Front::new(&settings.trusted_proxies, settings.public_url.as_ref())
        .with_doors_apart(!settings.inbound_listen.is_empty());
    let router = web::api(admin.clone(), strays).merge(panel).merge(web::health(probe));
    let router = web::strict(router, settings.public_url.as_ref());
    let inbound: Vec<_> = entrances.inbound.iter().map(|(address, _)| *address).collect();
    let listen = entrances.listen;
    let mut serving = entrances.open(router, inbound_router, &front);
    let bounds = listener_bounds(settings, shares);
    let (stop, doors_table) = (doors.clone(), runtime.doors());
    let own = OwnAddresses { doors: doors_table, front_ends, front, bounds, tally, stop };
    serving.push(tokio::spawn(own.keep()));
    serving.extend(watch_over(&admin, &doors));
    failed.disarm();
    open_setup(&admin, listen).await;
    lines::listening(env!("CARGO_PKG_VERSION"), &settings.node, listen, &inbound);
    Ok(Running {
        listen,
        inbound,
        admin,
        store,
        journal: journal_tasks,
        runtime: runtime_tasks,
        doors,
        serving,
    })
}

impl Running {
    /// Brings the companies of settings that were read again up to date, as at the start.
    pub async fn update(&self, settings: &Settings) -> Result<(), ProvisionError> {
        self.admin.provision(&provisions(settings)).await
    }

    /// Ends everything in order, within ten seconds.
    pub async fn stop(self) {
        self.doors.cancel();
        let cut: Vec<_> = self.serving.iter().map(tokio::task::JoinHandle::abort_handle).collect();
        let ending = futures_util::future::join_all(self.serving);
        if tokio::time::timeout(REQUESTS_END_WITHIN, ending).await.is_err() {
            warn!("some requests to the API did not end in time");
            cut.iter().for_each(tokio::task::AbortHandle::abort);
        }
        self.runtime.stop().await;
        drop(self.admin);
        self.journal.stop().await;
        self.store.close().await;
        lines::stopped();
    }
}

/// What is wrong is kept, and told to whoever is to be told, until the token is cancelled.
fn watch_over(admin: &Admin, stop: &CancellationToken) -> [tokio::task::JoinHandle<()>; 2] {
    let (store, journal, incidents) = (admin.store.clone(), &admin.journal, admin.incidents.clone());
    let keeping = Keeping::new(incidents.clone());
    let keeping = Box::pin(journal.duties().keep(incidents::SPEC, keeping, stop.clone()));
    let unwritten = Arc::new(move || incidents.unwritten());
    let zone = TimeZone::get(USUAL_ZONE).unwrap_or(TimeZone::UTC);
    let telling = Notices::new(store, journal.clone(), admin.senders.clone(), zone, unwritten);
    let telling = Box::pin(journal.duties().keep(notices::SPEC, telling, stop.clone()));
    [tokio::spawn(async move { drop(keeping.await) }), tokio::spawn(async move { drop(telling.await) })]
}

/// Nobody can sign in yet: the log says how to change that.
async fn open_setup(admin: &Admin, listen: SocketAddr) {
    match admin.setup_code().await {
        Ok(Some(code)) => lines::setup_open(listen, code.expose()),
        Ok(None) => {}
        Err(error) => error!(%error, "whether somebody can sign in to the panel is not known"),
    }
}

/// Opens the store, and waits for a database that may soon be there: a server that starts later than this program, or
/// another process that is about to end.
async fn open(settings: &Settings, options: StoreOptions) -> Result<(Store, Writer), ServeError> {
    let began = Instant::now();
    let mut told: Option<Instant> = None;
    loop {
        let error = match Store::open(settings.database.expose(), options.clone()).await {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let server = settings.database.kind() == DatabaseKind::Postgres;
        if !server || !error.is_passing() || began.elapsed() >= DATABASE_WITHIN {
            return Err(error.into());
        }
        if told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
            told = Some(Instant::now());
            lines::waiting_for_database(&error, DATABASE_WITHIN.saturating_sub(began.elapsed()));
        }
        tokio::time::sleep(OPEN_AGAIN).await;
    }
}

/// The listeners, which answer from the beginning on, and what they are to serve.
struct Entrances {
    listen: SocketAddr,
    gate: web::Gate,
    /// The providers' own, where they have any.
    inbound: Vec<(SocketAddr, web::Gate)>,
    serving: Vec<tokio::task::JoinHandle<()>>,
}

impl Entrances {
    async fn begin(
        settings: &Settings,
        shares: Shares,
        tally: &Arc<listener::Tally>,
        stop: &CancellationToken,
    ) -> Result<Entrances, ServeError> {
        let bounds = listener_bounds(settings, shares);
        let serve = |listener, gate: &web::Gate| {
            let bounds = bounds.clone();
            tokio::spawn(listener::serve(listener, gate.service(), bounds, tally.clone(), stop.clone()))
        };
        let own = bind(settings.listen).await?;
        let (listen, gate) = (local_address(&own)?, web::Gate::default());
        let (mut inbound, mut serving) = (Vec::new(), Vec::new());
        for address in &settings.inbound_listen {
            let of_providers = bind(*address).await?;
            let gate = web::Gate::default();
            let address = local_address(&of_providers)?;
            serving.push(serve(of_providers, &gate));
            inbound.push((address, gate));
        }
        serving.push(serve(own, &gate));
        Ok(Entrances { listen, gate, inbound, serving })
    }

    /// From now on all of it is served: the doors beside the rest, or on an address of their own.
    fn open(self, router: Router, doors: Router, front: &web::Front) -> Vec<tokio::task::JoinHandle<()>> {
        let open = |gate: &web::Gate, router| {
            gate.open(web::behind(web::with_straight_doors(router), front.clone()));
        };
        if self.inbound.is_empty() {
            open(&self.gate, router.merge(doors));
        } else {
            self.inbound.iter().for_each(|(_, own)| open(own, doors.clone()));
            open(&self.gate, router);
        }
        self.serving
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })
}

fn local_address(listener: &TcpListener) -> Result<SocketAddr, ServeError> {
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    listener.local_addr().map_err(|error| ServeError::Listen { address: unknown, error })
}

/// Raises the limit of descriptors and shares them out; says so when they are too few for what the settings want.
fn descriptor_shares(settings: &Settings) -> Shares {
    let limit = descriptors::raise();
    let wanted = settings.limits.requests_in_flight as usize;
    let shares = descriptors::share(limit, wanted);
    if shares.requests < wanted {
        let (requests, enough) = (shares.requests, descriptors::enough_for(wanted));
        warn!(
            limit,
            enough,
            requests,
            wanted,
            "few descriptors may be open (RLIMIT_NOFILE): fewer requests go out at once"
        );
    }
    shares
}

/// Each listener's bounds; several share what there is.
fn listener_bounds(settings: &Settings, shares: Shares) -> Bounds {
    let listeners = 1 + settings.inbound_listen.len();
    let of_memory = size(settings.limits.connection_bytes) / listener::HEAD_BYTES;
    let connections = (shares.accepted.min(of_memory) / listeners).max(1);
    Bounds {
        connections,
        of_one_address: connections.div_ceil(2),
        proxies: settings.trusted_proxies.clone(),
        body_bytes: size(settings.limits.body_bytes) / listeners,
    }
}

fn probe(journal: &Journal, runtime: &Runtime, hub: &web::Hub, tally: &Arc<listener::Tally>) -> web::Probe {
    let health = journal.health();
    let (journal, runtime, hub, tally) = (journal.clone(), runtime.clone(), hub.clone(), tally.clone());
    let metrics = move |format| {
        let (journal, runtime, live_viewers, live_looks) =
            (journal.clone(), runtime.clone(), hub.viewers(), hub.looked());
        let (connections, log_lines_lost) = (tally.figures(), crate::log::lines_lost());
        Box::pin(async move {
            let figures = runtime.figures().await;
            let figures =
                metrics::Figures { live_viewers, live_looks, connections, log_lines_lost, ..figures };
            metrics::text(&figures, &journal, format)
        }) as BoxFuture<'static, String>
    };
    let trouble = move || Health::of(&health.borrow()).trouble();
    web::Probe { trouble: Arc::new(trouble), metrics: Arc::new(metrics) }
}

/// Of one pool: there is one for each worker, and one for what people try out.
fn kept_connections(settings: &Settings, shares: Shares) -> usize {
    (shares.kept / (settings.workers + 1)).max(1)
}

fn runtime_options(settings: &Settings, shares: Shares) -> RuntimeOptions {
    RuntimeOptions {
        workers: settings.workers,
        frame_queue_bytes: size(settings.limits.frame_queue_bytes),
        message_bytes: size(settings.limits.message_bytes),
        flights: flights::Bounds {
            requests: shares.requests,
            beyond: shares.requests_beyond,
            large_bytes: size(settings.limits.request_bytes),
        },
        kept_connections: kept_connections(settings, shares),
        webhook_bytes: size(settings.limits.webhook_bytes),
    }
}

fn journal_options(settings: &Settings) -> JournalOptions {
    JournalOptions {
        queue_bytes: size(settings.limits.append_queue_bytes),
        tail_bytes: size(settings.limits.tail_bytes),
        // The database's driver needs a batch twice more while it is written.
        batch_bytes: JournalOptions::default().batch_bytes.min(size(settings.limits.append_queue_bytes)),
        reserve: settings.database.file().map(|file| (file.with_extension("reserve"), RESERVE_BYTES)),
        retention: settings.retention,
        consumers: crate::runtime::consumers(),
        ..JournalOptions::default()
    }
}

/// A size of the settings as this machine counts memory.
fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
