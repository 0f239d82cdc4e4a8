//! Events over HTTP: the search, one event with its fates, a large one, sending again, the live tail.

use std::time::Duration;

use ramal::simulator::threecplus::{Account, Config, Control, Simulator};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{SETTINGS, Visitor};
use crate::support::daemon::{Daemon, Home};
use crate::support::receiver::Receiver;

/// A company with a connected source of a provider that is silent until told.
pub(super) struct Company {
    pub id: String,
    provider: Control,
    _provider: DropGuard,
}

impl Company {
    pub async fn create(daemon: &Daemon) -> Company {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let account = Account::numbered(1);
        let simulator = Simulator::new(Config::new(vec![account.clone()], 0.0));
        let (provider, stop) = (simulator.control(), CancellationToken::new());
        tokio::spawn(simulator.run(listener, stop.clone()));
        let (_, company) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
        let id = company["id"].as_str().expect("an id").to_owned();
        let source = json!({ "provider": "threecplus", "account": account.company.to_string(),
            "token": account.token, "socket_url": url, "connect": true });
        let (_, source) = daemon.call("POST", &format!("/api/v1/companies/{id}/sources"), Some(source)).await;
        let path = format!("/api/v1/sources/{}/status", source["id"].as_str().expect("an id"));
        daemon.until(&path, |status| status["state"] == "connected").await;
        Company { id, provider, _provider: stop.drop_guard() }
    }

    pub async fn webhook(&self, daemon: &Daemon, name: &str, url: &str, input: Value) -> String {
        let mut webhook = json!({ "name": name, "url": url });
        webhook.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let path = format!("/api/v1/companies/{}/webhooks", self.id);
        let (status, made) = daemon.call("POST", &path, Some(webhook)).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().expect("an id").to_owned()
    }

    pub fn emit(&self, name: &str, payload: &str) {
        let args = [RawValue::from_string(payload.to_owned()).expect("JSON")];
        assert_eq!(self.provider.emit(Some(9_001), name, &args), 1);
    }

    async fn holds(&self, daemon: &Daemon, count: usize) {
        let path = format!("/api/v1/companies/{}/events", self.id);
        daemon.until(&path, |page| page["items"].as_array().is_some_and(|items| items.len() >= count)).await;
    }

    fn path(&self, query: &str) -> String {
        format!("/companies/{}/events{query}", self.id)
    }

    fn event(&self, seq: u32) -> String {
        format!("/events/evt_{}_{seq}", self.id.trim_start_matches("company_"))
    }
}

