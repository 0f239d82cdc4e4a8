//! What 3C Plus's guide prints of a delivery, in what the running program delivers.

use serde_json::{Value, json};

use super::{Customer, SETTINGS, created};
use crate::support::daemon::Home;
use crate::support::node::Node;

const TOKEN: &str = "rRrXgD1oKpQvT6sYb0uW2eZc4fHj8lNaMi5k3x4c";

/// npm's server says itself what the socket is called. The first company and the first webhook are others, so that no number is
/// right by accident.
#[tokio::test]
async fn a_delivery_says_what_the_guide_prints_and_authorizes_itself_only_when_told_to() {
    let mut server = Node::start("socketio_server.mjs", &json!({})).await;
    let port = server.hear("listening").await["port"].as_u64().expect("a port");
    let (plain, keyed) = (Customer::start(&[]).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for name in ["Outra", "Uma"] {
        created(&daemon, "/api/v1/companies", json!({ "name": name })).await;
    }
    let hooks = "/api/v1/companies/company_2/webhooks";
    let with_token =
        json!({ "name": "CRM", "url": keyed.url, "events": ["*"], "bearer": "token_de_entrada" });
    assert_eq!(created(&daemon, hooks, with_token).await["id"], "webhook_1");
    let without = json!({ "name": "Simples", "url": plain.url, "events": ["*"] });
    assert_eq!(created(&daemon, hooks, without).await["id"], "webhook_2");
    let source = json!({ "provider": "threecplus", "account": "42", "token": TOKEN,
        "socket_url": format!("http://127.0.0.1:{port}"), "connect": true });
    created(&daemon, "/api/v1/companies/company_2/sources", source).await;
    let socket = server.hear("connected").await["sid"].clone();
    daemon.until("/api/v1/sources/source_1/status", |status| status["state"] == "connected").await;

    let said = json!({ "agent": { "id": 17, "name": "Marina Prado" } });
    server.order(json!({ "do": "emit", "name": "agent-is-idle", "args": [said] })).await;
    for (customer, webhook, authorization) in
        [(&plain, "webhook_2", None), (&keyed, "webhook_1", Some("Bearer token_de_entrada"))]
    {
        customer.accepted(1).await;
        let request = &customer.receiver.recorded()[0];
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let at = &body["meta"]["received_at"];
        let is_printed = |at: &str| at.len() == 24 && at.ends_with('Z');
        assert!(at.as_str().is_some_and(is_printed), "{body}");
        let meta = json!({ "socketId": socket, "token_mask": "rRrX…3x4c", "received_at": at,
            "source": "webhook-proxy-3c-plus", "webhook_id": webhook, "company_id": "company_2",
            "event_id": "evt_2_1", "seq": 1 });
        assert_eq!(body, json!({ "event": "agent-is-idle", "payload": said, "meta": meta }));
        let shown = request.headers.get("authorization").map(|value| value.to_str().expect("text"));
        assert_eq!(shown, authorization, "{webhook}");
    }
    daemon.stop().await;
}
