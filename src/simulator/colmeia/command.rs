//! `ramal simulate colmeia`, and its part in the demo.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use futures_util::future::BoxFuture;
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use super::{Config, Platform, Script, Trouble};
use crate::domain::Lang;
use crate::simulator::durations;
use crate::simulator::{Example, Simulated, SimulationError, Stage, bind};
use crate::texts::{msg, say};

const USUAL_ADDRESS: &str = "127.0.0.1:3002";
const USUAL_URL: &str = "http://localhost:5000/webhook/call-event";
const USUAL_HEADER: &str = "x-cbis-secret";
/// Of the demo.
const SECRET: &str = "demo-colmeia-secret";
const TOKEN: &str = "demo-colmeia-token";
/// In the demo a call rings now and then.
const CALLS_A_SECOND: f64 = 0.1;
const BODY: &str = r#"{"event":"bot_req_call","idCall":"xyz","idBot":"xyz","from":"5511999999999","to":"5511888888888","idConversation":"xyz"}"#;

/// See [`Simulated`].
pub struct Simulation;

#[derive(Args)]
struct Arguments {
    /// The partner's webhook, whole
    #[arg(long, default_value = USUAL_URL)]
    url: String,
    /// The header that shows the secret
    #[arg(long, default_value = USUAL_HEADER)]
    header: String,
    /// The secret
    #[arg(long, default_value = "foobaz")]
    secret: String,
    /// What the Calling API asks for in Authorization [default: it lets everybody in]
    #[arg(long)]
    token: Option<String>,
    /// Calls a second; 0 has them come by /control/calls only
    #[arg(long, default_value_t = 1.0)]
    rate: f64,
    /// End after so many calls
    #[arg(long)]
    calls: Option<u64>,
    /// The share of calls, 0 to 1, that a bot has asked for
    #[arg(long, default_value_t = 0.7)]
    by_bot: f64,
    /// How long a call rings
    #[arg(long, default_value = "30s", value_parser = durations::parse)]
    rings_for: Duration,
    /// How long who called talks
    #[arg(long, default_value = "40s", value_parser = durations::parse)]
    talks_for: Duration,
    /// The share of posts, 0 to 1, that are sent twice
    #[arg(long, default_value_t = 0.0)]
    repeat: f64,
    /// Answer requests of the Calling API with this status, and take none
    #[arg(long, value_name = "STATUS", value_parser = status)]
    api_status: Option<StatusCode>,
    /// Only so many of them
    #[arg(long, value_name = "TIMES", requires = "api_status")]
    api_times: Option<u32>,
    /// Look at a request of the Calling API after this time only
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = durations::parse)]
    api_delay: Duration,
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
    fn config(self) -> Config {
        let script = Script {
            calls_per_second: self.rate,
            calls: self.calls,
            by_bot: self.by_bot,
            rings_for: self.rings_for,
            talks_for: self.talks_for,
            repeat: self.repeat,
            seed: self.seed,
        };
        let trouble =
            Trouble { status: self.api_status.map(|status| (status, self.api_times)), delay: self.api_delay };
        Config { url: self.url, header: self.header, secret: self.secret, token: self.token, script, trouble }
    }
}

impl Simulated for Simulation {
    fn command(&self) -> Command {
        let about =
            "Colmeia's calls and its Calling API, and posts to a webhook [--listen, default: 127.0.0.1:3002]";
        Arguments::augment_args(Command::new("colmeia")).about(about)
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
            let url = given.url.clone();
            let platform =
                Platform::new(given.config()).map_err(|error| SimulationError::NotBegun(error.into()))?;
            let listening = say(lang, "colmeia-listening").with("address", address.to_string());
            println!("{}", listening.with("url", url));
            let report = platform.run(listener, stop).await.map_err(SimulationError::Serving)?;
            println!("{}", serde_json::to_string(&report).expect("a report of numbers is JSON"));
            Ok(())
        })
    }

    /// The first company has a source, at which a call rings now and then.
    fn stage(
        &self,
        rate: f64,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<Stage, SimulationError>> {
        Box::pin(async move {
            let (listener, address) = bind("127.0.0.1:0").await?;
            let settings = vec![format!(
                "[company.colmeia]\nsecret = \"{SECRET}\"\ncall_api_url = \"http://{address}/v1/rest/calling/event\"\n\
                 call_api_token = \"{TOKEN}\"\n"
            )];
            let posting = move |program: SocketAddr| -> BoxFuture<'static, _> {
                Box::pin(async move {
                    let script = Script { calls_per_second: rate.min(CALLS_A_SECOND), ..Script::default() };
                    let config = Config {
                        url: format!("http://{program}/webhook/call-event"),
                        header: USUAL_HEADER.to_owned(),
                        secret: SECRET.to_owned(),
                        token: Some(TOKEN.to_owned()),
                        script,
                        trouble: Trouble::default(),
                    };
                    let platform = Platform::new(config).map_err(std::io::Error::other)?;
                    platform.run(listener, stop).await.map(drop)
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
        what: msg("colmeia-example"),
        how: format!(
            "curl http://{listen}/webhook/call-event -H 'Content-Type: application/json' -H '{USUAL_HEADER}: {SECRET}' \
             -d '{BODY}'"
        ),
    };
    let call = |address| Example {
        what: msg("colmeia-example-call"),
        how: format!("curl http://{address}/control/calls -H 'Content-Type: application/json' -d '{{}}'"),
    };
    std::iter::once(event).chain(stage.address.map(call)).collect()
}
