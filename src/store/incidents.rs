//! `incidents` and `incident_log`: what was wrong, and what happened to it.

use super::engine::{Conn, from_row, on, reads};
use super::text::{maybe, text};
use super::{StoreError, Tx};
use crate::domain::incident::{Entry, Facts, Incident, Kind, Said, Silence, Step};
use crate::domain::{CompanyId, IncidentId, Timestamp};

from_row!(Incident, row => {
    let unknown = |word: &str| sqlx::Error::Decode(format!("`{word}` is a word of another version").into());
    let kind: String = row.try_get(3)?;
    let facts: String = row.try_get(7)?;
    let taken_by: Option<String> = row.try_get(8)?;
    let until: Option<i64> = row.try_get(10)?;
    let silenced_by: Option<String> = row.try_get(11)?;
    Ok(Incident {
        id: IncidentId(row.try_get(0)?),
        company: row.try_get::<Option<i64>, _>(1)?.map(CompanyId),
        subject: row.try_get(2)?,
        kind: Kind::parse(&kind).ok_or_else(|| unknown(&kind))?,
        since: Timestamp(row.try_get(4)?),
        opened_at: Timestamp(row.try_get(5)?),
        closed_at: row.try_get::<Option<i64>, _>(6)?.map(Timestamp),
        facts: serde_json::from_str::<Facts>(&facts).map_err(|error| sqlx::Error::Decode(error.into()))?,
        taken: taken_by.zip(row.try_get::<Option<i64>, _>(9)?.map(Timestamp)),
        silence: until.zip(silenced_by).map(|(until, by)| Silence { until: Timestamp(until), by }),
    })
});

from_row!(Entry, row => {
    let step: String = row.try_get(1)?;
    let said: Option<String> = row.try_get(3)?;
    Ok(Entry {
        at: Timestamp(row.try_get(0)?),
        step: Step::parse(&step)
            .ok_or_else(|| sqlx::Error::Decode(format!("`{step}` is a word of another version").into()))?,
        by: row.try_get(2)?,
        text: said
            .map(|said| serde_json::from_str::<Said>(&said))
            .transpose()
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
        detail: row.try_get(4)?,
    })
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, company, subject, kind, since, opened_at, closed_at, facts, taken_by, taken_at, \
             silenced_until, silenced_by FROM incidents ",
            $rest
        )
    };
}

reads! {
    /// Those that are open, the oldest first.
    open_incidents() -> Vec<Incident>;
    /// Those that were closed at this time or later, the last closed first.
    incidents_closed_since(at: Timestamp) -> Vec<Incident>;
    /// Those that are closed, before the id of the last one seen (`i64::MAX` begins), newest first; of one company, or of all.
    closed_incidents(company: Option<CompanyId>, before: i64, limit: u32) -> Vec<Incident>;
    /// Those of one subject before this one, newest first.
    incidents_before(subject: &str, id: IncidentId, limit: u32) -> Vec<Incident>;
    /// Those of one company before this one, newest first.
    company_incidents_before(company: CompanyId, id: IncidentId, limit: u32) -> Vec<Incident>;
    /// One of them, open or closed.
    incident(id: IncidentId) -> Option<Incident>;
    /// The newest `limit` lines of what happened to it, newest first.
    incident_log(id: IncidentId, limit: u32) -> Vec<Entry>;
    /// The word of what last ended an incident.
    incident_end(id: IncidentId) -> Option<String>;
}

async fn open_incidents(conn: Conn<'_>) -> Result<Vec<Incident>, StoreError> {
    let sql = select!("WHERE closed_at IS NULL ORDER BY id");
    Ok(on!(conn, db => sqlx::query_as(sql).fetch_all(&mut *db).await?))
}

async fn incidents_closed_since(conn: Conn<'_>, at: Timestamp) -> Result<Vec<Incident>, StoreError> {
    let sql = select!("WHERE closed_at >= $1 ORDER BY closed_at DESC, id DESC");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(at.0).fetch_all(&mut *db).await?))
}

