//! Contact points over HTTP: made, changed, tested, deleted, and whose they are.

use serde_json::{Value, json};

use super::{SETTINGS, key, must};
use crate::alerting::published;
use crate::alerting::service::{Said, Service};
use crate::support::daemon::{Daemon, Home};

const PATH: &str = "/api/v1/contact-points";
const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

fn faults(refused: &Value) -> Vec<(&str, &str)> {
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().len();
    let errors = refused["errors"].as_array().map_or(&[][..], Vec::as_slice);
    assert!(errors.iter().all(|error| text(&error["message"]) > 0), "{refused}");
    errors.iter().map(|it| (it["field"].as_str().unwrap_or(""), it["code"].as_str().unwrap_or(""))).collect()
}

fn path_of(point: &Value) -> String {
    format!("{PATH}/{}", point["id"].as_str().expect("an id"))
}

/// A request with a key of its own.
async fn ask(daemon: &Daemon, key: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let authorization = format!("Bearer {key}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let answer = super::send(method, &format!("{}{path}", daemon.base), &headers, &body).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn each_service_asks_for_its_own_and_nothing_secret_is_shown_again() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for (wrong, wanted) in [
        (json!({}), vec![("name", "missing"), ("kind", "missing")]),
        (json!({ "name": "a", "kind": "pager" }), vec![("kind", "not_one_of")]),
        (json!({ "name": "a", "kind": "email", "to": ["a@b.co", "Ana"] }), vec![("to[1]", "not_an_email")]),
        (
            json!({ "name": "a", "kind": "telegram", "token": "x", "chat": "ana" }),
            vec![("token", "not_a_bot_token"), ("chat", "not_a_chat")],
        ),
        (
            json!({ "name": "a", "kind": "slack", "url": "http://10.0.0.1/x" }),
            vec![("url", "url_not_permitted")],
        ),
        (
            json!({ "name": "a", "kind": "webhook", "url": "https://u:p@a.example/", "chat": "1" }),
            vec![("chat", "unknown_field"), ("url", "url_userinfo")],
        ),
        (
            json!({ "name": "a", "kind": "webhook", "url": "https://a.example/", "secret": "whsec_!" }),
            vec![("secret", "secret_shape")],
        ),
        (
            json!({ "name": "a", "kind": "slack", "url": "https://a.example/", "company_id": "x" }),
            vec![("company_id", "malformed")],
        ),
    ] {
        let refused = must(&daemon, "POST", PATH, wrong.clone(), 422).await;
        assert_eq!(faults(&refused), wanted, "{wrong}");
    }
    assert_eq!(daemon.get(PATH).await["items"], json!([]), "nothing was made");

    let slack = json!({ "name": "#telefonia", "kind": "slack", "lang": "en", "url": "http://127.0.0.1:9/services/T/B/of-twenty-chars?x=also-secret" });
    let slack = must(&daemon, "POST", PATH, slack, 201).await;
    assert_eq!((&slack["url"], &slack["lang"]), (&json!("http://127.0.0.1:9/…"), &json!("en")));
    let robot =
        json!({ "name": "Plantão", "kind": "telegram", "token": TOKEN, "chat": "-100123", "thread": 5 });
    let robot = must(&daemon, "POST", PATH, robot, 201).await;
    assert_eq!((&robot["token_mask"], &robot["lang"]), (&json!("1102…Dsaw"), &json!("pt-BR")));
    let own =
        json!({ "name": "Monitor", "kind": "webhook", "url": "https://a.example/x?code=of-twenty-chars" });
    let own = must(&daemon, "POST", PATH, own, 201).await;
    let secret = own["secret"].as_str().expect("made, and shown once").to_owned();
    assert!(secret.starts_with("whsec_"), "{own}");
    let mail = json!({ "name": "Caixa", "kind": "email", "to": ["a@b.co", "c@d.co", "a@b.co"] });
    let mail = must(&daemon, "POST", PATH, mail, 201).await;
    assert_eq!(mail["to"], json!(["a@b.co", "c@d.co"]), "an address is told once");

    // What comes back as it was shown is what is stored; the service and whose it is do not change.
    let same = json!({ "name": "#plantão", "url": slack["url"], "version": 1 });
    let saved = must(&daemon, "PATCH", &path_of(&slack), same, 200).await;
    assert_eq!((&saved["name"], &saved["version"]), (&json!("#plantão"), &json!(2)));
    let moved = json!({ "chat": "@plantao_jatoba", "thread": null });
    let moved = must(&daemon, "PATCH", &path_of(&robot), moved, 200).await;
    assert_eq!((&moved["thread"], &moved["token_mask"]), (&Value::Null, &robot["token_mask"]));
    let kind = must(&daemon, "PATCH", &path_of(&robot), json!({ "kind": "slack" }), 422).await;
    assert_eq!(faults(&kind), [("kind", "not_one_of")]);
    must(&daemon, "PATCH", &path_of(&slack), json!({ "name": "x", "version": 1 }), 409).await;

    let all = daemon.get(PATH).await.to_string();
    let first = daemon.get(&format!("{PATH}?limit=2")).await;
    let next = first["next"].as_str().expect("there are more");
    let rest = daemon.get(&format!("{PATH}?limit=2&cursor={next}")).await;
    assert_eq!(
        (first["items"].as_array().map(Vec::len), rest["items"].as_array().map(Vec::len)),
        (Some(2), Some(2))
    );
    let log = daemon.get("/api/v1/audit?action=contact_point").await.to_string();
    assert!(log.contains("contact_point.create") && log.contains("contact_point.update"), "{log}");
    assert_eq!(daemon.call("DELETE", &path_of(&mail), None).await.0, 204);
    assert_eq!(daemon.call("GET", &path_of(&mail), None).await.0, 404);
    let lines = daemon.stop().await;
    for secret in ["of-twenty-chars", "also-secret", "AAHdqT", &secret[6..]] {
        for told in [&all, &log, &lines] {
            assert!(!told.contains(secret), "{secret} is in {told}");
        }
    }
}

