//! What the guide calls things and how it shows them: the states of a connection, its button, and what forms ask for.

use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::api::{Company, Customer, Provider, must};
use crate::support::daemon::Home;

/// A state as the page shows it, up to its word.
fn badge<'p>(page: &'p str, word: &str) -> &'p str {
    let end = format!("{word}</span>");
    let (before, _) = page.split_once(&end).unwrap_or_else(|| panic!("no {word}: {page}"));
    &before[before.rfind("<span").expect("a badge")..]
}

/// A colour of the style in both appearances, as red, green and blue.
fn colours(style: &str, name: &str) -> Vec<[u8; 3]> {
    let begins = format!("--{name}: light-dark(#");
    let both = style.split(&begins).nth(1).and_then(|rest| rest.split(')').next()).expect("both of them");
    let channels =
        |hex: &str| [0, 2, 4].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("a colour"));
    both.split(", #").map(channels).collect()
}

/// Connected, told to disconnect, and before a server that takes the connection and says nothing.
#[tokio::test]
async fn states_have_the_words_icons_and_colours_of_the_guide_and_the_button_is_called_connect() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let page = format!("/companies/{}", company.id);
    let source = format!("/api/v1/sources/{}", company.source);
    let icon = |name: &str| format!("#{name}\"/></svg>");

    let connected = visitor.get(&page).await.body;
    let shown = badge(&connected, "Conectado");
    assert!(
        shown.starts_with(r#"<span class="status ok">"#) && shown.ends_with(&icon("circle-check")),
        "{shown}"
    );
    assert!(!connected.contains("Conectar</button>"), "{connected}");

    must(&daemon, "POST", &format!("{source}/disconnect"), json!({}), 202).await;
    daemon.until(&format!("{source}/status"), |status| status["state"] == "stopped").await;
    let stopped = visitor.get(&page).await.body;
    let shown = badge(&stopped, "Desconectado");
    assert!(
        shown.starts_with(r#"<span class="status off">"#) && shown.ends_with(&icon("wifi-off")),
        "{shown}"
    );
    let (before, _) = stopped.split_once("Conectar</button>").expect("the button");
    let action = format!(r#"<form method="post" action="{page}/sources/{}/connect">"#, company.source);
    assert!(
        before.rsplit("<form").next().is_some_and(|form| format!("<form{form}").starts_with(&action)),
        "{before}"
    );

    let url = format!("http://{}", silent.local_addr().expect("bound"));
    must(&daemon, "PATCH", &source, json!({ "socket_url": url, "token": "t".repeat(40) }), 200).await;
    must(&daemon, "POST", &format!("{source}/connect"), json!({}), 202).await;
    daemon.until(&format!("{source}/status"), |status| status["state"] == "connecting").await;
    let connecting = visitor.get(&page).await.body;
    let shown = badge(&connecting, "Carregando");
    let begins = r#"<span class="status info spins">"#;
    assert!(shown.starts_with(begins) && shown.ends_with(&icon("loader-circle")), "{shown}");

    let sheet = connecting.split(r#"rel="stylesheet" href=""#).nth(1).and_then(|rest| rest.split('"').next());
    let style = visitor.get(sheet.expect("a style sheet")).await.body;
    let (green, grey) = (colours(&style, "ok"), colours(&style, "off"));
    assert_eq!((green.len(), grey.len()), (2, 2), "light and dark");
    assert!(green.iter().all(|[red, green, blue]| green > red && green > blue), "{green:?}");
    let spread =
        |colour: &[u8; 3]| colour.iter().max().zip(colour.iter().min()).map(|(most, least)| most - least);
    assert!(grey.iter().all(|colour| spread(colour) < Some(0x20)), "{grey:?}");
    for rule in [".ok { color: var(--ok);", ".off { color: var(--off);", ".spins svg.i { animation: spin "] {
        assert!(style.contains(rule), "{rule}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn forms_ask_for_what_the_guide_lists_and_a_token_that_is_typed_is_sent() {
    let customer = Customer::start(&[]).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let asks = |page: &str, fields: &[(&str, &str)]| {
        for (id, label) in fields {
            let label = format!(r#"<label for="{id}">{label}"#);
            assert!(page.contains(&label), "{label}: {page}");
        }
    };
    let company = visitor.get("/companies/new").await.body;
    asks(&company, &[("name", "Nome<"), ("account", "ID 3C Plus"), ("token", "Token de API")]);

    let made = visitor.post("/companies/new", &[("sent", "1"), ("name", "Uma")]).await.to().to_owned();
    let new = format!("{made}/webhooks/new");
    let webhook = visitor.get(&new).await.body;
    asks(&webhook, &[("name", "Nome<"), ("url", "URL<"), ("bearer", "Autenticação (Bearer)")]);
    assert!(webhook.contains("<legend>Eventos</legend>"), "{webhook}");
    let (before, _) = webhook.split_once("<span>Assinatura (HMAC)</span>").expect("the box of the signature");
    assert!(
        before.ends_with('>')
            && before.rsplit("<input").next().is_some_and(|input| input.contains(r#"name="sign""#))
    );

    for (name, typed, sent) in [
        ("Com", "token_de_entrada_0123", Some("Bearer token_de_entrada_0123")),
        ("Colado", "Bearer token_de_entrada_4567", Some("Bearer token_de_entrada_4567")),
        ("Sem", "", None),
    ] {
        let form = [("name", name), ("url", customer.url.as_str()), ("event", "*"), ("bearer", typed)];
        let saved = visitor.post(&new, &form).await;
        let page = saved.to().split('?').next().expect("a path").to_owned();
        let tested = visitor.post(&format!("{page}/test"), &[("event", "agent-is-idle")]).await;
        assert!(tested.body.contains("HTTP 200"), "{}", tested.body);
        let request = customer.receiver.recorded().pop().expect("it came");
        let shown = request.headers.get("authorization").map(|value| value.to_str().expect("text"));
        assert_eq!(shown, sent, "{name}");
        let edit = visitor.get(&format!("{page}/edit")).await.body;
        assert_eq!(edit.contains("Já há um: toke…"), sent.is_some(), "{name}: {edit}");
        assert!(!edit.contains("token_de_entrada"), "{name}: a token is shown");
    }
    daemon.stop().await;
}
