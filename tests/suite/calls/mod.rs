//! Calls made of the events of all providers: as they come, after a crash, and made anew.

mod agents;
mod histories;

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use ramal::calls::Calls;
use ramal::domain::call::{CallState, Outcome};
use ramal::domain::{CompanyId, Draft, RetentionLimits, Seq, SourceId, Timestamp};
use ramal::journal::{Consumer, JournalOptions, Kind, Start, Write};
use ramal::store::{CallFilter, SaveSource, Store, StoredCall};

use crate::journal::House;
use crate::store::{Db, NOW, contract};
use crate::support::settings::ages;
use histories::{PROVIDERS, history, tellicon, teravoz};

contract! {
    made_anew_the_calls_are_the_same_whatever_came_in_whatever_order,
    what_was_written_of_a_stretch_that_was_broken_off_is_not_heard_twice,
    events_in_reverse_make_the_same_call,
    an_end_of_which_no_beginning_is_known_rings_for_nobody,
    a_door_that_nobody_answers_stops_ringing_by_itself,
    a_call_goes_with_the_last_of_its_events,
}

const SOON: Duration = Duration::from_mins(1);
const LONG: Duration = Duration::from_hours(24 * 365 * 100);

fn all_is_kept() -> RetentionLimits {
    RetentionLimits { age: ages(LONG, LONG), audit_age: LONG, ..RetentionLimits::default() }
}

fn with_calls(upkeep: bool) -> JournalOptions {
    let mut options = JournalOptions { upkeep, retention: all_is_kept(), ..JournalOptions::default() };
    options.consumers.push(Kind::of::<Calls>());
    options
}

/// A company with an account at every provider: the sources 1, 2, ….
async fn company(house: &House) -> CompanyId {
    let company = house.company("A").await;
    for provider in PROVIDERS {
        let save = SaveSource {
            account: None,
            config: "{}",
            secret: None,
            secrets: &[],
            token_name: None,
            connect: true,
            provisioned: false,
        };
        let made = house.journal.control(move |tx| {
            Box::pin(async move { tx.create_source(company, provider, None, &save, NOW).await })
        });
        let number = PROVIDERS.iter().position(|one| *one == provider).expect("it is among them");
        assert_eq!(made.await.expect("a source").id, source(number));
    }
    company
}

fn source(number: usize) -> SourceId {
    SourceId(i64::try_from(number).expect("few") + 1)
}

/// Every call, the newest first.
async fn calls(store: &Store, company: CompanyId, now: Timestamp) -> Vec<StoredCall> {
    store.calls(company, &CallFilter::default(), None, now, 100_000).await.expect("lists").calls
}

