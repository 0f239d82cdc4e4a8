//! The API is what its document says it is, and the metrics are what their readers expect. Others' tools judge both, so
//! that no mistake of ours is made twice: Spectral reads the document, Schemathesis asks every operation what the document
//! allows and what it does not, a client made from it does a day's work, and Prometheus' own tool reads the metrics.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::api::{Customer, SETTINGS, created, send};
use crate::support::daemon::{Daemon, Home};

/// How long Schemathesis asks, in seconds; `RAMAL_CONTRACT_SECONDS` asks for longer.
const SECONDS: &str = "90";
/// What it draws its cases by; `RAMAL_CONTRACT_SEED` gives another.
const SEED: &str = "20260101";

/// `tests/contract/`, with everything that `tests/install.sh` puts there.
fn folder() -> PathBuf {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    let install = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let installed = std::process::Command::new(root.join("tests/install.sh")).output().expect("it runs");
        assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        root.join("tests/contract")
    };
    INSTALLED.get_or_init(install).clone()
}

async fn installed() -> PathBuf {
    tokio::task::spawn_blocking(folder).await.expect("no panic inside")
}

/// Runs a tool, which must be content; returns what it said.
async fn content(command: &mut Command) -> String {
    let output =
        command.kill_on_drop(true).output().await.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{said}");
    said
}

/// The document as a running program serves it, in a folder beside the tools.
async fn document(daemon: &Daemon, tools: &Path) -> TempDir {
    let served = send("GET", &format!("{}/api/v1/openapi.json", daemon.base), &[], "").await;
    assert_eq!((served.status, served.header("content-type")), (200, "application/json"));
    let made = tempfile::Builder::new().prefix("made-").tempdir_in(tools).expect("a folder");
    fs::write(made.path().join("openapi.json"), served.body.to_string()).expect("written");
    made
}

#[tokio::test]
async fn the_document_keeps_every_rule_of_spectral() {
    let tools = installed().await;
    let home = Home::new("").await;
    let daemon = home.start().await;
    let made = document(&daemon, &tools).await;
    let spectral = |document: &Path| {
        let mut command = Command::new(tools.join("node_modules/.bin/spectral"));
        let ruleset = tools.join(".spectral.yaml");
        command.arg("lint").arg(document).arg("--ruleset").arg(ruleset).args(["--fail-severity", "warn"]);
        command
    };
    let path = made.path().join("openapi.json");
    let said = content(&mut spectral(&path)).await;
    assert!(said.contains("No results with a severity of 'warn' or higher found"), "{said}");

    // It would have said so.
    let broken = fs::read_to_string(&path).unwrap().replace("companies_create", "companies_list");
    fs::write(&path, broken).expect("written");
    let refused = spectral(&path).output().await.expect("it runs");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stdout).contains("operation-operationId-unique"));
    daemon.stop().await;
}

