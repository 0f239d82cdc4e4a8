//! What somebody sent when their session had ended: not done, and back in its form once they are in again.

use serde_json::json;
use sqlx::Connection;

use super::{LOGIN, PASSWORD, SETTINGS, Visitor};
use crate::support::daemon::{Daemon, Home};

/// Thirteen hours pass for every browser, while no program runs.
async fn everybody_was_away(home: &Home) {
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut sqlite = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    let sql = "UPDATE signed_in SET seen_at = seen_at - 46800000000";
    sqlx::query(sql).execute(&mut sqlite).await.expect("time passes");
    sqlite.close().await.expect("closes");
}

/// What a page of this browser sends, with the token that stands in the page.
async fn send(visitor: &Visitor, path: &str, token: &str, form: &[(&str, &str)], from: &str) -> String {
    let form = [form, &[("_csrf", token)]].concat();
    let referer = format!("{}{from}", visitor.base);
    let headers =
        [("origin", visitor.base.as_str()), ("sec-fetch-site", "same-origin"), ("referer", &referer)];
    visitor.post_from(path, &form, &headers).await.to().to_owned()
}

/// Where somebody goes on after signing in, as the address of that page says it.
fn back(to: &str) -> String {
    let url = url::Url::parse(&format!("http://x{to}")).expect("an address");
    assert_eq!(url.path(), "/sign-in", "{to}");
    url.query_pairs()
        .find(|(name, _)| name == "back")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

async fn one_of_each(daemon: &Daemon) {
    for (path, body) in [
        ("/api/v1/companies", json!({ "name": "Uma" })),
        (
            "/api/v1/companies/company_1/sources",
            json!({ "provider": "threecplus", "token": "t".repeat(40), "connect": false }),
        ),
        (
            "/api/v1/companies/company_1/webhooks",
            json!({ "name": "CRM", "url": "http://127.0.0.1:9/", "events": ["*"] }),
        ),
    ] {
        let (status, made) = daemon.call("POST", path, Some(body)).await;
        assert_eq!(status, 201, "{made}");
    }
}

#[tokio::test]
async fn what_was_typed_when_a_session_ended_comes_back_and_nothing_of_it_was_done() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let (visitor, base) = (Visitor::first(&daemon).await, daemon.base.clone());
    one_of_each(&daemon).await;
    let token = visitor.token().await;
    daemon.stop().await;
    everybody_was_away(&home).await;
    let daemon = home.start_at(SETTINGS, &base).await;

    let webhook = "/companies/company_1/webhooks/webhook_1";
    let typed = [
        ("name", "Digitado & guardado"),
        ("token", "s3cret-token"),
        ("bearer", "s3cret-bearer"),
        ("url", "https://a.example/?k=s3cret"),
        ("headers", "X-Chave: s3cret"),
        ("login", "bia"),
        ("version", "0"),
    ];
    let forms = [
        ("/companies/new", "/companies/new"),
        ("/companies/company_1/settings", "/companies/company_1/settings"),
        ("/companies/company_1/webhooks/new", "/companies/company_1/webhooks/new"),
        ("/companies/company_1/webhooks/webhook_1/edit", "/companies/company_1/webhooks/webhook_1/edit"),
    ];
    let again = Visitor::new(&daemon);
    for (n, (path, shown_at)) in forms.into_iter().enumerate() {
        let to = send(&visitor, path, &token, &typed, shown_at).await;
        let form = back(&to);
        assert!(form.starts_with(&format!("{shown_at}?typed=")), "{to}");
        let asks = visitor.get(&to).await.body;
        assert!(
            asks.contains("Sua sessão terminou") && asks.contains("o formulário volta preenchido"),
            "{asks}"
        );
        if n == 0 {
            let entered = [("login", LOGIN), ("password", PASSWORD), ("back", form.as_str())];
            assert_eq!(again.post("/sign-in", &entered).await.to(), form);
        }
        for _ in 0..2 {
            let page = again.get(&form).await.body;
            for part in [r#"value="Digitado &#38; guardado""#, "Nada foi executado"] {
                assert!(page.contains(part), "{part}: {page}");
            }
            assert!(!page.contains("s3cret"), "a secret came back: {page}");
        }
    }
    let page = again.get(&back(&send(&visitor, "/companies/new", &token, &typed, "/").await)).await.body;
    assert!(page.contains(r#"id="token-erased""#), "what has to be typed again is said: {page}");
    // What was typed on an older state is not saved over a newer one.
    let page =
        again.get(&back(&send(&visitor, "/companies/company_1/settings", &token, &typed, "/").await)).await;
    assert!(page.body.contains(r#"name="version" value="0""#), "{}", page.body);

    assert_eq!(
        daemon.get("/api/v1/companies").await["items"].as_array().map(Vec::len),
        Some(1),
        "nothing was made"
    );
    assert_eq!(daemon.get("/api/v1/companies/company_1/webhooks").await.as_array().map(Vec::len), Some(1));
    assert_eq!(daemon.get("/api/v1/webhooks/webhook_1").await["name"], "CRM");

    // A button is not kept: one goes back to where it stood, and is told.
    let to = send(&visitor, &format!("{webhook}/pause"), &token, &[("reason", "x")], webhook).await;
    assert_eq!(to, format!("/sign-in?back={}&lost=1", webhook.replace('/', "%2F")));
    assert!(visitor.get(&to).await.body.contains("não foi executado nem guardado"));
    assert_eq!(daemon.get("/api/v1/webhooks/webhook_1").await["state"], "active");
    daemon.stop().await;
}

#[tokio::test]
async fn what_was_typed_is_given_to_nobody_else() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let (ana, base) = (Visitor::first(&daemon).await, daemon.base.clone());
    let bia = [("name", "Bia Lima"), ("login", "bia"), ("role", "administrator"), ("scope", "all")];
    let made = ana.once("/users", &bia).await.body;
    let temporary = made
        .split(r#"<code id="secret">"#)
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .expect("a password");
    let token = ana.token().await;
    daemon.stop().await;
    everybody_was_away(&home).await;
    let daemon = home.start_at(SETTINGS, &base).await;
    let form = back(&send(&ana, "/companies/new", &token, &[("name", "Só de Ana")], "/companies/new").await);
    assert!(form.contains("?typed="), "{form}");

    let other = Visitor::new(&daemon);
    other.post("/sign-in", &[("login", "bia"), ("password", temporary)]).await.to();
    let page = other.get("/account/password").await.body;
    let of_page = page
        .split(r#"name="_csrf" value=""#)
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a token");
    let own = [("_csrf", of_page), ("current", temporary), ("new", PASSWORD), ("again", PASSWORD)];
    other.post_from("/account/password", &own, &[("origin", &daemon.base)]).await.to();
    let shown = other.get(&form).await.body;
    assert!(shown.contains("ou é de outra pessoa") && !shown.contains("Só de Ana"), "{shown}");
    // Nor is anything kept for whoever cannot show whose page it was.
    let stranger = Visitor::new(&daemon);
    let to = send(&stranger, "/companies/new", &token, &[("name", "De ninguém")], "/companies/new").await;
    assert_eq!(to, "/sign-in?back=%2Fcompanies%2Fnew&lost=1");
    // In another form, and under another name, nothing comes back.
    let name = form.split('=').nth(1).expect("a name");
    assert!(ana.post("/sign-in", &[("login", LOGIN), ("password", PASSWORD)]).await.status == 303);
    assert!(ana.get(&form).await.body.contains("Só de Ana"));
    assert!(!ana.get(&format!("/users/new?typed={name}")).await.body.contains("Só de Ana"));
    daemon.stop().await;
}
