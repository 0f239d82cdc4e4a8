//! What runs in the background, on the page *System*.

use super::{SETTINGS, Visitor};
use crate::support::daemon::Home;

#[tokio::test]
async fn the_system_page_shows_every_duty_and_stays_true() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let menu = owner.get("/").await.body;
    assert!(menu.contains(r#"<a href="/account/system">"#), "{menu}");
    let page = owner.get("/account/system").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, list) = daemon.call("GET", "/api/v1/duties", None).await;
    let duties = list["items"].as_array().expect("a list");
    assert_eq!(page.body.matches(r#"<tr id="duty-"#).count(), duties.len());
    for duty in duties {
        let name = duty["name"].as_str().expect("a name");
        assert!(page.body.contains(&format!(r#"<tr id="duty-{name}">"#)), "{name}: {}", page.body);
    }
    for words in ["Limpeza do que é antigo", "A cada 250 ms", "Em ordem", "Só quando é preciso"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let english = [("lang", "en"), ("back", "/account/system")];
    assert_eq!(owner.post("/account/language", &english).await.to(), "/account/system");
    let page = owner.get("/account/system").await.body;
    assert!(page.contains("Removal of what is old") && page.contains("Every 250 ms"), "{page}");

    let mut stream = owner.stream("/account/system/live").await;
    let mut heard = String::new();
    while !heard.contains("duty-retention") {
        let chunk = stream.chunk().await.expect("a stream").expect("it goes on");
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(heard.contains("event: duties"), "{heard}");
    daemon.stop().await;
}
