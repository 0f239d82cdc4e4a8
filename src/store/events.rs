//! `events`: the journal's rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::TryStreamExt;

use super::engine::{BatchConn, Conn, Nothing, Pooled, batch, bulk, from_row};
use super::{BatchTx, Store, StoreError};
use crate::domain::{
    CompanyId, Draft, Event, EventFlags, Extra, Keys, Provider, Seq, SessionId, SessionInfo, SourceId,
    Timestamp,
};

/// A draft with the place it is given.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    pub company: CompanyId,
    pub seq: Seq,
    pub draft: &'a Draft,
}

/// A new event with the parts that are stored in another form than they are used in.
struct Written<'a> {
    event: &'a NewEvent<'a>,
    keys: Option<String>,
    extra: Option<Vec<u8>>,
}

impl BatchTx<'_> {
    /// Writes events down at their places. The heads are moved by [`BatchTx::set_heads`] in the same transaction.
    ///
    /// A draft holds no text that PostgreSQL or SQLite cannot take; what a database refuses all the same (its encoding,
    /// its constraints) is `Rejected`. An occupied place is `Taken`.
    pub async fn append(&mut self, events: &[NewEvent<'_>]) -> Result<(), StoreError> {
        let written: Vec<Written<'_>> = events.iter().map(written).collect::<Result<_, _>>()?;
        insert(self.conn(), &written).await
    }
}

fn written<'a>(event: &'a NewEvent<'a>) -> Result<Written<'a>, StoreError> {
    let draft = event.draft;
    let keys = draft.keys.to_lines();
    let extra = draft.extra.as_deref().map(serde_json::to_vec).transpose();
    let extra = extra.map_err(|error| StoreError::Rejected { detail: error.to_string() })?;
    Ok(Written { event, keys: (!keys.is_empty()).then_some(keys), extra })
}

async fn insert(conn: BatchConn<'_>, rows: &[Written<'_>]) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "INSERT INTO events (company, seq, source, provider, session, name, lane, received_at, flags, keys, extra, \
         payload) {rows}",
        rows, row => {
            row.event.company.0 => i64, "bigint";
            row.event.seq.0 => i64, "bigint";
            row.event.draft.source.0 => i64, "bigint";
            row.event.draft.provider.as_str() => &str, "text";
            row.event.draft.session.as_ref().map(|session| session.id.0) => Option<i64>, "bigint";
            &*row.event.draft.name => &str, "text";
            row.event.draft.lane.as_deref() => Option<&str>, "text";
            row.event.draft.received_at.0 => i64, "bigint";
            row.event.draft.flags.0 => i32, "integer";
            row.keys.as_deref() => Option<&str>, "text";
            row.extra.as_deref() => Option<&[u8]>, "bytea";
            &row.event.draft.payload[..] => &[u8], "bytea";
        }
    );
    Ok(())
}

/// A row of `events` before its session is looked up.
pub(super) struct Row {
    pub(super) seq: i64,
    source: i64,
    provider: String,
    session: Option<i64>,
    name: String,
    lane: Option<String>,
    received_at: i64,
    flags: i32,
    keys: Option<String>,
    extra: Option<Vec<u8>>,
    payload: Vec<u8>,
}

from_row!(Row, row => Ok(Row {
    seq: row.try_get(0)?,
    source: row.try_get(1)?,
    provider: row.try_get(2)?,
    session: row.try_get(3)?,
    name: row.try_get(4)?,
    lane: row.try_get(5)?,
    received_at: row.try_get(6)?,
    flags: row.try_get(7)?,
    keys: row.try_get(8)?,
    extra: row.try_get(9)?,
    payload: row.try_get(10)?,
}));

impl Store {
    /// Events from `from` on, ascending: at most `limit`, and of `max_bytes` of payload and extras except that one event always
    /// fits. Fewer than that means that the journal ends there.
    pub async fn events(
        &self,
        company: CompanyId,
        from: Seq,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let mut pooled = self.read().await?;
        let rows = fetch(pooled.conn(), company, from, limit, max_bytes).await?;
        self.with_sessions(pooled, company, rows).await
    }

    /// Rows as events; the connection goes back as soon as it is not needed any more.
    pub(super) async fn with_sessions(
        &self,
        mut pooled: Pooled,
        company: CompanyId,
        rows: Vec<Row>,
    ) -> Result<Vec<Event>, StoreError> {
        let sessions = self.sessions_of(pooled.conn(), &rows).await?;
        drop(pooled);
        rows.into_iter().map(|row| event(company, row, &sessions)).collect()
    }

    /// What these events are called, in no order; those that are gone are absent.
    pub async fn event_names(
        &self,
        company: CompanyId,
        seqs: &[Seq],
    ) -> Result<HashMap<Seq, Box<str>>, StoreError> {
        let mut pooled = self.read().await?;
        let places: Vec<_> = seqs.iter().map(|seq| (company.0, seq.0)).collect();
        let rows = bulk!(pooled.conn(), (i64, String),
            "SELECT seq, name FROM events WHERE (company, seq) IN ({rows})",
            &places[..], place => { place.0 => i64, "bigint"; place.1 => i64, "bigint"; }
        );
        Ok(rows.into_iter().map(|(seq, name)| (Seq(seq), name.into())).collect())
    }

