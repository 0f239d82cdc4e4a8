//! The calls of a company that ring or go on, as its journal tells them: kept in memory for whoever may answer them.
//!
//! What must hold here: a call is what the same events make of it in the table of calls; one that has ended stays known until the table has its
//! end, so that nothing that comes late makes it ring.

use std::sync::Arc;

use ahash::AHashMap;

use crate::calls::Heard;
use crate::domain::call::{Call, CallState, Which};
use crate::domain::{CallId, CompanyId, Event, Key, Seq, SourceId, Timestamp};
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
        if let Some(voice) = definition.voice() {
            self.offer = voice.offer(event).map(Arc::from).or_else(|| self.offer.take());
            // What came of it, as the journal has it: also of what a program left behind.
            let failed = event.name.strip_suffix(".failed") == Some(voice.answers());
            if failed && self.held.is_some() && by(event) == self.held {
                self.held = None;
            }
        }
        if let Some(tag) = definition.context(event).and_then(|context| context.tag) {
            self.tag = Some(tag);
        }
    }

    fn is_shown_at(&self, now: Timestamp) -> bool {
        matches!(self.stored.call.state_at(now), CallState::Ringing | CallState::Ongoing)
    }
}

/// Who did what an event of ours tells of.
fn by(event: &Event) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Told {
        by: String,
    }
    serde_json::from_slice::<Told>(&event.payload).ok().map(|told| told.by)
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

    /// Those that are known from before, once all of what is known of them is there.
    pub fn begin(&mut self, now: Timestamp) {
        for entry in self.calls.values_mut() {
            entry.shown = entry.is_shown_at(now);
        }
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

    /// Takes in what is said of calls, after the rows of those that were not known.
    pub fn take(
        &mut self,
        company: CompanyId,
        stored: Vec<StoredCall>,
        told: &[Heard<'_>],
        now: Timestamp,
        mut tell: impl FnMut(Change<'_>),
    ) {
        for stored in stored {
            self.put(Entry::new(stored));
        }
        for heard in told {
            let Some(key) = of(heard) else { continue };
            if !self.knows(&key) {
                let call = Call::new(heard.event, key.1);
                self.put(Entry::new(StoredCall { company, provider: heard.event.provider, call }));
            }
            if let Some(change) = self.hear(heard, now) {
                tell(change);
            }
        }
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
    if entry.stored.call.state_at(now) != CallState::Ringing {
        entry.offer = None;
    }
    let was_shown = std::mem::replace(&mut entry.shown, is_shown);
    if entry.shown {
        return Some(Change::Is(entry));
    }
    was_shown.then_some(Change::Ended(entry))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::calls::heard;
    use crate::domain::call::Outcome;
    use crate::domain::{EventFlags, Keys};

    const SECOND: i64 = 1_000_000;

    /// The provider whose calls are answered with a voice, and in whose words these events are.
    fn voiced() -> &'static dyn sources::Definition {
        let found = sources::PROVIDERS.iter().find(|provider| provider.voice().is_some());
        *found.expect("there is one")
    }

    fn event(seq: i64, name: &str, body: &str) -> Event {
        Event {
            company: CompanyId(1),
            seq: Seq(seq),
            source: SourceId(1),
            provider: voiced().identity().id,
            session: None,
            name: name.into(),
            lane: None,
            received_at: Timestamp(seq * SECOND),
            payload: Bytes::copy_from_slice(body.as_bytes()),
            keys: Keys { call: Some("c1".into()), ..Keys::default() },
            flags: EventFlags::default(),
            extra: None,
        }
    }

    fn connect(seq: i64) -> Event {
        event(seq, "connect", r#"{"from":"1","callingTag":"t","rtcSession":{"type":"offer","sdp":"v=0"}}"#)
    }

    /// What is told of an event: the state it is in now, or the outcome it ended with.
    fn told(live: &mut Live, event: &Event) -> Option<Result<CallState, Option<Outcome>>> {
        let heard = heard(event).expect("it says something of a call");
        let key = of(&heard).expect("it has an id");
        if !live.knows(&key) {
            let call = Call::new(event, key.1);
            live.put(Entry::new(StoredCall { company: event.company, provider: event.provider, call }));
        }
        let now = event.received_at;
        live.hear(&heard, now).map(|change| match change {
            Change::Is(entry) => Ok(entry.stored.call.state_at(now)),
            Change::Ended(entry) => Err(entry.stored.call.outcome_at(now)),
        })
    }

    #[test]
    fn a_call_rings_with_its_offer_goes_on_and_ends() {
        let mut live = Live::default();
        assert_eq!(told(&mut live, &event(1, "bot_req_call", "{}")), None, "nothing rings yet");
        assert_eq!(told(&mut live, &connect(2)), Some(Ok(CallState::Ringing)));
        let entry = live.shown().next().expect("it rings");
        assert_eq!((entry.offer.as_deref(), entry.tag.as_deref()), (Some("v=0"), Some("t")));
        let sent = event(3, "accept.sent", r#"{"by":"ana"}"#);
        assert_eq!(told(&mut live, &sent), Some(Ok(CallState::Ongoing)));
        assert_eq!(told(&mut live, &event(4, "hangup", "{}")), Some(Err(Some(Outcome::Answered))));
        assert_eq!(live.shown().count(), 0);
        assert_eq!(told(&mut live, &connect(5)), None, "what comes late makes nothing ring");
        live.forget(Seq(4));
        assert_eq!(live.len(), 1, "the table does not have all of it yet");
        live.forget(Seq(5));
        assert_eq!(live.len(), 0);
    }

    #[test]
    fn an_end_before_the_beginning_rings_never() {
        let mut live = Live::default();
        assert_eq!(told(&mut live, &event(1, "hangup", "{}")), None);
        assert_eq!(told(&mut live, &connect(2)), None);
    }

    #[test]
    fn a_call_that_nobody_answers_ends_by_itself() {
        let mut live = Live::default();
        told(&mut live, &connect(1));
        let end = live.next_end().expect("it is waited for");
        assert!(live.expire(Timestamp(end.0 - 1)).is_empty());
        let ended = live.expire(end);
        let outcome = |change: &Change<'_>| match change {
            Change::Ended(entry) => entry.stored.call.outcome_at(end),
            Change::Is(_) => None,
        };
        assert_eq!(ended.iter().map(outcome).collect::<Vec<_>>(), [Some(Outcome::Missed)]);
        assert_eq!((live.expire(end).len(), live.next_end()), (0, None), "once");
    }

    #[test]
    fn who_has_it_is_told_until_it_is_known_that_nothing_came_of_it() {
        let mut live = Live::default();
        told(&mut live, &connect(1));
        let key = (SourceId(1), Key::from("c1"));
        let by = |live: &Live| live.shown().next().and_then(|entry| entry.held.clone());
        assert!(live.hold(&key, Some("ana".to_owned()), Timestamp(SECOND)).is_some());
        assert_eq!(by(&live).as_deref(), Some("ana"));
        assert_eq!(
            told(&mut live, &event(2, "accept.failed", r#"{"status":500}"#)),
            Some(Ok(CallState::Ringing))
        );
        assert_eq!(by(&live).as_deref(), Some("ana"), "what came of another's does not free it");
        let own = event(3, "accept.failed", r#"{"status":500,"by":"ana"}"#);
        assert_eq!(told(&mut live, &own), Some(Ok(CallState::Ringing)));
        assert_eq!(by(&live), None);
    }
}
