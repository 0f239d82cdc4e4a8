//! What a webhook may be is one rule, whichever way it comes: the settings file, the API and the panel refuse the same values
//! and name the field.

use std::collections::BTreeMap;
use std::path::Path;

use ramal::config::{Settings, Surroundings};
use serde_json::{Value, json};

use crate::panel::Visitor;
use crate::support::daemon::Home;

/// A value that no webhook may have.
struct Bad {
    /// As the settings file says it, and the key it is refused under.
    file: String,
    key: &'static str,
    /// As the API says it, and the field it is refused under.
    field: &'static str,
    value: Value,
    named: &'static str,
    /// As the panel's form says it, and the id of what tells of it. The form does not have every field.
    form: Option<(Vec<(&'static str, String)>, &'static str)>,
}

fn bad(field: &'static str, file: impl Into<String>, value: Value) -> Bad {
    Bad { file: file.into(), key: field, field, value, named: field, form: None }
}

impl Bad {
    fn named(mut self, key: &'static str, named: &'static str) -> Self {
        (self.key, self.named) = (key, named);
        self
    }

    fn form(mut self, form: &[(&'static str, &str)], id: &'static str) -> Self {
        self.form = Some((form.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(), id));
        self
    }

    /// Of a field that holds one value.
    fn one(field: &'static str, id: &'static str, value: &Value) -> Self {
        let typed = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        bad(field, format!("{field} = {value}"), value.clone()).form(&[(field, &typed)], id)
    }

    /// Of a rule of calls.
    fn rule(part: &'static str, path: &str, operator: &str, value: &str) -> Self {
        let file = format!(
            "rules = {{ \"call\" = [{{ path = \"{path}\", operator = \"{operator}\", value = \"{value}\" }}] }}"
        );
        let (key, named) = match part {
            "path" => ("rules.call[1].path", "rules.call[0].path"),
            _ => ("rules.call[1].value", "rules.call[0].value"),
        };
        bad("rules", file, json!({ "call": [{ "path": path, "operator": operator, "value": value }] }))
            .named(key, named)
            .form(
                &[
                    ("rule_event", "call"),
                    ("rule_path", path),
                    ("rule_operator", operator),
                    ("rule_value", value),
                ],
                "rule-1-error",
            )
    }

    /// Of one header.
    fn header(name: &'static str, key: &'static str, value: &str) -> Self {
        bad("headers", format!("headers = {{ \"{name}\" = {} }}", json!(value)), json!({ name: value }))
            .named(key, key)
            .form(&[("headers", &format!("{name}: {value}"))], "headers-error")
    }
}

fn list(many: usize, item: &Value) -> Value {
    vec![item.clone(); many].into()
}

fn all() -> Vec<Bad> {
    let long = "x".repeat(121);
    let many = list(501, &json!("call-*"));
    let rules = list(201, &json!({ "path": "a", "operator": "exists" }));
    let rules_in_file = format!("[{}]", vec![r#"{ path = "a", operator = "exists" }"#; 201].join(","));
    let headers: BTreeMap<_, _> = (0..21).map(|n| (format!("X-{n}"), "1")).collect();
    let headers_in_file: Vec<_> = headers.keys().map(|name| format!("{name} = \"1\"")).collect();
    let header_lines: Vec<_> = headers.keys().map(|name| format!("{name}: 1")).collect();
    vec![
        Bad::one("name", "name-error", &json!(" ")),
        Bad::one("name", "name-error", &json!(long)),
        Bad::one("name", "name-error", &json!(format!("{}  ", &long[..119]))),
        Bad::one("url", "url-error", &json!("a.example/hook")),
        Bad::one("url", "url-error", &json!("ftp://a.example/")),
        Bad::one("url", "url-error", &json!("https://eu:senha@a.example/")),
        Bad::one("url", "url-error", &json!("https://a.example/?code=…")),
        Bad::one("url", "url-error", &json!(format!("https://a.example/{}", "x".repeat(2_048)))),
        Bad::one("concurrency", "concurrency-error", &json!(0)),
        Bad::one("concurrency", "concurrency-error", &json!(513)),
        Bad::one("rate_per_second", "rate_per_second-error", &json!(0)),
        Bad::one("rate_per_second", "rate_per_second-error", &json!(100_001)),
        Bad::one("timeout_seconds", "timeout_seconds-error", &json!(61)),
        Bad::one("format", "format-error", &json!("xml")),
        bad("retry_seconds", "retry_seconds = []", json!([])),
        bad("retry_seconds", format!("retry_seconds = {}", list(21, &json!(1))), list(21, &json!(1))),
        bad("retry_seconds", "retry_seconds = [86401]", json!([86_401]))
            .named("retry_seconds[1]", "retry_seconds[0]"),
        bad("redact", format!("redact = {}", list(201, &json!("phone"))), list(201, &json!("phone"))),
        bad("redact", "redact = [\"\"]", json!([""])).named("redact[1]", "redact[0]"),
        bad("events", "events = []", json!([])).form(&[], r#"all-types" aria-invalid="true"#),
        bad("events", format!("events = {many}"), many.clone()),
        bad("events", "events = [\"a*b\"]", json!(["a*b"]))
            .named("events[1]", "events[0]")
            .form(&[("more", "a*b")], "more-error"),
        bad("rules", format!("rules = {{ \"*\" = {rules_in_file} }}"), json!({ "*": rules })),
        Bad::rule("path", "a..b", "exists", ""),
        Bad::rule("value", "a", "contains", ""),
        Bad::rule("value", "a", "greater_than", "abc"),
        Bad::rule("value", "a", "contains", &"x".repeat(1_025)),
        bad("headers", format!("headers = {{ {} }}", headers_in_file.join(", ")), json!(headers))
            .form(&[("headers", &header_lines.join("\n"))], "headers-error"),
        Bad::header("Host", "headers.Host", "a"),
        Bad::header("connection", "headers.connection", "a"),
        Bad::header("X A", "headers.X A", "a"),
        Bad::header("X-Longo", "headers.X-Longo", &"x".repeat(4_097)),
        bad("headers", "headers = { \"X-A\" = \"1\", \"x-a\" = \"2\" }", json!({ "X-A": "1", "x-a": "2" }))
            .named("headers.x-a", "headers.x-a"),
        Bad::one("bearer", "bearer-error", &json!("x".repeat(4_097))),
        Bad::one("secret", "secret-error", &json!("whsec_não")),
    ]
}

/// The file with a right webhook, but for one line.
fn file(bad: &Bad) -> String {
    let right = [("name", "\"CRM\""), ("url", "\"https://a.example/\""), ("events", "[\"*\"]")];
    let right = right.iter().filter(|(field, _)| *field != bad.field);
    let lines: Vec<_> = right.map(|(field, value)| format!("{field} = {value}")).collect();
    format!("[[company]]\nname = \"A\"\n[[company.webhook]]\n{}\n{}\n", lines.join("\n"), bad.file)
}

#[test]
fn the_settings_file_refuses_what_no_webhook_may_have() {
    let around = || Surroundings { env: BTreeMap::new(), ..Surroundings::here() };
    for bad in all() {
        let text = file(&bad);
        let refused = Settings::read(Some((Path::new("r.toml"), &text)), Vec::new(), &around()).err();
        let keys: Vec<_> = refused.into_iter().flat_map(|errors| errors.0).map(|error| error.key).collect();
        assert_eq!(keys, [format!("company[1].webhook[1].{}", bad.key)], "\n{text}");
    }
}

#[tokio::test]
async fn the_api_and_the_panel_refuse_what_no_webhook_may_have() {
    let home = Home::new("").await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let (_, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let company = made["id"].as_str().expect("an id");
    for bad in all() {
        let mut input = json!({ "name": "CRM", "url": "https://a.example/", "events": ["*"] });
        input[bad.field] = bad.value.clone();
        let path = format!("/api/v1/companies/{company}/webhooks");
        let (status, problem) = daemon.call("POST", &path, Some(input)).await;
        assert_eq!(status, 422, "{} {}: {problem}", bad.field, bad.value);
        let faults = problem["errors"].as_array().expect("faults");
        let fields: Vec<_> = faults.iter().map(|fault| fault["field"].as_str().expect("a field")).collect();
        assert_eq!(fields, [bad.named], "{problem}");

        let Some((typed, id)) = &bad.form else { continue };
        let right = [("name", "CRM"), ("url", "https://a.example/"), ("event", "*")];
        let stays = |name: &str| name != bad.field && !(name == "event" && bad.field == "events");
        let mut form: Vec<_> = right.into_iter().filter(|(name, _)| stays(name)).collect();
        form.extend(typed.iter().map(|(name, value)| (*name, value.as_str())));
        let page = visitor.post(&format!("/companies/{company}/webhooks/new"), &form).await;
        assert_eq!(page.status, 422, "{} {}", bad.field, bad.value);
        let wrong = page.body.contains(&format!("id=\"{id}\""));
        assert!(wrong, "{id} of {}: {}", bad.value, page.body);
    }
    let (_, listed) = daemon.call("GET", &format!("/api/v1/companies/{company}/webhooks"), None).await;
    assert_eq!(listed, json!([]), "nothing was saved");
    daemon.stop().await;
}
