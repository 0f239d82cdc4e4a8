//! The real program as a process of its own: started on ephemeral ports in a temporary folder, killed as hard as a
//! test wants, and gone when the test is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const BINARY: &str = env!("CARGO_BIN_EXE_ramal");

/// A folder with settings in it; the program may be started in it again and again.
pub struct Home {
    folder: TempDir,
    /// The control group in which the program runs.
    group: Option<PathBuf>,
    pub api_key: String,
}

impl Home {
    /// Writes the settings (the listening address is added) and makes an administrator's API key.
    pub async fn new(settings: &str) -> Home {
        let folder = TempDir::new().expect("a temporary folder");
        let mut home = Home { folder, group: None, api_key: String::new() };
        home.write_settings(settings);
        let output =
            home.command(&["api-key", "create", "--name", "test", "--role", "administrator"]).output().await;
        let output = output.expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        let key = text.split_whitespace().find(|word| word.starts_with("rml_")).expect("a key");
        key.clone_into(&mut home.api_key);
        home
    }

    /// The program runs in this control group from now on.
    pub fn run_in(&mut self, group: &Path) {
        self.group = Some(group.to_owned());
    }

    pub fn write_settings(&self, settings: &str) {
        let listen = "listen = \"127.0.0.1:0\"\n";
        fs::write(self.settings(), format!("{listen}{settings}")).expect("settings are written");
    }

    /// Starts again where it listened before.
    pub async fn start_at(&self, settings: &str, base: &str) -> Daemon {
        let address = base.trim_start_matches("http://");
        fs::write(self.settings(), format!("listen = \"{address}\"\n{settings}"))
            .expect("settings are written");
        self.start().await
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("ramal.toml")
    }

    /// A command of the program in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.group {
            None => Command::new(BINARY),
            Some(group) => {
                // It is in the group before it begins, and asks at its start what it may use.
                let mut shell = Command::new("sh");
                let enter = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
                shell.args(["-c", enter]).arg(group).arg(BINARY);
                shell
            }
        };
        command.args(arguments).arg("--config").arg(self.settings()).current_dir(self.path());
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RAMAL_LOG_FORMAT", "json");
        command.kill_on_drop(true);
        command
    }

    /// Starts `ramal serve` and returns once it listens.
    pub async fn start(&self) -> Daemon {
        self.start_as(self.command(&["serve"])).await
    }

    /// The same with so many descriptors, softly and at most.
    pub async fn start_limited(&self, soft: u64, hard: u64) -> Daemon {
        let limits = format!("ulimit -S -n {soft} && ulimit -H -n {hard} && exec \"$@\"");
        self.start_through(&["sh", "-c", &limits, "sh"], &[]).await
    }

    /// Starts `ramal serve` by way of another program, which gets it as its last arguments, with more in its environment.
    pub async fn start_through(&self, way: &[&str], more: &[(&str, &str)]) -> Daemon {
        let plain = self.command(&["serve"]);
        let plain = plain.as_std();
        let mut through = Command::new(way[0]);
        through.args(&way[1..]).arg(plain.get_program()).args(plain.get_args());
        through.current_dir(self.path()).env_clear();
        through.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        through.envs(more.iter().copied());
        through.kill_on_drop(true);
        self.start_as(through).await
    }

    async fn start_as(&self, mut command: Command) -> Daemon {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let mut log = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (mut setup_code, mut said) = (None, String::new());
        let (address, inbound) = loop {
            let line = timeout(Duration::from_secs(30), log.next_line()).await.expect("a line in time");
            let line =
                line.expect("readable").unwrap_or_else(|| panic!("the program ended before it listened"));
            said.extend([line.as_str(), "\n"]);
            if let Some(line) = field(&line, "line", "setup_open") {
                setup_code = line["code"].as_str().map(str::to_owned);
            }
            if let Some(line) = field(&line, "line", "listening")
                && let Some(address) = line["address"].as_str()
            {
                break (address.to_owned(), line["inbound"].as_str().map(str::to_owned));
            }
        };
        let log = tokio::spawn(drain(said, log));
        let api_key = self.api_key.clone();
        Daemon { child, base: format!("http://{address}"), inbound, setup_code, api_key, log }
    }
}

