//! `contacts`: the phones that a company knows.
//!
//! What must hold: a phone is known once in a company; who inserts it is who made it known.

use super::engine::{Conn, bulk, from_row, on, reads};
use super::text::{maybe, text};
use super::{StoreError, Tx};
use crate::domain::{CompanyId, ContactId, SourceId, Timestamp};

/// A phone that a company knows, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    pub company: CompanyId,
    /// Digits.
    pub phone: String,
    pub cpf: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// The call by which it became known; `None` for one that a person entered.
    pub met: Option<Met>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A call of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    pub source: SourceId,
    pub call: String,
}

/// What people say of a contact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SaveContact<'a> {
    pub phone: &'a str,
    pub cpf: Option<&'a str>,
    pub first_name: Option<&'a str>,
    pub last_name: Option<&'a str>,
}

impl SaveContact<'_> {
    /// The whole name in small letters.
    fn folded(&self) -> String {
        let names = self.first_name.into_iter().chain(self.last_name);
        names.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
    }
}

from_row!(Contact, row => {
    let met = match (row.try_get::<Option<i64>, _>(6)?, row.try_get::<Option<String>, _>(7)?) {
        (Some(source), Some(call)) => Some(Met { source: SourceId(source), call }),
        _ => None,
    };
    Ok(Contact {
        id: ContactId(row.try_get(0)?),
        company: CompanyId(row.try_get(1)?),
        phone: row.try_get(2)?,
        cpf: row.try_get(3)?,
        first_name: row.try_get(4)?,
        last_name: row.try_get(5)?,
        met,
        version: row.try_get(8)?,
        created_at: Timestamp(row.try_get(9)?),
        updated_at: Timestamp(row.try_get(10)?),
    })
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, company, phone, cpf, first_name, last_name, source, call_id, version, created_at, updated_at \
             FROM contacts WHERE ",
            $rest
        )
    };
}

reads! {
    /// One contact.
    contact(id: ContactId) -> Option<Contact>;
    /// The contact with these digits.
    contact_of_phone(company: CompanyId, phone: &str) -> Option<Contact>;
    /// A company's contacts after an id; with `part` only those whose phone, name or, if it may be searched, CPF has it somewhere.
    contacts(company: CompanyId, part: &str, by_cpf: bool, after: ContactId, limit: u32) -> Vec<Contact>;
    /// Those of a company that have one of these phones.
    contacts_of_phones(company: CompanyId, phones: &[&str]) -> Vec<Contact>;
    /// How many there are.
    count_contacts(company: CompanyId) -> i64;
}

async fn contact(conn: Conn<'_>, id: ContactId) -> Result<Option<Contact>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("id = $1")).bind(id.0).fetch_optional(&mut *db).await?))
}

async fn contact_of_phone(
    conn: Conn<'_>,
    company: CompanyId,
    phone: &str,
) -> Result<Option<Contact>, StoreError> {
    let sql = select!("company = $1 AND phone = $2");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(company.0).bind(text(phone)).fetch_optional(&mut *db).await?))
}

async fn contacts(
    conn: Conn<'_>,
    company: CompanyId,
    part: &str,
    by_cpf: bool,
    after: ContactId,
    limit: u32,
) -> Result<Vec<Contact>, StoreError> {
    let escaped = part.to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    let sql = select!(
        r"company = $1 AND id > $2 AND (phone || ' ' || CASE WHEN $5 = 1 THEN COALESCE(cpf, '') ELSE '' END || ' ' || folded) LIKE $3 ESCAPE '\' ORDER BY id LIMIT $4"
    );
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(company.0)
        .bind(after.0)
        .bind(text(&format!("%{escaped}%")))
        .bind(i64::from(limit))
        .bind(i32::from(by_cpf))
        .fetch_all(&mut *db)
        .await?))
}

async fn contacts_of_phones(
    conn: Conn<'_>,
    company: CompanyId,
    phones: &[&str],
) -> Result<Vec<Contact>, StoreError> {
    // As `select!` has them: the text of a statement over many rows stands whole, so that its plan can be looked at.
    Ok(bulk!(conn, Contact,
        "SELECT id, company, phone, cpf, first_name, last_name, source, call_id, version, created_at, updated_at \
         FROM ({rows}) AS v CROSS JOIN contacts WHERE company = v.column1 AND phone = v.column2",
        phones, phone => {
            company.0 => i64, "bigint";
            phone => &str, "text";
        }
    ))
}

async fn count_contacts(conn: Conn<'_>, company: CompanyId) -> Result<i64, StoreError> {
    let (count,): (i64,) = on!(conn, db => sqlx::query_as("SELECT COUNT(*) FROM contacts WHERE company = $1")
        .bind(company.0)
        .fetch_one(&mut *db)
        .await?);
    Ok(count)
}

impl Tx<'_> {
    /// Makes a phone known; `None` when it is known already.
    pub async fn create_contact(
        &mut self,
        company: CompanyId,
        save: &SaveContact<'_>,
        met: Option<&Met>,
        now: Timestamp,
    ) -> Result<Option<ContactId>, StoreError> {
        let made: Option<(i64,)> = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO contacts (company, phone, cpf, first_name, last_name, folded, source, call_id, version, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $9, $6, $7, 1, $8, $8) ON CONFLICT (company, phone) DO NOTHING RETURNING id",
        )
        .bind(company.0)
        .bind(text(save.phone))
        .bind(maybe(save.cpf))
        .bind(maybe(save.first_name))
        .bind(maybe(save.last_name))
        .bind(met.map(|met| met.source.0))
        .bind(maybe(met.map(|met| met.call.as_str())))
        .bind(now.0)
        .bind(text(&save.folded()))
        .fetch_optional(&mut *db)
        .await?);
        Ok(made.map(|(id,)| ContactId(id)))
    }

    /// Saves what people say of a contact, if it still has this version. The phone must not be another's.
    pub async fn save_contact(
        &mut self,
        id: ContactId,
        version: i64,
        save: &SaveContact<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let saved = on!(self.conn(), db => sqlx::query(
            "UPDATE contacts SET phone = $3, cpf = $4, first_name = $5, last_name = $6, folded = $8, updated_at = $7, version = version + 1 \
             WHERE id = $1 AND version = $2",
        )
        .bind(id.0)
        .bind(version)
        .bind(text(save.phone))
        .bind(maybe(save.cpf))
        .bind(maybe(save.first_name))
        .bind(maybe(save.last_name))
        .bind(now.0)
        .bind(text(&save.folded()))
        .execute(&mut *db)
        .await?
        .rows_affected());
        match saved {
            0 if self.contact(id).await?.is_some() => Err(StoreError::Stale { what: "contact", id: id.0 }),
            0 => Err(StoreError::Missing { what: "contact", id: id.0 }),
            _ => Ok(()),
        }
    }

    /// Whether there was one.
    pub async fn delete_contact(&mut self, id: ContactId) -> Result<bool, StoreError> {
        Ok(on!(self.conn(), db =>
            sqlx::query("DELETE FROM contacts WHERE id = $1").bind(id.0).execute(&mut *db).await?.rows_affected())
            > 0)
    }
}
