//! What its events say of agents between calls. Only what an agent has begun is told of here: what failed changed nothing, and an
//! event whose name is not known means nothing that could be relied on.

use super::call_facts::Facts;
use super::extract::{each_member, said, scalar_in};
use crate::domain::agent::{AgentModel, AgentSaid, Does, Presence};
use crate::domain::json::Cursor;
use crate::domain::{Event, Key, Keys, Pattern};

/// The model; see [`AgentModel`].
pub(super) struct Agents;

/// An agent has come to a call: where its name is told, which the shortest of its own events lack.
const CONNECTED: [&str; 3] = ["call-was-connected", "manual-call-was-connected", "receptive-was-connected"];

impl AgentModel for Agents {
    fn wants(&self) -> Vec<Pattern> {
        let connected = CONNECTED.map(|name| Pattern::Exact(name.to_owned()));
        [Pattern::Prefix("agent-".to_owned())].into_iter().chain(connected).collect()
    }

    fn read(&self, event: &Event) -> Option<AgentSaid> {
        let does = match &*event.name {
            // Who was in a break or has dialled by hand goes on where all begin.
            "agent-is-idle" | "agent-left-manual-mode" | "agent-left-work-break" => {
                Does::Begins(Presence::Idle)
            }
            "agent-in-acw" | "agent-is-acw" | "agent-left-manual-acw" => Does::Begins(Presence::AfterCall),
            "agent-entered-manual" | "agent-entered-manual-mode" | "agent-entered-manual-acw" => {
                Does::Begins(Presence::Manual)
            }
            "agent-entered-work-break" => {
                work_break(&event.payload).map_or(Does::Begins(Presence::Break), Does::Rests)
            }
            name if CONNECTED.contains(&name) => Does::Begins(Presence::InCall),
            "agent-was-logged-out" | "agent-logged-out" => Does::Begins(Presence::Offline),
            _ => return None,
        };
        Some(AgentSaid { agent: Facts::read(&event.payload).agent()?, does })
    }
}

/// The name that the company has given this kind of break.
fn work_break(payload: &[u8]) -> Option<Key> {
    let mut cursor = Cursor::new(payload);
    // Of several arguments the first is the event's.
    if cursor.enter_array() && !cursor.next_item() {
        return None;
    }
    let mut name = None;
    each_member(&mut cursor, |key, cursor| match key {
        b"work_break" => name = scalar_in(cursor, b"work_break_interval_name"),
        _ => cursor.skip(),
    });
    Keys::clean(&said(name)?)
}

#[cfg(test)]
mod tests {
    use super::super::calls::tests::example;
    use super::*;

    /// What the published examples say.
    #[test]
    fn the_examples_say_what_agents_do() {
        let said = |name: &str| {
            let said = Agents.read(&example(name, 0))?;
            let detail = said.does.detail().map(|name| name.to_string());
            Some((said.agent.id, said.agent.name, said.does.presence(), detail))
        };
        let named = Some("Ana Exemplo".to_owned());
        let agent = |name: &Option<String>, presence, detail: Option<&str>| {
            Some(("150321".to_owned(), name.clone(), Some(presence), detail.map(str::to_owned)))
        };
        for (name, expected) in [
            ("agent-is-idle", agent(&None, Presence::Idle, None)),
            ("agent-in-acw", agent(&None, Presence::AfterCall, None)),
            ("agent-entered-manual", agent(&named, Presence::Manual, None)),
            ("agent-left-manual-mode", agent(&named, Presence::Idle, None)),
            ("agent-entered-manual-acw", agent(&named, Presence::Manual, None)),
            ("agent-left-manual-acw", agent(&named, Presence::AfterCall, None)),
            ("agent-entered-work-break", agent(&named, Presence::Break, Some("Almoço"))),
            ("agent-left-work-break", agent(&named, Presence::Idle, None)),
            ("agent-was-logged-out", agent(&named, Presence::Offline, None)),
            ("agent-enter-work-break-failed", None),
            ("agent-login-failed", None),
            ("agent-schedule", None),
        ] {
            assert_eq!(said(name), expected, "{name}");
        }
    }
}
