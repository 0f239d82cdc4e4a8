//! A company's webhooks: how they are doing, what became of their events, and what is done about it.

use serde_json::json;

use super::{LOGIN, PASSWORD, SETTINGS, Visitor, version_of};
use crate::api::{Company, Picky, Provider};
use crate::support::daemon::Home;

#[tokio::test]
async fn what_became_of_each_event_is_seen_and_sent_again() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let list = format!("/companies/{}/webhooks", company.id);
    let page = format!("{list}/{}", company.webhook);
    customer.answer(1, 400);
    let emit = |n: i64| {
        let payload = json!({ "n": n, "call": { "id": format!("chamada-{n}") }, "text": "<b>", "api_token": "token-que-ninguem-ve" });
        provider.emit(1, "call-was-connected", &payload);
    };
    emit(1);
    daemon.until(&company.hook("/deliveries"), |made| made["items"][0].is_object()).await;
    // Whether the endpoint or the event is at fault is known when a later one is taken.
    emit(2);
    let held = |dead: i64| move |status: &serde_json::Value| status["held"]["dead"] == dead;
    daemon.until(&company.hook("/status"), held(1)).await;

    let listed = visitor.get(&list).await;
    assert!(listed.body.contains("Principal") && listed.body.contains(&page), "{}", listed.body);
    let failed = visitor.get(&format!("{page}?outcome=failed")).await;
    assert!(failed.body.contains("HTTP 400") && !failed.body.contains("HTTP 200"), "{}", failed.body);
    assert!(failed.body.contains(&format!("{page}/held?state=dead")), "the next step: {}", failed.body);
    let delivered = visitor.get(&format!("{page}?outcome=delivered")).await;
    assert!(delivered.body.contains("HTTP 200") && !delivered.body.contains("HTTP 400"));

    let one = visitor.get(&format!("{page}/events/{}", company.event(1))).await;
    assert!(one.body.contains("Não entregue") && one.body.contains("HTTP 400"), "{}", one.body);
    assert!(one.body.contains("curl -X POST") && !one.body.contains("<b>\""), "{}", one.body);
    assert!(!one.body.contains("token-que-ninguem-ve"), "a token is shown: {}", one.body);

    customer.answer(1, 200);
    let back = format!("{page}/held?state=dead");
    let sent = [("event", company.event(1)), ("back", back.clone())];
    let sent: Vec<_> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(visitor.post(&format!("{page}/resend"), &sent).await.to(), back);
    daemon.until(&company.hook("/status"), held(0)).await;
    assert!(visitor.get(&back).await.body.contains("Nenhum evento aqui"));
    daemon.stop().await;
}

#[tokio::test]
async fn a_pause_says_why_and_ends() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let page = format!("/companies/{}/webhooks/{}", company.id, company.webhook);
    let paused = visitor.post(&format!("{page}/pause"), &[("reason", "manutenção do CRM")]).await;
    assert_eq!(paused.to(), page);
    daemon.until(&company.hook("/status"), |status| status["health"] == "paused").await;
    let shown = visitor.get(&page).await;
    assert!(shown.body.contains("Pausado: manutenção do CRM"), "{}", shown.body);
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    daemon.until(&company.hook("/status"), |status| status["backlog"] == 1).await;
    let incidents = daemon.get("/api/v1/incidents").await;
    assert_eq!(incidents["items"], json!([]), "a pause is a person's own doing until it is a day old");
    assert_eq!(visitor.post(&format!("{page}/resume"), &[]).await.to(), page);
    daemon.until(&company.hook("/status"), |status| status["health"] == "healthy").await;
    assert!(!visitor.get(&page).await.body.contains("manutenção do CRM"));

    // A webhook is found under its own company only, and nothing leads elsewhere afterwards.
    let (_, other) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Outra" }))).await;
    let other = other["id"].as_str().expect("an id");
    let elsewhere = format!("/companies/{other}/webhooks/{}", company.webhook);
    assert_eq!(visitor.get(&elsewhere).await.status, 404);
    assert_eq!(visitor.post(&format!("{elsewhere}/pause"), &[]).await.status, 404);
    let sent = [("event", "evt_1_1"), ("back", "https://evil.example/")];
    assert_eq!(visitor.post(&format!("{page}/discard"), &sent).await.to(), page);
    daemon.stop().await;
}

