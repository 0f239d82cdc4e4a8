//! The real program, started as a person or a service manager starts it.

mod check;
mod files;
mod health;
mod signals;

use std::io::{BufRead, BufReader, Lines};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use ramal::store::{Store, StoreOptions};
use tempfile::TempDir;

/// The program in an empty folder, without this machine's environment.
fn ramal(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ramal"));
    command.args(arguments).current_dir(folder).env_clear().envs(env.iter().copied());
    command.output().expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn the_version_is_the_packages() {
    let folder = TempDir::new().expect("a folder");
    let output = ramal(folder.path(), &["--version"], &[]);
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), concat!("ramal ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_settings_end_with_2_and_every_line_that_is_wrong() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("ramal.toml"), "listen = 8080\n\n[gaurd]\nallow = []\n")
        .expect("written");
    for arguments in [&["serve"][..], &[]] {
        let output = ramal(folder.path(), arguments, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output.stdout), "");
        assert_eq!(
            text(&output.stderr),
            "ramal.toml:1: listen: 8080 is not a text in quotes\n\
             ramal.toml:3: gaurd: there is no such setting; did you mean `guard`?\n"
        );
    }
}

#[test]
fn a_rebuild_makes_no_database() {
    let folder = TempDir::new().expect("a folder");
    let output = ramal(folder.path(), &["rebuild", "indexer"], &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("there is no database at "), "{}", text(&output.stderr));
    assert!(!folder.path().join("data").exists());
    let output = ramal(folder.path(), &["rebuild", "webhook"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let help = ramal(folder.path(), &["rebuild", "--help"], &[]);
    for said in [text(&output.stderr), text(&help.stdout)] {
        let offered = said.split("[possible values: ").nth(1).and_then(|rest| rest.split(']').next());
        let offered: Vec<_> = offered.unwrap_or_else(|| panic!("{said}")).split(", ").collect();
        for (name, is_offered) in [("indexer", true), ("calls", true), ("routing", false)] {
            assert_eq!(offered.contains(&name), is_offered, "{name}: {said}");
        }
    }
}

#[test]
fn errors_are_told_in_the_callers_language() {
    let folder = TempDir::new().expect("a folder");
    let env = [("LANG", "pt_BR.UTF-8"), ("RAMAL_WORKERS", "muitos")];
    let output = ramal(folder.path(), &["serve"], &env);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "RAMAL_WORKERS: workers: \"muitos\" não é um número inteiro de 1 a 256\n"
    );
}

#[test]
fn flags_and_files_that_are_wrong_end_with_2() {
    let folder = TempDir::new().expect("a folder");
    let cases: [(&[&str], &str); 4] = [
        (
            &["--set", "guard.alow=x"],
            "--set guard.alow: there is no such setting; did you mean `guard.allow`?\n",
        ),
        (&["serve", "--listen", "here"], "--listen: listen: \"here\" is not an IP address with a port"),
        (&["--config", "nowhere.toml"], "cannot read nowhere.toml: No such file or directory"),
        (&["frobnicate"], "error: unrecognized subcommand 'frobnicate'"),
    ];
    for (arguments, expected) in cases {
        let output = ramal(folder.path(), arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).starts_with(expected), "{arguments:?}: {}", text(&output.stderr));
    }
    let output = ramal(folder.path(), &[], &[("RAMAL_CONFIG", "elsewhere.toml")]);
    assert!(text(&output.stderr).starts_with("cannot read elsewhere.toml"), "{}", text(&output.stderr));
}

/// Docker makes a folder where the file to be mounted is missing; to go on with the defaults would hide that.
#[test]
fn a_folder_where_the_settings_should_be_is_said() {
    for name in ["ramal.toml", "config/ramal.toml"] {
        let folder = TempDir::new().expect("a folder");
        std::fs::create_dir_all(folder.path().join(name)).expect("a folder in it");
        for arguments in [&["serve"][..], &["check"], &["--config", name]] {
            let output = ramal(folder.path(), arguments, &[]);
            assert_eq!(output.status.code(), Some(2), "{name} {arguments:?}");
            let expected = format!("cannot read {name}: it is a folder, not a file (Docker makes one ");
            assert!(text(&output.stderr).starts_with(&expected), "{}", text(&output.stderr));
        }
    }
    let folder = TempDir::new().expect("a folder");
    std::os::unix::fs::symlink("nowhere", folder.path().join("ramal.toml")).expect("a link");
    let output = ramal(folder.path(), &["serve"], &[]);
    assert_eq!(output.status.code(), Some(2), "a link that leads nowhere is not passed over");
}

