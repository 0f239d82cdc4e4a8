//! Where calls go, and who is still to be told.

use std::time::Duration;

use ramal::domain::decision::{Caller, Decision, DecisionState, OfCall, Pace, Tried};
use ramal::domain::{CompanyId, Provider, Seq, SourceId};

use super::{Db, NOW, commit, contract};

contract! {
    of_a_call_there_is_one_decision,
    those_that_are_open_are_found_company_by_company,
    decisions_go_with_their_events_unless_somebody_is_still_to_be_told,
}

const PACE: Pace =
    Pace { attempts: &[Duration::ZERO], patience: Duration::from_secs(1), within: Duration::from_secs(9) };

fn decision(company: CompanyId, seq: i64) -> Decision {
    Decision {
        of: OfCall { company, source: SourceId(1), call: format!("call-{seq}").into() },
        provider: Provider::new("teravoz"),
        asked: Seq(seq),
        asked_at: NOW.plus(Duration::from_secs(seq.unsigned_abs())),
        decided_at: NOW,
        phone: Some("11999990000".to_owned()),
        caller: Caller::New,
        destination: "901".to_owned(),
        state: DecisionState::Due,
        reports: Vec::new(),
        told: 0,
    }
}

async fn put(db: &mut Db, decision: &Decision) -> bool {
    commit!(db, tx => tx.put_decision(decision).await.expect("writes"))
}

async fn save(db: &mut Db, decision: &Decision) {
    commit!(db, tx => tx.save_decision(decision).await.expect("writes"));
}

/// Its attempt was answered so, and that is told.
fn ended(mut decision: Decision, taken: bool) -> Decision {
    let error = Some("não\0".to_owned()).filter(|_| !taken);
    decision.tried(&PACE, &Tried { taken, status: Some(409), error, took: Duration::from_millis(7) }, NOW);
    decision.told = decision.reports.len();
    decision
}

async fn of_a_call_there_is_one_decision(mut db: Db) {
    let company = db.company("A").await;
    let first = decision(company, 1);
    assert!(put(&mut db, &first).await);
    let other = Decision { caller: Caller::Known, destination: "900".to_owned(), ..first.clone() };
    assert!(!put(&mut db, &other).await, "it is decided already");
    assert_eq!(db.store.decision(&first.of).await.expect("reads"), Some(first.clone()));
    let refused = Decision { destination: "905".to_owned(), ..ended(first.clone(), false) };
    save(&mut db, &refused).await;
    assert_eq!(db.store.decision(&first.of).await.expect("reads"), Some(refused));
    let elsewhere = OfCall { source: SourceId(2), ..first.of };
    assert_eq!(db.store.decision(&elsewhere).await.expect("reads"), None);
}

async fn those_that_are_open_are_found_company_by_company(mut db: Db) {
    let (a, b) = (db.company("A").await, db.company("B").await);
    for seq in 1..=5 {
        put(&mut db, &decision(a, seq)).await;
    }
    put(&mut db, &decision(b, 9)).await;
    let open = async |db: &Db, of_each, limit| {
        let open = db.store.open_decisions(of_each, limit).await.expect("reads");
        open.into_iter().map(|one| (one.of.company, one.asked.0)).collect::<Vec<_>>()
    };
    assert_eq!(open(&db, 2, 10).await, [(a, 1), (b, 9), (a, 2)], "the oldest of each come first");
    assert_eq!(open(&db, 64, 2).await, [(a, 1), (b, 9)]);
    save(&mut db, &ended(decision(a, 1), true)).await;
    // What is sent and not told is open.
    save(&mut db, &Decision { told: 0, ..ended(decision(a, 2), true) }).await;
    save(&mut db, &Decision { state: DecisionState::NotWanted, ..decision(a, 3) }).await;
    assert_eq!(open(&db, 64, 10).await, [(a, 2), (b, 9), (a, 4), (a, 5)]);
}

async fn decisions_go_with_their_events_unless_somebody_is_still_to_be_told(mut db: Db) {
    let (a, b) = (db.company("A").await, db.company("B").await);
    for seq in 1..=4 {
        put(&mut db, &decision(a, seq)).await;
    }
    put(&mut db, &decision(b, 1)).await;
    for seq in 2..=4 {
        save(&mut db, &ended(decision(a, seq), true)).await;
    }
    let gone = commit!(db, tx => tx.forget_decisions(a, Seq(4), 1).await.expect("deletes"));
    assert_eq!(gone, 1, "no more than asked for");
    let gone = commit!(db, tx => tx.forget_decisions(a, Seq(4), 100).await.expect("deletes"));
    assert_eq!(gone, 1);
    for (company, seq, is_there) in [(a, 1, true), (a, 2, false), (a, 3, false), (a, 4, true), (b, 1, true)] {
        let found = db.store.decision(&decision(company, seq).of).await.expect("reads");
        assert_eq!(found.is_some(), is_there, "{company} {seq}");
    }
}