#[tokio::test]
async fn types_that_come_are_offered_and_values_of_one_become_rules() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["own-type"]).await;
    let list = format!("/companies/{}/webhooks", company.id);
    let new = visitor.get(&format!("{list}/new")).await.body;
    assert!(
        new.contains("Quando os primeiros eventos chegarem") && !new.contains("name=\"sample\""),
        "{new}"
    );
    let payload = json!({ "call": { "status": 7, "api_token": "token-que-ninguem-ve" }, "odd.key": ["<b>"] });
    provider.emit(1, "own-type", &payload);
    company.head_is(&daemon, 1).await;

    // What is stored of a type that only this company has is ticked, and not written out.
    let edit = format!("{list}/{}/edit", company.webhook);
    let shown = visitor.get(&edit).await.body;
    assert!(shown.contains(r#"value="own-type" checked"#) && shown.contains("1 recente"), "{shown}");
    let typed = [
        ("name", "Mudado"),
        ("url", "ftp://ainda-errado"),
        ("event", "own-type"),
        ("sample_type", "own-type"),
        ("rule_event", "*"),
        ("rule_path", "digitado"),
        ("rule_operator", "exists"),
        ("rule_value", ""),
    ];
    let asked = visitor.post(&edit, &[&typed[..], &[("sample", "1")]].concat()).await;
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("ftp://ainda-errado") && asked.body.contains("digitado"), "{}", asked.body);
    assert!(asked.body.contains("value=\"call.status\t7\""), "{}", asked.body);
    assert!(asked.body.contains("value=\"[&quot;odd.key&quot;][0]\t&lt;b&gt;\""), "{}", asked.body);
    assert!(!asked.body.contains("token-que-ninguem-ve") && !asked.body.contains("api_token\t"));
    let part = visitor.get(&format!("{list}/sample?sample_type=own-type")).await.body;
    assert!(part.contains("call.status\t7") && !part.contains("<html"), "{part}");
    let none = visitor.get(&format!("{list}/sample?sample_type=a*b")).await;
    assert!(none.status == 200 && none.body.contains("Nenhum evento recente deste tipo"), "{}", none.body);

    let picked = visitor.post(&edit, &[&typed[..], &[("pick", "call.status\t7")]].concat()).await.body;
    assert!(picked.contains("digitado") && picked.contains(r#"value="call.status""#), "{picked}");
    let right = [
        ("name", "Mudado"),
        ("url", customer.url.as_str()),
        ("event", "own-type"),
        ("rule_event", "own-type"),
        ("rule_path", "call.status"),
        ("rule_operator", "equals"),
        ("rule_value", "7"),
    ];
    // A rule says what is wrong with it beside its field, which has the focus; so does one that is for every type.
    let wrong = |event: &'static str, path: &'static str, operator: &'static str| {
        [
            &right[..3],
            &[("rule_event", event), ("rule_path", path), ("rule_operator", operator), ("rule_value", "abc")],
        ]
        .concat()
    };
    let refused = visitor.post(&edit, &wrong("", "call.status", "greater_than")).await;
    assert!(refused.status == 422 && refused.body.contains("Use um número"), "{}", refused.body);
    assert!(refused.body.contains(r##"<a href="#rule-1">Regra 1</a>"##), "{}", refused.body);
    assert!(
        refused.body.contains(
            r#"name="rule_value" id="rule-1" aria-invalid="true" aria-describedby="rule-1-error" autofocus"#
        ),
        "{}",
        refused.body
    );
    let empty = visitor.post(&edit, &wrong("own-type", "", "equals")).await;
    assert!(
        empty.body.contains("Preencha este campo.") && !empty.body.contains("não é um caminho"),
        "{}",
        empty.body
    );
    let path = format!("{list}/{}", company.webhook);
    assert_eq!(visitor.post(&edit, &right).await.to(), path);
    let stored = daemon.get(&format!("/api/v1/webhooks/{}", company.webhook)).await;
    assert_eq!(stored["rules"]["own-type"][0]["path"], "call.status", "{stored}");
    let page = visitor.get(&path).await.body;
    let rule = "<li><code>own-type</code>: <code>call.status</code> é igual a <b>7</b></li>";
    assert!(page.contains(rule) && page.contains("Editar as regras"), "{page}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_webhook_is_made_changed_and_deleted_by_forms() {
    let customer = Picky::start().await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let (_, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let list = format!("/companies/{}/webhooks", made["id"].as_str().expect("an id"));
    let new = format!("{list}/new");
    let wrong = [("name", ""), ("url", "ftp://x"), ("more", "a*b"), ("concurrency", "muitas")];
    let refused = visitor.post(&new, &wrong).await;
    assert_eq!(refused.status, 422);
    for part in
        [r#"id="name-error""#, r#"id="url-error""#, "“a*b”", r#"id="concurrency-error""#, "ftp://x", "muitas"]
    {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }

    let right = [
        ("name", "CRM"),
        ("url", customer.url.as_str()),
        ("event", "call-was-connected"),
        ("more", "call-*\r\nminha chamada\r\n"),
        ("unknown_types", "on"),
        ("rule_event", "call-was-connected"),
        ("rule_path", "callHistory.status"),
        ("rule_operator", "equals"),
        ("rule_value", "7"),
        ("headers", "X-Chave: valor-muito-secreto-123"),
        ("format", "cloudevents"),
        ("ordered", "on"),
        ("sign", "on"),
    ];
    let mut previewed = right.to_vec();
    previewed.push(("preview", "1"));
    let preview = visitor.post(&new, &previewed).await;
    assert_eq!(preview.status, 200);
    assert!(
        preview.body.contains("specversion")
            && preview.body.contains(r#"id="preview""#)
            && !preview.body.contains("valor-muito-secreto"),
        "{}",
        preview.body
    );
    assert!(!visitor.get(&list).await.body.contains("CRM"), "a preview saves nothing");
    let created = visitor.once(&new, &right).await;
    assert!(created.body.contains("whsec_"), "the secret is shown: {}", created.body);
    is_one_line_of_the_audit_log(&visitor).await;
    let stored = daemon.get(&format!("/api/v1{list}")).await[0].clone();
    assert_eq!(stored["events"], json!(["call-was-connected", "call-*", "minha chamada"]));
    assert_eq!(stored["rules"]["call-was-connected"][0]["value"], "7");
    let page = format!("{list}/{}", stored["id"].as_str().expect("an id"));
    assert!(!visitor.get(&page).await.body.contains("whsec_"), "once only");

    // Kept headers stay although the form knows no more than their masks; a stale form says so and loses nothing.
    let version = stored["version"].to_string();
    let again = [
        ("name", "CRM 2"),
        ("url", customer.url.as_str()),
        ("event", "*"),
        ("keep_header", "X-Chave"),
        ("version", &version),
    ];
    assert_eq!(visitor.post(&format!("{page}/edit"), &again).await.to(), page);
    let changed = daemon.get(&format!("/api/v1{list}")).await[0].clone();
    assert_eq!((&changed["name"], &changed["headers"]), (&json!("CRM 2"), &stored["headers"]));
    let stale =
        visitor.post(&format!("{page}/edit"), &[("name", "CRM 3"), again[1], again[2], again[4]]).await;
    assert_eq!(stale.status, 422);
    assert!(
        stale.body.contains("Ana Souza salvou antes de você") && stale.body.contains("CRM 3"),
        "{}",
        stale.body
    );

    let tested = visitor.post(&format!("{page}/test"), &[("event", "agent-is-idle")]).await;
    assert!(tested.body.contains("HTTP 200") && tested.body.contains("agent-is-idle"), "{}", tested.body);
    let rotated = visitor.once(&format!("{page}/secret"), &[("overlap_hours", "48")]).await;
    assert!(rotated.body.contains("whsec_"), "{}", rotated.body);
    let verify = visitor.get(&format!("{page}/verify")).await;
    let languages = ["createHmac", "hash_hmac", "hmac.new", "crypto/hmac", "HMACSHA256"];
    assert!(languages.iter().all(|part| verify.body.contains(part)), "{}", verify.body);
    assert_eq!(visitor.post(&format!("{page}/delete"), &[("name", "CRM")]).await.status, 422);
    assert_eq!(visitor.post(&format!("{page}/delete"), &[("name", "CRM 2")]).await.to(), list);
    assert_eq!(visitor.get(&page).await.status, 404);
    daemon.stop().await;
}

#[tokio::test]
async fn who_saves_a_url_is_told_whether_anybody_answers_there_and_nothing_is_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let live = format!("http://{}/eventos", listener.local_addr().expect("bound"));
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let (_, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let list = format!("/companies/{}/webhooks", made["id"].as_str().expect("an id"));
    let form = |name, url| [("name", name), ("url", url), ("event", "own-type")];
    let made = visitor.post(&format!("{list}/new"), &form("CRM", &live)).await;
    let path = made.to().strip_suffix("?reach=soon").expect("the look follows").to_owned();
    let awaited = visitor.get(made.to()).await.body;
    assert!(awaited.contains(&format!("hx-get=\"{path}/reach\"")), "{awaited}");
    assert!(
        awaited.contains(&format!("<noscript><p><a class=\"btn\" href=\"{path}?reach=now\"")),
        "{awaited}"
    );
    let heard = async {
        let (mut caller, _) = listener.accept().await.expect("a connection");
        let mut heard = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut caller, &mut heard).await.expect("it ends");
        heard
    };
    let reach = format!("{path}/reach");
    let (part, heard) = tokio::join!(visitor.get(&reach), heard);
    assert!(heard.is_empty(), "sent: {}", String::from_utf8_lossy(&heard));
    assert!(
        part.body.contains("O endereço responde: conexão em ") && !part.body.contains("<html"),
        "{}",
        part.body
    );

    let edit = format!("{path}/edit");
    assert_eq!(visitor.post(&edit, &form("Outro nome", &live)).await.to(), path, "the URL is as it was");
    let moved = visitor.post(&edit, &form("CRM", "http://127.0.0.1:9/eventos")).await;
    assert_eq!(moved.to(), format!("{path}?reach=soon"));
    let dead = visitor.get(&format!("{path}?reach=now")).await.body;
    for part in ["Ninguém atende em 127.0.0.1:9 (conexão recusada).", "Confira a porta"] {
        assert!(dead.contains(part), "{part}: {dead}");
    }
    assert!(!visitor.get(&path).await.body.contains("id=\"reach\""), "only for who has just saved it");

    // The type of a test is offered, and one that the webhook wants stands there.
    let test = visitor.get(&format!("{path}/test")).await.body;
    for part in [r#"value="own-type" list="event-list""#, r#"<option value="agent-is-idle">"#] {
        assert!(test.contains(part), "{part}: {test}");
    }
    daemon.stop().await;

    // What an administrator no longer permits is not connected to.
    home.write_settings("");
    let daemon = home.start().await;
    let visitor = Visitor::new(&daemon);
    visitor.post("/sign-in", &[("login", LOGIN), ("password", PASSWORD)]).await.to();
    let refused = visitor.get(&format!("{path}/reach")).await.body;
    for part in ["127.0.0.1 não está na internet pública e não foi liberado.", "Libere a rede"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    daemon.stop().await;
}

/// A webhook that signs from its beginning was made; no secret of it was replaced.
async fn is_one_line_of_the_audit_log(visitor: &Visitor) {
    let audited = visitor.get("/audit?action=webhook").await.body;
    assert!(
        audited.contains("Cadastrou um webhook") && !audited.contains("<b>Trocou o segredo"),
        "{audited}"
    );
}

#[tokio::test]
async fn a_refused_webhook_names_all_that_is_wrong_and_says_what_has_to_be_typed_again() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let (_, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let new = format!("/companies/{}/webhooks/new", made["id"].as_str().expect("an id"));
    let wrong = [
        ("name", "CRM"),
        ("url", "https://127.0.0.1/"),
        ("more", "a*b\n*c"),
        ("bearer", "xyz-segredo"),
        ("headers", "X-Um: valor-oculto\nsem-dois-pontos"),
    ];
    let refused = visitor.post(&new, &wrong).await;
    assert_eq!(refused.status, 422);
    for part in
        ["“a*b”, “*c” não são", "more-error", "Linha 2: falta", "bearer-erased", "headers-erased", "X-Um: "]
    {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    for part in ["xyz-segredo", "valor-oculto", "sem-dois-pontos"] {
        assert!(!refused.body.contains(part), "a secret came back: {part}");
    }
    assert!(!refused.body.contains(r#"id="preview""#), "a refused form begins at its top");
    let nothing = visitor.post(&new, &wrong[..2]).await;
    assert!(nothing.body.contains("Escolha pelo menos um evento."), "{}", nothing.body);
    daemon.stop().await;
}

#[tokio::test]
async fn a_form_has_as_many_rules_as_there_are_and_cuts_none() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let rule = |n: usize| json!({ "path": format!("campo.{n}"), "operator": "equals", "value": "1" });
    let rules = json!({ "rules": { "*": (0..60).map(rule).collect::<Vec<_>>() } });
    let (status, view) = daemon.call("PATCH", &company.hook(""), Some(rules)).await;
    assert_eq!(status, 200, "{view}");
    let page = format!("/companies/{}/webhooks/{}/edit", company.id, company.webhook);
    let form = visitor.get(&page).await.body;
    assert!((0..60).all(|n| form.contains(&format!("\"campo.{n}\""))), "{form}");
    let paths: Vec<_> = (0..201).map(|n| format!("campo.{n}")).collect();
    let post = async |rules: usize| {
        let mut filled = vec![("name", "CRM"), ("url", customer.url.as_str()), ("event", "*")];
        filled.push(("version", version_of(&form)));
        for path in &paths[..rules] {
            filled.extend([("rule_event", "*"), ("rule_path", path), ("rule_operator", "equals")]);
            filled.push(("rule_value", "1"));
        }
        visitor.post(&page, &filled).await
    };
    let refused = post(201).await;
    assert!(refused.status == 422 && refused.body.contains("200"), "{}", refused.body);
    assert_eq!(post(200).await.status, 303);
    let stored = daemon.get(&company.hook("")).await;
    assert_eq!(stored["rules"]["*"].as_array().map(Vec::len), Some(200));
    daemon.stop().await;
}
