//! Why a command did not do what it was asked, and the exit code that says so.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use ramal::admin::{AdminError, CreateKeyError, ProvisionError};
use ramal::config::SettingsErrors;
use ramal::domain::Lang;
use ramal::secrets::MasterKeyError;
use ramal::serve::ServeError;
use ramal::simulator::SimulationError;
use ramal::store::StoreError;
use ramal::texts::{msg, say};

/// What ends a command.
#[derive(Debug)]
pub enum Failure {
    /// Every refused setting has its line.
    Settings(SettingsErrors),
    /// The system gives no threads, signals or sockets.
    Runtime(io::Error),
    Listen {
        address: String,
        error: io::Error,
    },
    Serve(ServeError),
    Store(StoreError),
    /// There is no file where the settings say that the database is.
    NoDatabase {
        file: PathBuf,
    },
    ApiKey(CreateKeyError),
    /// An operation refused what it was given.
    Input(AdminError),
    MasterKey(MasterKeyError),
    Simulation(SimulationError),
    /// `ramal health` was not told that all is well.
    Health {
        url: String,
        why: String,
    },
    /// `ramal check` found something; its lines are on standard output.
    Checks {
        bad: usize,
    },
}

impl Failure {
    /// What a person reads.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Failure::Settings(errors) => errors.text(lang),
            Failure::Runtime(error) => say(lang, "failure-system").with("error", error.to_string()).text(),
            Failure::Listen { address, error } => {
                say(lang, "failure-listen").with("address", address).with("error", error.to_string()).text()
            }
            Failure::Store(error) | Failure::ApiKey(CreateKeyError::Store(error)) => store_text(error, lang),
            Failure::NoDatabase { file } => {
                say(lang, "failure-no-database").with("file", file.display().to_string()).text()
            }
            Failure::Serve(error) => serve_text(error, lang),
            Failure::ApiKey(CreateKeyError::Input(error)) | Failure::Input(error) => input_text(error, lang),
            Failure::MasterKey(error) => error.message().text(lang),
            Failure::Simulation(error) => {
                say(lang, "failure-simulation").with("error", error.to_string()).text()
            }
            Failure::Health { url, why } => {
                say(lang, "health-failed").with("url", url).with("why", why).text()
            }
            Failure::Checks { bad } => say(lang, "failure-checks").with("bad", *bad).text(),
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Settings(_)
            | Failure::Serve(ServeError::Provision(_) | ServeError::CaFile(_) | ServeError::Ca(_)) => {
                ExitCode::from(2)
            }
            _ => ExitCode::FAILURE,
        }
    }
}

impl From<SettingsErrors> for Failure {
    fn from(errors: SettingsErrors) -> Self {
        Failure::Settings(errors)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl From<MasterKeyError> for Failure {
    fn from(error: MasterKeyError) -> Self {
        Failure::MasterKey(error)
    }
}

impl From<SimulationError> for Failure {
    fn from(error: SimulationError) -> Self {
        match error {
            SimulationError::Listen { address, error } => Failure::Listen { address, error },
            SimulationError::Serving(error) => Failure::Runtime(error),
            SimulationError::NotBegun(_) => Failure::Simulation(error),
        }
    }
}

/// Why the program does not start.
fn serve_text(error: &ServeError, lang: Lang) -> String {
    let message = match error {
        ServeError::Store(error) => return store_text(error, lang),
        ServeError::Provision(error) => return provision_text(error, lang),
        ServeError::Listen { address, error } => {
            msg("failure-listen").with("address", address.to_string()).with("error", error.to_string())
        }
        ServeError::CaFile(error) => msg("failure-ca-file").with("error", error.to_string()),
        ServeError::Ca(error) => msg("failure-ca-file").with("error", error.to_string()),
        ServeError::ProviderClient(error) => msg("failure-client").with("error", error.to_string()),
        ServeError::Addresses(error) => msg("failure-addresses").with("error", input_text(error, lang)),
        ServeError::Worker(error) => msg("failure-worker").with("error", error.to_string()),
    };
    message.text(lang)
}

/// What a database's trouble means to whoever runs the program.
pub fn store_text(error: &StoreError, lang: Lang) -> String {
    let message = match error {
        StoreError::InUse { database } => msg("store-in-use").with("database", database),
        StoreError::Newer { found, compatible_from, known } => msg("store-newer")
            .with("found", *found)
            .with("compatible", *compatible_from)
            .with("known", *known),
        StoreError::Older { found, known } => msg("store-older").with("found", *found).with("known", *known),
        StoreError::Full { detail } => msg("store-full").with("detail", detail),
        StoreError::ReadOnly { detail } => msg("store-read-only").with("detail", detail),
        StoreError::Corrupt { detail } => msg("store-corrupt").with("detail", detail),
        StoreError::Gone { detail, .. } => msg("store-gone").with("detail", detail),
        StoreError::Busy { detail } => msg("store-busy").with("detail", detail),
        StoreError::NoMasterKey => msg("store-no-master-key"),
        StoreError::MasterKey(error) => error.message(),
        // Defects, and what names rows and columns: for whoever mends them.
        other => return other.to_string(),
    };
    message.text(lang)
}

/// Which part of the settings file was refused, each fault with its field.
pub fn provision_text(error: &ProvisionError, lang: Lang) -> String {
    let ProvisionError { company, part, error } = error;
    let what = input_text(error, lang);
    say(lang, "failure-company").with("company", company).with("part", part).with("what", what).text()
}

fn input_text(error: &AdminError, lang: Lang) -> String {
    match error {
        AdminError::Invalid(faults) => {
            let faults = faults.iter().map(|fault| format!("{}: {}", fault.field, fault.fault.text(lang)));
            faults.collect::<Vec<_>>().join("\n")
        }
        AdminError::NameTaken(taken) => taken.text(lang),
        AdminError::Conflict(why) => why.text(lang),
        error => error.to_string(),
    }
}
