//! Rows of calls: written, found by every condition, page by page, and gone with their events.

use ramal::domain::call::{Agent, Call, CallState, Direction, Due, Outcome, Pressed, Warning, WithAgent};
use ramal::domain::{CompanyId, Event, EventFlags, Keys, Provider, Seq, SourceId, Timestamp};
use ramal::store::{
    Build, CallBuild, CallCounts, CallFilter, CallPlace, CallPlaceAmong, CallRow, Changed, OfGroup,
    SaveSource, ShortCalls, StoredCall,
};

use super::{Db, NOW, commit, commit_batch, contract};

contract! {
    a_call_is_read_as_it_was_written,
    calls_are_found_by_what_they_are,
    a_call_that_was_waited_for_long_enough_is_over,
    pages_hold_every_call_once,
    the_lists_of_several_companies_are_one,
    a_page_looks_at_so_many_calls_and_the_next_goes_on,
    the_calls_of_a_group_are_those_that_had_begun,
    calls_go_with_their_events_and_with_their_build,
    calls_are_counted_by_their_stage,
    calls_are_listed_in_short,
    calls_are_found_in_whichever_company_they_are,
}

pub const THREECPLUS: Provider = Provider::new("threecplus");
pub const TELLICON: Provider = Provider::new("tellicon");

pub fn at(second: i64) -> Timestamp {
    Timestamp(NOW.0 + second * 1_000_000)
}

/// A call that was first heard of in the second of its first event.
pub fn call(company: CompanyId, seq: i64, id: &str) -> StoredCall {
    let event = Event {
        company,
        seq: Seq(seq),
        source: SourceId(1),
        provider: THREECPLUS,
        session: None,
        name: "call-was-created".into(),
        lane: None,
        received_at: at(seq),
        payload: bytes::Bytes::from_static(b"{}"),
        keys: Keys::default(),
        flags: EventFlags::default(),
        extra: None,
    };
    let mut call = Call::new(&event, id.into());
    call.events = vec![Seq(seq)];
    (call.events_total, call.last_event) = (1, "call-was-created".into());
    StoredCall { company, provider: THREECPLUS, call }
}

/// A company with an account at each of two providers, and a cursor of its calls.
pub async fn company(db: &mut Db) -> CompanyId {
    company_called(db, "A").await
}

async fn company_called(db: &mut Db, name: &str) -> CompanyId {
    let company = db.company(name).await;
    commit!(db, tx => {
           for provider in [THREECPLUS, TELLICON] {
               let save = SaveSource {
                   account: None, config: "{}", secret: None,
    secrets: &[], token_name: None, connect: true, provisioned: false,
               };
               tx.create_source(company, provider, None, &save, NOW).await.expect("a source");
           }
       });
    read_from(db, company, 0).await;
    company
}

async fn read_from(db: &mut Db, company: CompanyId, number: i32) {
    let build = Build { company, number, version: 1, seq: Seq(1) };
    assert!(commit!(db, tx => tx.put_build("calls", &build).await.expect("a cursor")));
}

async fn put(db: &mut Db, build: i32, rows: &[CallRow]) {
    commit_batch!(db, tx => tx.put_calls(build, rows).await.expect("writes"));
}

pub async fn put_new(db: &mut Db, calls: impl IntoIterator<Item = StoredCall>) {
    let new: Vec<_> = calls.into_iter().map(|call| CallRow::of(call, Changed::New)).collect();
    put(db, 0, &new).await;
}

/// The ids of what a filter finds.
async fn found(db: &Db, company: CompanyId, filter: &CallFilter, now: Timestamp) -> Vec<String> {
    let found = db.store.calls(company, filter, None, now, 100).await.expect("lists");
    found.calls.iter().map(|stored| stored.call.id.to_string()).collect()
}

