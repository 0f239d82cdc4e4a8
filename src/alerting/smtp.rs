//! A mail's way: one connection to the mail server, TLS as for everything that goes out, one mail, the end.
//!
//! What must hold here: a server that has no STARTTLS gets neither password nor mail where the settings ask for it; what was said
//! before TLS counts for nothing after it; who is not taken as a recipient keeps the others from nothing.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::channels::email;
use super::failure::Failure;
use super::mail::{MailServer, MailTls};
use crate::domain::contact_point::EmailAddress;
use crate::net::{Dialer, ErrorKind, NetError, Stream};

/// What lettre reads of a server that has said its greeting before TLS.
const GREETED: &[u8] = b"220 encrypted\r\n";
/// How long the server may take to say goodbye, when everything is said.
const GOODBYE: Duration = Duration::from_secs(1);

/// What became of a mail that was taken.
#[derive(Debug)]
pub(super) struct Handed {
    /// What the server said at the end.
    pub answered: String,
    /// Who was not taken, with what was said of the first of them.
    pub missed: Option<(Vec<EmailAddress>, u16)>,
}

/// Why none was.
#[derive(Debug)]
pub(super) struct NotHanded {
    pub why: Failure,
    /// Whether it may be otherwise another time.
    pub passing: bool,
    /// What the server said.
    pub answered: String,
}

/// Hands a mail to the server.
pub(super) async fn hand(
    server: &MailServer,
    dialer: &Dialer,
    mail: &[u8],
    to: &[EmailAddress],
) -> Result<Handed, NotHanded> {
    let mut connection = open(server, dialer).await?;
    connection.command(Mail::new(Some(email::address(&server.from)), Vec::new())).await?;
    let mut missed: Vec<(EmailAddress, Error)> = Vec::new();
    for to in to {
        let taken = connection.command(Rcpt::new(email::address(to), Vec::new())).await;
        match taken {
            Ok(_) => {}
            Err(error) if error.status().is_some() => missed.push((to.clone(), error)),
            Err(error) => return Err(error.into()),
        }
    }
    if missed.len() == to.len() {
        // What may pass for one of them is worth another try.
        let passing = missed.iter().position(|(_, error)| error.is_transient()).unwrap_or(0);
        return Err(missed.swap_remove(passing).1.into());
    }
    connection.command(Data).await?;
    let response = connection.message(mail).await?;
    let answered = format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join("\n"));
    // It has the mail, whatever comes now.
    let _ = tokio::time::timeout(GOODBYE, connection.quit()).await;
    let code = missed.first().and_then(|(_, error)| error.status()).map(u16::from);
    let missed = code.map(|code| (missed.into_iter().map(|(to, _)| to).collect(), code));
    Ok(Handed { answered, missed })
}

/// Whether the server is there, encrypts as it should, and takes user and password. No mail is spoken of.
pub(super) async fn probe(server: &MailServer, dialer: &Dialer) -> Result<(), NotHanded> {
    let mut connection = open(server, dialer).await?;
    let _ = tokio::time::timeout(GOODBYE, connection.quit()).await;
    Ok(())
}

/// A connection that is encrypted and signed in, as the settings ask.
async fn open(server: &MailServer, dialer: &Dialer) -> Result<AsyncSmtpConnection, NotHanded> {
    let implicit = server.tls == MailTls::Implicit;
    let reached = dialer.dial(&server.host, server.port, implicit, super::LONGEST).await?;
    let hello = ClientId::Domain(server.from.domain().to_owned());
    let wire = Wire::new(reached.stream, reached.peer, b"");
    let shared = wire.stream.clone();
    let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello).await?;
    if server.tls == MailTls::StartTls {
        if !connection.server_info().supports_feature(Extension::StartTls) {
            return Err(NotHanded { why: Failure::NoStartTls, passing: false, answered: String::new() });
        }
        connection.command(Starttls).await?;
        // With it goes whatever it has read: nothing that was said unencrypted is taken for an answer to what is said now.
        drop(connection);
        let stream = lock(&shared).take().ok_or_else(|| closed("no stream"))?;
        let stream = dialer.secure(stream, &server.host).await?;
        let wire = Wire::new(stream, reached.peer, GREETED);
        connection = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello).await?;
    }
    if let Some((user, password)) = &server.login {
        let login = Credentials::new(user.clone(), password.expose().to_owned());
        let known = [Mechanism::Plain, Mechanism::Login];
        if connection.server_info().get_auth_mechanism(&known).is_none() {
            return Err(NotHanded { why: Failure::NoLogin, passing: false, answered: String::new() });
        }
        connection.auth(&known, &login).await?;
    }
    Ok(connection)
}

fn closed(words: &str) -> NotHanded {
    NotHanded { why: Failure::Net(ErrorKind::Reset), passing: true, answered: words.to_owned() }
}

impl From<NetError> for NotHanded {
    fn from(error: NetError) -> Self {
        NotHanded { why: Failure::Net(error.kind), passing: true, answered: String::new() }
    }
}

impl From<Error> for NotHanded {
    fn from(error: Error) -> Self {
        use std::error::Error as _;
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        let answered = match error.status() {
            Some(code) => format!("{code} {words}"),
            None => words,
        };
        let (why, passing) = match error.status() {
            Some(code) => (Failure::Smtp(code.into()), error.is_transient()),
            None if error.is_response() => (Failure::NotSmtp, true),
            None if error.is_client() => (Failure::NotSmtp, false),
            None => (Failure::Net(ErrorKind::Reset), true),
        };
        NotHanded { why, passing, answered }
    }
}

/// A connection that can be taken back from lettre, which has no way to use TLS as the rest of the program does.
struct Wire {
    stream: Arc<Mutex<Option<Stream>>>,
    /// Read before what comes.
    first: &'static [u8],
    peer: SocketAddr,
}

impl Wire {
    fn new(stream: Stream, peer: SocketAddr, first: &'static [u8]) -> Self {
        Self { stream: Arc::new(Mutex::new(Some(stream))), first, peer }
    }

    fn with<T>(&self, poll: impl FnOnce(Pin<&mut Stream>) -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match &mut *lock(&self.stream) {
            Some(stream) => poll(Pin::new(stream)),
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

fn lock(stream: &Mutex<Option<Stream>>) -> MutexGuard<'_, Option<Stream>> {
    // Only polls run under it, each of which leaves the stream as it was or further on.
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let (now, later) = self.first.split_at(self.first.len().min(buf.remaining()));
            buf.put_slice(now);
            self.first = later;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(self.with(|stream| stream.poll_read(cx, buf)))?;
        // lettre reads on at the end; an end is told as what it is.
        if buf.filled().len() == before && buf.remaining() > 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.with(|stream| stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_shutdown(cx))
    }
}