async fn closed_incidents(
    conn: Conn<'_>,
    company: Option<CompanyId>,
    before: i64,
    limit: u32,
) -> Result<Vec<Incident>, StoreError> {
    let sql = select!(
        "WHERE closed_at IS NOT NULL AND id < $2 AND ($1 = 0 OR company = $1) ORDER BY id DESC LIMIT $3"
    );
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(company.map_or(0, |company| company.0))
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

async fn incidents_before(
    conn: Conn<'_>,
    subject: &str,
    id: IncidentId,
    limit: u32,
) -> Result<Vec<Incident>, StoreError> {
    let sql = select!("WHERE subject = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(text(subject))
        .bind(id.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

async fn company_incidents_before(
    conn: Conn<'_>,
    company: CompanyId,
    id: IncidentId,
    limit: u32,
) -> Result<Vec<Incident>, StoreError> {
    let sql = select!("WHERE company = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(company.0)
        .bind(id.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

async fn incident(conn: Conn<'_>, id: IncidentId) -> Result<Option<Incident>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("WHERE id = $1")).bind(id.0).fetch_optional(&mut *db).await?))
}

async fn incident_end(conn: Conn<'_>, id: IncidentId) -> Result<Option<String>, StoreError> {
    let sql =
        "SELECT detail FROM incident_log WHERE incident = $1 AND step = 'closed' ORDER BY id DESC LIMIT 1";
    let end: Option<(Option<String>,)> =
        on!(conn, db => sqlx::query_as(sql).bind(id.0).fetch_optional(&mut *db).await?);
    Ok(end.and_then(|(why,)| why))
}

async fn incident_log(conn: Conn<'_>, id: IncidentId, limit: u32) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT at, step, by_whom, text, detail FROM incident_log WHERE incident = $1 \
               ORDER BY id DESC LIMIT $2";
    Ok(on!(conn, db => sqlx::query_as(sql).bind(id.0).bind(i64::from(limit)).fetch_all(&mut *db).await?))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::json!(value).to_string()
}

impl Tx<'_> {
    /// Writes an incident down; its `id` is not looked at. `Taken` when its subject has an open one.
    pub async fn open_incident(&mut self, incident: &Incident) -> Result<IncidentId, StoreError> {
        let sql = "INSERT INTO incidents (company, subject, kind, since, opened_at, facts) \
                   VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(sql)
            .bind(incident.company.map(|company| company.0))
            .bind(text(&incident.subject))
            .bind(incident.kind.as_str())
            .bind(incident.since.0)
            .bind(incident.opened_at.0)
            .bind(text(&json(&incident.facts)))
            .fetch_one(&mut *db)
            .await?);
        Ok(IncidentId(id))
    }

    /// Saves what the program finds: the kind, since when, the facts, and whether it is closed.
    pub async fn save_incident(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let sql = "UPDATE incidents SET kind = $2, since = $3, closed_at = $4, facts = $5 WHERE id = $1";
        on!(self.conn(), db => sqlx::query(sql)
            .bind(incident.id.0)
            .bind(incident.kind.as_str())
            .bind(incident.since.0)
            .bind(incident.closed_at.map(|at| at.0))
            .bind(text(&json(&incident.facts)))
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Somebody has taken it. Who took it first stays; whether that is so now.
    pub async fn take_incident(
        &mut self,
        id: IncidentId,
        by: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE incidents SET taken_by = $2, taken_at = $3 \
                   WHERE id = $1 AND closed_at IS NULL AND taken_by IS NULL";
        let taken = on!(self.conn(), db => sqlx::query(sql)
            .bind(id.0)
            .bind(text(by))
            .bind(at.0)
            .execute(&mut *db)
            .await?
            .rows_affected());
        Ok(taken > 0)
    }

    /// Nobody is to hear of it until then; `None` ends that. Whether it is open.
    pub async fn silence_incident(
        &mut self,
        id: IncidentId,
        silence: Option<&Silence>,
    ) -> Result<bool, StoreError> {
        let sql =
            "UPDATE incidents SET silenced_until = $2, silenced_by = $3 WHERE id = $1 AND closed_at IS NULL";
        let found = on!(self.conn(), db => sqlx::query(sql)
            .bind(id.0)
            .bind(silence.map(|silence| silence.until.0))
            .bind(maybe(silence.map(|silence| silence.by.as_str())))
            .execute(&mut *db)
            .await?
            .rows_affected());
        Ok(found > 0)
    }

    /// One line more of what happened to it.
    pub async fn log_incident(&mut self, id: IncidentId, entry: &Entry) -> Result<(), StoreError> {
        let sql = "INSERT INTO incident_log (incident, at, step, by_whom, text, detail) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let said = entry.text.as_ref().map(json);
        on!(self.conn(), db => sqlx::query(sql)
            .bind(id.0)
            .bind(entry.at.0)
            .bind(entry.step.as_str())
            .bind(maybe(entry.by.as_deref()))
            .bind(maybe(said.as_deref()))
            .bind(maybe(entry.detail.as_deref()))
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes up to `limit` incidents that were closed before this time, with what happened to them. Returns how many went.
    pub async fn forget_incidents(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let ids = "SELECT id FROM incidents WHERE closed_at < $1 ORDER BY closed_at, id LIMIT $2";
        let old: Vec<(i64,)> = on!(self.conn(), db =>
            sqlx::query_as(ids).bind(before.0).bind(i64::from(limit)).fetch_all(&mut *db).await?);
        for (id,) in &old {
            for sql in [
                "DELETE FROM notices WHERE incident = $1",
                "DELETE FROM incident_log WHERE incident = $1",
                "DELETE FROM incidents WHERE id = $1",
            ] {
                on!(self.conn(), db => sqlx::query(sql).bind(id).execute(&mut *db).await.map(drop))?;
            }
        }
        Ok(old.len() as u64)
    }
}