    /// What the bodies of these events repeat of their sessions; read once and kept.
    async fn sessions_of(&self, conn: Conn<'_>, rows: &[Row]) -> Result<Sessions, StoreError> {
        let mut found = Sessions::new();
        let mut unknown = Vec::new();
        for id in rows.iter().filter_map(|row| row.session) {
            if found.contains_key(&id) || unknown.contains(&id) {
                continue;
            }
            match self.session_cache().get(id) {
                Some(info) => drop(found.insert(id, info)),
                None => unknown.push(id),
            }
        }
        if !unknown.is_empty() {
            let rows = bulk!(conn, (i64, String, String),
                "SELECT id, socket_id, token_mask FROM sessions WHERE id IN ({rows})",
                &unknown[..], id => { *id => i64, "bigint" }
            );
            for (id, socket_id, token_mask) in rows {
                let info = Arc::new(SessionInfo { id: SessionId(id), socket_id, token_mask });
                self.session_cache().put(&info);
                found.insert(id, info);
            }
        }
        Ok(found)
    }
}

async fn fetch(
    conn: Conn<'_>,
    company: CompanyId,
    from: Seq,
    limit: u32,
    max_bytes: usize,
) -> Result<Vec<Row>, StoreError> {
    let mut rows: Vec<Row> = Vec::new();
    match conn {
        // SQLite makes one row at a time, so reading stops where the bytes end.
        Conn::Sqlite(db) => {
            let mut stream = sqlx::query_as(
                "SELECT seq, source, provider, session, name, lane, received_at, flags, keys, extra, payload \
                 FROM events WHERE company = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
            )
            .bind(company.0)
            .bind(from.0)
            .bind(i64::from(limit))
            .fetch(db);
            let mut bytes = 0;
            while let Some(row) = stream.try_next().await? {
                let row: Row = row;
                bytes += row.payload.len() + row.extra.as_ref().map_or(0, Vec::len);
                if bytes > max_bytes && !rows.is_empty() {
                    break;
                }
                rows.push(row);
            }
        }
        // PostgreSQL sends whatever was asked for, so the end is found before any payload is read: the lengths of
        // stored values are known without them.
        Conn::Postgres(mut db) => {
            rows = sqlx::query_as(
                "SELECT seq, source, provider, session, name, lane, received_at, flags, keys, extra, payload \
                 FROM events WHERE company = $1 AND seq >= $2 AND seq <= (SELECT MAX(seq) FROM ( \
                 SELECT seq, size, SUM(size) OVER (ORDER BY seq) AS bytes FROM ( \
                 SELECT seq, octet_length(payload) + COALESCE(octet_length(extra), 0) AS size FROM events \
                 WHERE company = $1 AND seq >= $2 ORDER BY seq LIMIT $3) AS page \
                 ) AS sums WHERE bytes <= $4 OR bytes = size) ORDER BY seq",
            )
            .bind(company.0)
            .bind(from.0)
            .bind(i64::from(limit))
            .bind(i64::try_from(max_bytes).unwrap_or(i64::MAX))
            .fetch_all(&mut db)
            .await?;
        }
    }
    Ok(rows)
}

fn event(company: CompanyId, row: Row, sessions: &Sessions) -> Result<Event, StoreError> {
    let provider: Provider =
        row.provider.parse().map_err(|error: String| StoreError::unreadable("events", "provider", &error))?;
    let extra = row.extra.as_deref().map(serde_json::from_slice::<Extra>).transpose();
    let extra = extra.map_err(|error| StoreError::unreadable("events", "extra", &error))?;
    Ok(Event {
        company,
        seq: Seq(row.seq),
        source: SourceId(row.source),
        provider,
        session: row.session.and_then(|id| sessions.get(&id).cloned()),
        name: row.name.into(),
        lane: row.lane.map(Arc::from),
        received_at: Timestamp(row.received_at),
        payload: Bytes::from(row.payload),
        keys: row.keys.as_deref().map(Keys::from_lines).unwrap_or_default(),
        flags: EventFlags(row.flags),
        extra: extra.map(Arc::new),
    })
}

type Sessions = HashMap<i64, Arc<SessionInfo>>;

/// The sessions that events were lately read of. A session's socket id and mask never change, so nothing here ages.
#[derive(Default)]
pub(super) struct SessionCache(Mutex<Sessions>);

impl SessionCache {
    const LIMIT: usize = 4_096;

    fn get(&self, id: i64) -> Option<Arc<SessionInfo>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn put(&self, info: &Arc<SessionInfo>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::LIMIT {
            known.clear();
        }
        known.insert(info.id.0, Arc::clone(info));
    }
}
