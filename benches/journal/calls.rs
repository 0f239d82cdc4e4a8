//! Events as a dialer says them, six of each call, and how long pages of the calls that are made of them take.

use std::time::{Duration, Instant};

use bytes::Bytes;
use ramal::domain::call::{Agent, Call, CallState, Outcome};
use ramal::domain::{CompanyId, Draft, Event, Seq, Timestamp};
use ramal::sources::threecplus::extract;
use ramal::store::{Build, CallFilter, CallPlace, CallRow, CallsFound, Changed, Store, StoredCall};

use crate::house;

/// Events of one call.
const EVENTS: usize = 6;
const NAMES: [&str; EVENTS] = [
    "call-was-created",
    "call-is-trying",
    "call-was-answered",
    "call-was-connected",
    "call-was-ended",
    "call-history-was-created",
];
/// Calls that go on at the same time.
const AT_ONCE: usize = 50;

/// The `n`th event of a company whose calls overlap.
pub fn draft(n: usize) -> Draft {
    let (round, place) = (n / (EVENTS * AT_ONCE), n % (EVENTS * AT_ONCE));
    let (step, call) = (place / AT_ONCE, round * AT_ONCE + place % AT_ONCE);
    let call_fields = format!(
        r#""id":"call:9001:7:k{call:09}","telephony_id":"k{call:09}","company_id":9001,"phone":"55119{:08}","call_mode":"dialer","filler":"{}""#,
        call % 100_000,
        "x".repeat(600)
    );
    let agent = call % 40;
    let payload = match NAMES[step] {
        "call-was-connected" => format!(
            r#"{{"call":{{{call_fields},"agent":"{agent}"}},"agent":{{"id":{agent},"name":"Agente {agent}"}},"campaign":{{"id":7,"name":"Campanha {}"}}}}"#,
            call % 5
        ),
        "call-history-was-created" => format!(
            r#"{{"callHistory":{{"telephony_id":"k{call:09}","number":"55119{:08}","company":{{"id":9001}},"agent":{{"id":{agent},"name":"Agente {agent}"}},"status":7,"speaking_time":60}}}}"#,
            call % 100_000
        ),
        _ => format!(r#"{{"call":{{{call_fields}}}}}"#),
    };
    let keys = extract(NAMES[step], payload.as_bytes()).keys;
    Draft { name: NAMES[step].into(), payload: Bytes::from(payload), keys, ..crate::draft(n) }
}

/// Calls whose rows share a commit when they are put there directly.
const TOGETHER: u32 = 500;
/// One of so many calls waited in the queue `9`.
const IN_QUEUE: u32 = 50_000;
/// One of so many was answered by a machine, which none of these agents has heard.
const MACHINE: u32 = 10_000;

/// Rows of so many calls of one company, without events; then the pages.
pub async fn pages(count: u64) {
    let house = house().await;
    let company = house.companies[0].id();
    let count = u32::try_from(count).expect("some millions at most");
    for from in (0..count).step_by(TOGETHER as usize) {
        let rows: Vec<_> =
            (from..count.min(from + TOGETHER)).map(|n| CallRow::of(row(company, n), Changed::New)).collect();
        let written = house
            .journal
            .project(rows.len(), move |tx| Box::pin(async move { tx.put_calls(0, &rows).await }));
        written.await.expect("writes");
    }
    let version = house.journal.consumers().iter().find(|kind| kind.name == "calls").expect("listed").version;
    let build = Build { company, number: 0, version, seq: Seq::ZERO };
    let read = house.journal.control(move |tx| Box::pin(async move { tx.put_build("calls", &build).await }));
    assert!(read.await.expect("writes"), "there is such a company");
    println!("{count} calls of one company");
    lists(house.journal.store(), company).await;
    house.tasks.stop().await;
}

/// The `n`th call of a company: over, with one of forty agents, in one of four queues.
fn row(company: CompanyId, n: u32) -> StoredCall {
    let draft = draft(n as usize);
    let at = Timestamp(1_700_000_000_000_000 + i64::from(n) * 1_000_000);
    let event = Event {
        company,
        seq: Seq(i64::from(n) * 6 + 1),
        source: draft.source,
        provider: draft.provider,
        session: None,
        name: NAMES[EVENTS - 1].into(),
        lane: None,
        received_at: at,
        payload: draft.payload,
        keys: draft.keys,
        flags: draft.flags,
        extra: None,
    };
    let mut call = Call::new(&event, format!("k{n:09}").as_str().into());
    call.their_number = Some(format!("55119{:08}", n % 100_000).as_str().into());
    let machine = n.is_multiple_of(MACHINE);
    let agent = if machine { "none".to_owned() } else { (n % 40).to_string() };
    call.agent = Some(Agent { id: agent, name: None, extension: None });
    let queue = if n.is_multiple_of(IN_QUEUE) { "9".to_owned() } else { (n % 4).to_string() };
    call.queue = Some(queue.as_str().into());
    call.state = CallState::Finished;
    call.outcome = Some(if machine { Outcome::Machine } else { Outcome::Answered });
    (call.times.new, call.times.answered) = (Some(at), Some(at));
    call.times.ended = Some(at.plus(Duration::from_mins(1)));
    call.events = (0..6).map(|step| Seq(event.seq.0 + step)).collect();
    call.events_total = 6;
    StoredCall { company, provider: draft.provider, call }
}

/// How long the first page of each kind of list takes, and how many pages a search takes that finds none.
pub async fn lists(store: &Store, company: CompanyId) {
    let all = CallFilter::default();
    let agent = |agent: &str| CallFilter { agent: Some(agent.to_owned()), ..CallFilter::default() };
    let queue = |queue: &str| CallFilter { queue: Some(queue.to_owned()), ..CallFilter::default() };
    let filters = [
        ("all", all.clone()),
        ("going on", CallFilter { state: Some(CallState::Ongoing), ..all.clone() }),
        ("ended", CallFilter { state: Some(CallState::Finished), ..all.clone() }),
        ("a phone", CallFilter { phone: Some("5511900000777".to_owned()), ..all.clone() }),
        ("an agent", agent("17")),
        ("an agent, none of it", CallFilter { outcome: Some(Outcome::Failed), ..agent("17") }),
        ("an outcome that is rare", CallFilter { outcome: Some(Outcome::Machine), ..all.clone() }),
        ("a queue that is rare", queue("9")),
        ("an outcome, queue rare", CallFilter { outcome: Some(Outcome::Answered), ..queue("9") }),
        ("an agent that is none", agent("nobody")),
        (
            "all, to a day before",
            CallFilter { to: Some(Timestamp(1_700_000_000_000_000 + 86_400_000_000)), ..all },
        ),
    ];
    for (name, filter) in filters {
        let mut worst = 0.0_f64;
        for _ in 0..20 {
            worst = worst.max(page(store, company, &filter, None).await.0);
        }
        // To the end, unless the page is full: who looks for what there is little of goes on.
        let (mut pages, mut found, mut before) = (0, 0, None);
        loop {
            let (took, page) = page(store, company, &filter, before).await;
            (worst, pages, found) = (worst.max(took), pages + 1, found + page.calls.len());
            before = page.next.filter(|_| found < PAGE as usize);
            if before.is_none() {
                break;
            }
        }
        println!("a page of calls, {name:24} {found:3} found on {pages} pages, each at most {worst:.1} ms");
    }
}

const PAGE: u32 = 50;

async fn page(
    store: &Store,
    company: CompanyId,
    filter: &CallFilter,
    before: Option<CallPlace>,
) -> (f64, CallsFound<CallPlace>) {
    let began = Instant::now();
    let page = store.calls(company, filter, before, Timestamp::now(), PAGE).await.expect("lists");
    (began.elapsed().as_secs_f64() * 1_000.0, page)
}
