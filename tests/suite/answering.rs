//! Calls that people answer, refuse and end, against the running program: its provider is the simulated one, which is as bad as it is told to be.

mod ringing;
mod voice;

use futures_util::future::join;
use ramal::domain::action::{Action, ActionState};
use ramal::domain::decision::OfCall;
use ramal::domain::{CallId, Timestamp};
use ramal::simulator::colmeia::{Config, Platform, Script, Trouble};
use ramal::store::{Store, StoreOptions};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::{SETTINGS, send};
use crate::panel::Visitor;
use crate::support::daemon::{Daemon, Home};

pub const SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n\
    a=fingerprint:sha-256 AA:BB\r\na=setup:active\r\na=ice-ufrag:x\r\na=ice-pwd:senha-da-voz\r\na=rtpmap:111 opus/48000/2\r\n\
    a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
const TOKEN: &str = "token.da.api";

/// A program, and its provider beside it.
pub struct House {
    pub daemon: Daemon,
    pub provider: String,
    pub stop: CancellationToken,
    pub home: Home,
    pub settings: String,
}

impl House {
    pub async fn new() -> Self {
        Self::with_token(TOKEN).await
    }

    async fn with_token(token: &str) -> Self {
        Self::with(&format!("call_api_token = \"{token}\"\n")).await
    }

    /// Browsers find their way by these servers.
    async fn with_ice(servers: &str) -> Self {
        Self::with(&format!("call_api_token = \"{TOKEN}\"\nice_servers = \"{servers}\"\n")).await
    }

    async fn with(more: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let provider = format!("http://{}", listener.local_addr().expect("bound"));
        let settings = format!(
            "{SETTINGS}[[company]]\nname = \"A\"\n[company.colmeia]\nsecret = \"foobaz\"\ncall_api_url = \"{provider}/v1/rest/calling/event\"\n\
             {more}"
        );
        let home = Home::new(&settings).await;
        let daemon = home.start().await;
        let config = Config {
            url: format!("{}/webhook/call-event", daemon.base),
            header: "X-CBIS-Secret".to_owned(),
            secret: "foobaz".to_owned(),
            token: Some(TOKEN.to_owned()),
            script: Script::default(),
            trouble: Trouble::default(),
        };
        let stop = CancellationToken::new();
        let platform = Platform::new(config).expect("a provider");
        tokio::spawn(platform.run(listener, stop.clone()));
        Self { daemon, provider, stop, home, settings }
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        let headers = [("content-type", "application/json")];
        let answer = send("POST", &format!("{}{path}", self.provider), &headers, &body.to_string()).await;
        assert!(answer.status < 300, "{path}: {}", answer.status);
        answer.body
    }

    /// What the provider knows of a call.
    pub async fn look(&self, call: &str) -> Value {
        send("GET", &format!("{}/control/calls/{call}", self.provider), &[], "").await.body
    }

    /// A call that rings: its id here.
    pub async fn rings(&self, call: &str) -> String {
        self.control("/control/calls", json!({ "id": call, "by_bot": false })).await;
        self.turns(call, "ringing").await["id"].as_str().expect("an id").to_owned()
    }

    /// The call as it is listed, once it is in this state.
    pub async fn turns(&self, call: &str, state: &str) -> Value {
        let path = format!("/api/v1/companies/company_1/calls?call={call}");
        let page = self.daemon.until(&path, |page| page["items"][0]["state"] == state).await;
        page["items"][0].clone()
    }

    async fn act(&self, id: &str, action: &str, input: Value) -> (u16, Value) {
        self.daemon.call("POST", &format!("/api/v1/calls/{id}/actions/{action}"), Some(input)).await
    }

    /// The call's page, once it has these events.
    async fn told(&self, id: &str, names: &[&str]) -> Value {
        let has = |page: &Value| {
            let events = page["events"].as_array().cloned().unwrap_or_default();
            let there: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
            names.iter().all(|name| there.contains(name))
        };
        self.daemon.until(&format!("/api/v1/calls/{id}"), has).await
    }

    pub async fn end(self) {
        self.stop.cancel();
        self.daemon.stop().await;
    }
}

