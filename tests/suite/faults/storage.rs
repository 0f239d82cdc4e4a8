//! Databases that are full, may only be read, or are gone for a while; and one that comes back as it was a while ago.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, PgConnection};
use tokio::process::Command;
use tokio::time::sleep;

use super::traffic::{GUARD, Traffic, company, door};
use super::witness::{Witness, judge};
use super::{Count, Story, times};
use crate::journal::authority::{END_SESSIONS, administrator, run};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::daemon::{Daemon, Home};
use crate::support::mounted::Disk;
use crate::support::postgres;

const KEY: &str = "iJ8fWm0Q3s6V1xYc5tB7nKzR2hLpE9uGdA4oTqXvN0w=";
const LANES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(4);
/// How long what is wrong stays so once it is noticed.
const WRONG: Duration = Duration::from_millis(600);

/// The program on a database, posts at its door, and a receiver.
struct Scene {
    home: Home,
    witness: Witness,
}

impl Scene {
    async fn new(database: &str) -> Scene {
        let witness = Witness::start().await;
        let keyed = format!("database_url = \"{database}\"\nmaster_key = \"{KEY}\"\n{GUARD}");
        let home = Home::new(&format!("{keyed}{}", company(1, &[(&witness.url(1), "")]))).await;
        Scene { home, witness }
    }
}

/// Makes the fault and mends it, so often, while posts come; then nothing is missing. Noted is how long it took at most until posts
/// were taken again.
async fn again_and_again(
    story: &Story,
    (short, long): (u64, u64),
    scene: Scene,
    daemon: Daemon,
    wrong: impl AsyncFn(&Traffic),
    mend: impl AsyncFn(),
) {
    let rounds = times(short, long);
    let traffic = Traffic::begin(door(&daemon), [1], LANES, PAUSE);
    let mut longest = Duration::ZERO;
    for _ in 0..rounds {
        traffic.flows(40).await;
        wrong(&traffic).await;
        traffic.is_refused(12).await;
        sleep(WRONG).await;
        mend().await;
        let mended = Instant::now();
        traffic.flows(1).await;
        longest = longest.max(mended.elapsed());
    }
    traffic.flows(40).await;
    let accepted = traffic.end().await;
    let count = scene.witness.judge(&accepted).await;
    story.tell(rounds, count, &format!("taken again after {:.1} s at most", longest.as_secs_f64()));
    daemon.stop().await;
}

const FULL: &str =
    "posts are answered 503; what was accepted is kept and delivered, and it goes on when there is room";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_sqlite_loses_nothing() {
    let Some(disk) = Disk::new(48) else { return a_file_that_may_not_grow().await };
    let story = Story {
        fault: "the disk is full, SQLite",
        promised: FULL,
        made: "a disk of 48 MiB is filled to its last byte while posts come, and cleared again",
    };
    let scene = Scene::new(&format!("sqlite://{}", disk.path().join("ramal.db").display())).await;
    let daemon = scene.home.start().await;
    // What room retention or the reserve gives back is taken too, until posts are refused.
    let wrong = async |_: &Traffic| {
        for _ in 0..10 {
            disk.fill();
            sleep(Duration::from_millis(50)).await;
        }
    };
    again_and_again(&story, (1, 50), scene, daemon, wrong, async || disk.clear()).await;
}

