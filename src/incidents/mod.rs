//! What is wrong, kept: opened and closed by the program, with what happened to it.
//!
//! What must hold here:
//!
//! - One open incident for each thing that is wrong: a line, a destination of a company, a webhook, a task, the database. What
//!   is the matter with it may change meanwhile; that is its history, not another incident.
//! - An incident is closed when there is evidence that it is over, never because nothing is known: a process that has just
//!   begun has not heard from an endpoint yet, and what failed before it is not well for that.
//! - What comes back soon after it was over is the same incident.
//! - What cannot be written down is shown all the same: a database that takes no writes is an incident without a number.
//!
//! How it works: every few seconds one look at everything ([`look`]) is judged (`watch::attention`), grouped by what it is about
//! ([`standing`]) and compared with the open rows ([`reconcile`]); what differs is written, and the result is kept in memory for
//! whoever shows it ([`Current`]).

mod doors;
mod keeping;
mod look;
pub mod losses;
mod reconcile;
mod silence;
mod standing;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::timeout;

use crate::domain::incident::Incident;
use crate::domain::{CompanyId, IncidentId, Timestamp};
use crate::journal::Journal;
use crate::runtime::Runtime;
use crate::store::Store;
use crate::watch::attention::Alert;

pub use keeping::{Keeping, SPEC};
pub use look::{Scope, Seen, webhook_look};

/// The handle. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Incidents {
    store: Store,
    journal: Journal,
    runtime: Runtime,
    current: Arc<RwLock<Arc<Current>>>,
    newest: silence::Newest,
}

/// What is open, as of the last look; what costs most first.
#[derive(Debug, Clone, Default)]
pub struct Current {
    pub at: Timestamp,
    pub open: Vec<Open>,
}

/// One that is open.
#[derive(Debug, Clone)]
pub struct Open {
    /// Its id is 0 while it cannot be written down.
    pub incident: Incident,
    /// How it stands; none where nothing is known of it now, which is no evidence that it is over.
    pub alert: Option<Alert>,
}

impl Incidents {
    pub fn new(store: Store, journal: Journal, runtime: Runtime) -> Self {
        Self { store, journal, runtime, current: Arc::default(), newest: silence::Newest::default() }
    }

    /// What is open. Empty until the first look.
    pub fn current(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has everything looked at once more, and waits for it (a second at most): what was just changed is shown then.
    pub async fn look_again(&self) {
        let looked = self.journal.duties().activate(SPEC.name);
        // What is shown is as old as it says; nobody is kept waiting for more.
        drop(timeout(Duration::from_secs(1), looked).await);
    }

    /// Those that cannot be written down now.
    pub fn unwritten(&self) -> Vec<Incident> {
        let current = self.current();
        let unwritten = current.open.iter().filter(|open| open.incident.id.0 == 0);
        unwritten.map(|open| open.incident.clone()).collect()
    }

    fn publish(&self, current: Current) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(current);
    }
}

impl Current {
    /// The most that was seen of one of them since it is open.
    fn most_of(&self, id: IncidentId) -> Option<u64> {
        self.open.iter().find(|open| open.incident.id == id)?.incident.facts.most
    }

    /// Those that somebody sees: of these companies, and of the installation if they see all of it.
    pub fn seen<'a>(
        &'a self,
        sees: impl Fn(CompanyId) -> bool + 'a,
        whole: bool,
    ) -> impl Iterator<Item = &'a Open> {
        self.open.iter().filter(move |open| open.incident.company.map_or(whole, &sees))
    }
}
