//! `series`: counts for charts, by minute and by hour.
//!
//! What must hold here: a point is added to what is there already, never written over it, in one transaction for the
//! minute and its hour; so what a program counted before it was started again stays in.
//!
//! The rows of a deleted company or webhook go when they are old, like all others: they are numbers, and nobody who asks
//! for a deleted subject is answered.

use std::collections::HashMap;

use super::engine::{Conn, Nothing, bulk, from_row, on, reads};
use super::{StoreError, Tx};
use crate::domain::{Latency, Point, Step, Subject, Timestamp};

/// What a subject counted in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub subject: Subject,
    /// Any moment of the minute.
    pub at: Timestamp,
    pub point: Point,
}

/// A stored point without the key that it was asked by.
struct Stored(i64, Point);

from_row!(Stored, row => {
    let count = |column: usize| row.try_get::<i64, _>(column).map(|count| u64::try_from(count).unwrap_or(0));
    let wrong = |text: &str| sqlx::Error::Decode(format!("`{text}` is no list of buckets").into());
    let latency = match row.try_get::<Option<String>, _>(8)? {
        None => Latency::default(),
        Some(text) => {
            let counts: Option<Vec<u64>> = serde_json::from_str(&text).ok();
            counts.and_then(|counts| Latency::of_counts(&counts)).ok_or_else(|| wrong(&text))?
        }
    };
    Ok(Stored(row.try_get(0)?, Point {
        looks: u32::try_from(row.try_get::<i32, _>(1)?).unwrap_or(0),
        events: count(2)?,
        delivered: count(3)?,
        failed: count(4)?,
        connected: count(5)?,
        backlog: count(6)?,
        waiting_ms: count(7)?,
        latency,
    }))
});

/// The same with its key behind it.
struct Keyed(Key, Point);

from_row!(Keyed, row => {
    let key = (row.try_get(9)?, row.try_get(0)?, row.try_get(10)?, row.try_get(11)?);
    Ok(Keyed(key, <Stored as sqlx::FromRow<'_, _>>::from_row(row)?.1))
});

/// Seconds, beginning, kind, subject.
type Key = (i32, i64, String, i64);

reads! {
    /// The points of a subject from `from` until before `to`, oldest first; those that are there.
    series(subject: Subject, step: Step, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Point)>;
    /// The points of these subjects that begin at these times, those that are there: of many subjects at once.
    series_at(step: Step, wanted: &[(Subject, Timestamp)]) -> HashMap<(Subject, Timestamp), Point>;
}

async fn series_at(
    conn: Conn<'_>,
    step: Step,
    wanted: &[(Subject, Timestamp)],
) -> Result<HashMap<(Subject, Timestamp), Point>, StoreError> {
    let key = |(subject, at): &(Subject, Timestamp)| {
        ((step.seconds(), step.start(*at).0, subject.kind().to_owned(), subject.id()), (*subject, *at))
    };
    let asked: HashMap<Key, (Subject, Timestamp)> = wanted.iter().map(key).collect();
    let keys: Vec<&Key> = asked.keys().collect();
    let found = before(conn, &keys).await?;
    Ok(found.into_iter().filter_map(|Keyed(key, point)| Some((*asked.get(&key)?, point))).collect())
}

async fn series(
    conn: Conn<'_>,
    subject: Subject,
    step: Step,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, Point)>, StoreError> {
    let from = step.start(Timestamp(from.0 + step.micros() - 1));
    if from >= to {
        return Ok(Vec::new());
    }
    // Every time is looked up by itself: between two points of a subject lie those of all others. CROSS JOIN tells SQLite
    // so, which would read them all.
    let rows: Vec<Stored> = on!(conn, db => sqlx::query_as(
        "WITH RECURSIVE times (moment) AS (SELECT CAST($1 AS BIGINT) \
         UNION ALL SELECT moment + $2 FROM times WHERE moment + $2 < $3) \
         SELECT at, looks, events, delivered, failed, connected, backlog, waiting_ms, latency \
         FROM times CROSS JOIN series WHERE series.seconds = $4 AND series.at = times.moment \
         AND series.kind = $5 AND series.subject = $6 ORDER BY at",
    )
    .bind(from.0)
    .bind(step.micros())
    .bind(to.0)
    .bind(step.seconds())
    .bind(subject.kind())
    .bind(subject.id())
    .fetch_all(&mut *db)
    .await?);
    Ok(rows.into_iter().map(|Stored(at, point)| (Timestamp(at), point)).collect())
}

impl Tx<'_> {
    /// Adds to the points of these minutes and of their hours.
    pub async fn add_to_series(&mut self, counted: &[Counted]) -> Result<(), StoreError> {
        let mut points: HashMap<Key, Point> = HashMap::with_capacity(counted.len() * 2);
        for one in counted {
            for step in Step::ALL {
                let (kind, id) = (one.subject.kind().to_owned(), one.subject.id());
                let key = (step.seconds(), step.start(one.at).0, kind, id);
                points.entry(key).or_default().add(&one.point);
            }
        }
        let keys: Vec<&Key> = points.keys().collect();
        for Keyed(key, before) in before(self.conn(), &keys).await? {
            if let Some(point) = points.get_mut(&key) {
                point.add(&before);
            }
        }
        let rows: Vec<(Key, Point)> = points.into_iter().collect();
        put(self.conn(), &rows).await
    }

    /// Forgets up to `limit` points of this step that began before `before`; returns how many.
    pub async fn forget_series(
        &mut self,
        step: Step,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query(
            "DELETE FROM series WHERE (seconds, at, kind, subject) IN (SELECT seconds, at, kind, subject FROM series \
             WHERE seconds = $1 AND at < $2 ORDER BY seconds, at, kind, subject LIMIT $3)",
        )
        .bind(step.seconds())
        .bind(before.0)
        .bind(i64::from(limit))
        .execute(&mut *db)
        .await?
        .rows_affected()))
    }
}

