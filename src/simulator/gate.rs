//! A listener whose connections can be cut from outside: one, all, or everything for a while.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Decides over the connections of its listener.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// Parent of the tokens of all connections that were accepted since the last cut.
    connections: CancellationToken,
}

impl Gate {
    /// Cuts every connection, with whatever was on its way.
    pub(super) fn cut_all(&self) {
        std::mem::take(&mut self.lock().connections).cancel();
    }

    /// Closed, it resets every new connection: from outside, nothing listens.
    pub(super) fn set_closed(&self, closed: bool) {
        self.lock().closed = closed;
    }

    pub(super) fn listen(&self, listener: TcpListener) -> GatedListener {
        GatedListener { gate: self.clone(), listener }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct GatedListener {
    gate: Gate,
    listener: TcpListener,
}

/// Who a connection comes from, and how to cut it.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) cut: CancellationToken,
}

impl Listener for GatedListener {
    type Io = Cuttable;
    type Addr = Peer;

    async fn accept(&mut self) -> (Cuttable, Peer) {
        loop {
            // Out of file descriptors, most likely: others must end first.
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let state = self.gate.lock();
            if state.closed {
                drop(state);
                // A reset rather than a close: it was never served. Not possible is as good as a close.
                let _ = stream.set_zero_linger();
                continue;
            }
            let cut = state.connections.child_token();
            drop(state);
            // Without it the option stays unset, and answers wait for acknowledgements: slow, not wrong.
            let _ = stream.set_nodelay(true);
            let io = Cuttable { stream, cut: Box::pin(cut.clone().cancelled_owned()) };
            return (io, Peer { cut });
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        self.listener.local_addr().map(|_: SocketAddr| Peer { cut: CancellationToken::new() })
    }
}

impl Connected<IncomingStream<'_, GatedListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, GatedListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A stream that fails from the moment its token is cancelled, upgraded to a WebSocket or not.
pub(super) struct Cuttable {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Cuttable {
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