async fn a_call_is_read_as_it_was_written(mut db: Db) {
    let company = company(&mut db).await;
    let mut whole = call(company, 7, "k7");
    let one = &mut whole.call;
    (one.group, one.state, one.direction) =
        (Some("door".into()), CallState::Ongoing, Some(Direction::Inbound));
    (one.our_number, one.their_number) = (Some("0800".into()), Some("11999990000".into()));
    let name = Some("Ana".to_owned());
    one.agent = Some(Agent { id: "ana@example.com".to_owned(), name, extension: Some("200".to_owned()) });
    (one.with_agent, one.queue) = (WithAgent::Talking, Some("900".into()));
    (one.times.new, one.times.answered) = (Some(at(1)), Some(at(3)));
    one.due = Some(Due { at: at(900), outcome: Some(Outcome::Missed) });
    (one.outcome, one.stage) = (Some(Outcome::Abandoned), Some("entered".into()));
    one.pressed = vec![Pressed { at: at(5), keys: "*2".into() }];
    one.warnings.add(Warning::Late);
    put_new(&mut db, [whole.clone()]).await;
    assert_eq!(db.store.call(company, Seq(7)).await.expect("reads"), Some(whole.clone()));
    let build = CallBuild { company, number: 0 };
    let by_id = async |db: &Db, id| {
        db.store.calls_by_id(build, &[(SourceId(1), id), (SourceId(1), "none")]).await.expect("reads")
    };
    assert_eq!(by_id(&db, "k7").await, [whole.clone()]);

    let before = whole.call.clone();
    (whole.call.events, whole.call.last_seq) = (vec![Seq(7), Seq(9)], Seq(9));
    (whole.call.changed_at, whole.call.due) = (at(9), None);
    assert_eq!(Changed::between(&before, &whole.call), Changed::Little);
    put(&mut db, 0, &[CallRow::of(whole.clone(), Changed::Little)]).await;
    assert_eq!(by_id(&db, "k7").await, [whole.clone()]);

    let before = whole.call.clone();
    (whole.call.state, whole.call.outcome) = (CallState::Finished, Some(Outcome::Answered));
    (whole.call.queue, whole.call.times.ended) = (Some("901".into()), Some(at(20)));
    assert_eq!(Changed::between(&before, &whole.call), Changed::Much);
    put(&mut db, 0, &[CallRow::of(whole.clone(), Changed::Much)]).await;
    assert_eq!(by_id(&db, "k7").await, [whole]);
    assert_eq!(db.store.call(company, Seq(9)).await.expect("reads"), None, "it is named by its first event");
}

async fn calls_are_found_by_what_they_are(mut db: Db) {
    let company = company(&mut db).await;
    let other = db.company("B").await;
    read_from(&mut db, other, 0).await;
    let (mut a, mut b, mut c, mut d) =
        (call(company, 1, "a"), call(company, 2, "b"), call(company, 3, "c"), call(company, 4, "d"));
    a.call.their_number = Some("11".into());
    (b.call.our_number, b.call.queue) = (Some("11".into()), Some("900".into()));
    (c.call.state, c.call.outcome) = (CallState::Finished, Some(Outcome::Answered));
    c.call.agent = Some(Agent { id: "7".to_owned(), ..Agent::default() });
    (d.provider, d.call.queue) = (TELLICON, Some("900".into()));
    (d.call.outcome, d.call.state) = (Some(Outcome::Abandoned), CallState::Waiting);
    put_new(&mut db, [a, b, c, d, call(other, 5, "e")]).await;
    let all = CallFilter::default();
    assert_eq!(found(&db, company, &all, NOW).await, ["d", "c", "b", "a"]);
    assert_eq!(found(&db, other, &all, NOW).await, [""; 0], "it has no source");
    let filters = [
        (CallFilter { phone: Some("11".to_owned()), ..all.clone() }, vec!["b", "a"]),
        (
            CallFilter { phone: Some("11".to_owned()), queue: Some("900".to_owned()), ..all.clone() },
            vec!["b"],
        ),
        (CallFilter { agent: Some("7".to_owned()), ..all.clone() }, vec!["c"]),
        (CallFilter { agent: Some("7".to_owned()), state: Some(CallState::New), ..all.clone() }, vec![]),
        (CallFilter { queue: Some("900".to_owned()), ..all.clone() }, vec!["d", "b"]),
        (CallFilter { provider: Some(TELLICON), ..all.clone() }, vec!["d"]),
        (CallFilter { provider: Some(TELLICON), queue: Some("901".to_owned()), ..all.clone() }, vec![]),
        (CallFilter { state: Some(CallState::Finished), ..all.clone() }, vec!["c"]),
        (CallFilter { state: Some(CallState::New), ..all.clone() }, vec!["b", "a"]),
        (CallFilter { outcome: Some(Outcome::Answered), ..all.clone() }, vec!["c"]),
        (CallFilter { outcome: Some(Outcome::Abandoned), ..all.clone() }, vec![]),
        (CallFilter { from: Some(at(2)), to: Some(at(4)), ..all.clone() }, vec!["c", "b"]),
        (CallFilter { phone: Some("1\0".to_owned()), ..all }, vec![]),
    ];
    for (filter, expected) in filters {
        assert_eq!(found(&db, company, &filter, NOW).await, expected, "{filter:?}");
    }
}

