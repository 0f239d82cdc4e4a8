//! What counts as an answer, and what the record of it says.

use std::time::Duration;

use ramal::domain::{AttemptOrigin, Seq};
use ramal::store::AttemptRow;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::LocalSet;

use super::{Hook, hook, numbered, start};
use crate::journal::House;
use crate::store::Db;
use crate::store::contract;
use crate::support::tcp_server::{TcpServer, read_request};

contract! {
    a_status_settles_its_event_whatever_becomes_of_the_body,
    a_kept_connection_that_has_ended_costs_no_try,
}

/// A webhook at this server, and the outcome of its events, in order.
async fn settled(house: &House, server: &TcpServer, events: i64) -> (Hook, Vec<AttemptRow>) {
    let company = house.company("A").await;
    let hook = hook(house, company, format!("http://{}/", server.address), &["*"]).await;
    let local = LocalSet::new();
    local
        .run_until(async {
            let running = start(&local, house, &hook).await;
            // One lane: each waits for the answer to the one before.
            house.append(company, numbered(1, events, 1)).await;
            running.until("all settled", |status| status.cursor == Some(Seq(events))).await;
            running.stopped().await;
        })
        .await;
    let mut made = Vec::new();
    for seq in 1..=events {
        made.extend(house.store.attempts_of_event(hook.webhook, Seq(seq), 10).await.expect("reads"));
    }
    (hook, made)
}

/// A receiver that says 200 at once and does its work behind it: body after body comes late, is cut off, or is nonsense.
async fn a_status_settles_its_event_whatever_becomes_of_the_body(db: Db) {
    let house = House::new(db).await;
    let server = TcpServer::start(|number, mut stream| async move {
        read_request(&mut stream).await?;
        let (body, stays) = [("5\r\nso far\r\n", false), ("2\r\nok\r\n", true), ("", false)][number % 3];
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        if stays {
            stream.read_u8().await?;
        }
        Ok(())
    })
    .await;
    let (hook, made) = settled(&house, &server, 6).await;
    assert_eq!(server.accepted(), 6, "each event went out once");
    let told: Vec<_> = made.iter().map(|row| (row.seq.0, row.n, row.status, row.error.as_deref())).collect();
    let notes = ["body_broken", "body_late", "body_cut"].into_iter().cycle();
    let expected: Vec<_> = (1..=6).zip(notes).map(|(seq, note)| (seq, 1, Some(200), Some(note))).collect();
    assert_eq!(told, expected);
    assert!(
        made.iter().all(|row| row.origin == AttemptOrigin::Live && row.phases.total_us < Some(5_000_000))
    );

    let everything = (ramal::domain::Timestamp(i64::MAX), Seq(i64::MAX));
    let failed = Some(ramal::store::Outcome::Failed);
    let failed = house.store.attempts(hook.webhook, failed, everything, 10).await.expect("reads");
    assert_eq!(failed, []);
    let delivered = house.store.successes_beyond(hook.webhook, Seq::ZERO).await.expect("reads");
    assert_eq!(delivered.len(), 6, "what was remarkable is no failure after a crash either");
}

/// A receiver that closes each connection after its answer without a word, now at once, now under the next request.
async fn a_kept_connection_that_has_ended_costs_no_try(db: Db) {
    let house = House::new(db).await;
    let server = TcpServer::start(|number, mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await?;
        if number % 2 == 0 {
            read_request(&mut stream).await?;
            return stream.set_zero_linger();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(())
    })
    .await;
    let (_, made) = settled(&house, &server, 8).await;
    assert_eq!(made.len(), 8, "{made:#?}");
    assert!(made.iter().all(|row| row.n == 1 && row.status == Some(200)), "{made:#?}");
    assert!(made.iter().any(|row| row.error.as_deref() == Some("resent")), "the record says so: {made:#?}");
    assert!(made[0].error.is_none());
}
