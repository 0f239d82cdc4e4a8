//! `ramal check`: tries everything that the settings name, and what stands in the database they name; changes nothing.
//!
//! Every step is tried, whatever became of those before it, and has its line. Addresses are dialled, TLS included, but
//! nothing is sent to them: a check must not look like an event.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use ramal::config::{EnvFile, Loaded, Settings};
use ramal::domain::{CompanyId, Lang, WebhookState};
use ramal::log::ShownUrl;
use ramal::net::{Allow, Dialer, Guard, SystemResolver};
use ramal::sources::settings::Days;
use ramal::sources::{Definition, find};
use ramal::store::Inspection;
use ramal::texts::say;
use tokio::net::TcpListener;
use url::Url;

use super::database::master_source;
use super::failure::{Failure, store_text};

/// For one address, with name resolution and TLS.
const DIAL_DEADLINE: Duration = Duration::from_secs(15);
/// Addresses dialled at the same time.
const DIALS_AT_ONCE: usize = 16;

/// What became of a step.
enum Outcome {
    Good(String),
    /// Not wrong, but worth knowing.
    Notice(String),
    Bad(String),
}

struct Report<W> {
    out: W,
    lang: Lang,
    bad: usize,
}

impl<W: Write> Report<W> {
    fn line(&mut self, subject: impl Display, outcome: &Outcome) -> Result<(), Failure> {
        let (sign, text) = match outcome {
            Outcome::Good(text) => ("✔", text),
            Outcome::Notice(text) => ("•", text),
            Outcome::Bad(text) => {
                self.bad += 1;
                ("✘", text)
            }
        };
        writeln!(self.out, "{sign} {subject}: {text}").map_err(Failure::Runtime)
    }
}

/// Writes a line per step to standard output.
pub async fn run(loaded: &Loaded, lang: Lang) -> Result<(), Failure> {
    let Loaded { settings, file, env_file } = loaded;
    let mut report = Report { out: io::stdout().lock(), lang, bad: 0 };
    if let Some(env_file) = env_file {
        env_file_line(env_file, &mut report)?;
    }
    settings_line(settings, file.as_deref(), &mut report)?;
    for address in [settings.listen].iter().chain(&settings.inbound_listen) {
        let outcome = listen(*address, lang).await;
        report.line(address, &outcome)?;
    }
    let (outcome, found) = database(settings, lang).await;
    report.line(&settings.database, &outcome)?;
    let mut servers = Servers::default();
    servers.of_settings(settings);
    servers.of_database(&found);
    addresses(settings, servers, &mut report).await?;
    match report.bad {
        0 => Ok(()),
        bad => Err(Failure::Checks { bad }),
    }
}

fn env_file_line<W: Write>(env_file: &EnvFile, report: &mut Report<W>) -> Result<(), Failure> {
    let text = say(report.lang, "check-env-file").with("variables", env_file.len().to_string()).text();
    report.line(env_file.path.display(), &Outcome::Good(text))
}

fn settings_line<W: Write>(
    settings: &Settings,
    file: Option<&Path>,
    report: &mut Report<W>,
) -> Result<(), Failure> {
    let subject =
        file.map_or_else(|| say(report.lang, "check-settings").text(), |file| file.display().to_string());
    let companies = settings.companies.len();
    let webhooks: usize = settings.companies.iter().map(|company| company.webhooks.len()).sum();
    let valid = say(report.lang, "check-settings-valid");
    let text = valid.with("companies", companies.to_string()).with("webhooks", webhooks.to_string()).text();
    report.line(subject, &Outcome::Good(text))
}

/// A running program holds its address, so that one in use is no fault.
async fn listen(address: SocketAddr, lang: Lang) -> Outcome {
    match TcpListener::bind(address).await {
        Ok(_) => Outcome::Good(say(lang, "check-free").text()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Outcome::Notice(say(lang, "check-in-use").text())
        }
        Err(error) => Outcome::Bad(say(lang, "check-not-free").with("error", error.to_string()).text()),
    }
}

/// Looks whether it is there, which version it has, and whether the master key opens its keys.
async fn database(settings: &Settings, lang: Lang) -> (Outcome, Inspection) {
    match Inspection::of(settings.database.expose(), &master_source(settings)).await {
        Ok(found) => (database_outcome(&found, lang), found),
        Err(error) => (Outcome::Bad(store_text(&error, lang)), Inspection::default()),
    }
}

fn database_outcome(found: &Inspection, lang: Lang) -> Outcome {
    let known = ramal::store::KNOWN_VERSION;
    match found {
        Inspection { version: 0, .. } => Outcome::Notice(say(lang, "check-empty").text()),
        Inspection { version, keys, .. } if *version < known => {
            let older = say(lang, "check-older").with("version", *version).with("known", known);
            Outcome::Notice(older.with("keys", keys.to_string()).text())
        }
        Inspection { version, keys, companies, webhooks, .. } => {
            let database = say(lang, "check-database")
                .with("version", *version)
                .with("keys", keys.to_string())
                .with("companies", companies.len().to_string())
                .with("webhooks", webhooks.len().to_string());
            Outcome::Good(database.text())
        }
    }
}

