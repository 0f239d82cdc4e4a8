//! What must always hold, each under its name.

use std::time::Duration;

use ramal::domain::{Draft, Event, EventFlags, Keys, Seq, WebhookId};
use ramal::journal::{JournalOptions, Placed, WriteError};
use ramal::store::{Cursor, Settlement, StoreError};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{House, by_hand, draft, head_reaches, keyed, payloads, read};
use crate::store::{Db, NOW, contract, execute};

contract! {
    accepted_means_on_disk,
    the_journal_has_no_holes,
    duplicates_are_answered_with_the_first,
    one_bad_event_costs_itself_only,
    what_no_text_can_hold_is_kept_with_its_neighbours,
    a_second_writer_is_refused,
    a_lease_that_is_lost_before_anything_was_written_is_noticed,
    what_was_handed_over_under_one_lease_is_not_written_under_the_next,
    results_and_appends_share_a_commit,
    control_is_a_transaction_of_its_own,
    what_was_handed_over_is_written_before_the_end,
}

async fn accepted_means_on_disk(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    for n in 1..=20 {
        let mut head = house.journal.watch(company);
        let receipt = house
            .journal
            .append(&house.owned(company).await, vec![draft(n.to_string())])
            .await
            .expect("room");
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
            let (journal, owned) = (house.journal.clone(), house.owned(company).await);
            tasks.spawn(async move {
                let mut mine = Vec::new();
                for n in 0..1_000 {
                    let text = |part| format!("{life}.{task}.{n}.{part}");
                    let drafts = (0..=n % 3).map(|part| draft(text(part))).collect();
                    let Ok(receipt) = journal.append(&owned, drafts).await else { break };
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
    let append =
        async |drafts| house.journal.append(&house.owned(company).await, drafts).await.expect("room").await;
    let first = append(vec![keyed("a", 1), draft("plain"), keyed("a again", 1), keyed("b", 2)]).await;
    assert_eq!(first, Ok(vec![placed(1, false), placed(2, false), placed(1, true), placed(3, false)]));
    assert_eq!(append(vec![keyed("b again", 2)]).await, Ok(vec![placed(3, true)]));
    let house = house.crashed().await;
    let again = house
        .journal
        .append(&house.owned(company).await, vec![keyed("a", 1), keyed("c", 3)])
        .await
        .expect("room");
    assert_eq!(again.await, Ok(vec![placed(1, true), placed(4, false)]));
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["a", "plain", "b", "c"]);
}

/// A journal on a database that refuses some names for a reason of its own.
async fn with_a_rule_of_its_own(db: Db) -> House {
    let rule = if db.url.starts_with("sqlite") {
        "CREATE TRIGGER picky BEFORE INSERT ON events WHEN new.name LIKE '%bad%' OR new.name LIKE '%é%' \
         BEGIN SELECT RAISE(ABORT, 'a rule of its own'); END"
    } else {
        "ALTER TABLE events ADD CHECK (name NOT LIKE '%bad%' AND name NOT LIKE '%é%')"
    };
    execute(&db.url, rule).await;
    House::new(db).await
}

async fn one_bad_event_costs_itself_only(db: Db) {
    let house = with_a_rule_of_its_own(db).await;
    let company = house.company("A").await;
    let named = |n: usize, name: &str| Draft { name: name.into(), ..draft(n.to_string()) };
    let mut drafts: Vec<Draft> = (0..512).map(|n| named(n, "call-was-created")).collect();
    drafts[17] = named(17, "bad");
    drafts[400] = named(400, "café");
    drafts[511] = named(511, "bad too");
    let refused = house.journal.append(&house.owned(company).await, drafts).await.expect("room");
    let after = house.append(company, vec![draft("after")]).await;
    let error = refused.await.expect_err("two of them are refused");
    assert!(matches!(&error, WriteError::Rejected { events: 2, .. }), "{error:?}");
    let stored = read(&house.journal, company, 1).await;
    let others = (0..512).filter(|n| ![17, 511].contains(n)).map(|n| n.to_string());
    let expected: Vec<String> = others.chain(["after".to_owned()]).collect();
    assert_eq!(payloads(&stored), expected, "in their order, and before what came after them");
    assert_eq!(after, [Seq(511)]);
    assert_eq!(house.journal.counts().rejected, 2, "counted by event");
    let spelled = stored.iter().find(|event| *event.payload == *b"400").expect("it is there");
    assert_eq!(&*spelled.name, r"caf\u00e9", "as the database takes it");
    assert_eq!(spelled.name_as_it_came(), "café");
    assert!(spelled.flags.contains(EventFlags::RESPELLED));
    let stored = house.stored(company).await;
    assert_eq!(stored[399].name_as_it_came(), "café", "also when it is read back");
}

async fn what_no_text_can_hold_is_kept_with_its_neighbours(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    let odd = ["a\0b", "\0", "", &"é".repeat(5_000), "\u{fffd}", "📞"];
    let drafts: Vec<Draft> = odd
        .iter()
        .map(|text| {
            let keys = Keys { call: Some((*text).into()), phones: vec![(*text).into()], ..Keys::default() };
            let lane = Some((*text).into());
            Draft { lane, keys, ..draft(r#"{"\u0000":"\ud800"}"#) }.named(&(*text).into())
        })
        .collect();
    assert_eq!(house.append(company, drafts).await.len(), odd.len());
    let stored = house.stored(company).await;
    let names: Vec<&str> = stored.iter().map(Event::name_as_it_came).collect();
    assert_eq!(names, odd, "as they came");
    assert!(stored.iter().all(|event| *event.payload == *br#"{"\u0000":"\ud800"}"#), "byte for byte");
    let flagged: Vec<bool> = stored.iter().map(|event| event.flags.contains(EventFlags::RESPELLED)).collect();
    assert_eq!(flagged, [true, true, false, true, false, false]);
    assert_eq!(house.journal.counts().rejected, 0);
}

async fn a_second_writer_is_refused(db: Db) {
    let house = House::new(db).await;
    let (ours, lost) = (house.company("A").await, house.company("B").await);
    house.append(lost, vec![draft("before")]).await;
    // Another node takes the lease behind this one's back, and appends.
    let taken = house.journal.control(move |tx| Box::pin(tx.take_lease(lost))).await.expect("taken");
    assert_eq!(taken.seq, Seq(1));
    let refused = house.journal.append(&house.owned(lost).await, vec![draft("after")]).await.expect("room");
    let fine = house.journal.append(&house.owned(ours).await, vec![draft("fine")]).await.expect("room");
    let results = house.settle(settlement(lost, 1)).await;
    assert_eq!(refused.await, Err(WriteError::NotOurs));
    assert_eq!(results.await, Err(WriteError::NotOurs));
    assert!(fine.await.is_ok());
    for again in 0..3 {
        let refused = house.journal.append(&house.owned(lost).await, vec![draft("again")]).await;
        assert_eq!(
            refused.map(drop),
            Err(WriteError::NotOurs),
            "{again}: it does not write under the other's lease"
        );
        assert_eq!(house.settle(settlement(lost, 1)).await.await, Err(WriteError::NotOurs));
    }
    house.take(lost).await;
    assert_eq!(house.append(lost, vec![draft("ours again")]).await, [Seq(2)]);
    let owned = house.owned(ours).await;
    house.journal.control(move |tx| Box::pin(tx.delete_company(ours, NOW))).await.expect("deleted");
    let nobody = house.journal.append(&owned, vec![draft("?")]).await.expect("room");
    assert_eq!(nobody.await, Err(WriteError::NoCompany));
    assert!(!owned.is_held(), "nobody owns a company that is not there");
    let counts = house.journal.counts();
    assert_eq!((counts.disowned, counts.results_disowned), (4, 4), "what comes for that is nobody else's");
}

async fn a_lease_that_is_lost_before_anything_was_written_is_noticed(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    house.take(company).await;
    house.journal.control(move |tx| Box::pin(tx.take_lease(company))).await.expect("by another node");
    let refused =
        house.journal.append(&house.owned(company).await, vec![draft("after")]).await.expect("room");
    assert_eq!(refused.await, Err(WriteError::NotOurs));
}

async fn what_was_handed_over_under_one_lease_is_not_written_under_the_next(db: Db) {
    let house = House::new(db).await;
    let (company, other) = (house.company("A").await, house.company("B").await);
    house.append(company, vec![draft("before")]).await;
    let before = house.owned(company).await;
    // While the recorder is kept busy, the lease is asked for anew together with what keeps it busy next; meanwhile something is handed
    // over under the old one.
    let (first, begun, go) = keeps_busy(&house);
    let then = async {
        let (second, second_begun, second_go) = keeps_busy(&house);
        begun.await.expect("it is at it");
        let handing_over = async {
            let (journal, others) = (&house.journal, house.owned(other).await);
            assert!(go.send(()).is_ok());
            second_begun.await.expect("it is at it");
            let late = journal.append(&before, vec![draft("late"), draft("later")]).await.expect("room");
            let fine = journal.append(&others, vec![draft("fine")]).await.expect("room");
            let results = journal.settle(&before, settlement(company, 1));
            assert!(before.is_held() && second_go.send(()).is_ok());
            (late.await, fine.await, results.await)
        };
        tokio::join!(second, house.take(company), handing_over)
    };
    let (busy, (_, after, (late, fine, results))) = tokio::join!(first, then);
    busy.expect("ended");
    assert_eq!((late, results), (Err(WriteError::NotOurs), Err(WriteError::NotOurs)));
    assert_eq!(fine, Ok(vec![Placed { seq: Seq(1), duplicate: false }]), "the others' go on");
    let receipt = house.journal.append(&after, vec![draft("after")]).await.expect("room");
    assert_eq!(receipt.await, Ok(vec![Placed { seq: Seq(2), duplicate: false }]));
    let counts = house.journal.counts();
    assert_eq!((counts.disowned, counts.results_disowned), (2, 1), "nothing is given up in silence");
}

/// What keeps the recorder busy until it is told to go on, and says when it has begun.
fn keeps_busy(
    house: &House,
) -> (impl Future<Output = Result<(), StoreError>>, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let (begins, begun) = oneshot::channel();
    let (go, gone) = oneshot::channel::<()>();
    let busy = house.journal.control(move |_| {
        Box::pin(async move {
            assert!(begins.send(()).is_ok(), "somebody waits for it");
            gone.await.expect("it is told to go on");
            Ok(())
        })
    });
    (busy, begun, go)
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
    let results = house.settle(settlement(company, 1)).await;
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
        receipts.push(
            house
                .journal
                .append(&house.owned(company).await, vec![draft(n.to_string())])
                .await
                .expect("room"),
        );
    }
    let (journal, owned) = (house.journal.clone(), house.owned(company).await);
    let house = house.stopped().await;
    for receipt in receipts {
        assert!(receipt.await.is_ok());
    }
    assert_eq!(house.journal.head(company), Seq(500));
    assert_eq!(journal.try_append(&owned, vec![draft("late")]).map(drop), Err(WriteError::Stopped));
}
