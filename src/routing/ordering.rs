//! What a person orders: a call goes somewhere now, whatever was decided. It is sent once, and noted as any attempt is.

use std::time::Duration;

use super::exchange;
use super::sending::SPEC;
use crate::domain::decision::{Caller, Decision, DecisionState, OfCall, Report, Tried};
use crate::domain::{CompanyId, Timestamp, contact};
use crate::journal::Journal;
use crate::net::provider::ProviderClient;
use crate::ownership::Owned;
use crate::sources::Routing;
use crate::store::{AuditEntry, StoreError, StoredCall, Tx};

/// How long a person waits for the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// An order, and whose it is.
#[derive(Debug, Clone)]
pub struct Ordered {
    pub call: StoredCall,
    pub destination: String,
    pub by: String,
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum Unordered {
    /// The source has no address for it.
    #[error("the source of the call has no address to which this is sent")]
    NoAddress,
    #[error("this process does not have the company now")]
    Elsewhere,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sends it, and writes down what came of it, together with the line of the audit log that is made of that.
pub async fn order(
    journal: &Journal,
    client: &ProviderClient,
    company: &Owned<CompanyId>,
    routing: &dyn Routing,
    ordered: Ordered,
    audit: impl FnOnce(&Report) -> AuditEntry + Send + 'static,
) -> Result<Report, Unordered> {
    let call = &ordered.call.call;
    let source = journal.store().source(call.source).await?.ok_or(Unordered::NoAddress)?;
    let secrets = journal.store().source_secrets(call.source).await?;
    let request = routing.order(&source.config, &secrets, &call.id, &ordered.destination);
    let request = request.ok_or(Unordered::NoAddress)?;
    if !company.is_held() {
        return Err(Unordered::Elsewhere);
    }
    let tried = exchange::send(client, routing, request, PATIENCE).await;
    let at = Timestamp::now();
    let report = journal
        .control(move |tx| {
            Box::pin(async move {
                let report = note(tx, &ordered, &tried, at).await?;
                tx.audit(&audit(&report)).await?;
                Ok(report)
            })
        })
        .await?;
    // It tells what came of it.
    journal.duties().wake(SPEC.name);
    Ok(report)
}

async fn note(
    tx: &mut Tx<'_>,
    ordered: &Ordered,
    tried: &Tried,
    at: Timestamp,
) -> Result<Report, StoreError> {
    let StoredCall { company, call, .. } = &ordered.call;
    let of = OfCall { company: *company, source: call.source, call: call.id.clone() };
    let mut decision = match tx.decision(&of).await? {
        Some(decision) => decision,
        None => undecided(tx, of, &ordered.call, at).await?,
    };
    let report = decision.ordered(tried, &ordered.destination, &ordered.by, at);
    if !tx.put_decision(&decision).await? {
        tx.save_decision(&decision).await?;
    }
    Ok(report)
}

/// Nobody had asked for a decision of this call.
async fn undecided(
    tx: &mut Tx<'_>,
    of: OfCall,
    stored: &StoredCall,
    now: Timestamp,
) -> Result<Decision, StoreError> {
    let phone = stored.call.their_number.as_deref().and_then(|number| contact::phone(number).ok());
    let known = match &phone {
        Some(phone) => tx.contact_of_phone(of.company, phone).await?.is_some(),
        None => false,
    };
    Ok(Decision {
        of,
        provider: stored.provider,
        asked: stored.seq(),
        asked_at: now,
        decided_at: now,
        phone,
        caller: if known { Caller::Known } else { Caller::New },
        destination: String::new(),
        state: DecisionState::NotWanted,
        reports: Vec::new(),
        told: 0,
    })
}
