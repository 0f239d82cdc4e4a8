//! Where calls go, as the documents print it: asked in envelopes at one address, told at another, by an exchange that is a program
//! of its own.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use super::*;
use crate::api::created;

const ENVELOPES: &str = "/api/client/webhook";
const OTHER_PHONE: &str = "1133334444";

/// The printed envelope, of a call that waits for a decision.
fn envelope(kind: &str, call: &str, phone: &str) -> Value {
    let at = "2018-02-15T20:07:32.562Z";
    json!({
        "chamada": { "call_id": call, "code": "", "type": kind, "direction": "inbound", "our_number": "0800111111",
            "their_number": phone, "timestamp": at },
        "dados": { "call_id": call, "type": "call.cpf-provided", "cpf": "", "timestamp": at },
        "atendente": {},
        "dialer": {},
    })
}

/// However it is asked, it is told by POST at the printed path with the printed body and nothing else.
#[tokio::test]
async fn a_standby_in_an_envelope_or_with_a_hyphen_is_decided_and_told_as_printed() {
    let exchange = Exchange::start(Mood::Answers(201)).await;
    let home = Home::new(&settings(&exchange.url())).await;
    let daemon = home.start().await;
    let flat = json!({ "type": "call-standby", "call_id": "call-3", "their_number": OTHER_PHONE });
    let posts = [
        (ENVELOPES, envelope("call.standby", "call-1", PHONE), "901"),
        (ENVELOPES, envelope("call-standby", "call-2", PHONE), "900"),
        ("/webhook", flat, "901"),
        (ENVELOPES, envelope("call.standby", "call-4", OTHER_PHONE), "900"),
    ];
    for (at, (path, body, queue)) in posts.iter().enumerate() {
        let url = format!("{}{path}?key={KEY}", daemon.base);
        let answer = send("POST", &url, &[], &body.to_string()).await;
        assert!(answer.status < 300, "{body}: {}", answer.body);
        let order = exchange.told(at + 1).await.swap_remove(at);
        assert_eq!((order.asked.0.as_str(), &*order.asked.1), ("POST", "/api/client/actions"));
        let call = format!("call-{}", at + 1);
        assert_eq!(order.body, json!({ "type": "call.waiting", "call_id": call, "destination": queue }));
        let page = decided(&daemon, 1, &call, "sent").await;
        assert_eq!((&page["decision"]["destination"], &page["state"]), (&json!(queue), &json!("standby")));
    }
    caught_up(&daemon).await;
    assert_eq!(exchange.orders().len(), posts.len(), "each is told once");
    daemon.stop().await;
}

/// Teravoz's own service calls it `delegate`, and has it at another path.
#[tokio::test]
async fn the_service_itself_is_told_to_delegate_at_actions() {
    let exchange = Exchange::start(Mood::Answers(200)).await;
    let home = Home::new(&settings(&format!("http://{}/actions", exchange.address))).await;
    let daemon = home.start().await;
    standby(&daemon, KEY, "call-1", PHONE, 1).await;
    decided(&daemon, 1, "call-1", "sent").await;
    let orders = exchange.orders();
    assert_eq!((orders[0].asked.0.as_str(), &*orders[0].asked.1), ("POST", "/actions"));
    assert_eq!(orders[0].body, json!({ "type": "delegate", "call_id": "call-1", "destination": "901" }));
    assert_eq!(orders.len(), 1);
    daemon.stop().await;
}

/// `ramal simulate teravoz`; gone when it is dropped.
struct Simulated {
    address: SocketAddr,
    _child: Child,
    _said: Lines<BufReader<ChildStdout>>,
}

impl Simulated {
    async fn start(home: &Home, url: &str) -> Self {
        let arguments = ["simulate", "teravoz", "--listen", "127.0.0.1:0", "--url", url, "--key", KEY];
        let mut command = home.command(&arguments);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let said = tokio::time::timeout(SOON, lines.next_line()).await.expect("in time").expect("readable");
        let said = said.expect("it says where it listens");
        let address = said.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.and_then(|address| address.parse().ok());
        Self { address: address.unwrap_or_else(|| panic!("{said}")), _child: child, _said: lines }
    }

    /// As a person with the exchange's pages does.
    async fn advance(&self, kind: &str) {
        let body = json!({ "their_number": PHONE, "our_number": "0800111111", "type": kind }).to_string();
        let path = "/api/client/pabx/call";
        let answer = http::send(self.address, "POST", path, &[], body.as_bytes()).await.expect("an answer");
        assert_eq!(answer, (200, format!("call event received from pabx: {kind}")));
    }

    /// How many calls are under way, by their last event.
    async fn calls(&self) -> Value {
        let answer = http::send(self.address, "GET", "/control/status", &[], b"").await.expect("an answer");
        serde_json::from_str::<Value>(&answer.1).expect("JSON")["calls"].clone()
    }
}

/// The one call in this state.
async fn one_call(daemon: &Daemon, state: &str, number: usize) -> Value {
    let path = format!("/api/v1/companies/company_1/calls?state={state}");
    let all = |page: &Value| page["items"].as_array().is_some_and(|calls| calls.len() == number);
    let page = daemon.until(&path, all).await;
    daemon.get(&format!("/api/v1/calls/{}", page["items"][0]["id"].as_str().expect("an id"))).await
}

/// The document's exchange and its backend, each a process: somebody calls, is sent to a queue as nobody's customer, talks and
/// hangs up; and calls again, as a customer.
#[tokio::test]
async fn the_simulated_exchange_takes_what_the_running_program_decides() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let exchange = Simulated::start(&home, &format!("{}{ENVELOPES}", daemon.base)).await;
    let actions = format!("http://{}/api/client/actions", exchange.address);
    let source = json!({ "provider": "teravoz", "token": KEY, "actions_url": actions });
    created(&daemon, "/api/v1/companies/company_1/sources", source).await;
    for (ended, (contact, queue)) in [("new", "901"), ("known", "900")].into_iter().enumerate() {
        exchange.advance("call.new").await;
        exchange.advance("call.standby").await;
        let waits = one_call(&daemon, "waiting", 1).await;
        assert_eq!((&waits["queue"], &waits["their_number"]), (&json!(queue), &json!(PHONE)), "{waits}");
        assert_eq!(exchange.calls().await, json!({ "call.waiting": 1 }));
        let id = waits["provider_call_id"].as_str().expect("an id");
        let page = decided(&daemon, 1, id, "sent").await;
        let decision = &page["decision"];
        assert_eq!((&decision["contact"], &decision["destination"]), (&json!(contact), &json!(queue)));
        assert_eq!(decision["attempts"][0]["status"], 201, "{decision}");
        for kind in ["actor.entered", "call.ongoing", "actor.left", "call.finished"] {
            exchange.advance(kind).await;
        }
        let over = one_call(&daemon, "finished", ended + 1).await;
        assert_eq!((&over["provider_call_id"], &over["queue"]), (&json!(id), &json!(queue)), "{over}");
        assert_eq!((&over["outcome"], &over["warnings"]), (&json!("answered"), &json!([])), "{over}");
        let told: Vec<_> = names(&over).into_iter().filter(|name| *name != "delegate.sent").collect();
        let seven = ["new", "standby", "waiting"].map(|kind| format!("call.{kind}"));
        assert_eq!((told.len(), &told[..3]), (7, &seven.each_ref().map(|kind| &**kind)[..]), "{over}");
    }
    daemon.stop().await;
}
