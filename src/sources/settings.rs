//! The settings of a source, described once by its provider: the settings file, the API and its document, and the panel's form
//! are all made of these descriptions.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use url::Url;

use crate::domain::{
    AddressError, Day, LONGEST_NAME, LineFault, Origin, Timestamp, ValueFault, WebhookUrl, line,
};
use crate::secrets::Secret;
use crate::store::Source;
use crate::texts::{Message, msg};

/// The field that holds what a source is known by; every provider calls it so.
pub const TOKEN: &str = "token";
/// The company's id at the provider.
pub const ACCOUNT: &str = "account";
/// The token's last day.
pub const TOKEN_EXPIRES_ON: &str = "token_expires_on";
/// Whether a source is wanted: stored beside its settings.
pub const CONNECT: &str = "connect";

/// One setting.
#[derive(Debug, Clone)]
pub struct Field {
    /// In the API and in the form.
    pub name: &'static str,
    pub kind: Kind,
    /// The rule for a value by itself; gives it as it is stored.
    pub judge: fn(&str) -> Result<String, SettingFault>,
    /// What it is, for the API's document.
    pub about: &'static str,
    pub file: Option<InFile>,
    pub form: Option<InForm>,
}

/// A setting in the provider's table of the settings file.
#[derive(Debug, Clone)]
pub struct InFile {
    pub key: &'static str,
    /// The key of a secret that names a file with it.
    pub key_of_file: Option<&'static str>,
    pub required: bool,
    /// What would be right, as a refusal says it: `… is not a text of digits only`.
    pub expected: Message,
}

/// A setting in the panel's form.
#[derive(Debug, Clone)]
pub struct InForm {
    pub label: Message,
    pub hint: Option<Message>,
    /// The hint where a company is registered, which may be done without its source.
    pub hint_of_new_company: Option<Message>,
    pub optional: bool,
    /// The box that takes a stored secret away, where it may be absent: its name in the form, and what is said beside it.
    pub remove: Option<(&'static str, Message)>,
}

/// How a setting is filled in.
#[derive(Debug, Clone)]
pub enum Kind {
    /// An id that the provider gave; an empty text clears it.
    Id,
    /// A secret: the fewest and the most characters, none of them a space.
    Token(usize, usize),
    /// Where the provider is, with the addresses to choose from; the first is the usual one. `pattern` is what it begins with,
    /// as a regular expression.
    Address { presets: &'static [Preset], pattern: &'static str, longest: usize },
    /// A day; an empty text clears it.
    Day,
    /// A secret beside the token, of up to so many characters. An empty text takes it away.
    Secret { longest: usize },
    /// A text of up to so many characters; an empty one stands for the usual one.
    Text { usual: &'static str, longest: usize },
    /// One of a few words; an empty text leaves it to what `usual` says.
    Word { words: &'static [&'static str], usual: Message },
    /// Where the provider's own API is; an empty text clears it.
    WebUrl,
    /// An address and port of this machine; an empty text clears it.
    Listen,
    /// Yes or no, and which of them is usual.
    Truth { usual: bool },
    /// Whether it is connected. The settings file and the form of a new source have it on; a stored source has a button for it.
    Switch,
}

/// A known address of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    pub url: &'static str,
    pub name: Message,
}

impl Field {
    /// The addresses to choose from; empty for a field that is none.
    pub fn presets(&self) -> &'static [Preset] {
        match self.kind {
            Kind::Address { presets, .. } => presets,
            _ => &[],
        }
    }
}

/// The settings that somebody gave, by field; what is absent stays as it is stored.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Given(BTreeMap<&'static str, Secret>);

impl Given {
    pub fn set(&mut self, field: &'static str, value: impl Into<Secret>) {
        self.0.insert(field, value.into());
    }

    pub fn get(&self, field: &str) -> Option<&Secret> {
        self.0.get(field)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Secret)> {
        self.0.iter().map(|(field, value)| (*field, value))
    }

