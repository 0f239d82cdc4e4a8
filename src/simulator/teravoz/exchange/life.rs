//! A call of the automatic mode, from its beginning to its end, and an agent's day.
//!
//! Times are in seconds at the speed of life; the script scales them.

use rand::RngExt;
use serde_json::json;

use super::people::{Presence, QUEUES};
use super::timers::{Due, Step};
use super::{Call, Driver, Exchange, LONGEST_LAG, MOST_CALLS, Stage};
use crate::domain::Timestamp;
use crate::simulator::teravoz::event;

/// Where a call goes that has waited too long.
const OVERFLOW: &str = "910";
/// Whoever does not pick up lets it ring for so many seconds.
const RINGS: u32 = 15;

impl Exchange {
    /// A call comes in or goes out, and the next one is planned.
    pub(super) fn arrival(&mut self, at: Timestamp, now: Timestamp) {
        if self.script.calls.is_some_and(|calls| self.made >= calls) {
            return;
        }
        let gap = self.script.until_next_call(&mut self.random);
        let earliest = Timestamp(now.0.saturating_sub(Timestamp(0).plus(LONGEST_LAG).0));
        self.timers.plan(at.plus(gap).max(earliest), Due::Arrival);
        if self.calls.len() >= MOST_CALLS {
            return;
        }
        let inbound = self.random.random_bool(0.85);
        let flat = self.random.random_bool(self.script.flat);
        let (caller, phone) = self.callers.next(&mut self.random);
        let direction = if inbound { "inbound" } else { "outbound" };
        let call = Call { driver: Driver::Script { caller }, ..self.blank(flat, direction, phone, at) };
        let Ok(number) = self.begin(call) else { return };
        self.made += 1;
        self.tell(number, "call.new", at, &json!({}));
        let first = if inbound { Step::Stand } else { Step::Route };
        self.plan(at, number, 0.1..0.8, first);
    }

    /// What was planned for a call happens, unless the call has gone on meanwhile.
    pub(super) fn step(&mut self, at: Timestamp, number: u64, turn: u32, step: Step) {
        let Some(call) = self.calls.get(&number) else { return };
        let waits = matches!(call.stage, Stage::Standby | Stage::Waiting | Stage::Ringing);
        match step {
            Step::GiveUp if waits => return self.hangs_up(at, number),
            Step::Overflow if call.stage == Stage::Waiting && !call.has_overflowed => {
                return self.overflows(at, number);
            }
            Step::GiveUp | Step::Overflow => return,
            _ if call.turn != turn => return,
            _ => {}
        }
        match step {
            Step::Stand => self.stands_by(at, number),
            Step::Route => {
                let queue = QUEUES[self.random.random_range(0..QUEUES.len())];
                self.wait_in(number, queue, at);
            }
            Step::Seek => self.seeks(at, number),
            Step::Answer { rang } => self.answers(at, number, rang),
            Step::Talk => self.talks(at, number),
            Step::Leave => self.agent_leaves(at, number),
            Step::Rate => self.rates(at, number),
            Step::Finish => self.finishes(at, number),
            Step::Record => self.is_recorded(at, number),
            Step::GiveUp | Step::Overflow => {}
        }
    }

    fn stands_by(&mut self, at: Timestamp, number: u64) {
        self.to(number, Stage::Standby);
        self.tell(number, "call.standby", at, &json!({}));
        let within = self.script.scaled(self.script.decide_within);
        self.plan_at(at.plus(within), number, Step::Route);
        if self.random.random_bool(0.03) {
            self.plan(at, number, 1.0..9.0, Step::GiveUp);
        }
    }

