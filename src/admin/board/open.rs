//! The arithmetic of calls that go on: where they are and with whom.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    AgentState, BoardAgent, BoardCall, BoardColumn, BoardDoor, BoardGroup, BoardPressed, BoardQueue,
};
use crate::domain::call::{Call, CallState, Direction, WithAgent};
use crate::domain::{Key, Provider, SourceId, Timestamp};
use crate::sources;
use crate::sources::board::{Board, Door};
use crate::store::{AgentRow, StoredCall};

/// Calls of one column.
const IN_A_COLUMN: usize = 3;

/// When something began by our clock, as far as that can be: not before the call was heard of, nor after its latest event.
fn since(call: &Call, said: Timestamp) -> Timestamp {
    said.max(call.heard_at).min(call.changed_at.max(call.heard_at))
}

/// Since when a call is in its state.
fn in_state_since(call: &Call) -> Timestamp {
    since(call, call.clocks.state.0)
}

/// The queues that have calls, and those of which it is known that they had some today; who waits for longest stands first.
pub(super) fn queues(
    calls: &[StoredCall],
    today: &[String],
    late_after: Duration,
    now: Timestamp,
) -> Vec<BoardQueue> {
    let mut queues: BTreeMap<(Option<&str>, Key), BoardQueue> = BTreeMap::new();
    let empty = |name: &Key, provider| BoardQueue {
        name: name.clone(),
        provider,
        waiting: 0,
        longest: None,
        is_late: false,
        dialing: 0,
        talking: 0,
    };
    for StoredCall { provider, call, .. } in calls {
        let Some(name) = &call.queue else { continue };
        let queue = queues
            .entry((Some(provider.as_str()), name.clone()))
            .or_insert_with(|| empty(name, Some(*provider)));
        match call.state_at(now) {
            CallState::Waiting => {
                let since = in_state_since(call);
                queue.waiting += 1;
                queue.longest = Some(queue.longest.map_or(since, |longest| longest.min(since)));
            }
            CallState::Ongoing => queue.talking += 1,
            CallState::New if call.direction == Some(Direction::Outbound) => queue.dialing += 1,
            _ => {}
        }
    }
    for name in today.iter().map(|name| Key::from(name.as_str())) {
        if !queues.keys().any(|(_, known)| *known == name) {
            let queue = empty(&name, None);
            queues.insert((None, name), queue);
        }
    }
    let mut queues: Vec<BoardQueue> = queues.into_values().collect();
    for queue in &mut queues {
        queue.is_late = queue.longest.is_some_and(|longest| now.since(longest) >= late_after);
    }
    queues.sort_by_key(|queue| {
        let longest = queue.longest.map_or(i64::MAX, |longest| longest.0);
        (longest, Reverse(queue.talking + queue.dialing), queue.name.to_lowercase())
    });
    queues
}

/// Who is in a call; who is in several, in the one in which they talk, or the newest. Then who is in none, and is told of.
pub(super) fn agents(calls: &[StoredCall], between: &[AgentRow], now: Timestamp) -> Vec<BoardAgent> {
    let mut agents: BTreeMap<(SourceId, &str), (u8, BoardAgent)> = BTreeMap::new();
    for stored in calls.iter().filter(|stored| stored.call.is_open(now)) {
        let (call, Some(agent)) = (&stored.call, &stored.call.agent) else { continue };
        let state = match (call.with_agent, call.direction) {
            (WithAgent::Nothing, _) => continue,
            (WithAgent::Talking, _) => AgentState::Talking,
            (WithAgent::Ringing, Some(Direction::Outbound)) => AgentState::Calling,
            (WithAgent::Ringing, _) => AgentState::Ringing,
        };
        let one = BoardAgent {
            name: agent.name.clone().unwrap_or_else(|| agent.id.clone()),
            call: Some(stored.id()),
            state,
            since: since(call, call.clocks.with_agent.0),
            detail: call.queue.clone(),
        };
        // Calls come the newest first.
        let talks = u8::from(state == AgentState::Talking);
        let known = agents.entry((call.source, agent.id.as_str())).or_insert_with(|| (talks, one.clone()));
        if talks > known.0 {
            *known = (talks, one);
        }
    }
    for row in between {
        let one = || BoardAgent {
            name: row.agent.name.clone().unwrap_or_else(|| row.agent.id.clone()),
            call: None,
            state: AgentState::Between(row.presence),
            since: row.since,
            detail: row.detail.clone(),
        };
        agents.entry((row.source, row.agent.id.as_str())).or_insert_with(|| (0, one()));
    }
    let mut agents: Vec<BoardAgent> = agents.into_values().map(|(_, agent)| agent).collect();
    agents.sort_by_cached_key(|agent| (agent.name.to_lowercase(), agent.call.map(|call| call.seq)));
    agents
}

