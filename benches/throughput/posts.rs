//! A provider that posts: how long its posts wait for their answers, whether each is there afterwards, and how far the rows of calls
//! are behind.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ramal::simulator::teravoz::SEQUENCE;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::Failure;
use crate::baseline::reqwest_client;
use crate::figures::{Run, ms};
use crate::report::Floor;

const PER_SECOND: u32 = 500;
const KEY: &str = "bench-key-0123456789";
/// Between two looks at how far the rows of calls are.
const LOOK: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(10);

pub fn measure(run: &mut Run) -> Result<(), Failure> {
    let settings = format!(
        "[[company]]\nname = \"Empresa 1\"\n[company.teravoz]\nkey = \"{KEY}\"\n[[company.webhook]]\nname = \"Webhook Principal\"\n\
         url = \"http://127.0.0.1:{}/w/1\"\nsecret = \"{}\"\n",
        run.line.sink.port,
        crate::subject::SECRET,
    );
    let started = run.line.start_with(&settings)?;
    let database = started.folder.join("ramal.db");
    let url = format!("http://127.0.0.1:{}/webhook?key={KEY}", started.port);
    let count = PER_SECOND * u32::try_from(run.pace.posting.as_secs())?;
    let ends = Arc::new(AtomicBool::new(false));
    let looks = std::thread::spawn({
        let (database, ends) = (database.clone(), Arc::clone(&ends));
        move || looks(&database, u64::from(count), &ends).map_err(|error| error.to_string())
    });
    until_ready(&format!("http://127.0.0.1:{}/readyz", started.port))?;
    let posted = post(&url, count)?;
    ends.store(true, Ordering::Relaxed);
    let looks = looks.join().map_err(|_| "who looks has panicked")??;
    let taken = posted.iter().filter(|(_, status)| *status == 200).count();
    let mut times: Vec<u64> = posted.iter().map(|(us, _)| *us).collect();
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 1_000).copied().unwrap_or_default();
    run.add("500 posts/s: answered after, p50", "ms", Floor::None, ms(at(500)));
    run.add("500 posts/s: answered after, p99", "ms", Floor::AtMost(10.0), ms(at(990)));
    run.add(
        "500 posts/s: answered after, most",
        "ms",
        Floor::None,
        ms(times.last().copied().unwrap_or_default()),
    );
    run.add("500 posts/s: rows of calls behind, most", "s", Floor::AtMost(1.0), behind(&looks).as_secs_f64());
    let others: BTreeSet<u16> =
        posted.iter().map(|(_, status)| *status).filter(|status| *status != 200).collect();
    let detail = json!({ "posted": count, "taken": taken, "other_statuses": others, "looks": looks.len() });
    run.report.detail(run.subject, "posts", detail);
    let (head, _) = looks.last().map_or((0, 0), |look| look.1);
    let delivered = arrived(run, u64::from(count))?;
    for (what, number) in [("answered 200", taken as u64), ("in the journal", head), ("delivered", delivered)]
    {
        if number != u64::from(count) {
            run.report.fault(format!("ramal, posts: {number} of {count} {what}"));
        }
    }
    Ok(())
}

/// It listens, and refuses, before its database is open.
fn until_ready(url: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (client, began) = (reqwest_client()?, Instant::now());
        while !client.get(url).send().await?.status().is_success() {
            if began.elapsed() > PATIENCE {
                return Err("it is not ready in time".into());
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    })
}

/// Every event at its time, whether or not others are answered: how long each took in µs, and its status (0 without one).
fn post(url: &str, count: u32) -> Result<Vec<(u64, u16)>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest_client()?;
        let (mut flights, began) = (tokio::task::JoinSet::new(), Instant::now());
        for n in 0..count {
            tokio::time::sleep_until((began + Duration::from_secs(1) / PER_SECOND * n).into()).await;
            let request = client.post(url).header("content-type", "application/json").body(event(n));
            flights.spawn(async move {
                let began = Instant::now();
                let status = match request.send().await {
                    Ok(answer) => {
                        let status = answer.status().as_u16();
                        answer.bytes().await.map_or(0, |_| status)
                    }
                    Err(_) => 0,
                };
                (u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX), status)
            });
        }
        Ok(flights.join_all().await)
    })
}

/// The `n`th: a call tells the events of its sequence, one a second, and as many calls go on at the same time.
fn event(n: u32) -> String {
    let told = u32::try_from(SEQUENCE.len()).unwrap_or(1);
    let (round, place) = (n / (PER_SECOND * told), n % (PER_SECOND * told));
    let (step, call) = (place / PER_SECOND, round * PER_SECOND + place % PER_SECOND);
    let kind = SEQUENCE[step as usize];
    let mut event = json!({ "type": kind, "call_id": format!("1463669263.{call}"), "timestamp": ramal::domain::Timestamp::now().to_string() });
    let more = if kind.starts_with("actor.") {
        json!({ "actor": format!("agente{}@example.com", call % 200), "number": (200 + call % 200).to_string(), "queue": "900" })
    } else {
        json!({ "direction": "inbound", "our_number": "0800000000", "their_number": format!("119{call:08}"), "queue": "900" })
    };
    if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
        event.extend(more.clone());
    }
    event.to_string()
}

type Look = (Instant, (u64, u64));

/// The last event that is in the journal and the last one in the rows of calls, looked at until both are all there is.
fn looks(database: &Path, count: u64, ends: &AtomicBool) -> Result<Vec<Look>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options =
            SqliteConnectOptions::new().filename(database).read_only(true).disable_statement_logging();
        // It listens before it has made the database.
        let began = Instant::now();
        let mut db = loop {
            match SqliteConnection::connect_with(&options).await {
                Ok(db) => break db,
                Err(error) if began.elapsed() > PATIENCE => return Err(error.into()),
                Err(_) => tokio::time::sleep(LOOK).await,
            }
        };
        let (mut looks, mut ended) = (Vec::new(), None);
        loop {
            let (head, made): (i64, i64) = sqlx::query_as(
                "SELECT (SELECT COALESCE(MAX(seq), 0) FROM heads), \
                 (SELECT COALESCE(MAX(seq), 0) FROM cursors WHERE consumer = 'calls')",
            )
            .fetch_one(&mut db)
            .await?;
            let look = (u64::try_from(head)?, u64::try_from(made)?);
            looks.push((Instant::now(), look));
            if ends.load(Ordering::Relaxed) {
                let since = *ended.get_or_insert_with(Instant::now);
                if look == (count, count) || since.elapsed() > PATIENCE {
                    return Ok(looks);
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    })
}

/// The longest time from when an event was seen in the journal until it was seen in the rows.
fn behind(looks: &[Look]) -> Duration {
    let mut longest = Duration::ZERO;
    let mut later = 0;
    for (at, (head, _)) in looks {
        while later < looks.len() && looks[later].1.1 < *head {
            later += 1;
        }
        match looks.get(later) {
            Some((made_at, _)) => longest = longest.max(made_at.saturating_duration_since(*at)),
            None => return Duration::MAX,
        }
    }
    longest
}

/// How many were delivered, once no more come.
fn arrived(run: &mut Run, count: u64) -> Result<u64, Failure> {
    let began = Instant::now();
    loop {
        // They are not those whose number the receiver knows.
        let came = run.line.sink.stats()?.unreadable;
        if came >= count || began.elapsed() > PATIENCE {
            return Ok(came);
        }
        std::thread::sleep(LOOK);
    }
}
