//! What happened at twenty companies in thirty days: a long journal to look for things in.
//!
//! An event is made from its company and its number alone, so whoever asks for it later knows what there is to find. One
//! company has three fifths of everything and one very busy day; its calls are of eight events, two hundred at a time,
//! and every tenth event tells of an agent or a chat instead.

use std::fmt::Write as _;

use bytes::Bytes;
use ramal::domain::{Draft, EventFlags, Keys, Provider, SourceId, Timestamp};

pub const COMPANIES: u64 = 20;
pub const DAYS: u64 = 30;
/// The day on which the large company had six times as many events as usual.
pub const BUSY_DAY: u64 = 20;
/// 2026-10-20 00:00 UTC.
const BEGINNING: i64 = 1_792_454_400_000_000;
const DAY_US: i64 = 86_400_000_000;
/// A day is written in so many parts, the companies in turn.
pub const PARTS: u64 = 1_000;
const STEPS: [&str; 8] = [
    "call-is-trying",
    "call-was-created",
    "call-was-answered",
    "call-was-amd",
    "call-was-connected",
    "call-was-ended",
    "call-was-finished",
    "call-history-was-created",
];
const OF_AGENTS: [&str; 4] =
    ["agent-is-idle", "agent-in-acw", "agent-entered-work-break", "agent-left-work-break"];
const OF_CHATS: [&str; 4] =
    ["new-message-whatsapp", "new-agent-message-whatsapp", "message-ack-whatsapp", "finish-chat"];
/// One event in a thousand, over twenty types.
pub const SELDOM: &str = "manual-call-was-qualified";
const SELDOM_ONES: [&str; 20] = [
    SELDOM,
    "manual-call-was-answered",
    "manual-call-was-created",
    "manual-call-was-finished",
    "manual-call-was-failed",
    "agent-entered-manual",
    "agent-left-manual-mode",
    "hold-call",
    "consult-hold",
    "consult-transfer",
    "consult-exit",
    "spy-started",
    "spy-ended",
    "receptive-entered-queue",
    "receptive-was-connected",
    "receptive-was-abandoned",
    "start-snooze-chat-whatsapp",
    "transfer-chat-whatsapp",
    "message-error-whatsapp",
    "agent-was-logged-out",
];
/// One event in fifty thousand.
pub const RARE: &str = "reached-max-online-agents";
/// The number that a tenth of the calls come in on.
pub const OFTEN_CALLED: &str = "08007770001";
const TEMPLATE: &str = include_str!("../event.json.template");

/// How a total of events is shared out.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    /// Of the large company on an ordinary day, and of each other one on any day.
    large: u64,
    small: u64,
}

impl Story {
    pub fn of(events: u64) -> Story {
        // 29 ordinary days and one that counts six times: three fifths of all.
        Story { large: events * 3 / 5 / (DAYS + 5), small: events * 2 / 5 / DAYS / (COMPANIES - 1) }
    }

    /// Events of a company (0 is the large one) on a day.
    pub fn on(self, company: u64, day: u64) -> u64 {
        match (company, day) {
            (0, BUSY_DAY) => 6 * self.large,
            (0, _) => self.large,
            _ => self.small,
        }
    }

    /// Events of a company before a day begins.
    pub fn before(self, company: u64, day: u64) -> u64 {
        (0..day).map(|day| self.on(company, day)).sum()
    }

    /// The events of one part of a day.
    pub fn part(self, company: u64, day: u64, part: u64) -> Vec<Draft> {
        let (count, first) = (self.on(company, day), self.before(company, day));
        let at = |n: u64| day_begins(day).0 + DAY_US / small(count) * small(n);
        (count * part / PARTS..count * (part + 1) / PARTS)
            .map(|n| draft(company, first + n, Timestamp(at(n))))
            .collect()
    }
}

pub fn day_begins(day: u64) -> Timestamp {
    Timestamp(BEGINNING + DAY_US * small(day))
}

fn small(n: u64) -> i64 {
    i64::try_from(n).expect("a small number")
}

