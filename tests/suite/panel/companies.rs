//! The life of a company over its pages: registered, tried, connected, changed, deleted.

use ramal::simulator::threecplus::{Account, Config, Simulator};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{SETTINGS, Visitor, version_of};
use crate::api::{created, send};
use crate::support::daemon::{Daemon, Home};

/// A provider with this many accounts, where it is, and what ends it.
async fn provider(accounts: u32) -> (String, DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let accounts = (1..=accounts).map(Account::numbered).collect();
    let ended = CancellationToken::new();
    tokio::spawn(Simulator::new(Config::new(accounts, 20.0)).run(listener, ended.clone()));
    (url, ended.drop_guard())
}

/// The one source of a company, over the API.
async fn source(daemon: &Daemon, company: &str) -> String {
    let company = company.trim_start_matches("/companies/");
    let sources = daemon.get(&format!("/api/v1/companies/{company}/sources")).await;
    let listed = sources.as_array().or_else(|| sources["items"].as_array()).expect("a list");
    assert_eq!(listed.len(), 1, "{sources}");
    listed[0]["id"].as_str().expect("an id").to_owned()
}

/// Two people had the form open; the second hears of it, keeps what was typed and may save again: it is *Casa Rosa*.
async fn two_have_the_settings_open(visitor: &Visitor, page: &str) {
    let settings = format!("{page}/settings");
    let opened = version_of(&visitor.get(&settings).await.body).to_owned();
    visitor.post(&settings, &[("name", "Casa Azul"), ("version", &opened)]).await.to();
    let stale = visitor.post(&settings, &[("name", "Casa Rosa"), ("version", &opened)]).await;
    assert_eq!(stale.status, 422);
    for part in [
        "Ana Souza salvou antes de você, em ",
        "Casa Rosa",
        &format!("href=\"{settings}\" target=\"_blank\""),
    ] {
        assert!(stale.body.contains(part), "{part}: {}", stale.body);
    }
    visitor.post(&settings, &[("name", "Casa Rosa"), ("version", version_of(&stale.body))]).await.to();
}

/// *Casa Rosa* is deleted by whoever types its name, and the log of who did what still names it.
async fn it_is_deleted_by_its_name(visitor: &Visitor, page: &str) {
    let delete = format!("{page}/delete");
    let kept = visitor.post(&delete, &[("name", "Casa Azul")]).await;
    assert!(kept.status == 422 && kept.body.contains("confirm-error"), "{}", kept.body);
    assert_eq!(visitor.post(&delete, &[("name", "Casa Rosa")]).await.to(), "/companies");
    assert_eq!(visitor.get(page).await.status, 404);
    let audited = visitor.get("/audit?action=company.delete").await.body;
    assert!(
        audited.contains(&format!(
            r#"<span title="{}">Casa Rosa</span>"#,
            page.trim_start_matches("/companies/")
        )),
        "{audited}"
    );
}

