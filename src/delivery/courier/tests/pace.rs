//! Receivers that take so many requests in a time, and say so or do not.

use std::collections::VecDeque;
use std::time::Duration;

use super::bench::{A, B, Bench, bench};
use super::*;

/// Answers as a receiver that takes so many in any second, for as long; in which second what was taken first and last.
fn limited(
    bench: &mut Bench,
    per_second: usize,
    refusal: u16,
    wait: Option<Duration>,
    seconds: u32,
) -> Vec<(f64, i64)> {
    let start = bench.now.at;
    let (mut window, mut taken) = (VecDeque::new(), Vec::new());
    for _ in 0..seconds * 50 {
        while let Some(seq) = bench.sent.values().next().map(|seq| seq.0) {
            let now = bench.now.at;
            while window.front().is_some_and(|first| now.duration_since(*first) >= Duration::from_secs(1)) {
                window.pop_front();
            }
            if window.len() < per_second {
                window.push_back(now);
                taken.push((now.duration_since(start).as_secs_f64(), seq));
                bench.answer(seq, 200);
            } else {
                bench.answer_with(seq, Ok(refusal), wait);
            }
        }
        bench.pass(Duration::from_millis(20));
    }
    taken
}

fn flats(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("flat-{}", n % 6)).collect()
}

#[test]
fn a_receiver_that_takes_two_a_second_gets_everything_in_good_time_and_in_order() {
    for refusal in [429, 503] {
        for wait in [None, Some(Duration::from_secs(1))] {
            let mut bench = bench();
            let flats = flats(24);
            bench.append(&flats.iter().map(|flat| Some(flat.as_str())).collect::<Vec<_>>());
            let taken = limited(&mut bench, 2, refusal, wait, 40);
            assert_eq!(taken.len(), 24, "{refusal} {wait:?}");
            let last = taken.last().expect("some").0;
            assert!(last < 25.0, "{refusal} {wait:?}: the last came after {last} s, 12 could do");
            for flat in 0..6 {
                let seqs: Vec<i64> =
                    taken.iter().map(|(_, seq)| *seq).filter(|seq| seq % 6 == flat).collect();
                assert!(seqs.is_sorted(), "{seqs:?}");
            }
            assert!(bench.held.is_empty());
            let charged = bench.attempts.iter().filter(|row| row.charged && row.status != Some(200)).count();
            assert_eq!(charged, 0, "no try was charged");
        }
    }
}

#[test]
fn other_paces_are_found_too() {
    for per_second in [1, 5, 25] {
        let mut bench = bench();
        let flats = flats(per_second * 40);
        bench.append(&flats.iter().map(|flat| Some(flat.as_str())).collect::<Vec<_>>());
        let taken = limited(&mut bench, per_second, 429, None, 90);
        assert_eq!(taken.len(), per_second * 40, "at {per_second} a second");
        let last = taken.last().expect("some").0;
        assert!(last < 70.0, "at {per_second} a second the last came after {last} s, 40 could do");
    }
}

#[test]
fn an_event_that_is_always_answered_503_is_given_up_and_the_others_go_on() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(2, 200);
    for _ in 0..30 {
        bench.append(&[B]);
        while let Some(seq) = bench.under_way().first().copied() {
            bench.answer(seq, if seq == 1 { 503 } else { 200 });
        }
        bench.pass(Duration::from_millis(400));
    }
    let tries = bench.attempts.iter().filter(|row| row.seq == Seq(1)).count();
    let others = |bench: &Bench| bench.attempts.iter().filter(|row| row.status == Some(200)).count();
    assert!(others(&bench) >= 16, "{} of 31 in 12 s", others(&bench));
    for _ in 0..40 {
        while let Some(seq) = bench.under_way().first().copied() {
            bench.answer(seq, if seq == 1 { 503 } else { 200 });
        }
        bench.pass(Duration::from_millis(200));
    }
    assert_eq!(others(&bench), 31);
    assert!((2..=9).contains(&tries), "{tries} tries in 12 s");
    bench.answer_all(|seq| if seq == 1 { 503 } else { 200 }, 4 * 24 * 60);
    assert_eq!(bench.state(1), Some((HeldState::Dead, HeldReason::Exhausted)));
}

#[test]
fn an_event_whose_refusals_are_its_own_is_set_aside_by_what_succeeded_meanwhile() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(2, 200);
    bench.answer(1, 503);
    bench.append(&[B]);
    bench.answer(3, 200);
    assert_eq!(bench.state(1), None, "it may have come too fast");
    bench.pass(Duration::from_secs(2));
    bench.answer(1, 503);
    assert_eq!(
        bench.state(1),
        Some((HeldState::Retrying, HeldReason::Failed)),
        "nothing has to come after that"
    );
    assert_eq!(bench.cursor, Seq(3));
}

#[test]
fn refusals_that_come_before_the_first_success_are_excused_by_it() {
    let mut bench = bench();
    bench.append(&[None, None, None]);
    bench.answer(2, 503);
    bench.answer(3, 503);
    bench.answer(1, 200);
    bench.pass(Duration::from_secs(4));
    assert_eq!(bench.under_way(), [2, 3], "soon, and not after five seconds");
}

#[test]
fn a_webhook_that_is_slowed_says_so() {
    let mut bench = bench();
    bench.append(&[None; 12]);
    limited(&mut bench, 2, 503, None, 4);
    assert_eq!(bench.courier.health(true, bench.now.at), Health::Slow { reason: SlowReason::Paced });
    let pace = bench.courier.pace().expect("it is known");
    assert!((0.5..4.0).contains(&pace), "{pace}");
    bench.courier.command(Command::Resume, bench.now);
    assert_eq!(bench.courier.pace(), None, "who resumes it has it looked at anew");
}
