//! The rules one by one, in a time that only moves when told.

use std::time::Duration;

mod bench;
mod lanes;
mod large;
mod pace;

use super::*;
use crate::delivery::subscription::tests::revision;
use crate::domain::webhook::Concurrency;
use crate::domain::{AttemptOrigin, HeldReason, HeldState};
use crate::net::ErrorKind;
use crate::store::AttemptRow;
use bench::{A, B, Bench, bench};

#[test]
fn the_next_of_a_lane_starts_on_the_answer_and_lanes_are_concurrent() {
    let mut bench = bench();
    bench.append(&[A, A, B, None, None]);
    assert_eq!(bench.under_way(), [1, 3, 4, 5]);
    bench.answer(1, 200);
    assert_eq!(bench.under_way(), [2, 3, 4, 5]);
}

#[test]
fn without_order_every_event_is_its_own_lane() {
    let mut bench = Bench::new(|settings, _| settings.ordered = false);
    bench.append(&[A, A, A]);
    assert_eq!(bench.under_way(), [1, 2, 3]);
}

#[test]
fn the_cursor_stands_before_the_first_unsettled_event() {
    let mut bench = bench();
    bench.append(&[None, None, None]);
    bench.answer(2, 200);
    bench.answer(3, 204);
    assert_eq!(bench.cursor, Seq::ZERO);
    bench.answer(1, 200);
    assert_eq!(bench.cursor, Seq(3));
}

#[test]
fn an_event_is_set_aside_only_when_a_later_request_has_succeeded() {
    let mut bench = bench();
    bench.append(&[A, A, B]);
    bench.answer(1, 500);
    bench.answer(3, 200);
    assert_eq!(bench.state(1), None, "3 had been sent before 1 was known to fail");
    bench.append(&[B]);
    bench.answer(4, 200);
    assert_eq!(bench.state(1), Some((HeldState::Retrying, HeldReason::Failed)));
    assert_eq!(bench.state(2), Some((HeldState::Waiting, HeldReason::LaneBusy)));
    assert_eq!(bench.cursor, Seq(4));
    bench.append(&[A]);
    assert_eq!(bench.state(5), Some((HeldState::Waiting, HeldReason::LaneBusy)));
    bench.pass(Duration::from_secs(6));
    assert_eq!(bench.under_way(), [1]);
    bench.answer(1, 200);
    bench.answer(2, 200);
    bench.answer(5, 200);
    assert!(bench.held.is_empty());
}

#[test]
fn followers_get_one_first_try_each_after_the_wait_until_one_succeeds() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(1, 500);
    bench.answer(2, 200);
    bench.append(&[A, A, A, A, B]);
    // 1, 3 and 4 never succeed; 5 does.
    bench.answer_all(|seq| if [1, 3, 4].contains(&seq) { 500 } else { 200 }, 20);
    for seq in [1, 3, 4] {
        assert_eq!(bench.state(seq).map(|(state, _)| state), Some(HeldState::Alone), "{seq}");
    }
    assert_eq!((bench.state(5), bench.state(6)), (None, None));
    let first_tries = |seq: i64| bench.attempts.iter().find(|row| row.seq.0 == seq).expect("tried").at;
    assert_eq!(first_tries(3), first_tries(4), "without a wait between them");
    bench.answer_all(|seq| if [1, 3, 4].contains(&seq) { 500 } else { 200 }, 60 * 60);
    for seq in [1, 3, 4] {
        assert_eq!(bench.state(seq), Some((HeldState::Dead, HeldReason::Exhausted)), "{seq}");
    }
    assert_eq!(bench.attempts.iter().filter(|row| row.seq == Seq(1)).count(), 10);
}

#[test]
fn a_refused_event_dies_after_its_fast_retries() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(1, 422);
    bench.answer(2, 200);
    bench.append(&[B]);
    bench.answer_all(|seq| if seq == 1 { 422 } else { 200 }, 20);
    assert_eq!(bench.state(1), Some((HeldState::Dead, HeldReason::Rejected)));
    assert_eq!(bench.attempts.iter().filter(|row| row.seq == Seq(1)).count(), 5);
}

#[test]
fn retry_after_slows_the_whole_webhook() {
    let mut bench = bench();
    bench.append(&[None]);
    bench.answer_with(1, Ok(429), Some(Duration::from_mins(1)));
    bench.append(&[None, None]);
    assert!(bench.under_way().is_empty());
    assert_eq!(bench.courier.health(true, bench.now.at), Health::Slow { reason: SlowReason::AskedToWait });
    bench.pass(Duration::from_secs(59));
    assert!(bench.under_way().is_empty());
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.under_way().len(), 1, "speed is regained step by step");
}

