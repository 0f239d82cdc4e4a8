//! The duty that keeps the incidents: looks, compares, writes, shows.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::reconcile::{Change, not_back_since, reconcile};
use super::standing::{Standing, standings};
use super::{Current, Incidents, Open, Scope};
use crate::domain::incident::{Entry, Incident, Step, WORSE};
use crate::domain::{CompanyId, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::store::{StoreError, Tx};
use crate::watch::attention::{Level, attention};

/// Between two looks, if they are quick.
const PERIOD: Duration = Duration::from_secs(2);
/// A look takes about this part of the time at most, however many companies there are; but what is shown is never older than
/// [`OLDEST`] and the look itself.
const SHARE: u32 = 10;
const OLDEST: Duration = Duration::from_secs(10);
/// Changes in one transaction: what brings five hundred of them at once keeps no delivery waiting.
const TOGETHER: usize = 50;
/// What is over is kept for so long.
const KEPT: Duration = Duration::from_hours(90 * 24);
const TIDIED_EVERY: Duration = Duration::from_hours(1);
/// What goes in one transaction.
const FORGOTTEN: u32 = 200;

pub const SPEC: Spec = Spec::new("incidents", Rhythm::After(PERIOD));

pub struct Keeping {
    incidents: Incidents,
    tidied: Option<Instant>,
}

impl Keeping {
    pub fn new(incidents: Incidents) -> Self {
        Self { incidents, tidied: None }
    }

    async fn look(&mut self) -> Result<usize, StoreError> {
        let changes = self.incidents.keep().await?;
        if self.tidied.is_none_or(|at| at.elapsed() >= TIDIED_EVERY) {
            self.incidents.tidy().await?;
            self.tidied = Some(Instant::now());
        }
        Ok(changes)
    }
}

impl Duty for Keeping {
    async fn run(&mut self) -> Done {
        let began = Instant::now();
        match self.look().await {
            Ok(changes) => {
                Done::counted("rows", changes).again_in((began.elapsed() * SHARE).clamp(PERIOD, OLDEST))
            }
            Err(error) => {
                self.incidents.show_what_is_known();
                Done::failed(error)
            }
        }
    }
}

impl Incidents {
    /// One look, and what it changes; how many changes.
    async fn keep(&self) -> Result<usize, StoreError> {
        let seen = self.look(&Scope::ALL).await?;
        let standings = standings(attention(&seen.look));
        let open = self.store.open_incidents().await?;
        let closed = self.store.incidents_closed_since(not_back_since(seen.look.now)).await?;
        let before = self.current();
        let mut changes = reconcile(&open, &closed, &standings, &seen.look);
        for change in &mut changes {
            if let Change::Closed(incident, _) = change {
                incident.facts.most = incident.facts.most.max(before.most_of(incident.id));
            }
        }
        self.name_companies(&mut changes).await?;
        let count = changes.len();
        let written = match self.write(changes).await {
            // A database that takes no writes is what is to be shown.
            Err(error) if seen.look.recorder.is_none() => return Err(error),
            written => written.is_ok(),
        };
        let open = if written && count > 0 { self.store.open_incidents().await? } else { open };
        self.publish(current(open, standings, &before, seen.look.now));
        Ok(if written { count } else { 0 })
    }

    /// What their companies are called: they may be gone when somebody reads of it.
    async fn name_companies(&self, changes: &mut [Change]) -> Result<(), StoreError> {
        let mut names: HashMap<CompanyId, Option<String>> = HashMap::new();
        for incident in changes.iter_mut().map(Change::incident_mut) {
            let Some(id) = incident.company else { continue };
            let name = match names.entry(id) {
                Slot::Occupied(known) => known.into_mut(),
                Slot::Vacant(free) => free.insert(self.store.company(id).await?.map(|company| company.name)),
            };
            if name.is_some() {
                incident.facts.company.clone_from(name);
            }
        }
        Ok(())
    }

    async fn write(&self, mut changes: Vec<Change>) -> Result<(), StoreError> {
        let now = Timestamp::now();
        while !changes.is_empty() {
            let some: Vec<Change> = changes.drain(..changes.len().min(TOGETHER)).collect();
            let written = self.journal.control(move |tx| {
                async move {
                    for change in some {
                        write(tx, change, now).await?;
                    }
                    Ok(())
                }
                .boxed()
            });
            written.await?;
        }
        Ok(())
    }

    /// Nothing can be read: what was open stays, and why nothing can be read is among it.
    fn show_what_is_known(&self) {
        let before = self.current();
        let look = self.look_at_the_store(&Scope::ALL);
        let mut standings = standings(attention(&look));
        standings
            .retain(|standing| !before.open.iter().any(|open| open.incident.subject == standing.subject));
        let mut open = before.open.clone();
        open.extend(
            standings
                .into_iter()
                .map(|standing| Open { incident: standing.opened(look.now), alert: Some(standing.alert) }),
        );
        open.sort_by_key(place);
        self.publish(Current { at: look.now, open });
    }

    async fn tidy(&self) -> Result<(), StoreError> {
        let micros = i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX);
        let before = Timestamp(Timestamp::now().0.saturating_sub(micros));
        while self.journal.control(move |tx| tx.forget_incidents(before, FORGOTTEN).boxed()).await? > 0 {}
        Ok(())
    }
}

