//! API keys made, listed and revoked over the API; and the audit log, in which every change stands.

use serde_json::{Value, json};

use super::{Answer, SETTINGS, created, key, must, send};
use crate::support::daemon::{Daemon, Home};

async fn with_key(daemon: &Daemon, key: &Value, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", key.as_str().expect("a key"));
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(method, &format!("{}{path}", daemon.base), &[("authorization", &bearer)], &body).await
}

fn texts<'a>(page: &'a Value, field: &str) -> Vec<&'a str> {
    let items = page["items"].as_array().expect("a page");
    items.iter().map(|item| item[field].as_str().unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_key_is_shown_once_works_until_it_is_revoked_and_stays_listed() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let input = json!({
        "name": "CRM", "role": "operator", "companies": ["company_1"], "expires_at": "2999-01-01T00:00:00Z",
    });
    let made = created(&daemon, "/api/v1/api-keys", input).await;
    let secret = made["key"].clone();
    assert_eq!((&made["state"], &made["role"]), (&json!("active"), &json!("operator")));
    assert_eq!(
        (&made["companies"], &made["expires_at"]),
        (&json!(["company_1"]), &json!("2999-01-01T00:00:00.000Z"))
    );
    assert!(secret.as_str().unwrap().starts_with(made["prefix"].as_str().unwrap()), "{made}");
    assert_eq!(
        with_key(&daemon, &secret, "GET", "/api/v1/companies/company_1", &Value::Null).await.status,
        200
    );

    let one = format!("/api/v1/api-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(daemon.get(&one).await["key"], Value::Null);
    let used = daemon.until(&one, |view| view["last_used_at"].is_string()).await;
    assert_eq!(used["name"], "CRM");
    let first = daemon.get("/api/v1/api-keys?limit=1").await;
    let second =
        daemon.get(&format!("/api/v1/api-keys?limit=1&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((texts(&first, "name"), texts(&second, "name")), (vec!["test"], vec!["CRM"]));
    assert_eq!(second["next"], Value::Null);

    for _ in 0..2 {
        let view = must(&daemon, "POST", &format!("{one}/revoke"), json!({}), 200).await;
        assert_eq!(view["state"], "revoked");
    }
    assert_eq!(
        with_key(&daemon, &secret, "GET", "/api/v1/companies/company_1", &Value::Null).await.status,
        401
    );
    assert_eq!(texts(&daemon.get("/api/v1/api-keys").await, "state"), ["active", "revoked"]);
    let revoked = daemon.get("/api/v1/audit?action=api_key.revoke").await;
    assert_eq!(
        texts(&revoked, "target"),
        [made["id"].as_str().unwrap()],
        "once, for once it changed something"
    );
    must(&daemon, "POST", "/api/v1/api-keys/key_99/revoke", json!({}), 404).await;
    assert!(!daemon.stop().await.contains(secret.as_str().unwrap()), "the key stands in the log");
}

#[tokio::test]
async fn a_wrong_key_is_refused_field_by_field() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let input = json!({ "role": "dono", "companies": ["company_9", "x"], "expires_at": "amanhã" });
    let refused = must(&daemon, "POST", "/api/v1/api-keys", input, 422).await;
    let faults: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
    assert_eq!(faults, ["/name", "/role", "/companies/1", "/expires_at"]);
    let input = json!({ "name": "N", "role": "reader", "companies": ["company_9"], "expires_at": "2001-01-01T00:00:00Z" });
    let refused = must(&daemon, "POST", "/api/v1/api-keys", input, 422).await;
    let faults: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|fault| &fault["code"]).collect();
    assert_eq!(faults, ["no_such", "past"]);
    assert_eq!(texts(&daemon.get("/api/v1/api-keys").await, "name"), ["test"]);
    daemon.stop().await;
}

#[tokio::test]
async fn nobody_reaches_further_through_a_key_than_by_themselves() {
    let home = Home::new(SETTINGS).await;
    let scoped = json!(key(&home, &["--role", "administrator", "--company", "company_2"]).await);
    let daemon = home.start().await;
    for name in ["Uma", "Outra"] {
        created(&daemon, "/api/v1/companies", json!({ "name": name })).await;
    }
    let make = async |companies: Value| {
        let mut input = json!({ "name": "N", "role": "administrator" });
        if !companies.is_null() {
            input["companies"] = companies;
        }
        with_key(&daemon, &scoped, "POST", "/api/v1/api-keys", &input).await
    };
    assert_eq!(make(Value::Null).await.faults(), [("companies", "missing")]);
    assert_eq!(make(json!(["company_1", "company_2"])).await.faults(), [("companies[0]", "no_such")]);
    assert_eq!(make(json!(["company_2"])).await.status, 201);
    let seen = with_key(&daemon, &scoped, "GET", "/api/v1/api-keys", &Value::Null).await;
    assert_eq!(texts(&seen.body, "name"), ["other", "N"]);
    let other = with_key(&daemon, &scoped, "POST", "/api/v1/api-keys/key_1/revoke", &Value::Null).await;
    assert_eq!(other.status, 404, "the administrator's key is not theirs to revoke");

    let log = with_key(&daemon, &scoped, "GET", "/api/v1/audit", &Value::Null).await;
    assert_eq!(texts(&log.body, "company_id"), ["company_2"], "{}", log.body);
    let foreign = with_key(&daemon, &scoped, "GET", "/api/v1/audit?company=company_1", &Value::Null).await;
    assert_eq!(foreign.status, 404);
    daemon.stop().await;
}

#[tokio::test]
async fn the_audit_log_is_paged_and_filtered_by_who_what_whom_and_when() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let middle = jiff::Timestamp::now();
    for name in ["Duas", "Três"] {
        must(&daemon, "PATCH", "/api/v1/companies/company_1", json!({ "name": name }), 200).await;
    }
    let log = daemon.get("/api/v1/audit").await;
    let actions = ["company.update", "company.update", "company.create", "api_key.create"];
    assert_eq!(texts(&log, "action"), actions);
    let newest = &log["items"][0];
    assert_eq!(newest["detail"], json!({ "before": "Duas", "after": "Três" }));
    assert_eq!((&newest["actor"], &newest["address"]), (&json!("api-key:1 test"), &json!("127.0.0.1")));
    for (query, found) in [
        ("actor=api-key:1".to_owned(), 3),
        ("actor=command%20line".to_owned(), 1),
        ("action=company".to_owned(), 3),
        ("action=company.update".to_owned(), 2),
        ("target=key_1".to_owned(), 1),
        ("company=company_1&action=company.create".to_owned(), 1),
        (format!("from={middle}"), 2),
        (format!("to={middle}"), 2),
        (format!("from={middle}&to={middle}"), 0),
    ] {
        let page = daemon.get(&format!("/api/v1/audit?{query}")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{query}: {page}");
    }
    let (mut cursor, mut paged) = (String::new(), Vec::new());
    loop {
        let page = daemon.get(&format!("/api/v1/audit?limit=3{cursor}")).await;
        paged.extend(texts(&page, "action").into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, actions);
    let refused = must(&daemon, "GET", "/api/v1/audit?company=x&from=ontem", json!({}), 422).await;
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][1]["field"]),
        (&json!("company"), &json!("from"))
    );
    daemon.stop().await;
}
