//! One line to a server, from the first frame on: hears what it says, and answers its pings on the spot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::decoder::{Decoder, Packet, Unread};
use super::packet::Engine;
use super::reason::{Reason, Stage, Violation};
use super::wire::{self, Incoming, Wire};

/// Frames read in one go share a clock reading, up to this many.
const FRAMES_PER_STAMP: u32 = 32;

/// A session's signs of life, for whoever watches it.
#[derive(Debug, Default)]
pub struct Vitals {
    last_heard_micros: AtomicU64,
    last_ping_micros: AtomicU64,
    events: AtomicU64,
    bytes: AtomicU64,
    unread: AtomicBool,
}

impl Vitals {
    /// When the server was last heard, by this machine's clock.
    pub fn last_heard(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.last_heard_micros.load(Ordering::Relaxed))
    }

    /// When the last ping came; `None` before the first.
    pub fn last_ping(&self) -> Option<SystemTime> {
        let micros = self.last_ping_micros.load(Ordering::Relaxed);
        (micros > 0).then(|| UNIX_EPOCH + Duration::from_micros(micros))
    }

    /// Events received.
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    /// Bytes of text and binary messages received.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The socket goes unread now, because the byte budget is used up.
    pub fn overloaded(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    pub(super) fn set_overloaded(&self, overloaded: bool) {
        self.unread.store(overloaded, Ordering::Relaxed);
    }
}

/// What one message was.
#[derive(Debug)]
pub(super) enum Heard {
    /// Nothing that anybody needs to know.
    Nothing,
    /// The WebSocket's own, which may come in the middle of a message.
    Control,
    /// A ping, with what its pong repeats.
    Ping(Utf8Bytes),
    /// The Engine.IO handshake, with its JSON.
    Open(Utf8Bytes),
    Packet(Packet),
    /// A message begins, or goes on, that may have so many bytes, and is read on once the wire is told to admit it.
    Large(usize),
}

impl Heard {
    /// A message of the peer's is here, whole.
    pub fn is_message(&self) -> bool {
        !matches!(self, Heard::Control | Heard::Large(_))
    }
}

/// The wire and the ear at its end.
pub(super) struct Line {
    pub wire: Wire,
    pub ear: Ear,
}

impl Line {
    /// Hears the next message; a ping is answered before anything else happens. Cancel safe: it waits only for the frame
    /// itself.
    pub async fn hear(&mut self) -> Result<Heard, Reason> {
        let message = match self.wire.next().await {
            None => return Err(Reason::TransportClose { code: None }),
            Some(Err(error)) => return Err(self.ear.failure(&error)),
            Some(Ok(Incoming::Large(bytes))) => return Ok(Heard::Large(bytes)),
            Some(Ok(Incoming::Message(message))) => message,
        };
        self.ear.stamp(std::mem::take(&mut self.wire.waited));
        let heard = self.ear.sort(message)?;
        if let Heard::Ping(probe) = &heard {
            let vitals = &self.ear.vitals;
            vitals
                .last_ping_micros
                .store(vitals.last_heard_micros.load(Ordering::Relaxed), Ordering::Relaxed);
            let pong =
                if probe.is_empty() { Utf8Bytes::from_static("3") } else { format!("3{probe}").into() };
            self.wire.post(pong).map_err(|error| self.ear.failure(&error))?;
        }
        Ok(heard)
    }

    pub fn post(&mut self, packet: String) -> Result<(), Reason> {
        self.wire.post(packet).map_err(|error| self.ear.failure(&error))
    }
}

/// Understands messages; sends none.
#[derive(Debug)]
pub(super) struct Ear {
    pub decoder: Decoder,
    pub stage: Stage,
    pub vitals: Arc<Vitals>,
    message_limit: usize,
    stamp: SystemTime,
    frames_of_stamp: u32,
}

impl Ear {
    pub fn new(decoder: Decoder, message_limit: usize) -> Self {
        Self {
            decoder,
            stage: Stage::Open,
            vitals: Arc::default(),
            message_limit,
            stamp: UNIX_EPOCH,
            frames_of_stamp: 0,
        }
    }

    /// Tells what a message is.
    pub fn sort(&mut self, message: Message) -> Result<Heard, Reason> {
        match message {
            Message::Text(text) => {
                self.count(text.as_bytes());
                self.sort_text(text)
            }
            Message::Binary(attachment) => {
                self.count(&attachment);
                let packet = self.decoder.binary(&attachment);
                self.packet(packet)
            }
            Message::Close(frame) => {
                Err(Reason::TransportClose { code: frame.map(|frame| frame.code.into()) })
            }
            // The WebSocket's own heartbeat is answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(Heard::Control),
        }
    }

    /// What an event may have in memory with a message that is about to be read. Of a buffer that doubles half may be
    /// empty; what is too large in any case needs no room first.
    pub fn with_pending(&self, message: usize) -> Result<usize, Reason> {
        if message / 2 > self.message_limit {
            return Err(Reason::MessageTooLarge { limit: self.message_limit });
        }
        Ok(self.decoder.pending_bytes().saturating_add(message))
    }

    fn sort_text(&mut self, text: Utf8Bytes) -> Result<Heard, Reason> {
        match Engine::parse(&text).map_err(Violation::from)? {
            Engine::Message(_) => {
                let packet = self.decoder.text(text, self.stamp);
                self.packet(packet)
            }
            Engine::Ping(probe) => Ok(Heard::Ping(probe.into())),
            Engine::Open(json) => Ok(Heard::Open(json.into())),
            Engine::Close => Err(Reason::TransportClose { code: None }),
            Engine::Pong | Engine::Idle => Ok(Heard::Nothing),
        }
    }

    fn packet(&self, packet: Result<Option<Packet>, Unread>) -> Result<Heard, Reason> {
        match packet {
            Ok(Some(packet)) => {
                if matches!(packet, Packet::Event(_)) {
                    self.vitals.events.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Heard::Packet(packet))
            }
            Ok(None) => Ok(Heard::Nothing),
            Err(Unread::Malformed(what)) => Err(Violation::from(what).into()),
            Err(Unread::TooLarge) => Err(Reason::MessageTooLarge { limit: self.message_limit }),
        }
    }

    /// Reads the clock after each wait, and now and then in between.
    fn stamp(&mut self, waited: bool) {
        self.frames_of_stamp += 1;
        if waited || self.frames_of_stamp >= FRAMES_PER_STAMP {
            self.frames_of_stamp = 0;
            self.stamp = SystemTime::now();
            let micros = self.stamp.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
            self.vitals.last_heard_micros.store(u64::try_from(micros).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    fn failure(&self, error: &Error) -> Reason {
        wire::failure(error, self.stage, self.message_limit)
    }

    fn count(&self, frame: &[u8]) {
        self.vitals.bytes.fetch_add(frame.len() as u64, Ordering::Relaxed);
    }
}
