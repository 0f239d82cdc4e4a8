//! A source of a provider that this version does not serve.

use sqlx::{Connection, SqliteConnection};

use crate::panel::Visitor;
use crate::support::daemon::Home;

/// As a later version may have left it, to which somebody went and came back from.
#[tokio::test]
async fn a_source_of_a_provider_that_is_not_listed_is_told_once_and_stays_in_sight() {
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let daemon = home.start().await;
    daemon.stop().await;
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut database = SqliteConnection::connect(&url).await.expect("the database opens");
    let row = "INSERT INTO sources (company, provider, config, secret_mask, connect, provisioned, version, created_at) \
               VALUES (1, 'of-tomorrow', '{}', '', 1, 0, 1, 1)";
    sqlx::query(row).execute(&mut database).await.expect("a row");
    database.close().await.expect("closes");

    let daemon = home.start().await;
    let source = daemon.get("/api/v1/sources/source_1").await;
    assert_eq!((&source["provider"], &source["status"]["state"]), (&"of-tomorrow".into(), &"stopped".into()));
    let sentence = source["status"]["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("“of-tomorrow”"), "{sentence}");
    let alerts = daemon.get("/api/v1/attention").await;
    let alert = &alerts["items"][0];
    assert_eq!((&alert["kind"], &alert["source_id"]), (&"not_served".into(), &"source_1".into()), "{alerts}");
    let ana = Visitor::first(&daemon).await;
    let page = ana.get("/companies/company_1").await.body;
    assert!(page.contains("“of-tomorrow”"), "{page}");
    let found = ana.post("/companies/company_1/diagnosis", &[]).await.body;
    assert!(found.contains("“of-tomorrow”") && !found.contains("conecte-a para"), "{found}");
    // Each change is a look at what should run.
    for name in ["B", "C", "D"] {
        let (status, body) =
            daemon.call("POST", "/api/v1/companies", Some(serde_json::json!({ "name": name }))).await;
        assert_eq!(status, 201, "{body}");
    }
    let change = Some(serde_json::json!({ "connect": false }));
    assert_eq!(daemon.call("PATCH", "/api/v1/sources/source_1", change).await.0, 422, "it cannot be changed");
    assert_eq!(daemon.call("DELETE", "/api/v1/sources/source_1", None).await.0, 204, "it can be deleted");
    let log = daemon.stop().await;
    assert_eq!(log.matches("this provider is not served by this version").count(), 1, "{log}");
}
