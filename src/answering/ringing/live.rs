//! The calls of a company that ring or go on, as its journal tells them: kept in memory for whoever may answer them.
//!
//! What must hold here: a call is what the same events make of it in the table of calls; one that has ended stays known until the table has its
//! end, so that nothing that comes late makes it ring.

use std::sync::Arc;

use ahash::AHashMap;

use crate::calls::Heard;
use crate::domain::call::{CallState, Which};
use crate::domain::{CallId, Event, Key, Seq, SourceId, Timestamp};
use crate::sources;
use crate::store::StoredCall;

/// Which call of a company: the provider's id belongs to a source.
pub type CallKey = (SourceId, Key);

/// A call, and what is known of it beside its row.
#[derive(Debug, Clone)]
pub struct Entry {
    pub stored: StoredCall,
    /// The session that its provider offers.
    pub offer: Option<Arc<str>>,
    pub tag: Option<String>,
    /// Who has it, from before the provider is told.
    pub held: Option<String>,
    /// It was told of as one that rings or goes on.
    shown: bool,
}

impl Entry {
    pub fn new(stored: StoredCall) -> Self {
        Self { stored, offer: None, tag: None, held: None, shown: false }
    }

    pub fn id(&self) -> CallId {
        self.stored.id()
    }

    pub fn key(&self) -> CallKey {
        (self.stored.call.source, self.stored.call.id.clone())
    }

    /// Takes in what an event tells beside what happened.
    pub fn learn(&mut self, event: &Event) {
        let Some(definition) = sources::find(event.provider) else { return };
        if let Some(offer) = definition.voice().and_then(|voice| voice.offer(event)) {
            self.offer = Some(offer.into());
        }
        if let Some(tag) = definition.context(event).and_then(|context| context.tag) {
            self.tag = Some(tag);
        }
    }

    fn is_shown_at(&self, now: Timestamp) -> bool {
        matches!(self.stored.call.state_at(now), CallState::Ringing | CallState::Ongoing)
    }
}

/// What those are told who may answer.
#[derive(Debug)]
pub enum Change<'a> {
    /// It rings or goes on, as it is now.
    Is(&'a Entry),
    /// It does not any more.
    Ended(&'a Entry),
}

/// See the module.
#[derive(Debug, Default)]
pub struct Live {
    calls: AHashMap<CallKey, Entry>,
}

/// The call that is spoken of; `None` for one that its provider does not name, which nobody can answer.
pub fn of(heard: &Heard<'_>) -> Option<CallKey> {
    match &heard.said.of {
        Which::Id(id) => Some((heard.event.source, id.clone())),
        Which::Newest { .. } => None,
    }
}

impl Live {
    pub fn knows(&self, key: &CallKey) -> bool {
        self.calls.contains_key(key)
    }

    pub fn put(&mut self, entry: Entry) {
        self.calls.insert(entry.key(), entry);
    }

    /// Those that ring or go on.
    pub fn shown(&self) -> impl Iterator<Item = &Entry> {
        self.calls.values().filter(|entry| entry.shown)
    }

    pub fn find(&self, id: CallId) -> Option<&Entry> {
        self.calls.values().find(|entry| entry.id() == id)
    }

    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Takes in an event of a call that is known.
    pub fn hear(&mut self, heard: &Heard<'_>, now: Timestamp) -> Option<Change<'_>> {
        let entry = self.calls.get_mut(&of(heard)?)?;
        if !entry.stored.call.has_heard(heard.event.seq) {
            entry.stored.call.hear(heard.event, &heard.said, heard.model);
        }
        entry.learn(heard.event);
        told(entry, now)
    }

    /// Somebody has it, or nobody any more.
    pub fn hold(&mut self, key: &CallKey, by: Option<String>, now: Timestamp) -> Option<Change<'_>> {
        let entry = self.calls.get_mut(key)?;
        entry.held = by;
        told(entry, now)
    }

    /// Which calls have ended by themselves, as nothing more was heard of them.
    pub fn expire(&mut self, now: Timestamp) -> Vec<Change<'_>> {
        let over = self.calls.values_mut().filter(|entry| entry.shown && !entry.is_shown_at(now));
        over.filter_map(|entry| told(entry, now)).collect()
    }

    /// When the next of them does.
    pub fn next_end(&self) -> Option<Timestamp> {
        self.shown().filter_map(|entry| entry.stored.call.due).map(|due| due.at).min()
    }

    /// Those that have ended, up to this event, are in the table.
    pub fn forget(&mut self, up_to: Seq) {
        self.calls.retain(|_, entry| entry.shown || entry.stored.call.last_seq > up_to);
    }
}

fn told(entry: &mut Entry, now: Timestamp) -> Option<Change<'_>> {
    let is_shown = entry.is_shown_at(now);
    let was_shown = std::mem::replace(&mut entry.shown, is_shown);
    if entry.shown {
        return Some(Change::Is(entry));
    }
    was_shown.then_some(Change::Ended(entry))
}

impl Live {
    /// Those that are known from before, once all of what is known of them is there.
    pub fn begin(&mut self, now: Timestamp) {
        for entry in self.calls.values_mut() {
            entry.shown = entry.is_shown_at(now);
        }
    }
}
