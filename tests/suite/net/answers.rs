//! Answers as servers give them: slow, huge, broken, early, odd.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use ramal::net::{Answer, ErrorKind, HeaderName, Note};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};

use super::{ENOUGH, OK, SHORT, client, loopback, send, target};
use crate::support::tcp_server::{TcpServer, read_request};

/// A server that answers each connection's first request with `answer` and closes.
async fn answering(answer: &'static [u8]) -> TcpServer {
    TcpServer::start(move |_, mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(answer).await
    })
    .await
}

/// A server that reads a request, sends `start`, then one byte every 20 ms; it tells when its peer has gone.
async fn trickling(start: &'static str) -> (TcpServer, mpsc::Receiver<()>) {
    let (gone, went) = mpsc::channel(1);
    let server = TcpServer::start(move |_, mut stream| {
        let gone = gone.clone();
        async move {
            read_request(&mut stream).await?;
            stream.write_all(start.as_bytes()).await?;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            gone.send(()).await.map_err(io::Error::other)
        }
    })
    .await;
    (server, went)
}

#[tokio::test]
async fn the_wire_carries_what_was_asked() {
    let (sent, seen) = oneshot::channel();
    let sent = std::sync::Mutex::new(Some(sent));
    let server = TcpServer::start(move |_, mut stream| {
        let sent = sent.lock().expect("not poisoned").take();
        async move {
            let request = read_request(&mut stream).await?.expect("a request");
            drop(sent.expect("one connection").send(request));
            stream.write_all(OK.as_bytes()).await
        }
    })
    .await;
    let target = target(&loopback(), server.address);
    let mut headers = target.headers();
    for (name, value) in [
        ("X-Signature-SHA256", "ab"),
        ("x-Team_NAME", "Vendas"),
        ("content-length", "1"),
        ("Transfer-Encoding", "chunked"),
        ("HOST", "other.test"),
    ] {
        headers.set(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let body = Bytes::from("{\"a\":1.0}".repeat(300_000));
    let answer = client().send(&target, &headers, body.clone(), ENOUGH).await.expect("an answer");
    assert_eq!(
        (answer.status, answer.body.as_slice(), answer.truncated),
        (StatusCode::OK, &b"ok"[..], false)
    );
    let request = seen.await.expect("a request");
    let port = server.address.port();
    let expected = format!(
        "POST /in?key=1 HTTP/1.1\r\nHost: webhook.test:{port}\r\nX-Signature-SHA256: ab\r\nx-Team_NAME: Vendas\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    assert_eq!(request.head, expected);
    assert_eq!(request.body, body);
}

#[tokio::test]
async fn a_trickling_body_is_cut_at_the_deadline() {
    for status in ["200 OK", "500 Oh"] {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: 1000000\r\n\r\n");
        let (server, mut went) = trickling(head.leak()).await;
        let started = Instant::now();
        let answer = send(&client(), &target(&loopback(), server.address), SHORT).await.expect("a status");
        assert_eq!((answer.status.as_str(), answer.note), (&status[..3], Some(Note::BodyLate)));
        assert!(answer.phases.first_byte_us.is_some() && answer.body.starts_with(b"x"));
        went.recv().await.expect("the connection was closed");
        assert!(started.elapsed() >= SHORT, "{status}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn a_trickling_head_is_cut_at_the_deadline() {
    let (server, mut went) = trickling("HTTP/1.1 200 OK\r\nX-Slow: ").await;
    let error = send(&client(), &target(&loopback(), server.address), SHORT).await.expect_err("cut");
    assert_eq!((error.kind, error.phases.first_byte_us), (ErrorKind::Timeout, None));
    went.recv().await.expect("the connection was closed");
}

#[tokio::test]
async fn a_server_that_reads_and_stays_silent_is_cut() {
    let server = TcpServer::start(|_, mut stream| async move {
        read_request(&mut stream).await?;
        stream.read_u8().await.map(drop)
    })
    .await;
    let error = send(&client(), &target(&loopback(), server.address), SHORT).await.expect_err("cut");
    assert_eq!(error.kind, ErrorKind::Timeout);
}

#[tokio::test]
async fn a_dropped_request_closes_its_connection() {
    let (gone, mut went) = mpsc::channel(1);
    let (asked, mut was_asked) = mpsc::channel(1);
    let server = TcpServer::start(move |_, mut stream| {
        let (gone, asked) = (gone.clone(), asked.clone());
        async move {
            read_request(&mut stream).await?;
            asked.send(()).await.map_err(io::Error::other)?;
            assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0);
            gone.send(()).await.map_err(io::Error::other)
        }
    })
    .await;
    let (client, target) = (client(), target(&loopback(), server.address));
    let request = tokio::spawn(async move { send(&client, &target, ENOUGH).await });
    was_asked.recv().await.expect("a request");
    request.abort();
    went.recv().await.expect("the connection was closed");
}

/// Sends without end; tells how much it got rid of.
async fn endless(head: &'static str) -> (TcpServer, mpsc::Receiver<usize>) {
    let (told, sent) = mpsc::channel(1);
    let server = TcpServer::start(move |_, mut stream: TcpStream| {
        let told = told.clone();
        async move {
            read_request(&mut stream).await?;
            stream.write_all(head.as_bytes()).await?;
            let mut bytes = 0;
            while stream.write_all(b"1000\r\n").await.is_ok()
                && stream.write_all(&[b'x'; 0x1000]).await.is_ok()
                && stream.write_all(b"\r\n").await.is_ok()
            {
                bytes += 0x1000;
            }
            told.send(bytes).await.map_err(io::Error::other)
        }
    })
    .await;
    (server, sent)
}

#[tokio::test]
async fn a_huge_answer_is_read_to_64_kib_and_no_further() {
    let heads = [
        "HTTP/1.1 500 Oh\r\nContent-Length: 9999999999\r\n\r\n",
        "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 500 Oh\r\n\r\n",
    ];
    for head in heads {
        let (server, mut sent) = endless(head).await;
        let client = client();
        let target = target(&loopback(), server.address);
        let answer = send(&client, &target, ENOUGH).await.expect("an answer");
        assert_eq!(
            (answer.status.as_u16(), answer.body.len(), answer.truncated),
            (500, 65_536, true),
            "{head}"
        );
        let bytes = sent.recv().await.expect("the connection was closed");
        assert!(bytes < 16 * 1024 * 1024, "{bytes} bytes were taken");
    }
}

#[tokio::test]
async fn odd_but_valid_answers_are_answers() {
    let cases: [(&[u8], u16, &[u8]); 7] = [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX-T: 1\r\n\r\n",
            200,
            b"abc",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", 201, b"x"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nConnection: close\r\n\r\nlater", 503, b"later"),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", 999, b""),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 101, b""),
    ];
    for (wire, status, body) in cases {
        let server = answering(wire).await;
        let answer = send(&client(), &target(&loopback(), server.address), ENOUGH).await;
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error:?}", wire.escape_ascii()));
        assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (status, body));
    }
}

#[tokio::test]
async fn broken_answers_are_told_by_kind() {
    let hints: &'static [u8] = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(4_000).leak().as_bytes();
    let cases: [(&[u8], ErrorKind); 8] = [
        (b"", ErrorKind::Reset),
        (b"HTTP/1.1 200 OK\r\nContent-Le", ErrorKind::Reset),
        (b"HTTP/1.1 20", ErrorKind::Reset),
        (b"HTTP/1.1 100 Continue\r\n\r\n", ErrorKind::Reset),
        (b"220 mail.test ESMTP\r\n", ErrorKind::Protocol),
        (b"HTTP/1.1 banana\r\n\r\n", ErrorKind::Protocol),
        (b"{\"ok\":true}", ErrorKind::Protocol),
        (hints, ErrorKind::HeaderTooLarge),
    ];
    for (wire, kind) in cases {
        let server = answering(wire).await;
        let error = send(&client(), &target(&loopback(), server.address), ENOUGH).await.expect_err("broken");
        let shown = wire[..wire.len().min(80)].escape_ascii();
        assert_eq!(error.kind, kind, "{shown}: {error:?}");
        assert!(!error.detail.for_operator().is_empty());
    }
}

/// What follows the head decides nothing, and is told.
/// What a server says, and the status, body and note that it comes to.
type Case = (&'static [u8], u16, &'static [u8], Option<Note>);

#[tokio::test]
async fn the_head_settles_an_answer_whatever_follows() {
    let large: &'static [u8] = Box::leak(
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Filler: 0123456789\r\n".repeat(6_000)).into_bytes().into(),
    );
    let cases: [Case; 12] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", 200, b"short", Some(Note::BodyCut)),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\nshort", 503, b"short", Some(Note::BodyCut)),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n",
            200,
            b"ab",
            Some(Note::BodyBroken),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
            200,
            b"ab",
            Some(Note::BodyCut),
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            200,
            b"",
            Some(Note::BodyBroken),
        ),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 200, b"a", None),
        (b"HTTP/1.1 200\r\nContent-Length: 2, 2\r\n\r\nok", 200, b"ok", None),
        (b"http/1.1 201 created\ncontent-length: 2\n\nok", 201, b"ok", None),
        (b"HTTP/1.1 200 OK\r\nX-A: b\r\n\tc\r\nbad header\r\nContent-Length : 2\r\n\r\nok", 200, b"ok", None),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            200,
            b"a",
            None,
        ),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nextra", 204, b"", None),
        (large, 200, b"", Some(Note::HeadTooLarge)),
    ];
    for (wire, status, body, note) in cases {
        let server = answering(wire).await;
        let client = client();
        let target = target(&loopback(), server.address);
        let answer = send(&client, &target, ENOUGH).await;
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error:?}", wire.escape_ascii()));
        let shown = wire[..wire.len().min(80)].escape_ascii();
        assert_eq!((answer.status.as_u16(), &*answer.body, answer.note), (status, body, note), "{shown}");
    }
}

