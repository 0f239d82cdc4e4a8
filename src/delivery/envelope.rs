//! What is sent: the body of a request.
//!
//! What must always hold: everything in a body comes from the event, its session or the revision, so every attempt has
//! the same bytes; the payload stands in it exactly as the provider wrote it, save that a webhook may choose to have
//! the values of listed keys replaced.

use std::io::Write;

use bytes::Bytes;

use super::courier::Replayed;
use crate::domain::json;
use crate::domain::{Event, Format, Provider, Revision, WebhookId};

/// What the envelope adds to a payload, a name and attachments, at most, when nothing unusual is in it.
const USUAL_ENVELOPE: usize = 512;

/// The bytes of a body before it is made: room is waited for, and memory asked for, at once. What escapes in a name or
/// redacted values add is not in it.
pub fn weight(event: &Event, format: Format) -> usize {
    let attachments = event.extra.as_ref().filter(|_| format == Format::Ramal).map_or(0, |extra| {
        // Quotation marks and a comma.
        extra.attachments.iter().map(|attachment| attachment.len() + 3).sum()
    });
    event.payload.len() + event.name_as_it_came().len() + attachments + USUAL_ENVELOPE
}

/// `Content-Type` of a format.
pub fn content_type(format: Format) -> &'static str {
    match format {
        Format::CloudEvents => "application/cloudevents+json; charset=utf-8",
        Format::Ramal | Format::Native | Format::Socket2Webhook => "application/json",
    }
}

/// Why a request is made, as far as its receiver can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The event's own, or once more by hand.
    Delivery,
    Replay(Replayed),
    /// A person tries the webhook; the number is another for each test.
    Test(u64),
}

impl From<Option<Replayed>> for Occasion {
    fn from(replayed: Option<Replayed>) -> Self {
        replayed.map_or(Self::Delivery, Self::Replay)
    }
}

/// `webhook-id` and the id in the format `cloudevents`: the event's own, unless a replay is to be taken for something new, or a
/// test is not to be dropped as a repeat.
pub fn event_id(event: &Event, occasion: Occasion) -> String {
    match occasion {
        Occasion::Replay(Replayed { job, as_new: true }) => format!("{}_r{job}", event.id()),
        Occasion::Test(number) => format!("{}_t{number:016x}", event.id()),
        Occasion::Delivery | Occasion::Replay(_) => event.id().to_string(),
    }
}

/// What `meta.source` says of a provider's events. Providers are the sources' to know, so it is handed in.
pub type MetaSource = fn(Provider) -> &'static str;

/// The body for one event, in the shape its revision asks for.
pub fn body(
    event: &Event,
    webhook: WebhookId,
    revision: &Revision,
    occasion: Occasion,
    meta_source: MetaSource,
) -> Bytes {
    let source = meta_source(event.provider);
    let payload = json::redact(&event.payload, &revision.redact);
    let mut body = Vec::with_capacity(weight(event, revision.format));
    match revision.format {
        Format::Ramal => ramal(&mut body, event, &payload, source, webhook, occasion),
        Format::Native => {
            body.push(b'{');
            push_text(&mut body, event.name_as_it_came());
            body.push(b':');
            body.extend_from_slice(&payload);
        }
        Format::Socket2Webhook => {
            body.extend_from_slice(b"{\"event_type\":");
            push_text(&mut body, event.name_as_it_came());
            push(&mut body, format_args!(",\"company_id\":\"{}\"", event.company));
            push(&mut body, format_args!(",\"timestamp\":\"{}\",\"data\":", event.received_at));
            body.extend_from_slice(&payload);
        }
        Format::CloudEvents => cloud_event(&mut body, event, &payload, source, occasion),
    }
    body.push(b'}');
    Bytes::from(body)
}

