//! Many companies, one provider, and its server restarts.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use ramal::simulator::threecplus::{Account, Config, Simulator};
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::traffic::GUARD;
use super::witness::Witness;
use super::{Count, Story, times};
use crate::support::daemon::Home;

const PATIENCE: Duration = Duration::from_mins(5);
/// Events of each company after each restart.
const EVENTS: u32 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn companies_whose_provider_restarts_are_back_and_miss_nothing_that_was_said_to_them() {
    let companies = u32::try_from(times(50, 1_000)).expect("few");
    let restarts = times(1, 10);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let accounts: Vec<Account> = (1..=companies).map(Account::numbered).collect();
    let witness = Witness::start().await;
    let mut settings = GUARD.to_owned();
    for (number, account) in (1..).zip(&accounts) {
        write!(
            settings,
            "[[company]]\nname = \"Empresa {number}\"\n[company.threecplus]\nid = \"{}\"\ntoken = \"{}\"\nsocket_url = \"{url}\"\n\
             connect = true\n[[company.webhook]]\nname = \"w\"\nurl = \"{}\"\nevents = [\"*\"]\n",
            account.company,
            account.token,
            witness.url(number)
        )
        .expect("into a text");
    }
    let simulator = Simulator::new(Config::new(accounts, 0.0));
    let (control, stop) = (simulator.control(), CancellationToken::new());
    let _stop = stop.clone().drop_guard();
    tokio::spawn(simulator.run(listener, stop));
    let home = Home::new(&settings).await;
    let daemon = home.start().await;
    let everybody = companies as usize;
    timeout(PATIENCE, control.wait_connected(everybody)).await.expect("all connect");
    let (mut said, mut longest) = (Vec::new(), Duration::ZERO);
    for restart in 0..=u32::try_from(restarts).expect("few") {
        if restart > 0 {
            control.restart(Duration::from_secs(1)).await;
            let began = Instant::now();
            timeout(PATIENCE, control.wait_connected(everybody)).await.expect("all are back");
            longest = longest.max(began.elapsed());
        }
        for n in restart * EVENTS..(restart + 1) * EVENTS {
            let payload = json!({ "n": n, "call": { "id": "chamada" } }).to_string();
            let sockets =
                control.emit(None, "call-was-connected", &[RawValue::from_string(payload).expect("JSON")]);
            assert_eq!(sockets, everybody, "each has one socket");
            said.extend((1..=companies).map(|company| ((company, 0, n), Instant::now())));
        }
        // A restart takes what is on its way with it: what was said is heard first.
        witness.has(said.iter().map(|(number, _)| *number)).await;
    }
    let count: Count = witness.judge(&said).await;
    let story = Story {
        fault: "the server of a provider restarts, of many companies",
        promised: "all are connected again, spread over time, with a gap for each; what is said to them arrives",
        made: "companies with one source each, all at one server, whose connections break and which does not listen for a second",
    };
    story.tell(
        restarts,
        count,
        &format!("{companies} companies; all were back after {:.1} s at most", longest.as_secs_f64()),
    );
    for number in [1, companies] {
        let gaps = daemon.get(&format!("/api/v1/sources/source_{number}/gaps")).await;
        let count = gaps["items"].as_array().map(Vec::len).unwrap_or_default();
        assert!(count as u64 >= restarts, "company {number}: {gaps}");
    }
    daemon.stop().await;
}
