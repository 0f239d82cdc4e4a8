//! `users` and `signed_in`: who may sign in to the panel, and which browsers have.

use super::engine::{Conn, from_row, on, reads};
use super::text::{maybe, text};
use super::{StoreError, Tx};
use crate::domain::{CompanyId, Timestamp, UserId};

/// Someone who signs in to the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// What they sign in with, in small letters.
    pub login: String,
    pub name: String,
    /// The password was chosen by somebody else.
    pub temporary: bool,
    /// May not sign in until enabled again.
    pub disabled: bool,
    /// `reader`, `operator` or `administrator`.
    pub role: String,
    /// The companies they may see and touch; `None` is all.
    pub companies: Option<Vec<CompanyId>>,
    /// The language chosen, as its tag.
    pub lang: Option<String>,
    /// The time zone chosen, as its IANA name.
    pub zone: Option<String>,
    /// Goes up with every saved change.
    pub version: i64,
    pub created_at: Timestamp,
    pub last_sign_in_at: Option<Timestamp>,
}

/// The fields of a user that people set.
#[derive(Debug, Clone, Copy)]
pub struct SaveUser<'a> {
    pub login: &'a str,
    pub name: &'a str,
    pub role: &'a str,
    pub companies: Option<&'a [CompanyId]>,
    pub lang: Option<&'a str>,
    pub zone: Option<&'a str>,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub user: User,
    pub created_at: Timestamp,
    /// The last request, give or take a minute.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
    pub address: Option<String>,
    /// The browser's own words about itself.
    pub agent: Option<String>,
}

/// A browser that has just signed in.
#[derive(Debug, Clone, Copy)]
pub struct NewSignIn<'a> {
    /// SHA-256 of the browser's token.
    pub hash: &'a [u8; 32],
    pub user: UserId,
    pub now: Timestamp,
    pub ends_at: Timestamp,
    pub address: Option<&'a str>,
    pub agent: Option<&'a str>,
}

macro_rules! user {
    ($row:ident) => {
        User {
            id: UserId($row.try_get(0)?),
            login: $row.try_get(1)?,
            name: $row.try_get(2)?,
            temporary: $row.try_get(3)?,
            disabled: $row.try_get(4)?,
            role: $row.try_get(5)?,
            companies: $row.try_get::<Option<String>, _>(6)?.as_deref().map(ids).transpose()?,
            lang: $row.try_get(7)?,
            zone: $row.try_get(8)?,
            version: $row.try_get(9)?,
            created_at: Timestamp($row.try_get(10)?),
            last_sign_in_at: $row.try_get::<Option<i64>, _>(11)?.map(Timestamp),
        }
    };
}

from_row!(User, row => Ok(user!(row)));

from_row!(SignedIn, row => Ok(SignedIn {
    user: user!(row),
    created_at: Timestamp(row.try_get(12)?),
    seen_at: Timestamp(row.try_get(13)?),
    ends_at: Timestamp(row.try_get(14)?),
    address: row.try_get(15)?,
    agent: row.try_get(16)?,
}));

fn ids(text: &str) -> sqlx::Result<Vec<CompanyId>> {
    let ids = text.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().map(CompanyId));
    ids.collect::<Result<Vec<_>, _>>().map_err(|error| sqlx::Error::Decode(error.into()))
}

fn listed(companies: Option<&[CompanyId]>) -> Option<String> {
    companies.map(|ids| ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(","))
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.login, u.name, u.temporary, u.disabled, u.role, u.companies, u.lang, u.zone, \
             u.version, u.created_at, u.last_sign_in_at",
            $rest
        )
    };
}

reads! {
    /// Users after the last one seen (`UserId(0)` begins).
    users(after: UserId, limit: u32) -> Vec<User>;
    /// One user.
    user(id: UserId) -> Option<User>;
    /// The user who signs in with this (small letters), with the hash of their password.
    user_by_login(login: &str) -> Option<(User, String)>;
    /// The hash of a user's password.
    user_password(id: UserId) -> Option<String>;
    /// How many users of this role may sign in and see all companies.
    users_of_role(role: &str) -> i64;
    /// The browser with this token's hash. Whether it has expired is the caller's to say.
    signed_in(hash: &[u8; 32]) -> Option<SignedIn>;
}

