//! Everything that receivers were seen to do, and some that they might.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::support::tcp_server::{TcpServer, answer_all, read_request};
use crate::support::tls_front::PrivateCa;

/// What a receiver does with every connection.
#[derive(Debug, Clone, Copy)]
pub enum Misbehaviour {
    /// Nobody listens.
    Refuses,
    /// Its name leads nowhere.
    NoName,
    ClosesAtOnce,
    ResetsAtOnce,
    ResetsInTheBody,
    NeverReads,
    NeverAnswers,
    TricklesItsHead,
    TricklesItsBody,
    NeverEndsItsHead,
    NeverEndsInterim,
    NeverEndsItsBody,
    /// These bytes, and the connection is closed.
    SaysAndCloses(&'static str),
    /// These bytes for every request, and the connection stays.
    Says(&'static str),
    /// An answer to a request that has not come yet.
    SpeaksFirst(&'static str),
    /// Answers, and closes without having said so.
    AnswersAndCloses,
    /// Says so many bytes in one field of its head.
    LargeField(usize),
    /// Speaks no TLS where it is addressed with it.
    NoTls,
    /// Begins TLS and stops.
    HangsInTls,
    UnknownAuthority,
    WrongName,
}

/// Who never ends leaves others a turn.
const A_MOMENT: Duration = Duration::from_millis(1);

use Misbehaviour::{
    AnswersAndCloses, ClosesAtOnce, HangsInTls, LargeField, NeverAnswers, NeverEndsInterim, NeverEndsItsBody,
    NeverEndsItsHead, NeverReads, NoName, NoTls, Refuses, ResetsAtOnce, ResetsInTheBody, Says, SaysAndCloses,
    SpeaksFirst, TricklesItsBody, TricklesItsHead, UnknownAuthority, WrongName,
};

/// Each with its name.
pub const ALL: &[(&str, Misbehaviour)] = &[
    ("nobody listens", Refuses),
    ("its name leads nowhere", NoName),
    ("closes every connection", ClosesAtOnce),
    ("resets every connection", ResetsAtOnce),
    ("resets in the middle of the request", ResetsInTheBody),
    ("never reads", NeverReads),
    ("reads and never answers", NeverAnswers),
    ("trickles the head of its answer", TricklesItsHead),
    ("trickles the body of its answer", TricklesItsBody),
    ("never ends its head", NeverEndsItsHead),
    ("sends 1xx without end", NeverEndsInterim),
    ("never ends its body", NeverEndsItsBody),
    ("cuts its head", SaysAndCloses("HTTP/1.1 200 O")),
    ("cuts its body", SaysAndCloses("HTTP/1.1 500 x\r\ncontent-length: 100\r\n\r\nten bytes.")),
    ("says garbage", SaysAndCloses("\u{1}\u{2}\u{fffd} not HTTP at all\r\n\r\n")),
    ("speaks HTTP/0.9", SaysAndCloses("<html>ok</html>")),
    ("greets as a mail server", SpeaksFirst("220 mail.example ESMTP\r\n")),
    ("answers before it is asked", SpeaksFirst("HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n")),
    (
        "answers twice",
        Says("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\nHTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n"),
    ),
    ("says no number for a status", Says("HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\n")),
    ("answers 999", Says("HTTP/1.1 999 x\r\ncontent-length: 0\r\n\r\n")),
    ("switches protocols", Says("HTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")),
    ("says a negative length", Says("HTTP/1.1 500 x\r\ncontent-length: -1\r\n\r\n")),
    ("says two lengths", Says("HTTP/1.1 500 x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx")),
    ("says more than its length", Says("HTTP/1.1 500 x\r\ncontent-length: 2\r\n\r\nfar more than that")),
    (
        "says chunks that are none",
        Says("HTTP/1.1 500 x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nnothing\r\n"),
    ),
    ("says a field of 100 KB", LargeField(100_000)),
    ("says a field of 4 MB", LargeField(4_000_000)),
    ("closes connections that it says it keeps", AnswersAndCloses),
    ("redirects to itself (301)", Says("HTTP/1.1 301 x\r\nlocation: /\r\ncontent-length: 0\r\n\r\n")),
    (
        "redirects elsewhere (307)",
        Says("HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n"),
    ),
    ("answers 401", Says("HTTP/1.1 401 x\r\nwww-authenticate: Basic\r\ncontent-length: 0\r\n\r\n")),
    ("answers 404", Says("HTTP/1.1 404 x\r\ncontent-length: 0\r\n\r\n")),
    ("answers 410", Says("HTTP/1.1 410 x\r\ncontent-length: 0\r\n\r\n")),
    ("answers 413", Says("HTTP/1.1 413 x\r\ncontent-length: 0\r\n\r\n")),
    (
        "answers 429, try again in an hour",
        Says("HTTP/1.1 429 x\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n"),
    ),
    (
        "answers 429, try again never",
        Says("HTTP/1.1 429 x\r\nretry-after: 99999999999999999999\r\ncontent-length: 0\r\n\r\n"),
    ),
    ("answers 500", Says("HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n")),
    (
        "answers 503, try again at a date that is over",
        Says("HTTP/1.1 503 x\r\nretry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\ncontent-length: 0\r\n\r\n"),
    ),
    ("speaks no TLS at https", NoTls),
    ("hangs in the TLS handshake", HangsInTls),
    ("has a certificate that nobody has signed", UnknownAuthority),
    ("has another one's certificate", WrongName),
];

/// A receiver that misbehaves; it ends when dropped.
pub struct Misbehaving {
    server: Option<TcpServer>,
    pub url: String,
}

impl Misbehaving {
    pub async fn start(how: Misbehaviour) -> Misbehaving {
        let url = match how {
            // The discard port: nobody has it.
            Refuses => Some("http://127.0.0.1:9/"),
            NoName => Some("http://nobody.invalid/"),
            _ => None,
        };
        if let Some(url) = url {
            return Misbehaving { server: None, url: url.to_owned() };
        }
        let tls = matches!(how, UnknownAuthority | WrongName).then(|| PrivateCa::new().acceptor());
        let server = TcpServer::start(move |_, stream| {
            let tls = tls.clone();
            async move {
                match tls {
                    Some(tls) => {
                        answer_all(tls.accept(stream).await?, "HTTP/1.1 200 x\r\ncontent-length: 0\r\n\r\n")
                            .await
                    }
                    None => misbehave(how, stream).await,
                }
            }
        })
        .await;
        let (scheme, host) = match how {
            NoTls | HangsInTls | WrongName => ("https", "127.0.0.1"),
            UnknownAuthority => ("https", "localhost"),
            _ => ("http", "127.0.0.1"),
        };
        let url = format!("{scheme}://{host}:{}/", server.address.port());
        Misbehaving { server: Some(server), url }
    }

    /// Connections so far; `None` where there is nothing to connect to.
    pub fn accepted(&self) -> Option<usize> {
        self.server.as_ref().map(TcpServer::accepted)
    }
}

async fn misbehave(how: Misbehaviour, mut stream: TcpStream) -> io::Result<()> {
    const HEAD: &str = "HTTP/1.1 200 x\r\ncontent-length: 0\r\nx: ";
    match how {
        // Those that no connection reaches.
        Refuses | NoName | ClosesAtOnce | UnknownAuthority | WrongName => Ok(()),
        ResetsAtOnce => stream.set_zero_linger(),
        ResetsInTheBody => {
            stream.read_exact(&mut [0; 200]).await?;
            stream.set_zero_linger()
        }
        NeverReads | HangsInTls => std::future::pending().await,
        NeverAnswers => loop {
            read_request(&mut stream).await?;
            std::future::pending::<()>().await;
        },
        TricklesItsHead => asked_then(stream, HEAD, "x", Duration::from_millis(100)).await,
        TricklesItsBody => {
            let head = "HTTP/1.1 500 x\r\ncontent-length: 1000000\r\n\r\n";
            asked_then(stream, head, "x", Duration::from_millis(100)).await
        }
        NeverEndsItsHead => {
            asked_then(stream, HEAD, &format!("{}\r\ny: ", "x".repeat(1_000)), A_MOMENT).await
        }
        NeverEndsInterim => asked_then(stream, "", "HTTP/1.1 100 Continue\r\n\r\n", A_MOMENT).await,
        NeverEndsItsBody => {
            let head = "HTTP/1.1 500 x\r\ncontent-length: 99999999999\r\n\r\n";
            asked_then(stream, head, &"x".repeat(1_000), A_MOMENT).await
        }
        SaysAndCloses(text) => {
            read_request(&mut stream).await?;
            stream.write_all(text.as_bytes()).await
        }
        Says(text) => answer_all(stream, text).await,
        SpeaksFirst(text) => {
            stream.write_all(text.as_bytes()).await?;
            answer_all(stream, text).await
        }
        AnswersAndCloses => {
            read_request(&mut stream).await?;
            stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n").await
        }
        LargeField(bytes) => {
            let answer = format!("{HEAD}{}\r\n\r\n", "x".repeat(bytes));
            answer_all(stream, &answer).await
        }
        NoTls => {
            stream.read_exact(&mut [0; 5]).await?;
            stream.write_all(b"HTTP/1.1 400 x\r\ncontent-length: 0\r\n\r\n").await
        }
    }
}

/// Reads a request, and then says one thing and another one again and again for as long as somebody reads.
async fn asked_then<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    first: &str,
    then: &str,
    pause: Duration,
) -> io::Result<()> {
    read_request(&mut stream).await?;
    stream.write_all(first.as_bytes()).await?;
    loop {
        stream.write_all(then.as_bytes()).await?;
        sleep(pause).await;
    }
}