    /// Without the spaces around it.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.get(field).map(|value| value.expose().trim())
    }
}

/// Settings that may be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub account: Option<String>,
    /// JSON, of the provider's own shape.
    pub config: String,
    /// `None` keeps the stored one.
    pub token: Option<Secret>,
    /// Those beside it that change, by field; an empty one is taken away.
    pub secrets: Vec<(&'static str, Secret)>,
}

/// Which days a token may end on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    Any,
    /// Today, the days to come, and the one that is stored.
    Current,
}

/// Where a source's provider is, and the field that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub field: &'static str,
    pub url: Url,
}

/// Why a setting is refused. Never shows a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingFault {
    /// As of any other value.
    Value(ValueFault),
    NotDigits,
    NotADay,
    DayPast,
    Address(AddressError),
    /// What is stored does not go along to another server.
    SecretAgain,
    /// In the provider's own words, each a sentence; the code is a stable word for programs.
    Own {
        code: &'static str,
        message: Message,
    },
}

impl From<ValueFault> for SettingFault {
    fn from(fault: ValueFault) -> Self {
        Self::Value(fault)
    }
}

impl From<LineFault> for SettingFault {
    fn from(fault: LineFault) -> Self {
        Self::Value(fault.into())
    }
}

/// What is wrong with the settings that were given: fields of [`Definition::fields`](super::Definition::fields).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SettingFaults(Vec<(&'static str, SettingFault)>);

impl SettingFaults {
    pub fn add(&mut self, field: &'static str, fault: SettingFault) {
        self.0.push((field, fault));
    }

    /// The value, or a note of what is wrong with it.
    pub fn check<T>(&mut self, field: &'static str, value: Result<T, SettingFault>) -> Option<T> {
        value.map_err(|fault| self.add(field, fault)).ok()
    }

