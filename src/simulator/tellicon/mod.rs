//! Tellicon's side: posts the calls of an intercom to a partner's `/eventTellicon`.
//!
//! Each call is a `pushCall`, then perhaps `dtmfCommand`s, then, if somebody answered, an `answerCall` after the hang-up;
//! nothing tells of a call that nobody answered. Posts of one call go out one after the other.

mod command;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::header::CONTENT_TYPE;
use rustls::crypto::ring;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::domain::Timestamp;

pub use command::Simulation;

/// What is posted where.
#[derive(Clone)]
pub struct Config {
    /// The partner's whole URL, `http(s)://…/eventTellicon`.
    pub url: String,
    /// For the header `authTokenTellicon`, 24 characters.
    pub token: String,
    pub events_per_second: f64,
    /// Ends after so many posts; `None` goes on until stopped.
    pub events: Option<u64>,
    /// Also the dialects before and after the documented one.
    pub all_dialects: bool,
    /// The share of posts, 0 to 1, that are sent twice, as a provider does that did not hear the answer.
    pub repeat: f64,
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub sent: u64,
    /// Answers by status; `error` where there was none.
    pub answers: BTreeMap<String, u64>,
}

/// Why nothing could be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    #[error("the URL cannot be read: {0}")]
    Url(#[from] url::ParseError),
    #[error("the token cannot stand in a header")]
    Token,
    #[error("no HTTP client could be made: {0}")]
    Client(#[from] reqwest::Error),
    #[error("no TLS could be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Posts until `stop` is cancelled or the configured number is reached.
pub async fn run(config: Config, stop: CancellationToken) -> Result<Report, SimulationError> {
    let url = url::Url::parse(&config.url)?;
    let token = reqwest::header::HeaderValue::from_str(&config.token).map_err(|_| SimulationError::Token)?;
    let client = client()?;
    let mut intercoms = Intercoms::new(&config);
    let mut report = Report::default();
    let pause = Duration::from_secs_f64(1.0 / config.events_per_second.clamp(0.001, 10_000.0));
    let mut ticks = tokio::time::interval_at(Instant::now(), pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while config.events.is_none_or(|events| report.sent < events) {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => break,
        }
        let post = client
            .post(url.clone())
            .header("authTokenTellicon", token.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(intercoms.next(Timestamp::now()));
        let answer = tokio::select! {
            answer = post.send() => answer,
            () = stop.cancelled() => break,
        };
        report.sent += 1;
        let answer =
            answer.map_or_else(|_| "error".to_owned(), |answer| answer.status().as_u16().to_string());
        *report.answers.entry(answer).or_default() += 1;
    }
    Ok(report)
}

fn client() -> Result<reqwest::Client, SimulationError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
    Ok(builder.tls_backend_preconfigured(tls).build()?)
}

/// The bodies, in order.
struct Intercoms {
    random: StdRng,
    all_dialects: bool,
    repeat: f64,
    /// What is still to be sent of the call under way, the next one last.
    rest: Vec<String>,
    last: Option<String>,
}

impl Intercoms {
    fn new(config: &Config) -> Self {
        Self {
            random: StdRng::seed_from_u64(config.seed),
            all_dialects: config.all_dialects,
            repeat: config.repeat.clamp(0.0, 1.0),
            rest: Vec::new(),
            last: None,
        }
    }

    fn next(&mut self, now: Timestamp) -> String {
        if let Some(last) = self.last.take().filter(|_| self.random.random_bool(self.repeat)) {
            return last;
        }
        while self.rest.is_empty() {
            self.rest = self.call(now.unix_seconds());
        }
        let body = self.rest.pop().expect("filled above");
        self.last = Some(body.clone());
        body
    }

    /// The bodies of one call, the last one first. Its times lie in the past, as if it had just been hung up.
    fn call(&mut self, now: i64) -> Vec<String> {
        let random = &mut self.random;
        let dialect = if self.all_dialects { random.random_range(0..4) } else { 1 };
        let (wait, talk) = (random.random_range(3..20), random.random_range(5..90));
        let unit = Unit {
            extension: format!("9{:03}", random.random_range(1..40)),
            phone: format!("01190000{:04}", random.random_range(0..10_000)),
            client: 500 + random.random_range(0..5),
            building: random.random_range(0..4),
            apartment: random.random_range(1..15) * 100 + random.random_range(1..5),
            rings: now - wait - talk,
            wait,
            talk,
        };
        let answered = random.random_bool(0.7);
        let mut bodies = vec![unit.push(dialect)];
        if answered && dialect != 0 {
            for _ in 0..random.random_range(0..3) {
                let command = ["*1", "*2", "#", "0"][random.random_range(0..4)];
                bodies.push(unit.dtmf(dialect, command, random.random_range(0..talk)));
            }
            bodies.push(unit.answer(dialect));
        }
        bodies.reverse();
        bodies
    }
}

/// One call to one flat.
struct Unit {
    extension: String,
    phone: String,
    client: i64,
    building: i64,
    apartment: i64,
    /// Unix seconds.
    rings: i64,
    wait: i64,
    talk: i64,
}

impl Unit {
    fn body(&self, dialect: u8, kind: &str, specific: &Value) -> String {
        let mut event = if dialect == 3 {
            json!({ "tipo": kind, "parceiro": 1, "contrato": 77, "licenca": self.client, "bloco": self.building,
                "unidade": self.apartment, "ramal": self.extension })
        } else {
            json!({ "type": kind, "client": self.client, "building": self.building, "apt": self.apartment })
        };
        if dialect == 2 {
            event["company"] = json!(77);
        }
        if let (Some(event), Some(specific)) = (event.as_object_mut(), specific.as_object()) {
            event.extend(specific.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        json!({ "eventTellicon": event }).to_string()
    }

    fn push(&self, dialect: u8) -> String {
        let specific = match dialect {
            0 => json!({ "src": self.extension, "dateTime": self.rings }),
            3 => json!({ "dataHoraEvento": self.rings }),
            _ => json!({ "src": self.extension, "eventDateTime": self.rings }),
        };
        self.body(dialect, "pushCall", &specific)
    }

    fn dtmf(&self, dialect: u8, command: &str, after: i64) -> String {
        let at = self.rings + self.wait + after;
        let specific = if dialect == 3 {
            json!({ "telefone": self.phone, "dtmfComando": command, "dataHoraEvento": at })
        } else {
            json!({ "src": self.phone, "dst": self.extension, "dtmfCommand": command, "eventDateTime": at })
        };
        self.body(dialect, "dtmfCommand", &specific)
    }

    fn answer(&self, dialect: u8) -> String {
        let (answered, hung_up) = (self.rings + self.wait, self.rings + self.wait + self.talk);
        let specific = if dialect == 3 {
            json!({ "telefone": self.phone, "dataHoraEvento": self.rings, "dataHoraAtendido": answered,
                "dataHoraEncerrado": hung_up, "tempoEspera": self.wait, "tempoConversa": self.talk })
        } else {
            json!({ "src": self.extension, "dst": self.phone, "eventDateTime": self.rings,
                "answerDateTime": answered, "hangupDateTime": hung_up, "callDurationTime": self.talk })
        };
        self.body(dialect, "answerCall", &specific)
    }
}
