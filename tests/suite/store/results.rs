//! Settlements: cursors, attempts, held events.

use bytes::Bytes;
use ramal::domain::{AttemptOrigin, CompanyId, HeldReason, HeldState, Seq, Timestamp, WebhookId};
use ramal::store::{AttemptRow, Cursor, HeldChange, HeldRow, Outcome, Phases, Settlement};

use super::{Db, NOW, contract};

contract! {
    results_are_written_together,
    attempts_are_listed_newest_first,
    a_batch_written_twice_is_there_once,
    successes_beyond_the_cursor_are_found,
    held_events_are_listed_by_what_is_due,
    the_last_change_of_a_held_event_counts,
}

const HOOK: WebhookId = WebhookId(7);

pub fn attempt(seq: i64, n: i32, status: Option<u16>) -> AttemptRow {
    AttemptRow {
        webhook: HOOK,
        seq: Seq(seq),
        origin: AttemptOrigin::Live,
        n,
        at: Timestamp(NOW.0 + i64::from(n)),
        revision: 1,
        phases: Phases { first_byte_us: Some(900), total_us: Some(u32::MAX), ..Phases::default() },
        status,
        error: status.is_none().then_some("timeout".into()),
        answer: status.map(|_| Bytes::from_static(b"ok\0\xff")),
        charged: true,
    }
}

fn held(seq: i64, state: HeldState, lane: &str, next_at: i64) -> HeldRow {
    HeldRow {
        webhook: HOOK,
        seq: Seq(seq),
        state,
        reason: HeldReason::Failed,
        lane: (!lane.is_empty()).then(|| lane.into()),
        attempts: 2,
        next_at: Timestamp(next_at),
        since: NOW,
        origin: AttemptOrigin::Live,
        replay: None,
    }
}

/// A settlement that sets these events aside.
pub fn holding(company: CompanyId, webhook: WebhookId, seqs: &[i64]) -> Settlement {
    let put = |seq: &i64| HeldChange::Put(HeldRow { webhook, ..held(*seq, HeldState::Retrying, "", 0) });
    Settlement { company, webhook, held: seqs.iter().map(put).collect(), ..settlement() }
}

fn settlement() -> Settlement {
    Settlement {
        company: CompanyId(1),
        webhook: HOOK,
        cursor: None,
        attempts: Vec::new(),
        held: Vec::new(),
        replays: Vec::new(),
    }
}

fn cursor(revision: i32, seq: i64) -> Cursor {
    Cursor { revision, seq: Seq(seq) }
}

async fn settle(db: &mut Db, settlements: &[Settlement]) {
    let mut tx = db.writer.begin_batch().await.expect("begins");
    tx.settle(settlements).await.expect("settles");
    tx.commit().await.expect("commits");
}

async fn with_cursor(db: &mut Db) {
    let mut tx = db.writer.begin().await.expect("begins");
    tx.put_cursor(CompanyId(1), HOOK, Seq(3)).await.expect("a cursor");
    tx.commit().await.expect("commits");
}

async fn results_are_written_together(mut db: Db) {
    with_cursor(&mut db).await;
    let one = Settlement {
        cursor: Some(cursor(1, 10)),
        attempts: vec![attempt(9, 1, Some(200)), attempt(10, 1, None)],
        held: vec![HeldChange::Put(held(10, HeldState::Retrying, "call:1", 5))],
        ..settlement()
    };
    let mut tx = db.writer.begin_batch().await.expect("begins");
    tx.settle(std::slice::from_ref(&one)).await.expect("settles");
    drop(tx);
    assert_eq!(db.store.cursor(HOOK).await.expect("reads"), Some(Seq(3)));
    assert!(db.store.attempts_of_event(HOOK, Seq(9), 9).await.expect("reads").is_empty());

    settle(&mut db, std::slice::from_ref(&one)).await;
    assert_eq!(db.store.cursors(CompanyId(1)).await.expect("reads"), [(HOOK, Seq(10))]);
    let kept = db.store.attempts_of_event(HOOK, Seq(10), 9).await.expect("reads");
    let mut expected = one.attempts[1].clone();
    expected.phases.total_us = Some(i32::MAX.unsigned_abs());
    assert_eq!(kept, [expected]);
    assert_eq!(db.store.held_counts(HOOK).await.expect("reads"), [(HeldState::Retrying, 1)]);

    let back = Settlement { cursor: Some(cursor(1, 4)), ..settlement() };
    let gone = Settlement { webhook: WebhookId(8), cursor: Some(cursor(1, 4)), ..settlement() };
    settle(&mut db, &[back, gone]).await;
    assert_eq!(db.store.cursor(HOOK).await.expect("reads"), Some(Seq(10)), "a cursor never moves back");
    assert_eq!(db.store.cursor(WebhookId(8)).await.expect("reads"), None, "a deleted webhook has none");
}

