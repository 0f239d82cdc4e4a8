use super::*;
use crate::domain::agent::Presence;
use crate::domain::call::{Agent, Due, Moment, Outcome};
use crate::domain::{CompanyId, Event, EventFlags, Keys, Seq, SourceId};
use crate::sources::Definition;

const THREECPLUS: Provider = Provider::new("threecplus");
const TERAVOZ: Provider = Provider::new("teravoz");
const TELLICON: Provider = Provider::new("tellicon");
const LATE: Duration = Duration::from_mins(1);

fn at(second: i64) -> Timestamp {
    Timestamp((1_700_000_000 + second) * 1_000_000)
}

/// A call that was heard of in the second of its seq, and is in this state since then by both clocks.
fn call(provider: Provider, seq: i64, state: CallState) -> StoredCall {
    let event = Event {
        company: CompanyId(1),
        seq: Seq(seq),
        source: SourceId(1),
        provider,
        session: None,
        name: "call".into(),
        lane: None,
        received_at: at(seq),
        payload: bytes::Bytes::from_static(b"{}"),
        keys: Keys::default(),
        flags: EventFlags::default(),
        extra: None,
    };
    let mut call = Call::new(&event, Key::from(format!("{seq}")));
    (call.state, call.clocks.state) = (state, Moment(at(seq), 0));
    (call.events, call.their_number) = (vec![Seq(seq)], Some(Key::from(format!("1190000000{seq}"))));
    StoredCall { company: CompanyId(1), provider, call }
}

fn in_queue(queue: &str, stored: StoredCall) -> StoredCall {
    StoredCall { call: Call { queue: Some(queue.into()), ..stored.call }, ..stored }
}

fn with(agent: &str, with_agent: WithAgent, mut stored: StoredCall) -> StoredCall {
    stored.call.agent = Some(Agent { id: agent.to_owned(), ..Agent::default() });
    (stored.call.with_agent, stored.call.clocks.with_agent) = (with_agent, Moment(stored.call.heard_at, 0));
    stored
}

fn out(mut stored: StoredCall) -> StoredCall {
    stored.call.direction = Some(Direction::Outbound);
    stored
}

#[test]
fn queues_say_who_waits_and_since_when() {
    use CallState::{New, Ongoing, Standby, Waiting};
    let mut over = in_queue("901", call(TERAVOZ, 1, Waiting));
    over.call.due = Some(Due { at: at(80), outcome: Some(Outcome::Missed) });
    let calls = [
        in_queue("900", call(TERAVOZ, 40, Waiting)),
        in_queue("900", call(TERAVOZ, 30, Waiting)),
        in_queue("900", call(TERAVOZ, 2, Ongoing)),
        in_queue("901", call(TERAVOZ, 70, Waiting)),
        out(in_queue("900", call(THREECPLUS, 5, New))),
        in_queue("900", call(TERAVOZ, 6, New)),
        call(TERAVOZ, 1, Waiting),
        call(TERAVOZ, 1, Standby),
        over,
    ];
    let today = ["900", "901", "sem ninguém"].map(str::to_owned);
    let told: Vec<_> = queues(&calls, &today, LATE, at(90))
        .into_iter()
        .map(|queue| {
            let waits = queue.longest.map(|longest| at(90).since(longest).as_secs());
            let provider = queue.provider.map(Provider::as_str);
            (
                queue.name.to_string(),
                provider,
                queue.waiting,
                waits,
                queue.is_late,
                queue.dialing,
                queue.talking,
            )
        })
        .collect();
    let queue = |name: &str, provider, waiting, waits, is_late, dialing, talking| {
        (name.to_owned(), provider, waiting, waits, is_late, dialing, talking)
    };
    assert_eq!(
        told,
        [
            queue("900", Some("teravoz"), 2, Some(60), true, 0, 1),
            queue("901", Some("teravoz"), 1, Some(20), false, 0, 0),
            queue("900", Some("threecplus"), 0, None, false, 1, 0),
            queue("sem ninguém", None, 0, None, false, 0, 0),
        ]
    );
}

/// A clock that is three hours behind, or ahead, makes nobody wait for three hours.
#[test]
fn nobody_waits_by_a_clock_that_is_wrong() {
    for wrong in [-10_800, 10_800] {
        let mut waits = in_queue("900", call(TERAVOZ, 10, CallState::Waiting));
        waits.call.clocks.state = Moment(at(10 + wrong), 0);
        waits.call.changed_at = at(15);
        let longest = queues(&[waits], &[], LATE, at(20))[0].longest.expect("somebody waits");
        assert!((at(10)..=at(15)).contains(&longest), "{wrong}");
    }
}

