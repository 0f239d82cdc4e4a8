//! How calls are answered, refused and ended: by its Calling API, whose token stands in `Authorization` as it is, without a scheme.
//!
//! The API takes the same thing twice and says so (204), so what may have arrived is told again: a busy call (429), a bad moment (5xx), no
//! answer. A call that it does not know (404) is over.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::fields::CALL_API_TOKEN;
use super::sdp;
use super::settings::{Halt, Settings};
use crate::domain::Event;
use crate::domain::action::{Action, Pace, Verdict};
use crate::domain::call::CallState;
use crate::secrets::Secret;
use crate::sources::Order;
use crate::sources::acting::{Access, Acting, Doable, Wish, WishFault};
use crate::texts::msg;

/// See [`Acting`].
pub(super) struct Calling;

pub(super) const ACCEPT: &str = "accept";
const HANGUP: &str = "hangup";
/// A call that is over may still be ended: the bot that waits is told so then.
const ACTIONS: &[Doable] = &[
    Doable { name: ACCEPT, exclusive: true, during: &[CallState::Ringing] },
    Doable { name: "reject", exclusive: false, during: &[CallState::New, CallState::Ringing] },
    Doable { name: HANGUP, exclusive: false, during: CallState::ALL },
];

/// Within the 30 seconds that a call rings at least.
const PACE: Pace = Pace {
    patience: Duration::from_secs(5),
    first_pause: Duration::from_millis(250),
    within: Duration::from_secs(25),
};

/// Characters of its words that are kept.
const MAX_SAID: usize = 200;
/// What is resolved by the provider itself, by the document.
const RESOLVED: &str = "idCallback";

