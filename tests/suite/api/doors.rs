//! Tellicon's door, and which port answers what.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ramal::domain::{Provider, SourceId};
use ramal::listener::{Bounds, serve};
use ramal::runtime::{Door, Doors};
use ramal::sources::tellicon::AUTH_HEADER;
use ramal::sources::{Account, TokenIn};
use ramal::web;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::{Answer, SETTINGS, created, must, send};
use crate::journal::House;
use crate::store::Db;
use crate::support::daemon::{Daemon, Home};

pub(super) const TOKEN: &str = "aB3dE5gH7jK9mN1pQ3sT5vX7";
pub(super) const PUSH: &str = r#"{"eventTellicon": {"type": "pushCall", "src": "9001", "client": 505, "building": 121, "apt": 1001,
    "eventDateTime": 1705338959}}"#;
const ANSWER: &str = r#"{"eventTellicon": {"type": "answerCall", "src": "9001", "dst": "018988776655", "client": 505,
    "building": 121, "apt": 1001, "eventDateTime": 1705338959, "answerDateTime": 1705338959,
    "hangupDateTime": 1705338969, "callDurationTime": 10}}"#;
const DTMF: &str = r#"{"eventTellicon": {"type": "dtmfCommand", "src": "018988776655", "dst": "9001", "client": 505,
    "building": 121, "apt": 1001, "dtmfCommand": "*2", "eventDateTime": 1705338965}}"#;

fn door(account: Account) -> Door {
    Door {
        account,
        provider: Provider::new("tellicon"),
        token_name: AUTH_HEADER,
        token_in: TokenIn::Header(AUTH_HEADER.into()),
        path_key: "chave".into(),
        token: Some(TOKEN.into()),
        by_token: true,
        listen: None,
        connect: true,
    }
}

pub(super) async fn post(base: &str, path: &str, token: &str, body: &str) -> Answer {
    let headers = [("authTokenTellicon", token), ("content-type", "application/json")];
    send("POST", &format!("{base}{path}"), &headers, body).await
}

pub(super) async fn with_door(daemon: &Daemon) -> Value {
    created(daemon, "/api/v1/companies", json!({ "name": "Condomínio" })).await;
    let source = json!({ "provider": "tellicon", "token": TOKEN });
    created(daemon, "/api/v1/companies/company_1/sources", source).await
}

pub(super) async fn names_of(daemon: &Daemon) -> Vec<String> {
    let page = daemon.get("/api/v1/companies/company_1/events").await;
    let items = page["items"].as_array().unwrap();
    items.iter().rev().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn tellicons_documented_posts_are_taken_once_each() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let source = with_door(&daemon).await;
    assert_eq!(source["token"], Value::Null, "a given token is not repeated: {source}");
    assert_eq!(source["token_mask"], "aB3d…5vX7");
    let path = source["path"].as_str().expect("a path");
    for body in [PUSH, DTMF, ANSWER] {
        for at in ["/eventTellicon", path, "/eventTellicon"] {
            let answer = post(&daemon.base, at, TOKEN, body).await;
            assert_eq!(answer.status, 200, "{body}: {}", answer.body);
        }
    }
    assert_eq!(names_of(&daemon).await, ["pushCall", "dtmfCommand", "answerCall"]);
    let found = daemon.get("/api/v1/companies/company_1/events?phone=018988776655").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 2, "{found}");
    // The payload is the provider's text, leading zeros and spaces included.
    let bytes = daemon.get("/api/v1/events/evt_1_3").await["bytes"].as_u64();
    assert_eq!(bytes, Some(ANSWER.len() as u64));
    daemon.stop().await;
}

