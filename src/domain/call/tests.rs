use super::*;
use crate::domain::{Event, EventFlags, Keys, Pattern, Provider};

/// A provider of whom every statement is made by hand.
struct Model;

impl CallModel for Model {
    fn wants(&self) -> Vec<Pattern> {
        vec![Pattern::All]
    }

    fn read(&self, _: &Event) -> Option<Said> {
        None
    }
}

const SECOND: i64 = 1_000_000;

fn event(seq: i64, name: &str) -> Event {
    Event {
        company: crate::domain::CompanyId(1),
        seq: Seq(seq),
        source: SourceId(1),
        provider: Provider::new("some"),
        session: None,
        name: name.into(),
        lane: None,
        received_at: Timestamp(seq * SECOND),
        payload: bytes::Bytes::from_static(b"{}"),
        keys: Keys::default(),
        flags: EventFlags::default(),
        extra: None,
    }
}

fn said(at: i64, state: CallState) -> Said {
    Said { state: Some(state), rank: state as u8, ..Said::of(Which::Id("1".into()), Timestamp(at * SECOND)) }
}

/// The call of which this was said, in this order.
fn call(statements: &[Said]) -> Call {
    let mut call = Call::new(&event(1, ""), "1".into());
    for (seq, said) in (1..).zip(statements) {
        call.hear(&event(seq, &format!("event-{}", said.at.0 / SECOND)), said, &Model);
    }
    call
}

fn warnings(call: &Call) -> Vec<&'static str> {
    call.warnings.iter().map(Warning::as_str).collect()
}

fn agent(id: &str) -> Agent {
    Agent { id: id.to_owned(), ..Agent::default() }
}

#[test]
fn a_call_goes_from_its_beginning_to_its_end() {
    let talks = Said { agent: Some(Speaks::Talks(agent("7"))), ..said(4, CallState::Ongoing) };
    let waits = Said { queue: Some("900".into()), ..said(2, CallState::Waiting) };
    let call = call(&[said(1, CallState::New), waits, talks, said(9, CallState::Finished)]);
    assert_eq!((call.state, call.outcome), (CallState::Finished, Some(Outcome::Answered)));
    let times = Times {
        new: Some(Timestamp(SECOND)),
        answered: Some(Timestamp(4 * SECOND)),
        ended: Some(Timestamp(9 * SECOND)),
        ringing: None,
    };
    assert_eq!(call.times, times);
    assert_eq!((call.agent, call.with_agent), (Some(agent("7")), WithAgent::Nothing));
    assert_eq!((call.queue.as_deref(), call.events.len(), &*call.last_event), (Some("900"), 4, "event-9"));
    assert_eq!(call.warnings, Warnings::default());
}

#[test]
fn a_call_that_has_ended_stays_so_and_still_learns() {
    let new = Said { their_number: Some("11".into()), ..said(1, CallState::New) };
    let talks = Said { agent: Some(Speaks::Talks(agent("7"))), ..said(4, CallState::Ongoing) };
    let call = call(&[said(9, CallState::Finished), talks, new]);
    assert_eq!((call.state, call.outcome), (CallState::Finished, Some(Outcome::Answered)));
    assert_eq!((call.times.new, call.their_number.as_deref()), (Some(Timestamp(SECOND)), Some("11")));
    assert_eq!((call.agent.clone(), &*call.last_event), (Some(agent("7")), "event-9"));
    assert_eq!(warnings(&call), ["gap", "late"]);
}

#[test]
fn what_comes_late_brings_no_state() {
    let call = call(&[said(1, CallState::New), said(4, CallState::Ongoing), said(3, CallState::Waiting)]);
    assert_eq!((call.state, warnings(&call)), (CallState::Ongoing, vec!["late"]));
}

#[test]
fn of_the_same_moment_the_later_in_a_calls_life_is_later() {
    let call = call(&[said(1, CallState::Ongoing), said(1, CallState::New)]);
    assert_eq!((call.state, warnings(&call)), (CallState::Ongoing, vec!["gap", "late"]));
}

#[test]
fn what_does_not_follow_is_taken_and_noted() {
    let call = call(&[said(1, CallState::New), said(2, CallState::Ongoing), said(3, CallState::Standby)]);
    assert_eq!((call.state, warnings(&call)), (CallState::Standby, vec!["unexpected"]));
    let ended =
        self::call(&[said(1, CallState::New), said(2, CallState::Finished), said(3, CallState::Ongoing)]);
    assert_eq!((ended.state, warnings(&ended)), (CallState::Finished, vec!["unexpected"]));
}

#[test]
fn what_nobody_answered_was_missed_or_not_answered_there() {
    let of = |direction| {
        let new = Said { direction, ..said(1, CallState::New) };
        call(&[new, said(2, CallState::Finished)]).outcome
    };
    assert_eq!(of(Some(Direction::Inbound)), Some(Outcome::Missed));
    assert_eq!(of(None), Some(Outcome::Missed));
    assert_eq!(of(Some(Direction::Outbound)), Some(Outcome::NotAnswered));
    let gone = Said { outcome: Some(Outcome::Abandoned), ..said(2, CallState::Waiting) };
    assert_eq!(call(&[gone, said(3, CallState::Finished)]).outcome, Some(Outcome::Abandoned));
}

#[test]
fn a_call_of_which_nothing_more_is_heard_is_over_in_time() {
    let silence = Some((std::time::Duration::from_secs(90), Some(Outcome::Missed)));
    let rings = call(&[Said { silent_for: silence, ..said(1, CallState::Ringing) }]);
    let (before, after) = (Timestamp(90 * SECOND), Timestamp(91 * SECOND));
    assert_eq!((rings.state_at(before), rings.outcome_at(before)), (CallState::Ringing, None));
    assert_eq!(
        (rings.state_at(after), rings.outcome_at(after)),
        (CallState::Finished, Some(Outcome::Missed))
    );
    let spoken = call(&[
        Said { silent_for: silence, ..said(1, CallState::Ringing) },
        Said { answered_at: Some(Timestamp(20 * SECOND)), ..said(300, CallState::Finished) },
    ]);
    assert_eq!((spoken.due, spoken.outcome_at(after)), (None, Some(Outcome::Answered)));
}

#[test]
fn who_rings_after_somebody_has_talked_takes_nobodys_place() {
    let talks = Said { agent: Some(Speaks::Talks(agent("7"))), ..said(2, CallState::Ongoing) };
    let left = Said { agent: Some(Speaks::Left), ..said(3, CallState::Waiting) };
    let rings = Said { agent: Some(Speaks::Rings(agent("8"))), state: None, ..said(4, CallState::Waiting) };
    let call = call(&[talks, left, rings]);
    assert_eq!((call.agent, call.with_agent), (Some(agent("7")), WithAgent::Ringing));
}

#[test]
fn the_list_of_events_ends_and_their_number_goes_on() {
    let statements = vec![said(1, CallState::New); Call::MOST_EVENTS + 3];
    let call = call(&statements);
    assert_eq!((call.events.len(), call.events_total as usize), (Call::MOST_EVENTS, Call::MOST_EVENTS + 3));
}
