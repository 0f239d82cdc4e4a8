//! PgBouncer before the tests' PostgreSQL, in a folder of its own; it ends with the value.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::postgres;

pub struct PgBouncer {
    pub port: u16,
    child: Child,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts one with this `pool_mode`; `sessions` of the server for each database.
    ///
    /// Between finding a free port and using it another test may take it: then another one is tried.
    pub fn start(pool_mode: &str, sessions: u32) -> PgBouncer {
        (0..5).find_map(|_| Self::try_start(pool_mode, sessions)).expect("pgbouncer listens")
    }

    fn try_start(pool_mode: &str, sessions: u32) -> Option<PgBouncer> {
        let folder = tempfile::tempdir().expect("a folder");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a port").port();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = any\nunix_socket_dir =\npool_mode = {pool_mode}\ndefault_pool_size = {sessions}\n",
            postgres::server().port
        );
        // With `auth_type = any` every client is one user.
        let settings = settings.replace("* = host", "* = user=postgres host");
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).expect("settings");
        let mut command = Command::new("pgbouncer");
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // It refuses to be root.
        if let Some((user, group)) = postgres::owner_ids() {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).expect("its folder");
            command.uid(user).gid(group);
        }
        let child = command.spawn().expect("pgbouncer (Debian: apt-get install pgbouncer)");
        let mut pooler = PgBouncer { port, child, _folder: folder };
        let until = Instant::now() + Duration::from_secs(20);
        while matches!(pooler.child.try_wait(), Ok(None)) && Instant::now() < until {
            if speaks(port).unwrap_or(false) {
                return Some(pooler);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

/// Whether what listens there speaks PostgreSQL's protocol: asked for TLS, it says yes or no in a byte.
fn speaks(port: u16) -> io::Result<bool> {
    const TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(&TLS)?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(matches!(answer, [b'N' | b'S']))
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
