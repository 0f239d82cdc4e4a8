//! The command lines that Colmeia's guide prints, as they stand there: at port 5000, against a program that is started with the sample of
//! variables. All of it happens in a network of its own, so that the port is free.

use std::path::Path;
use std::process::Command;

use ramal::domain::CompanyId;
use ramal::store::{Store, StoreOptions};
use tempfile::TempDir;

const LINES: [&str; 3] = [
    include_str!("../../data/colmeia/curl_bot_req_call.sh"),
    include_str!("../../data/colmeia/curl_connect.sh"),
    include_str!("../../data/colmeia/curl_accept.sh"),
];

/// `{line}` is a command line of the guide. The simulated provider has the call that the last of them accepts.
const SCRIPT: &str = r#"
ip link set lo up
"$RAMAL" serve >log 2>&1 & program=$!
"$RAMAL" simulate colmeia --rate 0 --token "$CALL_API_TOKEN" >provider 2>&1 & provider=$!
trap 'kill $program $provider; wait' EXIT
waited=0
open() { [ "$(curl --silent --output /dev/null --write-out '%{http_code}' --request POST "$1")" = "$2" ]; }
until open http://localhost:5000/webhook/call-event 401 && open http://127.0.0.1:3002/control 404; do
    waited=$((waited + 1))
    [ $waited -lt 300 ] || { cat log provider >&2; exit 1; }
    sleep 0.1
done
curl --silent http://127.0.0.1:3002/control/calls -H 'Content-Type: application/json' \
    -d '{"id": "xyz", "conversation": "xyz", "by_bot": false}' >/dev/null
until curl --silent http://127.0.0.1:3002/control/calls/xyz | grep --quiet ringing; do
    waited=$((waited + 1))
    [ $waited -lt 600 ] || { cat log provider >&2; exit 1; }
    sleep 0.1
done
{lines}
"#;

fn run(folder: &Path) -> String {
    let lines = LINES.map(|line| format!("{line}\necho\n")).concat();
    let script = SCRIPT.replace("{lines}", &lines);
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-eu", "-c", &script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("RAMAL", env!("CARGO_BIN_EXE_ramal"))
        .env("CALL_API_URL", "http://127.0.0.1:3002/v1/rest/calling/event")
        .env("CALL_API_TOKEN", "seu_token_aqui")
        .env("RAMAL_GUARD_ALLOW", "127.0.0.0/8")
        .output()
        .expect("a shell in a network of its own");
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    assert!(output.status.success(), "{out}\n{err}\n{log}");
    out
}

#[tokio::test]
async fn the_guides_start_and_its_command_lines_work_as_printed() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join(".env"), include_str!("../../../.env-sample")).expect("written");
    let out = run(folder.path());
    let answers: Vec<_> = out.lines().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(answers[..2], [r#"{"status":"ok"}"#; 2], "{out}");
    assert!(answers[2].starts_with(r#"{"idCallEvent":"#), "the call was accepted: {out}");

    let database = format!("sqlite://{}", folder.path().join("data/ramal.db").display());
    let (store, writer) = Store::open(&database, StoreOptions::default()).await.expect("the store opens");
    let companies = store.companies(CompanyId(0), 10).await.expect("reads");
    assert_eq!(companies.iter().map(|company| &*company.name).collect::<Vec<_>>(), ["Colmeia"]);
    store.close().await;
    writer.close().await.expect("closes");
}
