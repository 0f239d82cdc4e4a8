//! Appending and reading back.

use std::sync::Arc;

use bytes::Bytes;
use ramal::domain::{CompanyId, EventFlags, Extra, Keys, Seq, SourceId, Timestamp};
use ramal::store::{EventFilter, Head, Seen, StoreError};

use super::{Db, NOW, commit, contract, draft, execute, placed};

contract! {
    what_is_appended_is_read_back_byte_for_byte,
    batches_of_every_length_have_no_holes,
    reading_is_bounded_in_items_and_bytes,
    finding_is_bounded_in_items_and_bytes,
    an_older_epoch_is_refused,
    a_batch_that_is_not_committed_leaves_nothing,
    an_occupied_place_is_taken,
    content_that_a_database_refuses_is_rejected,
    keys_are_seen_once,
    many_heads_move_at_once,
}

async fn what_is_appended_is_read_back_byte_for_byte(mut db: Db) {
    let company = db.company("A").await;
    let odd = [
        r#"{"b":1.0,"a":12345678901234567890,"a":2}"#,
        r#"{"lone":"\ud800","text":"ação 📞"}"#,
        "null",
        "[1,2]",
        "{ \"spaced\" :\ttrue }\n",
    ];
    let mut drafts: Vec<_> = odd.into_iter().map(draft).collect();
    drafts[1].lane = None;
    drafts[1].keys = Keys::default();
    drafts[2].keys = Keys {
        call: None,
        phones: vec!["5511900001234".into(), "0800".into()],
        agent: Some("17".into()),
        chat: Some("chat 9".into()),
    };
    drafts[3].extra = Some(Arc::new(Extra { args: Some(2), ..Extra::default() }));
    drafts[3].flags = EventFlags::REPAIRED.with(EventFlags::FOREIGN_COMPANY);
    // Bytes that are no text at all: the store does not look.
    drafts[4].payload = Bytes::from_static(b"\x00\xff\xfe{");
    drafts[4].name = "nome-com-acentuação".into();
    db.append(company, 1, &drafts, 0).await;

    let events = db.store.events(company, Seq(1), 100, usize::MAX).await.expect("reads");
    assert_eq!(events.len(), drafts.len());
    for (event, (draft, seq)) in events.iter().zip(drafts.iter().zip(1..)) {
        assert_eq!((event.company, event.seq), (company, Seq(seq)));
        assert_eq!(event.payload, draft.payload);
        assert_eq!((&*event.name, event.lane.as_deref()), (&*draft.name, draft.lane.as_deref()));
        assert_eq!((event.received_at, event.source), (draft.received_at, draft.source));
        assert_eq!((&event.keys, event.flags), (&draft.keys, draft.flags));
        assert_eq!((&event.extra, event.provider), (&draft.extra, draft.provider));
    }
    let names = db.store.event_names(company, &[Seq(5), Seq(1), Seq(5), Seq(99)]).await.expect("reads");
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(&*names[&Seq(5)], "nome-com-acentuação");
    assert!(db.store.event_names(company, &[]).await.expect("reads").is_empty());
}

async fn batches_of_every_length_have_no_holes(mut db: Db) {
    let company = db.company("A").await;
    let mut next = 1;
    for length in [1usize, 7, 8, 9, 63, 64, 65, 511, 512, 700] {
        let drafts = vec![draft("{}"); length];
        db.append(company, next, &drafts, 0).await;
        next += i64::try_from(length).expect("few");
    }
    let events = db.store.events(company, Seq(1), 10_000, usize::MAX).await.expect("reads");
    let seqs: Vec<i64> = events.iter().map(|event| event.seq.0).collect();
    assert_eq!(seqs, (1..next).collect::<Vec<_>>());
    assert_eq!(db.store.head(company).await.expect("reads").map(|head| head.seq), Some(Seq(next - 1)));
}

async fn reading_is_bounded_in_items_and_bytes(mut db: Db) {
    let company = db.company("A").await;
    let mut drafts = vec![draft("0123456789"); 20];
    drafts[10].payload = vec![b'x'; 5_000].into();
    db.append(company, 1, &drafts, 0).await;
    let read = async |from: i64, limit, bytes| {
        let events = db.store.events(company, Seq(from), limit, bytes).await.expect("reads");
        events.iter().map(|event| event.seq.0).collect::<Vec<_>>()
    };
    assert_eq!(read(1, 3, usize::MAX).await, [1, 2, 3]);
    assert_eq!(read(1, 100, 35).await, [1, 2, 3], "as many as fit");
    assert_eq!(read(10, 100, 1_000).await, [10], "the large one does not fit behind another");
    assert_eq!(read(11, 100, 1_000).await, [11], "one always fits");
    assert_eq!(read(-5, 2, 10).await, [1], "before the first is the first");
    assert!(read(21, 100, usize::MAX).await.is_empty());
}

