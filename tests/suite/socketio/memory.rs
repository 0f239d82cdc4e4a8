//! What an idle session costs.

use std::env;
use std::fs;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::support::tls_front::{PrivateCa, client_config};

/// Point 8 of the requirements.
const MOST_PER_CONNECTION_KIB: u64 = 40;
/// Connections before the first measurement, so that what is paid once is not counted.
const WARM: usize = 50;
const MEASURED: usize = 300;

const URL: &str = "RAMAL_TEST_IDLE_URL";
const ROOT: &str = "RAMAL_TEST_IDLE_ROOT";
const COUNT: &str = "RAMAL_TEST_IDLE_COUNT";
const NAME: &str = "socketio::memory::an_idle_tls_session_costs_at_most_40_kib";

/// The server lives here; the sessions live in this same test run once more as a process of its own, because the memory of
/// this one is shared with all other tests.
#[tokio::test]
async fn an_idle_tls_session_costs_at_most_40_kib() {
    if let Ok(url) = env::var(URL) {
        return measure(&url).await;
    }
    let ca = PrivateCa::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let acceptor = ca.acceptor();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut socket = accept_async(acceptor.accept(stream).await.unwrap()).await.unwrap();
                socket
                    .send(Message::text(r#"0{"sid":"e","pingInterval":300000,"pingTimeout":20000}"#))
                    .await
                    .unwrap();
                assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("40"));
                socket.send(Message::text(r#"40{"sid":"s"}"#)).await.unwrap();
                while socket.next().await.is_some() {}
            });
        }
    });
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(URL, url)
        .env(ROOT, STANDARD.encode(&ca.root))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = timeout(Duration::from_mins(2), output).await.expect("measured in time").unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    let per_session =
        told.lines().find_map(|line| line.strip_prefix("KiB per session: ")).expect("a measurement");
    assert!(per_session.parse::<u64>().unwrap() <= MOST_PER_CONNECTION_KIB, "{per_session} KiB");
}

async fn measure(url: &str) {
    let root = STANDARD.decode(env::var(ROOT).unwrap()).unwrap();
    let dialer = LoopbackDialer { tls: Some(client_config(&[root.into()])) };
    let client = Client::new(Arc::new(dialer), Budget::new(1 << 20), Options::default());
    let mut sessions = Vec::new();
    for _ in 0..WARM {
        sessions.push(Session::open(&client, url).await.unwrap());
    }
    let before = resident_kib();
    let count = env::var(COUNT).map_or(MEASURED, |count| count.parse().unwrap());
    for _ in 0..count {
        sessions.push(Session::open(&client, url).await.unwrap());
    }
    let grown = resident_kib().saturating_sub(before);
    // On a line of its own: the test harness has begun one.
    println!("\nKiB per session: {}", grown.div_ceil(count as u64));
}

/// The resident memory of this process.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}
