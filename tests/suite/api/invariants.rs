//! The invariants of the design that are the whole program's, each named after what must hold.

use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ramal::simulator::threecplus::{Account, Kick};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{Company, Customer, Picky, Provider, SETTINGS, created, must, send};
use crate::support::daemon::{Daemon, Home};

const DOOR_TOKEN: &str = "aB3dE5gH7jK9mN1pQ3sT5vX7";

/// The provider's 2xx means that a kill right after it takes nothing.
#[tokio::test]
async fn accepted_means_on_disk() {
    let home = Home::new(SETTINGS).await;
    let mut daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Condomínio" })).await;
    let source = json!({ "provider": "tellicon", "token": DOOR_TOKEN });
    created(&daemon, "/api/v1/companies/company_1/sources", source).await;
    let mut accepted = 0;
    for _ in 0..3 {
        for _ in 0..5 {
            let body = json!({ "eventTellicon": {
                "type": "pushCall", "src": "9001", "client": 505, "building": 121, "apt": accepted,
                "eventDateTime": 1_705_338_959,
            }});
            let headers = [("authTokenTellicon", DOOR_TOKEN), ("content-type", "application/json")];
            let url = format!("{}/eventTellicon", daemon.base);
            assert_eq!(send("POST", &url, &headers, &body.to_string()).await.status, 200, "after {accepted}");
            accepted += 1;
        }
        daemon.kill().await;
        daemon = home.start().await;
        let page = daemon.get("/api/v1/companies/company_1/events").await;
        assert_eq!(page["items"].as_array().unwrap().len(), accepted, "{page}");
    }
    daemon.stop().await;
}

/// Stands before the provider and counts: a connection that comes while another one is open is an overlap.
struct Gatekeeper {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    overlaps: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Gatekeeper {
    async fn start(upstream: SocketAddr) -> Gatekeeper {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let (accepted, overlaps) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count, seen) = (accepted.clone(), overlaps.clone());
        let task = tokio::spawn(async move {
            let mut carrying: Vec<JoinHandle<()>> = Vec::new();
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                // The program's own end of the old connection is closed by now; that is only to be noticed here. The new
                // one is not answered before, so that nothing that waits for its answer can close the old one.
                for old in carrying.drain(..) {
                    if tokio::time::timeout(Duration::from_secs(2), old).await.is_err() {
                        seen.fetch_add(1, Ordering::SeqCst);
                    }
                }
                carrying.push(tokio::spawn(carry(client, upstream)));
            }
        });
        Gatekeeper { address, accepted, overlaps, task }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Gatekeeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Until the client has closed; what the server does is passed on and ends nothing.
async fn carry(mut client: TcpStream, upstream: SocketAddr) {
    let mut server = TcpStream::connect(upstream).await.expect("the provider listens");
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
    };
    let down = async {
        let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
        let _ = to_client.shutdown().await;
        std::future::pending::<()>().await;
    };
    tokio::select! { () = up => {}, () = down => {} }
}

#[tokio::test]
async fn one_socket_per_source() {
    let (provider, customer) = (Provider::start(2).await, Customer::start(&[]).await);
    let gate = Gatekeeper::start(provider.address).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let source = format!("/api/v1/sources/{}", company.source);
    let status = format!("{source}/status");
    let mut socket = company.line_is(&daemon, "connected").await["socket_id"].clone();
    let tokens = [Account::numbered(1).token, Account::numbered(2).token];
    for round in 0..4 {
        // Another address, then another token: each ends the session before the next begins.
        let before = std::mem::take(&mut socket);
        let changed = json!({ "socket_url": gate.url(), "token": tokens[round % 2] });
        must(&daemon, "PATCH", &source, changed, 200).await;
        let fresh = |now: &Value| now["state"] == "connected" && now["socket_id"] != before;
        socket = daemon.until(&status, fresh).await["socket_id"].clone();
        // Whoever presses connect twenty times has one line.
        for _ in 0..20 {
            must(&daemon, "POST", &format!("{source}/connect"), json!({}), 202).await;
        }
        let before = socket.clone();
        provider.control.kick(None, if round % 2 == 0 { Kick::Cut } else { Kick::Disconnect });
        let fresh = |now: &Value| now["state"] == "connected" && now["socket_id"] != before;
        daemon.until(&status, fresh).await;
        must(&daemon, "POST", &format!("{source}/disconnect"), json!({}), 202).await;
        daemon.until(&status, |now| now["state"] == "stopped").await;
        must(&daemon, "POST", &format!("{source}/connect"), json!({}), 202).await;
        socket = daemon.until(&status, |now| now["state"] == "connected").await["socket_id"].clone();
        assert_eq!(provider.control.status().sockets.values().sum::<usize>(), 1);
    }
    assert!(gate.accepted.load(Ordering::SeqCst) >= 12, "it did connect anew");
    assert_eq!(gate.overlaps.load(Ordering::SeqCst), 0, "two sockets of one source were open at once");
    daemon.stop().await;
}

