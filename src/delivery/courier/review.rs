//! Revisions that the courier hears of when it has read events for which they hold.
//!
//! What must hold: a cursor that says it knows a revision is not written past an event that is still to be looked at
//! again for it; an event that any revision let in is not let in again.
//!
//! How it works: what is not sent yet is decided anew at once. The stretch that was read meanwhile is read once more,
//! and what only the new revision wants is set aside as `alone`, due at once. A process that ends before that leaves a
//! cursor that does not know the revision, so that the next start goes on before the stretch (`Store::cursor`). What was
//! looked at again is remembered until a revision comes that begins behind it.

use std::sync::Arc;

use ahash::AHashSet;

use super::held::Entry;
use super::window::Place;
use super::{Action, Courier, Now, Reader};
use crate::delivery::subscription::{Revisions, Subscription};
use crate::domain::{Event, HeldReason, HeldState, Revision, Seq};
use crate::journal::Page;
use crate::store::Cursor;

/// A stretch that was read before a revision for it was known, both ends included.
pub(super) struct Review {
    from: Seq,
    to: Seq,
    /// Looked at again up to right before this one.
    next: Seq,
    /// By whom it was decided so far: what one of them wanted was taken in.
    decided_by: Vec<Arc<Subscription>>,
    /// Taken in, and dropped before it was sent because the revision after that did not want it.
    dropped: AHashSet<Seq>,
    reading: bool,
}

impl Review {
    fn is_pending(&self) -> bool {
        self.next <= self.to
    }

    pub(super) fn waits_for(&self, seq: Seq) -> bool {
        (self.next..=self.to).contains(&seq)
    }

    /// Whether it was, or is, to be looked at again here.
    fn spans(&self, seq: Seq) -> bool {
        (self.from..=self.to).contains(&seq)
    }

    fn has_taken_in(&self, event: &Event) -> bool {
        !self.dropped.contains(&event.seq)
            && self.decided_by.iter().any(|revision| revision.wants(event).is_ok())
    }

    /// The part from `from` on that was looked at again, to be looked at once more; the rest stays here.
    fn again(&mut self, from: Seq, decided: &Arc<Subscription>) -> Option<Review> {
        let (from, to) = (self.from.max(from), self.to.min(Seq(self.next.0 - 1)));
        self.from = self.next;
        (from <= to).then(|| {
            let mut decided_by = self.decided_by.clone();
            decided_by.push(decided.clone());
            let dropped = self.dropped.iter().copied().filter(|seq| (from..=to).contains(seq)).collect();
            Review { from, to, next: from, decided_by, dropped, reading: false }
        })
    }
}

/// By which revisions it is decided, and what is to be looked at again for them.
pub(super) struct Wanted {
    pub revisions: Revisions,
    reviews: Vec<Review>,
    /// The cursor was moved up to here by hand.
    skipped_to: Seq,
}

impl Wanted {
    pub(super) fn new(revisions: Revisions) -> Wanted {
        Wanted { revisions, reviews: Vec::new(), skipped_to: Seq::ZERO }
    }

    /// Whether the revision that holds for this event does not want it.
    pub(super) fn refuses(&self, event: &Event) -> bool {
        self.revisions.at(event.seq).wants(event).is_err()
    }

    /// An event that was taken in is dropped before it was sent.
    pub(super) fn dropped(&mut self, seq: Seq) {
        for review in self.reviews.iter_mut().filter(|review| review.spans(seq)) {
            review.dropped.insert(seq);
        }
    }

    /// What was skipped by hand is not looked at again.
    pub(super) fn skip_to(&mut self, seq: Seq) {
        self.skipped_to = self.skipped_to.max(seq);
        for review in &mut self.reviews {
            review.next = review.next.max(seq.next());
        }
    }

    /// The page of a review was not read.
    pub(super) fn not_reviewed(&mut self) {
        self.reviews.iter_mut().for_each(|review| review.reading = false);
    }

    /// Everything from `from` up to `to`, which is read, waits for its review; what waits already was decided by an older
    /// revision still, and goes on waiting.
    fn queue(&mut self, from: Seq, to: Seq, old: &Arc<Subscription>) {
        let from = from.max(self.skipped_to.next());
        let mut again: Vec<Review> =
            self.reviews.iter_mut().filter_map(|review| review.again(from, old)).collect();
        self.reviews.retain(Review::is_pending);
        self.reviews.append(&mut again);
        self.reviews.sort_unstable_by_key(|review| review.from);
        let mut start = from;
        let known: Vec<(Seq, Seq)> = self.reviews.iter().map(|review| (review.from, review.to)).collect();
        for (first, last) in known {
            self.add_review(start, to.min(Seq(first.0 - 1)), old);
            start = start.max(last.next());
        }
        self.add_review(start, to, old);
    }