    /// The call waits in a queue, whoever sent it there.
    pub(super) fn wait_in(&mut self, number: u64, queue: &str, at: Timestamp) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        queue.clone_into(&mut call.queue);
        let driver = call.driver;
        self.to(number, Stage::Waiting);
        self.tell(number, "call.waiting", at, &json!({ "queue": queue }));
        if driver == Driver::Person {
            return;
        }
        self.plan(at, number, 0.2..1.5, Step::Seek);
        if self.calls.get(&number).is_some_and(|call| !call.has_overflowed) {
            self.plan(at, number, 20.0..60.0, Step::GiveUp);
            self.plan(at, number, 12.0..30.0, Step::Overflow);
        }
    }

    fn overflows(&mut self, at: Timestamp, number: u64) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        call.has_overflowed = true;
        self.tell(number, "call.overflow", at, &json!({ "destination": OVERFLOW }));
        self.wait_in(number, OVERFLOW, at);
    }

    fn seeks(&mut self, at: Timestamp, number: u64) {
        let Some(agent) = self.agents.take_free(&mut self.random) else {
            return self.plan(at, number, 0.5..1.5, Step::Seek);
        };
        self.to(number, Stage::Ringing);
        let Some(call) = self.calls.get_mut(&number) else { return };
        call.agent = Some(agent);
        let named = self.agents.get(agent).0.named(&call.queue);
        self.tell(number, "actor.ringing", at, &named);
        if self.random.random_bool(0.15) {
            let rings = f64::from(RINGS);
            self.plan(at, number, rings..rings + 0.5, Step::Answer { rang: Some(RINGS) });
        } else {
            self.plan(at, number, 1.0..6.0, Step::Answer { rang: None });
        }
    }

    fn answers(&mut self, at: Timestamp, number: u64, rang: Option<u32>) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        let Some(agent) = call.agent else {
            // An extension that is no agent's: the talk begins at once.
            return self.talks(at, number);
        };
        let mut named = self.agents.get(agent).0.named(&call.queue);
        if let Some(rang) = rang {
            call.agent = None;
            named["ringtime"] = json!(rang.to_string());
            self.agents.set(agent, Presence::Free);
            self.to(number, Stage::Waiting);
            self.tell(number, "actor.noanswer", at, &named);
            return self.plan(at, number, 0.2..1.0, Step::Seek);
        }
        self.to(number, Stage::Entered);
        self.tell(number, "actor.entered", at, &named);
        self.plan(at, number, 0.1..0.5, Step::Talk);
    }

    fn talks(&mut self, at: Timestamp, number: u64) {
        self.to(number, Stage::Ongoing);
        let Some(call) = self.calls.get_mut(&number) else { return };
        call.was_answered = true;
        let next = if call.agent.is_some() { Step::Leave } else { Step::Finish };
        self.tell(number, "call.ongoing", at, &json!({}));
        self.plan(at, number, 5.0..55.0, next);
    }

    fn agent_leaves(&mut self, at: Timestamp, number: u64) {
        self.to(number, Stage::Left);
        let Some(call) = self.calls.get_mut(&number) else { return };
        if let Some(agent) = call.agent.take() {
            let named = self.agents.get(agent).0.named(&call.queue);
            self.agents.set(agent, Presence::Free);
            self.tell(number, "actor.left", at, &named);
        }
        let next = if self.random.random_bool(0.25) { Step::Rate } else { Step::Finish };
        self.plan(at, number, 0.2..2.0, next);
    }

    fn rates(&mut self, at: Timestamp, number: u64) {
        let score = self.random.random_range(0..=10).to_string();
        let said = json!({ "data": score, "tag": "nps", "nps": score });
        self.tell_beside(number, "call.data-provided", at, &said);
        self.plan(at, number, 0.2..1.0, Step::Finish);
    }

    fn finishes(&mut self, at: Timestamp, number: u64) {
        self.to(number, Stage::Finished);
        self.tell(number, "call.finished", at, &json!({}));
        let Some(call) = self.calls.get(&number) else { return };
        if let Driver::Script { caller: Some(caller) } = call.driver {
            self.callers.hangs_up(caller);
        }
        if call.was_answered {
            self.plan(at, number, 1.0..4.0, Step::Record);
        } else {
            self.forget(number);
        }
    }

    fn is_recorded(&mut self, at: Timestamp, number: u64) {
        let Some(call) = self.calls.get(&number) else { return };
        let url = format!("{}/recording/{}.wav", self.script.public_url, call.id);
        self.tell_beside(number, "call.recording-available", at, &json!({ "url": url }));
        self.forget(number);
    }

    /// The caller has had enough.
    fn hangs_up(&mut self, at: Timestamp, number: u64) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        let (queue, queued) = (call.queue.clone(), call.stage != Stage::Standby && call.peer.is_none());
        if let Some(agent) = call.agent.take() {
            self.agents.set(agent, Presence::Free);
        }
        if queued {
            self.tell_beside(number, "call.queue-abandon", at, &json!({ "queue": queue }));
        }
        self.finishes(at, number);
    }

    fn tell_beside(&mut self, number: u64, kind: &'static str, at: Timestamp, more: &serde_json::Value) {
        if let Some(call) = self.calls.get(&number) {
            self.told.push(event::beside_call(kind, call, at, more));
        }
    }

    /// The call goes on; what was planned for where it was is void.
    pub(super) fn to(&mut self, number: u64, stage: Stage) {
        if let Some(call) = self.calls.get_mut(&number) {
            call.stage = stage;
            call.turn += 1;
        }
    }

    pub(super) fn plan(&mut self, at: Timestamp, number: u64, seconds: std::ops::Range<f64>, step: Step) {
        let after = self.script.between(seconds, &mut self.random);
        self.plan_at(at.plus(after), number, step);
    }

    fn plan_at(&mut self, at: Timestamp, number: u64, step: Step) {
        if let Some(turn) = self.calls.get(&number).map(|call| call.turn) {
            self.timers.plan(at, Due::Call { number, turn, step });
        }
    }

    /// Agents log in one after the other; without an automatic mode nobody has anything to do.
    pub(super) fn agents_come(&mut self, now: Timestamp) {
        for agent in 0..self.agents.len() {
            if self.script.is_automatic() {
                let after = self.script.between(0.0..2.0, &mut self.random);
                self.timers.plan(now.plus(after), Due::Agent(agent));
            } else {
                self.agents.set(agent, Presence::Free);
            }
        }
    }

    pub(super) fn agent_moves(&mut self, at: Timestamp, agent: usize) {
        let presence = self.agents.get(agent).1;
        let (kind, next, seconds) = match presence {
            Presence::Out => ("actor.logged-in", Presence::Free, 60.0..240.0),
            Presence::Paused => ("actor.unpaused", Presence::Free, 60.0..240.0),
            Presence::Free if self.random.random_bool(0.2) => ("actor.logged-out", Presence::Out, 20.0..60.0),
            Presence::Free => ("actor.paused", Presence::Paused, 10.0..40.0),
            // In the middle of a call nobody goes.
            Presence::Busy => {
                let after = self.script.between(5.0..20.0, &mut self.random);
                return self.timers.plan(at.plus(after), Due::Agent(agent));
            }
        };
        self.agents.set(agent, next);
        let named = self.agents.get(agent).0;
        // The envelope has no place for what has no call.
        if self.script.flat > 0.0 {
            let lane = named.email.clone();
            let told = QUEUES.map(|queue| event::without_call(kind, lane.clone(), at, &named.named(queue)));
            self.told.extend(told);
        }
        // With nothing more to come, agents would keep the clock going for ever.
        if !self.is_over() {
            let after = self.script.between(seconds, &mut self.random);
            self.timers.plan(at.plus(after), Due::Agent(agent));
        }
    }
}
