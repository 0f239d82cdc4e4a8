//! `ramal demo`: the program with a simulated provider and a receiver in one process, on a database of its own.
//!
//! For a minute it tells a story (events, an outage of the receiver and its end, a lost connection), then goes on
//! until Ctrl-C. Nothing outside a temporary folder is touched, and that folder is removed at the end.

mod scratch;
mod story;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use clap::Args;
use ramal::admin::{ApiKeyInput, Role};
use ramal::config::{Settings, Surroundings};
use ramal::domain::Lang;
use ramal::log::{LogFormat, LogSettings};
use ramal::simulator::{receiver, threecplus};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::database::{make_administrator, make_api_key};
use super::failure::Failure;
use super::signals;
use super::simulate::bind;
use scratch::Scratch;
use story::Story;

/// Where the program listens if nobody else does.
const USUAL_ADDRESS: &str = "127.0.0.1:8080";
/// Who signs in to the panel; the password is made at every start.
const LOGIN: &str = "demo";
const SECRET: &str = "segredo-da-demonstracao";
const TELLICON_TOKEN: &str = "demo-tellicon-token-0001";

#[derive(Args)]
pub struct DemoArguments {
    /// Events a second
    #[arg(long, default_value_t = 2.0)]
    rate: f64,
    /// No line per event and request
    #[arg(long)]
    quiet: bool,
    /// How long the story takes, in seconds
    #[arg(long, default_value_t = 60.0, hide = true)]
    story_seconds: f64,
    /// End with the story
    #[arg(long, hide = true)]
    once: bool,
}

pub async fn run(given: DemoArguments, listen: Option<&str>, lang: Lang) -> Result<(), Failure> {
    let stop = signals::stop_token().map_err(Failure::Runtime)?;
    let log = LogSettings { format: LogFormat::Text, event_lines: !given.quiet, ..LogSettings::default() };
    ramal::log::start(&log);
    let scratch = Scratch::new().map_err(Failure::Runtime)?;
    let (provider_listener, provider) = bind("127.0.0.1:0").await?;
    let (receiver_listener, receiving) = bind("127.0.0.1:0").await?;
    let simulator = threecplus::Simulator::new(threecplus::Config::new(
        vec![threecplus::Account::numbered(1), threecplus::Account::numbered(2)],
        given.rate,
    ));
    let customer = receiver::Receiver::new(receiver::Config {
        secrets: vec![SECRET.to_owned()],
        ..receiver::Config::default()
    });
    let listen = match listen {
        Some(address) => address.to_owned(),
        None => usual_or_any().await,
    };
    let settings = settings(&scratch.path().join("ramal.db"), &listen, provider, receiving)?;
    let api_key = make_api_key(
        &settings,
        &ApiKeyInput {
            name: Some("demo".to_owned()),
            role: Some(Role::Administrator.as_str().to_owned()),
            ..ApiKeyInput::default()
        },
    )
    .await?;
    let password = make_administrator(&settings, LOGIN, "Demo").await?;
    let control = simulator.control();
    let mut others = JoinSet::new();
    let others_stop = CancellationToken::new();
    others.spawn(simulator.run(provider_listener, others_stop.clone()));
    others.spawn(customer.clone().run(receiver_listener, others_stop.clone()));
    let running = ramal::serve::start(&settings).await.map_err(Failure::Serve)?;
    let listen = running.listen;
    let customer_here = customer.clone();
    let story =
        Story { control, customer: customer_here, provider, receiving, listen, api_key, password, lang };
    tokio::select! {
        () = story.tell(given.story_seconds) => {}
        () = stop.cancelled() => {}
    }
    if !given.once {
        stop.cancelled().await;
    }
    // The receiver goes last: what is in flight is still answered.
    running.stop().await;
    others_stop.cancel();
    while others.join_next().await.is_some() {}
    ramal::log::flush(super::LAST_LINES);
    story::sum_up(&customer.stats(), lang);
    Ok(())
}

/// Settings from a text as a person would write them, and nothing from this machine's environment.
fn settings(
    database: &Path,
    listen: &str,
    provider: SocketAddr,
    receiving: SocketAddr,
) -> Result<Settings, Failure> {
    let [first, second] = [1, 2].map(threecplus::Account::numbered);
    let text = format!(
        r#"
listen = "{listen}"
database_url = "sqlite://{database}"
[guard]
allow = ["127.0.0.0/8"]
[[company]]
name = "Minha Empresa"
[company.threecplus]
id = "{first_id}"
token = "{first_token}"
socket_url = "http://{provider}"
[company.tellicon]
token = "{TELLICON_TOKEN}"
[[company.webhook]]
name = "Webhook Principal"
url = "http://{receiving}/webhook"
secret = "{SECRET}"
retry_seconds = [1, 2, 5, 10, 30]
[[company]]
name = "Outra Empresa"
[company.threecplus]
id = "{second_id}"
token = "{second_token}"
socket_url = "http://{provider}"
[[company.webhook]]
name = "Só chamadas"
url = "http://{receiving}/chamadas"
events = ["call-*"]
secret = "{SECRET}"
retry_seconds = [1, 2, 5, 10, 30]
"#,
        database = database.display(),
        first_id = first.company,
        first_token = first.token,
        second_id = second.company,
        second_token = second.token,
    );
    let around = Surroundings { env: BTreeMap::new(), ..Surroundings::here() };
    Ok(Settings::read(Some((Path::new("demo"), &text)), Vec::new(), &around)?)
}

/// The usual address, or any free one when it is taken.
async fn usual_or_any() -> String {
    match TcpListener::bind(USUAL_ADDRESS).await {
        Ok(_) => USUAL_ADDRESS.to_owned(),
        Err(_) => "127.0.0.1:0".to_owned(),
    }
}
