//! One commit: what it holds, where its events go, how it is written, and how it is split when its content is refused.

use std::sync::Arc;
use std::time::Duration;

use ahash::AHashMap;
use tokio::sync::oneshot;

use super::WriteError;
use super::handed::Append;
use super::inbox::{Inbox, Taken};
use super::leases::Under;
use super::plan::{Plan, known_duplicates};
use crate::domain::{CompanyId, Event, Label, WebhookId};
use crate::store::{Head, Settlement, StoreError, Writer};

/// The recorder's knowledge of each journal's end.
pub(super) type Heads = AHashMap<CompanyId, Head>;

/// Appends and results that go in with one commit.
pub(super) struct Work {
    pub appends: Vec<Append>,
    pub settlements: Vec<Settlement>,
    /// For each settlement, under which lease it was made, and who is answered.
    settled: Vec<(Under, oneshot::Sender<Result<(), WriteError>>)>,
    room: Room,
    /// How often heads were read again for it.
    pub tries: u32,
    /// How often it was given up because it took too long.
    cuts: u32,
    /// Its COMMIT was sent: this is what it has become, or would have if the connection was lost before the answer.
    pub sent: Option<Plan>,
}

/// The queue's room that is given back when the work is done, whatever way it ends.
struct Room {
    inbox: Arc<Inbox>,
    held: Vec<(CompanyId, usize)>,
}

impl Drop for Room {
    fn drop(&mut self) {
        if !self.held.is_empty() {
            self.inbox.release(self.held.drain(..));
        }
    }
}

