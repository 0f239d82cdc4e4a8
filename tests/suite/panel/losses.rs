//! What a gap has cost, estimated from a past that is made up.

use ramal::domain::incident::{Facts, Incident, Kind, Said};
use ramal::domain::{CompanyId, IncidentId, Point, SourceId, Step, Subject, Timestamp};
use ramal::store::{Counted, Store, StoreOptions, Tx};
use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::api::created;
use crate::support::daemon::Home;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const WEEK: i64 = 7 * 24 * HOUR;

async fn gap(tx: &mut Tx<'_>, (from, to): (Timestamp, Timestamp), reason: &str) {
    tx.open_gap(CompanyId(1), SourceId(1), from, reason, None).await.expect("a gap");
    tx.close_gap(SourceId(1), to).await.expect("it ends");
}

fn counted(at: Timestamp, events: u64, connected: u64) -> Counted {
    let point = Point { looks: 60, events, connected, ..Point::default() };
    Counted { subject: Subject::Company(CompanyId(1)), at, point }
}

/// Three gaps: of 79 minutes in hours that were usual for two weeks, of one hour after an hour of 4 events a minute, and of one of
/// which nothing tells. The first was an incident.
async fn make_up(home: &Home) {
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, mut writer) = Store::open(&database, StoreOptions::default()).await.expect("the store opens");
    let noon = Step::Hour.start(Timestamp(Timestamp::now().0 - 50 * HOUR));
    let (from, to) = (Timestamp(noon.0 + 10 * MINUTE), Timestamp(noon.0 + 89 * MINUTE));
    let later = |hours: i64| Timestamp(noon.0 + hours * HOUR);
    let weeks_before = |hour: i64, weeks: i64| Timestamp(noon.0 + hour * HOUR - weeks * WEEK);
    let past = [
        // Ten a minute; in the second week the line stood for half of the hour.
        counted(weeks_before(0, 1), 600, 60),
        counted(weeks_before(0, 2), 300, 30),
        counted(weeks_before(1, 1), 600, 60),
        // Too little of an hour to tell anything, and a week too far away.
        counted(weeks_before(1, 2), 9_000, 5),
        counted(weeks_before(1, 5), 60_000, 60),
        counted(later(5), 240, 60),
    ];
    let mut tx = writer.begin().await.expect("begins");
    tx.add_to_series(&past).await.expect("counts");
    gap(&mut tx, (later(-20), later(-19)), "ping_timeout").await;
    gap(&mut tx, (from, to), "ping_timeout").await;
    gap(&mut tx, (later(6), later(7)), "transport_close").await;
    gap(&mut tx, (later(9), later(10)), "stopped").await;
    let title = Said { pt: "sem conexão com a 3C Plus".into(), en: "no connection".into() };
    let facts = Facts { source: Some(SourceId(1)), title, ..Facts::default() };
    let incident = Incident {
        id: IncidentId(0),
        company: Some(CompanyId(1)),
        subject: "source:1".into(),
        kind: Kind::GapOpen,
        since: from,
        opened_at: from,
        closed_at: None,
        facts,
        taken: None,
        silence: None,
    };
    let id = tx.open_incident(&incident).await.expect("an incident");
    // It was seen a moment after the line had come back; what is lost is what the gap says.
    let closed = Timestamp(to.0 + 5 * MINUTE);
    tx.save_incident(&Incident { id, closed_at: Some(closed), ..incident }).await.expect("it is over");
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");
}

#[tokio::test]
async fn a_gap_says_about_how_many_events_did_not_come() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let source = json!({ "provider": "threecplus", "account": "777123", "token": "t".repeat(60) });
    created(&daemon, "/api/v1/companies/company_1/sources", source).await;
    daemon.stop().await;
    make_up(&home).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;

    let page = visitor.get("/companies/company_1").await.body;
    assert!(page.contains("≈ 790 eventos deste tempo não chegaram"), "{page}");
    assert!(page.contains("≈ 240 eventos deste tempo não chegaram"), "by the hour before: {page}");
    assert_eq!(page.matches("Não dá para estimar quantos eventos").count(), 1, "{page}");
    assert_eq!(
        page.matches("deste tempo não chegaram").count(),
        3,
        "what was wanted so costs nothing: {page}"
    );
    assert!(page.contains("Como se estima") && page.contains("nas últimas quatro semanas"), "{page}");
    assert!(!visitor.get("/events?company=company_1").await.body.contains("790"), "it is part of no count");

    let closed = daemon.get("/api/v1/incidents?state=closed").await;
    assert_eq!(closed["items"][0]["estimated_loss"], 790, "{closed}");
    assert!(closed["items"][0]["amount"].is_null(), "{closed}");
    let past = visitor.get("/incidents?state=closed").await.body;
    assert!(past.contains("≈ 790 eventos deste tempo não chegaram."), "{past}");
    let id = closed["items"][0]["id"].as_str().expect("an id");
    let one = visitor.get(&format!("/incidents/{id}")).await.body;
    assert!(
        one.contains("≈ 790 eventos deste tempo não chegaram.") && one.contains("Como se estima"),
        "{one}"
    );

    // Of two sources nobody knows what came by which.
    let second = json!({ "provider": "tellicon", "token": "aB3dE5gH7jK9mN1pQ3sT5vX7" });
    created(&daemon, "/api/v1/companies/company_1/sources", second).await;
    daemon.stop().await;
    let daemon = home.start().await;
    let closed = daemon.get("/api/v1/incidents?state=closed").await;
    assert!(closed["items"][0]["estimated_loss"].is_null(), "{closed}");
    daemon.stop().await;
}
