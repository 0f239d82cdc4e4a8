//! Large events that somebody has in hand: each is in memory once, however many have read it from the database.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use ahash::AHashMap;

use crate::domain::{CompanyId, Event, Seq};

/// From so many bytes of payload on it is worth while to look.
const LARGE: usize = 256 << 10;

/// See the module. What nobody has any more is forgotten when the next one comes.
#[derive(Debug, Default)]
pub(super) struct Large(Mutex<AHashMap<(CompanyId, Seq), Weak<Event>>>);

impl Large {
    /// The event as others have it; the one that was read, if nobody has.
    pub fn once(&self, event: Event) -> Arc<Event> {
        if event.payload.len() < LARGE {
            return Arc::new(event);
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (event.company, event.seq);
        if let Some(same) = known.get(&place).and_then(Weak::upgrade) {
            return same;
        }
        known.retain(|_, event| event.strong_count() > 0);
        let event = Arc::new(event);
        known.insert(place, Arc::downgrade(&event));
        event
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::event;
    use super::*;

    #[test]
    fn who_reads_a_large_event_has_the_same_one() {
        let large = Large::default();
        let payload = format!("\"{}\"", "x".repeat(LARGE));
        let read = |seq| large.once(event(seq, "call", &payload));
        let (first, again, other) = (read(1), read(1), read(2));
        assert!(Arc::ptr_eq(&first, &again) && !Arc::ptr_eq(&first, &other));
        drop((first, again));
        let anew = read(1);
        drop(other);
        assert_eq!(Arc::strong_count(&anew), 1);
        drop(read(3));
        assert_eq!(large.0.lock().unwrap().len(), 2, "what nobody has is forgotten with the next one");
        let small = |seq| large.once(event(seq, "call", "{}"));
        assert!(!Arc::ptr_eq(&small(5), &small(5)));
    }
}
