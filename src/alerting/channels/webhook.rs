//! A server of the customer's own: one event for each incident, signed as deliveries are (Standard Webhooks).
//!
//! What is sent is documented in `docs/alerts.md`. Nothing is cut and nothing made inert: this is for programs. An event that is sent again
//! has the id that it had, also where it goes with others then.

use serde_json::{Value, json};

use crate::alerting::message::{Line, Message, What};
use crate::domain::Timestamp;

/// One event: its `webhook-id` and its body.
#[derive(Debug)]
pub struct Event {
    pub id: String,
    pub body: Value,
}

/// What a message is to programs. A message about nothing is nothing, but for a test.
pub fn events(message: &Message) -> Vec<Event> {
    if message.what == What::Test {
        let data = json!({ "what": message.what.as_str(), "incident": null });
        return vec![event(message, message.id.clone(), "ramal.incident.test", &data)];
    }
    let kind = match message.what {
        What::Opened => "ramal.incident.opened",
        What::Resolved => "ramal.incident.resolved",
        What::StillOpen | What::Escalated | What::Summary | What::Test => "ramal.incident.changed",
    };
    let one = |line: &&Line| {
        let data = json!({ "what": message.what.as_str(), "incident": incident(line) });
        event(message, line.id.clone(), kind, &data)
    };
    message.worst_first().iter().map(one).collect()
}

fn event(message: &Message, id: String, kind: &str, data: &Value) -> Event {
    Event { id, body: json!({ "type": kind, "timestamp": message.at.to_string(), "data": data }) }
}

fn incident(line: &Line) -> Value {
    json!({
        "id": line.incident_id,
        "kind": line.kind,
        "cost": line.cost.as_str(),
        "title": line.over.as_ref().unwrap_or(&line.title),
        "sentence": line.sentence,
        "company_id": line.company_id.map(|id| id.to_string()),
        "company": line.company,
        "since": line.since.to_string(),
        "opened_at": line.opened_at.to_string(),
        "closed_at": line.closed_at.as_ref().map(Timestamp::to_string),
        "url": line.link,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerting::message::tests::message;

    #[test]
    fn every_incident_is_an_event_of_its_own_and_the_same_when_it_is_sent_again() {
        let two = message(What::Opened, 2);
        let events = super::events(&two);
        let ids: Vec<_> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["alert_12_2", "alert_12_1"]);
        assert_eq!(super::events(&two)[0].body, events[0].body);
        assert_eq!(
            events[1].body.to_string(),
            r#"{"data":{"incident":{"closed_at":null,"company":"Grupo Pitanga","company_id":"company_7","cost":"waiting","id":1,"kind":"webhook_failing","opened_at":"2026-11-27T16:32:08.000Z","sentence":"2.113 eventos na fila. Nada se perde.","since":"2026-11-27T16:32:00.000Z","title":"erp.pitanga.example responde HTTP 500","url":"https://ramal.jatoba.example/incidents/1"},"what":"opened"},"timestamp":"2026-11-27T16:34:00.000Z","type":"ramal.incident.opened"}"#
        );
    }

    #[test]
    fn what_is_over_says_so() {
        let mut one = message(What::Resolved, 1);
        one.lines[0].over = Some("Resolvido: erp.pitanga.example responde HTTP 500".into());
        let told = &super::events(&one)[0].body["data"]["incident"];
        assert_eq!(told["title"], "Resolvido: erp.pitanga.example responde HTTP 500");
    }

    #[test]
    fn the_type_says_what_has_happened() {
        let kind = |what| super::events(&message(what, 1))[0].body["type"].as_str().unwrap_or("").to_owned();
        assert_eq!(kind(What::Resolved), "ramal.incident.resolved");
        for what in [What::StillOpen, What::Escalated, What::Summary] {
            assert_eq!(kind(what), "ramal.incident.changed");
        }
        assert_eq!(kind(What::Test), "ramal.incident.test");
        assert!(super::events(&message(What::Summary, 0)).is_empty());
    }
}
