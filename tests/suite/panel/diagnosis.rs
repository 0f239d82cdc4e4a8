//! The documented troubleshooting, over HTTP.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::api::{Company, Customer, Picky, Provider, created, send};
use crate::support::daemon::Home;
use crate::support::receiver::Receiver;

#[tokio::test]
async fn each_trouble_has_its_verdict_and_advice() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let (_, company) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let id = company["id"].as_str().expect("an id").to_owned();
    let path = format!("/companies/{id}/diagnosis");
    let before = owner.get(&path).await;
    assert!(before.status == 200 && !before.body.contains("Token e conexão"), "{}", before.body);
    let nothing = owner.post(&path, &[]).await.body;
    assert!(nothing.contains("Sem uma fonte cadastrada") && nothing.contains("Nenhum webhook cadastrado"));

    let receiver = Receiver::start().await;
    let url = format!("http://{}/", receiver.address);
    for (name, url) in [("Certo", url.as_str()), ("Surdo", "http://127.0.0.1:9/")] {
        let hook = json!({ "name": name, "url": url, "events": ["*"] });
        let (status, made) =
            daemon.call("POST", &format!("/api/v1/companies/{id}/webhooks"), Some(hook)).await;
        assert_eq!(status, 201, "{made}");
    }
    let found = owner.post(&path, &[]).await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert!(found.body.contains("Respondeu 200 à entrega de teste."), "{}", found.body);
    assert!(found.body.contains("A conexão foi recusada."), "{}", found.body);
    assert!(found.body.contains("Confira a porta"), "{}", found.body);
    assert!(found.body.contains("Nenhum evento chegou ainda."), "{}", found.body);

    assert_eq!(owner.get("/companies/company_99/diagnosis").await.status, 404);
    daemon.stop().await;
}

#[tokio::test]
async fn the_stored_token_is_tried_although_nobody_connects() {
    let (provider, receiver) = (Provider::start(1).await, Receiver::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let url = format!("http://{}/", receiver.address);
    let company = Company::create(&daemon, &provider, 1, &url, &["*"]).await;
    let path = format!("/companies/{}/diagnosis", company.id);
    let source = format!("/api/v1/sources/{}", company.source);
    assert_eq!(daemon.call("POST", &format!("{source}/disconnect"), None).await.0, 202);
    daemon.until(&format!("{source}/status"), |status| status["state"] == "stopped").await;
    let accepted = owner.post(&path, &[]).await.body;
    assert!(accepted.contains("O token foi aceito") && accepted.contains("conecte-a"), "{accepted}");
    assert!(
        accepted.contains("API da 3C Plus (REST)") && accepted.contains("O token é válido."),
        "{accepted}"
    );
    let status = daemon.get(&format!("{source}/status")).await;
    assert_eq!(status["state"], "stopped", "a check connects nothing");

    let unknown = json!({ "token": "x".repeat(60) });
    assert_eq!(daemon.call("PATCH", &source, Some(unknown)).await.0, 200);
    let refused = owner.post(&path, &[]).await.body;
    assert!(refused.contains("a 3C Plus recusou o token"), "{refused}");
    assert!(refused.contains("A API recusou o token: “Token de serviço inválido”."), "{refused}");
    assert!(refused.contains("Crie outro na 3C Plus e troque-o aqui."), "{refused}");
    assert!(!refused.contains(&"x".repeat(30)), "a token is shown");
    daemon.stop().await;
}

#[tokio::test]
async fn a_receiver_that_is_back_is_not_said_to_be_silent() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    for n in 1..=12 {
        customer.answer(n, 503);
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": n } }));
    }
    company.head_is(&daemon, 12).await;
    let status = format!("/api/v1/webhooks/{}/status", company.webhook);
    daemon.until(&status, |status| status["health"] == "failing").await;
    // The test carries no number, and is taken while the events are still refused.
    let path = format!("/companies/{}/diagnosis", company.id);
    let found = owner.post(&path, &[]).await.body;
    assert!(
        found.contains("O destino recebe e aceita.")
            && found.contains("O destino voltou a responder; 12 eventos na fila.")
    );
    assert!(!found.contains("O destino responde HTTP 503"), "{found}");
    for n in 1..=12 {
        customer.answer(n, 200);
    }
    daemon.until(&status, |status| status["delivered"] == 12 && status["backlog"] == 0).await;
    daemon.stop().await;
}

