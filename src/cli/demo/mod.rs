//! `ramal demo`: the program with a simulated provider and a receiver in one process, on a database of its own, in which there is
//! a day already.
//!
//! For a minute it tells a story (events, an outage of the receiver and its end, a lost connection), then goes on
//! until Ctrl-C. Nothing outside a temporary folder is touched, and that folder is removed at the end.

mod browser;
mod past;
mod scene;
mod scratch;
mod screen;
mod status;
mod story;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use ramal::admin::{ApiKeyInput, Role};
use ramal::config::{Settings, Surroundings};
use ramal::domain::Lang;
use ramal::log::{LogFilter, LogFormat, LogSettings};
use ramal::secrets::Secret;
use ramal::serve::Running;
use ramal::simulator::{Stage, bind, receiver};
use ramal::sources::{Definition, PROVIDERS};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::database::{make_administrator, make_api_key};
use super::failure::Failure;
use super::signals;
use past::{Mishap, Plot};
use scene::Scene;
use scratch::Scratch;
use screen::Screen;
use story::Story;

/// Where the program listens if nobody else does.
const USUAL_ADDRESS: &str = "127.0.0.1:8080";
/// Who signs in to the panel; the password is made at every start.
const LOGIN: &str = "demo";
const SECRET: &str = "segredo-da-demonstracao";
/// What is said without a line for each event: the story, how it stands, and what is wrong with the demo itself.
const QUIET: &str = "error,ramal::cli=warn";

/// A company, the path of its receiver and more of its webhook.
struct Shown {
    name: &'static str,
    path: &'static str,
    webhook: &'static str,
    /// Its day before now.
    plot: Plot,
}

const fn shown(
    name: &'static str,
    path: &'static str,
    webhook: &'static str,
    busy: f64,
    mishap: Mishap,
) -> Shown {
    Shown { name, path, webhook, plot: Plot { busy, mishap } }
}

impl Shown {
    /// Its token is none that the provider knows.
    fn is_refused(&self) -> bool {
        self.plot.mishap == Mishap::TokenRefused
    }
}

/// In as many states as there are to see: two that are well, one whose endpoint is down, one whose endpoint refuses some, one that
/// answered that it is gone, and one whose token is refused. The story plays with all of them. The first has more lines than
/// the others.
const COMPANIES: [Shown; 6] = [
    shown("Minha Empresa", "webhook", "name = \"Webhook Principal\"", 3.0, Mishap::EndpointDown),
    shown("Outra Empresa", "chamadas", "name = \"Só chamadas\"\nevents = [\"call-*\"]", 1.2, Mishap::LineCut),
    shown("Grupo Pitanga", "erp?status=500", "name = \"ERP\"", 0.8, Mishap::None),
    shown("Contato Cambuci", "crm?fail=0.1&status=503", "name = \"CRM\"", 1.0, Mishap::Refusals),
    shown("Central Mandacaru", "planilha?status=410", "name = \"Planilha\"", 0.6, Mishap::None),
    shown("Crédito Araçá", "vendas", "name = \"Vendas\"", 0.9, Mishap::TokenRefused),
];

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct DemoArguments {
    /// Events a second
    #[arg(long, default_value_t = 2.0)]
    rate: f64,
    /// A line for each event and each request
    #[arg(long)]
    lines: bool,
    /// Open the panel in a browser [default: at a terminal with a display]
    #[arg(long, conflicts_with = "no_open")]
    open: bool,
    /// Open no browser
    #[arg(long)]
    no_open: bool,
    /// How long the story takes, in seconds
    #[arg(long, default_value_t = 60.0, hide = true)]
    story_seconds: f64,
    /// End with the story
    #[arg(long, hide = true)]
    once: bool,
}

impl DemoArguments {
    /// Whether the last lines of the terminal are rewritten: not where every event has its own.
    fn rewrites(&self) -> bool {
        let is_dumb = std::env::var("TERM").is_ok_and(|terminal| terminal == "dumb");
        !self.lines && !is_dumb && io::stdout().is_terminal()
    }

    fn opens(&self) -> bool {
        let at_terminal = io::stdout().is_terminal();
        self.open || (!self.no_open && browser::is_wanted(at_terminal, |name| std::env::var(name).ok()))
    }

    /// From now on the log speaks on the screen too.
    fn start_log(&self, screen: &Screen) {
        let level = if self.lines { LogFilter::default() } else { QUIET.parse().unwrap_or_default() };
        let log = LogSettings { format: LogFormat::Text, level, event_lines: self.lines };
        ramal::log::start_to(&log, screen.clone());
    }
}

