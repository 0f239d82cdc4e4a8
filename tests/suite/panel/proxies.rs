//! Proxies before the panel: who is behind them, who may say so, and what keeps strangers from locking others out.

use std::time::Duration;

use super::{LOGIN, PASSWORD, Page, SETTINGS, Visitor};
use crate::support::daemon::{Daemon, Home};

/// This machine, where the tests ask from, is a proxy that may be believed.
const TRUSTING: &str = "trusted_proxies = [\"127.0.0.0/8\", \"10.0.0.0/8\"]\n";

/// A try to sign in, with these headers.
async fn try_in(visitor: &Visitor, login: &str, password: &str, headers: &[(&str, &str)]) -> Page {
    visitor.post_from("/sign-in", &[("login", login), ("password", password)], headers).await
}

/// Wrong passwords until they have to wait.
async fn use_up(daemon: &Daemon, login: &str, headers: &[(&str, &str)]) {
    let stranger = Visitor::new(daemon);
    for n in 0..12 {
        let status = try_in(&stranger, login, &format!("errada{n}"), headers).await.status;
        if status == 429 {
            return;
        }
        assert_eq!(status, 422);
    }
    panic!("a stranger may guess as long as they like");
}

#[tokio::test]
async fn a_strangers_wrong_passwords_keep_nobody_else_out() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    assert_eq!(owner.post("/sign-out", &[]).await.to(), "/sign-in");

    // Behind one address, with no setting: another login is another matter.
    use_up(&daemon, "estranho@exemplo.com", &[]).await;
    let elsewhere = Visitor::new(&daemon);
    assert_eq!(try_in(&elsewhere, LOGIN, PASSWORD, &[]).await.status, 303);
    // And when it is the owner's login that they guess, the browser that was signed in before is let in.
    use_up(&daemon, LOGIN, &[]).await;
    assert_eq!(try_in(&Visitor::new(&daemon), LOGIN, PASSWORD, &[]).await.status, 429);
    assert_eq!(try_in(&owner, LOGIN, PASSWORD, &[]).await.status, 303);

    // What that browser keeps opens nothing, is for its own login, and cannot be made up.
    let kept = owner.cookie("ramal_known").expect("a note");
    let copied = Visitor::new(&daemon);
    copied.cookies.lock().unwrap().push(("ramal_known".into(), kept.clone()));
    assert_eq!(copied.get("/companies").await.to(), "/sign-in?back=%2Fcompanies");
    use_up(&daemon, "bia@exemplo.com", &[]).await;
    assert_eq!(try_in(&copied, "bia@exemplo.com", "errada", &[]).await.status, 429);
    let forged = Visitor::new(&daemon);
    let (random, rest) = kept.split_at(16);
    forged
        .cookies
        .lock()
        .unwrap()
        .push(("ramal_known".into(), format!("{}{rest}", "x".repeat(random.len()))));
    assert_eq!(try_in(&forged, LOGIN, PASSWORD, &[]).await.status, 429);
    // Its own tries have an end too.
    let mut last = 0;
    for _ in 0..12 {
        last = try_in(&copied, LOGIN, "errada", &[]).await.status;
    }
    assert_eq!(last, 429);
    daemon.stop().await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_clients_address_counts_and_is_written_down() {
    let home = Home::new(&format!("{TRUSTING}{SETTINGS}")).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    for stranger in [
        [("x-forwarded-for", "203.0.113.9")],
        [("x-forwarded-for", "203.0.113.9:4711, 10.1.2.3")],
        [("forwarded", "for=\"203.0.113.9:_x\";proto=https, for=10.1.2.3")],
    ] {
        use_up(&daemon, LOGIN, &stranger).await;
    }
    for other in [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=\"[2001:db8::7]:443\"")] {
        let entered = try_in(&Visitor::new(&daemon), LOGIN, PASSWORD, &[other]).await;
        assert_eq!(entered.status, 303, "{other:?}: {}", entered.body);
    }
    let (_, log) = daemon.call("GET", "/api/v1/audit?limit=100", None).await;
    let lines = log["items"].as_array().expect("lines").iter();
    let signed_in: Vec<_> = lines.filter(|line| line["action"] == "user.sign_in").collect();
    let from: Vec<_> = signed_in.iter().map(|line| line["address"].as_str().unwrap_or_default()).collect();
    assert!(from.contains(&"198.51.100.7") && from.contains(&"2001:db8::7"), "{from:?}");
    drop(owner);
    daemon.stop().await;
}

