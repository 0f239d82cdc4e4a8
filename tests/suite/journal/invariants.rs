//! What must always hold, each under its name.

use std::time::Duration;

use ramal::domain::{Seq, WebhookId};
use ramal::journal::{JournalOptions, Placed, WriteError};
use ramal::store::{Cursor, Settlement, StoreError};
use tokio::task::JoinSet;

use super::{House, by_hand, draft, head_reaches, keyed, payloads, read};
use crate::store::{Db, contract};

contract! {
    accepted_means_on_disk,
    the_journal_has_no_holes,
    duplicates_are_answered_with_the_first,
    one_bad_event_stands_alone,
    a_second_writer_is_refused,
    results_and_appends_share_a_commit,
    control_is_a_transaction_of_its_own,
    what_was_handed_over_is_written_before_the_end,
}

async fn accepted_means_on_disk(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    for n in 1..=20 {
        let mut head = house.journal.watch(company);
        let receipt = house.journal.append(company, vec![draft(n.to_string())]).await.expect("room");
        head.wait_for(|head| head.0 >= n).await.expect("open");
        let seen = read(&house.journal, company, n).await;
        let stored = house.store.events(company, Seq(n), 10, 1_000).await.expect("reads");
        assert_eq!(payloads(&seen), [n.to_string()], "a reader is woken to find it");
        assert_eq!(stored[0].payload, seen[0].payload, "and what it finds is in the database");
        assert_eq!(receipt.await, Ok(vec![Placed { seq: Seq(n), duplicate: false }]));
    }
    let house = house.crashed().await;
    assert_eq!(house.journal.head(company), Seq(20));
    assert_eq!(read(&house.journal, company, 1).await.len(), 20);
}

async fn the_journal_has_no_holes(db: Db) {
    let mut house = House::new(db).await;
    let companies = [house.company("A").await, house.company("B").await, house.company("C").await];
    let mut answered = Vec::new();
    for life in 0..4 {
        let mut tasks = JoinSet::new();
        for (company, task) in companies.iter().flat_map(|company| (0..6).map(move |task| (*company, task))) {
            let journal = house.journal.clone();
            tasks.spawn(async move {
                let mut mine = Vec::new();
                for n in 0..1_000 {
                    let text = |part| format!("{life}.{task}.{n}.{part}");
                    let drafts = (0..=n % 3).map(|part| draft(text(part))).collect();
                    let Ok(receipt) = journal.append(company, drafts).await else { break };
                    let Ok(places) = receipt.await else { break };
                    mine.extend((0..).zip(places).map(|(part, placed)| (company, placed.seq, text(part))));
                }
                mine
            });
        }
        // The crash comes at a different moment of each life, in the middle of it.
        for company in companies {
            head_reaches(&house.journal, company, house.journal.head(company).0 + 50 + life * 37).await;
        }
        house = house.crashed().await;
        answered.extend(tasks.join_all().await.into_iter().flatten());
    }
    for company in companies {
        let stored = house.stored(company).await;
        let hole = (1..).zip(&stored).find(|(seq, event)| event.seq.0 != *seq);
        assert!(hole.is_none(), "at {hole:?}");
        assert_eq!(stored.last().map(|event| event.seq), Some(house.journal.head(company)));
        for (_, seq, text) in answered.iter().filter(|(of, ..)| *of == company) {
            let event = &stored[usize::try_from(seq.0 - 1).expect("small")];
            assert_eq!(event.payload, text.as_bytes(), "what was answered is where it was said to be");
        }
        let mut texts: Vec<_> = stored.iter().map(|event| event.payload.clone()).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), stored.len(), "nothing was written twice");
    }
}

async fn duplicates_are_answered_with_the_first(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    let placed = |seq, duplicate| Placed { seq: Seq(seq), duplicate };
    let append = async |drafts| house.journal.append(company, drafts).await.expect("room").await;
    let first = append(vec![keyed("a", 1), draft("plain"), keyed("a again", 1), keyed("b", 2)]).await;
    assert_eq!(first, Ok(vec![placed(1, false), placed(2, false), placed(1, true), placed(3, false)]));
    assert_eq!(append(vec![keyed("b again", 2)]).await, Ok(vec![placed(3, true)]));
    let house = house.crashed().await;
    let again = house.journal.append(company, vec![keyed("a", 1), keyed("c", 3)]).await.expect("room");
    assert_eq!(again.await, Ok(vec![placed(1, true), placed(4, false)]));
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["a", "plain", "b", "c"]);
}

