//! Networks that fail, and TLS.

use std::time::Instant;

use ramal::socketio::{DialStage, Stage};
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::tls_front::{PrivateCa, client_config};

/// A session through a proxy; ping times in milliseconds.
async fn through_proxy(ping_interval: u32, ping_timeout: u32) -> (ChaosProxy, Peer, Session) {
    let server = ScriptedServer::start().await;
    let proxy = ChaosProxy::start(server.address()).await;
    let (url, client) = (proxy.url(), client());
    let (peer, session) =
        tokio::join!(server.session(ping_interval, ping_timeout), Session::open(&client, &url));
    (proxy, peer, session.unwrap())
}

#[tokio::test]
async fn a_half_open_connection_is_noticed_by_its_silence() {
    let (proxy, mut peer, session) = through_proxy(300, 200).await;
    assert!(peer.ping().await);
    proxy.stall();
    let stalled = Instant::now();
    peer.say("2").await;
    assert!(matches!(session.end().await.reason, Reason::PingTimeout { .. }));
    assert!(stalled.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn stop_does_not_wait_for_a_half_open_connection() {
    let (proxy, _peer, session) = through_proxy(25_000, 20_000).await;
    proxy.stall();
    session.stop.cancel();
    let stopped = Instant::now();
    assert_eq!(session.end().await.reason, Reason::Stopped);
    assert!(stopped.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_stall_shorter_than_the_timeout_costs_nothing() {
    let (proxy, mut peer, mut session) = through_proxy(25_000, 20_000).await;
    proxy.stall();
    peer.say(r#"42["x",1]"#).await;
    peer.say(r#"42["x",2]"#).await;
    proxy.heal();
    for n in ["1", "2"] {
        assert_eq!(session.next().await.unwrap().args.payload(), n);
    }
}

#[tokio::test]
async fn a_cut_is_noticed_at_once() {
    let (proxy, _peer, session) = through_proxy(25_000, 20_000).await;
    proxy.cut();
    let reason = session.end().await.reason;
    let told = matches!(
        reason,
        Reason::TransportClose { code: None } | Reason::TransportError { stage: Stage::Connected, .. }
    );
    assert!(told, "{reason:?}");
}

#[tokio::test]
async fn a_refusing_network_is_a_failed_attempt() {
    let server = ScriptedServer::start().await;
    let proxy = ChaosProxy::start(server.address()).await;
    proxy.refuse();
    let reason = Session::open(&client(), &proxy.url()).await.err().unwrap();
    let told = matches!(
        reason,
        Reason::TransportClose { code: None } | Reason::TransportError { stage: Stage::Upgrade, .. }
    );
    assert!(told, "{reason:?}");
    assert_eq!(proxy.accepted(), 1);
    proxy.heal();
    let (url, client) = (proxy.url(), client());
    let (_peer, session) = tokio::join!(server.session(25_000, 20_000), Session::open(&client, &url));
    session.unwrap();
}

/// Every boundary falls inside something: the answer to the upgrade, a frame's head, a character.
#[tokio::test]
async fn bytes_may_come_one_by_one() {
    let server = ScriptedServer::start().await;
    let proxy = ChaosProxy::start(server.address()).await;
    proxy.trickle(1, Duration::ZERO);
    let (url, client) = (proxy.url(), client());
    let (peer, session) = tokio::join!(server.session(25_000, 20_000), Session::open(&client, &url));
    let (mut peer, mut session) = (peer, session.unwrap());
    peer.say(r#"42["ação",{"texto":"😀 ação"}]"#).await;
    peer.say(r#"451-["x",{"_placeholder":true,"num":0}]"#).await;
    peer.send(Message::binary(vec![7; 300])).await;
    assert_eq!(session.next().await.unwrap().args.payload(), r#"{"texto":"😀 ação"}"#.as_bytes());
    assert_eq!(session.next().await.unwrap().attachments[0].len(), 300);
    assert!(peer.ping().await);
}

#[tokio::test]
async fn a_slow_network_is_only_slow() {
    let server = ScriptedServer::start().await;
    let proxy = ChaosProxy::start(server.address()).await;
    proxy.delay(Duration::from_millis(50));
    let (url, client) = (proxy.url(), client());
    let (peer, session) = tokio::join!(server.session(25_000, 20_000), Session::open(&client, &url));
    let (mut peer, mut session) = (peer, session.unwrap());
    peer.say(r#"42["x",1]"#).await;
    assert_eq!(session.next().await.unwrap().args.payload(), "1");
}

#[tokio::test]
async fn tls_with_a_private_ca() {
    let server = ScriptedServer::start().await;
    let ca = PrivateCa::new();
    let url = format!("https://localhost:{}", ca.front(server.address()).await.port());
    let client = |tls| {
        Client::new(Arc::new(LoopbackDialer { tls: Some(tls) }), Budget::new(1 << 20), Options::default())
    };
    let trusting = client(ca.trusted());
    let (peer, session) = tokio::join!(server.session(25_000, 20_000), Session::open(&trusting, &url));
    let (mut peer, mut session) = (peer, session.unwrap());
    peer.say(r#"42["x",1]"#).await;
    assert_eq!(session.next().await.unwrap().args.payload(), "1");
    session.stop.cancel();
    assert_eq!(peer.hear().await, "41");
    peer.hear_close().await;
    assert_eq!(session.end().await.reason, Reason::Stopped);

    let stranger = client(client_config(&[]));
    match Session::open(&stranger, &url).await.err().unwrap() {
        Reason::Dial(error) => assert_eq!(error.stage, DialStage::Tls),
        reason => panic!("{reason:?}"),
    }
}
