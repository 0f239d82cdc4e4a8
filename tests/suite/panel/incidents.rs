//! Incidents on their pages: the heading, the count, what a person does about one.

use std::time::Duration;

use serde_json::{Value, json};

use super::{SETTINGS, Visitor};
use crate::api::{Company, Provider};
use crate::support::daemon::{Daemon, Home};

#[tokio::test]
async fn an_incident_is_counted_taken_silenced_and_noted_by_people() {
    let provider = Provider::start(1).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, "http://127.0.0.1:9/", &["*"]).await;
    let none = visitor.get("/incidents").await.body;
    assert!(
        none.contains("Nenhum incidente aberto") && none.contains("<title>Incidentes · Ramal</title>"),
        "{none}"
    );
    (0..9).for_each(|n| {
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": format!("c{n}") } }));
    });
    let open = |page: &Value| page["items"][0]["id"].is_string();
    let page = daemon.until_within(Duration::from_mins(1), "/api/v1/incidents", open).await;
    let path = format!("/incidents/{}", page["items"][0]["id"].as_str().expect("an id"));

    let front = visitor.get("/").await.body;
    assert!(front.contains("<h1>1 incidente atrasado (sem perda)</h1>"), "{front}");
    assert!(
        front.contains("<title>(1) Início · Ramal</title>") && front.contains("favicon-incident"),
        "{front}"
    );
    assert!(
        front.contains("127.0.0.1:9 recusa a conexão") && front.contains("Em 0 de 1 empresas, nada a fazer.")
    );
    assert!(front.contains(&format!("/webhooks/{}?outcome=failed#attempts", company.webhook)), "{front}");
    assert!(!front.contains("Tudo está chegando"));
    let count = visitor.get("/incidents/count").await.body;
    assert_eq!(serde_json::from_str::<Value>(&count).expect("JSON")["n"], 1, "{count}");
    // Another page says it too.
    assert!(visitor.get("/companies").await.body.contains("<title>(1) Empresas · Ramal</title>"));

    assert_eq!(visitor.post(&format!("{path}/acknowledge"), &[("back", "/")]).await.to(), "/");
    let front = visitor.get("/").await.body;
    assert!(front.contains("Incidente reconhecido.") && front.contains("class=\"took\""), "{front}");
    let form = [("text", "liguei <b>"), ("back", "https://evil.example")];
    let elsewhere = visitor.post(&format!("{path}/notes"), &form).await;
    assert_eq!(elsewhere.to(), path, "nobody is led to another host");
    let one = visitor.get(&path).await.body;
    assert!(one.contains("liguei &#60;b&#62;") && one.contains("Incidente aberto"), "{one}");
    assert!(one.contains("É a primeira vez."), "{one}");
    visitor.post(&format!("{path}/notes"), &[("text", " ")]).await;
    assert!(visitor.get(&path).await.body.contains("Preencha este campo."));

    assert_eq!(
        visitor.post(&format!("{path}/silence"), &[("until", ""), ("back", "/incidents")]).await.to(),
        "/incidents"
    );
    let all = visitor.get("/incidents").await.body;
    assert!(
        all.contains("Silenciado até resolver") && all.contains("<title>Incidentes · Ramal</title>"),
        "{all}"
    );
    assert!(all.contains("1 silenciado"), "{all}");
    visitor.post(&format!("{path}/unsilence"), &[]).await;
    assert!(visitor.get("/incidents").await.body.contains("<title>(1) Incidentes"));

    let together = with_a_second_webhook(&daemon, &visitor, &provider, &company, &path).await;

    // The company is gone, and with it what was wrong.
    let (status, _) = daemon.call("DELETE", &format!("/api/v1/companies/{}", company.id), None).await;
    assert_eq!(status, 204);
    daemon.until("/api/v1/incidents", |page| page["items"] == json!([])).await;
    let past = visitor.get("/incidents?state=closed").await.body;
    assert!(past.contains(&format!("href=\"{path}\"")) && past.contains("recusa a conexão"), "{past}");
    let over = visitor.get(&path).await.body;
    assert!(
        over.contains("Não existe mais, ou leva a outro endereço.") && !over.contains("formaction"),
        "{over}"
    );
    // It is told of as it was: whose, and how much waited at the end.
    assert!(over.contains("Empresa 1") && !over.contains("company_1"), "{over}");
    assert!(
        over.contains(&format!("No pico, {together} eventos na fila.")) && !over.contains("Na fila:"),
        "{over}"
    );
    assert_eq!(visitor.get("/incidents/incident_99").await.status, 404);
    daemon.stop().await;
}

