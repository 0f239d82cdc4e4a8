//! What a board on the wall asks, and what people say of it.

use std::time::Duration;

use ramal::domain::board::BoardSettings;
use ramal::domain::call::{CallState, Direction, Due, Outcome};
use ramal::domain::{CompanyId, Timestamp};
use ramal::store::{CallLengths, StoreError, StoredCall};

use super::calls::{TELLICON, THREECPLUS, at, call, company, put_new};
use super::{Db, commit, contract};

contract! {
    calls_that_go_on_are_those_that_are_not_over_by_time,
    a_day_is_counted_by_what_became_of_its_calls,
    lengths_are_of_answered_calls,
    queues_of_a_day_are_told_once,
    what_is_said_of_a_board_is_kept,
}

fn over(mut stored: StoredCall, outcome: Outcome) -> StoredCall {
    (stored.call.state, stored.call.outcome) = (CallState::Finished, Some(outcome));
    stored
}

fn due(mut stored: StoredCall, second: i64, outcome: Option<Outcome>) -> StoredCall {
    stored.call.due = Some(Due { at: at(second), outcome });
    stored
}

async fn calls_that_go_on_are_those_that_are_not_over_by_time(mut db: Db) {
    let company = company(&mut db).await;
    let all = [
        call(company, 1, "before"),
        call(company, 2, "open"),
        over(call(company, 3, "over"), Outcome::Answered),
        due(call(company, 4, "rings"), 90, Some(Outcome::Missed)),
        call(company, 5, "new"),
    ];
    put_new(&mut db, all).await;
    let open = async |now, limit| {
        let calls = db.store.open_calls(company, at(2), now, limit).await.expect("reads");
        calls.iter().map(|stored| stored.call.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(open(at(89), 10).await, ["new", "rings", "open"]);
    assert_eq!(open(at(90), 10).await, ["new", "open"]);
    assert_eq!(open(at(90), 1).await, ["new"]);
    assert!(db.store.open_calls(CompanyId(9), at(0), at(9), 10).await.expect("reads").is_empty());
}

async fn a_day_is_counted_by_what_became_of_its_calls(mut db: Db) {
    let company = company(&mut db).await;
    let mut all = vec![
        over(call(company, 1, "yesterday"), Outcome::Answered),
        call(company, 10, "open"),
        due(call(company, 11, "rang"), 90, Some(Outcome::Missed)),
        due(call(company, 12, "silent"), 95, None),
        over(call(company, 13, "13"), Outcome::Missed),
    ];
    all.extend((14..17).map(|seq| over(call(company, seq, &seq.to_string()), Outcome::Answered)));
    all[7].provider = TELLICON;
    put_new(&mut db, all).await;
    let told = async |now| {
        let counted = db.store.count_outcomes(company, at(10), now).await.expect("counts");
        let sum = |wanted: Option<Outcome>| {
            counted.iter().filter(|(outcome, _)| *outcome == wanted).map(|(_, count)| count).sum::<i64>()
        };
        let wanted = [Some(Outcome::Answered), Some(Outcome::Missed), Some(Outcome::Machine), None];
        (wanted.map(sum), counted.iter().map(|(_, count)| count).sum::<i64>())
    };
    assert_eq!(told(at(89)).await, ([3, 1, 0, 0], 4));
    assert_eq!(told(at(90)).await, ([3, 2, 0, 0], 5));
    assert_eq!(told(at(95)).await, ([3, 2, 0, 1], 6));
    let since = async |provider, second| {
        db.store.count_calls_since(company, provider, at(second)).await.expect("counts")
    };
    assert_eq!(
        (since(THREECPLUS, 10).await, since(TELLICON, 10).await, since(THREECPLUS, 0).await),
        (6, 1, 7)
    );
}

async fn lengths_are_of_answered_calls(mut db: Db) {
    let company = company(&mut db).await;
    let lengths = async |db: &Db, since| db.store.call_lengths(company, at(since)).await.expect("sums");
    assert_eq!(lengths(&db, 0).await, CallLengths::default());
    let answered = |seq: i64, direction, [new, answered, ended]: [Option<i64>; 3]| {
        let mut stored = over(call(company, seq, &seq.to_string()), Outcome::Answered);
        let times = &mut stored.call.times;
        (times.new, times.answered, times.ended) = (new.map(at), answered.map(at), ended.map(at));
        stored.call.direction = Some(direction);
        stored
    };
    let all = [
        answered(1, Direction::Inbound, [Some(0), Some(500), Some(900)]),
        answered(10, Direction::Inbound, [Some(10), Some(30), Some(90)]),
        answered(11, Direction::Inbound, [Some(10), Some(20), None]),
        // Nobody waits while a dialer calls.
        answered(12, Direction::Outbound, [Some(10), Some(50), Some(80)]),
        // The wrong way round.
        answered(13, Direction::Inbound, [Some(30), Some(20), Some(10)]),
    ];
    put_new(&mut db, all).await;
    let second = 1_000_000;
    let expected = CallLengths { waited: 30 * second, waits: 2, talked: 90 * second, talks: 2 };
    assert_eq!(lengths(&db, 10).await, expected);
}

async fn queues_of_a_day_are_told_once(mut db: Db) {
    let company = company(&mut db).await;
    let queued = |seq: i64, queue: Option<&str>| {
        let mut stored = call(company, seq, &seq.to_string());
        stored.call.queue = queue.map(Into::into);
        stored
    };
    let all = [
        queued(1, Some("ontem")),
        queued(10, Some("b")),
        queued(11, Some("a")),
        queued(12, None),
        queued(13, Some("a")),
        queued(14, Some("Água")),
    ];
    put_new(&mut db, all).await;
    let names = async |since, limit| {
        let mut names = db.store.queues_since(company, at(since), limit).await.expect("reads");
        // Each engine has an order of its own for letters with marks.
        names.sort();
        names
    };
    assert_eq!(names(10, 9).await, ["a", "b", "Água"]);
    assert_eq!(names(0, 9).await, ["a", "b", "ontem", "Água"]);
    assert_eq!(names(0, 2).await.len(), 2);
    assert!(names(99, 9).await.is_empty());
}

async fn what_is_said_of_a_board_is_kept(mut db: Db) {
    let [company, other] = [db.company("A").await, db.company("B").await];
    assert_eq!(db.store.board_settings(company).await.expect("reads"), BoardSettings::default());
    let commands = [("*2".to_owned(), "Portão 2".to_owned())].into();
    let said = BoardSettings { commands, late_after: Duration::from_secs(30), version: 0 };
    let save = async |db: &mut Db, settings: BoardSettings| {
        let mut tx = db.writer.begin().await.expect("begins");
        let saved = tx.save_board_settings(company, &settings).await;
        tx.commit().await.expect("commits");
        saved
    };
    assert_eq!(save(&mut db, said.clone()).await.expect("saves"), 1);
    let stored = db.store.board_settings(company).await.expect("reads");
    assert_eq!(stored, BoardSettings { version: 1, ..said.clone() });
    let stale = save(&mut db, said.clone()).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    assert_eq!(save(&mut db, BoardSettings { version: 1, ..said }).await.expect("saves"), 2);
    assert_eq!(db.store.board_settings(other).await.expect("reads"), BoardSettings::default());
    commit!(db, tx => {
        tx.delete_company(company, at(0)).await.expect("deletes");
        while tx.clear_deleted(Timestamp(i64::MAX), 10).await.expect("clears") > 0 {}
    });
    assert_eq!(db.store.board_settings(company).await.expect("reads"), BoardSettings::default());
}
