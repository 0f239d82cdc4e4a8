//! `ramal simulate teravoz`, and its part in the demo.

use std::net::SocketAddr;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::Config;
use crate::domain::Lang;
use crate::simulator::{Example, Simulated, SimulationError, Stage};
use crate::texts::msg;

const USUAL_URL: &str = "http://127.0.0.1:8080/webhook";
/// Of the demo.
const KEY: &str = "demo-key";
const BODY: &str = r#"{"type":"call.new","call_id":"1463669263.30033","code":"","direction":"inbound","our_number":"0800000000","their_number":"11999990000","timestamp":"2024-01-01T00:00:00Z"}"#;

/// See [`Simulated`].
pub struct Simulation;

#[derive(Args)]
struct Arguments {
    /// Where to post, without the key
    #[arg(long, default_value = USUAL_URL)]
    url: String,
    /// The source's key, if it has one
    #[arg(long)]
    key: Option<String>,
    /// Posts a second
    #[arg(long, default_value_t = 1.0)]
    rate: f64,
    /// End after so many posts
    #[arg(long)]
    events: Option<u64>,
    /// The share of calls, 0 to 1, that are posted in the envelope of older set-ups
    #[arg(long, default_value_t = 0.0)]
    envelopes: f64,
    /// The same seed tells the same stories
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl Simulated for Simulation {
    fn command(&self) -> Command {
        Arguments::augment_args(Command::new("teravoz")).about("Posts Teravoz's events to a running program")
    }

    fn run(
        &self,
        given: ArgMatches,
        _: Option<String>,
        _: Lang,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<(), SimulationError>> {
        Box::pin(async move {
            let given = Arguments::from_arg_matches(&given)
                .map_err(|error| SimulationError::NotBegun(error.into()))?;
            let key = given.key.map(|key| format!("?key={key}")).unwrap_or_default();
            let config = Config {
                url: format!("{}{key}", given.url),
                events_per_second: given.rate,
                events: given.events,
                envelopes: given.envelopes,
                seed: given.seed,
            };
            let report =
                super::run(config, stop).await.map_err(|error| SimulationError::NotBegun(error.into()))?;
            println!("{}", serde_json::to_string(&report).expect("a report of numbers is JSON"));
            Ok(())
        })
    }

    /// The first company has a source, to which people post themselves.
    fn stage(&self, _: f64, _: CancellationToken) -> BoxFuture<'static, Result<Stage, SimulationError>> {
        let settings = vec![format!("[company.teravoz]\nkey = \"{KEY}\"\n")];
        let stage = Stage { settings, examples, address: None, connections: None, playing: None };
        Box::pin(std::future::ready(Ok(stage)))
    }
}

fn examples(_: &Stage, listen: SocketAddr) -> Vec<Example> {
    vec![Example {
        what: msg("teravoz-example"),
        how: format!(
            "curl 'http://{listen}/webhook?key={KEY}' -H 'Content-Type: application/json' -d '{BODY}'"
        ),
    }]
}
