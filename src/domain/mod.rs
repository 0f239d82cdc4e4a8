//! The words of the house as types, and the rules that need nothing but their arguments.
//!
//! This room imports nothing of ours: no I/O, no clock, no database. What a value means, how it is written and how it
//! is read back is decided here once, so that every other room speaks of the same thing by the same name.

pub mod action;
mod address;
pub mod agent;
pub mod alert_rule;
mod backlog;
pub mod board;
pub mod bounds;
pub mod call;
pub mod contact;
pub mod contact_point;
pub mod decision;
mod event;
mod fault;
mod ids;
pub mod incident;
pub mod json;
mod label;
mod lang;
mod line;
mod provider;
pub mod retention;
mod schema;
mod series;
pub mod silence;
mod sought;
mod source;
mod time;
pub mod webhook;
pub mod working_hours;

pub use address::{AddressError, MaskedUrl, Origin, WebhookUrl, requested, shown};
pub use backlog::{Backlog, Known};
pub use event::{Draft, Event, EventFlags, Extra, Keys, SessionInfo};
pub use fault::ValueFault;
pub use ids::{
    AlertRuleId, ApiKeyId, CallId, CompanyId, ContactId, ContactPointId, EventId, IncidentId, ParseIdError,
    Seq, SessionId, SourceId, UserId, WebhookId,
};
pub use label::{Key, Label};
pub use lang::Lang;
pub use line::{LONGEST_NAME, LineFault, line};
pub use provider::Provider;
pub use retention::RetentionLimits;
pub use schema::{id_schema, words_schema};
pub use series::{Latency, Point, Step, Subject, Tally};
pub use sought::{Sought, plain};
pub use source::{SourceState, SourceStatus};
pub use time::{Day, Timestamp};
pub use webhook::{
    AttemptOrigin, Format, HeldReason, HeldState, Operator, Pattern, Revision, Rule, WebhookSettings,
    WebhookState, Wishes,
};
