//! The HTTP/1.1 client for deliveries.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};

use super::answer::Head;
use super::body::Reader;
use super::dial::{Deadlines, Dialer, Way, micros};
use super::exchange::{Connection, Failed, Message, Progress};
use super::headers::Headers;
use super::pool::{Pool, PoolLimits};
use super::proxy::Proxies;
use super::{Detail, ErrorKind, ExchangeError, NetError, Note, Phases, Target};

/// How long a success waits for the rest of its answer, which decides nothing; what comes later is read beside.
const BODY_PATIENCE: Duration = Duration::from_millis(250);

/// An answer, whatever its status. Redirects are answers like any other.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// At most 64 KiB.
    pub body: Vec<u8>,
    /// There was more of the body; it was left unread and the connection closed.
    pub truncated: bool,
    /// What was remarkable. The status holds whatever became of the body.
    pub note: Option<Note>,
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
    proxies: Arc<Proxies>,
}

impl HttpClient {
    /// Goes the dialer's ways; each target brings its own guard.
    pub fn new(dialer: &Dialer, limits: PoolLimits) -> Self {
        Self {
            pool: Pool::new(limits),
            tls: dialer.tls.clone(),
            deadlines: dialer.deadlines,
            proxies: dialer.proxies.clone(),
        }
    }

    fn dialer(&self, target: &Target) -> Dialer {
        Dialer {
            guard: target.guard.clone(),
            tls: self.tls.clone(),
            deadlines: self.deadlines,
            proxies: self.proxies.clone(),
        }
    }

    /// POSTs `body`. The head of the answer settles it; its body is read within `timeout` too, of a success beside what
    /// the caller does next if it takes long. Nothing of `body` is kept beyond the call. Headers that frame the message are set here, whatever `headers` says of
    /// them ([`Target::headers`] is a good start for `headers`). Dropping the future closes the connection.
    pub async fn send(
        &self,
        target: &Target,
        headers: &Headers,
        body: Bytes,
        timeout: Duration,
    ) -> Result<Answer, ExchangeError> {
        let started = Instant::now();
        let deadline = started + timeout;
        let mut progress = Progress::default();
        let origin = &target.origin;
        let proxy = self.proxies.to(origin.tls, &origin.host, origin.port).filter(|_| !origin.tls);
        let message = Message { head: target.head(headers, body.len(), proxy.map(AsRef::as_ref)), body };
        let asking = self.ask(target, &message, started, &mut progress);
        let outcome = match timeout_at(deadline, asking).await {
            Ok(Ok((connection, head, resent))) => {
                let answer = self.finish(target, connection, head, deadline).await;
                Ok(if resent { Answer { note: Some(Note::Resent), ..answer } } else { answer })
            }
            Ok(Err(Failed { kind, detail, .. })) => Err((kind, detail)),
            Err(_) => Err((ErrorKind::Timeout, Detail::new(format_args!("no answer in {timeout:?}")))),
        };
        let phases = Phases { total_us: micros(started.elapsed()), ..progress.phases };
        match outcome {
            Ok(answer) => Ok(Answer { phases, ..answer }),
            Err((kind, detail)) => Err(ExchangeError { kind, detail, phases }),
        }
    }

    /// Connects and no more: DNS, TCP and, where the URL asks for it, TLS, all within `timeout`; not a byte of HTTP goes out.
    /// Never over a connection of the pool, which would say nothing of the name, the port or the certificate.
    pub async fn reach(&self, target: &Target, timeout: Duration) -> Result<Phases, NetError> {
        let origin = &target.origin;
        Ok(self.dialer(target).dial(&origin.host, origin.port, origin.tls, timeout).await?.phases)
    }