/// The row of a check that has this heading and says this.
fn row<'p>(page: &'p str, heading: &str, said: &str) -> &'p str {
    let heading = format!(">{heading}</a></h3>");
    let mut rows = page.split("<li>").filter(|row| row.contains(&heading) && row.contains(said));
    let row = rows.next().unwrap_or_else(|| panic!("no {heading} with {said}: {page}"));
    row.split("</li>").next().expect("an end")
}

/// A server that takes no POST at its root, has nothing at most paths, and elsewhere answers with what its path says.
#[tokio::test]
async fn whatever_else_than_2xx_is_answered_has_its_advice() {
    let answer = async |Path(status): Path<u16>| StatusCode::from_u16(status).expect("a status");
    let app = Router::new().route("/", get(async || "olá")).route("/status/{status}", post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let no_path = "Não há nada nesse caminho, ou ele não aceita POST. Confira a URL.";
    let denied = "O destino recusou a autenticação. Confira o token Bearer, os cabeçalhos e a verificação da assinatura.";
    let cases = [
        ("/", 405, no_path),
        ("/nada/aqui", 404, no_path),
        ("/status/302", 302, "Redirecionamentos não são seguidos. Use na URL o endereço final."),
        ("/status/401", 401, denied),
        ("/status/403", 403, denied),
        ("/status/410", 410, "O destino diz que não quer mais eventos (410)."),
        (
            "/status/422",
            422,
            "O destino recusou o teste. É preciso responder com 2xx para que um evento conte como entregue.",
        ),
        ("/status/500", 500, "O destino falhou ao tratar a entrega. O registro (log) dele diz por quê."),
        ("/status/204", 204, "O destino recebe e aceita."),
    ];
    for (path, ..) in cases {
        let hook = json!({ "name": path, "url": format!("{base}{path}"), "events": ["*"] });
        created(&daemon, "/api/v1/companies/company_1/webhooks", hook).await;
    }
    let found = owner.post("/companies/company_1/diagnosis", &[]).await.body;
    for (path, status, advice) in cases {
        let row = row(&found, path, &format!("<p>Respondeu {status} à entrega de teste.</p>"));
        assert!(row.contains(&format!(r#"<p class="muted">{advice}</p>"#)), "{path}: {row}");
        let (tone, word) = if status == 204 { ("ok", "Tudo certo") } else { ("bad", "Problema") };
        assert!(
            row.starts_with(&format!(r#"<span class="status {tone}">"#)) && row.contains(word),
            "{path}: {row}"
        );
    }
    daemon.stop().await;
    serving.abort();
}

#[tokio::test]
async fn a_webhook_that_wants_none_of_what_comes_is_said_to() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["call-*"]).await;
    let other = json!({ "name": "Outro", "url": customer.url, "events": ["agent-is-idle", "chat-*"] });
    created(&daemon, &format!("/api/v1/companies/{}/webhooks", company.id), other).await;
    let path = format!("/companies/{}/diagnosis", company.id);
    let unwanted = "Não recebe nenhum dos tipos que chegam. Confira os eventos escolhidos no webhook.";
    let nothing = owner.post(&path, &[]).await.body;
    assert!(!nothing.contains(unwanted), "nothing comes yet: {nothing}");

    provider.emit(1, "call-was-connected", &json!({ "n": 1 }));
    customer.accepted(3).await;
    let found = owner.post(&path, &[]).await.body;
    assert!(found.contains("1 tipo entre os mais recentes: call-was-connected"), "{found}");
    assert_eq!(found.matches(unwanted).count(), 1, "{found}");
    let row = row(&found, "Outro", unwanted);
    assert!(row.starts_with(r#"<span class="status bad">"#), "{row}");
    daemon.stop().await;
}

/// Asked for as a part of the page it is under way at once, and shows each check as it ends: what it looks at is told before.
#[tokio::test]
async fn each_check_is_shown_as_it_ends() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let receiver = Receiver::start().await;
    // One that takes what it is sent and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let deaf = format!("http://{}/", silent.local_addr().expect("bound"));
    let rules = json!({ "*": [{ "path": "n", "operator": "equals", "value": "7" }] });
    let hooks = [
        json!({ "name": "Certo", "url": format!("http://{}/", receiver.address), "events": ["*"], "rules": rules }),
        json!({ "name": "Mudo", "url": deaf, "events": ["*"], "timeout_seconds": 3 }),
    ];
    for hook in hooks {
        created(&daemon, "/api/v1/companies/company_1/webhooks", hook).await;
    }
    let path = "/companies/company_1/diagnosis";
    let token = owner.token().await;
    let part = [("origin", daemon.base.as_str()), ("sec-fetch-site", "same-origin"), ("hx-request", "true")];
    let begun = std::time::Instant::now();
    let first = owner.post_from(path, &[("_csrf", &token)], &part).await;
    assert!(first.status == 200 && begun.elapsed() < std::time::Duration::from_secs(2), "{}", first.body);
    assert!(!first.body.contains("<html") && first.body.contains(r#"aria-busy="true""#), "{}", first.body);
    let address = first.header("hx-push-url").to_owned();
    assert!(address.starts_with(&format!("{path}?run=")), "{address}");
    let look = async || owner.get(&address).await.body;
    let mut page = look().await;
    while !page.contains("Respondeu 200") {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{page}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = look().await;
    }
    // The one has ended while the other goes on.
    assert!(row(&page, "Mudo", "Verificando").contains("spins"), "{page}");
    assert!(page.contains("Verificando: 3 de 4."), "{page}");
    while page.contains("aria-busy") {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{page}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = look().await;
    }
    let right = row(&page, "Certo", "Respondeu 200");
    assert!(
        right.contains("Tudo certo") && right.contains("Só são enviados os eventos"),
        "a rule is no trouble: {right}"
    );
    assert!(!right.contains("class=\"btn\""), "{right}");
    let wrong = row(&page, "Mudo", "Problema");
    assert!(
        wrong.contains(r#"<a class="btn" href="/companies/company_1/webhooks/webhook_2/edit">"#),
        "{wrong}"
    );
    assert_eq!(page.matches(">Certo</a></h3>").count(), 1, "each webhook once: {page}");
    assert!(page.contains("3 problemas em 4 verificações."), "{page}");
    // It is one line in the audit log, however many webhooks there are.
    let log = daemon.get("/api/v1/audit").await;
    let actions: Vec<_> =
        log["items"].as_array().expect("items").iter().map(|line| line["action"].clone()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "company.diagnose").count(), 1, "{actions:?}");
    assert!(!actions.contains(&json!("webhook.test")), "{actions:?}");
    let gone = owner.get(&format!("{path}?run=0123")).await.body;
    assert!(gone.contains("não está mais guardado"), "{gone}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_door_that_refuses_is_said_to_with_what_to_do() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Condomínio" })).await;
    let source = json!({ "provider": "tellicon", "token": "aB3dE5gH7jK9mN1pQ3sT5vX7" });
    created(&daemon, "/api/v1/companies/company_1/sources", source).await;
    let path = "/companies/company_1/diagnosis";
    let unused = owner.post(path, &[]).await.body;
    assert!(
        unused.contains("Cadastre na Tellicon o endereço e o token")
            && !unused.contains("estado de um agente"),
        "{unused}"
    );
    let headers = [("authTokenTellicon", "another-token"), ("content-type", "application/json")];
    for _ in 0..2 {
        assert_eq!(send("POST", &format!("{}/eventTellicon", daemon.base), &headers, "{}").await.status, 401);
    }
    let refusing = owner.post(path, &[]).await.body;
    assert!(
        refusing.contains("A porta recusou 2 envios") && refusing.contains("Confira o token na Tellicon"),
        "{refusing}"
    );
    let page = owner.get("/companies/company_1").await.body;
    assert!(page.contains("2 envios recusados desde ") && page.contains("quando o Ramal iniciou"), "{page}");
    daemon.stop().await;
}
