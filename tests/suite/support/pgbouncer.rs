//! PgBouncer before the tests' PostgreSQL, in a folder of its own; it ends with the value.

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
    pub fn start(pool_mode: &str, sessions: u32) -> PgBouncer {
        let folder = tempfile::tempdir().expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = port.local_addr().expect("an address").port();
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
        let until = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "pgbouncer does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        PgBouncer { port, child, _folder: folder }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
