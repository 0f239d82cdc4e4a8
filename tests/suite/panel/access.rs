//! The first run, signing in and out, and what keeps strangers and other sites away.

use serde_json::json;

use super::{LOGIN, PASSWORD, SETTINGS, Visitor};
use crate::support::daemon::Home;

#[tokio::test]
async fn only_the_code_makes_the_first_administrator_and_a_restart_does_not_change_it() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let stranger = Visitor::new(&daemon);
    assert_eq!(stranger.get("/").await.to(), "/setup");
    assert_eq!(stranger.get("/sign-in").await.to(), "/setup");
    let guess = [("code", "AAAA-BBBB-CCCC"), ("name", "Eva"), ("login", "eva"), ("password", PASSWORD)];
    let refused = stranger.post("/setup", &guess).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(r#"id="code-error""#), "{}", refused.body);
    assert!(refused.body.contains(r#"value="Eva""#) && !refused.body.contains(PASSWORD), "{}", refused.body);

    // Another language is another page of the same code; a code that is missing is not a wrong one.
    let with_code = stranger.get("/setup?code=AAAA-BBBB").await.body;
    assert!(with_code.contains(r#"name="back" value="/setup?code=AAAA-BBBB""#), "{with_code}");
    let empty = stranger.post("/setup", &[("code", ""), ("name", "Eva")]).await;
    assert!(empty.status == 422 && empty.body.contains("Preencha este campo."), "{}", empty.body);
    assert!(!empty.body.contains("Este não é o código."), "{}", empty.body);

    let sent = daemon.setup_code.clone().expect("a code");
    daemon.stop().await;
    let daemon = home.start().await;
    let stranger = Visitor::new(&daemon);
    assert!(daemon.setup_code.is_some(), "there is still nobody");
    // The address that was copied before the restart. (Over midnight the log has another one; this one is good still.)
    let owner = Visitor::new(&daemon);
    let form = [("code", sent.as_str()), ("name", "Ana"), ("login", LOGIN), ("password", PASSWORD)];
    assert_eq!(owner.post("/setup", &form).await.to(), "/");
    assert_eq!(owner.get("/companies").await.status, 200);
    let again = [("code", sent.as_str()), ("name", "Eva"), ("login", "eva"), ("password", PASSWORD)];
    let late = stranger.post("/setup", &again).await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!(stranger.get("/setup").await.to(), "/sign-in");

    daemon.stop().await;
    let daemon = home.start().await;
    assert_eq!(daemon.setup_code, None, "there is somebody now");
    let audit = Visitor::new(&daemon).get("/setup").await;
    assert_eq!(audit.to(), "/sign-in");
    daemon.stop().await;
}

#[tokio::test]
async fn a_sign_in_lasts_until_it_is_ended_and_is_a_new_one_each_time() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let first = visitor.cookie("ramal").expect("a token");
    let back = visitor.post("/sign-in", &[("login", " ANA@exemplo.com "), ("password", PASSWORD)]).await;
    assert_eq!(back.to(), "/");
    let second = visitor.cookie("ramal").expect("a token");
    assert_ne!(first, second);
    let old = Visitor::new(&daemon);
    old.cookies.lock().unwrap().push(("ramal".into(), first));
    assert_eq!(old.get("/companies?cursor=1").await.to(), "/sign-in?back=%2Fcompanies%3Fcursor%3D1");

    assert_eq!(visitor.post("/sign-out", &[]).await.to(), "/sign-in");
    assert_eq!(visitor.cookie("ramal"), None);
    let copied = Visitor::new(&daemon);
    copied.cookies.lock().unwrap().push(("ramal".into(), second));
    assert_eq!(copied.get("/companies").await.to(), "/sign-in?back=%2Fcompanies", "the token has ended too");

    let signed_in = [("login", LOGIN), ("password", PASSWORD), ("back", "//evil.example/")];
    assert_eq!(copied.post("/sign-in", &signed_in).await.to(), "/", "nobody is led to another host");
    let log = daemon.stop().await;
    assert!(!log.contains(PASSWORD), "a password is in the log");
}

#[tokio::test]
async fn guessing_is_slowed_and_says_nothing_about_logins() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    Visitor::first(&daemon).await;
    let guesser = Visitor::new(&daemon);
    let known = guesser.post("/sign-in", &[("login", LOGIN), ("password", "errada")]).await;
    let unknown = guesser.post("/sign-in", &[("login", "bia@exemplo.com"), ("password", "errada")]).await;
    assert_eq!((known.status, unknown.status), (422, 422));
    assert_eq!(known.body.replace(LOGIN, ""), unknown.body.replace("bia@exemplo.com", ""));
    let mut last = 422;
    for _ in 0..12 {
        last = guesser.post("/sign-in", &[("login", LOGIN), ("password", "errada")]).await.status;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    let right = guesser.post("/sign-in", &[("login", LOGIN), ("password", PASSWORD)]).await;
    assert_eq!(right.status, 429, "even the right password has to wait");
    daemon.stop().await;
}

#[tokio::test]
async fn other_sites_cannot_make_a_browser_change_anything() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let token = visitor.token().await;
    let ours = daemon.base.clone();
    let refused: [(&str, &[(&str, &str)]); 5] = [
        ("", &[("origin", &ours)]),
        ("0123456789abcdef0123456789abcdef", &[("origin", &ours)]),
        (&token, &[("origin", "http://evil.example")]),
        (&token, &[("origin", "null")]),
        (&token, &[("sec-fetch-site", "cross-site")]),
    ];
    for (token, headers) in refused {
        let page = visitor.post_from("/sign-out", &[("_csrf", token)], headers).await;
        assert_eq!(page.status, 403, "{token} {headers:?}");
    }
    assert_eq!(visitor.get("/companies").await.status, 200, "still signed in");
    let by_header = [("origin", ours.as_str()), ("x-csrf-token", token.as_str())];
    assert_eq!(visitor.post_from("/sign-out", &[], &by_header).await.to(), "/sign-in");
    daemon.stop().await;
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_it() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let page = visitor.get("/companies").await;
    let style = page.body.split("href=\"/static/style-").nth(1).expect("a style").split('"').next().unwrap();
    let style = visitor.get(&format!("/static/style-{style}")).await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    for answer in [&page, &style, &visitor.get("/static/none.css").await, &visitor.get("/sign-out").await] {
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
    }
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(!page.body.contains("<style") && !page.body.contains(" style=") && !page.body.contains(" on"));
    daemon.stop().await;
}

#[tokio::test]
async fn the_language_is_the_persons_choice() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    assert!(visitor.get("/companies").await.body.contains("<h1>Empresas</h1>"));
    let chosen = visitor.post("/account/language", &[("lang", "en"), ("back", "/companies")]).await;
    assert_eq!(chosen.to(), "/companies");
    assert!(visitor.get("/companies").await.body.contains("<h1>Companies</h1>"));
    let elsewhere = Visitor::new(&daemon);
    elsewhere.post("/sign-in", &[("login", LOGIN), ("password", PASSWORD)]).await;
    assert!(elsewhere.get("/companies").await.body.contains("<h1>Companies</h1>"), "kept with the person");
    daemon.stop().await;
}

#[tokio::test]
async fn an_api_key_opens_no_page() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let (status, _) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    assert_eq!(status, 201);
    let visitor = Visitor::first(&daemon).await;
    let page = visitor.get("/companies").await;
    assert!(page.body.contains("Uma"), "{}", page.body);
    let by_key = visitor.client.get(format!("{}/companies", daemon.base)).bearer_auth(&home.api_key);
    let answer = by_key.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 303);
    daemon.stop().await;
}