/// A child that is killed when the test is over, and the lines it prints.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(folder: &Path, arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ramal"));
        command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program runs");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Running { child, lines }
    }

    /// The next line that has `part` in it.
    fn line_with(&mut self, part: &str) -> String {
        let found = self.lines.find(|line| line.as_ref().is_ok_and(|line| line.contains(part)));
        found.unwrap_or_else(|| panic!("ended without a line with {part}")).expect("readable")
    }

    fn address(line: &str) -> &str {
        let rest = line.split_once("http://").expect("an address").1;
        rest.split(['/', '"', ' ']).next().expect("an address")
    }

    fn stop(mut self) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        let rest: Vec<_> = self.lines.by_ref().map_while(Result::ok).collect();
        (self.child.wait().expect("it ends").code(), rest.join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already when the test was good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_simulated_sides_can_be_run_by_hand() {
    let folder = TempDir::new().expect("a folder");
    let mut receiver =
        Running::start(folder.path(), &["receive", "--listen", "127.0.0.1:0", "--secret", "s"]);
    let address = Running::address(&receiver.line_with("http://")).to_owned();
    let url = format!("http://{address}/eventTellicon");
    let token = "a".repeat(24);
    let arguments =
        ["simulate", "tellicon", "--url", &url, "--token", &token, "--rate", "200", "--events", "3"];
    let sent = ramal(folder.path(), &arguments, &[]);
    assert!(sent.status.success(), "{}", text(&sent.stderr));
    assert!(text(&sent.stdout).contains("\"sent\":3"), "{}", text(&sent.stdout));
    let (code, counted) = receiver.stop();
    assert_eq!(code, Some(0));
    assert!(counted.contains("\"requests\": 3"), "{counted}");

    let mut simulator = Running::start(folder.path(), &["simulate", "threecplus", "--listen", "127.0.0.1:0"]);
    let line = simulator.line_with("3cs_simulado_000001");
    std::net::TcpStream::connect(Running::address(&line)).expect("it listens");
    assert_eq!(simulator.stop().0, Some(0));
}

#[test]
fn an_address_in_use_is_said() {
    let folder = TempDir::new().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let output = ramal(folder.path(), &["receive", "--listen", &address], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).starts_with(&format!("cannot listen on {address}: ")),
        "{}",
        text(&output.stderr)
    );
}

/// A database as the program leaves it, made by the library; its key lies beside it.
async fn make_database(folder: &Path) {
    let url = format!("sqlite://{}", folder.join("data/ramal.db").display());
    let (store, writer) = Store::open(&url, StoreOptions::default()).await.expect("a new database");
    drop(writer);
    store.close().await;
}

#[tokio::test]
async fn keys_are_rotated_and_the_master_key_replaced() {
    let folder = TempDir::new().expect("a folder");
    make_database(folder.path()).await;
    let output = ramal(folder.path(), &["key", "rotate"], &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "a new data key; secrets sealed again: 0\n");

    let new = folder.path().join("new.key");
    std::fs::write(&new, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY=\n").expect("written");
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600)).expect("a file of ours");
    let output = ramal(folder.path(), &["key", "rotate", "--new-master-key-file", "new.key"], &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let check = |env: &[(&str, &str)]| ramal(folder.path(), &["check", "--listen", "127.0.0.1:0"], env);
    assert_eq!(check(&[]).status.code(), Some(1), "the old master key opens nothing any more");
    let output = check(&[("RAMAL_MASTER_KEY_FILE", "new.key")]);
    assert!(output.status.success(), "{}", text(&output.stdout));
}

