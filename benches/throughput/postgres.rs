//! A PostgreSQL server of the benchmark's own, with its data beside the SQLite files and its commits on the disk as in
//! production. It ends with the benchmark: the kernel kills it when its parent dies.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::children::Running;

const STARTS_WITHIN: Duration = Duration::from_secs(30);

pub struct Postgres {
    bin: PathBuf,
    port: u16,
    databases: u32,
    _running: Running,
}

impl Postgres {
    pub fn start(work: &Path) -> Result<Postgres, Failure> {
        let bin = binaries()?;
        let data = work.join("postgres");
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        fs::create_dir_all(&data)?;
        let user = id(&["-u", "postgres"]).zip(id(&["-g", "postgres"]));
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            let (user, group) =
                user.ok_or("there is no user `postgres`, and the server refuses to be root")?;
            chown(&data, Some(user), Some(group))?;
        }
        let as_owner = |program: &str| {
            let mut command = Command::new("setpriv");
            if is_root {
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
            }
            command.args(["--pdeathsig", "KILL"]).arg(bin.join(program)).current_dir(&data);
            command
        };
        let mut initdb = as_owner("initdb");
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"]).arg(&data);
        let made = initdb.output()?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into_owned().into());
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = as_owner("postgres");
        server.arg("-D").arg(&data).arg("-k").arg(&data).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        let log = fs::File::create(work.join("postgres.log"))?;
        server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut running = Running::spawn(&mut server)?;
        running.until_listening(port)?;
        Ok(Postgres { bin, port, databases: 0, _running: running })
    }

    /// The URL of a new database; the one before it is dropped.
    pub fn database(&mut self) -> Result<String, Failure> {
        if self.databases > 0 {
            self.say(&format!("DROP DATABASE bench{} WITH (FORCE)", self.databases))?;
        }
        self.databases += 1;
        self.say(&format!("CREATE DATABASE bench{}", self.databases))?;
        Ok(format!("postgres://postgres@127.0.0.1:{}/bench{}?sslmode=disable", self.port, self.databases))
    }

    fn say(&self, statement: &str) -> Result<(), Failure> {
        let began = Instant::now();
        loop {
            let mut psql = Command::new(self.bin.join("psql"));
            psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-qc", statement]);
            let said = psql.output()?;
            if said.status.success() {
                return Ok(());
            }
            // It listens before it answers.
            if began.elapsed() > STARTS_WITHIN {
                return Err(String::from_utf8_lossy(&said.stderr).into_owned().into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The newest server of Debian's packages: its programs are not on the PATH.
fn binaries() -> Result<PathBuf, Failure> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().ok_or_else(|| "no PostgreSQL server is installed".into())
}

fn id(args: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(args).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