#[test]
fn agents_are_in_the_call_in_which_they_talk() {
    use WithAgent::{Nothing, Ringing, Talking};
    let mut over = with("zoe", Talking, call(TERAVOZ, 1, CallState::Ongoing));
    over.call.due = Some(Due { at: at(80), outcome: None });
    let calls = [
        with("bia", Ringing, call(TERAVOZ, 30, CallState::Waiting)),
        with("bia", Talking, call(TERAVOZ, 20, CallState::Ongoing)),
        with("Ana", Ringing, call(TERAVOZ, 40, CallState::Waiting)),
        out(with("caio", Ringing, call(THREECPLUS, 50, CallState::Ringing))),
        with("davi", Nothing, call(TERAVOZ, 10, CallState::Waiting)),
        over,
    ];
    let between = |id: &str, presence, detail: Option<&str>| AgentRow {
        source: SourceId(1),
        agent: Agent { id: id.to_owned(), name: None, extension: None },
        presence,
        detail: detail.map(Key::from),
        since: at(60),
        seq: Seq(60),
    };
    let rows = [
        between("bia", Presence::Idle, None),
        between("davi", Presence::Idle, None),
        between("Eva", Presence::Break, Some("Almoço")),
    ];
    let told: Vec<_> = agents(&calls, &rows, at(90))
        .into_iter()
        .map(|agent| (agent.name, agent.state, at(90).since(agent.since).as_secs()))
        .collect();
    let agent = |name: &str, state, since| (name.to_owned(), state, since);
    assert_eq!(
        told,
        [
            agent("Ana", AgentState::Ringing, 50),
            agent("bia", AgentState::Talking, 70),
            agent("caio", AgentState::Calling, 40),
            agent("davi", AgentState::Between(Presence::Idle), 30),
            agent("Eva", AgentState::Between(Presence::Break), 30),
        ]
    );
}

#[test]
fn doors_ring_until_they_are_over() {
    let door = |seq, state, unit: &str| {
        let mut stored = call(TELLICON, seq, state);
        stored.call.group = Some(Key::from(format!("505/2/{unit}/9001")));
        stored.call.due = Some(Due { at: at(seq + 90), outcome: Some(Outcome::Missed) });
        stored
    };
    let mut pressing = door(20, CallState::Ongoing, "12");
    let press = |second, keys: &str| crate::domain::call::Pressed { at: at(second), keys: keys.into() };
    pressing.call.pressed = vec![press(21, "*2"), press(9_000, "*4")];
    pressing.call.changed_at = at(25);
    let calls = [
        pressing.clone(),
        door(40, CallState::Ringing, "101"),
        door(30, CallState::Ringing, "102"),
        door(1, CallState::Ringing, "103"),
        call(TERAVOZ, 50, CallState::Ringing),
    ];
    let told: Vec<_> =
        doors(&calls, at(95)).into_iter().map(|it| (it.door.unit.to_string(), it.rings)).collect();
    assert_eq!(told, [("102".to_owned(), true), ("101".to_owned(), true), ("12".to_owned(), false)]);
    let of = sources::find(TELLICON).and_then(Definition::board).and_then(|board| board.door).expect("doors");
    let told: Vec<_> = pressed(&pressing, of).into_iter().map(|it| (it.keys.to_string(), it.at)).collect();
    assert_eq!(told, [("*2".to_owned(), at(21)), ("*4".to_owned(), at(25))]);
    assert!(pressed(&call(TELLICON, 1, CallState::Ringing), of).is_empty(), "where it is from is not known");
}

#[test]
fn calls_stand_in_their_columns_the_longest_first() {
    use CallState::{New, Ongoing, Ringing, Standby, Waiting};
    let of = |provider: Provider, calls: &[StoredCall]| {
        let board = sources::find(provider).and_then(Definition::board).expect("a board");
        group(board, provider, &calls.iter().collect::<Vec<_>>(), at(90))
    };
    let staged = |stage: &str, mut stored: StoredCall| {
        stored.call.stage = Some(stage.into());
        stored
    };
    let calls: Vec<_> = (1..=5).rev().map(|seq| staged("waiting", call(TERAVOZ, seq, Waiting))).collect();
    let others =
        [call(TERAVOZ, 6, New), staged("left", call(TERAVOZ, 7, Ongoing)), call(TERAVOZ, 8, Standby)];
    let told = of(TERAVOZ, &[calls, others.into()].concat());
    assert_eq!(told.columns.iter().map(|column| column.count).collect::<Vec<_>>(), [1, 1, 5, 1, 0]);
    assert_eq!(told.columns[2].calls.iter().map(|one| one.id.seq.0).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(told.stages.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 0, 5, 0, 0, 1, 0]);
    assert_eq!((told.open, told.stages[0].0, told.stages[6].0), (8, "call.new", "call.finished"));

    let mut answered = call(THREECPLUS, 2, Waiting);
    answered.call.direction = Some(Direction::Outbound);
    let dialer =
        [call(THREECPLUS, 1, New), answered, call(THREECPLUS, 3, Waiting), call(THREECPLUS, 4, Ringing)];
    let told = of(THREECPLUS, &dialer);
    assert_eq!(told.columns.iter().map(|column| column.count).collect::<Vec<_>>(), [1, 1, 1, 1, 0]);
    assert!(told.stages.is_empty());
}
