//! `/api/dashboard/count`.

use super::*;

async fn asked(daemon: &Daemon, method: &str, path: &str) -> Answer {
    let answer =
        send(method, &format!("{}{path}", daemon.base), &[("origin", "http://localhost:8080")], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*", "{method} {path}: {}", answer.status);
    answer
}

fn counts(users: i64, calls: [i64; 7]) -> Value {
    let [new, standby, waiting, entered, ongoing, left, finished] = calls;
    let active: i64 = calls[..6].iter().sum();
    json!({ "data": { "userCount": users, "activeCallsCount": active, "eventCall": { "new": new, "standby": standby,
        "waiting": waiting, "entered": entered, "ongoing": ongoing, "left": left, "finished": finished } } })
}

/// By POST, as the document says, and by GET, as its programs ask; what was answered is counted.
#[tokio::test]
async fn the_dashboard_is_told_how_many_calls_are_where_by_either_method() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    assert_eq!(asked(&daemon, "POST", COUNT).await.body, counts(0, [0; 7]));
    know_the_caller(&daemon).await;
    for (at, last) in SEVEN.iter().enumerate() {
        call_up_to(&daemon, &format!("1.{at}"), last).await;
        let mut calls = [0; 7];
        calls[..=at].fill(1);
        for method in ["GET", "POST"] {
            let answer = asked(&daemon, method, COUNT).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
            assert_eq!(answer.body, counts(1, calls), "{method} after {last}");
        }
    }
    must(&daemon, "POST", "/api/v1/companies/company_1/contacts", json!({ "phone": "11988887777" }), 201)
        .await;
    let own = daemon.get("/api/v1/sources/source_1").await["path"].as_str().expect("a path").to_owned();
    let own = own.replace("webhook", "api/dashboard/count");
    assert_eq!(asked(&daemon, "POST", &own).await.body, counts(2, [1; 7]));
    daemon.stop().await;
}

/// What none of the counters is about leaves a call where it is; what comes late does not bring it back.
#[tokio::test]
async fn the_counters_are_together_all_calls_whatever_else_is_said() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    know_the_caller(&daemon).await;
    call_up_to(&daemon, "1.1", "call.ongoing").await;
    let other = |call: &str, kind: &str| event(call, kind);
    for kind in ["call.overflow", "actor.ringing", "actor.noanswer", "call.data-provided", "call.estranho"] {
        post(&daemon, &other("1.1", kind)).await;
    }
    // Of this one no beginning was heard.
    post(&daemon, &other("1.2", "actor.ringing")).await;
    post(&daemon, &event("1.3", "call.finished")).await;
    for kind in ["actor.left", "call.recording-available", "call.new"] {
        post(&daemon, &event("1.3", kind)).await;
    }
    // A call that another document's spelling tells.
    post(&daemon, &event("1.4", "call-standby")).await;
    post(&daemon, r#"{"type":"actor.paused","actor":"ana@example.com","timestamp":"2017-01-01T00:00:00Z"}"#)
        .await;
    assert_eq!(asked(&daemon, "GET", COUNT).await.body, counts(1, [1, 1, 0, 0, 1, 0, 1]));
    daemon.stop().await;
}

#[tokio::test]
async fn pages_of_any_origin_may_ask_and_are_told_what_is_wrong() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    let url = format!("{}{COUNT}", daemon.base);
    let headers = [
        ("origin", "http://localhost:8080"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type, x-own"),
    ];
    let answer = send("OPTIONS", &url, &headers, "").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, "*"));
    assert_eq!(answer.header("access-control-allow-methods"), "GET, POST, OPTIONS");
    assert_eq!(answer.header("access-control-allow-headers"), "content-type, x-own");
    for path in ["/api/dashboard/counts", "/api/dashboard/count/calls", "/api/dashboard/a/b/c"] {
        let answer = asked(&daemon, "GET", path).await;
        let wanted = json!({ "message": "Houve um erro", "errors": "este caminho não existe" });
        assert_eq!((answer.status, answer.body), (404, wanted), "{path}");
    }
    assert_eq!(asked(&daemon, "DELETE", COUNT).await.status, 405);
    assert_eq!(
        send("GET", &format!("{}/api/v1/companies", daemon.base), &[], "")
            .await
            .header("access-control-allow-origin"),
        ""
    );
    let other = created(&daemon, "/api/v1/companies", json!({ "name": "B" })).await;
    assert_eq!(other["id"], "company_2");
    created(&daemon, "/api/v1/companies/company_2/sources", json!({ "provider": "teravoz" })).await;
    let several = asked(&daemon, "GET", COUNT).await;
    let told = several.body["errors"].as_str().expect("an error");
    assert!(several.status == 409 && told.contains("/in/<chave>/api/dashboard/count"), "{}", several.body);
    daemon.stop().await;
}

#[tokio::test]
async fn a_key_is_asked_for_by_every_interface() {
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let daemon = home.start().await;
    assert_eq!(asked(&daemon, "GET", COUNT).await.status, 401, "nobody has a source");
    created(&daemon, SOURCES, json!({ "provider": "teravoz", "token": KEY })).await;
    for query in ["", "?key=", "?key=aB3dE5gX", "?Key=aB3dE5gH"] {
        let answer = asked(&daemon, "POST", &format!("{COUNT}{query}")).await;
        assert_eq!((answer.status, &answer.body["message"]), (401, &json!("Houve um erro")), "{query}");
        assert_eq!(
            FrontEnd::try_open(&daemon, &format!("/websocket{query}")).await.err(),
            Some(401),
            "{query}"
        );
    }
    assert_eq!(asked(&daemon, "POST", &format!("{COUNT}?key={KEY}")).await.status, 200);
    let mut front = FrontEnd::open(&daemon, &format!("/websocket?key={KEY}")).await;
    must(&daemon, "PATCH", "/api/v1/sources/source_1", json!({ "token": "another-key" }), 200).await;
    front.say(r#"{"event":"ListCalls","data":{}}"#).await;
    assert_eq!(front.ended().await, 1008, "the key is another now");
    let log = daemon.stop().await;
    assert!(!log.contains(KEY), "{log}");
}
