//! The lists of companies and of webhooks over HTTP: searched, put in order, page by page, quick however many there are.

use std::time::Instant;

use ramal::domain::{Format, Timestamp, Wishes};
use ramal::store::{SaveWebhook, StartAt, Store, StoreOptions};
use serde_json::json;

use super::account::secret;
use super::{PASSWORD, SETTINGS, Visitor};
use crate::api::created;
use crate::support::daemon::{Daemon, Home};
use crate::support::receiver::Receiver;
use crate::support::settings::{settings, wanting};

/// A reader of one company, signed in with a password of their own.
pub(super) async fn scoped_person(daemon: &Daemon, owner: &Visitor, company: &str) -> Visitor {
    scoped(daemon, owner, company, "reader").await
}

/// The same in another role.
pub(super) async fn scoped(daemon: &Daemon, owner: &Visitor, company: &str, role: &str) -> Visitor {
    let form =
        [("name", "Bia Lima"), ("login", "bia"), ("role", role), ("scope", "some"), ("companies", company)];
    let password = secret(&owner.once("/users", &form).await.body);
    let bia = Visitor::new(daemon);
    bia.post("/sign-in", &[("login", "bia"), ("password", &password)]).await;
    let page = bia.get("/account/password").await.body;
    let token =
        page.split(r#"name="_csrf" value=""#).nth(1).expect("a token").split('"').next().expect("its end");
    let own = [("_csrf", token), ("current", &password), ("new", PASSWORD), ("again", PASSWORD)];
    bia.post_from("/account/password", &own, &[("origin", &daemon.base)]).await;
    bia
}

/// The names of the rows of a list, in their order.
fn rows(body: &str) -> Vec<String> {
    let heads = body.split(r#"<th scope="row""#).skip(1);
    let name = |head: &str| {
        let link = head.split("<a ").nth(1).expect("a link").split_once('>').expect("a text").1;
        link.split("</a>").next().expect("its end").to_owned()
    };
    heads.map(name).collect()
}

async fn webhook(daemon: &Daemon, company: &str, name: &str, url: &str) -> String {
    let webhook = json!({ "name": name, "url": url, "events": ["*"] });
    let made = created(daemon, &format!("/api/v1/companies/{company}/webhooks"), webhook).await;
    made["id"].as_str().expect("an id").to_owned()
}

async fn pause(daemon: &Daemon, webhook: &str) {
    let (status, _) =
        daemon.call("POST", &format!("/api/v1/webhooks/{webhook}/pause"), Some(json!({}))).await;
    assert_eq!(status, 200);
}

/// Four companies: one whose webhook fails, one with a paused one, one without any, one whose source is off.
async fn furnish(daemon: &Daemon) -> Receiver {
    for name in ["Zebra Cobrança", "Ânima Crédito", "casa verde", "Bússola"] {
        created(daemon, "/api/v1/companies", json!({ "name": name })).await;
    }
    let token = "aB3dE5gH7jK9mN1pQ3sT5vX7";
    let door = json!({ "provider": "tellicon", "token": token, "connect": true });
    created(daemon, "/api/v1/companies/company_1/sources", door).await;
    let source = json!({ "provider": "threecplus", "account": "777123", "token": "t".repeat(60) });
    created(daemon, "/api/v1/companies/company_4/sources", source).await;
    let receiver = Receiver::start().await;
    let well = format!("http://{}/", receiver.address);
    let failing = webhook(daemon, "company_1", "ERP", "http://127.0.0.1:9/erp").await;
    webhook(daemon, "company_1", "CRM", &well).await;
    let paused = webhook(daemon, "company_2", "Planilha", &well).await;
    pause(daemon, &paused).await;
    for n in 0..8 {
        let body = json!({ "eventTellicon": { "type": "pushCall", "src": format!("900{n}"), "dst": "018988776655",
            "client": 5, "building": 0, "apt": 1, "eventDateTime": 1_705_338_959, "answerDateTime": 0,
            "hangupDateTime": 0, "callDurationTime": 0 } });
        let url = format!("{}/eventTellicon", daemon.base);
        let headers = [("authTokenTellicon", token), ("content-type", "application/json")];
        assert_eq!(crate::api::send("POST", &url, &headers, &body.to_string()).await.status, 200);
    }
    let status = format!("/api/v1/webhooks/{failing}/status");
    daemon.until(&status, |status| status["health"] == "failing").await;
    receiver
}

#[tokio::test]
async fn companies_are_found_put_in_order_and_told_apart_by_their_webhooks() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let _receiver = furnish(&daemon).await;
    let found = async |query: &str| {
        let page = visitor.get(&format!("/companies{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.body);
        rows(&page.body)
    };
    let by_name = ["Ânima Crédito", "Bússola", "casa verde", "Zebra Cobrança"];
    assert_eq!(found("?sort=name").await, by_name, "accents and capitals are no other letters");
    let worst = ["Zebra Cobrança", "Ânima Crédito", "Bússola", "casa verde"];
    assert_eq!(found("").await, worst, "what fails stands first");
    assert_eq!(found("?sort=backlog").await[0], "Zebra Cobrança");
    assert_eq!(found("?sort=last").await[0], "Zebra Cobrança");
    for (query, expected) in [
        ("?q=credito", "Ânima Crédito"),
        ("?q=VERDE+cas", "casa verde"),
        ("?q=company_4", "Bússola"),
        ("?q=777123", "Bússola"),
        ("?line=stopped", "Bússola"),
        ("?line=connected", "Zebra Cobrança"),
        ("?webhooks=failing", "Zebra Cobrança"),
        ("?webhooks=paused", "Ânima Crédito"),
        ("?webhooks=none&q=casa&line=none", "casa verde"),
    ] {
        assert_eq!(found(query).await, [expected], "{query}");
    }
    assert!(found("?q=nenhuma").await.is_empty());
    let page = visitor.get("/companies?q=cobranca&webhooks=failing&sort=name").await.body;
    for said in [
        "1 de 2 webhooks falhando",
        r#"href="/companies/company_1/webhooks?state=failing""#,
        r#"value="cobranca""#,
        r#"<option value="failing" selected>"#,
        r#"<option value="name" selected>"#,
        "1 de 4 empresas",
        "Conectado",
    ] {
        assert!(page.contains(said), "{said} is missing: {page}");
    }
    assert!(visitor.get("/companies?q=casa").await.body.contains("Sem webhook"));
    assert!(visitor.get("/companies?q=anima").await.body.contains("Webhook pausado"));
    let listed = daemon.get("/api/v1/companies?q=CREDITO").await;
    assert_eq!(listed["items"][0]["name"], "Ânima Crédito");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    let (status, _) = daemon.call("GET", "/api/v1/companies?q=", None).await;
    assert_eq!(status, 422, "nothing is looked for by nothing");
    let first = daemon.get("/api/v1/companies?q=a&limit=1").await;
    let next = first["next"].as_str().expect("there are more");
    let second = daemon.get(&format!("/api/v1/companies?q=a&limit=1&cursor={next}")).await;
    assert_eq!(
        (&first["items"][0]["id"], &second["items"][0]["id"]),
        (&json!("company_1"), &json!("company_2"))
    );
    daemon.stop().await;
}

#[tokio::test]
async fn webhooks_of_all_companies_are_one_list_the_worst_first() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    assert!(visitor.get("/webhooks").await.body.contains("Nenhum webhook ainda"));
    let _receiver = furnish(&daemon).await;
    let found = async |path: &str| {
        let page = visitor.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        rows(&page.body)
    };
    assert_eq!(found("/webhooks").await, ["ERP", "Planilha", "CRM"]);
    assert_eq!(found("/webhooks?sort=name").await, ["Planilha", "CRM", "ERP"]);
    assert_eq!(found("/webhooks?sort=backlog").await[0], "ERP");
    for (query, expected) in [
        ("?state=failing", "ERP"),
        ("?state=paused", "Planilha"),
        ("?state=well", "CRM"),
        ("?q=zebra+crm", "CRM"),
        ("?q=127.0.0.1:9", "ERP"),
        ("?company=company_2", "Planilha"),
        ("?q=credito", "Planilha"),
    ] {
        assert_eq!(found(&format!("/webhooks{query}")).await, [expected], "{query}");
    }
    assert!(found("/webhooks?company=company_3").await.is_empty());
    assert_eq!(found("/companies/company_1/webhooks").await, ["ERP", "CRM"]);
    assert_eq!(found("/companies/company_1/webhooks?q=crm").await, ["CRM"]);
    let page = visitor.get("/webhooks").await.body;
    for said in
        ["Falhando", "recusa a conexão", "Pausado", "Zebra Cobrança", "3 webhooks", r#"aria-current="page""#]
    {
        assert!(page.contains(said), "{said} is missing: {page}");
    }
    assert!(!page.contains("os eventos estão sendo entregues"), "what is well needs no sentence: {page}");
    // Whoever sees some companies only sees nothing of the others.
    let bia = scoped_person(&daemon, &visitor, "company_2").await;
    let hers = bia.get("/webhooks").await.body;
    assert!(hers.contains("Planilha") && !hers.contains("ERP") && !hers.contains("Zebra"), "{hers}");
    assert!(rows(&bia.get("/webhooks?company=company_1").await.body).is_empty());
    assert_eq!(rows(&bia.get("/companies").await.body), ["Ânima Crédito"]);
    daemon.stop().await;
}

#[tokio::test]
async fn another_company_is_gone_to_by_its_name() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let empty = visitor.get("/events").await.body;
    assert!(empty.contains("Nenhuma empresa ainda"), "{empty}");
    for n in 1..=60 {
        created(&daemon, "/api/v1/companies", json!({ "name": format!("Empresa {n:02}") })).await;
    }
    for (path, to) in [("/events", "events"), ("/calls/choose", "calls")] {
        let first = visitor.get(path).await.body;
        assert!(first.contains("De qual empresa?") && first.contains("1–50 de 60"), "{first}");
        let second = visitor.get(&format!("{path}?page=2")).await.body;
        assert!(second.contains(&format!(r#"href="/companies/company_60/{to}""#)), "{second}");
        let one = visitor.get(&format!("{path}?q=empresa+37")).await.body;
        assert!(one.contains(&format!(r#"href="/companies/company_37/{to}""#)), "{one}");
        assert_eq!(one.matches(r#"<li><a href="/companies/"#).count(), 1, "{one}");
        assert!(visitor.get(&format!("{path}?q=outra")).await.body.contains("Nenhuma empresa encontrada"));
    }
    // The way to another company leads to the same page of it, and finds those that are not in the list.
    let here = visitor.get("/companies/company_1/webhooks").await.body;
    assert!(here.contains(r#"href="/companies/company_2/webhooks">Empresa 02"#), "{here}");
    assert!(!here.contains("Empresa 57"), "{here}");
    let found = visitor.get("/companies/switch?q=57&to=%2Fwebhooks&but=company_1").await.body;
    assert_eq!(found.trim(), r#"<a href="/companies/company_57/webhooks">Empresa 57</a>"#);
    let all = visitor.get("/companies/switch?to=%2Fcalls&but=company_1").await.body;
    assert!(!all.contains("company_1/") && all.contains("Há mais"), "{all}");
    assert_eq!(all.matches("<a ").count(), 30);
    let strange = visitor.get("/companies/switch?q=57&to=%2F%2Felsewhere.example").await.body;
    assert!(strange.contains(r#"href="/companies/company_57""#), "{strange}");
    daemon.stop().await;
}

/// A thousand companies with three webhooks each.
async fn many(home: &Home) {
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, mut writer) = Store::open(&database, StoreOptions::default()).await.expect("the store opens");
    let now = Timestamp::now();
    let wishes = Wishes { format: Format::Native, ..wanting(&["call-was-created"]) };
    let mut tx = writer.begin().await.expect("begins");
    for n in 1..=1_000 {
        let company =
            tx.create_company(&format!("Empresa número {n:04}"), false, now).await.expect("a company");
        for name in ["CRM", "ERP", "Planilha"] {
            let settings = settings(name, &format!("https://{name}.empresa-{n:04}.example/eventos"));
            let save =
                SaveWebhook { settings: &settings, wishes: &wishes, credentials: None, provisioned: false };
            tx.create_webhook(company, &save, StartAt::Head, now).await.expect("a webhook");
        }
    }
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");
}

#[tokio::test]
async fn lists_of_a_thousand_companies_are_small_and_quick() {
    let home = Home::new(SETTINGS).await;
    many(&home).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    for path in [
        "/companies",
        "/companies?sort=name&page=20",
        "/companies?q=numero+0777",
        "/webhooks",
        "/webhooks?sort=backlog&page=60",
        "/webhooks?q=empresa-0777+erp",
        "/events?page=20",
        "/search?q=0777",
        "/search/found?q=%2885%29+90000-4900",
        "/webhooks?company=numero+0777",
        "/calls",
        "/audit",
        "/users/new",
        "/api-keys/new",
        "/alerts/contacts/new?kind=email",
        "/alerts/rules/new",
    ] {
        let began = Instant::now();
        let page = visitor.get(path).await;
        let took = began.elapsed();
        println!("{path}: {} ms, {} bytes", took.as_millis(), page.body.len());
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert!(page.body.len() < 100_000, "{path} has {} bytes", page.body.len());
        // Far more than it takes as it is delivered: this program is not optimised, and other tests run beside it.
        assert!(took.as_secs() < 10, "{path} took {took:?}");
    }
    // One of them is named where it is asked for, and chosen by its name; what means none is said beside the field.
    let one = visitor.get("/webhooks?company=numero+0777").await.body;
    assert_eq!(rows(&one), ["CRM", "ERP", "Planilha"]);
    assert!(one.contains(r#"name="company" type="text" value="Empresa número 0777""#), "{one}");
    let none = visitor.get("/webhooks?company=Nada").await.body;
    assert!(rows(&none).is_empty() && none.contains("Nenhuma empresa se chama “Nada”."), "{none}");
    let calls = visitor.get("/calls?company=empresa+numero+0999").await;
    assert_eq!(calls.to(), "/companies/company_999/calls");
    assert_eq!(visitor.get("/calls?company=numero").await.status, 422, "which of them?");
    let offered = visitor.get("/companies/offer?company_id=numero+099").await.body;
    assert_eq!(offered.matches("<option").count(), 11, "0099, and 0990 to 0999: {offered}");
    let form = [
        ("name", "Bia"),
        ("login", "bia"),
        ("role", "reader"),
        ("scope", "some"),
        ("companies_named", "Empresa número 0901\nNada"),
    ];
    let refused = visitor.post("/users", &form).await;
    assert!(
        refused.status == 422 && refused.body.contains("Nenhuma empresa se chama “Nada”."),
        "{}",
        refused.body
    );
    let form = [
        ("name", "Bia"),
        ("login", "bia"),
        ("role", "reader"),
        ("scope", "some"),
        ("companies_named", "Empresa número 0901\n0902"),
    ];
    visitor.once("/users", &form).await;
    let people = visitor.get("/users").await.body;
    assert!(people.contains("Empresa número 0901, Empresa número 0902"), "{people}");
    let found = visitor.get("/search?q=0777").await.body;
    assert!(found.contains("Empresa número 0777") && found.contains("empresa-0777.example"), "{found}");
    let last = visitor.get("/webhooks?sort=name&page=60").await.body;
    assert!(last.contains("2.951–3.000 de 3.000") && last.contains("Empresa número 1000"), "{last}");
    daemon.stop().await;
}
