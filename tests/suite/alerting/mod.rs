//! Alerts that leave the panel: every service's message against a receiver that judges it by what the service publishes; the own
//! webhook against others' verification; mail against a server that others wrote.

mod exim;
mod mail;
mod messages;
mod own_webhook;
pub mod published;
pub mod service;

use std::sync::Arc;
use std::time::Duration;

use ramal::alerting::{Channel, ContactPoint, Line, MailServer, Message, SenderOptions, Senders, What};
use ramal::domain::incident::Cost;
use ramal::domain::{CompanyId, ContactPointId, Lang, Timestamp};
use ramal::net::{Allow, Dialer, Guard, SystemResolver};

/// 27 November 2026, 13:32 in Brasília.
const SINCE: Timestamp = Timestamp(1_795_797_120_000_000);

/// What alerts go out by here: to this machine.
fn senders(mail: Option<MailServer>, telegram_api: &str) -> Senders {
    let tls = ramal::net::client_config(None).expect("no extra authority");
    senders_trusting(tls, mail, telegram_api)
}

fn senders_trusting(tls: Arc<rustls::ClientConfig>, mail: Option<MailServer>, telegram_api: &str) -> Senders {
    let allow = Allow::new(["127.0.0.0/8".parse().expect("a network")]);
    let guard = Arc::new(Guard::new(allow, Arc::new(SystemResolver::new())));
    let options = SenderOptions { mail, telegram_api: telegram_api.to_owned(), panel_url: None };
    Senders::new(&Dialer::new(guard, tls), options)
}

fn point(channel: Channel, lang: Lang) -> ContactPoint {
    let id = ContactPointId(1);
    ContactPoint { id, company: None, name: "Plantão".into(), lang, channel, version: 1, last: None }
}

fn line(number: i64) -> Line {
    Line {
        id: format!("alert_12_{number}"),
        incident_id: number,
        kind: "webhook_failing",
        cost: [Cost::Losing, Cost::Waiting, Cost::Coming][usize::try_from(number).expect("small") % 3],
        title: format!("erp-{number}.pitanga.example responde HTTP 500"),
        over: None,
        sentence: "2.113 eventos na fila. Nada se perde.".into(),
        company_id: Some(CompanyId(7)),
        company: Some("Grupo Pitanga".into()),
        since: Timestamp(SINCE.0 + number),
        opened_at: Timestamp(SINCE.0 + 1_000_000 + number),
        closed_at: None,
        link: Some(format!("https://ramal.jatoba.example/incidents/{number}?a=1&b=2")),
    }
}

fn message(what: What, lines: i64) -> Message {
    Message {
        id: "alert_12".into(),
        what,
        at: Timestamp(SINCE.0 + 120_000_000),
        total: usize::try_from(lines).expect("small"),
        lines: (1..=lines).map(line).collect(),
        panel_url: Some("https://ramal.jatoba.example/".into()),
    }
}

/// Names that try everything and are as long as can be; a storm.
fn hostile() -> Message {
    let evil = "<!channel> @everyone @here <users/all> <@U123> [x](http://evil.example) *b* _i_ ~s~ `c` </b><a href=\"http://evil.example\">x</a> \u{1f4a9} &amp; \\ \"q\" | ";
    let mut message = message(What::Opened, 25);
    message.total = 200;
    for line in &mut message.lines {
        (line.title, line.sentence) = (evil.repeat(12), evil.repeat(40));
        line.company = Some(evil.repeat(3));
    }
    message
}

/// Every message that there is, short and long.
fn all_messages() -> Vec<Message> {
    let closed = |mut message: Message| {
        for line in &mut message.lines {
            line.closed_at = Some(Timestamp(line.since.0 + 3_600_000_000));
        }
        message
    };
    let bare = |mut message: Message| {
        message.panel_url = None;
        for line in &mut message.lines {
            (line.link, line.company, line.company_id) = (None, None, None);
            line.sentence.clear();
        }
        message
    };
    let test = Message::test("test_1".into(), SINCE, None);
    vec![
        message(What::Opened, 1),
        message(What::Opened, 10),
        message(What::StillOpen, 3),
        message(What::Escalated, 2),
        closed(message(What::Resolved, 2)),
        message(What::Summary, 0),
        message(What::Summary, 4),
        bare(message(What::Opened, 3)),
        hostile(),
        test,
    ]
}

const PATIENCE: Duration = Duration::from_secs(30);
