//! Colmeia shows its secret in a header whose name is a setting.

use serde_json::{Value, json};

use crate::api::{Answer, created, must, send};
use crate::support::daemon::{Daemon, Home};

const PATH: &str = "/webhook/call-event";
const EVENTS: &str = "/api/v1/companies/company_1/events?limit=100";
const SETTINGS: &str = "[[company]]\nname = \"A\"\n[company.colmeia]\nsecret = \"foobaz\"\n";
const HANGUP: &str = r#"{"event":"hangup","idCall":"xyz","idConversation":"xyz","from":"1","to":"2"}"#;

/// The bodies of the guide, each as it stands there: both examples, and both of the command lines.
const PRINTED: [&str; 4] = [
    include_str!("../../data/colmeia/bot_req_call.json"),
    include_str!("../../data/colmeia/connect.json"),
    include_str!("../../data/colmeia/curl_bot_req_call.json"),
    include_str!("../../data/colmeia/curl_connect.json"),
];

async fn post(daemon: &Daemon, path: &str, header: Option<(&str, &str)>, body: &str) -> Answer {
    send("POST", &format!("{}{path}", daemon.base), header.as_slice(), body).await
}

async fn events(daemon: &Daemon) -> Vec<Value> {
    daemon.get(EVENTS).await["items"].as_array().expect("events").clone()
}

#[tokio::test]
async fn what_the_guide_prints_is_taken_five_times_and_stored_once() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for (at, body) in PRINTED.iter().enumerate() {
        for _ in 0..5 {
            let answer = post(&daemon, PATH, Some(("x-cbis-secret", "foobaz")), body).await;
            assert_eq!((answer.status, answer.body), (200, json!({ "status": "ok" })), "{body}");
        }
        let stored = daemon.get(&format!("/api/v1/events/evt_1_{}", at + 1)).await;
        let is_json = serde_json::from_str::<Value>(body).is_ok();
        assert_eq!(stored["bytes"].as_u64() == Some(body.len() as u64), is_json, "{stored}");
        assert_eq!(stored["warnings"].as_array().map_or(0, Vec::len), usize::from(!is_json), "{stored}");
    }
    let names: Vec<_> = events(&daemon).await.iter().rev().map(|event| event["type"].clone()).collect();
    assert_eq!(names, ["bot_req_call", "connect", "bot_req_call", "connect"]);
    daemon.stop().await;
}

#[tokio::test]
async fn the_header_has_any_letter_case_and_the_secret_is_always_asked_for() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for right in ["x-cbis-secret", "X-CBIS-Secret", "X-CBIS-SECRET"] {
        assert_eq!(post(&daemon, PATH, Some((right, "foobaz")), HANGUP).await.status, 200, "{right}");
    }
    let wrong = [
        None,
        Some(("x-cbis-secret", "")),
        Some(("x-cbis-secret", "FOOBAZ")),
        Some(("x-cbis-secret", "foobaz2")),
        Some(("authorization", "foobaz")),
        Some(("x-segredo", "foobaz")),
    ];
    for header in wrong {
        // The body is not looked at before.
        for body in [HANGUP, "no JSON", ""] {
            let answer = post(&daemon, PATH, header, body).await;
            assert_eq!((answer.status, &answer.body["field"]), (401, &Value::Null), "{header:?}");
            assert!(!answer.body.to_string().contains("foobaz"), "{}", answer.body);
        }
    }
    let refused = post(&daemon, PATH, Some(("x-cbis-secret", "foobaz")), "{\"event\": \"connect\"}").await;
    assert_eq!((refused.status, &refused.body["field"]), (400, &json!("idCall")));
    let get = send("GET", &format!("{}{PATH}", daemon.base), &[("x-cbis-secret", "foobaz")], "").await;
    assert_eq!(get.status, 405);
    assert_eq!(events(&daemon).await.len(), 1);
    daemon.stop().await;
}

/// Two companies with headers of their own, one of them with the secret of the other.
#[tokio::test]
async fn each_source_has_the_header_of_its_settings() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "B" })).await;
    let source = json!({ "provider": "colmeia", "token": "outro", "secret_header": "X-Segredo" });
    let source = created(&daemon, "/api/v1/companies/company_2/sources", source).await;
    assert_eq!(source["secret_header"], "x-segredo", "{source}");
    let status =
        async |header: &str, secret: &str| post(&daemon, PATH, Some((header, secret)), HANGUP).await.status;
    assert_eq!(status("x-segredo", "outro").await, 200);
    assert_eq!(status("x-cbis-secret", "foobaz").await, 200);
    assert_eq!(status("x-segredo", "foobaz").await, 401);
    assert_eq!(status("x-cbis-secret", "outro").await, 401);
    let of_b = daemon.get("/api/v1/companies/company_2/events").await;
    assert_eq!((of_b["items"].as_array().map(Vec::len), events(&daemon).await.len()), (Some(1), 1));

    let own = source["path"].as_str().expect("a path");
    assert_eq!(post(&daemon, own, Some(("X-Segredo", "outro")), HANGUP).await.status, 200);
    assert_eq!(post(&daemon, own, Some(("x-cbis-secret", "foobaz")), HANGUP).await.status, 401);

    // A new name holds at once, and the secret stays.
    let id = source["id"].as_str().expect("an id");
    let renamed = json!({ "secret_header": "X-Novo", "version": source["version"] });
    must(&daemon, "PATCH", &format!("/api/v1/sources/{id}"), renamed, 200).await;
    assert_eq!((status("x-segredo", "outro").await, status("x-novo", "outro").await), (401, 200));
    daemon.stop().await;
}

/// A secret that is not given is made, and shown once.
#[tokio::test]
async fn a_secret_is_made_where_none_is_given() {
    let home = Home::new("").await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "A" })).await;
    let source =
        created(&daemon, "/api/v1/companies/company_1/sources", json!({ "provider": "colmeia" })).await;
    let secret = source["token"].as_str().expect("it is shown");
    assert!(secret.len() >= 32, "{source}");
    assert_eq!(post(&daemon, PATH, Some(("x-cbis-secret", secret)), HANGUP).await.status, 200);
    daemon.stop().await;
}
