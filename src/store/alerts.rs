//! `alert_rules`, `notices` and `alerting`: who is told of incidents, and what they are still to be told.

use super::engine::{Conn, from_row, on, reads};
use super::text::text;
use super::{StoreError, Tx};
use crate::domain::alert_rule::{AlertRule, Notice, QuietHours, Terms, Why};
use crate::domain::incident::{Entry, Said, Step};
use crate::domain::{AlertRuleId, CompanyId, ContactPointId, IncidentId, Timestamp};

/// How far the incidents' log was read for whoever is to be told, and when nobody is to be disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alerting {
    pub planned_to: i64,
    pub quiet: Option<QuietHours>,
    pub version: i64,
}

/// A line of the incidents' log with its place.
#[derive(Debug, Clone)]
pub struct LoggedStep {
    pub id: i64,
    pub incident: IncidentId,
    pub entry: Entry,
}

/// A notice that is to be sent.
#[derive(Debug, Clone)]
pub struct DueNotice {
    pub id: i64,
    pub notice: Notice,
    pub tries: u32,
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeOutcome {
    Sent,
    /// When its time came it was not wanted any more.
    Dropped,
    /// It could not be sent for too long, or is refused for good.
    GivenUp,
}

impl NoticeOutcome {
    fn as_str(self) -> &'static str {
        match self {
            NoticeOutcome::Sent => "sent",
            NoticeOutcome::Dropped => "dropped",
            NoticeOutcome::GivenUp => "given_up",
        }
    }
}

from_row!(AlertRule, row => Ok(AlertRule {
    id: AlertRuleId(row.try_get(0)?),
    company: row.try_get::<Option<i64>, _>(1)?.map(CompanyId),
    name: row.try_get(2)?,
    enabled: row.try_get::<i32, _>(3)? != 0,
    terms: serde_json::from_str::<Terms>(&row.try_get::<String, _>(4)?)
        .map_err(|error| sqlx::Error::Decode(error.into()))?,
    version: row.try_get(5)?,
}));

from_row!(Alerting, row => {
    let minute = |at: Option<i32>| at.and_then(|at| u16::try_from(at).ok());
    let (from, to) = (minute(row.try_get(1)?), minute(row.try_get(2)?));
    Ok(Alerting {
        planned_to: row.try_get(0)?,
        quiet: from.zip(to).map(|(from, to)| QuietHours { from, to }),
        version: row.try_get(3)?,
    })
});

from_row!(LoggedStep, row => {
    let step: String = row.try_get(3)?;
    let said: Option<String> = row.try_get(5)?;
    Ok(LoggedStep {
        id: row.try_get(0)?,
        incident: IncidentId(row.try_get(1)?),
        entry: Entry {
            at: Timestamp(row.try_get(2)?),
            step: Step::parse(&step)
                .ok_or_else(|| sqlx::Error::Decode(format!("`{step}` is a word of another version").into()))?,
            by: row.try_get(4)?,
            text: said
                .map(|said| serde_json::from_str::<Said>(&said))
                .transpose()
                .map_err(|error| sqlx::Error::Decode(error.into()))?,
            detail: row.try_get(6)?,
        },
    })
});

from_row!(DueNotice, row => {
    let why: String = row.try_get(4)?;
    Ok(DueNotice {
        id: row.try_get(0)?,
        notice: Notice {
            contact: ContactPointId(row.try_get(1)?),
            incident: IncidentId(row.try_get(2)?),
            rule: AlertRuleId(row.try_get(3)?),
            why: Why::parse(&why)
                .ok_or_else(|| sqlx::Error::Decode(format!("`{why}` is a word of another version").into()))?,
            due_at: Timestamp(row.try_get(5)?),
        },
        tries: u32::try_from(row.try_get::<i32, _>(6)?).unwrap_or(0),
    })
});

reads! {
    /// All of them, the oldest first.
    alert_rules() -> Vec<AlertRule>;
    /// One of them.
    alert_rule(id: AlertRuleId) -> Option<AlertRule>;
    /// See [`Alerting`].
    alerting() -> Alerting;
    /// Up to `limit` lines of the incidents' log after this one, in their order.
    incident_steps_after(after: i64, limit: u32) -> Vec<LoggedStep>;
    /// Up to `limit` notices whose time has come, the first due first.
    due_notices(now: Timestamp, limit: u32) -> Vec<DueNotice>;
    /// Who was told of an incident.
    told_of(incident: IncidentId) -> Vec<ContactPointId>;
    /// Who was told of an incident or is to be.
    named_in_notices(incident: IncidentId) -> Vec<ContactPointId>;
}

