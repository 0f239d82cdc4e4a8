//! The consumer that decides.
//!
//! Who was new when its call came is known afterwards, so decisions are not made anew: a program of another version goes on behind them.

use ahash::AHashMap;

use super::sending::SPEC;
use crate::domain::decision::{Caller, Decision, DecisionState, OfCall};
use crate::domain::{CompanyId, Event, Pattern, Provider, Seq, SourceId, Timestamp};
use crate::journal::{Consumer, Journal, Outlived, Page, Rows, Start};
use crate::sources::{self, Asked, Definition, PROVIDERS, Plan, Routing};
use crate::store::{Met, SaveContact, StoreError, Tx};

/// One stretch of a company's journal, whose calls get their decisions.
pub struct Deciding {
    journal: Journal,
    company: CompanyId,
}

/// A call that asks, with where it goes if its caller is new, and if it is known.
struct Undecided {
    asked: Asked,
    event: Seq,
    of: OfCall,
    provider: Provider,
    at: Timestamp,
    plan: Plan,
}

impl Consumer for Deciding {
    const NAME: &'static str = "routing";
    const VERSION: i32 = 1;
    const REBUILDS: bool = false;

    fn wants() -> Vec<Pattern> {
        PROVIDERS.iter().filter_map(|provider| provider.routing()).flat_map(Routing::asks).collect()
    }

    async fn begin(start: &Start<'_>) -> Result<Self, StoreError> {
        Ok(Self { journal: start.journal.clone(), company: start.company })
    }

    async fn take(&mut self, page: &Page) -> Result<Option<Rows>, StoreError> {
        let up_to = Seq(page.next.0 - 1);
        let asking: Vec<(&Event, Asked)> =
            page.events.iter().filter_map(|event| Some((&**event, asked(event)?))).collect();
        if asking.is_empty() {
            return Ok(Some(Rows::none(up_to)));
        }
        let plans = self.plans(&asking).await?;
        let undecided: Vec<Undecided> = asking
            .into_iter()
            .filter_map(|(event, asked)| {
                let plan = plans.get(&event.source)?.clone();
                let of = OfCall { company: self.company, source: event.source, call: asked.call.clone() };
                let (provider, at) = (event.provider, event.received_at);
                Some(Undecided { asked, event: event.seq, of, provider, at, plan })
            })
            .collect();
        let duties = self.journal.duties();
        // The caller and the decision.
        let rows = Rows::new(up_to, 2 * undecided.len(), move |tx| {
            Box::pin(async move {
                for one in &undecided {
                    decide(tx, one, Timestamp::now()).await?;
                }
                Ok(())
            })
        });
        Ok(Some(rows.then(move || duties.wake(SPEC.name))))
    }

    async fn forget(tx: &mut Tx<'_>, outlived: Outlived, limit: u32) -> Result<u64, StoreError> {
        tx.forget_decisions(outlived.company, outlived.oldest, limit).await
    }
}

impl Deciding {
    /// How each source decides, as it is set now; nothing of a source that is no more.
    async fn plans(&self, asking: &[(&Event, Asked)]) -> Result<AHashMap<SourceId, Plan>, StoreError> {
        let mut plans = AHashMap::new();
        for (event, _) in asking {
            if plans.contains_key(&event.source) {
                continue;
            }
            let routing = sources::find(event.provider).and_then(Definition::routing);
            let source = self.journal.store().source(event.source).await?;
            if let (Some(routing), Some(source)) = (routing, source) {
                plans.insert(event.source, routing.plan(&source.config));
            }
        }
        Ok(plans)
    }
}

fn asked(event: &Event) -> Option<Asked> {
    sources::find(event.provider)?.routing()?.read(event)
}

async fn decide(tx: &mut Tx<'_>, one: &Undecided, now: Timestamp) -> Result<(), StoreError> {
    if tx.decision(&one.of).await?.is_some() {
        return Ok(());
    }
    let caller = meet(tx, one, now).await?;
    let Plan { wanted, known, new } = &one.plan;
    let destination = match caller {
        Caller::New => new,
        Caller::Known => known,
    };
    let decision = Decision {
        of: one.of.clone(),
        provider: one.provider,
        asked: one.event,
        asked_at: one.at,
        decided_at: now,
        phone: one.asked.phone.clone(),
        caller,
        destination: destination.clone(),
        state: if *wanted { DecisionState::Due } else { DecisionState::NotWanted },
        reports: Vec::new(),
        told: 0,
    };
    tx.put_decision(&decision).await.map(drop)
}

/// Makes the caller known. New is who became known by this very call; who withholds the number stays new.
async fn meet(tx: &mut Tx<'_>, one: &Undecided, now: Timestamp) -> Result<Caller, StoreError> {
    let Some(phone) = one.asked.phone.as_deref() else { return Ok(Caller::New) };
    let met = Met { source: one.of.source, call: one.of.call.to_string() };
    let save = SaveContact { phone, ..SaveContact::default() };
    if tx.create_contact(one.of.company, &save, Some(&met), now).await?.is_some() {
        return Ok(Caller::New);
    }
    let contact = tx.contact_of_phone(one.of.company, phone).await?;
    let is_of_this_call = contact.and_then(|contact| contact.met).is_some_and(|by| by == met);
    Ok(if is_of_this_call { Caller::New } else { Caller::Known })
}
