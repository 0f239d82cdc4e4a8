//! Alertas over HTTP: the services to choose from, a contact that is added, tried, changed and deleted.

use serde_json::json;

use super::lists::scoped;
use super::{SETTINGS, Visitor, says, version_of};
use crate::alerting::published;
use crate::alerting::service::{Said, Service};
use crate::support::daemon::Home;

#[tokio::test]
async fn a_contact_is_added_tried_changed_and_deleted() {
    let service = Service::start(published::slack, (200, "ok")).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    says(&owner.get("/alerts").await, &["Ninguém fica sabendo ainda", "/alerts/contacts/new"]);
    let kinds = owner.get("/alerts/contacts/new").await;
    says(&kinds, &["E-mail", "Telegram", "Slack", "Microsoft Teams", "Google Chat", "Discord", "Webhook"]);
    let new = "/alerts/contacts/new?kind=slack";
    says(&owner.get(new).await, &["Incoming Webhooks", "Toda a instalação", "Uma"]);

    let wrong = owner.post(new, &[("name", ""), ("address", "hooks.slack.com/of-twenty-chars")]).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, &[r#"id="name-error""#, r#"id="address-error""#, "o endereço não volta para a tela"]);
    assert!(!wrong.body.contains("of-twenty"), "{}", wrong.body);
    let url = format!("{}/services/T/B/of-twenty-chars", service.base);
    let form = [("name", "<b>#telefonia"), ("address", &url), ("company_id", "company_1"), ("lang", "pt-BR")];
    assert_eq!(owner.post(new, &form).await.to(), "/alerts");
    let list = owner.get("/alerts").await;
    says(&list, &["&#60;b&#62;#telefonia", "Slack", "Uma", "nunca enviada", "contato cadastrado"]);

    let one = "/alerts/contacts/contact_point_1";
    let tried = owner.post(&format!("{one}/test"), &[]).await;
    assert_eq!(tried.status, 200);
    says(
        &tried,
        &[
            "O destino aceitou a mensagem",
            "os alertas do Ramal chegam aqui",
            "<pre class=\"code\" tabindex=\"0\">ok</pre>",
        ],
    );
    says(&owner.get("/alerts").await, &["entregue"]);
    service.say(Said { status: 410, retry_after: None, body: "channel_is_archived" });
    says(
        &owner.post(&format!("{one}/test"), &[]).await,
        &["A mensagem não foi aceita.", "HTTP 410", "channel_is_archived"],
    );
    says(
        &owner.get("/alerts").await,
        &["não chegou", "O destino respondeu HTTP 410.", "A última mensagem para"],
    );

    // Whoever saves an older copy is told who was before, and an empty address leaves the stored one.
    let open = owner.get(one).await;
    says(&open, &["Guardado: http://127.0.0.1", "Deixe vazio para manter"]);
    let version = version_of(&open.body).to_owned();
    let change = [("name", "Plantão"), ("address", ""), ("lang", "en"), ("version", &version)];
    assert_eq!(owner.post(one, &change).await.to(), "/alerts");
    let stale = owner.post(one, &[("name", "Outro"), ("version", &version)]).await;
    assert_eq!(stale.status, 422);
    says(&stale, &["Ana Souza", r#"value="Outro""#]);
    assert_ne!(version_of(&stale.body), version);
    says(&owner.post(&format!("{one}/test"), &[]).await, &["alerts arrive here"]);
    for page in ["/alerts", one, &format!("{one}/test")] {
        assert!(!owner.get(page).await.body.contains("of-twenty"), "{page}");
    }

    says(&owner.get(&format!("{one}/delete")).await, &["Excluir Plantão?", "é apagado"]);
    assert_eq!(owner.post(&format!("{one}/delete"), &[]).await.to(), "/alerts");
    assert_eq!(owner.get(one).await.status, 404);
    daemon.stop().await;
}

#[tokio::test]
async fn every_service_has_its_form_and_a_secret_that_was_made_is_shown_once() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    says(&owner.get("/alerts/contacts/new?kind=email").await, &["ainda não diz por qual servidor de e-mail"]);
    let new = "/alerts/contacts/new?kind=email";
    let wrong = owner.post(new, &[("name", "a"), ("to", "a@b.co\nAna")]).await;
    says(&wrong, &[r#"id="to-error""#, "Este não é um endereço de e-mail"]);
    assert_eq!(owner.post(new, &[("name", "Caixa"), ("to", "a@b.co; c@d.co\n")]).await.to(), "/alerts");
    says(&owner.get("/alerts").await, &["a@b.co, c@d.co"]);
    says(&owner.get("/alerts/contacts/contact_point_1").await, &["a@b.co\nc@d.co"]);

    let new = "/alerts/contacts/new?kind=telegram";
    let wrong = owner.post(new, &[("name", "a"), ("token", "x"), ("chat", "y"), ("thread", "z")]).await;
    says(&wrong, &[r#"id="token-error""#, r#"id="chat-error""#, r#"id="thread-error""#, r#"value="y""#]);
    let token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
    let form = [("name", "Robô"), ("token", token), ("chat", "-100123"), ("thread", "")];
    assert_eq!(owner.post(new, &form).await.to(), "/alerts");
    says(&owner.get("/alerts/contacts/contact_point_2").await, &["1102…Dsaw", r#"value="-100123""#]);

    let new = "/alerts/contacts/new?kind=webhook";
    let made =
        owner.once(new, &[("name", "Monitor"), ("url", "https://a.example/x?code=of-twenty-chars")]).await;
    says(&made, &["Monitor", "whsec_"]);
    let open = owner.get("/alerts/contacts/contact_point_3").await;
    says(&open, &["https://a.example/x?code=…", "whse…"]);
    assert!(!open.body.contains("of-twenty"));
    let kept = [("name", "Monitor"), ("url", "https://a.example/y?code=…"), ("secret", "")];
    assert_eq!(owner.post("/alerts/contacts/contact_point_3", &kept).await.to(), "/alerts");
    assert_eq!(owner.get("/alerts/contacts/contact_point_9").await.status, 404);
    daemon.stop().await;
}

#[tokio::test]
async fn a_rule_is_made_changed_and_deleted_and_keeps_whom_its_form_does_not_show() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    for name in ["Uma", "Outra"] {
        daemon.call("POST", "/api/v1/companies", Some(json!({ "name": name }))).await;
    }
    for (name, company) in [("Diretoria", ""), ("Suporte", "company_1"), ("De outra", "company_2")] {
        let form = [
            ("name", name),
            ("address", "https://hooks.slack.com/x"),
            ("company_id", company),
            ("lang", "pt-BR"),
        ];
        assert_eq!(owner.post("/alerts/contacts/new?kind=slack", &form).await.to(), "/alerts");
    }
    let (all, own, other) = ("contact_point_1", "contact_point_2", "contact_point_3");

    let new = "/alerts/rules/new";
    says(&owner.get(new).await, &["Diretoria", "Suporte", "De outra"]);
    let wrong = owner.post(new, &[("name", ""), ("escalates_after_minutes", "muitos")]).await;
    assert_eq!(wrong.status, 422);
    says(
        &wrong,
        &[r#"id="name-error""#, r#"id="costs-error""#, r#"id="escalates_after_minutes-error""#, "muitos"],
    );
    // Whoever administers another company is told nothing of this one, nor of all.
    for company in ["company_1", ""] {
        let form = [("name", "X"), ("company_id", company), ("costs", "losing"), ("contact_points", other)];
        assert_eq!(owner.post(new, &form).await.status, 422, "{company}");
    }
    let form = [
        ("name", "Plantão"),
        ("company_id", "company_1"),
        ("costs", "losing"),
        ("contact_points", all),
        ("contact_points", own),
        ("enabled", "on"),
    ];
    assert_eq!(owner.post(new, &form).await.to(), "/alerts");
    says(&owner.get("/alerts").await, &["Plantão", "Diretoria, Suporte, na hora."]);

    // Who administers this company alone sees how many more are told, and takes none of them away.
    let one = "/alerts/rules/alert_rule_1";
    let bia = scoped(&daemon, &owner, "company_1", "administrator").await;
    let list = bia.get("/alerts").await;
    says(&list, &["Suporte, mais 1 contato, na hora."]);
    assert!(!list.body.contains("Diretoria") && !list.body.contains("De outra"), "{}", list.body);
    let open = bia.get(one).await;
    assert!(!open.body.contains("Diretoria") && !open.body.contains("De outra"), "{}", open.body);
    let version = version_of(&open.body).to_owned();
    let change = [("name", "Noite"), ("costs", "losing"), ("contact_points", own), ("version", &version)];
    assert_eq!(bia.post(one, &change).await.to(), "/alerts");
    let stored = daemon.get("/api/v1/alert-rules").await["items"][0].clone();
    assert_eq!((&stored["name"], &stored["enabled"]), (&json!("Noite"), &json!(false)));
    assert_eq!(stored["contact_points"], json!([own, all]));
    let stale = bia.post(one, &change).await;
    assert_eq!(stale.status, 422);
    says(&stale, &["Outra pessoa salvou este alerta", r#"value="Noite""#]);

    let quiet = [("from", "22:00"), ("to", "25:00"), ("version", "0")];
    let wrong = owner.post("/alerts/quiet", &quiet).await;
    assert_eq!(wrong.status, 422);
    let beside = r#"id="quiet-to-error">às: Valor com formato errado: era esperado um horário como 22:00."#;
    says(&wrong, &[r#"value="22:00""#, r#"value="25:00""#, beside]);
    assert!(!wrong.body.contains("ISO 8601"), "{}", wrong.body);
    assert_eq!(daemon.get("/api/v1/quiet-hours").await["from"], json!(null));
    let quiet = [("from", "22:00"), ("to", "07:00"), ("version", "0")];
    assert_eq!(owner.post("/alerts/quiet", &quiet).await.to(), "/alerts");
    says(&owner.get("/alerts").await, &[r#"value="22:00""#, r#"value="07:00""#]);

    says(&owner.get(&format!("{one}/delete")).await, &["Apagar o alerta “Noite”?"]);
    assert_eq!(owner.post(&format!("{one}/delete"), &[]).await.to(), "/alerts");
    assert_eq!(owner.get(one).await.status, 404);
    daemon.stop().await;
}