#[tokio::test]
async fn a_company_is_registered_connected_changed_and_deleted() {
    let (url, _ended) = provider(2).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    assert_eq!(visitor.get("/companies/new").await.status, 200);

    let account = Account::numbered(1);
    let number = account.company.to_string();
    let mut form = vec![
        ("sent", "1"),
        ("name", ""),
        ("account", number.as_str()),
        ("token", "curto"),
        ("cluster", "other"),
        ("socket_url", "ftp://errado"),
        ("connect", "on"),
    ];
    let refused = visitor.post("/companies/new", &form).await;
    assert_eq!(refused.status, 422);
    for id in ["name-error", "token-error", "socket_url-error"] {
        assert!(refused.body.contains(&format!(r#"id="{id}""#)), "{id}: {}", refused.body);
    }
    assert!(refused.body.contains(&format!(r#"value="{number}""#)), "{}", refused.body);
    assert!(refused.body.contains("ftp://errado") && !refused.body.contains("curto"), "{}", refused.body);
    let none = daemon.get("/api/v1/companies").await;
    assert_eq!(none["items"], json!([]), "a refused form changes nothing");

    form[1].1 = "Casa Verde";
    form[3].1 = &account.token;
    form[5].1 = &url;
    let tried = visitor.post("/companies/try-connection", &form).await;
    assert!(tried.status == 200 && tried.body.contains("notice ok"), "{}", tried.body);
    let wrong: Vec<_> = form
        .iter()
        .map(|&(name, value)| (name, if name == "token" { "wrong-token" } else { value }))
        .collect();
    let tried = visitor.post("/companies/try-connection", &wrong).await;
    assert!(tried.body.contains("notice bad") && tried.body.contains("Token inválido"), "{}", tried.body);

    let made = visitor.post("/companies/new", &form).await;
    let page = made.to().to_owned();
    let source = source(&daemon, &page).await;
    let status = format!("/api/v1/sources/{source}/status");
    daemon.until(&status, |status| status["state"] == "connected").await;
    let shown = visitor.get(&page).await;
    assert!(shown.body.contains("Casa Verde") && shown.body.contains("Conectado"), "{}", shown.body);
    assert!(shown.body.contains(r#"<rect class="on""#), "{}", shown.body);
    assert!(
        shown.body.contains("Sem quedas desde ") && !shown.body.contains("Últimas 24 h"),
        "{}",
        shown.body
    );
    assert!(!shown.body.contains(account.token.as_str()), "a token is on the page");
    assert!(visitor.get("/companies").await.body.contains(&format!(r#"href="{page}""#)));

    visitor.post(&format!("{page}/sources/{source}/disconnect"), &[]).await.to();
    daemon.until(&status, |status| status["state"] == "stopped").await;
    visitor.post(&format!("{page}/sources/{source}/connect"), &[]).await.to();
    daemon.until(&status, |status| status["state"] == "connected").await;
    let history = visitor.get(&page).await;
    assert!(history.body.contains("a conexão ficou desligada"), "{}", history.body);

    two_have_the_settings_open(&visitor, &page).await;
    it_is_deleted_by_its_name(&visitor, &page).await;
    let log = daemon.stop().await;
    assert!(!log.contains(account.token.as_str()), "a token is in the log");
}

#[tokio::test]
async fn a_source_is_added_changed_and_deleted_and_a_made_token_is_shown_once() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let made = visitor.post("/companies/new", &[("sent", "1"), ("name", "Telefonia Sul")]).await;
    let page = made.to().to_owned();
    assert!(visitor.get(&page).await.body.contains(&format!("{page}/sources/new")));

    let token = "t".repeat(60);
    let form = [("sent", "1"), ("account", "7"), ("token", token.as_str()), ("agent_id", "42")];
    assert_eq!(visitor.post(&format!("{page}/sources/new"), &form).await.to(), page);
    let source = source(&daemon, &page).await;
    let path = format!("{page}/sources/{source}");
    let opened = visitor.get(&path).await;
    assert!(opened.body.contains(r#"value="42""#) && opened.body.contains("tttt…tttt"), "{}", opened.body);
    assert!(!opened.body.contains(&token));
    let wrong = [("account", "8"), ("cluster", "other"), ("socket_url", "não é"), ("agent_id", "43")];
    let refused = visitor.post(&path, &wrong).await;
    assert!(refused.status == 422 && refused.body.contains("socket_url-error"), "{}", refused.body);
    assert!(refused.body.contains("não é") && refused.body.contains(r#"value="43""#), "{}", refused.body);
    let right = [("account", "8"), ("agent_id", ""), ("token_expires_on", "2030-12-31")];
    assert_eq!(visitor.post(&path, &right).await.to(), page);
    let stored = daemon.get(&format!("/api/v1/sources/{source}")).await;
    assert_eq!((&stored["account"], &stored["token_expires_on"]), (&json!("8"), &json!("2030-12-31")));
    assert_eq!(stored["agent_id"], json!(null));
    let late = visitor.post(&path, &[("account", "9"), ("version", "1")]).await;
    assert!(late.status == 422 && late.body.contains("Ana Souza salvou antes de você"), "{}", late.body);
    daemon.call("PATCH", &format!("/api/v1/sources/{source}"), Some(json!({ "account": "10" }))).await;
    let late = visitor.post(&path, &[("account", "9"), ("version", "2")]).await;
    assert!(late.body.contains("A chave de API “"), "{}", late.body);
    // Another company's page leads to no source of this one.
    let other = visitor.post("/companies/new", &[("sent", "1"), ("name", "Outra")]).await.to().to_owned();
    assert_eq!(visitor.get(&format!("{other}/sources/{source}")).await.status, 404);
    assert_eq!(visitor.post(&format!("{other}/sources/{source}/delete"), &[]).await.status, 404);
    assert_eq!(visitor.post(&format!("{path}/delete"), &[]).await.to(), format!("{page}/settings"));

    let issued = visitor.once(&format!("{page}/sources/new"), &[("provider", "tellicon")]).await;
    let token = issued.body.split(r#"id="issued">"#).nth(1).and_then(|rest| rest.split('<').next());
    let token = token.expect("a token").to_owned();
    assert_eq!(token.len(), 24, "{token}");
    for path in [page.clone(), format!("{page}/settings"), "/companies".to_owned()] {
        assert!(!visitor.get(&path).await.body.contains(&token), "{path} shows the token again");
    }
    // Events are counted for the company: what one source brought is not said to be another's.
    let whose = "Eventos da empresa hoje, de todas as fontes";
    assert!(!visitor.get(&page).await.body.contains(whose));
    visitor.post(&format!("{page}/sources/new"), &[("provider", "tellicon")]).await;
    assert_eq!(visitor.get(&page).await.body.matches(whose).count(), 2);
    daemon.stop().await;
}

#[tokio::test]
async fn a_name_in_another_spelling_is_refused_beside_its_field() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let page =
        visitor.post("/companies/new", &[("sent", "1"), ("name", "Minha Empresa")]).await.to().to_owned();
    let token = "t".repeat(60);
    for rest in [&[][..], &[("token", token.as_str())]] {
        let form = [&[("sent", "1"), ("name", "minha  EMPRESA")], rest].concat();
        let refused = visitor.post("/companies/new", &form).await;
        assert_eq!(refused.status, 422);
        for part in
            [r#"id="name-error""#, "Já existe uma empresa com este nome: Minha Empresa", "minha  EMPRESA"]
        {
            assert!(refused.body.contains(part), "{part}: {}", refused.body);
        }
    }
    let new = format!("{page}/webhooks/new");
    let hook = |name| [("name", name), ("url", "http://127.0.0.1:9/"), ("event", "own-type")];
    visitor.post(&new, &hook("CRM")).await.to();
    let refused = visitor.post(&new, &hook("crm")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Esta empresa já tem um webhook com este nome: CRM"), "{}", refused.body);
    daemon.stop().await;
}

#[tokio::test]
async fn a_refused_token_is_mended_from_the_page_that_says_so() {
    let (url, _ended) = provider(2).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let account = Account::numbered(1);
    let number = account.company.to_string();
    let made = [
        ("sent", "1"),
        ("name", "Casa Verde"),
        ("account", number.as_str()),
        ("token", &account.token),
        ("cluster", "other"),
        ("socket_url", &url),
        ("connect", "on"),
    ];
    let page = visitor.post("/companies/new", &made).await.to().to_owned();
    let source = source(&daemon, &page).await;
    let status = format!("/api/v1/sources/{source}/status");
    daemon.until(&status, |status| status["state"] == "connected").await;

    // A token that is refused is mended where it says so; a new one connects by itself.
    let form = format!("{page}/sources/{source}");
    let wrong =
        [("account", number.as_str()), ("token", "wrong-token"), ("cluster", "other"), ("socket_url", &url)];
    assert_eq!(visitor.post(&form, &wrong).await.to(), page);
    assert!(visitor.get(&page).await.body.contains("Salvo. Reconectando"), "what is saved is not said");
    daemon.until(&status, |status| status["state"] == "refused").await;
    let refused = visitor.get(&page).await.body;
    assert!(refused.contains("Ao salvar um token novo, o Ramal conecta sozinho."), "{refused}");
    assert!(refused.contains(&format!(r#"class="btn primary" href="{form}""#)), "{refused}");
    assert!(refused.contains("token gravado (não exibido)"), "{refused}");
    let right =
        wrong.map(|(name, value)| (name, if name == "token" { account.token.as_str() } else { value }));
    visitor.post(&form, &right).await.to();
    daemon.until(&status, |status| status["state"] == "connected").await;
    let mended = visitor.get(&page).await.body;
    assert!(!mended.contains("Corrigir o token"), "{mended}");
    daemon.stop().await;
}

#[tokio::test]
async fn ids_are_digits_and_a_token_does_not_end_in_the_past() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let mut form = vec![
        ("sent", "1"),
        ("name", "Casa"),
        ("token", "3cs_0123456789"),
        ("account", "abc#!"),
        ("agent_id", "xx yy"),
        ("token_expires_on", "2001-01-01"),
    ];
    let refused = visitor.post("/companies/new", &form).await;
    assert_eq!(refused.status, 422);
    for part in ["account-error", "agent_id-error", "Use só números", "Esta data já passou", "token-erased"]
    {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    assert!(refused.body.contains("Nada foi gravado") && !refused.body.contains("3cs_0123456789"));
    // What is said over the form leads to each of them; the first has the focus, and no other.
    for (id, label) in [("account", "ID 3C Plus"), ("agent_id", "ID do agente")] {
        assert!(
            refused.body.contains(&format!(r##"<a href="#{id}">{label}</a>"##)),
            "{id}: {}",
            refused.body
        );
    }
    assert_eq!(refused.body.matches(" autofocus").count(), 1, "{}", refused.body);
    let focused = refused.body.split(" autofocus").next().expect("one");
    assert!(focused.rsplit("<input").next().is_some_and(|input| input.contains(r#"id="account""#)));
    let tried = visitor.post("/companies/try-connection", &form).await.body;
    assert!(tried.contains(r##"<a href="#account">ID 3C Plus</a>: Use só números"##), "{tried}");
    form.truncate(3);
    visitor.post("/companies/new", &form).await.to();
    daemon.stop().await;
}

/// A door by which nothing has come is ready, not connected; its address stands there whole, and what it refused is told.
#[tokio::test]
async fn a_door_says_where_it_is_what_it_refused_and_whether_anything_has_come() {
    const TOKEN: &str = "aB3dE5gH7jK9mN1pQ3sT5vX7";
    const PUSH: &str = r#"{"eventTellicon": {"type": "pushCall", "src": "9001", "client": 505, "building": 121, "apt": 1001,
        "eventDateTime": 1705338959}}"#;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Condomínio" })).await;
    let source = json!({ "provider": "tellicon", "token": TOKEN });
    let source = created(&daemon, "/api/v1/companies/company_1/sources", source).await;
    let path = source["path"].as_str().expect("a path");
    let post = async |token: &str, body: &str| {
        let headers = [("authTokenTellicon", token), ("content-type", "application/json")];
        send("POST", &format!("{}{path}", daemon.base), &headers, body).await.status
    };
    let page = visitor.get("/companies/company_1").await.body;
    assert!(page.contains("Pronto para receber") && !page.contains("Conectado"), "{page}");
    assert!(page.contains(&format!("<code>{}{path}</code>", daemon.base)), "{page}");
    assert!(page.contains("<code>authtokentellicon</code>") && !page.contains("recusad"), "{page}");
    for said in ["Eventos da empresa hoje", "Último evento desta fonte"] {
        assert!(page.contains(said), "{said}: {page}");
    }

    assert_eq!(post("errado-errado-errado-123", PUSH).await, 401);
    let page = visitor.get("/companies/company_1").await.body;
    assert!(
        page.contains("1 envio recusado desde ")
            && page.contains("quando o Ramal iniciou: às ")
            && page.contains(", HTTP 401."),
        "{page}"
    );
    assert_eq!(post(TOKEN, "{}").await, 400);
    let page = visitor.get("/companies/company_1").await.body;
    assert!(
        page.contains("2 envios recusados desde ")
            && page.contains("; o último às ")
            && page.contains(", HTTP 400."),
        "{page}"
    );
    assert!(!page.contains("errado-errado") && !page.contains(TOKEN), "a token is shown: {page}");
    assert!(page.contains("Pronto para receber"), "a refused post is no event: {page}");

    assert_eq!(post(TOKEN, PUSH).await, 200);
    let page = visitor.get("/companies/company_1").await.body;
    assert!(page.contains("Conectado") && !page.contains("Pronto para receber"), "{page}");
    daemon.stop().await;
}
