//! Whether this process may write: the database as a whole, and each company in it.
//!
//! What must hold here:
//! - Who has lost the database, or a company of it, does not call itself well: it is a state, published as it changes.
//! - Nothing is written while that is in doubt.
//! - Whatever was owned of what is lost is void before the loss is published, so that who hears of it finds it so.
//!
//! How it works: once a second the hold on the database is looked at ([`Hold::look`]), which also finds out that a database
//! is out of reach while there is nothing to write. That a company is written by somebody else is found by the recorder
//! (its lease has another epoch). The runtime stops what it runs for what is lost, and takes it back when it may.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::health::Report;
use super::inbox::Inbox;
use crate::domain::CompanyId;
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::ownership::Leases;
use crate::store::{Head, Held, Hold, Store, StoreError};

/// How often the hold is looked at: what is wrong is known a second later, or after the deadline of an answer.
const LOOK_EVERY: Duration = Duration::from_secs(1);
pub(super) const SPEC: Spec = Spec::new("database-hold", Rhythm::After(LOOK_EVERY));

/// What is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Another process has the database: nothing may run here.
    pub lost: bool,
    /// Companies that somebody else has written, though the database is this process's: to be taken again.
    pub disowned: BTreeSet<CompanyId>,
}

/// See the module.
pub(super) struct Tenure {
    leases: Leases,
    standing: watch::Sender<Standing>,
    doubt: watch::Sender<Doubt>,
}

/// What the recorder asks before it writes.
#[derive(Debug, Clone, Default)]
pub(super) enum Doubt {
    #[default]
    None,
    /// The database cannot be reached or written, for this reason.
    Trouble(Arc<StoreError>),
    /// The hold was lost for a moment: whether the leases are still ours must be asked.
    Ask,
}

impl Default for Tenure {
    fn default() -> Self {
        let (standing, doubt) = (watch::Sender::new(Standing::default()), watch::Sender::new(Doubt::None));
        Self { leases: Leases::default(), standing, doubt }
    }
}

