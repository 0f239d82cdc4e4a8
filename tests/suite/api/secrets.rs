//! Secrets of webhooks and sources: one that is saved can be used, and none goes to a place that it was not typed for.

use std::fs;

use ramal::domain::{Timestamp, WebhookId};
use ramal::store::{SigningSecret, Store, StoreOptions};
use serde_json::{Value, json};
use sqlx::Connection;
use tokio::io::AsyncWriteExt;

use super::{Company, Customer, Provider, SETTINGS, created, must};
use crate::support::daemon::{Daemon, Home};
use crate::support::tcp_server::{TcpServer, read_request};

/// As people paste them: none of these can sign.
const UNUSABLE: [&str; 8] = [
    "whsec_not!base64",
    "whsec_-_-_9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_",
    "whsec_==",
    "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"",
    "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_abc def",
];

/// The fields that a refusal names.
fn fields(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().unwrap_or_default()).collect()
}

async fn refused(daemon: &Daemon, method: &str, path: &str, body: Value, wanted: &[&str]) {
    let before = daemon.get("/api/v1/audit").await["items"].clone();
    let (status, answer) = daemon.call(method, path, Some(body.clone())).await;
    assert_eq!((status, fields(&answer)), (422, wanted.to_vec()), "{body}: {answer}");
    assert_eq!(daemon.get("/api/v1/audit").await["items"], before, "{body} changed something");
}

async fn one_company(daemon: &Daemon) {
    created(daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
}

fn database(home: &Home) -> String {
    format!("sqlite://{}", home.path().join("data/ramal.db").display())
}

async fn execute(home: &Home, sql: &str) {
    let mut sqlite = sqlx::SqliteConnection::connect(&database(home)).await.expect("a connection");
    sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut sqlite).await.expect("executes");
    sqlite.close().await.expect("closes");
}

#[tokio::test]
async fn a_secret_that_cannot_sign_is_saved_by_no_door() {
    let (home, customer) = (Home::new(SETTINGS).await, Customer::start(&[]).await);
    let daemon = home.start().await;
    one_company(&daemon).await;
    let webhooks = "/api/v1/companies/company_1/webhooks";
    let webhook = json!({ "name": "Boa", "url": customer.url, "events": ["*"], "secret": "um-segredo-bom" });
    created(&daemon, webhooks, webhook.clone()).await;
    for secret in UNUSABLE {
        let mut new = webhook.clone();
        new["name"] = json!("Outra");
        new["secret"] = json!(secret);
        refused(&daemon, "POST", webhooks, new, &["secret"]).await;
        refused(&daemon, "PATCH", "/api/v1/webhooks/webhook_1", json!({ "secret": secret }), &["secret"])
            .await;
        let rotation = json!({ "secret": secret });
        refused(&daemon, "POST", "/api/v1/webhooks/webhook_1/rotate-secret", rotation, &["secret"]).await;
    }
    for bearer in ["Bearer ", "Authorization: Bearer", "a\u{7f}b"] {
        refused(&daemon, "PATCH", "/api/v1/webhooks/webhook_1", json!({ "bearer": bearer }), &["bearer"])
            .await;
    }
    daemon.stop().await;
    for secret in UNUSABLE {
        let webhook = format!(
            "[[company.webhook]]\nname = \"Do arquivo\"\nurl = \"{}\"\nsecret = {secret:?}\n",
            customer.url
        );
        home.write_settings(&format!("{SETTINGS}[[company]]\nname = \"Uma\"\n{webhook}"));
        let output = home.command(&["serve"]).output().await.expect("the program runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{secret}: {told}");
        assert!(told.contains("company[1].webhook[1].secret") && !told.contains("MfKQ"), "{told}");
    }
}