async fn alert_rules(conn: Conn<'_>) -> Result<Vec<AlertRule>, StoreError> {
    let sql = "SELECT id, company, name, enabled, terms, version FROM alert_rules ORDER BY id";
    Ok(on!(conn, db => sqlx::query_as(sql).fetch_all(&mut *db).await?))
}

async fn alert_rule(conn: Conn<'_>, id: AlertRuleId) -> Result<Option<AlertRule>, StoreError> {
    let sql = "SELECT id, company, name, enabled, terms, version FROM alert_rules WHERE id = $1";
    Ok(on!(conn, db => sqlx::query_as(sql).bind(id.0).fetch_optional(&mut *db).await?))
}

async fn alerting(conn: Conn<'_>) -> Result<Alerting, StoreError> {
    let sql = "SELECT planned_to, quiet_from, quiet_to, version FROM alerting WHERE one = 1";
    Ok(on!(conn, db => sqlx::query_as(sql).fetch_one(&mut *db).await?))
}

async fn incident_steps_after(conn: Conn<'_>, after: i64, limit: u32) -> Result<Vec<LoggedStep>, StoreError> {
    let sql = "SELECT id, incident, at, step, by_whom, text, detail FROM incident_log WHERE id > $1 \
               ORDER BY id LIMIT $2";
    Ok(on!(conn, db => sqlx::query_as(sql).bind(after).bind(i64::from(limit)).fetch_all(&mut *db).await?))
}

async fn due_notices(conn: Conn<'_>, now: Timestamp, limit: u32) -> Result<Vec<DueNotice>, StoreError> {
    let sql = "SELECT id, contact_point, incident, rule, why, due_at, tries FROM notices \
               WHERE done_at IS NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2";
    Ok(on!(conn, db => sqlx::query_as(sql).bind(now.0).bind(i64::from(limit)).fetch_all(&mut *db).await?))
}

async fn told_of(conn: Conn<'_>, incident: IncidentId) -> Result<Vec<ContactPointId>, StoreError> {
    let sql = "SELECT DISTINCT contact_point FROM notices WHERE incident = $1 AND outcome = 'sent' \
               ORDER BY contact_point";
    contacts(conn, sql, incident).await
}

async fn named_in_notices(conn: Conn<'_>, incident: IncidentId) -> Result<Vec<ContactPointId>, StoreError> {
    let sql = "SELECT DISTINCT contact_point FROM notices WHERE incident = $1 \
               AND (outcome IS NULL OR outcome <> 'dropped') ORDER BY contact_point";
    contacts(conn, sql, incident).await
}

async fn contacts(
    conn: Conn<'_>,
    sql: &'static str,
    incident: IncidentId,
) -> Result<Vec<ContactPointId>, StoreError> {
    let told: Vec<(i64,)> = on!(conn, db => sqlx::query_as(sql).bind(incident.0).fetch_all(&mut *db).await?);
    Ok(told.into_iter().map(|(contact,)| ContactPointId(contact)).collect())
}

fn json(terms: &Terms) -> String {
    serde_json::json!(terms).to_string()
}

