//! A database that the first release wrote (`tests/data/first-release/make.py`), made a hundred thousand events long: this
//! program takes it over, and everything goes on.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::panel::Visitor;
use crate::support::daemon::{Daemon, Home};
use crate::support::{http, postgres};

const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY=";
/// What every webhook of it signs with: `whsec_` and these bytes in base64.
const SIGNING_KEY: &[u8] = b"0123456789abcdef0123456789ABCDEF";
const TELLICON: &str = "Tellicon2026Tellicon2026";
const LOGIN: [(&str, &str); 2] = [("login", "ana"), ("password", "primeira senha de 2026")];
/// How often its events are repeated behind themselves.
const COPIES: i64 = 1_111;
/// Deliveries that have not begun yet, of each webhook but the paused one.
const PENDING: i64 = 180;
const SOON: Duration = Duration::from_mins(1);

/// One request that a receiver got.
struct Got {
    seq: i64,
    headers: HeaderMap,
    body: Bytes,
}

/// By the path of the webhook.
type Inbox = Arc<Mutex<HashMap<String, Vec<Got>>>>;

async fn receiver() -> (SocketAddr, Inbox) {
    async fn take(State(inbox): State<Inbox>, uri: Uri, headers: HeaderMap, body: Bytes) {
        let id = headers["webhook-id"].to_str().expect("text").to_owned();
        let seq = id.rsplit('_').next().and_then(|seq| seq.parse().ok()).expect("an event's id");
        inbox.lock().unwrap().entry(uri.path().to_owned()).or_default().push(Got { seq, headers, body });
    }
    let inbox = Inbox::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let app = Router::new().fallback(take).with_state(inbox.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    (address, inbox)
}

/// Its events again and again behind themselves, as if they had been delivered but for the newest; and two hours have passed.
fn grown(series: &str) -> Vec<String> {
    let (again, rest) = (
        "SELECT company, seq + 90 * k",
        "source, provider, session, name, lane, received_at, flags, keys, extra, payload",
    );
    vec![
        format!("DELETE FROM events WHERE seq > 90; UPDATE heads SET seq = 90 * ({COPIES} + 1)"),
        format!("{series} {again}, {rest} FROM events, copies"),
        format!("UPDATE cursors SET seq = (SELECT seq FROM heads) - {PENDING} WHERE webhook < 4"),
        "UPDATE held SET next_at = next_at - 7200000000".to_owned(),
    ]
}

/// Puts what the first release wrote into a database; returns the key of its API that was made then.
async fn written_sqlite(url: &str, receiver: SocketAddr) -> String {
    let sql =
        include_str!("../data/first-release/sqlite.sql").replace("127.0.0.1:18433", &receiver.to_string());
    let mut conn = sqlx::SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("a file");
    let series = format!(
        "INSERT INTO events WITH RECURSIVE copies (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copies WHERE k < {COPIES})"
    );
    for statements in std::iter::once(sql.clone()).chain(grown(&series)) {
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut conn).await.expect("it is SQL");
    }
    conn.close().await.expect("closes");
    key(&sql)
}

async fn written_postgres(url: &str, receiver: SocketAddr) -> String {
    let sql =
        include_str!("../data/first-release/postgres.sql").replace("127.0.0.1:18433", &receiver.to_string());
    let mut conn = sqlx::PgConnection::connect(url).await.expect("a session");
    let series = format!("INSERT INTO events WITH copies AS (SELECT generate_series(1, {COPIES}) AS k)");
    for statements in std::iter::once(sql.clone()).chain(grown(&series)) {
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut conn).await.expect("it is SQL");
    }
    conn.close().await.expect("closes");
    key(&sql)
}