fn ramal(
    body: &mut Vec<u8>,
    event: &Event,
    payload: &[u8],
    source: &str,
    webhook: WebhookId,
    occasion: Occasion,
) {
    body.extend_from_slice(b"{\"event\":");
    push_text(body, event.name_as_it_came());
    body.extend_from_slice(b",\"payload\":");
    body.extend_from_slice(payload);
    body.extend_from_slice(b",\"meta\":{\"socketId\":");
    match &event.session {
        Some(session) => {
            push_text(body, &session.socket_id);
            body.extend_from_slice(b",\"token_mask\":");
            push_text(body, &session.token_mask);
        }
        None => body.extend_from_slice(b"null,\"token_mask\":null"),
    }
    push(body, format_args!(",\"received_at\":\"{}\"", event.received_at));
    push(body, format_args!(",\"source\":\"{source}\""));
    push(body, format_args!(",\"webhook_id\":\"{webhook}\",\"company_id\":\"{}\"", event.company));
    push(body, format_args!(",\"event_id\":\"{}\",\"seq\":{}", event.id(), event.seq));
    if let Some(extra) = &event.extra {
        if let Some(args) = extra.args {
            push(body, format_args!(",\"args\":{args}"));
        }
        if !extra.attachments.is_empty() {
            body.extend_from_slice(b",\"attachments\":[");
            for (n, attachment) in extra.attachments.iter().enumerate() {
                if n > 0 {
                    body.push(b',');
                }
                push_text(body, attachment);
            }
            body.push(b']');
        }
    }
    if matches!(occasion, Occasion::Replay(_)) {
        body.extend_from_slice(b",\"replayed\":true");
    }
    body.push(b'}');
}

fn cloud_event(body: &mut Vec<u8>, event: &Event, payload: &[u8], source: &str, occasion: Occasion) {
    push(body, format_args!("{{\"specversion\":\"1.0\",\"id\":\"{}\"", event_id(event, occasion)));
    push(body, format_args!(",\"source\":\"/{source}/{}\",\"type\":", event.company));
    push_text(body, event.name_as_it_came());
    push(body, format_args!(",\"time\":\"{}\"", event.received_at));
    body.extend_from_slice(b",\"datacontenttype\":\"application/json\",\"data\":");
    body.extend_from_slice(payload);
}

fn push(body: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    body.write_fmt(text).expect("writing to memory does not fail");
}