async fn users(conn: Conn<'_>, after: UserId, limit: u32) -> Result<Vec<User>, StoreError> {
    let sql = columns!(" FROM users u WHERE u.id > $1 ORDER BY u.id LIMIT $2");
    Ok(on!(conn, db =>
        sqlx::query_as(sql).bind(after.0).bind(i64::from(limit)).fetch_all(&mut *db).await?))
}

async fn user(conn: Conn<'_>, id: UserId) -> Result<Option<User>, StoreError> {
    let sql = columns!(" FROM users u WHERE u.id = $1");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(id.0).fetch_optional(&mut *db).await?))
}

/// A user's row with the hash behind it.
struct Known(User, String);

from_row!(Known, row => Ok(Known(user!(row), row.try_get(12)?)));

async fn user_by_login(conn: Conn<'_>, login: &str) -> Result<Option<(User, String)>, StoreError> {
    let sql = columns!(", u.password FROM users u WHERE u.login = $1");
    let found: Option<Known> =
        on!(conn, db => sqlx::query_as(sql).bind(text(login)).fetch_optional(&mut *db).await?);
    Ok(found.map(|Known(user, password)| (user, password)))
}

async fn user_password(conn: Conn<'_>, id: UserId) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> = on!(conn, db =>
        sqlx::query_as("SELECT password FROM users WHERE id = $1").bind(id.0).fetch_optional(&mut *db).await?);
    Ok(row.map(|(password,)| password))
}

async fn users_of_role(conn: Conn<'_>, role: &str) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM users WHERE role = $1 AND companies IS NULL AND NOT disabled";
    let (count,): (i64,) = on!(conn, db => sqlx::query_as(sql).bind(role).fetch_one(&mut *db).await?);
    Ok(count)
}

async fn signed_in(conn: Conn<'_>, hash: &[u8; 32]) -> Result<Option<SignedIn>, StoreError> {
    let sql = columns!(
        ", s.created_at, s.seen_at, s.ends_at, s.address, s.agent \
         FROM signed_in s JOIN users u ON u.id = s.user_id WHERE s.hash = $1"
    );
    Ok(on!(conn, db => sqlx::query_as(sql).bind(&hash[..]).fetch_optional(&mut *db).await?))
}