/// A key that is in the hidden part of the address, in the bearer or in a header changes who asks.
#[test]
fn with_other_credentials_what_was_answered_no_longer_counts() {
    let mut bench = bench();
    bench.append(&[None, None]);
    bench.answer(1, 410);
    bench.answer_with(2, Ok(429), Some(Duration::from_hours(12)));
    bench.append(&[None, None]);
    bench.pass(Duration::from_secs(30));
    assert!(bench.under_way().is_empty());
    bench.courier.command(Command::OtherCredentials, bench.now);
    bench.act();
    assert!(bench.under_way().contains(&3), "{:?}", bench.under_way());
    bench.answer(3, 410);
    assert_eq!(bench.paused, None, "the first 410 of these");
}

#[test]
fn a_second_event_answered_410_pauses_the_webhook() {
    let mut bench = bench();
    bench.append(&[None, None, None]);
    bench.answer(1, 410);
    assert_eq!(bench.paused, None);
    bench.answer(2, 410);
    assert_eq!(bench.paused, Some(PauseReason::Gone));
    bench.append(&[None]);
    bench.pass(Duration::from_hours(1));
    assert_eq!(bench.under_way(), [3], "what was under way ends, nothing new starts");
    bench.courier.command(Command::Resume, bench.now);
    bench.act();
    bench.answer(3, 200);
    assert!(!bench.under_way().is_empty());
}

#[test]
fn a_dead_endpoint_is_probed_and_resumes_in_order_uncharged() {
    let mut bench = bench();
    let refused = Err(Fault::Net(ErrorKind::ConnectRefused));
    let lanes: Vec<String> = (0..10).map(|n| format!("lane-{n}")).collect();
    let lanes: Vec<Option<&str>> = lanes.iter().map(|lane| Some(lane.as_str())).collect();
    bench.append(&lanes);
    bench.append(&lanes);
    for seq in 1..=10 {
        bench.answer_with(seq, refused, None);
    }
    assert_eq!(bench.courier.health(true, bench.now.at).as_str(), "failing");
    let mut probes = 0;
    for _ in 0..3_600 {
        bench.pass(Duration::from_secs(1));
        assert!(bench.sent.len() <= 1, "one probe at a time");
        if let Some(seq) = bench.under_way().first().copied() {
            probes += 1;
            bench.answer_with(seq, refused, None);
        }
    }
    assert!((100..=150).contains(&probes), "{probes} probes in an hour");
    assert!(bench.held.is_empty() && bench.cursor == Seq::ZERO, "an outage costs no rows");
    let before = bench.attempts.len();
    bench.answer_all(|_| 200, 2);
    assert_eq!(bench.cursor, Seq(20));
    let delivered: Vec<&AttemptRow> = bench.attempts[before..].iter().collect();
    for lane in 1..=10 {
        let of_lane: Vec<i64> =
            delivered.iter().map(|row| row.seq.0).filter(|seq| (seq - lane) % 10 == 0).collect();
        assert_eq!(of_lane, [lane, lane + 10]);
    }
}

#[test]
fn a_person_has_what_failed_tried_at_once_and_no_oftener_than_each_second() {
    let refused = Err(Fault::Net(ErrorKind::ConnectRefused));
    let mut bench = bench();
    bench.append(&[Some("lane")]);
    for _ in 0..3 {
        bench.answer_with(1, refused, None);
        bench.courier.command(Command::TryNow, bench.now);
        bench.act();
        assert_eq!(bench.under_way(), [1], "its pause is over");
    }

    let mut bench = self::bench();
    let lanes: Vec<String> = (0..10).map(|n| format!("lane-{n}")).collect();
    let lanes: Vec<Option<&str>> = lanes.iter().map(|lane| Some(lane.as_str())).collect();
    bench.append(&lanes);
    for seq in 1..=10 {
        bench.answer_with(seq, refused, None);
    }
    for _ in 0..120 {
        bench.pass(Duration::from_secs(1));
        if let Some(seq) = bench.under_way().first().copied() {
            bench.answer_with(seq, refused, None);
        }
    }
    assert!(bench.under_way().is_empty(), "its next probe is half a minute away");
    bench.pass(Duration::from_secs(2));
    let mut asked = 0;
    for _ in 0..20 {
        bench.courier.command(Command::TryNow, bench.now);
        bench.act();
        if let Some(seq) = bench.under_way().first().copied() {
            asked += 1;
            bench.answer_with(seq, refused, None);
        }
        bench.pass(Duration::from_millis(100));
    }
    assert!((2..=3).contains(&asked), "{asked} probes in two seconds");
}

#[test]
fn a_full_held_set_crowds_out_the_most_tried() {
    let mut bench = Bench::new(|_, bounds| bounds.held_rows = 4);
    for n in 0..8 {
        bench.append(&[None, None]);
        bench.answer(2 * n + 1, 500);
        bench.answer(2 * n + 2, 200);
    }
    bench.append(&[None]);
    bench.answer(17, 200);
    let dead = bench.held.values().filter(|row| row.state == HeldState::Dead);
    assert!(dead.clone().all(|row| row.reason == HeldReason::CrowdedOut));
    assert_eq!(dead.count(), 4);
    assert_eq!(bench.courier.held_len(), 4);
    assert_eq!(bench.cursor, Seq(17));
}

