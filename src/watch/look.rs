//! What there is to see, for the list of what needs attention.

use std::time::Duration;

use super::Disk;
use crate::domain::incident::Kind;
use crate::domain::{
    Backlog, CompanyId, ContactPointId, Day, EventId, SourceId, SourceState, Timestamp, WebhookId,
};
use crate::texts::Message;

/// What there is to see.
#[derive(Debug, Clone)]
pub struct Look {
    pub now: Timestamp,
    /// When this process began to watch: what has never been seen well is in trouble since then at the earliest.
    pub watching_since: Timestamp,
    pub sources: Vec<SourceLook>,
    pub webhooks: Vec<WebhookLook>,
    /// Companies whose silence is told after their own time.
    pub silences: Vec<SilenceLook>,
    /// Doors that take nothing of what is posted to them.
    pub doors: Vec<DoorLook>,
    /// Contact points that did not take their last message.
    pub contacts: Vec<ContactLook>,
    pub disk: Option<Disk>,
    /// Why events cannot be written down, as a stable word, and since when.
    pub recorder: Option<(&'static str, Timestamp)>,
    /// What runs in the background and comes to nothing good, and since when.
    pub duties: Vec<(&'static str, Timestamp)>,
}

/// One source.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; together they are no state")]
pub struct SourceLook {
    pub company: CompanyId,
    pub source: SourceId,
    /// What people call its provider.
    pub provider: &'static str,
    /// Whether this version knows its provider.
    pub served: bool,
    /// A door that providers post to: it has no line that can be lost.
    pub door: bool,
    pub wanted: bool,
    pub state: SourceState,
    pub since: Timestamp,
    pub created_at: Timestamp,
    pub last_event_at: Option<Timestamp>,
    /// The gap it is in, if its last session was ended by something else than a person: its beginning.
    pub gap_since: Option<Timestamp>,
    /// Nobody was there to see it begin: what stands there is the last sign of life before.
    pub gap_about: bool,
    pub token_expires_on: Option<Day>,
    /// When the database lately began to refuse the content of events of it.
    pub refused_since: Option<Timestamp>,
    /// When the newest of the events came that the database has lately lost and that may have been its.
    pub lost_since: Option<Timestamp>,
    /// Calls whose provider did not know in its time where they go, within the last hour, and since when.
    pub unrouted: Option<(u64, Timestamp)>,
}

/// One company that says when its silence is to be told.
#[derive(Debug, Clone)]
pub struct SilenceLook {
    pub company: CompanyId,
    /// When the last event came that counts, as far back as was looked.
    pub last_event_at: Option<Timestamp>,
    /// How long it has said nothing while its lines stood and people worked.
    pub lasted: Duration,
    /// People work now.
    pub is_open: bool,
    pub after: Duration,
}

/// A door that refuses one post after the other.
#[derive(Debug, Clone)]
pub struct DoorLook {
    /// Whose it is; nobody's where the posts show no token of any source.
    pub source: Option<(CompanyId, SourceId)>,
    pub provider: &'static str,
    pub since: Timestamp,
    pub count: u64,
    /// How the last was answered.
    pub status: u16,
}

/// A contact point that did not take its last message.
#[derive(Debug, Clone)]
pub struct ContactLook {
    /// `None` is of the installation.
    pub company: Option<CompanyId>,
    pub contact: ContactPointId,
    pub name: String,
    pub since: Timestamp,
}

/// One webhook.
#[derive(Debug, Clone)]
pub struct WebhookLook {
    pub company: CompanyId,
    pub webhook: WebhookId,
    /// Host and port that it leads to.
    pub destination: String,
    pub state: WebhookState,
    pub since: Timestamp,
    /// The last thing that is known of its endpoint, in this process or before, is an event that it took.
    pub delivers: bool,
    /// What waits for it.
    pub backlog: Backlog,
    /// What its endpoint does instead of taking them, as a phrase, and when it is tried again.
    pub cause: Option<Message>,
    pub next_try_at: Option<Timestamp>,
    /// The event that most deserves to be named of those that it has not taken, and since when.
    pub troubled: Option<(EventLook, Timestamp)>,
    /// Others were taken since that one began to fail.
    pub others_follow: bool,
    /// Events that it has lost by the program's own decision.
    pub losses: Vec<LossLook>,
}

/// One event, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLook {
    pub id: EventId,
    /// Of its payload.
    pub bytes: Option<u64>,
    /// What came of the last request for it.
    pub last: Option<Message>,
}

/// Events that are lost for one kind of reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossLook {
    /// [`Kind::EventsDead`], [`Kind::EventsCrowdedOut`] or [`Kind::EventsExpired`].
    pub kind: Kind,
    pub count: u64,
    /// There are more, which were not counted.
    pub more: bool,
    pub since: Timestamp,
    /// The newest of them.
    pub newest: EventLook,
}

/// How a webhook is doing, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    /// Healthy or slow.
    Well,
    Failing,
    /// What is stored of it cannot be used or read.
    NotStarted,
    /// Paused because it answered 410 Gone.
    Gone,
    /// Paused by a person.
    Paused,
}
