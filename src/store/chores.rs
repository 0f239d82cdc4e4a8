//! What is done once to rows that older programs wrote.

use super::engine::{Conn, on, reads};
use super::{Credentials, StoreError, Tx};
use crate::domain::{Timestamp, WebhookId, WebhookSettings};

/// Lines of the audit log in one transaction.
const LINES: i64 = 200;

reads! {
    /// When a chore was done, if it was.
    chore_done(name: &str) -> Option<Timestamp>;
}

async fn chore_done(conn: Conn<'_>, name: &str) -> Result<Option<Timestamp>, StoreError> {
    let done: Option<(i64,)> = on!(conn, db =>
        sqlx::query_as("SELECT done_at FROM chores WHERE name = $1").bind(name).fetch_optional(&mut *db).await?);
    Ok(done.map(|(at,)| Timestamp(at)))
}

impl Tx<'_> {
    /// A chore was done in this transaction.
    pub async fn chore_is_done(&mut self, name: &str, now: Timestamp) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO chores (name, done_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(now.0)
        .execute(&mut *db)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Puts the whole address of a webhook among its credentials. Its version stays: a program that runs beside this one, as
    /// while one takes the other's place, has no reason to read it anew.
    pub async fn seal_address(
        &mut self,
        id: WebhookId,
        settings: &WebhookSettings,
        credentials: &Credentials,
    ) -> Result<(), StoreError> {
        let settings = serde_json::to_string(settings).expect("settings have a JSON form");
        on!(self.conn(), db => sqlx::query("UPDATE webhooks SET settings = $2 WHERE id = $1 AND state <> 'deleted'")
            .bind(id.0)
            .bind(settings)
            .execute(&mut *db)
            .await
            .map(drop))?;
        self.put_credentials(id, credentials).await
    }

    /// Writes the details of the audit log's lines about webhooks again, as `rewrite` says; what it answers with `None` stays.
    /// A page of them, behind this line; returns the last one, or `None` when there was none. (Years of them in one transaction
    /// would take longer than one is given.)
    pub async fn rewrite_webhook_audit(
        &mut self,
        after: i64,
        rewrite: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<i64>, StoreError> {
        let lines: Vec<(i64, String)> = on!(self.conn(), db => sqlx::query_as(
            "SELECT id, detail FROM audit WHERE id > $1 AND action LIKE 'webhook.%' AND detail IS NOT NULL \
             ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(LINES)
        .fetch_all(&mut *db)
        .await?);
        for (id, detail) in lines.iter().filter_map(|(id, detail)| Some((*id, rewrite(detail)?))) {
            on!(self.conn(), db => sqlx::query("UPDATE audit SET detail = $2 WHERE id = $1")
                .bind(id)
                .bind(detail)
                .execute(&mut *db)
                .await
                .map(drop))?;
        }
        Ok(lines.last().map(|(last, _)| *last))
    }
}
