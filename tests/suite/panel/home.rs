//! Início over HTTP: it claims no more than is so.

use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::support::daemon::Home;

#[tokio::test]
async fn all_is_well_only_where_events_come_and_go_on() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let made = async |path: &str, body| {
        let (status, view) = daemon.call("POST", path, Some(body)).await;
        assert_eq!(status, 201, "{view}");
        view["id"].as_str().expect("an id").to_owned()
    };
    let said = async |text: &str| {
        let page = visitor.get("/").await.body;
        assert!(page.contains(text), "{text} is missing: {page}");
        assert_eq!(page.contains("Tudo está chegando"), text.starts_with("Tudo"), "{page}");
    };
    let company = made("/api/v1/companies", json!({ "name": "Uma" })).await;
    said("1 sem fonte").await;
    let door = json!({ "provider": "tellicon", "token": "aB3dE5gH7jK9mN1pQ3sT5vX7", "connect": true });
    let source = made(&format!("/api/v1/companies/{company}/sources"), door).await;
    daemon.until(&format!("/api/v1/sources/{source}/status"), |status| status["state"] == "connected").await;
    said("1 sem webhook").await;
    let webhook = json!({ "name": "CRM", "url": "http://127.0.0.1:9/", "events": ["*"] });
    made(&format!("/api/v1/companies/{company}/webhooks"), webhook).await;
    said("Tudo está chegando e sendo entregue.").await;
    let (status, _) = daemon.call("POST", &format!("/api/v1/sources/{source}/disconnect"), None).await;
    assert_eq!(status, 202);
    daemon.until(&format!("/api/v1/sources/{source}/status"), |status| status["state"] == "stopped").await;
    said("1 desconectada por alguém").await;
    daemon.stop().await;
}