/// What strangers send is not kept by the megabyte, whatever cookie they make up; who has signed in may fill in long forms.
#[tokio::test]
async fn strangers_forms_are_short() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let long = "x".repeat(20 << 10);
    let stranger = Visitor::new(&daemon);
    let forger = Visitor::new(&daemon);
    forger.cookies.lock().unwrap().push(("ramal".into(), "f".repeat(43)));
    for visitor in [&stranger, &forger] {
        for path in ["/sign-in", "/setup", "/language", "/companies/new"] {
            let refused = visitor.post_from(path, &[("login", &long)], &[]).await;
            assert_eq!(refused.status, 413, "{path}");
        }
    }
    let signed_in = [("login", LOGIN), ("password", PASSWORD)];
    assert_eq!(stranger.post("/sign-in", &signed_in).await.to(), "/");
    let made = owner.post("/companies/new", &[("name", "Uma"), ("note", &long)]).await;
    assert!(made.status != 413 && made.status < 500, "{}", made.status);
    daemon.stop().await;
}

#[tokio::test]
async fn a_browser_that_came_over_tls_is_told_to_come_over_tls_again() {
    const STRICT: &str = "strict-transport-security";
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::new(&daemon);
    assert_eq!(visitor.get("/setup").await.header(STRICT), "", "nobody knows of any TLS");
    let behind = visitor.client.get(format!("{}/setup", daemon.base)).header("x-forwarded-proto", "https");
    assert_eq!(visitor.send(behind).await.header(STRICT), "max-age=31536000");
    daemon.stop().await;

    home.write_settings(&format!("public_url = \"https://ramal.example\"\n{SETTINGS}"));
    let daemon = home.start().await;
    assert_eq!(Visitor::new(&daemon).get("/setup").await.header(STRICT), "max-age=31536000");
    daemon.stop().await;
}