/// A JSON string. Most texts need no escapes and are copied as they are.
fn push_text(body: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        body.push(b'"');
        body.extend_from_slice(text.as_bytes());
        body.push(b'"');
    } else {
        serde_json::to_writer(body, text).expect("a text is always JSON");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::subscription::tests::{event, revision};
    use super::*;
    use crate::domain::bounds::Name;
    use crate::domain::webhook::Redacted;
    use crate::domain::{Extra, SessionId, SessionInfo};

    fn text(event: &Event, format: Format, replayed: Option<Replayed>) -> String {
        let mut revision = revision(1, 1, &["*"]);
        revision.format = format;
        String::from_utf8(body(event, WebhookId(456), &revision, replayed.into(), meta_source).to_vec())
            .expect("UTF-8")
    }

    fn meta_source(_: Provider) -> &'static str {
        "webhook-proxy-3c-plus"
    }

    fn idle() -> Event {
        let mut event = event(9, "agent-is-idle", None, r#"{"b":1.0,"a":12345678901234567890,"b":2}"#);
        event.session = Some(Arc::new(SessionInfo {
            id: SessionId(1),
            socket_id: "socket_123".into(),
            token_mask: "rRrX…3x4c".into(),
        }));
        event
    }

    #[test]
    fn the_documented_envelope_is_exact() {
        assert_eq!(
            text(&idle(), Format::Ramal, None),
            r#"{"event":"agent-is-idle","payload":{"b":1.0,"a":12345678901234567890,"b":2},"meta":{"socketId":"socket_123","token_mask":"rRrX…3x4c","received_at":"2024-01-01T00:00:00.000Z","source":"webhook-proxy-3c-plus","webhook_id":"webhook_456","company_id":"company_7","event_id":"evt_7_9","seq":9}}"#
        );
    }

    #[test]
    fn unusual_parts_are_added_behind() {
        let mut event = idle();
        event.session = None;
        event.extra =
            Some(Arc::new(Extra { args: Some(2), attachments: vec!["AAE=".into()], ..Extra::default() }));
        let body = text(&event, Format::Ramal, Some(Replayed { job: 3, as_new: true }));
        assert!(body.contains(r#""meta":{"socketId":null,"token_mask":null,"#), "{body}");
        assert!(body.ends_with(r#""seq":9,"args":2,"attachments":["AAE="],"replayed":true}}"#), "{body}");
    }

    #[test]
    fn a_body_weighs_what_is_sent() {
        let mut event = event(i64::MAX, &"n".repeat(900), None, &format!("\"{}\"", "p".repeat(70_000)));
        event.session = idle().session;
        let attachments = vec!["QUJD".repeat(20_000), "AAE=".repeat(30_000)];
        event.extra = Some(Arc::new(Extra { args: Some(3), attachments, ..Extra::default() }));
        for format in [Format::Ramal, Format::Native, Format::Socket2Webhook, Format::CloudEvents] {
            let sent = text(&event, format, Some(Replayed { job: i64::MAX, as_new: true })).len();
            let weighed = weight(&event, format);
            assert!((sent..=sent + USUAL_ENVELOPE).contains(&weighed), "{sent} bytes weigh {weighed}");
        }
    }

    #[test]
    fn the_other_formats() {
        let event = idle();
        let payload = r#"{"b":1.0,"a":12345678901234567890,"b":2}"#;
        assert_eq!(text(&event, Format::Native, None), format!(r#"{{"agent-is-idle":{payload}}}"#));
        assert_eq!(
            text(&event, Format::Socket2Webhook, None),
            format!(
                r#"{{"event_type":"agent-is-idle","company_id":"company_7","timestamp":"2024-01-01T00:00:00.000Z","data":{payload}}}"#
            )
        );
        assert_eq!(
            text(&event, Format::CloudEvents, Some(Replayed { job: 3, as_new: true })),
            format!(
                r#"{{"specversion":"1.0","id":"evt_7_9_r3","source":"/webhook-proxy-3c-plus/company_7","type":"agent-is-idle","time":"2024-01-01T00:00:00.000Z","datacontenttype":"application/json","data":{payload}}}"#
            )
        );
    }

    #[test]
    fn a_test_has_the_bytes_of_the_delivery_and_an_id_of_its_own() {
        let event = idle();
        let as_test = |format: Format, number: u64| {
            let mut revision = revision(1, 1, &["*"]);
            revision.format = format;
            let test = Occasion::Test(number);
            let body = body(&event, WebhookId(456), &revision, test, meta_source);
            (event_id(&event, test), String::from_utf8(body.to_vec()).expect("UTF-8"))
        };
        for format in [Format::Ramal, Format::Native, Format::Socket2Webhook] {
            assert_eq!(as_test(format, 1).1, text(&event, format, None));
        }
        let (id, body) = as_test(Format::CloudEvents, 0xab);
        assert_eq!(id, "evt_7_9_t00000000000000ab");
        // There the id is what receivers know repeats by.
        assert_eq!(body.replace(&id, "evt_7_9"), text(&event, Format::CloudEvents, None));
        assert_ne!(as_test(Format::Ramal, 1).0, as_test(Format::Ramal, 2).0);
    }

    #[test]
    fn an_odd_name_cannot_break_the_body() {
        let event = event(1, "a\"b\\c\nd", None, "null");
        for format in [Format::Ramal, Format::Native, Format::Socket2Webhook, Format::CloudEvents] {
            let body = text(&event, format, None);
            assert!(json::validate(body.as_bytes()).is_ok(), "{body}");
        }
    }

    #[test]
    fn redaction_replaces_values_and_nothing_else() {
        let event = event(1, "x", None, r#"{"api_token":"s3cret", "n":1.0}"#);
        let mut revision = revision(1, 1, &["*"]);
        revision.format = Format::Native;
        revision.redact = Redacted::of([Name::new("api_token").expect("a name")]);
        let body = body(&event, WebhookId(1), &revision, Occasion::Delivery, meta_source);
        assert_eq!(&body[..], br#"{"x":{"api_token":"***", "n":1.0}}"#);
    }
}
