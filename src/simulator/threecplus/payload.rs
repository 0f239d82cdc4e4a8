//! Payloads made from the examples: each is cut once into fixed pieces and slots, so that a made payload is a few copies.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::life::Life;
use crate::domain::Timestamp;

/// Unix seconds around which the examples play.
const EXAMPLE_TIME: i64 = 1_795_185_000;

/// Agents of every simulated company, by their offset from the account's first agent id.
const AGENTS: [&str; 12] = [
    "Ana Lima",
    "Bruno Souza",
    "Camila Rocha",
    "Diego Alves",
    "Elisa Prado",
    "Fábio Nunes",
    "Gabriela Reis",
    "Heitor Dias",
    "Iara Campos",
    "João Mendes",
    "Karina Lopes",
    "Lucas Araújo",
];

/// What varies from one event to the next.
#[derive(Debug, Clone)]
pub(super) struct Values {
    pub(super) company: i64,
    /// The ten characters of a call's telephony id.
    pub(super) call: String,
    pub(super) phone: String,
    /// Which of [`AGENTS`]; it also decides the agent's id.
    pub(super) agent: usize,
    pub(super) chat: i64,
    /// Distinguishes what is unique per call or message: Mongo ids, message ids, identifiers.
    pub(super) unique: u64,
    pub(super) manual: bool,
    /// How far a WhatsApp message has come.
    pub(super) ack: &'static str,
    pub(super) life: Life,
}

impl Values {
    pub(super) const AGENTS: usize = AGENTS.len();
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Company,
    Call,
    Phone,
    AgentId,
    AgentName,
    Chat,
    /// The last 16 hexadecimal digits of an id.
    Unique,
    CallMode,
    Ack,
    /// The emission, in microseconds: `2026-04-10T21:56:47.530209+00:00`.
    BootTime,
    /// Unix seconds, so far from the beginning, and not after now.
    Seconds(i64),
    /// The beginning, and now: `2026-04-10T21:56:47.530209Z`.
    Began,
    Now,
    /// Of a history: who talked; the status; seconds until the customer answered, until an agent did, and of talk.
    TalkedWith,
    Status,
    Calling,
    Waiting,
    Talking,
    /// Of a history: seconds in which a machine was looked for.
    Nothing,
}

#[derive(Debug)]
enum Piece {
    Fixed(&'static str),
    Slot(Slot),
}

/// The payload of one event name.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) name: &'static str,
    pieces: Vec<Piece>,
    size_hint: usize,
}

#[derive(Deserialize)]
struct Example {
    name: &'static str,
    #[serde(borrow)]
    example_payload: &'static RawValue,
}

fn examples() -> &'static [Example] {
    static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
        serde_json::from_str(include_str!("examples.json")).expect("the file is part of the program")
    });
    &EXAMPLES
}

/// The example of an event, as it stands in the file.
pub fn example(name: &str) -> Option<&'static str> {
    examples().iter().find(|example| example.name == name).map(|example| example.example_payload.get())
}

/// One for each of the known events.
pub(super) fn templates() -> &'static [Template] {
    static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
        examples().iter().map(|example| Template::cut(example.name, example.example_payload.get())).collect()
    });
    &TEMPLATES
}

impl Template {
    fn cut(name: &'static str, example: &'static str) -> Self {
        let mut pieces = Vec::new();
        let (mut at, mut fixed_from) = (0, 0);
        while at < example.len() {
            let Some((slot, length)) = slot_at(example, at) else {
                at += 1;
                continue;
            };
            if fixed_from < at {
                pieces.push(Piece::Fixed(&example[fixed_from..at]));
            }
            pieces.push(Piece::Slot(slot));
            at += length;
            fixed_from = at;
        }
        pieces.push(Piece::Fixed(&example[fixed_from..]));
        Self { name, pieces, size_hint: example.len() + 64 }
    }

    /// JSON text, compact as the examples are.
    pub(super) fn fill(&self, values: &Values, now: Timestamp) -> String {
        let mut text = String::with_capacity(self.size_hint);
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(fixed) => text.push_str(fixed),
                Piece::Slot(slot) => slot.write(values, now, &mut text),
            }
        }
        text
    }
}

