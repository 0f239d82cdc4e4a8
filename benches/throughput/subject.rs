//! What is measured: the program, and the forwarder that it is compared with. Both are given the same companies, the
//! same server and the same receiver.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::Failure;
use crate::children::{Feed, Running, Sink};
use crate::shape::Shape;

pub const SECRET: &str = "bench-secret-0123456789abcdef0123456789";
const MASTER_KEY: &str = "YmVuY2gtbWFzdGVyLWtleS0wMTIzNDU2Nzg5YWJjZGU=";
/// Connections of the forwarder to the receiver, as many as those of the bare loops.
const FORWARDER_CONNECTIONS: u32 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Subject {
    Ramal,
    Forwarder,
    Hyper,
    Reqwest,
}

impl Subject {
    pub fn title(self) -> &'static str {
        match self {
            Subject::Ramal => "ramal",
            Subject::Forwarder => "undici forwarder",
            Subject::Hyper => "bare hyper",
            Subject::Reqwest => "bare reqwest",
        }
    }
}

/// Where things are.
pub struct Places {
    /// The program under test.
    pub program: PathBuf,
    /// Databases, settings and logs of the run; on the disk whose commits are measured.
    pub work: PathBuf,
    pub npm: PathBuf,
    /// Where the packages are that drive a browser.
    pub browser: PathBuf,
}

/// The server and the receiver that every measurement shares.
pub struct Line {
    pub places: Places,
    pub feed: Feed,
    pub sink: Sink,
    /// Deliveries of each event.
    pub fan_out: u32,
}

/// A subject that runs, with nothing in its memory or on its disk from before.
pub struct Started {
    pub running: Running,
    pub listening_after: Duration,
    pub port: u16,
    pub folder: PathBuf,
}

impl Line {
    pub fn open(places: Places) -> Result<Line, Failure> {
        fs::create_dir_all(&places.work)?;
        let sink = Sink::start(Command::new(std::env::current_exe()?).args(["receiver", SECRET]))?;
        let mut node = Command::new("node");
        node.arg(places.npm.join("server.mjs")).stderr(File::create(places.work.join("server.log"))?);
        let feed = Feed::start(node, sink.control)?;
        Ok(Line { places, feed, sink, fan_out: 1 })
    }

    /// Starts the subject afresh and waits until it listens; not until its companies are connected.
    pub fn start(&mut self, subject: Subject, companies: u32) -> Result<Started, Failure> {
        self.start_as(subject, &Shape::plain(companies))
    }

    /// The same with companies of this shape.
    pub fn start_as(&mut self, subject: Subject, shape: &Shape) -> Result<Started, Failure> {
        let folder = self.afresh(subject)?;
        self.fan_out = shape.webhooks;
        self.start_with_shape(subject, shape, folder)
    }

    /// Starts the program afresh with no other companies than `settings` names, and waits until it listens.
    pub fn start_with(&mut self, settings: &str) -> Result<Started, Failure> {
        let folder = self.afresh(Subject::Ramal)?;
        self.start_again_with(folder, settings)
    }

    /// The same on what an earlier run left in `folder`.
    pub fn start_again_with(&self, folder: PathBuf, settings: &str) -> Result<Started, Failure> {
        let port = free_port()?;
        let own = self.settings(&folder, port, &Shape::plain(0))?;
        let command = self.ramal(&folder, &format!("{own}{settings}"))?;
        launch(Subject::Ramal, command, port, folder)
    }

