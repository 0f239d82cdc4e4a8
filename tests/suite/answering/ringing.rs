//! What rings, on the WebSocket of who may answer.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::{House, SDP, TOKEN};
use crate::api::send;
use crate::panel::{Rings, Visitor};
use crate::support::daemon::Daemon;

const PATIENCE: Duration = Duration::from_secs(20);

/// A page that is open, as far as the server knows.
struct Open(Rings);

impl Open {
    /// Once it is told of a company.
    async fn new(visitor: &Visitor, daemon: &Daemon) -> Self {
        let mut open = Self::at_once(visitor, daemon).await;
        open.hear(|told| told["companies"] != json!([])).await;
        open
    }

    async fn at_once(visitor: &Visitor, daemon: &Daemon) -> Self {
        Self(visitor.rings(Some(&daemon.base)).await.expect("it is let in"))
    }

    /// The next message that is meant.
    async fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let hearing = async {
            loop {
                let message = self.0.next().await.expect("it goes on").expect("it is whole");
                if let Message::Text(text) = message {
                    let told: Value = serde_json::from_str(&text).expect("JSON");
                    if wanted(&told) {
                        return told;
                    }
                }
            }
        };
        timeout(PATIENCE, hearing).await.expect("it is told")
    }

    async fn ask(&mut self, question: Value) -> Value {
        let attempt = question["attempt"].clone();
        self.0.send(Message::text(question.to_string())).await.expect("it is read");
        self.hear(|told| told["attempt"] == attempt).await
    }

    /// A call as it is told, once it is in this state.
    async fn call(&mut self, state: &str) -> Value {
        self.hear(|told| told["is"] == "call" && told["call"]["state"] == state).await["call"].clone()
    }
}

/// A person with a role; with a company, who sees that one only.
pub async fn person(
    daemon: &Daemon,
    owner: &Visitor,
    login: &str,
    role: &str,
    company: Option<&str>,
) -> Visitor {
    let mut form = vec![("name", login), ("login", login), ("role", role)];
    form.extend(company.iter().flat_map(|company| [("scope", "some"), ("companies", *company)]));
    let made = owner.once("/users", &form).await;
    let secret = made.body.split(r#"<code id="secret">"#).nth(1).and_then(|rest| rest.split('<').next());
    let temporary = secret.unwrap_or_else(|| panic!("{}", made.body)).to_owned();
    let visitor = Visitor::new(daemon);
    visitor.post("/sign-in", &[("login", login), ("password", &temporary)]).await.to();
    let page = visitor.get("/account/password").await;
    let token = page.body.split(r#"name="_csrf" value=""#).nth(1).expect("a token").split('"').next();
    let new = "cavalo bateria grampo";
    let form = [("_csrf", token.expect("a token")), ("current", &temporary), ("new", new), ("again", new)];
    assert_eq!(visitor.post_from("/account/password", &form, &[("origin", &daemon.base)]).await.to(), "/");
    visitor
}

#[tokio::test]
async fn only_a_page_of_ours_and_who_may_operate_hear_what_rings() {
    let house = House::new().await;
    let stranger = Visitor::new(&house.daemon);
    assert_eq!(stranger.rings(Some(&house.daemon.base)).await.err(), Some(303), "to where one signs in");
    let owner = Visitor::first(&house.daemon).await;
    assert_eq!(owner.rings(None).await.err(), Some(403));
    assert_eq!(owner.rings(Some("https://outro.exemplo")).await.err(), Some(403));
    assert_eq!(owner.rings(Some("null")).await.err(), Some(403));
    let reader = person(&house.daemon, &owner, "leitora@exemplo.com", "reader", None).await;
    assert_eq!(reader.rings(Some(&house.daemon.base)).await.err(), Some(403));
    assert_eq!(reader.get("/answer").await.status, 403);
    assert_eq!(owner.get("/answer/socket").await.status, 403, "without a word of where it comes from");

    let (_, other) = house.daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "B" }))).await;
    let of_other = other["id"].as_str();
    let elsewhere = person(&house.daemon, &owner, "outra@exemplo.com", "operator", of_other).await;
    let (mut ours, mut theirs) =
        (Open::new(&owner, &house.daemon).await, Open::at_once(&elsewhere, &house.daemon).await);
    let id = house.rings("c1").await;
    assert_eq!(ours.call("ringing").await["id"], json!(id));
    let offer = theirs.ask(json!({ "ask": "offer", "call": id, "attempt": "a" })).await;
    assert_eq!((&offer["is"], &offer["status"]), (&json!("refused"), &json!(404)), "{offer}");
    let mut again = Open::at_once(&elsewhere, &house.daemon).await;
    let all = again.hear(|told| told["is"] == "calls").await;
    assert_eq!(all["calls"], json!([]), "what others are called is not theirs: {all}");

    // Who says what no page of ours says is not listened to.
    ours.0.send(Message::text("{\"ask\":\"all\"}")).await.expect("it is read");
    let ended =
        async { while !matches!(ours.0.next().await, None | Some(Err(_) | Ok(Message::Close(_)))) {} };
    timeout(PATIENCE, ended).await.expect("it is over");
    house.end().await;
}