#[tokio::test]
async fn a_success_does_not_wait_for_a_body_that_comes_late() {
    let (finish, finishes) = watch::channel(false);
    let server = TcpServer::start(move |_, mut stream| {
        let mut finishes = finishes.clone();
        async move {
            while read_request(&mut stream).await?.is_some() {
                stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n").await?;
                finishes.wait_for(|finish| *finish).await.map_err(io::Error::other)?;
                stream.write_all(b"0\r\n\r\n").await?;
            }
            Ok(())
        }
    })
    .await;
    let (client, target) = (client(), target(&loopback(), server.address));
    let answer = send(&client, &target, ENOUGH).await.expect("a status");
    assert_eq!((answer.status.as_u16(), &*answer.body, answer.note), (200, &b"ok"[..], Some(Note::BodyLate)));
    assert!(answer.phases.total_us < 5_000_000, "{:?}", answer.phases);

    // The connection is read on, and serves again when the body has ended.
    finish.send_replace(true);
    let reused = async { while !send(&client, &target, ENOUGH).await.expect("an answer").phases.reused {} };
    tokio::time::timeout(ENOUGH, reused).await.expect("the first connection came back");
}

/// Where many bodies come late, the requests themselves wait; none is given up.
#[tokio::test]
async fn late_bodies_are_bounded() {
    let server = TcpServer::start(|_, mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n").await?;
        stream.read_u8().await.map(drop)
    })
    .await;
    let (client, target) = (client(), target(&loopback(), server.address));
    let deadline = Duration::from_secs(2);
    let answers = (0..40).map(|_| send(&client, &target, deadline));
    let answers = futures_util::future::join_all(answers).await;
    let waited = |answer: &Result<Answer, _>| {
        let answer = answer.as_ref().expect("a status");
        assert_eq!((answer.status.as_u16(), answer.note), (200, Some(Note::BodyLate)));
        answer.phases.total_us >= 2_000_000
    };
    assert_eq!(answers.iter().filter(|answer| waited(answer)).count(), 8, "32 are read beside");
}