/// Everything that the operations speak of, and some of it to be deleted: `schemathesis.toml` names it by the ids that
/// come of this order.
async fn furnish(daemon: &Daemon, receiver: &str) {
    for n in 1..=4 {
        created(daemon, "/api/v1/companies", json!({ "name": format!("Empresa {n}") })).await;
    }
    let mut token = String::new();
    for n in 1..=4 {
        let source =
            created(daemon, "/api/v1/companies/company_1/sources", json!({ "provider": "tellicon" })).await;
        if n == 1 {
            source["token"].as_str().expect("shown once").clone_into(&mut token);
        }
        let webhook = json!({
            "name": format!("Webhook {n}"), "url": receiver, "events": ["*"], "secret": "minha_chave_secreta",
            "bearer": "segredo", "headers": { "X-Chave": "1" }, "retry_seconds": [1],
            "rules": { "answerCall": [{ "path": "a.b", "operator": "equals", "value": "1" }] },
        });
        created(daemon, "/api/v1/companies/company_1/webhooks", webhook).await;
    }
    for apt in 1..=5 {
        let body = json!({ "eventTellicon": {
            "type": if apt == 5 { "answerCall" } else { "pushCall" }, "src": "9001", "dst": "018988776655", "client": 5,
            "building": 0, "apt": apt, "eventDateTime": 1_705_338_959, "answerDateTime": 1_705_338_959,
            "hangupDateTime": 1_705_338_969, "callDurationTime": 10,
        }});
        let url = format!("{}/eventTellicon", daemon.base);
        let answer = send("POST", &url, &[("authTokenTellicon", token.as_str())], &body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    daemon.until("/api/v1/webhooks/webhook_1/status", |status| status["cursor"] == 5).await;
    for _ in 1..=2 {
        let range = json!({ "from": "evt_1_1", "as_new": true, "rate_per_second": 1 });
        created(daemon, "/api/v1/webhooks/webhook_1/replays", range).await;
    }
    for n in 1..=4 {
        let contact = json!({ "phone": format!("1190000000{n}") });
        created(daemon, "/api/v1/companies/company_1/contacts", contact).await;
    }
    for n in 1..=4 {
        let point = json!({ "name": format!("Contato {n}"), "kind": "slack", "url": receiver });
        created(daemon, "/api/v1/contact-points", point).await;
    }
    for n in 2..=3 {
        created(daemon, "/api/v1/api-keys", json!({ "name": format!("Chave {n}"), "role": "operator" }))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_does_what_its_document_says_and_nothing_else() {
    let tools = installed().await;
    let customer = Customer::start(&[]).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    furnish(&daemon, &customer.url).await;
    let asked = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let mut command = Command::new(tools.join("venv/bin/schemathesis"));
    command
        .arg("--config-file")
        .arg(tools.join("schemathesis.toml"))
        .args(["run", &format!("{}/api/v1/openapi.json", daemon.base)])
        .args(["--header", &format!("Authorization: Bearer {}", home.api_key)])
        .args(["--max-time", &asked("RAMAL_CONTRACT_SECONDS", SECONDS)])
        .args(["--seed", &asked("RAMAL_CONTRACT_SEED", SEED)])
        .args(["--continue-on-failure", "--no-color", "--warnings", "off"])
        .current_dir(home.path());
    let said = content(&mut command).await;
    let operations = paths(&daemon).await;
    assert!(said.contains(&format!("Tested: {operations}")), "{said}");
    // It got through to what is there: what it did stands in the audit log. (How far, depends on the machine.)
    let mut done = Vec::new();
    for action in
        ["webhook.pause", "webhook.rotate_secret", "webhook.test", "source.disconnect", "company.update"]
    {
        let page = daemon.get(&format!("/api/v1/audit?action={action}&limit=1")).await;
        done.extend(page["items"][0].is_object().then_some(action));
    }
    assert!(done.len() >= 3, "{done:?}");
    let log = daemon.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn every_text_of_a_query_says_what_it_may_hold() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let document = daemon.get("/api/v1/openapi.json").await;
    let mut refused = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for parameter in item["get"]["parameters"].as_array().map_or(&[][..], Vec::as_slice) {
            let (name, schema) = (parameter["name"].as_str().expect("a name"), &parameter["schema"]);
            if parameter["in"] != "query" || schema["type"] != "string" {
                continue;
            }
            let said = ["pattern", "format", "enum"].iter().any(|bound| !schema[bound].is_null());
            assert!(said, "{path} {name}: {schema}");
            if schema["pattern"] == r"^[^\u0000]*$" {
                let asked = format!("{}?{name}=a%00b", path.replace('{', "").replace('}', "_77"));
                let (status, problem) = daemon.call("GET", &asked, None).await;
                assert!(status == 422 && problem["errors"][0]["field"] == name, "{asked}: {problem}");
                refused += 1;
            }
        }
    }
    assert!(refused > 5, "{refused}");
    daemon.stop().await;
}

/// How many operations the document has.
async fn paths(daemon: &Daemon) -> usize {
    let document = daemon.get("/api/v1/openapi.json").await;
    let paths = document["paths"].as_object().expect("paths").values();
    paths.map(|item| item.as_object().expect("operations").len()).sum()
}

/// Every operation with its `x-role`, by a path whose things are not there.
fn operations(document: &Value) -> Vec<(String, String, Option<String>)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let real: String = path
            .split('/')
            .map(|part| match part {
                "{event}" => "evt_77_1".to_owned(),
                part => part.replace('{', "").replace('}', "_77"),
            })
            .collect::<Vec<_>>()
            .join("/");
        for (method, operation) in item.as_object().expect("operations") {
            let role = operation["x-role"].as_str().map(str::to_owned);
            operations.push((method.to_uppercase(), real.clone(), role));
        }
    }
    operations
}

#[tokio::test]
async fn an_operation_asks_for_the_role_that_the_document_names() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let mut keys = Vec::new();
    for role in ["reader", "operator", "administrator"] {
        let made = created(&daemon, "/api/v1/api-keys", json!({ "name": role, "role": role })).await;
        keys.push((role, made["key"].as_str().expect("shown once").to_owned()));
    }
    let document = daemon.get("/api/v1/openapi.json").await;
    let operations = operations(&document);
    assert!(operations.len() > 50, "{}", operations.len());
    for (method, path, role) in operations {
        let needed = role.as_deref().unwrap_or("reader");
        let enough = keys.iter().position(|(role, _)| *role == needed).expect("a role");
        for (at, (role, key)) in keys.iter().enumerate() {
            let bearer = format!("Bearer {key}");
            let headers = [("authorization", bearer.as_str())];
            let answer = send(&method, &format!("{}{path}", daemon.base), &headers, "").await;
            assert_eq!(answer.status == 403, at < enough, "{method} {path} as {role}: {}", answer.body);
        }
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_client_made_from_the_document_does_a_days_work() {
    let tools = installed().await;
    let customer = Customer::start(&[]).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let made = document(&daemon, &tools).await;
    let bin = |name: &str| Command::new(tools.join("node_modules/.bin").join(name));
    let at = made.path();
    content(bin("openapi-typescript").arg(at.join("openapi.json")).arg("--output").arg(at.join("api.d.ts")))
        .await;
    for file in ["client.ts", "tsconfig.json", "package.json"] {
        fs::copy(tools.join(file), at.join(file)).expect("copied");
    }
    content(bin("tsc").arg("--project").arg(at)).await;
    let world = json!({ "base": daemon.base, "key": home.api_key, "receiver": customer.url });
    let said = content(Command::new("node").arg(at.join("client.js")).arg(world.to_string())).await;
    assert_eq!(said, "done\n");
    customer.accepted(5).await;
    daemon.stop().await;
}

#[tokio::test]
async fn prometheus_own_tool_has_nothing_to_say_to_the_metrics() {
    let tools = installed().await;
    let customer = Customer::start(&[]).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    furnish(&daemon, &customer.url).await;
    let page = daemon.get("/metrics").await;
    let Value::String(page) = page else { panic!("no text: {page}") };
    let own = tools.join("bin/promtool");
    let promtool = if own.exists() { own } else { PathBuf::from("promtool") };
    let file = home.path().join("metrics.txt");
    let check = async |text: &str| {
        fs::write(&file, text).expect("written");
        let mut command = Command::new(&promtool);
        command.args(["check", "metrics"]).stdin(fs::File::open(&file).expect("there"));
        command.output().await.expect("promtool is installed")
    };
    let read = check(&page).await;
    assert!(read.status.success() && read.stderr.is_empty(), "{}", String::from_utf8_lossy(&read.stderr));
    // It would have said so.
    let nameless = page.replace("# HELP ramal_events_total ", "# HELP ramal_others_total ");
    assert!(!check(&nameless).await.status.success());
    daemon.stop().await;
}

#[test]
fn every_tool_is_pinned_by_hash_or_lock_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract");
    let requirements = fs::read_to_string(folder.join("requirements.txt")).expect("there");
    let pinned = requirements.lines().filter(|line| line.contains("==") && !line.starts_with('#'));
    for line in pinned {
        assert!(line.trim_end().ends_with('\\'), "{line} has no hash");
    }
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("package.json")).unwrap()).unwrap();
    for (name, version) in manifest["dependencies"].as_object().expect("some") {
        let version = version.as_str().expect("text");
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{name} is {version}");
    }
}
