//! `webhooks` and `revisions`: where a company wants events sent, and every saved state of what it wants.

use super::engine::{Conn, from_row, on, reads};
use super::keys::{open_sealed, put_sealed};
use super::schema::addresses_are_sealed;
use super::text::maybe;
use super::{Credentials, Store, StoreError, Tx};
use crate::domain::{CompanyId, Revision, Seq, Timestamp, WebhookId, WebhookSettings, WebhookState, Wishes};
use crate::secrets::Binding;

/// One webhook, without its secrets. Deleted ones are not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub company: CompanyId,
    pub settings: WebhookSettings,
    pub state: WebhookState,
    pub paused_reason: Option<String>,
    pub provisioned: bool,
    /// Goes up with every saved change, also of its credentials; not with pausing.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

from_row!(Webhook, row => {
    let settings = serde_json::from_str(row.try_get(2)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let state: String = row.try_get(3)?;
    let unknown = || sqlx::Error::Decode(format!("`{state}` is not a state").into());
    Ok(Webhook {
        id: WebhookId(row.try_get(0)?),
        company: CompanyId(row.try_get(1)?),
        settings,
        state: WebhookState::parse(&state).ok_or_else(unknown)?,
        paused_reason: row.try_get(4)?,
        provisioned: row.try_get(5)?,
        version: row.try_get(6)?,
        created_at: Timestamp(row.try_get(7)?),
        updated_at: Timestamp(row.try_get(8)?),
    })
});

/// A revision as it stands in its table.
struct RevisionRow(Revision);

from_row!(RevisionRow, row => {
    let wishes: Wishes = serde_json::from_str(row.try_get(2)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(RevisionRow(wishes.saved(row.try_get(0)?, Seq(row.try_get(1)?), Timestamp(row.try_get(3)?))))
});

/// What is saved of a webhook.
#[derive(Debug, Clone, Copy)]
pub struct SaveWebhook<'a> {
    pub settings: &'a WebhookSettings,
    pub wishes: &'a Wishes,
    /// `None` keeps the stored ones.
    pub credentials: Option<&'a Credentials>,
    pub provisioned: bool,
}

/// With which event a new webhook begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// The next one that comes.
    Head,
    /// The one after this seq (at most the head).
    After(Seq),
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, company, settings, state, paused_reason, provisioned, version, created_at, updated_at \
             FROM webhooks WHERE state <> 'deleted' ",
            $rest
        )
    };
}

reads! {
    /// Every webhook there is, by id.
    all_webhooks() -> Vec<Webhook>;
    /// A company's webhooks, by id.
    webhooks(company: CompanyId) -> Vec<Webhook>;
    /// One webhook.
    webhook(id: WebhookId) -> Option<Webhook>;
    /// Every saved state of a webhook, oldest first.
    revisions(webhook: WebhookId) -> Vec<Revision>;
    /// The newest saved state.
    newest_revision(webhook: WebhookId) -> Option<Revision>;
    /// The state that holds for the event at this seq.
    revision_at(webhook: WebhookId, seq: Seq) -> Option<Revision>;
}

pub(super) async fn all_webhooks(conn: Conn<'_>) -> Result<Vec<Webhook>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("ORDER BY id")).fetch_all(&mut *db).await?))
}

async fn webhooks(conn: Conn<'_>, company: CompanyId) -> Result<Vec<Webhook>, StoreError> {
    let sql = select!("AND company = $1 ORDER BY id");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(company.0).fetch_all(&mut *db).await?))
}

async fn webhook(conn: Conn<'_>, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("AND id = $1")).bind(id.0).fetch_optional(&mut *db).await?))
}

async fn revisions(conn: Conn<'_>, webhook: WebhookId) -> Result<Vec<Revision>, StoreError> {
    let rows: Vec<RevisionRow> = on!(conn, db => sqlx::query_as(
        "SELECT number, from_seq, wishes, saved_at FROM revisions WHERE webhook = $1 ORDER BY number",
    )
    .bind(webhook.0)
    .fetch_all(&mut *db)
    .await?);
    Ok(rows.into_iter().map(|row| row.0).collect())
}

