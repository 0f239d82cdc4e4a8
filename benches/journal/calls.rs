//! Events as a dialer says them, six of each call, and how long pages of the calls that are made of them take.

use std::time::Instant;

use bytes::Bytes;
use ramal::domain::call::{CallState, Outcome};
use ramal::domain::{CompanyId, Draft, Timestamp};
use ramal::sources::threecplus::extract;
use ramal::store::{CallFilter, Store};

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

/// How long the first page of each kind of list takes.
pub async fn lists(store: &Store, company: CompanyId) {
    let all = CallFilter::default();
    let filters = [
        ("all", all.clone()),
        ("going on", CallFilter { state: Some(CallState::Ongoing), ..all.clone() }),
        ("ended", CallFilter { state: Some(CallState::Finished), ..all.clone() }),
        ("a phone", CallFilter { phone: Some("5511900000777".to_owned()), ..all.clone() }),
        ("an agent", CallFilter { agent: Some("17".to_owned()), ..all.clone() }),
        (
            "an agent, none of it",
            CallFilter { agent: Some("17".to_owned()), outcome: Some(Outcome::Failed), ..all.clone() },
        ),
        ("an outcome that is rare", CallFilter { outcome: Some(Outcome::Machine), ..all.clone() }),
        ("an agent that is none", CallFilter { agent: Some("none".to_owned()), ..all }),
    ];
    for (name, filter) in filters {
        let mut worst = 0.0_f64;
        let mut found = 0;
        for _ in 0..20 {
            let began = Instant::now();
            found = store.calls(company, &filter, None, Timestamp::now(), 51).await.expect("lists").len();
            worst = worst.max(began.elapsed().as_secs_f64() * 1_000.0);
        }
        println!("a page of calls, {name:24} {found:3} found, at most {worst:.1} ms of 20");
    }
}