/// Doors at which somebody rings or talks: who rings, the longest first, then who talks.
pub(super) fn doors(calls: &[StoredCall], now: Timestamp) -> Vec<BoardDoor> {
    let door = |stored: &StoredCall| {
        let call = &stored.call;
        let of = sources::find(stored.provider)?.board()?.door?;
        let rings = match call.state_at(now) {
            CallState::Ringing => true,
            CallState::Ongoing => false,
            _ => return None,
        };
        Some(BoardDoor {
            door: of(call)?,
            call: stored.id(),
            rings,
            since: in_state_since(call),
            number: call.their_number.clone(),
        })
    };
    let mut doors: Vec<BoardDoor> = calls.iter().filter_map(door).collect();
    doors.sort_by_key(|door| (!door.rings, door.since, door.call.seq));
    doors
}

/// What was pressed in a call at a door.
pub(super) fn pressed(stored: &StoredCall, door: fn(&Call) -> Option<Door>) -> Vec<BoardPressed> {
    let call = &stored.call;
    let Some(door) = door(call) else { return Vec::new() };
    let pressed = call.pressed.iter().map(|pressed| BoardPressed {
        keys: pressed.keys.clone(),
        at: since(call, pressed.at),
        door: door.clone(),
        call: stored.id(),
        number: call.their_number.clone(),
    });
    pressed.collect()
}

/// A provider's calls that go on, in its columns and by its documents' counts. Of those that are over nothing is known here.
pub(super) fn group(board: &Board, provider: Provider, calls: &[&StoredCall], now: Timestamp) -> BoardGroup {
    let mut of_columns: Vec<Vec<&StoredCall>> = board.columns.iter().map(|_| Vec::new()).collect();
    let mut stages: Vec<(&'static str, i64)> = board.stages.iter().map(|(kind, _)| (*kind, 0)).collect();
    for stored in calls.iter().copied() {
        let call = &stored.call;
        if let Some(column) = board.column(call, call.state_at(now)) {
            of_columns[column].push(stored);
        }
        let stage = board.stages.iter().position(|(_, stage)| call.stage.as_deref() == Some(stage));
        if let Some((_, count)) = stages.get_mut(stage.unwrap_or(0)) {
            *count += 1;
        }
    }
    let count = |calls: usize| i64::try_from(calls).unwrap_or(i64::MAX);
    let columns = board.columns.iter().zip(of_columns).map(|(column, mut calls)| {
        calls.sort_by_key(|stored| (in_state_since(&stored.call), stored.seq()));
        BoardColumn {
            title: column.title.clone(),
            state: column.state,
            count: count(calls.len()),
            calls: calls.iter().take(IN_A_COLUMN).map(|stored| goes_on(stored)).collect(),
        }
    });
    BoardGroup { provider, columns: columns.collect(), stages, open: count(calls.len()) }
}

fn goes_on(stored: &StoredCall) -> BoardCall {
    let call = &stored.call;
    BoardCall { id: stored.id(), number: call.their_number.clone(), since: in_state_since(call) }
}

/// A call that is over: its end where that was told, else its latest event.
pub(super) fn ended(stored: &StoredCall) -> BoardCall {
    let call = &stored.call;
    let since = since(call, call.times.ended.unwrap_or(call.changed_at));
    BoardCall { id: stored.id(), number: call.their_number.clone(), since }
}

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
