//! Why a message was not taken: a stable word for tables, a phrase for people.

use crate::domain::Timestamp;
use crate::net::{ErrorKind, Refusal};
use crate::store::LastMessage;
use crate::texts::{Message, msg};

use super::sending::{Outcome, Sent};

/// What was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There was no answer.
    Net(ErrorKind),
    /// The address may not be reached.
    Address(Refusal),
    /// What HTTP answered.
    Status(u16),
    /// What the mail server answered.
    Smtp(u16),
    /// Some of the addresses are not taken: what was answered to the first of them.
    Recipients(u16),
    /// The settings name no mail server.
    NoMailServer,
    /// The mail server has no STARTTLS, which the settings ask for.
    NoStartTls,
    /// The mail server takes no user and password, or in no way known here.
    NoLogin,
    /// What the server says is not SMTP.
    NotSmtp,
    /// What is stored of the contact point cannot be used.
    Unusable,
}

impl Failure {
    /// The stable word.
    pub fn word(&self) -> String {
        match self {
            Failure::Net(kind) => format!("net:{}", kind.as_str()),
            Failure::Address(refusal) => format!("address:{}", refusal.as_str()),
            Failure::Status(code) => format!("http:{code}"),
            Failure::Smtp(code) => format!("smtp:{code}"),
            Failure::Recipients(code) => format!("recipients:{code}"),
            Failure::NoMailServer => "no_mail_server".into(),
            Failure::NoStartTls => "no_starttls".into(),
            Failure::NoLogin => "no_login".into(),
            Failure::NotSmtp => "not_smtp".into(),
            Failure::Unusable => "unusable".into(),
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
        match kind {
            "net" => ErrorKind::parse(rest).map(Failure::Net),
            "address" => Refusal::parse(rest).map(Failure::Address),
            "http" => rest.parse().ok().map(Failure::Status),
            "smtp" => rest.parse().ok().map(Failure::Smtp),
            "recipients" => rest.parse().ok().map(Failure::Recipients),
            "no_mail_server" => Some(Failure::NoMailServer),
            "no_starttls" => Some(Failure::NoStartTls),
            "no_login" => Some(Failure::NoLogin),
            "not_smtp" => Some(Failure::NotSmtp),
            "unusable" => Some(Failure::Unusable),
            _ => None,
        }
    }

    /// A phrase.
    pub fn message(&self) -> Message {
        match self {
            Failure::Net(kind) => kind.message(),
            Failure::Address(refusal) => refusal.message(),
            Failure::Status(code) => msg("alert-failed-status").with("code", code.to_string()),
            Failure::Smtp(code) => msg("alert-failed-smtp").with("code", code.to_string()),
            Failure::Recipients(code) => msg("alert-failed-recipients").with("code", code.to_string()),
            Failure::NoMailServer => msg("alert-failed-no-mail-server"),
            Failure::NoStartTls => msg("alert-failed-no-starttls"),
            Failure::NoLogin => msg("alert-failed-no-login"),
            Failure::NotSmtp => msg("alert-failed-not-smtp"),
            Failure::Unusable => msg("alert-failed-unusable"),
        }
    }
}

/// What the contact point is remembered by.
pub fn last_message(sent: &Sent, at: Timestamp) -> LastMessage {
    let (taken, why) = match &sent.outcome {
        Outcome::Taken => (true, sent.note.as_ref()),
        Outcome::Again { why, .. } | Outcome::Refused { why } => (false, Some(why)),
    };
    LastMessage { at, taken, why: why.map(Failure::word) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;

    #[test]
    fn words_are_read_back_and_said_in_both_languages() {
        let all = [
            Failure::Net(ErrorKind::ConnectRefused),
            Failure::Address(Refusal::NotPermitted),
            Failure::Status(404),
            Failure::Smtp(535),
            Failure::Recipients(550),
            Failure::NoMailServer,
            Failure::NoStartTls,
            Failure::NoLogin,
            Failure::NotSmtp,
            Failure::Unusable,
        ];
        for failure in all {
            assert_eq!(Failure::parse(&failure.word()), Some(failure.clone()));
            let said = [Lang::Pt, Lang::En].map(|lang| failure.message().text(lang));
            assert!(said[0] != said[1] && !said[0].contains("alert-"), "{said:?}");
        }
        assert_eq!(Failure::parse("http:teapot"), None);
    }
}
