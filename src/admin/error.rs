//! Why an operation was not carried out. Nothing has changed when one of these is returned.

use std::fmt::Display;
use std::time::Duration;

use super::actor::Role;
use super::fault::FieldFault;
use super::names::NameTaken;
use super::place::Place;
use crate::domain::Lang;
use crate::texts::Message;

#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("{} invalid field(s), first: {}", .0.len(), .0.first().map_or("", |fault| fault.field.as_str()))]
    Invalid(Vec<FieldFault>),
    #[error("{kind} {id} does not exist")]
    NotFound { kind: &'static str, id: String },
    /// There is no such thing here; what there is instead.
    #[error("{}", .0.text(Lang::En))]
    NotOffered(Message),
    /// A name that people would not tell from another's; of the field `name`.
    #[error(transparent)]
    NameTaken(#[from] NameTaken),
    /// The caller's copy is older than what is stored.
    #[error("changed by someone else since it was read")]
    Stale,
    /// Right in itself, not possible in the present state.
    #[error("{}", .0.text(Lang::En))]
    Conflict(Message),
    #[error("no valid API key, password or sign-in")]
    Unauthenticated,
    /// Guesses at a secret come too fast.
    #[error("too many tries; the next is possible in {} s", wait.as_secs())]
    TooManyTries { wait: Duration },
    #[error("role {} is needed", needed.as_str())]
    Forbidden { needed: Role },
    /// The store cannot be reached, or cannot write just now.
    #[error("the database is unavailable: {reason}")]
    Unavailable { reason: String },
    /// What it is about is another process's, or is not taken over yet.
    #[error("this process does not have the company now")]
    Elsewhere,
    #[error("{0}")]
    Internal(String),
}

impl AdminError {
    pub fn not_found(kind: &'static str, id: impl Display) -> Self {
        AdminError::NotFound { kind, id: id.to_string() }
    }

    pub fn invalid(place: impl Into<Place>, fault: super::Fault) -> Self {
        AdminError::Invalid(vec![FieldFault::new(place, fault)])
    }
}
