//! What the journal does by itself, asked for and waited for instead of slept for.

use std::time::Duration;

use ramal::domain::RetentionLimits;
use ramal::duties::{Count, Outcome, State, Status};
use ramal::journal::JournalOptions;

use super::{House, draft};
use crate::store::{Db, contract};
use crate::support::settings::ages;

contract! {
    blocks_are_sealed_and_removed_by_duties_that_say_how_many,
    what_runs_by_itself_is_listed_and_ends,
}

fn status(house: &House, name: &str) -> Status {
    let found = house.journal.duties().statuses().into_iter().find(|status| status.name == name);
    found.unwrap_or_else(|| panic!("{name} is not listed"))
}

async fn blocks_are_sealed_and_removed_by_duties_that_say_how_many(db: Db) {
    // Everything is old, and nobody wants it.
    let retention =
        RetentionLimits { age: ages(Duration::ZERO, Duration::ZERO), ..RetentionLimits::default() };
    let house = House::with(db, JournalOptions { retention, ..JournalOptions::default() }).await;
    let (duties, company) = (house.journal.duties(), house.company("A").await);
    assert_eq!(duties.activate("indexer").await, Some(Outcome::Well(None)), "there is nothing to seal");
    house.append(company, vec![draft("x"); 1_500]).await;
    duties.activate("indexer").await.expect("it runs");
    // Its own look may have been the one that found them; this one began later in either case.
    let (sealed, _) = status(&house, "indexer").last_work.expect("a full block");
    assert_eq!(sealed, Count { what: "stretches", count: 1 });
    duties.activate("retention").await.expect("it runs");
    let (removed, _) = status(&house, "retention").last_work.expect("all of the block");
    assert_eq!(
        removed,
        Count { what: "rows", count: 1_026 },
        "its events, itself and its one key: their name"
    );
    assert_eq!(house.stored(company).await.len(), 1_500 - 1_024);
    assert_eq!(duties.activate("retention").await, Some(Outcome::Well(None)));
}

async fn what_runs_by_itself_is_listed_and_ends(db: Db) {
    let is_file = db.url.starts_with("sqlite");
    let house = House::with(db, JournalOptions::default()).await;
    let duties = house.journal.duties();
    let mut expected = vec!["database-hold", "checkpoint", "indexer", "retention"];
    if !is_file {
        expected.remove(1);
    }
    let names = || duties.statuses().iter().map(|status| status.name).collect::<Vec<_>>();
    assert_eq!(names(), expected);
    for name in &expected {
        let ran = duties.activate(name).await;
        assert!(matches!(ran, Some(Outcome::Well(_))), "{name}: {ran:?}");
        let status = status(&house, name);
        assert!(status.runs >= 1 && status.failures == 0 && status.panics == 0, "{status:?}");
        let last = status.last.expect("it has run");
        assert!(last.began_at <= last.ended_at, "{last:?}");
    }
    let _again = house.stopped().await;
    assert_eq!(names(), expected, "they stay listed");
    assert!(duties.statuses().iter().all(|status| status.state == State::Ended));
    assert_eq!(duties.activate("retention").await, None);
}
