//! WebSocket messages in, Socket.IO packets out: events are read, and binary attachments are put beside theirs.

use std::time::SystemTime;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::event::{self, Event, Names, Reading};
use super::packet::{Header, Kind, Malformed};

/// A packet for the main namespace that means something to a listener.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet {
    /// CONNECT, with its JSON.
    Connect(Bytes),
    /// `CONNECT_ERROR`, with its JSON.
    Refused(Bytes),
    Disconnect,
    Event(Event),
}

/// Why a packet was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Malformed(Malformed),
    /// A packet and its attachments together are larger than one message may be.
    TooLarge,
}

impl From<Malformed> for Unread {
    fn from(what: Malformed) -> Self {
        Unread::Malformed(what)
    }
}

#[derive(Debug)]
pub(super) struct Decoder {
    names: Names,
    /// The most a packet with its attachments may hold, in bytes.
    limit: usize,
    /// The session offers recovery: trailing offsets are taken off the arguments.
    pub recoverable: bool,
    pending: Option<Pending>,
}

/// A packet that waits for its attachments; `event` is `None` for one that is passed over once they have come.
#[derive(Debug)]
struct Pending {
    event: Option<Event>,
    attachments: Vec<Bytes>,
    missing: u32,
    bytes: usize,
}

impl Decoder {
    pub fn new(limit: usize, recoverable: bool) -> Self {
        Self { names: Names::default(), limit, recoverable, pending: None }
    }

    /// Reads a Socket.IO packet from a text message, whose first byte, the Engine.IO type, has been looked at. `None`:
    /// nothing complete, or nothing for a listener.
    pub fn text(&mut self, frame: Utf8Bytes, received_at: SystemTime) -> Result<Option<Packet>, Unread> {
        if self.pending.is_some() {
            return Err(Malformed::TextForAttachment.into());
        }
        let header = Header::parse(frame.get(1..).unwrap_or_default())?;
        let ours = header.namespace.is_empty();
        let body = header.body + 1;
        if header.attachments > 0 {
            let bytes = frame.len();
            let event = match header.kind {
                Kind::Event if ours => Some(self.event(&frame, &header, body, received_at)?),
                _ => None,
            };
            self.pending =
                Some(Pending { event, attachments: Vec::new(), missing: header.attachments, bytes });
            return Ok(None);
        }
        match header.kind {
            // A listener joins the main namespace only and sends no events, so neither is meant for it.
            _ if !ours => Ok(None),
            Kind::Ack => Ok(None),
            Kind::Event => {
                self.event(&frame, &header, body, received_at).map(|event| Some(Packet::Event(event)))
            }
            Kind::Connect => Ok(Some(Packet::Connect(Bytes::from(frame).slice(body..)))),
            Kind::ConnectError => Ok(Some(Packet::Refused(Bytes::from(frame).slice(body..)))),
            Kind::Disconnect => Ok(Some(Packet::Disconnect)),
        }
    }

    /// Bytes of an event whose attachments have not all come.
    pub fn pending_bytes(&self) -> usize {
        self.pending.as_ref().map_or(0, |pending| pending.bytes)
    }

    /// Takes an attachment.
    pub fn binary(&mut self, attachment: &Bytes) -> Result<Option<Packet>, Unread> {
        let Some(pending) = &mut self.pending else { return Err(Malformed::UnannouncedBinary.into()) };
        pending.bytes = pending.bytes.saturating_add(attachment.len());
        if pending.bytes > self.limit {
            return Err(Unread::TooLarge);
        }
        pending.missing -= 1;
        if pending.event.is_some() {
            // Of its own size, as arguments are.
            pending.attachments.push(Bytes::copy_from_slice(attachment));
        }
        if pending.missing > 0 {
            return Ok(None);
        }
        let complete = self.pending.take();
        Ok(complete.and_then(|Pending { event, attachments, .. }| {
            event.map(|event| Packet::Event(Event { attachments, ..event }))
        }))
    }

    fn event(
        &mut self,
        frame: &Utf8Bytes,
        header: &Header,
        at: usize,
        received_at: SystemTime,
    ) -> Result<Event, Unread> {
        let how = Reading { ack: header.id, recoverable: self.recoverable, received_at };
        Ok(event::read(frame.as_bytes(), at, how, &mut self.names)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoder() -> Decoder {
        Decoder::new(1_000, false)
    }

    fn text(decoder: &mut Decoder, text: &str) -> Result<Option<Packet>, Unread> {
        decoder.text(text.into(), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn attachments_join_their_event() {
        let mut decoder = decoder();
        let body = r#"["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
        assert_eq!(text(&mut decoder, &format!("452-{body}")), Ok(None));
        assert_eq!(decoder.binary(&Bytes::from_static(&[0xff])), Ok(None));
        let Ok(Some(Packet::Event(event))) = decoder.binary(&Bytes::from_static(&[1, 2])) else {
            panic!("an event")
        };
        assert_eq!(event.attachments, [Bytes::from_static(&[0xff]), Bytes::from_static(&[1, 2])]);
        assert_eq!(event.args.len(), 2);
        assert!(matches!(text(&mut decoder, r#"450-["x"]"#), Ok(Some(Packet::Event(_)))));
    }

    #[test]
    fn attachments_out_of_place_are_named() {
        assert_eq!(decoder().binary(&Bytes::new()), Err(Malformed::UnannouncedBinary.into()));
        let mut decoder = decoder();
        assert_eq!(text(&mut decoder, r#"451-["x",{"_placeholder":true,"num":0}]"#), Ok(None));
        assert_eq!(text(&mut decoder, r#"42["y"]"#), Err(Malformed::TextForAttachment.into()));
        assert_eq!(decoder.binary(&Bytes::from(vec![0; 2_000])), Err(Unread::TooLarge));
    }

    #[test]
    fn what_is_not_for_a_listener_is_passed_over() {
        let mut decoder = decoder();
        assert_eq!(text(&mut decoder, r#"42/admin,["x"]"#), Ok(None));
        assert_eq!(text(&mut decoder, "430[1]"), Ok(None));
        assert_eq!(text(&mut decoder, "41/admin,"), Ok(None));
        assert_eq!(text(&mut decoder, r#"461-0[{"_placeholder":true,"num":0}]"#), Ok(None));
        assert_eq!(decoder.binary(&Bytes::from_static(b"ack")), Ok(None));
        assert_eq!(text(&mut decoder, "41"), Ok(Some(Packet::Disconnect)));
        assert_eq!(
            text(&mut decoder, r#"44{"message":"no"}"#),
            Ok(Some(Packet::Refused(r#"{"message":"no"}"#.into())))
        );
    }

    proptest! {
        #[test]
        fn never_panics(messages in proptest::collection::vec(prop_oneof![
            "4[0-6][0-9]?-?/?[a-z]?,?[0-9]?\\[?\"?[a-z]?\"?,?[{}\\[\\]0-9\"]{0,4}\\]?".prop_map(Some),
            any::<String>().prop_map(Some),
            Just(None),
        ], 0..12)) {
            let mut decoder = Decoder::new(64, true);
            for message in messages {
                let _ = match message {
                    Some(message) => text(&mut decoder, &message),
                    None => decoder.binary(&Bytes::from_static(b"bytes")),
                };
            }
        }
    }
}
