//! What a courier set aside.
//!
//! What must hold: of a lane only the first event that waits there is ever tried; one that goes on `alone` blocks nothing; rows
//! that are not dead never exceed the bound (the caller makes room first). Which events of a lane wait here is known to its
//! [`Lane`](super::lanes::Lane), which the window asks too.
//!
//! An entry of the index is about a hundred bytes; the events themselves are fetched when they are due, few at a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::AHashSet;

pub(super) use super::entry::{Entry, Stage};
use super::lanes::{Lane, LaneKey, Lanes};
use super::types::Now;
use crate::domain::{Event, HeldState, Seq, Timestamp};
use crate::store::HeldRow;

/// Nothing waits longer than this, whatever a stored time says (the clock may have been wrong when it was written).
const LONGEST_WAIT: Duration = Duration::from_hours(30);
/// What an event takes in memory at least: of those known from the store alone it is not known before they are here.
const LEAST_WEIGHT: usize = 512;

/// See the module.
#[derive(Default)]
pub(super) struct Held {
    entries: BTreeMap<Seq, Entry>,
    timers: BTreeSet<(Instant, Seq)>,
    /// Who would be crowded out first is last.
    by_charged: BTreeSet<(u16, Seq)>,
    /// The same ones; who has been here for longest is first.
    by_age: BTreeSet<(Timestamp, Seq)>,
    due: VecDeque<Seq>,
    loading: usize,
    loaded: VecDeque<(Seq, Arc<Event>)>,
    flying: usize,
    /// Of those in memory, the ones under way included.
    bytes: usize,
    /// Of those on their way there, as far as it is known.
    coming: usize,
    /// Dead ones beyond the cursor, known from the store: not to be read as new.
    dead_beyond: AHashSet<Seq>,
}