#[tokio::test]
async fn events_within_one_session_are_never_merged() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let same = json!({ "call": { "id": "c1", "phone": "5511988776655" }, "n": 7 });
    for _ in 0..5 {
        provider.emit(1, "call-was-connected", &same);
    }
    company.head_is(&daemon, 5).await;
    customer.accepted(5).await;
    assert_eq!(customer.numbers(), [7; 5]);
    assert_eq!(customer.receiver.stats().distinct(), 5, "each has an id of its own");
    daemon.stop().await;
}

/// What of a robot's token is secret.
const ROBOT: &str = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

/// Every secret that the program knows, looked for wherever a person or another program looks.
#[tokio::test]
async fn secrets_do_not_leak() {
    let master = "iJ8fWm0Q3s6V1xYc5tB7nKzR2hLpE9uGdA4oTqXvN0w=";
    let (bearer, header, wrong) = ("portador-kX82mLq01z", "cabecalho-Zt55yPw93b", "errado-Vb31nHs77c");
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    customer.answer(2, 500);
    let settings =
        format!("master_key = \"{master}\"\n[log]\nlevel = \"trace\"\nevent_lines = true\n{SETTINGS}");
    let home = Home::new(&settings).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let changed =
        json!({ "bearer": bearer, "secret": "assinatura-Qw81tGh20d", "headers": { "X-Chave": header } });
    must(&daemon, "PATCH", &company.hook(""), changed, 200).await;
    let rotated = must(&daemon, "POST", &company.hook("/rotate-secret"), json!({}), 200).await;
    let door = json!({ "provider": "tellicon", "token": DOOR_TOKEN });
    created(&daemon, &format!("/api/v1/companies/{}/sources", company.id), door).await;
    for n in 1..=3 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n, "api_token": "dentro-Rf66uJk42e" }));
    }
    let call = json!({ "call": { "telephony_id": "k7", "password": "dentro-Rf66uJk42e" }, "api_token": "dentro-Rf66uJk42e" });
    provider.emit(1, "call-was-created", &call);
    let contact = json!({ "phone": "11999990000" });
    created(&daemon, &format!("/api/v1/companies/{}/contacts", company.id), contact).await;
    somebody_is_told(&daemon).await;
    let deliveries = format!("/api/v1/events/{}/deliveries", company.event(2));
    let tried = |fates: &Value| fates[0]["attempts_made"].as_array().is_some_and(|made| !made.is_empty());
    company.head_is(&daemon, 4).await;
    let calls = format!("/api/v1/companies/{}/calls", company.id);
    daemon.until(&calls, |page| page["items"][0]["provider_call_id"] == "k7").await;
    daemon.until(&deliveries, tried).await;
    let replay = json!({ "from": company.event(1), "to": company.event(3) });
    let replay = daemon.call("POST", &company.hook("/replays"), Some(replay)).await.1;
    must(&daemon, "POST", &company.hook("/test"), json!({ "event": "agent-is-idle" }), 200).await;

    let mut secrets = vec![
        master.to_owned(),
        bearer.to_owned(),
        header.to_owned(),
        wrong.to_owned(),
        "assinatura-Qw81tGh20d".to_owned(),
        DOOR_TOKEN.to_owned(),
        ROBOT.to_owned(),
        Account::numbered(1).token,
        home.api_key.clone(),
        rotated["secret"].as_str().expect("shown once").to_owned(),
    ];
    let mut seen = Vec::new();
    // Refusals repeat nothing of what was wrong.
    for body in [
        json!({ "bearer": format!("{wrong}\n{wrong}") }),
        json!({ "headers": { "Host": wrong } }),
        json!({ "headers": { "X-Outra": format!("{wrong}\u{1}") } }),
        json!({ "secret": "", "bearer": format!("{wrong}\u{7f}{wrong}") }),
    ] {
        let (status, answer) = daemon.call("PATCH", &company.hook(""), Some(body)).await;
        assert_eq!(status, 422, "{answer}");
        seen.push(("a refusal".to_owned(), answer.to_string()));
    }
    provider.control.refuse(None, true);
    provider.control.kick(None, Kick::Disconnect);
    company.line_is(&daemon, "refused").await;
    let told = |page: &Value| page["items"].as_array().is_some_and(|items| !items.is_empty());
    daemon.until_within(Duration::from_mins(1), "/api/v1/incidents", told).await;
    for path in every_page(&daemon, &company, replay["id"].as_str()).await {
        let (status, answer) = daemon.call("GET", &path, None).await;
        assert_eq!(status, 200, "{path}: {answer}");
        seen.push((path, answer.to_string()));
    }
    seen.push(("the log".to_owned(), daemon.stop().await));
    secrets.push("dentro-Rf66uJk42e".to_owned());
    for (place, text) in &seen {
        let leaked = secrets.iter().find(|secret| text.contains(secret.as_str()));
        assert!(leaked.is_none(), "{place} says {leaked:?}: {text}");
    }
    // In the database everything but what the provider said is sealed or hashed.
    secrets.pop();
    for file in fs::read_dir(home.path().join("data")).expect("the database's folder") {
        let path = file.expect("an entry").path();
        let bytes = fs::read(&path).expect("readable");
        let holds = |secret: &&String| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        let leaked = secrets.iter().find(holds);
        assert!(leaked.is_none(), "{} holds {leaked:?}", path.display());
    }
}

