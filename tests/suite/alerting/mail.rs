//! Alerts by e-mail, to a server that others wrote (aiosmtpd, `tests/mail/`), with a certificate that the test makes.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use ramal::alerting::{
    Channel, Failure, MailServer, MailTls, Outcome, Senders, Sent, What, last_message, send,
};
use ramal::domain::Lang;
use ramal::domain::contact_point::EmailAddress;
use ramal::net::ErrorKind;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::{PATIENCE, SINCE, hostile, message, point, senders_trusting};

/// `tests/mail/server.py`.
struct Server {
    /// Killed when dropped; its standard input stays open for as long.
    _child: Child,
    reports: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    async fn start(does: Value) -> Self {
        tokio::task::spawn_blocking(installed).await.expect("no panic inside");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
        let mut child = Command::new(folder.join("venv/bin/python"))
            .arg(folder.join("server.py"))
            .arg(does.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("tests/install.sh has installed aiosmtpd");
        let reports = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut server = Self { _child: child, reports, port: 0 };
        let listening = server.hear("listening").await;
        server.port = u16::try_from(listening["port"].as_u64().expect("a port")).expect("a port");
        server
    }

    async fn hear(&mut self, is: &str) -> Value {
        let hearing = async {
            loop {
                let line = self.reports.next_line().await.expect("readable").expect("it goes on");
                let report: Value = serde_json::from_str(&line).expect("JSON");
                if report["is"] == is {
                    return report;
                }
            }
        };
        timeout(PATIENCE, hearing).await.unwrap_or_else(|_| panic!("`{is}` is not reported"))
    }
}

pub fn installed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installed = std::process::Command::new(root.join("tests/install.sh")).output().expect("it runs");
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
}

/// A certificate for `localhost`, in files that the server reads.
pub struct Certificate {
    folder: TempDir,
    root: String,
}

impl Certificate {
    pub fn new() -> Self {
        let root_key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&root_key).expect("a root");
        let issuer = Issuer::new(params, root_key);
        let key = KeyPair::generate().expect("a key");
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let leaf = leaf.signed_by(&key, &issuer).expect("signed");
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("cert.pem"), leaf.pem()).expect("written");
        std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).expect("written");
        Self { folder, root: root.pem() }
    }

    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a plain name").to_owned()
    }

    pub fn trusted(&self) -> Arc<rustls::ClientConfig> {
        ramal::net::client_config(Some(self.root.as_bytes())).expect("a bundle")
    }
}

pub fn addresses(of: &[&str]) -> Vec<EmailAddress> {
    of.iter().map(|address| EmailAddress::parse(address).expect("an address")).collect()
}

fn by(server: &Server, tls: MailTls, login: Option<(&str, &str)>) -> MailServer {
    MailServer {
        host: "localhost".into(),
        port: server.port,
        tls,
        login: login.map(|(user, password)| (user.to_owned(), password.into())),
        from: addresses(&["ramal@jatoba.example"]).remove(0),
        from_name: Some("Ramal, de Jatobá".into()),
    }
}

async fn mailed(senders: &Senders, what: What, to: &[&str]) -> Sent {
    let point = point(Channel::Email { to: addresses(to) }, Lang::Pt);
    send(senders, &point, &message(what, 2)).await
}

fn plain() -> Arc<rustls::ClientConfig> {
    ramal::net::client_config(None).expect("no extra authority")
}

#[tokio::test]
async fn a_mail_goes_out_encrypted_by_who_signs_in() {
    let certificate = Certificate::new();
    let (cert, key) = (certificate.file("cert.pem"), certificate.file("key.pem"));
    let login = ("ramal@jatoba.example", "senha de vinte letras");
    for (implicit, tls) in [(false, MailTls::StartTls), (true, MailTls::Implicit)] {
        let does =
            json!({ "cert": cert, "key": key, "implicit": implicit, "user": login.0, "password": login.1 });
        let mut server = Server::start(does).await;
        let senders = senders_trusting(
            certificate.trusted(),
            Some(by(&server, tls, Some(login))),
            "http://127.0.0.1:9",
        );
        let sent = mailed(&senders, What::Opened, &["plantao@jatoba.example", "ana@jatoba.example"]).await;
        assert_eq!(sent.outcome, Outcome::Taken, "{:?}", sent.exchange);
        assert_eq!(sent.exchange.answer.as_deref(), Some("250 2.0.0 queued as TEST-1"));
        assert!(!format!("{sent:?}").contains(login.1), "{sent:?}");
        let mail = server.hear("mail").await;
        assert_eq!((&mail["encrypted"], &mail["defects"]), (&true.into(), &json!([])), "{mail}");
        assert_eq!(mail["mail_from"], "ramal@jatoba.example");
        assert_eq!(mail["to"], json!(["plantao@jatoba.example", "ana@jatoba.example"]));

        // Who is not trusted is told nothing.
        let stranger = senders_trusting(plain(), Some(by(&server, tls, Some(login))), "http://127.0.0.1:9");
        let sent = mailed(&stranger, What::Opened, &["plantao@jatoba.example"]).await;
        let why = Failure::Net(ErrorKind::TlsCertificate);
        assert_eq!(sent.outcome, Outcome::Again { after: None, why });
        assert_eq!(stranger.probe_mail().await, Some(Err(Failure::Net(ErrorKind::TlsCertificate))));
        assert_eq!(senders.probe_mail().await, Some(Ok(())));
    }
}

