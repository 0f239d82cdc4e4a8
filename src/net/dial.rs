//! Connections to vetted addresses, with the time that each step took.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::proxy::{Proxies, Proxy};
use super::{ErrorKind, Guard, NetError, tls};

/// How long an address may stay silent before the next one is tried beside it (RFC 8305, "Happy Eyeballs").
const STAGGER: Duration = Duration::from_millis(250);

/// How long the steps of an exchange took, in microseconds. `None`: the step did not take place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phases {
    pub dns_us: Option<u32>,
    pub connect_us: Option<u32>,
    pub tls_us: Option<u32>,
    /// From the request being handed to the connection to the head of its answer.
    pub first_byte_us: Option<u32>,
    /// From the call to its end, whatever the end was.
    pub total_us: u32,
    /// The connection had served before: no DNS, connect or TLS.
    pub reused: bool,
}

/// A duration as phases count it; more than 71 minutes is 71 minutes.
pub(super) fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// How long each step of making a connection may take. (DNS has its own, in the [`Guard`].)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    pub connect: Duration,
    pub tls: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), tls: Duration::from_secs(5) }
    }
}

/// A connection, plain or encrypted.
#[derive(Debug)]
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<Encrypted>),
}

/// An encrypted connection.
#[derive(Debug)]
pub struct Encrypted {
    stream: TlsStream<Stream>,
    /// The server asked for a certificate of ours, and got none.
    wants_certificate: bool,
}

impl Stream {
    /// Whether the server asked for a client certificate; since TLS 1.3 it refuses who has none after the handshake.
    pub(super) fn wants_client_certificate(&self) -> bool {
        matches!(self, Stream::Tls(encrypted) if encrypted.wants_certificate)
    }
}

/// A new connection, to whom, and how long it took.
#[derive(Debug)]
pub struct Dialed {
    pub stream: Stream,
    pub phases: Phases,
    pub peer: SocketAddr,
    /// The peer is a proxy.
    pub proxied: bool,
}

/// Makes connections under one guard.
#[derive(Debug, Clone)]
pub struct Dialer {
    pub guard: Arc<Guard>,
    pub tls: Arc<ClientConfig>,
    pub deadlines: Deadlines,
    pub proxies: Arc<Proxies>,
}

impl Dialer {
    /// Without a proxy.
    pub fn new(guard: Arc<Guard>, tls: Arc<ClientConfig>) -> Self {
        Self { guard, tls, deadlines: Deadlines::default(), proxies: Arc::default() }
    }

    /// To a server that the administrator has named and that does not speak HTTP: it may be at any address, is reached past the
    /// proxies, and is not told that HTTP follows.
    #[must_use]
    pub fn to_named_server(&self) -> Self {
        let mut tls = (*self.tls).clone();
        tls.alpn_protocols.clear();
        Self {
            guard: Arc::new(self.guard.permitting_all()),
            tls: Arc::new(tls),
            deadlines: self.deadlines,
            proxies: Arc::default(),
        }
    }

    /// Agrees on TLS over a connection on which something was said already.
    pub async fn secure(&self, stream: Stream, host: &str) -> Result<Stream, NetError> {
        let agreed = agree(stream, host, &self.tls, self.deadlines.tls).await?;
        Ok(Stream::Tls(Box::new(agreed)))
    }

    /// Connects to a host as a URL names it (an IPv6 address with or without brackets), in at most `deadline` over all
    /// steps besides their own deadlines.
    pub async fn dial(
        &self,
        host: &str,
        port: u16,
        tls: bool,
        deadline: Duration,
    ) -> Result<Dialed, NetError> {
        tokio::time::timeout(deadline, self.open(host, port, tls, Way::Tunnel)).await.unwrap_or_else(|_| {
            Err(NetError::new(
                ErrorKind::ConnectTimeout,
                format_args!("no connection to `{host}` in {deadline:?}"),
            ))
        })
    }

