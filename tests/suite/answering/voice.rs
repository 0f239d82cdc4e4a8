//! Calls answered in a real browser, by a caller that others made (aiortc): what is said at one end is heard at the other.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::House;
use super::ringing::person;
use crate::panel::{LOGIN, PASSWORD, Visitor};
use crate::support::node::Node;

const PATIENCE: Duration = Duration::from_secs(30);

/// Who calls: `tests/voice/peer.py`.
struct Caller {
    /// Killed when dropped.
    _child: Child,
    orders: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
}

impl Caller {
    fn call(provider: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/voice");
        let mut child = Command::new(folder.join("venv/bin/python"))
            .arg(folder.join("peer.py"))
            .arg(provider)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("tests/install.sh has installed aiortc");
        let orders = child.stdin.take().expect("piped");
        let reports = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { _child: child, orders, reports }
    }

    /// The next report that is meant.
    async fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut passed = Vec::new();
        let hearing = async {
            loop {
                let line = self.reports.next_line().await.expect("readable").expect("it goes on");
                let report: Value = serde_json::from_str(&line).expect("JSON");
                if wanted(&report) {
                    return report;
                }
                passed.push(report);
            }
        };
        timeout(PATIENCE, hearing)
            .await
            .unwrap_or_else(|_| panic!("it is not reported; there were {passed:?}"))
    }

    async fn hang_up(&mut self) {
        self.orders.write_all(b"hangup\n").await.expect("it reads");
    }
}

/// The tone of the browser's microphone, well above what a line hums.
fn is_tone(report: &Value) -> bool {
    report["is"] == "heard" && report["hertz"] == 1_000 && report["level"].as_i64() > Some(500)
}

fn is_silence(report: &Value) -> bool {
    report["is"] == "heard" && report["level"].as_i64() < Some(30)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_goes_both_ways_until_either_side_hangs_up() {
    let house = House::with_ice("none").await;
    Visitor::first(&house.daemon).await;
    let given = json!({ "base": house.daemon.base, "login": LOGIN, "password": PASSWORD });
    let mut browser = Node::start("voice.mjs", &given).await;
    browser.hear("open").await;

    let mut caller = Caller::call(&house.provider);
    let offered = caller.hear(|report| report["is"] == "calling").await;
    browser.order(json!({ "do": "answer" })).await;
    let answered = caller.hear(|report| report["is"] == "answered").await;
    assert_eq!(answered["accepts"], 1);
    caller.hear(is_tone).await;
    let heard = browser.order(json!({ "do": "listen" })).await;
    let hertz = heard["hertz"].as_f64().expect("a tone");
    assert!((430.0..450.0).contains(&hertz), "the caller's tone is of 440 Hz: {heard}");
    browser.order(json!({ "do": "mute" })).await;
    caller.hear(is_silence).await;
    browser.order(json!({ "do": "mute" })).await;
    caller.hear(is_tone).await;
    let session = browser.order(json!({ "do": "session" })).await;
    browser.order(json!({ "do": "judge" })).await;
    let log = session["log"].as_str().expect("a log");
    assert!(log.contains("a=ice-pwd:•••") && !log.contains(ice_password(&offered["offer"])), "{log}");
    assert!(session["sound"].as_str().is_some_and(|sound| sound.contains("opus")), "{session}");

    // The browser hangs up: the caller's call ends.
    browser.order(json!({ "do": "hangup" })).await;
    caller.hear(|report| report["is"] == "ended").await;

    // The caller hangs up: the browser's call ends, and so does its microphone.
    let mut caller = Caller::call(&house.provider);
    caller.hear(|report| report["is"] == "calling").await;
    browser.order(json!({ "do": "answer" })).await;
    caller.hear(is_tone).await;
    caller.hang_up().await;
    browser.order(json!({ "do": "over" })).await;

    // Who leaves the page while they talk is asked, and ends the call.
    let mut caller = Caller::call(&house.provider);
    caller.hear(|report| report["is"] == "calling").await;
    browser.order(json!({ "do": "answer" })).await;
    caller.hear(is_tone).await;
    browser.order(json!({ "do": "leave" })).await;
    caller.hear(|report| report["is"] == "ended").await;
    let wrong = browser.order(json!({ "do": "wrong" })).await;
    assert_eq!(wrong["wrong"], json!([]));
    house.end().await;
}

/// The program is killed while two people talk, and comes back: they go on talking, and can still hang up.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_outlives_the_program() {
    let House { daemon, provider, stop, home, settings } = House::with_ice("none").await;
    Visitor::first(&daemon).await;
    let given = json!({ "base": daemon.base, "login": LOGIN, "password": PASSWORD });
    let mut browser = Node::start("voice.mjs", &given).await;
    browser.hear("open").await;
    let mut caller = Caller::call(&provider);
    caller.hear(|report| report["is"] == "calling").await;
    browser.order(json!({ "do": "answer" })).await;
    caller.hear(is_tone).await;
    let base = daemon.base.clone();
    daemon.kill().await;
    browser.order(json!({ "do": "unheard" })).await;
    let daemon = home.start_at(&settings, &base).await;
    browser.order(json!({ "do": "talks" })).await;
    caller.hear(is_tone).await;
    browser.order(json!({ "do": "hangup" })).await;
    caller.hear(|report| report["is"] == "ended").await;
    assert_eq!(browser.order(json!({ "do": "wrong" })).await["wrong"], json!([]));
    stop.cancel();
    daemon.stop().await;
}

