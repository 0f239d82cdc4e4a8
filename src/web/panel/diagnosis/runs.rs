//! Diagnoses that are under way, and those of the last minutes: what they have found is in memory, for who asked for them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::admin::{AdminError, Diagnosis};
use crate::domain::{CompanyId, UserId};

/// So long a page can be loaded again.
const KEPT: Duration = Duration::from_mins(10);
/// Of all people together; the oldest goes first.
const RUNS: usize = 64;

/// See the module. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Runs(Arc<Mutex<VecDeque<Arc<Run>>>>);

/// One diagnosis.
pub struct Run {
    pub name: String,
    user: UserId,
    company: CompanyId,
    begun: Instant,
    pub found: Mutex<Diagnosis>,
    end: Mutex<Option<End>>,
}

/// How it ended.
struct End {
    error: Option<AdminError>,
}

/// A run that was asked for.
pub struct Begun {
    pub run: Arc<Run>,
    /// The same, if nobody runs it yet.
    pub fresh: Option<Arc<Run>>,
}

impl Runs {
    /// A new run; of who has one of this company under way, that one.
    pub fn begin(&self, user: UserId, company: CompanyId) -> Begun {
        let mut all = lock(&self.0);
        all.retain(|run| run.begun.elapsed() < KEPT);
        let is_under_way = |run: &&Arc<Run>| run.user == user && run.company == company && !run.is_over();
        if let Some(run) = all.iter().find(is_under_way) {
            return Begun { run: run.clone(), fresh: None };
        }
        if all.len() >= RUNS {
            all.pop_front();
        }
        let run = Arc::new(Run {
            name: format!("{:032x}", rand::random::<u128>()),
            user,
            company,
            begun: Instant::now(),
            found: Mutex::default(),
            end: Mutex::default(),
        });
        all.push_back(run.clone());
        Begun { fresh: Some(run.clone()), run }
    }

    pub fn get(&self, name: &str, user: UserId, company: CompanyId) -> Option<Arc<Run>> {
        let is_it = |run: &&Arc<Run>| {
            run.name == name && run.user == user && run.company == company && run.begun.elapsed() < KEPT
        };
        lock(&self.0).iter().find(is_it).cloned()
    }
}

impl Run {
    pub fn found(&self) -> MutexGuard<'_, Diagnosis> {
        lock(&self.found)
    }

    pub fn ends(&self, error: Option<AdminError>) {
        *lock(&self.end) = Some(End { error });
    }

    pub fn is_over(&self) -> bool {
        lock(&self.end).is_some()
    }

    /// Why it has ended before its end.
    pub fn trouble<T>(&self, tell: impl FnOnce(&AdminError) -> T) -> Option<T> {
        let end = lock(&self.end);
        end.as_ref()?.error.as_ref().map(tell)
    }
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every write is a single step: whole after any panic.
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_seen_by_who_asked() {
        let runs = Runs::default();
        let (ana, bia, company) = (UserId(1), UserId(2), CompanyId(1));
        let first = runs.begin(ana, company);
        assert!(first.fresh.is_some());
        let again = runs.begin(ana, company);
        assert!(again.fresh.is_none() && again.run.name == first.run.name, "it is under way");
        assert!(runs.begin(bia, company).fresh.is_some() && runs.begin(ana, CompanyId(2)).fresh.is_some());
        assert!(runs.get(&first.run.name, ana, company).is_some());
        assert!(runs.get(&first.run.name, bia, company).is_none(), "another's");
        assert!(runs.get(&first.run.name, ana, CompanyId(2)).is_none(), "of another company");
        first.run.ends(None);
        assert!(runs.begin(ana, company).fresh.is_some());
        for n in 0..100 {
            runs.begin(UserId(n + 10), company);
        }
        assert!(runs.get(&first.run.name, ana, company).is_none(), "so many are kept");
    }
}
