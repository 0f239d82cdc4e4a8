use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

const START: Timestamp = Timestamp(1_700_000_000_000_000);

/// As posts say it: call, type, the whole.
struct Told {
    call: String,
    kind: String,
    said: Value,
}

fn read(events: Vec<Event>) -> Vec<Told> {
    let told = |event: Event| {
        let body: Value = serde_json::from_str(&event.body).expect("JSON");
        let said = body.get("chamada").cloned().unwrap_or(body);
        let text = |field: &str| said[field].as_str().unwrap_or_default().to_owned();
        Told { call: text("call_id"), kind: text("type"), said }
    };
    events.into_iter().map(told).collect()
}

fn exchange(script: Script) -> Exchange {
    Exchange::new(script, START)
}

/// Lets the time go on in steps, and gives what was told.
fn live(exchange: &mut Exchange, from: u64, to: u64) -> Vec<Told> {
    let mut told = Vec::new();
    for second in from..to {
        exchange.advance(START.plus(Duration::from_secs(second)), usize::MAX);
        told.extend(read(exchange.take_told()));
    }
    told
}

fn automatic(calls: u64) -> Script {
    Script { calls_per_second: 2.0, calls: Some(calls), flat: 0.5, ..Script::default() }
}

fn by_call(told: &[Told]) -> BTreeMap<&str, Vec<&Told>> {
    let mut calls: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for one in told.iter().filter(|one| !one.call.is_empty()) {
        calls.entry(&one.call).or_default().push(one);
    }
    calls
}

/// The course of the seven, with what may come again.
fn may_follow(before: &str, kind: &str) -> bool {
    match kind {
        "call.standby" => before == "call.new",
        "call.waiting" => ["call.new", "call.standby", "call.waiting"].contains(&before),
        "actor.entered" => before == "call.waiting",
        "call.ongoing" => before == "actor.entered",
        "actor.left" => before == "call.ongoing",
        "call.finished" => ["call.standby", "call.waiting", "actor.left"].contains(&before),
        _ => false,
    }
}