async fn somebody_is_told(daemon: &Daemon) {
    let robot =
        json!({ "name": "Robo", "kind": "telegram", "token": format!("110201543:{ROBOT}"), "chat": "-1001" });
    let point = created(daemon, "/api/v1/contact-points", robot).await;
    let rule = json!({ "name": "Tudo", "costs": ["coming"], "contact_points": [point["id"]] });
    created(daemon, "/api/v1/alert-rules", rule).await;
}

/// Every documented GET with the ids of this company, but the one that hands payloads out unmasked on purpose.
async fn every_page(daemon: &Daemon, company: &Company, replay: Option<&str>) -> Vec<String> {
    let document = daemon.get("/api/v1/openapi.json").await;
    let paths = document["paths"].as_object().expect("paths");
    let mut pages: Vec<String> = paths
        .iter()
        .filter(|(path, item)| item.get("get").is_some() && !path.ends_with("/payload"))
        .map(|(path, _)| {
            path.replace("{company}", &company.id)
                .replace("{source}", &company.source)
                .replace("{webhook}", &company.webhook)
                .replace("{replay}", replay.unwrap_or("replay_1"))
                .replace("{event}", &company.event(2))
                .replace("{call}", &company.event(4).replace("evt_", "call_"))
                .replace("{contact}", "contact_1")
                .replace("{contact_point}", "contact_point_1")
                .replace("{rule}", "alert_rule_1")
                .replace("{incident}", "incident_1")
                .replace("/api/v1/search", "/api/v1/search?q=agente")
                .replace("{key}", "1")
        })
        .collect();
    assert!(pages.len() >= 15, "{pages:?}");
    pages.extend(["/metrics", "/healthz", "/readyz", "/"].map(str::to_owned));
    pages
}

