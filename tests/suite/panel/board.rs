//! The board on the wall over HTTP: what it says of the calls of three providers, live, and the names of commands at doors.

use std::time::Duration;

use ramal::domain::Timestamp;
use serde_json::json;

use super::events::Company;
use super::{SETTINGS, Visitor, version_of};
use crate::api::{created, must, send};
use crate::support::daemon::{Daemon, Home};

const KEY: &str = "aB3dE5gH";
/// A call that the dialer has begun.
const DIALED: &str =
    r#""id":"call:9001:7:k7QmZp3RtW","telephony_id":"k7QmZp3RtW","company_id":9001,"phone":"5585900004900""#;

/// A company that is called over three providers.
pub struct Reception {
    pub company: Company,
    daemon_base: String,
    token: String,
}

impl Reception {
    pub async fn create(daemon: &Daemon) -> Self {
        let company = Company::create(daemon).await;
        let sources = format!("/api/v1/companies/{}/sources", company.id);
        created(daemon, &sources, json!({ "provider": "teravoz", "token": KEY, "route": false })).await;
        let doors = created(daemon, &sources, json!({ "provider": "tellicon" })).await;
        let token = doors["token"].as_str().expect("a token").to_owned();
        Self { company, daemon_base: daemon.base.clone(), token }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/companies/{}/board{rest}", self.company.id)
    }

    /// An event of Teravoz, just now. Of a call it is known by the parts of its id in which queue it is and who calls.
    pub async fn call(&self, call: &str, kind: &str) {
        let (queue, n) = call.split_once('.').expect("a queue and a number");
        let body = json!({ "type": kind, "call_id": call, "code": "1", "timestamp": Timestamp::now().to_string(),
            "direction": "inbound", "our_number": "0800000000", "their_number": format!("119000000{n:0>2}"),
            "queue": queue, "actor": format!("bia{n}@exemplo.com"), "number": "200" });
        let url = format!("{}/webhook?key={KEY}", self.daemon_base);
        let answer = send("POST", &url, &[], &body.to_string()).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
    }

    /// An event of Teravoz about somebody who is in no call.
    pub async fn presence(&self, kind: &str, n: &str) {
        let body = json!({ "type": kind, "timestamp": Timestamp::now().to_string(), "queue": "900", "number": "200",
            "actor": format!("bia{n}@exemplo.com") });
        let url = format!("{}/webhook?key={KEY}", self.daemon_base);
        assert_eq!(send("POST", &url, &[], &body.to_string()).await.status, 200, "{kind}");
    }

    /// An event of a door, just now.
    pub async fn door(&self, unit: i64, kind: &str, more: serde_json::Value) {
        let now = Timestamp::now().unix_seconds();
        let mut event = json!({ "type": kind, "src": "9001", "client": 505, "building": 2, "apt": unit,
            "eventDateTime": now });
        event.as_object_mut().expect("an object").extend(more.as_object().expect("members").clone());
        let (url, body) = (format!("{}/eventTellicon", self.daemon_base), json!({ "eventTellicon": event }));
        let header = [("authTokenTellicon", self.token.as_str())];
        let answer = send("POST", &url, &header, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
    }

    pub async fn press(&self, unit: i64, keys: &str) {
        let more = json!({ "src": "018988776655", "dst": "9001", "dtmfCommand": keys });
        self.door(unit, "dtmfCommand", more).await;
    }

    /// Waits until so many calls are in this state.
    pub async fn has(&self, daemon: &Daemon, state: &str, count: usize) {
        let path = format!("/api/v1/companies/{}/calls?state={state}", self.company.id);
        daemon.until(&path, |page| page["items"].as_array().is_some_and(|items| items.len() == count)).await;
    }
}

/// The page, once it says this.
async fn until(visitor: &Visitor, path: &str, said: &str) -> String {
    let asking = async {
        loop {
            let page = visitor.get(path).await.body;
            if page.contains(said) {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asking)
        .await
        .unwrap_or_else(|_| panic!("{path} never says {said}"))
}

/// The figure that stands in the list of counts beneath this name.
fn figure<'p>(page: &'p str, label: &str) -> &'p str {
    let rest =
        page.split(&format!("<dt>{label}</dt><dd>")).nth(1).unwrap_or_else(|| panic!("no {label}: {page}"));
    rest.split('<').next().expect("a figure")
}

/// The figure that stands over a column.
fn column<'p>(page: &'p str, title: &str) -> &'p str {
    let rest = page.split(&format!(">{title}<b>")).nth(1).unwrap_or_else(|| panic!("no {title}: {page}"));
    rest.split('<').next().expect("a figure")
}

