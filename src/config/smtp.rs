//! `[smtp]`: the mail server that alerts go out by. Without `host` there is none, whatever else is said.

use super::error::Reason;
use super::kinds::{text, whole, word};
use super::section::Section;
use crate::domain::bounds::Name;
use crate::domain::contact_point::EmailAddress;
use crate::secrets::Secret;
use crate::texts::{Message, msg};

/// How what is said to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    StartTls,
    Implicit,
    None,
}

impl SmtpTls {
    const WORDS: [&str; 3] = ["starttls", "implicit", "none"];

    fn parse(word: &str) -> Option<Self> {
        match word {
            "starttls" => Some(Self::StartTls),
            "implicit" => Some(Self::Implicit),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    /// Where servers listen that are spoken to so.
    fn usual_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

/// One mail server.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    /// User and password.
    pub login: Option<(String, Secret)>,
    pub from: EmailAddress,
    pub from_name: Option<String>,
}

pub(super) fn smtp(mut section: Section<'_>) -> Option<SmtpSettings> {
    let place = section.place.clone();
    let host = section.given("host", text(host));
    let tls = section.optional("tls", word(&SmtpTls::WORDS, SmtpTls::parse)).unwrap_or(SmtpTls::StartTls);
    let port = section.optional("port", whole(1..=65_535)).unwrap_or(tls.usual_port());
    let user =
        section.given("username", text(|raw| Name::check(raw).map_err(|_| msg("setting-smtp-username"))));
    let password = section.secret("password", "password_file", |raw| Ok(Secret::new(raw)));
    let from = section.given("from", text(sender));
    let needed = |section: &Section<'_>, key, why| section.refuse(&place, key, Reason::Needed(why));
    let login = match (user, password) {
        (Ok(Some(user)), Ok(Some(password))) => Some((user, password)),
        (Ok(Some(_)), Ok(None)) => {
            needed(&section, "password", msg("setting-smtp-password-needed"));
            None
        }
        (Ok(None), Ok(Some(_))) => {
            needed(&section, "username", msg("setting-smtp-username-needed"));
            None
        }
        _ => None,
    };
    let made = match (host, from) {
        (Ok(Some(host)), Ok(Some((from_name, from)))) => {
            Some(SmtpSettings { host, port, tls, login, from, from_name })
        }
        (Ok(Some(_)), Ok(None)) => {
            needed(&section, "from", msg("setting-smtp-from-needed"));
            None
        }
        _ => None,
    };
    section.done();
    made
}

/// A name or an address, without a port.
fn host(raw: &str) -> Result<String, Message> {
    let wanted = || msg("setting-smtp-host");
    let raw = raw.trim();
    let bare = raw.trim_start_matches('[').trim_end_matches(']');
    let is_address = bare.parse::<std::net::IpAddr>().is_ok();
    let is_name = url::Host::parse(raw).is_ok() && !raw.contains(['/', '@', ':', ' ']);
    if is_address || is_name { Ok(bare.to_owned()) } else { Err(wanted()) }
}

/// `ramal@empresa.com`, or `Ramal <ramal@empresa.com>`.
fn sender(raw: &str) -> Result<(Option<String>, EmailAddress), Message> {
    let wanted = || msg("setting-smtp-from");
    let Some((name, address)) = raw.trim().strip_suffix('>').and_then(|rest| rest.split_once('<')) else {
        return Ok((None, EmailAddress::parse(raw).map_err(|_| wanted())?));
    };
    let name = name.trim().trim_matches('"').trim();
    let name = if name.is_empty() { None } else { Some(Name::check(name).map_err(|_| wanted())?) };
    Ok((name, EmailAddress::parse(address).map_err(|_| wanted())?))
}
