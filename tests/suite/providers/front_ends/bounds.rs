//! What a front end cannot do: ask for what there is not, hold the program up, or stay when it ends.

use sqlx::{Connection, SqliteConnection};

use super::*;

/// X16: whatever stands in the parameters, the answer is a list or a refusal, and the socket lives.
#[tokio::test]
async fn hostile_parameters_are_filtered_or_refused() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    post(&daemon, &event("1.1", "call.new")).await;
    let mut front = FrontEnd::open(&daemon, "/websocket").await;
    let nothing = [
        json!({ "state": "' OR '1'='1" }),
        json!({ "state": "%" }),
        json!({ "state": ",new," }),
        json!({ "aggregate_id": "1.1'; DROP TABLE calls; --" }),
        json!({ "aggregate_id": ["' OR 1=1 --", "\u{0}", "1.1\u{0}", "日本"] }),
        json!({ "id": "1 OR 1=1" }),
        json!({ "id": [-1, 0, 1.5, 1e300, i64::MAX, "9999999999999999999999"] }),
    ];
    for params in nothing {
        assert_eq!(ids(&front.list(params.clone()).await), [""; 0], "{params}");
    }
    let refused = [
        json!({ "created_at": "2019-10-15" }),
        json!({ "1=1; --": 1 }),
        json!({ "state": { "$ne": "" } }),
        json!({ "state": [["NEW"]] }),
        json!({ "state": true }),
        json!({ "id": (0..1_001).collect::<Vec<_>>() }),
        json!({ "aggregate_id": "x".repeat(1 << 20) }),
        json!([]),
        json!("state"),
        json!(["NEW"]),
    ];
    for params in refused {
        let told = front.list(params.clone()).await;
        let shown: String = params.to_string().chars().take(80).collect();
        assert_eq!(
            (&told["event"], &told["status"]),
            (&json!("ListCalls"), &json!("Failed")),
            "{shown}: {told}"
        );
        assert_eq!(told["data"]["success"], json!(false), "{shown}");
    }
    for call in [json!(1.1), json!(null), json!(["1.1"]), json!({ "a": 1 })] {
        let told =
            front.ask(&json!({ "event": "ListCallEvents", "data": { "call_id": call } }).to_string()).await;
        assert_eq!((&told["event"], &told["status"]), (&json!("ListCallEvents"), &json!("Failed")), "{call}");
    }
    for call in ["1.1\u{0}".to_owned(), "' OR 1=1".to_owned(), "x".repeat(1 << 20)] {
        let told =
            front.ask(&json!({ "event": "ListCallEvents", "data": { "call_id": call } }).to_string()).await;
        assert_eq!((&told["status"], &told["data"]), (&json!("Ok"), &json!([])));
    }
    assert_eq!(ids(&front.list(json!({})).await), ["1.1"], "nothing was dropped");
    let large = json!({ "event": "ListCalls", "data": { "x": "y".repeat(15 << 20) } }).to_string();
    assert_eq!(ids(&front.ask(&large).await), ["1.1"], "fifteen megabytes are read");
    let too_large = json!({ "event": "ListCalls", "data": { "x": "y".repeat(17 << 20) } }).to_string();
    let _ = front.0.send(Message::text(too_large)).await;
    assert!(matches!(front.ended().await, 1009 | 1006), "seventeen are not");
    daemon.stop().await;
}

/// X17: clients that ask and never read hold nobody up.
#[tokio::test]
async fn clients_that_do_not_read_delay_no_event() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    let long = event("1.1", "call.new").replace("123456", &"9".repeat(200_000));
    for kind in SEVEN {
        post(&daemon, &long.replace("call.new", kind)).await;
    }
    let mut deaf = Vec::new();
    for _ in 0..20 {
        let mut front = FrontEnd::open(&daemon, "/websocket").await;
        for _ in 0..50 {
            front.say(r#"{"event":"ListCallEvents","data":{"call_id":"1.1"}}"#).await;
        }
        deaf.push(front);
    }
    let mut reader = FrontEnd::open(&daemon, "/websocket").await;
    let mut took = Vec::new();
    for number in 0..200 {
        let began = Instant::now();
        post(&daemon, &event(&format!("2.{number}"), "call.new")).await;
        took.push(began.elapsed());
    }
    took.sort();
    assert!(took[197] < Duration::from_secs(1), "the 99th percentile is {:?}", took[197]);
    reader.changed().await;
    assert_eq!(ids(&reader.list(json!({})).await).len(), 201);
    drop(deaf);
    daemon.stop().await;
}

/// Makes all events that there are an hour older, while no program runs.
async fn an_hour_ago(home: &Home) {
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut sqlite = SqliteConnection::connect(&url).await.expect("a connection");
    let sql = "UPDATE events SET received_at = received_at - 3600000000";
    let changed = sqlx::query(sql).execute(&mut sqlite).await.expect("it is changed");
    assert_eq!(changed.rows_affected(), 7);
    sqlite.close().await.expect("closes");
}

/// X19: of a burst nothing is lost, and what is told is all of it; so is how many events came in the last half an hour.
#[tokio::test]
async fn of_a_burst_every_event_is_there() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    call_up_to(&daemon, "1.1", "call.finished").await;
    daemon.stop().await;
    an_hour_ago(&home).await;
    let daemon = home.start().await;
    let lately = "/api/v1/companies/company_1/events/count";
    assert_eq!(daemon.get(lately).await["events"], 0);
    let mut front = FrontEnd::open(&daemon, "/websocket").await;
    let posts = (0..3_000).map(|number| {
        let (url, body) = (format!("{}/webhook", daemon.base), event(&format!("3.{number}"), "call.standby"));
        async move { (url, body) }
    });
    let tls = ramal::net::client_config(None).expect("built-in roots").as_ref().clone();
    let client =
        reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().expect("a client");
    let sent = futures_util::stream::iter(posts)
        .map(|post| {
            let client = client.clone();
            async move {
                let (url, body) = post.await;
                client.post(url).body(body).send().await.expect("an answer").status().as_u16()
            }
        })
        .buffer_unordered(64);
    let statuses: Vec<u16> = sent.collect().await;
    assert!(statuses.iter().all(|status| *status == 200));
    front.changed().await;
    assert_eq!(ids(&front.list(json!({ "state": "STANDBY" })).await).len(), 3_000);
    for (query, events) in
        [("", 3_000), ("?minutes=30", 3_000), ("?minutes=59", 3_000), ("?minutes=120", 3_007)]
    {
        let counted = daemon.get(&format!("{lately}{query}")).await;
        assert_eq!(counted["events"], events, "{query}: {counted}");
    }
    for wrong in ["?minutes=0", "?minutes=10081", "?minutes=x", "?hours=1"] {
        assert_eq!(daemon.call("GET", &format!("{lately}{wrong}"), None).await.0, 422, "{wrong}");
    }
    let count = send("GET", &format!("{}{COUNT}", daemon.base), &[], "").await.body;
    assert_eq!(
        (&count["data"]["activeCallsCount"], &count["data"]["eventCall"]["standby"]),
        (&json!(3_000), &json!(3_000))
    );
    daemon.stop().await;
}

#[tokio::test]
async fn sockets_end_with_the_program() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    let mut front = FrontEnd::open(&daemon, "/websocket").await;
    let (_, code) = tokio::join!(daemon.stop(), front.ended());
    assert_eq!(code, 1001);
}
