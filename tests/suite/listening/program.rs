//! The same of the whole program: what it still does while strangers hold connections and descriptors are few.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::daemon::{Daemon, Home};
use crate::support::http;

const TOKEN: &str = "aB3dE5gH7jK9mN1pQ3sT5vX7";

fn settings(more: &str) -> String {
    format!(
        "inbound_listen = \"127.0.0.1:0\"\n{more}\n[[company]]\nname = \"A\"\n[company.tellicon]\ntoken = \"{TOKEN}\"\n"
    )
}

async fn post(daemon: &Daemon, apartment: u32) -> u16 {
    let event = json!({"type": "pushCall", "src": "1", "client": 1, "building": 1, "apt": apartment, "eventDateTime": 5});
    let body = json!({ "eventTellicon": event }).to_string();
    let door = daemon.inbound.as_deref().unwrap().parse().unwrap();
    let sent = http::send(door, "POST", "/eventTellicon", &[("authTokenTellicon", TOKEN)], body.as_bytes());
    tokio::time::timeout(Duration::from_secs(10), sent).await.expect("an answer in time").unwrap().0
}

/// The limits of the process, soft and hard, as the kernel has them.
fn limits(daemon: &Daemon) -> (u64, u64) {
    let text = std::fs::read_to_string(format!("/proc/{}/limits", daemon.id())).unwrap();
    let line = text.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let mut numbers = line.split_whitespace().filter_map(|word| word.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

#[tokio::test]
async fn idle_strangers_take_no_descriptor_that_the_program_needs() {
    let home = Home::new(&settings("")).await;
    let daemon = home.start_limited(256, 256).await;
    assert_eq!(limits(&daemon), (256, 256));
    let door: std::net::SocketAddr = daemon.inbound.as_deref().unwrap().parse().unwrap();
    let mut held = Vec::new();
    for number in 0..300 {
        let mut stream = TcpStream::connect(door).await.unwrap();
        if number % 2 == 1 {
            stream.write_all(b"POST /eventTellicon HTTP/1.1\r\nhost: x\r\nx-a: ").await.unwrap();
        }
        held.push(stream);
    }
    for apartment in 1..=5 {
        assert_eq!(post(&daemon, apartment).await, 200);
    }
    let panel = daemon.base.trim_start_matches("http://").parse().unwrap();
    assert_eq!(http::send(panel, "GET", "/healthz", &[], b"").await.unwrap().0, 200);
    let open = std::fs::read_dir(format!("/proc/{}/fd", daemon.id())).unwrap().count();
    assert!(open < 160, "{open} descriptors are open");
    let log = daemon.stop().await;
    assert!(log.contains("RLIMIT_NOFILE"), "too few for the settings is said: {log}");
}

#[tokio::test]
async fn the_soft_limit_of_descriptors_is_raised_to_the_hard_one() {
    let home = Home::new(&settings("")).await;
    let daemon = home.start_limited(64, 20_000).await;
    assert_eq!(limits(&daemon), (20_000, 20_000));
    let log = daemon.stop().await;
    assert!(!log.contains("RLIMIT_NOFILE"), "{log}");
}

/// Standard output is a pipe, and whoever has its other end does not read.
#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let home = Home::new(&settings("[log]\nevent_lines = true\n")).await;
    let (reading, writing) = std::io::pipe().unwrap();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut child = home
        .command(&["serve", "--listen", &address.to_string(), "--set", "log.level=trace"])
        .stdin(Stdio::null())
        .stdout(writing)
        .spawn()
        .unwrap();
    let alive = || async {
        let asked = http::send(address, "GET", "/healthz", &[], b"");
        matches!(tokio::time::timeout(Duration::from_secs(5), asked).await, Ok(Ok((200, _))))
    };
    let began = tokio::time::Instant::now();
    while !alive().await {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not start");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A pipe holds 64 KiB; a request at this level says more than a kilobyte.
    for asked in 0..300 {
        assert!(alive().await, "request {asked} was not answered");
    }
    drop(reading);
    let ended = std::process::Command::new("kill").arg(child.id().unwrap().to_string()).status().unwrap();
    assert!(ended.success());
    let ended = tokio::time::timeout(Duration::from_secs(10), child.wait()).await.expect("it stops in time");
    assert!(ended.unwrap().success());
}

#[tokio::test]
async fn refused_requests_write_a_bounded_number_of_lines() {
    let home = Home::new(&settings("")).await;
    let daemon = home.start().await;
    let door: std::net::SocketAddr = daemon.inbound.as_deref().unwrap().parse().unwrap();
    let panel: std::net::SocketAddr = daemon.base.trim_start_matches("http://").parse().unwrap();
    let stranger = [("authTokenTellicon", "aB3dE5gH7jK9mN1pQ3sT5vXX")];
    for _ in 0..100 {
        for (address, path, headers) in [
            (door, "/eventTellicon", &stranger[..]),
            (door, "/eventTellicon", &[("authTokenTellicon", TOKEN)]),
            (panel, "/api/v1/companies", &[("authorization", "Bearer rml_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),
        ] {
            let method = if address == door { "POST" } else { "GET" };
            let (status, _) = http::send(address, method, path, headers, b"{}").await.unwrap();
            assert!((400..500).contains(&status), "{status}");
        }
    }
    tokio::time::sleep(Duration::from_millis(250)).await;
    http::send(door, "POST", "/eventTellicon", &stranger, b"{}").await.unwrap();
    let log = daemon.stop().await;
    let refused = log.lines().filter(|line| line.contains("was refused") || line.contains("API key")).count();
    // Twenty of each at once, and five a second more on a machine that takes its time for this.
    assert!((3..250).contains(&refused), "{refused} lines");
    assert!(log.contains("\"suppressed\":"), "what was left out is counted: {log}");
}
