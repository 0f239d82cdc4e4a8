//! The search for everything over HTTP, and what somebody is shown where there is nothing.

use serde_json::json;

use super::calls::two_calls;
use super::events::Company;
use super::lists::scoped_person;
use super::{SETTINGS, Visitor};
use crate::api::created;
use crate::support::daemon::Home;

/// What was found, without the page around it.
fn results(body: &str) -> &str {
    let (_, found) = body.split_once(r#"<p class="unseen" role="status">"#).expect("results");
    found.split("</main>").next().unwrap_or(found)
}

#[tokio::test]
async fn whatever_is_in_hand_leads_to_where_it_is() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    two_calls(&daemon, &company).await;
    company.emit("agent-is-idle", r#"{"agent":{"id":55,"name":"João da Conceição"}}"#);
    let other = created(&daemon, "/api/v1/companies", json!({ "name": "Casa Verde Crédito" })).await;
    let other = other["id"].as_str().expect("an id");
    let webhook =
        json!({ "name": "Planilha de vendas", "url": "https://vendas.example/entrada", "events": ["*"] });
    created(&daemon, &format!("/api/v1/companies/{other}/webhooks"), webhook).await;
    let listed = daemon.get(&format!("/api/v1/companies/{}/calls?state=ongoing", company.id)).await;
    let call = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    daemon
        .until("/api/v1/search?q=conceicao", |found| {
            found["items"].as_array().is_some_and(|all| !all.is_empty())
        })
        .await;

    let call_link = format!(r#"href="/calls/{call}""#);
    let events_link = format!(r#"href="/companies/{}/events?phone="#, company.id);
    for (q, wanted) in [
        ("verde", r#"href="/companies/company_2""#),
        ("CREDITO casa", r#"href="/companies/company_2""#),
        ("company_2", r#"href="/companies/company_2""#),
        ("vendas", r#"href="/companies/company_2/webhooks/webhook_1""#),
        ("vendas.example", r#"href="/companies/company_2/webhooks/webhook_1""#),
        ("webhook_1", r#"href="/companies/company_2/webhooks/webhook_1""#),
        ("(85) 90000-4900", &*call_link),
        ("+55 85 90000 4900", &call_link),
        ("085900004900", &call_link),
        ("85900004900", &events_link),
        ("k7QmZp3RtW", &call_link),
        (&call, &call_link),
        ("joao conceicao", r#"href="/companies/company_1/calls?agent=55""#),
        ("55", r#"href="/companies/company_1/calls?agent=55""#),
        ("evt_1_1", r#"href="/events/evt_1_1""#),
        ("auditoria", r#"href="/audit""#),
        ("alertas", r#"href="/alerts""#),
        ("incidentes", r#"href="/incidents""#),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
        for path in ["/search", "/search/found"] {
            let page = visitor.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status, 200, "{q}: {}", page.body);
            let results = results(&page.body);
            assert!(results.contains(wanted), "{path}: {q} does not lead to {wanted}: {results}");
        }
    }
    let call_said = visitor.get("/search/found?q=k7QmZp3RtW").await.body;
    assert!(call_said.contains("(85) 90000-4900, em conversa"), "{call_said}");
    let nothing = visitor.get("/search?q=zzzzzz").await.body;
    assert!(nothing.contains("Nada encontrado"), "{nothing}");
    let pages = visitor.get("/search").await.body;
    assert!(pages.contains(r#"<a href="/users">"#) && pages.contains("Nova empresa"), "{pages}");

    // What somebody does not see is not there for them, and neither are pages that they may not open.
    let bia = scoped_person(&daemon, &visitor, other).await;
    for q in ["%2885%29+90000-4900", "k7QmZp3RtW", "conceicao", "evt_1_1", "Uma", &call] {
        let page = bia.get(&format!("/search?q={q}")).await.body;
        let results = results(&page);
        assert!(!results.contains("company_1") && !results.contains("call_1"), "{q}: {results}");
    }
    let hers = bia.get("/search?q=verde").await.body;
    assert!(hers.contains(r#"href="/companies/company_2""#), "{hers}");
    let pages = bia.get("/search/found").await.body;
    assert!(!pages.contains("/users") && !pages.contains("/audit") && pages.contains("/account"), "{pages}");
    daemon.stop().await;
}

#[tokio::test]
async fn where_nothing_is_one_can_go_on_from() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let browser = async |visitor: &Visitor, path: &str| {
        let request = visitor.client.get(format!("{}{path}", daemon.base));
        visitor.send(request.header("accept", "text/html,*/*;q=0.8")).await
    };
    for path in ["/nowhere/at/all", "/companies/company_99", "/events/evt_9_9"] {
        let page = browser(&visitor, path).await;
        assert_eq!(page.status, 404, "{path}");
        for part in ["Não encontrado", r#"class="rail""#, r#"action="/search""#, "Ana Souza"] {
            assert!(page.body.contains(part), "{path}: {part} is missing: {}", page.body);
        }
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
    }
    let stranger = browser(&Visitor::new(&daemon), "/nowhere/at/all").await;
    assert_eq!(stranger.status, 404);
    assert!(!stranger.body.contains(r#"class="rail""#), "{}", stranger.body);
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let bia = scoped_person(&daemon, &visitor, "company_1").await;
    let forbidden = browser(&bia, "/audit").await;
    assert_eq!(forbidden.status, 403);
    assert!(
        forbidden.body.contains(r#"class="rail""#) && forbidden.body.contains(r#"action="/search""#),
        "{}",
        forbidden.body
    );
    daemon.stop().await;
}
