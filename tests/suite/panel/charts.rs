//! Charts over HTTP: on the first page, on a company's and on a webhook's.

use ramal::domain::WebhookId;
use serde_json::{Value, json};

use super::{SETTINGS, Visitor};
use crate::api::{Company, Customer, Provider};
use crate::support::daemon::{Daemon, Home};
use crate::support::past;

#[tokio::test]
async fn pages_show_what_was_counted_and_do_not_wait_for_it() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for name in ["Uma", "Outra"] {
        let (_, company) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": name }))).await;
        let id = company["id"].as_str().expect("an id").to_owned();
        let webhook = json!({ "name": "CRM", "url": "http://127.0.0.1:9/", "events": ["*"] });
        let source = json!({ "provider": "tellicon" });
        for (what, input) in [("webhooks", webhook), ("sources", source)] {
            let path = format!("/api/v1/companies/{id}/{what}");
            let (status, made) = daemon.call("POST", &path, Some(input)).await;
            assert_eq!(status, 201, "{made}");
        }
    }
    daemon.stop().await;
    past::give(&home).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;

    let first = visitor.get("/").await.body;
    assert_eq!(first.matches(r#"<dd class="drawn"><svg class="spark""#).count(), 4, "{first}");
    assert_eq!(first.matches(r#"<td class="hour hide-s"><svg class="spark""#).count(), 1, "{first}");
    assert!(first.contains("Últimos 60 min: de "), "{first}");
    let lines = first.split(r#"<path class="line" d=""#).nth(2).expect("a line");
    let begun = lines.split('"').next().expect("a path").matches('M').count();
    assert_eq!(begun, 2, "the time in which the program did not run is a gap: {lines}");

    for page in ["/companies/company_1", "/companies/company_1/webhooks/webhook_1"] {
        let waits = visitor.get(page).await.body;
        assert!(waits.contains(&format!(r#"hx-get="{page}/charts" hx-trigger="load""#)), "{waits}");
        assert!(
            !waits.contains("<title>sem") && !waits.contains(r#"class="at""#),
            "the page has waited for its charts: {waits}"
        );
        for (span, slots) in [("1h", 60), ("24h", 96), ("7d", 84), ("90d", 90)] {
            let drawn = visitor.get(&format!("{page}/charts?span={span}")).await;
            assert_eq!(drawn.status, 200);
            assert!(drawn.body.len() < 90_000, "{span} of {page} has {} bytes", drawn.body.len());
            assert!(!drawn.body.contains("style="), "{}", drawn.body);
            let charts = drawn.body.matches(r#"class="plot""#).count();
            assert_eq!(charts, if page.contains("webhook") { 3 } else { 0 });
            let axes = drawn.body.matches(r#"class="lanes""#).count();
            assert_eq!(axes, usize::from(charts == 0));
            let charts = charts + axes;
            // Marks across the lanes say what they are, too.
            let marks = drawn.body.matches("<g><title>").count();
            assert_eq!(drawn.body.matches("<title>").count() - marks, slots * charts, "{span}");
        }
        // What was counted leads to the events it was counted of, and the choice keeps what else is asked for.
        let drawn = visitor.get(&format!("{page}/charts?outcome=failed&span=1h")).await.body;
        let day = drawn.matches(r#"<a href="/companies/company_1/events?from="#).count();
        assert!(day > 100, "bars and the table lead to their events: {day}");
        for part in [
            &format!(r#"href="{page}?outcome=failed&#38;span=24h#charts""#),
            &format!(r#"hx-replace-url="{page}?outcome=failed&#38;span=24h""#),
            &format!(r#"hx-get="{page}/charts?outcome=failed&#38;span=24h""#),
        ] {
            assert!(drawn.contains(part.as_str()), "{part}: {drawn}");
        }
        // Without a script the whole page has them.
        let whole = visitor.get(&format!("{page}?span=24h")).await.body;
        assert!(whole.contains(r#"class="at""#) && whole.contains("</html>"), "{whole}");
        assert_eq!(visitor.get(&format!("{page}/charts?span=2h")).await.status, 422);
    }
    let drawn = visitor.get("/companies/company_1/webhooks/webhook_1/charts").await.body;
    assert_eq!(drawn.matches("sem registro").count(), 4 * 3, "{drawn}");
    for part in ["Tentativas de entrega", "Tempo de resposta", "95% até", "Na fila", "Sucesso", "<table"] {
        assert!(drawn.contains(part), "{part}: {drawn}");
    }

    // One that has just been made has no past.
    let new = visitor.get("/companies/company_2/webhooks/webhook_2/charts?span=24h").await.body;
    assert!(new.matches("sem registro").count() >= 94 * 3, "{new}");
    assert_eq!(visitor.get("/companies/company_2/webhooks/webhook_1/charts").await.status, 404);
    daemon.stop().await;
}

/// The rows of the table of values, newest first, without the times they begin at.
fn rows(body: &str) -> Vec<Vec<String>> {
    let table = body.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).expect("a table");
    let cells = |row: &str| {
        let cells = row.split(r#"<td class="right">"#).skip(1);
        cells.map(|cell| cell.split("</td>").next().expect("a cell").replace('.', "")).collect()
    };
    table.split("<tr>").skip(1).map(cells).collect()
}

/// What the API says of the last hour, newest first, as the table writes it.
async fn counted(daemon: &Daemon, path: &str, write: impl Fn(&Value) -> String) -> Vec<String> {
    let series = daemon.get(&format!("/api/v1/{path}/series?span=1h")).await;
    series["points"].as_array().expect("points").iter().rev().map(write).collect()
}

#[tokio::test]
async fn lanes_say_what_was_counted_and_what_happened_meanwhile() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let webhook = json!({ "name": "ERP", "url": "http://127.0.0.1:9/", "events": ["*"] });
    let (status, made) =
        daemon.call("POST", &format!("/api/v1/companies/{}/webhooks", company.id), Some(webhook)).await;
    assert_eq!((status, &made["id"]), (201, &json!("webhook_2")), "{made}");
    daemon.stop().await;
    past::give(&home).await;
    past::give_refusing(&home, WebhookId(2)).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let page = format!("/companies/{}", company.id);

    // The numbers are those of the series; asked for again where a minute ended meanwhile.
    let (drawn, table, events, well, refusing) = loop {
        let drawn = visitor.get(&format!("{page}/charts?span=1h")).await.body;
        let events =
            counted(&daemon, &format!("companies/{}", company.id), |point| point["events"].to_string()).await;
        let sent = |point: &Value| format!("{} / {}", point["delivered"], point["failed"]);
        let well = counted(&daemon, "webhooks/webhook_1", sent).await;
        let refusing = counted(&daemon, "webhooks/webhook_2", sent).await;
        let table = rows(&drawn);
        if rows(&visitor.get(&format!("{page}/charts?span=1h")).await.body) == table {
            break (drawn, table, events, well, refusing);
        }
    };
    let head: Vec<_> = drawn.split(r#"<th scope="col" class="right">"#).skip(1).collect();
    let place = |name: &str| head.iter().position(|label| label.starts_with(name)).expect(name);
    let column = |at: usize| table.iter().map(|row| row[at].clone()).collect::<Vec<_>>();
    assert_eq!(column(place("Eventos recebidos")), events);
    assert_eq!(column(place("Principal: entregues / falhas")), well);
    assert_eq!(column(place("ERP: entregues / falhas")), refusing);
    assert!(refusing.iter().filter(|sent| *sent == "0 / 7").count() == 9, "{refusing:?}");
    for lane in [">3C Plus</b>", ">Eventos</a>", ">ERP</a>", ">Principal</a>"] {
        assert!(drawn.contains(lane), "{lane}: {drawn}");
    }
    let unknown = drawn.matches(r#"class="unknown""#).count();
    assert!(
        unknown >= 4,
        "what was before the line's first session, and of each series the time away: {drawn}"
    );
    assert!(drawn.contains("ERP: 7 falhas</title>") && drawn.contains("· sem registro</title>"), "{drawn}");
    for said in ["% das tentativas", "/min", "<p class=\"unseen\">De ", " até agora. "] {
        assert!(drawn.contains(said), "{said}: {drawn}");
    }

    // The program was started again, and the webhooks were made: each a mark, in the period of the address.
    let day = visitor.get(&format!("{page}?span=24h")).await.body;
    for said in ["Ramal reiniciado", "ERP criado por ", "As últimas 24 horas"] {
        assert!(day.contains(said), "{said}: {day}");
    }
    assert!(day.contains(r#"id="charts-24h""#) && day.contains(r#"span=24h" aria-current="true">"#), "{day}");
    let paused = visitor.post(&format!("{page}/webhooks/webhook_2/pause"), &[("reason", "")]).await;
    assert_eq!(paused.status, 303);
    let day = visitor.get(&format!("{page}/charts?span=24h")).await.body;
    assert!(
        day.contains("ERP pausado por Ana Souza") && day.contains("pausado por Ana Souza desde "),
        "{day}"
    );
    assert!(day.contains(r#"<rect class="paused""#), "{day}");
    daemon.stop().await;
}

#[tokio::test]
async fn of_many_webhooks_some_have_a_lane_and_the_others_are_counted() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let (_, company) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Muitos" }))).await;
    let path = format!("/companies/{}", company["id"].as_str().expect("an id"));
    for n in 1..=14 {
        let webhook =
            json!({ "name": format!("Destino {n}"), "url": "http://127.0.0.1:9/", "events": ["*"] });
        let (status, made) = daemon.call("POST", &format!("/api/v1{path}/webhooks"), Some(webhook)).await;
        assert_eq!(status, 201, "{made}");
    }
    let drawn = visitor.get(&format!("{path}/charts?span=7d")).await.body;
    let lanes = format!(r#"<a class="link" href="{path}/webhooks/webhook_"#);
    assert_eq!(drawn.matches(&lanes).count(), 12, "{drawn}");
    assert!(drawn.contains("Os 12 que vão pior, e mais 2 webhooks."), "{drawn}");
    assert!(drawn.contains("sem registro") && drawn.len() < 100_000, "{} bytes", drawn.len());
    daemon.stop().await;
}