    fn add_review(&mut self, from: Seq, to: Seq, old: &Arc<Subscription>) {
        if from <= to {
            let (decided_by, dropped) = (vec![old.clone()], AHashSet::new());
            self.reviews.push(Review { from, to, next: from, decided_by, dropped, reading: false });
        }
    }

    /// As far as the cursor may be written, given that of the window: not past what is to be looked at again, so that it vouches
    /// for every revision that is known here; not before what was skipped by hand, although a request for such an event is under
    /// way.
    fn cursor(&self, cursor: Seq) -> Cursor {
        let pending = self.reviews.iter().filter(|review| review.is_pending());
        let reviewed = pending.map(|review| Seq(review.next.0 - 1)).min();
        let seq = reviewed.map_or(cursor, |reviewed| reviewed.min(cursor));
        Cursor { revision: self.revisions.latest().number(), seq: seq.max(self.skipped_to) }
    }
}

impl Courier {
    /// A new revision. Events that were read before it was known are looked at again.
    pub(super) fn learn_revision(&mut self, revision: Revision) {
        let from = revision.from_seq;
        let old = self.wanted.revisions.at(from).clone();
        if self.wanted.revisions.numbered(revision.number).is_some() {
            return;
        }
        self.wanted.revisions.add(revision);
        self.wanted.queue(from, Seq(self.window.next().0 - 1), &old);
        for place in self.window.unsettled_places() {
            if self.window.slot(place).seq >= from {
                self.decide_again(place);
            }
        }
        self.decide_held_again();
    }

    /// Decides anew about an event that has not been tried, by the revision that holds for it now. One that is not in
    /// memory is decided about when it is read again.
    pub(super) fn decide_again(&mut self, place: Place) {
        let slot = self.window.slot(place);
        let (seq, holding) = (slot.seq, self.wanted.revisions.at(slot.seq).clone());
        let Some(event) = slot.event() else { return };
        // The first try is counted when it starts.
        if slot.tries > 0 || slot.revision.number() == holding.number() {
            return;
        }
        if holding.wants(event).is_ok() {
            self.window.slot_mut(place).revision = holding;
            return;
        }
        self.results.counters.not_wanted += 1;
        self.wanted.dropped(seq);
        self.drop_from_window(place);
    }

    pub(super) fn drop_from_window(&mut self, place: Place) {
        let lane = self.window.lane_of(place);
        let left = self.window.settle(place);
        self.after_loss(lane, left);
    }

    pub(super) fn safe_cursor(&self) -> Cursor {
        self.wanted.cursor(self.window.cursor())
    }

    /// What to read for a review, one page at a time.
    pub(super) fn wanted_review(&mut self) -> Option<Action> {
        if self.reads.stalled || self.wanted.reviews.iter().any(|review| review.reading) {
            return None;
        }
        let (items, bytes) = (self.bounds.window_items, self.window_bytes());
        let review = self.wanted.reviews.iter_mut().find(|review| review.is_pending())?;
        review.reading = true;
        Some(Action::Read { reader: Reader::Review, from: review.next, items, bytes })
    }

    /// Events that no revision before took in and the one that holds wants: sent by themselves.
    pub(super) fn review(&mut self, page: Page, now: Now) {
        let Some(at) = self.wanted.reviews.iter().position(|review| review.reading) else { return };
        let review = &mut self.wanted.reviews[at];
        review.reading = false;
        let next = if page.events.is_empty() { review.to.next() } else { page.next };
        let mut missed = page.events;
        missed.retain(|event| {
            review.waits_for(event.seq)
                && !review.has_taken_in(event)
                && self.wanted.revisions.at(event.seq).wants(event).is_ok()
        });
        for event in missed {
            if self.held.contains(event.seq) {
                continue;
            }
            // A window's worth beyond the bound, so that a full held set does not keep a review waiting.
            if !self.make_room(1, self.bounds.held_rows + self.bounds.window_items, now) {
                self.reads.stalled = true;
                self.wanted.reviews[at].next = event.seq;
                return;
            }
            self.wanted.reviews[at].dropped.remove(&event.seq);
            let entry = Entry::new(HeldState::Alone, HeldReason::LaneBusy, event.lane.clone(), now.wall);
            self.keep(event.seq, entry, now.at, now);
        }
        let review = &mut self.wanted.reviews[at];
        review.next = review.next.max(next.min(review.to.next()));
    }
}
