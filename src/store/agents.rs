//! `agents`: what agents do between calls, a row for each that was heard of.
//!
//! What must hold: a row is written only in the transaction that moves the cursor of its build, and says what was said last.

use std::borrow::Cow;

use super::engine::{Conn, Nothing, batch, from_row, on, reads};
use super::text::{maybe, text};
use super::{BatchTx, StoreError, Tx};
use crate::domain::agent::{AgentSaid, Does, Presence};
use crate::domain::call::Agent;
use crate::domain::{CompanyId, Event, Key, Seq, SourceId, Timestamp};

/// What an agent does, and since when by our clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRow {
    pub source: SourceId,
    pub agent: Agent,
    pub presence: Presence,
    /// What its break is called.
    pub detail: Option<Key>,
    pub since: Timestamp,
    /// The event that said so last.
    pub seq: Seq,
}

from_row!(AgentRow, row => {
    let word: String = row.try_get(4)?;
    let presence = Presence::parse(&word)
        .ok_or_else(|| sqlx::Error::Decode(format!("`{word}` is nothing that an agent does").into()))?;
    Ok(AgentRow {
        source: SourceId(row.try_get(0)?),
        agent: Agent { id: row.try_get(1)?, name: row.try_get(2)?, extension: row.try_get(3)? },
        presence,
        detail: row.try_get::<Option<String>, _>(5)?.map(Key::from),
        since: Timestamp(row.try_get(6)?),
        seq: Seq(row.try_get(7)?),
    })
});

/// What was said of an agent, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentWord {
    pub source: SourceId,
    pub said: AgentSaid,
    pub at: Timestamp,
    pub seq: Seq,
}

impl AgentWord {
    pub fn of(event: &Event, said: AgentSaid) -> Self {
        Self { source: event.source, said, at: event.received_at, seq: event.seq }
    }

    fn presence(&self) -> &'static str {
        self.said.does.presence().map_or("", Presence::as_str)
    }
}

reads! {
    /// The agents that are there and in no call, as they were told to be at `since` or later: at most `limit`.
    agents_since(company: CompanyId, since: Timestamp, limit: u32) -> Vec<AgentRow>;
    /// The agents of all companies whose name is like this pattern, in small letters, or who have this id: at most `limit`.
    agents_like(pattern: &str, id: &str, limit: u32) -> Vec<(CompanyId, Agent)>;
    /// The agents of a company that have a name, by their id, those first who were told of last: at most `limit`.
    agent_names(company: CompanyId, limit: u32) -> Vec<(String, String)>;
}

async fn agents_like(
    conn: Conn<'_>,
    pattern: &str,
    id: &str,
    limit: u32,
) -> Result<Vec<(CompanyId, Agent)>, StoreError> {
    let sql = "SELECT company, agent, name, extension FROM agents WHERE (LOWER(name) LIKE $1 ESCAPE '!' OR agent = $2) \
         AND build = (SELECT MIN(cursors.build) FROM cursors WHERE cursors.consumer = 'agents' AND cursors.id = agents.company) \
         ORDER BY since DESC LIMIT $3";
    let rows: Vec<(i64, String, Option<String>, Option<String>)> = on!(conn, db => sqlx::query_as(sql)
        .bind(text(pattern))
        .bind(text(id))
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?);
    let agent = |(company, id, name, extension)| (CompanyId(company), Agent { id, name, extension });
    Ok(rows.into_iter().map(agent).collect())
}

async fn agent_names(
    conn: Conn<'_>,
    company: CompanyId,
    limit: u32,
) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT agent, name FROM agents WHERE company = $1 AND name IS NOT NULL \
         AND build = (SELECT MIN(build) FROM cursors WHERE consumer = 'agents' AND id = $1) ORDER BY since DESC LIMIT $2";
    Ok(on!(conn, db => sqlx::query_as(sql).bind(company.0).bind(i64::from(limit)).fetch_all(&mut *db).await?))
}

async fn agents_since(
    conn: Conn<'_>,
    company: CompanyId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<AgentRow>, StoreError> {
    let sql = "SELECT source, agent, name, extension, presence, detail, since, seq FROM agents WHERE company = $1 \
         AND build = (SELECT MIN(build) FROM cursors WHERE consumer = 'agents' AND id = $1) \
         AND presence NOT IN ('offline', 'in_call') AND since >= $2 ORDER BY source, agent LIMIT $3";
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(company.0)
        .bind(since.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

impl BatchTx<'_> {
    /// Writes what was said of agents, of each no more than once with what it does and once that it has left a call after that.
    pub async fn put_agents(
        &mut self,
        company: CompanyId,
        build: i32,
        words: &[AgentWord],
    ) -> Result<(), StoreError> {
        let does = |leaves: bool| -> Vec<&AgentWord> {
            words.iter().filter(|word| (word.said.does == Does::Leaves) == leaves).collect()
        };
        let (begins, leaves) = (does(false), does(true));
        // Who is told of without a name keeps the one that is known.
        let _ = batch!(self.conn(), Nothing,
            "INSERT INTO agents (company, build, source, agent, name, extension, presence, detail, since, seq) {rows} \
             ON CONFLICT (company, build, source, agent) DO UPDATE SET name = COALESCE(excluded.name, agents.name), \
             extension = COALESCE(excluded.extension, agents.extension), presence = excluded.presence, \
             detail = excluded.detail, since = excluded.since, seq = excluded.seq",
            &*begins, of => {
                company.0 => i64, "bigint";
                build => i32, "integer";
                of.source.0 => i64, "bigint";
                of.said.agent.id.as_str() => &str, "text";
                maybe(of.said.agent.name.as_deref()).map(Cow::into_owned) => Option<String>, "text";
                maybe(of.said.agent.extension.as_deref()).map(Cow::into_owned) => Option<String>, "text";
                of.presence() => &str, "text";
                of.said.does.detail().map(|name| &**name) => Option<&str>, "text";
                of.at.0 => i64, "bigint";
                of.seq.0 => i64, "bigint";
            }
        );
        let _ = batch!(self.conn(), Nothing,
            "UPDATE agents SET since = v.column5, seq = v.column6 FROM ({rows}) AS v WHERE agents.company = v.column1 \
             AND agents.build = v.column2 AND agents.source = v.column3 AND agents.agent = v.column4 AND agents.presence = 'idle'",
            &*leaves, of => {
                company.0 => i64, "bigint";
                build => i32, "integer";
                of.source.0 => i64, "bigint";
                of.said.agent.id.as_str() => &str, "text";
                of.at.0 => i64, "bigint";
                of.seq.0 => i64, "bigint";
            }
        );
        Ok(())
    }
}

impl Tx<'_> {
    /// Removes up to `limit` agents of whom no event is left, the oldest event that there is being `oldest`, and those of builds
    /// before the one that is read. Returns how many went.
    pub async fn forget_agents(
        &mut self,
        company: CompanyId,
        oldest: Seq,
        read: i32,
        limit: u32,
    ) -> Result<u64, StoreError> {
        // A company has few of them, so that all are looked at.
        let sql = "DELETE FROM agents WHERE company = $1 AND (build, source, agent) IN (SELECT build, source, agent FROM agents \
             WHERE company = $1 AND (build < $2 OR (build = $2 AND seq < $3)) LIMIT $4)";
        Ok(on!(self.conn(), db => sqlx::query(sql)
            .bind(company.0)
            .bind(read)
            .bind(oldest.0)
            .bind(i64::from(limit))
            .execute(&mut *db)
            .await?
            .rows_affected()))
    }
}
