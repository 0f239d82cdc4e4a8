//! Whom a connection reaches.

use std::net::TcpListener as StdListener;
use std::time::Duration;

use ramal::net::{Dialer, ErrorKind, client_config};
use tokio::io::AsyncWriteExt;

use super::{ENOUGH, OK, SHORT, Scripted, client, deadlines, guard, loopback, send, target};
use crate::support::tcp_server::{TcpServer, answer_all, read_request};

#[tokio::test]
async fn a_connection_stays_with_the_address_that_was_vetted() {
    let server = TcpServer::start(|number, mut stream| async move {
        if number == 0 {
            for _ in 0..2 {
                read_request(&mut stream).await?;
                stream.write_all(OK.as_bytes()).await?;
            }
            return Ok(());
        }
        answer_all(stream, OK).await
    })
    .await;
    // The name moves into the private network as soon as it was vetted: rebinding.
    let resolver = Scripted::new(&[&["127.0.0.1"], &["10.0.0.7"]]);
    let target = target(&guard(&["127.0.0.0/8"], resolver), server.address);
    let client = client();
    let first = send(&client, &target, ENOUGH).await.expect("an answer");
    let second = send(&client, &target, ENOUGH).await.expect("an answer on the same connection");
    assert_eq!((first.peer, second.peer), (server.address, server.address));
    assert!(second.phases.reused);
    // The server has closed it; a new one would lead to where the name is now.
    let third = send(&client, &target, ENOUGH).await.expect_err("refused");
    assert_eq!(third.kind, ErrorKind::NotPermitted);
    assert!(!third.phases.reused && third.phases.dns_us.is_some() && third.phases.connect_us.is_none());
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn connections_are_not_lent_to_those_who_may_not_make_them() {
    let server = TcpServer::start(|_, stream| answer_all(stream, OK)).await;
    let client = client();
    let allowed = target(&loopback(), server.address);
    send(&client, &allowed, ENOUGH).await.expect("an answer");
    let not_allowed = target(&guard(&[], Scripted::new(&[&["127.0.0.1"]])), server.address);
    let error = send(&client, &not_allowed, ENOUGH).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::NotPermitted);
    assert!(!error.to_string().contains("127.0.0.1"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let inside = TcpServer::start(|_, stream| answer_all(stream, OK)).await;
    let location = format!("http://{}/secret", inside.address);
    let answer = format!("HTTP/1.1 307 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let server = TcpServer::start(move |_, stream| {
        let answer = answer.clone();
        async move { answer_all(stream, &answer).await }
    })
    .await;
    let answer = send(&client(), &target(&loopback(), server.address), ENOUGH).await.expect("an answer");
    assert_eq!((answer.status.as_u16(), inside.accepted()), (307, 0));
    assert_eq!(answer.headers["location"], location.as_str());
}

#[tokio::test]
async fn an_address_that_refuses_is_followed_by_the_next() {
    let server = TcpServer::start(|_, stream| answer_all(stream, OK)).await;
    // Nobody listens on these two with that port.
    let resolver = Scripted::new(&[&["127.9.9.9", "127.9.9.8", "127.0.0.1"]]);
    let target = target(&guard(&["127.0.0.0/8"], resolver), server.address);
    let answer = send(&client(), &target, ENOUGH).await.expect("an answer");
    assert_eq!(answer.peer, server.address);
}

/// A listener whose queue of connections is full: the system drops what comes.
fn full_listener() -> (StdListener, Vec<std::net::TcpStream>) {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.7.7.7:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(1).expect("listening").into_std().expect("a listener");
    let address = listener.local_addr().expect("bound");
    let queued = std::iter::from_fn(|| {
        std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()
    });
    let queued = queued.take(64).collect();
    (listener, queued)
}

#[tokio::test]
async fn a_connect_that_is_not_answered_is_cut() {
    let (listener, _queued) = full_listener();
    let address = listener.local_addr().expect("bound");
    let resolver = Scripted::new(&[&["127.7.7.7"]]);
    let target = target(&guard(&["127.0.0.0/8"], resolver), address);
    let error = send(&client(), &target, ENOUGH).await.expect_err("cut");
    assert_eq!(error.kind, ErrorKind::ConnectTimeout);
    assert!(error.phases.connect_us.is_some_and(|us| us >= 300_000), "{error:?}");
}

#[tokio::test]
async fn an_address_that_stays_silent_does_not_hold_up_the_next() {
    let (listener, _queued) = full_listener();
    let port = listener.local_addr().expect("bound").port();
    let server = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the same port elsewhere");
    let resolver = Scripted::new(&[&["127.7.7.7", "127.0.0.1"]]);
    let tls = client_config(None).expect("no extra authority");
    let dialer = Dialer::new(guard(&["127.0.0.0/8"], resolver), tls);
    let connection = dialer.dial("webhook.test", port, false, ENOUGH).await.expect("connected");
    assert_eq!(connection.peer, server.local_addr().expect("bound"));
    assert!(connection.phases.connect_us.is_some_and(|us| us < 2_000_000));
}

#[tokio::test]
async fn what_fails_before_the_connection_is_told_by_kind() {
    let unused = StdListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let error = send(&client(), &target(&loopback(), unused), ENOUGH).await.expect_err("nobody listens");
    assert_eq!(error.kind, ErrorKind::ConnectRefused);
    assert!(error.phases.dns_us.is_some() && error.phases.connect_us.is_some());
    let unknown = guard(&["127.0.0.0/8"], Scripted::new(&[]));
    let error = send(&client(), &target(&unknown, unused), ENOUGH).await.expect_err("no such name");
    assert_eq!((error.kind, error.phases.connect_us), (ErrorKind::Dns, None));
    let dialer =
        Dialer { deadlines: deadlines(), ..Dialer::new(loopback(), client_config(None).expect("none")) };
    let error = dialer.dial("10.0.0.1", 80, false, SHORT).await.expect_err("private");
    assert_eq!(error.kind, ErrorKind::NotPermitted);
}