/// Every provider's part, with what the program knows of it.
type Stages = Arc<[(&'static dyn Definition, Stage)]>;

/// The other sides, while they play.
struct Others {
    playing: JoinSet<io::Result<()>>,
    stop: CancellationToken,
    stages: Stages,
    customer: receiver::Receiver,
    receiving: SocketAddr,
    postings: Vec<ramal::simulator::Posting>,
}

impl Others {
    async fn begin(rate: f64) -> Result<Self, Failure> {
        let (mut playing, stop) = (JoinSet::new(), CancellationToken::new());
        let (mut stages, mut postings) = (Vec::new(), Vec::new());
        for provider in PROVIDERS {
            let mut stage = provider.simulated().stage(rate, stop.clone()).await?;
            if let Some(part) = stage.playing.take() {
                playing.spawn(part);
            }
            postings.extend(stage.posting.take());
            stages.push((*provider, stage));
        }
        let (listener, receiving) = bind("127.0.0.1:0").await?;
        let config = receiver::Config { secrets: vec![SECRET.to_owned()], ..receiver::Config::default() };
        let customer = receiver::Receiver::new(config);
        playing.spawn(customer.clone().run(listener, stop.clone()));
        Ok(Self { playing, stop, stages: stages.into(), customer, receiving, postings })
    }

    async fn end(mut self) {
        self.stop.cancel();
        while self.playing.join_next().await.is_some() {}
    }
}

pub async fn run(given: DemoArguments, listen: Option<&str>, lang: Lang) -> Result<(), Failure> {
    let stop = signals::stop_token().map_err(Failure::Runtime)?;
    let screen = Screen::new(io::stdout(), given.rewrites());
    let scratch = Scratch::new().map_err(Failure::Runtime)?;
    let mut others = Others::begin(given.rate).await?;
    let database = scratch.path().join("ramal.db");
    write_past(&database, &others).await?;
    given.start_log(&screen);
    let listen = match listen {
        Some(address) => address.to_owned(),
        None => usual_or_any().await,
    };
    let settings = settings(&database, &listen, &others, true)?;
    let (api_key, password) = admit(&settings).await?;
    let scene = Scene::new(&others.stages, others.customer.clone());
    let running = ramal::serve::start_played(&settings, Some(scene.clone())).await.map_err(Failure::Serve)?;
    let listen = running.listen;
    for posting in others.postings.drain(..) {
        others.playing.spawn(posting(listen));
    }
    let (stages, customer, receiving) = (others.stages.clone(), others.customer.clone(), others.receiving);
    let story = Story { stages, scene, screen, customer, receiving, listen, api_key, password, lang };
    tokio::select! {
        () = play(&given, &story, &running) => {}
        () = stop.cancelled() => {}
    }
    // The receiver goes last: what is in flight is still answered.
    running.stop().await;
    others.end().await;
    ramal::log::flush(super::LAST_LINES);
    story.end();
    Ok(())
}

/// Tells the story, and goes on after it unless only that is wanted.
async fn play(given: &DemoArguments, story: &Story, running: &Running) {
    story.begin().await;
    if given.opens() {
        browser::open(format!("http://{}/", running.listen));
    }
    let (rewrites, panel) = (given.rewrites(), story.panel().text(story.lang));
    let telling = async {
        story.tell(given.story_seconds).await;
        if !given.once {
            std::future::pending::<()>().await;
        }
    };
    let standing = async {
        if given.lines {
            std::future::pending::<()>().await;
        }
        status::keep(&story.screen, rewrites, &panel, story.lang, &running.admin, &story.customer).await;
    };
    tokio::select! {
        () = telling => {}
        () = standing => {}
    }
}

/// The day before now, while nothing runs on the database yet.
async fn write_past(database: &Path, others: &Others) -> Result<(), Failure> {
    let settings = settings(database, "127.0.0.1:0", others, false)?;
    past::write(&settings, &COMPANIES.map(|Shown { plot, .. }| plot), &others.stages).await
}

/// The key that the examples use, and the password of the panel.
async fn admit(settings: &Settings) -> Result<(Secret, Secret), Failure> {
    let role = Some(Role::Administrator.as_str().to_owned());
    let input = ApiKeyInput { name: Some("demo".to_owned()), role, ..ApiKeyInput::default() };
    let api_key = make_api_key(settings, &input).await?;
    Ok((api_key, make_administrator(settings, LOGIN, "Demo").await?))
}

/// Settings from a text as a person would write them, and nothing from this machine's environment. Connected or not, everything is
/// there.
fn settings(database: &Path, listen: &str, others: &Others, connect: bool) -> Result<Settings, Failure> {
    let (database, receiving) = (database.display(), others.receiving);
    let mut text = format!(
        "listen = \"{listen}\"\ndatabase_url = \"sqlite://{database}\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n"
    );
    for (at, company) in COMPANIES.iter().enumerate() {
        let Shown { name, path, webhook, .. } = company;
        // Only a line can be there without being connected.
        let table = |(_, stage): &(_, Stage)| {
            let table = stage.settings.get(at)?;
            let line = stage.connections.as_ref().map(|_| format!("connect = {connect}\n"));
            Some(format!("{table}{}", line.unwrap_or_default()))
        };
        let tables: String = others.stages.iter().filter_map(table).collect();
        let tables =
            if company.is_refused() { tables.replace("token = \"", "token = \"vencido-") } else { tables };
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
