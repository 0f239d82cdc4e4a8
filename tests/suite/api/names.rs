//! Names that differ only in case or in spaces are one name, through whichever door they come.

use serde_json::{Value, json};
use sqlx::Connection;

use super::{SETTINGS, created, must};
use crate::support::daemon::{Daemon, Home};

const COMPANIES: &str = "/api/v1/companies";

fn webhook(name: &str) -> Value {
    json!({ "name": name, "url": "http://127.0.0.1:9/", "events": ["own-type"] })
}

/// Is refused beside the name, and told what the other is called.
async fn is_taken(daemon: &Daemon, method: &str, path: &str, body: Value, existing: &str) {
    let (status, refused) = daemon.call(method, path, Some(body)).await;
    let fault = &refused["errors"][0];
    assert_eq!(
        (status, &fault["field"], &fault["code"]),
        (409, &json!("name"), &json!("taken")),
        "{refused}"
    );
    assert!(fault["message"].as_str().expect("a sentence").ends_with(&format!(": {existing}")), "{refused}");
}

#[tokio::test]
async fn a_name_that_nobody_could_tell_apart_is_refused_and_a_deleted_ones_is_free() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, COMPANIES, json!({ "name": "Minha Ação" })).await;
    created(&daemon, COMPANIES, json!({ "name": "Outra" })).await;
    let (first, second) = ("/api/v1/companies/company_1", "/api/v1/companies/company_2");
    is_taken(&daemon, "POST", COMPANIES, json!({ "name": " MINHA   AÇÃO" }), "Minha Ação").await;
    is_taken(&daemon, "PATCH", second, json!({ "name": "minha ação" }), "Minha Ação").await;
    must(&daemon, "PATCH", first, json!({ "name": "minha ação" }), 200).await;

    let (hooks, others) = (format!("{first}/webhooks"), format!("{second}/webhooks"));
    created(&daemon, &hooks, webhook("CRM")).await;
    created(&daemon, &hooks, webhook("Cobrança")).await;
    is_taken(&daemon, "POST", &hooks, webhook("crm"), "CRM").await;
    is_taken(&daemon, "PATCH", "/api/v1/webhooks/webhook_2", json!({ "name": "Crm" }), "CRM").await;
    must(&daemon, "PATCH", "/api/v1/webhooks/webhook_1", json!({ "name": "Crm" }), 200).await;
    created(&daemon, &others, webhook("CRM")).await;

    must(&daemon, "DELETE", "/api/v1/webhooks/webhook_1", json!({}), 204).await;
    created(&daemon, &hooks, webhook("crm")).await;
    must(&daemon, "DELETE", first, json!({}), 204).await;
    created(&daemon, COMPANIES, json!({ "name": "MINHA AÇÃO" })).await;
    daemon.stop().await;
}

#[tokio::test]
async fn the_settings_find_another_spelling_and_pairs_that_were_there_before_stay() {
    let company = |name: &str, hooks: &[&str]| {
        let hook = |name: &&str| {
            format!(
                "[[company.webhook]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/\"\nevents = [\"*\"]\n"
            )
        };
        format!("[[company]]\nname = \"{name}\"\n{}", hooks.iter().map(hook).collect::<String>())
    };
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, COMPANIES, json!({ "name": "Uma" })).await;
    created(&daemon, "/api/v1/companies/company_1/webhooks", webhook("CRM")).await;
    daemon.stop().await;

    home.write_settings(&format!("{SETTINGS}\n{}", company("UMA", &["crm"])));
    let daemon = home.start().await;
    assert_eq!(daemon.get(COMPANIES).await["items"].as_array().map(Vec::len), Some(1));
    let hooks = daemon.get("/api/v1/companies/company_1/webhooks").await;
    assert_eq!((&hooks[0]["id"], &hooks[0]["name"]), (&json!("webhook_1"), &json!("crm")));
    assert!(hooks[1].is_null(), "{hooks}");
    created(&daemon, COMPANIES, json!({ "name": "Duas" })).await;
    created(&daemon, "/api/v1/companies/company_1/webhooks", webhook("CRM 2")).await;
    daemon.stop().await;

    // What was stored before names were told apart so.
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut sqlite = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    for sql in [
        "UPDATE companies SET name = 'uma' WHERE id = 2",
        "UPDATE webhooks SET settings = replace(settings, '\"CRM 2\"', '\"CRM\"') WHERE id = 2",
    ] {
        sqlx::query(sql).execute(&mut sqlite).await.expect("it is called so");
    }
    sqlite.close().await.expect("closes");
    home.write_settings(&format!("{SETTINGS}\n{}{}", company("uma", &[]), company("Uma", &["CRM", "crm"])));
    let daemon = home.start().await;
    let companies = daemon.get(COMPANIES).await;
    assert_eq!(companies["items"].as_array().map(Vec::len), Some(2), "{companies}");
    let hooks = daemon.get("/api/v1/companies/company_1/webhooks").await;
    let named = |n: usize| (hooks[n]["name"].clone(), hooks[n]["provisioned"].clone());
    assert_eq!((named(0), named(1)), ((json!("crm"), json!(true)), (json!("CRM"), json!(true))), "{hooks}");
    // Whose name does not change is not asked about it.
    let kept = json!({ "name": "CRM", "timeout_seconds": 7 });
    must(&daemon, "PATCH", "/api/v1/webhooks/webhook_2", kept, 200).await;
    daemon.stop().await;

    home.write_settings(&format!("{SETTINGS}\n{}{}", company("Três", &[]), company("TRÊS", &[])));
    let refused = home.command(&["serve"]).output().await.expect("it ran");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(2) && said.contains("company `TRÊS`, name: "), "{said}");
}