#[tokio::test]
async fn a_call_is_answered_and_ended_and_every_attempt_is_an_event() {
    let house = House::new().await;
    let id = house.rings("c1").await;
    let page = house.daemon.get(&format!("/api/v1/calls/{id}")).await;
    assert_eq!(page["offers"], json!(["accept", "reject", "hangup"]));
    let (status, done) = house.act(&id, "accept", json!({ "sdp": SDP })).await;
    assert_eq!(
        (status, &done["state"], &done["status"], &done["tries"]),
        (200, &json!("sent"), &json!(200), &json!(1))
    );
    let by = done["by"].clone();
    assert_eq!(house.look("c1").await["answer"], SDP, "it is passed on unchanged");
    let talks = house.turns("c1", "ongoing").await;
    assert_eq!(talks["agent"]["id"], by);
    let (status, _) = house.act(&id, "accept", json!({ "sdp": SDP })).await;
    assert_eq!(status, 409, "somebody talks already");
    let halt = json!({ "halt": { "x": 1, "idCallback": "deles" } });
    let (status, done) = house.act(&id, "hangup", halt).await;
    assert_eq!(done["passed_over"], json!(["halt.idCallback"]), "{done}");
    assert_eq!((status, &done["state"]), (200, &json!("sent")));
    let ended = house.turns("c1", "finished").await;
    assert_eq!(ended["outcome"], "answered");
    let page = house.told(&id, &["connect", "accept.sent", "hangup.sent", "hangup"]).await;
    let actions: Vec<_> =
        page["actions"].as_array().expect("two").iter().map(|one| one["action"].clone()).collect();
    assert_eq!(actions, ["accept", "hangup"]);
    assert!(!page.to_string().contains("senha-da-voz"), "{page}");
    house.end().await;
}

#[tokio::test]
async fn a_call_is_refused() {
    let house = House::new().await;
    let id = house.rings("c1").await;
    let (status, done) = house.act(&id, "reject", json!({})).await;
    assert_eq!((status, &done["state"]), (200, &json!("sent")), "{done}");
    let ended = house.turns("c1", "finished").await;
    assert_eq!(ended["outcome"], "rejected");
    house.told(&id, &["reject.sent", "hangup"]).await;
    let (status, _) = house.act(&id, "reject", json!({})).await;
    assert_eq!(status, 409);
    house.end().await;
}

/// Two press at the same instant, fifty times.
#[tokio::test]
async fn of_two_who_answer_at_once_one_has_it_and_the_other_is_told_by_whom() {
    let house = House::new().await;
    for round in 0..50 {
        let call = format!("c{round}");
        let id = house.rings(&call).await;
        let answer =
            |who: &str| json!({ "sdp": SDP.replace("o=- 1", &format!("o={who} 1")), "attempt": who });
        let (ana, bia) =
            join(house.act(&id, "accept", answer("ana")), house.act(&id, "accept", answer("bia"))).await;
        let (won, lost) = if ana.0 == 200 { (("ana", ana), bia) } else { (("bia", bia), ana) };
        assert_eq!((won.1.0, &won.1.1["state"], lost.0), (200, &json!("sent"), 409), "{won:?} {lost:?}");
        let who = won.1.1["by"].as_str().expect("a name");
        let (_, name) = who.split_once(' ').expect("an id and a name");
        assert!(lost.1["detail"].as_str().is_some_and(|text| text.starts_with(name)), "{lost:?}");
        let known = house.look(&call).await;
        assert_eq!(known["accepts"], 1, "{known}");
        assert!(
            known["answer"].as_str().is_some_and(|sdp| sdp.contains(&format!("o={} 1", won.0))),
            "{known}"
        );
        // A browser that lost the answer asks again, and has lost nothing.
        let (status, again) = house.act(&id, "accept", answer(won.0)).await;
        assert!(status == 409 || again["state"] == "sent", "{again}");
        assert_eq!(house.look(&call).await["accepts"], 1);
    }
    house.end().await;
}

