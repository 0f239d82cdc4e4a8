//! What a store holds for one webhook, and the invariants that every commit is checked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::delivery::subscription::Revisions;
use crate::domain::{Event, Revision, Seq};
use crate::store::{Cursor, HeldChange, HeldRow, Settlement};

#[derive(Debug)]
pub(super) struct Store {
    pub journal: Vec<Arc<Event>>,
    pub cursor: Cursor,
    pub delivered: BTreeSet<Seq>,
    pub held: BTreeMap<Seq, HeldRow>,
    pub revisions: Vec<Revision>,
    pub skipped: Vec<(Seq, Seq)>,
    pub replays: BTreeMap<i64, Replayed>,
    /// How many tries of each event are recorded, by all couriers.
    pub tries: BTreeMap<Seq, usize>,
}

/// A replay as stored.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Replayed {
    pub position: Seq,
    pub delivered: i32,
    pub failed: i32,
    pub skipped: i32,
    pub done: bool,
}

impl Store {
    pub(super) fn new(first: Revision) -> Store {
        Store {
            journal: Vec::new(),
            cursor: Cursor { revision: first.number, seq: Seq::ZERO },
            delivered: BTreeSet::new(),
            held: BTreeMap::new(),
            revisions: vec![first],
            skipped: Vec::new(),
            replays: BTreeMap::new(),
            tries: BTreeMap::new(),
        }
    }

    /// How far everything is settled by every revision there is (the view `settled`).
    pub(super) fn settled(&self) -> Seq {
        let unheard = self.revisions.iter().find(|revision| revision.number > self.cursor.revision);
        unheard.map_or(self.cursor.seq, |revision| self.cursor.seq.min(Seq(revision.from_seq.0 - 1)))
    }

    /// Moves the cursor on by hand. False when it is there already.
    pub(super) fn skip_to(&mut self, to: Seq) -> bool {
        let from = self.settled().next();
        if to < from {
            return false;
        }
        self.skipped.push((from, to));
        let revision = self.revisions.last().expect("at least one").number;
        self.cursor = Cursor { revision, seq: to };
        true
    }

    pub(super) fn head(&self) -> Seq {
        Seq(i64::try_from(self.journal.len()).expect("a small journal"))
    }

    pub(super) fn event(&self, seq: Seq) -> &Arc<Event> {
        &self.journal[usize::try_from(seq.0 - 1).expect("a seq of the journal")]
    }

    pub(super) fn from(&self, seq: Seq) -> &[Arc<Event>] {
        let from = usize::try_from(seq.0 - 1).expect("a seq").min(self.journal.len());
        &self.journal[from..]
    }

    /// Commits a settlement; writing one twice changes nothing but what it did the first time.
    pub(super) fn settle(&mut self, settlement: &Settlement) -> Result<(), String> {
        for attempt in &settlement.attempts {
            *self.tries.entry(attempt.seq).or_default() += 1;
            if attempt.error.is_none() && matches!(attempt.status, Some(200..=299)) {
                self.delivered.insert(attempt.seq);
            }
        }
        for change in &settlement.held {
            match change {
                HeldChange::Put(row) => {
                    self.held.insert(row.seq, row.clone());
                }
                HeldChange::Remove(seq) => {
                    if !self.delivered.contains(seq) && !self.is_refused(*seq) {
                        return Err(format!("{seq} was removed from held and never delivered"));
                    }
                    self.held.remove(seq);
                }
            }
        }
        for progress in &settlement.replays {
            let replay = self.replays.entry(progress.replay).or_default();
            replay.position = replay.position.max(progress.position);
            replay.delivered += progress.delivered;
            replay.failed += progress.failed;
            replay.skipped += progress.skipped;
            replay.done |= progress.done;
        }
        if let Some(cursor) = settlement.cursor.filter(|cursor| *cursor > self.cursor) {
            let before = self.settled();
            self.cursor = cursor;
            if self.settled() < before {
                return Err(format!("the cursor moved back from {before} to {cursor:?}"));
            }
            return self.check_settled(before.next());
        }
        Ok(())
    }

    /// Whether a revision that may hold for an event does not want it. (That the one that does hold for it does not is seen
    /// in the end: by [`Store::check_settled`].)
    fn is_refused(&self, seq: Seq) -> bool {
        let event = self.event(seq);
        let refuses = |revision: &Revision| {
            let alone = Revisions::new(vec![Revision { from_seq: Seq(1), ..revision.clone() }]);
            alone.is_some_and(|alone| alone.at(seq).wants(event).is_err())
        };
        self.revisions.iter().any(|revision| revision.from_seq <= seq && refuses(revision))
    }

    /// From `from` to the cursor every event is delivered, held, dead, skipped, or not wanted by the revision that holds
    /// for it among those that the cursor vouches for.
    pub(super) fn check_settled(&self, from: Seq) -> Result<(), String> {
        let Cursor { revision, seq: to } = self.cursor;
        let known = self.revisions.iter().filter(|known| known.number <= revision).cloned().collect();
        let revisions = Revisions::new(known).expect("at least one");
        for event in self.from(from).iter().take_while(|event| event.seq <= to) {
            let seq = event.seq;
            let wanted = revisions.at(seq).wants(event).is_ok();
            let skipped = self.skipped.iter().any(|(from, to)| (*from..=*to).contains(&seq));
            if wanted && !skipped && !self.delivered.contains(&seq) && !self.held.contains_key(&seq) {
                return Err(format!("the cursor passed {seq}, of which nothing became"));
            }
        }
        Ok(())
    }
}
