//! Against a server that says exactly what the test tells it to.

use ramal::socketio::{Malformed, Violation};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use super::*;
use crate::support::scripted::ScriptedServer;

#[tokio::test]
async fn a_session_opens_and_events_arrive_byte_for_byte() {
    let (mut peer, mut session) = scripted_session().await;
    assert_eq!(peer.path, "/socket.io/?token=secret-token&EIO=4&transport=websocket");
    assert_eq!((&*session.opened.sid, session.opened.ping_interval.as_secs()), ("s1", 25));
    assert_eq!((session.opened.pid.as_deref(), session.opened.recovered), (None, false));

    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let payloads = [
        r#"{"b":1.0,"a":1e400,"a":123456789012345678901234567890}"#,
        r#""half an emoji \ud83d""#,
        "1e2",
        &deep,
        "{ \"spaced\" : [ 1 , 2 ] }",
    ];
    for payload in payloads {
        peer.say(&format!(r#"42["call-was-connected",{payload}]"#)).await;
        let event = session.next().await.unwrap();
        assert_eq!((&*event.name, event.args.len()), ("call-was-connected", 1));
        assert_eq!(event.args.payload(), payload);
    }
}

#[tokio::test]
async fn no_shape_of_event_is_lost() {
    let (mut peer, mut session) = scripted_session().await;
    peer.say(r#"42["nothing"]"#).await;
    peer.say(r#"42["several",1,"two",{"three":3}]"#).await;
    peer.say(r#"4217["asked",{}]"#).await;
    peer.say(r#"452-["binary",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#).await;
    peer.send(Message::binary(vec![0, 255])).await;
    // The engine's heartbeat may come between an event and its attachments.
    peer.say("2").await;
    peer.send(Message::binary(vec![])).await;
    assert_eq!(peer.hear().await, "3");
    for name in ["close", "open", "error", "connect", "disconnect", "message"] {
        peer.say(&format!(r#"42["{name}",0]"#)).await;
    }

    let nothing = session.next().await.unwrap();
    assert_eq!(
        (&*nothing.name, nothing.args.len(), &nothing.args.payload()[..]),
        ("nothing", 0, &b"null"[..])
    );
    let several = session.next().await.unwrap();
    assert_eq!((several.args.len(), &several.args.payload()[..]), (3, &br#"[1,"two",{"three":3}]"#[..]));
    assert_eq!(session.next().await.unwrap().ack, Some(17));
    let binary = session.next().await.unwrap();
    assert_eq!(binary.args.iter().next().unwrap(), r#"{"_placeholder":true,"num":0}"#);
    assert_eq!(binary.attachments, [&[0u8, 255][..], &[]]);
    for name in ["close", "open", "error", "connect", "disconnect", "message"] {
        assert_eq!(&*session.next().await.unwrap().name, name);
    }
    assert_eq!(session.events.ended(), None);
}

#[tokio::test]
async fn a_message_in_many_frames_is_one_event() {
    let (mut peer, mut session) = scripted_session().await;
    let text = format!(r#"42["x","{}"]"#, "é".repeat(50_000));
    let mut pieces = text.as_bytes().chunks(4_097).peekable();
    let mut kind = Data::Text;
    while let Some(piece) = pieces.next() {
        let frame = Frame::message(piece.to_vec(), OpCode::Data(kind), pieces.peek().is_none());
        peer.send(Message::Frame(frame)).await;
        peer.send(Message::Ping(vec![1].into())).await;
        kind = Data::Continue;
    }
    assert_eq!(session.next().await.unwrap().args.raw().len(), 100_002);
}

/// Each on a session of its own: what is wrong is named, the server is told, and nothing panics.
#[tokio::test]
async fn malformed_packets_end_the_session_with_a_name() {
    let packet = |what: Malformed| Some(Reason::Protocol(Violation::Packet(what)));
    let cases: [(&[Message], Option<Reason>); 14] = [
        (&[Message::text("")], packet(Malformed::Empty)),
        (&[Message::text("9")], packet(Malformed::EngineType)),
        (&[Message::text("é")], packet(Malformed::EngineType)),
        (&[Message::text("4")], packet(Malformed::Empty)),
        (&[Message::text("49[]")], packet(Malformed::SocketType)),
        (&[Message::text("42")], packet(Malformed::EventShape)),
        (&[Message::text("42[]")], packet(Malformed::EventShape)),
        (&[Message::text(r#"42["x",{a:1}]"#)], packet(Malformed::Json { at: 8 })),
        (&[Message::text(r#"42["x",1"#)], packet(Malformed::Json { at: 8 })),
        (&[Message::text(r#"45x-["x"]"#)], packet(Malformed::Attachments)),
        (&[Message::text(r#"4299999999999999999999["x"]"#)], packet(Malformed::Id)),
        (&[Message::binary(vec![1])], packet(Malformed::UnannouncedBinary)),
        (&[Message::text(r#"451-["x"]"#), Message::text(r#"42["y"]"#)], packet(Malformed::TextForAttachment)),
        // Row 5 of the findings: an attachment that never comes.
        (&[Message::text(r#"451-["x",{"_placeholder":true,"num":0}]"#), Message::Close(None)], None),
    ];
    for (messages, reason) in cases {
        let (mut peer, session) = scripted_session().await;
        for message in messages {
            peer.send(message.clone()).await;
        }
        let expected = reason.unwrap_or(Reason::TransportClose { code: None });
        if matches!(expected, Reason::Protocol(_)) {
            assert_eq!(
                peer.hear_close().await.map(|frame| frame.code),
                Some(CloseCode::Protocol),
                "{messages:?}"
            );
        }
        drop(peer);
        assert_eq!(session.end().await.reason, expected, "{messages:?}");
    }
}

#[tokio::test]
async fn broken_websockets_end_the_session_with_a_name() {
    let text = |bytes: &'static [u8]| Frame::message(bytes, OpCode::Data(Data::Text), true);
    let mut reserved = text(b"2");
    reserved.header_mut().rsv1 = true;
    let frames =
        [text(b"42[\"\xff\"]"), reserved, Frame::message(&b"x"[..], OpCode::Data(Data::Continue), true)];
    for frame in frames {
        let (mut peer, session) = scripted_session().await;
        peer.send(Message::Frame(frame)).await;
        let reason = session.end().await.reason;
        assert!(matches!(reason, Reason::Protocol(Violation::Utf8 | Violation::WebSocket(_))), "{reason:?}");
    }
}

/// Row 3 of the findings: the session is over although the engine stays open, and we do not linger.
#[tokio::test]
async fn a_namespace_disconnect_ends_the_session_and_the_connection() {
    let (mut peer, mut session) = scripted_session().await;
    peer.say(r#"42["last"]"#).await;
    peer.say("41").await;
    assert_eq!(&*session.next().await.unwrap().name, "last");
    assert_eq!(peer.hear_close().await.map(|frame| frame.code), Some(CloseCode::Normal));
    drop(peer);
    assert_eq!(session.end().await, Ended { reason: Reason::ServerDisconnect, overloaded: false });
}

#[tokio::test]
async fn closes_are_told_with_their_code() {
    let (mut peer, session) = scripted_session().await;
    peer.send(Message::Close(Some(CloseFrame { code: CloseCode::Away, reason: "restart".into() }))).await;
    assert_eq!(session.end().await.reason, Reason::TransportClose { code: Some(1001) });

    let (peer, session) = scripted_session().await;
    drop(peer);
    assert_eq!(session.end().await.reason, Reason::TransportClose { code: None });

    let (mut peer, session) = scripted_session().await;
    peer.say("1").await;
    assert_eq!(session.end().await.reason, Reason::TransportClose { code: None });
}

/// Row 9 of the findings: the refusal is the outcome of connecting, and the connection does not stay open.
#[tokio::test]
async fn a_refusal_is_the_outcome_of_connecting() {
    let server = ScriptedServer::start().await;
    let url = server.url();
    let refuse = async {
        let mut peer = server.websocket().await;
        peer.open(25_000, 20_000).await;
        assert_eq!(peer.hear().await, "40");
        peer.say(r#"44{"message":"Authentication error"}"#).await;
        peer.hear_close().await;
    };
    let client = client();
    let (refused, ()) = tokio::join!(Session::open(&client, &url), refuse);
    let reason = refused.err().unwrap();
    assert_eq!(reason, Reason::Refused { json: r#"{"message":"Authentication error"}"#.into() });
    assert_eq!(reason.refusal().as_deref(), Some("Authentication error"));
}

#[tokio::test]
async fn a_server_of_another_protocol_is_named() {
    for (open, answer) in [
        (r#"0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":60000}"#, Some("40")),
        (r#"0{"sid":"e","pingInterval":1,"pingTimeout":1}"#, Some(r#"40{"sid":""}"#)),
        (r#"0{"sid":"e"}"#, None),
        (r#"0{"pingInterval":1e400,"pingTimeout":0}"#, None),
        ("0", None),
        ("40", None),
    ] {
        let server = ScriptedServer::start().await;
        let url = server.url();
        let say = async {
            let mut peer = server.websocket().await;
            peer.say(open).await;
            if let Some(answer) = answer {
                assert_eq!(peer.hear().await, "40");
                peer.say(answer).await;
            }
            peer.hear_close().await;
        };
        let client = client();
        let (outcome, ()) = tokio::join!(Session::open(&client, &url), say);
        let reason = outcome.err().unwrap();
        assert!(matches!(reason, Reason::Protocol(_)), "{open}: {reason:?}");
    }
}

#[tokio::test]
async fn messages_above_the_limit_close_with_a_reason() {
    let limited = client_with(Options { message_limit: 1_000, ..Options::default() }, &Budget::new(1 << 20));
    let long = |bytes: usize| format!(r#"42["x","{}"]"#, "y".repeat(bytes));
    let half = |kind, last| Message::Frame(Frame::message(vec![b'4'; 600], OpCode::Data(kind), last));
    let cases = [
        vec![Message::text(long(1_001))],
        vec![half(Data::Text, false), half(Data::Continue, true)],
        vec![Message::text(r#"452-["x"]"#), Message::binary(vec![0; 600]), Message::binary(vec![0; 600])],
    ];
    for messages in cases {
        let (mut peer, mut session) = scripted_session_with(&limited, 25_000, 20_000).await;
        peer.say(&long(900)).await;
        assert!(session.next().await.is_some());
        for message in messages {
            peer.send(message).await;
        }
        assert_eq!(peer.hear_close().await.map(|frame| frame.code), Some(CloseCode::Size));
        drop(peer);
        assert_eq!(session.end().await.reason, Reason::MessageTooLarge { limit: 1_000 });
    }
}

#[tokio::test]
async fn a_large_message_below_the_limit_passes() {
    let (mut peer, mut session) = scripted_session().await;
    let text = format!(r#"42["x","{}"]"#, "é".repeat(15 << 20));
    let (event, ()) = tokio::join!(session.next(), peer.say(&text));
    assert_eq!(event.unwrap().args.raw(), &text.as_bytes()[7..text.len() - 1]);
    // And what follows is read as before.
    for _ in 0..100 {
        peer.say(&format!(r#"42["x","{}"]"#, "z".repeat(1_000))).await;
        assert_eq!(session.next().await.unwrap().args.raw().len(), 1_002);
    }
}

#[tokio::test]
async fn recovery_is_offered_and_replayed_events_may_come_first() {
    let server = ScriptedServer::start().await;
    let url = server.url();
    let recovery = Recovery { pid: "p1".into(), offset: "o7".into() };
    let serve = async {
        let mut peer = server.websocket().await;
        peer.open(25_000, 20_000).await;
        let offer: serde_json::Value = serde_json::from_str(&peer.hear().await[2..]).unwrap();
        assert_eq!(offer, serde_json::json!({ "pid": "p1", "offset": "o7" }));
        peer.say(r#"42["missed",{"n":8},"o8"]"#).await;
        peer.say(r#"40{"sid":"s1","pid":"p1"}"#).await;
        peer.say(r#"42["live",{"n":9},"text","o9"]"#).await;
        peer
    };
    let to = target(&url);
    let client = client();
    let (session, _peer) = tokio::join!(Session::resume(&client, &to, Some(&recovery)), serve);
    let mut session = session.unwrap();
    assert_eq!((session.opened.recovered, session.opened.pid.as_deref()), (true, Some("p1")));
    let missed = session.next().await.unwrap();
    assert_eq!((missed.args.payload(), missed.offset.as_deref()), (r#"{"n":8}"#.into(), Some("o8")));
    let live = session.next().await.unwrap();
    assert_eq!((live.args.payload(), live.offset.as_deref()), (r#"[{"n":9},"text"]"#.into(), Some("o9")));
}

/// Where the server does not offer recovery, a trailing text is payload, whatever we offered.
#[tokio::test]
async fn without_recovery_nothing_changes() {
    let server = ScriptedServer::start().await;
    let url = server.url();
    let recovery = Recovery { pid: "p1".into(), offset: "o7".into() };
    let serve = async {
        let mut peer = server.websocket().await;
        peer.open(25_000, 20_000).await;
        peer.hear().await;
        peer.say(r#"40{"sid":"s2"}"#).await;
        peer.say(r#"42["x","text"]"#).await;
        peer
    };
    let to = target(&url);
    let client = client();
    let (session, _peer) = tokio::join!(Session::resume(&client, &to, Some(&recovery)), serve);
    let mut session = session.unwrap();
    assert_eq!((session.opened.recovered, session.opened.pid.as_deref()), (false, None));
    let event = session.next().await.unwrap();
    assert_eq!((event.args.payload(), event.offset), (r#""text""#.into(), None));
}