async fn a_call_that_was_waited_for_long_enough_is_over(mut db: Db) {
    let company = company(&mut db).await;
    let mut rings = call(company, 1, "rings");
    rings.call.state = CallState::Ringing;
    rings.call.due = Some(Due { at: at(90), outcome: Some(Outcome::Missed) });
    let mut lost = call(company, 2, "lost");
    lost.call.due = Some(Due { at: at(90), outcome: None });
    put_new(&mut db, [rings, lost]).await;
    let by = |state, outcome| CallFilter { state, outcome, ..CallFilter::default() };
    let (ringing, over) = (by(Some(CallState::Ringing), None), by(Some(CallState::Finished), None));
    let missed = by(None, Some(Outcome::Missed));
    let none = [""; 0];
    assert_eq!(found(&db, company, &ringing, at(89)).await, ["rings"]);
    assert_eq!(found(&db, company, &over, at(89)).await, none);
    assert_eq!(found(&db, company, &missed, at(89)).await, none);
    assert_eq!(found(&db, company, &ringing, at(90)).await, none);
    assert_eq!(found(&db, company, &over, at(90)).await, ["lost", "rings"]);
    assert_eq!(found(&db, company, &missed, at(90)).await, ["rings"]);
}

async fn pages_hold_every_call_once(mut db: Db) {
    let company = company(&mut db).await;
    let calls = (1..=50).map(|seq| {
        let mut one = call(company, seq, &seq.to_string());
        // Several in the same moment, of two providers.
        one.call.heard_at = at(seq / 7);
        if seq % 3 == 0 {
            one.provider = TELLICON;
        }
        (one.call.our_number, one.call.their_number) = (Some("11".into()), Some("11".into()));
        one
    });
    put_new(&mut db, calls).await;
    for filter in
        [CallFilter::default(), CallFilter { phone: Some("11".to_owned()), ..CallFilter::default() }]
    {
        let (mut seen, mut before): (Vec<i64>, Option<CallPlace>) = (Vec::new(), None);
        loop {
            let page = db.store.calls(company, &filter, before, NOW, 8).await.expect("a page");
            seen.extend(page.calls.iter().map(|stored| stored.seq().0));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=50).rev().collect::<Vec<_>>(), "{filter:?}");
    }
}

