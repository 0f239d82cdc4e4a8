//! What must hold: all the while, and in the end.

use std::sync::Arc;

use super::{BOUNDS, Happening, World};
use crate::domain::{HeldState, Seq};
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

    /// An event that is under way in its lane.
    pub(in super::super) fn sent_in_lane(&self, lane: &Arc<str>) -> Option<Seq> {
        self.sent.values().find(|sent| sent.lane.as_ref() == Some(lane) && !sent.alone).map(|sent| sent.seq)
    }

    /// Where a held event stands: in the courier, on the way to the store, or in it.
    pub(in super::super) fn held_state(&self, seq: Seq) -> Option<HeldState> {
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