#[tokio::test]
async fn a_test_shows_the_exchange_and_is_remembered() {
    let service = Service::start(published::slack, (200, "ok")).await;
    let telegram = Service::start(published::telegram, (200, r#"{"ok":true,"result":{}}"#)).await;
    let settings = format!("{SETTINGS}[telegram]\napi_url = \"{}\"\n", telegram.base);
    let home = Home::new(&settings).await;
    let daemon = home.start().await;
    let url = format!("{}/services/T/B/of-twenty-chars", service.base);
    let slack = must(&daemon, "POST", PATH, json!({ "name": "a", "kind": "slack", "url": url }), 201).await;
    let test = format!("{}/test", path_of(&slack));
    let tried = must(&daemon, "POST", &test, json!({}), 200).await;
    assert_eq!(
        (&tried["taken"], &tried["status"], &tried["answer_body"]),
        (&json!(true), &json!(200), &json!("ok"))
    );
    assert!(
        tried["request_body"].as_str().is_some_and(|body| body.contains("os alertas do Ramal chegam aqui")),
        "{tried}"
    );
    assert!(!tried.to_string().contains("of-twenty"), "{tried}");
    assert_eq!(service.got().len(), 1);
    let last = daemon.get(&path_of(&slack)).await["last"].clone();
    assert_eq!((&last["taken"], last.get("error")), (&json!(true), None));

    service.say(Said { status: 404, retry_after: None, body: "no_service" });
    let tried = must(&daemon, "POST", &test, json!({}), 200).await;
    assert_eq!(
        (&tried["taken"], &tried["error"], &tried["answer_body"]),
        (&json!(false), &json!("http:404"), &json!("no_service"))
    );
    let last = daemon.get(&path_of(&slack)).await["last"].clone();
    assert_eq!((&last["taken"], &last["error"]), (&json!(false), &json!("http:404")));
    assert_eq!(last["message"], "O destino respondeu HTTP 404.");

    let robot = json!({ "name": "b", "kind": "telegram", "token": TOKEN, "chat": "-5" });
    let robot = must(&daemon, "POST", PATH, robot, 201).await;
    let tried = must(&daemon, "POST", &format!("{}/test", path_of(&robot)), json!({}), 200).await;
    assert_eq!(tried["taken"], true, "{tried}");
    assert_eq!(telegram.got()[0].uri, format!("/bot{TOKEN}/sendMessage"));

    let mail =
        must(&daemon, "POST", PATH, json!({ "name": "c", "kind": "email", "to": ["a@b.co"] }), 201).await;
    let tried = must(&daemon, "POST", &format!("{}/test", path_of(&mail)), json!({}), 200).await;
    assert_eq!((&tried["taken"], &tried["error"]), (&json!(false), &json!("no_mail_server")));
    let log = daemon.get("/api/v1/audit?action=contact_point.test").await;
    assert_eq!(log["items"].as_array().map(Vec::len), Some(4));
    daemon.stop().await;
}

#[tokio::test]
async fn those_of_the_installation_are_for_who_sees_all_of_it() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for name in ["Uma", "Outra"] {
        must(&daemon, "POST", "/api/v1/companies", json!({ "name": name }), 201).await;
    }
    let point = |company: Option<&str>| json!({ "name": "a", "kind": "email", "to": ["a@b.co"], "company_id": company });
    let all = must(&daemon, "POST", PATH, point(None), 201).await;
    let one = must(&daemon, "POST", PATH, point(Some("company_1")), 201).await;
    let other = must(&daemon, "POST", PATH, point(Some("company_2")), 201).await;
    must(&daemon, "POST", PATH, point(Some("company_9")), 404).await;
    let change = must(&daemon, "PATCH", &path_of(&one), json!({ "company_id": "company_2" }), 422).await;
    assert_eq!(faults(&change), [("company_id", "not_one_of")]);
    let of_company = daemon.get(&format!("{PATH}?company=company_1")).await;
    assert_eq!(of_company["items"].as_array().map(Vec::len), Some(1));

    let administrator = key(&home, &["--role", "administrator", "--company", "company_1"]).await;
    let operator = key(&home, &["--role", "operator", "--company", "company_1"]).await;
    let reader = key(&home, &["--role", "reader"]).await;
    let (_, seen) = ask(&daemon, &administrator, "GET", PATH, None).await;
    let ids: Vec<_> = seen["items"].as_array().expect("a list").iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, [one["id"].clone()]);
    for hidden in [&all, &other] {
        for method in ["GET", "PATCH", "DELETE"] {
            let body = (method == "PATCH").then(|| json!({ "name": "x" }));
            assert_eq!(ask(&daemon, &administrator, method, &path_of(hidden), body).await.0, 404);
        }
        let test = format!("{}/test", path_of(hidden));
        assert_eq!(ask(&daemon, &administrator, "POST", &test, None).await.0, 404);
    }
    assert_eq!(ask(&daemon, &administrator, "POST", PATH, Some(point(None))).await.0, 403);
    assert_eq!(ask(&daemon, &administrator, "POST", PATH, Some(point(Some("company_2")))).await.0, 404);
    assert_eq!(ask(&daemon, &administrator, "POST", PATH, Some(point(Some("company_1")))).await.0, 201);
    let rename = Some(json!({ "name": "x" }));
    assert_eq!(ask(&daemon, &administrator, "PATCH", &path_of(&one), rename.clone()).await.0, 200);
    assert_eq!(ask(&daemon, &operator, "PATCH", &path_of(&one), rename).await.0, 403);
    assert_eq!(ask(&daemon, &operator, "POST", &format!("{}/test", path_of(&one)), None).await.0, 200);
    assert_eq!(ask(&daemon, &reader, "POST", &format!("{}/test", path_of(&one)), None).await.0, 403);
    assert_eq!(ask(&daemon, &reader, "GET", &path_of(&all), None).await.0, 200);

    // With its company a contact point goes too.
    assert_eq!(daemon.call("DELETE", "/api/v1/companies/company_2", None).await.0, 204);
    assert_eq!(daemon.call("GET", &path_of(&other), None).await.0, 404);
    daemon.stop().await;
}
