//! What a courier reads of the journal beside what comes next.

use std::sync::Arc;

use crate::domain::{CompanyId, Event, Seq};
use crate::journal::Journal;
use crate::store::StoreError;

/// Single events that were asked for.
pub(super) struct Loaded {
    pub seqs: Vec<Seq>,
    /// Those that there are.
    pub events: Vec<Arc<Event>>,
    /// Not looked for, since the others were large enough.
    pub rest: Vec<Seq>,
}

/// Single events, those of them that retention has not taken, until they are no less than so many bytes.
pub(super) async fn singly(
    journal: &Journal,
    company: CompanyId,
    mut seqs: Vec<Seq>,
    bytes: usize,
) -> Result<Loaded, StoreError> {
    let (mut events, mut weight) = (Vec::with_capacity(seqs.len()), 0);
    let mut looked = 0;
    while looked < seqs.len() && (looked == 0 || weight < bytes) {
        let found = journal.event(company, seqs[looked]).await?;
        weight += found.as_ref().map_or(0, |event| event.weight());
        events.extend(found);
        looked += 1;
    }
    let rest = seqs.split_off(looked);
    Ok(Loaded { seqs, events, rest })
}
