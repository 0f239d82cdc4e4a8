//! One request and its answer on one connection.
//!
//! The connection is driven by the request that uses it: no task per connection, so no switching between tasks for each
//! request, and dropping the request closes the connection.
//!
//! The request is written and the answer read at the same time: a server may answer before it has read everything, and
//! close; its answer counts. What it has not read yet is still sent to it as long as it takes it: a success that was said
//! early is said of the whole request.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use ::http::HeaderMap;
use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_util::io::{poll_read_buf, poll_write_buf};

use super::answer::{Head, Scan, Scanned};
use super::body::{Reader, Step};
use super::dial::{Dialed, micros};
use super::{Detail, ErrorKind, Note, Phases, Stream, tls};

/// Room for an ordinary answer; a connection that has grown beyond gives it back.
const BUFFER_BYTES: usize = 4 * 1024;

/// What an exchange has come to so far; it survives the deadline that cuts the exchange.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub phases: Phases,
}

/// A request as it goes over the wire; written again from its beginning on another connection.
pub(super) struct Message {
    pub head: Bytes,
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Failed {
    pub kind: ErrorKind,
    pub detail: Detail,
    /// The connection ended without a byte of an answer.
    pub silent: bool,
}

/// A connection and what was read from it, pinned to the peer that was vetted.
pub(super) struct Connection {
    stream: Stream,
    /// Bytes that came and are not taken yet.
    read: BytesMut,
    sending: Sending,
    pub peer: SocketAddr,
    /// It leads through a proxy: the peer is the proxy's, and says nothing of the target.
    pub proxied: bool,
    pub opened: Instant,
    /// When the connection went idle.
    pub idle_since: Instant,
    /// When the name that it was made for was last known to have the peer's address.
    pub confirmed: Instant,
    /// What the server last said about its own patience with an idle connection (`Keep-Alive: timeout=…`).
    pub patience: Option<Duration>,
    keeps_alive: bool,
}

impl Connection {
    /// `asked` is when the name was looked up.
    pub fn new(dialed: Dialed, asked: Instant) -> Self {
        let now = Instant::now();
        Self {
            stream: dialed.stream,
            read: BytesMut::new(),
            sending: Sending { bytes: Bytes::new().chain(Bytes::new()), state: State::Done },
            peer: dialed.peer,
            proxied: dialed.proxied,
            opened: now,
            idle_since: now,
            confirmed: asked,
            patience: None,
            keeps_alive: false,
        }
    }

    /// Looks at an idle connection's socket: whether the peer has closed it, or said something unasked.
    pub fn has_ended(&mut self) -> bool {
        let mut byte = [0; 1];
        let mut unasked = ReadBuf::new(&mut byte);
        let looked =
            Pin::new(&mut self.stream).poll_read(&mut Context::from_waker(Waker::noop()), &mut unasked);
        !self.read.is_empty() || looked.is_ready()
    }

    /// Sends the request and reads the head of its answer. The caller sets the deadline.
    pub async fn ask(&mut self, message: &Message, progress: &mut Progress) -> Result<Head, Failed> {
        let sent = Instant::now();
        let bytes = message.head.clone().chain(message.body.clone());
        self.sending = Sending { bytes, state: State::Writing };
        let mut scan = Scan::default();
        self.read.reserve(BUFFER_BYTES);
        let head = loop {
            let read = poll_fn(|cx| self.poll_read(cx)).await;
            if matches!(read, Err(_) | Ok(0)) {
                return Err(self.failed(read.as_ref().err()));
            }
            match scan.scan(&self.read) {
                Scanned::More => self.read.reserve(1),
                Scanned::Head(head, length) => {
                    self.read.advance(length);
                    break *head;
                }
                Scanned::Broken(kind, words) => {
                    return Err(Failed { kind, detail: Detail::new(words), silent: false });
                }
            }
        };
        progress.phases.first_byte_us = Some(micros(sent.elapsed()));
        self.patience = patience(&head.headers);
        self.keeps_alive = head.keeps_alive;
        Ok(head)
    }

    /// Sends on, and reads what comes.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.sending.poll(&mut self.stream, cx);
        poll_read_buf(Pin::new(&mut self.stream), cx, &mut self.read)
    }

