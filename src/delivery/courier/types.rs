//! What goes into a courier and what comes out of it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::delivery::subscription::{Revisions, Subscription};
use crate::domain::{
    AttemptOrigin, CompanyId, Event, Pattern, Revision, Seq, Timestamp, WebhookId, WebhookSettings,
};
use crate::net::{ErrorKind, Note};

use crate::store::{HeldRow, Phases, Settlement};
use crate::texts::{Message, msg};

/// Both clocks, read once per turn: the wall's for what is stored, the steady one for what is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub wall: Timestamp,
    pub at: Instant,
}

impl Now {
    pub fn read() -> Now {
        Now { wall: Timestamp::now(), at: Instant::now() }
    }

    /// What the wall's clock will show at that moment, if nobody sets it.
    pub fn wall_at(self, at: Instant) -> Timestamp {
        let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let (ahead, past) = (at.saturating_duration_since(self.at), self.at.saturating_duration_since(at));
        Timestamp(self.wall.0.saturating_add(micros(ahead)).saturating_sub(micros(past)))
    }
}

/// How much a courier may have in hand.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Unsettled events in the window, and the bytes of those in memory; one event always fits.
    pub window_items: usize,
    pub window_bytes: usize,
    /// Places in the window, settled ones behind an unsettled one included.
    pub window_places: usize,
    /// Unsettled events of one lane in the window; more are held as `waiting`.
    pub lane_items: usize,
    /// Rows set aside, dead ones not counted.
    pub held_rows: usize,
    /// Held events in memory, and their bytes; one event always fits.
    pub loaded_items: usize,
    pub loaded_bytes: usize,
    /// Results that wait for their commit; no request starts beyond.
    pub uncommitted: usize,
    pub uncommitted_bytes: usize,
}

/// What the memory of the node has for a courier just now.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// The bytes of events that it may have in memory, if its own bounds allow them; one event always fits.
    pub bytes: usize,
    /// Whether there is memory for more of an index of what is set aside than events that fail need.
    pub aside: bool,
}

impl Room {
    /// As much as its own bounds allow.
    pub const ALL: Self = Self { bytes: usize::MAX, aside: true };
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            window_items: 1_024,
            window_bytes: 1 << 20,
            window_places: 16_384,
            lane_items: 256,
            held_rows: 100_000,
            loaded_items: 64,
            loaded_bytes: 512 << 10,
            uncommitted: 8_192,
            uncommitted_bytes: 2 << 20,
        }
    }
}

/// Everything a courier starts from; what the store knows about one webhook.
#[derive(Debug, Clone)]
pub struct Setup {
    pub company: CompanyId,
    pub webhook: WebhookId,
    pub settings: Arc<WebhookSettings>,
    /// In any order; at least one. Their numbers go up with their first seq.
    pub revisions: Vec<Revision>,
    pub paused: Option<PauseReason>,
    /// Settled up to and with this one, by every one of the revisions.
    pub cursor: Seq,
    pub head: Seq,
    /// Delivered beyond the cursor, before a crash.
    pub delivered_beyond: Vec<Seq>,
    /// Every row that is not dead, and the dead ones beyond the cursor.
    pub held: Vec<HeldRow>,
    /// Unfinished ones, oldest first.
    pub replays: Vec<ReplayJob>,
    pub bounds: Bounds,
    /// For jitter; any number.
    pub seed: u64,
}

/// Sends events of the past again, behind everything else the courier does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayJob {
    pub id: i64,
    /// First and last event, both included; the last is not after the head of its creation.
    pub from: Seq,
    pub to: Seq,
    /// Which names; empty is all that the revision wants.
    pub names: Vec<Pattern>,
    /// Only what is dead, and then whatever the revision wants.
    pub undelivered: bool,
    /// The revision that held when it was created decides and shapes.
    pub revision: i32,
    /// `webhook-id` gets `_r<id>` appended, so that the receiver takes it for something new.
    pub as_new: bool,
    pub per_second: Option<u32>,
    pub paused: bool,
    /// Finished up to and with this one; `from - 1` at first.
    pub cursor: Seq,
}

/// Why nothing is sent although it could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// By a person; the text is theirs.
    Operator(String),
    /// Two events were answered 410 Gone.
    Gone,
}

impl PauseReason {
    /// The phrase for people.
    pub fn message(&self) -> Message {
        match self {
            PauseReason::Operator(note) if note.is_empty() => msg("health-paused"),
            PauseReason::Operator(note) => msg("health-paused-note").with("note", note),
            PauseReason::Gone => msg("health-gone"),
        }
    }
}

/// As it stands in the log, and [`PauseReason::Gone`] in the database.
impl fmt::Display for PauseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PauseReason::Operator(note) if note.is_empty() => f.write_str("paused by an operator"),
            PauseReason::Operator(note) => write!(f, "paused by an operator: {note}"),
            PauseReason::Gone => f.write_str("the endpoint answered 410 Gone to two events"),
        }
    }
}

/// A request to make now.
#[derive(Debug, Clone)]
pub struct Request {
    /// Names this request in [`super::Courier::answered`].
    pub number: u64,
    pub event: Arc<Event>,
    /// 1 for the first try of this event with this origin.
    pub n: u16,
    pub origin: AttemptOrigin,
    /// Shapes the body.
    pub revision: Arc<Subscription>,
    pub replay: Option<Replayed>,
}

/// How a replayed request is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    pub job: i64,
    pub as_new: bool,
}

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    Net(ErrorKind),
    /// A defect on our side; contained.
    Internal,
}

