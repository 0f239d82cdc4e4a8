//! What the sources read in bodies, tried on the simulators' streams: thousands of events whose ids are all different.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use ramal::domain::json::items;
use ramal::simulator::threecplus::{Account, Config, Simulator};
use ramal::sources::Family;
use ramal::sources::threecplus::extract;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

/// Every event of a family that has ids gets a lane and its company, and a call's whole life is in one lane.
#[tokio::test]
async fn lanes_hold_whole_calls() {
    const EVENTS: usize = 5_000;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let account = Account::numbered(7);
    let simulator = Simulator::new(Config::new(vec![account.clone()], 0.0));
    let control = simulator.control();
    let stop = CancellationToken::new();
    let _stops = stop.clone().drop_guard();
    tokio::spawn(simulator.run(listener, stop));
    let url = format!("ws://{address}/socket.io/?token={}&EIO=4&transport=websocket", account.token);
    let (mut socket, _) = connect_async(url).await.expect("an upgrade");
    socket.send(Message::text("40")).await.expect("open");
    control.wait_connected(1).await;
    control.burst(EVENTS as u64);

    let mut histories = HashMap::new();
    let mut received = 0;
    while received < EVENTS {
        let message = timeout(Duration::from_secs(20), socket.next()).await.expect("in time").expect("open");
        let Message::Text(text) = message.expect("a frame") else { continue };
        let Some(packet) = text.as_str().strip_prefix("42") else { continue };
        received += 1;
        let mut arguments = items(packet.as_bytes());
        let name = arguments.next().expect("a name");
        let name = std::str::from_utf8(&name[1..name.len() - 1]).expect("a plain name");
        let extracted = extract(name, arguments.next().expect("a payload"));
        let lane = extracted.lane.as_deref();
        match Family::of(name) {
            Family::Other => assert_eq!(lane, None, "{name}"),
            _ => assert!(lane.is_some(), "{name}"),
        }
        if name != "agent-is-idle" {
            assert_eq!(extracted.company_id, Some(account.company), "{name}");
        }
        if name == "call-history-was-created" {
            *histories.entry(lane.expect("a lane").to_owned()).or_insert(0) += 1;
            assert_eq!(extracted.keys.phones.len(), 1);
        } else if name.starts_with("call-") {
            assert!(!histories.contains_key(lane.expect("a lane")), "{name} after the call's history");
        }
    }
    assert!(histories.len() > 100 && histories.values().all(|count| *count == 1));
}