    /// `Ok` when nothing was noted.
    pub fn done(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl IntoIterator for SettingFaults {
    type Item = (&'static str, SettingFault);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// An id that a provider gave, of any form.
pub fn id(raw: &str) -> Result<String, SettingFault> {
    Ok(line(raw, LONGEST_NAME)?)
}

/// An id that a provider gave as a number, which payloads are compared with: it fits into 64 bits.
pub fn digits(raw: &str) -> Result<String, SettingFault> {
    const MOST: usize = 18;
    let id = id(raw)?;
    if id.chars().count() > MOST {
        return Err(ValueFault::TooLong { max: MOST }.into());
    }
    if id.bytes().all(|byte| byte.is_ascii_digit()) { Ok(id) } else { Err(SettingFault::NotDigits) }
}

/// A day of the calendar.
pub fn day(raw: &str) -> Result<String, SettingFault> {
    let day: Day = raw.trim().parse().map_err(|_| SettingFault::NotADay)?;
    Ok(day.to_string())
}

/// An http or https address without user, password and query, or none.
pub fn web_url(raw: &str) -> Result<String, SettingFault> {
    if raw.trim().is_empty() {
        return Ok(String::new());
    }
    let url = WebhookUrl::parse(raw, None).map_err(SettingFault::Address)?;
    // It is shown and written down whole: what is secret has settings of its own.
    if url.expose().contains(['?', '#']) {
        return Err(SettingFault::Own { code: "url_query", message: msg("source-url-query") });
    }
    Ok(url.expose().to_owned())
}

/// An address and port of this machine, or none.
pub fn listen(raw: &str) -> Result<String, SettingFault> {
    let raw = raw.trim();
    let refused =
        |_| SettingFault::Own { code: "not_a_listen_address", message: msg("source-not-a-listen-address") };
    if raw.is_empty() {
        return Ok(String::new());
    }
    Ok(raw.parse::<SocketAddr>().map_err(refused)?.to_string())
}

/// `true` or `false`.
pub fn truth(raw: &str) -> Result<String, SettingFault> {
    word(raw, &["true", "false"])
}

/// One of these.
pub fn word(raw: &str, words: &[&str]) -> Result<String, SettingFault> {
    let found = words.iter().find(|word| **word == raw.trim());
    found
        .map(|word| (*word).to_owned())
        .ok_or_else(|| ValueFault::NotOne { allowed: words.join(", ") }.into())
}

/// A setting as it would be saved; an empty one is none.
pub(super) fn optional(
    given: &Given,
    field: &'static str,
    stored: Option<String>,
    judge: fn(&str) -> Result<String, SettingFault>,
    faults: &mut SettingFaults,
) -> Option<String> {
    match given.text(field) {
        None => stored,
        Some("") => None,
        Some(raw) => faults.check(field, judge(raw)).filter(|judged| !judged.is_empty()),
    }
}

/// Whether what is set goes to another server than before.
pub(super) fn is_elsewhere(before: Option<&str>, after: Option<&str>) -> bool {
    after.is_some() && before.map(Origin::of) != after.map(Origin::of)
}

/// A secret beside the token, with its field, as it would be saved. A stored one does not go elsewhere: there it is asked for again.
pub(super) fn secret(
    given: &Given,
    field: &'static str,
    judge: fn(&str) -> Result<String, SettingFault>,
    (stored, elsewhere): (Option<&Source>, bool),
    faults: &mut SettingFaults,
) -> Option<(&'static str, Secret)> {
    if let Some(raw) = given.get(field) {
        return faults.check(field, judge(raw.expose())).map(|secret| (field, Secret::new(secret)));
    }
    let is_stored = stored.is_some_and(|source| source.secret_masks.contains_key(field));
    if is_stored && elsewhere {
        faults.add(field, SettingFault::SecretAgain);
    }
    None
}

/// The company's id as it would be saved: what is stored already stays valid.
pub(super) fn account(
    given: &Given,
    stored: Option<&Source>,
    judge: fn(&str) -> Result<String, SettingFault>,
    faults: &mut SettingFaults,
) -> Option<String> {
    let known = stored.and_then(|source| source.account.as_deref());
    match given.text(ACCOUNT) {
        None => known.map(str::to_owned),
        Some("") => None,
        Some(raw) => faults.check(ACCOUNT, if known == Some(raw) { id(raw) } else { judge(raw) }),
    }
}

/// The token's last day as it would be saved.
pub(super) fn last_day(
    given: &Given,
    known: Option<Day>,
    days: Days,
    faults: &mut SettingFaults,
) -> Option<Day> {
    let raw = match given.text(TOKEN_EXPIRES_ON) {
        None => return known,
        Some("") => return None,
        Some(raw) => raw,
    };
    let day = raw.parse::<Day>().map_err(|_| SettingFault::NotADay).and_then(|day| {
        let may_be_over = days == Days::Any || known == Some(day);
        if may_be_over || day.end() > Timestamp::now() { Ok(day) } else { Err(SettingFault::DayPast) }
    });
    faults.check(TOKEN_EXPIRES_ON, day)
}

/// The token as it would be saved.
pub(super) fn token(
    given: &Given,
    judge: fn(&str) -> Result<String, SettingFault>,
    faults: &mut SettingFaults,
) -> Option<Secret> {
    let raw = given.get(TOKEN)?;
    faults.check(TOKEN, judge(raw.expose())).map(Secret::new)
}

/// A stored token does not go to another server: there it is asked for again.
pub(super) fn token_stays(
    given: &Given,
    stored: Option<&Source>,
    (before, after): (&str, &str),
    faults: &mut SettingFaults,
) {
    let is_stored = stored.is_some_and(|source| !source.secret_mask.is_empty());
    if is_stored && given.get(TOKEN).is_none() && Origin::of(before) != Origin::of(after) {
        faults.add(TOKEN, SettingFault::SecretAgain);
    }
}
