//! The duty that tells providers where their calls go, each within the time that it gives.
//!
//! What must hold here: a call waits for no other company's, and for a few of its own company's at most; what is bounded is bounded for
//! each company and in total. What has come of an attempt is written down before anything else is done with it.
//!
//! How it works: what is open stands in a table, and each open decision is in the hands of one task until it is settled. A run of the duty
//! looks for those that are in nobody's; it is woken when a decision was written, and when a task ends while more are waiting.

use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{Tally, exchange, telling};
use crate::domain::decision::{Decision, DecisionState, OfCall, Step};
use crate::domain::{CompanyId, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::journal::Journal;
use crate::net::provider::ProviderClient;
use crate::ownership::Owned;
use crate::sources::{self, Definition, Routing};
use crate::store::{Store, StoreError};

/// What is left lying, as after an error, is looked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
pub const SPEC: Spec = Spec::new("decisions", Rhythm::After(LOOK_EVERY));

/// Calls in hand at once, of each company and in total.
const OF_A_COMPANY: u32 = 64;
const MOST: u32 = 1_024;
/// Before a result is written once more for which the database had no answer.
const WRITE_AGAIN: Duration = Duration::from_millis(200);

/// See the module.
pub struct Sending {
    desk: Desk,
    under_way: JoinSet<()>,
    in_hand: HashMap<Id, OfCall>,
    /// The last look found more than may be in hand.
    more: bool,
}

/// What a task works with.
#[derive(Clone)]
struct Desk {
    store: Store,
    journal: Journal,
    client: ProviderClient,
    tally: Arc<Tally>,
    /// Nothing is begun any more.
    stop: CancellationToken,
}

impl Sending {
    pub fn new(
        store: Store,
        journal: Journal,
        client: ProviderClient,
        tally: Arc<Tally>,
        stop: CancellationToken,
    ) -> Self {
        let desk = Desk { store, journal, client, tally, stop };
        Self { desk, under_way: JoinSet::new(), in_hand: HashMap::new(), more: false }
    }

    /// What was sent is answered for and written down; nothing new is begun.
    pub async fn end(mut self) {
        self.desk.stop.cancel();
        while self.under_way.join_next().await.is_some() {}
    }

    fn begin(&mut self, open: Vec<Decision>) -> usize {
        let in_hand: HashSet<OfCall> = self.in_hand.values().cloned().collect();
        let mut begun = 0;
        for decision in open {
            let full = self.in_hand.len() >= MOST as usize;
            if full || in_hand.contains(&decision.of) {
                continue;
            }
            // What is another process's that one sends.
            let Some(owned) = self.desk.journal.owned(decision.of.company) else { continue };
            let (desk, of) = (self.desk.clone(), decision.of.clone());
            let task = self.under_way.spawn(async move { desk.see_to(owned, decision).await });
            self.in_hand.insert(task.id(), of);
            begun += 1;
        }
        begun
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                if error.is_panic() {
                    self.desk.journal.panics().note();
                    error!(%error, "a decision's task panicked; it is taken up again");
                }
                error.id()
            }
        };
        self.in_hand.remove(&id);
    }
}

impl Duty for Sending {
    async fn run(&mut self) -> Done {
        while let Some(ended) = self.under_way.try_join_next_with_id() {
            self.ended(ended);
        }
        match self.desk.store.open_decisions(OF_A_COMPANY, MOST).await {
            Ok(open) => {
                self.more = is_cut(&open);
                let begun = self.begin(open);
                Done::counted("decisions", begun)
            }
            Err(error) => Done::failed(error),
        }
    }

    async fn woken(&mut self) {
        while let Some(ended) = self.under_way.join_next_with_id().await {
            self.ended(ended);
            if self.more {
                return;
            }
        }
        pending::<()>().await;
    }
}

/// Whether there may be more than these.
fn is_cut(open: &[Decision]) -> bool {
    let mut of_each: HashMap<CompanyId, u32> = HashMap::new();
    for decision in open {
        *of_each.entry(decision.of.company).or_default() += 1;
    }
    open.len() >= MOST as usize || of_each.values().any(|count| *count >= OF_A_COMPANY)
}

