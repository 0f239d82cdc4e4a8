//! Why a command did not do what it was asked, and the exit code that says so.

use std::io;
use std::process::ExitCode;

use ramal::config::SettingsErrors;
use ramal::domain::Lang;
use ramal::simulator::tellicon::SimulationError;

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
            Failure::Settings(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

impl From<SettingsErrors> for Failure {
    fn from(errors: SettingsErrors) -> Self {
        Failure::Settings(errors)
    }
}

impl From<SimulationError> for Failure {
    fn from(error: SimulationError) -> Self {
        Failure::Simulation(error)
    }
}
