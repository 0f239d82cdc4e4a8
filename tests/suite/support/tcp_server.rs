//! A TCP server on an ephemeral port that does to each connection what a test tells it to.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Listens until it is dropped.
pub struct TcpServer {
    pub address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl TcpServer {
    /// Runs `script` for each connection, with the connection's number from 0. An error ends that connection only.
    pub async fn start<F, S>(script: S) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
        S: Fn(usize, TcpStream) -> F + Send + 'static,
    {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), script).await
    }

    /// The same on an address that is given.
    pub async fn start_at<F, S>(address: SocketAddr, script: S) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
        S: Fn(usize, TcpStream) -> F + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = accepted.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(script(counter.fetch_add(1, Ordering::SeqCst), stream));
            }
        });
        Self { address, accepted, task }
    }

    /// How many connections were accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for TcpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request as it came over the wire.
pub struct WireRequest {
    pub head: String,
    pub body: Vec<u8>,
}

/// Reads one HTTP/1.1 request with a `Content-Length`; `None` when the peer closes before one begins.
pub async fn read_request(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Option<WireRequest>> {
    let mut bytes = Vec::new();
    let head_ends = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let mut body = bytes.split_off(head_ends);
    let head = String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData)?;
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length:").map(str::trim).map(str::to_owned)
        })
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Some(WireRequest { head, body }))
}

/// Answers every request on the connection with the same bytes, until the peer closes.
pub async fn answer_all(
    mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin,
    answer: &str,
) -> io::Result<()> {
    while read_request(&mut stream).await?.is_some() {
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
