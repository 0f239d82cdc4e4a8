//! What an event is counted by, against what it takes.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use ramal::domain::{
    CompanyId, Draft, Event, EventFlags, Extra, Key, Keys, Label, Provider, Seq, SourceId, Timestamp,
};

use crate::support::allocator;

/// Of many, so that a queue that has just doubled is among them.
const EVENTS: i64 = 1_050;

/// What differs from one event to the next.
#[derive(Clone, Copy)]
struct Shape {
    payload: usize,
    key: usize,
    attachment: usize,
}

const SHAPES: [Shape; 7] = [
    Shape { payload: 0, key: 0, attachment: 0 },
    Shape { payload: 40, key: 10, attachment: 0 },
    Shape { payload: 700, key: 10, attachment: 0 },
    Shape { payload: 1_030, key: 24, attachment: 0 },
    Shape { payload: 9_000, key: 24, attachment: 0 },
    Shape { payload: 100, key: 256, attachment: 0 },
    Shape { payload: 100, key: 10, attachment: 5_000 },
];

impl Shape {
    fn keys(self) -> Keys {
        let key = || (self.key > 0).then(|| Key::from("7".repeat(self.key)));
        Keys { call: key(), phones: key().into_iter().collect(), agent: key(), chat: None }
    }

    fn extra(self) -> Option<Arc<Extra>> {
        let attached = || vec!["A".repeat(self.attachment), "A".repeat(self.attachment)];
        (self.attachment > 0).then(|| Arc::new(Extra { attachments: attached(), ..Extra::default() }))
    }

    fn draft(self, name: &Arc<str>) -> Draft {
        Draft {
            source: SourceId(1),
            provider: Provider::new("threecplus"),
            session: None,
            name: name.clone().into(),
            lane: (self.key > 0).then(|| "7".repeat(self.key).into()),
            received_at: Timestamp(0),
            payload: Bytes::copy_from_slice(&vec![b'7'; self.payload]),
            keys: self.keys(),
            flags: EventFlags::default(),
            extra: self.extra(),
            dedupe: None,
        }
    }

    fn event(self, name: &Arc<str>, seq: i64) -> Event {
        let Draft { source, provider, session, name, lane, received_at, payload, keys, flags, extra, .. } =
            self.draft(name);
        let (company, seq) = (CompanyId(1), Seq(seq));
        Event {
            company,
            seq,
            source,
            provider,
            session,
            name: name.into_arc(),
            lane: lane.map(Label::into_arc),
            received_at,
            payload,
            keys,
            flags,
            extra,
        }
    }
}

/// The bytes that this thread holds more after `make`, while what it made is alive.
fn held_by<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = allocator::held();
    let thing = make();
    (thing, usize::try_from(allocator::held() - before).unwrap())
}

#[test]
fn an_event_takes_no_more_memory_than_it_is_counted_by() {
    let name: Arc<str> = "call-was-connected".into();
    for Shape { payload, key, attachment } in SHAPES {
        let shape = Shape { payload, key, attachment };
        let (drafts, taken) = held_by(|| (0..EVENTS).map(|_| shape.draft(&name)).collect::<Vec<_>>());
        let counted: usize = drafts.iter().map(Draft::weight).sum();
        assert!(taken <= counted, "draft {payload} {key} {attachment}: {taken} taken, {counted} counted");
        let (events, taken) = held_by(|| {
            let mut ring = VecDeque::new();
            for seq in 0..EVENTS {
                ring.push_back(Arc::new(shape.event(&name, seq)));
            }
            ring
        });
        let counted: usize = events.iter().map(|event| event.weight()).sum();
        assert!(taken <= counted, "event {payload} {key} {attachment}: {taken} taken, {counted} counted");
    }
}
