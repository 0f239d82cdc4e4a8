//! Against npm's `socket.io`, the reference implementation, as a process of its own.

use serde_json::{Value, json};

use super::*;
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::node::Node;

/// A server and its URL.
async fn server(options: Value) -> (Node, String) {
    let mut node = Node::start("socketio_server.mjs", &options).await;
    let port = node.hear("listening").await["port"].as_u64().unwrap();
    (node, format!("http://127.0.0.1:{port}"))
}

async fn open(node: &mut Node, url: &str) -> Session {
    let session = Session::open(&client(), url).await.unwrap();
    let connected = node.hear("connected").await;
    assert_eq!(connected["sid"], *session.opened.sid);
    session
}

#[tokio::test]
async fn events_of_every_shape_arrive() {
    let (mut node, url) = server(json!({})).await;
    let session = Session::open(&client(), &url).await.unwrap();
    let connected = node.hear("connected").await;
    assert_eq!(connected["query"]["token"], "secret-token");
    let mut session = session;
    let payloads = [
        json!([{ "texto": "ação 😀", "n": 1.5, "nested": { "list": [[], {}, null] } }]),
        json!([]),
        json!([1, "two", { "three": 3 }]),
        json!(["x".repeat(10_000_000)]),
    ];
    for args in &payloads {
        node.order(json!({ "do": "emit", "name": "call-was-connected", "args": args })).await;
        let event = session.next().await.unwrap();
        assert_eq!(
            (&*event.name, event.args.len(), event.ack),
            ("call-was-connected", args.as_array().unwrap().len(), None)
        );
        let whole: Vec<Value> = event.args.iter().map(|arg| serde_json::from_slice(&arg).unwrap()).collect();
        assert_eq!(&Value::from(whole), args);
    }
    node.order(json!({ "do": "emit", "name": "close", "args": [{ "$bytes": "AAH/" }, "text"] })).await;
    let binary = session.next().await.unwrap();
    assert_eq!(
        (&*binary.name, binary.args.payload()),
        ("close", r#"[{"_placeholder":true,"num":0},"text"]"#.into())
    );
    assert_eq!(binary.attachments, [&[0u8, 1, 255][..]]);
    node.order(json!({ "do": "ask", "name": "asked", "args": ["text"] })).await;
    let asked = session.next().await.unwrap();
    assert_eq!((asked.ack, asked.args.payload()), (Some(0), r#""text""#.into()));
}

/// Heartbeats keep the session beyond the ping timeout, and the server agrees.
#[tokio::test]
async fn the_heartbeat_keeps_a_quiet_session() {
    let (mut node, url) = server(json!({ "server": { "pingInterval": 100, "pingTimeout": 2_000 } })).await;
    let session = open(&mut node, &url).await;
    // A byte a ping, and more of them than fit into one timeout.
    let heard = session.vitals.bytes();
    eventually(|| session.vitals.bytes() >= heard + 25).await;
    let sockets = node.order(json!({ "do": "sockets" })).await;
    assert_eq!((sockets["sockets"].as_u64(), session.events.ended()), (Some(1), None));
}

/// Row 8 of the findings and point 5 of the requirements.
#[tokio::test]
async fn a_consumer_that_stalls_for_five_seconds_loses_nothing() {
    let (mut node, url) = server(json!({ "server": { "pingInterval": 2_000, "pingTimeout": 1_000 } })).await;
    let mut session = open(&mut node, &url).await;
    // The order is done when the last event has been sent, five seconds later; until then nobody consumes.
    let done = node.order(json!({ "do": "flood", "rate": 1_000, "count": 5_000, "size": 1_000 })).await;
    assert_eq!(done["sockets"], 1);
    for n in 0..5_000 {
        let event =
            session.next().await.unwrap_or_else(|| panic!("ended at {n}: {:?}", session.events.ended()));
        assert!(event.args.raw().starts_with(format!("{{\"n\":{n},").as_bytes()), "{n}");
    }
    assert_eq!((session.events.ended(), session.vitals.overloaded()), (None, false));
}

#[tokio::test]
async fn a_refused_token_is_refused_and_the_connection_does_not_stay() {
    let (mut node, url) = server(json!({ "refuse": "secret-token" })).await;
    let reason = Session::open(&client(), &url).await.err().unwrap();
    assert_eq!(reason.refusal().as_deref(), Some("Authentication error"));
    node.hear("engine_closed").await;
    let welcome = Target::new(&url, [("token", "another")]).unwrap();
    Session::resume(&client(), &welcome, None).await.unwrap();
}

#[tokio::test]
async fn the_servers_ways_to_end_a_session() {
    let (mut node, url) = server(json!({})).await;
    for (order, expected) in [
        ("leave", Reason::ServerDisconnect),
        ("drop", Reason::ServerDisconnect),
        ("close", Reason::TransportClose { code: Some(1005) }),
    ] {
        let session = open(&mut node, &url).await;
        node.order(json!({ "do": order })).await;
        let reason = session.end().await.reason;
        let same =
            reason == expected || (order == "close" && matches!(reason, Reason::TransportClose { .. }));
        assert!(same, "{order}: {reason:?}");
        // None is left half-open behind.
        node.hear("engine_closed").await;
    }
}

#[tokio::test]
async fn a_server_that_dies_and_comes_back() {
    let (mut node, url) = server(json!({})).await;
    let session = open(&mut node, &url).await;
    node.kill().await;
    let reason = session.end().await.reason;
    assert!(matches!(reason, Reason::TransportClose { .. } | Reason::TransportError { .. }), "{reason:?}");
    let reason = Session::open(&client(), &url).await.err().unwrap();
    assert!(matches!(reason, Reason::Dial(_)), "{reason:?}");
    let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    let (mut node, url) = server(json!({ "port": port })).await;
    open(&mut node, &url).await;
}

#[tokio::test]
async fn the_server_learns_that_we_left() {
    let (mut node, url) = server(json!({})).await;
    let session = open(&mut node, &url).await;
    session.stop.cancel();
    assert_eq!(node.hear("disconnected").await["reason"], "client namespace disconnect");
    node.hear("engine_closed").await;
    assert_eq!(session.end().await.reason, Reason::Stopped);
}

/// Point 10 of the requirements: what was missed while the line was down comes again, once, and the offset that counts
/// is the one that was kept.
#[tokio::test]
async fn a_broken_session_is_recovered() {
    let options = json!({ "server": { "connectionStateRecovery": { "maxDisconnectionDuration": 60_000 } } });
    let (mut node, url) = server(options).await;
    let proxy = ChaosProxy::start(url.strip_prefix("http://").unwrap().parse().unwrap()).await;
    let (client, to) = (client(), target(&proxy.url()));
    let mut session = Session::resume(&client, &to, None).await.unwrap();
    let first = session.opened.clone();
    let pid = first.pid.clone().expect("the server offers recovery");
    node.hear("connected").await;

    for n in 0..3 {
        node.order(json!({ "do": "emit", "name": "numbered", "args": [{ "n": n }] })).await;
    }
    node.order(
        json!({ "do": "emit", "name": "numbered", "args": [{ "n": 3 }, { "$bytes": "AAE=" }, "text"] }),
    )
    .await;
    let mut offsets = Vec::new();
    for n in 0..4 {
        let event = session.next().await.unwrap();
        let head = serde_json::from_slice::<Value>(&event.args.iter().next().unwrap()).unwrap();
        assert_eq!((head["n"].as_u64(), event.args.len()), (Some(n), if n == 3 { 3 } else { 1 }));
        offsets.push(event.offset.expect("an offset"));
    }

    proxy.cut();
    let reason = session.end().await.reason;
    assert!(matches!(reason, Reason::TransportClose { .. } | Reason::TransportError { .. }), "{reason:?}");
    node.hear("disconnected").await;
    node.order(json!({ "do": "emit", "name": "numbered", "args": [{ "n": 4 }] })).await;

    // Events 0 and 1 were kept; 2 and 3 were received and lost on our side, 4 was never received.
    let recovery = Recovery { pid: pid.clone(), offset: offsets[1].clone() };
    let mut session = Session::resume(&client, &to, Some(&recovery)).await.unwrap();
    assert_eq!((session.opened.recovered, &session.opened.pid), (true, &Some(pid)));
    assert_eq!(session.opened.sid, first.sid);
    assert_eq!(node.hear("connected").await["recovered"], true);
    node.order(json!({ "do": "emit", "name": "numbered", "args": [{ "n": 5 }] })).await;
    for n in 2..6 {
        let event = session.next().await.unwrap();
        let head = serde_json::from_slice::<Value>(&event.args.iter().next().unwrap()).unwrap();
        assert_eq!((head["n"].as_u64(), event.attachments.len()), (Some(n), usize::from(n == 3)));
    }

    // A session that the server does not know any more begins anew.
    let unknown = Recovery { pid: "unknown".into(), offset: offsets[1].clone() };
    let session = Session::resume(&client, &to, Some(&unknown)).await.unwrap();
    assert!(!session.opened.recovered && session.opened.pid.is_some());
}
