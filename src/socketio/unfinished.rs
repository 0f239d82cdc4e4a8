//! The event that is being read and has not all come: what of it is in memory, and how long it may take.
//!
//! What must hold here:
//!
//! - From [`LARGE_BYTES`] on all of it is counted, and counted before it is read: a message in parts with all its parts, an
//!   event with the attachments that have come (`a_message_in_small_parts_is_counted`, `attachments_that_have_come_are_counted`).
//! - It comes to its end in time, or the session does: what is counted is not held by who never ends it
//!   (`a_large_message_that_does_not_end_ends_the_session`).

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::frames::{LARGE_BYTES, grown};
use super::queue::Inlet;
use super::reason::Reason;
use super::reserved::Reserved;

/// A second more is given for so many bytes.
const BYTES_PER_SECOND: u64 = 64 << 10;

#[derive(Debug)]
pub(super) struct Unfinished {
    reserved: Reserved,
    bytes: usize,
    /// When it was let in, later by every wait of ours.
    since: Option<Instant>,
    patience: Duration,
}

impl Unfinished {
    /// Nothing so far. What comes gets this time, and more by its size.
    pub fn new(inlet: &Inlet, patience: Duration) -> Self {
        Self { reserved: inlet.nothing_reserved(), bytes: 0, since: None, patience }
    }

    /// Whether there is room for what comes next.
    pub fn is_counted(&self) -> bool {
        self.since.is_some()
    }

    /// Makes room for `bytes` of it, if there is room.
    pub fn try_grow(&mut self, inlet: &Inlet, bytes: usize) -> bool {
        let fits = self.reserved.try_grow(inlet.held(), bytes);
        if fits {
            self.let_in(bytes);
        }
        fits
    }

    /// Waits until there is.
    pub async fn grow(&mut self, inlet: &Inlet, bytes: usize) {
        let began = Instant::now();
        self.reserved.grow(|| inlet.held(), bytes).await;
        if let Some(since) = &mut self.since {
            *since += began.elapsed();
        }
        self.let_in(bytes);
    }

    fn let_in(&mut self, bytes: usize) {
        self.since.get_or_insert_with(Instant::now);
        self.bytes = self.bytes.max(bytes);
    }

    /// A message is here, whole; `pending` bytes wait for attachments of their event. Says what room is to be made before
    /// the next one is read.
    pub fn heard(&mut self, pending: usize) -> Option<usize> {
        if pending == 0 {
            if self.is_counted() {
                self.reserved.give_back();
                (self.bytes, self.since) = (0, None);
            }
            return None;
        }
        let next = pending as u64 + LARGE_BYTES;
        (pending as u64 >= LARGE_BYTES).then(|| usize::try_from(grown(next)).unwrap_or(usize::MAX))
    }

    /// Why the session has to end now, if it has taken too long.
    pub fn is_overdue(&self) -> Option<Reason> {
        let (deadline, within) = self.deadline()?;
        (deadline <= Instant::now()).then_some(Reason::MessageOverdue { within })
    }

    /// Waits until it has.
    pub async fn overdue(&self) -> Reason {
        let Some((deadline, within)) = self.deadline() else { return std::future::pending().await };
        sleep_until(deadline).await;
        Reason::MessageOverdue { within }
    }

    fn deadline(&self) -> Option<(Instant, Duration)> {
        let within = self.patience + Duration::from_secs(self.bytes as u64 / BYTES_PER_SECOND);
        self.since.map(|since| (since + within, within))
    }
}
