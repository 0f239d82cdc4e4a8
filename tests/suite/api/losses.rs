//! What webhooks lose and what they fail with is said: in what needs attention, in a webhook's status, and in attempts.

use axum::http::header::LOCATION;

use super::*;

#[tokio::test]
async fn events_that_will_not_arrive_are_told_until_they_are_put_away_or_sent_again() {
    let provider = Provider::start(1).await;
    let picky = Picky::start().await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &picky.url, &["*"]).await;
    let emit = |n: i64| {
        let call = json!({ "n": n, "call": { "id": format!("c{n}") } });
        provider.emit(1, "call-was-connected", &call);
    };
    for refused in [1, 2] {
        picky.answer(refused, 413);
    }
    for n in 1..=6 {
        emit(n);
    }
    // Something must succeed after the last failure, to tell the events from the endpoint.
    daemon.until(&company.hook("/status"), |status| status["failed"].as_u64() >= Some(2)).await;
    emit(7);
    daemon.until(&company.hook("/status"), |status| status["held"]["dead"] == 2).await;
    let alerts = daemon.until("/api/v1/attention", |alerts| alerts["total"] == 1).await;
    let alert = &alerts["items"][0];
    assert_eq!((&alert["kind"], &alert["level"]), (&json!("events_dead"), &json!("warning")), "{alert}");
    assert_eq!((&alert["amount"], &alert["last_answer"]), (&json!(2), &json!("HTTP 413")));
    assert_eq!(alert["webhook_name"], "Principal");
    let newest = alert["event_id"].as_str().expect("it names one").to_owned();
    assert!([company.event(1), company.event(2)].contains(&newest));
    assert!(alert["event_bytes"].as_u64() > Some(10));
    let other =
        [company.event(1), company.event(2)].into_iter().find(|id| *id != newest).expect("there are two");

    let put_away = must(&daemon, "POST", &company.hook("/discard"), json!({ "events": [other] }), 202).await;
    assert_eq!(put_away["events"], json!([other]));
    assert_eq!(daemon.get("/api/v1/attention").await["items"][0]["amount"], 1);
    picky.answer(1, 200);
    picky.answer(2, 200);
    must(&daemon, "POST", &company.hook("/resend"), json!({ "events": [newest] }), 202).await;
    daemon.until("/api/v1/attention", |alerts| alerts["total"] == 0).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_redirect_is_named_with_where_to_and_not_followed() {
    let provider = Provider::start(1).await;
    let target = Picky::start().await;
    let to = format!("{}novo?segredo=abc", target.url);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
    let answer = move || {
        let to = to.clone();
        std::future::ready((axum::http::StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]))
    };
    let app = axum::Router::new().fallback(answer);
    let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &url, &["*"]).await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    let shown = format!("{}novo?…", target.url);
    let status = daemon.until(&company.hook("/status"), |status| status["troubled"].is_object()).await;
    assert_eq!(status["troubled"]["event_id"], company.event(1));
    for said in [&status["sentence"], &status["troubled"]["last_answer"]] {
        let said = said.as_str().expect("text");
        assert!(said.contains("307") && said.contains(&shown) && !said.contains("segredo"), "{said}");
    }
    let attempts = daemon.until(&company.hook("/deliveries"), |page| page["items"][0].is_object()).await;
    assert_eq!(attempts["items"][0]["error"], format!("redirect: {shown}"));
    assert_eq!(attempts["items"][0]["status"], 307);
    server.abort();
    daemon.stop().await;
}