/// Dials every server that a socket or webhook address leads to, each once.
async fn addresses<W: Write>(
    settings: &Settings,
    servers: Servers,
    report: &mut Report<W>,
) -> Result<(), Failure> {
    let extra_ca = match settings.extra_ca_file.as_deref().map(std::fs::read).transpose() {
        Ok(pem) => pem,
        Err(error) => return report.line("extra_ca_file", &Outcome::Bad(error.to_string())),
    };
    let tls = match ramal::net::client_config_here(extra_ca.as_deref()) {
        Ok((tls, unread)) => {
            for error in unread {
                let subject = say(report.lang, "check-certificates");
                report.line(subject, &Outcome::Notice(error))?;
            }
            tls
        }
        Err(error) => return report.line("extra_ca_file", &Outcome::Bad(error.to_string())),
    };
    let allow = Allow::new(settings.guard_allow.iter().copied());
    let guard = Arc::new(Guard::new(allow, Arc::new(SystemResolver::new())));
    if let Some(variable) = &settings.proxy.passed_over {
        let text = say(report.lang, "check-socks").text();
        report.line(variable, &Outcome::Notice(text))?;
    }
    let proxies = Arc::new(ramal::way_out::proxies(&settings.proxy));
    let dialer = Dialer { proxies, ..Dialer::new(guard, tls) };
    let lang = report.lang;
    let dials = stream::iter(servers.listed()).map(|(url, used_by)| {
        let dialer = &dialer;
        async move { (format!("{} ({used_by})", ShownUrl::of(&url)), try_address(dialer, &url, lang).await) }
    });
    let mut dials = dials.buffered(DIALS_AT_ONCE);
    while let Some((subject, outcome)) = dials.next().await {
        report.line(subject, &outcome)?;
    }
    mail(settings, &dialer, report).await
}

/// Speaks to the mail server up to its user's password; of no mail.
async fn mail<W: Write>(settings: &Settings, dialer: &Dialer, report: &mut Report<W>) -> Result<(), Failure> {
    let Some(smtp) = &settings.smtp else { return Ok(()) };
    let lang = report.lang;
    let outcome = match ramal::senders::senders(settings, dialer).probe_mail().await {
        Some(Err(failure)) => Outcome::Bad(failure.message().text(lang)),
        Some(Ok(())) | None => Outcome::Good(say(lang, "check-mail").text()),
    };
    report.line(format!("smtp {}:{}", smtp.host, smtp.port), &outcome)
}

/// Scheme, host and port.
type Server = (String, Option<String>, Option<u16>);

/// One address per server, with who uses it.
#[derive(Default)]
struct Servers(BTreeMap<Server, (Url, Vec<String>)>);

impl Servers {
    fn add(&mut self, url: Url, user: String) {
        let server =
            (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
        let (_, users) = self.0.entry(server).or_insert_with(|| (url, Vec::new()));
        // What the settings keep stands in the database too.
        if !users.contains(&user) {
            users.push(user);
        }
    }

    fn of_source(&mut self, provider: &dyn Definition, config: &str, company: &str) {
        if let Some(server) = provider.server(config) {
            self.add(server.url, format!("{company}: {}", provider.identity().name));
        }
    }

    fn of_settings(&mut self, settings: &Settings) {
        for company in &settings.companies {
            for source in company.sources.iter().filter(|source| source.connect != Some(false)) {
                let Some(provider) = find(source.provider) else { continue };
                if let Ok(checked) = provider.check(&source.given, None, Days::Any) {
                    self.of_source(provider, &checked.config, company.name.as_str());
                }
            }
            for webhook in &company.webhooks {
                if let Ok(url) = Url::parse(webhook.address.expose()) {
                    self.add(url, format!("{}: {}", company.name, webhook.settings.name));
                }
            }
        }
    }

    /// What is wanted: not the sources that are disconnected, nor the webhooks that are paused.
    fn of_database(&mut self, found: &Inspection) {
        let name = |id: CompanyId| {
            let company = found.companies.iter().find(|company| company.id == id);
            company.map_or_else(|| id.to_string(), |company| company.name.clone())
        };
        for source in &found.sources {
            if let Some(provider) = find(source.provider).filter(|_| source.connect) {
                self.of_source(provider, &source.config, &name(source.company));
            }
        }
        for webhook in found.webhooks.iter().filter(|webhook| webhook.state == WebhookState::Active) {
            if let Ok(url) = Url::parse(webhook.settings.url.as_str()) {
                self.add(url, format!("{}: {}", name(webhook.company), webhook.settings.name));
            }
        }
    }

    fn listed(self) -> Vec<(Url, String)> {
        let shown = |users: &[String]| match users {
            [first, second, rest @ ..] if !rest.is_empty() => format!("{first}; {second}; +{}", rest.len()),
            users => users.join("; "),
        };
        self.0.into_values().map(|(url, users)| (url, shown(&users))).collect()
    }
}

async fn try_address(dialer: &Dialer, url: &Url, lang: Lang) -> Outcome {
    if let Err(error) = dialer.guard.check_url(url) {
        return Outcome::Bad(error.refusal.message().text(lang));
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Outcome::Bad(say(lang, "check-no-host").text());
    };
    let encrypted = matches!(url.scheme(), "https" | "wss");
    let started = Instant::now();
    match dialer.dial(host, port, encrypted, DIAL_DEADLINE).await {
        Ok(connection) => {
            let (peer, millis) = (connection.peer.ip(), started.elapsed().as_millis());
            let proxied = if connection.proxied { "proxy " } else { "" };
            let reachable = say(lang, "check-reachable").with("millis", millis.to_string());
            Outcome::Good(reachable.with("peer", format!("{proxied}{peer}")).text())
        }
        Err(error) => {
            let text = error.kind.message().text(lang);
            // Whoever has a shell here may know what the resolver and the system said.
            Outcome::Bad(format!("{text}: {}", error.detail.for_operator()))
        }
    }
}
