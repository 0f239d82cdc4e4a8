//! An endpoint that is dead for minutes while events go on: no rows but the journal's, memory that stays flat, and
//! then everything in order, nearly as fast as ever.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use crate::Failure;
use crate::children::Running;
use crate::figures::{COMPANIES, Run};
use crate::report::Floor;

const RATE: u32 = 1_000;
/// The journal itself; what it holds is what an outage costs.
const JOURNAL: [&str; 4] = ["events", "heads", "blocks", "block_keys"];

pub fn measure(run: &mut Run, sustained: Option<f64>) -> Result<(), Failure> {
    let started = run.line.start_connected(run.subject, COMPANIES)?;
    let database = started.folder.join("ramal.db");
    run.line.feed.rate(RATE)?;
    std::thread::sleep(run.pace.warm_up);

    let rows_before = rows(&database)?;
    run.line.sink.die()?;
    let memory = watch_memory(&started.running, run.pace.outage)?;
    let rows_after = rows(&database)?;
    let waiting = run.line.feed.count()? - run.line.sink.stats()?.delivered;
    run.line.sink.revive()?;
    let (pause, resumed) = resume(run, waiting)?;
    run.settle("outage")?;

    let grown: BTreeMap<&str, i64> = rows_after
        .iter()
        .map(|(table, rows)| (table.as_str(), rows - rows_before.get(table).unwrap_or(&0)))
        .filter(|(_, more)| *more != 0)
        .collect();
    let minutes = run.pace.outage.as_secs_f64() / 60.0;
    run.report.detail(
        run.subject,
        "outage",
        json!({ "minutes": minutes, "events_waiting": waiting, "rows_grown": grown, "memory_mb": memory }),
    );
    let outside: i64 = grown.values().sum();
    run.add(
        &format!("dead for {minutes:.1} min: rows beside the journal's"),
        "rows",
        Floor::AtMost(1_000.0),
        outside as f64,
    );
    // The first tenth is the time in which rings and windows fill.
    let settled = memory[memory.len() / 10];
    let most = memory.iter().copied().fold(0.0, f64::max);
    run.add("… memory grown over the outage", "MB", Floor::AtMost(10.0), most - settled);
    run.add("… first delivery after its return", "s", Floor::None, pause.as_secs_f64());
    run.add("… deliveries/s of what had waited", "1/s", Floor::None, resumed);
    if let Some(sustained) = sustained {
        run.add("… as a share of sustained", "%", Floor::AtLeast(80.0), 100.0 * resumed / sustained);
    }
    Ok(())
}

/// Resident memory (MB) at a hundred moments of the outage, or each tenth of a second if it is short.
fn watch_memory(running: &Running, length: Duration) -> Result<Vec<f64>, Failure> {
    let began = Instant::now();
    let mut memory = Vec::new();
    while began.elapsed() < length {
        std::thread::sleep((length / 100).max(Duration::from_millis(100)));
        memory.push(running.usage()?.resident_mb);
    }
    Ok(memory)
}

/// How long until the first delivery, and how fast the middle eight tenths of what waited went out while more came.
fn resume(run: &mut Run, waiting: u64) -> Result<(Duration, f64), Failure> {
    let began = Instant::now();
    let base = run.line.sink.stats()?.delivered;
    let passed = |share: u64| -> Result<(Instant, u64), Failure> {
        loop {
            let delivered = run.line.sink.stats()?.delivered - base;
            if delivered > waiting * share / 10 {
                return Ok((Instant::now(), delivered));
            }
            if began.elapsed() > Duration::from_mins(10) {
                return Err("what waited is not delivered ten minutes after the endpoint's return".into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let (first, _) = passed(0)?;
    let (from, at_from) = passed(1)?;
    let (to, at_to) = passed(9)?;
    Ok((first - began, (at_to - at_from) as f64 / (to - from).as_secs_f64()))
}

/// Rows of each table beside the journal's.
fn rows(database: &Path) -> Result<BTreeMap<String, i64>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut database: SqliteConnection =
            SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
        let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            .fetch_all(&mut database)
            .await?;
        let mut counts = BTreeMap::new();
        for table in tables {
            let table: String = table.try_get(0)?;
            if JOURNAL.contains(&table.as_str()) {
                continue;
            }
            let sql = AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
            counts.insert(table, sqlx::query_scalar(sql).fetch_one(&mut database).await?);
        }
        database.close().await?;
        Ok(counts)
    })
}
