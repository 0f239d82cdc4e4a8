//! Settings: a TOML file, over it environment variables (those of `.env` the lowest of them), over those flags.
//!
//! Must hold here: nothing is guessed (an unknown key, a wrong type or an impossible value is refused with its key and
//! its line, or the variable's name, and all refusals are told at once); what leaves this room is typed; no refusal
//! and no `Debug` repeats a secret.
//!
//! [`Settings::read`] is a pure function of the file's text and the [`Surroundings`]. [`Settings::load`] finds the
//! file first. Every key is documented in `config/ramal.toml`, which a test holds to this code.

mod company;
mod database;
mod env_file;
mod error;
mod kinds;
mod limits;
mod machine;
mod proxy;
mod reference;
mod section;
mod service_links;
mod smtp;
mod tree;
mod values;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use url::Url;

pub use company::{CompanySettings, SourceSettings, WebhookProvision};
pub use database::{DatabaseKind, DatabaseUrl};
pub use env_file::{ENV_FILE, EnvFile};
pub use error::{Place, Reason, SettingsError, SettingsErrors};
use kinds::{text, truth, whole, word};
pub use limits::Limits;
pub use proxy::{ProxyAddress, ProxySettings};
use section::{Context, PREFIX, Section, nearest};
pub use smtp::{SmtpSettings, SmtpTls};
use tree::{Table, Value};

use crate::domain::contact_point::TELEGRAM_API;
use crate::domain::{Provider, RetentionLimits};
use crate::log::{LogFormat, LogSettings};
use crate::secrets::MasterKey;
use crate::sources::PROVIDERS;
use crate::texts::{Message, msg};

/// Where the file is looked for when no `--config` names one.
pub const USUAL_FILES: [&str; 2] = ["config/ramal.toml", "ramal.toml"];
/// Names the file, like `--config`.
pub const FILE_VARIABLE: &str = "RAMAL_CONFIG";

/// Everything that a person may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The panel and the API; the providers' doors too, unless they have `inbound_listen`.
    pub listen: SocketAddr,
    /// The providers' doors alone; empty where they are on `listen`.
    pub inbound_listen: Vec<SocketAddr>,
    /// Where people open the panel: scheme, host and port, nothing behind them.
    pub public_url: Option<Url>,
    /// Proxies whose word about the client's address and host is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The name of this process among others on the same database.
    pub node: String,
    /// Threads that run companies.
    pub workers: usize,
    pub database: DatabaseUrl,
    /// Absent only with SQLite, which makes a key beside its file.
    pub master_key: Option<MasterKey>,
    /// Certificates (PEM) trusted besides the public ones.
    pub extra_ca_file: Option<PathBuf>,
    pub proxy: ProxySettings,
    /// The mail server that alerts go out by.
    pub smtp: Option<SmtpSettings>,
    /// Where robots of Telegram are spoken to.
    pub telegram_api: String,
    pub log: LogSettings,
    /// Networks that addresses may lead to besides the public ones.
    pub guard_allow: Vec<IpNet>,
    pub retention: RetentionLimits,
    pub limits: Limits,
    /// Providers of whom is taken what their documents do not describe but their programs send.
    pub lenient: BTreeSet<Provider>,
    pub companies: Vec<CompanySettings>,
}

/// What the machine tells the settings.
pub struct Surroundings<'a> {
    pub env: BTreeMap<String, String>,
    /// Where those of them stand that a file of variables sets.
    pub env_places: BTreeMap<String, Place>,
    /// Reads a file that a `…_file` setting names.
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
    pub cores: usize,
    /// Bytes this process may use at most, as far as the system tells.
    pub memory: Option<u64>,
    pub host: String,
}

impl Surroundings<'static> {
    /// This process's environment, file system and machine. Variables that are not Unicode are passed over.
    pub fn here() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Self {
            env: std::env::vars_os().filter_map(unicode).collect(),
            env_places: BTreeMap::new(),
            read: &|path| std::fs::read_to_string(path),
            memory: machine::memory(&|path| std::fs::read_to_string(path)),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            host: host.trim().to_owned(),
        }
    }
}

impl Surroundings<'_> {
    /// The same over a file of variables.
    fn over(&self, env_file: &EnvFile) -> Self {
        let (env, env_places) = env_file.under(&self.env);
        let host = self.host.clone();
        Self { env, env_places, read: self.read, cores: self.cores, memory: self.memory, host }
    }
}

/// The settings, and what they were read from beside the environment and the flags.
#[derive(Debug)]
pub struct Loaded {
    pub settings: Settings,
    pub file: Option<PathBuf>,
    pub env_file: Option<EnvFile>,
}

/// A setting from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// As typed, for errors: `--listen`.
    pub flag: String,
    /// `listen`, `guard.allow`.
    pub key: String,
    pub value: String,
}

impl Flag {
    /// Reads the `KEY=VALUE` of `--set`.
    pub fn assignment(text: &str) -> Result<Self, SettingsErrors> {
        let flag = format!("--set {}", text.split('=').next().unwrap_or_default());
        let Some((key, value)) = text.split_once('=') else {
            let (place, key) = (Place::Flag(flag), String::new());
            return Err(SettingsErrors(vec![SettingsError { place, key, reason: Reason::NotAnAssignment }]));
        };
        Ok(Self { flag, key: key.trim().to_owned(), value: value.trim().to_owned() })
    }
}

