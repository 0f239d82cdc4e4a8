//! An event as it arrived, and the reading of packets into events.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::json;
use super::packet::{Malformed, Spans, event_spans};

/// What an event is counted with beside its texts: its own fields, and its place in a queue that grows by doubling
/// (`what_waits_takes_no_more_memory_than_is_counted`).
const OVERHEAD_BYTES: usize = 384;
/// Names a session remembers, and the longest it remembers; names beyond cost an allocation each, nothing else.
const NAMES: usize = 512;
const NAME_BYTES: usize = 128;
/// The longest text taken for a recovery offset.
const OFFSET_BYTES: usize = 256;

/// One event that the server emitted.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    pub name: Arc<str>,
    pub args: Args,
    /// The server asks for an acknowledgement under this id.
    pub ack: Option<u64>,
    /// Binary attachments in the order of the placeholders' `num`.
    pub attachments: Vec<Bytes>,
    /// Where a later connection can resume, once this event is kept; only on a session with a recovery `pid`.
    pub offset: Option<Box<str>>,
    /// This machine's clock when the frame was read; frames that were read in one go may share it.
    pub received_at: SystemTime,
}

impl Event {
    /// The bytes of memory this event is counted by.
    pub fn weight(&self) -> usize {
        let attached = self.attachments.iter().map(|bytes| allocated(bytes.len()) + size_of::<Bytes>());
        let texts = allocated(self.args.raw().len()) + attached.sum::<usize>() + allocated(self.name.len());
        texts + OVERHEAD_BYTES
    }
}

/// What an allocator takes for so many bytes: it has four sizes between a power of two and the next (mimalloc's bins).
fn allocated(bytes: usize) -> usize {
    bytes.next_multiple_of((bytes.next_power_of_two() / 8).max(16))
}

/// Shows sizes, not contents: payloads hold passwords and people's data.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("name", &self.name)
            .field("args", &self.args.len())
            .field("bytes", &self.args.raw().len())
            .field("ack", &self.ack)
            .field("attachments", &self.attachments.len())
            .finish_non_exhaustive()
    }
}

/// The arguments of an event: the bytes the server wrote, checked to be JSON and not touched. Each has memory of its own
/// and of its size: a slice of what was read would keep all of that for as long as the event waits.
#[derive(Clone, PartialEq, Eq)]
pub enum Args {
    None,
    One(Bytes),
    /// Two or more, with the commas between them.
    Many {
        count: u32,
        text: Bytes,
    },
}

impl Args {
    pub fn len(&self) -> usize {
        match self {
            Args::None => 0,
            Args::One(_) => 1,
            Args::Many { count, .. } => *count as usize,
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Args::None)
    }

    /// From the first byte of the first argument to the last byte of the last.
    pub fn raw(&self) -> &[u8] {
        match self {
            Args::None => &[],
            Args::One(text) | Args::Many { text, .. } => text,
        }
    }

    /// The arguments as one JSON text: the single argument itself (no copy), `null` for none, an array for several.
    pub fn into_payload(self) -> Bytes {
        match self {
            Args::None => Bytes::from_static(b"null"),
            Args::One(text) => text,
            Args::Many { text, .. } => [b"[", &*text, b"]"].concat().into(),
        }
    }

    /// As [`Args::into_payload`].
    pub fn payload(&self) -> Bytes {
        self.clone().into_payload()
    }

    /// The first argument; empty without any.
    pub fn first(&self) -> &[u8] {
        match self {
            Args::None | Args::One(_) => self.raw(),
            // The text was checked when it was read.
            Args::Many { text, .. } => json::value_end(text, 0).map_or(&[], |end| &text[..end]),
        }
    }

    /// Each argument.
    pub fn iter(&self) -> impl Iterator<Item = Bytes> + '_ {
        let text = match self {
            Args::None => Bytes::new(),
            Args::One(text) | Args::Many { text, .. } => text.clone(),
        };
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = json::skip_space(&text, at);
            // The text was checked when it was read, so an error here is only the end.
            let end = json::value_end(&text, start).ok()?;
            at = (json::skip_space(&text, end) + 1).min(text.len());
            Some(text.slice(start..end))
        })
    }
}

impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} arguments, {} bytes", self.len(), self.raw().len())
    }
}

/// The event names a session has seen, so that a name costs no allocation after its first time.
#[derive(Debug, Default)]
pub(super) struct Names(ahash::AHashSet<Arc<str>>);

impl Names {
    /// The name written as `raw`: a JSON string with its quotes, or a number (which Socket.IO allows).
    fn get(&mut self, raw: &str) -> Arc<str> {
        let unquoted = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let Some(plain) = unquoted.filter(|text| !text.contains('\\')) else {
            return unescape(raw).into();
        };
        if let Some(known) = self.0.get(plain) {
            return Arc::clone(known);
        }
        let name: Arc<str> = plain.into();
        if self.0.len() < NAMES && plain.len() <= NAME_BYTES {
            self.0.insert(Arc::clone(&name));
        }
        name
    }
}

