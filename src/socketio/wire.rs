//! One WebSocket: reading messages, writing our few packets without ever waiting for it, and parting.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::frames::LARGE_BYTES;
use super::reason::{Reason, Stage, Violation};
use super::upgrade::Socket;

/// How a connection is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parting {
    /// Say DISCONNECT (`41`) before the close frame.
    pub disconnect: bool,
    pub code: CloseCode,
    /// The time for all of it, the peer's answer included.
    pub within: Duration,
}

/// What comes from a wire.
#[derive(Debug)]
pub(super) enum Incoming {
    Message(Message),
    /// A message becomes large with the part that begins, or larger than was told: so many bytes. It is not read before
    /// [`Wire::admit`].
    Large(usize),
}

pub(super) struct Wire {
    socket: Socket,
    /// Something was written that has not all gone out.
    unflushed: bool,
    /// The last read found nothing and had to wait; the one who looks resets it.
    pub waited: bool,
    /// A byte of the last large message, until the next is asked for. The library uses its buffer again, whole, when
    /// nobody has a part of it; so it begins a new one of the usual size, and the large one goes with this.
    inflated: Option<Bytes>,
}

impl Wire {
    pub fn new(socket: Socket) -> Self {
        Self { socket, unflushed: false, waited: true, inflated: None }
    }

    /// When the peer's last byte came.
    pub fn heard_at(&self) -> Instant {
        self.socket.get_ref().heard_at()
    }

    /// What comes next, `None` at the end. Cancel safe.
    pub async fn next(&mut self) -> Option<Result<Incoming, Error>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Lets the large message be read that has been told of.
    pub fn admit(&mut self) {
        self.socket.get_mut().admit();
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Incoming, Error>>> {
        if self.unflushed {
            match Pin::new(&mut self.socket).poll_flush(context) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                // A peer that does not read must not keep us from reading.
                Poll::Pending => {}
            }
        }
        let polled = Pin::new(&mut self.socket).poll_next(context);
        self.inflated = match &polled {
            Poll::Ready(Some(Ok(Message::Text(text)))) => large(text.as_ref()),
            Poll::Ready(Some(Ok(Message::Binary(bytes)))) => large(bytes),
            _ => None,
        };
        match (polled, self.socket.get_ref().large()) {
            (Poll::Pending, Some(bytes)) => Poll::Ready(Some(Ok(Incoming::Large(bytes)))),
            (polled, _) => {
                self.waited |= polled.is_pending();
                polled.map_ok(Incoming::Message)
            }
        }
    }

    /// Queues a packet; it goes out with the next call of `next`. Never waits: what a peer does not read is kept up to a
    /// bound, and beyond it is an error.
    pub fn post(&mut self, packet: impl Into<Utf8Bytes>) -> Result<(), Error> {
        self.unflushed = true;
        Pin::new(&mut self.socket).start_send(Message::Text(packet.into()))
    }

    /// Leaves: what the peer still sends before its own close goes to `late`, until `late` wants no more.
    pub async fn part(mut self, how: Parting, mut late: impl FnMut(Message) -> bool) {
        let until = Instant::now() + how.within;
        // A connection that is already broken, or a peer that does not answer, is left all the same.
        let parted: Result<Result<(), Error>, _> = timeout_at(until, async {
            if how.disconnect {
                self.post("41")?;
            }
            let frame = CloseFrame { code: how.code, reason: Utf8Bytes::default() };
            Pin::new(&mut self.socket).start_send(Message::Close(Some(frame)))?;
            self.unflushed = true;
            while let Some(incoming) = self.next().await.transpose()? {
                match incoming {
                    // There is little time, in which little comes.
                    Incoming::Large(_) => self.admit(),
                    Incoming::Message(message) => {
                        if matches!(message, Message::Close(_)) || !late(message) {
                            break;
                        }
                    }
                }
            }
            poll_fn(|context| Pin::new(&mut self.socket).poll_flush(context)).await?;
            self.socket.get_mut().shutdown().await.map_err(Error::from)
        })
        .await;
        drop(parted);
    }
}

fn large(message: &Bytes) -> Option<Bytes> {
    (message.len() as u64 >= LARGE_BYTES).then(|| message.slice(..1))
}

/// What an error of the WebSocket library means.
pub(super) fn failure(error: &Error, stage: Stage, limit: usize) -> Reason {
    let lost = |detail: String| Reason::TransportError { stage, detail: detail.into() };
    match error {
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Reason::TransportClose { code: None }
        }
        Error::Io(error) => lost(error.to_string()),
        Error::Tls(error) => lost(error.to_string()),
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Reason::MessageTooLarge { limit },
        Error::Capacity(error) => Violation::WebSocket(error.to_string().into()).into(),
        Error::Protocol(error) => Violation::WebSocket(error.to_string().into()).into(),
        Error::Utf8(_) => Violation::Utf8.into(),
        Error::WriteBufferFull(_) => lost("the peer does not read".to_owned()),
        // Of the library's own upgrade, which is not used here.
        Error::Http(_) | Error::AttackAttempt | Error::Url(_) | Error::HttpFormat(_) => {
            lost("unexpected".to_owned())
        }
    }
}
