//! The bytes of a connection and the bodies in them, as they go by: what comes and what stalls is noted.

use std::error::Error;
use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::places::{Place, Watch};

/// Who sends on although their request is answered is listened to for this long.
const LINGER: Duration = Duration::from_secs(2);

/// A connection whose pace is noted.
pub struct Watched {
    stream: TcpStream,
    watch: Watch,
    /// Its own for as long as it is open, also when it is handed over as something else than HTTP.
    _place: Arc<Place>,
    /// The end of listening to who sends on, once everything is said.
    lingering: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    pub fn new(stream: TcpStream, place: Arc<Place>) -> Self {
        Self { stream, watch: place.watch(), _place: place, lingering: None }
    }

    /// Reads what nobody wants, until the peer has sent it all or has had its time: a connection that is closed with
    /// something unread is reset, and the answer may be lost with it (RFC 9112, 9.6).
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let ends = self.lingering.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if ends.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut unwanted = [MaybeUninit::uninit(); 16 << 10];
        loop {
            let mut unwanted = ReadBuf::uninit(&mut unwanted);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut unwanted)) {
                Ok(()) if !unwanted.filled().is_empty() => {}
                Ok(()) | Err(_) => return Poll::Ready(()),
            }
        }
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => self.watch.pace().stalled(Instant::now()),
            Poll::Ready(Ok(bytes)) => self.watch.pace().took(Instant::now(), *bytes),
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        if into.filled().len() > before {
            self.watch.pace().read(Instant::now());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.watch.pace().flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        if self.watch.pace().is_unread() {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

/// Why the rest of a body is not read, other than by its reader's or the connection's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It comes too slowly.
    Late,
    /// Other bodies fill the room there is.
    NoRoom,
}

impl Unread {
    /// What was behind an error of whoever read the body.
    pub fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut behind = Some(error);
        while let Some(error) = behind {
            if let Some(unread) = error.downcast_ref::<Unread>() {
                return Some(*unread);
            }
            behind = error.source();
        }
        None
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unread::Late => "the body came too slowly",
            Unread::NoRoom => "other bodies fill the room there is",
        })
    }
}

impl Error for Unread {}

/// A request's body.
pub struct Received {
    body: Incoming,
    watch: Watch,
}

impl Received {
    pub fn new(body: Incoming, watch: Watch) -> Self {
        Self { body, watch }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            self.watch.pace().left_unread();
        }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let now = Instant::now();
        let bytes = match &frame {
            Poll::Pending if self.watch.pace().body_awaited(now, cx.waker()) => return Poll::Pending,
            Poll::Pending => return Poll::Ready(Some(Err(Unread::Late.into()))),
            Poll::Ready(Some(Ok(frame))) => frame.data_ref().map_or(0, Bytes::len),
            Poll::Ready(_) => 0,
        };
        self.watch.pace().body_came(now, bytes);
        if bytes > 0 && !self.watch.keep_body(bytes) {
            return Poll::Ready(Some(Err(Unread::NoRoom.into())));
        }
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body: when it is gone, whether written or not, the request is over.
pub struct Answered {
    body: Body,
    watch: Watch,
    request: u64,
}

impl Answered {
    pub fn new(body: Body, watch: Watch, request: u64) -> Self {
        Self { body, watch, request }
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.watch.pace().answered(Instant::now(), self.request);
        self.watch.give_up_body();
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
