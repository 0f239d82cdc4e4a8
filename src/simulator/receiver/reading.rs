//! What a body says, in any of the formats that it may have.

use crate::domain::EventId;
use crate::domain::json::{JsonPath, decode, find, members, text};

/// What the receiver looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) event: Option<String>,
    pub(super) seq: Option<i64>,
    /// What order is kept by, as far as the payload shows it.
    pub(super) lane: Option<String>,
}

/// Where order's key stands in payloads of the known providers, with what sets it apart from keys of other kinds; the
/// first that says something counts.
const LANES: [(&str, &str); 9] = [
    ("", "call.telephony_id"),
    ("", "callHistory.telephony_id"),
    ("", "agent.agent_status.call"),
    ("chat:", "data.chat.id"),
    ("chat:", "chat.id"),
    ("chat:", "message.chat_id"),
    ("agent:", "agent.id"),
    ("", "call_id"),
    ("", "idCall"),
];

/// Reads bodies; the paths are parsed once.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    lanes: Vec<(&'static str, JsonPath)>,
    seq: JsonPath,
}

impl Reader {
    pub(super) fn new() -> Self {
        let path = |path: &str| path.parse::<JsonPath>().expect("constant paths are tested");
        Self {
            lanes: LANES.iter().map(|(prefix, lane)| (*prefix, path(lane))).collect(),
            seq: path("meta.seq"),
        }
    }

    /// `{event, payload, meta}`, `{event_type, data, …}`, CloudEvents, or the provider's own `{"<event>": payload}`.
    pub(super) fn read(&self, body: &[u8]) -> Reading {
        let (mut event, mut payload, mut first) = (None, None, None);
        let mut count = 0;
        for (key, value) in members(body) {
            match &*key {
                b"event" | b"event_type" | b"type" => event = text(value),
                b"payload" | b"data" => payload = Some(value),
                _ => {}
            }
            count += 1;
            first.get_or_insert((key, value));
        }
        if let (1, Some((key, value)), None) = (count, &first, &payload) {
            event = Some(decode(key).into_owned().into());
            payload = Some(value);
        }
        let lane = payload.and_then(|payload| {
            let found = |(prefix, path): &(&str, JsonPath)| {
                let lane = text(find(payload, path)?).filter(|text| !text.is_empty() && text != "null")?;
                Some(format!("{prefix}{lane}"))
            };
            self.lanes.iter().find_map(found)
        });
        let seq = find(body, &self.seq).and_then(|raw| text(raw)?.parse().ok());
        Reading { event: event.map(std::borrow::Cow::into_owned), seq, lane }
    }
}

/// The event's id from the `webhook-id` header; an id sent "as new" by a replay ends in `_r<job>` and is another one.
pub(super) fn event_id(header: Option<&str>) -> Option<EventId> {
    header?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read() {
        let payload = r#"{"call":{"telephony_id":"k7"},"agent":{"id":3}}"#;
        for body in [
            format!(r#"{{"event":"call-x","payload":{payload},"meta":{{"seq":12}}}}"#),
            format!(r#"{{"call-x":{payload}}}"#),
            format!(r#"{{"event_type":"call-x","company_id":"1","timestamp":"t","data":{payload}}}"#),
            format!(r#"{{"specversion":"1.0","type":"call-x","data":{payload}}}"#),
        ] {
            let reading = Reader::new().read(body.as_bytes());
            assert_eq!(
                (reading.event.as_deref(), reading.lane.as_deref()),
                (Some("call-x"), Some("k7")),
                "{body}"
            );
        }
    }

    #[test]
    fn lanes_are_told_apart_and_may_be_absent() {
        let lane = |payload: &str| {
            Reader::new().read(format!(r#"{{"event":"x","payload":{payload}}}"#).as_bytes()).lane
        };
        assert_eq!(lane(r#"{"agent":{"id":3,"agent_status":{"call":""}}}"#).as_deref(), Some("agent:3"));
        assert_eq!(lane(r#"{"message":{"chat_id":"3"}}"#).as_deref(), Some("chat:3"));
        assert_eq!(lane("null"), None);
        assert_eq!(Reader::new().read(b"not json"), Reading::default());
    }

    #[test]
    fn ids_are_read_from_the_header() {
        assert_eq!(event_id(Some("evt_7_1024")).map(|id| id.to_string()).as_deref(), Some("evt_7_1024"));
        assert_eq!(event_id(Some("evt_7_1024_r3")), None);
        assert_eq!(event_id(None), None);
    }
}
