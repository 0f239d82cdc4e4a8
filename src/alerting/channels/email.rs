//! A mail: plain text, and the same as a little HTML.
//!
//! It says what it is: `Auto-Submitted` (RFC 3834), so that no out-of-office answers it; a `Message-ID` of the message's id, so that a
//! mail that comes twice is one; `References` of the incidents, so that what is resolved stands with what was opened.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::html;
use crate::alerting::mail::MailServer;
use crate::alerting::message::Message;
use crate::alerting::written::{Written, WrittenLine, fitted};
use crate::domain::Lang;
use crate::domain::contact_point::EmailAddress;
use crate::domain::incident::Cost;

/// Bytes of the plain text; mail has no limit, and whoever reads it has.
const LONGEST: usize = 64 * 1024;
/// Incidents that a mail refers to: one line of a header for each.
const REFERENCES: usize = 10;

/// What is handed to the mail server.
#[derive(Debug)]
pub struct Mail {
    /// As people are shown it: subject and plain text.
    pub shown: String,
    pub bytes: Vec<u8>,
}

/// `None` where a mail cannot be made of it, which only a message without a recipient is.
pub fn mail(message: &Message, lang: Lang, server: &MailServer, to: &[EmailAddress]) -> Option<Mail> {
    let written = |written: &Written| (subject(written), written.plain(), document(written, lang));
    let (subject, plain, document) = fitted(message, lang, written, |(_, plain, _)| plain.len() <= LONGEST);
    let domain = server.from.domain();
    let mut builder = lettre::Message::builder()
        .from(Mailbox::new(server.from_name.clone(), address(&server.from)))
        .subject(subject.as_str())
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(message.at.0).unwrap_or(0)))
        .message_id(Some(format!("<{}@{domain}>", message.id)))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        ));
    for to in to {
        builder = builder.to(Mailbox::new(None, address(to)));
    }
    // Nobody has sent a mail with such an id: readers put what refers to the same together all the same.
    let incidents: Vec<_> =
        message.worst_first().iter().take(REFERENCES).map(|line| line.incident_id).collect();
    if !incidents.is_empty() {
        let of: Vec<_> = incidents.iter().map(|id| format!("<incident-{id}@{domain}>")).collect();
        builder = builder.in_reply_to(of[0].clone()).references(of.join(" "));
    }
    let mail = builder.multipart(MultiPart::alternative_plain_html(plain.clone(), document)).ok()?;
    Some(Mail { shown: format!("Subject: {subject}\n\n{plain}"), bytes: mail.formatted() })
}

/// One that was judged: nothing in it ends a line or a command.
pub fn address(address: &EmailAddress) -> Address {
    let text = address.as_str();
    let (user, domain) = text.rsplit_once('@').unwrap_or((text, ""));
    Address::new_dangerous(user, domain)
}

fn subject(written: &Written) -> String {
    format!("[Ramal] {}", written.head)
}

fn document(written: &Written, lang: Lang) -> String {
    let mut body = format!("<h1 style=\"font-size:18px\">{}</h1>", html(&written.head));
    for line in &written.lines {
        let _ = write!(
            body,
            "<div style=\"border-left:4px solid {};padding:2px 0 2px 12px;margin:0 0 16px\">",
            colour(line)
        );
        let _ = write!(body, "<div><b>{} {}</b></div>", line.mark(), html(&line.title));
        if !line.sentence.is_empty() {
            let _ = write!(body, "<div>{}</div>", html(&line.sentence));
        }
        let _ = write!(body, "<div style=\"color:#555\">{}</div>", html(&line.detail));
        if let Some(link) = &line.link {
            let _ = write!(body, "<div><a href=\"{}\">{}</a></div>", html(&link.url), html(&link.text));
        }
        body.push_str("</div>");
    }
    if let Some(more) = &written.more {
        let _ = write!(body, "<p>{}</p>", html(more));
    }
    if let Some(panel) = &written.panel {
        let _ = write!(body, "<p><a href=\"{}\">{}</a></p>", html(&panel.url), html(&panel.text));
    }
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"></head>\
         <body style=\"font:15px/1.5 sans-serif;color:#111\">{body}</body></html>",
        lang.tag()
    )
}

fn colour(line: &WrittenLine) -> &'static str {
    match line.cost {
        _ if line.closed => "#1f8a70",
        Cost::Losing => "#c2410c",
        Cost::Waiting => "#b48309",
        Cost::Coming => "#6b7280",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerting::mail::MailTls;
    use crate::alerting::message::What;
    use crate::alerting::message::tests::{hostile, message};

    fn made(message: &Message) -> String {
        let server = MailServer {
            host: "smtp.jatoba.example".into(),
            port: 587,
            tls: MailTls::StartTls,
            login: None,
            from: EmailAddress::parse("ramal@jatoba.example").expect("an address"),
            from_name: Some("Ramal, de Jatobá".into()),
        };
        let to = ["a@b.co", "c@d.co"].map(|to| EmailAddress::parse(to).expect("an address"));
        let mail = mail(message, Lang::Pt, &server, &to).expect("a mail");
        String::from_utf8(mail.bytes).expect("ASCII")
    }

    fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
        let head = mail.split("\r\n\r\n").next().expect("a head");
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    #[test]
    fn a_mail_says_what_it_is_and_what_it_belongs_to() {
        let opened = made(&message(What::Opened, 1));
        assert_eq!(header(&opened, "Message-ID"), Some("<alert_12@jatoba.example>"));
        assert_eq!(header(&opened, "Auto-Submitted"), Some("auto-generated"));
        assert_eq!(header(&opened, "To"), Some("a@b.co, c@d.co"));
        assert_eq!(header(&opened, "Date"), Some("Fri, 27 Nov 2026 16:34:00 +0000"));
        assert!(
            header(&opened, "Content-Type").is_some_and(|it| it.starts_with("multipart/alternative")),
            "{opened}"
        );
        let resolved = made(&Message { id: "alert_13".into(), ..message(What::Resolved, 1) });
        assert_eq!(header(&opened, "References"), Some("<incident-1@jatoba.example>"));
        assert_eq!(header(&resolved, "References"), header(&opened, "References"));
        assert_ne!(header(&resolved, "Message-ID"), header(&opened, "Message-ID"));
        assert_eq!(header(&made(&message(What::Test, 0)), "References"), None);
    }

    #[test]
    fn it_is_ascii_and_no_name_adds_a_header_or_a_tag() {
        let mut evil = hostile(10);
        evil.lines[9].cost = Cost::Losing;
        evil.lines[9].title = "x\r\nBcc: y@z.co\r\n\r\n<script>".into();
        let mail = made(&evil);
        assert!(mail.is_ascii());
        assert!(mail.lines().all(|line| !line.starts_with("Bcc:") && line.len() <= 998), "{mail}");
        let html = mail.split("text/html").nth(1).expect("an HTML part");
        assert!(!html.contains("<script>"), "{html}");
        assert!(header(&mail, "Subject").is_some());
    }
}