/// More calls of one company than are read of it at first, calls of one moment in several, and a company without any.
async fn the_lists_of_several_companies_are_one(mut db: Db) {
    let (a, b) = (company_called(&mut db, "A").await, company_called(&mut db, "B").await);
    let (none, hidden) = (company_called(&mut db, "C").await, company_called(&mut db, "D").await);
    let mut calls: Vec<StoredCall> = (1..=40).map(|seq| call(a, seq, &format!("a{seq}"))).collect();
    calls.extend((30..=45).map(|seq| call(b, seq, &format!("b{seq}"))));
    for one in calls.iter_mut().filter(|one| one.seq().0 % 2 == 0) {
        one.call.their_number = Some("11".into());
    }
    put_new(&mut db, calls.iter().cloned().chain([call(hidden, 99, "h")])).await;
    let phone = CallFilter { phone: Some("11".to_owned()), ..CallFilter::default() };
    for filter in [CallFilter::default(), phone] {
        let mut expected: Vec<&StoredCall> = calls.iter().collect();
        expected.retain(|one| filter.phone.is_none() || one.call.their_number.is_some());
        expected.sort_by_key(|one| std::cmp::Reverse(CallPlaceAmong::of(one)));
        for size in [1, 7, 100] {
            let (mut found, mut before) = (Vec::new(), None);
            loop {
                let page = db.store.calls_of_companies(&[a, none, b], &filter, before, NOW, size).await;
                let page = page.expect("lists");
                found.extend(page.calls);
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
            assert!(
                found.iter().eq(expected.iter().copied()),
                "{size}: {} of {}",
                found.len(),
                expected.len()
            );
        }
    }
    // A page is full, however few companies it is of.
    let alone =
        db.store.calls_of_companies(&[a], &CallFilter::default(), None, NOW, 39).await.expect("lists");
    assert_eq!((alone.calls.len(), alone.next), (39, alone.calls.last().map(CallPlaceAmong::of)));
    let up_to = db.store.calls_up_to_of_all().await.expect("reads");
    assert_eq!(up_to, [a, b, none, hidden].map(|company| (company, Seq(1))));
}

/// What an index finds and the filter does not mean is looked at, up to a bound: the page says down to where, and the next goes on there.
async fn a_page_looks_at_so_many_calls_and_the_next_goes_on(mut db: Db) {
    let (a, b) = (company_called(&mut db, "A").await, company_called(&mut db, "B").await);
    let mut calls: Vec<StoredCall> = (1..=24_000).map(|seq| call(a, seq, &seq.to_string())).collect();
    calls.extend((1..=3_000).map(|seq| call(b, seq, &seq.to_string())));
    let rare = [(a, 23_990), (a, 13_500), (a, 2), (b, 2_900), (b, 1)];
    for one in &mut calls {
        one.call.agent = Some(Agent { id: "ana".to_owned(), name: None, extension: None });
        if rare.contains(&(one.company, one.seq().0)) {
            (one.provider, one.call.queue) = (TELLICON, Some("900".into()));
        }
    }
    for some in calls.chunks(1_000) {
        put_new(&mut db, some.iter().cloned()).await;
    }
    let of_ana = CallFilter { agent: Some("ana".to_owned()), ..CallFilter::default() };
    let filter = CallFilter { provider: Some(TELLICON), ..of_ana.clone() };
    let (mut pages, mut before) = (Vec::new(), None);
    loop {
        let page = db.store.calls(a, &filter, before, NOW, 10).await.expect("a page");
        pages.push(page.calls.iter().map(|one| one.seq().0).collect::<Vec<_>>());
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec![23_990], vec![13_500], vec![2]]);
    let (mut found, mut before, mut asked) = (Vec::new(), None, 0);
    loop {
        let page = db.store.calls_of_companies(&[a, b], &filter, before, NOW, 2).await.expect("a page");
        found.extend(page.calls.iter().map(|one| (one.company, one.seq().0)));
        (before, asked) = (page.next, asked + 1);
        if before.is_none() {
            break;
        }
    }
    assert_eq!(found, [(a, 23_990), (a, 13_500), (b, 2_900), (a, 2), (b, 1)]);
    assert!((3..10).contains(&asked), "{asked} pages");
    // The queue has three calls: nobody looks at those of the agent.
    let in_queue = CallFilter { queue: Some("900".to_owned()), ..of_ana.clone() };
    let page = db.store.calls(a, &in_queue, None, NOW, 10).await.expect("a page");
    assert_eq!((page.calls.len(), page.next), (3, None));
    // Nor at what is newer than what is asked for.
    let long_ago = CallFilter { to: Some(at(3)), ..filter };
    let page = db.store.calls(a, &long_ago, None, NOW, 10).await.expect("a page");
    assert_eq!((page.calls.len(), page.next), (1, None));
}