impl Settings {
    /// Reads the settings of this process. `file` is `--config`; without it the usual files are looked for, and none
    /// is needed.
    pub fn load(
        file: Option<&Path>,
        flags: Vec<Flag>,
        around: &Surroundings<'_>,
    ) -> Result<Loaded, SettingsErrors> {
        let env_file = EnvFile::load(around.read)?;
        let under = env_file.as_ref().map(|env_file| around.over(env_file));
        let around = under.as_ref().unwrap_or(around);
        let by_variable = || around.env.get(FILE_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let usual = || USUAL_FILES.iter().map(PathBuf::from).find(|path| is_there(path));
        let Some(path) = file.map(Path::to_owned).or_else(by_variable).or_else(usual) else {
            let settings = Self::read(None, flags, around)?;
            return Ok(Loaded { settings, file: None, env_file });
        };
        let text = (around.read)(&path).map_err(|error| {
            let reason = Reason::unreadable(&path, &error);
            SettingsErrors(vec![SettingsError { place: Place::Nowhere, key: String::new(), reason }])
        })?;
        let settings = Self::read(Some((&path, &text)), flags, around)?;
        Ok(Loaded { settings, file: Some(path), env_file })
    }

    /// Reads the settings from a file's text and what is around it.
    pub fn read(
        file: Option<(&Path, &str)>,
        flags: Vec<Flag>,
        around: &Surroundings<'_>,
    ) -> Result<Self, SettingsErrors> {
        let table = match file {
            Some((path, text)) => tree::parse(path, text).map_err(SettingsErrors)?,
            None => Table::new(),
        };
        let own = service_links::without(&around.env);
        let context = Context {
            env: &own,
            env_places: &around.env_places,
            references: &around.env,
            flags: flags.into_iter().map(|flag| (flag.key, (flag.flag, flag.value))).collect(),
            read: around.read,
            errors: RefCell::default(),
            asked: RefCell::new(BTreeSet::from([FILE_VARIABLE.to_owned()])),
        };
        let settings = everything(Section::top(&context, table), around);
        refuse_unasked(&context);
        let mut errors = context.errors.into_inner();
        errors.sort_by_key(|error| error.place.line().unwrap_or(usize::MAX));
        if errors.is_empty() { Ok(settings) } else { Err(SettingsErrors(errors)) }
    }
}

/// Whether there is something of this name, be it a folder or what may not be looked at: that is said, and not passed over
/// for the defaults.
fn is_there(path: &Path) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    !std::fs::symlink_metadata(path).is_err_and(|error| matches!(error.kind(), NotFound | NotADirectory))
}

fn everything(mut top: Section<'_>, around: &Surroundings<'_>) -> Settings {
    let host = if node_name(&around.host).is_ok() { around.host.clone() } else { "ramal".to_owned() };
    let mut settings = Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
        inbound_listen: Vec::new(),
        public_url: None,
        trusted_proxies: Vec::new(),
        node: host,
        workers: around.cores.clamp(1, 256),
        database: DatabaseUrl::default(),
        master_key: None,
        extra_ca_file: None,
        proxy: ProxySettings::default(),
        smtp: None,
        telegram_api: TELEGRAM_API.to_owned(),
        log: LogSettings::default(),
        guard_allow: Vec::new(),
        retention: RetentionLimits::default(),
        limits: Limits::of(limits::default_memory(around.memory)),
        lenient: BTreeSet::new(),
        companies: Vec::new(),
    };
    top.set(&mut settings.listen, "listen", text(values::listen_address));
    if let Some((place, addresses)) = top.list_or_one("inbound_listen", text(values::listen_address)) {
        let taken = |at: usize, address: &SocketAddr| {
            let before = std::iter::once(&settings.listen).chain(&addresses[..at]);
            address.port() != 0 && before.into_iter().any(|other| other == address)
        };
        if let Some((_, double)) = addresses.iter().enumerate().find(|(at, address)| taken(*at, address)) {
            let given = Some(format!("\"{double}\""));
            let expected = msg("setting-listens-already");
            top.refuse(&place, "inbound_listen", Reason::Not { given, expected });
        }
        settings.inbound_listen = addresses;
    }
    settings.public_url = top.optional("public_url", text(values::site));
    if let Some((_, networks)) = top.list("trusted_proxies", text(values::network)) {
        settings.trusted_proxies = networks;
    }
    top.set(&mut settings.node, "node", text(node_name));
    top.set(&mut settings.workers, "workers", whole(1..=256));
    if let Ok(Some(url)) = top.secret("database_url", "database_url_file", DatabaseUrl::parse) {
        settings.database = url;
    }
    master_key(&mut top, &mut settings);
    settings.extra_ca_file = top.optional("extra_ca_file", text(|path| Ok(PathBuf::from(path))));
    settings.proxy = proxy::proxy(&mut top);
    settings.smtp = smtp::smtp(top.section("smtp"));
    telegram(top.section("telegram"), &mut settings.telegram_api);
    log(top.section("log"), &mut settings.log);
    let mut guard = top.section("guard");
    if let Some((_, networks)) = guard.list("allow", text(values::network)) {
        settings.guard_allow = networks;
    }
    guard.done();
    retention(top.section("retention"), &mut settings.retention);
    settings.limits = limits::read(top.section("limits"), around.memory);
    settings.lenient = lenient(&mut top);
    settings.companies = company::companies(&mut top);
    top.done();
    settings
}