#[tokio::test]
async fn one_of_two_has_it_and_the_other_is_told_by_whom() {
    let house = House::new().await;
    let owner = Visitor::first(&house.daemon).await;
    let colleague = person(&house.daemon, &owner, "bia@exemplo.com", "operator", None).await;
    let (mut ana, mut bia) =
        (Open::new(&owner, &house.daemon).await, Open::new(&colleague, &house.daemon).await);
    let id = house.rings("c1").await;
    let rings = bia.call("ringing").await;
    assert_eq!((&rings["id"], &rings["offers"], &rings["by"]), (&json!(id), &json!(true), &Value::Null));
    let offer = ana.ask(json!({ "ask": "offer", "call": id, "attempt": "o" })).await;
    assert_eq!(offer["action"], "accept", "{offer}");
    assert!(offer["sdp"].as_str().is_some_and(|sdp| sdp.starts_with("v=0")), "{offer}");
    assert!(offer["ice"]["iceServers"].is_array(), "{offer}");

    let answered = json!({ "ask": "act", "call": id, "attempt": "x", "action": "accept", "sdp": SDP });
    let done = ana.ask(answered.clone()).await;
    assert_eq!((&done["is"], &done["state"]), (&json!("done"), &json!("sent")), "{done}");
    let held = bia.hear(|told| told["call"]["by"].is_string()).await;
    assert!(held["call"]["by"].as_str().is_some_and(|by| by.ends_with("Ana Souza")), "{held}");
    assert_eq!(bia.call("ongoing").await["by"], held["call"]["by"]);
    let late =
        bia.ask(json!({ "ask": "act", "call": id, "attempt": "y", "action": "accept", "sdp": SDP })).await;
    assert_eq!((&late["is"], &late["status"]), (&json!("refused"), &json!(409)), "{late}");
    // A page that lost the answer asks again, under the same name: it is the same.
    let mut anew = Open::new(&owner, &house.daemon).await;
    let same = anew.ask(answered).await;
    assert_eq!(same["state"], "sent", "{same}");
    assert_eq!(house.look("c1").await["accepts"], 1);
    house.control("/control/calls/c1/hangup", json!({})).await;
    for page in [&mut ana, &mut bia, &mut anew] {
        let ended = page.hear(|told| told["is"] == "ended").await;
        assert_eq!((&ended["id"], &ended["outcome"]), (&json!(id), &json!("answered")), "{ended}");
    }
    house.end().await;
}

/// What an operator's browser gets of a company: never its secret, nor the token of its Calling API.
#[tokio::test]
async fn no_secret_reaches_a_browser_but_those_of_turn() {
    let house = House::new().await;
    let owner = Visitor::first(&house.daemon).await;
    let source = json!({ "ice_servers": "stun:stun.exemplo:3478, turn:turn.exemplo:3478?transport=udp",
        "turn_user": "ramal", "turn_password": "senha-do-turn" });
    let (status, told) = house.daemon.call("PATCH", "/api/v1/sources/source_1", Some(source)).await;
    assert_eq!(status, 200, "{told}");
    assert!(!told.to_string().contains("senha-do-turn"), "{told}");
    let mut page = Open::new(&owner, &house.daemon).await;
    let id = house.rings("c1").await;
    let offer = page.ask(json!({ "ask": "offer", "call": id, "attempt": "o" })).await;
    let servers = json!([{ "urls": ["stun:stun.exemplo:3478"] },
        { "urls": ["turn:turn.exemplo:3478?transport=udp"], "username": "ramal", "credential": "senha-do-turn" }]);
    assert_eq!(offer["ice"]["iceServers"], servers);
    let mut shown = offer.to_string();
    for path in
        ["/answer", &format!("/answer/calls/{id}"), &format!("/calls/{id}"), "/companies/company_1/source"]
    {
        shown += &owner.get(path).await.body;
    }
    for secret in ["foobaz", TOKEN] {
        assert!(!shown.contains(secret), "{secret}");
    }
    let moved = json!({ "ice_servers": "turn:outro.exemplo:3478" });
    let (status, refused) = house.daemon.call("PATCH", "/api/v1/sources/source_1", Some(moved)).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("turn_password")), "{refused}");
    let log = house.daemon.stop().await;
    for secret in ["senha-do-turn", TOKEN, "ice-pwd"] {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
    house.stop.cancel();
}