impl Tx<'_> {
    /// Writes a new user down; `Taken` if somebody signs in with the same. Returns the id, never used before.
    pub async fn create_user(
        &mut self,
        new: &SaveUser<'_>,
        password: &str,
        temporary: bool,
        now: Timestamp,
    ) -> Result<UserId, StoreError> {
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO users (login, name, password, temporary, role, companies, lang, zone, version, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9) RETURNING id",
        )
        .bind(text(new.login))
        .bind(text(new.name))
        .bind(password)
        .bind(temporary)
        .bind(new.role)
        .bind(listed(new.companies))
        .bind(new.lang)
        .bind(maybe(new.zone))
        .bind(now.0)
        .fetch_one(&mut *db)
        .await?);
        Ok(UserId(id))
    }

    /// Saves a user; `Stale` unless `version` is still the stored one.
    pub async fn save_user(
        &mut self,
        id: UserId,
        version: i64,
        save: &SaveUser<'_>,
    ) -> Result<(), StoreError> {
        let saved = on!(self.conn(), db => sqlx::query(
            "UPDATE users SET login = $2, name = $3, role = $4, companies = $5, lang = $6, zone = $7, \
             version = version + 1 WHERE id = $1 AND version = $8",
        )
        .bind(id.0)
        .bind(text(save.login))
        .bind(text(save.name))
        .bind(save.role)
        .bind(listed(save.companies))
        .bind(save.lang)
        .bind(maybe(save.zone))
        .bind(version)
        .execute(&mut *db)
        .await?
        .rows_affected());
        match saved {
            0 if self.user(id).await?.is_some() => Err(StoreError::Stale { what: "user", id: id.0 }),
            0 => Err(StoreError::Missing { what: "user", id: id.0 }),
            _ => Ok(()),
        }
    }

    /// Sets a password and signs the user out everywhere but at `keep`.
    pub async fn set_password(
        &mut self,
        id: UserId,
        password: &str,
        temporary: bool,
        keep: Option<&[u8; 32]>,
    ) -> Result<(), StoreError> {
        let saved = on!(self.conn(), db => sqlx::query(
            "UPDATE users SET password = $2, temporary = $3, version = version + 1 WHERE id = $1",
        )
        .bind(id.0)
        .bind(password)
        .bind(temporary)
        .execute(&mut *db)
        .await?
        .rows_affected());
        if saved == 0 {
            return Err(StoreError::Missing { what: "user", id: id.0 });
        }
        let keep = keep.map(|hash| &hash[..]).unwrap_or_default();
        on!(self.conn(), db => sqlx::query("DELETE FROM signed_in WHERE user_id = $1 AND hash <> $2")
            .bind(id.0)
            .bind(keep)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Keeps a user from signing in, and signs them out everywhere; or lets them in again.
    pub async fn set_disabled(&mut self, id: UserId, disabled: bool) -> Result<(), StoreError> {
        let saved = on!(self.conn(), db =>
            sqlx::query("UPDATE users SET disabled = $2, version = version + 1 WHERE id = $1")
                .bind(id.0)
                .bind(disabled)
                .execute(&mut *db)
                .await?
                .rows_affected());
        if saved == 0 {
            return Err(StoreError::Missing { what: "user", id: id.0 });
        }
        if disabled {
            on!(self.conn(), db =>
                sqlx::query("DELETE FROM signed_in WHERE user_id = $1").bind(id.0).execute(&mut *db).await.map(drop))?;
        }
        Ok(())
    }

    /// Removes a user and signs them out everywhere.
    pub async fn delete_user(&mut self, id: UserId) -> Result<(), StoreError> {
        let deleted = on!(self.conn(), db => {
            sqlx::query("DELETE FROM signed_in WHERE user_id = $1").bind(id.0).execute(&mut *db).await?;
            sqlx::query("DELETE FROM users WHERE id = $1").bind(id.0).execute(&mut *db).await?.rows_affected()
        });
        if deleted == 0 { Err(StoreError::Missing { what: "user", id: id.0 }) } else { Ok(()) }
    }

    /// Signs a browser in; `replaced` is the token's hash that it came with, which ends.
    pub async fn sign_in(
        &mut self,
        new: &NewSignIn<'_>,
        replaced: Option<&[u8; 32]>,
    ) -> Result<(), StoreError> {
        if let Some(replaced) = replaced {
            self.sign_out(replaced).await?;
        }
        on!(self.conn(), db => {
            sqlx::query("UPDATE users SET last_sign_in_at = $2 WHERE id = $1")
                .bind(new.user.0)
                .bind(new.now.0)
                .execute(&mut *db)
                .await?;
            sqlx::query(
                "INSERT INTO signed_in (hash, user_id, created_at, seen_at, ends_at, address, agent) \
                 VALUES ($1, $2, $3, $3, $4, $5, $6)",
            )
            .bind(&new.hash[..])
            .bind(new.user.0)
            .bind(new.now.0)
            .bind(new.ends_at.0)
            .bind(new.address)
            .bind(maybe(new.agent))
            .execute(&mut *db)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// Signs a browser out; one that is not signed in stays so.
    pub async fn sign_out(&mut self, hash: &[u8; 32]) -> Result<(), StoreError> {
        on!(self.conn(), db =>
            sqlx::query("DELETE FROM signed_in WHERE hash = $1").bind(&hash[..]).execute(&mut *db).await.map(drop))?;
        Ok(())
    }

    /// Writes down that a browser was seen.
    pub async fn note_seen(&mut self, hash: &[u8; 32], now: Timestamp) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query("UPDATE signed_in SET seen_at = $2 WHERE hash = $1")
            .bind(&hash[..])
            .bind(now.0)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Forgets browsers that ended before `now`, or that were not seen since `idle`.
    pub async fn clear_signed_in(&mut self, now: Timestamp, idle: Timestamp) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query("DELETE FROM signed_in WHERE ends_at <= $1 OR seen_at <= $2")
            .bind(now.0)
            .bind(idle.0)
            .execute(&mut *db)
            .await?
            .rows_affected()))
    }
}