async fn finding_is_bounded_in_items_and_bytes(mut db: Db) {
    let company = db.company("A").await;
    let mut drafts = vec![draft("0123456789"); 20];
    drafts[10].payload = vec![b'x'; 5_000].into();
    drafts[4].payload = vec![b'\0', 0xff, b'9'].into();
    db.append(company, 1, &drafts, 0).await;
    let nines = EventFilter { text: vec![b"9".to_vec(), vec![0, 0xff]], ..EventFilter::default() };
    let all = EventFilter::default();
    let find = async |stretch: (i64, i64), filter: &EventFilter, limit, bytes| {
        let stretch = (Seq(stretch.0), Seq(stretch.1));
        let looked = db.store.find_events(company, stretch, filter, limit, bytes).await.expect("looks");
        let seqs: Vec<i64> = looked.events.iter().map(|event| event.seq.0).collect();
        (seqs, looked.down_to.0)
    };
    assert_eq!(find((1, 20), &nines, 3, usize::MAX).await, (vec![20, 19, 18], 18));
    assert_eq!(
        find((9, 13), &nines, 9, usize::MAX).await,
        (vec![13, 12, 10, 9], 9),
        "all of it was looked at"
    );
    assert_eq!(find((9, 13), &nines, 4, usize::MAX).await, (vec![13, 12, 10, 9], 9));
    assert_eq!(find((4, 6), &nines, 9, 25).await, (vec![6, 5, 4], 4), "as many as fit");
    assert_eq!(find((4, 6), &nines, 9, 22).await, (vec![6, 5], 5));
    assert_eq!(find((10, 11), &all, 9, 100).await, (vec![11], 11), "one always fits");
    assert_eq!(find((-5, 400), &all, 9, 0).await, (vec![20], 20));
    assert_eq!(find((21, 400), &all, 9, 99).await, (vec![], 21));
    let none = EventFilter { names: Some(Vec::new()), ..EventFilter::default() };
    assert_eq!(find((1, 20), &none, 9, 99).await, (vec![], 1));
    let named = EventFilter { names: Some(vec!["x".into(), (*drafts[0].name).into()]), ..all };
    assert_eq!(find((1, 2), &named, 9, 99).await, (vec![2, 1], 1));
}

async fn an_older_epoch_is_refused(mut db: Db) {
    let (a, b) = (db.company("A").await, db.company("B").await);
    let mut tx = db.writer.begin().await.expect("begins");
    assert_eq!(tx.take_lease(a).await.expect("a lease").epoch, 1);
    assert_eq!(tx.take_lease(a).await.expect("a lease").epoch, 2);
    assert!(matches!(tx.take_lease(CompanyId(99)).await, Err(StoreError::Missing { id: 99, .. })));
    tx.commit().await.expect("commits");

    let mut tx = db.writer.begin_batch().await.expect("begins");
    let head = |company, epoch| Head { company, seq: Seq(0), epoch, batch: 9 };
    let refused = tx.set_heads(&[head(a, 1), head(b, 0), head(CompanyId(99), 0)]).await.expect("heads");
    assert_eq!(refused, [a, CompanyId(99)]);
    assert_eq!(tx.set_heads(&[head(a, 2)]).await.expect("heads"), []);
    tx.commit().await.expect("commits");
    let locked = commit!(db, tx => tx.lock_heads(&[a, b, CompanyId(99)]).await.expect("heads"));
    assert_eq!(locked.len(), 2);
    assert!(locked.iter().all(|head| head.batch == 9));

    db.append(b, 1, &vec![draft("{}"); 5], 0).await;
    let mut tx = db.writer.begin_batch().await.expect("begins");
    let back = Head { company: b, seq: Seq(4), epoch: 0, batch: 10 };
    assert_eq!(tx.set_heads(&[back]).await.expect("heads"), [b], "a head never moves back");
}