#[tokio::test]
async fn what_is_stored_and_cannot_be_used_is_told_with_its_field() {
    let (home, customer) = (Home::new(SETTINGS).await, Customer::start(&[]).await);
    let daemon = home.start().await;
    one_company(&daemon).await;
    let webhook = json!({ "name": "Boa", "url": customer.url, "events": ["*"], "secret": "um-segredo-bom" });
    created(&daemon, "/api/v1/companies/company_1/webhooks", webhook).await;
    daemon.stop().await;
    // As an older program has saved it.
    let (store, mut writer) =
        Store::open(&database(&home), StoreOptions::default()).await.expect("the store opens");
    let version = store.webhook(WebhookId(1)).await.expect("reads").expect("is there").version;
    let mut credentials = store.credentials(WebhookId(1)).await.expect("credentials");
    credentials.signing = vec![SigningSecret { secret: "whsec_not!base64".into(), not_after: None }];
    let mut tx = writer.begin().await.expect("begins");
    tx.save_credentials(WebhookId(1), version, &credentials, Timestamp::now()).await.expect("saves");
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");

    let daemon = home.start().await;
    let status =
        daemon.until("/api/v1/webhooks/webhook_1/status", |status| status["health"] == "failing").await;
    let sentence = status["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("“secret”") && sentence.contains("whsec_"), "{sentence}");
    let attention = daemon.get("/api/v1/attention").await;
    let alert = &attention["items"][0];
    assert_eq!(alert["kind"], "webhook_not_started", "{attention}");
    assert!(alert["sentence"].as_str().expect("a sentence").contains("“secret”"), "{attention}");
    let (status, test) = daemon.call("POST", "/api/v1/webhooks/webhook_1/test", Some(json!({}))).await;
    assert_eq!((status, fields(&test)), (422, vec!["secret"]), "{test}");
    // Another secret mends it, though the old one would be kept beside it for a while.
    must(&daemon, "POST", "/api/v1/webhooks/webhook_1/rotate-secret", json!({}), 200).await;
    daemon.until("/api/v1/webhooks/webhook_1/status", |status| status["health"] == "healthy").await;
    daemon.stop().await;
}

#[tokio::test]
async fn nothing_stored_goes_to_another_server_without_being_typed_again() {
    let (home, provider, elsewhere) =
        (Home::new(SETTINGS).await, Provider::start(1).await, Provider::start(1).await);
    let (customer, other) = (Customer::start(&[]).await, Customer::start(&[]).await);
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let (hook, source) = (company.hook(""), format!("/api/v1/sources/{}", company.source));
    let secrets = json!({ "bearer": "portador-kX82mLq01z", "secret": "assinatura-Qw81tGh20d",
        "headers": { "X-Chave": "cabecalho-Zt55yPw93b" } });
    must(&daemon, "PATCH", &hook, secrets, 200).await;
    let all = ["bearer", "headers.X-Chave"];
    refused(&daemon, "PATCH", &hook, json!({ "url": other.url }), &all).await;
    let same_host = customer.url.replace("http://", "https://");
    refused(&daemon, "PATCH", &hook, json!({ "url": same_host }), &all).await;
    refused(&daemon, "PATCH", &hook, json!({ "url": other.url, "headers": {} }), &["bearer"]).await;
    refused(&daemon, "PATCH", &source, json!({ "socket_url": elsewhere.url() }), &["token"]).await;
    assert_eq!(other.receiver.stats().accepted, 0);

    // Another path is no other server; and what is typed, or taken away, does not follow by itself.
    let path = customer.url.replace("/webhook", "/outro");
    must(&daemon, "PATCH", &hook, json!({ "url": path }), 200).await;
    let typed = json!({ "url": other.url, "bearer": null, "headers": { "X-Nova": "1" } });
    let moved = must(&daemon, "PATCH", &hook, typed, 200).await;
    assert_eq!((&moved["bearer_mask"], &moved["headers"]), (&Value::Null, &json!({ "X-Nova": "…" })));
    assert_eq!(moved["secret_masks"].as_array().map(Vec::len), Some(1), "the signing secret is never sent");
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    other.accepted(1).await;
    let sent = other.receiver.recorded();
    let shown = format!("{:?}", sent[0].headers);
    assert!(
        !shown.contains("portador") && !shown.contains("cabecalho") && shown.contains("x-nova"),
        "{shown}"
    );
    let token = ramal::simulator::threecplus::Account::numbered(1).token;
    must(&daemon, "PATCH", &source, json!({ "socket_url": elsewhere.url(), "token": token }), 200).await;
    company.line_is(&daemon, "connected").await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_changed_address_of_the_settings_file_takes_nothing_along_that_the_file_does_not_say() {
    let (customer, other, provider) =
        (Customer::start(&[]).await, Customer::start(&[]).await, Provider::start(1).await);
    let token = ramal::simulator::threecplus::Account::numbered(1).token;
    let settings = |url: &str, more: &str| {
        format!(
            "{SETTINGS}[[company]]\nname = \"Uma\"\n[company.threecplus]\ntoken = \"{token}\"\nsocket_url = \"{}\"\n\
             [[company.webhook]]\nname = \"Do arquivo\"\nurl = \"{url}\"\n{more}",
            provider.url()
        )
    };
    let secrets = "bearer = \"portador-kX82mLq01z\"\nheaders = { \"X-Chave\" = \"cabecalho-Zt55yPw93b\" }\n";
    let home = Home::new(&settings(&customer.url, secrets)).await;
    home.start().await.stop().await;
    home.write_settings(&settings(&format!("{}?code=novo", other.url), ""));
    let daemon = home.start().await;
    daemon.until("/api/v1/sources/source_1/status", |status| status["state"] == "connected").await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    other.accepted(1).await;
    let sent = format!("{:?}", other.receiver.recorded());
    assert!(
        !sent.contains("portador") && !sent.contains("cabecalho") && sent.contains("code=novo"),
        "{sent}"
    );
    daemon.stop().await;
    // The same settings again change nothing.
    let daemon = home.start().await;
    let lines = daemon.get("/api/v1/audit?action=webhook.update").await;
    assert_eq!(lines["items"].as_array().map(Vec::len), Some(1), "{lines}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_socket_address_is_judged_when_it_is_saved() {
    let home = Home::new("").await;
    let daemon = home.start().await;
    one_company(&daemon).await;
    let sources = "/api/v1/companies/company_1/sources";
    let source = |url: &str| json!({ "provider": "threecplus", "token": "t".repeat(40), "socket_url": url });
    for inside in [
        "http://127.0.0.1:9",
        "wss://10.0.0.1",
        "ws://[::1]:80/x",
        "https://169.254.169.254",
        "http://2130706433",
    ] {
        refused(&daemon, "POST", sources, source(inside), &["socket_url"]).await;
    }
    let made = created(&daemon, sources, source("https://socket.3c.plus")).await;
    let path = format!("/api/v1/sources/{}", made["id"].as_str().expect("an id"));
    let change = json!({ "socket_url": "http://127.0.0.1:9", "token": "t".repeat(40) });
    refused(&daemon, "PATCH", &path, change, &["socket_url"]).await;
    daemon.stop().await;
    let threecplus = "[company.threecplus]\ntoken = \"tttttttttt\"\nsocket_url = \"http://127.0.0.1:9\"\n";
    home.write_settings(&format!("[[company]]\nname = \"Do arquivo\"\n{threecplus}"));
    let output = home.command(&["serve"]).output().await.expect("the program runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("socket_url"), "{told}");
}

#[tokio::test]
async fn keys_in_an_address_are_sealed_and_shown_to_nobody() {
    const CODE: &str = "codigo-Gh72kLm39Q";
    let settings = format!("[log]\nlevel = \"debug\"\nevent_lines = true\n{SETTINGS}");
    let (home, provider) = (Home::new(&settings).await, Provider::start(1).await);
    let customer = Customer::start(&[]).await;
    let daemon = home.start().await;
    let whole = format!("{}?api-version=1&code={CODE}", customer.url);
    let company = Company::create(&daemon, &provider, 1, &whole, &["*"]).await;
    let view = daemon.get(&company.hook("")).await;
    let shown = format!("{}?api-version=…&code=…", customer.url);
    assert_eq!(view["url"], shown);
    // What was shown comes back unchanged, in a change of something else.
    let same =
        must(&daemon, "PATCH", &company.hook(""), json!({ "url": shown, "concurrency": 3 }), 200).await;
    assert_eq!((&same["url"], &same["concurrency"]), (&json!(shown), &json!(3)));
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    customer.accepted(1).await;
    let sent = customer.receiver.recorded();
    assert_eq!(sent[0].uri.query(), Some(format!("api-version=1&code={CODE}").as_str()));
    // The request of a test is shown whole, each value masked where it stands.
    let test = must(&daemon, "POST", &company.hook("/test"), json!({}), 200).await;
    assert_eq!(test["url"], format!("{}?api-version=***&code=***", customer.url));
    let mut seen = vec![("a test".to_owned(), test.to_string())];
    for path in [
        company.hook(""),
        company.hook("/status"),
        company.hook("/deliveries"),
        format!("/api/v1/companies/{}/webhooks", company.id),
        "/api/v1/audit?limit=1000".to_owned(),
        "/api/v1/attention".to_owned(),
        format!("/api/v1/events/{}/deliveries", company.event(1)),
    ] {
        seen.push((path.clone(), daemon.get(&path).await.to_string()));
    }
    // A hidden value that nothing stands behind is refused, and so is one at another server.
    let other = shown.replace("code=", "outro=");
    refused(&daemon, "PATCH", &company.hook(""), json!({ "url": other }), &["url"]).await;
    let elsewhere = json!({ "url": "https://example.com/?code=…" });
    refused(&daemon, "PATCH", &company.hook(""), elsewhere, &["url"]).await;
    seen.push(("the log".to_owned(), daemon.stop().await));
    for (place, text) in &seen {
        assert!(!text.contains(CODE), "{place} says it: {text}");
    }
    for file in fs::read_dir(home.path().join("data")).expect("the database's folder") {
        let path = file.expect("an entry").path();
        let bytes = fs::read(&path).expect("readable");
        let holds = bytes.windows(CODE.len()).any(|part| part == CODE.as_bytes());
        assert!(!holds, "{} holds it", path.display());
    }
    // An older program would send to what is shown: it may not open this database.
    let mut sqlite = sqlx::SqliteConnection::connect(&database(&home)).await.expect("a connection");
    let (from,): (i64,) =
        sqlx::query_as("SELECT compatible_from FROM schema").fetch_one(&mut sqlite).await.expect("a row");
    assert!(from >= 5, "{from}");
}

#[tokio::test]
async fn addresses_of_an_older_program_are_sealed_at_the_next_start() {
    const CODE: &str = "codigo-Gh72kLm39Q";
    let (home, provider, customer) =
        (Home::new(SETTINGS).await, Provider::start(1).await, Customer::start(&[]).await);
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    must(&daemon, "PATCH", &company.hook(""), json!({ "bearer": "portador-kX82mLq01z" }), 200).await;
    daemon.stop().await;
    let whole = format!("{}?code={CODE}", customer.url);
    for sql in [
        format!("UPDATE webhooks SET settings = replace(settings, '{}', '{whole}')", customer.url),
        format!("UPDATE audit SET detail = replace(detail, '{}', '{whole}')", customer.url),
        "DELETE FROM chores".to_owned(),
        // More lines than one transaction takes.
        "INSERT INTO audit (at, actor, action, detail) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
         WHERE i < 450) SELECT at, actor, action, detail FROM audit, n WHERE action = 'webhook.create'"
            .to_owned(),
    ] {
        execute(&home, &sql).await;
    }
    let daemon = home.start().await;
    company.line_is(&daemon, "connected").await;
    assert_eq!(daemon.get(&company.hook("")).await["url"], format!("{}?code=…", customer.url));
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    customer.accepted(1).await;
    let sent = customer.receiver.recorded();
    assert_eq!(sent[0].uri.query(), Some(format!("code={CODE}").as_str()));
    assert!(format!("{:?}", sent[0].headers.get("authorization")).contains("portador"), "the rest is kept");
    let audit = daemon.get("/api/v1/audit?limit=1000").await.to_string();
    assert!(!audit.contains(CODE) && audit.contains("?code=…"), "{audit}");
    daemon.stop().await;
    let mut db = sqlx::SqliteConnection::connect(&database(&home)).await.expect("a connection");
    let lines =
        format!("SELECT count(*) FROM audit WHERE action = 'webhook.create' AND detail LIKE '%{CODE}%'");
    let left: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(lines)).fetch_one(&mut db).await.expect("counts");
    assert_eq!(left, 0, "in every page");
}

/// Answers every request with a redirect that repeats the address, and a page that repeats the headers.
async fn parrot() -> String {
    let repeat = async |request: axum::extract::Request| {
        let uri = request.uri().clone();
        let headers = [("location", format!("https://parrot.example{uri}"))];
        (axum::http::StatusCode::MOVED_PERMANENTLY, headers, format!("{uri} {:?}", request.headers()))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let app = axum::Router::new().fallback(repeat);
    tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    format!("http://{address}/hook")
}

#[tokio::test]
async fn an_answer_that_repeats_what_was_sent_shows_no_secret_of_it() {
    const SECRETS: [&str; 3] = ["codigo-Gh72kLm39Q", "portador-kX82mLq01z", "cabecalho-Zt55yPw93b"];
    let (home, provider) = (Home::new(SETTINGS).await, Provider::start(1).await);
    let daemon = home.start().await;
    let url = format!("{}?code={}", parrot().await, SECRETS[0]);
    let company = Company::create(&daemon, &provider, 1, &url, &["*"]).await;
    let more = json!({ "bearer": SECRETS[1], "headers": { "X-Chave": SECRETS[2] } });
    must(&daemon, "PATCH", &company.hook(""), more, 200).await;
    let trial = must(&daemon, "POST", &company.hook("/test"), json!({}), 200).await;
    let location = trial["answer_headers"]["location"].as_str().expect("a place");
    assert!(location.ends_with("/hook?code=…"), "{location}");
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    company.head_is(&daemon, 1).await;
    let of_first = format!("/api/v1/events/{}/deliveries", company.event(1));
    let answered = |fates: &Value| fates[0]["attempts_made"][0]["answer"].is_string();
    let fates = daemon.until(&of_first, answered).await;
    let answer = fates[0]["attempts_made"][0]["answer"].as_str().expect("an answer");
    assert!(answer.contains("/hook?code=…"), "{answer}");
    for secret in SECRETS {
        assert!(
            !trial.to_string().contains(secret) && !fates.to_string().contains(secret),
            "{trial} {fates}"
        );
    }
    daemon.stop().await;
}

/// Until `open` says so, requests are answered that an hour has to pass first.
async fn patient(open: impl Fn(&str) -> bool + Clone + Send + Sync + 'static) -> TcpServer {
    TcpServer::start(move |_, mut stream| {
        let open = open.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await? {
                let answer = if open(&request.head) {
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                } else {
                    "HTTP/1.1 429 No\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
                };
                stream.write_all(answer.as_bytes()).await?;
            }
            Ok(())
        }
    })
    .await
}

/// What the receiver asked of the old key does not bind the new one, though the address looks the same.
#[tokio::test]
async fn other_credentials_are_tried_at_once() {
    let server =
        patient(|head| head.contains("?code=novo") || head.contains("Authorization: Bearer novo")).await;
    let url = format!("http://{}/", server.address);
    for change in [json!({ "url": format!("{url}?code=novo") }), json!({ "bearer": "novo" })] {
        let (home, provider) = (Home::new(SETTINGS).await, Provider::start(1).await);
        let daemon = home.start().await;
        let company = Company::create(&daemon, &provider, 1, &format!("{url}?code=velho"), &["*"]).await;
        provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
        daemon.until(&company.hook("/status"), |status| status["last_failure_at"].is_string()).await;
        provider.emit(1, "agent-is-idle", &json!({ "n": 2 }));
        company.head_is(&daemon, 2).await;
        must(&daemon, "PATCH", &company.hook(""), change, 200).await;
        daemon.until(&company.hook("/status"), |status| status["backlog"] == 0 && status["head"] == 2).await;
        daemon.stop().await;
    }
}
