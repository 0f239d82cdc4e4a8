//! The other sides as they can be played: by the story, and by whoever presses a button of the panel's strip.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ramal::simulator::Connections;
use ramal::simulator::receiver::Receiver;
use ramal::web::{Act, Demonstration, Stands};

use super::Stages;

/// See the module.
pub struct Scene {
    /// The connections that the program keeps, with the names of their providers.
    connections: Vec<(&'static str, Arc<dyn Connections>)>,
    customer: Receiver,
    receiver_is_down: AtomicBool,
    tokens_are_refused: AtomicBool,
    /// Somebody plays: the story only tells from then on.
    is_taken_over: AtomicBool,
}

impl Scene {
    pub fn new(stages: &Stages, customer: Receiver) -> Arc<Self> {
        let connections = stages.iter().filter_map(|(provider, stage)| {
            Some((provider.identity().name, Arc::clone(stage.connections.as_ref()?)))
        });
        let off = || AtomicBool::new(false);
        Arc::new(Self {
            connections: connections.collect(),
            customer,
            receiver_is_down: off(),
            tokens_are_refused: off(),
            is_taken_over: off(),
        })
    }

    /// The connections that the program keeps, with the names of their providers.
    pub fn connections(&self) -> impl Iterator<Item = (&'static str, &dyn Connections)> {
        self.connections.iter().map(|(name, connections)| (*name, &**connections))
    }

    pub fn is_taken_over(&self) -> bool {
        self.is_taken_over.load(Ordering::Relaxed)
    }

    /// What the story does, unless somebody has taken it over: whether it was done.
    pub fn perform(&self, act: Act) -> bool {
        let is_ours = !self.is_taken_over();
        if is_ours {
            self.act(act);
        }
        is_ours
    }

    fn act(&self, act: Act) {
        match act {
            Act::ReceiverDown | Act::ReceiverUp => {
                let is_down = act == Act::ReceiverDown;
                self.receiver_is_down.store(is_down, Ordering::Relaxed);
                self.customer.set_down(is_down);
            }
            Act::Cut => self.connections().for_each(|(_, connections)| connections.cut()),
            Act::RefuseTokens | Act::TakeTokens => {
                let are_refused = act == Act::RefuseTokens;
                self.tokens_are_refused.store(are_refused, Ordering::Relaxed);
                self.connections().for_each(|(_, connections)| connections.refuse(are_refused));
            }
        }
    }
}

impl Demonstration for Scene {
    fn stands(&self) -> Stands {
        Stands {
            receiver_is_down: self.receiver_is_down.load(Ordering::Relaxed),
            tokens_are_refused: self.tokens_are_refused.load(Ordering::Relaxed),
        }
    }

    fn play(&self, act: Act) {
        self.is_taken_over.store(true, Ordering::Relaxed);
        self.act(act);
    }
}