impl Slot {
    fn write(self, values: &Values, now: Timestamp, text: &mut String) {
        let written = match self {
            Slot::Company => write!(text, "{}", values.company),
            Slot::Call => text.write_str(&values.call),
            Slot::Phone => text.write_str(&values.phone),
            Slot::AgentId => write!(text, "{}", agent_id(values)),
            Slot::AgentName => text.write_str(AGENTS[values.agent % AGENTS.len()]),
            Slot::Chat => write!(text, "{}", values.chat),
            Slot::Unique => write!(text, "{:016x}", values.unique),
            Slot::CallMode => text.write_str(if values.manual { "manual" } else { "dialer" }),
            Slot::Ack => text.write_str(values.ack),
            Slot::BootTime => write!(text, "{}+00:00", to_the_microsecond(now)),
            Slot::Seconds(offset) => {
                let began = values.life.began.unwrap_or(now).unix_seconds();
                write!(text, "{}", (began + offset).min(now.unix_seconds()))
            }
            Slot::Began => write!(text, "{}Z", to_the_microsecond(values.life.began.unwrap_or(now))),
            Slot::Now => write!(text, "{}Z", to_the_microsecond(now)),
            Slot::TalkedWith if values.life.talk().is_none() => text.write_str(r#"{"id":0,"name":null}"#),
            Slot::TalkedWith => {
                let name = AGENTS[values.agent % AGENTS.len()];
                write!(text, r#"{{"id":{},"name":"{name}"}}"#, agent_id(values))
            }
            Slot::Nothing => text.write_str("0"),
            Slot::Status => write!(text, "{}", values.life.status),
            Slot::Calling => {
                let Life { began, answered, ended, .. } = values.life;
                write!(text, "{}", Life::seconds(began, answered.or(ended)))
            }
            Slot::Waiting => write!(text, "{}", Life::seconds(values.life.answered, values.life.talk())),
            Slot::Talking => write!(text, "{}", Life::seconds(values.life.talk(), values.life.ended)),
        };
        written.expect("writing to a String cannot fail");
    }
}

fn to_the_microsecond(at: Timestamp) -> String {
    format!("{}{:03}", at.to_string().trim_end_matches('Z'), at.0.rem_euclid(1_000))
}

/// Distinct per company, so that no two companies share an agent.
fn agent_id(values: &Values) -> i64 {
    values.company * 100 + i64::try_from(values.agent % AGENTS.len()).unwrap_or(0)
}

/// The slot that the example has at `at`, and how much of the text it takes.
fn slot_at(example: &str, at: usize) -> Option<(Slot, usize)> {
    const WORDS: [(&str, Slot); 13] = [
        // Before the names and ids that stand in it.
        (r#"{"id":150321,"name":"Ana Exemplo"}"#, Slot::TalkedWith),
        ("2026-11-20T14:30:00.000000Z", Slot::Began),
        ("2026-11-20T14:31:22.043000Z", Slot::Now),
        ("k7QmZp3RtW", Slot::Call),
        ("Hx2BvN81Lq", Slot::Call),
        ("Rc9WqT55Ab", Slot::Call),
        ("Ana Exemplo", Slot::AgentName),
        // Ids that differ per call or message: their heads stay, so that kinds can be told apart.
        ("a3c4d5e6f708192a", Slot::Unique),
        ("d1aa11bb22cc33dd", Slot::Unique),
        ("e0aa11bb22cc33dd", Slot::Unique),
        ("b0aa11bb22cc33dd", Slot::Unique),
        ("AAAABBBBCCCC0002", Slot::Unique),
        ("AAAABBBBCCCC0001", Slot::Unique),
    ];
    const NUMBERS: [(&str, Slot); 4] = [
        ("5511900001234", Slot::Phone),
        ("9001", Slot::Company),
        ("150321", Slot::AgentId),
        ("3900123", Slot::Chat),
    ];
    // What a history says as a number.
    const OF_HISTORY: [(&str, Slot); 6] = [
        ("\"status\":", Slot::Status),
        ("\"calling_time\":", Slot::Calling),
        ("\"waiting_time\":", Slot::Waiting),
        ("\"amd_time\":", Slot::Nothing),
        ("\"speaking_time\":", Slot::Talking),
        ("\"speaking_with_agent_time\":", Slot::Talking),
    ];
    const VALUES: [(&str, &str, Slot); 3] = [
        ("\"call_mode\":\"", "dialer", Slot::CallMode),
        ("\"ack\":\"", "server", Slot::Ack),
        ("\"bootTime\":\"", "2026-11-20T14:30:00.604780+00:00", Slot::BootTime),
    ];
    let (before, rest) = example.as_bytes().split_at(at);
    for (word, slot) in WORDS {
        if rest.starts_with(word.as_bytes()) {
            return Some((slot, word.len()));
        }
    }
    for (key, value, slot) in VALUES {
        let fits = slot == Slot::BootTime || rest.starts_with(value.as_bytes());
        if fits && before.ends_with(key.as_bytes()) {
            return Some((slot, value.len()));
        }
    }
    // A number counts only when no digit stands around it.
    if before.last().is_some_and(u8::is_ascii_digit) || !rest[0].is_ascii_digit() {
        return None;
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = &example[at..at + digits];
    let of_history = OF_HISTORY.iter().find(|(key, _)| before.ends_with(key.as_bytes()));
    if let Some((_, slot)) = of_history.filter(|_| example.starts_with("{\"callHistory\"")) {
        return Some((*slot, digits));
    }
    if let Some((_, slot)) = NUMBERS.iter().find(|(wanted, _)| *wanted == number) {
        return Some((*slot, digits));
    }
    let seconds = number.parse::<i64>().ok().filter(|seconds| (seconds - EXAMPLE_TIME).abs() < 10_000);
    seconds.map(|seconds| (Slot::Seconds(seconds - EXAMPLE_TIME), digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{find, validate};

    fn values() -> Values {
        Values {
            company: 42,
            call: "AbCdEfGh12".to_owned(),
            phone: "5521987650001".to_owned(),
            agent: 1,
            chat: 77,
            unique: 0xfeed,
            manual: true,
            ack: "read",
            life: Life::default(),
        }
    }

    /// What a history says of a life of so many seconds each.
    fn history(steps: &[(&str, i64)]) -> String {
        let at = |second: i64| Timestamp((1_800_000_000 + second) * 1_000_000);
        let mut life = Life::default();
        for (name, second) in steps {
            life.hear(name, at(*second));
        }
        let template =
            templates().iter().find(|template| template.name == "call-history-was-created").expect("one");
        let text = template.fill(&Values { life, ..values() }, at(100));
        let at = |path: &str| {
            let found = find(text.as_bytes(), &format!("callHistory.{path}").parse().expect("a path"));
            String::from_utf8_lossy(found.expect(path)).into_owned()
        };
        let paths =
            ["status", "agent.id", "calling_time", "waiting_time", "speaking_time", "amd_time", "call_date"];
        paths.map(at).join(" ")
    }

    #[test]
    fn a_history_repeats_what_was_told_of_its_call() {
        let began = "\"2027-01-15T08:00:00.000000Z\"";
        let taken = [
            ("call-was-created", 0),
            ("call-was-answered", 9),
            ("call-was-connected", 13),
            ("call-was-ended", 63),
        ];
        assert_eq!(history(&taken), format!("7 4201 9 4 50 0 {began}"));
        assert_eq!(
            history(&[("call-is-trying", 0), ("call-was-not-answered", 30)]),
            format!("5 0 30 0 0 0 {began}")
        );
        let gone = [("call-was-created", 0), ("call-was-answered", 9), ("call-was-abandoned", 20)];
        assert_eq!(history(&gone), format!("6 0 9 0 0 0 {began}"));
        // The agent's leg is there before the customer's.
        let by_hand = [
            ("call-was-created", 0),
            ("call-was-connected", 2),
            ("manual-call-was-answered", 8),
            ("call-was-finished", 18),
        ];
        assert_eq!(history(&by_hand), format!("7 4201 8 0 10 0 {began}"));
    }

    #[test]
    fn every_payload_is_json_without_the_examples_ids() {
        assert_eq!(templates().len(), 66);
        for template in templates() {
            let text = template.fill(&values(), Timestamp(1_800_000_000_000_000));
            assert_eq!(validate(text.as_bytes()), Ok(()), "{}", template.name);
            for old in ["k7QmZp3RtW", "5511900001234", "\"company_id\":9001", "\"id\":150321", "1795185000,"]
            {
                assert!(!text.contains(old), "{}: {old} in {text}", template.name);
            }
        }
    }

    #[test]
    fn slots_take_their_values() {
        let template = templates().iter().find(|template| template.name == "call-was-finished").expect("one");
        let text = template.fill(&values(), Timestamp(1_800_000_000_123_456));
        let at = |path: &str| {
            let found = find(text.as_bytes(), &path.parse().expect("a path")).expect(path);
            String::from_utf8_lossy(found).into_owned()
        };
        assert_eq!(at("call.telephony_id"), "\"AbCdEfGh12\"");
        assert_eq!(at("call.id"), "\"call:42:210345:AbCdEfGh12\"");
        assert_eq!(at("call.company_id"), "42");
        assert_eq!(at("call.call_mode"), "\"manual\"");
        assert_eq!(at("call.phone"), "\"5521987650001\"");
        assert_eq!(at("agent.id"), "4201");
        assert_eq!(at("agent.name"), "\"Bruno Souza\"");
        assert_eq!(at("call.agent"), "\"4201\"");
        assert_eq!(at("call.status"), "\"7\"");
        assert_eq!(at("bootTime"), "\"2027-01-15T08:00:00.123456+00:00\"");
        assert_eq!(at("call.dialed_time"), "\"1800000000\"");
    }

    #[test]
    fn the_providers_flips_between_numbers_and_strings_stay() {
        let filled = |name: &str| {
            let template = templates().iter().find(|template| template.name == name).expect(name);
            template.fill(&values(), Timestamp(0))
        };
        assert!(filled("call-was-created").contains("\"status\":1"));
        assert!(filled("call-was-answered").contains("\"status\":\"2\""));
        assert!(filled("new-message-whatsapp").contains("\"chat_id\":\"77\""));
        assert!(filled("message-ack-whatsapp").contains("\"chat_id\":77"));
        assert!(filled("message-ack-whatsapp").contains("\"ack\":\"read\""));
        assert!(filled("new-message-whatsapp").contains("\"agent\":[]"));
    }
}