/// Whatever a stranger, a provider or a receiver says, the program answers or hangs up, and goes on.
#[tokio::test]
async fn bad_input_is_an_answer_not_an_accident() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let source = json!({ "provider": "tellicon", "token": DOOR_TOKEN });
    created(&daemon, "/api/v1/companies/company_1/sources", source).await;
    let hostile = Hostile::start().await;
    let line = json!({
        "provider": "threecplus", "token": "um-token-qualquer-1234", "socket_url": hostile.url(), "connect": true,
    });
    created(&daemon, "/api/v1/companies/company_1/sources", line).await;
    let hook =
        json!({ "name": "W", "url": format!("{}/", hostile.url()), "events": ["*"], "retry_seconds": [1] });
    created(&daemon, "/api/v1/companies/company_1/webhooks", hook).await;

    let deep = "[".repeat(200_000);
    let bodies: [&[u8]; 8] = [
        b"x",
        b"\xff\xfe\x00",
        b"{",
        b"null",
        b"{\"eventTellicon\":1e999}",
        deep.as_bytes(),
        b"\"\\ud800\"",
        b"[]",
    ];
    let address = daemon.base.trim_start_matches("http://").to_owned();
    let doors = [
        format!("POST /eventTellicon HTTP/1.1\r\nauthTokenTellicon: {DOOR_TOKEN}\r\n"),
        format!("POST /api/v1/companies HTTP/1.1\r\nauthorization: Bearer {}\r\n", home.api_key),
        format!("PATCH /api/v1/webhooks/webhook_1 HTTP/1.1\r\nauthorization: Bearer {}\r\n", home.api_key),
    ];
    for door in &doors {
        for body in bodies {
            let head =
                format!("{door}host: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let answer = raw(&address, &[head.as_bytes(), body].concat(), false).await;
            let status = answer.get(9..12).unwrap_or_default().to_owned();
            let words = String::from_utf8_lossy(&answer).into_owned();
            assert!(
                (b"400"..=b"422").contains(&status.as_slice().try_into().unwrap_or(b"000")),
                "{door}: {words}"
            );
        }
    }
    for garbage in [
        &b"\x16\x03\x01\x00\xa5"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
    ] {
        raw(&address, garbage, true).await;
    }
    // The line and the courier have met the hostile server often enough.
    tokio::time::timeout(super::PATIENCE, hostile.met(6)).await.expect("it is called again and again");
    let event = r#"{"eventTellicon": {"type": "pushCall", "src": "9001", "client": 505, "building": 121, "apt": 1,
        "eventDateTime": 1705338959}}"#;
    let headers = [("authTokenTellicon", DOOR_TOKEN), ("content-type", "application/json")];
    assert_eq!(send("POST", &format!("{}/eventTellicon", daemon.base), &headers, event).await.status, 200);
    let deliveries = "/api/v1/events/evt_1_1/deliveries";
    let failed = |fates: &Value| fates[0]["attempts_made"].as_array().is_some_and(|made| made.len() >= 2);
    daemon.until(deliveries, failed).await;

    let seen = daemon.get("/api/v1/companies").await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 1, "nothing was changed: {seen}");
    let metrics = daemon.get("/metrics").await.as_str().expect("text").to_owned();
    let panics = metrics.lines().find(|line| line.starts_with("ramal_task_panics_total")).expect("a metric");
    assert!(panics.ends_with(" 0"), "{panics}");
    assert_eq!(daemon.call("GET", "/readyz", None).await.0, 200);
    let log = daemon.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}

/// Says these bytes, and no more if `end`, and reads until the other side hangs up.
async fn raw(address: &str, bytes: &[u8], end: bool) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // It may hang up before everything is said.
    let _ = stream.write_all(bytes).await;
    if end {
        let _ = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let read = tokio::time::timeout(super::PATIENCE, stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "neither an answer nor an end");
    answer
}

/// A server that answers each connection with the next thing that no server should say.
struct Hostile {
    address: SocketAddr,
    met: Arc<Mutex<usize>>,
    task: JoinHandle<()>,
}

impl Hostile {
    async fn start() -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let met: Arc<Mutex<usize>> = Arc::default();
        let count = met.clone();
        let task = tokio::spawn(async move {
            let words: [&[u8]; 6] = [
                b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
                b"HTTP/1.1 999 \xff\xfe\r\n\r\n",
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n\x81\xff\xff",
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
                b"\x00\x01\x02\x03",
                b"",
            ];
            while let Ok((mut stream, _)) = listener.accept().await {
                let number = {
                    let mut met = count.lock().expect("no panic inside");
                    *met += 1;
                    *met
                };
                let mut request = [0; 1_024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(words[number % words.len()]).await;
            }
        });
        Hostile { address, met, task }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns once so many connections came.
    async fn met(&self, connections: usize) {
        while *self.met.lock().expect("no panic inside") < connections {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}