async fn newest_revision(conn: Conn<'_>, webhook: WebhookId) -> Result<Option<Revision>, StoreError> {
    revision_at(conn, webhook, Seq(i64::MAX)).await
}

async fn revision_at(conn: Conn<'_>, webhook: WebhookId, seq: Seq) -> Result<Option<Revision>, StoreError> {
    let row: Option<RevisionRow> = on!(conn, db => sqlx::query_as(
        "SELECT number, from_seq, wishes, saved_at FROM revisions WHERE webhook = $1 AND from_seq <= $2 \
         ORDER BY number DESC LIMIT 1",
    )
    .bind(webhook.0)
    .bind(seq.0)
    .fetch_optional(&mut *db)
    .await?);
    Ok(row.map(|row| row.0))
}

fn place(id: WebhookId) -> Binding<'static> {
    Binding { table: "webhooks", id: id.0, column: "credentials" }
}

fn missing(id: WebhookId) -> StoreError {
    StoreError::Missing { what: "webhook", id: id.0 }
}

/// Settings and wishes are ours and always have a JSON form.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("settings and wishes have a JSON form")
}

impl Store {
    /// A webhook's secrets; none when it is deleted.
    pub async fn credentials(&self, id: WebhookId) -> Result<Credentials, StoreError> {
        let mut pooled = self.read().await?;
        let row: Option<(Option<Vec<u8>>,)> = on!(pooled.conn(), db =>
            sqlx::query_as("SELECT credentials FROM webhooks WHERE id = $1")
                .bind(id.0)
                .fetch_optional(&mut *db)
                .await?);
        match row.and_then(|(sealed,)| sealed) {
            Some(sealed) => {
                Credentials::from_plain(&open_sealed(self.keys(), pooled.conn(), &sealed, &place(id)).await?)
            }
            None => Ok(Credentials::default()),
        }
    }
}

