//! What a simulated company told before the demonstration began.

use super::script::Crowd;
use crate::domain::Timestamp;
use crate::simulator::Told;

/// Its stories, told one after the other.
pub(super) struct Stories(pub(super) Crowd);

impl Told for Stories {
    fn next(&mut self, at: Timestamp) -> (&'static str, String) {
        self.0.next(at)
    }

    fn last(&mut self, at: Timestamp) -> Option<(&'static str, String)> {
        (!self.0.is_over()).then(|| self.0.go_on(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_past_ends_with_everything_that_it_began() {
        let mut past = Stories(Crowd::of_the_past(7));
        let told: Vec<_> = (0..500).map(|n| past.next(Timestamp(n))).collect();
        let last = std::iter::from_fn(|| past.last(Timestamp(600))).count();
        assert!((1..100).contains(&last), "{last} events end it");
        assert_eq!(past.last(Timestamp(600)), None);
        let mut present = Crowd::new(7, 0);
        let present: Vec<_> = (0..500).map(|n| present.next(Timestamp(n))).collect();
        assert_ne!(told, present, "it is not told again");
    }
}
