//! One caller who asks without end, and others who are well.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{SETTINGS, created, send};
use crate::support::daemon::Home;

/// A server that takes connections and never answers; how many are open.
async fn silent() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let open = Arc::new(AtomicUsize::new(0));
    let counted = open.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = counted.clone();
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let mut rest = [0; 1_024];
                while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
                counted.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
    (url, open)
}

/// Two hundred tests of a webhook that never answers, by one key: some of them run, and the requests of another key are
/// answered at once.
#[tokio::test]
async fn requests_of_one_key_that_take_long_delay_no_other_caller() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let (url, open) = silent().await;
    let webhook = json!({ "name": "Surdo", "url": url, "events": ["*"], "timeout_seconds": 60 });
    let webhook = created(&daemon, "/api/v1/companies/company_1/webhooks", webhook).await;
    let key = json!({ "name": "CRM", "role": "operator", "companies": ["company_1"] });
    let key = created(&daemon, "/api/v1/api-keys", key).await;
    let bearer = format!("Bearer {}", key["key"].as_str().expect("a key"));
    let test = format!("{}/api/v1/webhooks/{}/test", daemon.base, webhook["id"].as_str().expect("an id"));
    let mut asking = JoinSet::new();
    for _ in 0..200 {
        let (test, bearer) = (test.clone(), bearer.clone());
        asking.spawn(async move {
            send("POST", &test, &[("authorization", &bearer), ("content-type", "application/json")], "{}")
                .await
                .status
        });
    }
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = open.load(Ordering::Relaxed);
        if now > 0 && now == before {
            break;
        }
        before = now;
    }
    assert!((8..64).contains(&before), "{before} of 200 run at a time");
    for n in 0..5 {
        let began = Instant::now();
        daemon.get("/api/v1/companies").await;
        created(&daemon, "/api/v1/companies", json!({ "name": format!("Outra {n}") })).await;
        assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
    }
    asking.shutdown().await;
    daemon.stop().await;
}
