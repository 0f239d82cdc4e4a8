//! Settings with a secret, a choice, a switch and a listener: the same whichever way they are given.

use serde_json::{Value, json};

use crate::api::{created, must};
use crate::panel::Visitor;
use crate::support::daemon::Home;

const SOURCE: &str = "/api/v1/sources/source_1";
const PBX: &str = "http://127.0.0.1:3001/api/client/actions";
const GUARD: &str = "[guard]\nallow = [\"127.0.0.0/8\"]\n[[company]]\nname = \"A\"\n";

#[tokio::test]
async fn the_settings_file_says_them_all() {
    let all = format!(
        "{GUARD}[company.teravoz]\nkey = \"aB3dE5gH\"\nactions_url = \"{PBX}\"\nactions_user = \"ana\"\n\
         actions_password = \"s3nh4-do-pabx-da-casa\"\ndelegate_type = \"delegate\"\nqueue_known = \"910\"\nqueue_new = \"911\"\n\
         route = false\nwebsocket_listen = \"127.0.0.1:4000\"\n"
    );
    let home = Home::new(&all).await;
    let daemon = home.start().await;
    let source = daemon.get(SOURCE).await;
    let wanted = json!({
        "actions_url": PBX, "actions_user": "ana", "delegate_type": "delegate", "queue_known": "910", "queue_new": "911",
        "route": false, "websocket_listen": "127.0.0.1:4000",
    });
    for (field, value) in wanted.as_object().expect("fields") {
        assert_eq!(&source[field], value, "{field}: {source}");
    }
    assert_eq!(source["secret_masks"], json!({ "actions_password": "s3nh…casa" }));
    let log = daemon.stop().await;
    assert!(!log.contains("s3nh4-do-pabx-da-casa"), "{log}");
    // The same again is no change.
    let daemon = home.start().await;
    assert_eq!(daemon.get(SOURCE).await["version"], source["version"]);
    daemon.stop().await;
    let database = std::fs::read(home.path().join("data/ramal.db")).expect("a database");
    assert!(!String::from_utf8_lossy(&database).contains("s3nh4-do-pabx-da-casa"), "it is sealed");
}

