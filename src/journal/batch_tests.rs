use futures_util::FutureExt;

use super::super::inbox::InboxLimits;
use super::super::queues::BatchCap;
use super::*;
use crate::domain::{Draft, EventFlags, Keys, Provider, Seq, SourceId, Timestamp};

fn draft(payload: usize) -> Draft {
    Draft {
        source: SourceId(1),
        provider: Provider::new("threecplus"),
        session: None,
        name: "call-was-created".into(),
        lane: None,
        received_at: Timestamp(0),
        payload: vec![b'x'; payload].into(),
        keys: Keys::default(),
        flags: EventFlags::default(),
        extra: None,
        dedupe: None,
    }
}

fn under(company: i64, epoch: i64) -> Under {
    Under { company: CompanyId(company), epoch }
}

fn inbox() -> Arc<Inbox> {
    let batch = BatchCap { rows: 100, bytes: 1 << 30 };
    Arc::new(Inbox::new(InboxLimits { append_bytes: 1 << 30, batch, linger: Duration::ZERO }))
}

fn head(company: i64, seq: i64, epoch: i64, batch: i64) -> Head {
    Head { company: CompanyId(company), seq: Seq(seq), epoch, batch }
}

#[test]
fn what_takes_too_long_again_is_tried_in_halves_and_nothing_is_given_up() {
    let inbox = inbox();
    let drafts = [1, 2, 3].map(|n| draft(n * 1_000)).to_vec();
    let receipt = inbox.try_append(under(1, 1), drafts).expect("room");
    let work = Work::new(&inbox, inbox.take(std::time::Instant::now(), true));
    let all = work.bytes();
    assert!(all >= 6_000, "{all}");
    let [again]: [Work; 1] = work.cut().try_into().ok().expect("it is tried once more as it is");
    let [first, rest]: [Work; 2] = again.cut().try_into().ok().expect("halves");
    assert!(
        first.bytes() < rest.bytes() && first.bytes() + rest.bytes() <= all,
        "each is given its own time"
    );
    let [first]: [Work; 1] = first.cut().try_into().ok().expect("a half has its own tries");
    let [first]: [Work; 1] = first.cut().try_into().ok().expect("one event cannot be halved");
    let left =
        [&first, &rest].map(|work| work.appends.iter().map(|append| append.drafts.len()).sum::<usize>());
    assert_eq!(left, [1, 2], "in their order");
    assert_eq!(receipt.now_or_never(), None, "nobody is told anything");
}

#[test]
fn a_batch_that_is_found_late_moves_no_head_of_a_newer_lease() {
    let taken = head(2, 9, 5, 7);
    let mut heads: Heads = [head(1, 3, 4, 6), taken].into_iter().map(|head| (head.company, head)).collect();
    move_on(&mut heads, &[head(1, 5, 4, 7), head(2, 9, 4, 7), head(3, 1, 1, 7)]);
    assert_eq!(heads.get(&CompanyId(1)), Some(&head(1, 5, 4, 7)), "it is where the batch has brought it");
    assert_eq!(heads.get(&CompanyId(2)), Some(&taken), "its lease was taken anew");
    assert_eq!(heads.get(&CompanyId(3)), None, "it is no more");
}

#[test]
fn what_is_refused_is_counted_for_each_company() {
    let inbox = inbox();
    let receipts = [(1, 2), (2, 1), (3, 1), (1, 3)]
        .map(|(company, events)| inbox.try_append(under(company, 1), vec![draft(1); events]).expect("room"));
    let mut work = Work::new(&inbox, inbox.take(std::time::Instant::now(), true));
    let companies = [CompanyId(1), CompanyId(3), CompanyId(9)];
    let refused = |under: Under| companies.contains(&under.company);
    assert_eq!(work.events_of(refused), [(CompanyId(1), 5), (CompanyId(3), 1)]);
    work.refuse(refused, &WriteError::NotOurs);
    assert_eq!(work.companies(), [CompanyId(2)], "the others stay");
    drop(receipts);
}

#[test]
fn of_one_company_only_what_came_under_an_older_lease_is_outlived() {
    let inbox = inbox();
    let offer =
        |epoch, events| inbox.try_append(under(1, epoch), vec![draft(1); events]).expect("there is room");
    let receipts = [offer(4, 2), offer(5, 1)];
    let mut work = Work::new(&inbox, inbox.take(std::time::Instant::now(), true));
    let heads = |epoch| Heads::from_iter([(CompanyId(1), head(1, 9, epoch, 7))]);
    assert!(!work.is_timely(&heads(5)) && !work.is_timely(&heads(4)));
    let heads = heads(5);
    assert_eq!(work.events_of(|under| under.is_outlived(&heads)), [(CompanyId(1), 2)]);
    work.refuse(|under| under.is_outlived(&heads), &WriteError::NotOurs);
    assert!(work.is_timely(&heads));
    let [first, second] = receipts;
    assert_eq!(first.now_or_never(), Some(Err(WriteError::NotOurs)));
    assert_eq!(second.now_or_never(), None, "it is still to be written");
}