/// Calls under way at once, and agents.
fn size(company: u64) -> (u64, u64) {
    if company == 0 { (200, 200) } else { (20, 10) }
}

/// Which call the event with this number would be of, and which step of it.
fn call_of(company: u64, number: u64) -> (u64, u64) {
    let (live, _) = size(company);
    let round = live * STEPS.len() as u64;
    (number / round * live + number % live, number % round / live)
}

pub fn call(company: u64, number: u64) -> String {
    format!("{:010x}", chance(company, call_of(company, number).0, 1) & 0xff_ffff_ffff)
}

pub fn phone(company: u64, number: u64) -> String {
    let customer = chance(company, call_of(company, number).0, 2) % 400_000;
    format!("55119{:08}", 10_000_000 + company * 1_000_000 + customer)
}

pub fn agent(company: u64, number: u64) -> String {
    (1_000 * (company + 1) + chance(company, call_of(company, number).0, 3) % size(company).1).to_string()
}

pub fn chat(company: u64, number: u64) -> String {
    (1_000_000 * (company + 1) + number / 3_000).to_string()
}

/// What stands in one event of ten thousand of a company.
pub fn protocol(company: u64, number: u64) -> String {
    format!("PROTOCOLO-{company}-{}", number / 10_000)
}

/// Like a random number, the same for the same place.
pub fn chance(company: u64, number: u64, what: u64) -> u64 {
    let mut x = (company << 58) ^ (what << 50) ^ number;
    for _ in 0..2 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
    }
    x
}

fn pick(names: &[&'static str], lot: u64) -> &'static str {
    names[usize::try_from(lot).expect("small") % names.len()]
}

fn draft(company: u64, number: u64, received_at: Timestamp) -> Draft {
    let lot = chance(company, number, 0);
    let (of_call, step) = call_of(company, number);
    let call = call(company, number);
    let mut keys = Keys::default();
    let name = match lot % 100_000 {
        0..2 => RARE,
        lot @ 2..100 => pick(&SELDOM_ONES, lot),
        100..5_000 => {
            keys.chat = Some(chat(company, number).into());
            pick(&OF_CHATS, lot >> 32)
        }
        5_000..10_000 => {
            keys.agent = Some(agent(company, number).into());
            pick(&OF_AGENTS, lot >> 32)
        }
        _ => {
            keys.call = Some(call.clone().into());
            keys.phones.push(phone(company, number).into());
            if of_call.is_multiple_of(10) {
                keys.phones.push(OFTEN_CALLED.into());
            }
            // Before it is answered a call has no agent.
            keys.agent = (step >= 4).then(|| agent(company, number).into());
            STEPS[usize::try_from(step).expect("below eight")]
        }
    };
    Draft {
        source: SourceId(small(company) + 1),
        provider: Provider::new("threecplus"),
        session: None,
        name: name.into(),
        lane: keys.call.is_some().then(|| format!("call:{call}").into()),
        received_at,
        payload: payload(company, number, &call, received_at),
        keys,
        flags: EventFlags::default(),
        extra: None,
        dedupe: None,
    }
}

fn payload(company: u64, number: u64, call: &str, at: Timestamp) -> Bytes {
    let mut text = String::with_capacity(TEMPLATE.len() + 512);
    let mut rest = TEMPLATE.trim_end();
    while let Some((before, after)) = rest.split_once("$(") {
        let (field, after) = after.split_once(')').expect("the template closes each place it opens");
        text.push_str(before);
        match field {
            "company" => write!(text, "{company:04}"),
            "call" => write!(text, "{call}"),
            "number" => write!(text, "{number:010}"),
            "stamp" if number.is_multiple_of(10_000) => write!(text, "{}", protocol(company, number)),
            "stamp" => write!(text, "{:016}", at.0),
            _ => write!(text, "2"),
        }
        .expect("a String takes what is written");
        rest = after;
    }
    text.push_str(rest);
    Bytes::from(text)
}
