//! What its events say of agents between calls. An agent comes and goes in each queue by itself, with an event for each: the last of
//! them holds, so that who has left one queue of several is told of as gone, and nobody is said to wait who may not.

use super::calls::{Fields, agent};
use crate::domain::agent::{AgentModel, AgentSaid, Does, Presence};
use crate::domain::{Event, Pattern};

/// The model; see [`AgentModel`].
pub(super) struct Agents;

impl AgentModel for Agents {
    fn wants(&self) -> Vec<Pattern> {
        ["actor.", "actor-"].map(|prefix| Pattern::Prefix(prefix.to_owned())).into()
    }

    fn read(&self, event: &Event) -> Option<AgentSaid> {
        let (_, what) = event.name.split_once(['.', '-'])?;
        let does = match what {
            "logged-in" | "unpaused" => Does::Begins(Presence::Idle),
            "paused" => Does::Begins(Presence::Break),
            "logged-out" => Does::Begins(Presence::Offline),
            "left" => Does::Leaves,
            _ => return None,
        };
        Some(AgentSaid { agent: agent(&Fields::read(event))?, does })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Keys, Timestamp};

    #[test]
    fn agents_come_and_go_and_rest() {
        let said = |name: &str, payload: &str| {
            let event = crate::sources::telling::event(name, payload, Keys::default(), None, Timestamp(1));
            Agents.read(&event)
        };
        let of = |kind: &str| {
            format!(r#"{{"type":"{kind}","actor":"ana@example.com","number":"200","queue":"900"}}"#)
        };
        for (kind, presence) in [
            ("actor.logged-in", Some(Some(Presence::Idle))),
            ("actor-logged-out", Some(Some(Presence::Offline))),
            ("actor.paused", Some(Some(Presence::Break))),
            ("actor.unpaused", Some(Some(Presence::Idle))),
            ("actor.left", Some(None)),
            ("actor.entered", None),
            ("actor.ringing", None),
        ] {
            let told = said(kind, &of(kind));
            assert_eq!(told.as_ref().map(|told| told.does.presence()), presence, "{kind}");
            let extension =
                told.as_ref().map(|told| (told.agent.id.as_str(), told.agent.extension.as_deref()));
            assert!(extension.is_none_or(|it| it == ("ana@example.com", Some("200"))), "{kind}");
        }
        assert_eq!(said("actor.paused", r#"{"type":"actor.paused","queue":"900"}"#), None, "nobody is named");
    }
}