#[test]
fn every_call_lives_in_order_and_ends() {
    let mut exchange = exchange(automatic(400));
    let told = live(&mut exchange, 0, 600);
    assert!(exchange.is_over(), "{:?}", exchange.open());
    let calls = by_call(&told);
    assert_eq!(calls.len(), 400);
    for (id, events) in &calls {
        assert_eq!(events[0].kind, "call.new", "{id}");
        let course: Vec<_> = events.iter().filter(|one| words::known(&one.kind).is_some()).collect();
        for pair in course.windows(2) {
            assert!(
                may_follow(&pair[0].kind, &pair[1].kind),
                "{id}: {} after {}",
                pair[1].kind,
                pair[0].kind
            );
        }
        assert_eq!(course.last().map(|one| &*one.kind), Some("call.finished"), "{id}");
        let times: Vec<_> = events.iter().map(|one| one.said["timestamp"].as_str()).collect();
        assert!(times.is_sorted(), "{id}: {times:?}");
    }
    let kinds: BTreeSet<_> = told.iter().map(|one| &*one.kind).collect();
    let all = [
        "actor.entered",
        "actor.left",
        "actor.logged-in",
        "actor.noanswer",
        "actor.paused",
        "actor.ringing",
        "actor.unpaused",
        "call.data-provided",
        "call.finished",
        "call.new",
        "call.ongoing",
        "call.overflow",
        "call.queue-abandon",
        "call.recording-available",
        "call.standby",
        "call.waiting",
    ];
    assert!(all.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
}

#[test]
fn people_call_again_and_are_in_one_call_at_a_time() {
    let mut exchange = exchange(Script { flat: 1.0, callers: 150, ..automatic(300) });
    let told = live(&mut exchange, 0, 600);
    let (mut calling, mut phones) = (BTreeSet::new(), BTreeSet::new());
    for one in &told {
        let phone = one.said["their_number"].as_str();
        match (&*one.kind, phone) {
            ("call.new", Some(phone)) => {
                phones.insert(phone);
                assert!(calling.insert(phone), "{phone} calls while it is in a call");
            }
            ("call.finished", Some(phone)) => drop(calling.remove(phone)),
            _ => {}
        }
    }
    assert!(phones.len() < 200, "{} phones made 300 calls", phones.len());
}

#[test]
fn the_same_seed_tells_the_same_story_however_often_the_clock_is_looked_at() {
    let story = |seed: u64, at_once: bool| {
        let mut exchange = exchange(Script { seed, ..automatic(50) });
        // The clock of arrivals is held up by nothing here: it is looked at within a second, or all at once and late.
        let mut told = Vec::new();
        for tenth in (1..=4_000u64).filter(|tenth| !at_once || tenth % 5 == 0) {
            exchange.advance(START.plus(Duration::from_millis(tenth * 100)), usize::MAX);
            told.extend(exchange.take_told().into_iter().map(|event| event.body));
        }
        told
    };
    assert_eq!(story(7, false), story(7, true));
    assert_ne!(story(7, false), story(8, false));
}

fn standing(exchange: &mut Exchange) -> String {
    let told = live(exchange, 0, 3);
    told.iter().find(|one| one.kind == "call.standby").expect("a call stands by").call.clone()
}

fn waits_in(told: &[Told], call: &str) -> Option<String> {
    let waiting = told.iter().find(|one| one.call == call && one.kind == "call.waiting");
    waiting.map(|one| one.said["queue"].as_str().expect("a queue").to_owned())
}

/// Nothing else than the decision moves a call on before the ten seconds are over.
#[test]
fn a_decision_counts_until_the_exchange_has_decided_itself() {
    let script = Script { calls_per_second: 5.0, flat: 1.0, ..Script::default() };
    let mut decided = exchange(script.clone());
    let call = standing(&mut decided);
    let soon = START.plus(Duration::from_secs(3));
    assert_eq!(decided.delegate(&call, "777", soon), Ok(()));
    assert_eq!(waits_in(&read(decided.take_told()), &call), Some("777".to_owned()));
    assert_eq!(decided.delegate(&call, "777", soon), Ok(()), "a decision that is sent again is no other");
    assert_eq!(decided.delegate(&call, "778", soon), Err(Refusal::NotStanding("call.waiting")));
    assert_eq!(read(decided.take_told()).len(), 0);
    assert_eq!(decided.delegate("nobody", "900", soon), Err(Refusal::UnknownCall));
    assert_eq!(decided.put_anywhere(&call, "call.finished", soon), Err(Refusal::DrivesItself));

    let mut undecided = exchange(script);
    assert_eq!(standing(&mut undecided), call, "the same seed");
    assert_eq!(waits_in(&live(&mut undecided, 3, 10), &call), None);
    let told = live(&mut undecided, 10, 15);
    assert!(
        waits_in(&told, &call).is_some_and(|queue| ["900", "901"].contains(&&*queue)),
        "after ten seconds"
    );
    let late = START.plus(Duration::from_secs(15));
    assert!(matches!(undecided.delegate(&call, "777", late), Err(Refusal::NotStanding(_))));
    live(&mut undecided, 15, 300);
    let late = START.plus(Duration::from_mins(5));
    assert_eq!(undecided.delegate(&call, "777", late), Err(Refusal::NotStanding("call.finished")));
}

#[test]
fn everything_goes_faster_as_told() {
    let ends = |speed: f64| {
        let mut exchange = exchange(Script { speed, calls_per_second: 1_000.0, ..automatic(20) });
        (1..1_000).find(|second| {
            exchange.advance(START.plus(Duration::from_secs(*second)), usize::MAX);
            exchange.is_over()
        })
    };
    assert!(ends(1.0).is_some_and(|second| second > 30) && ends(100.0).is_some_and(|second| second <= 2));
}

#[test]
fn a_person_advances_a_call_through_the_seven() {
    let mut exchange = exchange(Script::default());
    let ours = "0800111111";
    for (at, kind) in words::SEQUENCE.into_iter().enumerate() {
        if kind == "call.waiting" {
            let call = exchange.by_phone["11988880000"];
            let id = exchange.calls[&call].id.clone();
            assert_eq!(exchange.delegate(&id, "901", START), Ok(()));
        } else {
            assert_eq!(exchange.by_hand("11988880000", ours, kind, START), Ok(()), "{kind}");
        }
        let told = read(exchange.take_told());
        assert_eq!(told.iter().map(|one| &*one.kind).collect::<Vec<_>>(), [kind]);
        assert_eq!(told[0].said["their_number"], "11988880000");
        if at < 6 {
            let again = exchange.by_hand("11988880000", ours, kind, START);
            assert!(matches!(again, Err(Refusal::Sequence(_))), "{kind} twice");
        }
    }
    assert!(exchange.calls.is_empty() && exchange.by_phone.is_empty());
    assert_eq!(
        exchange.by_hand("11988880000", ours, "call.new", START),
        Ok(()),
        "the same person calls again"
    );
    let first = words::FIRST_MUST_BE_NEW.to_owned();
    assert_eq!(exchange.by_hand("11988880001", ours, "call.standby", START), Err(Refusal::Sequence(first)));
}

#[test]
fn the_dialer_tries_and_gives_up_or_gets_through() {
    let mut exchange = exchange(Script { flat: 1.0, ..Script::default() });
    let numbers: Vec<_> = (0..200).map(|n| format!("5511999{n:06}")).collect();
    let order = Order {
        numbers,
        destination: "900".to_owned(),
        destination_type: "queue".to_owned(),
        code: "c1".to_owned(),
        retries: 1,
        retry_gap: Duration::from_secs(10),
        ttl: Duration::from_mins(5),
    };
    assert!(exchange.order(order.clone(), START));
    let told = live(&mut exchange, 0, 300);
    let count = |kind: &str| told.iter().filter(|one| one.kind == kind).count();
    let (reached, given_up) = (count("dialer.success"), count("dialer.exceeded"));
    assert_eq!(reached + given_up, 200);
    assert_eq!(count("dialer.attempt"), reached + count("dialer.failure"));
    assert!(given_up > 10 && count("call.new") == reached && count("call.finished") == reached);
    let short = Order { ttl: Duration::ZERO, retries: 9, ..order.clone() };
    assert!(exchange.order(short, START.plus(Duration::from_mins(5))));
    assert!(live(&mut exchange, 300, 400).iter().any(|one| one.kind == "dialer.expired"));
    let many = Order { numbers: vec!["1".to_owned(); 10_001], ..order };
    assert!(!exchange.order(many, START));
}

#[test]
fn an_envelope_has_one_place_and_no_agents() {
    let mut exchange = exchange(Script { flat: 0.0, ..automatic(30) });
    let mut seen = 0;
    for second in 0..300 {
        exchange.advance(START.plus(Duration::from_secs(second)), usize::MAX);
        for event in exchange.take_told() {
            let body: Value = serde_json::from_str(&event.body).expect("JSON");
            let (call, given) = (&body["chamada"], &body["dados"]);
            assert_eq!(call["call_id"], *event.lane, "{body}");
            assert_eq!(call["code"], "", "{body}");
            assert!(["inbound", "outbound"].contains(&call["direction"].as_str().expect("a text")), "{body}");
            assert!(call["our_number"].is_string() && call["their_number"].is_string(), "{body}");
            assert!(call.get("actor").is_none() && call.get("number").is_none(), "{body}");
            assert_eq!((&given["type"], &given["cpf"]), (&json!("call.cpf-provided"), &json!("")));
            assert_eq!((&given["timestamp"], &given["call_id"]), (&call["timestamp"], &call["call_id"]));
            assert_eq!((&body["atendente"], &body["dialer"]), (&json!({}), &json!({})));
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen}");
}