#[tokio::test]
async fn what_the_api_answers_decides_what_comes_next() {
    let house = House::new().await;
    let trouble = async |status: Option<u16>, times: u32| {
        house.control("/control/trouble", json!({ "status": status, "times": times })).await;
    };
    for (call, status, times, tries) in [("busy", 429, 2, 3), ("broken", 500, 1, 2), ("again", 204, 1, 1)] {
        let id = house.rings(call).await;
        trouble(Some(status), times).await;
        let (_, done) = house.act(&id, "accept", json!({ "sdp": SDP })).await;
        assert_eq!((&done["state"], &done["tries"]), (&json!("sent"), &json!(tries)), "{call}: {done}");
    }
    let id = house.rings("gone").await;
    trouble(Some(404), 1).await;
    let (status, done) = house.act(&id, "accept", json!({ "sdp": SDP })).await;
    let failed = (&done["state"], &done["status"], &done["error"]);
    assert_eq!((status, failed), (200, (&json!("failed"), &json!(404), &json!("call-not-found"))));
    house.turns("gone", "finished").await;
    house.told(&id, &["accept.failed"]).await;
    let id = house.rings("wrong").await;
    trouble(Some(400), 1).await;
    let (_, done) = house.act(&id, "accept", json!({ "sdp": SDP })).await;
    assert_eq!(
        (&done["state"], &done["tries"]),
        (&json!("failed"), &json!(1)),
        "it is wrong every time: {done}"
    );
    let (_, done) = house.act(&id, "accept", json!({ "sdp": SDP })).await;
    assert_eq!(done["state"], "sent", "who failed does not keep it: {done}");
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_here_in_words() {
    let house = House::new().await;
    let id = house.rings("c1").await;
    let wrong = [
        json!({}),
        json!({ "sdp": SDP.replace("a=candidate", "a=x") }),
        json!({ "sdp": SDP.replace("setup:active", "setup:actpass") }),
        json!({ "sdp": SDP.replace("opus/48000/2", "PCMU/8000") }),
        json!({ "sdp": "" }),
    ];
    for input in wrong {
        let (status, refused) = house.act(&id, "accept", input.clone()).await;
        assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("sdp")), "{input}: {refused}");
    }
    let kept = house.act(&id, "hangup", json!({ "keep_halt": true })).await;
    assert_eq!((kept.0, &kept.1["errors"][0]["field"]), (422, &json!("keep_halt")), "{kept:?}");
    for action in ["start", "connect", "delegate"] {
        let (status, refused) = house.act(&id, action, json!({})).await;
        assert_eq!(status, 404, "{refused}");
        assert!(
            refused["detail"].as_str().is_some_and(|text| text.contains("accept, reject, hangup")),
            "{refused}"
        );
    }
    assert_eq!(house.look("c1").await["stage"], "ringing", "nothing was sent");
    house.end().await;
}

#[tokio::test]
async fn a_token_that_the_api_does_not_take_is_said_and_never_shown() {
    let house = House::with_token("token.errado").await;
    let id = house.rings("c1").await;
    let (status, done) = house.act(&id, "accept", json!({ "sdp": SDP })).await;
    assert_eq!((status, &done["state"], &done["status"]), (200, &json!("failed"), &json!(401)), "{done}");
    let page = house.told(&id, &["accept.failed"]).await;
    let visitor = Visitor::first(&house.daemon).await;
    let shown = visitor.get(&format!("/calls/{id}")).await;
    for text in [page.to_string(), done.to_string(), shown.body] {
        assert!(!text.contains("token.errado"), "{text}");
    }
    house.end().await;
}

/// A program that ended in the middle of it: nobody knows whether it arrived, and that is said; the call is free again.
#[tokio::test]
async fn what_a_program_left_behind_is_told_as_interrupted() {
    let house = House::new().await;
    let id = house.rings("c1").await;
    let House { daemon, stop, home, .. } = house;
    daemon.stop().await;
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, mut writer) = Store::open(&database, StoreOptions::default()).await.expect("the store opens");
    let call: CallId = id.parse().expect("an id");
    let stored = store.call(call.company, call.seq).await.expect("reads").expect("it rings");
    let left = Action {
        of: OfCall { company: call.company, source: stored.call.source, call: "c1".into() },
        number: 1,
        provider: stored.provider,
        call: call.seq,
        name: "accept".to_owned(),
        exclusive: true,
        by: "Ana".to_owned(),
        attempt: "a".to_owned(),
        asked_at: Timestamp(1),
        until: Timestamp(2),
        state: ActionState::Due,
        came: None,
        told: false,
    };
    let mut tx = writer.begin().await.expect("begins");
    tx.put_action(&left).await.expect("writes");
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");

    let daemon = home.start().await;
    let path = format!("/api/v1/calls/{id}");
    let page = daemon.until(&path, |page| page["events"].as_array().is_some_and(|all| all.len() == 2)).await;
    assert_eq!(page["events"][1]["type"], "accept.failed");
    let action = &page["actions"][0];
    assert_eq!((&action["state"], &action["error"]), (&json!("failed"), &json!("interrupted")), "{page}");
    assert_eq!(page["state"], "ringing", "nobody knows that it has ended");
    let (status, done) =
        daemon.call("POST", &format!("{path}/actions/accept"), Some(json!({ "sdp": SDP }))).await;
    assert_eq!((status, &done["state"]), (200, &json!("sent")), "{done}");
    stop.cancel();
    daemon.stop().await;
}