#[test]
fn the_window_is_bounded_and_one_event_always_fits() {
    let mut bench = Bench::new(|settings, bounds| {
        settings.concurrency = Concurrency::of::<1>();
        bounds.window_items = 8;
        bounds.window_bytes = 300;
    });
    bench.append(&[None; 40]);
    assert!(bench.courier.window.unsettled() <= 8);
    for seq in 1..=40 {
        bench.answer(seq, 200);
    }
    assert_eq!(bench.cursor, Seq(40));
}

#[test]
fn a_long_lane_spills_over_into_held_and_keeps_its_order() {
    let mut bench = Bench::new(|_, bounds| bounds.lane_items = 4);
    bench.append(&[A; 10]);
    assert_eq!(bench.courier.held_len(), 6);
    for seq in 1..=10 {
        assert_eq!(bench.under_way(), [seq]);
        bench.answer(seq, 200);
    }
    assert!(bench.held.is_empty());
    assert_eq!(bench.cursor, Seq(10));
}

#[test]
fn a_long_lane_makes_reading_wait_when_there_is_no_memory_for_more() {
    let mut bench = Bench::new(|_, bounds| bounds.lane_items = 4);
    bench.courier.room(Room { aside: false, ..Room::ALL });
    bench.append(&[A; 10]);
    assert_eq!((bench.courier.held_len(), bench.courier.bytes_aside()), (0, 0));
    for seq in 1..=10 {
        assert_eq!(bench.under_way(), [seq]);
        bench.answer(seq, 200);
    }
    assert_eq!(bench.cursor, Seq(10));
}

#[test]
fn what_waits_behind_a_dead_endpoint_takes_no_more_memory_than_there_is() {
    let mut bench = Bench::new(|_, bounds| bounds.lane_items = 4);
    bench.append(&[A; 10]);
    bench.answer(1, 500);
    assert_eq!(bench.courier.held_len(), 6);
    bench.courier.room(Room { aside: false, ..Room::ALL });
    bench.append(&[A; 10]);
    assert_eq!(bench.courier.held_len(), 6, "nothing succeeds: reading waits");
    bench.pass(Duration::from_secs(10));
    bench.answer(1, 200);
    assert!(bench.courier.held_len() > 6, "it lives: what fails may not keep others waiting");
    bench.answer_all(|_| 200, 60);
    assert_eq!((bench.cursor, bench.held.len()), (Seq(20), 0));
}

#[test]
fn a_replay_waits_for_the_lane_and_skips_what_is_held() {
    let mut bench = bench();
    bench.append(&[A, B, A]);
    bench.answer(2, 200);
    bench.answer(1, 500);
    bench.append(&[B]);
    bench.answer(4, 200);
    assert_eq!(bench.state(1).map(|(state, _)| state), Some(HeldState::Retrying));
    bench.append(&[B]);
    let job = ReplayJob {
        id: 3,
        from: Seq(1),
        to: Seq(4),
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
    assert_eq!(bench.under_way(), [5], "the lane of 2 and 4 has a live request under way");
    bench.answer(5, 200);
    assert_eq!(bench.under_way(), [2]);
    bench.answer(2, 200);
    bench.answer(4, 200);
    let skipped: i32 = bench.replay.iter().map(|progress| progress.skipped).sum();
    let delivered: i32 = bench.replay.iter().map(|progress| progress.delivered).sum();
    assert_eq!((delivered, skipped), (2, 2));
    assert!(bench.replay.iter().any(|progress| progress.done));
}

#[test]
fn a_dead_event_is_sent_again_by_hand() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(1, 422);
    bench.answer(2, 200);
    bench.append(&[B]);
    bench.answer_all(|seq| if seq == 1 { 422 } else { 200 }, 20);
    bench.courier.command(Command::Resend(vec![Seq(1)]), bench.now);
    bench.act();
    assert_eq!(bench.under_way(), [1]);
    bench.answer(1, 200);
    assert!(bench.held.is_empty());
    assert_eq!(bench.attempts.last().map(|row| row.origin), Some(AttemptOrigin::Resend));
}

#[test]
fn a_revision_known_late_still_decides_from_its_seq() {
    let mut bench = bench();
    bench.append(&[A]);
    bench.answer(1, 200);
    bench.courier.command(Command::Revision(revision(2, 2, &["nothing"])), bench.now);
    bench.append(&[A, A, A]);
    assert_eq!(bench.cursor, Seq(4));
    // Holds from 3, and is heard of only now that everything is read.
    bench.courier.command(Command::Revision(revision(3, 3, &["*"])), bench.now);
    bench.act();
    assert_eq!(bench.under_way(), [3, 4]);
    assert!(bench.state(2).is_none());
}
