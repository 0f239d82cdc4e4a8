//! A client for Engine.IO 4 / Socket.IO 5 over WebSocket, made to listen for months.
//!
//! # What always holds
//!
//! - **The reader never waits for the consumer.** Pings come in the same stream as events, so a reader that waits stops
//!   answering them and the server drops it. Events go to a queue that is bounded in bytes for the whole node
//!   ([`Budget`]); only when that is full does the socket stay unread, and then it shows ([`Vitals::overloaded`],
//!   [`Budget::unread_sessions`], [`Ended::overloaded`]).
//! - **Arguments are the bytes that arrived.** They are checked to be JSON and never parsed into values: lone surrogates,
//!   numbers of any size, repeated keys and any depth pass.
//! - **Every wait has an end**: one deadline over dialling, TLS, upgrade, handshake and CONNECT; the ping timeout after it, counted from the last byte that came;
//!   and a stop is done within a second in every phase.
//! - **Nothing from the network panics**, and every bound is in bytes. What has come of an event that is not all there is
//!   counted too, and has its time (`unfinished`).
//! - **The URL's query is never shown**: it holds the token.
//!
//! # How it works
//!
//! [`Client::connect`] makes one attempt. It yields a [`Connection`]: what the server said ([`Opened`]), the consumer's
//! end ([`Events`]) and the [`Reader`], whose `run` must be driven beside the consumer (a task of its own). When the
//! session ends, `recv_many` yields zero after the last event and [`Events::ended`] says why. Who wants the next
//! connection asks [`Backoff`] when; nothing in this room reconnects by itself, so there is one owner of that decision.
//!
//! How a byte stream comes to be is injected ([`Dial`]), and with it name resolution, guarding and TLS.
//!
//! ```text
//! target ── dial ── upgrade ── open ── connect ──▶ line (wire + ear) ── reader ── queue ── events
//! ```

mod backoff;
mod budget;
mod decoder;
mod dial;
mod event;
mod frames;
mod json;
mod line;
mod packet;
mod queue;
mod reader;
mod reason;
mod recovery;
mod reserved;
mod session;
mod target;
mod unfinished;
mod upgrade;
mod wire;

pub use backoff::{Backoff, Next};
pub use budget::Budget;
pub use dial::{BoxTransport, Dial, Dialling};
pub use event::Event;
pub use line::Vitals;
pub use packet::Malformed;
pub use queue::Events;
pub use reason::{DialError, DialStage, Ended, Reason, Stage, Violation};
pub use recovery::Recovery;
pub use session::{Client, Connection, Opened, Options};
pub use target::{Endpoint, Target, TargetError};
