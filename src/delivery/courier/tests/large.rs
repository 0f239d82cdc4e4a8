//! Events that are larger than the window: read, tried, set aside and given up like any other.

use std::time::Duration;

use super::bench::{A, B, Bench, bench};
use super::*;

/// What receivers answer to what is too large for them.
const REFUSALS: &[Result<u16, Fault>] = &[
    Ok(413),
    Ok(400),
    Ok(500),
    Ok(503),
    Err(Fault::Net(ErrorKind::Reset)),
    Err(Fault::Net(ErrorKind::Timeout)),
];

fn delivered(bench: &Bench, seq: i64) -> bool {
    bench.attempts.iter().any(|row| row.seq.0 == seq && row.status == Some(200))
}

/// What is in memory of the window, its two largest events not counted.
fn in_memory(bench: &Bench) -> usize {
    let mut weights = bench.courier.window_weights();
    weights.sort_unstable();
    weights.truncate(weights.len().saturating_sub(2));
    weights.iter().sum()
}

#[test]
fn a_large_event_that_is_always_refused_does_not_stop_others() {
    for refusal in REFUSALS {
        for warm in [true, false] {
            for bytes in [100, 1_500_000, 64 << 20] {
                let mut bench = bench();
                if warm {
                    bench.append(&[None]);
                    bench.answer(1, 200);
                }
                let large = i64::from(warm) + 1;
                bench.append_sized(A, bytes);
                bench.append(&[None; 20]);
                bench.answer_results(|seq| if seq == large { *refusal } else { Ok(200) }, 1);
                let arrived = (large + 1..=large + 20).filter(|seq| delivered(&bench, *seq)).count();
                assert_eq!(arrived, 20, "{refusal:?}, {bytes} bytes, warm: {warm}");
                bench.append(&[None]);
                bench.answer_results(|seq| if seq == large { *refusal } else { Ok(200) }, 5 * 24 * 60);
                let state = bench.state(large).map(|(state, _)| state);
                assert_eq!(state, Some(HeldState::Dead), "{refusal:?}, {bytes} bytes, warm: {warm}");
                assert_eq!(bench.cursor, Seq(large + 21));
            }
        }
    }
}

#[test]
fn many_large_events_do_not_stop_others_and_stay_within_the_memory() {
    for refusal in REFUSALS {
        let mut bench = bench();
        let lanes: Vec<String> = (0..5).map(|n| format!("lane-{n}")).collect();
        for n in 0..30 {
            bench.append_sized(Some(lanes[n % 5].as_str()), (1 << 20) + (n << 20));
        }
        bench.append(&[None; 20]);
        let bound = bench.courier.bounds.window_bytes;
        let mut minutes = 0;
        while !(31..=50).all(|seq| delivered(&bench, seq)) {
            bench.answer_results(|seq| if seq <= 30 { *refusal } else { Ok(200) }, 1);
            assert!(in_memory(&bench) <= bound, "{} bytes are in memory", in_memory(&bench));
            minutes += 1;
            assert!(minutes < 30, "{refusal:?}: {:?}", bench.courier.health(true, bench.now.at));
        }
    }
}

/// A dead endpoint's events, each in a lane of its own, when others hold nearly all that there is.
#[test]
fn what_fails_takes_no_more_than_the_room_that_is_left() {
    const ROOM: usize = 16 << 10;
    let mut bench = bench();
    bench.courier.room(Room { bytes: ROOM, aside: false });
    let lanes: Vec<String> = (0..200).map(|n| format!("lane-{n}")).collect();
    for n in 0..400 {
        bench.append_sized(Some(lanes[n % 200].as_str()), 4_000);
    }
    for minute in 0..90 {
        bench.answer_results(|_| Ok(500), 1);
        let held = bench.courier.bytes_in_hand();
        assert!(held <= ROOM + 10_000, "{held} bytes after {minute} minutes");
    }
    bench.courier.room(Room::ALL);
    bench.answer_results(|_| Ok(200), 24 * 60);
    assert!((1..=400).all(|seq| delivered(&bench, seq)));
}

#[test]
fn a_large_event_that_is_taken_at_last_arrives_once_and_its_lane_stays_in_order() {
    let mut bench = bench();
    bench.append_sized(A, 3_000_000);
    bench.append_sized(A, 2_000_000);
    bench.append(&[A, B, B]);
    bench.answer(1, 500);
    assert_eq!(bench.under_way(), [4], "what is behind it is read although it does not fit");
    assert!(bench.courier.window_weights().iter().sum::<usize>() < 1 << 20);
    bench.pass(Duration::from_secs(7));
    assert_eq!(bench.under_way(), [1, 4]);
    bench.answer(1, 200);
    assert_eq!(bench.under_way(), [2, 4]);
    bench.answer(2, 200);
    bench.answer(4, 200);
    bench.answer(3, 200);
    bench.answer(5, 200);
    assert_eq!(bench.cursor, Seq(5));
    assert_eq!(bench.loads, [Seq(1), Seq(2), Seq(3)], "each was read again once");
}

#[test]
fn small_events_that_fail_are_not_read_again() {
    let mut bench = bench();
    bench.append(&[A, A, B]);
    bench.answer(1, 500);
    bench.pass(Duration::from_secs(7));
    bench.answer(1, 200);
    bench.answer(2, 200);
    bench.answer(3, 200);
    assert_eq!((bench.cursor, bench.loads.len()), (Seq(3), 0));
}

