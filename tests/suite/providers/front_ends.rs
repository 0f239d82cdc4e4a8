//! What the documents' own front ends ask: the counts of a dashboard, and the WebSocket of the calls.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::by_address::FLAT;
use crate::api::{Answer, created, must, send};
use crate::support::daemon::{Daemon, Home};
use crate::support::node::Node;

mod bounds;
mod count;
mod socket;

const KEY: &str = "aB3dE5gH";
const OPEN: &str = "[[company]]\nname = \"A\"\n[company.teravoz]\n";
const SOURCES: &str = "/api/v1/companies/company_1/sources";
const COUNT: &str = "/api/dashboard/count";
const PATIENCE: Duration = Duration::from_secs(20);
/// The seven events of a call, in their order.
const SEVEN: [&str; 7] = [
    "call.new",
    "call.standby",
    "call.waiting",
    "actor.entered",
    "call.ongoing",
    "actor.left",
    "call.finished",
];

/// Where who calls in all of these tests is known already.
async fn know_the_caller(daemon: &Daemon) {
    must(daemon, "POST", "/api/v1/companies/company_1/contacts", json!({ "phone": "11999990000" }), 201)
        .await;
}

async fn post(daemon: &Daemon, body: &str) {
    post_to(daemon, "/webhook", body).await;
}

async fn post_to(daemon: &Daemon, path: &str, body: &str) {
    let answer = send("POST", &format!("{}{path}", daemon.base), &[], body).await;
    assert_eq!(answer.status, 200, "{body}: {}", answer.body);
}

/// An event of a call, in the second of its place in the call's life.
fn event(call: &str, kind: &str) -> String {
    let second = SEVEN.iter().position(|of| *of == kind).unwrap_or(7);
    let timestamp = format!("2017-01-01T00:00:{second:02}Z");
    json!({ "type": kind, "call_id": call, "code": "123456", "timestamp": timestamp, "actor": "ana@example.com",
        "direction": "inbound", "our_number": "0800000000", "their_number": "11999990000" })
    .to_string()
}

/// A call up to this event.
async fn call_up_to(daemon: &Daemon, call: &str, last: &str) {
    for kind in SEVEN {
        post(daemon, &event(call, kind)).await;
        if kind == last {
            return;
        }
    }
}

/// A client of the WebSocket.
struct FrontEnd(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl FrontEnd {
    /// The status, if it is not let in.
    async fn try_open(daemon: &Daemon, path: &str) -> Result<Self, u16> {
        let url = format!("{}{path}", daemon.base.replace("http://", "ws://"));
        match connect_async(url).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opened and welcome.
    async fn open(daemon: &Daemon, path: &str) -> Self {
        let mut front = Self::try_open(daemon, path).await.expect("it is let in");
        assert_eq!(front.next().await, json!({ "data": "Welcome", "event": "Welcome", "status": "Ok" }));
        front
    }

    /// As [`FrontEnd::open`], at an address that is opened just now.
    async fn soon(daemon: &Daemon, path: &str) -> Self {
        let address = daemon.base.trim_start_matches("http://");
        let listening = async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, listening).await.expect("it listens");
        Self::open(daemon, path).await
    }

    /// The next text, or the code of the end.
    async fn heard(&mut self) -> Result<String, u16> {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.expect("a message in time");
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    async fn next(&mut self) -> Value {
        serde_json::from_str(&self.heard().await.expect("a text")).expect("JSON")
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("it is sent");
    }

    /// The answer to a message; that something changed is passed over.
    async fn ask(&mut self, text: &str) -> Value {
        self.say(text).await;
        loop {
            let told = self.next().await;
            if told["event"] != "DataChanged" {
                return told;
            }
        }
    }

    /// The answer to `ListCalls` with these parameters.
    async fn list(&mut self, params: Value) -> Value {
        self.ask(&json!({ "event": "ListCalls", "data": { "params": params } }).to_string()).await
    }

    /// Waits for the word of changes.
    async fn changed(&mut self) {
        assert_eq!(self.next().await, json!({ "data": {}, "event": "DataChanged", "status": "Ok" }));
    }

    /// The code with which it is ended, whatever is told before.
    async fn ended(&mut self) -> u16 {
        loop {
            if let Err(code) = self.heard().await {
                return code;
            }
        }
    }
}

/// The ids of listed calls.
fn ids(listed: &Value) -> Vec<&str> {
    assert_eq!((&listed["event"], &listed["status"]), (&json!("ListCalls"), &json!("Ok")), "{listed}");
    let rows = listed["data"].as_array().expect("rows");
    rows.iter().map(|row| row["aggregate_id"].as_str().expect("an id")).collect()
}
