//! Secrets in forms: what is asked for again, what is hidden, and what becomes of keys whose maker is gone.

use serde_json::json;

use super::{SETTINGS, Visitor, version_of};
use crate::api::Customer;
use crate::support::daemon::{Daemon, Home};

const CODE: &str = "codigo-Gh72kLm39Q";
const EDIT: &str = "/companies/company_1/webhooks/webhook_1/edit";

async fn made(daemon: &Daemon, path: &str, body: serde_json::Value) {
    let (status, view) = daemon.call("POST", path, Some(body)).await;
    assert_eq!(status, 201, "{view}");
}

/// How many lines the audit log has of an action.
async fn lines(daemon: &Daemon, action: &str) -> usize {
    let (_, log) = daemon.call("GET", &format!("/api/v1/audit?action={action}&limit=1000"), None).await;
    log["items"].as_array().expect("lines").len()
}

#[tokio::test]
async fn a_form_asks_again_for_what_would_go_to_another_server() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let (customer, visitor) = (Customer::start(&[]).await, Visitor::first(&daemon).await);
    made(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let webhook = json!({ "name": "CRM", "url": format!("{}?code={CODE}", customer.url), "events": ["*"],
        "bearer": "portador-kX82mLq01z", "headers": { "X-Chave": "cabecalho-Zt55yPw93b" } });
    made(&daemon, "/api/v1/companies/company_1/webhooks", webhook).await;
    let pages = ["", "/edit", "/secret", "/deliveries", "/verify"];
    for page in pages.map(|page| format!("/companies/company_1/webhooks/webhook_1{page}")) {
        let page = visitor.get(&page).await.body;
        assert!(!page.contains(CODE), "{page}");
    }
    let form = visitor.get(EDIT).await.body;
    let shown = format!("{}?code=…", customer.url);
    assert!(form.contains(&format!(r#"value="{shown}""#)), "{form}");
    let version = version_of(&form).to_owned();
    let typed = |url: &'static str| {
        vec![("name", "CRM"), ("url", url), ("event", "*"), ("ordered", "on"), ("keep_header", "X-Chave")]
    };
    let with_version = |mut form: Vec<(&'static str, &'static str)>| {
        form.push(("version", Box::leak(version.clone().into_boxed_str())));
        form
    };
    let moved = visitor.post(EDIT, &with_version(typed("https://example.com/hook"))).await;
    assert_eq!(moved.status, 422);
    for field in ["bearer-error", "headers-error"] {
        assert!(moved.body.contains(field), "{field}: {}", moved.body);
    }
    let hidden = visitor.post(EDIT, &with_version(typed("https://example.com/hook?code=…"))).await;
    assert!(hidden.status == 422 && hidden.body.contains("url-error"), "{}", hidden.body);
    // The same address as it was shown changes nothing of it.
    let back: &'static str = Box::leak(shown.into_boxed_str());
    assert_eq!(visitor.post(EDIT, &with_version(typed(back))).await.status, 303);
    let secret = "/companies/company_1/webhooks/webhook_1/secret";
    let new = "/companies/company_1/webhooks/new";
    let own = [("name", "Outra"), ("url", "https://example.com/"), ("event", "*"), ("secret", "whsec_abc!")];
    let refused = visitor.post(new, &own).await;
    assert!(refused.status == 422 && refused.body.contains("secret-error"), "{}", refused.body);
    let own = [own[0], own[1], own[2], ("secret", "whsec_QQ=="), ("sign", "on")];
    assert_eq!(visitor.post(new, &own).await.status, 303, "a secret that was brought is not shown again");
    for unusable in ["whsec_abc!", "v1,whsec_QQ==", "whsec_"] {
        let refused = visitor.post(secret, &[("secret", unusable), ("overlap_hours", "0")]).await;
        assert!(refused.status == 422 && refused.body.contains("secret-error"), "{unusable}");
    }
    let hint = visitor.get(secret).await.body;
    assert!(hint.contains("whsec_") && hint.contains("Standard Webhooks"), "{hint}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_trial_shows_a_stored_token_to_nobody_else_and_is_written_down() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    made(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let source =
        json!({ "provider": "threecplus", "token": "t".repeat(40), "socket_url": "http://127.0.0.1:9" });
    made(&daemon, "/api/v1/companies/company_1/sources", source).await;
    // Whoever listens here would be shown the token.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let elsewhere = format!("http://{}", listener.local_addr().expect("bound"));
    let path = "/companies/try-connection?source=source_1";
    let form = |url: &str, token: &str| {
        [("account", "1"), ("cluster", "other"), ("socket_url", url), ("token", token)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let blank = form(&elsewhere, "");
    let pairs: Vec<_> = blank.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let told = visitor.post(path, &pairs).await;
    assert!(told.body.contains("#token"), "it leads to the token: {}", told.body);
    let nobody = tokio::time::timeout(std::time::Duration::from_millis(300), listener.accept()).await;
    assert!(nobody.is_err(), "a connection was made");
    assert_eq!(lines(&daemon, "source.try").await, 0);
    let stored = form("http://127.0.0.1:9", "");
    let pairs: Vec<_> = stored.iter().map(|(name, value)| (*name, value.as_str())).collect();
    visitor.post(path, &pairs).await;
    assert_eq!(lines(&daemon, "source.try").await, 1);
    visitor.get("/companies/company_1/diagnosis").await;
    visitor.post("/companies/company_1/diagnosis", &[]).await;
    assert!(lines(&daemon, "company.diagnose").await >= 1);
    daemon.stop().await;
}

#[tokio::test]
async fn no_field_of_a_secret_invites_the_saved_password() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    made(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let source = json!({ "provider": "threecplus", "token": "t".repeat(40) });
    made(&daemon, "/api/v1/companies/company_1/sources", source).await;
    let webhook = json!({ "name": "CRM", "url": "http://127.0.0.1:9/", "events": ["*"], "secret": "abc" });
    made(&daemon, "/api/v1/companies/company_1/webhooks", webhook).await;
    for page in [
        "/companies/new",
        "/companies/company_1/sources/new",
        "/companies/company_1/sources/source_1",
        "/companies/company_1/webhooks/new",
        EDIT,
        "/companies/company_1/webhooks/webhook_1/secret",
        "/users/new",
        "/account",
    ] {
        let body = visitor.get(page).await.body;
        for field in body.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            if field.contains(r#"type="password""#) && !field.contains(r#"name="current""#) {
                assert!(field.contains(r#"autocomplete="new-password""#), "{page}: {field}");
            }
        }
    }
    daemon.stop().await;
}

#[tokio::test]
async fn keys_whose_maker_is_gone_are_shown_and_offered_for_revocation() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let mut keys = Vec::new();
    for (n, name) in ["Bia", "Caio"].into_iter().enumerate() {
        let login = format!("{}@exemplo.com", name.to_lowercase());
        let form = [("name", name), ("login", &login), ("role", "administrator"), ("scope", "all")];
        let page = owner.once("/users", &form).await;
        let password = page.body.split(r#"id="secret">"#).nth(1).and_then(|rest| rest.split('<').next());
        let password = password.expect("a password").to_owned();
        let visitor = Visitor::new(&daemon);
        let entered = visitor.post("/sign-in", &[("login", login.as_str()), ("password", &password)]).await;
        assert_eq!(entered.status, 303, "{}", entered.body);
        let new = format!("uma senha bem longa {n}");
        // Until then no other page is theirs.
        let page = visitor.get("/account/password").await.body;
        let token = page.split(r#"name="_csrf" value=""#).nth(1).and_then(|rest| rest.split('"').next());
        let change =
            [("_csrf", token.expect("a token")), ("current", &password), ("new", &new), ("again", &new)];
        let changed = visitor.post_from("/account/password", &change, &[("origin", &daemon.base)]).await;
        assert_eq!(changed.status, 303, "{}", changed.body);
        let named = format!("Chave de {name}");
        let form =
            [("name", named.as_str()), ("role", "administrator"), ("scope", "all"), ("expires_at", "")];
        let made = visitor.once("/api-keys", &form).await;
        let key = made.body.split("rml_").nth(1).expect("a key");
        keys.push(format!("rml_{}", key.chars().take_while(char::is_ascii_alphanumeric).collect::<String>()));
    }
    let opens = async |key: &str| {
        let request = owner.client.get(format!("{}/api/v1/companies", daemon.base)).bearer_auth(key);
        request.send().await.expect("an answer").status().as_u16() == 200
    };
    let state = async |name: &str| {
        let (_, page) = daemon.call("GET", "/api/v1/api-keys", None).await;
        let keys = page["items"].as_array().expect("keys").clone();
        let key = keys.into_iter().find(|key| key["name"] == name).expect("the key");
        (key["state"].clone(), key["created_by_state"].clone())
    };
    assert_eq!(state("Chave de Bia").await, (json!("active"), json!("active")));
    assert_eq!(state("test").await.1, json!(null), "the command line is nobody");

    // Left as they are, they go on working, and it is seen.
    let asked = owner.get("/users/user_2/disable").await.body;
    assert!(asked.contains("Chave de Bia") && asked.contains("revoke_keys"), "{asked}");
    assert_eq!(owner.post("/users/user_2/disable", &[]).await.to(), "/users");
    assert_eq!(state("Chave de Bia").await, (json!("active"), json!("disabled")));
    assert!(opens(&keys[0]).await);
    let listed = owner.get("/api-keys").await.body;
    assert!(listed.contains("Quem a criou está desativado") && listed.contains("Bia"), "{listed}");

    let asked = owner.get("/users/user_3/delete").await.body;
    assert!(asked.contains("Chave de Caio") && !asked.contains("Chave de Bia"), "{asked}");
    let gone = owner.post("/users/user_3/delete", &[("name", "Caio"), ("revoke_keys", "on")]).await;
    assert_eq!(gone.to(), "/users");
    assert_eq!(state("Chave de Caio").await, (json!("revoked"), json!("deleted")));
    assert!(!opens(&keys[1]).await);
    // Who is made less than their key.
    owner.post("/users/user_2/enable", &[]).await;
    let reader = [("name", "Bia"), ("login", "bia@exemplo.com"), ("role", "reader"), ("scope", "all")];
    assert_eq!(owner.post("/users/user_2", &reader).await.status, 303);
    assert_eq!(state("Chave de Bia").await.1, json!("restricted"));
    daemon.stop().await;
}
