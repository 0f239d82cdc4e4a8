//! What rings, told at once to everybody who may answer it.
//!
//! What must always hold here:
//! - A ring waits for nothing but the commit of its event: it is read from memory, not from the table of calls, which may be behind.
//! - What was told is so: every message is a whole state, in the order in which things happened; who missed one is told everything anew.
//! - Nobody who is slow holds up anybody: what is told waits in one bounded place for all of them.
//! - It survives a restart: what rings is in the journal and in the table of calls, and who has it in that of actions.
//!
//! A company is followed by a task of its own ([`following`]); the duty here begins and ends them. Only companies with a source whose calls
//! people can do something with are followed.

mod following;
mod live;
mod view;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use crate::domain::decision::OfCall;
use crate::domain::{CallId, CompanyId, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::journal::Journal;
use crate::store::{StoreError, StoredCall};

use live::{Change, Live};
use view::{Message, message, ring};

/// Companies that came or went are looked for this often; one whose task has failed is begun anew.
const LOOK_EVERY: Duration = Duration::from_secs(1);
pub const SPEC: Spec = Spec::new("ringing", Rhythm::After(LOOK_EVERY));
/// Messages that may wait for who listens; who is further behind is told everything anew.
const WAITING: usize = 1_024;

/// See the module. A clone is the same.
#[derive(Clone)]
pub struct Ringing(Arc<Inner>);

struct Inner {
    /// When this program began to.
    since: Timestamp,
    told: broadcast::Sender<Arc<Told>>,
    companies: Mutex<HashMap<CompanyId, Live>>,
}

/// A message, for those who see this company.
#[derive(Debug)]
pub struct Told {
    pub company: CompanyId,
    /// JSON in UTF-8.
    pub text: Bytes,
}

/// A call that rings, for who wants to answer it.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The session that its provider offers, as it came.
    pub sdp: Arc<str>,
    pub of: OfCall,
}

impl Default for Ringing {
    fn default() -> Self {
        Self(Arc::new(Inner {
            since: Timestamp::now(),
            told: broadcast::Sender::new(WAITING),
            companies: Mutex::default(),
        }))
    }
}

impl Ringing {
    /// What is told from now on. Whoever takes this first and [`Ringing::everything`] then misses nothing.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Told>> {
        self.0.told.subscribe()
    }

    /// All that rings and goes on now, of the companies that `sees` names, as one message.
    pub fn everything(&self, sees: impl Fn(CompanyId) -> bool) -> Bytes {
        let now = Timestamp::now();
        let companies = self.companies();
        let known: Vec<_> = companies.iter().filter(|(company, _)| sees(**company)).collect();
        let calls = known.iter().flat_map(|(_, live)| live.shown()).map(|entry| ring(entry, now)).collect();
        let companies = known.iter().map(|(company, _)| company.to_string()).collect();
        text(&Message::Calls { companies, calls, now: now.0 / 1_000 })
    }

    /// A call that rings, goes on, or has just ended, as it is now: the table of calls may be behind.
    pub fn call(&self, id: CallId) -> Option<StoredCall> {
        Some(self.companies().get(&id.company)?.find(id)?.stored.clone())
    }

    /// What a call that rings offers.
    pub fn offer(&self, call: CallId) -> Option<Offered> {
        let companies = self.companies();
        let entry = companies.get(&call.company)?.find(call)?;
        let (source, id) = entry.key();
        Some(Offered { sdp: entry.offer.clone()?, of: OfCall { company: call.company, source, call: id } })
    }

    /// It was asked of a program before this one.
    pub(super) fn is_from_before(&self, asked_at: Timestamp) -> bool {
        asked_at < self.0.since
    }

    /// Somebody has a call, whatever comes of it; or nobody has it any more.
    pub(super) fn hold(&self, of: &OfCall, by: Option<String>) {
        let now = Timestamp::now();
        let mut companies = self.companies();
        let Some(live) = companies.get_mut(&of.company) else { return };
        if let Some(change) = live.hold(&(of.source, of.call.clone()), by, now) {
            self.tell(of.company, &change, now);
        }
    }

    /// Told while the company is locked: in the order in which things happen.
    fn tell(&self, company: CompanyId, change: &Change<'_>, now: Timestamp) {
        let text = text(&message(change, now));
        // Nobody may be listening.
        let _ = self.0.told.send(Arc::new(Told { company, text }));
    }

    /// A company is followed from here on, with what is known of its calls; who listens is told all of it.
    fn begin(&self, company: CompanyId, mut live: Live) {
        let now = Timestamp::now();
        live.begin(now);
        let mut companies = self.companies();
        let calls = live.shown().map(|entry| ring(entry, now)).collect();
        let text = text(&Message::Calls { companies: vec![company.to_string()], calls, now: now.0 / 1_000 });
        companies.insert(company, live);
        let _ = self.0.told.send(Arc::new(Told { company, text }));
    }

    /// Nothing is known of it any more, which does not end what goes on there.
    fn end(&self, company: CompanyId) {
        let mut companies = self.companies();
        if companies.remove(&company).is_some() {
            let text = text(&Message::Unfollowed { companies: vec![company.to_string()] });
            let _ = self.0.told.send(Arc::new(Told { company, text }));
        }
    }

    fn companies(&self) -> MutexGuard<'_, HashMap<CompanyId, Live>> {
        // Every change is whole after any panic: a call is taken in before it is told.
        self.0.companies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(message: &impl Serialize) -> Bytes {
    serde_json::to_vec(message).expect("keys are texts").into()
}

