//! Places for answers whose body comes late.
//!
//! What must hold: a request that has its status does not keep its caller waiting for a body that takes long; how many
//! such bodies are read beside everything else is bounded for each server, so that none can take the others' places, and
//! in all together with the connections that are kept idle ([`super::PoolLimits::idle`]). Where there is no place, or the
//! request itself has not been sent whole, it waits for the body itself, and so holds up its own webhook alone: what is
//! read on beside everything else holds no request's bytes.

use std::collections::HashMap;
use std::sync::Arc;

use super::target::Origin;

/// How many bodies of one server may be read on.
const PER_ORIGIN: usize = 32;

/// The places that are taken.
#[derive(Default)]
pub(super) struct LateBodies {
    by_origin: HashMap<Arc<Origin>, usize, ahash::RandomState>,
    count: usize,
}

impl LateBodies {
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes a place, if the server has one left.
    pub fn take(&mut self, origin: &Arc<Origin>) -> bool {
        let of_origin = self.by_origin.entry(origin.clone()).or_insert(0);
        if *of_origin >= PER_ORIGIN {
            return false;
        }
        *of_origin += 1;
        self.count += 1;
        true
    }

    pub fn give_back(&mut self, origin: &Arc<Origin>) {
        self.count -= 1;
        match self.by_origin.get_mut(origin) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.by_origin.remove(origin)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Allow, Guard, SystemResolver, Target};
    use super::*;

    #[test]
    fn one_server_cannot_take_the_places_of_another() {
        let guard = Arc::new(Guard::new(Allow::default(), Arc::new(SystemResolver::new())));
        let origin = |n: usize| Target::parse(&format!("http://{n}.example/"), &guard).expect("a URL").origin;
        let mut bodies = LateBodies::default();
        assert!((0..PER_ORIGIN).all(|_| bodies.take(&origin(0))));
        assert!(!bodies.take(&origin(0)) && bodies.take(&origin(1)));
        bodies.give_back(&origin(0));
        assert!(bodies.take(&origin(0)), "a place is given back");
        bodies.give_back(&origin(1));
        for _ in 0..PER_ORIGIN {
            bodies.give_back(&origin(0));
        }
        assert!(bodies.by_origin.is_empty() && bodies.count() == 0);
    }
}
