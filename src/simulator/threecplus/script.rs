//! What happens at a simulated company: calls, conversations and an agent's day, each a sequence of events in the order
//! in which the service was seen to send them, many of them under way at once.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::LazyLock;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::life::Life;
use super::payload::{Template, Values, templates};
use crate::domain::Timestamp;

/// A part of a sequence. Chances are in per cent.
#[derive(Debug, Clone, Copy)]
enum Step {
    One(&'static str),
    Maybe(u32, &'static str),
    /// One or the other: names differ between accounts.
    Either(&'static str, &'static str),
    /// Both, in either order: the service does not keep it.
    Both(&'static str, &'static str),
    /// The acknowledgements of the message before, which come with its id.
    Acks,
}

use Step::{Acks, Both, Either, Maybe, One};

struct Scenario {
    /// How often it is chosen, against the sum of all.
    weight: u32,
    manual: bool,
    steps: &'static [Step],
}

const fn dialed(weight: u32, steps: &'static [Step]) -> Scenario {
    Scenario { weight, manual: false, steps }
}

const fn manual(weight: u32, steps: &'static [Step]) -> Scenario {
    Scenario { weight, manual: true, steps }
}

const BEGINNING: Step = Both("call-is-trying", "call-was-created");
const HISTORY: Step = One("call-history-was-created");

const SCENARIOS: &[Scenario] = &[
    dialed(
        220,
        &[
            BEGINNING,
            One("call-was-answered"),
            Maybe(60, "call-was-amd"),
            One("call-was-connected"),
            Maybe(5, "hold-call"),
            Either("call-was-ended", "call-was-hung-up"),
            One("call-was-finished"),
            Both("agent-in-acw", "call-history-was-created"),
            One("agent-is-idle"),
        ],
    ),
    // The agent hung up through the API: no event of the end but the last.
    dialed(
        40,
        &[BEGINNING, One("call-was-answered"), One("call-was-connected"), One("call-was-finished"), HISTORY],
    ),
    dialed(300, &[BEGINNING, One("call-was-not-answered"), HISTORY]),
    dialed(120, &[BEGINNING, One("call-was-failed"), HISTORY]),
    dialed(
        60,
        &[BEGINNING, One("call-was-answered"), Maybe(50, "call-was-amd"), One("call-was-abandoned"), HISTORY],
    ),
    dialed(
        60,
        &[
            BEGINNING,
            One("call-was-answered"),
            One("call-was-amd"),
            One("call-was-abandoned-due-amd"),
            HISTORY,
        ],
    ),
    // In a manual call the agent's leg connects while the phone still rings.
    manual(
        30,
        &[
            One("agent-entered-manual"),
            Either("call-was-created", "manual-call-was-created"),
            Either("call-was-connected", "manual-call-was-connected"),
            One("manual-call-was-answered"),
            Either("call-was-finished", "manual-call-was-finished"),
            HISTORY,
            Maybe(20, "manual-call-acw-connected"),
            Maybe(20, "manual-call-acw-disconnected"),
            One("manual-call-was-qualified"),
            One("manual-call-was-updated"),
            One("agent-left-manual-mode"),
        ],
    ),
    manual(
        15,
        &[
            One("call-was-created"),
            One("call-was-connected"),
            Either("manual-call-was-not-answered", "manual-call-was-failed"),
            HISTORY,
        ],
    ),
    dialed(
        20,
        &[
            One("receptive-entered-queue"),
            Either("receptive-was-connected", "receptive-was-abandoned"),
            One("receptive-was-finished"),
            HISTORY,
        ],
    ),
    dialed(
        8,
        &[
            BEGINNING,
            One("call-was-answered"),
            One("call-was-connected"),
            One("consult-hold"),
            Either("consult-connected", "consult-failed"),
            Maybe(30, "consult-cancel-hold"),
            Either("consult-transfer", "consult-transfer-failed"),
            One("consult-exit"),
            One("call-was-finished"),
            HISTORY,
        ],
    ),
    dialed(5, &[Either("spy-started", "spy-failed"), One("spy-ended")]),
    dialed(
        12,
        &[
            Maybe(20, "agent-login-failed"),
            One("agent-is-idle"),
            Maybe(30, "agent-schedule"),
            Either("agent-entered-work-break", "agent-enter-work-break-failed"),
            Either("agent-left-work-break", "agent-leave-work-break-failed"),
            Either("agent-entered-manual-acw", "agent-failed-to-enter-manual"),
            Either("agent-left-manual-acw", "agent-failed-to-leave-manual-mode"),
            One("agent-was-logged-out"),
        ],
    ),
    dialed(
        50,
        &[
            One("new-message-whatsapp"),
            One("new-whatsapp-internal-message"),
            One("new-agent-message-whatsapp"),
            Acks,
            One("new-message-whatsapp"),
            One("new-agent-message-whatsapp"),
            Acks,
            Maybe(10, "start-snooze-chat-whatsapp"),
            Maybe(10, "transfer-chat-whatsapp"),
            Either("finish-chat", "finish-chat-whatsapp"),
        ],
    ),
    dialed(
        10,
        &[
            One("new-agent-chat-whatsapp"),
            One("new-agent-message-whatsapp"),
            Either("message-error-whatsapp", "message-ack-whatsapp"),
        ],
    ),
    dialed(2, &[One("list-empty"), One("mailing-list-was-finished")]),
    dialed(1, &[One("reached-max-online-agents")]),
];

/// A step made concrete.
#[derive(Debug, Clone, Copy)]
struct Planned {
    template: &'static Template,
    /// Which message of a conversation, so that an acknowledgement has its message's id.
    message: u64,
    ack: &'static str,
}

/// One call, conversation or day under way.
#[derive(Debug)]
struct Sequence {
    values: Values,
    rest: VecDeque<Planned>,
}

/// Everything under way at one company.
#[derive(Debug)]
pub(super) struct Crowd {
    company: i64,
    random: StdRng,
    under_way: Vec<Sequence>,
    /// As many are under way at once; their events interleave.
    at_once: usize,
    begun: u64,
}

const AT_ONCE: usize = 24;
/// Of a past, which goes slowly: a call lasts some minutes all the same, and all of it is over soon.
const AT_ONCE_IN_THE_PAST: usize = 6;
const BEGUN_IN_THE_PAST: u64 = 1 << 30;

impl Crowd {
    pub(super) fn new(company: i64, seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed ^ company.unsigned_abs().rotate_left(32));
        Self { company, random, under_way: Vec::with_capacity(AT_ONCE), at_once: AT_ONCE, begun: 0 }
    }

    /// What a company told before: the same at every start, and called otherwise than what begins now.
    pub(super) fn of_the_past(company: i64) -> Self {
        Self {
            at_once: AT_ONCE_IN_THE_PAST,
            begun: BEGUN_IN_THE_PAST,
            ..Self::new(company, BEGUN_IN_THE_PAST)
        }
    }

    /// Nothing is under way.
    pub(super) fn is_over(&self) -> bool {
        self.under_way.is_empty()
    }

    /// The next event: its name and its payload as JSON text.
    pub(super) fn next(&mut self, now: Timestamp) -> (&'static str, String) {
        while self.under_way.len() < self.at_once {
            let sequence = self.begin();
            self.under_way.push(sequence);
        }
        self.go_on(now)
    }

    /// The next event of what is under way, of which there is something.
    pub(super) fn go_on(&mut self, now: Timestamp) -> (&'static str, String) {
        let which = self.random.random_range(0..self.under_way.len());
        let sequence = &mut self.under_way[which];
        let step = sequence.rest.pop_front().expect("a sequence without steps is taken out below");
        let base = sequence.values.unique;
        sequence.values.unique = base + step.message;
        sequence.values.ack = step.ack;
        sequence.values.life.hear(step.template.name, now);
        let payload = step.template.fill(&sequence.values, now);
        sequence.values.unique = base;
        if sequence.rest.is_empty() {
            self.under_way.swap_remove(which);
        }
        (step.template.name, payload)
    }

    fn begin(&mut self) -> Sequence {
        let total: u32 = SCENARIOS.iter().map(|scenario| scenario.weight).sum();
        let mut lot = self.random.random_range(0..total);
        let chosen = SCENARIOS.iter().find(|scenario| {
            let hit = lot < scenario.weight;
            lot = lot.saturating_sub(scenario.weight);
            hit
        });
        let scenario = chosen.expect("the lot is below the sum of the weights");
        self.begun += 1;
        let values = self.values(scenario.manual);
        let rest = plan(scenario.steps, &mut self.random);
        Sequence { values, rest }
    }

    fn values(&mut self, manual: bool) -> Values {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        const AREAS: [u32; 10] = [11, 21, 31, 41, 47, 51, 61, 71, 81, 85];
        let random = &mut self.random;
        let call = (0..10).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect();
        let area = AREAS[random.random_range(0..AREAS.len())];
        // 90000-…: written like a mobile number, given to nobody.
        let phone = format!("55{area}90000{:04}", random.random_range(0..10_000));
        Values {
            company: self.company,
            call,
            phone,
            agent: random.random_range(0..Values::AGENTS),
            chat: self.company * 1_000 + random.random_range(0..1_000),
            // Room for the messages of a conversation.
            unique: (self.company.unsigned_abs() << 40) + self.begun * 16,
            manual,
            ack: "server",
            life: Life::default(),
        }
    }
}

fn plan(steps: &[Step], random: &mut StdRng) -> VecDeque<Planned> {
    let mut planned = VecDeque::new();
    let mut message = 0;
    let mut add = |name: &str, message: u64, ack: &'static str| {
        planned.push_back(Planned { template: template(name), message, ack });
    };
    for step in steps {
        let flip = random.random_bool(0.5);
        match *step {
            One(name) => {
                message += u64::from(name.contains("message-whatsapp"));
                add(name, message, "server");
            }
            Maybe(chance, name) => {
                if random.random_ratio(chance, 100) {
                    add(name, message, "server");
                }
            }
            Either(one, other) => add(if flip { one } else { other }, message, "server"),
            Both(one, other) => {
                let (first, second) = if flip { (one, other) } else { (other, one) };
                add(first, message, "server");
                add(second, message, "server");
            }
            Acks => {
                for ack in ["server", "device", "read"] {
                    add("message-ack-whatsapp", message, ack);
                }
            }
        }
    }
    if planned.is_empty() {
        planned.push_back(Planned { template: template("agent-is-idle"), message: 0, ack: "server" });
    }
    planned
}