/// A server may answer before it has read everything, and hang up.
#[tokio::test]
async fn an_answer_before_the_end_of_the_request_counts() {
    let server = TcpServer::start(|_, mut stream| async move {
        stream.read_u8().await?;
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
            .await?;
        stream.shutdown().await?;
        // What was sent meanwhile is unread: the connection is reset.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(())
    })
    .await;
    let target = target(&loopback(), server.address);
    let body = Bytes::from(vec![b'x'; 8 << 20]);
    let answer = client().send(&target, &target.headers(), body, ENOUGH).await.expect("an answer");
    assert_eq!((answer.status.as_u16(), &*answer.body), (413, &b"no"[..]));
}

/// A success that is said early is said of the whole request.
#[tokio::test]
async fn what_was_accepted_early_is_still_sent_to_its_end() {
    let (told, mut read) = mpsc::channel(1);
    let server = TcpServer::start(move |_, mut stream| {
        let told = told.clone();
        async move {
            stream.write_all(OK.as_bytes()).await?;
            let request = read_request(&mut stream).await?.expect("a request");
            told.send(request.body.len()).await.map_err(io::Error::other)
        }
    })
    .await;
    let target = target(&loopback(), server.address);
    let body = Bytes::from(vec![b'x'; 8 << 20]);
    let answer = client().send(&target, &target.headers(), body.clone(), ENOUGH).await.expect("an answer");
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, &b"ok"[..]));
    assert_eq!(read.recv().await, Some(body.len()));
}

/// Bytes of which is known who has them.
struct Held(Arc<Vec<u8>>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Who says 200 and reads no further keeps the request waiting, and no byte of it beyond that.
#[tokio::test]
async fn a_request_that_is_not_taken_is_in_nobodys_memory_afterwards() {
    let (_ends, end) = watch::channel(false);
    let server = TcpServer::start(move |_, mut stream| {
        let mut end = end.clone();
        async move {
            stream.read_u8().await?;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await?;
            end.changed().await.map_err(io::Error::other)
        }
    })
    .await;
    let (target, held) = (target(&loopback(), server.address), Arc::new(vec![b'x'; 32 << 20]));
    let body = Bytes::from_owner(Held(held.clone()));
    let timeout = Duration::from_secs(1);
    let answer = client().send(&target, &target.headers(), body, timeout).await.expect("an answer");
    assert_eq!((answer.status.as_u16(), answer.note), (200, Some(Note::BodyLate)));
    assert_eq!(Arc::strong_count(&held), 1, "the body is still in memory");
    assert!(answer.phases.total_us >= 1_000_000, "{:?}", answer.phases);
}
