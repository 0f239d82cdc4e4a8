//! The memory that the settings allow, against what the program takes when more comes than it can write down.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

use crate::support::cgroup::MemoryGroup;
use crate::support::daemon::{Daemon, Home};
use crate::support::scripted::ScriptedServer;

const MIB: u64 = 1 << 20;
/// What a small container has. Half of it is the program's, as far as the settings say nothing.
const CONTAINER: u64 = 256 * MIB;
const SOURCES: usize = 6;
const PATIENCE: Duration = Duration::from_mins(4);

/// A WebSocket text frame of a server.
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 127];
    frame.extend((text.len() as u64).to_be_bytes());
    frame.extend(text.as_bytes());
    frame
}

/// Sends events as fast as they are taken, all of one call, and then keeps the line open.
pub async fn flood(server: ScriptedServer, events: usize, bytes: usize) -> Result<(), std::io::Error> {
    let mut peer = server.session(3_000_000, 20_000).await;
    let filler = "x".repeat(bytes);
    let socket = peer.socket.get_mut();
    for n in 0..events {
        let text = format!(r#"42["call-was-connected",{{"n":{n},"call":{{"id":"c"}},"filler":"{filler}"}}]"#);
        socket.write_all(&frame(&text)).await?;
    }
    std::future::pending().await
}

/// What the process took at most, without the pages of its own file (a debug build's are many).
fn peak(program: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.id())).expect("it runs");
    let kib = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of it");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    };
    (kib("VmHWM:") - kib("RssFile:")) << 10
}

/// A company for each server, each with a webhook: at these addresses.
pub fn settings(servers: &[ScriptedServer], webhooks: &[String], limits: &str) -> String {
    let mut settings = format!("[guard]\nallow = [\"127.0.0.0/8\"]\n{limits}");
    for (n, (server, webhook)) in servers.iter().zip(webhooks).enumerate() {
        let url = server.url();
        write!(
            settings,
            "[[company]]\nname = \"Empresa {n}\"\n\
             [company.threecplus]\ntoken = \"token-of-company-{n:010}\"\nsocket_url = \"{url}\"\n\
             [[company.webhook]]\nname = \"w\"\nurl = \"{webhook}\"\n"
        )
        .expect("into a text");
    }
    settings
}

/// Where nobody listens.
fn dead(webhooks: usize) -> Vec<String> {
    vec!["http://127.0.0.1:9/".to_owned(); webhooks]
}

/// Runs the program in a container (where none can be made, with the setting that a container of this size would give it),
/// floods it, and waits until every event is in the journal.
async fn flooded(name: &str, events: usize, bytes: usize) {
    let group = MemoryGroup::new(name, CONTAINER);
    let mut servers = Vec::new();
    for _ in 0..SOURCES {
        servers.push(ScriptedServer::start().await);
    }
    let limits =
        if group.is_some() { String::new() } else { "[limits]\nmemory_bytes = \"128 MiB\"\n".into() };
    let mut home = Home::new(&settings(&servers, &dead(SOURCES), &limits)).await;
    if let Some(group) = &group {
        home.run_in(group.path());
    }
    let program = home.start().await;
    let floods: Vec<JoinHandle<_>> =
        servers.into_iter().map(|server| tokio::spawn(flood(server, events, bytes))).collect();
    for webhook in 1..=SOURCES {
        let all = |status: &serde_json::Value| status["head"].as_u64() == Some(events as u64);
        program.until_within(PATIENCE, &format!("/api/v1/webhooks/webhook_{webhook}/status"), all).await;
    }
    let peak = peak(&program);
    let kills = group.as_ref().map(MemoryGroup::kills);
    println!("{name}: {} MiB at most, in a group: {}", peak / MIB, group.is_some());
    for flood in floods {
        flood.abort();
    }
    assert!(matches!(kills, None | Some(0)), "the kernel has killed it");
    assert!(peak <= CONTAINER / 2, "{} MiB of {}", peak / MIB, CONTAINER / 2 / MIB);
    program.stop().await;
}

#[tokio::test]
async fn a_flood_of_small_events_stays_within_the_memory_that_is_allowed() {
    flooded("small", 60_000, 1_000).await;
}

#[tokio::test]
async fn a_flood_of_large_events_stays_within_the_memory_that_is_allowed() {
    flooded("large", 300, 400_000).await;
}

/// A metric of the program, without its prefix.
async fn metric(program: &Daemon, name: &str) -> u64 {
    let (status, text) = program.call("GET", "/metrics", None).await;
    assert_eq!(status, 200);
    let text = text.as_str().expect("a text").to_owned();
    let value = text.lines().find_map(|line| line.strip_prefix(&format!("ramal_{name} ")));
    value.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
}

/// The windows of forty webhooks would be 40 MiB.
#[tokio::test]
async fn what_dead_webhooks_hold_is_bounded_for_all_of_them_together() {
    const WEBHOOKS: usize = 40;
    let server = ScriptedServer::start().await;
    let mut settings =
        settings(std::slice::from_ref(&server), &dead(1), "[limits]\nmemory_bytes = \"84 MiB\"\n");
    for n in 1..WEBHOOKS {
        write!(settings, "[[company.webhook]]\nname = \"w{n}\"\nurl = \"http://127.0.0.1:9/{n}\"\n")
            .expect("into a text");
    }
    let home = Home::new(&settings).await;
    let program = home.start().await;
    let flood = tokio::spawn(flood(server, 4_000, 4_000));
    let status = format!("/api/v1/webhooks/webhook_{WEBHOOKS}/status");
    program.until_within(PATIENCE, &status, |status| status["head"] == 4_000).await;
    // Together they have a part, 2 MiB here, half for events and half for the index of what is set aside. Of either each has its
    // least, or it would not be known that it fails; one event may be more than was allowed.
    let mut most = 0;
    for _ in 0..20 {
        most = most.max(metric(&program, "webhook_bytes").await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    flood.abort();
    let least = WEBHOOKS as u64 * (32 << 10);
    println!("{} KiB at most", most >> 10);
    assert!(most > 0 && most <= 2 * MIB + least + WEBHOOKS as u64 * 4_096, "{} KiB", most >> 10);
    program.stop().await;
}
