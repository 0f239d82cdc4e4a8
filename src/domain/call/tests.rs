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

pub(super) fn event(seq: i64, name: &str) -> Event {
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
    let left = Said { agent: Some(Speaks::Left(agent("7"))), ..said(3, CallState::Waiting) };
    let rings = Said { agent: Some(Speaks::Rings(agent("8"))), state: None, ..said(4, CallState::Waiting) };
    let call = call(&[talks, left, rings]);
    assert_eq!((call.agent, call.with_agent), (Some(agent("7")), WithAgent::Ringing));
}

#[test]
fn who_has_rung_in_vain_does_not_ring_when_that_is_heard_late() {
    let speaks = |at, speaks| Said { agent: Some(speaks), state: None, ..said(at, CallState::Waiting) };
    let told = [speaks(4, Speaks::RangInVain), speaks(3, Speaks::Rings(agent("7")))];
    let call = call(&told);
    assert_eq!((call.agent.clone(), call.with_agent), (Some(agent("7")), WithAgent::Nothing));
}

#[test]
fn the_list_of_events_ends_and_their_number_goes_on() {
    let statements = vec![said(1, CallState::New); Call::MOST_EVENTS + 3];
    let call = call(&statements);
    assert_eq!((call.events.len(), call.events_total as usize), (Call::MOST_EVENTS, Call::MOST_EVENTS + 3));
}

#[test]
fn who_leaves_had_talked() {
    let left = Said { agent: Some(Speaks::Left(agent("7"))), state: None, ..said(3, CallState::Ongoing) };
    let call = call(&[said(1, CallState::New), left, said(4, CallState::Finished)]);
    assert_eq!((call.agent.clone(), call.outcome), (Some(agent("7")), Some(Outcome::Answered)));
    assert_eq!(call.times.answered, None, "nothing says when");
}

#[test]
fn who_leaves_a_call_that_another_has_taken_over_changes_nothing() {
    let speaks = |at, speaks| Said { agent: Some(speaks), rank: 5, ..said(at, CallState::Ongoing) };
    let told = [
        speaks(1, Speaks::Talks(agent("7"))),
        speaks(5, Speaks::Talks(agent("8"))),
        Said { rank: 7, ..speaks(5, Speaks::Left(agent("7"))) },
    ];
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1], [1, 0, 2], [1, 2, 0]] {
        let call = call(&order.map(|at: usize| told[at].clone()));
        assert_eq!((call.agent, call.with_agent), (Some(agent("8")), WithAgent::Talking), "{order:?}");
    }
}

#[test]
fn of_an_agent_the_rest_is_learnt_later() {
    let full = Agent { name: Some("Ana".into()), extension: Some("1007".into()), ..agent("7") };
    let named = Said { agent: Some(Speaks::Talks(full.clone())), ..said(2, CallState::Ongoing) };
    let bare = Said { agent: Some(Speaks::Left(agent("7"))), ..said(3, CallState::Finished) };
    assert_eq!(call(&[named.clone(), bare.clone()]).agent, Some(full.clone()));
    assert_eq!(call(&[bare, named]).agent, Some(full));
}

#[test]
fn a_call_begins_when_it_is_said_to() {
    let history = Said { new_at: Some(Timestamp(SECOND)), ..said(9, CallState::Finished) };
    let call = call(&[history, said(3, CallState::Ongoing)]);
    assert_eq!(call.times.new, Some(Timestamp(SECOND)));
}

#[test]
fn what_comes_late_shortens_no_wait() {
    let waits = |at, seconds| Said {
        silent_for: Some((std::time::Duration::from_secs(seconds), None)),
        ..said(at, CallState::Ringing)
    };
    let told = [waits(1, 90), waits(3, 3600), waits(2, 90), Said { silent_for: None, ..waits(4, 0) }];
    assert_eq!(call(&told).due.map(|due| due.at), Some(Timestamp(3602 * SECOND)));
}

/// A state and whether it is said, what an agent does and which, how long before somebody answered, and what else.
type Spoken = (usize, bool, u8, u8, Option<i64>, u8);