/// By the time of the attempt, whatever event it was for: the retry of an old event is newer than a new event's first try.
async fn attempts_are_listed_newest_first(mut db: Db) {
    let made = |seq: i64, n: i32, at: i64, status| AttemptRow {
        at: Timestamp(NOW.0 + at),
        ..attempt(seq, n, status)
    };
    let first = (1..=300).map(|seq| made(seq, 1, seq * 10, (seq % 3 > 0).then_some(200)));
    let again = (1..=300).filter(|seq| seq % 3 == 0).map(|seq| made(seq, 2, seq * 10 + 1_005, Some(503)));
    let attempts: Vec<_> = first.chain(again).collect();
    let mut expected: Vec<_> = attempts.iter().map(|row| (row.at, row.seq, row.status)).collect();
    expected.sort_unstable_by(|one, other| other.cmp(one));
    settle(&mut db, &[Settlement { attempts, ..settlement() }]).await;
    let good = |status: Option<u16>| status.is_some_and(|status| (200..300).contains(&status));
    for (outcome, is_asked) in
        [(None, None), (Some(Outcome::Delivered), Some(true)), (Some(Outcome::Failed), Some(false))]
    {
        let mut place = (Timestamp(i64::MAX), Seq(i64::MAX));
        let mut listed = Vec::new();
        loop {
            let page = db.store.attempts(HOOK, outcome, place, 64).await.expect("reads");
            let Some(last) = page.last() else { break };
            place = (last.at, last.seq);
            listed.extend(page.into_iter().map(|row| (row.at, row.seq, row.status)));
        }
        let asked = expected.iter().filter(|row| is_asked.is_none_or(|asked| good(row.2) == asked));
        assert_eq!(listed, asked.copied().collect::<Vec<_>>(), "{outcome:?}");
    }
}

async fn a_batch_written_twice_is_there_once(mut db: Db) {
    let attempts: Vec<_> = (1..=70).map(|seq| attempt(seq, 1, Some(200))).collect();
    let one =
        Settlement { attempts, held: vec![HeldChange::Put(held(1, HeldState::Dead, "", 0))], ..settlement() };
    settle(&mut db, std::slice::from_ref(&one)).await;
    settle(&mut db, &[one]).await;
    let all =
        db.store.attempts(HOOK, None, (Timestamp(i64::MAX), Seq(i64::MAX)), 1_000).await.expect("reads");
    assert_eq!(all.len(), 70);
}

async fn successes_beyond_the_cursor_are_found(mut db: Db) {
    let attempts = vec![
        attempt(5, 1, Some(200)),
        attempt(6, 1, Some(500)),
        attempt(6, 2, Some(204)),
        attempt(7, 1, Some(404)),
        attempt(8, 1, None),
        // A status settles it; what stands beside it is a note.
        AttemptRow { error: Some("body_timeout".into()), ..attempt(9, 1, Some(200)) },
        attempt(10, 1, Some(299)),
    ];
    settle(&mut db, &[Settlement { attempts, ..settlement() }]).await;
    let found = db.store.successes_beyond(HOOK, Seq(5)).await.expect("reads");
    assert_eq!(found, [Seq(6), Seq(9), Seq(10)]);
    assert!(db.store.successes_beyond(WebhookId(8), Seq(0)).await.expect("reads").is_empty());
}

async fn held_events_are_listed_by_what_is_due(mut db: Db) {
    let rows = [
        held(1, HeldState::Retrying, "call:1", 50),
        held(2, HeldState::Retrying, "call:2", 20),
        held(3, HeldState::Waiting, "call:1", 0),
        held(4, HeldState::Alone, "call:1", 10),
        held(5, HeldState::Dead, "call:2", 0),
        held(6, HeldState::Waiting, "call:1", 0),
        held(7, HeldState::Retrying, "", 20),
    ];
    let held = rows.into_iter().map(HeldChange::Put).collect();
    settle(&mut db, &[Settlement { held, ..settlement() }]).await;
    let seqs = |rows: Vec<HeldRow>| rows.into_iter().map(|row| row.seq.0).collect::<Vec<_>>();
    let first = (Timestamp(i64::MIN), Seq::ZERO);
    let retrying = async |after, limit| {
        seqs(db.store.held(HOOK, HeldState::Retrying, after, limit).await.expect("reads"))
    };
    assert_eq!(retrying(first, 10).await, [2, 7, 1]);
    assert_eq!(retrying(first, 1).await, [2]);
    assert_eq!(retrying((Timestamp(20), Seq(2)), 10).await, [7, 1]);
    let between = db.store.held_between(HOOK, Seq(2), Seq(5), 10).await.expect("reads");
    assert_eq!(seqs(between), [2, 3, 4, 5]);
}

async fn the_last_change_of_a_held_event_counts(mut db: Db) {
    let put = |seq, state| HeldChange::Put(held(seq, state, "call:1", 1));
    let first = Settlement {
        held: vec![put(1, HeldState::Retrying), HeldChange::Remove(Seq(1)), put(2, HeldState::Retrying)],
        ..settlement()
    };
    let second = Settlement {
        held: vec![put(2, HeldState::Alone), HeldChange::Remove(Seq(3)), put(3, HeldState::Dead)],
        ..settlement()
    };
    settle(&mut db, &[first, second]).await;
    let rows = db.store.held_between(HOOK, Seq(0), Seq(9), 10).await.expect("reads");
    let states: Vec<_> = rows.iter().map(|row| (row.seq.0, row.state)).collect();
    assert_eq!(states, [(2, HeldState::Alone), (3, HeldState::Dead)]);
    settle(&mut db, &[Settlement { held: vec![HeldChange::Remove(Seq(2))], ..settlement() }]).await;
    assert_eq!(db.store.held_between(HOOK, Seq(0), Seq(9), 10).await.expect("reads").len(), 1);
}