#[tokio::test]
async fn events_are_found_by_what_the_address_says() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    assert!(visitor.get(&company.path("")).await.body.contains("Nenhum evento ainda"));
    assert_eq!(visitor.get("/events").await.to(), company.path(""), "there is but one company");
    company.emit("call-was-connected", r#"{"call":{"id":"chamada-a","phone":"5511988776655"}}"#);
    company.emit("agent-is-idle", r#"{"agent":{"id":7,"name":"<b>Maria</b>"}}"#);
    company.emit("nova-coisa", r#"{"n":5}"#);
    company.holds(&daemon, 3).await;
    let found = async |query: &str| {
        let page = visitor.get(&company.path(query)).await;
        assert_eq!(page.status, 200, "{query}: {}", page.body);
        let rows = page.body.split(r#"class="mono name">"#).skip(1);
        rows.map(|rest| rest.split('<').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, ["nova-coisa", "agent-is-idle", "call-was-connected"]);
    assert_eq!(found("?type=call-*").await, ["call-was-connected"]);
    assert_eq!(found("?by=call&key=chamada-a").await, ["call-was-connected"]);
    assert_eq!(found("?phone=%2B55+11+98877-6655").await, ["call-was-connected"]);
    assert_eq!(found("?by=phone&key=(11)+98877-6655").await, ["call-was-connected"]);
    assert_eq!(found("?text=Maria").await, ["agent-is-idle"]);
    assert_eq!(found("?from=2020-01-01T00:00&to=2020-01-02T00:00").await, Vec::<String>::new());
    let page = visitor.get(&company.path("")).await.body;
    assert!(page.contains("Agente ficou ocioso") && page.contains("contagem nos 3 eventos mais recentes"));
    let wrong = visitor.get(&company.path("?from=ontem&type=nova-coisa")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains(r#"id="from-error""#) && wrong.body.contains(r#"value="nova-coisa""#));
    assert_eq!(visitor.get("/companies/company_99/events").await.status, 404);
    daemon.stop().await;
}

#[tokio::test]
async fn an_event_says_what_became_of_it_and_is_sent_again() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    let receiver = Receiver::start().await;
    let url = format!("http://{}/", receiver.address);
    let rules = json!({ "agent-is-idle": [{ "path": "n", "operator": "equals", "value": "7" }] });
    let main = company.webhook(&daemon, "Principal", &url, json!({ "events": ["*"] })).await;
    company.webhook(&daemon, "Filtro", &url, json!({ "events": ["agent-*"], "rules": rules })).await;
    company.webhook(&daemon, "Outro", &url, json!({ "events": ["call-*"] })).await;
    company.emit("agent-is-idle", r#"{"n":5,"api_token":"segredo-muito-secreto","x":"<script>"}"#);
    company.holds(&daemon, 1).await;
    let fates = format!("/api/v1{}/deliveries", company.event(1));
    daemon.until(&fates, |fates| fates[0]["verdict"] == "delivered").await;
    let page = visitor.get(&company.event(1)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for said in
        ["Entregue", "Barrado pela regra", "era 5.", "Não assina", "&lt;script&gt;", "Tentativa 1: HTTP 200"]
    {
        assert!(page.body.contains(said), "{said} is missing: {}", page.body);
    }
    assert!(!page.body.contains("segredo-muito-secreto"));
    let masked = visitor.get(&format!("{}/payload", company.event(1))).await;
    assert!(masked.body.contains("***") && !masked.body.contains("segredo"), "{}", masked.body);
    assert!(masked.header("content-disposition").contains("attachment"));
    let original = visitor.get(&format!("{}/original", company.event(1))).await;
    assert!(original.body.contains("segredo-muito-secreto"), "{}", original.body);

    let again = visitor.post(&format!("{}/resend", company.event(1)), &[("webhook", &main)]).await;
    assert_eq!(again.to(), format!("{}?resent", company.event(1)));
    let part = format!("{}/fates?until={}", company.event(1), ramal::domain::Timestamp::now().0 + 20_000_000);
    let followed = visitor.get(&format!("{}?resent", company.event(1))).await.body;
    assert!(followed.contains(&format!(r#"hx-get="{}/fates?until="#, company.event(1))), "{followed}");
    assert!(!page.body.contains("hx-trigger=\"every"), "{}", page.body);
    daemon.until(&fates, |fates| fates[0]["attempts_made"].as_array().is_some_and(|a| a.len() == 2)).await;
    // The page that follows hears of it once, and no more when its time is over.
    let news = visitor.get(&format!("{part}&seen=0")).await.body;
    assert!(news.contains("Reenvio, tentativa 2: HTTP 200") && !news.contains("<html"), "{news}");
    let seen =
        news.split("&#38;seen=").nth(1).and_then(|rest| rest.split('"').next()).expect("what was seen");
    assert_eq!(visitor.get(&format!("{part}&seen={seen}")).await.status, 204);
    let over = format!("{}/fates?until=1&seen={seen}", company.event(1));
    assert_eq!(visitor.get(&over).await.status, 286);
    let webhooks = daemon.get(&format!("/api/v1/companies/{}/webhooks", company.id)).await;
    for webhook in webhooks.as_array().expect("a list") {
        let path = format!("/api/v1/webhooks/{}", webhook["id"].as_str().expect("an id"));
        assert_eq!(daemon.call("DELETE", &path, None).await.0, 204);
    }
    let alone = visitor.get(&company.event(1)).await.body;
    assert!(alone.contains("Nenhum webhook existe agora."), "it was delivered to one that is gone: {alone}");
    for missing in ["/events/evt_1_99", "/events/evt_x"] {
        assert_eq!(visitor.get(missing).await.status, 404, "{missing}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_large_payload_makes_no_large_page() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    let many = format!(r#"{{"list":[{}0],"text":"{}"}}"#, r#"{"a":1},"#.repeat(50_000), "á".repeat(300_000));
    company.emit("mailing-list-was-created", &many);
    company.holds(&daemon, 1).await;
    let page = visitor.get(&company.event(1)).await;
    assert!(page.body.len() < 250_000, "{}", page.body.len());
    assert!(page.body.contains("a árvore mostra só o começo") && page.body.contains("Este é só o começo"));
    assert_eq!(visitor.get(&format!("{}/payload", company.event(1))).await.body, many);
    daemon.stop().await;
}

#[tokio::test]
async fn the_live_tail_sends_rows_as_they_come_and_ends_with_the_program() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    let mut stream = visitor.stream(&company.path("/live?type=call-*")).await;
    company.emit("agent-is-idle", "{}");
    company.emit("call-was-connected", r#"{"call":{"id":"chamada-a"}}"#);
    let said = until(&mut stream, "chamada-a").await;
    assert!(said.contains("event: row") && !said.contains("agent-is-idle"), "{said}");
    // Who was interrupted goes on from what was heard last: nothing of the second event is missed, nothing comes twice.
    let heard = said.rsplit("id: ").next().and_then(|rest| rest.lines().next()).expect("where it goes on");
    company.emit("call-was-finished", r#"{"call":{"id":"chamada-b"}}"#);
    let mut again = visitor.stream(&company.path(&format!("/live?type=call-*&after={heard}"))).await;
    let said = until(&mut again, "chamada-b").await;
    assert!(!said.contains("chamada-a"), "{said}");
    assert!(
        until(&mut again, "event: alive").await.contains("id: 3"),
        "what has nothing to say says that it lives"
    );

    // Who looks at the same is told the same from then on.
    company.emit("call-was-created", r#"{"call":{"id":"chamada-c"}}"#);
    for heard in [&mut stream, &mut again] {
        assert_eq!(until(heard, "chamada-c").await.matches("event: row\nid: 4\n").count(), 1);
    }

    let ended = tokio::spawn(async move { while let Ok(Some(_)) = stream.chunk().await {} });
    daemon.stop().await;
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("ends").expect("no panic");
}

/// Everything of a stream up to this text and the end of its message.
async fn until(stream: &mut reqwest::Response, wanted: &str) -> String {
    let mut said = String::new();
    while !said.contains(wanted) || !said.ends_with("\n\n") {
        let chunk = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await.expect("in time");
        said.push_str(&String::from_utf8_lossy(&chunk.expect("readable").expect("goes on")));
    }
    said
}

/// An event that waits says for what: what the endpoint does, since when, behind how many events, and what comes next; so do the
/// page of the delivery and, of what is paused, both.
#[tokio::test]
async fn an_event_that_waits_says_why_and_what_comes_next() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    // Nobody listens at this port.
    let calls = json!({ "events": ["call-*"] });
    let down = company.webhook(&daemon, "CRM", "http://127.0.0.1:9/", calls.clone()).await;
    let paused = company.webhook(&daemon, "BI", "http://127.0.0.1:9/", calls).await;
    let (status, _) = daemon.call("POST", &format!("/api/v1/webhooks/{paused}/pause"), Some(json!({}))).await;
    assert_eq!(status, 200);
    for n in 1..=30 {
        company.emit("call-was-connected", &json!({ "call": { "id": format!("c{n}") } }).to_string());
        company.emit("agent-is-idle", &json!({ "agent": { "id": n } }).to_string());
    }
    company.holds(&daemon, 60).await;
    let status = format!("/api/v1/webhooks/{down}/status");
    let fails = |status: &Value| status["health"] == "failing" && status["next_try_at"].is_string();
    daemon.until_within(Duration::from_secs(40), &status, fails).await;

    let fates = daemon.get(&format!("/api/v1{}/deliveries", company.event(59))).await;
    assert_eq!(
        (&fates[0]["verdict"], &fates[0]["waiting"]["health"]),
        (&json!("pending"), &json!("failing"))
    );
    assert_eq!(fates[1]["waiting"]["before"], 29, "{fates}");
    assert_eq!(
        (&fates[1]["verdict"], &fates[1]["waiting"]["before_known"]),
        (&json!("paused"), &json!("exactly"))
    );
    let delivery = format!("/companies/{}/webhooks/{down}{}", company.id, company.event(59));
    for path in [company.event(59), delivery] {
        let page = visitor.get(&path).await.body;
        for said in
            ["O destino recusa a conexão desde ", "Nenhum outro da mesma chamada sai antes dele", "Na fila"]
        {
            assert!(page.contains(said), "{path}: {said} is missing: {page}");
        }
    }
    let page = visitor.get(&company.event(59)).await.body;
    for said in [
        "O webhook está pausado; o evento sai quando ele for retomado. Nenhum outro da mesma chamada sai antes dele; as outras chamadas não esperam por ele.",
        &format!(r#"href="/companies/{}/webhooks/{paused}""#, company.id),
    ] {
        assert!(page.contains(said), "{said} is missing: {page}");
    }
    // Order is kept within a call: two of the same go before the third, and those of others before or after.
    for name in ["call-was-answered", "call-was-finished"] {
        company.emit(name, &json!({ "call": { "id": "c30" } }).to_string());
    }
    company.holds(&daemon, 62).await;
    let fates = daemon.get(&format!("/api/v1{}/deliveries", company.event(62))).await;
    for webhook in 0..2 {
        let waiting = &fates[webhook]["waiting"];
        assert_eq!((&waiting["before"], &waiting["before_in_lane"]), (&json!(31), &json!(2)), "{fates}");
    }
    let page = visitor.get(&company.event(62)).await.body;
    let said = "2 da mesma chamada saem antes dele; as outras chamadas não esperam por ele.";
    assert_eq!(page.matches(said).count(), 2, "{page}");
    assert!(!page.contains("No máximo"), "no bound that does not hold: {page}");
    let unwanted = daemon.get(&format!("/api/v1{}/deliveries", company.event(60))).await;
    assert!(unwanted[0]["verdict"] == "not_subscribed" && unwanted[0]["waiting"].is_null(), "{unwanted}");
    daemon.stop().await;
}

/// The events of a list, by their places, newest first.
fn places(page: &str) -> Vec<u32> {
    let rows = page.split(r#"<tr data-row=""#).skip(1).filter_map(|rest| rest.split('"').next());
    rows.map(|seq| seq.parse().expect("a number")).collect()
}

/// Each row of the list says what became of its event at each webhook, and the list is asked for what did not arrive: at one
/// webhook or any, in a period, page by page, and by the API.
#[tokio::test]
async fn what_did_not_arrive_is_seen_in_the_list_and_asked_for() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    let receiver = Receiver::start().await;
    let url = format!("http://{}/", receiver.address);
    let rules = json!({ "*": [{ "path": "n", "operator": "equals", "value": "7" }] });
    let calls = json!({ "events": ["call-*"] });
    let crm = company.webhook(&daemon, "CRM", &url, json!({ "events": ["*"] })).await;
    let bi = company.webhook(&daemon, "BI", &url, calls.clone()).await;
    company.webhook(&daemon, "Filtro", &url, json!({ "events": ["*"], "rules": rules })).await;
    // Nobody listens at this port.
    let erp = company.webhook(&daemon, "ERP", "http://127.0.0.1:9/", calls).await;
    assert_eq!(daemon.call("POST", &format!("/api/v1/webhooks/{bi}/pause"), Some(json!({}))).await.0, 200);
    for n in 1..=6 {
        let name = if n % 3 == 0 { "agent-is-idle" } else { "call-was-connected" };
        company.emit(name, &json!({ "n": n }).to_string());
    }
    daemon.until(&format!("/api/v1/webhooks/{crm}/status"), |status| status["cursor"] == 6).await;

    let page = visitor.get(&company.path("")).await.body;
    assert_eq!(places(&page), [6, 5, 4, 3, 2, 1]);
    let row = |seq: u32| page.split(&format!(r#"<tr data-row="{seq}""#)).nth(1).expect("a row");
    let row = |seq: u32| row(seq).split("</tr>").next().expect("its end").to_owned();
    for (seq, said) in [
        (6, "CRM: Entregue"),
        (6, "BI: Não assina"),
        (6, "Filtro: Barrado pela regra"),
        (5, "BI: Pausado"),
        (5, "CRM: Entregue"),
    ] {
        let sign = row(seq);
        let (title, words) = (format!(r#"title="{said}""#), format!(r#"<span class="unseen">{said}</span>"#));
        assert!(sign.contains(&title) && sign.contains(&words), "{said}: {sign}");
    }
    for said in
        ["<b>4</b> ERP", r#"rows events cards numbered""#, r#"title="ERP"><span aria-hidden="true">4<"#]
    {
        assert!(page.contains(said), "a narrow column for each, and a key: {said} is missing: {page}");
    }
    assert!(row(5).contains("ERP: Na fila") || row(5).contains("ERP: Com falha"), "{}", row(5));
    assert!(
        row(5).starts_with(" data-open") && !row(6).starts_with(" data-open"),
        "what may change is asked again"
    );
    let again = visitor.get(&company.path("/outcomes?of=5,6,99")).await.body;
    assert!(places(&again) == [5, 6] && again.contains("BI: Pausado") && !again.contains("<html"), "{again}");

    let found = async |query: &str| places(&visitor.get(&company.path(query)).await.body);
    for lacking in [&bi, &erp, "any"] {
        assert_eq!(found(&format!("?not_delivered_to={lacking}")).await, [5, 4, 2, 1], "{lacking}");
    }
    assert_eq!(found(&format!("?not_delivered_to={crm}")).await, [0_u32; 0]);
    assert_eq!(found("?not_delivered_to=any&from=2099-01-01T00:00").await, [0_u32; 0]);
    assert_eq!(found("?not_delivered_to=any&type=agent-*").await, [0_u32; 0]);
    let asked = visitor.get(&company.path(&format!("?not_delivered_to={bi}"))).await.body;
    assert!(asked.contains(&format!(r#"<option value="{bi}" selected>BI</option>"#)), "{asked}");
    assert!(!asked.contains("data-live="), "of what comes just now nobody knows that it does not arrive");
    let wrong = visitor.get(&company.path("?not_delivered_to=webhook_99")).await;
    assert!(wrong.status == 422 && wrong.body.contains(r#"id="not_delivered_to-error""#), "{}", wrong.body);

    let api = format!("/api/v1/companies/{}/events?not_delivered_to={bi}&limit=3", company.id);
    let first = daemon.get(&api).await;
    let seqs = |page: &Value| {
        page["items"].as_array().expect("items").iter().map(|it| it["seq"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(seqs(&first), [json!(5), json!(4), json!(2)]);
    let next = first["next"].as_str().expect("there is more");
    let last = daemon.get(&format!("{api}&cursor={next}")).await;
    assert!(seqs(&last) == [json!(1)] && last["next"].is_null(), "{last}");
    let wrong = daemon
        .call("GET", &format!("/api/v1/companies/{}/events?not_delivered_to=x", company.id), None)
        .await;
    assert_eq!((wrong.0, &wrong.1["errors"][0]["field"]), (422, &json!("not_delivered_to")), "{}", wrong.1);
    daemon.stop().await;
}