impl Desk {
    /// Has one decision settled. What goes wrong here is found again with the next look.
    async fn see_to(&self, company: Owned<CompanyId>, decision: Decision) {
        let of = decision.of.clone();
        if let Err(error) = self.settle(&company, decision).await {
            warn!(company = %of.company, source = %of.source, %error, "a decision waits for the database");
        }
    }

    async fn settle(&self, company: &Owned<CompanyId>, mut decision: Decision) -> Result<(), StoreError> {
        let routing = sources::find(decision.provider).and_then(Definition::routing);
        let Some(routing) = routing else { return self.change(&decision.of, not_wanted).await.map(drop) };
        loop {
            if !decision.is_told() && !self.tell(company, routing, &decision).await? {
                return Ok(());
            }
            let Some(stored) = self.store.decision(&decision.of).await? else { return Ok(()) };
            decision = stored;
            match decision.step(routing.pace(), Timestamp::now()) {
                Step::Rest if decision.is_told() => return Ok(()),
                Step::Rest => {}
                Step::Wait { until } => {
                    let () = tokio::select! {
                        () = sleep(until.since(Timestamp::now())) => {}
                        () = self.stop.cancelled() => return Ok(()),
                    };
                }
                Step::Expire => {
                    let now = Timestamp::now();
                    decision = self.change(&decision.of, move |stored| stored.expire(now)).await?;
                    self.tally.ended(&decision, now);
                }
                Step::Try { patience } => {
                    if self.stop.is_cancelled() || !company.is_held() {
                        return Ok(());
                    }
                    decision = self.attempt(routing, decision, patience).await?;
                }
            }
        }
    }

    async fn attempt(
        &self,
        routing: &dyn Routing,
        decision: Decision,
        patience: Duration,
    ) -> Result<Decision, StoreError> {
        let of = &decision.of;
        let Some(source) = self.store.source(of.source).await? else {
            return self.change(of, not_wanted).await;
        };
        let secrets = self.store.source_secrets(of.source).await?;
        let order = routing.order(&source.config, &secrets, &of.call, &decision.destination);
        let Some(order) = order else { return self.change(of, not_wanted).await };
        let made = decision.attempts();
        let tried = exchange::send(&self.client, routing, order, patience).await;
        self.tally.attempted();
        let at = Timestamp::now();
        loop {
            let (pace, tried) = (routing.pace(), tried.clone());
            let written = self.change(of, move |stored| {
                // The answer to an earlier try at this may have been lost.
                if stored.attempts() == made {
                    stored.tried(pace, &tried, at);
                }
            });
            match written.await {
                Err(error) if error.is_passing() && !self.stop.is_cancelled() => sleep(WRITE_AGAIN).await,
                Err(error) => return Err(error),
                Ok(decision) => {
                    self.tally.ended(&decision, at);
                    return Ok(decision);
                }
            }
        }
    }

    /// Whether it is told now; not, if this process may not.
    async fn tell(
        &self,
        company: &Owned<CompanyId>,
        routing: &dyn Routing,
        decision: &Decision,
    ) -> Result<bool, StoreError> {
        let (of, told) = (&decision.of, decision.reports.len());
        if let Err(error) = telling::tell(&self.journal, company, routing.action(), decision).await {
            warn!(company = %of.company, source = %of.source, %error, "what came of a decision is not told yet");
            return Ok(false);
        }
        self.change(of, move |stored| stored.told = stored.told.max(told)).await?;
        Ok(true)
    }

    /// Changes a decision in a transaction of its own; what it is then.
    async fn change(
        &self,
        of: &OfCall,
        change: impl FnOnce(&mut Decision) + Send + 'static,
    ) -> Result<Decision, StoreError> {
        let (of, gone) = (of.clone(), StoreError::Missing { what: "decision", id: of.company.0 });
        self.journal
            .control(move |tx| {
                Box::pin(async move {
                    let mut decision = tx.decision(&of).await?.ok_or(gone)?;
                    change(&mut decision);
                    tx.save_decision(&decision).await?;
                    Ok(decision)
                })
            })
            .await
    }
}

/// There is nobody to tell any more.
fn not_wanted(decision: &mut Decision) {
    if decision.state == DecisionState::Due {
        decision.state = DecisionState::NotWanted;
    }
}
