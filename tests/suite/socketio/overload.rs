//! The byte budget: what happens when consumers do not keep up.

use tokio_tungstenite::tungstenite::Message;

use super::*;

fn numbered(n: usize, bytes: usize) -> String {
    format!(r#"42["numbered",{{"n":{n},"filler":"{}"}}]"#, "x".repeat(bytes))
}

/// Takes `count` events and checks their order.
async fn take_numbered(session: &mut Session, count: usize) {
    for n in 0..count {
        let event =
            session.next().await.unwrap_or_else(|| panic!("ended at {n}: {:?}", session.events.ended()));
        assert!(event.args.raw().starts_with(format!("{{\"n\":{n},").as_bytes()), "{n}");
    }
}

/// Sends for as long as the socket takes it; tells how many, and gives the peer back.
async fn fill(mut peer: Peer, count: usize, bytes: usize) -> Peer {
    for n in 0..count {
        timeout(STEP, futures_util::SinkExt::send(&mut peer.socket, Message::text(numbered(n, bytes))))
            .await
            .expect("room")
            .unwrap();
    }
    peer
}

#[tokio::test]
async fn a_full_budget_leaves_the_socket_unread_and_loses_nothing() {
    let budget = Budget::new(1 << 20);
    let (peer, mut session) =
        scripted_session_with(&client_with(Options::default(), &budget), 25_000, 20_000).await;
    // Far more than the budget and the kernel's buffers hold.
    let (count, bytes) = (4_000, 8_000);
    let sending = tokio::spawn(fill(peer, count, bytes));
    eventually(|| session.vitals.overloaded()).await;
    assert_eq!((budget.unread_sessions(), budget.stops() > 0), (1, true));
    assert!(budget.used() <= (1 << 20) + bytes / 8 * 9 + 1_000, "{}", budget.used());
    assert_eq!(session.events.ended(), None);
    take_numbered(&mut session, count).await;
    let mut peer = timeout(STEP, sending).await.unwrap().unwrap();
    // The heartbeat goes on as if nothing had been.
    assert!(peer.ping().await);
    drop(peer);
    assert_eq!(session.next().await, None);
    assert_eq!((budget.used(), budget.unread_sessions(), session.vitals.overloaded()), (0, 0, false));
}

#[tokio::test]
async fn a_stalled_consumer_does_not_keep_other_sessions_from_reading() {
    let budget = Budget::new(1 << 20);
    let client = client_with(Options::default(), &budget);
    let (hog, stalled) = scripted_session_with(&client, 25_000, 20_000).await;
    let sending = tokio::spawn(fill(hog, 4_000, 8_000));
    eventually(|| stalled.vitals.overloaded()).await;
    let (mut peer, mut session) = scripted_session_with(&client, 25_000, 20_000).await;
    for n in 0..10 {
        peer.say(&numbered(n, 1_000)).await;
        assert!(peer.ping().await);
    }
    take_numbered(&mut session, 10).await;
    assert!(!session.vitals.overloaded() && stalled.vitals.overloaded());
    sending.abort();
}

#[tokio::test]
async fn a_message_larger_than_the_budget_gets_through_alone() {
    let budget = Budget::new(10_000);
    let (mut peer, mut session) =
        scripted_session_with(&client_with(Options::default(), &budget), 25_000, 20_000).await;
    for n in 0..3 {
        peer.say(&numbered(n, 1 << 20)).await;
    }
    take_numbered(&mut session, 3).await;
}

/// The silence is ours, not the server's: no ping timeout, and if the server gives up, the cause is named.
#[tokio::test]
async fn an_unread_socket_is_not_a_silent_server() {
    let budget = Budget::new(100_000);
    let (peer, mut session) =
        scripted_session_with(&client_with(Options::default(), &budget), 500, 500).await;
    let sending = tokio::spawn(fill(peer, 4_000, 8_000));
    eventually(|| session.vitals.overloaded()).await;
    // More than what would be a ping timeout; time is what this test is about.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(session.events.ended(), None);
    sending.abort();
    let _ = sending.await;
    while session.next().await.is_some() {}
    let ended = session.events.ended().unwrap();
    assert!(
        matches!(ended.reason, Reason::TransportClose { .. } | Reason::TransportError { .. }),
        "{ended:?}"
    );
    assert!(ended.overloaded, "{ended:?}");
}

#[tokio::test]
async fn stop_works_on_an_unread_socket() {
    let budget = Budget::new(100_000);
    let (peer, mut session) =
        scripted_session_with(&client_with(Options::default(), &budget), 25_000, 20_000).await;
    let sending = tokio::spawn(fill(peer, 4_000, 8_000));
    eventually(|| session.vitals.overloaded()).await;
    let stopped = std::time::Instant::now();
    session.stop.cancel();
    timeout(STEP, &mut session.reader).await.unwrap().unwrap();
    assert!(stopped.elapsed() < Duration::from_secs(1));
    // What had been read is still there, in order.
    let mut taken = 0;
    while let Some(event) = session.next().await {
        assert!(event.args.raw().starts_with(format!("{{\"n\":{taken},").as_bytes()));
        taken += 1;
    }
    assert!(taken > 5, "{taken}");
    assert_eq!(session.events.ended().unwrap().reason, Reason::Stopped);
    sending.abort();
}

/// A large message in two parts, as they go over the wire.
fn in_two(n: usize, bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let text = numbered(n, bytes);
    let mut first = [vec![0x81, 127], (text.len() as u64).to_be_bytes().to_vec()].concat();
    first.extend(&text.as_bytes()[..100]);
    (first, text.as_bytes()[100..].to_vec())
}

async fn write(peer: &mut Peer, bytes: &[u8]) {
    let socket = peer.socket.get_mut();
    timeout(STEP, tokio::io::AsyncWriteExt::write_all(socket, bytes)).await.expect("taken").unwrap();
}

/// Messages that have begun are memory too, however slowly they go on.
#[tokio::test]
async fn large_messages_are_read_when_there_is_room_for_them() {
    let budget = Budget::new(1 << 20);
    let client = client_with(Options::default(), &budget);
    let (begun, rest) = in_two(0, 300_000);
    let mut lines = Vec::new();
    for _ in 0..2 {
        let (mut peer, session) = scripted_session_with(&client, 25_000, 20_000).await;
        write(&mut peer, &begun).await;
        lines.push((peer, session));
    }
    // One is within the company's third, one may go beyond, and the next has to wait.
    eventually(|| budget.used() > 300_000).await;
    let (mut peer, mut third) = scripted_session_with(&client, 25_000, 20_000).await;
    write(&mut peer, &begun).await;
    eventually(|| third.vitals.overloaded()).await;
    assert!(budget.used() < 350_000, "{}", budget.used());
    // Nobody else has to.
    let (mut small, mut quick) = scripted_session_with(&client, 25_000, 20_000).await;
    small.say(&numbered(0, 1_000)).await;
    take_numbered(&mut quick, 1).await;
    for (peer, session) in &mut lines {
        write(peer, &rest).await;
        take_numbered(session, 1).await;
    }
    // What a consumer has taken counts until it comes for more, or is gone.
    drop(lines);
    write(&mut peer, &rest).await;
    take_numbered(&mut third, 1).await;
    assert!(!third.vitals.overloaded());
}
