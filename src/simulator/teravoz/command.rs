//! `ramal simulate teravoz`, and its part in the demo.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use futures_util::future::BoxFuture;
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use super::{Config, Pbx, Script, Trouble};
use crate::domain::Lang;
use crate::simulator::durations;
use crate::simulator::{Example, Simulated, SimulationError, Stage, bind};
use crate::texts::{msg, say};

const USUAL_ADDRESS: &str = "127.0.0.1:3001";
const USUAL_URL: &str = "http://localhost:3000/api/client/webhook";
/// Of the demo.
const KEY: &str = "demo-key";
/// Posts that a call of the demo makes, about.
const POSTS_OF_A_CALL: f64 = 10.0;
const BODY: &str = r#"{"type":"call.new","call_id":"1463669263.30033","code":"","direction":"inbound","our_number":"0800000000","their_number":"11999990000","timestamp":"2024-01-01T00:00:00Z"}"#;

/// See [`Simulated`].
pub struct Simulation;

#[derive(Args)]
struct Arguments {
    /// The client's webhook, whole
    #[arg(long, default_value = USUAL_URL)]
    url: String,
    /// A source's key for its query, as `?key=`
    #[arg(long)]
    key: Option<String>,
    /// Calls that live by themselves; without it people and programs advance them
    #[arg(long)]
    auto: bool,
    /// With --auto: calls a second
    #[arg(long, default_value_t = 1.0)]
    rate: f64,
    /// With --auto: end after so many calls
    #[arg(long)]
    calls: Option<u64>,
    /// With --auto: how long a call waits for a decision
    #[arg(long, default_value = "10s", value_parser = durations::parse)]
    decide_within: Duration,
    /// With --auto: how many times faster everything goes
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// With --auto: who calls, again and again
    #[arg(long, default_value_t = 50)]
    callers: u32,
    /// With --auto: agents [default: as many as the calls need, up to 500]
    #[arg(long)]
    agents: Option<u32>,
    /// Flat events instead of envelopes: all, or this share of the calls, 0 to 1
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_value_t = 0.0, default_missing_value = "1")]
    flat: f64,
    /// Posts under way at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    parallel: u16,
    /// User that /actions, /peers and /recording ask for
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// Its password
    #[arg(long, requires = "user")]
    password: Option<String>,
    /// Answer every action with this status, and take none
    #[arg(long, value_name = "STATUS", value_parser = status)]
    delegate_status: Option<StatusCode>,
    /// Look at an action after this time only
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = durations::parse)]
    delegate_delay: Duration,
    /// Where recordings are said to be [default: where this listens]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The same seed tells the same stories
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

fn status(text: &str) -> Result<StatusCode, String> {
    // What answers before the answer is none.
    let status = text.parse::<StatusCode>().ok().filter(|status| status.as_u16() >= 200);
    status.ok_or_else(|| format!("`{text}` is not a status"))
}

impl Arguments {
    fn config(self, address: SocketAddr) -> Config {
        let script = Script {
            calls_per_second: if self.auto { self.rate } else { 0.0 },
            calls: self.calls.filter(|_| self.auto),
            decide_within: self.decide_within,
            speed: self.speed,
            callers: self.callers,
            agents: self.agents,
            flat: self.flat,
            public_url: self.public_url.unwrap_or_else(|| format!("http://{address}")),
            seed: self.seed,
        };
        let url = match self.key {
            Some(key) => {
                format!("{}{}key={key}", self.url, if self.url.contains('?') { '&' } else { '?' })
            }
            None => self.url,
        };
        Config {
            script,
            parallel: self.parallel.into(),
            access: self.user.zip(self.password),
            trouble: Trouble { status: self.delegate_status, delay: self.delegate_delay },
            ..Config::new(url)
        }
    }
}

impl Simulated for Simulation {
    fn command(&self) -> Command {
        let about =
            "Teravoz's exchange: calls, actions, and posts to a webhook [--listen, default: 127.0.0.1:3001]";
        Arguments::augment_args(Command::new("teravoz")).about(about)
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
            // A key may stand in its query.
            let shown = given.url.split('?').next().unwrap_or_default().to_owned();
            let pbx =
                Pbx::new(given.config(address)).map_err(|error| SimulationError::NotBegun(error.into()))?;
            let listening = say(lang, "teravoz-listening").with("address", address.to_string());
            println!("{}", listening.with("url", shown));
            let report = pbx.run(listener, stop).await.map_err(SimulationError::Serving)?;
            println!("{}", serde_json::to_string(&report).expect("a report of numbers is JSON"));
            Ok(())
        })
    }

    /// The first company has a source, to which calls that live by themselves are posted, and people may post theirs.
    fn stage(
        &self,
        rate: f64,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<Stage, SimulationError>> {
        Box::pin(async move {
            let (listener, address) = bind("127.0.0.1:0").await?;
            let settings = vec![format!(
                "[company.teravoz]\nkey = \"{KEY}\"\nactions_url = \"http://{address}/actions\"\n"
            )];
            let posting = move |program: SocketAddr| -> BoxFuture<'static, _> {
                Box::pin(async move {
                    let script = Script {
                        calls_per_second: rate / POSTS_OF_A_CALL,
                        flat: 1.0,
                        public_url: format!("http://{address}"),
                        ..Script::default()
                    };
                    let url = format!("http://{program}/webhook?key={KEY}");
                    let pbx =
                        Pbx::new(Config { script, ..Config::new(url) }).map_err(std::io::Error::other)?;
                    pbx.run(listener, stop).await.map(drop)
                })
            };
            Ok(Stage {
                settings,
                examples,
                address: Some(address),
                connections: None,
                past: None,
                playing: None,
                posting: Some(Box::new(posting)),
            })
        })
    }
}

fn examples(stage: &Stage, listen: SocketAddr) -> Vec<Example> {
    let event = Example {
        what: msg("teravoz-example"),
        how: format!(
            "curl 'http://{listen}/webhook?key={KEY}' -H 'Content-Type: application/json' -d '{BODY}'"
        ),
    };
    let call = |address| Example {
        what: msg("teravoz-example-call"),
        how: format!(
            "curl http://{address}/api/client/pabx/call -d '{{\"their_number\":\"11988880000\",\"our_number\":\"0800111111\",\"type\":\"call.new\"}}'"
        ),
    };
    std::iter::once(event).chain(stage.address.map(call)).collect()
}
