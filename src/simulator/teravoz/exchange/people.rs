//! Who calls and who answers.

use std::collections::HashSet;
use std::sync::Arc;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// The queues that every agent is in.
pub(super) const QUEUES: [&str; 2] = ["900", "901"];

const NAMES: [&str; 8] = ["Ana", "Bruno", "Carla", "Davi", "Elisa", "Felipe", "Gabriela", "Hugo"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Out,
    Free,
    Paused,
    Busy,
}

pub(super) struct Agent {
    pub email: Arc<str>,
    pub extension: String,
    presence: Presence,
}

impl Agent {
    /// As events name an agent.
    pub(super) fn named(&self, queue: &str) -> Value {
        json!({ "actor": *self.email, "number": self.extension, "queue": queue })
    }
}

/// Who is free is kept beside who is what, so that a ringing phone is found at once.
pub(super) struct Agents {
    all: Vec<Agent>,
    free: Vec<usize>,
}

impl Agents {
    /// All of them still out.
    pub(super) fn new(count: u32) -> Self {
        let agent = |n: u32| {
            let extension = (200 + n).to_string();
            Agent {
                email: format!("agente{extension}@example.com").into(),
                extension,
                presence: Presence::Out,
            }
        };
        Self { all: (0..count).map(agent).collect(), free: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, at: usize) -> (&Agent, Presence) {
        (&self.all[at], self.all[at].presence)
    }

    pub(super) fn set(&mut self, at: usize, presence: Presence) {
        self.free.retain(|free| *free != at);
        if presence == Presence::Free {
            self.free.push(at);
        }
        self.all[at].presence = presence;
    }

    /// Somebody whose phone can ring; busy from here on.
    pub(super) fn take_free(&mut self, random: &mut StdRng) -> Option<usize> {
        if self.free.is_empty() {
            return None;
        }
        let at = self.free.swap_remove(random.random_range(0..self.free.len()));
        self.all[at].presence = Presence::Busy;
        Some(at)
    }

    /// As `GET /peers` lists them.
    pub(super) fn listed(&self) -> Vec<Value> {
        let names = NAMES.iter().cycle();
        let peer = |(agent, name): (&Agent, &&str)| json!({ "name": name, "number": agent.extension });
        self.all.iter().zip(names).map(peer).collect()
    }
}

/// A small set of people who call again; each is in one call at a time.
pub(super) struct Callers {
    known: u32,
    calling: HashSet<u32>,
    /// Who called while nobody of the set was free: never again.
    strangers: u32,
}

impl Callers {
    pub(super) fn new(known: u32) -> Self {
        Self { known, calling: HashSet::new(), strangers: 0 }
    }

    /// The one who calls now, if of the set, and the phone.
    pub(super) fn next(&mut self, random: &mut StdRng) -> (Option<u32>, String) {
        for _ in 0..4 {
            let caller = random.random_range(0..self.known);
            if self.calling.insert(caller) {
                return (Some(caller), format!("119{caller:08}"));
            }
        }
        self.strangers = (self.strangers + 1) % 100_000_000;
        (None, format!("219{:08}", self.strangers))
    }

    pub(super) fn hangs_up(&mut self, caller: u32) {
        self.calling.remove(&caller);
    }
}