/// `[<provider>] lenient`, of providers that post.
fn lenient(top: &mut Section<'_>) -> BTreeSet<Provider> {
    let mut lenient = BTreeSet::new();
    for provider in PROVIDERS.iter().filter(|provider| provider.way_in().endpoint().is_some()) {
        let id = provider.identity().id;
        let mut section = top.section(id.as_str());
        if section.optional("lenient", truth) == Some(true) {
            lenient.insert(id);
        }
        section.done();
    }
    lenient
}

fn master_key(top: &mut Section<'_>, settings: &mut Settings) {
    let parse = |text: &str| MasterKey::parse(text).map_err(|_| msg("setting-master-key"));
    match top.secret("master_key", "master_key_file", parse) {
        Ok(None) if settings.database.kind() == DatabaseKind::Postgres => {
            // With SQLite a key lies beside the file; a server has no such place.
            let why = msg("setting-master-key-needed");
            top.refuse(&Place::Nowhere, "master_key", Reason::Needed(why));
        }
        Ok(key) => settings.master_key = key,
        Err(section::Refused) => {}
    }
}

fn telegram(mut section: Section<'_>, api: &mut String) {
    section.set(api, "api_url", text(|raw| Ok(values::site(raw)?.as_str().trim_end_matches('/').to_owned())));
    section.done();
}

fn log(mut section: Section<'_>, log: &mut LogSettings) {
    section.set(&mut log.format, "format", word(&LogFormat::WORDS, LogFormat::parse));
    let filter = |raw: &str| raw.parse().map_err(|_| msg("setting-log-level"));
    section.set(&mut log.level, "level", text(filter));
    section.set(&mut log.event_lines, "event_lines", truth);
    section.done();
}

fn retention(mut section: Section<'_>, retention: &mut RetentionLimits) {
    let (age, bytes) = (&mut retention.age, &mut retention.bytes);
    if let Some(soft) = section.optional("age", text(values::span)) {
        *age = age.with_soft(soft);
    }
    let size = size_of(RetentionLimits::LEAST_BYTES);
    if let Some(soft) = section.optional("bytes", &size) {
        *bytes = bytes.with_soft(soft);
    }
    let soft = (*age, *bytes);
    let hard_age = |raw: &str| soft.0.with_hard(values::span(raw)?).map_err(|_| msg("setting-least-age"));
    section.set(age, "hard_age", text(hard_age));
    let hard_bytes = |value: &Value| soft.1.with_hard(size(value)?).map_err(|_| msg("setting-least-bytes"));
    section.set(bytes, "hard_bytes", hard_bytes);
    section.set(&mut retention.attempts_age, "attempts_age", text(values::span));
    section.set(&mut retention.audit_age, "audit_age", text(values::span));
    section.done();
}

/// A size with its unit, or a whole number of bytes, of at least so many bytes.
fn size_of(least: u64) -> impl Fn(&Value) -> Result<u64, Message> {
    move |value| {
        let size = match value {
            Value::Whole(bytes) => bytes.to_string(),
            Value::Text(text) | Value::Loose(text) => text.clone(),
            _ => String::new(),
        };
        let size = match size.parse() {
            Ok(bytes) => bytes,
            Err(_) => values::size(&size)?,
        };
        if size < least {
            let kib = least >> 10;
            return Err(msg("setting-least").with("kib", kib.to_string()));
        }
        Ok(size)
    }
}

/// A node's name stands in metrics and rows: 1 to 64 letters, digits, `.`, `-` and `_`.
fn node_name(raw: &str) -> Result<String, Message> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if raw.is_empty() || raw.len() > 64 || !raw.chars().all(allowed) {
        return Err(msg("setting-node"));
    }
    Ok(raw.to_owned())
}

/// A variable or flag of ours that no key stands for was a typing error.
fn refuse_unasked(context: &Context<'_>) {
    let asked = context.asked.borrow();
    for name in context.env.keys().filter(|name| name.starts_with(PREFIX) && !asked.contains(*name)) {
        let variables = asked.iter().map(String::as_str).filter(|known| known.starts_with(PREFIX));
        let reason = Reason::Unknown { nearest: nearest(name, variables) };
        context.refuse(&context.place_of(name), "", reason);
    }
    for (key, (flag, _)) in context.flags.iter().filter(|(key, _)| !asked.contains(*key)) {
        let keys = asked.iter().map(String::as_str).filter(|known| !known.starts_with(PREFIX));
        let reason = Reason::Unknown { nearest: nearest(key, keys) };
        context.refuse(&Place::Flag(flag.clone()), "", reason);
    }
}

#[cfg(test)]
mod tests;