#[tokio::test]
async fn the_board_says_what_goes_on() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let reception = Reception::create(&daemon).await;
    let quiet = visitor.get(&reception.path("")).await;
    assert_eq!(quiet.status, 200, "{}", quiet.body);
    for said in [
        "Nenhuma fila teve chamadas hoje.",
        "Agentes: 0 falando, 0 tocando, nenhum livre",
        "Nenhum interfone tocando.",
        "Hoje até",
        "nenhuma chamada encerrada",
        r#"<noscript><meta http-equiv="refresh""#,
    ] {
        assert!(quiet.body.contains(said), "{said} is missing: {}", quiet.body);
    }
    // A call waits; one is talked in; one is over; the dialer calls; a door rings.
    for (call, kinds) in [
        ("900.1", &["call.new", "call.standby", "call.waiting"][..]),
        ("900.2", &["call.new", "call.waiting", "actor.entered", "call.ongoing"]),
        (
            "900.3",
            &["call.new", "call.waiting", "actor.entered", "call.ongoing", "actor.left", "call.finished"],
        ),
    ] {
        for kind in kinds {
            reception.call(call, kind).await;
        }
    }
    reception.company.emit("call-was-created", &format!(r#"{{"call":{{{DIALED}}}}}"#));
    reception.door(1001, "pushCall", json!({})).await;
    reception.presence("actor.paused", "7").await;
    reception.company.emit("agent-is-idle", r#"{"agent":{"id":17,"name":"Caio <Teles>"}}"#);
    reception.company.emit("agent-is-idle", r#"{"agent":{"id":18,"name":"Zoé Prado"}}"#);
    reception.company.emit("agent-was-logged-out", r#"{"agent":{"id":18,"name":"Zoé Prado"}}"#);
    for (state, count) in [("waiting", 1), ("ongoing", 1), ("finished", 1), ("new", 1), ("ringing", 1)] {
        reception.has(&daemon, state, count).await;
    }
    let page = until(&visitor, &reception.path(""), "Caio ").await;
    assert!(!page.contains("Zoé"), "who has gone is not shown: {page}");
    for (title, count) in
        [("Na espera", "1"), ("Sem destino", "0"), ("Encerradas hoje", "1"), ("Nova, discando", "1")]
    {
        assert_eq!(column(&page, title), count, "{title}");
    }
    for (label, count) in [
        ("Em andamento", "2"),
        ("call.waiting", "1"),
        ("call.ongoing", "1"),
        ("actor.entered", "0"),
        ("call.finished hoje", "1"),
    ] {
        assert_eq!(figure(&page, label), count, "{label}");
    }
    for said in [
        "<b>900</b>",
        "Teravoz · 1 em conversa",
        "(11) 90000-0001",
        "<b>bia2@exemplo.com</b>",
        "falando<span class=\"of\"> · 900</span>",
        "Agentes: 1 falando, 0 tocando, 1 livre",
        "<b>bia7@exemplo.com</b>",
        "pausa",
        "<b>Caio &#60;Teles&#62;</b>",
        "Bloco 2, apto 1001",
        "ramal 9001 · cliente 505",
        r#"href="/calls/call_1_"#,
    ] {
        assert!(page.contains(said), "{said} is missing: {page}");
    }
    assert!(
        visitor
            .get(&format!("/companies/{}", reception.company.id))
            .await
            .body
            .contains("/board\">Quadro</a>")
    );
    assert_eq!(visitor.get("/companies/company_99/board").await.status, 404);
    daemon.stop().await;
}

#[tokio::test]
async fn the_board_shows_itself_again_by_itself() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let reception = Reception::create(&daemon).await;
    let mut stream = visitor.stream(&reception.path("/live")).await;
    reception.call("900.1", "call.new").await;
    reception.call("900.1", "call.waiting").await;
    let seen = async {
        let mut heard = String::new();
        while !heard.contains("(11) 90000-0001") {
            let chunk = stream.chunk().await.expect("a stream").expect("it goes on");
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
        heard
    };
    let heard = tokio::time::timeout(Duration::from_mins(1), seen).await.expect("it is told of the call");
    assert!(heard.contains("event: board\n"), "{heard}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_command_is_called_what_a_person_calls_it() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let reception = Reception::create(&daemon).await;
    reception.door(1001, "pushCall", json!({})).await;
    reception.press(1001, "*2").await;
    reception.has(&daemon, "ongoing", 1).await;
    let (board, form) = (reception.path(""), reception.path("/settings"));
    let page = visitor.get(&board).await.body;
    assert!(page.contains(r#"<b class="clip">*2</b>"#) && page.contains("Dar nomes aos comandos"), "{page}");
    let asked = visitor.get(&form).await.body;
    assert!(
        asked.contains(r#"value="*2""#)
            && asked.contains(r#"id="late_after" name="late_after" type="number" value="60""#),
        "{asked}"
    );

    let wrong = [
        ("version", "0"),
        ("late_after", "4"),
        ("keys", "*e"),
        ("name", "Portão"),
        ("keys", "*2"),
        ("name", ""),
    ];
    let refused = visitor.post(&form, &wrong).await;
    assert_eq!(refused.status, 422);
    for said in
        [r#"id="late_after-error""#, r#"id="row-1-error""#, r#"id="row-2-error""#, r#"value="Portão""#]
    {
        assert!(refused.body.contains(said), "{said} is missing: {}", refused.body);
    }
    let twice = [
        ("version", "0"),
        ("late_after", "60"),
        ("keys", "*2"),
        ("name", "A"),
        ("keys", "* 2"),
        ("name", "B"),
    ];
    assert!(visitor.post(&form, &twice).await.body.contains("Já está em uso."));

    let right = [
        ("version", version_of(&asked)),
        ("late_after", "30"),
        ("keys", "*2"),
        ("name", "<Portão 2>"),
        ("keys", ""),
        ("name", ""),
    ];
    assert_eq!(visitor.post(&form, &right).await.to(), form);
    let page = visitor.get(&board).await.body;
    assert!(page.contains("&#60;Portão 2&#62;") && page.contains("*2 · Bloco 2, apto 1001"), "{page}");
    assert!(!page.contains("Dar nomes aos comandos"), "{page}");
    assert!(visitor.get(&form).await.body.contains(r#"type="number" value="30""#));
    let stale = visitor.post(&form, &right).await;
    assert_eq!(stale.status, 422, "somebody else has saved meanwhile");
    assert!(stale.body.contains("Ana Souza"), "{}", stale.body);
    let log = visitor.get("/audit?action=board.update").await.body;
    assert!(log.contains("Alterou o quadro de uma empresa"), "{log}");
    let log = must(&daemon, "GET", "/api/v1/audit?action=board.update", json!(null), 200).await;
    assert_eq!(log["items"][0]["detail"]["after"]["commands"]["*2"], "<Portão 2>", "{log}");
    daemon.stop().await;
}

/// A reception at noon: every list has something in it, and some more than fits.
pub async fn fill(reception: &Reception, daemon: &Daemon) {
    let up_to = [
        "call.new",
        "call.standby",
        "call.waiting",
        "actor.entered",
        "call.ongoing",
        "actor.left",
        "call.finished",
    ];
    let all = [(1, 1), (2, 2), (7, 3), (12, 5), (6, 7)];
    let mut n = 0;
    for (calls, events) in all {
        for _ in 0..calls {
            n += 1;
            let call = format!("{}.{n}", ["900", "901", "Suporte"][n % 3]);
            for kind in &up_to[..events] {
                reception.call(&call, kind).await;
            }
        }
    }
    let names = ["Marina Prado", "Caio Teles", "Nara Dias", "Iara Pinto de Albuquerque", "Otto Reis"];
    for n in 0..9 {
        let call = format!(
            r#""id":"call:9001:7:k{n}","telephony_id":"k{n}","company_id":9001,"phone":"558590000{n:04}","call_mode":"dialer""#
        );
        let campaign = r#""campaign":{"id":7,"name":"Novembro"}"#;
        reception.company.emit("call-was-created", &format!(r#"{{"call":{{{call}}},{campaign}}}"#));
        if let Some(name) = names.get(n) {
            let agent = format!(r#""agent":{{"id":{},"name":"{name}"}}"#, n + 1);
            reception
                .company
                .emit("call-was-connected", &format!(r#"{{"call":{{{call}}},{campaign},{agent}}}"#));
        }
    }
    for (n, kind) in [("41", "actor.logged-in"), ("42", "actor.paused")] {
        reception.presence(kind, n).await;
    }
    let told = [
        ("agent-is-idle", r#"{"agent":{"id":21,"name":"Téo Braga"}}"#),
        ("agent-in-acw", r#"{"agent":{"id":22,"name":"Lara Melo"}}"#),
        (
            "agent-entered-work-break",
            r#"{"agent":{"id":23,"name":"Zoé Prado"},"work_break":{"work_break_interval_name":"Almoço"}}"#,
        ),
        ("agent-entered-manual", r#"{"agent":{"id":24,"name":"Davi Melo"}}"#),
    ];
    for (name, payload) in told {
        reception.company.emit(name, payload);
    }
    for unit in [1001, 204] {
        reception.door(unit, "pushCall", json!({})).await;
    }
    for (unit, keys) in [(12, "*2"), (803, "*2")] {
        reception.door(unit, "pushCall", json!({})).await;
        reception.press(unit, keys).await;
    }
    for (state, count) in [("waiting", 7), ("ongoing", 19), ("finished", 6), ("ringing", 2), ("new", 5)] {
        reception.has(daemon, state, count).await;
    }
}