#[tokio::test]
async fn a_mail_says_what_it_is_and_a_later_one_belongs_to_it() {
    let mut server = Server::start(json!({})).await;
    let senders = senders_trusting(plain(), Some(by(&server, MailTls::None, None)), "http://127.0.0.1:9");
    let to = ["plantao@jatoba.example"];
    assert_eq!(mailed(&senders, What::Opened, &to).await.outcome, Outcome::Taken);
    let opened = server.hear("mail").await;
    let header = |mail: &Value, name: &str| mail["headers"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(header(&opened, "Message-ID"), "<alert_12@jatoba.example>");
    assert_eq!(header(&opened, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&opened, "From"), "\"Ramal, de Jatobá\" <ramal@jatoba.example>");
    let subject = header(&opened, "Subject");
    assert!(subject.starts_with("[Ramal] 2 incidentes: erp-1."), "{subject}");
    let (text, html) = (&opened["parts"]["text/plain"], &opened["parts"]["text/html"]);
    let link = "https://ramal.jatoba.example/incidents/1?a=1&b=2";
    assert!(text.as_str().is_some_and(|text| text.contains(link)), "{text}");
    assert!(html.as_str().is_some_and(|html| html.contains(&link.replace('&', "&amp;"))), "{html}");

    // The same again is the same mail.
    mailed(&senders, What::Opened, &to).await;
    let again = server.hear("mail").await;
    assert_eq!(header(&again, "Message-ID"), header(&opened, "Message-ID"));
    assert_eq!((header(&again, "Date"), &again["parts"]), (header(&opened, "Date"), &opened["parts"]));
    mailed(&senders, What::Resolved, &to).await;
    assert_eq!(header(&server.hear("mail").await, "References"), header(&opened, "References"));

    // A storm of names that try everything is still one mail with the same headers and no more.
    let point = point(Channel::Email { to: addresses(&to) }, Lang::Pt);
    // It is more than a pipe holds, so it is read while it is sent.
    let message = hostile();
    let (sent, storm) = tokio::join!(send(&senders, &point, &message), server.hear("mail"));
    assert_eq!(sent.outcome, Outcome::Taken);
    assert_eq!(storm["defects"], json!([]));
    let names = |mail: &Value| mail["headers"].as_object().map(|it| it.keys().cloned().collect::<Vec<_>>());
    assert_eq!(names(&storm), names(&opened));
    let html = storm["parts"]["text/html"].as_str().expect("a part");
    assert!(!html.contains("href=\"http://evil") && html.contains("e mais 190"), "{html}");
}

#[tokio::test]
async fn a_password_that_is_refused_is_said_to_be() {
    let certificate = Certificate::new();
    let (cert, key) = (certificate.file("cert.pem"), certificate.file("key.pem"));
    let mut server = Server::start(json!({ "cert": cert, "key": key, "user": "u", "password": "p" })).await;
    let senders = |login, tls| {
        senders_trusting(certificate.trusted(), Some(by(&server, tls, login)), "http://127.0.0.1:9")
    };
    let wrong = senders(Some(("u", "errada")), MailTls::StartTls);
    let sent = mailed(&wrong, What::Opened, &["a@b.co"]).await;
    assert_eq!(sent.outcome, Outcome::Refused { why: Failure::Smtp(535) }, "{:?}", sent.exchange);
    assert_eq!(sent.exchange.status, Some(535));
    assert_eq!(wrong.probe_mail().await, Some(Err(Failure::Smtp(535))));
    // Without TLS this server takes neither password nor mail.
    let bare = mailed(&senders(Some(("u", "p")), MailTls::None), What::Opened, &["a@b.co"]).await;
    assert_eq!(bare.outcome, Outcome::Refused { why: Failure::NoLogin }, "{:?}", bare.exchange);
    let unsigned = mailed(&senders(None, MailTls::StartTls), What::Opened, &["a@b.co"]).await;
    assert_eq!(unsigned.outcome, Outcome::Refused { why: Failure::Smtp(530) }, "{:?}", unsigned.exchange);
    assert_eq!(server.hear("login").await["good"], false);
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing_where_it_is_asked_for() {
    let server = Server::start(json!({ "user": "u", "password": "p" })).await;
    let mail = by(&server, MailTls::StartTls, Some(("u", "p")));
    let senders = senders_trusting(plain(), Some(mail), "http://127.0.0.1:9");
    let sent = mailed(&senders, What::Opened, &["a@b.co"]).await;
    assert_eq!(sent.outcome, Outcome::Refused { why: Failure::NoStartTls });
}

#[tokio::test]
async fn who_is_not_taken_keeps_the_others_from_nothing() {
    let refuse = json!({ "gone@b.co": "550 5.1.1 no such mailbox", "grey@b.co": "451 4.7.1 come again" });
    let mut server = Server::start(json!({ "refuse": refuse })).await;
    let senders = senders_trusting(plain(), Some(by(&server, MailTls::None, None)), "http://127.0.0.1:9");
    let sent = mailed(&senders, What::Opened, &["gone@b.co", "ana@b.co"]).await;
    assert_eq!((&sent.outcome, &sent.note), (&Outcome::Taken, &Some(Failure::Recipients(550))));
    assert!(sent.exchange.answer.as_deref().is_some_and(|it| it.contains("550: gone@b.co")), "{sent:?}");
    let last = last_message(&sent, SINCE);
    assert_eq!((last.taken, last.why.as_deref()), (true, Some("recipients:550")));
    assert_eq!(server.hear("mail").await["to"], json!(["ana@b.co"]));

    let nobody = mailed(&senders, What::Opened, &["gone@b.co"]).await;
    assert_eq!(nobody.outcome, Outcome::Refused { why: Failure::Smtp(550) });
    assert_eq!(nobody.exchange.answer.as_deref(), Some("550 5.1.1 no such mailbox"));
    let later = mailed(&senders, What::Opened, &["gone@b.co", "grey@b.co"]).await;
    assert_eq!(later.outcome, Outcome::Again { after: None, why: Failure::Smtp(451) });
}

#[tokio::test]
async fn a_server_that_is_full_silent_or_no_mail_server_is_tried_again() {
    let full = Server::start(json!({ "data": "452 4.3.1 full" })).await;
    let senders = |server: &Server| {
        senders_trusting(plain(), Some(by(server, MailTls::None, None)), "http://127.0.0.1:9")
    };
    let sent = mailed(&senders(&full), What::Opened, &["a@b.co"]).await;
    assert_eq!(sent.outcome, Outcome::Again { after: None, why: Failure::Smtp(452) });

    let hanging = Server::start(json!({ "hang": true })).await;
    let sent = mailed(&senders(&hanging), What::Opened, &["a@b.co"]).await;
    assert_eq!(sent.outcome, Outcome::Again { after: None, why: Failure::Net(ErrorKind::Timeout) });
    assert!((Duration::from_secs(9)..Duration::from_secs(12)).contains(&sent.took), "{:?}", sent.took);

    let web = super::service::Service::start(|_| Ok(()), (200, "ok")).await;
    let port = web.base.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let mail = MailServer { port, ..by(&full, MailTls::None, None) };
    let sent =
        mailed(&senders_trusting(plain(), Some(mail), "http://127.0.0.1:9"), What::Opened, &["a@b.co"]).await;
    let Outcome::Again { why, .. } = &sent.outcome else { panic!("{sent:?}") };
    assert!(matches!(why, Failure::NotSmtp | Failure::Net(ErrorKind::Reset | ErrorKind::Timeout)), "{why:?}");

    let without = senders_trusting(plain(), None, "http://127.0.0.1:9");
    let sent = mailed(&without, What::Opened, &["a@b.co"]).await;
    assert_eq!(sent.outcome, Outcome::Refused { why: Failure::NoMailServer });
}