/// What a demonstration says of itself before it begins.
pub struct Said {
    pub text: String,
    /// Of the panel.
    pub password: String,
    /// Where its receiver listens.
    pub receiver: String,
}

/// Starts `ramal demo`, in Portuguese and with no story for as long as a test lasts; returns once it has said where it is.
pub async fn demo(folder: &Path, arguments: &[&str]) -> (Daemon, Said) {
    let mut command = Command::new(BINARY);
    command.args(["demo", "--listen", "127.0.0.1:0", "--story-seconds", "36000", "--open"]).args(arguments);
    // What would open a browser is not found.
    command
        .current_dir(folder)
        .env_clear()
        .env("TMPDIR", folder)
        .env("LANG", "pt_BR.UTF-8")
        .env("PATH", folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    let mut child = command.spawn().expect("the program starts");
    let mut log = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut text = String::new();
    while !text.contains("/control/behave?") {
        let line = timeout(Duration::from_mins(1), log.next_line()).await.expect("a line in time");
        let line =
            line.expect("readable").unwrap_or_else(|| panic!("it ended before it had said all:\n{text}"));
        text.extend([line.as_str(), "\n"]);
    }
    let between = |before: &str, after: char| {
        let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before:?} in\n{text}"));
        rest.split(after).next().unwrap_or_default().to_owned()
    };
    let panel = text.lines().find(|line| line.contains("   senha: ")).expect("who signs in");
    let base = panel.trim().split("/ ").next().expect("an address").to_owned();
    let password = between("   senha: ", '\n');
    let api_key = between("Authorization: Bearer ", '\'');
    let stats = text.lines().find(|line| line.ends_with("/stats")).expect("what was received");
    let receiver = stats.trim().trim_start_matches("curl ").trim_end_matches("/stats").to_owned();
    let said = Said { text: text.clone(), password, receiver };
    let log = tokio::spawn(drain(text, log));
    (Daemon { child, base, inbound: None, setup_code: None, api_key, log }, said)
}

/// The log line as JSON when one of its fields has this value.
fn field(line: &str, name: &str, value: &str) -> Option<Value> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line[name] == value).then_some(line)
}

/// Keeps the pipe empty; returns everything that was logged.
async fn drain(mut text: String, mut log: Lines<BufReader<ChildStdout>>) -> String {
    while let Ok(Some(line)) = log.next_line().await {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A running `ramal serve`.
pub struct Daemon {
    child: Child,
    pub base: String,
    /// Where the providers' doors listen, when they have an address of their own.
    pub inbound: Option<String>,
    /// What creates the first administrator of the panel, when there is none yet.
    pub setup_code: Option<String>,
    api_key: String,
    log: tokio::task::JoinHandle<String>,
}

impl Daemon {
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// `kill -9`, and waits until the process is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it was running");
    }

    /// SIGTERM; returns the log once the process has ended well within the documented ten seconds.
    pub async fn stop(mut self) -> String {
        let ended =
            Command::new("kill").args(["-TERM", &self.id().to_string()]).status().await.expect("kill runs");
        assert!(ended.success());
        let status = timeout(Duration::from_secs(10), self.child.wait()).await.expect("stops within 10 s");
        assert!(status.expect("waited").success(), "ended with an error");
        self.log.await.expect("the log was read")
    }

    /// A request to the API with the administrator's key: the status and the body.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(
                ramal::net::client_config(None).expect("built-in roots").as_ref().clone(),
            )
            .no_proxy()
            .build()
            .expect("a client");
        let method = method.parse().expect("a method");
        let mut request = client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.api_key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// GET that must succeed.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// Polls a GET until its answer satisfies the condition.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.until_within(Duration::from_secs(20), path, wanted).await
    }

    /// As [`Daemon::until`], for what takes longer.
    pub async fn until_within(
        &self,
        patience: Duration,
        path: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let body = self.get(path).await;
            if wanted(&body) {
                return body;
            }
            assert!(tokio::time::Instant::now() < deadline, "{path} never became what was wanted: {body}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