async fn before(conn: Conn<'_>, keys: &[&Key]) -> Result<Vec<Keyed>, StoreError> {
    Ok(bulk!(conn, Keyed,
        "SELECT at, looks, events, delivered, failed, connected, backlog, waiting_ms, latency, seconds, kind, subject \
         FROM ({rows}) AS v CROSS JOIN series WHERE seconds = v.column1 AND at = v.column2 AND kind = v.column3 \
         AND subject = v.column4",
        keys, key => {
            key.0 => i32, "integer";
            key.1 => i64, "bigint";
            key.2.as_str() => &str, "text";
            key.3 => i64, "bigint";
        }
    ))
}

async fn put(conn: Conn<'_>, rows: &[(Key, Point)]) -> Result<(), StoreError> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let latency = |point: &Point| {
        let counts = point.latency.counts();
        (!counts.is_empty()).then(|| serde_json::to_string(counts).unwrap_or_default())
    };
    let _ = bulk!(conn, Nothing,
        "INSERT INTO series (seconds, at, kind, subject, looks, events, delivered, failed, connected, backlog, waiting_ms, \
         latency) {rows} ON CONFLICT (seconds, at, kind, subject) DO UPDATE SET looks = excluded.looks, \
         events = excluded.events, delivered = excluded.delivered, failed = excluded.failed, \
         connected = excluded.connected, backlog = excluded.backlog, waiting_ms = excluded.waiting_ms, \
         latency = excluded.latency",
        rows, row => {
            row.0.0 => i32, "integer";
            row.0.1 => i64, "bigint";
            row.0.2.as_str() => &str, "text";
            row.0.3 => i64, "bigint";
            i32::try_from(row.1.looks).unwrap_or(i32::MAX) => i32, "integer";
            whole(row.1.events) => i64, "bigint";
            whole(row.1.delivered) => i64, "bigint";
            whole(row.1.failed) => i64, "bigint";
            whole(row.1.connected) => i64, "bigint";
            whole(row.1.backlog) => i64, "bigint";
            whole(row.1.waiting_ms) => i64, "bigint";
            latency(&row.1) => Option<String>, "text";
        }
    );
    Ok(())
}
