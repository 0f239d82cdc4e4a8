//! What must hold: all the while, and in the end.

use super::{BOUNDS, Happening, Sent, World};
use crate::delivery::courier::Request;
use crate::delivery::subscription::Revisions;
use crate::domain::{AttemptOrigin, HeldState, Seq};
use crate::store::HeldChange;

impl World {
    pub(super) fn check_end(&self) -> Result<(), String> {
        let newest = self.store.revisions.last().expect("at least one").number;
        if self.store.cursor.revision != newest {
            return Err(format!("the cursor does not know revision {newest}: {:?}", self.store.cursor));
        }
        self.store.check_settled(Seq(1))?;
        for (seq, count) in &self.successes {
            let allowed = 1
                + self.explained.get(seq).copied().unwrap_or(0)
                + self.resends.get(seq).copied().unwrap_or(0);
            if *count > allowed {
                return Err(format!("{seq} was delivered {count} times, {allowed} can be explained"));
            }
        }
        Ok(())
    }

    pub(super) fn check_bounds(&self) -> Result<(), String> {
        if self.courier.held_len() > BOUNDS.held_rows + BOUNDS.window_items {
            return Err(format!("{} rows are held", self.courier.held_len()));
        }
        self.check_memory()?;
        if self.sent.len() > usize::from(self.settings.concurrency.u16()) + 6 {
            return Err(format!("{} requests are under way", self.sent.len()));
        }
        Ok(())
    }

    /// What is in memory is within the bounds, and a large event or two beyond: one that was read and one that was read
    /// again. A read and a fetch that are under way may each come to what was free when they began.
    fn check_memory(&self) -> Result<(), String> {
        let mut window = self.courier.window_weights();
        window.sort_unstable();
        window.truncate(window.len().saturating_sub(2));
        let bytes: usize = window.iter().sum();
        if bytes > BOUNDS.window_bytes * 9 / 4 {
            return Err(format!(
                "{bytes} bytes of the window are in memory, its two largest events not counted"
            ));
        }
        let mut held = self.courier.held_weights();
        held.sort_unstable();
        held.pop();
        let bytes: usize = held.iter().sum();
        if bytes > BOUNDS.loaded_bytes {
            return Err(format!("{bytes} bytes of held events are in memory, the largest not counted"));
        }
        Ok(())
    }

    /// Of one lane one request is under way, and none goes out before the first try of an earlier event has ended,
    /// nor before that is delivered, unless some event of the lane used up the lane's wait.
    pub(super) fn check_order(&self, request: &Request, alone: bool) -> Result<(), String> {
        let seq = request.event.seq;
        let Some(lane) = &request.event.lane else { return Ok(()) };
        if alone || !self.settings.ordered || self.order_changed {
            return Ok(());
        }
        let same = |sent: &&Sent| sent.lane.as_ref() == Some(lane) && !sent.alone;
        if let Some(other) = self.sent.values().find(same) {
            return Err(format!("{seq} was sent while {} of its lane is under way", other.seq));
        }
        if request.origin != AttemptOrigin::Live {
            return Ok(());
        }
        // What the courier has not heard of it cannot heed; what it heard late it looks at again, beside the lanes.
        let known = self.store.revisions.iter().filter(|known| self.known.contains(&known.number));
        let revisions = Revisions::new(known.cloned().collect()).expect("at least one");
        let mut spent = false;
        for earlier in &self.store.journal[..usize::try_from(seq.0 - 1).expect("a seq")] {
            if earlier.lane.as_ref() != Some(lane)
                || revisions.at(earlier.seq).wants(earlier).is_err()
                || self.courier.looks_again_at(earlier.seq)
            {
                continue;
            }
            let tries = self.tries.get(&earlier.seq).copied().unwrap_or(0);
            let state = self.held_state(earlier.seq);
            spent |= tries > 4 || matches!(state, Some(HeldState::Dead | HeldState::Alone));
            let settled = self.successes.contains_key(&earlier.seq)
                || matches!(state, Some(HeldState::Dead | HeldState::Alone))
                || self.store.skipped.iter().any(|(from, to)| (*from..=*to).contains(&earlier.seq));
            if !settled && (tries == 0 || !spent) {
                return Err(format!("{seq} was sent before {} of its lane", earlier.seq));
            }
        }
        Ok(())
    }

    /// Where a held event stands: in the courier, on the way to the store, or in it.
    pub(super) fn held_state(&self, seq: Seq) -> Option<HeldState> {
        let on_the_way = self.happenings.values().find_map(|happening| match happening {
            Happening::Commit { life, settlement, .. } if *life == self.life => {
                settlement.held.iter().find_map(|change| match change {
                    HeldChange::Put(row) if row.seq == seq => Some(row.state),
                    _ => None,
                })
            }
            _ => None,
        });
        let stored = || self.store.held.get(&seq).map(|row| row.state);
        self.courier.held_state(seq).or(on_the_way).or_else(stored)
    }
}
