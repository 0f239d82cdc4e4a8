//! Results that wait for their commit.
//!
//! What must hold: one settlement is under way at a time, and what came since goes into the next; so the rows that say
//! what became of an event are never written after the cursor passed it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::held::Entry;
use super::types::{Counters, Outcome, Setup};
use crate::domain::{AttemptOrigin, CompanyId, Seq, WebhookId};
use crate::store::{AttemptRow, Cursor, HeldChange, ReplayProgress, Settlement};

/// How much of a failure's answer is kept, and how much once a minute has had its share.
const ANSWER_BYTES: usize = 16 << 10;
const SHORT_ANSWER_BYTES: usize = 512;
const ANSWERS_A_MINUTE: u32 = 10;
/// What a row is counted by beside its answer.
const ROW_BYTES: usize = 160;

/// What an attempt was for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempted {
    pub seq: Seq,
    pub origin: AttemptOrigin,
    pub n: u16,
    pub revision: i32,
    pub charged: bool,
}

/// See the module.
pub(super) struct Results {
    company: CompanyId,
    webhook: WebhookId,
    attempts: Vec<AttemptRow>,
    held: BTreeMap<Seq, HeldChange>,
    replays: BTreeMap<i64, ReplayProgress>,
    /// The cursor that was last handed out.
    cursor: Cursor,
    bytes: usize,
    /// Rows and bytes of the settlement under way.
    committing: Option<(usize, usize)>,
    minute: Option<(Instant, u32)>,
    pub counters: Counters,
}

impl Results {
    /// `revision` is the newest that the courier knows.
    pub(super) fn new(setup: &Setup, revision: i32) -> Results {
        Results {
            company: setup.company,
            webhook: setup.webhook,
            attempts: Vec::new(),
            held: BTreeMap::new(),
            replays: BTreeMap::new(),
            cursor: Cursor { revision, seq: setup.cursor },
            bytes: 0,
            committing: None,
            minute: None,
            counters: Counters::default(),
        }
    }

    pub(super) fn attempt(&mut self, what: Attempted, outcome: Outcome, now: Instant) {
        let failure = outcome.failure();
        let failed = failure.is_failure();
        let answer = if failed { self.kept(outcome.answer, now) } else { None };
        self.bytes += ROW_BYTES + answer.as_ref().map_or(0, Bytes::len);
        self.attempts.push(AttemptRow {
            webhook: self.webhook,
            seq: what.seq,
            origin: what.origin,
            n: i32::from(what.n),
            at: outcome.sent_at,
            revision: what.revision,
            phases: outcome.phases,
            status: outcome.result.ok(),
            error: if failed {
                Some(failure.word())
            } else {
                outcome.note.map(|note| Cow::Borrowed(note.as_str()))
            },
            answer,
            charged: what.charged,
        });
    }

    /// As much of a failure's answer as is kept: at most ten a minute in full.
    fn kept(&mut self, answer: Bytes, now: Instant) -> Option<Bytes> {
        if answer.is_empty() {
            return None;
        }
        let (since, count) = match self.minute {
            Some((since, count)) if now.saturating_duration_since(since) < Duration::from_mins(1) => {
                (since, count)
            }
            _ => (now, 0),
        };
        self.minute = Some((since, count.saturating_add(1)));
        let limit = if count < ANSWERS_A_MINUTE { ANSWER_BYTES } else { SHORT_ANSWER_BYTES };
        // Copied when cut, so that a short row does not keep a long answer in memory.
        Some(if answer.len() > limit { Bytes::copy_from_slice(&answer[..limit]) } else { answer })
    }

    /// What a held event has become.
    pub(super) fn put(&mut self, seq: Seq, entry: &Entry) {
        self.bytes += ROW_BYTES;
        self.held.insert(seq, HeldChange::Put(entry.row(self.webhook, seq)));
    }

    pub(super) fn remove(&mut self, seq: Seq) {
        self.held.insert(seq, HeldChange::Remove(seq));
    }

    /// Adds to what is known of a replay.
    pub(super) fn replay(&mut self, progress: ReplayProgress) {
        let sum = self.replays.entry(progress.replay).or_insert(ReplayProgress {
            delivered: 0,
            failed: 0,
            skipped: 0,
            ..progress
        });
        sum.position = sum.position.max(progress.position);
        sum.delivered += progress.delivered;
        sum.failed += progress.failed;
        sum.skipped += progress.skipped;
        sum.done |= progress.done;
    }

    /// What is to be written about a held event.
    #[cfg(test)]
    pub(super) fn pending(&self, seq: Seq) -> Option<&HeldChange> {
        self.held.get(&seq)
    }

    /// Rows and bytes that are not committed.
    pub(super) fn uncommitted(&self) -> (usize, usize) {
        let (rows, bytes) = self.committing.unwrap_or_default();
        (rows + self.attempts.len() + self.held.len(), bytes + self.bytes)
    }

    /// Everything there is to commit, with the cursor where it now stands; `None` when there is nothing, or a commit is
    /// under way.
    pub(super) fn take(&mut self, cursor: Cursor) -> Option<Settlement> {
        let moved = cursor > self.cursor;
        let anything =
            moved || !self.attempts.is_empty() || !self.held.is_empty() || !self.replays.is_empty();
        if self.committing.is_some() || !anything {
            return None;
        }
        self.cursor = self.cursor.max(cursor);
        self.committing = Some((self.attempts.len() + self.held.len(), self.bytes));
        self.bytes = 0;
        Some(Settlement {
            company: self.company,
            webhook: self.webhook,
            cursor: moved.then_some(cursor),
            attempts: std::mem::take(&mut self.attempts),
            held: std::mem::take(&mut self.held).into_values().collect(),
            replays: std::mem::take(&mut self.replays).into_values().collect(),
        })
    }

    pub(super) fn committed(&mut self) {
        self.committing = None;
    }

    pub(super) fn is_committing(&self) -> bool {
        self.committing.is_some()
    }
}