    /// Reads on in the body, to its end or to as much as is kept of it; says whether it was left unfinished. Can be
    /// dropped and called again.
    pub async fn body(&mut self, reader: &mut Reader) -> Result<bool, Note> {
        loop {
            match reader.take(&mut self.read) {
                Ok(Step::Done) => return Ok(false),
                Ok(Step::Full) => return Ok(true),
                Ok(Step::More) => {}
                Err(_) => return Err(Note::BodyBroken),
            }
            self.read.reserve(BUFFER_BYTES);
            match poll_fn(|cx| self.poll_read(cx)).await {
                Ok(0) if reader.ends_with_connection() => return Ok(false),
                Ok(0) | Err(_) => return Err(Note::BodyCut),
                Ok(_) => {}
            }
        }
    }

    /// Sends what is left of a request that was answered before all of it was sent, as far as the server takes it.
    pub async fn send_rest(&mut self) {
        poll_fn(|cx| {
            self.sending.poll(&mut self.stream, cx);
            if self.sending.is_over() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Whether nothing of the request is left in memory: all of it was sent, or none of it can be any more.
    pub fn has_sent(&self) -> bool {
        self.sending.is_over()
    }

    /// Whether the connection can serve again, once the body is read.
    pub fn is_reusable(&mut self) -> bool {
        if !self.keeps_alive || !matches!(self.sending.state, State::Done) || self.has_ended() {
            return false;
        }
        if self.read.capacity() > 4 * BUFFER_BYTES {
            self.read = BytesMut::new();
        }
        true
    }

    /// The connection has ended before the head of an answer.
    fn failed(&self, error: Option<&io::Error>) -> Failed {
        let silent = self.read.is_empty();
        let Some(error) = error.or(self.sending.error()) else {
            let detail = Detail::new("the connection ended before the answer");
            return Failed { kind: ErrorKind::Reset, detail, silent };
        };
        Failed { kind: self.kind_of(error), detail: Detail::new(error), silent }
    }

    fn kind_of(&self, error: &io::Error) -> ErrorKind {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::TimedOut
            | io::ErrorKind::WriteZero
            | io::ErrorKind::UnexpectedEof => ErrorKind::Reset,
            _ => tls::kind(error, self.stream.wants_client_certificate()),
        }
    }
}

/// The part of a request that is still to be written.
struct Sending {
    bytes: bytes::buf::Chain<Bytes, Bytes>,
    state: State,
}

enum State {
    Writing,
    Flushing,
    Done,
    /// Nothing more can be written; an answer may still come.
    Broken(io::Error),
}

impl Sending {
    /// Writes as much as the connection takes.
    fn poll(&mut self, stream: &mut Stream, cx: &mut Context<'_>) {
        while let Poll::Ready(state) = self.poll_step(stream, cx) {
            self.state = state.unwrap_or_else(State::Broken);
            if self.is_over() {
                // An idle connection keeps no body in memory.
                self.bytes = Bytes::new().chain(Bytes::new());
            }
        }
    }

    fn poll_step(&mut self, stream: &mut Stream, cx: &mut Context<'_>) -> Poll<io::Result<State>> {
        let stream = Pin::new(stream);
        match self.state {
            State::Writing if !self.bytes.has_remaining() => Poll::Ready(Ok(State::Flushing)),
            State::Writing => match ready!(poll_write_buf(stream, cx, &mut self.bytes))? {
                0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                _ => Poll::Ready(Ok(State::Writing)),
            },
            State::Flushing => {
                ready!(stream.poll_flush(cx))?;
                Poll::Ready(Ok(State::Done))
            }
            State::Done | State::Broken(_) => Poll::Pending,
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.state, State::Done | State::Broken(_))
    }

    fn error(&self) -> Option<&io::Error> {
        match &self.state {
            State::Broken(error) => Some(error),
            State::Writing | State::Flushing | State::Done => None,
        }
    }
}

/// How long the server says it keeps an idle connection (`Keep-Alive: timeout=5`).
fn patience(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("keep-alive")?.to_str().ok()?;
    let seconds = value.split(',').find_map(|part| part.trim().strip_prefix("timeout="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_patience_is_read_where_it_is_said() {
        let said = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("keep-alive", value.parse().expect("a header"));
            patience(&headers)
        };
        assert_eq!(said("timeout=5"), Some(Duration::from_secs(5)));
        assert_eq!(said("max=100, timeout=72"), Some(Duration::from_secs(72)));
        for odd in ["", "timeout=", "timeout=-1", "timeout=1e3", "300"] {
            assert_eq!(said(odd), None, "{odd}");
        }
        assert_eq!(patience(&HeaderMap::new()), None);
    }
}
