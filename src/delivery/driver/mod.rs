//! Runs one courier: gives it events, answers, commits and time, and does what it asks.
//!
//! What must hold here: the courier alone decides, this is only its hands; a request that panics is an answer
//! ([`Fault::Internal`]) and gives its place back; dropping the driver cancels what is in flight, [`Stop::graceful`]
//! lets it end first.

mod reading;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::courier::{Action, Command, Courier, Now, Outcome, PauseReason, Room, Setup};
use super::endpoints::{Endpoints, Neighbours};
use super::envelope::MetaSource;
use super::exchange::Exchange;
use super::flights::{Flights, Place};
use super::memory::{Memory, Share};
use super::outgoing::Outgoing;
use super::status::{StatusCell, Turn};
use crate::domain::{CompanyId, HeldState, Lang, Seq, Timestamp, WebhookId};
use crate::journal::{Journal, ReadLimit, Receipt, WriteError};
use crate::log::lines;
use crate::net::HttpClient;
use crate::ownership::Owned;
use crate::store::{HeldChange, Settlement};
use reading::{Fetched, Wanted};

/// Requests in flight get this long when the process stops.
const FLIGHTS_END_WITHIN: Duration = Duration::from_secs(5);
/// Between two looks for room among what the node's couriers hold; whatever else happens is a look too.
const LOOK_FOR_ROOM: Duration = Duration::from_millis(100);
/// Answers taken in before the courier is asked what to do next.
const ANSWERS_AT_ONCE: usize = 64;

/// What reaches a running courier from outside. Small, since each courier's channels have room for thirty-two at all times.
pub enum Order {
    Command(Box<Command>),
    /// A command whose giver wants to know which events it changed.
    Asked(Box<Command>, oneshot::Sender<Vec<Seq>>),
    /// The URL, the credentials or the time-out have changed.
    Outgoing(Arc<Outgoing>),
}

/// How a courier is ended.
#[derive(Clone, Default)]
pub struct Stop {
    /// No new requests; those in flight get five seconds, and their results are committed.
    pub graceful: CancellationToken,
    /// At once: the webhook is gone.
    pub at_once: CancellationToken,
}

/// Why a courier has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Stopped,
    /// Its results could not be written for good; it has to start again from the store.
    Unwritten,
    /// The company is not this process's any more.
    Disowned,
}

/// What a courier works with.
pub struct Driver {
    pub company: Owned<CompanyId>,
    pub webhook: WebhookId,
    pub journal: Journal,
    pub http: HttpClient,
    /// Requests in flight on the whole node.
    pub flights: Flights,
    pub outgoing: Arc<Outgoing>,
    pub endpoints: Arc<Endpoints>,
    pub memory: Memory,
    pub status: Arc<StatusCell>,
    pub meta_source: MetaSource,
}

type Answered = (u64, Outcome);
type Requests = FuturesUnordered<LocalBoxFuture<'static, Answered>>;

/// What is under way.
struct Underway {
    neighbours: Neighbours,
    /// The bytes of its events, and of its index of those that it set aside.
    in_hand: Share,
    aside: Share,
    /// The bytes that reads under way may bring.
    reading: usize,
    /// Reads for which there is no room among what the node's couriers hold.
    postponed: Vec<Wanted>,
    requests: Requests,
    commit: Option<Receipt<()>>,
    reads: FuturesUnordered<LocalBoxFuture<'static, Fetched>>,
    /// Waiting for a place among the node's requests, when the courier could send.
    waiting: Option<LocalBoxFuture<'static, Place>>,
    /// A place that is not used yet.
    place: Option<Place>,
}

