//! What agents do between calls, made of the events of all providers: as they come, in stretches, and made anew.

use std::time::Duration;

use serde_json::json;

use ramal::calls::Agents;
use ramal::domain::agent::Presence;
use ramal::domain::{CompanyId, Draft, Timestamp};
use ramal::journal::{JournalOptions, Kind};
use ramal::store::{AgentRow, Store};

use super::histories::{teravoz, threecplus};
use super::{SOON, all_is_kept, company, source};
use crate::journal::House;
use crate::store::{Db, NOW, contract};

contract! {
    the_last_word_of_each_agent_is_kept_in_whatever_stretches_it_comes,
}

fn with_agents() -> JournalOptions {
    let mut options = JournalOptions { upkeep: false, retention: all_is_kept(), ..JournalOptions::default() };
    options.consumers.push(Kind::of::<Agents>());
    options
}

fn at(second: u64, draft: Draft) -> Draft {
    Draft { received_at: NOW.plus(Duration::from_secs(second)), ..draft }
}

/// Somebody of each provider: who talks and is free again, who rests, who goes.
fn morning() -> Vec<Draft> {
    let agent = |id: u32, name: Option<&str>| json!({ "agent": { "id": id, "name": name } });
    let actor = |who: &str| json!({ "actor": format!("{who}@example.com"), "number": "200", "queue": "900" });
    let lunch = json!({ "agent": { "id": 8 }, "work_break": { "work_break_interval_name": "Almoço" } });
    let events = [
        threecplus::agent("agent-entered-manual", &agent(7, Some("Ana"))),
        teravoz::actor("actor.logged-in", &actor("bia")),
        teravoz::actor("actor.logged-in", &actor("caio")),
        threecplus::agent("agent-is-idle", &agent(8, None)),
        teravoz::actor("actor.paused", &actor("caio")),
        threecplus::agent("agent-is-idle", &agent(7, None)),
        teravoz::actor("actor.left", &actor("bia")),
        teravoz::actor("actor.left", &actor("caio")),
        threecplus::agent("agent-entered-work-break", &lunch),
        threecplus::agent("agent-is-idle", &agent(9, Some("Davi"))),
        threecplus::agent("agent-enter-work-break-failed", &agent(9, Some("Davi"))),
        threecplus::agent("agent-was-logged-out", &agent(9, Some("Davi"))),
    ];
    (0..).zip(events).map(|(second, draft)| at(second, draft)).collect()
}

async fn told(store: &Store, company: CompanyId) -> Vec<AgentRow> {
    store.agents_since(company, Timestamp(0), 100).await.expect("reads")
}

async fn the_last_word_of_each_agent_is_kept_in_whatever_stretches_it_comes(db: Db) {
    let house = House::with(db, with_agents()).await;
    let company = company(&house).await;
    for draft in morning() {
        house.append(company, vec![draft]).await;
        house.journal.catch_up(None).await.expect("catches up");
    }
    let live = told(&house.store, company).await;
    let said: Vec<_> = live
        .iter()
        .map(|row| {
            let second = (row.since.0 - NOW.0) / 1_000_000;
            let who = row.agent.name.clone().unwrap_or_else(|| row.agent.id.clone());
            (row.source, who, row.presence, row.detail.as_deref().map(str::to_owned), second)
        })
        .collect();
    let one = |provider, who: &str, presence, detail: Option<&str>, second| {
        (source(provider), who.to_owned(), presence, detail.map(str::to_owned), second)
    };
    assert_eq!(
        said,
        [
            one(0, "Ana", Presence::Idle, None, 5),
            one(0, "8", Presence::Break, Some("Almoço"), 8),
            one(2, "bia@example.com", Presence::Idle, None, 6),
            one(2, "caio@example.com", Presence::Break, None, 4),
        ]
    );
    // At once, and so from the first event on: it is the same.
    let kind =
        house.journal.consumers().iter().find(|kind| kind.name == "agents").copied().expect("it is listed");
    house.journal.control(move |tx| Box::pin(async move { kind.rebuild(tx).await })).await.expect("begins");
    house.journal.rebuild_now(&kind);
    tokio::time::timeout(SOON, house.journal.catch_up(None)).await.expect("in time").expect("catches up");
    assert_eq!(told(&house.store, company).await, live);
}