#[tokio::test]
async fn nobody_chooses_the_address_that_their_guesses_count_for() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    Visitor::first(&daemon).await;
    let stranger = Visitor::new(&daemon);
    let mut statuses = Vec::new();
    for n in 0..12 {
        let (address, standard) = (format!("203.0.113.{n}"), format!("for=203.0.113.{n}"));
        let headers =
            [("x-forwarded-for", address.as_str()), ("forwarded", &standard), ("x-real-ip", &address)];
        statuses.push(try_in(&stranger, LOGIN, "errada", &headers).await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    daemon.stop().await;
    // Nor through a proxy that adds one kind of header and passes the other on as it came.
    home.write_settings(&format!("{TRUSTING}{SETTINGS}"));
    let daemon = home.start().await;
    let (stranger, mut statuses) = (Visitor::new(&daemon), Vec::new());
    for n in 0..12 {
        let invented = format!("for=203.0.113.{n}");
        let headers = [("forwarded", invented.as_str()), ("x-forwarded-for", "192.0.2.77")];
        statuses.push(try_in(&stranger, LOGIN, "errada", &headers).await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    let fine = try_in(&Visitor::new(&daemon), LOGIN, PASSWORD, &[("x-forwarded-for", "192.0.2.77")]).await;
    assert_eq!(fine.status, 303, "only who invents addresses has to wait");
    daemon.stop().await;
}

#[tokio::test]
async fn a_form_through_a_bare_proxy_is_taken_or_the_page_and_the_log_say_what_to_set() {
    const SITE: &str = "http://painel.exemplo:8088";
    let sign_in = [("login", LOGIN), ("password", PASSWORD)];
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    Visitor::first(&daemon).await;
    let visitor = Visitor::new(&daemon);
    // A browser that says where it is, whatever the proxy has made of the host.
    let said = [("origin", SITE), ("sec-fetch-site", "same-origin")];
    assert_eq!(visitor.post_from("/sign-in", &sign_in, &said).await.status, 303);
    // One that does not: over plain HTTP.
    let refused = Visitor::new(&daemon).post_from("/sign-in", &sign_in, &[("origin", SITE)]).await;
    assert_eq!(refused.status, 403);
    let host = daemon.base.trim_start_matches("http://").to_owned();
    for named in ["Host", "public_url", SITE, host.as_str()] {
        assert!(refused.body.contains(named), "{named}: {}", refused.body);
    }
    let forwarding = [("origin", SITE), ("x-forwarded-host", "painel.exemplo:8088")];
    let refused = Visitor::new(&daemon).post_from("/sign-in", &sign_in, &forwarding).await;
    assert_eq!(refused.status, 403, "nobody but a trusted proxy says which host was asked for");
    for named in ["X-Forwarded-Host", "trusted_proxies", "public_url"] {
        assert!(refused.body.contains(named), "{named}: {}", refused.body);
    }
    let log = daemon.stop().await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains("foreign_origin")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[0].contains("public_url") && lines[0].contains("Host") && lines[0].contains(SITE));
    assert!(lines[1].contains("trusted_proxies") && lines[1].contains("painel.exemplo"));

    for (settings, headers) in [
        (format!("public_url = \"{SITE}\"\n{SETTINGS}"), vec![("origin", SITE)]),
        (format!("{TRUSTING}{SETTINGS}"), forwarding.to_vec()),
    ] {
        home.write_settings(&settings);
        let daemon = home.start().await;
        let entered = Visitor::new(&daemon).post_from("/sign-in", &sign_in, &headers).await;
        assert_eq!(entered.status, 303, "{settings}");
        let foreign = [("origin", "http://evil.example"), headers[headers.len() - 1]];
        let foreign = if headers.len() > 1 { &foreign[..] } else { &foreign[..1] };
        assert_eq!(Visitor::new(&daemon).post_from("/sign-in", &sign_in, foreign).await.status, 403);
        daemon.stop().await;
    }
}

#[tokio::test]
async fn ones_own_password_is_not_guessed_either() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let new = "outra senha bem longa";
    let mut statuses = Vec::new();
    for n in 0..12 {
        let wrong = format!("errada{n}");
        let form = [("current", wrong.as_str()), ("new", new), ("again", new)];
        statuses.push(owner.post("/account/password", &form).await.status);
    }
    assert!(statuses.starts_with(&[422; 10]) && statuses.ends_with(&[429]), "{statuses:?}");
    let right = [("current", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(owner.post("/account/password", &right).await.status, 429);
    daemon.stop().await;
}

#[tokio::test]
async fn signing_out_ends_what_is_streamed_to_that_browser() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let mut stream = owner.stream("/live").await;
    stream.chunk().await.expect("a stream").expect("a first state");
    assert_eq!(owner.post("/sign-out", &[]).await.to(), "/sign-in");
    let told = tokio::time::timeout(Duration::from_secs(20), async {
        let mut told = Vec::new();
        while let Some(chunk) = stream.chunk().await.expect("a stream") {
            told.extend(chunk);
        }
        String::from_utf8(told).expect("text")
    });
    let told = told.await.expect("it ends well before its own end");
    assert!(told.contains("event: gone"), "{told}");
    // Signing in again in the same browser ends what the first sign-in was shown.
    assert_eq!(try_in(&owner, LOGIN, PASSWORD, &[]).await.status, 303);
    let mut stream = owner.stream("/live").await;
    stream.chunk().await.expect("a stream").expect("a first state");
    assert_eq!(owner.post("/sign-in", &[("login", LOGIN), ("password", PASSWORD)]).await.status, 303);
    let ended = async { while stream.chunk().await.expect("a stream").is_some() {} };
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("it ends");
    daemon.stop().await;
}