async fn write(tx: &mut Tx<'_>, change: Change, now: Timestamp) -> Result<(), StoreError> {
    let said = |incident: &Incident, step| Entry {
        text: Some(incident.facts.title.clone()),
        ..Entry::of(step, now)
    };
    match change {
        Change::Open(incident) => {
            let id = tx.open_incident(&incident).await?;
            tx.log_incident(id, &said(&incident, Step::Opened)).await
        }
        Change::Again(incident) => {
            tx.save_incident(&incident).await?;
            tx.log_incident(incident.id, &said(&incident, Step::Again)).await
        }
        Change::Changed(incident, said, worse) => {
            tx.save_incident(&incident).await?;
            // Who was told of it is told of this too.
            let detail = worse.then(|| WORSE.to_owned());
            let entry = Entry { text: Some(said), detail, ..Entry::of(Step::Changed, now) };
            tx.log_incident(incident.id, &entry).await
        }
        Change::Grown(incident) => tx.save_incident(&incident).await,
        Change::Closed(incident, ended) => {
            tx.save_incident(&incident).await?;
            let entry = Entry { detail: Some(ended.as_str().to_owned()), ..Entry::of(Step::Closed, now) };
            tx.log_incident(incident.id, &entry).await
        }
    }
}

/// The open ones, each with how it stands; what stands without a row could not be written down.
fn current(open: Vec<Incident>, mut standings: Vec<Standing>, before: &Current, at: Timestamp) -> Current {
    let mut all: Vec<Open> = Vec::with_capacity(open.len());
    for mut incident in open {
        let place = standings.iter().position(|standing| standing.subject == incident.subject);
        let alert = place.map(|place| standings.swap_remove(place).alert);
        // Not each one more is written down; that it was seen is known when it is over.
        let seen = alert.as_ref().and_then(|alert| alert.amount);
        incident.facts.most = incident.facts.most.max(seen).max(before.most_of(incident.id));
        all.push(Open { incident, alert });
    }
    let unwritten = |standing: Standing| Open { incident: standing.opened(at), alert: Some(standing.alert) };
    all.extend(standings.into_iter().map(unwritten));
    all.sort_by_key(place);
    Current { at, open: all }
}

/// What costs most first, of that the worst, of that the longest.
fn place(open: &Open) -> impl Ord + use<> {
    let level = open.alert.as_ref().map_or(Level::Notice, |alert| alert.level);
    (Reverse(open.incident.kind.cost()), Reverse(level), open.incident.since, open.incident.id)
}