/// The same where nothing can be mounted: every write beyond a limit fails.
async fn a_file_that_may_not_grow() {
    let story = Story {
        fault: "no file may grow, SQLite",
        promised: FULL,
        made: "a limit on the size of files (`prlimit --fsize`) while posts come, taken away again",
    };
    let folder = tempfile::tempdir().expect("a folder");
    let scene = Scene::new(&format!("sqlite://{}", folder.path().join("ramal.db").display())).await;
    let daemon = scene.home.start_through(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"], &[]).await;
    let pid = daemon.id().to_string();
    let limit = async |bytes: &str| {
        let limited =
            Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status().await;
        assert!(limited.expect("prlimit runs").success());
    };
    again_and_again(
        &story,
        (1, 50),
        scene,
        daemon,
        async |_| limit("4096").await,
        async || limit("unlimited").await,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_postgres_loses_nothing() {
    let database = postgres::database().await;
    let mut db = administrator(&database.url).await;
    let disk = Disk::new(64);
    let story = Story {
        fault: "the disk is full, PostgreSQL",
        promised: FULL,
        made: if disk.is_some() {
            "the disk of the database's tablespace, 64 MiB, is filled to its last byte while posts come, and cleared again"
        } else {
            "the server answers every event with 53100 (disk full), by a trigger, while posts come"
        },
    };
    if let Some(disk) = &disk {
        move_to(disk, &database.url, &mut db).await;
    }
    let scene = Scene::new(&database.url).await;
    let daemon = scene.home.start().await;
    let mut db = administrator(&database.url).await;
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$";
    run(&mut db, full).await;
    let db = tokio::sync::Mutex::new(db);
    let wrong = async |_: &Traffic| match &disk {
        Some(disk) => disk.fill(),
        None => {
            let refuse = "CREATE TRIGGER full_disk BEFORE INSERT ON events EXECUTE FUNCTION full_disk()";
            run(&mut *db.lock().await, refuse).await;
        }
    };
    let mend = async || match &disk {
        Some(disk) => disk.clear(),
        None => run(&mut *db.lock().await, "DROP TRIGGER full_disk ON events").await,
    };
    again_and_again(&story, (1, 50), scene, daemon, wrong, mend).await;
    drop(db);
    run(
        &mut administrator(&postgres::url(postgres::server().port, "postgres")).await,
        format!("DROP DATABASE {} WITH (FORCE)", name_of(&database.url)),
    )
    .await;
}

fn name_of(url: &str) -> String {
    let name = url.rsplit_once('/').expect("a database's name").1;
    name.split('?').next().expect("a name").to_owned()
}

/// The database, empty as it is, goes to a tablespace on the disk.
async fn move_to(disk: &Disk, url: &str, db: &mut PgConnection) {
    if let Some((user, group)) = postgres::owner_ids() {
        std::os::unix::fs::chown(disk.path(), Some(user), Some(group)).expect("given to the server");
    }
    let name = name_of(url);
    run(db, format!("CREATE TABLESPACE small_{name} LOCATION '{}'", disk.path().display())).await;
    let mut other = administrator(&postgres::url(postgres::server().port, "postgres")).await;
    run(
        &mut other,
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    )
    .await;
    let moved = format!("ALTER DATABASE {name} SET TABLESPACE small_{name}");
    // A session that was ended takes a moment.
    for _ in 0..100 {
        if sqlx::raw_sql(AssertSqlSafe(moved.clone())).execute(&mut other).await.is_ok() {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    run(&mut other, moved).await;
}

const GONE: &str =
    "posts are answered 503; nothing accepted is lost, and it goes on by itself when the database is back";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_goes_away_and_comes_back_loses_nothing() {
    let story = Story {
        fault: "the SQLite file is gone and comes back",
        promised: GONE,
        made: "the file is moved away while posts come, and moved back",
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (file, away) = (folder.path().join("ramal.db"), folder.path().join("away.db"));
    let scene = Scene::new(&format!("sqlite://{}", file.display())).await;
    let daemon = scene.home.start().await;
    let wrong = async |_: &Traffic| fs::rename(&file, &away).expect("moved");
    let mend = async || fs::rename(&away, &file).expect("moved back");
    again_and_again(&story, (1, 50), scene, daemon, wrong, mend).await;
}

/// Whether nobody may write into a file, root neither; `false` where that cannot be had.
async fn is_set(files: &[&Path], attribute: &str) -> bool {
    let set = Command::new("chattr").arg(attribute).args(files).output().await;
    set.is_ok_and(|set| set.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_be_written_for_a_while_loses_nothing() {
    let story = Story {
        fault: "the SQLite file may not be written for a while",
        promised: GONE,
        made: "the file and its log are made immutable (`chattr +i`) while posts come, and mutable again",
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ramal.db");
    let probe = folder.path().join("probe");
    fs::write(&probe, "").expect("written");
    let can = is_set(&[&probe], "+i").await && is_set(&[&probe], "-i").await;
    let scene = Scene::new(&format!("sqlite://{}", file.display())).await;
    let daemon = scene.home.start().await;
    let log = file.with_extension("db-wal");
    let away = file.with_extension("away");
    // Where no file can be made so, it is away.
    let wrong = async |_: &Traffic| {
        if can {
            assert!(is_set(&[&file, &log], "+i").await);
        } else {
            fs::rename(&file, &away).expect("moved");
        }
    };
    let mend = async || {
        if can {
            assert!(is_set(&[&file, &log], "-i").await);
        } else {
            fs::rename(&away, &file).expect("moved back");
        }
    };
    again_and_again(&story, (1, 50), scene, daemon, wrong, mend).await;
}

/// The program before a proxy to its database, whose name stays what becomes of it.
async fn behind_a_proxy(database: &str) -> (Scene, ChaosProxy) {
    let server = format!("127.0.0.1:{}", postgres::server().port).parse().expect("an address");
    let proxy = ChaosProxy::start(server).await;
    let scene = Scene::new(&postgres::url(proxy.address().port(), &name_of(database))).await;
    (scene, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_goes_away_and_comes_back_loses_nothing() {
    let story = Story {
        fault: "PostgreSQL is gone and comes back",
        promised: GONE,
        made: "every connection to it is reset and new ones are refused while posts come; then it answers again",
    };
    let database = postgres::database().await;
    let (scene, proxy) = behind_a_proxy(&database.url).await;
    let daemon = scene.home.start().await;
    let wrong = async |_: &Traffic| {
        proxy.refuse();
        proxy.cut();
    };
    again_and_again(&story, (1, 50), scene, daemon, wrong, async || proxy.heal()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_may_only_be_read_for_a_while_loses_nothing() {
    let story = Story {
        fault: "PostgreSQL may only be read for a while, as a primary that was demoted",
        promised: GONE,
        made: "`default_transaction_read_only` is set and all sessions are ended while posts come; then it is taken back",
    };
    let database = postgres::database().await;
    let scene = Scene::new(&database.url).await;
    let daemon = scene.home.start().await;
    let name = name_of(&database.url);
    let set = async |value: &str| {
        let mut db = administrator(&postgres::url(postgres::server().port, "postgres")).await;
        run(&mut db, format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}")).await;
    };
    let wrong = async |_: &Traffic| {
        set("on").await;
        run(&mut administrator(&database.url).await, END_SESSIONS).await;
    };
    again_and_again(&story, (1, 50), scene, daemon, wrong, async || set("off").await).await;
}

/// Who takes over was behind: it has not got the newest commits.
#[tokio::test(flavor = "multi_thread")]
async fn a_failover_to_an_older_primary_gives_no_place_twice() {
    let story = Story {
        fault: "PostgreSQL fails over to a standby that was behind",
        promised: "its missing commits cannot be had back: no place is given twice, what is missing is counted and told, and what came \
            before and after arrives; what was delivered and is not known any more may come twice",
        made: "the database is copied, events come and are accepted, and the copy takes its place",
    };
    let rounds = times(1, 20);
    let (mut count, mut told) = (Count::default(), 0);
    for _ in 0..rounds {
        let (found, events) = fail_over().await;
        count.add(found);
        told += events;
    }
    story.write(rounds, count, &format!("{told} events were missing in the copies, and told"));
    assert!(told > 0 && count.lost <= told && count.overtaken == 0, "{told} told: {count:?}");
}

async fn fail_over() -> (Count, usize) {
    let database = postgres::database().await;
    let (scene, proxy) = behind_a_proxy(&database.url).await;
    let daemon = scene.home.start().await;
    let name = name_of(&database.url);
    let mut db = administrator(&postgres::url(postgres::server().port, "postgres")).await;
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('{name}', '{name}_old')"
    );
    let traffic = Traffic::begin(door(&daemon), [1], LANES, PAUSE);
    traffic.flows(100).await;
    let away = async |db: &mut PgConnection| {
        proxy.refuse();
        proxy.cut();
        run(db, end.as_str()).await;
        let left = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'");
        while sqlx::query_scalar::<_, i64>(AssertSqlSafe(left.clone()))
            .fetch_one(&mut *db)
            .await
            .expect("counts")
            > 0
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    away(&mut db).await;
    run(&mut db, format!("CREATE DATABASE {name}_old TEMPLATE {name}")).await;
    proxy.heal();
    traffic.flows(200).await;
    away(&mut db).await;
    run(&mut db, format!("DROP DATABASE {name}")).await;
    run(&mut db, format!("ALTER DATABASE {name}_old RENAME TO {name}")).await;
    proxy.heal();
    traffic.flows(100).await;
    let accepted = traffic.end().await;
    // What is lost never comes: waited for is the rest.
    daemon
        .until_within(Duration::from_mins(2), "/api/v1/webhooks/webhook_1/status", |at| at["backlog"] == 0)
        .await;
    sleep(Duration::from_millis(500)).await;
    let came = scene.witness.came();
    let mut places = std::collections::HashMap::new();
    for one in &came {
        let known = *places.entry(one.id.clone()).or_insert(one.number);
        assert_eq!(known, one.number, "{}: a place was given twice", one.id);
    }
    let (_, metrics) = daemon.call("GET", "/metrics", None).await;
    let told = metrics.as_str().and_then(|text| {
        text.lines().find_map(|line| line.strip_prefix("ramal_events_lost_total ")?.parse().ok())
    });
    daemon.stop().await;
    (judge(&accepted, &came), told.expect("what was lost is counted"))
}
