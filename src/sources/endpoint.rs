//! Where a provider posts to: from a request to the journal.
//!
//! What must hold here: an answer of success only after the commit; nothing is kept of a refused body.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::way::{Taken, Way};
use crate::domain::{CompanyId, Draft, Seq, SourceId, Timestamp};
use crate::journal::{Journal, WriteError};
use crate::log::lines;
use crate::ownership::Owned;
use crate::secrets::Secret;
use crate::texts::Message;

/// What a provider posts, and how it is answered as its documents say.
pub trait Endpoint: Send + Sync {
    /// Where it posts, and how it is answered there. People are told of the first, unless they ask for more.
    fn ways(&self) -> &'static [Way];

    /// Where a request shows the token of a source with these settings.
    fn token_in(&self, config: &str) -> TokenIn;

    /// By which tokens of this provider are told from those of others, wherever they are shown.
    fn token_name(&self) -> &'static str;

    /// The token that stands there, if it can be one at all; `None` is answered like a wrong one.
    fn presented<'r>(&self, shown: Option<&'r [u8]>) -> Option<&'r str>;

    /// Whether a source may have no token. It is open then: whoever knows its address may post.
    fn may_be_open(&self) -> bool {
        false
    }

    /// What a request shows as its token, from what stands where [`Endpoint::token_in`] says.
    fn shown(&self, raw: Option<&[u8]>) -> Shown {
        match raw {
            None => Shown::Nothing,
            Some(raw) => {
                self.presented(Some(raw)).map_or(Shown::Unusable, |token| Shown::Token(token.into()))
            }
        }
    }

    /// What a request without a good token is told.
    fn unknown_token(&self) -> Message;

    /// Judges a body, and makes of it what is to be written down.
    fn decode(&self, posted: Posted) -> Result<Vec<Draft>, Refusal>;
}

/// What a request shows as its source's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Nothing,
    Token(Secret),
    /// Something that cannot be a token.
    Unusable,
}

/// Where a request shows its source's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenIn {
    /// In the header of this name, in lower case.
    Header(Cow<'static, str>),
    /// In the address, under this key of its query: for a provider that is given an address and nothing else. Such a token is
    /// made of characters that stand in a query as they are.
    Query(&'static str),
}

impl TokenIn {
    /// What the token is called there.
    pub fn name(&self) -> &str {
        match self {
            Self::Header(name) => name,
            Self::Query(name) => name,
        }
    }

    /// A source's own path as its provider is given it: with the token, where that is a part of it and there is one.
    pub fn on_path(&self, path: &str, token: &str) -> String {
        match self {
            Self::Query(key) if !token.is_empty() => format!("{path}?{key}={token}"),
            Self::Query(_) | Self::Header(_) => path.to_owned(),
        }
    }
}

/// A body, and whose it is.
#[derive(Debug, Clone)]
pub struct Posted {
    pub source: SourceId,
    /// The way's that it came by.
    pub path: &'static str,
    pub body: Bytes,
    /// What the provider's document does not describe but its programs send is taken too.
    pub lenient: bool,
    pub received_at: Timestamp,
}

/// Why a body is refused, and which field of it is at fault: a predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As the body spells it; `body` when it is not about one field.
    pub field: &'static str,
    pub message: Message,
}

/// A source whose token was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub company: Owned<CompanyId>,
    pub source: SourceId,
}

/// Why a request was not accepted.
#[derive(Debug)]
pub enum Unaccepted {
    /// 400.
    Refused(Refusal),
    /// 503 with `Retry-After`: the queue is full, the database cannot write just now, or this process may not.
    Busy,
    /// 500: the database refuses this content, or the process ends.
    Journal(WriteError),
}

/// A provider that waits longer gives up by itself, and knows less.
const COMMITTED_WITHIN: Duration = Duration::from_secs(10);
/// What is only told beside an answer is not waited for longer.
const READ_WITHIN: Duration = Duration::from_secs(2);

/// Decodes a body, appends what it says and returns once that is committed. While the database does not take writes nothing is
/// queued; a commit that does not come in time is `Busy` too, and if it comes after all, the provider's second try is a
/// duplicate.
pub async fn receive(
    journal: &Journal,
    endpoint: &dyn Endpoint,
    company: &Owned<CompanyId>,
    posted: Posted,
) -> Result<Taken, Unaccepted> {
    let posted = Posted { body: without_mark(posted.body), ..posted };
    let (body, received_at) = (posted.body.clone(), posted.received_at);
    let drafts = endpoint.decode(posted).map_err(Unaccepted::Refused)?;
    if !journal.health().borrow().is_working() {
        return Err(Unaccepted::Busy);
    }
    if lines::per_event() {
        for draft in &drafts {
            lines::event_received(company.id(), draft.source, &draft.name);
        }
    }
    let call = drafts.first().and_then(|draft| draft.keys.call.clone());
    let receipt = journal.try_append(company, drafts).map_err(of_journal)?;
    let written = timeout(COMMITTED_WITHIN, receipt).await.map_err(|_| Unaccepted::Busy)?;
    let placed = written.map_err(of_journal)?;
    let first = placed.first().ok_or(Unaccepted::Journal(WriteError::Stopped))?;
    let (company, seq, duplicate) = (company.id(), first.seq, first.duplicate);
    let received_at =
        if duplicate { first_time(journal, company, seq).await } else { None }.unwrap_or(received_at);
    Ok(Taken { company, seq, duplicate, received_at, call, body })
}

/// When an event came that came again; `None` when it has gone meanwhile or cannot be read, which makes nobody send it a third
/// time.
async fn first_time(journal: &Journal, company: CompanyId, seq: Seq) -> Option<Timestamp> {
    let read = timeout(READ_WITHIN, journal.event(company, seq)).await.ok()?;
    Some(read.ok()??.received_at)
}

/// A body without the byte order mark that some clients put before their text: it is no part of the JSON (RFC 8259,
/// section 8.1), and what is forwarded has to be JSON.
fn without_mark(mut body: Bytes) -> Bytes {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if body.starts_with(MARK) { body.split_off(MARK.len()) } else { body }
}

/// What may pass by itself is to be sent again: when there is room, or to the process that has the company now.
fn of_journal(error: WriteError) -> Unaccepted {
    match error {
        WriteError::Full | WriteError::NotOurs | WriteError::NoCompany => Unaccepted::Busy,
        error @ (WriteError::Rejected { .. } | WriteError::Stopped) => Unaccepted::Journal(error),
    }
}