impl Acting for Calling {
    fn actions(&self) -> &'static [Doable] {
        ACTIONS
    }

    fn order(
        &self,
        access: &Access<'_>,
        events: &[Arc<Event>],
        wish: &Wish,
    ) -> Result<Option<Order>, WishFault> {
        let settings = Settings::read(access.config);
        let mut body = Map::new();
        body.insert("event".to_owned(), json!(wish.action));
        let call = events.iter().find_map(|event| event.keys.call.as_deref());
        let conversation = events.iter().find_map(|event| event.keys.chat.as_deref());
        let Some((call, conversation)) = call.zip(conversation) else {
            return Err(WishFault { field: "call", message: msg("colmeia-no-conversation") });
        };
        body.insert("idCall".to_owned(), json!(call));
        body.insert("idConversation".to_owned(), json!(conversation));
        match (wish.action.as_str(), &wish.sdp) {
            (ACCEPT, None) => return Err(WishFault { field: "sdp", message: msg("body-missing") }),
            (ACCEPT, Some(sdp)) => {
                sdp::judge(sdp).map_err(|message| WishFault { field: "sdp", message })?;
                body.insert("rtcSession".to_owned(), json!({ "type": "answer", "sdp": sdp }));
            }
            (_, Some(_)) => return Err(WishFault { field: "sdp", message: msg("colmeia-sdp-unasked") }),
            (_, None) => {}
        }
        if let Some((field, value)) = halt(settings.halt, wish)? {
            body.insert(field.to_owned(), value);
        }
        let Some(token) = access.secrets.get(CALL_API_TOKEN).filter(|token| !token.expose().is_empty())
        else {
            return Ok(None);
        };
        let mut headers = vec![("authorization", token.clone())];
        headers.extend(settings.social_network.map(|id| ("idsocialnetwork", Secret::new(id))));
        Ok(Some(Order { url: settings.api, body: Value::Object(body).to_string(), user: None, headers }))
    }

    fn passes_over(&self, wish: &Wish) -> Vec<&'static str> {
        let is_there = wish.halt.as_ref().is_some_and(|params| params.contains_key(RESOLVED));
        if is_there { vec!["halt.idCallback"] } else { Vec::new() }
    }

    fn answered(&self, status: u16, body: &[u8]) -> (Verdict, Option<String>) {
        let verdict = match status {
            200..300 => return (Verdict::Taken, None),
            404 => Verdict::Gone,
            429 | 500..600 => Verdict::Again,
            _ => Verdict::Refused,
        };
        (verdict, said(body))
    }

    fn pace(&self) -> &'static Pace {
        &PACE
    }

    fn told(&self, name: &str, action: &Action) -> Value {
        let mut told = json!({ "event": name, "idCall": &*action.of.call, "by": action.by });
        if let (Some(came), Some(members)) = (&action.came, told.as_object_mut()) {
            let came = json!({ "at": came.at.to_string(), "status": came.status, "error": came.error, "tries": came.tries });
            members.extend(
                came.as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
        told
    }
}

/// What the bot that waits is told, if anything is.
fn halt(halt: Halt, wish: &Wish) -> Result<Option<(&'static str, Value)>, WishFault> {
    let params = wish.halt.clone().map(|mut params| {
        params.remove(RESOLVED);
        Value::Object(params)
    });
    match halt {
        Halt::Resume if wish.keep_halt => Err(WishFault {
            field: "keep_halt",
            message: msg("colmeia-halt-kept").with("field", Halt::Bot.field()),
        }),
        Halt::Resume => Ok(params.map(|params| (halt.field(), params))),
        Halt::Bot if params.is_none() && !wish.keep_halt => Ok(None),
        Halt::Bot => {
            let mut value = json!({ "removeHalt": !wish.keep_halt });
            if let Some(params) = params {
                value["params"] = params;
            }
            Ok(Some((halt.field(), value)))
        }
    }
}

/// `{"error": {"id": "…", "descriptions": [{"field", "message"}]}}`; an earlier version has it within `data`.
fn said(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let error = body.get("error").or_else(|| body.get("data")?.get("error"))?;
    let id = error.get("id").and_then(Value::as_str).or_else(|| error.as_str())?;
    let descriptions =
        error.get("descriptions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let described = descriptions.iter().filter_map(|one| {
        Some(format!("{}: {}", one.get("field")?.as_str()?, one.get("message")?.as_str()?))
    });
    let words: Vec<String> = std::iter::once(id.to_owned()).chain(described).collect();
    let words: String = words.join("; ").chars().filter(|c| !c.is_control()).take(MAX_SAID).collect();
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{Keys, Timestamp};
    use crate::sources::telling::event;

    fn order(config: &Value, wish: &Wish) -> Result<Option<Order>, WishFault> {
        let keys = Keys { call: Some("c1".into()), chat: Some("d1".into()), ..Keys::default() };
        let events = [Arc::new(event("connect", "{}", keys, None, Timestamp(1)))];
        let secrets = BTreeMap::from([(CALL_API_TOKEN.to_owned(), Secret::new("seu_token"))]);
        let config = config.to_string();
        Calling.order(&Access { config: &config, secrets: &secrets }, &events, wish)
    }

    fn body(config: &Value, wish: &Wish) -> Value {
        let order = order(config, wish).expect("it can be sent").expect("there is a token");
        serde_json::from_str(&order.body).expect("JSON")
    }

    fn hangup() -> Wish {
        Wish { action: HANGUP.to_owned(), ..Wish::default() }
    }

    #[test]
    fn it_is_told_as_the_guide_prints_with_the_token_as_it_is() {
        let told = order(&json!({ "id_social_network": "rede-1" }), &hangup())
            .expect("it is right")
            .expect("a token");
        let body: Value = serde_json::from_str(&told.body).expect("JSON");
        assert_eq!(body, json!({ "event": "hangup", "idCall": "c1", "idConversation": "d1" }));
        assert_eq!(told.url.as_str(), "https://dev-api.colmeia.cx/v1/rest/calling/event");
        let headers =
            [("authorization", Secret::new("seu_token")), ("idsocialnetwork", Secret::new("rede-1"))];
        assert_eq!((told.headers, told.user), (headers.to_vec(), None));
        let nobody = Access { config: "{}", secrets: &BTreeMap::new() };
        let refused = Calling.order(&nobody, &[], &hangup()).expect_err("no conversation is known");
        assert_eq!(refused.field, "call");
    }

    #[test]
    fn the_bot_is_told_in_the_field_of_the_settings() {
        let params = json!({ "x": 1, "idCallback": "theirs" }).as_object().cloned();
        let told = Wish { halt: params, ..hangup() };
        let kept = Wish { keep_halt: true, ..hangup() };
        assert_eq!(body(&json!({}), &told)["haltResume"], json!({ "x": 1 }), "its id is resolved there");
        let later = json!({ "halt_field": "botHalt" });
        assert_eq!(body(&later, &told)["botHalt"], json!({ "removeHalt": true, "params": { "x": 1 } }));
        assert_eq!(body(&later, &kept)["botHalt"], json!({ "removeHalt": false }));
        assert_eq!(body(&later, &hangup()).get("botHalt"), None);
        assert_eq!(order(&json!({}), &kept).expect_err("it cannot be said").field, "keep_halt");
    }

    #[test]
    fn an_answer_is_read_in_either_of_its_versions() {
        use Verdict::{Again, Gone, Refused, Taken};

        let said = |body: &str| Calling.answered(400, body.as_bytes()).1;
        let listed = r#"{"type":"error","status":400,"error":{"id":"invalidRequest","descriptions":[{"field":"idCall","message":"is required"}]}}"#;
        assert_eq!(said(listed).as_deref(), Some("invalidRequest; idCall: is required"));
        assert_eq!(said(r#"{"data":{"error":{"id":"call-too-busy"}}}"#).as_deref(), Some("call-too-busy"));
        for silent in ["", "<html>", "{}", r#"{"error":{}}"#] {
            assert_eq!(said(silent), None, "{silent}");
        }
        let verdicts = [200, 204, 404, 429, 500, 503, 401, 302].map(|status| Calling.answered(status, b"").0);
        assert_eq!(verdicts, [Taken, Taken, Gone, Again, Again, Again, Refused, Refused]);
    }
}