impl Driver {
    /// Until `stop`, or until results can no longer be written.
    pub async fn run(mut self, setup: Setup, mut orders: mpsc::Receiver<Order>, stop: Stop) -> Ended {
        let Some(mut courier) = Courier::new(setup, Now::read()) else {
            error!(webhook = %self.webhook, "the webhook has no revision");
            return Ended::Stopped;
        };
        let mut head = self.journal.watch(self.company.id());
        courier.head(*head.borrow_and_update());
        let mut underway = self.nothing_yet();
        let mut drain_until: Option<tokio::time::Instant> = None;
        loop {
            if !self.company.is_held() {
                // What is in flight is another process's to send now, if it is anybody's.
                return Ended::Disowned;
            }
            self.turn(&mut courier, &mut underway);
            if drain_until.is_some() && courier.is_at_rest() {
                return Ended::Stopped;
            }
            let room = (!underway.postponed.is_empty()).then(|| Instant::now() + LOOK_FOR_ROOM);
            let wake = courier.wake_at(Instant::now()).into_iter().chain(room).min();
            let wake = wake.map(tokio::time::Instant::from_std);
            tokio::select! {
                biased;
                () = stop.at_once.cancelled() => return Ended::Stopped,
                () = stop.graceful.cancelled(), if drain_until.is_none() => {
                    courier.command(Command::Drain, Now::read());
                    drain_until = Some(tokio::time::Instant::now() + FLIGHTS_END_WITHIN);
                }
                Some(answered) = underway.requests.next(), if !underway.requests.is_empty() => {
                    self.take_answers(&mut courier, &mut underway, answered);
                }
                written = commit(&mut underway.commit) => {
                    underway.commit = None;
                    if let Err(error) = written {
                        return self.unwritten(&error);
                    }
                    courier.committed();
                }
                Ok(()) = head.changed() => courier.head(*head.borrow_and_update()),
                Some(order) = orders.recv() => self.order(&mut courier, &mut underway, order),
                () = underway.neighbours.hear() => drop(courier.command(Command::ServerAnswers, Now::read())),
                Some(fetched) = underway.reads.next(), if !underway.reads.is_empty() => {
                    underway.reading -= fetched.room();
                    fetched.tell(&mut courier);
                }
                place = place(&mut underway.waiting) => {
                    underway.waiting = None;
                    underway.place = Some(place);
                }
                () = sleep_until(wake) => {}
                () = sleep_until(drain_until) => {
                    // What is still in flight will be sent again; what is answered is committed first.
                    underway.requests.clear();
                    if underway.commit.is_none() {
                        return Ended::Stopped;
                    }
                }
            }
        }
    }

    fn nothing_yet(&self) -> Underway {
        Underway {
            neighbours: self.endpoints.join(self.outgoing.target.url()),
            in_hand: self.memory.events.join(),
            aside: self.memory.aside.join(),
            reading: 0,
            postponed: Vec::new(),
            requests: FuturesUnordered::new(),
            commit: None,
            reads: FuturesUnordered::new(),
            waiting: None,
            place: None,
        }
    }

    /// Does everything that the courier wants done now.
    fn turn(&mut self, courier: &mut Courier, underway: &mut Underway) {
        let now = Now::read();
        underway.in_hand.set(courier.bytes_in_hand() + underway.reading);
        underway.aside.set(courier.bytes_aside());
        courier.room(Room { bytes: underway.in_hand.may_hold(), aside: underway.aside.may_take(1) > 0 });
        for wanted in std::mem::take(&mut underway.postponed) {
            self.read_if_room(courier, underway, wanted, now);
        }
        loop {
            if underway.place.is_none() && courier.wants_to_send(now.at) {
                underway.place = self.flights.try_place(self.company.id(), self.webhook);
            }
            let Some(action) = courier.poll(now, underway.place.is_some()) else { break };
            match action {
                Action::Send(request) => {
                    let place = underway.place.take();
                    underway.requests.push(self.exchange().run(request, place));
                }
                Action::Read { reader, from, items, bytes } => {
                    let wanted = Wanted { reader, from, limit: ReadLimit { items, bytes }, since: now.at };
                    self.read_if_room(courier, underway, wanted, now);
                }
                Action::Load { input, seqs, bytes } => underway.reads.push(self.load(input, seqs, bytes)),
                Action::Settle(settlement) => {
                    self.say_dead(&settlement);
                    underway.commit = Some(self.journal.settle(&self.company, settlement));
                }
                Action::Paused(reason) => self.store_pause(reason),
            }
        }
        // What is on its way counts from now on.
        underway.in_hand.set(courier.bytes_in_hand() + underway.reading);
        let lacking = underway.place.is_none() && courier.wants_to_send(now.at);
        if lacking && underway.waiting.is_none() {
            underway.waiting = Some(Box::pin(self.flights.clone().place(self.company.id(), self.webhook)));
        } else if !lacking {
            // A place that is not used now is someone else's.
            underway.place = None;
            underway.waiting = None;
        }
        let (company, webhook, url) = (self.company.id(), self.webhook, &self.outgoing.shown);
        match self.status.note(courier, now) {
            Some(Turn::Failing(health, last)) => {
                let reason = health.message(last.as_ref()).text(Lang::En);
                lines::webhook_troubled(company, webhook, url, health.as_str(), reason);
            }
            Some(Turn::Healthy) => lines::webhook_recovered(company, webhook, url),
            None => {}
        }
    }