    /// A folder in which nothing is; nor do server and receiver know anything from before.
    fn afresh(&mut self, subject: Subject) -> Result<PathBuf, Failure> {
        self.feed.until_alone()?;
        self.feed.reset()?;
        self.sink.reset()?;
        let folder = self.places.work.join(subject.title().replace(' ', "-"));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Starts the subject on what an earlier run left in `folder`.
    pub fn start_in(&self, subject: Subject, companies: u32, folder: PathBuf) -> Result<Started, Failure> {
        self.start_with_shape(subject, &Shape::plain(companies), folder)
    }

    fn start_with_shape(&self, subject: Subject, shape: &Shape, folder: PathBuf) -> Result<Started, Failure> {
        let port = free_port()?;
        let command = match subject {
            Subject::Ramal => self.ramal(&folder, &self.settings(&folder, port, shape)?)?,
            Subject::Forwarder => self.forwarder(&folder, port, shape)?,
            Subject::Hyper | Subject::Reqwest => return Err("a bare loop has no companies".into()),
        };
        launch(subject, command, port, folder)
    }

    /// Starts the subject and waits until all its companies are connected.
    pub fn start_connected(&mut self, subject: Subject, companies: u32) -> Result<Started, Failure> {
        self.start_connected_as(subject, &Shape::plain(companies))
    }

    /// The same with companies of this shape.
    pub fn start_connected_as(&mut self, subject: Subject, shape: &Shape) -> Result<Started, Failure> {
        let started = self.start_as(subject, shape)?;
        self.feed.until_connected(shape.companies)?;
        Ok(started)
    }

    fn target(&self, shape: &Shape) -> String {
        if shape.encrypted {
            format!("https://127.0.0.1:{}", self.sink.tls_port)
        } else {
            format!("http://127.0.0.1:{}", self.sink.port)
        }
    }

    /// Where whoever delivers finds the certificate to trust.
    fn certificate(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let path = folder.join("receiver.pem");
        fs::write(&path, &self.sink.certificate)?;
        Ok(path)
    }

    fn ramal(&self, folder: &Path, text: &str) -> Result<Command, Failure> {
        let settings = folder.join("ramal.toml");
        fs::write(&settings, text)?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(&self.places.program).arg("serve").arg("--config");
        command.arg(settings).current_dir(folder);
        Ok(command)
    }

    fn settings(&self, folder: &Path, port: u16, shape: &Shape) -> Result<String, Failure> {
        let database = match &shape.postgres {
            Some(url) => format!("database_url = \"{url}\"\nmaster_key = \"{MASTER_KEY}\""),
            None => format!("database_url = \"sqlite://{}\"", folder.join("ramal.db").display()),
        };
        let trusted = if shape.encrypted {
            format!("extra_ca_file = \"{}\"\n", self.certificate(folder)?.display())
        } else {
            String::new()
        };
        let companies = shape.companies(self.feed.port, &self.target(shape));
        Ok(format!(
            "listen = \"127.0.0.1:{port}\"\n{database}\n{trusted}[guard]\nallow = [\"127.0.0.0/8\"]\n{companies}"
        ))
    }

    fn forwarder(&self, folder: &Path, port: u16, shape: &Shape) -> Result<Command, Failure> {
        let settings = json!({
            "listen": port,
            "socket_url": format!("http://127.0.0.1:{}", self.feed.port),
            "tokens": (1..=shape.companies).map(|n| format!("bench-token-{n:04}")).collect::<Vec<_>>(),
            "target": self.target(shape),
            "webhooks": shape.webhooks,
            "rules": shape.rules,
            "secret": SECRET,
            "connections": FORWARDER_CONNECTIONS,
        });
        let mut command = Command::new("node");
        command.arg(self.places.npm.join("forwarder.mjs")).env("FORWARDER", settings.to_string());
        if shape.encrypted {
            command.env("NODE_EXTRA_CA_CERTS", self.certificate(folder)?);
        }
        Ok(command)
    }

    /// A bare loop, which starts to post at once.
    pub fn start_loop(&mut self, subject: Subject) -> Result<Running, Failure> {
        self.feed.reset()?;
        self.sink.reset()?;
        let client = if subject == Subject::Hyper { "hyper" } else { "reqwest" };
        let port = self.sink.port.to_string();
        let mut command = Command::new(std::env::current_exe()?);
        Running::spawn(command.args(["baseline", client, port.as_str()]).stdin(Stdio::piped()))
    }
}

fn launch(subject: Subject, mut command: Command, port: u16, folder: PathBuf) -> Result<Started, Failure> {
    let log = File::options().create(true).append(true).open(folder.join("log"))?;
    command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
    let mut running = Running::spawn(&mut command)?;
    let listening_after = running
        .until_listening(port)
        .map_err(|e| format!("{}: {e}; see {}", subject.title(), folder.join("log").display()))?;
    Ok(Started { running, listening_after, port, folder })
}

/// A port that was free a moment ago; nothing else on the machine is likely to take it in between.
fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