impl Tenure {
    pub fn subscribe(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// The leases that are held.
    pub fn leases(&self) -> &Leases {
        &self.leases
    }

    pub fn is_lost(&self) -> bool {
        self.standing.borrow().lost
    }

    /// Whether everything is this process's.
    pub fn is_whole(&self) -> bool {
        *self.standing.borrow() == Standing::default()
    }

    /// Whether everything is this process's, and nothing speaks against writing.
    pub fn is_sure(&self) -> bool {
        self.is_whole() && !matches!(*self.doubt.borrow(), Doubt::Trouble(_))
    }

    /// Resolves when the database is out of reach.
    pub async fn in_trouble(&self) {
        let mut doubt = self.doubt.subscribe();
        // The sender lives in `self`.
        let _ = doubt.wait_for(|doubt| matches!(doubt, Doubt::Trouble(_))).await;
    }

    pub fn doubt(&self) -> Doubt {
        self.doubt.borrow().clone()
    }

    /// The leases were asked for and are ours, or are known to be another's.
    pub fn settle_doubt(&self) {
        self.doubt.send_if_modified(|doubt| {
            let asked = matches!(doubt, Doubt::Ask);
            if asked {
                *doubt = Doubt::None;
            }
            asked
        });
    }

    /// Somebody else has written these companies.
    pub fn disown(&self, companies: &[CompanyId]) {
        self.change(|standing| {
            self.leases.void(companies);
            standing.disowned.extend(companies);
        });
    }

    /// Their leases were taken: these are the heads with their new epochs.
    pub fn took(&self, heads: &[Head]) {
        let taken = |company: &CompanyId| heads.iter().any(|head| head.company == *company);
        self.change(|standing| {
            standing.disowned.retain(|company| !taken(company));
            // The database may have been lost while they were taken: then nothing is granted.
            for head in heads.iter().filter(|_| !standing.lost) {
                self.leases.grant(head.company, head.epoch);
            }
        });
    }

    /// It does not matter whose these are: they are no more, or are not wanted here.
    pub fn forget(&self, companies: &[CompanyId]) {
        self.change(|standing| {
            self.leases.end(companies);
            standing.disowned.retain(|company| !companies.contains(company));
        });
    }

    /// Returns whether there is anything new for the recorder.
    fn found(&self, found: Result<Held, StoreError>) -> bool {
        let (lost, doubt) = match found {
            Ok(Held::Still) => (false, None),
            Ok(Held::Again) => (false, Some(Doubt::Ask)),
            Ok(Held::ByAnother) => (true, None),
            Err(error) => (self.is_lost(), Some(Doubt::Trouble(Arc::new(error)))),
        };
        let had_trouble = matches!(*self.doubt.borrow(), Doubt::Trouble(_));
        let changed = self.change(|standing| {
            standing.lost = lost;
            if lost {
                self.leases.void_all();
            }
        });
        match doubt {
            Some(doubt) => self.doubt.send_replace(doubt),
            // What was doubtful is asked once more.
            None if had_trouble => self.doubt.send_replace(Doubt::Ask),
            None => return changed,
        };
        true
    }

    fn change(&self, change: impl FnOnce(&mut Standing)) -> bool {
        self.standing.send_if_modified(|standing| {
            let before = standing.clone();
            change(standing);
            *standing != before
        })
    }
}

/// Looks after the hold on a database; whoever ends this gives the hold up.
pub(super) struct Watch {
    pub hold: Hold,
    pub tenure: Arc<Tenure>,
    pub inbox: Arc<Inbox>,
    pub store: Store,
    pub report: Report,
}

impl Watch {
    fn found(&self, found: Result<Held, StoreError>) {
        if !matches!(found, Ok(Held::Still)) {
            // Readers may stand on a server that does not answer, or is not the one that takes writes.
            self.store.renew_sessions();
        }
        // Here, because the recorder may be waiting for the very server that does not answer.
        if let Err(error) = &found {
            self.report.waiting(error);
        }
        if self.tenure.found(found) {
            self.inbox.ring();
        }
    }
}

impl Duty for Watch {
    async fn run(&mut self) -> Done {
        self.report.look(Instant::now());
        let found = self.hold.look().await;
        let done = match &found {
            Ok(Held::Still | Held::Again) => Done::nothing(),
            Ok(Held::ByAnother) => Done::failed("another process has the database"),
            Err(error) => Done::failed(error),
        };
        self.found(found);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Seq;

    fn gone() -> StoreError {
        StoreError::Gone { detail: "no answer".into(), outcome_unknown: false }
    }

    #[test]
    fn what_was_in_doubt_is_asked_before_it_is_trusted_again() {
        let tenure = Tenure::default();
        assert!(!tenure.found(Ok(Held::Still)), "nothing is new");
        assert!(tenure.found(Err(gone())));
        assert!(matches!(tenure.doubt(), Doubt::Trouble(_)));
        tenure.settle_doubt();
        assert!(matches!(tenure.doubt(), Doubt::Trouble(_)), "only a look ends it");
        assert!(tenure.found(Ok(Held::Still)));
        assert!(matches!(tenure.doubt(), Doubt::Ask));
        tenure.settle_doubt();
        assert!(matches!(tenure.doubt(), Doubt::None));
        assert!(tenure.found(Ok(Held::Again)));
        assert!(matches!(tenure.doubt(), Doubt::Ask));
    }

    #[test]
    fn who_has_lost_the_database_stays_so_until_it_is_held_again() {
        let tenure = Tenure::default();
        assert!(tenure.found(Ok(Held::ByAnother)));
        assert!(tenure.is_lost() && !tenure.is_whole());
        tenure.found(Err(gone()));
        assert!(tenure.is_lost(), "trouble on top of it is no good news");
        tenure.found(Ok(Held::Again));
        assert!(tenure.is_whole());
        tenure.disown(&[CompanyId(1), CompanyId(2)]);
        assert!(!tenure.is_whole() && !tenure.is_lost());
        tenure.took(&[head(2, 1), head(1, 1)]);
        assert!(tenure.is_whole());
    }

    fn head(company: i64, epoch: i64) -> Head {
        Head { company: CompanyId(company), seq: Seq::ZERO, epoch, batch: 0 }
    }

    #[test]
    fn what_is_lost_is_void_and_comes_back_as_another_value() {
        let tenure = Tenure::default();
        tenure.took(&[head(1, 1), head(2, 1)]);
        let of = |company| tenure.leases().of(CompanyId(company));
        let (one, other) = (of(1).expect("granted"), of(2).expect("granted"));
        tenure.disown(&[CompanyId(1)]);
        assert!(!one.is_held() && other.is_held(), "one company is lost, and not the other");
        tenure.took(&[head(1, 3)]);
        assert!(of(1).is_some_and(|owned| owned.epoch() == 3) && !one.is_held());
        tenure.found(Ok(Held::ByAnother));
        assert!(!other.is_held() && of(1).is_none(), "nothing is held of a database that is another's");
        tenure.took(&[head(1, 4)]);
        assert!(of(1).is_none(), "what was taken while it was lost is not held");
        tenure.found(Ok(Held::Again));
        assert!(of(1).is_none(), "it has to be taken again");
        tenure.took(&[head(1, 5)]);
        tenure.forget(&[CompanyId(1)]);
        assert!(of(1).is_none() && tenure.is_whole());
    }
}