#[tokio::test]
async fn a_database_in_use_is_said() {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("data/ramal.db").display());
    let held = Store::open(&url, StoreOptions::default()).await.expect("a new database");
    let output = ramal(folder.path(), &["key", "rotate"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("in use by another process: is Ramal running?"),
        "{}",
        text(&output.stderr)
    );
    let output = ramal(folder.path(), &["check", "--listen", "127.0.0.1:0"], &[]);
    assert!(output.status.success(), "a check looks beside a running program: {}", text(&output.stdout));
    drop(held);
}

#[test]
fn the_demo_tells_its_story_and_leaves_nothing_behind() {
    let folder = TempDir::new().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ramal"));
    command.args([
        "demo",
        "--once",
        "--story-seconds",
        "4",
        "--rate",
        "60",
        "--lines",
        "--listen",
        "127.0.0.1:0",
    ]);
    command.current_dir(folder.path()).env_clear().env("TMPDIR", folder.path()).env("LANG", "pt_BR.UTF-8");
    let output = command.output().expect("the program runs");
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", text(&output.stderr));
    for part in [
        "✅ Conectado ao socket da 3C Plus para empresa company_1!\n",
        "📥 Evento recebido: ",
        // Each provider plays by itself.
        "📥 Evento recebido: call.new para empresa company_1",
        "📥 Evento recebido: pushCall para empresa company_1",
        "✅ Webhook enviado com sucesso para http://127.0.0.1:",
        "/   usuário: demo   senha: ",
        "── o destino cai",
        "❌ Falha ao enviar webhook: ",
        "── o destino volta",
        "── a 3C Plus derruba a conexão",
        "🔄 Nova tentativa de conexão para empresa company_1",
    ] {
        assert!(said.contains(part), "{part:?} is missing in\n{said}");
    }
    assert!(!said.contains("/setup?code="), "somebody can sign in already: {said}");
    let summary = said.lines().last().expect("a summary");
    assert!(summary.starts_with("Entregues: ") && summary.contains(" 0 fora de ordem"), "{summary}");
    assert!(summary.ends_with(" 0 erradas"), "{summary}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn refused_provisioning_ends_with_2_and_names_the_field() {
    let folder = TempDir::new().expect("a folder");
    let settings = "listen = \"127.0.0.1:0\"\n[[company]]\nname = \"A\"\n[[company.webhook]]\nname = \"w\"\n\
                    url = \"https://127.0.0.1/\"\n";
    std::fs::write(folder.path().join("ramal.toml"), settings).expect("written");
    let output = ramal(folder.path(), &["serve"], &[]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("company `A`, webhook `w`: url: "), "{}", text(&output.stderr));
}

/// A program whose webhook never answers waits for that answer when it is stopped; a second signal does not.
#[test]
fn a_second_signal_ends_the_program_at_once() {
    let folder = TempDir::new().expect("a folder");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let (url, token) = (silent.local_addr().expect("bound"), "a".repeat(24));
    let settings = format!(
        "listen = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n[[company]]\nname = \"A\"\n\
         [company.tellicon]\ntoken = \"{token}\"\n[[company.webhook]]\nname = \"w\"\nurl = \"http://{url}/\"\n"
    );
    std::fs::write(folder.path().join("ramal.toml"), settings).expect("written");
    let mut program = Running::start(folder.path(), &["serve"]);
    assert!(program.line_with("master_key_made").contains("data/ramal.key"));
    let line: serde_json::Value =
        serde_json::from_str(&program.line_with("\"listening\"")).expect("a JSON line");
    let door = format!("http://{}/eventTellicon", line["address"].as_str().expect("an address"));
    let posted = ramal(
        folder.path(),
        &["simulate", "tellicon", "--url", &door, "--token", &token, "--events", "1"],
        &[],
    );
    assert!(posted.status.success(), "{}", text(&posted.stderr));
    let (_unanswered, _) = silent.accept().expect("the webhook's request");

    let pid = rustix::process::Pid::from_child(&program.child);
    let terminate = || rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    terminate();
    program.line_with("\"stopping\"");
    terminate();
    assert_eq!(program.child.wait().expect("it ends").code(), Some(143));
}
