//! From a session's queue to the journal.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::watch;
use tracing::{error, warn};

use super::definition::IDENTITY;
use super::extract::extract;
use super::receipts::Receipts;
use crate::domain::{
    CompanyId, Draft, EventFlags, Extra, Label, SessionInfo, SourceId, SourceStatus, Timestamp,
};
use crate::journal::{Journal, WriteError};
use crate::log::lines;
use crate::ownership::Owned;
use crate::socketio::{Ended, Event, Events, Reason};

/// Events taken from the queue at once.
const BATCH: usize = 512;

/// Moves one session's events, in order, none twice.
pub(super) struct Pump<'a> {
    pub company: Owned<CompanyId>,
    pub source: SourceId,
    pub registered_company: Option<i64>,
    pub journal: &'a Journal,
    pub status: &'a watch::Sender<SourceStatus>,
    pub session: Arc<SessionInfo>,
    pub receipts: Receipts,
    /// The recovery offset of the last event handed to the journal.
    pub offset: Option<Box<str>>,
}

impl Pump<'_> {
    /// Until the session has ended and its queue is empty, or nothing more of it may be written. Waits for room in the
    /// journal; the session's reader does not.
    pub async fn run(&mut self, mut events: Events) -> Ended {
        let fate = self.receipts.fate().clone();
        loop {
            // Of this round only: a line that was busy once has no room for hundreds of events ever after.
            let mut batch = Vec::new();
            let came = tokio::select! {
                biased;
                () = fate.disowned() => 0,
                came = events.recv_many(&mut batch, BATCH) => came,
            };
            if came == 0 {
                break;
            }
            let offset = batch.iter().rev().find_map(|event: &Event| event.offset.clone());
            let drafts: Vec<Draft> = batch.into_iter().map(|event| self.draft(event)).collect();
            self.note(&drafts);
            if let Err(error) = self.append(drafts).await {
                // The recorder has ended, which happens only while the process does, or the company is another's.
                error!(source = %self.source, %error, "the journal takes no more events");
                break;
            }
            self.offset = offset.or(self.offset.take());
        }
        events.ended().unwrap_or(Ended { reason: Reason::Stopped, overloaded: false })
    }

    async fn append(&mut self, drafts: Vec<Draft>) -> Result<(), WriteError> {
        if lines::per_event() {
            for draft in &drafts {
                lines::event_received(self.company.id(), self.source, &draft.name);
            }
        }
        let (Some(first), Some(last)) = (drafts.first(), drafts.last()) else { return Ok(()) };
        let (first, last) = (first.received_at, last.received_at);
        match self.journal.append(&self.company, drafts).await {
            Ok(receipt) => self.receipts.take(receipt, first, last).await,
            Err(error) => {
                if matches!(error, WriteError::NotOurs | WriteError::NoCompany) {
                    self.receipts.fate().disown(first);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn draft(&self, event: Event) -> Draft {
        let extracted = extract(&event.name, event.args.first());
        let foreign = match (extracted.company_id, self.registered_company) {
            (Some(found), Some(registered)) if found != registered => Some(found),
            _ => None,
        };
        if let Some(found) = foreign {
            self.warn_of_foreign(found);
        }
        let args = event.args.len();
        let unusual = args != 1 || !event.attachments.is_empty();
        let draft = Draft {
            source: self.source,
            provider: IDENTITY.id,
            session: Some(self.session.clone()),
            lane: extracted.lane,
            received_at: Timestamp::from(event.received_at),
            payload: event.args.into_payload(),
            keys: extracted.keys,
            flags: if foreign.is_some() { EventFlags::FOREIGN_COMPANY } else { EventFlags::default() },
            extra: unusual.then(|| {
                Arc::new(Extra {
                    args: (args != 1).then(|| u32::try_from(args).unwrap_or(u32::MAX)),
                    attachments: event.attachments.iter().map(|bytes| STANDARD.encode(bytes)).collect(),
                    ..Extra::default()
                })
            }),
            dedupe: None,
            name: Label::default(),
        };
        draft.named(&event.name)
    }

    /// Once per session: the token belongs to another company than the one registered.
    fn warn_of_foreign(&self, found: i64) {
        self.status.send_if_modified(|status| {
            let first = status.foreign_company != Some(found);
            if first {
                warn!(
                    company = %self.company.id(), source = %self.source, found, registered = ?self.registered_company,
                    "events carry another company's id than the registered one"
                );
                status.foreign_company = Some(found);
            }
            first
        });
    }

    /// The time of the last event, published without waking anyone.
    fn note(&self, drafts: &[Draft]) {
        let last = drafts.last().map(|draft| draft.received_at);
        self.status.send_if_modified(|status| {
            status.last_event_at = last.or(status.last_event_at);
            false
        });
    }
}
