//! A lane is one thing, whether its events are in the window, set aside or replayed.

use std::sync::Arc;
use std::time::Duration;

use super::bench::{A, B, Bench, bench};
use super::*;
use crate::domain::webhook::Concurrency;

fn set_order(bench: &mut Bench, ordered: bool) {
    let settings = WebhookSettings { ordered, ..(**bench.courier.settings()).clone() };
    bench.courier.command(Command::Settings(Arc::new(settings)), bench.now);
    bench.act();
}

/// One of A that fails is set aside; then one of B is under way, and one of A has been read.
fn one_aside_and_one_read(ordered: bool) -> Bench {
    let mut bench = Bench::new(|settings, _| {
        settings.ordered = ordered;
        settings.concurrency = Concurrency::new(1_u16).expect("one that may be");
    });
    bench.append(&[A]);
    bench.answer(1, 500);
    bench.append(&[B]);
    bench.answer(2, 200);
    assert_eq!(bench.state(1), Some((HeldState::Retrying, HeldReason::Failed)));
    bench.append(&[B, A, A]);
    assert_eq!(bench.under_way(), [3]);
    bench
}

#[test]
fn when_order_is_switched_on_what_was_read_waits_for_what_was_set_aside_before_it() {
    let mut bench = one_aside_and_one_read(false);
    set_order(&mut bench, true);
    bench.answer(3, 200);
    assert!(bench.under_way().is_empty(), "{:?}", bench.under_way());
    bench.pass(Duration::from_secs(7));
    for seq in [1, 4, 5] {
        assert_eq!(bench.under_way(), [seq]);
        bench.answer(seq, 200);
    }
    assert!(bench.held.is_empty());
    assert_eq!(bench.cursor, Seq(5));
}

#[test]
fn when_order_is_switched_off_nothing_waits() {
    let mut bench = one_aside_and_one_read(true);
    assert_eq!(bench.state(4), Some((HeldState::Waiting, HeldReason::LaneBusy)));
    set_order(&mut bench, false);
    for seq in [3, 4, 5] {
        bench.answer(seq, 200);
    }
    assert_eq!(bench.state(1), Some((HeldState::Retrying, HeldReason::Failed)));
}

#[test]
fn a_running_replay_keeps_order_from_when_it_is_switched_on() {
    let mut bench = Bench::new(|settings, _| settings.ordered = false);
    bench.append(&[A, A, A, B]);
    for seq in [1, 2, 3] {
        bench.answer(seq, 200);
    }
    let job = ReplayJob {
        id: 1,
        from: Seq(1),
        to: Seq(3),
        names: Vec::new(),
        undelivered: false,
        revision: 1,
        as_new: false,
        per_second: Some(1),
        paused: false,
        cursor: Seq::ZERO,
    };
    bench.courier.command(Command::StartReplay(job), bench.now);
    bench.act();
    assert_eq!(bench.under_way(), [1, 4], "one a second");
    set_order(&mut bench, true);
    bench.answer(1, 200);
    bench.answer(4, 200);
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.under_way(), [2]);
    bench.pass(Duration::from_secs(5));
    assert_eq!(bench.under_way(), [2], "its lane waits for it");
    bench.answer(2, 200);
    assert_eq!(bench.under_way(), [3]);
}

#[test]
fn what_was_held_and_never_sent_is_not_sent_when_it_is_not_wanted_any_more() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(1, 500);
    bench.answer(2, 200);
    bench.append(&[B, A, A]);
    bench.answer(3, 200);
    assert_eq!(bench.state(4), Some((HeldState::Waiting, HeldReason::LaneBusy)));
    bench.courier.command(Command::Revision(revision(2, 4, &["agent-*"])), bench.now);
    bench.pass(Duration::from_secs(7));
    assert_eq!(bench.under_way(), [1], "it was wanted, and sent once");
    bench.answer(1, 200);
    assert!(bench.under_way().is_empty() && bench.held.is_empty());
    assert_eq!(bench.courier.counters().not_wanted, 2);
    assert_eq!(bench.cursor, Seq(5));
    bench.courier.command(Command::Revision(revision(3, 4, &["*"])), bench.now);
    bench.act();
    assert_eq!(bench.under_way(), [4, 5], "and is let in again by the next one that wants it");
}

#[test]
fn behind_an_event_that_is_given_up_each_gets_its_one_try() {
    let mut bench = Bench::new(|_, bounds| bounds.lane_items = 1);
    bench.append(&[A, A, A, A, B]);
    // What is under way all the while has not succeeded since, so that nothing is judged.
    assert_eq!(bench.under_way(), [1, 5]);
    for _ in 0..5 {
        assert_eq!(bench.under_way(), [1, 5]);
        bench.answer(1, 422);
        if bench.under_way() == [5] {
            bench.pass(Duration::from_mins(13));
        }
    }
    let mut tried = Vec::new();
    while let Some(seq) = bench.under_way().into_iter().find(|seq| [2, 3, 4].contains(seq)) {
        tried.push(seq);
        bench.answer(seq, 500);
    }
    assert_eq!(tried, [2, 3, 4], "one after the other, without a wait");
    bench.append(&[B]);
    bench.answer(5, 200);
    bench.answer(6, 200);
    assert_eq!(bench.state(1), Some((HeldState::Dead, HeldReason::Rejected)));
}

#[test]
fn what_could_not_be_read_is_asked_for_again_after_a_second() {
    let mut bench = bench();
    bench.courier.head(Seq(1));
    let asked = |bench: &mut Bench| match bench.courier.poll(bench.now, true) {
        Some(Action::Read { reader, from, .. }) => Some((reader, from)),
        _ => None,
    };
    assert_eq!(asked(&mut bench), Some((Reader::Live, Seq(1))));
    bench.courier.unread(Unread::Page(Reader::Live), bench.now);
    assert_eq!(asked(&mut bench), None);
    let again = bench.courier.wake_at(bench.now.at).expect("it is asked for again");
    assert_eq!(again, bench.now.at + Duration::from_secs(1));
    bench.now.at = again;
    assert_eq!(asked(&mut bench), Some((Reader::Live, Seq(1))));
}

#[test]
fn what_comes_after_an_event_used_up_the_wait_gets_its_try_although_that_one_was_given_up() {
    let mut bench = bench();
    bench.append(&[A, B]);
    for tried in 1..=5 {
        assert_eq!(bench.under_way(), [1, 2]);
        bench.answer(1, 422);
        if tried < 5 {
            bench.pass(Duration::from_mins(13));
        }
    }
    bench.append(&[A, A, None]);
    assert_eq!(bench.under_way(), [2, 5]);
    bench.answer(5, 200);
    assert_eq!(bench.state(1), Some((HeldState::Dead, HeldReason::Rejected)));
    assert_eq!(bench.under_way(), [2, 3]);
    bench.answer(3, 500);
    assert_eq!(bench.under_way(), [2, 4], "without a wait");
    bench.answer(4, 200);
    bench.append(&[None]);
    bench.answer(6, 200);
    assert_eq!(bench.state(3).map(|(state, _)| state), Some(HeldState::Alone));
}
