//! Order per lane, event by event: whom did each have to wait for?
//!
//! An event waits for those before it in its lane that its courier has in hand: it is told of each whether it was wanted by
//! the revision that it was read under, and is still by the one it would be sent under; what was sent once stays in hand,
//! whatever is saved later; what only a later revision let in goes beside its lane. None goes before the first try of one of
//! these has ended, nor before that is settled, unless an event of the lane used up the lane's wait. Replays keep their own
//! order. While order is switched off none of this holds; from the moment it is heard to be on, all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::world::World;
use crate::delivery::courier::{Command, Request};
use crate::delivery::subscription::Revisions;
use crate::domain::{AttemptOrigin, Event, HeldState, Seq};

/// What the courier of this life knows, as far as order depends on it.
#[derive(Default)]
pub(super) struct Order {
    pub(super) ordered: bool,
    /// The revisions that it has heard of.
    known: BTreeSet<i32>,
    /// Events that it has read: whether it has them in hand, in their lane.
    in_lane: BTreeMap<Seq, bool>,
    /// Those that it has sent, other than for replays and resends.
    tried: BTreeSet<Seq>,
    /// How far each replay has come in each lane.
    replayed: BTreeMap<(i64, Arc<str>), Seq>,
}

impl Order {
    /// A new life, whose courier knows all revisions that there are.
    pub(super) fn new(ordered: bool, known: impl Iterator<Item = i32>) -> Order {
        Order { ordered, known: known.collect(), ..Order::default() }
    }
}

impl World {
    fn known_revisions(&self) -> Revisions {
        let known = self.store.revisions.iter().filter(|known| self.order.known.contains(&known.number));
        Revisions::new(known.cloned().collect()).expect("at least one")
    }

    /// The courier has read these.
    pub(super) fn note_read(&mut self, events: &[Arc<Event>]) {
        let revisions = self.known_revisions();
        for event in events {
            self.order.in_lane.insert(event.seq, revisions.at(event.seq).wants(event).is_ok());
        }
    }

    /// The courier hears of something.
    pub(super) fn note_told(&mut self, command: &Command) {
        match command {
            Command::Settings(settings) => {
                if self.order.ordered != settings.ordered {
                    self.order.replayed.clear();
                }
                self.order.ordered = settings.ordered;
            }
            Command::Revision(revision) => {
                self.order.known.insert(revision.number);
                let revisions = self.known_revisions();
                for (seq, here) in self.order.in_lane.range_mut(revision.from_seq..) {
                    *here &= self.order.tried.contains(seq)
                        || revisions.at(*seq).wants(self.store.event(*seq)).is_ok();
                }
            }
            _ => {}
        }
    }

    pub(super) fn check_order(&mut self, request: &Request, alone: bool) -> Result<(), String> {
        let seq = request.event.seq;
        self.check_wanted(request)?;
        if request.origin == AttemptOrigin::Live {
            self.order.tried.insert(seq);
        }
        let Some(lane) = &request.event.lane else { return Ok(()) };
        if alone || !self.order.ordered {
            return Ok(());
        }
        if let Some(other) = self.sent_in_lane(lane) {
            return Err(format!("{seq} was sent while {other} of its lane is under way"));
        }
        if let Some(replay) = request.replay {
            let last = self.order.replayed.entry((replay.job, lane.clone())).or_default();
            if *last > seq {
                return Err(format!("{seq} was replayed after {last} of its lane"));
            }
            *last = seq;
        }
        if request.origin == AttemptOrigin::Live { self.check_earlier(seq, lane) } else { Ok(()) }
    }

    /// What is sent for the first time is wanted by the newest revision for it that is known.
    fn check_wanted(&self, request: &Request) -> Result<(), String> {
        let seq = request.event.seq;
        if request.origin != AttemptOrigin::Live || self.tries.contains_key(&seq) {
            return Ok(());
        }
        let revisions = self.known_revisions();
        let holding = revisions.at(seq);
        if holding.wants(&request.event).is_err() {
            return Err(format!("{seq} was sent, and revision {} does not want it", holding.number()));
        }
        if request.revision.number() != holding.number() {
            let under = request.revision.number();
            return Err(format!("{seq} was sent under revision {under}, not {}", holding.number()));
        }
        Ok(())
    }

    fn check_earlier(&self, seq: Seq, lane: &Arc<str>) -> Result<(), String> {
        let revisions = self.known_revisions();
        let mut spent = false;
        for earlier in &self.store.journal[..usize::try_from(seq.0 - 1).expect("a seq")] {
            if earlier.lane.as_ref() != Some(lane) {
                continue;
            }
            let state = self.held_state(earlier.seq);
            let tries = self.tries.get(&earlier.seq).copied().unwrap_or(0);
            let aside = matches!(state, Some(HeldState::Dead | HeldState::Alone));
            spent |= tries > 4 || aside;
            let settled = aside
                || self.successes.contains_key(&earlier.seq)
                || self.store.skipped.iter().any(|(from, to)| (*from..=*to).contains(&earlier.seq));
            if !settled && (tries == 0 || !spent) && self.is_in_hand(earlier, state, &revisions) {
                return Err(format!("{seq} was sent before {} of its lane", earlier.seq));
            }
        }
        Ok(())
    }

    /// Whether the courier has this event, which is not settled, in its lane.
    fn is_in_hand(&self, event: &Event, state: Option<HeldState>, revisions: &Revisions) -> bool {
        let seq = event.seq;
        let wanted = || revisions.at(seq).wants(event).is_ok();
        self.order.tried.contains(&seq)
            || state == Some(HeldState::Retrying)
            || self.order.in_lane.get(&seq).copied().unwrap_or_else(wanted)
    }
}
