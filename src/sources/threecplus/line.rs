//! One source's line: the task that keeps exactly one connection to 3C Plus, for ever.
//!
//! What must hold here:
//!
//! - One socket per source: this task is the only one that connects for it, and it connects again only after the
//!   session before has ended and its events were handed to the journal.
//! - Whatever the line does not hear is a gap with a start, an end and a reason.
//! - The reader never waits for the journal: it runs beside the pump, with a queue bounded in bytes between them.
//!
//! The task lives from the source's creation to its deletion and follows what is wanted ([`LineSpec`]) through a watch
//! channel: a changed token or URL ends the session and connects anew, `wanted: false` ends it and waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::definition::IDENTITY;
use super::pump::Pump;
use super::receipts::Receipts;
use crate::domain::{CompanyId, SessionInfo, SourceId, SourceState, SourceStatus, Timestamp};
use crate::journal::Journal;
use crate::log::lines;
use crate::ownership::Owned;
use crate::socketio::{Backoff, Client, Connection, Ended, Next, Reason, Recovery};
use crate::sources::ledger::{GapReason, Ledger, Pulses};
use crate::sources::{LineParts, LineSpec};

/// What a line works with.
pub(super) struct Socket {
    pub company: Owned<CompanyId>,
    pub source: SourceId,
    pub client: Client,
    pub journal: Journal,
    pub pulses: Pulses,
    pub spec: watch::Receiver<LineSpec>,
    pub status: Arc<watch::Sender<SourceStatus>>,
}

/// Why a pause between two tries ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    Due,
    SpecChanged,
    Stopping,
}

/// What one try left behind.
struct Outcome {
    ended: Ended,
    recovery: Option<Recovery>,
    /// The session was given up, or not begun, because this process may not write the company's journal any more.
    disowned: bool,
}

/// A line whose company is not this process's pauses this long: soon it is stopped, or the company is taken back.
const DISOWNED_PAUSE: Duration = Duration::from_secs(5);
/// Why a session ended that was given up for that.
const DISOWNED: &str = "disowned";
/// Why one ended that was wanted until the program itself ended.
const SHUTDOWN: &str = "shutdown";

impl Outcome {
    /// Of a company that is not this process's.
    fn disowned() -> Self {
        let ended = Ended { reason: Reason::Stopped, overloaded: false };
        Self { ended, recovery: None, disowned: true }
    }
}

impl From<LineParts> for Socket {
    fn from(parts: LineParts) -> Self {
        let LineParts { company, source, client, journal, pulses, spec, status } = parts;
        Self { company, source, client, journal, pulses, spec, status }
    }
}

