//! At the limits of what the program may have: memory, descriptors, and a log that nobody reads.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::misbehaviour::{Misbehaving, Misbehaviour};
use super::traffic::{GUARD, Traffic, company, door};
use super::witness::Witness;
use super::{Story, is_long, times};
use crate::memory::{flood, settings};
use crate::support::cgroup::MemoryGroup;
use crate::support::daemon::Home;
use crate::support::http;
use crate::support::scripted::ScriptedServer;

const CONTAINER: u64 = 256 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_in_a_small_container_arrives_whole() {
    let events = u32::try_from(times(3_000, 300_000)).expect("few");
    let group = MemoryGroup::new("faults", CONTAINER);
    let witness = Witness::start().await;
    let servers = [ScriptedServer::start().await, ScriptedServer::start().await];
    let limits = if group.is_some() { "" } else { "[limits]\nmemory_bytes = \"128 MiB\"\n" };
    let urls = [witness.url(1), witness.url(2)];
    let mut home = Home::new(&settings(&servers, &urls, limits)).await;
    if let Some(group) = &group {
        home.run_in(group.path());
    }
    let daemon = home.start().await;
    let floods = servers.map(|server| tokio::spawn(flood(server, events as usize, 1_000)));
    let now = Instant::now();
    let said: Vec<_> = (1..=2).flat_map(|company| (0..events).map(move |n| ((company, 0, n), now))).collect();
    let count = witness.judge(&said).await;
    let took = now.elapsed();
    floods.iter().for_each(tokio::task::JoinHandle::abort);
    let story = Story {
        fault: "a flood of events in a container of 256 MiB",
        promised: "what comes too fast goes unread for a while; everything is written down and delivered, and the memory suffices",
        made: "two sockets send events of 1 KB as fast as they are taken; a control group of 256 MiB",
    };
    let kills = group.as_ref().map_or(0, MemoryGroup::kills);
    story.tell(
        1,
        count,
        &format!(
            "{} a second; killed for want of memory: {kills}",
            said.len() as u128 * 1_000 / took.as_millis()
        ),
    );
    assert_eq!(kills, 0);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_descriptors_of_which_strangers_take_what_they_can_lose_nothing() {
    let rounds = times(1, 20);
    let (witness, hanging) = (Witness::start().await, Misbehaving::start(Misbehaviour::NeverAnswers).await);
    // Each time they have their turn, whoever is well waits for so long: the short story is not to take minutes.
    let patience = format!("timeout_seconds = {}", times(1, 5));
    let mut webhooks = vec![(hanging.url.as_str(), patience.as_str()); 40];
    let url = witness.url(1);
    webhooks.push((&url, ""));
    let home = Home::new(&format!("{GUARD}{}", company(1, &webhooks))).await;
    let daemon = home.start_limited(256, 256).await;
    let traffic = Traffic::begin(door(&daemon), [1], 4, Duration::from_millis(10));
    for _ in 0..rounds {
        let mut held = Vec::new();
        for number in 0..400 {
            let Ok(Ok(mut stream)) = timeout(Duration::from_secs(1), TcpStream::connect(door(&daemon))).await
            else {
                break;
            };
            if number % 2 == 1 {
                // It may have been let go already.
                let _ = stream.write_all(b"POST /eventTellicon HTTP/1.1\r\nhost: x\r\nx-a: ").await;
            }
            held.push(stream);
        }
        // The door is theirs until they are let go, so this takes its time.
        traffic.flows(8).await;
    }
    let accepted = traffic.end().await;
    let story = Story {
        fault: "256 descriptors, 400 idle connections of strangers, 40 receivers that hang",
        promised: "descriptors are left for the database, the doors and the receivers that are well",
        made: "`ulimit -n 256`; half of the strangers say nothing, half do not end their request",
    };
    story.tell(rounds, witness.judge(&accepted).await, "");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_loses_no_event() {
    let witness = Witness::start().await;
    let home =
        Home::new(&format!("[log]\nevent_lines = true\n{GUARD}{}", company(1, &[(&witness.url(1), "")])))
            .await;
    let (reading, writing) = std::io::pipe().unwrap();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let arguments = ["serve", "--listen", &address.to_string(), "--set", "log.level=trace"];
    let mut child = home.command(&arguments).stdin(Stdio::null()).stdout(writing).spawn().unwrap();
    let began = Instant::now();
    while !matches!(http::send(address, "GET", "/healthz", &[], b"").await, Ok((200, _))) {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not start");
        sleep(Duration::from_millis(50)).await;
    }
    let traffic = Traffic::begin(address, [1], 4, Duration::from_millis(2));
    let posts = times(300, 20_000);
    traffic.flows(usize::try_from(posts).expect("few")).await;
    let accepted = traffic.end().await;
    let story = Story {
        fault: "nobody reads the log",
        promised: "nothing stops; lines that nobody took are counted",
        made: "standard output is a pipe that is not read, at the level that says most",
    };
    let count = witness.judge(&accepted).await;
    let bearer = format!("Bearer {}", home.api_key);
    let (_, metrics) =
        http::send(address, "GET", "/metrics", &[("authorization", &bearer)], b"").await.unwrap();
    let lost = metrics
        .lines()
        .find_map(|line| line.strip_prefix("ramal_log_lines_lost_total "))
        .unwrap_or("not told");
    story.tell(1, count, &format!("{lost} lines of the log were lost"));
    // Some megabytes are kept for who reads late: only what is long fills them.
    assert!(lost.parse::<u64>().is_ok_and(|lost| lost > 0 || !is_long()), "it was not full: {lost}");
    child.kill().await.unwrap();
    drop(reading);
}