async fn the_calls_of_a_group_are_those_that_had_begun(mut db: Db) {
    let company = company(&mut db).await;
    let of_door = |seq: i64, group: &str| {
        let mut one = call(company, seq, &seq.to_string());
        (one.call.group, one.call.times.new) = (Some(group.into()), Some(at(seq)));
        one
    };
    put_new(&mut db, (1..=20).map(|seq| of_door(seq, if seq == 14 { "other" } else { "door" }))).await;
    let build = CallBuild { company, number: 0 };
    let of = OfGroup { source: SourceId(1), group: "door", begun: (at(9), at(15)) };
    let found = db.store.calls_of_group(build, &of).await.expect("reads");
    let seqs: Vec<i64> = found.iter().map(|stored| stored.seq().0).collect();
    assert_eq!(seqs, [15, 13, 12, 11, 10, 9]);
}

async fn calls_go_with_their_events_and_with_their_build(mut db: Db) {
    let company = company(&mut db).await;
    let mut long = call(company, 1, "long");
    (long.call.events, long.call.last_seq) = (vec![Seq(1), Seq(9)], Seq(9));
    put_new(&mut db, [long, call(company, 2, "short"), call(company, 6, "new")]).await;
    let forget = async |db: &mut Db, oldest, read| commit!(db, tx => tx.forget_calls(company, Seq(oldest), read, 100).await.expect("forgets"));
    assert_eq!(forget(&mut db, 5, 0).await, 1);
    assert_eq!(found(&db, company, &CallFilter::default(), NOW).await, ["new", "long"]);

    read_from(&mut db, company, 1).await;
    put(&mut db, 1, &[CallRow::of(call(company, 6, "anew"), Changed::New)]).await;
    assert_eq!(found(&db, company, &CallFilter::default(), NOW).await, ["new", "long"], "it is still made");
    commit!(db, tx => tx.end_builds_before("calls", company, 1).await.expect("ends"));
    assert_eq!(found(&db, company, &CallFilter::default(), NOW).await, ["anew"]);
    assert_eq!(forget(&mut db, 5, 1).await, 2);
    assert_eq!(found(&db, company, &CallFilter::default(), NOW).await, ["anew"]);
}

async fn calls_are_counted_by_their_stage(mut db: Db) {
    let company = company(&mut db).await;
    let count = async |db: &Db, source, now| {
        db.store.count_calls(company, SourceId(source), now).await.expect("counts")
    };
    assert_eq!(count(&db, 1, NOW).await, CallCounts::default());
    let mut all = Vec::new();
    for seq in 1..=20 {
        let mut one = call(company, seq, &seq.to_string());
        one.call.stage = match seq % 3 {
            0 => None,
            1 => Some("waiting".into()),
            _ => Some("left".into()),
        };
        if seq > 10 {
            (one.call.state, one.call.stage) = (CallState::Finished, Some("finished".into()));
        } else if seq == 3 {
            one.call.due = Some(Due { at: at(90), outcome: None });
        }
        if seq == 20 {
            one.call.source = SourceId(2);
        }
        all.push(one);
    }
    put_new(&mut db, all).await;
    let open = |none, waiting, left| {
        [(None, none), (Some("waiting".to_owned()), waiting), (Some("left".to_owned()), left)].into()
    };
    assert_eq!(count(&db, 1, at(89)).await, CallCounts { total: 19, open: open(3, 4, 3) });
    assert_eq!(count(&db, 1, at(90)).await, CallCounts { total: 19, open: open(2, 4, 3) });
    assert_eq!(count(&db, 2, at(90)).await, CallCounts { total: 1, open: [].into() });
    assert_eq!(db.store.calls_up_to(company).await.expect("reads"), Seq(1));
    assert_eq!(db.store.calls_up_to(CompanyId(9)).await.expect("reads"), Seq::ZERO);
}