#[tokio::test]
async fn tellicons_wrong_posts_are_refused_by_name_and_leave_nothing() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    with_door(&daemon).await;
    let wrong = [
        (PUSH.replace("1001", "\"1001\""), "apt"),
        (PUSH.replace("1001", "10.5"), "apt"),
        (PUSH.replace("1001", "null"), "apt"),
        (PUSH.replace(r#""apt": 1001,"#, ""), "apt"),
        (PUSH.replace("\"9001\"", "9001"), "src"),
        (PUSH.replace("pushCall", "toca"), "type"),
        (PUSH.replace("eventTellicon", "evento"), "eventTellicon"),
        (ANSWER.replace(r#""dst": "018988776655","#, ""), "dst"),
        (DTMF.replace("\"*2\"", "2"), "dtmfCommand"),
        ("[]".to_owned(), "body"),
        (String::new(), "body"),
        ("{".to_owned(), "body"),
    ];
    for (body, field) in wrong {
        let answer = post(&daemon.base, "/eventTellicon", TOKEN, &body).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!(field)), "{body}: {}", answer.body);
        assert!(answer.body["error"].as_str().is_some_and(|text| text.contains(field)), "{}", answer.body);
    }
    for token in ["", "aB3dE5gH7jK9mN1pQ3sT5vX8", "x"] {
        let answer = post(&daemon.base, "/eventTellicon", token, PUSH).await;
        assert_eq!((answer.status, answer.body["error"].is_string()), (401, true));
    }
    let absent = send("POST", &format!("{}/eventTellicon", daemon.base), &[], PUSH).await;
    assert_eq!(absent.status, 401);
    let other_path = post(&daemon.base, "/in/abc/eventTellicon", TOKEN, PUSH).await;
    assert_eq!(other_path.status, 401);
    for method in ["GET", "PUT", "DELETE"] {
        let answer = send(method, &format!("{}/eventTellicon", daemon.base), &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
    }
    assert_eq!(names_of(&daemon).await, [""; 0]);
    must(&daemon, "POST", "/api/v1/sources/source_1/disconnect", json!({}), 202).await;
    assert_eq!(post(&daemon.base, "/eventTellicon", TOKEN, PUSH).await.status, 401, "a closed door");
    must(&daemon, "POST", "/api/v1/sources/source_1/connect", json!({}), 202).await;
    assert_eq!(post(&daemon.base, "/eventTellicon", TOKEN, PUSH).await.status, 200);
    assert!(!daemon.stop().await.contains(TOKEN), "the token stands in the log");
}

/// At either address; what has just the size of the bound is taken.
#[tokio::test]
async fn what_is_larger_than_the_bound_is_413_and_leaves_nothing() {
    const MOST: usize = 64 << 10;
    let home = Home::new(&format!("{SETTINGS}[limits]\ninbound_body_bytes = \"64 KiB\"\n")).await;
    let daemon = home.start().await;
    let own = with_door(&daemon).await["path"].as_str().expect("a path").to_owned();
    let padded = |bytes: usize| format!("{PUSH}{}", " ".repeat(bytes - PUSH.len()));
    for path in ["/eventTellicon", &own] {
        let refused = post(&daemon.base, path, TOKEN, &padded(MOST + 1)).await;
        assert_eq!((refused.status, refused.body["error"].is_string()), (413, true), "{}", refused.body);
    }
    assert_eq!(names_of(&daemon).await, [""; 0]);
    assert_eq!(post(&daemon.base, "/eventTellicon", TOKEN, &padded(MOST)).await.status, 200);
    assert_eq!(names_of(&daemon).await, ["pushCall"]);
    daemon.stop().await;
}

#[tokio::test]
async fn a_post_is_taken_however_harmlessly_its_sender_is_odd() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let own = with_door(&daemon).await["path"].as_str().expect("a path").to_owned();
    let paths = [
        "/eventTellicon/".to_owned(),
        "//eventTellicon".to_owned(),
        "//eventTellicon//?a=//b".to_owned(),
        format!("{own}/"),
        format!("/{}", own.replace("/eventTellicon", "//eventTellicon")),
    ];
    let kinds = [
        "application/json; charset=utf-8",
        "application/json;charset=ISO-8859-1",
        "APPLICATION/JSON",
        "text/plain",
        "application/x-www-form-urlencoded",
        ";",
    ];
    let names = ["authTokenTellicon", "AUTHTOKENTELLICON", "authtokentellicon"];
    let mut apt = 0;
    let mut body = || {
        apt += 1;
        PUSH.replace("1001", &apt.to_string())
    };
    for path in &paths {
        let answer = post(&daemon.base, path, TOKEN, &body()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(post(&daemon.base, path, "nobody", &body()).await.status, 401, "{path}");
        let get = send("GET", &format!("{}{path}", daemon.base), &[], "").await;
        assert_eq!((get.status, get.header("allow")), (405, "POST"), "{path}");
    }
    for kind in kinds {
        let headers = [("authTokenTellicon", TOKEN), ("content-type", kind)];
        let answer = send("POST", &format!("{}/eventTellicon", daemon.base), &headers, &body()).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
    }
    for name in names {
        let answer = send("POST", &format!("{}/eventTellicon", daemon.base), &[(name, TOKEN)], &body()).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    }
    let marked = body();
    let answer = post(&daemon.base, "/eventTellicon", TOKEN, &format!("\u{feff}{marked}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let taken = paths.len() + kinds.len() + names.len() + 1;
    assert_eq!(names_of(&daemon).await.len(), taken);
    // The mark is not of the payload; the same without it is the same event.
    let last = daemon.get(&format!("/api/v1/events/evt_1_{taken}")).await;
    assert_eq!(last["bytes"].as_u64(), Some(marked.len() as u64));
    assert_eq!(post(&daemon.base, "/eventTellicon", TOKEN, &marked).await.status, 200);
    assert_eq!(names_of(&daemon).await.len(), taken);
    // Only a door is looked for under crooked paths, and only whole.
    for other in ["//api/v1/companies", "/eventTellicon/x/", "//in/a/b/eventTellicon"] {
        assert_eq!(post(&daemon.base, other, TOKEN, PUSH).await.status, 404, "{other}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_stranger_is_refused_before_the_body_is_read() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let mut stream = TcpStream::connect(daemon.base.trim_start_matches("http://")).await.unwrap();
    let head = "POST /eventTellicon HTTP/1.1\r\nhost: x\r\nauthTokenTellicon: nobody\r\ncontent-length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    tokio::time::timeout(super::PATIENCE, stream.read_exact(&mut answer)).await.expect("in time").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
    daemon.stop().await;
}

#[tokio::test]
async fn while_the_database_does_not_write_posts_are_503_and_the_program_is_not_ready() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    with_door(&daemon).await;
    let ready = async || send("GET", &format!("{}/readyz", daemon.base), &[], "").await;
    assert_eq!(ready().await.status, 200);
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut other = SqliteConnection::connect(&database).await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();

    let body = |apt: u32| PUSH.replace("1001", &apt.to_string());
    let refused = post(&daemon.base, "/eventTellicon", TOKEN, &body(1)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "2"), "{}", refused.body);
    assert!(refused.body["error"].is_string(), "{}", refused.body);
    let unready = until(async || ready().await, |answer| answer.status == 503).await;
    assert_eq!(unready.body, json!("locked\n"));
    let at_once = std::time::Instant::now();
    assert_eq!(post(&daemon.base, "/eventTellicon", TOKEN, &body(2)).await.status, 503);
    assert!(at_once.elapsed() < std::time::Duration::from_secs(4), "a known trouble is answered at once");
    assert_eq!(post(&daemon.base, "/eventTellicon", "nobody", &body(2)).await.status, 401, "401 comes first");
    let alerts = daemon.get("/api/v1/attention").await;
    assert_eq!(alerts["items"][0]["kind"], "not_writing", "{alerts}");

    lock.rollback().await.unwrap();
    until(async || ready().await, |answer| answer.status == 200).await;
    // What had been queued before the trouble was known is written, and its repetition is known.
    for apt in [1, 2] {
        assert_eq!(post(&daemon.base, "/eventTellicon", TOKEN, &body(apt)).await.status, 200);
    }
    assert_eq!(names_of(&daemon).await, ["pushCall", "pushCall"]);
    assert_eq!(daemon.get("/api/v1/attention").await["total"], 0);
    daemon.stop().await;
}

/// Asks again until the answer is as wanted.
async fn until(ask: impl AsyncFn() -> Answer, wanted: impl Fn(&Answer) -> bool) -> Answer {
    let deadline = tokio::time::Instant::now() + super::PATIENCE;
    loop {
        let answer = ask().await;
        if wanted(&answer) {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "{} {}", answer.status, answer.body);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// What nobody expects is the documented 500: here a journal that has ended under its door.
#[tokio::test]
async fn an_unexpected_error_is_the_documented_500() {
    let house = House::new(Db::sqlite().await).await;
    let company = house.company("Condomínio").await;
    let doors = Doors::new(house.store.clone());
    let account = Account { company: house.owned(company).await, source: SourceId(1) };
    doors.replace([door(account)], None);
    let journal = house.journal.clone();
    let router =
        web::inbound(&web::Inbound { doors, journal, lenient: BTreeSet::new(), body_limit: 1 << 20 });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    assert_eq!(post(&base, "/eventTellicon", TOKEN, PUSH).await.status, 200);
    let again = house.stopped().await;
    let answer = post(&base, "/eventTellicon", TOKEN, ANSWER).await;
    assert_eq!((answer.status, &answer.body), (500, &json!({ "error": "erro inesperado" })));
    assert_eq!(again.stored(company).await.len(), 1, "nothing of it was kept");
    server.abort();
}

/// Through a line that carries 40 KiB a second two mebibytes take longer than any small post may. (Only its last byte makes it
/// wrong: a right one would meet a database whose own deadlines the test's clock has torn.)
#[tokio::test]
async fn a_post_that_takes_its_time_is_read_to_its_end() {
    let house = House::new(Db::sqlite().await).await;
    let company = house.company("Condomínio").await;
    let doors = Doors::new(house.store.clone());
    let account = Account { company: house.owned(company).await, source: SourceId(1) };
    doors.replace([door(account)], None);
    let journal = house.journal.clone();
    let router =
        web::inbound(&web::Inbound { doors, journal, lenient: BTreeSet::new(), body_limit: 4 << 20 });
    let bounds = Bounds { connections: 9, of_one_address: 9, proxies: Vec::new(), body_bytes: 8 << 20 };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(serve(listener, router, bounds, Arc::default(), CancellationToken::new()));

    let (pieces, piece) = (16, vec![b' '; 128 << 10]);
    let length = PUSH.len() + pieces * piece.len() + 1;
    let head = format!(
        "POST /eventTellicon HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthTokenTellicon: {TOKEN}\r\n\
         content-length: {length}\r\n\r\n{PUSH}"
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..pieces {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(3)).await;
        tokio::time::resume();
        stream.write_all(&piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    stream.write_all(b"!").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    served.abort();
}

#[tokio::test]
async fn an_issued_token_is_shown_once() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Condomínio" })).await;
    let source =
        created(&daemon, "/api/v1/companies/company_1/sources", json!({ "provider": "tellicon" })).await;
    let token = source["token"].as_str().expect("shown once").to_owned();
    assert_eq!(token.len(), 24);
    assert_eq!(post(&daemon.base, "/eventTellicon", &token, PUSH).await.status, 200);
    let again = daemon.get("/api/v1/sources/source_1").await;
    assert_eq!((&again["token"], &again["status"]["state"]), (&Value::Null, &json!("connected")));
    assert!(!daemon.stop().await.contains(&token), "the token stands in the log");
}

#[tokio::test]
async fn the_doors_can_have_a_port_of_their_own() {
    let home = Home::new(&format!("inbound_listen = \"127.0.0.1:0\"\n{SETTINGS}")).await;
    let daemon = home.start().await;
    with_door(&daemon).await;
    assert_eq!(post(&daemon.base, "/eventTellicon", TOKEN, PUSH).await.status, 404);
    let doors = format!("http://{}", daemon.inbound.as_ref().expect("its own port"));
    assert_eq!(post(&doors, "/eventTellicon", TOKEN, PUSH).await.status, 200);
    let bearer = format!("Bearer {}", home.api_key);
    for path in ["/api/v1/companies", "/api/v1/openapi.json", "/healthz", "/readyz", "/metrics"] {
        let inside = send("GET", &format!("{doors}{path}"), &[("authorization", &bearer)], "").await;
        assert_eq!(inside.status, 404, "{path} answers on the doors' port");
    }
    daemon.stop().await;
}

/// As many as the providers' documents print, each with every door.
#[tokio::test]
async fn the_doors_can_have_several_ports() {
    let home =
        Home::new(&format!("inbound_listen = [\"127.0.0.1:0\", \"127.0.0.1:0\", \"[::1]:0\"]\n{SETTINGS}"))
            .await;
    let daemon = home.start().await;
    with_door(&daemon).await;
    let doors: Vec<_> = daemon.inbound.as_deref().expect("their own ports").split(", ").collect();
    assert_eq!(doors.len(), 3, "{doors:?}");
    for address in doors {
        assert_eq!(
            post(&format!("http://{address}"), "/eventTellicon", TOKEN, PUSH).await.status,
            200,
            "{address}"
        );
    }
    assert_eq!(post(&daemon.base, "/eventTellicon", TOKEN, PUSH).await.status, 404);
    daemon.stop().await;
}
