//! The only room that knows a database exists.
//!
//! What must always hold here:
//! - One process has a database, and one writer in it: everything is written through the one [`Writer`], so nothing ever meets a lock of our own.
//! - A [`Tx`] or [`BatchTx`] is all or nothing, and nothing of it is seen before its commit; a commit has reached the disk.
//! - A commit with an unknown outcome says so ([`StoreError::outcome_unknown`]) and is never reported as a failure.
//! - Both engines behave alike: one contract suite (`tests/suite/store.rs`) runs on each.
//! - Ids are never reused: a company's id stands in the ids that receivers deduplicate by.
//!
//! How it works: SQLite (one file, WAL, `synchronous=FULL`) or PostgreSQL, chosen by the URL. Operations are methods on
//! [`Store`] (reads) and [`Tx`] (writes), a file per family of tables; the SQL of each stands once and is run on either
//! engine by the macros of `engine`. Many rows go in one statement (`Bulk`). What the recorder writes all the time, a batch
//! ([`BatchTx`]), goes to SQLite without a change of threads (`direct`).

mod access;
mod actions;
mod agents;
mod alerts;
mod attempts;
mod batch;
mod became;
mod blocks;
mod boards;
mod calls;
mod chores;
mod companies;
mod contact_points;
mod contacts;
mod credentials;
mod cursors;
mod decisions;
mod direct;
mod engine;
mod error;
mod events;
mod finding;
mod heads;
mod held;
mod hold;
mod in_parts;
mod incidents;
mod inspect;
mod keys;
mod losses;
mod open;
mod past;
mod place;
#[cfg(test)]
mod plans;
mod replays;
mod retention;
mod rights;
mod schema;
mod seen;
mod series;
mod server;
mod session;
mod sessions;
mod settle;
mod silences;
mod skips;
mod source_secrets;
mod sources;
mod space;
mod text;
mod users;
mod wal;
mod webhooks;
mod writer;

pub use access::{ApiKey, AuditEntry, AuditFilter, NewApiKey};
pub use agents::{AgentRow, AgentWord};
pub use alerts::{DueNotice, LoggedStep, NoticeOutcome};
pub use attempts::{AttemptRow, NewestOutcomes, Outcome, Phases};
pub use batch::BatchTx;
pub use became::Stretch;
pub use blocks::{Between, Block, BlockKey, BlockTotals, EVER};
pub use calls::{
    CallBuild, CallCounts, CallFilter, CallLengths, CallPlace, CallPlaceAmong, CallRow, CallsFound, Changed,
    OfGroup, ShortCall, ShortCalls, StoredCall,
};
pub use companies::Company;
pub use contact_points::{LastMessage, SaveContactPoint, StoredContactPoint};
pub use contacts::{Contact, Met, SaveContact};
pub use credentials::{Credentials, SigningSecret};
pub use cursors::{Build, Cursor};
pub use error::StoreError;
pub use events::NewEvent;
pub use finding::{EventFilter, Looked, SPELLINGS};
pub use heads::Head;
pub use held::{HeldChange, HeldRow};
pub use hold::{Held, Hold};
pub(crate) use in_parts::InParts;
pub use inspect::Inspection;
pub use losses::{ExpiredRanges, Lost};
pub use open::{MasterSource, Store, StoreOptions};
pub use replays::{NewReplay, Replay, ReplayState};
pub use retention::Floor;
pub use schema::KNOWN_VERSION;
pub use seen::Seen;
pub use series::Counted;
pub use sessions::{Gap, PROCESS_ENDED, Session};
pub use settle::{ReplayProgress, Settlement};
pub use skips::{Expired, Skip, SkipReason};
pub use sources::{LiveSource, SaveSource, Source};
pub use space::Volume;
pub use users::{NewSignIn, SaveUser, SignedIn, User};
pub use wal::{WalCopier, WalState};
pub use webhooks::{SaveWebhook, StartAt, Webhook};
pub use writer::{Tx, Writer};