/// Why a batch was not written.
#[derive(Debug)]
pub(super) enum Failure {
    Store(StoreError),
    /// These companies' rows in `heads` are not as we know them.
    Refused(Vec<CompanyId>),
    /// There are no such companies.
    Missing(Vec<CompanyId>),
    /// Some of it was handed over under leases that have been taken anew since.
    Outlived,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl Work {
    pub fn new(inbox: &Arc<Inbox>, mut taken: Taken) -> Self {
        // Rows of one company side by side: fewer pages are touched, and its events are published as one.
        taken.appends.sort_by_key(|append| append.under.company);
        let held = taken.appends.iter().map(|append| (append.under.company, append.weight)).collect();
        let outcomes = taken.outcomes.into_iter();
        let (settlements, settled) =
            outcomes.map(|outcome| (outcome.settlement, (outcome.under, outcome.answer))).unzip();
        Self {
            appends: taken.appends,
            settlements,
            settled,
            room: Room { inbox: Arc::clone(inbox), held },
            tries: 0,
            cuts: 0,
            sent: None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.appends.is_empty() && self.settlements.is_empty()
    }

    /// About what it carries.
    pub fn bytes(&self) -> usize {
        const RESULT_BYTES: usize = 1 << 10;
        let appends: usize = self.appends.iter().map(|append| append.weight).sum();
        let results: usize = self.settlements.iter().map(|one| 1 + one.attempts.len() + one.held.len()).sum();
        appends + results * RESULT_BYTES
    }

    /// It took too long: what it is to be tried as, in this order. Halves when that was not the first time, for a line may be
    /// slower than one that is waited for.
    pub fn cut(mut self) -> Vec<Work> {
        const BEFORE_HALVES: u32 = 2;
        self.cuts += 1;
        if self.cuts < BEFORE_HALVES {
            return vec![self];
        }
        match self.split() {
            Ok(halves) => halves.into(),
            Err(single) => vec![*single],
        }
    }

    /// Each company once.
    pub fn companies(&self) -> Vec<CompanyId> {
        let mut all: Vec<CompanyId> = self.unders().map(|under| under.company).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether all of it was handed over under the leases by which it would be written.
    fn is_timely(&self, heads: &Heads) -> bool {
        !self.unders().any(|under| under.is_outlived(heads))
    }

    fn unders(&self) -> impl Iterator<Item = Under> {
        let appends = self.appends.iter().map(|append| append.under);
        appends.chain(self.settled.iter().map(|(under, _)| *under))
    }

    /// Two parts, to be written in this order: appends and results, or halves, down to halves of an append. One event or
    /// settlement alone is given back.
    pub fn split(mut self) -> Result<[Work; 2], Box<Work>> {
        let (appends, settlements) = match (self.appends.len(), self.settlements.len()) {
            (0, 0 | 1) => return Err(Box::new(self)),
            (1, 0) => return self.split_append(),
            (0, several) => (0, several / 2),
            (several, 0) => (several / 2, 0),
            (all, _) => (all, 0),
        };
        let room = |held| Room { inbox: Arc::clone(&self.room.inbox), held };
        let second = Work {
            settlements: self.settlements.split_off(settlements),
            settled: self.settled.split_off(settlements),
            room: room(self.room.held.split_off(appends.min(self.room.held.len()))),
            appends: self.appends.split_off(appends),
            tries: self.tries,
            cuts: 0,
            sent: None,
        };
        (self.sent, self.cuts) = (None, 0);
        Ok([self, second])
    }

    /// The halves of the only append. Its room is given back with the second.
    fn split_append(mut self) -> Result<[Work; 2], Box<Work>> {
        let Some(append) = self.appends.pop_if(|append| append.drafts.len() > 1) else {
            return Err(Box::new(self));
        };
        let [first, second] = append.split();
        let first = Work {
            appends: vec![first],
            settlements: Vec::new(),
            settled: Vec::new(),
            room: Room { inbox: Arc::clone(&self.room.inbox), held: Vec::new() },
            tries: self.tries,
            cuts: 0,
            sent: None,
        };
        self.appends.push(second);
        (self.sent, self.cuts) = (None, 0);
        Ok([first, self])
    }

    /// The one event that is left, spelled so that any database takes it; false when it is already, or there are more.
    pub fn spell_out(&mut self) -> bool {
        let [Append { drafts, .. }] = &mut self.appends[..] else { return false };
        let [draft] = &mut drafts[..] else { return false };
        match draft.spelled_out() {
            Some(plain) => {
                *draft = plain;
                true
            }
            None => false,
        }
    }

    /// How many events it holds of these, by company.
    pub fn events_of(&self, these: impl Fn(Under) -> bool) -> Vec<(CompanyId, usize)> {
        let mut events: Vec<(CompanyId, usize)> = Vec::new();
        for append in self.appends.iter().filter(|append| these(append.under)) {
            // Those of one company stand side by side.
            match events.last_mut().filter(|(company, _)| *company == append.under.company) {
                Some((_, count)) => *count += append.drafts.len(),
                None => events.push((append.under.company, append.drafts.len())),
            }
        }
        events
    }

    /// The webhooks of whose results it holds some of these, each result once.
    pub fn results_of(&self, these: impl Fn(Under) -> bool) -> impl Iterator<Item = (CompanyId, WebhookId)> {
        let all = self.settlements.iter().zip(&self.settled);
        all.filter(move |(_, (under, _))| these(*under)).map(|(one, _)| (one.company, one.webhook))
    }

    /// Answers these with an error; the rest stays.
    pub fn refuse(&mut self, these: impl Fn(Under) -> bool, error: &WriteError) {
        let appends = std::mem::take(&mut self.appends);
        for append in appends {
            if these(append.under) {
                append.answer(Err(error.clone()));
            } else {
                self.appends.push(append);
            }
        }
        let settled = std::mem::take(&mut self.settled);
        let settlements = std::mem::take(&mut self.settlements);
        for (settlement, (under, answer)) in settlements.into_iter().zip(settled) {
            if these(under) {
                let _ = answer.send(Err(error.clone()));
            } else {
                self.settlements.push(settlement);
                self.settled.push((under, answer));
            }
        }
    }

    /// The committed events, by company; who waits for receipts is answered when `publish` has seen all of them.
    pub fn finish(self, plan: Plan, mut publish: impl FnMut(CompanyId, Vec<Event>)) {
        let mut answers = Vec::with_capacity(self.appends.len());
        let mut events: Vec<Event> = Vec::new();
        for (append, places) in self.appends.into_iter().zip(plan.places) {
            let company = append.under.company;
            if let Some(company) = events.first().map(|event| event.company).filter(|c| *c != company) {
                publish(company, std::mem::take(&mut events));
            }
            let fresh = append.drafts.into_iter().zip(&places).filter(|(_, placed)| !placed.duplicate);
            events.extend(fresh.map(|(draft, placed)| Event {
                company,
                seq: placed.seq,
                source: draft.source,
                provider: draft.provider,
                session: draft.session,
                name: draft.name.into_arc(),
                lane: draft.lane.map(Label::into_arc),
                received_at: draft.received_at,
                payload: draft.payload,
                keys: draft.keys,
                flags: draft.flags,
                extra: draft.extra,
            }));
            answers.push((append.answer, places));
        }
        if let Some(company) = events.first().map(|event| event.company) {
            publish(company, events);
        }
        drop(self.room);
        for (answer, places) in answers {
            answer.send(places.len(), Ok(places));
        }
        for (_, answer) in self.settled {
            let _ = answer.send(Ok(()));
        }
    }
}

/// Writes a batch in one transaction. `heads` learns of companies that it did not know; it is moved on by the caller
/// once the batch is known to be in. The plan stands in `work.sent` from the moment the COMMIT is sent, so that it is
/// there whatever becomes of this future.
pub(super) async fn write(
    writer: &mut Writer,
    heads: &mut Heads,
    work: &mut Work,
    batch: i64,
    deadline: Duration,
) -> Result<(), Failure> {
    work.sent = None;
    let companies = work.companies();
    learn_heads(writer, heads, &companies).await?;
    let mut tx = writer.begin_batch_within(deadline).await?;
    if !work.is_timely(heads) {
        tx.rollback().await?;
        return Err(Failure::Outlived);
    }
    let known = known_duplicates(&mut tx, work).await?;
    let plan = Plan::of(heads, work, &companies, known, batch);
    // First, because it is the check, and on PostgreSQL the lock: `a_second_writer_is_refused`.
    let refused = tx.set_heads(&plan.heads).await?;
    if !refused.is_empty() {
        tx.rollback().await?;
        return Err(Failure::Refused(refused));
    }
    let (events, seen) = plan.rows(work);
    if !events.is_empty() {
        tx.append(&events).await?;
    }
    if !seen.is_empty() {
        tx.remember_seen(&seen).await?;
    }
    if !work.settlements.is_empty() {
        tx.settle(&work.settlements).await?;
    }
    work.sent = Some(plan);
    let committed = tx.commit().await;
    if committed.as_ref().is_err_and(|error| !error.outcome_unknown()) {
        work.sent = None;
    }
    Ok(committed?)
}

/// Whether a batch whose commit was not answered is in: its id stands in the heads that it moved. On PostgreSQL this
/// waits for the lost connection's transaction to end.
pub(super) async fn is_written(writer: &mut Writer, plan: &Plan) -> Result<bool, StoreError> {
    let companies: Vec<CompanyId> = plan.heads.iter().map(|head| head.company).collect();
    let mut tx = writer.begin().await?;
    let found = tx.lock_heads(&companies).await?;
    tx.rollback().await?;
    Ok(found.iter().any(|head| head.batch == plan.batch))
}

async fn learn_heads(writer: &mut Writer, heads: &mut Heads, companies: &[CompanyId]) -> Result<(), Failure> {
    let is_unknown = |company: &&CompanyId| !heads.contains_key(*company);
    let unknown: Vec<CompanyId> = companies.iter().filter(is_unknown).copied().collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let mut tx = writer.begin().await?;
    let found = tx.lock_heads(&unknown).await?;
    tx.rollback().await?;
    heads.extend(found.into_iter().map(|head| (head.company, head)));
    let missing: Vec<CompanyId> =
        unknown.into_iter().filter(|company| !heads.contains_key(company)).collect();
    if missing.is_empty() { Ok(()) } else { Err(Failure::Missing(missing)) }
}

/// A batch is in: its heads are where it has brought them. One whose lease was taken anew before that was known has another
/// epoch by now, and was read behind the batch; one that is not known any more has gone.
pub(super) fn move_on(heads: &mut Heads, moved: &[Head]) {
    for head in moved {
        if let Some(known) = heads.get_mut(&head.company).filter(|known| known.epoch == head.epoch) {
            *known = *head;
        }
    }
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