#[tokio::test]
async fn an_end_is_told_at_once_and_one_before_the_beginning_rings_never() {
    let house = House::new().await;
    let owner = Visitor::first(&house.daemon).await;
    let mut page = Open::new(&owner, &house.daemon).await;
    let post = async |event: &str| {
        let body = json!({ "event": event, "idCall": "cedo", "idConversation": "d", "from": "1", "to": "2",
            "rtcSession": { "type": "offer", "sdp": SDP } });
        let headers = [("content-type", "application/json"), ("x-cbis-secret", "foobaz")];
        let url = format!("{}/webhook/call-event", house.daemon.base);
        assert_eq!(send("POST", &url, &headers, &body.to_string()).await.status, 200);
    };
    post("hangup").await;
    post("connect").await;
    let id = house.rings("c1").await;
    assert_eq!(page.call("ringing").await["id"], json!(id), "the one that had ended did not ring before");
    house.control("/control/calls/c1/hangup", json!({})).await;
    let ended = page.hear(|told| told["is"] == "ended").await;
    assert_eq!((&ended["id"], &ended["outcome"]), (&json!(id), &json!("missed")));
    let gone = page.ask(json!({ "ask": "offer", "call": id, "attempt": "z" })).await;
    assert_eq!((&gone["is"], &gone["status"]), (&json!("refused"), &json!(409)), "{gone}");
    house.end().await;
}

/// What is asked for again while it is being done is done once; who asks for too much is refused, and heard on.
#[tokio::test]
async fn what_is_under_way_is_not_begun_again() {
    let house = House::new().await;
    let owner = Visitor::first(&house.daemon).await;
    let mut page = Open::new(&owner, &house.daemon).await;
    page.hear(|told| told["is"] == "alive").await;
    let id = house.rings("c1").await;
    house.control("/control/trouble", json!({ "delay_ms": 1_500 })).await;
    let accept = json!({ "ask": "act", "call": id, "attempt": "x", "action": "accept", "sdp": SDP });
    page.0.send(Message::text(accept.to_string())).await.expect("it is read");
    page.hear(|told| told["call"]["by"].is_string()).await;
    let mut anew = Open::new(&owner, &house.daemon).await;
    let again = anew.ask(accept).await;
    assert_eq!((&again["is"], &again["state"]), (&json!("done"), &json!("sent")), "{again}");
    page.hear(|told| told["attempt"] == "x").await;
    let call = house.daemon.get(&format!("/api/v1/calls/{id}")).await;
    let actions = call["actions"].as_array().expect("a list");
    assert_eq!((actions.len(), &actions[0]["tries"]), (1, &json!(1)), "{call}");
    let audit = house.daemon.get("/api/v1/audit?action=call.action").await;
    assert_eq!(audit["items"].as_array().map(Vec::len), Some(1), "{audit}");

    for number in 0..9 {
        let question =
            json!({ "ask": "act", "call": id, "attempt": format!("h{number}"), "action": "hangup" });
        anew.0.send(Message::text(question.to_string())).await.expect("it is read");
    }
    let refused = anew.hear(|told| told["is"] == "refused").await;
    assert_eq!(refused["status"], 429, "{refused}");
    anew.hear(|told| told["is"] == "done").await;
    house.end().await;
}

#[tokio::test]
async fn a_call_is_refused_and_ended_on_its_page_by_who_may() {
    let house = House::new().await;
    let owner = Visitor::first(&house.daemon).await;
    let reader = person(&house.daemon, &owner, "leitora@exemplo.com", "reader", None).await;
    for (call, action) in [("c1", "reject"), ("c2", "hangup")] {
        let id = house.rings(call).await;
        let form = format!("/answer/calls/{id}/{action}");
        let page = format!("/calls/{id}");
        assert!(owner.get(&page).await.body.contains(&format!("action=\"{form}\"")));
        assert!(!reader.get(&page).await.body.contains("/answer"), "who only reads is offered nothing");
        assert_eq!(reader.post(&form, &[]).await.status, 403);
        assert_eq!(house.look(call).await["stage"], "ringing");
        assert_eq!(owner.post(&form, &[]).await.to(), page);
        assert_eq!(house.look(call).await["stage"], "ended");
        house.turns(call, "finished").await;
        assert!(
            !owner.get(&page).await.body.contains("<form method=\"post\" action=\"/answer"),
            "it is over"
        );
    }
    house.end().await;
}