    /// Sends the message and waits for the head of its answer; says whether it went out twice.
    ///
    /// A connection that was kept may end while the request is on its way. Where no byte of an answer came, the request
    /// is sent again at once on a new connection, and once: a failure would be sent again as well, only later, and the
    /// receiver knows it by its `webhook-id`. The same where the server said, as it hung up, that it had waited for a
    /// request too long (RFC 9110, 15.5.9): that was meant for the connection, and crossed the request on the way.
    async fn ask(
        &self,
        target: &Target,
        message: &Message,
        now: Instant,
        progress: &mut Progress,
    ) -> Result<(Connection, Head, bool), Failed> {
        let mut resent = false;
        if let Some(mut connection) = self.pool.take(target, now) {
            progress.phases.reused = true;
            match connection.ask(message, progress).await {
                Ok(head) if head.status == StatusCode::REQUEST_TIMEOUT && !head.keeps_alive => resent = true,
                Ok(head) => return Ok((connection, head, false)),
                Err(Failed { kind: ErrorKind::Reset, silent: true, .. }) => resent = true,
                Err(failed) => return Err(failed),
            }
        }
        // Boxed: most requests do not need the room that connecting takes.
        let mut connection = Box::pin(self.connect(target, progress)).await?;
        let head = connection.ask(message, progress).await?;
        Ok((connection, head, resent))
    }

    async fn connect(&self, target: &Target, progress: &mut Progress) -> Result<Connection, Failed> {
        let origin = &target.origin;
        let asked = Instant::now();
        match self.dialer(target).open(&origin.host, origin.port, origin.tls, Way::Forward).await {
            Ok(dialed) => {
                progress.phases = dialed.phases;
                Ok(Connection::new(dialed, asked))
            }
            Err(error) => {
                progress.phases = error.phases;
                Err(Failed { kind: error.kind, detail: error.detail, silent: false })
            }
        }
    }

    /// Reads the body of an answer that is known. Its trouble is a note.
    async fn finish(
        &self,
        target: &Target,
        mut connection: Connection,
        head: Head,
        deadline: Instant,
    ) -> Answer {
        let mut answer = Answer {
            status: head.status,
            headers: head.headers,
            body: Vec::new(),
            truncated: false,
            note: None,
            phases: Phases::default(),
            peer: connection.peer,
        };
        let Some(mut reader) = Reader::new(head.framing) else {
            // What comes is read no further, so that the connection is closed.
            answer.note = Some(if head.cut { Note::HeadTooLarge } else { Note::BodyBroken });
            return answer;
        };
        let success = answer.status.is_success();
        let patience = if success { deadline.min(Instant::now() + BODY_PATIENCE) } else { deadline };
        let mut read = timeout_at(patience, end(&mut connection, &mut reader, success)).await;
        if read.is_err() && patience < deadline {
            // What is not sent yet is memory that the caller has made room for: the request stays with it
            // (`a_request_that_is_not_taken_is_in_nobodys_memory_afterwards`).
            let place = if connection.has_sent() { self.pool.late_place(&target.origin) } else { None };
            match place {
                Some(place) => {
                    let (pool, target) = (self.pool.clone(), target.clone());
                    answer.note = Some(Note::BodyLate);
                    answer.body.clone_from(&reader.body);
                    tokio::spawn(async move {
                        let read = timeout_at(deadline, end(&mut connection, &mut reader, success)).await;
                        drop(place);
                        if let Ok(Ok(false)) = read {
                            keep(&pool, &target, connection);
                        }
                    });
                    return answer;
                }
                None => read = timeout_at(deadline, end(&mut connection, &mut reader, success)).await,
            }
        }
        answer.body = reader.body;
        match read {
            Ok(Ok(false)) => keep(&self.pool, target, connection),
            Ok(Ok(true)) => answer.truncated = true,
            Ok(Err(note)) => answer.note = Some(note),
            Err(_) => answer.note = Some(Note::BodyLate),
        }
        answer
    }
}

/// Reads the answer to its end; where it is a success, the request too has to have gone out, or to be wanted no longer.
async fn end(connection: &mut Connection, reader: &mut Reader, success: bool) -> Result<bool, Note> {
    let read = connection.body(reader).await?;
    if success {
        connection.send_rest().await;
    }
    Ok(read)
}

/// Back to the pool with a connection whose answer was read to its end, if it may serve again.
fn keep(pool: &Arc<Pool>, target: &Target, mut connection: Connection) {
    if connection.is_reusable() {
        pool.put(&target.origin, connection, Instant::now());
    }
}
