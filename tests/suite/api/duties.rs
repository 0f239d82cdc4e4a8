//! What runs in the background, as the API and the metrics tell it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{SETTINGS, created, key, send};
use crate::support::daemon::{Daemon, Home};

/// On SQLite; a PostgreSQL server looks after its own log and disk.
const NAMES: [&str; 17] = [
    "database-hold",
    "checkpoint",
    "indexer",
    "calls",
    "agents",
    "routing",
    "retention",
    "reconciliation",
    "source-status",
    "rates",
    "series",
    "actions",
    "ringing",
    "disk",
    "decisions",
    "incidents",
    "alerts",
];

fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|duty| duty[field].as_str().expect("a text")).collect()
}

async fn ask(daemon: &Daemon, key: &str, lang: &str) -> (u16, Value) {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("accept-language", lang)];
    let answer = send("GET", &format!("{}/api/v1/duties", daemon.base), &headers, "").await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn every_duty_is_listed_with_words_of_its_own_in_both_languages() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let mut said = BTreeSet::new();
    for lang in ["pt-BR", "en"] {
        let (status, list) = ask(&daemon, &home.api_key, lang).await;
        assert_eq!((status, texts(&list, "name")), (200, NAMES.to_vec()), "{list}");
        for field in ["title", "description"] {
            let words = texts(&list, field);
            assert!(words.iter().all(|words| !NAMES.contains(words)), "{lang} {field}: {words:?}");
            said.extend(words.into_iter().map(str::to_owned));
        }
    }
    assert_eq!(said.len(), 4 * NAMES.len(), "none says what another one says: {said:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_duty_tells_what_it_does_and_what_came_of_it() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for name in ["Uma", "Duas"] {
        created(&daemon, "/api/v1/companies", json!({ "name": name })).await;
    }
    let one = |list: &Value, name: &str| {
        let items = list["items"].as_array().expect("a list");
        items.iter().find(|duty| duty["name"] == name).expect("it is listed").clone()
    };
    let work = |list: &Value| one(list, "reconciliation")["last_work"].clone();
    let runs = |list: &Value| one(list, "reconciliation")["runs"].as_u64().expect("a number");
    // Each of the two has asked for a pass, which may not have begun.
    let before = runs(&daemon.get("/api/v1/duties").await);
    let list = daemon.until("/api/v1/duties", |list| runs(list) >= before + 2).await;
    let settled = runs(&list);
    let (pass, taken_over) = (one(&list, "reconciliation"), work(&list));
    assert_eq!((&taken_over["what"], &pass["period_ms"]), (&json!("changes"), &json!(5_000)));
    let list = daemon.until("/api/v1/duties", |list| runs(list) > settled).await;
    assert_eq!(work(&list), taken_over, "a pass that finds nothing to do is no work");
    let looked = |list: &Value| one(list, "disk")["runs"].as_u64() >= Some(1);
    let list = daemon.until("/api/v1/duties", looked).await;
    for duty in list["items"].as_array().expect("a list") {
        assert_eq!((&duty["failures"], &duty["panics"]), (&json!(0), &json!(0)), "{duty}");
        let woken = duty["name"] == "checkpoint";
        assert_eq!(duty["period_ms"].is_null(), woken, "{duty}");
        match duty["state"].as_str() {
            Some("waiting") => assert_eq!(duty["next_run_at"].is_null(), woken, "{duty}"),
            Some("running") => assert!(duty["running_since"].is_string(), "{duty}"),
            other => panic!("{other:?}: {duty}"),
        }
        if let Some(run) = duty["last_run"].as_object() {
            assert!(run["began_at"].as_str() <= run["ended_at"].as_str(), "{duty}");
            assert_eq!(run["outcome"], "well", "{duty}");
        }
        assert_eq!(duty["last_run"].is_null(), duty["runs"] == 0, "{duty}");
    }
    let metrics = daemon.get("/metrics").await.as_str().expect("text").to_owned();
    for name in NAMES {
        for metric in ["ramal_duty_runs_total", "ramal_duty_failures_total", "ramal_duty_panics_total"] {
            assert!(
                metrics.contains(&format!(r#"{metric}{{duty="{name}"}} "#)),
                "{metric} of {name}: {metrics}"
            );
        }
    }
    assert!(metrics.contains(r#"ramal_duty_last_run_timestamp_seconds{duty="disk"} "#), "{metrics}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_runs_is_shown_to_administrators_of_all_companies_only() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let operator = key(&home, &["--role", "operator"]).await;
    let of_one = key(&home, &["--role", "administrator", "--company", "company_1"]).await;
    assert_eq!(ask(&daemon, &operator, "en").await.0, 403);
    assert_eq!(ask(&daemon, &of_one, "en").await.0, 403);
    assert_eq!(ask(&daemon, "rml_none", "en").await.0, 401);
    daemon.stop().await;
}
