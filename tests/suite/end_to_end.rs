//! From npm's Socket.IO server through the real program to a receiver that checks every byte and both signatures with
//! code that is not ours.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::daemon::Home;
use crate::support::node::Node;

const COMPANIES: usize = 20;
/// Events per company that are on their way at a time. A provider that writes as fast as a socket takes it fills the
/// system's buffers; its ping waits behind them, and on a busy machine it would give the connection up for silence.
const AT_A_TIME: usize = 200;
const SECRET: &str = "minha_chave_secreta_de_teste";

/// Events per company; the whole test sends this many times twenty. `RAMAL_E2E_EVENTS` asks for another number.
fn events_per_company() -> usize {
    std::env::var("RAMAL_E2E_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000)
}

fn settings(socket: u64, receiver: u64) -> String {
    let mut text = format!(
        "database_url = \"sqlite://data/ramal.db\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n[limits]\nmessage_bytes = {}\n",
        64 << 20
    );
    for company in 1..=COMPANIES {
        write!(
            text,
            r#"
[[company]]
name = "Empresa {company}"
[company.threecplus]
id = "{company}"
token = "company-token-{company}-abcdef"
socket_url = "http://127.0.0.1:{socket}"
connect = true
[[company.webhook]]
name = "Principal"
url = "http://127.0.0.1:{receiver}/"
events = ["*"]
secret = "{SECRET}"
timeout_seconds = 60
headers = {{ X-Company = "{company}" }}
"#
        )
        .expect("memory takes it");
    }
    text
}

/// 200,000 numbered events with payloads that no JSON library would leave alone (integers beyond 2^64, `1.0`, duplicate
/// keys, lone surrogates, 10 MB, no arguments, several) arrive byte for byte, once, in order per lane.
#[tokio::test(flavor = "multi_thread")]
async fn odd_payloads_arrive_byte_for_byte_once_and_in_order() {
    let events = events_per_company();
    let mut server = Node::start("odd_server.mjs", &json!({})).await;
    let mut receiver = Node::start("odd_receiver.mjs", &json!({ "secret": SECRET })).await;
    let socket = server.hear("listening").await["port"].as_u64().expect("a port");
    let url = receiver.hear("listening").await["port"].as_u64().expect("a port");
    let home = Home::new(&settings(socket, url)).await;
    let daemon = home.start().await;
    for _ in 0..COMPANIES {
        server.hear("connected").await;
    }
    let companies: Vec<usize> = (1..=COMPANIES).collect();
    for from in (1..=events).step_by(AT_A_TIME) {
        let to = events.min(from + AT_A_TIME - 1);
        server.tell(&json!({ "emit": { "companies": companies, "from": from, "to": to } })).await;
        let report = arrived(&mut receiver, COMPANIES * to).await;
        if report["faults"] != json!([])
            || report["count"] != json!(COMPANIES * to)
            || report["duplicates"] != json!(0)
        {
            panic!("of {from} to {to} of each company: {report}\n{}", daemon.stop().await);
        }
    }

    for company in [1, COMPANIES] {
        let status = daemon.get(&format!("/api/v1/webhooks/{company}/status")).await;
        assert_eq!(status["head"], json!(events), "{status}");
    }
    daemon.stop().await;
}

/// Asks the receiver again and again, for as long as more arrives.
async fn arrived(receiver: &mut Node, wanted: usize) -> Value {
    let (mut before, mut idle) = (0, 0);
    loop {
        receiver.tell(&json!({})).await;
        let report = receiver.hear("count").await;
        let count = report["count"].as_u64().expect("a count");
        let enough = usize::try_from(count).is_ok_and(|count| count >= wanted);
        idle = if count == before { idle + 1 } else { 0 };
        before = count;
        if enough || idle > 1200 || report["faults"] != json!([]) {
            return report;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
