//! The form of a webhook: what it asks about, and what it sets.

use serde_json::json;

use super::{SETTINGS, Visitor, version_of};
use crate::api::{Company, Customer, Provider};
use crate::support::daemon::Home;

const URL: &str = "http://127.0.0.1:9/eventos";

#[tokio::test]
async fn a_type_that_nobody_knows_is_asked_about_once_and_may_be_saved() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let (_, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let list = format!("/companies/{}/webhooks", made["id"].as_str().expect("an id"));
    let new = format!("{list}/new");
    let form = |more, url| [("name", "CRM"), ("url", url), ("more", more)];
    for (more, said) in [
        ("chamadas*", "Nenhum evento conhecido começa com “chamadas”. Você quis dizer call-*?"),
        ("call-was-conected", "se chama “call-was-conected”. Você quis dizer call-was-connected?"),
        ("foo bar", "Nenhum evento conhecido se chama “foo bar”."),
        ("hold-call agent-is-idle", "São vários tipos? hold-call, agent-is-idle"),
    ] {
        let asked = visitor.post(&new, &form(more, URL)).await;
        assert_eq!(asked.status, 422, "{more}");
        for part in [said, r#"id="more-error""#, r#"name="unknown_types""#, more] {
            assert!(asked.body.contains(part), "{part}: {}", asked.body);
        }
    }
    let both = visitor.post(&new, &form("chamadas*", "ftp://x")).await.body;
    assert!(both.contains(r#"id="url-error""#) && both.contains("Você quis dizer call-*?"), "{both}");
    assert_eq!(daemon.get(&format!("/api/v1{list}")).await, json!([]), "nothing was saved");

    let anyway = [&form("foo bar\ncall-*", URL)[..], &[("unknown_types", "on")]].concat();
    let made = visitor.post(&new, &anyway).await;
    let page = made.to().split('?').next().expect("a path").to_owned();
    let stored = daemon.get(&format!("/api/v1{list}")).await[0].clone();
    assert_eq!(stored["events"], json!(["foo bar", "call-*"]));
    // What is stored is not asked about again.
    let edit = format!("{page}/edit");
    let shown = visitor.get(&edit).await.body;
    let again = [&form("foo bar\ncall-*", URL)[..], &[("version", version_of(&shown))]].concat();
    assert_eq!(visitor.post(&edit, &again).await.to(), page);
    // Who wants all wants nothing besides.
    let all = [("name", "Tudo"), ("url", URL), ("event", "*"), ("event", "agent-is-idle")];
    visitor.post(&new, &all).await.to();
    assert_eq!(daemon.get(&format!("/api/v1{list}")).await[1]["events"], json!(["*"]));
    daemon.stop().await;
}

#[tokio::test]
async fn the_api_takes_a_type_that_nobody_knows_and_says_so() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let (_, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let list = format!("/api/v1/companies/{}/webhooks", made["id"].as_str().expect("an id"));
    let input = json!({ "name": "CRM", "url": URL, "events": ["call-*", "chamadas*"] });
    let (status, made) = daemon.call("POST", &list, Some(input)).await;
    assert_eq!(status, 201, "{made}");
    let warning = &made["warnings"][0];
    assert_eq!((&warning["code"], &warning["pointer"]), (&json!("unknown_event_type"), &json!("/events/1")));
    assert!(warning["message"].as_str().is_some_and(|text| text.contains("call-*")), "{made}");
    let path = format!("/api/v1/webhooks/{}", made["id"].as_str().expect("an id"));
    assert_eq!(daemon.get(&path).await["warnings"], made["warnings"]);
    let (_, changed) = daemon.call("PATCH", &path, Some(json!({ "events": ["call-*"] }))).await;
    assert_eq!(changed["warnings"], json!(null), "{changed}");
    // A provider that lists no types may send whatever it likes.
    let source = json!({ "provider": "tellicon" });
    let (status, made) = daemon.call("POST", &list.replace("webhooks", "sources"), Some(source)).await;
    assert_eq!(status, 201, "{made}");
    let (_, changed) = daemon.call("PATCH", &path, Some(json!({ "events": ["chamadas*"] }))).await;
    assert_eq!(changed["warnings"], json!(null), "{changed}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_the_settings_file_can_set_the_form_sets_and_the_page_shows() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let (_, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let list = format!("/companies/{}/webhooks", made["id"].as_str().expect("an id"));
    let form = |retry| {
        vec![
            ("name", "CRM"),
            ("url", URL),
            ("event", "call-*"),
            ("event", "call-was-ended"),
            ("ordered", "on"),
            ("redact", "phone\ncpf"),
            ("retry_seconds", retry),
            ("rate_per_second", "7"),
            ("format", "cloudevents"),
        ]
    };
    for wrong in ["5, muitas", "0", "86401"] {
        let refused = visitor.post(&format!("{list}/new"), &form(wrong)).await;
        assert!(refused.status == 422 && refused.body.contains(r#"id="retry_seconds-error""#), "{wrong}");
    }
    let made = visitor.post(&format!("{list}/new"), &form("5, 120")).await;
    let page = made.to().split('?').next().expect("a path").to_owned();
    let stored = daemon.get(&format!("/api/v1{list}")).await[0].clone();
    assert_eq!((&stored["retry_seconds"], &stored["redact"]), (&json!([5, 120]), &json!(["phone", "cpf"])));
    assert_eq!(stored["events"], json!(["call-*"]), "all of them hold each");
    let shown = visitor.get(&page).await.body;
    for part in [
        "Mais 2 tentativas, depois de 5 s, 2 min; então o evento fica como não entregue.",
        "Até 32 requisições ao mesmo tempo e 7 por segundo; cada resposta em até 15 s.",
        "CloudEvents 1.0",
        "phone, cpf",
        "Em ordem:",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let edit = visitor.get(&format!("{page}/edit")).await.body;
    for part in
        [r#"value="5, 120""#, ">phone\ncpf</textarea>", r#"value="call-*" checked"#, "<code>call-*</code>"]
    {
        assert!(edit.contains(part), "{part}: {edit}");
    }
    // A form that does not have them changes nothing of them; an empty plan is the usual one.
    let few = [("name", "CRM"), ("url", URL), ("event", "*"), ("version", version_of(&edit))];
    visitor.post(&format!("{page}/edit"), &few).await.to();
    let kept = daemon.get(&format!("/api/v1{list}")).await[0].clone();
    assert_eq!((&kept["retry_seconds"], &kept["redact"]), (&json!([5, 120]), &json!(["phone", "cpf"])));
    let version = kept["version"].to_string();
    let usual = [&few[..3], &[("version", version.as_str()), ("retry_seconds", ""), ("redact", "")]].concat();
    visitor.post(&format!("{page}/edit"), &usual).await.to();
    let usual = daemon.get(&format!("/api/v1{list}")).await[0].clone();
    assert_eq!((&usual["retry_seconds"][8], &usual["redact"]), (&json!(86_400), &json!([])));
    daemon.stop().await;
}

#[tokio::test]
async fn a_queue_is_skipped_once_it_was_said_what_goes() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let page = format!("/companies/{}/webhooks/{}", company.id, company.webhook);
    let nothing = visitor.get(&format!("{page}/skip")).await;
    assert_eq!(nothing.to(), page);
    assert!(visitor.get(&page).await.body.contains("Não há nada na fila para pular."));
    visitor.post(&format!("{page}/pause"), &[]).await.to();
    daemon.until(&company.hook("/status"), |status| status["health"] == "paused").await;
    for n in 1..=3 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    daemon.until(&company.hook("/status"), |status| status["backlog"] == 3).await;
    assert!(visitor.get(&page).await.body.contains(&format!("{page}/skip")));
    let asked = visitor.get(&format!("{page}/skip")).await.body;
    for part in [
        &format!("o que está na fila até o evento {}: 3 eventos", company.event(3)),
        "continuam guardados",
        "Pulado",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    // What comes after the question is not part of the answer.
    provider.emit(1, "agent-is-idle", &json!({ "n": 4 }));
    daemon.until(&company.hook("/status"), |status| status["backlog"] == 4).await;
    let action = asked.split(&format!("action=\"{page}/skip?to=")).nth(1).expect("a form");
    let to = action.split('"').next().expect("an event").to_owned();
    assert_eq!(to, company.event(3));
    assert_eq!(visitor.post(&format!("{page}/skip?to={to}"), &[]).await.to(), page);
    daemon.until(&company.hook("/status"), |status| status["backlog"] == 1).await;
    let fate = visitor.get(&format!("/events/{}", company.event(2))).await.body;
    assert!(fate.contains("Pulado"), "{fate}");
    let wrong = visitor.post(&format!("{page}/skip?to=evt_99_1"), &[]).await;
    assert_eq!(wrong.to(), page);
    visitor.post(&format!("{page}/resume"), &[]).await.to();
    customer.accepted(1).await;
    let sent = customer.receiver.recorded();
    assert!(sent.len() == 1 && String::from_utf8_lossy(&sent[0].body).contains(r#""n":4"#));
    daemon.stop().await;
}
