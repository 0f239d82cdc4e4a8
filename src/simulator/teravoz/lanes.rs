//! What waits to be posted: each lane one post at a time, in order; lanes beside each other.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::event::Event;

#[derive(Default)]
pub(super) struct Lanes {
    /// A lane is here while something of it waits or is under way.
    waiting: HashMap<Arc<str>, VecDeque<String>>,
    /// Lanes with something that may go now.
    ready: VecDeque<Arc<str>>,
    held: usize,
}

impl Lanes {
    pub(super) fn push(&mut self, Event { lane, body }: Event) {
        self.held += 1;
        match self.waiting.get_mut(&lane) {
            // It is ready already, or under way and made ready by its answer.
            Some(bodies) => bodies.push_back(body),
            None => {
                self.waiting.insert(lane.clone(), VecDeque::from([body]));
                self.ready.push_back(lane);
            }
        }
    }

    /// The next post; its lane waits until [`Lanes::answered`].
    pub(super) fn next(&mut self) -> Option<Event> {
        let lane = self.ready.pop_front()?;
        let body = self.waiting.get_mut(&lane)?.pop_front()?;
        self.held -= 1;
        Some(Event { lane, body })
    }

    pub(super) fn answered(&mut self, lane: Arc<str>) {
        match self.waiting.get(&lane) {
            Some(bodies) if bodies.is_empty() => drop(self.waiting.remove(&lane)),
            Some(_) => self.ready.push_back(lane),
            None => {}
        }
    }

    /// Posts that wait, without those under way.
    pub(super) fn held(&self) -> usize {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_posts_one_after_the_other_beside_others() {
        let mut lanes = Lanes::default();
        let event = |lane: &str, body: &str| Event { lane: lane.into(), body: body.to_owned() };
        for (lane, body) in [("a", "1"), ("a", "2"), ("b", "3")] {
            lanes.push(event(lane, body));
        }
        assert_eq!(lanes.next(), Some(event("a", "1")));
        assert_eq!(lanes.next(), Some(event("b", "3")));
        assert_eq!((lanes.next(), lanes.held()), (None, 1), "the first of the lane is under way");
        lanes.answered("b".into());
        lanes.answered("a".into());
        assert_eq!(lanes.next(), Some(event("a", "2")));
        lanes.push(event("a", "4"));
        assert_eq!(lanes.next(), None);
        lanes.answered("a".into());
        assert_eq!(lanes.next(), Some(event("a", "4")));
        lanes.answered("a".into());
        assert!(lanes.waiting.is_empty() && lanes.held() == 0);
    }
}
