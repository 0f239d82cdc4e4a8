//! `ramal simulate threecplus`, and the demo's main part.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::past::Stories;
use super::script::Crowd;
use super::{Account, Config, Control, Kick, Simulator};
use crate::domain::Lang;
use crate::simulator::{Connections, Example, Simulated, SimulationError, Stage, Told, bind};
use crate::texts::{msg, say};

const USUAL_ADDRESS: &str = "127.0.0.1:9300";
/// Companies of the demo.
const PLAYED: u32 = 6;

/// See [`Simulated`].
pub struct Simulation;

#[derive(Args)]
struct Arguments {
    /// How many accounts may connect; their tokens are numbered
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    accounts: u32,
    /// Events a second, over all connected accounts together
    #[arg(long, default_value_t = 5.0)]
    rate: f64,
    /// The same seed tells the same stories
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl Simulated for Simulation {
    fn command(&self) -> Command {
        let about = "3C Plus's side of the socket [--listen, default: 127.0.0.1:9300]";
        Arguments::augment_args(Command::new("threecplus")).about(about)
    }

    fn run(
        &self,
        given: ArgMatches,
        listen: Option<String>,
        lang: Lang,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<(), SimulationError>> {
        Box::pin(async move {
            let given = Arguments::from_arg_matches(&given)
                .map_err(|error| SimulationError::NotBegun(error.into()))?;
            let (listener, address) = bind(listen.as_deref().unwrap_or(USUAL_ADDRESS)).await?;
            let accounts: Vec<_> = (1..=given.accounts).map(Account::numbered).collect();
            introduce(&accounts, address, lang);
            let config = Config { seed: given.seed, ..Config::new(accounts, given.rate) };
            super::run(config, listener, stop).await.map_err(SimulationError::Serving)
        })
    }

    fn stage(
        &self,
        rate: f64,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<Stage, SimulationError>> {
        Box::pin(async move {
            let (listener, address) = bind("127.0.0.1:0").await?;
            let accounts: Vec<_> = (1..=PLAYED).map(Account::numbered).collect();
            let settings = accounts.iter().map(|account| table(account, address)).collect();
            let simulator = Simulator::new(Config::new(accounts, rate));
            Ok(Stage {
                settings,
                examples,
                address: Some(address),
                connections: Some(Arc::new(simulator.control())),
                past: Some(past),
                playing: Some(Box::pin(simulator.run(listener, stop))),
                posting: None,
            })
        })
    }
}

fn past(company: usize) -> Box<dyn Told> {
    let number = u32::try_from(company).unwrap_or(u32::MAX).saturating_add(1);
    Box::new(Stories(Crowd::of_the_past(Account::numbered(number).company)))
}

fn introduce(accounts: &[Account], address: SocketAddr, lang: Lang) {
    for account in accounts.iter().take(3) {
        let Account { token, company, .. } = account;
        println!("socket_url = \"http://{address}\"  token = \"{token}\"  id = \"{company}\"");
    }
    if accounts.len() > 3 {
        println!("… {}", accounts.len());
    }
    println!("{}", say(lang, "threecplus-control").with("address", address.to_string()));
}

/// The account as the settings file has it.
fn table(account: &Account, address: SocketAddr) -> String {
    let Account { token, company, .. } = account;
    format!(
        "[company.threecplus]\nid = \"{company}\"\ntoken = \"{token}\"\nsocket_url = \"http://{address}\"\n"
    )
}

fn examples(stage: &Stage, _: SocketAddr) -> Vec<Example> {
    let emit = |address| Example {
        what: msg("threecplus-example"),
        how: format!("curl 'http://{address}/control/emit?name=meu-evento' -d '{{\"valor\":1.0}}'"),
    };
    stage.address.map(emit).into_iter().collect()
}

impl Connections for Control {
    fn all_open(&self) -> BoxFuture<'_, ()> {
        // The demo gives one of them a token that is refused.
        Box::pin(self.wait_connected(PLAYED as usize - 1))
    }

    fn cut(&self) {
        self.kick(None, Kick::Cut);
    }

    fn refuse(&self, on: bool) {
        Control::refuse(self, None, on);
        if on {
            self.kick(None, Kick::Cut);
        }
    }
}