async fn a_batch_that_is_not_committed_leaves_nothing(mut db: Db) {
    let company = db.company("A").await;
    let drafts = vec![draft("{}"); 10];
    let mut tx = db.writer.begin_batch().await.expect("begins");
    tx.append(&placed(company, 1, &drafts)).await.expect("appends");
    let head = Head { company, seq: Seq(10), epoch: 0, batch: 1 };
    tx.set_heads(&[head]).await.expect("heads");
    drop(tx);
    assert!(db.store.events(company, Seq(1), 100, usize::MAX).await.expect("reads").is_empty());
    assert_eq!(db.store.heads().await.expect("reads"), [Head { seq: Seq(0), batch: 0, ..head }]);
    // The same places are free for the next batch.
    db.append(company, 1, &drafts, 0).await;
    assert_eq!(db.store.heads().await.expect("reads"), [head]);
}

async fn an_occupied_place_is_taken(mut db: Db) {
    let company = db.company("A").await;
    let drafts = vec![draft("{}"); 3];
    db.append(company, 1, &drafts, 0).await;
    let mut tx = db.writer.begin_batch().await.expect("begins");
    let again = tx.append(&placed(company, 3, &drafts)).await;
    assert!(matches!(again, Err(StoreError::Taken { .. })), "{again:?}");
}

async fn content_that_a_database_refuses_is_rejected(mut db: Db) {
    let company = db.company("A").await;
    let rule = if db.url.starts_with("sqlite") {
        "CREATE TRIGGER picky BEFORE INSERT ON events WHEN new.name = 'bad' \
         BEGIN SELECT RAISE(ABORT, 'a rule of its own'); END"
    } else {
        "ALTER TABLE events ADD CHECK (name <> 'bad')"
    };
    execute(&db.url, rule).await;
    let mut drafts = vec![draft("{}"); 3];
    drafts[1].name = "bad".into();
    let mut tx = db.writer.begin_batch().await.expect("begins");
    let error = tx.append(&placed(company, 1, &drafts)).await.expect_err("refused");
    assert!(error.is_content() && !error.is_passing(), "{error:?}");
    drop(tx);
    drafts.remove(1);
    db.append(company, 1, &drafts, 0).await;
}

async fn keys_are_seen_once(mut db: Db) {
    let key = |n: u8| [n; 32];
    let seen = |source, n, at| Seen { source: SourceId(source), key: key(n), seq: Seq(n.into()), at };
    let later = Timestamp(NOW.0 + 1);
    let mut tx = db.writer.begin_batch().await.expect("begins");
    let rows = [seen(1, 1, NOW), seen(1, 2, later), seen(2, 1, later)];
    tx.remember_seen(&rows).await.expect("writes");
    tx.commit().await.expect("commits");
    let asked: Vec<_> = (0..20).map(|n| (SourceId(1), key(n))).chain([(SourceId(2), key(1))]).collect();
    let mut tx = db.writer.begin_batch().await.expect("begins");
    let mut found = tx.seen(&asked).await.expect("reads");
    found.sort_unstable();
    let pairs: Vec<_> = found.iter().map(|(source, key, seq)| (source.0, key[0], seq.0)).collect();
    assert_eq!(pairs, [(1, 1, 1), (1, 2, 2), (2, 1, 1)]);
    let again = tx.remember_seen(&rows[..1]).await;
    assert!(matches!(again, Err(StoreError::Taken { .. })), "{again:?}");
    drop(tx);
    let mut tx = db.writer.begin().await.expect("begins");
    assert_eq!(tx.forget_seen(later, 10).await.expect("forgets"), 1);
    assert_eq!(tx.forget_seen(Timestamp(later.0 + 1), 1).await.expect("forgets"), 1, "in small steps");
    tx.commit().await.expect("commits");
    let mut tx = db.writer.begin_batch().await.expect("begins");
    assert_eq!(tx.seen(&asked).await.expect("reads").len(), 1);
}

async fn many_heads_move_at_once(mut db: Db) {
    let mut companies = Vec::new();
    let mut tx = db.writer.begin().await.expect("begins");
    for n in 0..700 {
        companies.push(tx.create_company(&format!("C{n}"), false, NOW).await.expect("a company"));
    }
    tx.commit().await.expect("commits");
    let mut tx = db.writer.begin_batch().await.expect("begins");
    let draft = draft("{}");
    let events: Vec<_> =
        companies.iter().flat_map(|company| placed(*company, 1, std::slice::from_ref(&draft))).collect();
    tx.append(&events).await.expect("appends");
    let heads: Vec<Head> =
        companies.iter().map(|company| Head { company: *company, seq: Seq(1), epoch: 0, batch: 5 }).collect();
    assert_eq!(tx.set_heads(&heads).await.expect("heads"), []);
    tx.commit().await.expect("commits");
    assert_eq!(db.store.heads().await.expect("reads"), heads);
}
