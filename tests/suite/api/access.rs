//! Who may do what, and how it is said that they may not.

use super::{Answer, Company, Customer, Provider, SETTINGS, created, key, must, send};
use crate::support::daemon::{Daemon, Home};
use serde_json::{Value, json};

/// Field and code of each.
type Faults = &'static [(&'static str, &'static str)];

pub async fn with_key(daemon: &Daemon, key: &str, method: &str, path: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    send(method, &format!("{}{path}", daemon.base), &headers, body).await
}

fn is_problem(answer: &Answer, status: u16, kind: &str, title: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.body["type"], kind);
    assert_eq!(answer.body["title"], title);
    assert_eq!(answer.body["status"], status);
}

#[tokio::test]
async fn a_key_opens_what_its_role_and_companies_allow_and_nothing_else() {
    let home = Home::new(SETTINGS).await;
    let reader = key(&home, &["--role", "reader"]).await;
    let scoped = key(&home, &["--role", "administrator", "--company", "company_2"]).await;
    let daemon = home.start().await;
    for name in ["Uma", "Outra"] {
        created(&daemon, "/api/v1/companies", json!({ "name": name })).await;
    }

    let without = send("GET", &format!("{}/api/v1/companies", daemon.base), &[], "").await;
    is_problem(&without, 401, "/problems/unauthenticated", "Chave de API ausente ou inválida");
    assert_eq!(without.header("www-authenticate"), "Bearer");
    for wrong in ["rml_00000000000000000000000000000000", "x", &home.api_key[..home.api_key.len() - 1]] {
        let answer = with_key(&daemon, wrong, "GET", "/api/v1/companies", "").await;
        is_problem(&answer, 401, "/problems/unauthenticated", "Chave de API ausente ou inválida");
    }

    assert_eq!(with_key(&daemon, &reader, "GET", "/api/v1/companies/company_1", "").await.status, 200);
    let writes = [
        ("POST", "/api/v1/companies", r#"{"name":"Nova"}"#),
        ("PATCH", "/api/v1/companies/company_1", r#"{"name":"Nova"}"#),
        ("DELETE", "/api/v1/companies/company_1", ""),
        ("POST", "/api/v1/companies/company_1/sources", "{}"),
        ("POST", "/api/v1/sources/source_1/connect", ""),
        ("POST", "/api/v1/webhooks/webhook_1/pause", ""),
        ("GET", "/api/v1/events/evt_1_1/payload", ""),
        ("GET", "/api/v1/api-keys", ""),
        ("POST", "/api/v1/api-keys", r#"{"name":"N","role":"reader"}"#),
        ("POST", "/api/v1/api-keys/key_1/revoke", ""),
        ("GET", "/api/v1/audit", ""),
    ];
    for (method, path, body) in writes {
        let answer = with_key(&daemon, &reader, method, path, body).await;
        is_problem(&answer, 403, "/problems/forbidden", "Sem permissão");
    }

    let seen = with_key(&daemon, &scoped, "GET", "/api/v1/companies", "").await;
    let names: Vec<_> = seen.body["items"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Outra"]);
    for (method, path) in [
        ("GET", "/api/v1/companies/company_1"),
        ("DELETE", "/api/v1/companies/company_1"),
        ("GET", "/api/v1/companies/company_1/events"),
        ("GET", "/api/v1/companies/company_1/webhooks"),
    ] {
        let answer = with_key(&daemon, &scoped, method, path, "").await;
        is_problem(&answer, 404, "/problems/not-found", "Não encontrado");
        assert_eq!(answer.body["detail"], "empresa company_1 não existe.");
    }
    assert_eq!(with_key(&daemon, &scoped, "POST", "/api/v1/companies", r#"{"name":"N"}"#).await.status, 403);
    assert_eq!(daemon.get("/api/v1/companies").await["items"].as_array().unwrap().len(), 2);
    let log = daemon.stop().await;
    for secret in [&home.api_key, &reader, &scoped] {
        assert!(!log.contains(secret.as_str()), "a key stands in the log");
    }
}

#[tokio::test]
async fn a_wrong_request_names_the_field_in_the_callers_language_and_changes_nothing() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let hooks = "/api/v1/companies/company_1/webhooks";
    let cases: [(&str, &str, Faults); 12] = [
        ("/api/v1/companies", "{", &[("body", "malformed")]),
        ("/api/v1/companies", r#"{"name":"#, &[("body", "malformed")]),
        ("/api/v1/companies", "[]", &[("body", "malformed")]),
        ("/api/v1/companies", "", &[("name", "missing")]),
        ("/api/v1/companies", r#"{"nome":"Nova"}"#, &[("nome", "unknown_field")]),
        ("/api/v1/companies", r#"{"name":7}"#, &[("name", "malformed")]),
        ("/api/v1/companies", r#"{"name":"a\nb"}"#, &[("name", "control_characters")]),
        (hooks, "{}", &[("name", "missing"), ("url", "missing"), ("events", "missing")]),
        (
            hooks,
            r#"{"name":"W","url":"ftp://x/","events":["a*b"],"concurrency":0}"#,
            &[("url", "url_scheme"), ("concurrency", "out_of_range"), ("events[0]", "event_pattern")],
        ),
        (
            hooks,
            r#"{"name":"W","url":"http://a.example/","events":["*"],"rules":{"*":[{"path":"a","op":"x"}]}}"#,
            &[("rules.*[0].op", "unknown_field")],
        ),
        ("/api/v1/companies/company_1/sources", r#"{"provider":"zap"}"#, &[("provider", "not_one_of")]),
        ("/api/v1/companies/company_1/sources", r#"{"provider":"threecplus"}"#, &[("token", "missing")]),
    ];
    for (path, body, faults) in cases {
        let answer = with_key(&daemon, &home.api_key, "POST", path, body).await;
        is_problem(&answer, 422, "/problems/invalid", "Há campos inválidos");
        assert_eq!(answer.faults(), faults, "{body}");
    }
    let taken = with_key(&daemon, &home.api_key, "POST", "/api/v1/companies", r#"{"name":"Uma"}"#).await;
    is_problem(&taken, 409, "/problems/taken", "Já está em uso");
    assert_eq!(taken.faults(), [("name", "taken")]);
    for (path, field) in [
        ("/api/v1/companies?limit=muitos", "limit"),
        ("/api/v1/companies?limit=0", "limit"),
        ("/api/v1/companies?limit=1001", "limit"),
        ("/api/v1/companies?cursor=x", "cursor"),
        ("/api/v1/companies?pagina=2", "pagina"),
        ("/api/v1/companies/company_1/events?from=ontem", "from"),
        ("/api/v1/companies/company_1/events?fone=1", "fone"),
    ] {
        let answer = with_key(&daemon, &home.api_key, "GET", path, "").await;
        is_problem(&answer, 422, "/problems/invalid", "Há campos inválidos");
        assert_eq!(answer.faults()[0].0, field, "{path}");
    }
    let nowhere = with_key(&daemon, &home.api_key, "GET", "/api/v1/nowhere", "").await;
    is_problem(&nowhere, 404, "/problems/not-found", "Não encontrado");

    let bearer = format!("Bearer {}", home.api_key);
    let english = [("authorization", bearer.as_str()), ("accept-language", "en-US,pt;q=0.5")];
    let answer = send("POST", &format!("{}/api/v1/companies", daemon.base), &english, r#"{"name":""}"#).await;
    is_problem(&answer, 422, "/problems/invalid", "Some fields are invalid");
    assert_eq!(answer.header("content-language"), "en");
    assert_eq!(answer.body["errors"][0]["message"], "Fill in this field.");

    assert_eq!(daemon.get("/api/v1/companies").await["items"].as_array().unwrap().len(), 1);
    assert_eq!(daemon.get(hooks).await, json!([]));
    assert_eq!(daemon.get("/api/v1/companies/company_1/sources").await, json!([]));
    daemon.stop().await;
}

/// Method, path, body; then the pointer and the sentence in Portuguese and in English.
const SENTENCES: [(&str, &str, &str, &str, &str, &str); 10] = [
    (
        "POST",
        "/api/v1/companies",
        "{",
        "",
        "Isto não é JSON válido (linha 1, coluna 1).",
        "This is not valid JSON (line 1, column 1).",
    ),
    (
        "POST",
        "/api/v1/companies",
        "[]",
        "",
        "Valor com formato errado: era esperado um objeto.",
        "Malformed value: expected an object.",
    ),
    (
        "POST",
        "/api/v1/companies",
        r#"{"name":7}"#,
        "/name",
        "Valor com formato errado: era esperado um texto.",
        "Malformed value: expected a text.",
    ),
    (
        "POST",
        "/api/v1/companies",
        r#"{"name":"a","name":"b"}"#,
        "/name",
        "Este campo aparece duas vezes.",
        "This field stands there twice.",
    ),
    (
        "POST",
        "/api/v1/companies/company_1/webhooks",
        r#"{"concurrency":"x"}"#,
        "/concurrency",
        "Valor com formato errado: era esperado um número inteiro entre 0 e 65535.",
        "Malformed value: expected a whole number from 0 to 65535.",
    ),
    (
        "POST",
        "/api/v1/companies/company_1/webhooks",
        r#"{"ordered":1}"#,
        "/ordered",
        "Valor com formato errado: era esperado true ou false.",
        "Malformed value: expected true or false.",
    ),
    (
        "POST",
        "/api/v1/companies/company_1/webhooks",
        r#"{"rules":{"call.standby":[{"path":"a","operator":"like"}]}}"#,
        "/rules/call.standby/0/operator",
        "Use um destes: equals, not_equals, greater_than, less_than, contains, not_contains, exists.",
        "Use one of: equals, not_equals, greater_than, less_than, contains, not_contains, exists.",
    ),
    (
        "POST",
        "/api/v1/companies/company_1/sources",
        r#"{"provider":"tellicon","token":"curto"}"#,
        "/token",
        "O token do Tellicon tem exatamente 24 caracteres; este tem 5.",
        "A Tellicon token has exactly 24 characters, this one has 5.",
    ),
    (
        "GET",
        "/api/v1/companies?cursor=x",
        "",
        "/cursor",
        "Valor com formato errado: era esperado o valor “next” de uma página desta lista.",
        "Malformed value: expected the “next” of a page of this list.",
    ),
    (
        "GET",
        "/api/v1/companies/company_1/events?from=ontem",
        "",
        "/from",
        "Valor com formato errado: era esperado uma data e hora em ISO 8601, como 2024-01-01T00:00:00Z.",
        "Malformed value: expected a date and time in ISO 8601 such as 2024-01-01T00:00:00Z.",
    ),
];

#[tokio::test]
async fn a_problem_is_told_wholly_in_the_callers_language() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let bearer = format!("Bearer {}", home.api_key);
    for (method, path, body, pointer, pt, en) in SENTENCES {
        for (language, sentence) in [("pt-BR", pt), ("en", en)] {
            let headers = [("authorization", bearer.as_str()), ("accept-language", language)];
            let answer = send(method, &format!("{}{path}", daemon.base), &headers, body).await;
            assert_eq!(
                (answer.status, answer.header("content-language")),
                (422, language),
                "{}",
                answer.body
            );
            let fault = &answer.body["errors"][0];
            assert_eq!(
                (&fault["pointer"], &fault["message"]),
                (&json!(pointer), &json!(sentence)),
                "{path} {body}"
            );
        }
    }
    daemon.stop().await;
}

/// Method, path, length of the body; then status, kind, and the title in Portuguese and in English.
const MISUSES: [(&str, &str, usize, u16, &str, &str, &str); 7] = [
    ("PUT", "/api/v1/companies", 0, 405, "method-not-allowed", "Método não permitido", "Method not allowed"),
    (
        "DELETE",
        "/api/v1/companies/company_1/webhooks",
        0,
        405,
        "method-not-allowed",
        "Método não permitido",
        "Method not allowed",
    ),
    (
        "POST",
        "/api/v1/openapi.json",
        0,
        405,
        "method-not-allowed",
        "Método não permitido",
        "Method not allowed",
    ),
    ("TRACE", "/api/v1/audit", 0, 405, "method-not-allowed", "Método não permitido", "Method not allowed"),
    ("OPTIONS", "/api/v1/audit", 0, 405, "method-not-allowed", "Método não permitido", "Method not allowed"),
    ("POST", "/api/v1/companies", (2 << 20) + 1, 413, "too-large", "Corpo grande demais", "Body too large"),
    ("GET", "/api/v1/companies/company_1/nada", 0, 404, "not-found", "Não encontrado", "Not found"),
];

#[tokio::test]
async fn what_http_itself_refuses_is_a_problem_document_too() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let bearer = format!("Bearer {}", home.api_key);
    for (method, path, length, status, kind, pt, en) in MISUSES {
        for (language, title) in [("pt-BR", pt), ("en", en)] {
            let headers = [("authorization", bearer.as_str()), ("accept-language", language)];
            let (url, body) = (format!("{}{path}", daemon.base), " ".repeat(length));
            let answer = send(method, &url, &headers, &body).await;
            is_problem(&answer, status, &format!("/problems/{kind}"), title);
            assert_eq!(answer.header("content-language"), language);
            assert!(
                answer.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
                "{}",
                answer.body
            );
        }
    }
    let wrong = with_key(&daemon, &home.api_key, "PUT", "/api/v1/companies", "").await;
    assert_eq!(wrong.header("allow"), "GET,HEAD,POST", "which methods there are is said");
    let head = with_key(&daemon, &home.api_key, "HEAD", "/api/v1/companies", "").await;
    assert_eq!((head.status, head.body), (200, json!("")), "the head of what GET answers");
    // A body that calls itself something else is not read; one that says nothing of itself is taken for what it is.
    let named = async |headers: &[(&str, &str)], body: &str| {
        let headers = [&[("authorization", bearer.as_str())][..], headers].concat();
        send("POST", &format!("{}/api/v1/companies", daemon.base), &headers, body).await
    };
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "text/plain"),
        ("content-type", "application/jsonp"),
        ("content-encoding", "gzip"),
    ] {
        let answer = named(&[(name, value)], r#"{"name":"Nova"}"#).await;
        is_problem(&answer, 415, "/problems/unsupported-media-type", "Tipo de conteúdo não aceito");
    }
    for (n, kind) in
        ["application/json; charset=utf-8", "Application/JSON", "text/json", "application/x+json"]
            .iter()
            .enumerate()
    {
        let answer = named(&[("content-type", kind)], &json!({ "name": format!("E{n}") }).to_string()).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
    }
    assert_eq!(named(&[], r#"{"name":"Sem tipo"}"#).await.status, 201);
    daemon.stop().await;
}

#[tokio::test]
async fn without_a_grant_a_webhook_may_not_lead_inside() {
    let home = Home::new("").await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    for url in ["http://127.0.0.1:9/", "http://169.254.169.254/", "http://[::1]/", "http://localhost/"] {
        let body = json!({ "name": "W", "url": url, "events": ["*"] });
        let view = must(&daemon, "POST", "/api/v1/companies/company_1/webhooks", body, 422).await;
        assert_eq!(view["errors"][0]["field"], "url", "{view}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn every_documented_route_answers() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let document = send("GET", &format!("{}/api/v1/openapi.json", daemon.base), &[], "").await;
    assert_eq!(document.status, 200);
    assert!(document.body["openapi"].as_str().unwrap().starts_with("3.1."));
    let paths = document.body["paths"].as_object().unwrap();
    assert!(paths.len() >= 30, "{} paths", paths.len());
    let mut routes = 0;
    for (path, item) in paths {
        for method in item.as_object().unwrap().keys() {
            let real = path
                .replace("{company}", "company_77")
                .replace("{source}", "source_77")
                .replace("{webhook}", "webhook_77")
                .replace("{replay}", "replay_77")
                .replace("{key}", "key_77")
                .replace("{event}", "evt_77_1")
                .replace("{call}", "call_77_1")
                .replace("{contact}", "contact_77")
                .replace("{contact_point}", "contact_point_77")
                .replace("{incident}", "incident_77")
                .replace("{rule}", "alert_rule_77")
                .replace("{consumer}", "another")
                .replace("{action}", "send");
            assert!(!real.contains('{'), "{path}");
            let answer = send(&method.to_uppercase(), &format!("{}{real}", daemon.base), &[], "").await;
            // Without a key each one knows that it exists; an unknown path is 404, a wrong method 405.
            assert_eq!(answer.status, 401, "{method} {real}: {}", answer.body);
            routes += 1;
        }
    }
    assert!(routes >= 40, "{routes} routes");
    let references = document.body.to_string();
    for name in references.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap())
    {
        assert!(document.body["components"]["schemas"][name] != Value::Null, "{name} is not described");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_nul_is_refused_by_name_wherever_it_is_typed() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let key = [("authorization", format!("Bearer {}", home.api_key))];
    let headers: Vec<(&str, &str)> = key.iter().map(|(name, value)| (*name, &**value)).collect();
    let events = format!("{}/api/v1/companies/{}/events", daemon.base, company.id);
    for query in
        ["type=a%00b", "call=%00", "phone=11%00", "agent=%00", "chat=%00", "text=a%00b", "cursor=%00"]
    {
        let answer = send("GET", &format!("{events}?{query}"), &headers, "").await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.body);
        let field = query.split('=').next().expect("a name");
        assert_eq!(answer.faults(), [(field, "control_characters")], "{query}");
    }
    let audit = send("GET", &format!("{}/api/v1/audit?actor=%00", daemon.base), &headers, "").await;
    assert_eq!(
        (audit.status, audit.faults()),
        (422, vec![("actor", "control_characters")]),
        "{}",
        audit.body
    );
    let companies = format!("{}/api/v1/companies", daemon.base);
    let named = send("POST", &companies, &headers, r#"{"name":"a\u0000b"}"#).await;
    assert_eq!((named.status, named.faults()), (422, vec![("name", "control_characters")]), "{}", named.body);
    daemon.stop().await;
}
