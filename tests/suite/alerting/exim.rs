//! An alert by e-mail to Exim, the mail server of Debian's packages: over TLS, by who signs in, and into its queue.

use std::ffi::OsString;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use ramal::alerting::{Channel, Failure, MailServer, MailTls, Outcome, What, send};
use ramal::domain::Lang;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::mail::{Certificate, addresses, installed};
use super::{PATIENCE, message, point, senders_trusting};

const LOGIN: (&str, &str) = ("ramal@jatoba.example", "senha de vinte letras");
/// Whom Exim runs as where this test is root; it refuses to be root itself.
const UID: u32 = 4_242;

/// Takes mail from who signs in, over TLS only, and keeps it in its queue.
struct Exim {
    _child: Child,
    folder: TempDir,
    port: u16,
}

impl Exim {
    async fn start(certificate: &Certificate) -> Self {
        tokio::task::spawn_blocking(installed).await.expect("no panic inside");
        let folder = TempDir::new().expect("a folder");
        let port =
            TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound").port();
        let place = |name: &str| folder.path().join(name);
        std::fs::write(place("conf"), settings(folder.path(), port)).expect("written");
        for name in ["cert.pem", "key.pem"] {
            std::fs::copy(certificate.file(name), place(name)).expect("copied");
        }
        for name in ["spool", "log"] {
            std::fs::create_dir(place(name)).expect("made");
        }
        let uid = own(folder.path());
        let user = format!("Debian-exim:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin\n");
        std::fs::write(place("passwd"), format!("root:x:0:0:root:/root:/bin/sh\n{user}")).expect("written");
        std::fs::write(place("group"), format!("root:x:0:\nDebian-exim:x:{uid}:\n")).expect("written");
        let exim = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/exim");
        let child = Command::new(exim.join("exim4"))
            .arg("-C")
            .arg(place("conf"))
            .arg("-bdf")
            .env("LD_LIBRARY_PATH", &exim)
            .env("LD_PRELOAD", exim.join("libnss_wrapper.so"))
            .env("NSS_WRAPPER_PASSWD", place("passwd"))
            .env("NSS_WRAPPER_GROUP", place("group"))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("tests/install.sh has unpacked Exim");
        let exim = Self { _child: child, folder, port };
        let began = std::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(began.elapsed() < PATIENCE, "{}", exim.log());
            sleep(Duration::from_millis(20)).await;
        }
        exim
    }

    fn log(&self) -> String {
        let read =
            |name| std::fs::read_to_string(self.folder.path().join("log").join(name)).unwrap_or_default();
        read("mainlog") + &read("paniclog")
    }

    /// What is in the queue under names that end so: `-H` is what Exim knows of a mail and its headers, `-D` what it says.
    fn queued(&self, end: &str) -> Vec<String> {
        let listed = std::fs::read_dir(self.folder.path().join("spool/input")).expect("a queue");
        let mut paths: Vec<PathBuf> = listed.map(|entry| entry.expect("an entry").path()).collect();
        paths.retain(|path| OsString::from(path).to_string_lossy().ends_with(end));
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).expect("text")).collect()
    }
}

/// Gives the folder to whom Exim will be: us, or somebody else where we are root.
fn own(folder: &Path) -> u32 {
    let uid = std::fs::metadata(folder).expect("a folder").uid();
    if uid != 0 {
        return uid;
    }
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder, open).expect("it is ours");
    for name in ["spool", "log", "cert.pem", "key.pem"] {
        chown(folder.join(name), Some(UID), Some(UID)).expect("we are root");
    }
    UID
}

fn settings(folder: &Path, port: u16) -> String {
    let ((user, password), folder) = (LOGIN, folder.display());
    format!(
        r"spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/spool/pid
primary_hostname = mx.jatoba.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
keep_environment =
queue_only = true
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}{{}}}}
acl_smtp_rcpt = takes
begin acl
takes:
  accept authenticated = *
  deny message = relay not permitted
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"
    )
}

#[tokio::test]
async fn exim_takes_a_mail_by_who_signs_in_and_nobody_elses() {
    let certificate = Certificate::new();
    let exim = Exim::start(&certificate).await;
    let point =
        point(Channel::Email { to: addresses(&["plantao@jatoba.example", "ana@jatoba.example"]) }, Lang::Pt);
    let senders = |login: Option<(&str, &str)>| {
        let mail = MailServer {
            host: "localhost".into(),
            port: exim.port,
            tls: MailTls::StartTls,
            login: login.map(|(user, password)| (user.to_owned(), password.into())),
            from: addresses(&[LOGIN.0]).remove(0),
            from_name: Some("Ramal, de Jatobá".into()),
        };
        senders_trusting(certificate.trusted(), Some(mail), "http://127.0.0.1:9")
    };

    let sent = send(&senders(Some(LOGIN)), &point, &message(What::Opened, 2)).await;
    assert_eq!(sent.outcome, Outcome::Taken, "{:?}\n{}", sent.exchange, exim.log());
    let (known, said) = (exim.queued("-H"), exim.queued("-D"));
    assert_eq!((known.len(), said.len()), (1, 1), "{}", exim.log());
    for part in [
        "-received_protocol esmtpsa",
        "-auth_id ramal@jatoba.example",
        "<ramal@jatoba.example>",
        "\nplantao@jatoba.example\n",
        "\nana@jatoba.example\n",
        "Message-ID: <alert_12@jatoba.example>",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(known[0].contains(part), "{part}: {}", known[0]);
    }
    assert!(said[0].contains("https://ramal.jatoba.example/incidents/1"), "{}", said[0]);

    let wrong = send(&senders(Some((LOGIN.0, "errada"))), &point, &message(What::Opened, 1)).await;
    assert_eq!(wrong.outcome, Outcome::Refused { why: Failure::Smtp(535) }, "{:?}", wrong.exchange);
    let nobody = send(&senders(None), &point, &message(What::Opened, 1)).await;
    assert_eq!(nobody.outcome, Outcome::Refused { why: Failure::Smtp(550) }, "{:?}", nobody.exchange);
    assert_eq!(exim.queued("-H").len(), 1, "{}", exim.log());
}
