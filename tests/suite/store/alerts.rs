//! Who is still to be told of incidents.

use ramal::domain::alert_rule::{Notice, Why};
use ramal::domain::{AlertRuleId, ContactPointId, IncidentId, Timestamp};
use ramal::store::NoticeOutcome;

use super::{Db, NOW, commit, contract};

contract! {
    what_begins_anew_has_nothing_left_of_before,
    who_was_told_is_known_and_who_is_to_be_too,
}

const LATER: Timestamp = Timestamp(NOW.0 + 1_000_000);

fn notice(incident: i64, contact: i64, why: Why) -> Notice {
    let (contact, incident) = (ContactPointId(contact), IncidentId(incident));
    Notice { contact, incident, rule: AlertRuleId(1), why, due_at: NOW }
}

async fn due(db: &Db) -> Vec<(i64, Why)> {
    let due = db.store.due_notices(LATER, 100).await.expect("reads");
    due.into_iter().map(|due| (due.notice.incident.0, due.notice.why)).collect()
}

async fn what_begins_anew_has_nothing_left_of_before(mut db: Db) {
    let of_both = |why| [notice(1, 5, why), notice(2, 5, why)];
    let all: Vec<_> = [Why::Opened, Why::Escalated, Why::StillOpen].into_iter().flat_map(of_both).collect();
    commit!(db, tx => tx.plan_notices(7, &[], &all, NOW).await.expect("plans"));
    assert_eq!(due(&db).await.len(), 6);

    // The second has ended and come back: what was to come later is of before, what was to be told at once is told.
    let again = [notice(2, 5, Why::StillOpen)];
    commit!(db, tx => tx.plan_notices(9, &[IncidentId(2)], &again, NOW).await.expect("plans"));
    let of = |due: &[(i64, Why)], incident: i64| -> Vec<_> {
        due.iter().filter(|(of, _)| *of == incident).map(|(_, why)| *why).collect()
    };
    let due = due(&db).await;
    assert_eq!(of(&due, 1), [Why::Opened, Why::Escalated, Why::StillOpen]);
    assert_eq!(of(&due, 2), [Why::Opened, Why::StillOpen]);
    assert_eq!(db.store.alerting().await.expect("reads").planned_to, 9);
}

async fn who_was_told_is_known_and_who_is_to_be_too(mut db: Db) {
    let planned = [5, 6, 7].map(|contact| notice(1, contact, Why::Opened));
    commit!(db, tx => tx.plan_notices(1, &[], &planned, NOW).await.expect("plans"));
    let due = db.store.due_notices(LATER, 100).await.expect("reads");
    let [first, second, _] = &due[..] else { panic!("{due:?}") };
    commit!(db, tx => {
        tx.notice_done(first.id, NoticeOutcome::Sent, NOW).await.expect("writes");
        tx.notice_done(second.id, NoticeOutcome::Dropped, NOW).await.expect("writes");
    });
    let told = db.store.told_of(IncidentId(1)).await.expect("reads");
    assert_eq!(told, [ContactPointId(5)]);
    let named = db.store.named_in_notices(IncidentId(1)).await.expect("reads");
    assert_eq!(named, [ContactPointId(5), ContactPointId(7)]);

    // What waits for the morning was not tried.
    let third = due[2].id;
    let (morning, version) = (Timestamp(LATER.0 + 1), db.store.alerting().await.expect("reads").version);
    commit!(db, tx => tx.notice_waits(third, morning, version + 1).await.expect("writes"));
    assert_eq!(
        db.store.due_notices(LATER, 100).await.expect("reads").len(),
        1,
        "quiet hours are others by now"
    );
    commit!(db, tx => tx.notice_waits(third, morning, version).await.expect("writes"));
    assert!(db.store.due_notices(LATER, 100).await.expect("reads").is_empty());
    let waits = db.store.due_notices(morning, 100).await.expect("reads");
    assert_eq!((waits[0].id, waits[0].tries), (third, 0));
    commit!(db, tx => tx.end_quiet(morning, NOW).await.expect("writes"));
    assert_eq!(
        db.store.due_notices(NOW, 100).await.expect("reads")[0].id,
        third,
        "there is no night any more"
    );
}