/// A JSON string's text; a lone surrogate, which no text can hold, becomes U+FFFD.
fn unescape(raw: &str) -> String {
    let Some(quoted) = raw.strip_prefix('"') else { return raw.to_owned() };
    let mut units = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(at) = rest.find(['\\', '"']) {
        units.extend(rest[..at].encode_utf16());
        let (unit, used) = match rest.as_bytes().get(at..at + 2) {
            Some(b"\\b") => (0x08, 2),
            Some(b"\\f") => (0x0c, 2),
            Some(b"\\n") => (0x0a, 2),
            Some(b"\\r") => (0x0d, 2),
            Some(b"\\t") => (0x09, 2),
            Some(b"\\u") => {
                let digits = rest.get(at + 2..at + 6).and_then(|hex| u16::from_str_radix(hex, 16).ok());
                (digits.unwrap_or(0xfffd), 6)
            }
            Some([b'\\', escaped]) => (u16::from(*escaped), 2),
            _ => return String::from_utf16_lossy(&units),
        };
        units.push(unit);
        rest = rest.get(at + used..).unwrap_or_default();
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

/// What the reading of an event needs to know beside its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub ack: Option<u64>,
    /// The session offers recovery: a trailing string argument is the offset.
    pub recoverable: bool,
    pub received_at: SystemTime,
}

/// Reads the event whose array begins at `at` in `frame`, which is known to be UTF-8.
pub(super) fn read(frame: &[u8], at: usize, how: Reading, names: &mut Names) -> Result<Event, Malformed> {
    let mut spans = event_spans(frame, at)?;
    let name = names.get(std::str::from_utf8(&frame[spans.name.clone()]).map_err(|_| Malformed::EventShape)?);
    let offset = if how.recoverable { take_offset(frame, &mut spans, how.ack) } else { None };
    let text = || Bytes::copy_from_slice(&frame[spans.all.clone()]);
    let args = match u32::try_from(spans.args) {
        Ok(0) => Args::None,
        Ok(1) => Args::One(text()),
        count => Args::Many { count: count.unwrap_or(u32::MAX), text: text() },
    };
    Ok(Event { name, args, ack: how.ack, attachments: Vec::new(), offset, received_at: how.received_at })
}

/// Takes the trailing offset off the arguments. A server adds it to every event but volatile ones and those that ask
/// for an acknowledgement; a text with spaces, escapes or of more than 256 bytes is no offset of any known adapter.
fn take_offset(frame: &[u8], spans: &mut Spans, ack: Option<u64>) -> Option<Box<str>> {
    let quoted = frame.get(spans.last.clone())?;
    let text = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'\\';
    if ack.is_some() || text.is_empty() || text.len() > OFFSET_BYTES || !text.iter().all(plain) {
        return None;
    }
    let offset = std::str::from_utf8(text).ok()?.into();
    spans.args -= 1;
    spans.all.end = spans.before_last;
    Some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str, recoverable: bool, ack: Option<u64>) -> Event {
        let how = Reading { ack, recoverable, received_at: SystemTime::UNIX_EPOCH };
        read(text.as_bytes(), 0, how, &mut Names::default()).unwrap()
    }

    #[test]
    fn arguments_are_the_bytes_that_arrived() {
        let odd = r#"{"b":1.0,"a":1e400,"a":123456789012345678901,"s":"\ud83d"}"#;
        let one = event(&format!(r#"["x",{odd}]"#), false, None);
        assert_eq!((one.args.len(), &one.args.payload()[..]), (1, odd.as_bytes()));
        let many = event(r#"["x", 1 ,"two", [3] ]"#, false, None);
        assert_eq!(many.args.payload(), r#"[1 ,"two", [3]]"#);
        assert_eq!(many.args.iter().collect::<Vec<_>>(), ["1", "\"two\"", "[3]"]);
        let none = event(r#"["x"]"#, false, None);
        assert_eq!((none.args.len(), none.args.payload()), (0, Bytes::from("null")));
        assert_eq!(none.args.iter().count(), 0);
    }

    #[test]
    fn deep_nesting_passes() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert_eq!(event(&format!(r#"["x",{deep}]"#), false, None).args.payload(), deep);
    }

    #[test]
    fn names_are_unescaped_and_shared() {
        assert_eq!(&*event(r#"["call-was-connected"]"#, false, None).name, "call-was-connected");
        assert_eq!(&*event(r#"["a\"\u00e9\n\/\ud83d\ude00"]"#, false, None).name, "a\"é\n/😀");
        assert_eq!(&*event(r#"["half \ud83d"]"#, false, None).name, "half \u{fffd}");
        assert_eq!(&*event("[42]", false, None).name, "42");
        let mut names = Names::default();
        assert!(Arc::ptr_eq(&names.get("\"close\""), &names.get("\"close\"")));
    }

    #[test]
    fn the_offset_is_not_payload_on_a_recoverable_session() {
        let kept = event(r#"["x",{"a":1},"lbRqK.1"]"#, true, None);
        assert_eq!(
            (kept.args.payload(), kept.offset.as_deref()),
            (Bytes::from(r#"{"a":1}"#), Some("lbRqK.1"))
        );
        let bare = event(r#"["x","lbRqK"]"#, true, None);
        assert_eq!((bare.args.len(), bare.offset.as_deref()), (0, Some("lbRqK")));
        let two = event(r#"["x",1,2,"lbRqK"]"#, true, None);
        assert_eq!(two.args.payload(), "[1,2]");
        // Neither of these carries one, so nothing is taken from them.
        assert_eq!(event(r#"["x","a sentence"]"#, true, None).args.payload(), r#""a sentence""#);
        assert_eq!(event(r#"["x","asked"]"#, true, Some(3)).args.payload(), r#""asked""#);
        assert_eq!(event(r#"["x","plain"]"#, false, None).args.payload(), r#""plain""#);
    }

    #[test]
    fn debug_shows_no_content() {
        let shown = format!("{:?}", event(r#"["x",{"api_token":"topsecret"}]"#, false, None));
        assert!(!shown.contains("topsecret"), "{shown}");
    }
}
