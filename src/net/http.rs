//! The HTTP/1.1 client for deliveries.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::Full;
use rustls::ClientConfig;
use tokio::task::coop;
use tokio::time::Instant;

use super::dial::{Deadlines, Dialer, dial, micros};
use super::exchange::{Connection, Failed, Progress};
use super::pool::{Pool, PoolLimits};
use super::{Detail, ErrorKind, ExchangeError, NetError, Phases, Target};

/// An answer, whatever its status. Redirects are answers like any other.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// At most 64 KiB.
    pub body: Vec<u8>,
    /// There was more of the body; it was left unread and the connection closed.
    pub truncated: bool,
    pub phases: Phases,
    pub peer: SocketAddr,
}

/// Sends requests over pooled connections. Made once per worker: requests of one client should run on one thread (a
/// client driven from two costs nearly twice the CPU per request). A clone shares the pool.
#[derive(Clone)]
pub struct HttpClient {
    pool: Arc<Pool>,
    tls: Arc<ClientConfig>,
    deadlines: Deadlines,
}

impl HttpClient {
    pub fn new(tls: Arc<ClientConfig>) -> Self {
        Self::with(tls, Deadlines::default(), PoolLimits::default())
    }

    pub fn with(tls: Arc<ClientConfig>, deadlines: Deadlines, limits: PoolLimits) -> Self {
        Self { pool: Pool::new(limits), tls, deadlines }
    }

    /// POSTs `body` and reads the answer, all of it within `timeout`, to its last byte. [Reserved
    /// headers](is_reserved_header) are set here, whatever `headers` says of them ([`Target::headers`] is a good start
    /// for `headers`). Dropping the future closes the connection.
    pub async fn send(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: Bytes,
        timeout: Duration,
    ) -> Result<Answer, ExchangeError> {
        let started = Instant::now();
        let mut progress = Progress::default();
        let exchange = self.exchange(target, request(target, headers, body), started, &mut progress);
        // Without tokio's cooperative budget: `Connection::head` depends on it. One exchange does bounded work.
        let outcome = tokio::time::timeout_at(started + timeout, coop::unconstrained(exchange)).await;
        progress.phases.total_us = micros(started.elapsed());
        let Progress { phases, status } = progress;
        match outcome {
            Ok(Ok(answer)) => Ok(Answer { phases, ..answer }),
            Ok(Err((kind, detail))) => Err(ExchangeError { kind, detail, phases, status }),
            Err(_) => {
                let detail = Detail::new(format_args!("not ended in {timeout:?}"));
                Err(ExchangeError { kind: ErrorKind::Timeout, detail, phases, status })
            }
        }
    }

    /// Connects and no more: DNS, TCP and, where the URL asks for it, TLS, all within `timeout`; not a byte of HTTP goes out.
    /// Never over a connection of the pool, which would say nothing of the name, the port or the certificate.
    pub async fn reach(&self, target: &Target, timeout: Duration) -> Result<Phases, NetError> {
        let (guard, tls) = (target.guard.clone(), self.tls.clone());
        let dialer = Dialer { guard, tls, deadlines: self.deadlines };
        let origin = &target.origin;
        Ok(dialer.dial(&origin.host, origin.port, origin.tls, timeout).await?.phases)
    }

    async fn exchange(
        &self,
        target: &Target,
        mut request: Request<Full<Bytes>>,
        now: Instant,
        progress: &mut Progress,
    ) -> Result<Answer, (ErrorKind, Detail)> {
        if let Some(connection) = self.pool.take(&target.origin, now, |ip| target.guard.is_permitted(ip)) {
            progress.phases.reused = true;
            match self.exchange_on(connection, target, request, progress).await {
                Err(Failed::Unsent(unsent)) => request = *unsent,
                Err(Failed::Broken(kind, detail)) => return Err((kind, detail)),
                Ok(answer) => return Ok(answer),
            }
            progress.phases.reused = false;
        }
        // Boxed: most requests do not need the room that connecting takes.
        let connection = Box::pin(self.connect(target, progress)).await?;
        match self.exchange_on(connection, target, request, progress).await {
            Ok(answer) => Ok(answer),
            Err(Failed::Broken(kind, detail)) => Err((kind, detail)),
            Err(Failed::Unsent(_)) => {
                Err((ErrorKind::Reset, Detail::new("a new connection was closed before the request")))
            }
        }
    }

    async fn connect(
        &self,
        target: &Target,
        progress: &mut Progress,
    ) -> Result<Connection, (ErrorKind, Detail)> {
        let origin = &target.origin;
        let tls = origin.tls.then_some(&self.tls);
        match dial(&target.guard, &origin.host, origin.port, tls, self.deadlines).await {
            Ok(dialed) => {
                progress.phases = dialed.phases;
                Connection::new(dialed.stream, dialed.peer).await.map_err(|failed| match failed {
                    Failed::Broken(kind, detail) => (kind, detail),
                    Failed::Unsent(_) => (ErrorKind::Reset, Detail::new("closed at once")),
                })
            }
            Err(error) => {
                progress.phases = error.phases;
                Err((error.kind, error.detail))
            }
        }
    }

    async fn exchange_on(
        &self,
        mut connection: Connection,
        target: &Target,
        request: Request<Full<Bytes>>,
        progress: &mut Progress,
    ) -> Result<Answer, Failed> {
        let read = connection.exchange(request, progress).await?;
        let peer = connection.peer;
        if read.reusable {
            self.pool.put(&target.origin, connection, Instant::now());
        }
        Ok(Answer {
            status: read.status,
            headers: read.headers,
            body: read.body,
            truncated: read.truncated,
            phases: Phases::default(),
            peer,
        })
    }
}

/// Headers that belong to the connection and are set by the client; what a webhook's settings say of them is not sent,
/// so a form had better refuse it.
pub fn is_reserved_header(name: &HeaderName) -> bool {
    *name == header::HOST || FRAMING.contains(name)
}

const FRAMING: [HeaderName; 4] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::EXPECT];

fn request(target: &Target, mut headers: HeaderMap, body: Bytes) -> Request<Full<Bytes>> {
    headers.insert(header::HOST, target.host_header.clone());
    for framing in &FRAMING {
        headers.remove(framing);
    }
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target.uri.clone();
    *request.headers_mut() = headers;
    request
}
