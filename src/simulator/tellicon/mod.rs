//! Tellicon's side: posts the calls of an intercom to a partner's `/eventTellicon`.
//!
//! Each call is a `pushCall`, then perhaps `dtmfCommand`s, then, if somebody answered, an `answerCall` after the hang-up;
//! nothing tells of a call that nobody answered. Posts of one call go out one after the other.

mod command;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::posts::{PostingError, Posts, Report};
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

/// Posts until `stop` is cancelled or the configured number is reached.
pub async fn run(config: Config, stop: CancellationToken) -> Result<Report, PostingError> {
    let mut intercoms = Intercoms::new(&config);
    let posts = Posts {
        url: config.url,
        header: Some(("authTokenTellicon", config.token)),
        per_second: config.events_per_second,
        most: config.events,
    };
    posts.send(|| intercoms.next(Timestamp::now()), stop).await
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