impl Tx<'_> {
    /// Creates a webhook with its first revision and its cursor. The company's head is held until the commit: the
    /// webhook begins exactly there (or at a chosen place before).
    pub async fn create_webhook(
        &mut self,
        company: CompanyId,
        save: &SaveWebhook<'_>,
        start: StartAt,
        now: Timestamp,
    ) -> Result<(Webhook, Revision), StoreError> {
        let head = self.lock_head(company).await?.seq;
        let cursor = match start {
            StartAt::Head => head,
            StartAt::After(seq) => seq.clamp(Seq::ZERO, head),
        };
        let webhook: Webhook = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO webhooks (company, settings, state, provisioned, version, created_at, updated_at) \
             VALUES ($1, $2, 'active', $3, 1, $4, $4) RETURNING id, company, settings, state, paused_reason, \
             provisioned, version, created_at, updated_at",
        )
        .bind(company.0)
        .bind(json(save.settings))
        .bind(save.provisioned)
        .bind(now.0)
        .fetch_one(&mut *db)
        .await?);
        let none = Credentials::default();
        let credentials = save.credentials.unwrap_or(&none);
        self.put_credentials(webhook.id, credentials).await?;
        self.put_cursor(company, webhook.id, cursor).await?;
        let revision = save.wishes.clone().saved(1, cursor.next(), now);
        self.put_revision(webhook.id, &revision).await?;
        Ok((webhook, revision))
    }

    /// Saves a webhook. What decides about events becomes a new revision, if it changed, that holds from the head of
    /// this transaction on; the rest holds at once. `Stale` unless `version` is still the stored one: what is saved was made
    /// of that one. Returns the newest revision.
    pub async fn save_webhook(
        &mut self,
        id: WebhookId,
        version: i64,
        save: &SaveWebhook<'_>,
        now: Timestamp,
    ) -> Result<(Webhook, Revision), StoreError> {
        let stored = self.webhook(id).await?.ok_or_else(|| missing(id))?;
        let head = self.lock_head(stored.company).await?.seq;
        let saved: Option<(i64,)> = on!(self.conn(), db => sqlx::query_as(
            "UPDATE webhooks SET settings = $2, provisioned = $3, updated_at = $4, version = version + 1 \
             WHERE id = $1 AND version = $5 RETURNING version",
        )
        .bind(id.0)
        .bind(json(save.settings))
        .bind(save.provisioned)
        .bind(now.0)
        .bind(version)
        .fetch_optional(&mut *db)
        .await?);
        if saved.is_none() {
            return Err(StoreError::Stale { what: "webhook", id: id.0 });
        }
        if let Some(credentials) = save.credentials {
            self.put_credentials(id, credentials).await?;
        }
        let newest = self.newest_revision(id).await?.ok_or_else(|| missing(id))?;
        let revision = if newest.wishes() == *save.wishes {
            newest
        } else {
            let revision = save.wishes.clone().saved(newest.number + 1, head.next(), now);
            self.put_revision(id, &revision).await?;
            revision
        };
        Ok((self.webhook(id).await?.ok_or_else(|| missing(id))?, revision))
    }

    async fn put_revision(&mut self, webhook: WebhookId, revision: &Revision) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO revisions (webhook, number, from_seq, wishes, saved_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(webhook.0)
        .bind(revision.number)
        .bind(revision.from_seq.0)
        .bind(json(&revision.wishes()))
        .bind(revision.saved_at.0)
        .execute(&mut *db)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Replaces a webhook's secrets alone (a rotation); `Stale` unless `version` is still the stored one.
    pub async fn save_credentials(
        &mut self,
        id: WebhookId,
        version: i64,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = on!(self.conn(), db => sqlx::query(
            "UPDATE webhooks SET version = version + 1, updated_at = $2 \
             WHERE id = $1 AND state <> 'deleted' AND version = $3",
        )
        .bind(id.0)
        .bind(now.0)
        .bind(version)
        .execute(&mut *db)
        .await?
        .rows_affected());
        match changed {
            0 if self.webhook(id).await?.is_some() => Err(StoreError::Stale { what: "webhook", id: id.0 }),
            0 => Err(missing(id)),
            _ => self.put_credentials(id, credentials).await,
        }
    }

    pub(super) async fn put_credentials(
        &mut self,
        id: WebhookId,
        credentials: &Credentials,
    ) -> Result<(), StoreError> {
        put_sealed(self, &place(id), &credentials.to_plain()).await?;
        if credentials.url.is_some() { addresses_are_sealed(self.conn()).await } else { Ok(()) }
    }

    /// Stops a webhook, with the reason that people are shown. One that is paused gets the new reason.
    pub async fn pause_webhook(
        &mut self,
        id: WebhookId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.set_webhook_state(id, WebhookState::Paused, Some(reason), now).await
    }

    /// Lets a webhook go on.
    pub async fn resume_webhook(&mut self, id: WebhookId, now: Timestamp) -> Result<(), StoreError> {
        self.set_webhook_state(id, WebhookState::Active, None, now).await
    }

    async fn set_webhook_state(
        &mut self,
        id: WebhookId,
        state: WebhookState,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = on!(self.conn(), db => sqlx::query(
            "UPDATE webhooks SET state = $2, paused_reason = $3, updated_at = $4 \
             WHERE id = $1 AND state <> 'deleted'",
        )
        .bind(id.0)
        .bind(state.as_str())
        .bind(maybe(reason))
        .bind(now.0)
        .execute(&mut *db)
        .await?
        .rows_affected());
        if changed == 0 { Err(missing(id)) } else { Ok(()) }
    }

    /// Deletes a webhook: its secrets and its cursor at once, the rest with [`Tx::clear_deleted`].
    pub async fn delete_webhook(&mut self, id: WebhookId, now: Timestamp) -> Result<(), StoreError> {
        let deleted = on!(self.conn(), db => {
            sqlx::query("DELETE FROM cursors WHERE consumer = 'webhook' AND id = $1")
                .bind(id.0)
                .execute(&mut *db)
                .await?;
            sqlx::query(
                "UPDATE webhooks SET state = 'deleted', credentials = NULL, deleted_at = $2 \
                 WHERE id = $1 AND state <> 'deleted'",
            )
            .bind(id.0)
            .bind(now.0)
            .execute(&mut *db)
            .await?
            .rows_affected()
        });
        if deleted == 0 { Err(missing(id)) } else { Ok(()) }
    }
}
