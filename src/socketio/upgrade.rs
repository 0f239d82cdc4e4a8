//! The HTTP upgrade (RFC 6455, section 4.1).
//!
//! Ours and not the WebSocket library's, for two reasons. The library writes the whole request, and with it the token,
//! into a log record. And a socket that comes out of its handshake has a read buffer that started empty, for which reason
//! it is replaced by minute ones as soon as frames are kept: two reads and two allocations per event.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use zeroize::Zeroizing;

use super::dial::BoxTransport;
use super::frames::Frames;
use super::reason::{Reason, Stage, Violation};
use super::target::Target;

/// What is read from a socket in one go. It belongs to each connection for its whole life; the library's own 128 KiB
/// would be 128 MB at a thousand of them.
const READ_BUFFER_BYTES: usize = 8 << 10;
/// We write pongs and farewells only. A peer that reads none of them for so long is not a peer.
const UNWRITTEN_BYTES: usize = 16 << 10;
/// The largest head of an answer, and the most headers in it.
const HEAD_BYTES: usize = 16 << 10;
const HEADERS: usize = 64;

pub(super) type Socket = WebSocketStream<Upgraded<BoxTransport>>;

/// Turns a transport into a WebSocket.
pub(super) async fn upgrade(
    mut transport: BoxTransport,
    target: &Target,
    user_agent: Option<&HeaderValue>,
    message_limit: usize,
) -> Result<Socket, Reason> {
    let lost =
        |error: io::Error| Reason::TransportError { stage: Stage::Upgrade, detail: error.to_string().into() };
    let key = generate_key();
    transport.write_all(&request(target, user_agent, &key)).await.map_err(lost)?;
    transport.flush().await.map_err(lost)?;

    let mut head = BytesMut::with_capacity(1 << 10);
    let beyond = loop {
        if transport.read_buf(&mut head).await.map_err(lost)? == 0 {
            return Err(Reason::TransportClose { code: None });
        }
        if let Some(end) = accepted(&head, &key)? {
            break Bytes::copy_from_slice(&head[end..]);
        }
        if head.len() > HEAD_BYTES {
            return Err(violation("an answer to the upgrade without an end"));
        }
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(UNWRITTEN_BYTES)
        .max_message_size(Some(message_limit))
        .max_frame_size(Some(message_limit));
    let upgraded = Upgraded::new(transport, beyond);
    Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
}

fn request(target: &Target, user_agent: Option<&HeaderValue>, key: &str) -> Zeroizing<Vec<u8>> {
    let line = target.request_line();
    let head = format!(
        "Host: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n",
        target.authority()
    );
    let agent = user_agent.map_or(&[][..], HeaderValue::as_bytes);
    // Joined in one allocation of the final size: a buffer that grew would leave copies of the token behind.
    let parts: [&[u8]; 5] = if agent.is_empty() {
        [line.as_bytes(), head.as_bytes(), b"\r\n", b"", b""]
    } else {
        [line.as_bytes(), head.as_bytes(), b"User-Agent: ", agent, b"\r\n\r\n"]
    };
    Zeroizing::new(parts.concat())
}

fn violation(what: &str) -> Reason {
    Violation::WebSocket(what.into()).into()
}

/// Where the answer's head ends, once it is complete and accepts the upgrade.
fn accepted(bytes: &[u8], key: &str) -> Result<Option<usize>, Reason> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let end = match response.parse(bytes) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(violation("an unreadable answer to the upgrade")),
    };
    match response.code {
        Some(101) => {}
        code => return Err(Reason::Upgrade { status: code.unwrap_or_default() }),
    }
    let all = |name: &'static str| {
        response
            .headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value)
    };
    let lists = |name: &'static str, token: &[u8]| {
        all(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|word| word.trim_ascii().eq_ignore_ascii_case(token))
    };
    if !lists("Upgrade", b"websocket") || !lists("Connection", b"upgrade") {
        return Err(violation("an upgrade to something else"));
    }
    if !all("Sec-WebSocket-Accept").eq([derive_accept_key(key.as_bytes()).as_bytes()]) {
        return Err(violation("an upgrade that does not answer ours"));
    }
    if all("Sec-WebSocket-Extensions").chain(all("Sec-WebSocket-Protocol")).next().is_some() {
        return Err(violation("an extension or protocol that was not asked for"));
    }
    Ok(Some(end))
}

