//! Sending a period again: counted first, begun as it was counted, paused and cancelled.

use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::api::{Company, Customer, Picky, Provider};
use crate::support::daemon::Home;

/// The value of a hidden field.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let field = page.split(&format!(r#"type="hidden" name="{name}" value=""#)).nth(1).expect("the field");
    field.split('"').next().expect("its value")
}

#[tokio::test]
async fn a_period_is_counted_before_it_is_sent_again() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["agent-*"]).await;
    let path = format!("/companies/{}/webhooks/{}/replays", company.id, company.webhook);
    for n in 1..=20 {
        let name = if n % 2 == 0 { "agent-is-idle" } else { "call-was-connected" };
        provider.emit(1, name, &json!({ "n": n }));
    }
    customer.accepted(10).await;

    // What is wrong stands beside its field, and nothing typed is lost.
    let empty = visitor.get(&format!("{path}?count=1&from=&events=a*b+call-*&rate_per_second=muito")).await;
    assert_eq!(empty.status, 422);
    assert!(empty.body.contains(r#"id="rate_per_second-error""#) && empty.body.contains("a*b call-*"));
    let empty = visitor.get(&format!("{path}?count=1&from=&events=a*b")).await;
    assert!(empty.body.contains(r#"id="from-error""#) && empty.body.contains(r#"id="events-error""#));
    let late = visitor.get(&format!("{path}?count=1&from=2100-01-01T00:00")).await;
    assert!(late.body.contains("Não há eventos neste período"), "{}", late.body);
    let turned = "count=1&from=2020-01-02T00:00&to=2020-01-01T00:00";
    let turned = visitor.get(&format!("{path}?{turned}")).await.body;
    assert!(turned.contains("O fim vem antes do início."), "{turned}");
    let unwanted = visitor.get(&format!("{path}?count=1&from=2020-01-01T00:00&events=call-*")).await;
    assert!(unwanted.body.contains("Nenhum evento seria reenviado"), "it is not subscribed to those");

    let query = "count=1&from=2020-01-01T00:00&to=&events=agent-is-idle&rate_per_second=1&as_new=on";
    let counted = visitor.get(&format!("{path}?{query}")).await;
    assert_eq!(counted.status, 200);
    assert!(counted.body.contains("Reenviar 10 eventos"), "{}", counted.body);
    assert_eq!(daemon.get(&company.hook("/replays")).await["items"], json!([]), "a count begins nothing");
    // What comes after the count is not sent again.
    provider.emit(1, "agent-is-idle", &json!({ "n": 21 }));
    customer.accepted(11).await;
    let names = ["from", "first", "last", "events", "rate_per_second", "as_new"];
    let form = names.map(|name| (name, hidden(&counted.body, name)));
    let one = visitor.post(&path, &form).await.to().to_owned();
    let api = format!("/api/v1/replays/{}", one.rsplit('/').next().expect("an id"));
    let made = daemon.get(&api).await;
    assert_eq!((&made["total"], &made["to_seq"], &made["as_new"]), (&json!(10), &json!(20), &json!(true)));
    assert_eq!((&made["events"], &made["rate_per_second"]), (&json!(["agent-is-idle"]), &json!(1)));

    let shown = visitor.get(&one).await;
    assert!(
        shown.body.contains(r#"data-state="running""#) && shown.body.contains("<progress"),
        "{}",
        shown.body
    );
    for (step, state) in [("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")] {
        assert_eq!(visitor.post(&format!("{one}/{step}"), &[]).await.to(), one);
        assert_eq!(daemon.get(&api).await["state"], state);
    }
    let ended = visitor.get(&one).await;
    assert!(ended.body.contains("Cancelado") && !ended.body.contains(&format!("{one}/resume")));
    assert_eq!(visitor.post(&format!("{one}/resume"), &[]).await.to(), one);
    assert!(visitor.get(&one).await.body.contains("Este reenvio já terminou."));
    let listed = visitor.get(&path).await;
    assert!(listed.body.contains(&one) && listed.body.contains("Ana Souza"), "{}", listed.body);

    // A replay is found under its own webhook only.
    let other = json!({ "name": "Outro", "url": customer.url, "events": ["*"] });
    let made =
        daemon.call("POST", &format!("/api/v1/companies/{}/webhooks", company.id), Some(other)).await.1;
    let elsewhere = one.replace(&company.webhook, made["id"].as_str().expect("an id"));
    assert_eq!(visitor.get(&elsewhere).await.status, 404);
    daemon.stop().await;
}

/// What was not delivered is sent again by itself: as many as are counted, and of what arrives nothing is dead any more.
#[tokio::test]
async fn only_what_was_not_delivered_is_sent_again() {
    let (provider, picky) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &picky.url, &["*"]).await;
    let page = format!("/companies/{}/webhooks/{}", company.id, company.webhook);
    let nothing =
        daemon.call("POST", &company.hook("/replays"), Some(json!({ "undelivered_only": true }))).await;
    assert_eq!(nothing.0, 409, "{}", nothing.1);
    let without = daemon.call("POST", &company.hook("/replays"), Some(json!({}))).await;
    assert_eq!((without.0, &without.1["errors"][0]["field"]), (422, &json!("from")), "{}", without.1);
    for refused in [2, 4, 5] {
        picky.answer(refused, 413);
    }
    for n in 1..=8 {
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": format!("c{n}") } }));
    }
    daemon.until(&company.hook("/status"), |status| status["failed"].as_u64() >= Some(3)).await;
    provider.emit(1, "call-was-connected", &json!({ "n": 9, "call": { "id": "c9" } }));
    daemon.until(&company.hook("/status"), |status| status["held"]["dead"] == 3).await;
    // What somebody has put away is not sent again.
    let put_away = json!({ "events": [company.event(5)] });
    assert_eq!(daemon.call("POST", &company.hook("/discard"), Some(put_away)).await.0, 202);

    let shown = visitor.get(&page).await.body;
    assert!(shown.contains("Reenviar só o que não foi entregue (2)"), "{shown}");
    assert!(
        visitor
            .get(&format!("{page}/held?state=dead"))
            .await
            .body
            .contains("Reenviar só o que não foi entregue (2)")
    );
    let counted = visitor.get(&format!("{page}/replays?undelivered=1&count=1")).await.body;
    assert!(counted.contains("Reenviar 2 eventos"), "{counted}");
    let late = visitor.get(&format!("{page}/replays?undelivered=1&count=1&from=2100-01-01T00:00")).await.body;
    assert!(
        late.contains("Nenhum evento seria reenviado") && late.contains("Não há nada a reenviar"),
        "{late}"
    );

    picky.answer(2, 200);
    picky.answer(5, 200);
    let form = ["undelivered", "first", "last"].map(|name| (name, hidden(&counted, name)));
    let one = visitor.post(&format!("{page}/replays"), &form).await.to().to_owned();
    let api = format!("/api/v1/replays/{}", one.rsplit('/').next().expect("an id"));
    let done = daemon.until(&api, |replay| replay["state"] == "done").await;
    assert_eq!((&done["total"], &done["undelivered_only"]), (&json!(2), &json!(true)), "{done}");
    assert_eq!((&done["delivered"], &done["failed"]), (&json!(1), &json!(1)), "{done}");
    assert!(visitor.get(&one).await.body.contains("Só o que não foi entregue"));
    // One has arrived, one has failed again and one stays put away.
    let status = daemon.get(&company.hook("/status")).await;
    assert_eq!(status["held"]["dead"], 2, "{status}");
    let fates = daemon.get(&format!("/api/v1/events/{}/deliveries", company.event(2))).await;
    assert_eq!(
        (&fates[0]["verdict"], &fates[0]["origin"]),
        (&json!("delivered"), &json!("replay")),
        "{fates}"
    );
    assert!(visitor.get(&page).await.body.contains("Reenviar só o que não foi entregue (1)"));
    daemon.stop().await;
}
