//! The command line: reads the settings, runs one command, and turns its outcome into an exit code.
//!
//! Must hold here: 0 is success, 2 is something wrong with the settings or the arguments, 1 is everything else. What
//! went wrong is said once, on standard error, in the language of the caller's locale; no backtrace, no secret.

mod check;
mod database;
mod demo;
mod failure;
mod health;
mod rebuild;
mod service;
mod signals;
mod simulate;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use ramal::config::{Flag, Loaded, Settings, SettingsErrors, Surroundings};
use ramal::domain::Lang;

use failure::Failure;

/// What is still to be said at the end is waited for this long.
pub(crate) const LAST_LINES: Duration = Duration::from_secs(1);

#[derive(Parser)]
#[command(
    name = "ramal",
    version,
    about = "Keeps a live line to telephony services, writes every call event down, and delivers it.",
    after_help = "Without a command: serve. Settings are documented in config/ramal.toml."
)]
struct Ramal {
    #[command(flatten)]
    settings: SettingsArguments,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where the settings come from; every command takes these.
#[derive(Args)]
struct SettingsArguments {
    /// The settings file [default: config/ramal.toml or ramal.toml, if there is one]
    #[arg(long, global = true, env = ramal::config::FILE_VARIABLE, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the panel and the API listen, or what is simulated
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// off, error, warn, info, debug, trace
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// auto, text, json
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Any other setting, for example --set guard.allow=10.0.0.0/8
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the program (what happens without a command)
    Serve,
    /// The program with simulated providers and a receiver, on a database of its own; needs no account
    Demo(demo::DemoArguments),
    /// Try the settings, the database, the key and every address; changes nothing
    Check,
    /// Ask a running program whether it is well: 0 if it is; for health checks of containers
    Health(health::HealthArguments),
    /// Encryption keys
    Key {
        #[command(subcommand)]
        command: database::KeyCommand,
    },
    /// Keys of the JSON API
    ApiKey {
        #[command(subcommand)]
        command: database::ApiKeyCommand,
    },
    /// Make what is read from the journal anew, from the first event there is, while the program runs
    Rebuild(rebuild::RebuildArguments),
    /// Play a provider, for trying things out without an account
    Simulate {
        #[command(subcommand)]
        what: simulate::Played,
    },
    /// Take deliveries, print them and verify their signatures [--listen, default: 127.0.0.1:9400]
    Receive(simulate::ReceiveArguments),
}

/// Runs the program; everything it has to say has been said when this returns.
pub fn run() -> ExitCode {
    let arguments = Ramal::parse();
    let lang = language(|name| std::env::var(name).ok());
    let outcome = dispatch(arguments, lang);
    ramal::log::flush(LAST_LINES);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(failure.text(lang));
            failure.exit_code()
        }
    }
}

/// Says on standard error why it ends, and ends even where nobody takes that.
fn complain(text: String) {
    let (done, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        eprintln!("{text}");
        // The other end is gone when this took too long.
        let _ = done.send(());
    });
    let _ = said.recv_timeout(LAST_LINES);
}

fn dispatch(arguments: Ramal, lang: Lang) -> Result<(), Failure> {
    let listen = arguments.settings.listen.clone();
    let settings = || arguments.settings.read();
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            let Loaded { settings, .. } = settings()?;
            ramal::log::start(&settings.log);
            let runtime = main_runtime()?;
            let ended = runtime.block_on(service::run(&arguments.settings, settings, lang));
            // A look at a disk that does not answer may still be under way.
            runtime.shutdown_timeout(LAST_LINES);
            ended
        }
        Command::Demo(given) => main_runtime()?.block_on(demo::run(given, listen.as_deref(), lang)),
        Command::Check => {
            let loaded = settings()?;
            main_runtime()?.block_on(check::run(&loaded, lang))
        }
        Command::Health(given) => {
            let listen = || Ok(settings()?.settings.listen);
            main_runtime()?.block_on(health::run(given, listen, lang))
        }
        Command::Key { command } => {
            let Loaded { settings, .. } = settings()?;
            main_runtime()?.block_on(database::key(command, &settings, lang))
        }
        Command::ApiKey { command } => {
            let Loaded { settings, .. } = settings()?;
            main_runtime()?.block_on(database::api_key(command, &settings, lang))
        }
        Command::Rebuild(given) => {
            let Loaded { settings, .. } = settings()?;
            main_runtime()?.block_on(rebuild::rebuild(given, &settings, lang))
        }
        Command::Simulate { what } => {
            main_runtime()?.block_on(simulate::simulate(what, listen.as_deref(), lang))
        }
        Command::Receive(given) => {
            main_runtime()?.block_on(simulate::receive(given, listen.as_deref(), lang))
        }
    }
}

impl SettingsArguments {
    fn read(&self) -> Result<Loaded, SettingsErrors> {
        let mut flags = Vec::new();
        let named = [
            ("listen", "--listen", &self.listen),
            ("log.level", "--log-level", &self.log_level),
            ("log.format", "--log-format", &self.log_format),
        ];
        for (key, flag, value) in named {
            let given = value.clone();
            flags.extend(given.map(|value| Flag { flag: flag.to_owned(), key: key.to_owned(), value }));
        }
        for assignment in &self.set {
            flags.push(Flag::assignment(assignment)?);
        }
        // An empty variable names no file, as for every other setting.
        let file = self.config.as_deref().filter(|path| !path.as_os_str().is_empty());
        Settings::load(file, flags, &Surroundings::here())
    }
}

/// The runtime of everything that is not a company's own: web, indexer, retention.
fn main_runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("ramal-main")
        .enable_all()
        .build()
        .map_err(Failure::Runtime)
}

/// The language of the locale, by the variables that POSIX names, the first that is set. English unless it is
/// Portuguese: `C` and an unset locale are those of scripts and containers.
fn language(variable: impl Fn(&str) -> Option<String>) -> Lang {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set).unwrap_or_default();
    if locale.to_ascii_lowercase().starts_with("pt") { Lang::Pt } else { Lang::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory;
        Ramal::command().debug_assert();
    }

    #[test]
    fn the_locale_decides_the_language() {
        let language = |set: &[(&str, &str)]| {
            language(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(language(&[]), Lang::En);
        assert_eq!(language(&[("LANG", "pt_BR.UTF-8")]), Lang::Pt);
        assert_eq!(language(&[("LANG", "pt_BR.UTF-8"), ("LC_ALL", "C")]), Lang::En);
        assert_eq!(language(&[("LANG", "pt_BR.UTF-8"), ("LC_ALL", "")]), Lang::Pt);
        assert_eq!(language(&[("LANG", "de_DE.UTF-8")]), Lang::En);
    }
}
