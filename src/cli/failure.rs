//! Why a command did not do what it was asked, and the exit code that says so.

use std::io;
use std::process::ExitCode;

use ramal::admin::{AdminError, CreateKeyError, ProvisionError};
use ramal::config::SettingsErrors;
use ramal::domain::Lang;
use ramal::secrets::MasterKeyError;
use ramal::serve::ServeError;
use ramal::simulator::SimulationError;
use ramal::store::StoreError;

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
    ApiKey(CreateKeyError),
    /// An operation refused what it was given.
    Input(AdminError),
    MasterKey(MasterKeyError),
    Simulation(SimulationError),
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
            Failure::Runtime(error) => {
                lang.pick(format!("o sistema recusou: {error}"), format!("the system refused: {error}"))
            }
            Failure::Listen { address, error } => lang.pick(
                format!("não é possível escutar em {address}: {error}"),
                format!("cannot listen on {address}: {error}"),
            ),
            Failure::Serve(ServeError::Store(error))
            | Failure::Store(error)
            | Failure::ApiKey(CreateKeyError::Store(error)) => store_text(error, lang),
            Failure::Serve(ServeError::Provision(error)) => provision_text(error, lang),
            Failure::Serve(error) => error.to_string(),
            Failure::ApiKey(CreateKeyError::Input(error)) | Failure::Input(error) => input_text(error, lang),
            // Its texts name files and commands; they are read by whoever runs the machine.
            Failure::MasterKey(error) => error.to_string(),
            Failure::Simulation(error) => lang.pick(
                format!("a simulação não começou: {error}"),
                format!("the simulation did not start: {error}"),
            ),
            Failure::Checks { bad } => {
                lang.pick(format!("{bad} verificação(ões) falharam"), format!("{bad} check(s) failed"))
            }
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

/// What a database's trouble means to whoever runs the program.
pub fn store_text(error: &StoreError, lang: Lang) -> String {
    let pt = match error {
        StoreError::InUse { database } => {
            format!("o banco {database} está em uso por outro processo: o Ramal está rodando? Pare-o antes")
        }
        StoreError::Newer { found, compatible_from, known } => format!(
            "o banco é mais novo que este programa: o esquema {found} pede um programa que conheça {compatible_from}; \
             este conhece {known}"
        ),
        StoreError::Full { detail } => format!("o disco do banco está cheio: {detail}"),
        StoreError::ReadOnly { detail } => format!("o banco é só de leitura: {detail}"),
        StoreError::Corrupt { detail } => format!("o banco está danificado ou não é um banco: {detail}"),
        StoreError::Gone { detail, .. } => format!("o banco não responde: {detail}"),
        StoreError::Busy { detail } => format!("o banco está travado por outro programa: {detail}"),
        StoreError::NoMasterKey => {
            "com PostgreSQL a chave mestra vem das configurações: master_key".to_owned()
        }
        other => other.to_string(),
    };
    let en = match error {
        StoreError::InUse { .. } => format!("{error}: is Ramal running? Stop it first"),
        error => error.to_string(),
    };
    lang.pick(pt, en)
}

/// Which part of the settings file was refused, each fault with its field.
pub fn provision_text(error: &ProvisionError, lang: Lang) -> String {
    let ProvisionError { company, part, error } = error;
    let (whose, what) = (lang.pick("empresa", "company"), input_text(error, lang));
    format!("{whose} `{company}`, {part}: {what}")
}

fn input_text(error: &AdminError, lang: Lang) -> String {
    match error {
        AdminError::Invalid(faults) => {
            let faults = faults.iter().map(|fault| format!("{}: {}", fault.field, fault.fault.text(lang)));
            faults.collect::<Vec<_>>().join("\n")
        }
        error => error.to_string(),
    }
}
