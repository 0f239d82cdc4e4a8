//! One request and its answer on one connection.
//!
//! The connection's state machine (hyper's) is looked by the request that uses it: no task per connection, so no
//! switching between tasks for each request, and dropping the request closes the connection.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ::http::{HeaderMap, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::dial::{micros, tls_kind};
use super::{Detail, ErrorKind, Phases, Stream};

/// How much of an answer is read.
pub(super) const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// How large an answer's head may be.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What an exchange has come to so far; it survives the deadline that cuts the exchange.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub phases: Phases,
    pub status: Option<StatusCode>,
}

/// An answer as it was read.
pub(super) struct Read {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub truncated: bool,
    /// The connection can serve again.
    pub reusable: bool,
}

/// Why there is no answer.
pub(super) enum Failed {
    /// The connection was found closed before a byte of the request was written: it may be sent again.
    Unsent(Box<Request<Full<Bytes>>>),
    Broken(ErrorKind, Detail),
}

/// A connection and its HTTP state, pinned to the peer that was vetted.
pub(super) struct Connection {
    /// Boxed: it has several hundred bytes, and moves to the pool and back with every request.
    state: Box<State>,
    pub peer: SocketAddr,
    pub opened: Instant,
    /// When the connection went idle.
    pub idle_since: Instant,
    /// What the server last said about its own patience with an idle connection (`Keep-Alive: timeout=…`).
    pub patience: Option<Duration>,
}

struct State {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

struct Driver {
    inner: http1::Connection<TokioIo<Stream>, Full<Bytes>>,
    ended: bool,
}

impl Driver {
    /// Moves the connection on; says whether it has ended. Its errors are told to the request.
    fn has_ended(&mut self, cx: &mut Context<'_>) -> bool {
        self.ended = self.ended || Pin::new(&mut self.inner).poll(cx).is_ready();
        self.ended
    }
}

impl Connection {
    pub async fn new(stream: Stream, peer: SocketAddr) -> Result<Self, Failed> {
        let handshake =
            http1::Builder::new().max_buf_size(MAX_HEAD_BYTES).handshake(TokioIo::new(stream)).await;
        let (sender, inner) = handshake.map_err(|error| broken(&error))?;
        let now = Instant::now();
        let state = Box::new(State { sender, driver: Driver { inner, ended: false } });
        Ok(Self { state, peer, opened: now, idle_since: now, patience: None })
    }

    /// Whether the connection waits for a request, as far as is known without looking at the socket.
    pub fn is_ready(&self) -> bool {
        self.state.sender.is_ready()
    }

    /// Looks at an idle connection's socket: whether the peer has closed it, or said something unasked.
    pub fn has_ended(&mut self) -> bool {
        self.state.driver.has_ended(&mut Context::from_waker(Waker::noop()))
    }

    /// Sends the request and reads the answer to its end or to [`MAX_ANSWER_BYTES`]. The caller sets the deadline, and
    /// lifts tokio's cooperative budget ([`Connection::head`] says why).
    pub async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        progress: &mut Progress,
    ) -> Result<Read, Failed> {
        let sent = Instant::now();
        let response = self.head(request).await?;
        progress.phases.first_byte_us = Some(micros(sent.elapsed()));
        progress.status = Some(response.status());
        let (head, incoming) = response.into_parts();
        let (body, truncated) = self.body(incoming).await?;
        self.patience = patience(&head.headers);
        let reusable = !truncated && (self.is_ready() || (!self.has_ended() && self.is_ready()));
        Ok(Read { status: head.status, headers: head.headers, body, truncated, reusable })
    }

    /// Drives the connection until the answer's head is there.
    ///
    /// The answer is polled with a waker that does nothing, here and in [`Connection::body`]: only the driver can make
    /// it ready, and the driver was polled just before; a real waker would have the task poll itself once more for
    /// nothing. Under tokio's cooperative budget the answer could be pending although it is there, and its wake-up
    /// would be lost; that is why the caller lifts the budget.
    async fn head(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failed> {
        let mut answering = pin!(self.state.sender.try_send_request(request));
        let driver = &mut self.state.driver;
        let answered = poll_fn(|cx| {
            let ended = driver.has_ended(cx);
            match answering.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answered) => Poll::Ready(Some(answered)),
                Poll::Pending if ended => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        });
        match answered.await {
            Some(Ok(response)) => Ok(response),
            Some(Err(mut error)) => match error.take_message() {
                Some(request) => Err(Failed::Unsent(Box::new(request))),
                None => Err(broken(&error.into_error())),
            },
            None => Err(ended_too_early()),
        }
    }

    /// Reads the answer's body; says whether more of it was left unread.
    async fn body(&mut self, mut incoming: Incoming) -> Result<(Vec<u8>, bool), Failed> {
        let mut body = Vec::new();
        if incoming.is_end_stream() {
            return Ok((body, false));
        }
        let driver = &mut self.state.driver;
        let read = poll_fn(|cx| {
            let mut looked = false;
            loop {
                match Pin::new(&mut incoming).poll_frame(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(None) => return Poll::Ready(Ok(false)),
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(broken(&error))),
                    Poll::Ready(Some(Ok(frame))) => {
                        looked = false;
                        if !take(frame.data_ref(), &mut body) {
                            return Poll::Ready(Ok(true));
                        }
                    }
                    Poll::Pending if driver.ended => return Poll::Ready(Err(ended_too_early())),
                    Poll::Pending if looked => return Poll::Pending,
                    Poll::Pending => {
                        driver.has_ended(cx);
                        looked = true;
                    }
                }
            }
        });
        let truncated = read.await?;
        Ok((body, truncated))
    }
}

/// Adds a chunk; says whether all of it found room.
fn take(chunk: Option<&Bytes>, body: &mut Vec<u8>) -> bool {
    let chunk = chunk.map_or(&[][..], |chunk| chunk);
    let room = MAX_ANSWER_BYTES - body.len();
    body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    chunk.len() <= room
}

/// How long the server says it keeps an idle connection (`Keep-Alive: timeout=5`).
fn patience(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("keep-alive")?.to_str().ok()?;
    let seconds = value.split(',').find_map(|part| part.trim().strip_prefix("timeout="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

fn ended_too_early() -> Failed {
    Failed::Broken(ErrorKind::Reset, Detail::new("the connection ended before the answer"))
}

fn broken(error: &hyper::Error) -> Failed {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    Failed::Broken(kind_of(error), Detail::new(words))
}

fn kind_of(error: &hyper::Error) -> ErrorKind {
    if error.is_parse_too_large() {
        return ErrorKind::HeaderTooLarge;
    }
    if error.is_parse() {
        return ErrorKind::Protocol;
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return ErrorKind::Reset;
    }
    let Some(error) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) else {
        return ErrorKind::Protocol;
    };
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::TimedOut
        | io::ErrorKind::UnexpectedEof => ErrorKind::Reset,
        _ if error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>) => tls_kind(error),
        _ => ErrorKind::Protocol,
    }
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

    #[test]
    fn an_answer_is_taken_to_the_cap() {
        let mut body = vec![0; MAX_ANSWER_BYTES - 2];
        assert!(take(None, &mut body) && take(Some(&Bytes::from_static(b"ab")), &mut body));
        assert!(!take(Some(&Bytes::from_static(b"c")), &mut body));
        assert_eq!(body.len(), MAX_ANSWER_BYTES);
    }
}
