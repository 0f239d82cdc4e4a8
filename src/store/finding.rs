//! Finding events by what is in them: the database looks, and only what it finds leaves it. (A row that is read whole to
//! be looked at here costs ten times as much as one that is looked at there.)

use std::borrow::Cow;

use super::engine::{Conn, bulk};
use super::events::Row;
use super::text::text as cleaned;
use super::{Store, StoreError};
use crate::domain::{CompanyId, Event, Seq, Timestamp};

/// Ways in which a text may be spelled.
pub const SPELLINGS: usize = 6;

/// What to look for; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// The letter of the key's kind (see [`Keys::iter`](crate::domain::Keys::iter)) and the key.
    pub key: Option<(char, String)>,
    /// Any of these, whole.
    pub names: Option<Vec<Box<str>>>,
    /// Received at this moment or later.
    pub from: Option<Timestamp>,
    /// Received before this moment.
    pub to: Option<Timestamp>,
    /// Any of these bytes in the payload, at most [`SPELLINGS`]; none for any payload.
    pub text: Vec<Vec<u8>>,
}

/// What a look at a stretch of the journal has found, newest first.
#[derive(Debug, Clone)]
pub struct Looked {
    pub events: Vec<Event>,
    /// Everything from here to the end of the stretch has been looked at.
    pub down_to: Seq,
}

impl Store {
    /// Looks through the events from `first` to `last` (both included), newest first, until it has found `limit`, or
    /// `max_bytes` of payload; one event always fits.
    pub async fn find_events(
        &self,
        company: CompanyId,
        (first, last): (Seq, Seq),
        filter: &EventFilter,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Looked, StoreError> {
        let mut pooled = self.read().await?;
        let mut found = places(pooled.conn(), company, (first, last), filter, limit).await?;
        let full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let fits = fitting(&found, max_bytes);
        let whole = !full && fits == found.len();
        found.truncate(fits);
        let down_to = found.last().filter(|_| !whole).map_or(first, |(seq, _)| Seq(*seq));
        let places: Vec<(i64, i64)> = found.iter().map(|(seq, _)| (company.0, *seq)).collect();
        let mut rows: Vec<Row> = bulk!(pooled.conn(), Row,
            "SELECT e.seq, e.source, e.provider, e.session, e.name, e.lane, e.received_at, e.flags, e.keys, e.extra, \
             e.payload FROM ({rows}) AS v CROSS JOIN events e WHERE e.company = v.column1 AND e.seq = v.column2",
            &places[..], place => {
                place.0 => i64, "bigint";
                place.1 => i64, "bigint";
            }
        );
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.seq));
        Ok(Looked { events: self.with_sessions(pooled, company, rows).await?, down_to })
    }
}

/// How many of these, each with its bytes, fit.
fn fitting(found: &[(i64, i64)], max_bytes: usize) -> usize {
    let mut bytes = 0;
    let over = found.iter().position(|(_, size)| {
        bytes += usize::try_from(*size).unwrap_or(usize::MAX);
        bytes > max_bytes
    });
    over.map_or(found.len(), |over| over.max(1))
}

macro_rules! sql {
    ($size:literal, $names:literal, $key:literal, $text:literal) => {
        concat!(
            "SELECT seq, ",
            $size,
            " FROM events WHERE company = $1 AND seq BETWEEN $2 AND $3 AND received_at >= $4 AND received_at < $5 AND ",
            $names,
            " AND ",
            $key,
            " AND ",
            $text,
            " ORDER BY seq DESC LIMIT $14"
        )
    };
}

/// The engines differ in how they take a list of names and how they look into bytes. What stands in no condition of
/// the filter is NULL, so that one prepared text serves every filter.
const SQLITE: &str = sql!(
    "length(payload)",
    "($6 IS NULL OR name IN (SELECT value FROM json_each($6)))",
    "($7 IS NULL OR instr(char(10) || keys || char(10), $7) > 0)",
    "($8 IS NULL OR instr(payload, $8) > 0 OR instr(payload, $9) > 0 OR instr(payload, $10) > 0 \
     OR instr(payload, $11) > 0 OR instr(payload, $12) > 0 OR instr(payload, $13) > 0)"
);
const POSTGRES: &str = sql!(
    "CAST(octet_length(payload) AS BIGINT)",
    "($6::text[] IS NULL OR name = ANY($6))",
    "($7::text IS NULL OR position($7 IN chr(10) || keys || chr(10)) > 0)",
    "($8::bytea IS NULL OR position($8 IN payload) > 0 OR position($9::bytea IN payload) > 0 \
     OR position($10::bytea IN payload) > 0 OR position($11::bytea IN payload) > 0 \
     OR position($12::bytea IN payload) > 0 OR position($13::bytea IN payload) > 0)"
);

/// The seq and the bytes of each match, newest first.
async fn places(
    conn: Conn<'_>,
    company: CompanyId,
    (first, last): (Seq, Seq),
    filter: &EventFilter,
    limit: u32,
) -> Result<Vec<(i64, i64)>, StoreError> {
    // One line of the keys, as `Keys::to_lines` writes them.
    let key = filter.key.as_ref().map(|(kind, key)| format!("\n{kind}{}\n", cleaned(key)));
    let names = filter.names.as_deref();
    let text = |n: usize| filter.text.get(n).map(Vec::as_slice);
    macro_rules! run {
        ($db:ident, $sql:ident, $names:expr) => {
            sqlx::query_as($sql)
                .bind(company.0)
                .bind(first.0)
                .bind(last.0)
                .bind(filter.from.map_or(i64::MIN, |from| from.0))
                .bind(filter.to.map_or(i64::MAX, |to| to.0))
                .bind($names)
                .bind(key)
                .bind(text(0))
                .bind(text(1))
                .bind(text(2))
                .bind(text(3))
                .bind(text(4))
                .bind(text(5))
                .bind(i64::from(limit))
                .fetch_all($db)
                .await?
        };
    }
    Ok(match conn {
        Conn::Sqlite(db) => {
            let names = names.map(|names| serde_json::to_string(names).expect("texts have a JSON form"));
            run!(db, SQLITE, names)
        }
        Conn::Postgres(mut db) => {
            let db = &mut db;
            let names =
                names.map(|names| names.iter().map(|name| cleaned(name)).collect::<Vec<Cow<'_, str>>>());
            run!(db, POSTGRES, names)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_at_least_one() {
        let found = [(9, 10), (8, 10), (7, 10)];
        assert_eq!(fitting(&found, 30), 3);
        assert_eq!(fitting(&found, 29), 2);
        assert_eq!(fitting(&found, 1), 1);
        assert_eq!(fitting(&[], 1), 0);
    }
}
