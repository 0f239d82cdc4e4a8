//! How a connection is made is not decided here: a [`Dial`] is injected, and with it resolving, guarding and TLS.

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::reason::DialError;
use super::target::Endpoint;

/// A connected byte stream, TLS included where the endpoint asks for it.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

pub type BoxTransport = Box<dyn Transport>;

pub type Dialling<'a> = Pin<Box<dyn Future<Output = Result<BoxTransport, DialError>> + Send + 'a>>;

/// Connects to an endpoint. The future is dropped when the handshake's deadline passes or the session is stopped;
/// `deadline` is that moment, for a dialer that divides its time among several addresses.
pub trait Dial: Send + Sync {
    fn dial<'a>(&'a self, endpoint: &'a Endpoint, deadline: Instant) -> Dialling<'a>;
}
