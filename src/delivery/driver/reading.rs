//! What a courier wants to read, as far as there is room for it.

use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use tracing::warn;

use super::super::reads;
use super::{Driver, Underway};
use crate::delivery::courier::{Courier, Input, Now, Reader, Unread};
use crate::domain::{Pattern, Seq};
use crate::journal::{Page, ReadLimit};

/// So long a courier waits for it while its endpoint lives.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(2);

/// What a read of the store has brought.
pub(super) enum Fetched {
    /// With the bytes that room was kept for.
    Page(Reader, Page, usize),
    Loaded(Input, reads::Loaded),
    /// The database could not be read, with the bytes that room was kept for; the courier says when it is asked again.
    Unread(Unread, usize),
}

impl Fetched {
    /// The bytes that room was kept for.
    pub(super) fn room(&self) -> usize {
        match self {
            Fetched::Page(_, _, bytes) | Fetched::Unread(_, bytes) => *bytes,
            Fetched::Loaded(..) => 0,
        }
    }

    pub(super) fn tell(self, courier: &mut Courier) {
        let now = Now::read();
        match self {
            Fetched::Page(reader, page, _) => courier.page(reader, page, now),
            Fetched::Loaded(input, reads::Loaded { seqs, events, rest }) => {
                courier.loaded(input, &seqs, events, &rest, now);
            }
            Fetched::Unread(step, _) => courier.unread(step, now),
        }
    }
}

/// A read that the courier wants.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) reader: Reader,
    pub(super) from: Seq,
    pub(super) limit: ReadLimit,
    pub(super) since: Instant,
}

impl Driver {
    /// Reads what there is room for; nothing yet, when there is none.
    pub(super) fn read_if_room(
        &self,
        courier: &mut Courier,
        underway: &mut Underway,
        wanted: Wanted,
        now: Now,
    ) {
        underway.in_hand.set(courier.bytes_in_hand() + underway.reading);
        let pause = now.at.saturating_duration_since(wanted.since);
        let bytes = match underway.in_hand.may_take(wanted.limit.bytes) {
            0 if pause >= WAIT_FOR_ROOM && !courier.awaits_endpoint() => {
                underway.in_hand.after_a_wait(wanted.limit.bytes)
            }
            bytes => bytes,
        };
        if bytes == 0 {
            underway.postponed.push(wanted);
        } else {
            let limit = ReadLimit { bytes, ..wanted.limit };
            self.read(courier, underway, Wanted { limit, ..wanted }, now);
            underway.in_hand.set(courier.bytes_in_hand() + underway.reading);
        }
    }

    /// Events that the ring still has are given at once; others are read beside everything else.
    fn read(&self, courier: &mut Courier, underway: &mut Underway, wanted: Wanted, now: Now) {
        let Wanted { reader, from, limit, .. } = wanted;
        let undelivered = courier.undelivered_up_to(reader);
        let in_memory = || self.journal.page_in_memory(self.company.id(), from, limit);
        if let Some(page) = if undelivered.is_none() { in_memory() } else { None } {
            courier.page(reader, page, now);
            return;
        }
        let (journal, company, webhook) = (self.journal.clone(), self.company.id(), self.webhook);
        let wanted = match reader {
            Reader::Live => courier.patterns_from(from),
            // A replay looks at names of its own; it reads everything.
            Reader::Replay(_) | Reader::Review => vec![Pattern::All],
        };
        underway.reading += limit.bytes;
        underway.reads.push(Box::pin(async move {
            let page = match undelivered {
                Some(to) => journal.page_of_undelivered((company, webhook), (from, to), limit).await,
                None => journal.page(company, from, limit, &wanted).await,
            };
            match page {
                Ok(page) => Fetched::Page(reader, page, limit.bytes),
                Err(error) => {
                    warn!(%company, %from, %error, "events could not be read; trying again");
                    Fetched::Unread(Unread::Page(reader), limit.bytes)
                }
            }
        }));
    }

    pub(super) fn load(
        &self,
        input: Input,
        seqs: Vec<Seq>,
        bytes: usize,
    ) -> LocalBoxFuture<'static, Fetched> {
        let (journal, company) = (self.journal.clone(), self.company.id());
        Box::pin(async move {
            match reads::singly(&journal, company, seqs.clone(), bytes).await {
                Ok(loaded) => Fetched::Loaded(input, loaded),
                Err(error) => {
                    warn!(%company, %error, "single events could not be read; trying again");
                    Fetched::Unread(Unread::Single(input, seqs), 0)
                }
            }
        })
    }
}