    /// Vets the host, connects, and agrees on TLS if the target wants it. An error carries the phases so far.
    pub(super) async fn open(&self, host: &str, port: u16, tls: bool, way: Way) -> Result<Dialed, NetError> {
        let mut phases = Phases::default();
        let proxy = self.proxies.to(tls, host, port);
        let started = Instant::now();
        let addresses = match proxy {
            None => self.guard.vet(host, port).await,
            Some(proxy) => self.addresses_of(proxy, host, port, tls).await,
        };
        phases.dns_us = Some(micros(started.elapsed()));
        let addresses = addresses.map_err(|error| NetError { phases, ..error })?;

        let started = Instant::now();
        let connected = match proxy {
            None => connect(addresses, self.deadlines.connect).await,
            Some(proxy) => {
                let tunnelled = tls || matches!(way, Way::Tunnel);
                self.connect_through(proxy, addresses, tunnelled.then_some((host, port))).await
            }
        };
        phases.connect_us = Some(micros(started.elapsed()));
        let (stream, peer) = connected.map_err(|error| NetError { phases, ..error })?;
        let proxied = proxy.is_some();
        if !tls {
            return Ok(Dialed { stream, phases, peer, proxied });
        }

        let started = Instant::now();
        let agreed = agree(stream, host, &self.tls, self.deadlines.tls).await;
        phases.tls_us = Some(micros(started.elapsed()));
        let stream = agreed.map_err(|error| NetError { phases, ..error })?;
        Ok(Dialed { stream: Stream::Tls(Box::new(stream)), phases, peer, proxied })
    }

    /// Judges the target, and looks up the proxy, which may be anywhere.
    async fn addresses_of(
        &self,
        proxy: &Proxy,
        host: &str,
        port: u16,
        tls: bool,
    ) -> Result<Vec<SocketAddr>, NetError> {
        self.proxies.judge(&self.guard, host, port, tls).await?;
        let addresses = self.guard.addresses(&proxy.host).await.map_err(|error| of_proxy(proxy, &error))?;
        Ok(addresses.into_iter().map(|ip| SocketAddr::new(ip.to_canonical(), proxy.port)).collect())
    }

    /// Connects to the proxy and, for a tunnel, has it connect to the target.
    async fn connect_through(
        &self,
        proxy: &Proxy,
        addresses: Vec<SocketAddr>,
        tunnel: Option<(&str, u16)>,
    ) -> Result<(Stream, SocketAddr), NetError> {
        let connected = connect(addresses, self.deadlines.connect).await;
        let (mut stream, peer) = connected.map_err(|error| of_proxy(proxy, &error))?;
        if proxy.tls {
            let agreed = agree(stream, &proxy.host, &self.tls, self.deadlines.tls).await;
            stream = Stream::Tls(Box::new(agreed.map_err(|error| of_proxy(proxy, &error))?));
        }
        if let Some((host, port)) = tunnel {
            let tunnel = proxy.tunnel(&mut stream, host, port);
            tokio::time::timeout(self.deadlines.connect, tunnel)
                .await
                .unwrap_or_else(|_| Err(of_proxy(proxy, &not_accepted(self.deadlines.connect))))?;
        }
        Ok((stream, peer))
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// A proxy may be told what is asked for, as HTTP's absolute form does.
    Forward,
    /// Whatever goes over it is no proxy's business.
    Tunnel,
}

fn of_proxy(proxy: &Proxy, error: &NetError) -> NetError {
    let (host, port, words) = (&proxy.host, proxy.port, error.detail.for_operator());
    NetError::new(ErrorKind::Proxy, format_args!("the proxy `{host}:{port}`: {} ({words})", error.kind))
}

/// Tries the addresses one after the other, a new one as soon as the last failed or after [`STAGGER`]; the first that
/// accepts wins and the rest are dropped.
async fn connect(addresses: Vec<SocketAddr>, deadline: Duration) -> Result<(Stream, SocketAddr), NetError> {
    let ends = tokio::time::sleep(deadline);
    tokio::pin!(ends);
    let mut waiting = interleave(addresses).into_iter();
    let mut trying = FuturesUnordered::new();
    let mut last_error = None;
    loop {
        match waiting.next() {
            Some(address) => trying.push(async move { (address, TcpStream::connect(address).await) }),
            None if trying.is_empty() => return Err(last_error.unwrap_or_else(|| not_accepted(deadline))),
            None => {}
        }
        let more = waiting.len() > 0;
        tokio::select! {
            biased;
            Some((address, outcome)) = trying.next() => match outcome.and_then(at_once) {
                Ok(stream) => return Ok((Stream::Plain(stream), address)),
                Err(error) => last_error = Some(connect_error(address, &error)),
            },
            () = &mut ends => return Err(not_accepted(deadline)),
            () = tokio::time::sleep(STAGGER), if more => {}
        }
    }
}

/// Small writes go out at once instead of waiting to be joined by others.
fn at_once(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn not_accepted(deadline: Duration) -> NetError {
    NetError::new(ErrorKind::ConnectTimeout, format_args!("not accepted in {deadline:?}"))
}

fn connect_error(address: SocketAddr, error: &io::Error) -> NetError {
    let kind = match error.kind() {
        io::ErrorKind::ConnectionRefused => ErrorKind::ConnectRefused,
        io::ErrorKind::TimedOut => ErrorKind::ConnectTimeout,
        io::ErrorKind::ConnectionReset => ErrorKind::Reset,
        _ => ErrorKind::Unreachable,
    };
    NetError::new(kind, format_args!("{address}: {error}"))
}

/// The families in turn, beginning with that of the first address (the system sorts by what it thinks reachable).
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut mixed = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let pair = (first.next(), second.next());
        if pair == (None, None) {
            return mixed;
        }
        mixed.extend([pair.0, pair.1].into_iter().flatten());
    }
}

