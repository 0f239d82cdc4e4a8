//! From a Tellicon request to the journal, and the answer that the manual documents.
//!
//! What must hold here: 401 before the body is looked at; 200 only after the commit; nothing is kept of a refused body.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::{Refusal, decode};
use crate::domain::{CompanyId, Draft, EventFlags, Extra, Provider, SourceId, Timestamp};
use crate::journal::{Journal, WriteError};

/// A source whose token was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub company: CompanyId,
    pub source: SourceId,
}

/// Why a request was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// 400.
    #[error("{} {}", .0.field, .0.fault)]
    Refused(Refusal),
    /// 503 with `Retry-After`: the queue is full, the database cannot write just now, or this process may not.
    #[error("no room for the event just now")]
    Busy,
    /// 500: the database refuses this content, or the process ends.
    #[error(transparent)]
    Journal(WriteError),
}

/// A provider that waits longer gives up by itself, and knows less.
const COMMITTED_WITHIN: Duration = Duration::from_secs(10);

/// A body without the byte order mark that some clients put before their text: it is no part of the JSON (RFC 8259,
/// section 8.1), and what is forwarded has to be JSON.
fn without_mark(mut body: Bytes) -> Bytes {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if body.starts_with(MARK) { body.split_off(MARK.len()) } else { body }
}

/// Decodes a body, appends it and returns once it is committed. An exact duplicate of the last seven days is
/// accepted and changes nothing. While the database does not take writes nothing is queued; a commit that does not come in
/// time is `Busy` too, and if it comes after all, the provider's second try is such a duplicate.
pub async fn receive(
    journal: &Journal,
    account: Account,
    body: Bytes,
    lenient: bool,
    received_at: Timestamp,
) -> Result<(), DoorError> {
    let body = without_mark(body);
    let decoded = decode(&body, lenient, received_at).map_err(DoorError::Refused)?;
    let extra = (!decoded.warnings.is_empty())
        .then(|| Arc::new(Extra { warnings: decoded.warnings, ..Extra::default() }));
    let draft = Draft {
        source: account.source,
        provider: Provider::Tellicon,
        session: None,
        name: decoded.name.into(),
        lane: Some(decoded.lane),
        received_at,
        payload: body,
        keys: decoded.keys,
        flags: EventFlags::default(),
        extra,
        dedupe: Some(decoded.dedupe),
    };
    if !journal.health().borrow().is_working() {
        return Err(DoorError::Busy);
    }
    let receipt = journal.try_append(account.company, vec![draft]).map_err(of_journal)?;
    match timeout(COMMITTED_WITHIN, receipt).await {
        Ok(written) => written.map(drop).map_err(of_journal),
        Err(_) => Err(DoorError::Busy),
    }
}

/// What may pass by itself is to be sent again: when there is room, or to the process that has the company now.
fn of_journal(error: WriteError) -> DoorError {
    match error {
        WriteError::Full | WriteError::NotOurs | WriteError::NoCompany => DoorError::Busy,
        error @ (WriteError::Rejected { .. } | WriteError::Stopped) => DoorError::Journal(error),
    }
}
