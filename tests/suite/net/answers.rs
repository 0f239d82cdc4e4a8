//! Answers as servers give them: slow, huge, broken, early, odd.

use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use ramal::net::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

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
    headers.insert("x-signature-sha256", "ab".parse().expect("a header"));
    headers.insert("content-length", "1".parse().expect("a header"));
    headers.insert("transfer-encoding", "chunked".parse().expect("a header"));
    headers.insert("host", "other.test".parse().expect("a header"));
    let body = Bytes::from("{\"a\":1.0}".repeat(300_000));
    let answer = client().send(&target, headers, body.clone(), ENOUGH).await.expect("an answer");
    assert_eq!(
        (answer.status, answer.body.as_slice(), answer.truncated),
        (StatusCode::OK, &b"ok"[..], false)
    );
    let request = seen.await.expect("a request");
    let port = server.address.port();
    let expected = format!(
        "POST /in?key=1 HTTP/1.1\r\nhost: webhook.test:{port}\r\nx-signature-sha256: ab\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    assert_eq!(request.head, expected);
    assert_eq!(request.body, body);
}

#[tokio::test]
async fn a_trickling_body_is_cut_at_the_deadline() {
    let (server, mut went) = trickling("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await;
    let started = Instant::now();
    let error = send(&client(), &target(&loopback(), server.address), SHORT).await.expect_err("cut");
    assert_eq!((error.kind, error.status), (ErrorKind::Timeout, Some(StatusCode::OK)));
    assert!(started.elapsed() >= SHORT && error.phases.total_us >= 300_000, "{error:?}");
    assert!(error.phases.first_byte_us.is_some() && error.phases.connect_us.is_some());
    went.recv().await.expect("the connection was closed");
}

#[tokio::test]
async fn a_trickling_head_is_cut_at_the_deadline() {
    let (server, mut went) = trickling("HTTP/1.1 200 OK\r\nX-Slow: ").await;
    let error = send(&client(), &target(&loopback(), server.address), SHORT).await.expect_err("cut");
    assert_eq!((error.kind, error.status, error.phases.first_byte_us), (ErrorKind::Timeout, None, None));
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
    let large: &'static [u8] = Box::leak(
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Filler: 0123456789\r\n".repeat(6_000)).into_bytes().into(),
    );
    let cases: [(&[u8], ErrorKind, Option<u16>); 8] = [
        (b"", ErrorKind::Reset, None),
        (b"HTTP/1.1 200 OK\r\nContent-Le", ErrorKind::Reset, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", ErrorKind::Reset, Some(200)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ErrorKind::Protocol, Some(200)),
        (b"220 mail.test ESMTP\r\n", ErrorKind::Protocol, None),
        (b"HTTP/1.1 banana\r\n\r\n", ErrorKind::Protocol, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", ErrorKind::Protocol, None),
        (large, ErrorKind::HeaderTooLarge, None),
    ];
    for (wire, kind, status) in cases {
        let server = answering(wire).await;
        let error = send(&client(), &target(&loopback(), server.address), ENOUGH).await.expect_err("broken");
        let shown = wire[..wire.len().min(80)].escape_ascii();
        assert_eq!((error.kind, error.status.map(|s| s.as_u16())), (kind, status), "{shown}: {error:?}");
        assert!(!error.detail.for_operator().is_empty());
    }
}