/// A transport after its upgrade: what the server sent together with its answer is read first, and the header of a large
/// frame ends a read ([`Frames`]).
#[derive(Debug)]
pub(super) struct Upgraded<S> {
    inner: S,
    /// Read, and not given on yet.
    beyond: Bytes,
    frames: Frames,
    /// The bytes of a large message, of which the header of a frame was given on: nothing more is, until it is admitted.
    large: Option<usize>,
    heard_at: Instant,
}

impl<S> Upgraded<S> {
    pub fn new(inner: S, beyond: Bytes) -> Self {
        Self { inner, beyond, frames: Frames::default(), large: None, heard_at: Instant::now() }
    }

    /// When a byte came last, be it one in the middle of a long message.
    pub fn heard_at(&self) -> Instant {
        self.heard_at
    }

    /// The bytes of a message that waits to be admitted.
    pub fn large(&self) -> Option<usize> {
        self.large
    }

    /// Lets it be read. Whoever does must read on: nobody is woken.
    pub fn admit(&mut self) {
        self.large = None;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Upgraded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { inner, beyond, frames, large, heard_at } = &mut *self;
        if large.is_some() {
            return Poll::Pending;
        }
        if beyond.has_remaining() {
            let room = beyond.len().min(into.remaining());
            let taken;
            (taken, *large) = frames.up_to_large(&beyond[..room]);
            into.put_slice(&beyond.split_to(taken));
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        let polled = Pin::new(inner).poll_read(context, into);
        let fresh = &into.filled()[before..];
        if !fresh.is_empty() {
            *heard_at = Instant::now();
        }
        let taken;
        (taken, *large) = frames.up_to_large(fresh);
        if taken < fresh.len() {
            *beyond = Bytes::copy_from_slice(&fresh[taken..]);
            into.set_filled(before + taken);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Upgraded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    fn answer(changed: &str) -> String {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n{changed}\r\n"
        )
    }

    #[test]
    fn the_request_is_the_one_of_the_rfc() {
        let target = Target::new("http://localhost:8080", [("token", "3cs_x")]).unwrap();
        let agent = HeaderValue::from_static("ramal/1");
        let request = request(&target, Some(&agent), KEY);
        assert_eq!(
            std::str::from_utf8(&request).unwrap(),
            "GET /socket.io/?token=3cs_x&EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost:8080\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             User-Agent: ramal/1\r\n\r\n"
        );
        assert!(request_without_agent(&target).ends_with("==\r\n\r\n"));
    }

    fn request_without_agent(target: &Target) -> String {
        String::from_utf8(request(target, None, KEY).to_vec()).unwrap()
    }

    #[test]
    fn an_answer_is_taken_when_it_is_whole_and_right() {
        let good = answer(&format!("Sec-WebSocket-Accept: {ACCEPT}\r\n"));
        assert_eq!(accepted(format!("{good}0{{").as_bytes(), KEY), Ok(Some(good.len())));
        for cut in 0..good.len() {
            assert_eq!(accepted(&good.as_bytes()[..cut], KEY), Ok(None), "{cut}");
        }
    }

    #[test]
    fn other_answers_are_named() {
        let refused = accepted(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", KEY);
        assert_eq!(refused, Err(Reason::Upgrade { status: 403 }));
        for text in [
            answer(""),
            answer("Sec-WebSocket-Accept: AAAA\r\n"),
            answer(&format!(
                "Sec-WebSocket-Accept: {ACCEPT}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
            )),
            "HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n".to_owned(),
            "SSH-2.0-OpenSSH\r\n".to_owned(),
        ] {
            assert!(
                matches!(accepted(text.as_bytes(), KEY), Err(Reason::Protocol(Violation::WebSocket(_)))),
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn what_came_with_the_answer_is_read_first() {
        let (mut peer, inner) = tokio::io::duplex(64);
        peer.write_all(b" then the rest").await.unwrap();
        drop(peer);
        let mut upgraded = Upgraded::new(inner, Bytes::from_static(b"first"));
        let mut all = String::new();
        upgraded.read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "first then the rest");
    }
}