#[test]
fn what_was_let_go_untried_is_decided_by_the_revision_that_holds_when_it_is_read_again() {
    let mut bench = bench();
    bench.append_sized(A, 2_000_000);
    bench.append_sized(A, 2_000_000);
    bench.append_sized(A, 2_000_000);
    bench.answer(1, 500);
    let mut narrower = revision(2, 2, &["call-a"]);
    narrower.from_seq = Seq(2);
    bench.courier.command(Command::Revision(narrower), bench.now);
    bench.courier.command(Command::Revision(revision(3, 3, &["*"])), bench.now);
    bench.act();
    bench.pass(Duration::from_secs(7));
    bench.answer(1, 200);
    assert_eq!(bench.under_way(), [3], "2 is not wanted any more");
    bench.answer(3, 200);
    assert_eq!(bench.cursor, Seq(3));
}

#[test]
fn an_event_of_the_window_that_retention_took_is_written_down_as_expired() {
    let mut bench = bench();
    bench.append_sized(A, 2_000_000);
    bench.append_sized(A, 2_000_000);
    bench.append(&[B]);
    bench.answer(1, 500);
    bench.gone.insert(Seq(1));
    bench.pass(Duration::from_secs(7));
    assert_eq!(bench.state(1), Some((HeldState::Dead, HeldReason::Expired)));
    assert_eq!(bench.under_way(), [2, 3]);
}

#[test]
fn a_large_event_does_not_stop_a_replay() {
    for refusal in REFUSALS {
        let mut bench = bench();
        bench.append_sized(A, 3_000_000);
        bench.append(&[None; 9]);
        bench.answer_results(|_| Ok(200), 1);
        assert_eq!(bench.cursor, Seq(10));
        let before = bench.attempts.len();
        let job = ReplayJob {
            id: 3,
            from: Seq(1),
            to: Seq(10),
            names: Vec::new(),
            undelivered: false,
            revision: 1,
            as_new: true,
            per_second: None,
            paused: false,
            cursor: Seq::ZERO,
        };
        bench.courier.command(Command::StartReplay(job), bench.now);
        bench.act();
        bench.answer_results(|seq| if seq == 1 { *refusal } else { Ok(200) }, 1);
        let again = bench.attempts[before..].iter().filter(|row| row.status == Some(200)).count();
        assert_eq!(again, 9, "{refusal:?}");
        bench.answer_results(|seq| if seq == 1 { *refusal } else { Ok(200) }, 30);
        let failed: i32 = bench.replay.iter().map(|progress| progress.failed).sum();
        assert_eq!(failed, 1, "{refusal:?}");
        assert!(bench.replay.iter().any(|progress| progress.done));
    }
}

#[test]
fn a_replay_that_meets_more_refused_events_than_it_holds_goes_on() {
    let mut bench = bench();
    bench.append(&[None; 100]);
    bench.answer_results(|_| Ok(200), 1);
    let job = ReplayJob {
        id: 3,
        from: Seq(1),
        to: Seq(100),
        names: Vec::new(),
        undelivered: false,
        revision: 1,
        as_new: false,
        per_second: None,
        paused: false,
        cursor: Seq::ZERO,
    };
    bench.courier.command(Command::StartReplay(job), bench.now);
    bench.act();
    bench.answer_results(|seq| if seq <= 80 { Ok(500) } else { Ok(200) }, 24 * 60);
    let delivered: i32 = bench.replay.iter().map(|progress| progress.delivered).sum();
    assert_eq!(delivered, 20, "{:?}", bench.courier.health(true, bench.now.at));
}

#[test]
fn the_event_that_holds_up_most_is_named_with_its_size_and_its_last_answer() {
    let mut bench = bench();
    bench.append_sized(A, 6_000_000);
    bench.append(&[None, None]);
    assert_eq!(bench.courier.troubled(bench.now), None);
    bench.answer(1, 413);
    let since = bench.now.wall;
    bench.pass(Duration::from_secs(3));
    let named = bench.courier.troubled(bench.now).expect("it is named");
    assert_eq!((named.seq, named.bytes, named.tries, named.since), (Seq(1), 6_000_000, 1, since));
    assert_eq!(named.last.map(|last| last.result), Some(Ok(413)));
    bench.answer_all(|seq| if seq == 1 { 413 } else { 200 }, 1);
    bench.append(&[None]);
    bench.answer_all(|seq| if seq == 1 { 413 } else { 200 }, 1);
    assert_eq!(bench.state(1).map(|(state, _)| state), Some(HeldState::Retrying));
    let named = bench.courier.troubled(bench.now).expect("also when it is set aside");
    assert_eq!((named.seq, named.last.map(|last| last.result)), (Seq(1), Some(Ok(413))));
    assert!(named.is_aside);
}

#[test]
fn the_event_that_has_failed_for_longest_stays_named_while_others_fail_and_pass() {
    let mut bench = bench();
    let refused = |seq: i64| if seq == 1 || seq % 10 == 0 { 500 } else { 200 };
    bench.append(&[None, None]);
    bench.answer_all(refused, 1);
    bench.append(&[None]);
    bench.answer_all(refused, 1);
    let first = bench.courier.troubled(bench.now).expect("the first is set aside");
    assert_eq!((first.seq, first.is_aside), (Seq(1), true));
    for _ in 0..60 {
        bench.append(&[None, None, None, None, None]);
        bench.answer_all(refused, 1);
        let named = bench.courier.troubled(bench.now).expect("it is still not taken");
        assert_eq!((named.seq, named.since), (Seq(1), first.since));
    }
    assert!(bench.courier.held_len() > 10, "others fail beside it");
    bench.answer_all(|seq| if seq == 1 { 200 } else { refused(seq) }, 10 * 60);
    let next = bench.courier.troubled(bench.now).expect("the next one");
    assert_eq!((next.seq, next.since > first.since), (Seq(10), true));
}
