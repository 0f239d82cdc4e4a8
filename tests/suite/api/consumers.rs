//! Who makes rows of the journal, as the API tells it; and having them made anew, from there and from the command line.

use ramal::domain::Timestamp;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::{SETTINGS, created, key, send};
use crate::support::daemon::Home;

fn indexer(list: &Value) -> &Value {
    let items = list["items"].as_array().expect("a list");
    items.iter().find(|one| one["name"] == "indexer").expect("it is listed")
}

const EVENTS: i64 = 2_100;

/// Written into the database of a program that does not run.
async fn many_events(home: &Home) {
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut db = SqliteConnection::connect(&url).await.expect("a database");
    let text = format!(
        "INSERT INTO events (company, seq, source, provider, name, received_at, flags, payload) \
         WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < {EVENTS}) \
         SELECT 1, seq, 1, 'threecplus', 'call-was-created', {} + seq, 0, CAST('{{}}' AS BLOB) FROM n; \
         UPDATE heads SET seq = {EVENTS} WHERE company = 1",
        Timestamp::now().0
    );
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut db).await.expect("it is SQL");
    db.close().await.expect("closes");
}

#[tokio::test]
async fn consumers_are_listed_and_their_rows_made_anew() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let list = daemon.get("/api/v1/consumers").await;
    let one = indexer(&list);
    assert_eq!((&one["version"], &one["behind"], one.get("rebuild")), (&json!(1), &json!(0), None), "{list}");
    assert_eq!(one["title"], "Índice de eventos");
    daemon.stop().await;
    many_events(&home).await;
    let daemon = home.start().await;
    let bearer = format!("Bearer {}", home.api_key);
    let headers = [("authorization", bearer.as_str())];
    let ask = async |name: &str| {
        send("POST", &format!("{}/api/v1/consumers/{name}/rebuild", daemon.base), &headers, "").await
    };
    daemon.until("/api/v1/consumers", |list| indexer(list)["behind"] == json!(EVENTS - 2_048)).await;
    let asked = ask("indexer").await;
    assert_eq!((asked.status, &asked.body["name"]), (202, &json!("indexer")));
    assert_eq!(
        asked.body["rebuild"],
        json!({ "companies_left": 1, "events_left": EVENTS }),
        "{}",
        asked.body
    );
    assert_eq!(ask("webhook").await.status, 404);
    let log = daemon.get("/api/v1/audit?action=consumer.rebuild").await;
    let lines = log["items"].as_array().expect("a list");
    assert_eq!((lines.len(), &lines[0]["target"]), (1, &json!("indexer")), "{log}");
    daemon.until("/api/v1/consumers", |list| indexer(list).get("rebuild").is_none()).await;

    let asked = home.command(&["rebuild", "indexer"]).output().await.expect("the program runs");
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(
        asked.status.success() && said.contains("Done: the rows of indexer are the new ones."),
        "{asked:?}"
    );
    let log = daemon.get("/api/v1/audit?action=consumer.rebuild").await;
    assert_eq!(log["items"][0]["actor"], "command line", "{log}");
    daemon.stop().await;
}

#[tokio::test]
async fn only_who_administers_all_companies_sees_consumers() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let id = company["id"].as_str().expect("an id");
    let (operator, of_one) = (["--role", "operator"], ["--role", "administrator", "--company", id]);
    for role in [&operator[..], &of_one] {
        let weak = key(&home, role).await;
        let bearer = format!("Bearer {weak}");
        let headers = [("authorization", bearer.as_str())];
        for (method, path) in [("GET", "consumers"), ("POST", "consumers/indexer/rebuild")] {
            let answer = send(method, &format!("{}/api/v1/{path}", daemon.base), &headers, "").await;
            assert_eq!(answer.status, 403, "{role:?} {method} {path}: {}", answer.body);
        }
    }
    daemon.stop().await;
}
