//! What one event costs, in instructions: from the journal's door to its attempt and cursor on the disk, each with commits of
//! its own, as on an ordinary day. Instructions are the same whatever else a machine does, so that a change that makes every
//! delivery dearer is seen where a clock would say nothing.
//!
//! The suite counts itself: Valgrind's `callgrind` runs the test [`deliveries`] twice, with more events the second time,
//! and the difference is what the further ones cost. It is the cost of the build that tests are made with, and is only to be
//! compared with what the same build cost before: `tests/data/instructions.txt`, which says how it is written anew.

use std::process::Command;

use tokio::task::LocalSet;

use super::endpoint::Endpoint;
use super::{hook, named, start};
use crate::journal::House;
use crate::store::Db;

/// How many deliveries the counted run makes.
const COUNTED: &str = "RAMAL_COUNTED_DELIVERIES";
const FEW: u64 = 40;
const MANY: u64 = 120;
/// What the build of the tests cost when it was last written down.
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/instructions.txt");
/// So much dearer it may become without being recorded anew, in hundredths.
const DEARER: u64 = 5;

/// Events of one company to one webhook, one after the other.
#[tokio::test]
async fn deliveries() {
    let count: u64 = std::env::var(COUNTED).map_or(3, |count| count.parse().expect("a number"));
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(Db::sqlite().await).await;
            let company = house.company("A").await;
            let endpoint = Endpoint::start().await;
            let hook = hook(&house, company, endpoint.url(), &["call-*"]).await;
            let running = start(&local, &house, &hook).await;
            let payload = format!(r#"{{"call":{{"id":"1","status":"3"}},"filler":"{}"}}"#, "x".repeat(1_000));
            for n in 0..count {
                let lane = format!("call:{}", n % 8);
                let placed =
                    house.append(company, vec![named("call-was-connected", Some(&lane), &payload)]).await;
                running.until("settled", |status| status.cursor == placed.last().copied()).await;
            }
            running.stopped().await;
            assert_eq!(endpoint.taken().len() as u64, count);
        })
        .await;
}

#[test]
fn a_delivery_costs_no_more_instructions_than_recorded() {
    let (few, many) = (counted(FEW), counted(MANY));
    let each = (many - few) / (MANY - FEW);
    let recorded = std::fs::read_to_string(RECORDED).expect("is there");
    let line = recorded.lines().find_map(|line| line.strip_prefix("delivery "));
    let known: u64 = line.and_then(|number| number.trim().parse().ok()).expect("`delivery` and a number");
    let most = known + known * DEARER / 100;
    println!("a delivery costs {each} instructions; recorded are {known}");
    assert!(
        each <= most,
        "a delivery costs {each} instructions, which is more than a twentieth above the {known} of \
         tests/data/instructions.txt: make it cheaper, or record it there and say why"
    );
}

/// Instructions of a whole run with so many deliveries.
fn counted(deliveries: u64) -> u64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(std::env::current_exe().expect("the suite"));
    valgrind.args(["--exact", "delivery::cost::deliveries", "--test-threads=1"]);
    let output = valgrind.env(COUNTED, deliveries.to_string()).output().expect("valgrind is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
    let total = said.lines().find_map(|line| line.split_once("Collected :"));
    total.and_then(|(_, number)| number.trim().parse().ok()).unwrap_or_else(|| panic!("no count in {said}"))
}
