//! What signals do to the running program.

use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::Running;

const SETTINGS: &str = "listen = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n";

fn started(folder: &Path, settings: &str) -> Running {
    std::fs::write(folder.join("ramal.toml"), settings).expect("written");
    let mut program = Running::start(folder, &["serve"]);
    program.line_with("\"listening\"");
    program
}

fn send(program: &Running, signal: Signal) {
    kill_process(Pid::from_child(&program.child), signal).expect("it runs");
}

#[test]
fn signals_without_a_meaning_here_end_nothing() {
    let folder = TempDir::new().expect("a folder");
    let mut program = started(folder.path(), SETTINGS);
    for signal in [
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::IO,
        Signal::POWER,
        Signal::PIPE,
        Signal::WINCH,
        Signal::XFSZ,
        Signal::CHILD,
        Signal::URG,
    ] {
        send(&program, signal);
    }
    // Sent last, and answered.
    send(&program, Signal::HUP);
    assert!(program.line_with("settings_read").contains("\"companies\":0"));
    let (code, said) = program.stop();
    assert_eq!(code, Some(0));
    assert!(said.contains("\"stopped\""), "{said}");
}

#[test]
fn a_hang_up_without_a_terminal_reads_the_settings_again() {
    let folder = TempDir::new().expect("a folder");
    let company = |name: &str| format!("[[company]]\nname = \"{name}\"\n");
    let mut program = started(folder.path(), &format!("{SETTINGS}{}", company("Uma")));
    let write = |text: &str| std::fs::write(folder.path().join("ramal.toml"), text).expect("written");

    write(&format!("{SETTINGS}{}{}", company("Uma"), company("Outra")));
    send(&program, Signal::HUP);
    let said = program.line_with("settings_read");
    assert!(said.contains("\"companies\":2") && said.contains("\"restart\":false"), "{said}");

    write(&format!("{SETTINGS}[limits]\ntail_bytes = \"8 MiB\"\n{}", company("Uma")));
    send(&program, Signal::HUP);
    let said = program.line_with("settings_read");
    assert!(said.contains("\"companies\":1") && said.contains("\"restart\":true"), "{said}");

    write("listen = 7\n");
    send(&program, Signal::HUP);
    let said = program.line_with("settings_refused");
    assert!(said.contains("listen: 7 is not a text in quotes"), "{said}");
    let (code, said) = program.stop();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn signals_that_ask_for_an_end_get_one_in_order() {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
        let folder = TempDir::new().expect("a folder");
        let mut program = started(folder.path(), SETTINGS);
        send(&program, signal);
        program.line_with("\"stopped\"");
        assert_eq!(program.child.wait().expect("it ends").code(), Some(0), "{signal:?}");
    }
}

/// `script` gives the program a terminal, and takes it away when it is killed.
#[test]
fn a_closed_terminal_ends_it_in_order() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("ramal.toml"), SETTINGS).expect("written");
    let mut command = std::process::Command::new("script");
    let inner = format!("exec {} serve --log-format json > out.log", env!("CARGO_BIN_EXE_ramal"));
    command.args(["-q", "-e", "-c", &inner, "/dev/null"]).current_dir(folder.path()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("SHELL", "/bin/sh");
    let mut terminal =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("script is installed");
    let log = || std::fs::read_to_string(folder.path().join("out.log")).unwrap_or_default();
    let until = |part: &str| {
        let began = std::time::Instant::now();
        while !log().contains(part) {
            assert!(began.elapsed().as_secs() < 30, "no {part} in {}", log());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    until("\"listening\"");
    terminal.kill().expect("it runs");
    terminal.wait().expect("it ends");
    until("\"stopped\"");
    assert!(log().contains("\"reason\":\"SIGHUP\""), "{}", log());
}
