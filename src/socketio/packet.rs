//! Engine.IO 4 and Socket.IO 5 packets: text in, positions out. Pure; no input makes it panic.

use std::ops::Range;

use super::json;

/// More attachments than this in one event is not an event but an attempt to fill memory with their headers.
const MAX_ATTACHMENTS: u32 = 4_096;

/// What is wrong with a packet, and where in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("an empty packet")]
    Empty,
    #[error("an Engine.IO packet of unknown type")]
    EngineType,
    #[error("a Socket.IO packet of unknown type")]
    SocketType,
    #[error("an unreadable number of attachments")]
    Attachments,
    #[error("an unreadable event id")]
    Id,
    #[error("invalid JSON at byte {at}")]
    Json { at: usize },
    #[error("an event that is not an array with a name first")]
    EventShape,
    #[error("text where an attachment was due")]
    TextForAttachment,
    #[error("a binary message that no packet announced")]
    UnannouncedBinary,
}

/// An Engine.IO packet, as one WebSocket text message carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine<'a> {
    /// The handshake's JSON.
    Open(&'a str),
    Close,
    /// With whatever text came along; it goes back in the pong.
    Ping(&'a str),
    Pong,
    /// A Socket.IO packet.
    Message(&'a str),
    /// An upgrade or a no-op; both mean nothing on a connection that began as WebSocket.
    Idle,
}

impl<'a> Engine<'a> {
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        // The type is one ASCII digit, so the rest begins on a character boundary.
        match text.as_bytes().first() {
            None => Err(Malformed::Empty),
            Some(b'0') => Ok(Engine::Open(&text[1..])),
            Some(b'1') => Ok(Engine::Close),
            Some(b'2') => Ok(Engine::Ping(&text[1..])),
            Some(b'3') => Ok(Engine::Pong),
            Some(b'4') => Ok(Engine::Message(&text[1..])),
            Some(b'5' | b'6') => Ok(Engine::Idle),
            Some(_) => Err(Malformed::EngineType),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
}

/// The part of a Socket.IO packet before its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub kind: Kind,
    /// Binary messages that follow and belong to this packet.
    pub attachments: u32,
    /// The namespace's name with its slash; empty for the main one.
    pub namespace: Range<usize>,
    /// The id of an event whose sender asks for an acknowledgement.
    pub id: Option<u64>,
    /// Where the JSON begins; the end of the text when there is none.
    pub body: usize,
}

impl Header {
    /// Reads `<type>[<attachments>-][<namespace>,][<id>][JSON]`.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bytes = text.as_bytes();
        let (kind, binary) = match bytes.first() {
            None => return Err(Malformed::Empty),
            Some(b'0') => (Kind::Connect, false),
            Some(b'1') => (Kind::Disconnect, false),
            Some(b'2') => (Kind::Event, false),
            Some(b'3') => (Kind::Ack, false),
            Some(b'4') => (Kind::ConnectError, false),
            Some(b'5') => (Kind::Event, true),
            Some(b'6') => (Kind::Ack, true),
            Some(_) => return Err(Malformed::SocketType),
        };
        let mut at = 1;
        let mut attachments = 0;
        if binary {
            let end = digits_end(bytes, at);
            attachments = text[at..end].parse().map_err(|_| Malformed::Attachments)?;
            if attachments > MAX_ATTACHMENTS || bytes.get(end) != Some(&b'-') {
                return Err(Malformed::Attachments);
            }
            at = end + 1;
        }
        let mut namespace = at..at;
        if bytes.get(at) == Some(&b'/') {
            let end =
                bytes[at..].iter().position(|byte| *byte == b',').map_or(bytes.len(), |found| at + found);
            namespace = if end == at + 1 { at..at } else { at..end };
            at = (end + 1).min(bytes.len());
        }
        let end = digits_end(bytes, at);
        let id = if end > at { Some(text[at..end].parse().map_err(|_| Malformed::Id)?) } else { None };
        Ok(Header { kind, attachments, namespace, id, body: end })
    }
}

fn digits_end(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// Where the parts of an event's array `["name",arg,arg,…]` stand in the text that was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spans {
    /// The first element: a string with its quotes, or a number.
    pub name: Range<usize>,
    pub args: usize,
    /// From the first byte of the first argument to the last byte of the last; empty without arguments.
    pub all: Range<usize>,
    /// The last argument.
    pub last: Range<usize>,
    /// The end of the argument before the last; the start of `all` when there is none.
    pub before_last: usize,
}

/// Scans the array of an event, from `at` to the end of the text.
pub fn event_spans(text: &[u8], at: usize) -> Result<Spans, Malformed> {
    let open = json::skip_space(text, at);
    if text.get(open) != Some(&b'[') {
        return Err(Malformed::EventShape);
    }
    let start = json::skip_space(text, open + 1);
    if !matches!(text.get(start), Some(b'"' | b'-' | b'0'..=b'9')) {
        return Err(Malformed::EventShape);
    }
    let name = start..json::value_end(text, start)?;
    let mut spans =
        Spans { all: name.end..name.end, last: name.end..name.end, before_last: name.end, args: 0, name };
    let mut at = json::skip_space(text, spans.name.end);
    while text.get(at) == Some(&b',') {
        let start = json::skip_space(text, at + 1);
        let end = json::value_end(text, start)?;
        if spans.args == 0 {
            spans.all.start = start;
            spans.before_last = start;
        } else {
            spans.before_last = spans.last.end;
        }
        spans.last = start..end;
        spans.all.end = end;
        spans.args += 1;
        at = json::skip_space(text, end);
    }
    if text.get(at) != Some(&b']') {
        return Err(Malformed::Json { at });
    }
    let rest = json::skip_space(text, at + 1);
    if rest == text.len() { Ok(spans) } else { Err(Malformed::Json { at: rest }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(text: &str) -> Header {
        Header::parse(text).unwrap()
    }

    #[test]
    fn headers_are_read_part_by_part() {
        let plain = header(r#"2["x"]"#);
        assert_eq!((plain.kind, plain.attachments, plain.id, plain.body), (Kind::Event, 0, None, 1));
        let acked = header(r#"212["x"]"#);
        assert_eq!((acked.id, acked.body), (Some(12), 3));
        let text = r#"51-/admin,7["x",{"_placeholder":true,"num":0}]"#;
        let full = header(text);
        assert_eq!((full.kind, full.attachments, full.id), (Kind::Event, 1, Some(7)));
        assert_eq!((&text[full.namespace.clone()], &text[full.body..full.body + 4]), ("/admin", r#"["x""#));
        assert_eq!(header("0").body, 1);
        assert_eq!(header("1/admin,").namespace, 1..7);
        assert_eq!(header("0/").namespace, 1..1);
    }

    #[test]
    fn wrong_headers_say_what_is_wrong() {
        assert_eq!(Header::parse(""), Err(Malformed::Empty));
        assert_eq!(Header::parse("9"), Err(Malformed::SocketType));
        assert_eq!(Header::parse(r#"5["x"]"#), Err(Malformed::Attachments));
        assert_eq!(Header::parse(r#"599999999999-["x"]"#), Err(Malformed::Attachments));
        assert_eq!(Header::parse(r#"299999999999999999999["x"]"#), Err(Malformed::Id));
        assert_eq!(Engine::parse(""), Err(Malformed::Empty));
        assert_eq!(Engine::parse("é"), Err(Malformed::EngineType));
    }

    #[test]
    fn spans_of_arguments() {
        let spans = |text: &str| event_spans(text.as_bytes(), 0).unwrap();
        let none = spans(r#"["x"]"#);
        assert_eq!((none.args, none.all.is_empty()), (0, true));
        let text = r#"[ "x" , {"a":1} , "b" ]"#;
        let two = spans(text);
        assert_eq!(
            (two.args, &text[two.all.clone()], &text[two.last.clone()]),
            (2, r#"{"a":1} , "b""#, r#""b""#)
        );
        assert_eq!(&text[two.all.start..two.before_last], r#"{"a":1}"#);
        assert_eq!(&text[two.name.clone()], r#""x""#);
    }

    #[test]
    fn what_is_not_an_event_is_refused() {
        for text in
            ["", "{}", "[]", "[null]", "[{}]", "[\"x\"", "[\"x\",]", "[\"x\"]]", "[\"x\" 1]", "[\"x\",{a:1}]"]
        {
            assert!(event_spans(text.as_bytes(), 0).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), kind in "[0-9]{0,3}[-/,]?") {
            let text = format!("{kind}{text}");
            let _ = Engine::parse(&text);
            let _ = Header::parse(&text).map(|header| event_spans(text.as_bytes(), header.body));
        }

        /// Arguments of any number come back as they were written.
        #[test]
        fn arguments_come_back_exactly(args in proptest::collection::vec("[a-z0-9\\\\\\[\\]{}, é]{0,12}", 0..5)) {
            let args: Vec<String> = args.iter().map(|arg| serde_json::to_string(arg).unwrap()).collect();
            let text = [&["\"name\"".to_owned()][..], &args].concat().join(",");
            let text = format!("[{text}]");
            let spans = event_spans(text.as_bytes(), 0).unwrap();
            prop_assert_eq!(spans.args, args.len());
            prop_assert_eq!(&text[spans.all.clone()], args.join(","));
            prop_assert_eq!(&text[spans.last.clone()], args.last().map_or("", |last| last));
        }
    }
}