impl Fault {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Net(kind) => kind.as_str(),
            Fault::Internal => "internal",
        }
    }

    /// Nothing of the event had reached the endpoint.
    pub fn before_sending(self) -> bool {
        match self {
            Fault::Internal => false,
            Fault::Net(kind) => match kind {
                ErrorKind::Dns
                | ErrorKind::DnsTimeout
                | ErrorKind::NotPermitted
                | ErrorKind::ConnectRefused
                | ErrorKind::ConnectTimeout
                | ErrorKind::Unreachable
                | ErrorKind::Proxy
                | ErrorKind::TlsCertificate
                | ErrorKind::TlsClientCertificate
                | ErrorKind::Tls
                | ErrorKind::TlsTimeout => true,
                ErrorKind::Timeout | ErrorKind::Reset | ErrorKind::Protocol | ErrorKind::HeaderTooLarge => {
                    false
                }
            },
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What came of a request.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// When it started.
    pub sent_at: Timestamp,
    /// The status, or why there is none.
    pub result: Result<u16, Fault>,
    /// From the answer's header.
    pub retry_after: Option<Duration>,
    /// What was remarkable about an answer that is known.
    pub note: Option<Note>,
    pub phases: Phases,
    /// Where a redirect leads, as it may be shown: its query is not.
    pub redirect: Option<Arc<str>>,
    /// The beginning of the answer's body.
    pub answer: Bytes,
}

/// How a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub result: Result<u16, Fault>,
    /// Where a redirect leads.
    pub redirect: Option<Arc<str>>,
}

impl Failure {
    /// False of an answer with 2xx.
    pub(super) fn is_failure(&self) -> bool {
        !matches!(self.result, Ok(200..=299))
    }

    /// What is written down of it: a stable word; after a colon, where a redirect leads.
    pub fn word(&self) -> Cow<'static, str> {
        match (self.result, &self.redirect) {
            (Err(fault), _) => Cow::Borrowed(fault.as_str()),
            (Ok(_), Some(to)) => Cow::Owned(format!("redirect: {to}")),
            (Ok(_), None) => Cow::Borrowed("status"),
        }
    }
}

impl Outcome {
    /// What kept it from succeeding.
    pub fn failure(&self) -> Failure {
        Failure { result: self.result, redirect: self.redirect.clone() }
    }
}

/// An event that the endpoint has not taken, and that is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Troubled {
    pub seq: Seq,
    /// Of its payload; 0 when it has not been in memory since the courier started.
    pub bytes: usize,
    /// Requests made, as far as they are known.
    pub tries: u16,
    /// When the failures began that nothing has ended, or it was set aside.
    pub since: Timestamp,
    /// What came of the last of them; `None` when none was made since the courier started.
    pub last: Option<Failure>,
    /// It was set aside: others were taken after it.
    pub is_aside: bool,
}

/// What a courier has before it: what it has read and not settled, and where what it has not read begins.
#[derive(Debug, Clone, Default)]
pub struct Ahead {
    /// The first event that it has not read.
    pub next: Seq,
    /// Events that it has read, that are wanted and are not settled. What was set aside is not among them.
    pub in_hand: usize,
    /// Of the events that it has not read, those that were settled or set aside before it started.
    pub known: usize,
    /// By which it will decide about the rest; `None` while it has not started.
    pub revisions: Option<Revisions>,
}

/// What happened since the courier started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub delivered: u64,
    /// Requests that did not succeed.
    pub failures: u64,
    pub not_wanted: u64,
    pub set_aside: u64,
    pub died: u64,
    pub crowded_out: u64,
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Live,
    /// Events that were read before a revision for them was known.
    Review,
    Replay(i64),
}

/// For what single events are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Those of the window that were let go.
    Window,
    Held,
    /// Those of a replay's window that were let go.
    Replay(i64),
}

/// A step that came to nothing: the store could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    Page(Reader),
    Single(Input, Vec<Seq>),
}

/// What a person or the runtime wants changed.
#[derive(Debug, Clone)]
pub enum Command {
    /// URL, rate, concurrency, order: holds at once.
    Settings(Arc<WebhookSettings>),
    /// What the endpoint knows us by, and the settings do not show, is another: as with another URL, what it answered so far
    /// no longer counts.
    OtherCredentials,
    /// Holds from its seq.
    Revision(Revision),
    Pause(PauseReason),
    Resume,
    /// Another webhook at the same server, or a test, found it answering: if this one waits for it, it may ask soon.
    ServerAnswers,
    /// A person has it try what failed now, whatever pause it is in.
    TryNow,
    /// Sends these again, each by itself; pending ones are left as they are.
    Resend(Vec<Seq>),
    /// Gives these held events up.
    Discard(Vec<Seq>),
    StartReplay(ReplayJob),
    PauseReplay(i64),
    ResumeReplay(i64),
    CancelReplay(i64),
    /// The cursor was moved forward by hand, and the range recorded as skipped: go on behind it.
    SkipTo(Seq),
    /// No new requests; those in flight end.
    Drain,
}

/// What the courier wants done.
#[derive(Debug)]
pub enum Action {
    Send(Request),
    /// Read from here, at most so much; answered by [`super::Courier::page`] or [`super::Courier::unread`].
    Read {
        reader: Reader,
        from: Seq,
        items: usize,
        bytes: usize,
    },
    /// Fetch these events, the first in any case and the others as long as they are no more than so many bytes together;
    /// answered by [`super::Courier::loaded`], which is told which were looked for, or [`super::Courier::unread`].
    Load {
        input: Input,
        seqs: Vec<Seq>,
        bytes: usize,
    },
    /// Commit this; answered by [`super::Courier::committed`]. One at a time.
    Settle(Settlement),
    /// The courier paused itself: store it and say so.
    Paused(PauseReason),
}