/// What a statement may say, one moment for each place.
fn statements() -> impl proptest::strategy::Strategy<Value = Vec<Said>> {
    use proptest::prelude::*;
    let one = (0..6_usize, any::<bool>(), 0..5_u8, 0..3_u8, proptest::option::of(0..3_i64), 0..4_u8);
    proptest::collection::vec(one, 1..8).prop_map(|all| {
        let of = |(at, (state, says_state, speaks, who, answered, outcome)): (i64, Spoken)| {
            let agent = agent(&who.to_string());
            let agent = match speaks {
                0 => Some(Speaks::Rings(agent)),
                1 => Some(Speaks::RangInVain),
                2 => Some(Speaks::Talks(agent)),
                3 => Some(Speaks::Left(agent)),
                _ => None,
            };
            let state = CallState::ALL[state];
            Said {
                state: says_state.then_some(state),
                agent,
                answered_at: answered.map(|by| Timestamp((at + by) * SECOND)),
                outcome: (outcome == 0).then_some(Outcome::Abandoned),
                queue: (outcome == 1).then(|| Key::from(format!("{at}"))),
                pressed: (outcome == 2).then(|| Key::from(format!("*{who}"))),
                direction: Some(Direction::Outbound),
                ..said(at, state)
            }
        };
        (1..).zip(all).map(of).collect()
    })
}

/// By our clock, which may be ahead of the provider's: what follows is neither late nor out of place.
#[test]
fn what_this_side_notes_is_listed_and_changes_nothing() {
    let noted = |at| Said { aside: true, ..Said::of(Which::Id("1".into()), Timestamp(at * SECOND)) };
    let told = [said(1, CallState::New), said(2, CallState::Standby), said(3, CallState::Waiting)];
    let beside = [told[0].clone(), told[1].clone(), noted(900), told[2].clone(), noted(901)];
    let (alone, with) = (call(&told), call(&beside));
    let known = |call: &Call| (call.state, call.times, call.last_event.clone(), call.clocks);
    assert_eq!(known(&alone), known(&with));
    assert_eq!((warnings(&with), with.events.len(), with.events_total), (vec![], 5, 5));
    let silent_for = Some((std::time::Duration::from_hours(4), None));
    let only = call(&[Said { silent_for, ..noted(1) }]);
    assert_eq!((warnings(&only), &*only.last_event), (vec!["gap"], "event-1"));
    assert!(!only.is_open(Timestamp(100_000 * SECOND)), "it does not go on for ever");
}

/// Somebody who leans on the keys fills no row.
#[test]
fn of_many_keys_the_latest_are_kept() {
    let pressed =
        |at: i64| Said { pressed: Some(Key::from(format!("*{at}"))), ..said(at, CallState::Ongoing) };
    let all: Vec<Said> = (1..=50).rev().map(pressed).collect();
    let call = call(&all);
    assert_eq!(call.pressed.len(), Call::MOST_PRESSED);
    let ends = [call.pressed.first(), call.pressed.last()].map(|one| one.map(|one| &*one.keys));
    assert_eq!(ends, [Some("*31"), Some("*50")]);
}

proptest::proptest! {
    #[test]
    fn in_whatever_order_it_is_told_it_is_the_same_call(
        (told, order) in proptest::strategy::Strategy::prop_flat_map(statements(), |told| {
            let order = proptest::strategy::Strategy::prop_shuffle(proptest::strategy::Just(told.clone()));
            (proptest::strategy::Just(told), order)
        })
    ) {
        let essence = |call: Call| {
            let agent = call.agent.map(|agent| agent.id);
            (call.state, call.outcome, agent, call.queue, call.times, call.last_event, call.pressed)
        };
        let twice: Vec<Said> = order.iter().chain(&order).cloned().collect();
        let right = essence(call(&told));
        proptest::prop_assert_eq!(&essence(call(&order)), &right);
        proptest::prop_assert_eq!(&essence(call(&twice)), &right, "each told twice");
    }
}
