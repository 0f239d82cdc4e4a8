//! The processes that the benchmark starts. Each ends with it: those that are ours or Node's because their stdin
//! closes, the program under test because the kernel kills it when its parent dies (`setpriv`, of util-linux).

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Failure;

/// What the kernel counts for a process in ticks is hundredths of a second on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

pub struct Running {
    child: Child,
    pub started: Instant,
}

/// What a process has used so far.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// User and system, in seconds.
    pub cpu_s: f64,
    pub resident_mb: f64,
    /// The most that was ever resident.
    pub peak_mb: f64,
}

impl Running {
    pub fn spawn(command: &mut Command) -> Result<Running, Failure> {
        let started = Instant::now();
        let child = command.spawn().map_err(|e| format!("{}: {e}", command.get_program().display()))?;
        Ok(Running { child, started })
    }

    pub fn usage(&self) -> Result<Usage, Failure> {
        let pid = self.child.id();
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name stands in parentheses and may hold anything; what follows it are numbers.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
        let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).ok_or("no times in stat");
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let memory = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).ok_or("no memory in status")?;
            let kib: f64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "memory is no number")?;
            Ok::<f64, &str>(kib * 1024.0 / 1e6)
        };
        Ok(Usage {
            cpu_s: (ticks(11)? + ticks(12)?) / TICKS_PER_SECOND,
            resident_mb: memory("VmRSS:")?,
            peak_mb: memory("VmHWM:")?,
        })
    }

    /// Waits until the process takes connections on `port`; the time since it was started.
    pub fn until_listening(&mut self, port: u16) -> Result<Duration, Failure> {
        loop {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(self.started.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("it ended with {status} instead of listening").into());
            }
            if self.started.elapsed() > Duration::from_secs(30) {
                return Err("it does not listen after 30 s".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Asks the process to stop and waits for it; how long that took.
    pub fn stop(mut self) -> Result<Duration, Failure> {
        let asked = Instant::now();
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        while self.child.try_wait()?.is_none() && asked.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(asked.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; both calls then have nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that answers each line of its stdin with a line of JSON.
pub struct Asked {
    pub running: Running,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Asked {
    pub fn start(mut command: Command) -> Result<Asked, Failure> {
        let mut running = Running::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let questions = running.child.stdin.take().ok_or("the process has no stdin")?;
        let answers = BufReader::new(running.child.stdout.take().ok_or("the process has no stdout")?);
        Ok(Asked { running, questions, answers })
    }

    pub fn answer<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("the process that was asked has ended".into());
        }
        Ok(serde_json::from_str(&line)?)
    }

    pub fn ask(&mut self, question: &str) -> Result<Value, Failure> {
        writeln!(self.questions, "{question}")?;
        self.answer()
    }
}

/// The npm Socket.IO server, which is told what to emit.
pub struct Feed {
    server: Asked,
    pub port: u16,
    pub event_bytes: u64,
}

impl Feed {
    pub fn start(command: Command, control_port: u16) -> Result<Feed, Failure> {
        let mut server = Asked::start(command)?;
        let hello: Value = server.answer()?;
        let port = serde_json::from_value(hello["port"].clone())?;
        let event_bytes = serde_json::from_value(hello["event_bytes"].clone())?;
        let mut feed = Feed { server, port, event_bytes };
        feed.ask(&json!({ "do": "follow", "port": control_port }))?;
        Ok(feed)
    }

    pub fn running(&self) -> &Running {
        &self.server.running
    }

    fn ask(&mut self, command: &Value) -> Result<Value, Failure> {
        self.server.ask(&command.to_string())
    }

    fn emitted(&mut self, command: &Value) -> Result<u64, Failure> {
        self.ask(command)?["emitted"].as_u64().ok_or_else(|| "no count of emitted events".into())
    }

    /// Emits so many events a second from now on, shared among the companies. What was emitted so far.
    pub fn rate(&mut self, per_second: u32) -> Result<u64, Failure> {
        self.emitted(&json!({ "do": "rate", "rate": per_second }))
    }

    /// Emits as fast as events arrive, with at most `window` under way.
    pub fn window(&mut self, window: u32) -> Result<u64, Failure> {
        self.emitted(&json!({ "do": "window", "window": window }))
    }

    /// Emits `count` events as fast as it can.
    pub fn flood(&mut self, count: u32) -> Result<u64, Failure> {
        self.emitted(&json!({ "do": "flood", "count": count }))
    }

    pub fn stop(&mut self) -> Result<u64, Failure> {
        self.emitted(&json!({ "do": "stop" }))
    }

    pub fn count(&mut self) -> Result<u64, Failure> {
        self.emitted(&json!({ "do": "stats" }))
    }

    pub fn reset(&mut self) -> Result<(), Failure> {
        self.ask(&json!({ "do": "reset" })).map(drop)
    }

    /// Waits until no company is connected: the sockets of a program that was stopped have been noticed.
    pub fn until_alone(&mut self) -> Result<(), Failure> {
        let began = Instant::now();
        while self.ask(&json!({ "do": "stats" }))?["connected"] != 0 {
            if began.elapsed() > Duration::from_secs(10) {
                return Err("sockets of an earlier program stay open".into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Waits until so many companies are connected.
    pub fn until_connected(&mut self, count: u32) -> Result<(), Failure> {
        self.ask(&json!({ "do": "expect", "count": count })).map(drop)
    }
}

/// The receiver process (see `receiver.rs`).
pub struct Sink {
    pub running: Running,
    pub port: u16,
    pub tls_port: u16,
    pub control: u16,
    /// PEM.
    pub certificate: String,
}

#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
pub struct Stats {
    pub delivered: u64,
    pub duplicates: u64,
    pub disordered: u64,
    pub posts: u64,
    pub unreadable: u64,
    pub unsigned: u64,
    pub signatures_checked: u64,
    pub signatures_wrong: u64,
    /// Events in the latencies below: those since the last mark.
    pub measured: u64,
    pub p50_us: u64,
    pub p90_us: u64,
    pub p99_us: u64,
    pub p999_us: u64,
    pub max_us: u64,
}

impl Sink {
    pub fn start(command: &mut Command) -> Result<Sink, Failure> {
        let mut running = Running::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let stdout = running.child.stdout.take().ok_or("the receiver has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let hello: Value = serde_json::from_str(&line)?;
        let port = |key: &str| serde_json::from_value(hello[key].clone());
        let certificate = serde_json::from_value(hello["certificate"].clone())?;
        Ok(Sink {
            running,
            port: port("port")?,
            tls_port: port("tls_port")?,
            control: port("control")?,
            certificate,
        })
    }

    fn get(&self, path: &str) -> Result<String, Failure> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.control))?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("the receiver's answer has no body")?;
        Ok(body.to_owned())
    }

    pub fn stats(&self) -> Result<Stats, Failure> {
        Ok(serde_json::from_str(&self.get("/stats")?)?)
    }

    /// Latencies count from here on.
    pub fn mark(&self) -> Result<(), Failure> {
        self.get("/mark").map(drop)
    }

    pub fn reset(&self) -> Result<(), Failure> {
        self.get("/reset").map(drop)
    }

    /// Whether an answer takes 200 ms from now on.
    pub fn slow(&self, slow: bool) -> Result<(), Failure> {
        self.get(if slow { "/slow" } else { "/quick" }).map(drop)
    }

    /// Refuses connections and cuts those that are open.
    pub fn die(&self) -> Result<(), Failure> {
        self.get("/dead").map(drop)
    }

    pub fn revive(&self) -> Result<(), Failure> {
        self.get("/alive").map(drop)
    }
}
