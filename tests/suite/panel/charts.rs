//! Charts over HTTP: on the first page, on a company's and on a webhook's.

use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::support::daemon::Home;
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
            assert_eq!(charts, if page.contains("webhook") { 3 } else { 1 });
            assert_eq!(drawn.body.matches("<title>").count(), slots * charts, "{span}");
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
        assert!(whole.contains(r#"class="plot""#) && whole.contains("</html>"), "{whole}");
        assert_eq!(visitor.get(&format!("{page}/charts?span=2h")).await.status, 422);
    }
    let drawn = visitor.get("/companies/company_1/webhooks/webhook_1/charts").await.body;
    assert_eq!(drawn.matches("sem registro").count(), 4 * 3, "{drawn}");
    for part in ["Tentativas de entrega", "Tempo de resposta", "p95", "Na fila", "Sucesso", "<table"] {
        assert!(drawn.contains(part), "{part}: {drawn}");
    }

    // One that has just been made has no past.
    let new = visitor.get("/companies/company_2/webhooks/webhook_2/charts?span=24h").await.body;
    assert!(new.matches("sem registro").count() >= 94 * 3, "{new}");
    assert_eq!(visitor.get("/companies/company_2/webhooks/webhook_1/charts").await.status, 404);
    daemon.stop().await;
}
