//! Teravoz's two ways in, each answered as the document that prints it says.

use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::uuid::uuid;
use crate::domain::Lang;
use crate::sources::{Answer, Answers, Declined, Refusal, Taken, Way};
use crate::texts::{msg, say};

/// Where a backend that keeps the calls itself is posted envelopes.
pub const OF_ENVELOPES: &str = "api/client/webhook";

pub const WAYS: &[Way] =
    &[Way { path: "webhook", answers: &OfEvents }, Way { path: OF_ENVELOPES, answers: &OfEnvelopes }];

/// `/webhook`: tells the event as it is stored.
struct OfEvents;

#[derive(Serialize)]
struct Stored<'a> {
    success: bool,
    code: u16,
    data: Data<'a>,
    message: &'static str,
}

#[derive(Serialize)]
struct Data<'a> {
    id: i64,
    aggregate_id: Option<&'a str>,
    uuid: String,
    event: &'a RawValue,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    duplicate: bool,
}

impl Answers for OfEvents {
    fn accepted(&self, taken: &Taken) -> Answer {
        let sent = std::str::from_utf8(&taken.body).ok();
        // What was stored is JSON; what this reader does not take all the same is told of by its number alone.
        let event = sent.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(RawValue::NULL);
        let data = Data {
            id: taken.seq.0,
            aggregate_id: taken.call.as_deref(),
            uuid: uuid(taken.received_at, taken.company, taken.seq),
            event,
            duplicate: taken.duplicate,
        };
        let stored = Stored { success: true, code: 200, data, message: "" };
        Answer { status: StatusCode::OK, body: serde_json::to_string(&stored).ok() }
    }

    fn declined(&self, why: &Declined, lang: Lang) -> String {
        let (code, errors) = (why.status().as_u16(), [why.text(lang)]);
        json!({ "success": false, "code": code, "errors": errors, "message": "" }).to_string()
    }
}

/// `/api/client/webhook`: says nothing of what it took, and which field is wrong of what it did not.
struct OfEnvelopes;

impl Answers for OfEnvelopes {
    fn accepted(&self, _: &Taken) -> Answer {
        Answer { status: StatusCode::NO_CONTENT, body: None }
    }

    fn declined(&self, why: &Declined, lang: Lang) -> String {
        let (message, error) = match why {
            Declined::Refused(refusal) => (say(lang, "teravoz-webhook-invalid"), of_field(refusal, lang)),
            _ => (say(lang, "teravoz-webhook-failed"), why.text(lang)),
        };
        json!({ "message": message.text(), "errors": [error] }).to_string()
    }
}

fn of_field(refusal: &Refusal, lang: Lang) -> String {
    if [msg("body-missing"), msg("body-empty")].contains(&refusal.message) {
        return say(lang, "teravoz-field-missing").with("field", refusal.field).text();
    }
    Declined::Refused(refusal.clone()).text(lang)
}
