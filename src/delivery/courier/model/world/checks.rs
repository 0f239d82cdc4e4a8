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
        if self.sent.len() > usize::from(self.settings.concurrency) + 6 {
            return Err(format!("{} requests are under way", self.sent.len()));
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
        let revisions = Revisions::new(self.store.revisions.clone()).expect("at least one");
        let mut spent = false;
        for earlier in &self.store.journal[..usize::try_from(seq.0 - 1).expect("a seq")] {
            if earlier.lane.as_ref() != Some(lane) || revisions.at(earlier.seq).wants(earlier).is_err() {
                continue;
            }
            let tries = self.tries.get(&earlier.seq).copied().unwrap_or(0);
            let state = self.held_state(earlier.seq);
            spent |= tries > 4 || matches!(state, Some(HeldState::Dead | HeldState::Alone));
            let settled = self.successes.contains_key(&earlier.seq)
                || matches!(state, Some(HeldState::Dead | HeldState::Alone))
                || self.store.skipped.iter().any(|(from, to)| (*from..=*to).contains(&earlier.seq))
                || self.store.revisions.len() > 1;
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