/// Which companies have calls that people can do something with.
pub type Companies = Arc<dyn Fn() -> BTreeSet<CompanyId> + Send + Sync>;

/// Begins and ends the tasks.
pub struct Following {
    journal: Journal,
    ringing: Ringing,
    companies: Companies,
    tasks: HashMap<CompanyId, JoinHandle<Result<(), StoreError>>>,
}

impl Following {
    pub fn new(journal: Journal, ringing: Ringing, companies: Companies) -> Self {
        Self { journal, ringing, companies, tasks: HashMap::new() }
    }

    /// Whose task has ended, and the first error among them.
    async fn reap(&mut self) -> Option<StoreError> {
        let ended: Vec<CompanyId> =
            self.tasks.iter().filter(|(_, task)| task.is_finished()).map(|(company, _)| *company).collect();
        let mut first = None;
        for company in ended {
            let Some(task) = self.tasks.remove(&company) else { continue };
            match task.await {
                Ok(Ok(())) => debug!(%company, "the calls of a company are no longer followed"),
                Ok(Err(error)) => {
                    warn!(%company, %error, "what rings could not be read; it is read anew");
                    first.get_or_insert(error);
                }
                Err(error) => warn!(%company, %error, "what rings could not be read; it is read anew"),
            }
        }
        first
    }
}

impl Duty for Following {
    async fn run(&mut self) -> Done {
        let failed = self.reap().await;
        let wanted: BTreeSet<CompanyId> =
            (self.companies)().into_iter().filter(|company| self.journal.owned(*company).is_some()).collect();
        let mut begun = 0;
        self.tasks.retain(|company, task| {
            let stays = wanted.contains(company);
            if !stays {
                task.abort();
            }
            stays
        });
        let known: Vec<CompanyId> = self.ringing.companies().keys().copied().collect();
        for company in known.into_iter().filter(|company| !wanted.contains(company)) {
            self.ringing.end(company);
        }
        for company in wanted {
            self.tasks.entry(company).or_insert_with(|| {
                begun += 1;
                tokio::spawn(following::follow(self.journal.clone(), self.ringing.clone(), company))
            });
        }
        match failed {
            Some(error) => Done::failed(error),
            None => Done::counted("companies", begun),
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.tasks.values().for_each(JoinHandle::abort);
    }
}
