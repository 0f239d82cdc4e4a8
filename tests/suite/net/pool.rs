//! Connections that serve again, and those that must not.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ramal::net::{ErrorKind, Note, PoolLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Barrier, mpsc};

use super::{ENOUGH, OK, Scripted, client, client_with, guard, loopback, send, target};
use crate::support::tcp_server::{TcpServer, answer_all, read_request};

#[tokio::test]
async fn one_connection_serves_request_after_request() {
    for answer in [
        OK,
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ] {
        let server = TcpServer::start(move |_, stream| answer_all(stream, answer)).await;
        let (client, target) = (client(), target(&loopback(), server.address));
        for number in 0..20 {
            let phases = send(&client, &target, ENOUGH).await.expect("an answer").phases;
            assert_eq!(phases.reused, number > 0, "request {number}: {answer:?}");
            assert_eq!(phases.dns_us.is_some(), number == 0);
            assert!(phases.first_byte_us.is_some() && phases.tls_us.is_none() && phases.total_us > 0);
        }
        assert_eq!(server.accepted(), 1);
    }
}

#[tokio::test]
async fn a_server_that_says_close_is_taken_at_its_word() {
    let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    let server = TcpServer::start(move |_, stream| answer_all(stream, answer)).await;
    let (client, target) = (client(), target(&loopback(), server.address));
    for _ in 0..3 {
        assert!(!send(&client, &target, ENOUGH).await.expect("an answer").phases.reused);
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn a_connection_that_went_stale_is_replaced_unnoticed() {
    let (closed, mut was_closed) = mpsc::channel(1);
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = requests.clone();
    let server = TcpServer::start(move |_, mut stream| {
        let (closed, seen) = (closed.clone(), seen.clone());
        async move {
            if read_request(&mut stream).await?.is_some() {
                seen.fetch_add(1, Ordering::SeqCst);
            }
            stream.write_all(OK.as_bytes()).await?;
            // As an idle timeout: no `Connection: close` was said.
            drop(stream);
            closed.send(()).await.map_err(io::Error::other)
        }
    })
    .await;
    let (client, target) = (client(), target(&loopback(), server.address));
    for _ in 0..5 {
        let answer = send(&client, &target, ENOUGH).await.expect("an answer");
        assert!(!answer.phases.reused && answer.phases.dns_us.is_some());
        was_closed.recv().await.expect("closed");
    }
    assert_eq!((requests.load(Ordering::SeqCst), server.accepted()), (5, 5));
}

/// How a server parts from a connection.
#[derive(Debug, Clone, Copy)]
enum Parting {
    Close,
    Reset,
}

fn part(stream: TcpStream, parting: Parting) {
    if let Parting::Reset = parting {
        stream.set_zero_linger().expect("a socket option");
    }
    drop(stream);
}

#[tokio::test]
async fn a_connection_closed_while_it_was_idle_is_not_written_to() {
    for parting in [Parting::Close, Parting::Reset] {
        let (closed, mut was_closed) = mpsc::channel(1);
        let requests = Arc::new(AtomicUsize::new(0));
        let seen = requests.clone();
        let server = TcpServer::start(move |_, mut stream| {
            let (closed, seen) = (closed.clone(), seen.clone());
            async move {
                if read_request(&mut stream).await?.is_some() {
                    seen.fetch_add(1, Ordering::SeqCst);
                }
                stream.write_all(OK.as_bytes()).await?;
                // Long enough for the answer to be read, and the connection kept.
                tokio::time::sleep(Duration::from_millis(30)).await;
                part(stream, parting);
                closed.send(()).await.map_err(io::Error::other)
            }
        })
        .await;
        let (client, target) = (client(), target(&loopback(), server.address));
        for _ in 0..5 {
            let answer = send(&client, &target, ENOUGH).await.expect("an answer");
            assert_eq!((answer.phases.reused, answer.note), (false, None), "{parting:?}");
            was_closed.recv().await.expect("closed");
        }
        assert_eq!((requests.load(Ordering::SeqCst), server.accepted()), (5, 5));
    }
}

/// A server that takes a connection's second request and parts without a word.
async fn parting_from_the_second(
    parting: Parting,
    word: &'static str,
) -> (TcpServer, mpsc::Receiver<String>) {
    let (told, requests) = mpsc::channel(16);
    let server = TcpServer::start(move |_, mut stream| {
        let told = told.clone();
        async move {
            for answer in [OK, word] {
                let Some(request) = read_request(&mut stream).await? else { return Ok(()) };
                told.send(request.head).await.map_err(io::Error::other)?;
                stream.write_all(answer.as_bytes()).await?;
            }
            part(stream, parting);
            Ok(())
        }
    })
    .await;
    (server, requests)
}

#[tokio::test]
async fn a_kept_connection_that_ends_under_the_request_is_replaced_at_once() {
    // The last is said of the connection, not of the request that it crosses.
    let waited = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    for (parting, word) in [(Parting::Close, ""), (Parting::Reset, ""), (Parting::Close, waited)] {
        let (server, mut requests) = parting_from_the_second(parting, word).await;
        let (client, target) = (client(), target(&loopback(), server.address));
        assert_eq!(send(&client, &target, ENOUGH).await.expect("an answer").note, None);
        let answer = send(&client, &target, ENOUGH).await.expect("an answer on a new connection");
        assert_eq!((answer.status.as_u16(), answer.note), (200, Some(Note::Resent)), "{parting:?}");
        assert!(
            !answer.phases.reused && answer.phases.connect_us.is_some(),
            "of the connection that answered"
        );
        let [_, second, third] = [requests.recv().await, requests.recv().await, requests.recv().await]
            .map(|head| head.expect("a request"));
        assert_eq!(second, third, "the same request");
        assert_eq!(server.accepted(), 2);
    }
}

#[tokio::test]
async fn a_request_that_was_begun_to_be_answered_is_not_sent_twice() {
    let (server, _requests) = parting_from_the_second(Parting::Close, "HTTP/1.1 2").await;
    let (client, target) = (client(), target(&loopback(), server.address));
    send(&client, &target, ENOUGH).await.expect("an answer");
    let error = send(&client, &target, ENOUGH).await.expect_err("no answer");
    assert_eq!((error.kind, error.phases.reused, server.accepted()), (ErrorKind::Reset, true, 1));
}

#[tokio::test]
async fn a_new_connection_that_ends_without_a_word_is_a_failure() {
    let server =
        TcpServer::start(|_, mut stream| async move { read_request(&mut stream).await.map(drop) }).await;
    let (client, target) = (client(), target(&loopback(), server.address));
    let error = send(&client, &target, ENOUGH).await.expect_err("no answer");
    assert_eq!((error.kind, error.phases.reused, server.accepted()), (ErrorKind::Reset, false, 1));
}

#[tokio::test]
async fn words_nobody_asked_for_end_an_idle_connection() {
    let server = TcpServer::start(|_, mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(format!("{OK}HTTP/1.1 408 Request Timeout\r\n\r\n").as_bytes()).await?;
        stream.read_u8().await.map(drop)
    })
    .await;
    let (client, target) = (client(), target(&loopback(), server.address));
    for _ in 0..3 {
        let answer = send(&client, &target, ENOUGH).await.expect("the answer to this very request");
        assert_eq!((answer.status.as_u16(), answer.phases.reused), (200, false));
    }
}

#[tokio::test]
async fn the_servers_own_patience_is_respected() {
    let answer = "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n";
    let server = TcpServer::start(move |_, stream| answer_all(stream, answer)).await;
    let (client, target) = (client(), target(&loopback(), server.address));
    for _ in 0..2 {
        assert!(!send(&client, &target, ENOUGH).await.expect("an answer").phases.reused);
    }
}

/// A server that answers only when `together` requests are waiting, and tells when a connection ends.
async fn gathering(together: usize) -> (TcpServer, mpsc::Receiver<()>) {
    let barrier = Arc::new(Barrier::new(together));
    let (gone, went) = mpsc::channel(16);
    let server = TcpServer::start(move |_, mut stream| {
        let (barrier, gone) = (barrier.clone(), gone.clone());
        async move {
            while read_request(&mut stream).await?.is_some() {
                barrier.wait().await;
                stream.write_all(OK.as_bytes()).await?;
            }
            gone.send(()).await.map_err(io::Error::other)
        }
    })
    .await;
    (server, went)
}

#[tokio::test]
async fn idle_connections_are_bounded() {
    let bounds = [
        PoolLimits { idle_per_origin: 1, ..PoolLimits::default() },
        PoolLimits { idle: 1, ..PoolLimits::default() },
    ];
    for limits in bounds {
        let (server, mut went) = gathering(2).await;
        let (client, target) = (client_with(None, limits), target(&loopback(), server.address));
        for _ in 0..2 {
            let (one, two) = tokio::join!(send(&client, &target, ENOUGH), send(&client, &target, ENOUGH));
            one.and(two).expect("both answered");
            went.recv().await.expect("one of the two was closed");
        }
        assert_eq!(server.accepted(), 3);
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_time_without_another_request() {
    let (server, mut went) = gathering(1).await;
    let (client, target) = (client_with(None, PoolLimits::default()), target(&loopback(), server.address));
    send(&client, &target, ENOUGH).await.expect("an answer");
    tokio::time::pause();
    tokio::time::timeout(Duration::from_secs(40), went.recv()).await.expect("within 40 s").expect("closed");
}

#[tokio::test]
async fn a_connection_is_given_up_at_its_age() {
    let server = TcpServer::start(|_, stream| answer_all(stream, OK)).await;
    let limits = PoolLimits {
        age: Duration::from_mins(1),
        idle_time: Duration::from_mins(9),
        ..PoolLimits::default()
    };
    let (client, target) = (client_with(None, limits), target(&loopback(), server.address));
    send(&client, &target, ENOUGH).await.expect("an answer");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(59)).await;
    tokio::time::resume();
    assert!(send(&client, &target, ENOUGH).await.expect("an answer").phases.reused);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    assert!(!send(&client, &target, ENOUGH).await.expect("an answer").phases.reused);
}

/// Many requests from one task and from many: each gets the answer to its own.
#[tokio::test]
async fn answers_are_not_mixed_up() {
    let server = TcpServer::start(|_, mut stream| async move {
        while let Some(request) = read_request(&mut stream).await? {
            let length = request.body.len();
            stream
                .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes())
                .await?;
            stream.write_all(&request.body).await?;
        }
        Ok(())
    })
    .await;
    let (client, target) = (client(), target(&loopback(), server.address));
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..16 {
        let (client, target) = (client.clone(), target.clone());
        lanes.spawn(async move {
            for number in 0..100 {
                let body = format!("{lane}/{number}").repeat(1 + number * 5);
                let answer = client.send(&target, &target.headers(), body.clone().into(), ENOUGH).await;
                assert_eq!(answer.expect("an answer").body, body.as_bytes());
            }
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane.expect("every answer was its own");
    }
    assert!(server.accepted() <= 16);
}

/// Two addresses of one name, and whichever the resolver says.
#[tokio::test]
async fn a_name_that_moves_is_followed_while_it_is_used() {
    let old = TcpServer::start(|_, stream| answer_all(stream, OK)).await;
    let port = old.address.port();
    let resolver = Scripted::new(&[&["127.0.0.1"]]);
    let guard = guard(&["127.0.0.0/8"], resolver.clone());
    let (client, target) = (client(), target(&guard, old.address));
    let later = async || {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(21)).await;
        tokio::time::resume();
    };
    let peer = async || send(&client, &target, ENOUGH).await.map(|answer| answer.peer);
    assert_eq!(peer().await, Ok(old.address));

    // As long as the name says the same, or nobody says anything, the connection serves.
    for answer in [Some("127.0.0.1"), None] {
        resolver.says(answer.as_slice());
        later().await;
        assert_eq!(peer().await, Ok(old.address), "the look-up is made beside it");
        resolver.was_asked().await;
        assert_eq!((peer().await, old.accepted()), (Ok(old.address), 1));
    }

    let new =
        TcpServer::start_at(SocketAddr::from(([127, 0, 0, 2], port)), |_, stream| answer_all(stream, OK))
            .await;
    resolver.says(&["127.0.0.2"]);
    later().await;
    assert_eq!(peer().await, Ok(old.address));
    resolver.was_asked().await;
    assert_eq!((peer().await, new.accepted(), old.accepted()), (Ok(new.address), 1, 1));
}
