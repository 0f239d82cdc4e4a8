//! A container's question whether the program in it is well.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use tempfile::TempDir;

use super::{Running, ramal, text};

#[test]
fn a_running_program_is_well_and_ready_and_one_that_ended_is_not() {
    let folder = TempDir::new().expect("a folder");
    let settings = "listen = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n";
    std::fs::write(folder.path().join("ramal.toml"), settings).expect("written");
    let mut program = Running::start(folder.path(), &["serve"]);
    let line: serde_json::Value =
        serde_json::from_str(&program.line_with("\"listening\"")).expect("a JSON line");
    let address = line["address"].as_str().expect("an address").to_owned();
    for more in [&[][..], &["--ready"]] {
        let output = ramal(folder.path(), &[&["health", "--listen", &address], more].concat(), &[]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{more:?}");
    }
    let metrics = format!("http://{address}/metrics?x=1");
    assert!(ramal(folder.path(), &["health", "--url", &metrics], &[]).status.success());
    let nothing = format!("http://{address}/nothing");
    let output = ramal(folder.path(), &["health", "--url", &nothing], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with(&format!("{nothing}: 404")), "{}", text(&output.stderr));
    assert_eq!(program.stop().0, Some(0));

    let output = ramal(folder.path(), &["health", "--listen", &address], &[("LANG", "pt_BR.UTF-8")]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let output = ramal(folder.path(), &["health", "--url", "https://127.0.0.1/"], &[]);
    assert!(!output.status.success() && text(&output.stderr).contains("http://host"));
}

#[test]
fn trouble_is_told_and_a_program_that_does_not_answer_is_not_waited_for() {
    let folder = TempDir::new().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    let serving = std::thread::spawn(move || {
        let (mut troubled, _) = listener.accept().expect("a question");
        let mut asked = [0; 256];
        let read = troubled.read(&mut asked).expect("a request");
        let answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 9\r\n\r\nnot_ours\n";
        troubled.write_all(answer).expect("answered");
        drop(troubled);
        let silent = listener.accept().expect("another question");
        (String::from_utf8_lossy(&asked[..read]).into_owned(), silent)
    });
    let output = ramal(folder.path(), &["health", "--ready", "--listen", &address], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), format!("http://{address}/readyz: 503 not_ours\n"));
    let began = std::time::Instant::now();
    let output = ramal(folder.path(), &["health", "--listen", &address], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no answer within"), "{}", text(&output.stderr));
    assert!(began.elapsed().as_secs() >= 3);
    let (asked, _) = serving.join().expect("no panic");
    assert!(asked.starts_with("GET /readyz HTTP/1.1\r\n"), "{asked}");
}