#[tokio::test]
async fn the_api_changes_and_clears_them_and_keeps_what_is_absent() {
    let home = Home::new(GUARD).await;
    let daemon = home.start().await;
    let sources = "/api/v1/companies/company_1/sources";
    let made = created(&daemon, sources, json!({ "provider": "teravoz" })).await;
    assert_eq!(
        (&made["queue_known"], &made["queue_new"], &made["route"]),
        (&json!("900"), &json!("901"), &json!(true))
    );
    assert_eq!((&made["actions_url"], &made["delegate_type"]), (&Value::Null, &Value::Null));
    let change = async |change: Value| must(&daemon, "PATCH", SOURCE, change, 200).await;
    let password = json!({ "actions_password": "s3nh4-do-pabx-da-casa" });
    change(json!({ "actions_url": PBX, "actions_user": "ana", "actions_password": "s3nh4-do-pabx-da-casa" }))
        .await;
    let changed = change(json!({ "queue_new": "902", "route": false, "account": "Ramal 1" })).await;
    assert_eq!(
        (&changed["secret_masks"]["actions_password"], &changed["route"]),
        (&json!("s3nh…casa"), &json!(false))
    );
    assert_eq!(change(password).await["version"], changed["version"], "it is the stored one");

    let elsewhere = json!({ "actions_url": "http://127.0.0.2:3001/actions" });
    let refused = must(&daemon, "PATCH", SOURCE, elsewhere.clone(), 422).await;
    assert_eq!(
        refused["errors"][0]["field"], "actions_password",
        "it does not go to another server: {refused}"
    );
    let cleared = change(json!({ "actions_password": "", "queue_new": "", "actions_user": "" })).await;
    assert_eq!((&cleared["secret_masks"], &cleared["queue_new"]), (&Value::Null, &json!("901")));
    change(elsewhere).await;
    for (field, value) in [
        ("delegate_type", json!("dial")),
        ("actions_url", json!("ftp://x.example")),
        ("actions_url", json!("http://10.0.0.1/actions")),
        ("actions_user", json!("a:b")),
        ("websocket_listen", json!("4000")),
        ("token", json!("curta")),
    ] {
        let refused = must(&daemon, "PATCH", SOURCE, json!({ field: value }), 422).await;
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    let (status, wrong) = daemon.call("PATCH", SOURCE, Some(json!({ "route": "talvez" }))).await;
    assert!((400..500).contains(&status), "{wrong}");
    let audit = daemon.get("/api/v1/audit").await.to_string();
    assert!(audit.contains("s3nh…casa") && !audit.contains("s3nh4-do-pabx-da-casa"), "{audit}");
    daemon.stop().await;
}

#[tokio::test]
async fn the_form_fills_in_keeps_and_removes() {
    let home = Home::new(GUARD).await;
    let daemon = home.start().await;
    let ana = Visitor::first(&daemon).await;
    let new = ana.get("/companies/company_1/sources/new").await.body;
    assert!(new.contains("Sem chave a fonte fica aberta") && new.contains("Conforme a URL"), "{new}");
    let ids: Vec<_> = new.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let distinct: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "an id stands twice: {ids:?}");
    let route = |page: &str| {
        page.split("name=\"route\"")
            .nth(1)
            .is_some_and(|rest| rest.split('>').next().unwrap().contains("checked"))
    };
    assert!(route(&new), "calls are routed unless somebody says otherwise");
    let typed = [
        ("provider", "teravoz"),
        ("sent", "1"),
        ("token", "aB3dE5gH"),
        ("actions_url", PBX),
        ("actions_user", "ana"),
        ("actions_password", "s3nh4-do-pabx-da-casa"),
        ("delegate_type", ""),
        ("queue_known", "910"),
        ("queue_new", ""),
    ];
    let made = ana.post("/companies/company_1/sources/new", &typed).await;
    assert_eq!(made.to(), "/companies/company_1");
    let source = daemon.get(SOURCE).await;
    assert_eq!(
        (&source["route"], &source["queue_known"], &source["queue_new"]),
        (&json!(false), &json!("910"), &json!("901"))
    );
    let path = "/companies/company_1/sources/source_1";
    let page = ana.get(path).await.body;
    assert!(page.contains("s3nh…casa") && !page.contains("s3nh4-do-pabx-da-casa") && !route(&page), "{page}");
    assert!(page.contains(PBX) && page.contains("name=\"actions_password_remove\""), "{page}");
    assert!(!page.contains("try-connection"), "there is no connection to try");

    let version = source["version"].to_string();
    let kept = [
        ("sent", "1"),
        ("version", &version),
        ("token", ""),
        ("actions_url", PBX),
        ("actions_user", "ana"),
        ("actions_password", ""),
        ("delegate_type", "delegate"),
        ("queue_known", "900"),
        ("queue_new", "901"),
        ("route", "on"),
    ];
    assert_eq!(ana.post(path, &kept).await.to(), "/companies/company_1");
    let source = daemon.get(SOURCE).await;
    assert_eq!((&source["route"], &source["delegate_type"]), (&json!(true), &json!("delegate")));
    assert_eq!(
        (&source["secret_masks"]["actions_password"], &source["open"]),
        (&json!("s3nh…casa"), &Value::Null)
    );

    let version = source["version"].to_string();
    let mut removed = kept.to_vec();
    removed[1].1 = &version;
    removed.extend([("token_remove", "on"), ("actions_password_remove", "on")]);
    assert_eq!(ana.post(path, &removed).await.to(), "/companies/company_1");
    let source = daemon.get(SOURCE).await;
    assert_eq!((&source["secret_masks"], &source["open"]), (&Value::Null, &json!(true)));
    let wrong = ana
        .post(
            "/companies/company_1/sources/new",
            &[("provider", "teravoz"), ("sent", "1"), ("token", "curta")],
        )
        .await;
    assert!(wrong.body.contains("Uma chave tem de 8 a 64 caracteres"), "{}", wrong.body);
    daemon.stop().await;
}
