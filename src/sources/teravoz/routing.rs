//! Where its calls go: a call in `call.standby` waits ten seconds for a `delegate`, and then goes where the exchange has it go.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::calls::Fields;
use super::catalogue::dotted;
use super::fields::ACTIONS_PASSWORD;
use super::settings::Settings;
use crate::domain::decision::Pace;
use crate::domain::{Event, Pattern, contact};
use crate::secrets::Secret;
use crate::sources::{Answered, Asked, Order, Plan, Routing};

/// See [`Routing`].
pub(super) struct Delegating;

const ASKS: &str = "call.standby";

/// Within the ten seconds of the documents, with one of them for the way.
const PACE: Pace = Pace {
    attempts: &[Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)],
    patience: Duration::from_millis(2_500),
    within: Duration::from_secs(9),
};

/// Characters of its words that are kept.
const MAX_SAID: usize = 200;

impl Routing for Delegating {
    fn action(&self) -> &'static str {
        "delegate"
    }

    fn asks(&self) -> Vec<Pattern> {
        [ASKS.to_owned(), ASKS.replace('.', "-")].map(Pattern::Exact).into()
    }

    fn read(&self, event: &Event) -> Option<Asked> {
        if dotted(event.name_as_it_came()) != ASKS {
            return None;
        }
        let call = event.keys.call.clone()?;
        let caller = Fields::read(event).their_number;
        Some(Asked { call, phone: caller.and_then(|said| contact::phone(&said).ok()) })
    }

    fn plan(&self, config: &str) -> Plan {
        let Settings { actions, queue_known, queue_new, route, .. } = Settings::read(config);
        Plan { wanted: route && actions.is_some(), known: queue_known, new: queue_new }
    }

    fn pace(&self) -> &'static Pace {
        &PACE
    }

    fn order(
        &self,
        config: &str,
        secrets: &BTreeMap<String, Secret>,
        call: &str,
        destination: &str,
    ) -> Option<Order> {
        let actions = Settings::read(config).actions?;
        let body =
            json!({ "type": actions.delegate_type.as_str(), "call_id": call, "destination": destination });
        let password = || secrets.get(ACTIONS_PASSWORD).cloned().unwrap_or_else(|| Secret::new(""));
        let user = actions.user.map(|user| (user, password()));
        Some(Order { url: actions.url, body: body.to_string(), user, headers: Vec::new() })
    }

    fn answered(&self, status: u16, body: &[u8]) -> Answered {
        let taken = (200..300).contains(&status);
        Answered { taken, said: if taken { None } else { said(body) } }
    }
}

/// `{"error": "…"}` of the service itself; an exchange says what it has to say as a text, or lists `{"param", "msg"}`.
fn said(body: &[u8]) -> Option<String> {
    let words = match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(members)) => members.get("error")?.as_str()?.to_owned(),
        Ok(Value::Array(listed)) => {
            let words: Vec<_> = listed.iter().filter_map(|one| one.get("msg")?.as_str()).collect();
            words.join("; ")
        }
        Ok(_) => return None,
        Err(_) => std::str::from_utf8(body).ok().filter(|text| !text.contains('<'))?.to_owned(),
    };
    let words: String = words.trim().chars().filter(|c| !c.is_control()).take(MAX_SAID).collect();
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_as_its_settings_say() {
        let order = |config: Value, secrets: &BTreeMap<String, Secret>| {
            Delegating.order(&config.to_string(), secrets, "1.2", "901")
        };
        assert_eq!(order(json!({}), &BTreeMap::new()), None, "nobody is told");
        let url = "http://localhost:3001/api/client/actions";
        let told = order(json!({ "actions_url": url }), &BTreeMap::new()).expect("an address");
        let body: Value = serde_json::from_str(&told.body).expect("JSON");
        assert_eq!(body, json!({ "type": "call.waiting", "call_id": "1.2", "destination": "901" }));
        assert_eq!((told.url.as_str(), told.user), (url, None));
        let secrets = BTreeMap::from([(ACTIONS_PASSWORD.to_owned(), Secret::new("senha"))]);
        let real = json!({ "actions_url": "https://api.teravoz.com.br/actions", "actions_user": "ana" });
        let told = order(real, &secrets).expect("an address");
        assert!(told.body.contains(r#""type":"delegate""#), "{}", told.body);
        assert_eq!(told.user, Some(("ana".to_owned(), Secret::new("senha"))));
    }

    #[test]
    fn calls_are_routed_unless_somebody_says_otherwise_or_nobody_can_be_told() {
        let plan = |config: Value| Delegating.plan(&config.to_string());
        let usual = Plan { wanted: true, known: "900".to_owned(), new: "901".to_owned() };
        assert_eq!(plan(json!({ "actions_url": "http://localhost:3001/actions" })), usual);
        assert!(!plan(json!({ "actions_url": "http://localhost:3001/actions", "route": false })).wanted);
        let swapped = plan(json!({ "queue_known": "901", "queue_new": "900" }));
        assert_eq!(swapped, Plan { wanted: false, known: "901".to_owned(), new: "900".to_owned() });
    }

    #[test]
    fn an_answer_is_read_as_whoever_gives_it_writes_it() {
        let said = |body: &str| Delegating.answered(400, body.as_bytes()).said;
        assert_eq!(
            said(r#"{"error":"destination is required"}"#).as_deref(),
            Some("destination is required")
        );
        let listed = r#"[{"param":"type","msg":"type é obrigatório!"},{"param":"x","msg":"y"}]"#;
        assert_eq!(said(listed).as_deref(), Some("type é obrigatório!; y"));
        assert_eq!(said("call not found\n").as_deref(), Some("call not found"));
        for silent in ["", "<html>", "12", "{}", "\u{7}"] {
            assert_eq!(said(silent), None, "{silent}");
        }
        assert_eq!(Delegating.answered(201, b"x"), Answered { taken: true, said: None });
        assert!(!Delegating.answered(302, b"").taken);
    }
}
