//! The breaker alone, in a time that only moves when told.

use super::*;

fn opened(now: Instant) -> Breaker {
    let mut breaker = Breaker::new();
    for lane in 0..7 {
        assert!(!breaker.failed(lane, Kind::Overwhelmed, now));
    }
    assert!(breaker.failed(7, Kind::Unreached, now));
    breaker
}

#[test]
fn opens_on_failures_over_several_lanes() {
    assert!(opened(Instant::now()).is_open());
}

#[test]
fn one_lane_cannot_open_it_nor_two() {
    let mut breaker = Breaker::new();
    for n in 0..100 {
        assert!(!breaker.failed(n % 2, Kind::Overwhelmed, Instant::now()));
    }
    assert!(!breaker.is_open());
}

#[test]
fn a_success_between_starts_the_count_again() {
    let (mut breaker, now) = (Breaker::new(), Instant::now());
    for lane in 0..100 {
        breaker.failed(lane, Kind::Overwhelmed, now);
        if lane % 7 == 6 {
            breaker.succeeded(32);
        }
    }
    assert!(!breaker.is_open());
}

#[test]
fn any_other_answer_proves_life() {
    let now = Instant::now();
    let mut breaker = opened(now);
    breaker.failed(1, Kind::Refused, now);
    assert!(!breaker.is_open());
    assert_eq!(breaker.limit(32), 1);
}

#[test]
fn probes_wait_longer_each_time_up_to_a_bound() {
    let now = Instant::now();
    let mut breaker = opened(now);
    let mut pauses = Vec::new();
    for _ in 0..7 {
        pauses.push(breaker.probe_at().expect("a probe is due").duration_since(now).as_secs());
        breaker.probe_started();
        assert_eq!(breaker.probe_at(), None, "one probe at a time");
        breaker.probe_failed(now, |pause| pause);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
}

#[test]
fn word_of_life_brings_the_next_probe_forward_but_not_on_the_heels_of_the_last() {
    let now = Instant::now();
    let mut breaker = opened(now);
    for _ in 0..5 {
        breaker.probe_failed(now, |pause| pause);
    }
    assert_eq!(breaker.probe_at(), Some(now + Duration::from_secs(30)));
    breaker.hear_of_life(now, |spread| spread / 2);
    assert_eq!(breaker.probe_at(), Some(now + FIRST_PAUSE + SPREAD / 2));
    let later = now + Duration::from_millis(1_050);
    breaker.hear_of_life(later, |spread| spread);
    assert_eq!(breaker.probe_at(), Some(now + FIRST_PAUSE + SPREAD / 2), "never later than it was due");
    breaker.probe_failed(later, |pause| pause);
    breaker.hear_of_life(later + Duration::from_secs(5), |_| Duration::ZERO);
    assert_eq!(breaker.probe_at(), Some(later + Duration::from_secs(5)));
    let mut closed = Breaker::new();
    closed.hear_of_life(now, |spread| spread);
    assert!(!closed.is_open());
}

#[test]
fn after_it_closed_speed_grows_by_each_success() {
    let mut breaker = opened(Instant::now());
    assert!(breaker.succeeded(4));
    assert_eq!(breaker.limit(4), 2);
    assert!(!breaker.succeeded(4));
    assert_eq!(breaker.limit(4), 3);
    breaker.succeeded(4);
    assert!(!breaker.is_ramping());
    assert_eq!(breaker.limit(4), 4);
}

#[test]
fn who_cannot_be_reached_fails_from_the_first_time_if_it_was_never_reached() {
    let now = Instant::now();
    let mut breaker = Breaker::new();
    assert_eq!(breaker.fails(false), None, "nothing was sent");
    breaker.failed(1, Kind::Unreached, now);
    assert_eq!(breaker.fails(false), Some(FailingReason::NotAnswering));
    assert_eq!(breaker.fails(true), None, "it may be starting");
    breaker.failed(1, Kind::Unreached, now + Duration::from_secs(5));
    assert_eq!(breaker.fails(true), Some(FailingReason::NotAnswering));
    assert!(!breaker.is_open(), "said, and not acted upon: one lane cannot open it");
    breaker.failed(1, Kind::Refused, now + Duration::from_secs(6));
    assert_eq!(breaker.fails(true), None, "it was reached");
    breaker.succeeded(32);
    assert_eq!(breaker.fails(false), None);
}

#[test]
fn who_takes_nothing_fails_and_one_event_among_others_does_not() {
    let now = Instant::now();
    let at = |secs| now + Duration::from_secs(secs);
    let mut breaker = Breaker::new();
    breaker.failed(1, Kind::Refused, now);
    assert_eq!(breaker.fails(false), None, "that may be the event's own");
    breaker.failed(1, Kind::Refused, at(5));
    assert_eq!(breaker.fails(false), Some(FailingReason::RefusingAll), "and nothing was ever taken");
    assert_eq!(breaker.fails(true), None);
    breaker.failed(1, Kind::Overwhelmed, at(35));
    assert_eq!(breaker.fails(true), None, "that may be the event's own still");
    breaker.failed(1, Kind::Overwhelmed, at(155));
    assert_eq!(breaker.fails(true), Some(FailingReason::NotAnswering), "nothing for two minutes");
    for n in 0..100 {
        breaker.failed(1, Kind::Overwhelmed, at(160 + n));
        breaker.succeeded(32);
        assert_eq!(breaker.fails(true), None, "the others are taken");
    }
}

#[test]
fn what_was_set_aside_tells_whether_the_endpoint_is_there_and_no_more() {
    let now = Instant::now();
    let mut breaker = Breaker::new();
    for n in 0..10 {
        breaker.failed_again(1, Kind::Overwhelmed, now + Duration::from_secs(60 * n));
    }
    assert_eq!(breaker.fails(true), None, "its own fault, as before");
    breaker.failed_again(1, Kind::Unreached, now + Duration::from_secs(700));
    breaker.failed_again(2, Kind::Unreached, now + Duration::from_secs(705));
    assert_eq!(breaker.fails(true), Some(FailingReason::NotAnswering));
    breaker.failed_again(1, Kind::Overwhelmed, now + Duration::from_secs(710));
    assert_eq!(breaker.fails(true), None);
}
