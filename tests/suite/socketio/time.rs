//! Deadlines, heartbeats and stopping.

use std::time::Instant;

use futures_util::SinkExt;
use ramal::socketio::{Dial, Dialling, Endpoint, Stage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::support::scripted::ScriptedServer;

/// A dialer that never comes back.
struct Nowhere;

impl Dial for Nowhere {
    fn dial<'a>(&'a self, _: &'a Endpoint, _: tokio::time::Instant) -> Dialling<'a> {
        Box::pin(std::future::pending())
    }
}

fn hasty(within: Duration) -> Client {
    client_with(Options { handshake: within, ..Options::default() }, &Budget::new(1 << 20))
}

/// Row 2 of the findings: a server that takes the connection and goes no further, at each point where it can stop.
#[tokio::test]
async fn the_handshake_has_one_deadline_wherever_it_hangs() {
    let within = Duration::from_millis(600);
    let nowhere =
        Client::new(Arc::new(Nowhere), Budget::new(1), Options { handshake: within, ..Options::default() });
    let started = Instant::now();
    let reason = Session::open(&nowhere, "http://localhost").await.err().unwrap();
    assert_eq!(reason, Reason::HandshakeTimeout { stage: Stage::Dial, within });
    assert!(started.elapsed() < within + Duration::from_secs(1));

    for hangs_at in [Stage::Upgrade, Stage::Open, Stage::Connect] {
        let server = ScriptedServer::start().await;
        let url = server.url();
        let client = hasty(within);
        let hang = async {
            if hangs_at == Stage::Upgrade {
                let mut stream = server.tcp().await;
                let mut request = Vec::new();
                stream.read_to_end(&mut request).await.unwrap();
                return;
            }
            let mut peer = server.websocket().await;
            if hangs_at == Stage::Connect {
                peer.open(25_000, 20_000).await;
                assert_eq!(peer.hear().await, "40");
            }
            peer.hear_close().await;
        };
        let started = Instant::now();
        let (outcome, ()) = tokio::join!(Session::open(&client, &url), hang);
        assert_eq!(outcome.err().unwrap(), Reason::HandshakeTimeout { stage: hangs_at, within });
        let took = started.elapsed();
        assert!(took >= within && took < within + Duration::from_secs(1), "{hangs_at}: {took:?}");
    }
}

/// A server that dawdles at every step does not get a new deadline for each.
#[tokio::test]
async fn the_deadline_is_over_all_steps_together() {
    let server = ScriptedServer::start().await;
    let url = server.url();
    let within = Duration::from_secs(1);
    let client = hasty(within);
    let dawdle = async {
        let mut peer = server.websocket().await;
        let mut tick = tokio::time::interval(Duration::from_millis(300));
        tick.tick().await;
        peer.open(25_000, 20_000).await;
        assert_eq!(peer.hear().await, "40");
        while peer.ping().await {
            tick.tick().await;
        }
    };
    let (outcome, ()) = tokio::join!(Session::open(&client, &url), dawdle);
    assert_eq!(outcome.err().unwrap(), Reason::HandshakeTimeout { stage: Stage::Connect, within });
}

#[tokio::test]
async fn what_is_not_a_websocket_is_told_by_its_status() {
    for (answer, expected) in [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", Some(403)),
        (
            "HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
            Some(301),
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Some(200)),
        ("220 mail.example ESMTP\r\n", None),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", None),
    ] {
        let server = ScriptedServer::start().await;
        let url = server.url();
        let client = client();
        let serve = async {
            let mut stream = server.tcp().await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream
        };
        let (outcome, _stream) = tokio::join!(Session::open(&client, &url), serve);
        match (outcome.err().unwrap(), expected) {
            (Reason::Upgrade { status }, Some(expected)) => assert_eq!(status, expected),
            (Reason::Protocol(_), None) => {}
            (reason, _) => panic!("{answer}: {reason:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_at_once() {
    let url = ScriptedServer::start().await.url();
    let reason = Session::open(&client(), &url).await.err().unwrap();
    assert!(matches!(reason, Reason::Dial(_)), "{reason:?}");
    assert!(!format!("{reason} {reason:?}").contains("secret-token"));
}

#[tokio::test]
async fn pings_are_answered_while_nobody_consumes() {
    let (mut peer, session) = scripted_session_with(&client(), 400, 300).await;
    // For longer than the deadline of a single one, with events between that nobody takes.
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..20 {
        tick.tick().await;
        peer.say(r#"42["x",{}]"#).await;
        peer.say("2").await;
        assert_eq!(peer.hear().await, "3");
    }
    peer.say("2probe").await;
    assert_eq!(peer.hear().await, "3probe");
    assert_eq!((session.vitals.events(), session.events.ended()), (20, None));
}

#[tokio::test]
async fn silence_is_a_ping_timeout() {
    let started = Instant::now();
    let (mut peer, session) = scripted_session_with(&client(), 300, 200).await;
    peer.say("2").await;
    assert_eq!(peer.hear().await, "3");
    let waited = Duration::from_secs(1);
    assert_eq!(session.end().await.reason, Reason::PingTimeout { waited });
    let took = started.elapsed();
    assert!(took >= waited && took < waited + Duration::from_secs(5), "{took:?}");
}

/// A large message on a slow line, events of a server too busy to ping, a proxy's own heartbeat: none of them is silence.
#[tokio::test]
async fn any_byte_is_life_of_a_line() {
    let pause = Duration::from_millis(400);
    // Each is said for longer than 300 + 200 ms and the grace of half a second.
    let (mut peer, mut session) = scripted_session_with(&client(), 300, 200).await;
    for n in 0..5 {
        tokio::time::sleep(pause).await;
        peer.say(&format!(r#"42["x",{n}]"#)).await;
        assert_eq!(&*session.next().await.expect("the session lives").name, "x");
    }
    for heartbeat in [Message::Ping(Vec::new().into()), Message::Pong(Vec::new().into())] {
        for _ in 0..4 {
            tokio::time::sleep(pause).await;
            peer.send(heartbeat.clone()).await;
        }
    }
    let large = format!(r#"42["large","{}"]"#, "y".repeat(100_000));
    let mut frame = vec![0x81, 127];
    frame.extend((large.len() as u64).to_be_bytes());
    frame.extend(large.as_bytes());
    for piece in frame.chunks(frame.len() / 6 + 1) {
        tokio::time::sleep(pause).await;
        peer.socket.get_mut().write_all(piece).await.unwrap();
    }
    assert_eq!(&*session.next().await.expect("the session lives").name, "large");
    peer.say("2").await;
    let said = Instant::now();
    assert!(
        matches!(session.end().await.reason, Reason::PingTimeout { .. }),
        "silence is noticed all the same"
    );
    assert!(said.elapsed() >= Duration::from_secs(1));
}

/// Row 4 of the findings.
#[tokio::test]
async fn stop_works_in_every_phase_within_a_second() {
    for stage in [Stage::Dial, Stage::Upgrade, Stage::Open, Stage::Connect] {
        let server = ScriptedServer::start().await;
        let to = target(&server.url());
        let client = if stage == Stage::Dial {
            Client::new(Arc::new(Nowhere), Budget::new(1), Options::default())
        } else {
            client()
        };
        let stop = CancellationToken::new();
        let script = async {
            if stage == Stage::Dial {
                stop.cancel();
                return Instant::now();
            }
            if stage == Stage::Upgrade {
                let mut stream = server.tcp().await;
                stream.read_u8().await.unwrap();
                stop.cancel();
                let stopped = Instant::now();
                let _ = stream.read_to_end(&mut Vec::new()).await;
                return stopped;
            }
            let mut peer = server.websocket().await;
            if stage == Stage::Connect {
                peer.open(25_000, 20_000).await;
                assert_eq!(peer.hear().await, "40");
            } else {
                // Its pong says that the client has seen the upgrade.
                peer.send(Message::Ping(Vec::new().into())).await;
                assert!(peer.next().await.unwrap().unwrap().is_pong());
            }
            stop.cancel();
            let stopped = Instant::now();
            assert_eq!(peer.hear().await, "41");
            peer.hear_close().await;
            stopped
        };
        let (outcome, stopped) = tokio::join!(client.connect(&to, None, &stop), script);
        assert_eq!(outcome.err(), Some(Reason::Stopped), "{stage}");
        assert!(stopped.elapsed() < Duration::from_secs(1), "{stage}");
    }
}

#[tokio::test]
async fn a_stopped_session_says_goodbye_and_keeps_what_was_on_its_way() {
    let (mut peer, mut session) = scripted_session().await;
    session.stop.cancel();
    let stopped = Instant::now();
    assert_eq!(peer.hear().await, "41");
    // The server has not come to our close frame yet.
    peer.say(r#"42["late",1]"#).await;
    peer.hear_close().await;
    assert_eq!(&*session.next().await.unwrap().name, "late");
    assert_eq!(session.end().await.reason, Reason::Stopped);
    assert!(stopped.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn stop_does_not_wait_for_a_peer_that_is_gone() {
    let (peer, session) = scripted_session().await;
    session.stop.cancel();
    let stopped = Instant::now();
    // The peer neither reads nor closes.
    assert_eq!(session.end().await.reason, Reason::Stopped);
    assert!(stopped.elapsed() < Duration::from_secs(1));
    drop(peer);
}

#[tokio::test]
async fn dropping_the_events_stops_the_session() {
    let (mut peer, session) = scripted_session().await;
    drop(session.events);
    assert_eq!(peer.hear().await, "41");
    peer.hear_close().await;
    timeout(STEP, session.reader).await.unwrap().unwrap();
}

/// A flood leaves no moment without something to read; stopping works all the same.
#[tokio::test]
async fn stop_works_in_a_flood() {
    let (peer, session) =
        scripted_session_with(&client_with(Options::default(), &Budget::new(16 << 20)), 60_000, 60_000).await;
    let Peer { mut socket, .. } = peer;
    let flood = tokio::spawn(async move {
        let text = Message::text(format!(r#"42["x","{}"]"#, "y".repeat(100)));
        while socket.feed(text.clone()).await.is_ok() {}
    });
    let Session { mut events, reader, stop, vitals, .. } = session;
    let consumer = tokio::spawn(async move {
        let mut batch = Vec::new();
        while events.recv_many(&mut batch, 1_000).await > 0 {
            batch.clear();
        }
        events.ended().unwrap()
    });
    eventually(|| vitals.events() > 1_000).await;
    // The flood does not end by itself. What came until the farewell was over is handed over, which takes as long as the
    // machine likes; how long a farewell lasts is held by the tests of silent peers.
    stop.cancel();
    timeout(STEP, reader).await.unwrap().unwrap();
    assert_eq!(timeout(STEP, consumer).await.unwrap().unwrap().reason, Reason::Stopped);
    timeout(STEP, flood).await.unwrap().unwrap();
}
