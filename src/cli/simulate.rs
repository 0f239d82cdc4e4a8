//! `ramal simulate` and `ramal receive`: the providers' side and a customer's side, each as a program of its own.

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use ramal::domain::Lang;
use ramal::simulator::{Simulated, bind, receiver};
use ramal::sources::{PROVIDERS, named};
use ramal::texts::say;

use super::failure::Failure;
use super::signals;

const RECEIVER_ADDRESS: &str = "127.0.0.1:9400";

/// Which provider is played, and how: each has a command of its own.
pub struct Played {
    provider: &'static dyn Simulated,
    given: ArgMatches,
}

impl FromArgMatches for Played {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let chosen = matches.subcommand().and_then(|(id, given)| Some((named(id)?, given)));
        let (provider, given) = chosen.ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        Ok(Self { provider: provider.simulated(), given: given.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Played {
    fn augment_subcommands(command: Command) -> Command {
        command.subcommands(PROVIDERS.iter().map(|provider| provider.simulated().command()))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        named(name).is_some()
    }
}

#[derive(Args)]
pub struct ReceiveArguments {
    /// A secret that signatures may be made with; may be repeated
    #[arg(long = "secret")]
    secrets: Vec<String>,
    /// Count only; no line per delivery
    #[arg(long)]
    quiet: bool,
}

/// Plays a provider until a signal comes, or until it has done what was asked for.
pub async fn simulate(what: Played, listen: Option<&str>, lang: Lang) -> Result<(), Failure> {
    let stop = signals::stop_token().map_err(Failure::Runtime)?;
    Ok(what.provider.run(what.given, listen.map(str::to_owned), lang, stop).await?)
}

/// Takes deliveries until a signal comes, then says what came.
pub async fn receive(given: ReceiveArguments, listen: Option<&str>, lang: Lang) -> Result<(), Failure> {
    let stop = signals::stop_token().map_err(Failure::Runtime)?;
    let (listener, address) = bind(listen.unwrap_or(RECEIVER_ADDRESS)).await?;
    println!("{}", say(lang, "receiver-address").with("address", address.to_string()));
    let config =
        receiver::Config { secrets: given.secrets, print: !given.quiet, ..receiver::Config::default() };
    let receiver = receiver::Receiver::new(config);
    receiver.clone().run(listener, stop).await.map_err(Failure::Runtime)?;
    println!("{}", serde_json::to_string_pretty(&receiver.stats()).expect("counts are JSON"));
    Ok(())
}
