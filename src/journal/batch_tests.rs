use futures_util::FutureExt;

use super::super::inbox::InboxLimits;
use super::super::queues::BatchCap;
use super::*;
use crate::domain::{Draft, EventFlags, Keys, Provider, Timestamp};

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

#[test]
fn what_takes_too_long_again_is_tried_in_halves_and_nothing_is_given_up() {
    let batch = BatchCap { rows: 100, bytes: 1 << 30 };
    let limits = InboxLimits { append_bytes: 1 << 30, batch, linger: Duration::ZERO };
    let inbox = Arc::new(Inbox::new(limits));
    let drafts = [1, 2, 3].map(|n| draft(n * 1_000)).to_vec();
    let receipt = inbox.try_append(CompanyId(1), drafts).expect("room");
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
    let head = |company, seq, epoch, batch| Head { company: CompanyId(company), seq: Seq(seq), epoch, batch };
    let taken = head(2, 9, 5, 7);
    let mut heads: Heads = [head(1, 3, 4, 6), taken].into_iter().map(|head| (head.company, head)).collect();
    move_on(&mut heads, &[head(1, 5, 4, 7), head(2, 9, 4, 7), head(3, 1, 1, 7)]);
    assert_eq!(heads.get(&CompanyId(1)), Some(&head(1, 5, 4, 7)), "it is where the batch has brought it");
    assert_eq!(heads.get(&CompanyId(2)), Some(&taken), "its lease was taken anew");
    assert_eq!(heads.get(&CompanyId(3)), None, "it is no more");
}

#[test]
fn what_is_refused_is_counted_for_each_company() {
    let batch = BatchCap { rows: 100, bytes: 1 << 30 };
    let limits = InboxLimits { append_bytes: 1 << 30, batch, linger: Duration::ZERO };
    let inbox = Arc::new(Inbox::new(limits));
    let receipts = [(1, 2), (2, 1), (3, 1), (1, 3)]
        .map(|(company, events)| inbox.try_append(CompanyId(company), vec![draft(1); events]).expect("room"));
    let mut work = Work::new(&inbox, inbox.take(std::time::Instant::now(), true));
    let companies = [CompanyId(1), CompanyId(3), CompanyId(9)];
    assert_eq!(work.events_of(&companies), [(CompanyId(1), 5), (CompanyId(3), 1)]);
    work.refuse(&companies, &WriteError::NotOurs);
    assert_eq!(work.companies(), [CompanyId(2)], "the others stay");
    drop(receipts);
}