async fn calls_are_listed_in_short(mut db: Db) {
    let company = company(&mut db).await;
    let mut all: Vec<_> = (1..=9).map(|seq| call(company, seq, &format!("k{seq}"))).collect();
    all[1].call.state = CallState::Waiting;
    all[2].call.due = Some(Due { at: at(90), outcome: None });
    all[3].call.state = CallState::Finished;
    all[4].call.source = SourceId(2);
    all[4].provider = TELLICON;
    put_new(&mut db, all).await;
    let listed = async |wanted: ShortCalls, now, limit| {
        let calls = db.store.short_calls(company, SourceId(1), &wanted, now, limit).await.expect("lists");
        calls.iter().map(|call| call.seq.0).collect::<Vec<_>>()
    };
    let everything = ShortCalls::default;
    let states = |states: &[CallState]| ShortCalls { states: Some(states.to_vec()), ..everything() };
    let seqs =
        |seqs: &[i64]| ShortCalls { seqs: Some(seqs.iter().map(|seq| Seq(*seq)).collect()), ..everything() };
    let ids = |ids: &[&str]| ShortCalls {
        ids: Some(ids.iter().map(|id| (*id).to_owned()).collect()),
        ..everything()
    };
    assert_eq!(listed(everything(), NOW, 100).await, [1, 2, 3, 4, 6, 7, 8, 9]);
    assert_eq!(listed(everything(), NOW, 3).await, [7, 8, 9], "the newest");
    assert_eq!(
        listed(states(&[CallState::New, CallState::Waiting]), at(89), 100).await,
        [1, 2, 3, 6, 7, 8, 9]
    );
    assert_eq!(listed(states(&[CallState::New]), at(90), 100).await, [1, 6, 7, 8, 9]);
    assert_eq!(listed(states(&[CallState::Finished]), at(90), 100).await, [3, 4]);
    assert_eq!(listed(states(&[]), at(90), 100).await, [0; 0]);
    assert_eq!(listed(seqs(&[9, 1, 5, 1, -7, i64::MAX]), NOW, 100).await, [1, 9], "the fifth is another's");
    assert_eq!(listed(ids(&["k2", "k5", "none", "\0", "k2"]), NOW, 100).await, [2]);
    let both = ShortCalls { ids: Some(vec!["k9".to_owned()]), ..seqs(&[1, 9]) };
    assert_eq!(listed(ShortCalls { states: Some(vec![CallState::New]), ..both }, NOW, 100).await, [9]);
    let build = db.store.build_read("calls", CompanyId(9)).await.expect("reads");
    assert_eq!(build, None);
}

async fn calls_are_found_in_whichever_company_they_are(mut db: Db) {
    let (one, other) = (company_called(&mut db, "A").await, company_called(&mut db, "B").await);
    let with = |company, seq, id: &str, theirs: &str| {
        let mut stored = call(company, seq, id);
        stored.call.source = SourceId(if company == one { 1 } else { 3 });
        (stored.call.their_number, stored.call.our_number) = (Some(theirs.into()), Some("0800".into()));
        stored
    };
    let calls = [
        with(one, 1, "a", "85900004900"),
        with(one, 5, "b", "85900004900"),
        with(other, 3, "a", "85900004900"),
        with(other, 9, "c", "11"),
    ];
    put_new(&mut db, calls).await;
    read_from(&mut db, other, 1).await;
    put(&mut db, 1, &[CallRow::of(with(other, 7, "anew", "21"), Changed::New)]).await;
    let callers = async |phone: &str| db.store.companies_with_caller(phone).await.expect("reads");
    assert_eq!(callers("85900004900").await, [(one, at(5)), (other, at(3))], "the one with the newest first");
    assert_eq!(callers("11").await, [(other, at(9))]);
    assert_eq!(callers("21").await, [], "it is of a build that is still made");
    let numbers = db.store.companies_with_number("0800").await.expect("reads");
    assert_eq!(numbers, [(other, at(9)), (one, at(5))]);
    let called = async |id: &str| db.store.calls_called(id, 10).await.expect("reads");
    let id = |company, seq| ramal::domain::CallId { company, seq: Seq(seq) };
    assert_eq!(called("a").await, [id(other, 3), id(one, 1)]);
    assert_eq!(called("none").await, []);
}