    /// Events that are given up get their line when that is written down.
    fn say_dead(&self, settlement: &Settlement) {
        for change in &settlement.held {
            if let HeldChange::Put(row) = change
                && row.state == HeldState::Dead
            {
                let url = &self.outgoing.shown;
                lines::event_dead(self.company.id(), self.webhook, row.seq, url, row.attempts, row.reason);
            }
        }
    }

    fn exchange(&self) -> Exchange {
        Exchange {
            company: self.company.id(),
            webhook: self.webhook,
            http: self.http.clone(),
            outgoing: self.outgoing.clone(),
            flights: self.flights.clone(),
            meta_source: self.meta_source,
        }
    }

    /// Takes in an answer, and those that have come with it.
    fn take_answers(&self, courier: &mut Courier, underway: &mut Underway, first: Answered) {
        let now = Now::read();
        let awaited = courier.awaits_endpoint();
        let mut next = Some(first);
        let mut taken = 0;
        while let Some((number, outcome)) = next {
            self.status.answered(&outcome, now.wall);
            courier.answered(number, outcome, now);
            taken += 1;
            next = if taken < ANSWERS_AT_ONCE {
                underway.requests.next().now_or_never().flatten()
            } else {
                None
            };
        }
        if awaited && !courier.awaits_endpoint() {
            underway.neighbours.tell();
        }
    }

    fn order(&mut self, courier: &mut Courier, underway: &mut Underway, order: Order) {
        match order {
            Order::Outgoing(outgoing) => {
                underway.neighbours = self.endpoints.join(outgoing.target.url());
                self.outgoing = outgoing;
            }
            Order::Command(command) => drop(courier.command(*command, Now::read())),
            // Whoever asked may have gone away meanwhile; what was changed stays changed.
            Order::Asked(command, tell) => drop(tell.send(courier.command(*command, Now::read()))),
        }
    }

    /// The courier paused itself; from now on the store says so too.
    fn store_pause(&self, reason: PauseReason) {
        let (journal, webhook, company) = (self.journal.clone(), self.webhook, self.company.id());
        lines::webhook_paused(company, webhook, &reason);
        tokio::task::spawn_local(async move {
            let text = reason.to_string();
            let stored = journal.control(move |tx| {
                Box::pin(async move { tx.pause_webhook(webhook, &text, Timestamp::now()).await })
            });
            if let Err(error) = stored.await {
                warn!(%webhook, %error, "a pause could not be written down; it holds until the next start");
            }
        });
    }

    fn unwritten(&self, error: &WriteError) -> Ended {
        match error {
            // The process is ending; what was not written is sent again after the next start.
            WriteError::Stopped => Ended::Stopped,
            // Said by who was to write them. Whoever has the company now starts from what the store says.
            WriteError::NotOurs | WriteError::NoCompany => Ended::Disowned,
            error => {
                error!(company = %self.company.id(), webhook = %self.webhook, %error, "results could not be written");
                Ended::Unwritten
            }
        }
    }
}

async fn commit(underway: &mut Option<Receipt<()>>) -> Result<(), WriteError> {
    match underway {
        Some(receipt) => receipt.await,
        None => std::future::pending().await,
    }
}

async fn place(waiting: &mut Option<LocalBoxFuture<'static, Place>>) -> Place {
    match waiting {
        Some(place) => place.await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// A future that panics becomes `None`.
pub(super) async fn contained<F: Future>(future: F) -> Option<F::Output> {
    AssertUnwindSafe(future).catch_unwind().await.ok()
}