impl Socket {
    /// Runs until `stop`; then the session is closed, what it had received is in the journal's hands, and the gap that
    /// begins is recorded.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut backoff = Backoff::default();
        let mut rng: SmallRng = rand::make_rng();
        let mut recovery = None;
        while !stop.is_cancelled() {
            let spec = self.spec.borrow_and_update().clone();
            if !spec.wanted {
                (backoff, recovery) = (Backoff::default(), None);
                self.rest();
                if self.pause(None, &stop).await == Woken::Stopping {
                    break;
                }
                continue;
            }
            self.publish(|status| status.state = SourceState::Connecting);
            let outcome = self.connect(&spec, recovery.take(), &mut backoff, &stop).await;
            recovery = outcome.recovery;
            if outcome.disowned {
                // What it missed meanwhile another process has heard, or nobody: never to be asked for by this one.
                recovery = None;
                if self.disowned(&stop).await == Woken::Stopping {
                    break;
                }
                continue;
            }
            match self.after(&spec, &outcome.ended, &mut backoff, &mut rng, &stop).await {
                Woken::Due => {}
                Woken::SpecChanged => backoff.forget(),
                Woken::Stopping => break,
            }
        }
        self.rest();
    }

    /// Publishes that nothing is connected because nothing should be.
    fn rest(&self) {
        if self.status.borrow().state != SourceState::Stopped {
            lines::source_stopped(self.company.id(), self.source);
        }
        self.publish(|status| {
            *status = SourceStatus { last_event_at: status.last_event_at, ..SourceStatus::default() }
        });
    }

    /// One try: connect and, if that succeeds, live through the session. Ends soon after something else is wanted.
    async fn connect(
        &self,
        spec: &LineSpec,
        recovery: Option<Recovery>,
        backoff: &mut Backoff,
        stop: &CancellationToken,
    ) -> Outcome {
        if !self.company.is_held() {
            return Outcome::disowned();
        }
        let session_stop = stop.child_token();
        let mut changes = self.spec.clone();
        let watching = async {
            // A nudge alone leaves a connection alone: there is nothing to hurry.
            if changes.wait_for(|new| !new.equals_but_for_nudge(spec)).await.is_ok() {
                session_stop.cancel();
            }
            std::future::pending().await
        };
        let living = async {
            // Boxed, as what a session begins and ends with: a thousand lines that live have no room for it.
            let connecting = Box::pin(self.client.connect(&spec.target, recovery.as_ref(), &session_stop));
            match connecting.await {
                Ok(connection) => {
                    backoff.connected(Instant::now());
                    self.session(spec, connection, stop).await
                }
                Err(reason) => {
                    Outcome { ended: Ended { reason, overloaded: false }, recovery, disowned: false }
                }
            }
        };
        tokio::select! {
            outcome = living => outcome,
            outcome = watching => outcome,
        }
    }

    /// A session from its first to its last event.
    async fn session(&self, spec: &LineSpec, connection: Connection, stop: &CancellationToken) -> Outcome {
        let Connection { opened, reader, events, vitals } = connection;
        // From here on the reader answers pings, whatever the journal is doing.
        let reading = tokio::task::spawn_local(reader.run());
        let ledger = Ledger { journal: &self.journal, company: self.company.id(), source: self.source };
        let now = Timestamp::now();
        let beginning = ledger.begin_session(&self.company, &opened.sid, &spec.token_mask, now);
        let Some(id) = Box::pin(beginning).await else {
            // Without who takes its events the reader ends.
            drop(events);
            self.read_to_the_end(reading).await;
            return Outcome::disowned();
        };
        let session =
            Arc::new(SessionInfo { id, socket_id: opened.sid.into(), token_mask: spec.token_mask.clone() });
        lines::connected(IDENTITY.name, self.company.id(), self.source, &session.socket_id);
        self.publish(|status| {
            *status = SourceStatus {
                state: SourceState::Connected,
                session: Some(session.clone()),
                last_event_at: status.last_event_at,
                ..SourceStatus::default()
            };
        });
        let pulse = self.pulses.watch(id, vitals.clone());
        let mut pump = Pump {
            company: self.company.clone(),
            source: self.source,
            registered_company: spec.registered_company,
            journal: &self.journal,
            status: &self.status,
            session,
            receipts: Receipts::new(&self.journal, self.company.id(), self.source),
            offset: None,
        };
        let ended = pump.run(events).await;
        if !self.company.is_held() {
            pump.receipts.all_answered().await;
        }
        self.read_to_the_end(reading).await;
        drop(pulse);
        let recovery = opened.pid.zip(pump.offset).map(|(pid, offset)| Recovery { pid, offset });
        let last_heard = Timestamp::from(vitals.last_heard());
        let Some(since) = pump.receipts.fate().disowned_since() else {
            let reason = self.why_ended(&ended, stop);
            Box::pin(ledger.end_session(id, last_heard, &reason)).await;
            return Outcome { ended, recovery, disowned: false };
        };
        let reason = GapReason { word: DISOWNED, detail: None };
        Box::pin(ledger.end_session(id, last_heard.min(since), &reason)).await;
        Outcome { ended, recovery, disowned: true }
    }

    /// Why a session ended: nobody wanted that of one that ended with the program.
    fn why_ended(&self, ended: &Ended, stop: &CancellationToken) -> GapReason {
        let with_us = ended.reason == Reason::Stopped && stop.is_cancelled() && self.spec.borrow().wanted;
        match with_us {
            false => GapReason::of(ended),
            true if self.company.is_held() => GapReason { word: SHUTDOWN, detail: None },
            true => GapReason { word: DISOWNED, detail: None },
        }
    }

    async fn read_to_the_end(&self, reading: JoinHandle<()>) {
        if let Err(error) = reading.await {
            error!(source = %self.source, %error, "the reader of a session panicked");
        }
    }

    /// Publishes that the company is another's and waits a little.
    async fn disowned(&mut self, stop: &CancellationToken) -> Woken {
        lines::disconnected(IDENTITY.name, self.company.id(), self.source, DISOWNED);
        self.publish(|status| {
            status.state = SourceState::Waiting;
            status.until = Some(Timestamp::now().plus(DISOWNED_PAUSE));
            status.reason = Some(DISOWNED.to_owned());
            status.session = None;
        });
        self.pause(Some(DISOWNED_PAUSE), stop).await
    }

    /// Publishes what a try left behind and waits for the next one.
    async fn after(
        &mut self,
        spec: &LineSpec,
        ended: &Ended,
        backoff: &mut Backoff,
        rng: &mut SmallRng,
        stop: &CancellationToken,
    ) -> Woken {
        let reason = GapReason::of(ended).to_string();
        let (state, pause, attempt) = match backoff.ended(&ended.reason, Instant::now(), rng) {
            // Stopped by us: either the process ends, or something else is wanted and the loop looks at it at once.
            Next::Stop if stop.is_cancelled() => return Woken::Stopping,
            Next::Stop => return Woken::SpecChanged,
            Next::Wait { pause, attempt } => (SourceState::Waiting, pause, attempt),
            Next::Parked { pause, refusals } => (SourceState::Refused, pause, refusals),
        };
        if state == SourceState::Refused {
            lines::refused(IDENTITY.name, self.company.id(), self.source, &reason);
        } else {
            lines::disconnected(IDENTITY.name, self.company.id(), self.source, &reason);
            lines::reconnecting(self.company.id(), self.source, pause, attempt);
        }
        self.publish(|status| {
            status.state = state;
            status.until = Some(Timestamp::now().plus(pause));
            status.attempt = attempt;
            status.reason = Some(reason);
            status.session = None;
        });
        // A nudge that came while this try lasted has had its try; it must not end the pause after it as well.
        if !self.spec.borrow_and_update().equals_but_for_nudge(spec) {
            return Woken::SpecChanged;
        }
        self.pause(Some(pause), stop).await
    }

    /// Waits until the pause is over, something else is wanted, or the task must end.
    async fn pause(&mut self, pause: Option<Duration>, stop: &CancellationToken) -> Woken {
        let due = async {
            match pause {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => Woken::Due,
            changed = self.spec.changed() => if changed.is_ok() { Woken::SpecChanged } else { Woken::Stopping },
            () = stop.cancelled() => Woken::Stopping,
        }
    }

    /// Changes the published status; `since` moves when the state does.
    fn publish(&self, change: impl FnOnce(&mut SourceStatus)) {
        self.status.send_modify(|status| {
            let (state, since) = (status.state, status.since);
            change(status);
            let same = status.state == state && since != Timestamp::default();
            status.since = if same { since } else { Timestamp::now() };
        });
    }
}

/// What a session's end says about its cause, beyond what the peer saw.
impl GapReason {
    fn of(ended: &Ended) -> GapReason {
        let word = if ended.overloaded { "overload" } else { ended.reason.name() };
        let detail = match &ended.reason {
            Reason::Stopped => None,
            reason => Some(reason.refusal().unwrap_or_else(|| reason.to_string())),
        };
        GapReason { word, detail }
    }
}
