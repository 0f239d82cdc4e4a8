//! Contacts over HTTP: one by one, and as a list that spreadsheets write and read.

use serde_json::{Value, json};

use super::{SETTINGS, key, must};
use crate::support::daemon::{Daemon, Home};

async fn company(daemon: &Daemon) -> String {
    let made = must(daemon, "POST", "/api/v1/companies", json!({ "name": "Uma" }), 201).await;
    format!("/api/v1/companies/{}", made["id"].as_str().unwrap())
}

/// Sends a list as text.
async fn put(daemon: &Daemon, key: &str, path: &str, list: &str) -> (u16, Value) {
    let tls = ramal::net::client_config(None).expect("built-in roots").as_ref().clone();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
    let request = client.put(format!("{}{path}", daemon.base)).bearer_auth(key);
    let answer =
        request.header("content-type", "text/csv").body(list.to_owned()).send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn contacts_are_made_changed_and_forgotten() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = company(&daemon).await;
    let path = format!("{company}/contacts");
    let input = json!({ "phone": "(85) 90000-4900", "cpf": "529.982.247-25", "first_name": "Ana" });
    let made = must(&daemon, "POST", &path, input.clone(), 201).await;
    assert_eq!((&made["phone"], &made["cpf"]), (&json!("85900004900"), &json!("52998224725")));
    let taken = must(&daemon, "POST", &path, json!({ "phone": "85900004900" }), 409).await;
    assert_eq!(
        (&taken["errors"][0]["field"], &taken["errors"][0]["code"]),
        (&json!("phone"), &json!("taken"))
    );
    for (wrong, field, code) in [
        (json!({}), "phone", "missing"),
        (json!({ "phone": "ramal 2" }), "phone", "not_a_phone"),
        (json!({ "phone": "1199", "cpf": "52998224724" }), "cpf", "not_a_cpf"),
        (json!({ "phone": "1199", "last_name": "x\u{7}" }), "last_name", "control_characters"),
        (json!({ "phone": "1199", "nome": "x" }), "nome", "unknown_field"),
    ] {
        let refused = must(&daemon, "POST", &path, wrong, 422).await;
        let fault = &refused["errors"][0];
        assert_eq!((fault["field"].as_str(), fault["code"].as_str()), (Some(field), Some(code)), "{refused}");
    }
    let one = format!("/api/v1/contacts/{}", made["id"].as_str().unwrap());
    let changed = must(&daemon, "PATCH", &one, json!({ "last_name": "Souza", "cpf": "" }), 200).await;
    assert_eq!(
        (&changed["first_name"], &changed["last_name"], &changed["cpf"]),
        (&json!("Ana"), &json!("Souza"), &Value::Null)
    );
    let stale = json!({ "first_name": "Bia", "version": 1 });
    must(&daemon, "PATCH", &one, stale, 409).await;
    assert_eq!(daemon.get(&format!("{path}?text=souza")).await["items"].as_array().unwrap().len(), 1);
    assert_eq!(daemon.call("DELETE", &one, None).await.0, 204);
    assert_eq!(daemon.call("GET", &one, None).await.0, 404);
    let log = daemon.get("/api/v1/audit").await.to_string();
    assert!(log.contains("contact.delete"), "{log}");
    assert!(!log.contains("52998224725") && !log.contains("85900004900"), "{log}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_list_goes_in_whole_or_says_what_is_wrong_with_it() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = company(&daemon).await;
    let (path, by) = (format!("{company}/contacts.csv"), key(&home, &[]).await);
    let (status, wrong) = put(&daemon, &by, &path, "telefone,cpf\n1199990000,\n").await;
    assert_eq!(status, 422);
    let places: Vec<_> =
        wrong["errors"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(places[..2], ["line[1].telefone", "line[1].phone"], "{wrong}");
    let list = "phone,cpf\n1199990000,52998224725\n\nramal,\n(11) 9999-0000,1\n";
    let (status, wrong) = put(&daemon, &by, &path, list).await;
    let told: Vec<_> = wrong["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["field"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    assert_eq!(status, 422);
    assert_eq!(
        told,
        [("line[4].phone", "not_a_phone"), ("line[5].cpf", "not_a_cpf"), ("line[5].phone", "twice")]
    );
    let none = daemon.get(&format!("{company}/contacts")).await;
    assert_eq!(none["items"], json!([]), "nothing of it went in");

    // As a spreadsheet in Brazil writes it.
    let list =
        "\u{feff}First_Name;Phone;Last_Name\r\nAna;(11) 9999-0000;\"Souza; Lima\"\r\n=1+1;1188880000;\r\n";
    let (status, done) = put(&daemon, &by, &path, list).await;
    assert_eq!((status, &done), (200, &json!({ "created": 2, "updated": 0, "unchanged": 0 })));
    let (_, done) = put(&daemon, &by, &path, "phone,cpf\n1199990000,529.982.247-25\n1188880000,\n").await;
    assert_eq!(done, json!({ "created": 0, "updated": 1, "unchanged": 1 }));
    let (status, exported) = daemon.call("GET", &path, None).await;
    assert_eq!(status, 200);
    assert_eq!(
        exported.as_str().expect("a text"),
        "phone,cpf,first_name,last_name\n1199990000,52998224725,Ana,Souza; Lima\n1188880000,,'=1+1,\n"
    );
    let many: String =
        std::iter::once("phone\n".to_owned()).chain((0..1_500).map(|n| format!("11{n:08}\n"))).collect();
    let (_, done) = put(&daemon, &by, &path, &many).await;
    assert_eq!(done["created"], json!(1_500));

    // Who may not change them sees no CPF, and takes no list away.
    let reader = key(&home, &["--role", "reader"]).await;
    let with = |path: &str| {
        (format!("{}{path}", daemon.base), [("authorization".to_owned(), format!("Bearer {reader}"))])
    };
    let (url, headers) = with(&format!("{company}/contacts?limit=1"));
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let seen = super::send("GET", &url, &headers, "").await;
    assert_eq!(seen.body["items"][0]["cpf"], json!("*********25"));
    let (url, _) = with(&format!("{company}/contacts?text=529982"));
    assert_eq!(
        super::send("GET", &url, &headers, "").await.body["items"],
        json!([]),
        "nor finds anybody by it"
    );
    assert!(daemon.get("/api/v1/audit?action=contact.export").await["items"][0].is_object());
    let (url, _) = with(&path);
    assert_eq!(super::send("GET", &url, &headers, "").await.status, 403);
    daemon.stop().await;
}
