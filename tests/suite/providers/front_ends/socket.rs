//! The WebSocket: what the document prints, and what is answered to everything else.

use super::*;

/// With npm's `ws`: the printed requests and, but for numbers and times, the printed answers.
#[tokio::test]
async fn an_npm_client_reads_what_the_document_prints() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    let url = format!("{}/websocket", daemon.base.replace("http://", "ws://"));
    let mut node = Node::start("front_end.mjs", &json!({ "url": url })).await;
    let text =
        async |node: &mut Node| node.hear("message").await["text"].as_str().expect("a text").to_owned();
    assert_eq!(text(&mut node).await, r#"{"data":"Welcome","event":"Welcome","status":"Ok"}"#);
    post(&daemon, FLAT[0]).await;
    assert_eq!(text(&mut node).await, r#"{"data":{},"event":"DataChanged","status":"Ok"}"#);
    node.tell(&json!({ "text": r#"{"event": "ListCalls", "data": {"params": {"state": "NEW"}}}"# })).await;
    let listed: Value = serde_json::from_str(&text(&mut node).await).expect("JSON");
    let (created, updated) = (&listed["data"][0]["created_at"], &listed["data"][0]["updated_at"]);
    let row = json!({ "id": 1, "aggregate_id": "1463669263.30033", "state": "NEW", "created_at": created, "updated_at": updated });
    assert_eq!(listed, json!({ "data": [row], "event": "ListCalls", "status": "Ok" }));
    let is_printed = |at: &Value| at.as_str().is_some_and(|at| at.len() == 24 && at.ends_with('Z'));
    assert!(is_printed(created) && is_printed(updated), "{listed}");
    for body in &FLAT[1..] {
        post(&daemon, body).await;
    }
    node.tell(&json!({ "text": r#"{"event": "LictCallEvents", "data": {"call_id": "1463669263.30033"}}"# }))
        .await;
    let listed = loop {
        let told = text(&mut node).await;
        if !told.contains("DataChanged") {
            break told;
        }
    };
    // The bodies stand in it as they were posted.
    assert!(FLAT.iter().all(|body| listed.contains(body)), "{listed}");
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((&listed["event"], &listed["status"]), (&json!("ListCallEvents"), &json!("Ok")));
    let rows = listed["data"].as_array().expect("rows");
    assert_eq!(rows.len(), 5);
    for (at, row) in rows.iter().enumerate() {
        let uuid = row["uuid"].as_str().expect("a uuid");
        assert!(uuid.len() == 36 && uuid.as_bytes()[14] == b'1', "{uuid}");
        let event: Value = serde_json::from_str(FLAT[at]).expect("JSON");
        assert_eq!(
            *row,
            json!({ "id": at + 1, "aggregate_id": "1463669263.30033", "uuid": uuid, "event": event })
        );
    }
    node.kill().await;
    daemon.stop().await;
}

#[tokio::test]
async fn calls_are_listed_by_what_they_are_with_a_gap_in_them_too() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    for (call, last) in [("1.1", "call.new"), ("1.2", "actor.entered"), ("1.3", "call.finished")] {
        call_up_to(&daemon, call, last).await;
    }
    post(&daemon, &event("1.4", "actor.left")).await;
    post(&daemon, &event("1.5", "call.finished")).await;
    let mut front = FrontEnd::open(&daemon, "/websocket").await;
    let all = ["1.1", "1.2", "1.3", "1.4", "1.5"];
    for params in
        [json!({}), Value::Null, json!({ "state": ["new", "STANDBY", "WAITING", "ONGOING", "FINISHED"] })]
    {
        assert_eq!(ids(&front.list(params.clone()).await), all, "{params}");
    }
    for data in ["{}", r#"{"params":{}}"#, r#"{"more":1}"#] {
        let listed = front.ask(&format!(r#"{{"event":"ListCalls","data":{data}}}"#)).await;
        assert_eq!(ids(&listed), all, "{data}");
    }
    let cases = [
        (json!({ "state": "NEW" }), &["1.1", "1.4"][..]),
        (json!({ "state": "WAITING" }), &["1.2"]),
        (json!({ "state": "FINISHED" }), &["1.3", "1.5"]),
        (json!({ "state": ["NEW", "FINISHED"] }), &["1.1", "1.3", "1.4", "1.5"]),
        (json!({ "aggregate_id": "1.3" }), &["1.3"]),
        (json!({ "aggregate_id": ["1.5", "1.1", "1.1", "none"] }), &["1.1", "1.5"]),
        (json!({ "aggregate_id": ["1.5", "1.1"], "state": "NEW" }), &["1.1"]),
        (json!({ "id": 1 }), &["1.1"]),
        (json!({ "id": ["1", 2], "aggregate_id": ["1.2", "1.1"] }), &["1.1", "1.2"]),
        (json!({ "id": 3 }), &[]),
        (json!({ "id": [] }), &[]),
    ];
    for (params, wanted) in cases {
        assert_eq!(ids(&front.list(params.clone()).await), wanted, "{params}");
    }
    let none = front.ask(r#"{"event":"ListCallEvents","data":{"call_id":"none"}}"#).await;
    assert_eq!(none, json!({ "data": [], "event": "ListCallEvents", "status": "Ok" }));
    daemon.stop().await;
}

/// As it is printed, and as it is meant.
#[tokio::test]
async fn the_events_of_a_call_are_listed_by_either_spelling() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    for body in FLAT {
        post(&daemon, body).await;
    }
    post(&daemon, &event("1.1", "call.new")).await;
    let mut front = FrontEnd::open(&daemon, "/websocket").await;
    let printed: Vec<Value> = FLAT.iter().map(|body| serde_json::from_str(body).expect("JSON")).collect();
    for command in ["ListCallEvents", "LictCallEvents"] {
        let asked = json!({ "event": command, "data": { "call_id": "1463669263.30033" } });
        let listed = front.ask(&asked.to_string()).await;
        assert_eq!((&listed["event"], &listed["status"]), (&json!("ListCallEvents"), &json!("Ok")));
        let rows = listed["data"].as_array().expect("rows");
        let events: Vec<_> = rows.iter().map(|row| row["event"].clone()).collect();
        assert_eq!(events, printed, "{command}");
        let ids: Vec<_> = rows.iter().map(|row| (&row["id"], &row["aggregate_id"])).collect();
        let wanted: Vec<_> = (1..=5).map(|id| (json!(id), json!("1463669263.30033"))).collect();
        assert!(ids.iter().zip(&wanted).all(|(row, (id, call))| *row == (id, call)), "{listed}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_posted_again_is_told_of_once() {
    /// Changes are told of at most once in a tenth of a second: what is told late is told within this.
    const LONG: Duration = Duration::from_millis(300);
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    let mut front = FrontEnd::open(&daemon, "/websocket").await;
    for kind in ["call.new", "call.standby"] {
        post(&daemon, &event("1.1", kind)).await;
        front.changed().await;
        for _ in 0..3 {
            post(&daemon, &event("1.1", kind)).await;
        }
        let posted = Instant::now();
        while posted.elapsed() < LONG {
            front.say(r#"{"event":"ListCalls","data":{}}"#).await;
            assert_eq!(ids(&front.next().await), ["1.1"], "nothing is told between");
        }
    }
    daemon.stop().await;
}

/// Another company's calls, and another provider's, are never listed.
#[tokio::test]
async fn a_socket_tells_of_its_own_source_only() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "B" })).await;
    let source = json!({ "provider": "teravoz", "token": KEY });
    created(&daemon, "/api/v1/companies/company_2/sources", source).await;
    let own = daemon.get("/api/v1/sources/source_1").await["path"].as_str().expect("a path").to_owned();
    post_to(&daemon, &own, &event("1.1", "call.new")).await;
    let mut front = FrontEnd::open(&daemon, &format!("/websocket?key={KEY}")).await;
    assert_eq!(ids(&front.list(json!({})).await), [""; 0]);
    assert_eq!(ids(&front.list(json!({ "id": 1, "aggregate_id": "1.1" })).await), [""; 0]);
    let events = front.ask(r#"{"event":"ListCallEvents","data":{"call_id":"1.1"}}"#).await;
    assert_eq!(events["data"], json!([]));
    post_to(&daemon, &own, &event("1.2", "call.new")).await;
    post_to(&daemon, &format!("/webhook?key={KEY}"), &event("2.1", "call.new")).await;
    front.changed().await;
    assert_eq!(ids(&front.list(json!({})).await), ["2.1"]);
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_no_command_is_answered_so() {
    let home = Home::new(OPEN).await;
    let daemon = home.start().await;
    let mut front = FrontEnd::open(&daemon, "/websocket").await;
    let invalid = json!({ "data": { "success": false, "error": "invalid body" }, "event": "InvalidMessage", "status": "Failed" });
    for said in ["", "olá", "{", "[]", "null", "{}", r#"{"event":"ListCalls"}"#, r#"{"data":{}}"#, "\u{0}"] {
        assert_eq!(front.ask(said).await, invalid, "{said}");
    }
    let unknown = json!({ "data": { "success": false, "error": "no suitable eventHandler for this event" },
        "event": "InvalidEvent", "status": "Failed" });
    for name in [r#""listcalls""#, r#""DROP TABLE""#, "7", "[]", "{}", r#""""#] {
        assert_eq!(front.ask(&format!(r#"{{"event":{name},"data":{{}}}}"#)).await, unknown, "{name}");
    }
    front.0.send(Message::binary(&b"\xff\xfe"[..])).await.expect("it is sent");
    assert_eq!(front.next().await, invalid, "no UTF-8");
    front.0.send(Message::binary(&br#"{"event":"ListCalls","data":{}}"#[..])).await.expect("it is sent");
    assert_eq!(front.next().await["event"], "ListCalls", "in a binary message too");
    let plain = send("GET", &format!("{}/websocket", daemon.base), &[], "").await;
    assert_eq!((plain.status, plain.header("upgrade")), (426, "websocket"));
    daemon.stop().await;
}

/// `websocket_listen`: the port that the document's program has, on which any path will do.
#[tokio::test]
async fn a_source_may_have_an_address_for_its_socket_alone() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let mut daemon = home.start().await;
    let source = json!({ "provider": "teravoz", "websocket_listen": free.to_string() });
    created(&daemon, SOURCES, source).await;
    post(&daemon, &event("1.1", "call.new")).await;
    let base = std::mem::replace(&mut daemon.base, format!("http://{free}"));
    let mut front = FrontEnd::soon(&daemon, "/").await;
    assert_eq!(ids(&front.list(json!({})).await), ["1.1"]);
    for path in ["/any/path?at=all", "/socket"] {
        FrontEnd::open(&daemon, path).await;
    }
    assert_eq!(send("GET", &format!("http://{free}/api/v1/companies"), &[], "").await.status, 426);
    let own = std::mem::replace(&mut daemon.base, base);
    must(&daemon, "PATCH", "/api/v1/sources/source_1", json!({ "token": KEY }), 200).await;
    front.say("{}").await;
    assert_eq!(front.ended().await, 1008);
    let base = std::mem::replace(&mut daemon.base, own);
    assert_eq!(FrontEnd::try_open(&daemon, "/").await.err(), Some(401));
    FrontEnd::open(&daemon, &format!("/?key={KEY}")).await;
    daemon.base = base;
    must(&daemon, "PATCH", "/api/v1/sources/source_1", json!({ "websocket_listen": "" }), 200).await;
    let closed = async {
        while TcpStream::connect(free).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, closed).await.expect("it is closed");
    daemon.stop().await;
}