impl Tx<'_> {
    /// Writes a rule down; its id and version are not looked at.
    pub async fn create_alert_rule(
        &mut self,
        rule: &AlertRule,
        now: Timestamp,
    ) -> Result<AlertRuleId, StoreError> {
        let sql = "INSERT INTO alert_rules (company, name, enabled, terms, version, created_at, updated_at) \
                   VALUES ($1, $2, $3, $4, 1, $5, $5) RETURNING id";
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(sql)
            .bind(rule.company.map(|company| company.0))
            .bind(text(&rule.name))
            .bind(i32::from(rule.enabled))
            .bind(text(&json(&rule.terms)))
            .bind(now.0)
            .fetch_one(&mut *db)
            .await?);
        Ok(AlertRuleId(id))
    }

    /// Saves a rule; `Stale` unless its version is still the stored one.
    pub async fn save_alert_rule(&mut self, rule: &AlertRule, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE alert_rules SET name = $2, enabled = $3, terms = $4, updated_at = $5, \
                   version = version + 1 WHERE id = $1 AND version = $6";
        let saved = on!(self.conn(), db => sqlx::query(sql)
            .bind(rule.id.0)
            .bind(text(&rule.name))
            .bind(i32::from(rule.enabled))
            .bind(text(&json(&rule.terms)))
            .bind(now.0)
            .bind(rule.version)
            .execute(&mut *db)
            .await?
            .rows_affected());
        if saved == 0 { Err(StoreError::Stale { what: "alert rule", id: rule.id.0 }) } else { Ok(()) }
    }

    /// Removes a rule. What it had planned is dropped when its time comes.
    pub async fn delete_alert_rule(&mut self, id: AlertRuleId) -> Result<(), StoreError> {
        on!(self.conn(), db =>
            sqlx::query("DELETE FROM alert_rules WHERE id = $1").bind(id.0).execute(&mut *db).await.map(drop))?;
        Ok(())
    }

    /// Saves when nobody is to be disturbed; `Stale` unless this version is still the stored one.
    pub async fn save_quiet_hours(
        &mut self,
        quiet: Option<QuietHours>,
        version: i64,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE alerting SET quiet_from = $1, quiet_to = $2, version = version + 1 \
                   WHERE one = 1 AND version = $3";
        let saved = on!(self.conn(), db => sqlx::query(sql)
            .bind(quiet.map(|quiet| i32::from(quiet.from)))
            .bind(quiet.map(|quiet| i32::from(quiet.to)))
            .bind(version)
            .execute(&mut *db)
            .await?
            .rows_affected());
        if saved == 0 { Err(StoreError::Stale { what: "quiet hours", id: 1 }) } else { Ok(()) }
    }

    /// What waits for the end of quiet hours that are no more is due now.
    pub async fn end_quiet(&mut self, waits_until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE notices SET due_at = $2 WHERE done_at IS NULL AND due_at = $1";
        on!(self.conn(), db =>
            sqlx::query(sql).bind(waits_until.0).bind(now.0).execute(&mut *db).await.map(drop))?;
        Ok(())
    }

    /// What a rule tells later is due so many microseconds later, or earlier; what waits for the end of quiet hours stays.
    pub async fn move_notices(
        &mut self,
        rule: AlertRuleId,
        why: Why,
        micros: i64,
        (now, quiet_until): (Timestamp, Option<Timestamp>),
    ) -> Result<(), StoreError> {
        let sql = "UPDATE notices SET due_at = CASE WHEN due_at + $3 < $4 THEN $4 ELSE due_at + $3 END \
                   WHERE rule = $1 AND why = $2 AND done_at IS NULL AND tries = 0 AND due_at > $4 AND due_at <> $5";
        on!(self.conn(), db => sqlx::query(sql)
            .bind(rule.0)
            .bind(why.as_str())
            .bind(micros)
            .bind(now.0)
            .bind(quiet_until.unwrap_or_default().0)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Writes down who is to be told, and up to which line of the incidents' log that was thought of. What was to come later of
    /// incidents that have begun anew since is dropped.
    pub async fn plan_notices(
        &mut self,
        up_to: i64,
        begun_anew: &[IncidentId],
        notices: &[Notice],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let drops = "UPDATE notices SET done_at = $2, outcome = 'dropped' WHERE incident = $1 \
                     AND done_at IS NULL AND why IN ('escalated', 'still_open')";
        for incident in begun_anew {
            on!(self.conn(), db =>
                sqlx::query(drops).bind(incident.0).bind(now.0).execute(&mut *db).await.map(drop))?;
        }
        for notice in notices {
            self.put_notice(notice).await?;
        }
        on!(self.conn(), db => sqlx::query("UPDATE alerting SET planned_to = $1 WHERE one = 1 AND planned_to < $1")
            .bind(up_to)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// One more.
    pub async fn put_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        let sql = "INSERT INTO notices (contact_point, incident, rule, why, due_at, tries) \
                   VALUES ($1, $2, $3, $4, $5, 0)";
        on!(self.conn(), db => sqlx::query(sql)
            .bind(notice.contact.0)
            .bind(notice.incident.0)
            .bind(notice.rule.0)
            .bind(notice.why.as_str())
            .bind(notice.due_at.0)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// It is done with.
    pub async fn notice_done(
        &mut self,
        id: i64,
        outcome: NoticeOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query("UPDATE notices SET done_at = $2, outcome = $3 WHERE id = $1")
            .bind(id)
            .bind(now.0)
            .bind(outcome.as_str())
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// It is told then, and is not tried before; unless quiet hours are of another version by now.
    pub async fn notice_waits(&mut self, id: i64, due_at: Timestamp, version: i64) -> Result<(), StoreError> {
        let sql = "UPDATE notices SET due_at = $2 WHERE id = $1 AND EXISTS (\
                   SELECT 1 FROM alerting WHERE one = 1 AND version = $3)";
        on!(self.conn(), db => sqlx::query(sql)
            .bind(id)
            .bind(due_at.0)
            .bind(version)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// It was tried, and is tried again then.
    pub async fn notice_later(&mut self, id: i64, due_at: Timestamp) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query("UPDATE notices SET due_at = $2, tries = tries + 1 WHERE id = $1")
            .bind(id)
            .bind(due_at.0)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }
}
