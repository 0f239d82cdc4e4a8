//! Counts for charts.

use ramal::domain::{CompanyId, Latency, Point, Step, Subject, Timestamp, WebhookId};
use ramal::store::Counted;

use super::{Db, commit, contract};

contract! {
    minutes_add_up_to_their_hours,
    a_minute_in_two_parts_is_added_to,
    old_points_go_and_young_ones_stay,
}

/// A whole hour.
const HOUR: i64 = 1_704_067_200_000_000;
const MINUTE: i64 = 60_000_000;
const HOOK: Subject = Subject::Webhook(WebhookId(7));
const END: Timestamp = Timestamp(i64::MAX / 4);

fn counted(subject: Subject, minute: i64, point: Point) -> Counted {
    // Half a minute in: any moment of it names it.
    Counted {
        subject,
        at: Timestamp(HOUR + minute * MINUTE + MINUTE / 2),
        point: Point { looks: 1, ..point },
    }
}

fn delivered(delivered: u64, took_us: u32) -> Point {
    let mut latency = Latency::default();
    (0..delivered).for_each(|_| latency.note(took_us));
    Point { delivered, latency, ..Point::default() }
}

async fn of(db: &Db, subject: Subject, step: Step, minutes: std::ops::Range<i64>) -> Vec<(i64, Point)> {
    let at = |minute: i64| Timestamp(HOUR + minute * MINUTE);
    let points = db.store.series(subject, step, at(minutes.start), at(minutes.end)).await.expect("reads");
    points.into_iter().map(|(at, point)| ((at.0 - HOUR) / MINUTE, point)).collect()
}

async fn minutes_add_up_to_their_hours(mut db: Db) {
    let company = Subject::Company(CompanyId(7));
    // The last minute of one hour and the first two of the next; more subjects than one statement takes.
    for minute in [59, 60, 61] {
        let mut all = vec![counted(HOOK, minute, delivered(10, 3_000))];
        all.push(counted(company, minute, Point { events: 4, backlog: 5, ..Point::default() }));
        all.push(counted(Subject::Node, minute, Point { events: 4, connected: 3, ..Point::default() }));
        all.extend((100..700).map(|n| counted(Subject::Webhook(WebhookId(n)), minute, delivered(1, 9))));
        commit!(db, tx => tx.add_to_series(&all).await.expect("counts"));
    }
    let minutes = of(&db, HOOK, Step::Minute, 0..200).await;
    assert_eq!(minutes.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [59, 60, 61]);
    assert_eq!(minutes[0].1, Point { looks: 1, ..delivered(10, 3_000) });
    let hours = of(&db, HOOK, Step::Hour, 0..200).await;
    assert_eq!(hours[0], (0, Point { looks: 1, ..delivered(10, 3_000) }));
    assert_eq!(hours[1], (60, Point { looks: 2, ..delivered(20, 3_000) }));
    assert_eq!(hours.len(), 2);
    let hours = of(&db, company, Step::Hour, 0..200).await;
    assert_eq!(hours[1].1, Point { looks: 2, events: 8, backlog: 5, ..Point::default() });
    assert!((of(&db, Subject::Node, Step::Hour, 60..61).await[0].1.connected_mean() - 3.0).abs() < 1e-9);

    // From a moment within a minute on, until before another.
    assert_eq!(of(&db, HOOK, Step::Minute, 60..61).await.len(), 1);
    let from = Timestamp(HOUR + 59 * MINUTE + 1);
    let later = db.store.series(HOOK, Step::Minute, from, END.min(Timestamp(HOUR + 62 * MINUTE))).await;
    assert_eq!(later.expect("reads").len(), 2);
    assert!(of(&db, Subject::Company(CompanyId(8)), Step::Minute, 0..200).await.is_empty());
    assert!(of(&db, HOOK, Step::Minute, 60..60).await.is_empty());
}

async fn a_minute_in_two_parts_is_added_to(mut db: Db) {
    commit!(db, tx => tx.add_to_series(&[counted(HOOK, 5, delivered(3, 900))]).await.expect("counts"));
    let mut db = db.reopened().await;
    let rest = Point { failed: 1, backlog: 9, ..delivered(2, 70_000) };
    commit!(db, tx => tx.add_to_series(&[counted(HOOK, 5, rest)]).await.expect("counts"));
    let mut whole = delivered(3, 900);
    whole.add(&delivered(2, 70_000));
    let whole = Point { looks: 2, failed: 1, backlog: 9, ..whole };
    assert_eq!(of(&db, HOOK, Step::Minute, 0..60).await, [(5, whole.clone())]);
    assert_eq!(of(&db, HOOK, Step::Hour, 0..60).await, [(0, whole)]);
}

async fn old_points_go_and_young_ones_stay(mut db: Db) {
    let all: Vec<_> = (0..120).map(|minute| counted(HOOK, minute, delivered(1, 9))).collect();
    commit!(db, tx => tx.add_to_series(&all).await.expect("counts"));
    let forget = async |db: &mut Db, step, minute: i64, limit| {
        let before = Timestamp(HOUR + minute * MINUTE);
        commit!(db, tx => tx.forget_series(step, before, limit).await.expect("forgets"))
    };
    assert_eq!(forget(&mut db, Step::Minute, 90, 50).await, 50);
    assert_eq!(of(&db, HOOK, Step::Minute, 0..120).await[0].0, 50, "the oldest first");
    assert_eq!(forget(&mut db, Step::Minute, 90, 50).await, 40);
    assert_eq!(forget(&mut db, Step::Minute, 90, 50).await, 0);
    assert_eq!(of(&db, HOOK, Step::Minute, 0..120).await.len(), 30);
    assert_eq!(of(&db, HOOK, Step::Hour, 0..120).await.len(), 2);
    assert_eq!(forget(&mut db, Step::Hour, 60, 50).await, 1);
}