/// Who leaves before the provider was told has ended nothing: it rings on, there as well.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_abandoned_ends_no_call() {
    // No server answers there, so that the candidates take their time.
    let house = House::with_ice("stun:192.0.2.1:3478").await;
    Visitor::first(&house.daemon).await;
    let given = json!({ "base": house.daemon.base, "login": LOGIN, "password": PASSWORD });
    let mut browser = Node::start("voice.mjs", &given).await;
    browser.hear("open").await;
    house.control("/control/calls", json!({ "id": "c1", "by_bot": false })).await;
    browser.order(json!({ "do": "abandon" })).await;
    let known = house.look("c1").await;
    assert_eq!((&known["stage"], &known["accepts"]), (&json!("ringing"), &json!(0)), "{known}");
    house.end().await;
}

/// The caller's password of ICE.
fn ice_password(offer: &Value) -> &str {
    let offer = offer.as_str().expect("an offer");
    let line = offer.lines().find_map(|line| line.strip_prefix("a=ice-pwd:"));
    line.expect("it has one").trim()
}

/// Two browsers press at the same instant, fifty times: one accept reaches the provider each time, and the other is told by whom.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_browsers_that_press_at_once_one_answers() {
    let house = House::with_ice("none").await;
    let owner = Visitor::first(&house.daemon).await;
    let colleague = "bia@exemplo.com";
    person(&house.daemon, &owner, colleague, "operator", None).await;
    let given =
        json!({ "base": house.daemon.base, "login": LOGIN, "password": PASSWORD, "colleague": colleague });
    let mut browsers = Node::start("voice.mjs", &given).await;
    browsers.hear("open").await;
    for round in 0..50 {
        let call = format!("c{round}");
        house.control("/control/calls", json!({ "id": call, "by_bot": false })).await;
        let pressed = browsers.order(json!({ "do": "race" })).await;
        assert_eq!(pressed["talking"], 1, "round {round}: {pressed}");
        assert_eq!(pressed["told"], 1, "round {round}: {pressed}");
        assert_eq!(house.look(&call).await["accepts"], 1, "round {round}");
        browsers.order(json!({ "do": "end" })).await;
    }
    house.control("/control/calls", json!({ "id": "last", "by_bot": false })).await;
    browsers.order(json!({ "do": "watch" })).await;
    let wrong = browsers.order(json!({ "do": "wrong" })).await;
    assert_eq!(wrong["wrong"], json!([]));
    house.end().await;
}

/// No microphone is said before the provider is told of anything.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_microphone_nothing_is_answered() {
    let house = House::with_ice("none").await;
    Visitor::first(&house.daemon).await;
    let given =
        json!({ "base": house.daemon.base, "login": LOGIN, "password": PASSWORD, "microphone": false });
    let mut browser = Node::start("voice.mjs", &given).await;
    browser.hear("open").await;
    house.control("/control/calls", json!({ "id": "c1", "by_bot": false })).await;
    let said = browser.order(json!({ "do": "press" })).await;
    assert!(said["said"].as_str().is_some_and(|said| said.contains("microfone")), "{said}");
    assert_eq!(
        (&house.look("c1").await["stage"], &house.look("c1").await["accepts"]),
        (&json!("ringing"), &json!(0))
    );
    browser.order(json!({ "do": "judge" })).await;
    // It rings on; a reload rings as well.
    let rings = browser.order(json!({ "do": "reload" })).await;
    assert_eq!(rings["rings"], true, "{rings}");
    browser.order(json!({ "do": "judge" })).await;
    assert_eq!(browser.order(json!({ "do": "wrong" })).await["wrong"], json!([]));
    browser.order(json!({ "do": "reject" })).await;
    assert_eq!(house.look("c1").await["stage"], "ended");
    house.end().await;
}