impl Held {
    /// From the rows of the store, in any order.
    pub(super) fn restored(
        rows: &[HeldRow],
        lanes: &mut Lanes,
        now: Now,
        key_of: impl Fn(&str) -> Option<LaneKey>,
    ) -> Held {
        let mut held = Held::default();
        let mut rows: Vec<&HeldRow> = rows.iter().collect();
        rows.sort_unstable_by_key(|row| row.seq);
        for row in rows {
            if row.state == HeldState::Dead {
                held.dead_beyond.insert(row.seq);
                continue;
            }
            let wait = row.next_at.since(now.wall).min(LONGEST_WAIT);
            let key = row.lane.as_deref().and_then(&key_of);
            held.insert(lanes, row.seq, Entry::from_row(row, key), now.at + wait);
        }
        // Whether a lane's wait is used up is not stored, and what goes on alone does not show it: it may have been wanted
        // late, and something of its lane may have succeeded since. Such a lane waits once more.
        held
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn contains(&self, seq: Seq) -> bool {
        self.entries.contains_key(&seq)
    }

    /// How many are known from here on, dead ones of an earlier life included: none, save after a restart.
    pub(super) fn known_from(&self, seq: Seq) -> usize {
        let dead = self.dead_beyond.iter().filter(|dead| **dead >= seq).count();
        self.entries.range(seq..).count() + dead
    }

    /// Whether this seq is a dead one of an earlier life; asked once for each event read.
    pub(super) fn was_dead(&mut self, seq: Seq) -> bool {
        !self.dead_beyond.is_empty() && self.dead_beyond.remove(&seq)
    }

    pub(super) fn get(&self, seq: Seq) -> Option<&Entry> {
        self.entries.get(&seq)
    }

    pub(super) fn get_mut(&mut self, seq: Seq) -> Option<&mut Entry> {
        self.entries.get_mut(&seq)
    }

    /// Puts an event in. `retrying` and `alone` ones are due at `at`; `waiting` ones when their turn comes.
    pub(super) fn insert(&mut self, lanes: &mut Lanes, seq: Seq, mut entry: Entry, at: Instant) {
        if let Some(key) = entry.key {
            let id = lanes.enter(Some(key));
            let lane = lanes.get_mut(id);
            if entry.state == HeldState::Alone {
                lane.alone += 1;
            } else {
                lane.held.insert(lane.held.partition_point(|other| *other < seq), seq);
            }
        }
        if entry.queue().is_none() || entry.state == HeldState::Retrying {
            entry.timer = Some(at);
            self.timers.insert((at, seq));
        }
        if entry.charged > 0 {
            self.by_charged.insert((entry.charged, seq));
            self.by_age.insert((entry.since, seq));
        }
        self.entries.insert(seq, entry);
    }

    /// Takes an event out for good, or to be put in again in another state. Its lane stays, for the caller to go on with.
    pub(super) fn remove(&mut self, lanes: &mut Lanes, seq: Seq) -> Option<Entry> {
        let mut entry = self.entries.remove(&seq)?;
        if let Some(at) = entry.timer.take() {
            self.timers.remove(&(at, seq));
        }
        self.by_charged.remove(&(entry.charged, seq));
        self.by_age.remove(&(entry.since, seq));
        match entry.stage {
            Stage::Resting => {}
            Stage::Due => self.due.retain(|due| *due != seq),
            Stage::Loading => self.one_came(),
            Stage::Loaded => {
                self.loaded.retain(|(loaded, _)| *loaded != seq);
                self.bytes -= entry.weight;
            }
            Stage::Flying => {
                self.flying -= 1;
                self.bytes -= entry.weight;
            }
        }
        entry.stage = Stage::Resting;
        if let Some(lane) = lanes.of_mut(entry.key) {
            if entry.state == HeldState::Alone {
                lane.alone -= 1;
            } else if let Ok(place) = lane.held.binary_search(&seq) {
                lane.held.remove(place);
            }
        }
        Some(entry)
    }

    /// It is this event's turn in its lane: it is tried, if it waits for nothing else.
    pub(super) fn turn_came(&mut self, seq: Seq) {
        let entry = self.entries.get_mut(&seq).expect("a queued event is in the index");
        if entry.stage == Stage::Resting && entry.timer.is_none() {
            entry.stage = Stage::Due;
            self.due.push_back(seq);
        }
    }

    /// Those from `from` up to `to` whose lanes they wait in.
    pub(super) fn queues_between(&self, from: Seq, to: Seq) -> Vec<LaneKey> {
        if self.entries.is_empty() || from >= to {
            return Vec::new();
        }
        self.entries.range(from..to).filter_map(|(_, entry)| entry.queue()).collect()
    }

    /// The next event whose time has come. It is due if its lane does not hold it back ([`Held::turn_came`]).
    pub(super) fn woken(&mut self, now: Instant) -> Option<(Seq, Option<LaneKey>)> {
        let (at, seq) = self.timers.first().copied().filter(|(at, _)| *at <= now)?;
        self.timers.remove(&(at, seq));
        let entry = self.entries.get_mut(&seq).expect("a timed event is in the index");
        entry.timer = None;
        Some((seq, entry.queue()))
    }

    /// Makes an event due now rather than later. False when it must wait for others of its lane, or is under way.
    pub(super) fn hasten(&mut self, seq: Seq) -> bool {
        let Some(entry) = self.entries.get_mut(&seq) else { return false };
        let Some(at) = entry.timer.take() else { return false };
        self.timers.remove(&(at, seq));
        entry.stage = Stage::Due;
        self.due.push_back(seq);
        true
    }

    /// For how long the requests for an event have failed, the one that failed just now included.
    pub(super) fn failing_for(&mut self, seq: Seq, now: Instant) -> Duration {
        let Some(entry) = self.entries.get_mut(&seq) else { return Duration::ZERO };
        now.saturating_duration_since(*entry.failing_since.get_or_insert(now))
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Due events to fetch now, and how many bytes of them, so that at most `bound` and `bytes` are in memory, and one
    /// event beyond. One fetch at a time: how large its events are is known only when they are here.
    pub(super) fn take_due(&mut self, bound: usize, bytes: usize) -> (Vec<Seq>, usize) {
        let bytes = bytes.saturating_sub(self.bytes);
        if self.loading > 0 || bytes == 0 {
            return (Vec::new(), 0);
        }
        let room = bound.saturating_sub(self.loaded.len());
        let seqs: Vec<Seq> = self.due.drain(..room.min(self.due.len())).collect();
        for seq in &seqs {
            self.entries.get_mut(seq).expect("a due event is in the index").stage = Stage::Loading;
        }
        self.loading += seqs.len();
        let weights = seqs.iter().map(|seq| self.entries[seq].weight.max(LEAST_WEIGHT));
        self.coming = weights.sum::<usize>().min(bytes);
        (seqs, bytes)
    }

    /// One that was on its way is not any more.
    fn one_came(&mut self) {
        self.loading -= 1;
        if self.loading == 0 {
            self.coming = 0;
        }
    }

    /// An event that was asked for is here. It is dropped when it is not wanted any more.
    pub(super) fn loaded(&mut self, event: Arc<Event>) {
        let seq = event.seq;
        let Some(entry) = self.entries.get_mut(&seq).filter(|entry| entry.stage == Stage::Loading) else {
            return;
        };
        entry.stage = Stage::Loaded;
        (entry.weight, entry.payload) = (event.weight(), event.payload.len());
        self.bytes += entry.weight;
        self.one_came();
        self.loaded.push_back((seq, event));
    }

    /// Events in memory that may be sent, and never were.
    pub(super) fn unsent(&self) -> Vec<Arc<Event>> {
        let unsent = |(seq, _): &&(Seq, Arc<Event>)| self.entries[seq].is_unsent();
        self.loaded.iter().filter(unsent).map(|(_, event)| event.clone()).collect()
    }

    /// Of those in memory and on their way there, the ones under way included.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.coming
    }

    pub(super) fn is_loading(&self, seq: Seq) -> bool {
        self.get(seq).is_some_and(|entry| entry.stage == Stage::Loading)
    }

    /// They were not fetched: due again.
    pub(super) fn not_loaded(&mut self, seqs: &[Seq]) {
        for seq in seqs {
            if let Some(entry) = self.entries.get_mut(seq).filter(|entry| entry.stage == Stage::Loading) {
                entry.stage = Stage::Due;
                self.due.push_back(*seq);
                self.one_came();
            }
        }
    }

    pub(super) fn has_due(&self) -> bool {
        !self.due.is_empty()
    }

    pub(super) fn has_loaded(&self) -> bool {
        !self.loaded.is_empty()
    }

    pub(super) fn flying(&self) -> usize {
        self.flying
    }

    /// The next event to send whose lane has nothing else under way; one that goes on alone heeds no lane.
    pub(super) fn start(&mut self, lanes: &Lanes) -> Option<(Seq, Arc<Event>)> {
        let free = |(seq, _): &(Seq, Arc<Event>)| {
            !lanes.of(self.entries[seq].queue()).is_some_and(Lane::is_under_way)
        };
        let place = self.loaded.iter().position(free)?;
        let (seq, event) = self.loaded.remove(place)?;
        let entry = self.entries.get_mut(&seq).expect("a loaded event is in the index");
        entry.stage = Stage::Flying;
        entry.tries = entry.tries.saturating_add(1);
        self.flying += 1;
        Some((seq, event))
    }

    /// An event that was under way comes back to be sent again, behind the others (a probe that failed). When others are
    /// due that are not in memory it makes room for them.
    pub(super) fn back_in_line(&mut self, seq: Seq, event: Arc<Event>) {
        let entry = self.entries.get_mut(&seq).expect("a flying event is in the index");
        self.flying -= 1;
        if self.due.is_empty() {
            entry.stage = Stage::Loaded;
            self.loaded.push_back((seq, event));
        } else {
            entry.stage = Stage::Due;
            self.bytes -= entry.weight;
            self.due.push_back(seq);
        }
    }

    /// An event that was under way is tried again at `at`, in the state it is in.
    pub(super) fn rest_until(&mut self, seq: Seq, at: Instant) {
        let entry = self.entries.get_mut(&seq).expect("a flying event is in the index");
        entry.stage = Stage::Resting;
        entry.timer = Some(at);
        self.timers.insert((at, seq));
        self.flying -= 1;
        self.bytes -= entry.weight;
    }

    #[cfg(test)]
    pub(super) fn weights(&self) -> Vec<usize> {
        let in_memory = |entry: &&Entry| matches!(entry.stage, Stage::Loaded | Stage::Flying);
        self.entries.values().filter(in_memory).map(|entry| entry.weight).collect()
    }

    /// The event with most tries that count, other than those under way: the one to give up when there is no room.
    pub(super) fn most_tried(&self) -> Option<Seq> {
        self.by_charged.iter().rev().map(|(_, seq)| *seq).find(|seq| self.entries[seq].stage != Stage::Flying)
    }

    /// The event that has failed for longest, and what is known of it.
    pub(super) fn troubled(&self) -> Option<(Seq, &Entry)> {
        let (_, seq) = self.by_age.first()?;
        Some((*seq, self.entries.get(seq)?))
    }

    /// How many could be crowded out.
    pub(super) fn tried(&self) -> usize {
        self.by_charged.len().saturating_sub(self.flying)
    }

    /// Sorts everything into lanes anew (order was switched on or off). Nothing may be under way.
    pub(super) fn sort_again(
        &mut self,
        lanes: &mut Lanes,
        now: Now,
        key_of: impl Fn(&str) -> Option<LaneKey>,
    ) {
        let entries = std::mem::take(&mut self.entries);
        let dead_beyond = std::mem::take(&mut self.dead_beyond);
        *self = Held { dead_beyond, ..Held::default() };
        for (seq, mut entry) in entries {
            let at = entry.timer.take().unwrap_or(now.at);
            entry.stage = Stage::Resting;
            entry.key = entry.lane.as_deref().and_then(&key_of);
            self.insert(lanes, seq, entry, at);
        }
    }
}
