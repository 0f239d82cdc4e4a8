//! `ramal demo`: the program with a simulated provider and a receiver in one process, on a database of its own.
//!
//! For a minute it tells a story (events, an outage of the receiver and its end, a lost connection), then goes on
//! until Ctrl-C. Nothing outside a temporary folder is touched, and that folder is removed at the end.

mod scratch;
mod story;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use ramal::admin::{ApiKeyInput, Role};
use ramal::config::{Settings, Surroundings};
use ramal::domain::Lang;
use ramal::log::{LogFormat, LogSettings};
use ramal::simulator::{Stage, bind, receiver};
use ramal::sources::PROVIDERS;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::database::{make_administrator, make_api_key};
use super::failure::Failure;
use super::signals;
use scratch::Scratch;
use story::Story;

/// Where the program listens if nobody else does.
const USUAL_ADDRESS: &str = "127.0.0.1:8080";
/// Who signs in to the panel; the password is made at every start.
const LOGIN: &str = "demo";
const SECRET: &str = "segredo-da-demonstracao";
/// A company, the path of its receiver and more of its webhook.
struct Shown {
    name: &'static str,
    path: &'static str,
    webhook: &'static str,
    /// Its token is none that the provider knows.
    refused: bool,
}

const fn shown(name: &'static str, path: &'static str, webhook: &'static str) -> Shown {
    Shown { name, path, webhook, refused: false }
}

/// In as many states as there are to see: two that are well, one whose endpoint is down, one whose endpoint refuses some, one that
/// answered that it is gone, and one whose token is refused. The story plays with all of them.
const COMPANIES: [Shown; 6] = [
    shown("Minha Empresa", "webhook", "name = \"Webhook Principal\""),
    shown("Outra Empresa", "chamadas", "name = \"Só chamadas\"\nevents = [\"call-*\"]"),
    shown("Grupo Pitanga", "erp?status=500", "name = \"ERP\""),
    shown("Contato Cambuci", "crm?fail=0.1&status=503", "name = \"CRM\""),
    shown("Central Mandacaru", "planilha?status=410", "name = \"Planilha\""),
    Shown { refused: true, ..shown("Crédito Araçá", "vendas", "name = \"Vendas\"") },
];

#[derive(Args)]
pub struct DemoArguments {
    /// Events a second
    #[arg(long, default_value_t = 6.0)]
    rate: f64,
    /// A line for each event and each request
    #[arg(long)]
    lines: bool,
    /// How long the story takes, in seconds
    #[arg(long, default_value_t = 60.0, hide = true)]
    story_seconds: f64,
    /// End with the story
    #[arg(long, hide = true)]
    once: bool,
}

pub async fn run(given: DemoArguments, listen: Option<&str>, lang: Lang) -> Result<(), Failure> {
    let stop = signals::stop_token().map_err(Failure::Runtime)?;
    let log = LogSettings { format: LogFormat::Text, event_lines: given.lines, ..LogSettings::default() };
    ramal::log::start(&log);
    let scratch = Scratch::new().map_err(Failure::Runtime)?;
    let (mut others, others_stop) = (JoinSet::new(), CancellationToken::new());
    let (mut stages, mut postings) = (Vec::new(), Vec::new());
    for provider in PROVIDERS {
        let mut stage = provider.simulated().stage(given.rate, others_stop.clone()).await?;
        if let Some(playing) = stage.playing.take() {
            others.spawn(playing);
        }
        postings.extend(stage.posting.take());
        stages.push((provider.identity().name, stage));
    }
    let stages: Stages = stages.into();
    let (receiver_listener, receiving) = bind("127.0.0.1:0").await?;
    let customer = receiver::Receiver::new(receiver::Config {
        secrets: vec![SECRET.to_owned()],
        ..receiver::Config::default()
    });
    let listen = match listen {
        Some(address) => address.to_owned(),
        None => usual_or_any().await,
    };
    let settings = settings(&scratch.path().join("ramal.db"), &listen, &stages, receiving)?;
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
    others.spawn(customer.clone().run(receiver_listener, others_stop.clone()));
    let running = ramal::serve::start(&settings).await.map_err(Failure::Serve)?;
    let listen = running.listen;
    for posting in postings {
        others.spawn(posting(listen));
    }
    let customer_here = customer.clone();
    let story = Story { stages, customer: customer_here, receiving, listen, api_key, password, lang };
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

/// Every provider's part, with the name that people call it by.
type Stages = Arc<[(&'static str, Stage)]>;

/// Settings from a text as a person would write them, and nothing from this machine's environment.
fn settings(
    database: &Path,
    listen: &str,
    stages: &Stages,
    receiving: SocketAddr,
) -> Result<Settings, Failure> {
    let database = database.display();
    let mut text = format!(
        "listen = \"{listen}\"\ndatabase_url = \"sqlite://{database}\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n"
    );
    for (at, Shown { name, path, webhook, refused }) in COMPANIES.iter().enumerate() {
        let tables = stages.iter().filter_map(|(_, stage)| stage.settings.get(at).map(String::as_str));
        let tables: String = tables.collect();
        let tables = if *refused { tables.replace("token = \"", "token = \"vencido-") } else { tables };
        let _ = write!(
            text,
            r#"
[[company]]
name = "{name}"
{tables}
[[company.webhook]]
url = "http://{receiving}/{path}"
secret = "{SECRET}"
retry_seconds = [1, 2, 5, 10, 30]
{webhook}
"#
        );
    }
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
