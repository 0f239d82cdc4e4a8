//! Scripts in `tests/npm/` as child processes, spoken to in lines of JSON.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// No answer of a script takes longer, the start of Node on a busy machine included.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running script; it ends with the test.
pub struct Node {
    /// Killed when dropped.
    child: Child,
    orders: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
    /// Reports that came while another was waited for.
    earlier: VecDeque<Value>,
}

impl Node {
    /// Starts `tests/npm/<script>` with one argument, as JSON.
    pub async fn start(script: &str, argument: &Value) -> Self {
        let folder = tokio::task::spawn_blocking(installed).await.unwrap();
        let mut child = Command::new("node")
            .arg(folder.join(script))
            .arg(argument.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is installed");
        let orders = child.stdin.take().expect("piped");
        let reports = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, orders, reports, earlier: VecDeque::new() }
    }

    /// Kills the script and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Sends one order.
    pub async fn tell(&mut self, order: &Value) {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.expect("the script reads its orders");
    }

    /// The next report whose `is` has this value; others are kept for later.
    pub async fn hear(&mut self, is: &str) -> Value {
        self.hear_within(is, PATIENCE).await
    }

    /// As [`Node::hear`], for a script that takes longer than usual.
    pub async fn hear_within(&mut self, is: &str, patience: Duration) -> Value {
        if let Some(at) = self.earlier.iter().position(|report| report["is"] == is) {
            return self.earlier.remove(at).expect("it was found there");
        }
        loop {
            let report = self.read(is, patience).await;
            if report["is"] == is {
                return report;
            }
            self.earlier.push_back(report);
        }
    }

    /// The next report, whatever it is.
    pub async fn next(&mut self) -> Value {
        match self.earlier.pop_front() {
            Some(report) => report,
            None => self.read("of any kind", PATIENCE).await,
        }
    }

    async fn read(&mut self, wanted: &str, patience: Duration) -> Value {
        let line = timeout(patience, self.reports.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("no report `{wanted}`; there were {:?}", self.earlier));
        let line = line.expect("readable").unwrap_or_else(|| panic!("the script ended before `{wanted}`"));
        serde_json::from_str(&line).expect("reports are JSON")
    }

    /// Sends an order and waits until it is done.
    pub async fn order(&mut self, order: Value) -> Value {
        self.tell(&order).await;
        self.hear("done").await
    }
}

/// `tests/npm/`, its packages installed as the lock file says. One installation at a time, whoever asks: the threads of
/// a test binary and several binaries alike.
pub fn installed() -> PathBuf {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED
        .get_or_init(|| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/npm");
            let manifest = File::open(folder.join("package.json")).expect("tests/npm/package.json");
            manifest.lock().expect("a lock on it");
            let wanted = fs::read(folder.join("package-lock.json")).expect("tests/npm/package-lock.json");
            let stamp = folder.join("node_modules/.installed-from");
            if fs::read(&stamp).ok().as_ref() != Some(&wanted) {
                let status = std::process::Command::new("npm")
                    .args(["ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
                    .arg(&folder)
                    .stdout(Stdio::null())
                    .status()
                    .expect("npm is installed");
                assert!(status.success(), "npm ci failed: {status}");
                fs::write(&stamp, &wanted).expect("a stamp in node_modules");
            }
            folder
        })
        .clone()
}