fn key(sql: &str) -> String {
    sql.lines().next().and_then(|line| line.strip_prefix("-- ")).expect("a key in the first line").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_release_wrote_goes_on_sqlite() {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
    let (address, inbox) = receiver().await;
    let key = written_sqlite(&url, address).await;
    goes_on(&url, &key, &inbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_release_wrote_goes_on_postgres() {
    let url = postgres::database().await.url;
    let (address, inbox) = receiver().await;
    let key = written_postgres(&url, address).await;
    goes_on(&url, &key, &inbox).await;
}

async fn goes_on(url: &str, key: &str, inbox: &Inbox) {
    let settings = format!(
        "master_key = \"{MASTER_KEY}\"\ndatabase_url = \"{url}\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n\
         [retention]\nage = \"3650 days\"\n"
    );
    let home = Home::new(&settings).await;
    let (daemon, since) = (home.start().await, Instant::now());
    who_had_access_has_it(&daemon, key).await;
    events_are_found(&daemon).await;
    deliveries_go_on(&daemon, inbox).await;
    a_replay_goes_on(&daemon, inbox, since).await;
    dead_ones_are_sent_again_when_asked(&daemon, inbox).await;
    what_is_paused_is_resumed(&daemon, inbox).await;
    providers_are_heard(&daemon, inbox).await;
    // It had sealed no block, and goes on by itself.
    daemon.until("/api/v1/consumers", |list| list["items"][0]["behind"].as_i64() < Some(1_024)).await;
    daemon.stop().await;
}

async fn who_had_access_has_it(daemon: &Daemon, key: &str) {
    let address = daemon.base.trim_start_matches("http://").parse().expect("an address");
    let bearer = format!("Bearer {key}");
    let asked = http::send(address, "GET", "/api/v1/companies", &[("authorization", &bearer)], b"").await;
    let (status, body) = asked.expect("an answer");
    assert!(status == 200 && body.contains("Central Boa Vista"), "{status} {body}");
    let ana = Visitor::new(daemon);
    assert_eq!(ana.post("/sign-in", &LOGIN).await.to(), "/");
    assert!(ana.get("/companies").await.body.contains("Central Boa Vista"));
}

async fn events_are_found(daemon: &Daemon) {
    let head = 90 * (COPIES + 1);
    let newest = daemon.get("/api/v1/companies/company_1/events?limit=1").await;
    assert_eq!(newest["items"][0]["seq"], json!(head), "{newest}");
    let oldest = daemon.get("/api/v1/events/evt_1_1/payload").await;
    let call = oldest["call"]["telephony_id"].as_str().expect("a call").to_owned();
    let found = daemon.get(&format!("/api/v1/companies/company_1/events?call={call}&limit=100")).await;
    let found = found["items"].as_array().expect("a list").len();
    assert_eq!(found, 100, "a call that is in every copy");
}

async fn deliveries_go_on(daemon: &Daemon, inbox: &Inbox) {
    let head = 90 * (COPIES + 1);
    let pending: Vec<i64> = (head - PENDING + 1..=head).collect();
    for (webhook, path, held) in [(1, "/crm", None), (2, "/fatura", Some(37)), (3, "/antigo", None)] {
        status_is(daemon, webhook, |status| status["cursor"] == json!(head) && is_at_rest(status)).await;
        let got = seqs(inbox, path);
        let mut new: Vec<i64> = got.iter().copied().filter(|seq| *seq > 90).collect();
        new.sort_unstable();
        assert_eq!(new, pending, "{path}: each once");
        if let Some(held) = held {
            assert_eq!(got.len() - new.len(), held, "{path}: what was set aside is tried again");
        }
    }
    in_order_per_lane(daemon, inbox, "/fatura").await;
    let inbox = inbox.lock().unwrap();
    let sent = &inbox["/crm"][0];
    assert_eq!(sent.headers["authorization"], "Bearer crm-bearer");
    assert_eq!(sent.headers["x-tenant"], "boa-vista");
    assert!(is_signed(sent), "{:?}", sent.headers);
}

fn is_at_rest(status: &Value) -> bool {
    ["retrying", "waiting", "alone"].iter().all(|state| status["held"][*state] == json!(0))
        && status["in_flight"] == json!(0)
}

fn is_signed(got: &Got) -> bool {
    let [id, at] = ["webhook-id", "webhook-timestamp"].map(|name| got.headers[name].to_str().expect("text"));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SIGNING_KEY).expect("any length");
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(&got.body);
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    got.headers["webhook-signature"] == format!("v1,{signature}")
}

/// The events that were held, of each call or agent in the order of the journal.
async fn in_order_per_lane(daemon: &Daemon, inbox: &Inbox, path: &str) {
    let mut lanes: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for seq in seqs(inbox, path).into_iter().filter(|seq| *seq <= 90) {
        let event = daemon.get(&format!("/api/v1/events/evt_1_{seq}")).await;
        lanes.entry(event["lane"].as_str().unwrap_or_default().to_owned()).or_default().push(seq);
    }
    assert!(lanes.len() > 3, "{lanes:?}");
    for (lane, seqs) in lanes {
        assert!(seqs.is_sorted(), "{lane}: {seqs:?}");
    }
}

/// It had been asked for at one a second.
async fn a_replay_goes_on(daemon: &Daemon, inbox: &Inbox, since: Instant) {
    let replay = daemon.get("/api/v1/replays/replay_1").await;
    assert_eq!(replay["state"], "running", "{replay}");
    let position = replay["position"].as_i64().expect("a number");
    let until = Instant::now() + SOON;
    while daemon.get("/api/v1/replays/replay_1").await["position"].as_i64().expect("a number") < position + 2
    {
        assert!(Instant::now() < until, "it stands still: {replay}");
        sleep(Duration::from_millis(200)).await;
    }
    let sent = seqs(inbox, "/crm").into_iter().filter(|seq| *seq <= 90).count();
    let time = usize::try_from(since.elapsed().as_secs()).expect("a short test");
    assert!((2..=time + 2).contains(&sent), "{sent} in {time} s");
}

async fn dead_ones_are_sent_again_when_asked(daemon: &Daemon, inbox: &Inbox) {
    let held = daemon.get("/api/v1/webhooks/3/held?state=dead&limit=100").await;
    let dead: Vec<&str> =
        held["items"].as_array().expect("a list").iter().filter_map(|row| row["event_id"].as_str()).collect();
    assert_eq!(dead.len(), 21, "{held}");
    let (status, answer) =
        daemon.call("POST", "/api/v1/webhooks/3/resend", Some(json!({ "events": dead }))).await;
    assert_eq!(status, 202, "{answer}");
    status_is(daemon, 3, |status| status["held"]["dead"] == json!(0) && is_at_rest(status)).await;
    let got = seqs(inbox, "/antigo");
    for id in dead {
        let seq: i64 = id.rsplit('_').next().and_then(|seq| seq.parse().ok()).expect("an event's id");
        assert!(got.contains(&seq), "{id}");
    }
}

/// It had been paused from its first event on.
async fn what_is_paused_is_resumed(daemon: &Daemon, inbox: &Inbox) {
    assert!(seqs(inbox, "/planilha").is_empty());
    let (status, answer) = daemon.call("POST", "/api/v1/webhooks/4/resume", None).await;
    assert_eq!(status, 200, "{answer}");
    let until = Instant::now() + SOON;
    while seqs(inbox, "/planilha").len() < 1_000 {
        assert!(Instant::now() < until, "{:?}", seqs(inbox, "/planilha").len());
        sleep(Duration::from_millis(50)).await;
    }
    let mut got = seqs(inbox, "/planilha");
    got.sort_unstable();
    got.dedup();
    assert!(got.len() >= 1_000 && got[0] <= 10, "from its beginning: {:?}", &got[..3]);
    let (status, _) = daemon.call("POST", "/api/v1/webhooks/4/pause", None).await;
    assert_eq!(status, 200);
}

async fn providers_are_heard(daemon: &Daemon, inbox: &Inbox) {
    let address = daemon.base.trim_start_matches("http://").parse().expect("an address");
    let body = br#"{"eventTellicon":{"type":"pushCall","src":"9001","client":505,"building":121,"apt":1001,"eventDateTime":1795700000}}"#;
    let (status, answer) =
        http::send(address, "POST", "/eventTellicon", &[("authTokenTellicon", TELLICON)], body)
            .await
            .expect("an answer");
    assert_eq!(status, 200, "{answer}");
    let new = 90 * (COPIES + 1) + 1;
    status_is(daemon, 1, |status| status["cursor"] == json!(new)).await;
    assert!(seqs(inbox, "/crm").contains(&new));
}

fn seqs(inbox: &Inbox, path: &str) -> Vec<i64> {
    inbox.lock().unwrap().get(path).map(|got| got.iter().map(|got| got.seq).collect()).unwrap_or_default()
}

async fn status_is(daemon: &Daemon, webhook: i64, is: impl Fn(&Value) -> bool) {
    let until = Instant::now() + SOON;
    loop {
        let status = daemon.get(&format!("/api/v1/webhooks/{webhook}/status")).await;
        if is(&status) {
            return;
        }
        assert!(Instant::now() < until, "webhook {webhook}: {status}");
        sleep(Duration::from_millis(100)).await;
    }
}