async fn agree(
    stream: Stream,
    host: &str,
    config: &Arc<ClientConfig>,
    deadline: Duration,
) -> Result<Encrypted, NetError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = match bare.parse::<IpAddr>() {
        Ok(ip) => ServerName::from(ip),
        // A name's final dot is not part of what certificates say.
        Err(_) => ServerName::try_from(bare.trim_end_matches('.').to_owned()).map_err(|error| {
            NetError::new(ErrorKind::Tls, format_args!("`{host}` cannot be in a certificate: {error}"))
        })?,
    };
    let handshake = tls::noticing(TlsConnector::from(config.clone()).connect(name, stream));
    let timely = tokio::time::timeout(deadline, handshake).await;
    let (agreed, wants_certificate) = timely.map_err(|_| {
        NetError::new(ErrorKind::TlsTimeout, format_args!("`{host}`: no TLS in {deadline:?}"))
    })?;
    match agreed {
        Ok(stream) => Ok(Encrypted { stream, wants_certificate }),
        Err(error) => {
            let kind = tls::kind(&error, wants_certificate);
            Err(NetError::new(kind, format_args!("`{host}`: {}", tls::words(&error))))
        }
    }
}

/// Passes a call on to whichever stream it is.
macro_rules! either {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Plain($stream) => $call,
            Stream::Tls(encrypted) => {
                let $stream = &mut encrypted.stream;
                $call
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(encrypted) => encrypted.stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let parse = |text: &str| {
            text.split(' ').map(|ip| SocketAddr::new(ip.parse().expect("an address"), 80)).collect::<Vec<_>>()
        };
        assert_eq!(interleave(parse("::1 ::2 ::3 1.1.1.1 1.1.1.2")), parse("::1 1.1.1.1 ::2 1.1.1.2 ::3"));
        assert_eq!(interleave(parse("1.1.1.1 ::1")), parse("1.1.1.1 ::1"));
        assert_eq!(interleave(vec![]), vec![]);
    }

    #[test]
    fn a_phase_of_hours_is_counted_as_the_longest() {
        assert_eq!(micros(Duration::from_hours(2)), u32::MAX);
    }
}
