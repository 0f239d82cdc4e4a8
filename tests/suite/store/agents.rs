//! What agents do between calls: the last word of each, and gone with its event.

use ramal::domain::agent::{AgentSaid, Does, Presence};
use ramal::domain::call::Agent;
use ramal::domain::{CompanyId, Seq, SourceId};
use ramal::store::{AgentWord, Build};

use super::calls::at;
use super::{Db, commit, commit_batch, contract};

contract! {
    the_last_word_of_an_agent_holds,
    agents_go_with_their_events_and_with_their_build,
    agents_are_found_by_their_names_in_whichever_company,
}

fn word(seq: i64, id: &str, name: Option<&str>, does: Does) -> AgentWord {
    let agent = Agent { id: id.to_owned(), name: name.map(str::to_owned), extension: None };
    AgentWord { source: SourceId(1), said: AgentSaid { agent, does }, at: at(seq), seq: Seq(seq) }
}

async fn read_from(db: &mut Db, company: CompanyId, number: i32) {
    let build = Build { company, number, version: 1, seq: Seq(1) };
    assert!(commit!(db, tx => tx.put_build("agents", &build).await.expect("a cursor")));
}

async fn put(db: &mut Db, company: CompanyId, build: i32, words: &[AgentWord]) {
    commit_batch!(db, tx => tx.put_agents(company, build, words).await.expect("writes"));
}

/// Who does what since when.
async fn told(db: &Db, company: CompanyId, since: i64) -> Vec<String> {
    let rows = db.store.agents_since(company, at(since), 10).await.expect("reads");
    let told = rows.iter().map(|row| {
        let who = row.agent.name.as_deref().unwrap_or(&row.agent.id);
        let detail = row.detail.as_deref().unwrap_or_default();
        let seconds = (row.since.0 - at(0).0) / 1_000_000;
        format!("{who} {} {detail}@{seconds}", row.presence.as_str())
    });
    told.collect()
}

async fn the_last_word_of_an_agent_holds(mut db: Db) {
    let company = db.company("A").await;
    read_from(&mut db, company, 0).await;
    let rest = || Does::Rests("Almoço".into());
    let begins = Does::Begins;
    let words = [
        word(1, "a", Some("Ana"), begins(Presence::Idle)),
        word(2, "b", None, rest()),
        word(3, "c", None, begins(Presence::InCall)),
        word(4, "d", None, begins(Presence::Offline)),
        word(5, "e", None, Does::Leaves),
    ];
    put(&mut db, company, 0, &words).await;
    assert_eq!(told(&db, company, 0).await, ["Ana idle @1", "b break Almoço@2"]);
    let words = [
        word(6, "a", None, Does::Leaves),
        word(7, "b", None, Does::Leaves),
        word(8, "c", None, begins(Presence::AfterCall)),
    ];
    put(&mut db, company, 0, &words).await;
    let now = ["Ana idle @6", "b break Almoço@2", "c after_call @8"];
    assert_eq!(told(&db, company, 0).await, now, "who rests goes on resting");
    assert_eq!(told(&db, company, 3).await, ["Ana idle @6", "c after_call @8"]);
    put(
        &mut db,
        company,
        0,
        &[word(9, "b", Some("Bia"), begins(Presence::Idle)), word(10, "b", None, Does::Leaves)],
    )
    .await;
    assert_eq!(told(&db, company, 9).await, ["Bia idle @10"]);
    assert!(told(&db, CompanyId(9), 0).await.is_empty());
}

async fn agents_go_with_their_events_and_with_their_build(mut db: Db) {
    let company = db.company("A").await;
    read_from(&mut db, company, 0).await;
    let words = [1, 5, 9].map(|seq| word(seq, &seq.to_string(), None, Does::Begins(Presence::Idle)));
    put(&mut db, company, 0, &words).await;
    let forget = async |db: &mut Db, oldest, read| commit!(db, tx => tx.forget_agents(company, Seq(oldest), read, 10).await.expect("forgets"));
    assert_eq!(forget(&mut db, 5, 0).await, 1);
    assert_eq!(told(&db, company, 0).await, ["5 idle @5", "9 idle @9"]);
    read_from(&mut db, company, 1).await;
    put(&mut db, company, 1, &[word(9, "anew", None, Does::Begins(Presence::Manual))]).await;
    assert_eq!(told(&db, company, 0).await, ["5 idle @5", "9 idle @9"], "it is still made");
    commit!(db, tx => tx.end_builds_before("agents", company, 1).await.expect("ends"));
    assert_eq!(told(&db, company, 0).await, ["anew manual @9"]);
    assert_eq!(forget(&mut db, 5, 1).await, 2);
}

async fn agents_are_found_by_their_names_in_whichever_company(mut db: Db) {
    let (one, other) = (db.company("A").await, db.company("B").await);
    let idle = || Does::Begins(Presence::Idle);
    for company in [one, other] {
        read_from(&mut db, company, 0).await;
        let words = [
            word(1, "7", Some("João Ávila"), idle()),
            word(2, "50%", Some("Cem"), idle()),
            word(3, "9", None, idle()),
        ];
        put(&mut db, company, 0, &words).await;
    }
    put(&mut db, other, 1, &[word(4, "7", Some("Ainda não lido"), idle())]).await;
    let found = async |pattern: &str, id: &str| {
        let mut found: Vec<_> = db
            .store
            .agents_like(pattern, id, 10)
            .await
            .expect("reads")
            .into_iter()
            .map(|(company, agent)| (company, agent.id))
            .collect();
        found.sort();
        found
    };
    let of_both = |id: &str| vec![(one, id.to_owned()), (other, id.to_owned())];
    assert_eq!(found("%j___%", "").await, of_both("7"));
    assert_eq!(found("%_v_l_%", "").await, of_both("7"));
    assert_eq!(found("%zz%", "9").await, of_both("9"));
    assert_eq!(found("%!%%", "").await, [], "a sign of patterns is a letter");
    assert_eq!(found("%_m%", "50%").await, of_both("50%"));
    let names = db.store.agent_names(other, 10).await.expect("reads");
    assert_eq!(names, [("50%".to_owned(), "Cem".to_owned()), ("7".to_owned(), "João Ávila".to_owned())]);
}
