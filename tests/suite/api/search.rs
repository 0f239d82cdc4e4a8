//! The search for everything: what is in hand, found among what the key may see.

use serde_json::{Value, json};

use super::access::with_key;
use super::{SETTINGS, created, key};
use crate::support::daemon::Home;

#[tokio::test]
async fn a_key_finds_what_it_may_see_and_nothing_else() {
    let home = Home::new(SETTINGS).await;
    let scoped = key(&home, &["--role", "reader", "--company", "company_2"]).await;
    let daemon = home.start().await;
    for name in ["Casa Verde", "Casa Azul"] {
        let company = created(&daemon, "/api/v1/companies", json!({ "name": name })).await;
        let path = format!("/api/v1/companies/{}/webhooks", company["id"].as_str().expect("an id"));
        let url = format!("https://{}.example/", name.replace(' ', "-").to_lowercase());
        created(&daemon, &path, json!({ "name": "Casa de máquinas", "url": url, "events": ["*"] })).await;
    }
    let ids = |found: &Value| -> Vec<String> {
        let items = found["items"].as_array().expect("a list").iter();
        items.map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    };
    let all = daemon.get("/api/v1/search?q=casa").await;
    assert_eq!(ids(&all), ["company_2", "company_1", "webhook_1", "webhook_2"]);
    let first = json!({ "kind": "company", "id": "company_2", "name": "Casa Azul", "company_id": "company_2",
        "company_name": "Casa Azul" });
    assert_eq!(all["items"][0], first);
    assert_eq!(ids(&daemon.get("/api/v1/search?q=MAQUINAS%20roxo").await), Vec::<String>::new());
    assert_eq!(ids(&daemon.get("/api/v1/search?q=MAQUINAS%20casa-verde").await), ["webhook_1"]);
    let few = with_key(&daemon, &scoped, "GET", "/api/v1/search?q=casa", "").await;
    assert_eq!((few.status, ids(&few.body)), (200, vec!["company_2".to_owned(), "webhook_2".to_owned()]));
    for wrong in ["", "?q=", "?q=%20", "?q=a%0Ab", &format!("?q={}", "a".repeat(121)), "?q=a&p=1"] {
        let (status, body) = daemon.call("GET", &format!("/api/v1/search{wrong}"), None).await;
        assert_eq!(status, 422, "{wrong}: {body}");
    }
    daemon.stop().await;
}
