//! What a session costs while nothing happens.
//!
//! The servers live here; the sessions that are measured live in this same test, run once more as a process of its own,
//! because the memory of this one is shared with all other tests.

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
use crate::support::allocator;
use crate::support::tls_front::{PrivateCa, client_config};

/// Point 8 of the requirements.
const MOST_PER_SESSION_KIB: u64 = 40;
/// Sessions before the first measurement, so that what is paid once is not counted.
const WARM: usize = 30;
/// Sessions measured, unless `RAMAL_TEST_IDLE_COUNT` says otherwise (a thousand take a minute of handshakes).
const MEASURED: usize = 170;

const URL: &str = "RAMAL_TEST_IDLE_URL";
const ROOT: &str = "RAMAL_TEST_IDLE_ROOT";
const COUNT: &str = "RAMAL_TEST_IDLE_COUNT";
const ANSWER: &str = "measured KiB: ";

#[tokio::test]
async fn an_idle_tls_session_costs_at_most_40_kib() {
    if let Ok(url) = env::var(URL) {
        return measure_idle(&url).await;
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
                let open = r#"0{"sid":"e","pingInterval":300000,"pingTimeout":20000}"#;
                socket.send(Message::text(open)).await.unwrap();
                assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("40"));
                socket.send(Message::text(r#"40{"sid":"s"}"#)).await.unwrap();
                while socket.next().await.is_some() {}
            });
        }
    });
    let root = STANDARD.encode(&ca.root);
    let name = "socketio::memory::an_idle_tls_session_costs_at_most_40_kib";
    let per_session = measured_alone(name, &[(URL, &url), (ROOT, &root)]).await;
    println!("{per_session} KiB per session");
    assert!(per_session <= MOST_PER_SESSION_KIB, "{per_session} KiB");
}

async fn measure_idle(url: &str) {
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
    answer(resident_kib().saturating_sub(before).div_ceil(count as u64));
}

/// The read buffer grows to hold a large message; it must not stay so large, even on a line that says nothing more.
#[tokio::test]
async fn a_large_message_leaves_no_large_buffer_behind() {
    if let Ok(url) = env::var(URL) {
        return measure_after_large(&url).await;
    }
    let server = ScriptedServer::start().await;
    let url = server.url();
    let serve = async {
        let mut peer = server.session(25_000, 20_000).await;
        for bytes in [1_000, 32 << 20] {
            peer.say(&format!(r#"42["x","{}"]"#, "y".repeat(bytes))).await;
        }
        // Quiet until the measured process is gone.
        peer.next().await;
    };
    let name = "socketio::memory::a_large_message_leaves_no_large_buffer_behind";
    let variables = [(URL, &*url)];
    let (grown, ()) = tokio::join!(measured_alone(name, &variables), serve);
    println!("{grown} KiB more than before the session");
    assert!(grown < 256, "{grown} KiB");
}

/// What is allocated: how much of what was freed stays resident is the allocator's matter, and changes from run to run.
async fn measure_after_large(url: &str) {
    let before = allocator::held();
    let mut session = Session::open(&client(), url).await.unwrap();
    for _ in 0..2 {
        session.next().await.unwrap();
    }
    answer(u64::try_from(allocator::held() - before).unwrap().div_ceil(1 << 10));
}

/// Small events and large ones, and sizes of which a few fit into what is read in one go.
#[tokio::test]
async fn what_waits_takes_no_more_memory_than_is_counted() {
    for bytes in [0, 40, 700, 1_030, 4_200, 9_000, 70_000] {
        let budget = Budget::new(1 << 30);
        let (mut peer, session) =
            scripted_session_with(&client_with(Options::default(), &budget), 25_000, 20_000).await;
        let event = format!(r#"42["call-was-connected",{{"filler":"{}"}}]"#, "x".repeat(bytes));
        // Both ends of the connection live on this thread: whatever they need once they have after the first.
        peer.say(&event).await;
        assert!(peer.ping().await);
        let (counted, held) = (budget.used(), allocator::held());
        // Just beyond a power of two, where a queue that doubles is largest.
        for _ in 0..1_050 {
            peer.say(&event).await;
        }
        assert!(peer.ping().await);
        let counted = budget.used() - counted;
        let grown = usize::try_from(allocator::held() - held).unwrap();
        assert!(counted > 1_050 * bytes);
        assert!(grown <= counted, "{bytes}: {grown} bytes are held, {counted} are counted");
        drop(session);
    }
}

/// Runs one test of this binary alone, and tells what it answers.
async fn measured_alone(name: &str, variables: &[(&str, &str)]) -> u64 {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = timeout(Duration::from_mins(2), output).await.expect("measured in time").unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    told.lines().find_map(|line| line.strip_prefix(ANSWER)).expect("a measurement").parse().unwrap()
}

fn answer(kib: u64) {
    // On a line of its own: the test harness has begun one.
    println!("\n{ANSWER}{kib}");
}

/// The resident memory of this process.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}
