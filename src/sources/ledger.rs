//! The book of a socket source: its sessions, and the gaps between them.
//!
//! What must hold: from a source's first session on, every stretch in which it heard nothing is covered by a gap. A
//! session that ends opens one, the session that begins closes it, in one transaction each. A process that was killed
//! leaves its session open with its last sign of life; the next start turns that into a gap (`process ended`).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::warn;

use crate::domain::{CompanyId, SessionId, SourceId, Timestamp};
use crate::journal::Journal;
use crate::log::lines;
use crate::ownership::Owned;
use crate::socketio::Vitals;

/// Why nothing was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapReason {
    /// A stable word: `ping_timeout`, `transport_close`, `overload`, `stopped`, `shutdown`, `process_ended`, …
    pub word: &'static str,
    /// The cause in more words, for people.
    pub detail: Option<String>,
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{}: {detail}", self.word),
            None => f.write_str(self.word),
        }
    }
}

/// The book of one source.
pub struct Ledger<'a> {
    pub journal: &'a Journal,
    pub company: CompanyId,
    pub source: SourceId,
}

/// Between two tries to write while the database cannot. The session's queue holds what comes meanwhile.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

impl Ledger<'_> {
    /// Opens a session's row and closes the gap before it. Waits for as long as the database cannot write: no event
    /// may be appended without its session. `None` when the lease has gone: whoever has the company now closed what was open of it.
    pub async fn begin_session(
        &self,
        owned: &Owned<CompanyId>,
        socket_id: &str,
        token_mask: &str,
        now: Timestamp,
    ) -> Option<SessionId> {
        let (company, source, epoch) = (self.company, self.source, owned.epoch());
        while owned.is_held() {
            let (socket_id, token_mask) = (socket_id.to_owned(), token_mask.to_owned());
            let begun = self.journal.control(move |tx| {
                Box::pin(async move {
                    // Asked here, because a line that ends slowly may come after the lease was taken anew.
                    if tx.lock_head(company).await?.epoch != epoch {
                        return Ok(None);
                    }
                    let closed = tx.close_gap(source, now).await?;
                    let id = tx.begin_session(company, source, &socket_id, &token_mask, now).await?;
                    Ok(Some((id, closed)))
                })
            });
            match begun.await {
                Ok(None) => break,
                Ok(Some((id, closed))) => {
                    if let Some(gap) = closed {
                        lines::gap(company, source, now.since(gap.started_at), &gap.reason);
                    }
                    return Some(id);
                }
                Err(error) => {
                    warn!(%company, %source, %error, "a session could not be written down yet");
                    tokio::time::sleep(WRITE_AGAIN).await;
                }
            }
        }
        None
    }

    /// Events that were received between these moments were not written down, in any form.
    pub async fn note_refused(&self, first: Timestamp, last: Timestamp, events: usize, detail: &str) {
        let (company, source) = (self.company, self.source);
        let why = detail.to_owned();
        let noted = self.journal.control(move |tx| {
            Box::pin(async move { tx.note_refused(company, source, (first, last), events, &why).await })
        });
        if let Err(error) = noted.await {
            warn!(%company, %source, events, %error, "a gap of refused events could not be written down");
        }
    }

    /// Ends a session and opens the gap that begins with its last sign of life; neither when the session was ended by
    /// somebody else, who has the company now. When the database cannot write now, the next start does both from the row's
    /// own last sign (`process ended`).
    pub async fn end_session(&self, session: SessionId, last_heard: Timestamp, reason: &GapReason) {
        let (company, source) = (self.company, self.source);
        let (word, detail) = (reason.word, reason.detail.clone());
        let ended = self.journal.control(move |tx| {
            Box::pin(async move {
                if tx.end_session(session, last_heard, word).await? {
                    tx.open_gap(company, source, last_heard, word, detail.as_deref()).await?;
                }
                Ok(())
            })
        });
        if let Err(error) = ended.await {
            warn!(%company, %source, %session, %error, "the end of a session could not be written down");
        }
    }
}

/// The sessions alive on this node, so that their last signs of life are written together, once every few seconds.
#[derive(Clone, Default)]
pub struct Pulses(Arc<Mutex<HashMap<SessionId, Arc<Vitals>>>>);

/// A session's place among the [`Pulses`]; left when dropped.
pub struct Pulse {
    pulses: Pulses,
    session: SessionId,
}

impl Pulses {
    /// How often signs of life are written: the most by which a gap after a kill can begin too early.
    pub const EVERY: Duration = Duration::from_secs(5);

    pub fn watch(&self, session: SessionId, vitals: Arc<Vitals>) -> Pulse {
        self.lock().insert(session, vitals);
        Pulse { pulses: self.clone(), session }
    }

    /// A session's signs of life; `None` when it is not alive.
    pub fn vitals(&self, session: SessionId) -> Option<Arc<Vitals>> {
        self.lock().get(&session).cloned()
    }

    /// Every living session and when it was last heard.
    pub fn signs(&self) -> Vec<(SessionId, Timestamp)> {
        self.lock().iter().map(|(id, vitals)| (*id, Timestamp::from(vitals.last_heard()))).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, Arc<Vitals>>> {
        // A map is whole after any panic: inserts and removals are single steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.pulses.lock().remove(&self.session);
    }
}