async fn caught_up(house: &House) {
    let calls = house
        .journal
        .consumers()
        .iter()
        .find(|kind| kind.name == "calls")
        .copied()
        .expect("it is in the list");
    let looking = async {
        loop {
            let status = calls.status(&house.store).await.expect("reads");
            if status.behind == 0 && status.rebuild.is_none() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, looking).await.expect("in time");
}

async fn rebuild(house: &House) {
    let calls = house
        .journal
        .consumers()
        .iter()
        .find(|kind| kind.name == "calls")
        .copied()
        .expect("it is in the list");
    house.journal.control(move |tx| Box::pin(async move { calls.rebuild(tx).await })).await.expect("begins");
    house.journal.rebuild_now(&calls);
    caught_up(house).await;
}

fn same(live: &[StoredCall], anew: &[StoredCall]) {
    assert_eq!(live.len(), anew.len());
    for (live, anew) in live.iter().zip(anew) {
        assert_eq!(live, anew);
    }
}

/// Histories of all providers with events that are late, missing or there twice, taken in in stretches of any length, through a crash.
async fn made_anew_the_calls_are_the_same_whatever_came_in_whatever_order(db: Db) {
    let house = House::with(db, with_calls(false)).await;
    let company = company(&house).await;
    let mut random = StdRng::seed_from_u64(7);
    let mut events: Vec<Draft> = history(&mut random, 150);
    // Near to its place, as what comes late is; some far from it.
    for at in 0..events.len() {
        let far = if random.random_bool(0.1) { events.len() } else { 30 };
        let other = random.random_range(at.saturating_sub(far)..(at + far).min(events.len()));
        events.swap(at, other);
    }
    let mut rest = events.as_slice();
    while !rest.is_empty() {
        let (some, after) = rest.split_at(random.random_range(1..=60).min(rest.len()));
        house.append(company, some.to_vec()).await;
        if random.random_bool(0.5) {
            house.journal.catch_up(None).await.expect("catches up");
        }
        rest = after;
    }
    house.journal.catch_up(None).await.expect("catches up");
    let live = calls(&house.store, company, NOW).await;
    assert!(live.len() > 100, "{} calls", live.len());
    let of = |state| live.iter().filter(|stored| stored.call.state == state).count();
    assert!(of(CallState::Finished) > 50, "{} have ended", of(CallState::Finished));
    let told: u32 = live.iter().map(|stored| stored.call.events_total).sum();
    assert!(told as usize > events.len() / 2, "{told} of {} events are of calls", events.len());

    let house = house.crashed_with(with_calls(true)).await;
    rebuild(&house).await;
    same(&live, &calls(&house.store, company, NOW).await);
    // And once more, now that the number of the build is another.
    rebuild(&house).await;
    same(&live, &calls(&house.store, company, NOW).await);
}

/// Killed between the transactions of a stretch, again and again and at any place: the calls are as if nothing had happened.
async fn what_was_written_of_a_stretch_that_was_broken_off_is_not_heard_twice(db: Db) {
    let house = House::with(db, with_calls(false)).await;
    let company = company(&house).await;
    let mut random = StdRng::seed_from_u64(11);
    let events: Vec<Draft> = history(&mut random, 600);
    let mut broken = 0;
    for some in events.chunks(events.len() / 4) {
        house.append(company, some.to_vec()).await;
        for _ in 0..3 {
            broken += usize::from(broken_off(&house, company, &mut random).await);
        }
        house.journal.catch_up(None).await.expect("catches up");
    }
    assert!(broken > 5, "{broken} stretches were broken off in the middle");
    let live = calls(&house.store, company, NOW).await;
    assert!(live.len() > 200, "{} calls", live.len());
    let house = house.stopped_with(with_calls(true)).await;
    rebuild(&house).await;
    same(&live, &calls(&house.store, company, NOW).await);
}

/// Makes the next stretch and writes some of its parts, but not the cursor; whether that left it in the middle.
async fn broken_off(house: &House, company: CompanyId, random: &mut StdRng) -> bool {
    let builds = house.store.builds("calls").await.expect("reads");
    let read = builds.iter().find(|build| build.company == company);
    let (from, build) = read.map_or((Seq(1), 0), |build| (build.seq.next(), build.number));
    let start = Start { journal: &house.journal, company, from, build };
    let mut making = Calls::begin(&start).await.expect("begins");
    let page = house.journal.page(company, from, making.room(), &Calls::wants()).await.expect("reads");
    let Some(rows) = making.take(&page).await.expect("takes it in") else { return false };
    let parts = rows.parts.len();
    let written = random.random_range(0..parts);
    for part in rows.parts.into_iter().take(written) {
        let Write::Often(write) = part.write else { panic!("calls are written often") };
        house.journal.project(part.rows, write).await.expect("writes");
    }
    written > 0
}

/// The seven events of a call, the last one first.
async fn events_in_reverse_make_the_same_call(db: Db) {
    let house = House::with(db, with_calls(false)).await;
    let company = company(&house).await;
    let seven = teravoz::whole_call("1463669263.30033", "11999990000");
    assert_eq!(seven.len(), 7);
    let reversed: Vec<Draft> = seven.iter().rev().cloned().collect();
    house.append(company, reversed).await;
    house.journal.catch_up(None).await.expect("catches up");
    let found = calls(&house.store, company, NOW).await;
    let [stored] = &found[..] else { panic!("one call: {found:?}") };
    assert_eq!((stored.call.state, stored.call.outcome), (CallState::Finished, Some(Outcome::Answered)));
    assert_eq!(stored.call.events, (1..=7).map(Seq).collect::<Vec<_>>());
    assert_eq!(stored.call.their_number.as_deref(), Some("11999990000"));
    assert_eq!(stored.call.queue.as_deref(), Some("900"));
}

/// The end, then nothing, or a beginning that comes late: nobody's telephone rings.
async fn an_end_of_which_no_beginning_is_known_rings_for_nobody(db: Db) {
    let house = House::with(db, with_calls(false)).await;
    let company = company(&house).await;
    let call = teravoz::whole_call("1.1", "11999990000");
    let [answer, push] = [tellicon::answer(1_700_000_000), tellicon::push(1_700_000_000)];
    house.append(company, vec![call[6].clone(), answer]).await;
    house.journal.catch_up(None).await.expect("catches up");
    let open = CallFilter { state: Some(CallState::Finished), ..CallFilter::default() };
    let over = house.store.calls(company, &open, None, NOW, 10).await.expect("lists").calls;
    assert_eq!(over.len(), 2);
    house.append(company, vec![call[0].clone(), push]).await;
    house.journal.catch_up(None).await.expect("catches up");
    let found = calls(&house.store, company, NOW).await;
    assert_eq!(found.len(), 2, "what comes late is of the same calls");
    assert!(found.iter().all(|stored| stored.call.has_ended() && stored.call.events_total == 2));
}

async fn a_door_that_nobody_answers_stops_ringing_by_itself(db: Db) {
    let house = House::with(db, with_calls(false)).await;
    let company = company(&house).await;
    house.append(company, vec![tellicon::push(NOW.unix_seconds())]).await;
    house.journal.catch_up(None).await.expect("catches up");
    let by = |state| CallFilter { state: Some(state), ..CallFilter::default() };
    let at = |second: u64| NOW.plus(Duration::from_secs(second));
    let states = async |at| {
        let mut found = Vec::new();
        for state in [CallState::Ringing, CallState::Finished] {
            let listed = house.store.calls(company, &by(state), None, at, 10).await.expect("lists");
            found.push(listed.calls.len());
        }
        found
    };
    assert_eq!(states(at(89)).await, [1, 0]);
    assert_eq!(states(at(90)).await, [0, 1]);
    let missed = calls(&house.store, company, at(90)).await;
    assert_eq!(missed[0].call.outcome_at(at(90)), Some(Outcome::Missed));
    // They talked for long: what is told at the end is what was.
    house.append(company, vec![tellicon::answer(NOW.unix_seconds())]).await;
    house.journal.catch_up(None).await.expect("catches up");
    let answered = calls(&house.store, company, at(900)).await;
    assert_eq!(answered.len(), 1);
    assert_eq!(answered[0].call.outcome_at(at(900)), Some(Outcome::Answered));
}

async fn a_call_goes_with_the_last_of_its_events(db: Db) {
    let house = House::with(db, with_calls(false)).await;
    let company = company(&house).await;
    house.append(company, teravoz::whole_call("1.1", "11999990000")).await;
    // A day later it is in a block, and old.
    let tomorrow = Timestamp::now().plus(Duration::from_hours(48));
    house.journal.catch_up(Some(tomorrow)).await.expect("catches up");
    assert_eq!(calls(&house.store, company, NOW).await.len(), 1);
    let limits = RetentionLimits { age: ages(Duration::from_secs(1), LONG), ..all_is_kept() };
    house.journal.retain(limits, tomorrow).await.expect("sweeps");
    assert!(house.stored(company).await.is_empty(), "the events are gone");
    assert!(calls(&house.store, company, NOW).await.is_empty());
}