async fn one_bad_event_stands_alone(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    let mut receipts = Vec::new();
    for n in 0..40 {
        let mut one = draft(n.to_string());
        if n == 17 {
            one.name = "a name\0with a NUL".into();
        }
        receipts.push(house.journal.append(company, vec![one]).await.expect("room"));
    }
    for (n, receipt) in receipts.into_iter().enumerate() {
        let answer = receipt.await;
        let refused = matches!(&answer, Err(WriteError::Rejected { .. }));
        assert_eq!(refused, n == 17, "{n}: {answer:?}");
        assert!(refused || answer.is_ok(), "{n}: {answer:?}");
    }
    let stored = payloads(&read(&house.journal, company, 1).await);
    let others: Vec<String> = (0..40).filter(|n| *n != 17).map(|n| n.to_string()).collect();
    assert_eq!(stored, others);
    assert_eq!(house.journal.counts().rejected, 1);
}

async fn a_second_writer_is_refused(db: Db) {
    let house = House::new(db).await;
    let (ours, lost) = (house.company("A").await, house.company("B").await);
    house.append(lost, vec![draft("before")]).await;
    // Another node takes the lease behind this one's back, and appends.
    let taken = house.journal.control(move |tx| Box::pin(tx.take_lease(lost))).await.expect("taken");
    assert_eq!(taken.seq, Seq(1));
    let refused = house.journal.append(lost, vec![draft("after")]).await.expect("room");
    let fine = house.journal.append(ours, vec![draft("fine")]).await.expect("room");
    let results = house.journal.settle(settlement(lost, 1));
    assert_eq!(refused.await, Err(WriteError::NotOurs));
    assert_eq!(results.await, Err(WriteError::NotOurs));
    assert!(fine.await.is_ok());
    house.journal.take_lease(lost).await.expect("taken back");
    assert_eq!(house.append(lost, vec![draft("ours again")]).await, [Seq(2)]);
    let nobody = house.journal.append(ramal::domain::CompanyId(999), vec![draft("?")]).await.expect("room");
    assert_eq!(nobody.await, Err(WriteError::NoCompany));
}

pub fn settlement(company: ramal::domain::CompanyId, cursor: i64) -> Settlement {
    Settlement {
        company,
        webhook: WebhookId(7),
        cursor: Some(Cursor { revision: 1, seq: Seq(cursor) }),
        attempts: Vec::new(),
        held: Vec::new(),
        replays: Vec::new(),
    }
}

async fn results_and_appends_share_a_commit(db: Db) {
    let options = JournalOptions { linger: Duration::from_hours(1), ..by_hand() };
    let house = House::with(db, options).await;
    let company = house.company("A").await;
    let put = house.journal.control(move |tx| Box::pin(tx.put_cursor(company, WebhookId(7), Seq::ZERO)));
    put.await.expect("a cursor");
    house.append(company, vec![draft("1")]).await;
    let commits = house.journal.counts().commits;
    let results = house.journal.settle(settlement(company, 1));
    // Alone they would wait for an hour.
    house.append(company, vec![draft("2")]).await;
    assert_eq!(results.await, Ok(()));
    assert_eq!(house.journal.counts().commits, commits + 1);
    assert_eq!(house.store.cursor(WebhookId(7)).await.expect("reads"), Some(Seq(1)));
}

async fn control_is_a_transaction_of_its_own(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    let refused: Result<(), StoreError> = house
        .journal
        .control(move |tx| {
            Box::pin(async move {
                tx.put_cursor(company, WebhookId(7), Seq(3)).await?;
                Err(StoreError::Missing { what: "webhook", id: 7 })
            })
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Missing { .. })));
    assert_eq!(house.store.cursor(WebhookId(7)).await.expect("reads"), None, "all or nothing");
    let panicked: Result<(), StoreError> =
        house.journal.control(|_| Box::pin(async { panic!("a defect") })).await;
    assert!(matches!(panicked, Err(StoreError::Rejected { .. })), "{panicked:?}");
    assert_eq!(house.append(company, vec![draft("goes on")]).await, [Seq(1)]);
    assert_eq!(house.journal.counts().panics, 1);
}

async fn what_was_handed_over_is_written_before_the_end(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    let mut receipts = Vec::new();
    for n in 0..500 {
        receipts.push(house.journal.append(company, vec![draft(n.to_string())]).await.expect("room"));
    }
    let journal = house.journal.clone();
    let house = house.stopped().await;
    for receipt in receipts {
        assert!(receipt.await.is_ok());
    }
    assert_eq!(house.journal.head(company), Seq(500));
    assert_eq!(journal.try_append(company, vec![draft("late")]).map(drop), Err(WriteError::Stopped));
}
