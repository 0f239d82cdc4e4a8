//! Against `socketioxide`, a second implementation of the protocol, in this process.

use std::fmt;

use bytes::Bytes;
use serde_json::json;
use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;
use socketioxide::handler::ConnectHandler;
use tokio::net::TcpListener;

use super::*;

#[derive(Debug)]
struct AuthenticationError;

impl fmt::Display for AuthenticationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authentication error")
    }
}

impl std::error::Error for AuthenticationError {}

/// A server that refuses the token `bad`, its URL and its broadcasting end.
async fn server() -> (SocketIo, String) {
    let (layer, io) = SocketIo::builder()
        .ping_interval(Duration::from_millis(200))
        .ping_timeout(Duration::from_secs(2))
        .build_layer();
    let check = async |socket: SocketRef| {
        let query = socket.req_parts().uri.query().unwrap_or_default();
        if query.contains("token=bad") { Err(AuthenticationError) } else { Ok(()) }
    };
    io.ns("/", (async |_: SocketRef| {}).with(check));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().layer(layer)).await });
    (io, url)
}

async fn open(io: &SocketIo, url: &str) -> Session {
    let session = Session::open(&client(), url).await.unwrap();
    eventually(|| io.sockets().iter().any(|socket| socket.id.as_str() == &*session.opened.sid)).await;
    session
}

#[tokio::test]
async fn events_and_heartbeats() {
    let (io, url) = server().await;
    let mut session = open(&io, &url).await;
    for n in 0..500 {
        // One at a time: this server refuses to emit more than its own queue holds.
        io.emit("numbered", &json!({ "n": n, "texto": "ação" })).await.unwrap();
        let event = session.next().await.unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&event.args.payload()).unwrap()["n"], n);
    }
    io.emit("several", &("one", 2)).await.unwrap();
    assert_eq!(session.next().await.unwrap().args.payload(), r#"["one",2]"#);
    io.emit("binary", &(json!({ "n": 1 }), Bytes::from_static(&[1, 2]))).await.unwrap();
    let binary = session.next().await.unwrap();
    assert_eq!((binary.args.len(), &binary.attachments), (2, &vec![Bytes::from_static(&[1, 2])]));
    // A byte a ping, and more of them than fit into one timeout.
    let heard = session.vitals.bytes();
    eventually(|| session.vitals.bytes() >= heard + 12).await;
    assert_eq!((session.events.ended(), io.sockets().len()), (None, 1));
}

#[tokio::test]
async fn refusal_disconnect_and_farewell() {
    let (io, url) = server().await;
    let bad = Target::new(&url, [("token", "bad")]).unwrap();
    let reason = Session::resume(&client(), &bad, None).await.err().unwrap();
    assert_eq!(reason.refusal().as_deref(), Some("Authentication error"));

    let session = open(&io, &url).await;
    io.disconnect().await.unwrap();
    assert_eq!(session.end().await.reason, Reason::ServerDisconnect);

    let session = open(&io, &url).await;
    session.stop.cancel();
    assert_eq!(session.end().await.reason, Reason::Stopped);
    eventually(|| io.sockets().is_empty()).await;
}