/// A company that is no more ends nothing by that, and nothing of it stays behind.
#[tokio::test]
async fn what_rings_of_a_company_that_is_gone_is_not_known_any_more() {
    let house = House::new().await;
    let owner = Visitor::first(&house.daemon).await;
    let (_, made) = house.daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "B" }))).await;
    let company = made["id"].as_str().expect("an id").to_owned();
    let mut page = Open::new(&owner, &house.daemon).await;
    let source = json!({ "provider": "colmeia", "token": "outro-segredo" });
    let path = format!("/api/v1/companies/{company}/sources");
    assert_eq!(house.daemon.call("POST", &path, Some(source)).await.0, 201);
    page.hear(|told| told["companies"] == json!([company])).await;
    assert!(house.daemon.call("DELETE", &format!("/api/v1/companies/{company}"), None).await.0 < 300);
    let told = page.hear(|told| told["is"] == "unfollowed").await;
    assert_eq!(told["companies"], json!([company]));
    let all = Open::at_once(&owner, &house.daemon).await.hear(|told| told["is"] == "calls").await;
    assert_eq!(all["companies"], json!(["company_1"]), "{all}");
    house.end().await;
}

/// Killed while two calls ring, of which one ends before it is back: the other rings again.
#[tokio::test]
async fn what_rings_survives_a_kill() {
    let House { daemon, provider, stop, home, settings } = House::new().await;
    let base = daemon.base.clone();
    let owner = Visitor::first(&daemon).await;
    let mut page = Open::new(&owner, &daemon).await;
    let control = async |path: &str, body: Value| {
        let headers = [("content-type", "application/json")];
        send("POST", &format!("{provider}{path}"), &headers, &body.to_string()).await
    };
    for call in ["fica", "acaba"] {
        control("/control/calls", json!({ "id": call, "by_bot": false })).await;
        page.call("ringing").await;
    }
    daemon.kill().await;
    control("/control/calls/acaba/hangup", json!({})).await;
    let daemon = home.start_at(&settings, &base).await;
    let mut page = Open::at_once(&owner, &daemon).await;
    // The provider tells the end again, until it is heard.
    let is_right = |told: &Value| {
        let calls = told["calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        told["is"] == "ended" || (told["is"] == "calls" && calls.len() == 1 && calls[0]["offers"] == true)
    };
    page.hear(is_right).await;
    let all = Open::at_once(&owner, &daemon).await.hear(|told| told["is"] == "calls").await;
    assert_eq!(all["calls"].as_array().map(Vec::len), Some(1), "{all}");
    let id = all["calls"][0]["id"].clone();
    assert_eq!(all["calls"][0]["state"], "ringing");
    let done =
        page.ask(json!({ "ask": "act", "call": id, "attempt": "x", "action": "accept", "sdp": SDP })).await;
    assert_eq!(done["state"], "sent", "{done}");
    stop.cancel();
    daemon.stop().await;
}

/// Two hundred pages, fifty calls a second: each ring is at each page within half a second of the provider's post (p99).
#[tokio::test(flavor = "multi_thread")]
async fn a_ring_is_at_two_hundred_pages_at_once() {
    const PAGES: usize = 200;
    const CALLS: usize = 250;
    const EVERY: Duration = Duration::from_millis(20);

    let house = House::new().await;
    let owner = Visitor::first(&house.daemon).await;
    let began = Instant::now();
    let mut pages = Vec::new();
    for _ in 0..PAGES {
        let mut page = Open::new(&owner, &house.daemon).await;
        pages.push(tokio::spawn(async move {
            let mut heard = vec![None; CALLS];
            while heard.iter().any(Option::is_none) {
                let told = page.hear(|told| told["is"] == "call" && told["call"]["state"] == "ringing").await;
                let at = began.elapsed();
                let number: usize = told["call"]["from"].as_str().expect("a number").parse().expect("digits");
                heard[number].get_or_insert(at);
            }
            heard
        }));
    }
    let mut posts = Vec::new();
    for number in 0..CALLS {
        let url = format!("{}/webhook/call-event", house.daemon.base);
        let body = json!({ "event": "connect", "idCall": format!("c{number}"), "idConversation": "d",
            "from": number.to_string(), "to": "1", "rtcSession": { "type": "offer", "sdp": SDP } });
        posts.push(tokio::spawn(async move {
            let at = began.elapsed();
            let headers = [("content-type", "application/json"), ("x-cbis-secret", "foobaz")];
            assert_eq!(send("POST", &url, &headers, &body.to_string()).await.status, 200);
            at
        }));
        tokio::time::sleep(EVERY).await;
    }
    let posted: Vec<Duration> = join_all(posts).await.into_iter().map(|at| at.expect("posted")).collect();
    let mut took = Vec::new();
    for heard in join_all(pages).await {
        let heard = heard.expect("all of it is heard");
        took.extend(
            heard.iter().zip(&posted).map(|(heard, posted)| heard.expect("heard").saturating_sub(*posted)),
        );
    }
    took.sort_unstable();
    let at = |share: usize| took[took.len() * share / 100 - 1];
    println!("rings at {PAGES} pages: p50 {:?}, p99 {:?}, longest {:?}", at(50), at(99), at(100));
    assert!(at(99) <= Duration::from_millis(500), "p99 {:?}", at(99));
    house.end().await;
}
