//! What is known of a door: when something last came by it, and that it takes nothing.

use serde_json::{Value, json};

use super::doors::{PUSH, TOKEN, post, with_door};
use super::{SETTINGS, must};
use crate::support::daemon::Home;

#[tokio::test]
async fn a_door_remembers_its_last_event_over_restarts_in_which_nothing_comes() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let source = with_door(&daemon).await;
    let path = format!("/api/v1/sources/{}/status", source["id"].as_str().unwrap());
    assert_eq!(daemon.get(&path).await["unused"], true);
    assert!(post(&daemon.base, "/eventTellicon", TOKEN, PUSH).await.status < 300);
    let last = daemon.get(&path).await["last_event_at"].clone();
    assert!(last.is_string(), "{last}");
    let mut daemon = daemon;
    for _ in 0..2 {
        daemon.stop().await;
        daemon = home.start().await;
        let status = daemon.until(&path, |status| status["state"] == "connected").await;
        assert_eq!((&status["last_event_at"], status.get("unused")), (&last, None), "{status}");
    }
    let asked = must(&daemon, "POST", &path.replace("/status", "/disconnect"), json!({}), 202).await;
    assert_eq!(asked["wanted"], false, "{asked}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_door_that_takes_nothing_is_an_incident_until_it_takes_something() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let source = with_door(&daemon).await;
    for _ in 0..3 {
        assert_eq!(post(&daemon.base, "/eventTellicon", "another-token", PUSH).await.status, 401);
    }
    let any = |page: &Value| page["items"][0]["id"].is_string();
    let open = daemon.until("/api/v1/incidents", any).await["items"][0].clone();
    assert_eq!((&open["kind"], &open["cost"]), (&json!("door_refuses"), &json!("losing")), "{open}");
    assert_eq!((&open["source_id"], &open["amount"]), (&source["id"], &json!(3)), "{open}");
    assert!(open["sentence"].as_str().unwrap().contains("HTTP 401"), "{open}");
    assert!(post(&daemon.base, "/eventTellicon", TOKEN, PUSH).await.status < 300);
    daemon.until("/api/v1/incidents", |page| page["items"] == json!([])).await;
    daemon.stop().await;
}
