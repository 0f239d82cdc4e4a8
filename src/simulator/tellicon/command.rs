//! `ramal simulate tellicon`, and its part in the demo.

use std::net::SocketAddr;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::Config;
use crate::domain::Lang;
use crate::simulator::{Example, Simulated, SimulationError, Stage};
use crate::texts::msg;

const USUAL_URL: &str = "http://127.0.0.1:8080/eventTellicon";
/// Of the demo.
const TOKEN: &str = "demo-tellicon-token-0001";
/// In the demo.
const MOST_A_SECOND: f64 = 0.5;
const BODY: &str = r#"{"eventTellicon":{"type":"pushCall","src":"018999999999","client":1001,"building":1,"apt":101,"eventDateTime":1704067200}}"#;

/// See [`Simulated`].
pub struct Simulation;

#[derive(Args)]
struct Arguments {
    /// Where to post
    #[arg(long, default_value = USUAL_URL)]
    url: String,
    /// The source's token, 24 characters
    #[arg(long)]
    token: String,
    /// Posts a second
    #[arg(long, default_value_t = 1.0)]
    rate: f64,
    /// End after so many posts
    #[arg(long)]
    events: Option<u64>,
    /// Also the dialects before and after the documented one
    #[arg(long)]
    all_dialects: bool,
    /// The share of posts, 0 to 1, that are sent twice
    #[arg(long, default_value_t = 0.0)]
    repeat: f64,
    /// The same seed tells the same stories
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl Simulated for Simulation {
    fn command(&self) -> Command {
        Arguments::augment_args(Command::new("tellicon"))
            .about("Posts Tellicon's events to a running program")
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
            let config = Config {
                url: given.url,
                token: given.token,
                events_per_second: given.rate,
                events: given.events,
                all_dialects: given.all_dialects,
                repeat: given.repeat,
                seed: given.seed,
            };
            let report =
                super::run(config, stop).await.map_err(|error| SimulationError::NotBegun(error.into()))?;
            println!("{}", serde_json::to_string(&report).expect("a report of numbers is JSON"));
            Ok(())
        })
    }

    /// The first company has a source, whose intercoms ring one after the other.
    fn stage(
        &self,
        rate: f64,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<Stage, SimulationError>> {
        let settings = vec![format!("[company.tellicon]\ntoken = \"{TOKEN}\"\n")];
        let posting = move |program: SocketAddr| -> BoxFuture<'static, _> {
            let config = Config {
                url: format!("http://{program}/eventTellicon"),
                token: TOKEN.to_owned(),
                // Slow enough for a person to see a door ring before it is answered.
                events_per_second: rate.min(MOST_A_SECOND),
                events: None,
                all_dialects: false,
                repeat: 0.0,
                seed: 1,
            };
            Box::pin(async move { super::run(config, stop).await.map(drop).map_err(std::io::Error::other) })
        };
        let stage = Stage {
            settings,
            examples,
            address: None,
            connections: None,
            past: None,
            playing: None,
            posting: Some(Box::new(posting)),
        };
        Box::pin(std::future::ready(Ok(stage)))
    }
}

fn examples(_: &Stage, listen: SocketAddr) -> Vec<Example> {
    vec![Example {
        what: msg("tellicon-example"),
        how: format!(
            "curl http://{listen}/eventTellicon -H 'authTokenTellicon: {TOKEN}' \
             -H 'Content-Type: application/json' -d '{BODY}'"
        ),
    }]
}