/// Another webhook of the destination: what has changed is said, and the button leads to both. How much waits for them.
async fn with_a_second_webhook(
    daemon: &Daemon,
    visitor: &Visitor,
    provider: &Provider,
    company: &Company,
    path: &str,
) -> u64 {
    let twin = json!({ "name": "Espelho", "url": "http://127.0.0.1:9/", "events": ["*"] });
    let hooks = format!("/companies/{}/webhooks", company.id);
    crate::api::created(daemon, &format!("/api/v1{hooks}"), twin).await;
    provider.emit(1, "call-was-connected", &json!({ "n": 9, "call": { "id": "c9" } }));
    let two = |page: &Value| page["items"][0]["webhooks"].as_array().is_some_and(|all| all.len() == 2);
    let page = daemon.until_within(Duration::from_mins(1), "/api/v1/incidents", two).await;
    let together = page["items"][0]["amount"].as_u64().expect("it is counted");
    let one = visitor.get(path).await.body;
    assert!(one.contains("Agora 2 webhooks.") && one.contains(">Ver os webhooks</a>"), "{one}");
    let these = format!("{hooks}?q=127.0.0.1%3A9");
    assert!(one.contains(&format!("href=\"{these}\"")), "{one}");
    let listed = visitor.get(&these).await.body;
    assert!(listed.contains("Espelho") && listed.contains("Principal"), "{listed}");
    together
}

#[tokio::test]
async fn many_open_incidents_are_listed_page_by_page_and_each_page_is_small() {
    const DOWN: usize = 45;
    let provider = Provider::start(1).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, "http://127.0.0.1:1/", &["*"]).await;
    for port in 2..=DOWN {
        let webhook = json!({ "name": format!("W{port}"), "url": format!("http://127.0.0.1:{port}/"), "events": ["*"] });
        crate::api::created(&daemon, &format!("/api/v1/companies/{}/webhooks", company.id), webhook).await;
    }
    (0..9).for_each(|n| {
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": format!("c{n}") } }));
    });
    let all = |page: &Value| page["items"].as_array().is_some_and(|all| all.len() == DOWN);
    daemon.until_within(Duration::from_mins(1), "/api/v1/incidents", all).await;

    let rows = |page: &str| page.matches("<article class=\"inc ").count();
    let first = visitor.get("/incidents").await.body;
    assert!(first.contains("Estão listados os piores, de 45 ao todo."), "{first}");
    assert_eq!(rows(&first), 40);
    assert!(first.len() < 100_000, "{} bytes", first.len());
    let next = "href=\"/incidents?cursor=40\"";
    assert!(first.contains(next), "{first}");
    let second = visitor.get("/incidents?cursor=40").await.body;
    assert_eq!(rows(&second), DOWN - 40);
    assert!(
        second.contains("data-stream=\"/incidents/live?cursor=40\"") && !second.contains("Estão listados")
    );
    assert!(
        second.contains("name=\"back\" value=\"/incidents?cursor=40\""),
        "a step leads back to this page"
    );
    // So many are not open: who asks for them is shown those that are.
    assert_eq!(rows(&visitor.get("/incidents?cursor=400").await.body), 40);
    daemon.stop().await;
}