fn template(name: &str) -> &'static Template {
    static BY_NAME: LazyLock<HashMap<&str, &Template>> =
        LazyLock::new(|| templates().iter().map(|template| (template.name, template)).collect());
    BY_NAME.get(name).expect("every name of a scenario has a template: tested")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::json::{decode, find};

    fn names(step: Step) -> Vec<&'static str> {
        match step {
            One(name) | Maybe(_, name) => vec![name],
            Either(one, other) | Both(one, other) => vec![one, other],
            Acks => vec!["message-ack-whatsapp"],
        }
    }

    #[test]
    fn every_known_event_is_reached() {
        let reached: HashSet<&str> = SCENARIOS
            .iter()
            .flat_map(|scenario| scenario.steps)
            .flat_map(|step| names(*step))
            .inspect(|name| assert_eq!(template(name).name, *name))
            .collect();
        let missing: Vec<&str> =
            templates().iter().map(|template| template.name).filter(|name| !reached.contains(name)).collect();
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let story = |seed| {
            let mut crowd = Crowd::new(7, seed);
            (0..500).map(|n| crowd.next(Timestamp(n))).collect::<Vec<_>>()
        };
        assert_eq!(story(1), story(1));
        assert_ne!(story(1), story(2));
    }

    /// A call's events come in the order of its life, however many calls are under way.
    #[test]
    fn calls_interleave_but_each_keeps_its_order() {
        let mut crowd = Crowd::new(7, 3);
        let mut ended = HashSet::new();
        let mut calls = HashSet::new();
        let path = "callHistory.telephony_id".parse().expect("a path");
        let call_path = "call.telephony_id".parse().expect("a path");
        for n in 0..20_000 {
            let (name, payload) = crowd.next(Timestamp(n));
            if let Some(id) = find(payload.as_bytes(), &call_path) {
                let id = decode(id).into_owned();
                // After the history only the agent's own events may still speak of the call.
                assert!(
                    name.starts_with("agent-") || name.starts_with("manual-call-acw") || !ended.contains(&id)
                );
                calls.insert(id);
            }
            if name == "call-history-was-created" {
                ended.insert(decode(find(payload.as_bytes(), &path).expect("an id")).into_owned());
            }
        }
        assert!(calls.len() > 1_000, "{}", calls.len());
    }
}
