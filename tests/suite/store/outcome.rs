//! Connections that are lost, and commits of which nobody knows whether they happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ramal::domain::{CompanyId, Seq};
use ramal::store::{Head, StoreError};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::trouble::execute;
use super::{Db, NOW, commit, draft, options, placed};
use crate::support::postgres;
use crate::support::tcp_server::TcpServer;

/// What becomes of the first COMMIT after the fuse is lit.
#[derive(Clone, Copy)]
enum Fate {
    /// The connection breaks before it reaches the server.
    Lost,
    /// The server commits, its answer does not come back.
    Unanswered,
}

/// A way to the server that breaks at a COMMIT, once, when `armed`.
async fn fragile(port: u16, fate: Fate, armed: Arc<AtomicBool>) -> TcpServer {
    TcpServer::start(move |_, mut client| {
        let armed = Arc::clone(&armed);
        async move {
            let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
            let (mut up, mut down) = (vec![0; 64 << 10], vec![0; 64 << 10]);
            loop {
                tokio::select! {
                    read = client.read(&mut up) => {
                        let sent = &up[..read?];
                        let breaks = sent.windows(6).any(|six| six == b"COMMIT") && armed.swap(false, Ordering::SeqCst);
                        if sent.is_empty() || (breaks && matches!(fate, Fate::Lost)) {
                            return Ok(());
                        }
                        server.write_all(sent).await?;
                        if breaks {
                            // The answer says that it is done; nobody hears it.
                            return server.read(&mut down).await.map(drop);
                        }
                    }
                    read = server.read(&mut down) => {
                        let answer = &down[..read?];
                        if answer.is_empty() {
                            return Ok(());
                        }
                        client.write_all(answer).await?;
                    }
                }
            }
        }
    })
    .await
}

async fn commit_over_a_breaking_line(fate: Fate) -> (Db, CompanyId, Vec<Head>, TcpServer) {
    let direct = postgres::database().await;
    let name =
        direct.url.rsplit('/').next().and_then(|rest| rest.split('?').next()).expect("a name").to_owned();
    let armed = Arc::new(AtomicBool::new(false));
    let line = fragile(postgres::server().port, fate, Arc::clone(&armed)).await;
    let url = postgres::url(line.address.port(), &name);
    let mut db = Db::open(url, None, options()).await;
    let company = db.company("A").await;

    let mut tx = db.writer.begin_batch().await.expect("begins");
    tx.append(&placed(company, 1, &[draft("{}")])).await.expect("appends");
    tx.set_heads(&[Head { company, seq: Seq(1), epoch: 0, batch: 77 }]).await.expect("heads");
    armed.store(true, Ordering::SeqCst);
    let error = tx.commit().await.expect_err("the line broke");
    assert!(error.outcome_unknown() && error.is_passing(), "{error:?}");

    db.writer.reopen().await.expect("connects again");
    let heads = commit!(db, tx => tx.lock_heads(&[company]).await.expect("reads"));
    (db, company, heads, line)
}

#[tokio::test]
async fn a_commit_that_was_lost_is_written_again() {
    let (mut db, company, heads, _line) = commit_over_a_breaking_line(Fate::Lost).await;
    assert_eq!(heads, [Head { company, seq: Seq(0), epoch: 0, batch: 0 }]);
    db.append(company, 1, &[draft("{}")], 0).await;
}

#[tokio::test]
async fn a_commit_that_was_not_answered_is_found_by_its_batch() {
    let (mut db, company, heads, _line) = commit_over_a_breaking_line(Fate::Unanswered).await;
    assert_eq!(heads, [Head { company, seq: Seq(1), epoch: 0, batch: 77 }]);
    db.append(company, 2, &[draft("{}")], 0).await;
}

#[tokio::test]
async fn a_server_that_ends_the_connections_is_found_again() {
    let mut db = Db::postgres().await;
    let company = db.company("A").await;
    db.append(company, 1, &[draft("{}")], 0).await;
    db.store.heads().await.expect("reads");
    let mut tx = db.writer.begin().await.expect("begins");
    tx.create_company("B", false, NOW).await.expect("writes");
    execute(
        &db.url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
    let error = tx.create_company("C", false, NOW).await.expect_err("the connection is gone");
    assert!(matches!(error, StoreError::Gone { outcome_unknown: false, .. }), "{error:?}");
    drop(tx);
    db.writer.reopen().await.expect("connects again");
    db.append(company, 2, &[draft("{}")], 0).await;
    // A pooled connection may still be one of those; each is found out once and replaced.
    let mut tries = 0;
    let heads = loop {
        match db.store.heads().await {
            Ok(heads) => break heads,
            Err(error) => assert!(matches!(error, StoreError::Gone { .. }), "{error:?}"),
        }
        tries += 1;
        assert!(tries <= 4, "the pool does not heal");
    };
    assert_eq!(heads.len(), 1, "what was not committed is not there");
}

#[tokio::test]
async fn a_server_that_is_down_is_gone() {
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let error = ramal::store::Store::open(&postgres::url(port, "x"), options()).await.map(drop);
    let error = error.expect_err("nobody listens there");
    assert!(matches!(error, StoreError::Gone { outcome_unknown: false, .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_not_made_anew() {
    let mut db = Db::sqlite().await;
    let company = db.company("A").await;
    db.append(company, 1, &[draft("{}")], 0).await;
    let path = std::path::PathBuf::from(db.url.strip_prefix("sqlite://").expect("a path"));
    let away = path.with_extension("away");
    let files = ["", "-wal", "-shm"].map(|end| {
        let with = |path: &std::path::Path| [path.to_str().expect("text"), end].concat();
        (with(&path), with(&away))
    });
    for (from, to) in &files {
        std::fs::rename(from, to).expect("moves");
    }
    let error = db.writer.reopen().await.expect_err("there is no file");
    assert!(matches!(error, StoreError::Gone { .. }), "{error:?}");
    assert!(!path.exists());
    for (from, to) in &files {
        std::fs::rename(to, from).expect("moves back");
    }
    db.writer.reopen().await.expect("opens again");
    db.append(company, 2, &[draft("{}")], 0).await;
    assert_eq!(db.store.events(company, Seq(1), 9, 999).await.expect("reads").len(), 2);
}

#[tokio::test]
async fn a_session_is_given_up_before_the_next_is_made() {
    let database = postgres::database().await;
    let (_, name) = database.url.rsplit_once('/').expect("a name");
    let name = name.split('?').next().expect("a name");
    // Two sessions: the writer's and the hold's.
    let role = format!("few_sessions_{name}");
    let mut db = PgConnection::connect(&database.url).await.expect("a connection");
    let make = format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 2; ALTER DATABASE {name} OWNER TO {role}");
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut db).await.expect("a role");
    let url = format!("postgres://{role}@127.0.0.1:{}/{name}?sslmode=disable", postgres::server().port);
    let mut db = Db::open(url, None, options()).await;
    let company = db.company("A").await;
    for n in 1..=3 {
        let mut tries = 0;
        // The server counts a session until it has seen its end.
        while let Err(error) = db.writer.reopen().await {
            assert!(matches!(error, StoreError::Gone { .. }), "{error:?}");
            tries += 1;
            assert!(tries < 100, "{n}: there is never room for another");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        db.append(company, n, &[draft("{}")], 0).await;
    }
}
