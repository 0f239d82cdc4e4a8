//! What the held set is made of.

use std::sync::Arc;
use std::time::Instant;

use super::lanes::LaneKey;
use super::types::Failure;
use crate::domain::{AttemptOrigin, HeldReason, HeldState, Seq, Timestamp, WebhookId};
use crate::store::HeldRow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// For its time, or its turn in the lane.
    Resting,
    /// Its time has come; the event is not in memory.
    Due,
    Loading,
    /// May be sent.
    Loaded,
    Flying,
}

/// One event of the index.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub state: HeldState,
    pub reason: HeldReason,
    pub lane: Option<Arc<str>>,
    pub key: Option<LaneKey>,
    /// Requests made since it is in memory, and those that count.
    pub tries: u16,
    pub charged: u16,
    pub next_at: Timestamp,
    pub since: Timestamp,
    pub origin: AttemptOrigin,
    pub stage: Stage,
    /// When the first of its requests failed since it is in memory.
    pub failing_since: Option<Instant>,
    /// When it is due, if it waits for a time.
    pub timer: Option<Instant>,
    /// The bytes that it is counted by in memory; 0 until it has been there.
    pub weight: usize,
    /// Bytes of its payload, as far as they are known.
    pub payload: usize,
    /// How often it was refused for the pace's sake.
    pub too_fast: u8,
    /// What its last failure was, since the courier started.
    pub last: Option<Failure>,
}

impl Entry {
    /// The lane in whose order it waits; what goes on alone heeds none.
    pub(super) fn queue(&self) -> Option<LaneKey> {
        self.key.filter(|_| self.state != HeldState::Alone)
    }

    pub(super) fn new(state: HeldState, reason: HeldReason, lane: Option<Arc<str>>, now: Timestamp) -> Entry {
        Entry {
            state,
            reason,
            lane,
            key: None,
            tries: 0,
            charged: 0,
            next_at: now,
            since: now,
            origin: AttemptOrigin::Live,
            stage: Stage::Resting,
            failing_since: None,
            timer: None,
            weight: 0,
            payload: 0,
            too_fast: 0,
            last: None,
        }
    }

    /// Whether it was never sent, as far as is known, and nobody asked for it.
    pub(super) fn is_unsent(&self) -> bool {
        self.tries == 0 && self.reason == HeldReason::LaneBusy && self.origin == AttemptOrigin::Live
    }

    pub(super) fn row(&self, webhook: WebhookId, seq: Seq) -> HeldRow {
        HeldRow {
            webhook,
            seq,
            state: self.state,
            reason: self.reason,
            lane: self.lane.clone(),
            attempts: i32::from(self.charged),
            next_at: self.next_at,
            since: self.since,
            origin: self.origin,
            replay: None,
        }
    }

    /// An event that a person sends again: by itself, due at once.
    pub(super) fn resent(now: Timestamp) -> Entry {
        Entry {
            state: HeldState::Alone,
            reason: HeldReason::LaneBusy,
            lane: None,
            key: None,
            tries: 0,
            charged: 0,
            next_at: now,
            since: now,
            origin: AttemptOrigin::Resend,
            stage: Stage::Resting,
            failing_since: None,
            timer: None,
            weight: 0,
            payload: 0,
            too_fast: 0,
            last: None,
        }
    }

    pub(super) fn from_row(row: &HeldRow, key: Option<LaneKey>) -> Entry {
        let attempts = u16::try_from(row.attempts).unwrap_or(u16::MAX);
        Entry {
            state: row.state,
            reason: row.reason,
            lane: row.lane.clone(),
            key,
            tries: attempts,
            charged: attempts,
            next_at: row.next_at,
            since: row.since,
            origin: row.origin,
            stage: Stage::Resting,
            failing_since: None,
            timer: None,
            weight: 0,
            payload: 0,
            too_fast: 0,
            last: None,
        }
    }
}
