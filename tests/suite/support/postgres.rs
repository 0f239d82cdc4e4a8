//! A PostgreSQL server of the test process's own: started with the first test that wants one, on a free port, in a
//! folder of its own, without fsync; a database per test. It ends with the process, however that ends: a shell waits
//! on a pipe that only this process holds open, stops the server and removes the folder.

use std::io;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The running server.
pub struct Server {
    pub port: u16,
    /// Holds the pipe open that the server's life hangs on.
    _watch: Child,
}

/// A database that only one test uses.
pub struct Database {
    pub url: String,
}

/// The server, started on the first call.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start().expect("a PostgreSQL server (Debian: apt-get install postgresql)"))
}

/// A new, empty database.
pub async fn database() -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let port = tokio::task::spawn_blocking(|| server().port).await.expect("the start does not panic");
    let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut conn = PgConnection::connect(&url(port, "postgres")).await.expect("a connection");
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut conn).await.expect("a database");
    Database { url: url(port, &name) }
}

/// The URL of a database as its owner, through any port that leads to the server (a proxy's, say).
pub fn url(port: u16, name: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable")
}

fn start() -> io::Result<Server> {
    let bin = binaries()?;
    let folder = tempfile::Builder::new().prefix("ramal-postgres-").tempdir()?;
    let user = owner(folder.path())?;
    let data = folder.path().join("data");
    let mut initdb = user.command(&bin.join("initdb"));
    let initdb =
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"]);
    let made = initdb.arg(&data).output()?;
    if !made.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
    }
    // Between finding a free port and using it somebody else may take it: then another one is tried.
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut watch = watched(&user, &bin, folder.path(), port).spawn()?;
        if answers(port, &mut watch) {
            // From here on the shell removes the folder.
            std::fs::write(folder.path().join("started"), "")?;
            let _ = folder.keep();
            return Ok(Server { port, _watch: watch });
        }
    }
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    Err(io::Error::other(format!("the server did not start: {log}")))
}

/// The shell that runs the server until its own standard input ends.
fn watched(user: &Owner, bin: &Path, folder: &Path, port: u16) -> Command {
    const SCRIPT: &str = r#"
        folder=$1; shift
        exec 3<&0
        "$@" </dev/null 3<&- >"$folder/log" 2>&1 & server=$!
        (read -r _ <&3; kill -INT $server) & watch=$!
        wait $server
        kill $watch 2>/dev/null
        [ -e "$folder/started" ] && rm -rf "$folder""#;
    let mut server = user.command(&bin.join("postgres"));
    server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    server.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-F"]);
    server.args(["-c", "max_connections=200", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT, "sh"]).arg(folder).arg(server.get_program()).args(server.get_args());
    // A group of its own: what ends the tests from the keyboard must not end the one who cleans up.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell
}

/// Waits until the server accepts a connection; false when it has ended instead.
fn answers(port: u16, watch: &mut Child) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let deadline = Instant::now() + Duration::from_mins(1);
    runtime.block_on(async {
        while Instant::now() < deadline && matches!(watch.try_wait(), Ok(None)) {
            if let Ok(conn) = PgConnection::connect(&url(port, "postgres")).await {
                return conn.close().await.is_ok();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    })
}

/// Who runs the server: it refuses to be root.
enum Owner {
    Myself,
    Postgres,
}

/// User and group of who runs the server; `None` when that is whoever runs the tests.
pub fn owner_ids() -> Option<(u32, u32)> {
    let id = |args: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(args).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    if id(&["-u"])? != 0 { None } else { Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?)) }
}

impl Owner {
    fn command(&self, program: &Path) -> Command {
        match self {
            Owner::Myself => Command::new(program),
            Owner::Postgres => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
                command
            }
        }
    }
}

fn owner(folder: &Path) -> io::Result<Owner> {
    let id = |args: &[&str]| -> io::Result<u32> {
        let output = Command::new("id").args(args).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().map_err(|_| io::Error::other(format!("id {args:?}: {text:?}")))
    };
    if id(&["-u"])? != 0 {
        return Ok(Owner::Myself);
    }
    chown(folder, Some(id(&["-u", "postgres"])?), Some(id(&["-g", "postgres"])?))?;
    Ok(Owner::Postgres)
}

/// The folder of `initdb` and `postgres`: Debian's newest, or one on the PATH.
fn binaries() -> io::Result<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("postgres").exists();
    let version = |folder: &PathBuf| -> u32 {
        let name = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian.map(|entry| entry.path().join("bin")).filter(complete).max_by_key(version);
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest
        .or_else(|| std::env::split_paths(&path).find(complete))
        .ok_or_else(|| io::Error::other("neither initdb nor postgres found"))
}
