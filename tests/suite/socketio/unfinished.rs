//! Events that begin and do not end: what they take until then, and for how long.

use tokio::io::AsyncWriteExt;

use super::*;

const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const GOES_ON: u8 = 0x0;
const PING: u8 = 0x9;

/// A WebSocket frame of a server, as it goes over the wire.
async fn frame(peer: &mut Peer, opcode: u8, is_last: bool, payload: &[u8]) {
    try_frame(peer, opcode, is_last, payload).await.unwrap();
}

async fn try_frame(peer: &mut Peer, opcode: u8, is_last: bool, payload: &[u8]) -> std::io::Result<()> {
    let mut frame = vec![opcode | if is_last { 0x80 } else { 0 }];
    if payload.len() < 126 {
        frame.push(u8::try_from(payload.len()).unwrap());
    } else {
        frame.push(127);
        frame.extend((payload.len() as u64).to_be_bytes());
    }
    frame.extend(payload);
    timeout(STEP, peer.socket.get_mut().write_all(&frame)).await.expect("taken")
}

async fn session(budget: &Budget) -> (Peer, Session) {
    scripted_session_with(&client_with(Options::default(), budget), 25_000, 20_000).await
}

#[tokio::test]
async fn a_message_in_small_parts_is_counted() {
    let budget = Budget::new(4 << 20);
    let (mut peer, mut session) = session(&budget).await;
    let text = format!(r#"42["x","{}"]"#, "y".repeat(600_000));
    let parts: Vec<&[u8]> = text.as_bytes().chunks(60_000).collect();
    let (last, parts) = parts.split_last().unwrap();
    let mut come = 0;
    for (n, part) in parts.iter().enumerate() {
        frame(&mut peer, if n == 0 { TEXT } else { GOES_ON }, false, part).await;
        come += part.len();
        if n > 0 {
            eventually(|| budget.used() >= come).await;
            assert!(budget.used() <= 2 * come, "{} for {come}", budget.used());
        }
        // The WebSocket's own ping between two parts ends neither the message nor its room.
        frame(&mut peer, PING, true, b"?").await;
    }
    frame(&mut peer, GOES_ON, true, last).await;
    let event = session.next().await.unwrap();
    assert_eq!(event.args.raw().len(), 600_002);
    assert!(budget.used() < 700_000, "as an event it is counted by what it is: {}", budget.used());
    drop(session);
    assert_eq!(budget.used(), 0);
}

#[tokio::test]
async fn attachments_that_have_come_are_counted() {
    let budget = Budget::new(4 << 20);
    let (mut peer, mut session) = session(&budget).await;
    peer.say(r#"459-["x",{"_placeholder":true,"num":0}]"#).await;
    for n in 1..=8 {
        frame(&mut peer, BINARY, true, &vec![n; 50_000]).await;
        let come = usize::from(n) * 50_000;
        if come > 64 << 10 {
            eventually(|| budget.used() >= come).await;
            assert!(budget.used() <= 2 * come + (128 << 10), "{} for {come}", budget.used());
        }
    }
    let (mut other, mut quick) = self::session(&budget).await;
    other.say(r#"42["x"]"#).await;
    assert!(quick.next().await.is_some());
    frame(&mut peer, BINARY, true, &vec![9; 50_000]).await;
    assert_eq!(session.next().await.unwrap().attachments.len(), 9);
    drop((session, quick));
    assert_eq!(budget.used(), 0);
}

/// One session has passed the bound; the second part of another's message waits for that place, gets it, and comes through.
#[tokio::test]
async fn a_message_in_large_parts_waits_for_others_and_not_for_itself() {
    let budget = Budget::new(1 << 20);
    let (mut one, mut first) = session(&budget).await;
    let (mut two, mut second) = session(&budget).await;
    let text = format!(r#"42["x","{}"]"#, "y".repeat(600_000));
    let (begun, rest) = text.as_bytes().split_at(500_000);
    frame(&mut one, TEXT, false, begun).await;
    frame(&mut two, TEXT, false, &begun[..100_000]).await;
    eventually(|| budget.used() >= 100_000).await;
    frame(&mut two, GOES_ON, false, &begun[100_000..]).await;
    eventually(|| second.vitals.overloaded()).await;
    frame(&mut one, GOES_ON, true, rest).await;
    assert!(first.next().await.is_some());
    frame(&mut two, GOES_ON, true, rest).await;
    assert!(second.next().await.is_some());
    drop((first, second));
    assert_eq!(budget.used(), 0);
}

/// However lively the line is: what is counted is not held for as long as the peer likes.
#[tokio::test]
async fn a_large_message_that_does_not_end_ends_the_session() {
    let budget = Budget::new(4 << 20);
    let options = Options { message_patience: Duration::from_millis(200), ..Options::default() };
    let (mut peer, session) = scripted_session_with(&client_with(options, &budget), 25_000, 20_000).await;
    frame(&mut peer, TEXT, false, &vec![b'4'; 100_000]).await;
    eventually(|| budget.used() >= 100_000).await;
    let began = std::time::Instant::now();
    let lively = async {
        while try_frame(&mut peer, GOES_ON, false, b"4").await.is_ok()
            && try_frame(&mut peer, PING, true, b"?").await.is_ok()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // The session's end may come here before it is told.
        std::future::pending::<()>().await;
    };
    let ended = tokio::select! {
        ended = session.end() => ended,
        () = lively => unreachable!("it is waited for"),
    };
    let Reason::MessageOverdue { within } = ended.reason else { panic!("{ended:?}") };
    // 128 KiB may have come: two seconds more.
    assert_eq!(within, Duration::from_millis(2_200));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(budget.used(), 0);
}
