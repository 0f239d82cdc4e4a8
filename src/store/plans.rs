//! How SQLite goes about the statements over many rows: none may go through a whole table for a few rows of it. They are
//! found in the sources of this room, so that a new one is asked about too.

use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection};

use super::engine::{Bulk, Conn};
use super::{calls, schema};

/// The template of a `bulk!` in a source, and how many columns its rows have.
fn templates(source: &str) -> Vec<(String, usize)> {
    let calls = source.split("bulk!(").skip(1).filter(|call| call.contains("{rows}"));
    let template = |call: &str| -> Option<(String, usize)> {
        let (_, text) = call.split_once('"')?;
        let (text, rest) = text.split_once("\",")?;
        let lines: Vec<&str> = text.split("\\\n").map(str::trim_start).collect();
        let (_, columns) = rest.split_once("=> {")?;
        let (columns, _) = columns.split_once('}')?;
        Some((lines.concat(), columns.matches("=>").count()))
    };
    calls.filter_map(template).filter(|(text, _)| text.contains("{rows}")).collect()
}

/// What SQLite means to do, for each number of rows that the statement is made for.
async fn plan(db: &mut SqliteConnection, template: &str, columns: usize) -> Vec<String> {
    let mut plan = Vec::new();
    for text in Bulk::new(template, &vec!["bigint"; columns]).sqlite {
        let text = text.as_str();
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"))).fetch_all(&mut *db).await;
        let rows = rows.unwrap_or_else(|error| panic!("{text}: {error}"));
        plan.extend(rows.iter().map(|row| row.get::<String, _>(3)));
    }
    plan
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the sources").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn no_statement_over_many_rows_scans_a_table() {
    let mut db =
        sqlx::sqlite::SqliteConnectOptions::new().in_memory(true).connect().await.expect("a database");
    schema::migrate(Conn::Sqlite(&mut db)).await.expect("the schema");
    let tables = sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'table'").fetch_all(&mut db).await;
    let tables: Vec<String> = tables.expect("reads").iter().map(|row| row.get(0)).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store");
    let mut asked = 0;
    for path in files(std::path::Path::new(folder)) {
        if path.ends_with("engine.rs") || path.ends_with("plans.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source");
        let found = templates(&source);
        assert_eq!(
            found.len(),
            source.matches("bulk!(").count(),
            "{}: one cannot be read here",
            path.display()
        );
        for (template, columns) in found {
            asked += 1;
            let plan = plan(&mut db, &template, columns).await;
            // A table that has another name in the statement is shorter than any of ours.
            let scans = |line: &String| {
                let mut words = line.split(' ');
                words.next() == Some("SCAN")
                    && words.next().is_some_and(|table| {
                        tables.iter().any(|own| own == table) || table.len() == 1 && table != "v"
                    })
            };
            assert!(!plan.iter().any(scans), "{}: {template}: {plan:#?}", path.display());
        }
    }
    assert!(asked >= 18, "only {asked} statements were found in the sources");
    // The test would see one: no index begins with a lane.
    let scanning = plan(&mut db, "DELETE FROM held WHERE lane IN ({rows})", 1).await;
    assert!(scanning.iter().any(|line| line.starts_with("SCAN held")), "{scanning:?}");
}

#[tokio::test]
async fn the_calls_that_go_on_are_counted_without_the_others() {
    let mut db =
        sqlx::sqlite::SqliteConnectOptions::new().in_memory(true).connect().await.expect("a database");
    schema::migrate(Conn::Sqlite(&mut db)).await.expect("the schema");
    let sql = format!("EXPLAIN QUERY PLAN {}", super::calls::COUNT);
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(1).bind(1).bind(1).fetch_all(&mut db).await;
    let plan: Vec<String> = rows.expect("a plan").iter().map(|row| row.get(3)).collect();
    let of_calls: Vec<_> = plan.iter().filter(|step| step.starts_with("SEARCH calls ")).collect();
    assert_eq!(of_calls.len(), 2, "{plan:#?}");
    assert!(of_calls[0].contains("COVERING INDEX calls_id ("), "{plan:#?}");
    assert!(of_calls[1].contains("INDEX calls_open ("), "{plan:#?}");
}

async fn plan_of(db: &mut SqliteConnection, text: &str) -> String {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"))).fetch_all(&mut *db).await;
    let lines = rows.unwrap_or_else(|error| panic!("{text}: {error}"));
    lines.iter().map(|row| row.get::<String, _>(3)).collect::<Vec<_>>().join("; ")
}

/// A company has millions of calls, and lists of them are asked for every two seconds; what is outlived is looked for by the writer.
#[tokio::test]
async fn calls_are_looked_for_by_an_index_whatever_is_asked() {
    let mut db =
        sqlx::sqlite::SqliteConnectOptions::new().in_memory(true).connect().await.expect("a database");
    schema::migrate(Conn::Sqlite(&mut db)).await.expect("the schema");
    for (text, index) in calls::statements() {
        let plan = plan_of(&mut db, text).await;
        assert!(plan.contains(&format!("INDEX {index} ")), "{index}: {plan}");
        assert!(index == "calls_id" || !plan.contains("TEMP B-TREE"), "{index}: {plan}");
    }
    for (text, range) in [(calls::UNREAD, "build<?"), (calls::OUTLIVED, "build=? AND seq<?")] {
        let plan = plan_of(&mut db, text).await;
        assert!(plan.contains(range), "{plan}");
    }
}

/// Somebody types, and at every letter all companies are asked.
#[tokio::test]
async fn what_is_looked_for_in_all_companies_is_found_by_an_index_of_each() {
    let mut db =
        sqlx::sqlite::SqliteConnectOptions::new().in_memory(true).connect().await.expect("a database");
    schema::migrate(Conn::Sqlite(&mut db)).await.expect("the schema");
    for (text, index) in [
        (calls::WITH_CALLER, "calls_their_number (company=? AND build=? AND their_number=?)"),
        (calls::WITH_NUMBER, "calls_our_number (company=? AND build=? AND our_number=?)"),
        (calls::CALLED, "calls_id (company=? AND build=? AND source=? AND call_id=?)"),
    ] {
        let plan = plan_of(&mut db, text).await;
        assert!(plan.contains(index) && !plan.contains("SCAN calls"), "{index}: {plan}");
    }
}

/// A wall asks every other second, all day long.
#[tokio::test]
async fn what_a_board_asks_is_a_range_of_an_index() {
    let mut db =
        sqlx::sqlite::SqliteConnectOptions::new().in_memory(true).connect().await.expect("a database");
    schema::migrate(Conn::Sqlite(&mut db)).await.expect("the schema");
    for (text, indexes) in calls::OF_BOARD {
        let plan = plan_of(&mut db, text).await;
        let of_calls: Vec<_> = plan.split("; ").filter(|step| step.contains(" calls")).collect();
        let is_one = |step: &&str| {
            indexes.iter().any(|index| step.contains(&format!("SEARCH calls USING INDEX {index} (")))
                || indexes.iter().any(|index| step.contains(&format!("COVERING INDEX {index} (")))
        };
        assert!(!of_calls.is_empty() && of_calls.iter().all(is_one), "{text}: {plan}");
        assert!(indexes.iter().all(|index| plan.contains(index)), "{text}: {plan}");
        assert!(!plan.contains("SCAN calls"), "{text}: {plan}");
        let whole_days =
            of_calls.iter().filter(|step| !step.contains("heard_at>") && !step.contains("queue>"));
        // The first of all queues is where the walk from queue to queue begins.
        assert!(whole_days.count() <= usize::from(indexes == ["calls_queue"]), "{text}: {plan}");
    }
}
