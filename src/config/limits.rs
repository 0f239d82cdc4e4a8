//! `[limits]`: what the program may use, and how one budget of memory is shared out.
//!
//! Must hold here: whatever is not set by hand adds up to `memory_bytes` with what the program takes anyhow. The parts
//! are in the proportion that was measured (docs/performance.md, *Memory*): a flood is met by the frame queue, the others
//! only pass it on.

use super::kinds::whole;
use super::section::Section;
use super::size_of;
use super::tree::Value;
use crate::texts::{Message, msg};

const MIB: u64 = 1 << 20;
/// What there is without any limit of the machine's.
const USUAL_MEMORY: u64 = FIXED + 32 * PARTS * MIB;
/// With less the least of everything would be more than that.
const LEAST_MEMORY: u64 = FIXED + PARTS * LEAST_PART;
/// The program's code, the database's caches, what a commit needs beside its events, the threads.
const FIXED: u64 = 64 * MIB;
/// What waits has this many parts, each of at least so much.
const PARTS: u64 = 20;
const LEAST_PART: u64 = MIB;

/// Bounds. Sizes are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The whole program, for what it does beside its connections.
    pub memory_bytes: u64,
    /// Socket frames read and not yet in the journal's queue, for the whole node.
    pub frame_queue_bytes: u64,
    /// Events accepted and not yet committed.
    pub append_queue_bytes: u64,
    /// Newest events kept in memory for the couriers.
    pub tail_bytes: u64,
    /// One message from a socket.
    pub message_bytes: u64,
    /// One body posted by a provider.
    pub inbound_body_bytes: u64,
    /// Requests to webhooks at once, for the whole node.
    pub requests_in_flight: u32,
    /// Large bodies of requests under way, for the whole node. Beside them goes one of the largest. Not set by hand.
    pub request_bytes: u64,
    /// Bodies that strangers, people and providers send, for the whole node. Not set by hand.
    pub body_bytes: u64,
    /// Connections that others open: what has come of each and is not taken yet. Not set by hand.
    pub connection_bytes: u64,
    /// What webhooks hold in memory, for the whole node. Not set by hand.
    pub webhook_bytes: u64,
}

impl Limits {
    /// The shares of one budget.
    pub(super) fn of(memory_bytes: u64) -> Self {
        let part = (memory_bytes.saturating_sub(FIXED) / PARTS).max(LEAST_PART);
        Self {
            memory_bytes,
            frame_queue_bytes: 8 * part,
            append_queue_bytes: part,
            tail_bytes: part,
            message_bytes: 2 * part,
            inbound_body_bytes: (part / 2).min(4 * MIB),
            requests_in_flight: 2_048,
            request_bytes: 2 * part,
            body_bytes: part,
            connection_bytes: 2 * part,
            webhook_bytes: part,
        }
    }
}

/// Half of what there is, up to the usual: the other half is the system's, which keeps the database's newest pages in it.
pub(super) fn default_memory(machine: Option<u64>) -> u64 {
    machine.map_or(USUAL_MEMORY, |machine| (machine / 2).clamp(LEAST_MEMORY, USUAL_MEMORY))
}

pub(super) fn read(mut section: Section<'_>, machine: Option<u64>) -> Limits {
    let given = section.optional("memory_bytes", size_of(LEAST_MEMORY));
    let mut limits = Limits::of(given.unwrap_or_else(|| default_memory(machine)));
    let part = |least| within(given, least);
    section.set(&mut limits.frame_queue_bytes, "frame_queue_bytes", part(MIB));
    section.set(&mut limits.append_queue_bytes, "append_queue_bytes", part(MIB));
    section.set(&mut limits.tail_bytes, "tail_bytes", part(MIB));
    section.set(&mut limits.message_bytes, "message_bytes", part(64 << 10));
    section.set(&mut limits.inbound_body_bytes, "inbound_body_bytes", part(64 << 10));
    // Two of them have room together.
    limits.body_bytes = limits.body_bytes.max(2 * limits.inbound_body_bytes);
    section.set(&mut limits.requests_in_flight, "requests_in_flight", whole(1..=100_000));
    section.done();
    limits
}

/// A size of at least so many bytes, and within the whole where that was set too.
fn within(whole: Option<u64>, least: u64) -> impl Fn(&Value) -> Result<u64, Message> {
    move |value| match (size_of(least)(value)?, whole) {
        (part, Some(whole)) if part > whole => Err(msg("setting-most-memory")),
        (part, _) => Ok(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_and_what_is_there_anyhow_are_the_whole() {
        for memory in [LEAST_MEMORY, LEAST_MEMORY + 1, 96 * MIB, 128 * MIB, 256 * MIB, USUAL_MEMORY, 4 << 30]
        {
            let limits = Limits::of(memory);
            let parts = [
                limits.frame_queue_bytes,
                limits.append_queue_bytes,
                limits.tail_bytes,
                limits.message_bytes,
                limits.request_bytes,
                // The largest body that goes beside them.
                limits.message_bytes,
                limits.webhook_bytes,
                limits.body_bytes,
                limits.connection_bytes,
            ];
            let whole = FIXED + parts.iter().sum::<u64>();
            assert!(whole <= memory && whole > memory - PARTS, "{whole} of {memory}");
            assert!(2 * limits.inbound_body_bytes <= limits.body_bytes, "two bodies have room");
        }
    }

    #[test]
    fn a_small_machine_gives_half_of_what_it_has() {
        assert_eq!(default_memory(None), USUAL_MEMORY);
        assert_eq!(default_memory(Some(24 << 30)), USUAL_MEMORY);
        assert_eq!(default_memory(Some(512 * MIB)), 256 * MIB);
        // And not less than what the least of every part adds up to.
        let least = Limits::of(default_memory(Some(128 * MIB)));
        assert_eq!(least.memory_bytes, 84 * MIB);
        assert_eq!((least.frame_queue_bytes, least.tail_bytes, least.message_bytes), (8 * MIB, MIB, 2 * MIB));
    }
}
