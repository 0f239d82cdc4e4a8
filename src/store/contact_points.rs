//! `contact_points`: who is told of what is wrong, over which service, and what came of the last message.

use super::engine::{Conn, from_row, on, reads};
use super::keys::{open_sealed, put_sealed};
use super::text::{maybe, text};
use super::{Credentials, Store, StoreError, Tx};
use crate::domain::contact_point::ChannelSettings;
use crate::domain::{CompanyId, ContactPointId, Lang, Timestamp};
use crate::secrets::Binding;

/// A contact point, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContactPoint {
    pub id: ContactPointId,
    /// `None`: of the whole installation.
    pub company: Option<CompanyId>,
    pub name: String,
    /// Of what is sent.
    pub lang: Lang,
    pub channel: ChannelSettings,
    /// Goes up with every saved change; not with what came of a message.
    pub version: i64,
    pub last: Option<LastMessage>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What came of the last message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMessage {
    pub at: Timestamp,
    pub taken: bool,
    /// A stable word: why it was not taken, or not by all.
    pub why: Option<String>,
}

/// What is saved of a contact point.
#[derive(Debug, Clone, Copy)]
pub struct SaveContactPoint<'a> {
    pub name: &'a str,
    pub lang: Lang,
    pub channel: &'a ChannelSettings,
    /// `None` keeps the stored ones.
    pub credentials: Option<&'a Credentials>,
}

from_row!(StoredContactPoint, row => {
    let channel = serde_json::from_str(row.try_get(4)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let last = match (row.try_get::<Option<i64>, _>(8)?, row.try_get::<Option<bool>, _>(9)?) {
        (Some(at), Some(taken)) => Some(LastMessage { at: Timestamp(at), taken, why: row.try_get(10)? }),
        _ => None,
    };
    let lang: String = row.try_get(3)?;
    Ok(StoredContactPoint {
        id: ContactPointId(row.try_get(0)?),
        company: row.try_get::<Option<i64>, _>(1)?.map(CompanyId),
        name: row.try_get(2)?,
        lang: if lang == Lang::En.tag() { Lang::En } else { Lang::Pt },
        channel,
        version: row.try_get(5)?,
        last,
        created_at: Timestamp(row.try_get(6)?),
        updated_at: Timestamp(row.try_get(7)?),
    })
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, company, name, lang, channel, version, created_at, updated_at, last_at, last_taken, last_why \
             FROM contact_points ",
            $rest
        )
    };
}

reads! {
    /// Every contact point there is, by id.
    all_contact_points() -> Vec<StoredContactPoint>;
    /// One contact point.
    contact_point(id: ContactPointId) -> Option<StoredContactPoint>;
}

async fn all_contact_points(conn: Conn<'_>) -> Result<Vec<StoredContactPoint>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("ORDER BY id")).fetch_all(&mut *db).await?))
}

async fn contact_point(conn: Conn<'_>, id: ContactPointId) -> Result<Option<StoredContactPoint>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("WHERE id = $1")).bind(id.0).fetch_optional(&mut *db).await?))
}

fn place(id: ContactPointId) -> Binding<'static> {
    Binding { table: "contact_points", id: id.0, column: "credentials" }
}

/// The settings are ours and always have a JSON form.
fn json(channel: &ChannelSettings) -> String {
    serde_json::to_string(channel).expect("a channel has a JSON form")
}

impl Store {
    /// A contact point's secrets; none when it is not there.
    pub async fn contact_point_credentials(&self, id: ContactPointId) -> Result<Credentials, StoreError> {
        let mut pooled = self.read().await?;
        let row: Option<(Option<Vec<u8>>,)> = on!(pooled.conn(), db =>
            sqlx::query_as("SELECT credentials FROM contact_points WHERE id = $1")
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
    /// Creates a contact point.
    pub async fn create_contact_point(
        &mut self,
        company: Option<CompanyId>,
        save: &SaveContactPoint<'_>,
        now: Timestamp,
    ) -> Result<ContactPointId, StoreError> {
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO contact_points (company, name, lang, channel, version, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, 1, $5, $5) RETURNING id",
        )
        .bind(company.map(|company| company.0))
        .bind(text(save.name))
        .bind(save.lang.tag())
        .bind(json(save.channel))
        .bind(now.0)
        .fetch_one(&mut *db)
        .await?);
        let id = ContactPointId(id);
        let none = Credentials::default();
        put_sealed(self, &place(id), &save.credentials.unwrap_or(&none).to_plain()).await?;
        Ok(id)
    }

    /// Saves a contact point; `Stale` unless `version` is still the stored one.
    pub async fn save_contact_point(
        &mut self,
        id: ContactPointId,
        version: i64,
        save: &SaveContactPoint<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let saved = on!(self.conn(), db => sqlx::query(
            "UPDATE contact_points SET name = $3, lang = $4, channel = $5, updated_at = $6, version = version + 1 \
             WHERE id = $1 AND version = $2",
        )
        .bind(id.0)
        .bind(version)
        .bind(text(save.name))
        .bind(save.lang.tag())
        .bind(json(save.channel))
        .bind(now.0)
        .execute(&mut *db)
        .await?
        .rows_affected());
        match saved {
            0 if self.contact_point(id).await?.is_some() => {
                Err(StoreError::Stale { what: "contact_point", id: id.0 })
            }
            0 => Err(StoreError::Missing { what: "contact_point", id: id.0 }),
            _ => match save.credentials {
                Some(credentials) => put_sealed(self, &place(id), &credentials.to_plain()).await,
                None => Ok(()),
            },
        }
    }

    /// Writes down what came of a message, unless something newer is known. Of one that was deleted meanwhile nothing is kept.
    pub async fn note_last_message(
        &mut self,
        id: ContactPointId,
        last: &LastMessage,
    ) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "UPDATE contact_points SET last_at = $2, last_taken = $3, last_why = $4 \
             WHERE id = $1 AND (last_at IS NULL OR last_at <= $2)",
        )
        .bind(id.0)
        .bind(last.at.0)
        .bind(last.taken)
        .bind(maybe(last.why.as_deref()))
        .execute(&mut *db)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Whether there was one.
    pub async fn delete_contact_point(&mut self, id: ContactPointId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM contact_points WHERE id = $1";
        Ok(on!(self.conn(), db => sqlx::query(sql).bind(id.0).execute(&mut *db).await?.rows_affected()) > 0)
    }
}
