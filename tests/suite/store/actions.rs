//! What people have providers do with calls: who has it, and what is still to be told.

use std::time::Duration;

use ramal::domain::action::{Action, ActionState, Came};
use ramal::domain::decision::OfCall;
use ramal::domain::{CompanyId, Provider, Seq, SourceId, Timestamp};
use ramal::store::StoreError;

use super::{Db, NOW, commit, contract};

contract! {
    of_a_call_one_person_has_it,
    what_has_ended_or_was_left_is_still_to_be_told,
    actions_go_with_their_events_unless_they_are_still_to_be_told,
}

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn action(company: CompanyId, call: i64, number: i32, attempt: &str) -> Action {
    Action {
        of: OfCall { company, source: SourceId(1), call: format!("call-{call}").into() },
        number,
        provider: Provider::new("colmeia"),
        call: Seq(call),
        name: "accept".to_owned(),
        exclusive: true,
        by: "Ana\0".to_owned(),
        attempt: attempt.to_owned(),
        asked_at: NOW,
        until: at(40),
        state: ActionState::Due,
        came: None,
        told: false,
    }
}

fn ended(mut action: Action, state: ActionState) -> Action {
    action.end(state, Came { at: at(1), status: Some(429), error: Some("não\0".to_owned()), tries: 3 });
    action
}

async fn of_a_call_one_person_has_it(mut db: Db) {
    let company = db.company("A").await;
    let first = action(company, 1, 1, "a");
    commit!(db, tx => tx.put_action(&first).await.expect("writes"));
    let stored = Action { by: "Ana\u{fffd}".to_owned(), ..first.clone() };
    assert_eq!(db.store.actions(&first.of).await.expect("reads"), std::slice::from_ref(&stored));
    let refused =
        db.store.actions(&OfCall { call: "another".into(), ..first.of.clone() }).await.expect("reads");
    assert_eq!(refused, []);
    let mut tx = db.writer.begin().await.expect("begins");
    let second = tx.put_action(&action(company, 1, 2, "b")).await;
    assert!(matches!(second, Err(StoreError::Taken { .. } | StoreError::Rejected { .. })), "{second:?}");
    tx.rollback().await.expect("ends");

    let failed = ended(stored, ActionState::Failed);
    commit!(db, tx => tx.save_action(&failed).await.expect("writes"));
    commit!(db, tx => tx.put_action(&action(company, 1, 2, "b")).await.expect("nobody has it any more"));
    let beside = Action { exclusive: false, name: "hangup".to_owned(), ..action(company, 1, 3, "c") };
    commit!(db, tx => tx.put_action(&beside).await.expect("it is for anybody"));
    let all = db.store.actions(&first.of).await.expect("reads");
    assert_eq!(all.iter().map(|action| action.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(all[0], failed);
}

async fn what_has_ended_or_was_left_is_still_to_be_told(mut db: Db) {
    let company = db.company("A").await;
    let of = |call, until| Action { until: at(until), ..action(company, call, 1, "a") };
    let all = [of(1, 40), of(2, 50), ended(of(3, 60), ActionState::Sent)];
    commit!(db, tx => for action in &all {
        tx.put_action(action).await.expect("writes");
    });
    let untold = async |db: &Db, now| {
        let found = db.store.untold_actions(at(now), 10).await.expect("reads");
        found.iter().map(|action| action.call.0).collect::<Vec<_>>()
    };
    assert_eq!(untold(&db, 1).await, [3], "two are under way");
    assert_eq!(untold(&db, 40).await, [1, 3]);
    assert_eq!(db.store.untold_actions(at(100), 2).await.expect("reads").len(), 2);
    let told = Action { told: true, ..all[2].clone() };
    commit!(db, tx => tx.save_action(&told).await.expect("writes"));
    assert_eq!(untold(&db, 100).await, [1, 2]);
}

async fn actions_go_with_their_events_unless_they_are_still_to_be_told(mut db: Db) {
    let company = db.company("A").await;
    let told = |call| Action { told: true, ..ended(action(company, call, 1, "a"), ActionState::Sent) };
    let all = [told(1), told(2), ended(action(company, 3, 1, "a"), ActionState::Sent), told(9)];
    commit!(db, tx => for action in &all {
        tx.put_action(action).await.expect("writes");
    });
    let forget = async |db: &mut Db, limit| commit!(db, tx => tx.forget_actions(company, Seq(5), limit).await.expect("forgets"));
    assert_eq!((forget(&mut db, 1).await, forget(&mut db, 10).await, forget(&mut db, 10).await), (1, 1, 0));
    for (action, stays) in all.iter().zip([0, 0, 1, 1]) {
        assert_eq!(db.store.actions(&action.of).await.expect("reads").len(), stays, "{}", action.call);
    }
}
