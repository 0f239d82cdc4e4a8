//! Where everything of a batch goes: a place for each event, or that of the one which it repeats.

use ahash::AHashMap;

use super::batch::{Heads, Work};
use super::receipt::Placed;
use crate::domain::{CompanyId, Seq, SourceId};
use crate::store::{BatchTx, Head, NewEvent, Seen, StoreError};

/// Where everything of a batch goes.
#[derive(Debug)]
pub(super) struct Plan {
    pub heads: Vec<Head>,
    /// For each append, for each draft.
    pub places: Vec<Vec<Placed>>,
    pub batch: i64,
}

type Duplicates = AHashMap<(SourceId, [u8; 32]), Seq>;

pub(super) async fn known_duplicates(tx: &mut BatchTx<'_>, work: &Work) -> Result<Duplicates, StoreError> {
    let drafts = work.appends.iter().flat_map(|append| &append.drafts);
    let mut pairs: Vec<(SourceId, [u8; 32])> =
        drafts.filter_map(|draft| Some((draft.source, draft.dedupe?))).collect();
    if pairs.is_empty() {
        return Ok(Duplicates::new());
    }
    pairs.sort_unstable();
    pairs.dedup();
    let found = tx.seen(&pairs).await?;
    Ok(found.into_iter().map(|(source, key, seq)| ((source, key), seq)).collect())
}

impl Plan {
    /// Gives every draft its place: the next one of its company, or that of the event which it repeats (`known`, to which
    /// the batch's own are added on the way).
    pub fn of(
        heads: &Heads,
        work: &Work,
        companies: &[CompanyId],
        mut known: Duplicates,
        batch: i64,
    ) -> Plan {
        let mut ends: AHashMap<CompanyId, Head> =
            companies.iter().filter_map(|company| Some((*company, *heads.get(company)?))).collect();
        let mut place = |company: &CompanyId, source: SourceId, dedupe: Option<[u8; 32]>| {
            let key = dedupe.map(|key| (source, key));
            if let Some(seq) = key.and_then(|key| known.get(&key)) {
                return Placed { seq: *seq, duplicate: true };
            }
            let seq = ends.get_mut(company).map_or(Seq::ZERO, |head| {
                head.seq = head.seq.next();
                head.seq
            });
            known.extend(key.map(|key| (key, seq)));
            Placed { seq, duplicate: false }
        };
        let places = work
            .appends
            .iter()
            .map(|append| {
                let drafts = append.drafts.iter();
                drafts.map(|draft| place(&append.under.company, draft.source, draft.dedupe)).collect()
            })
            .collect();
        let moved = companies.iter().filter_map(|company| ends.get(company));
        Plan { heads: moved.map(|head| Head { batch, ..*head }).collect(), places, batch }
    }

    /// What is written: the events that are new, and the keys by which they are known again.
    pub fn rows<'a>(&self, work: &'a Work) -> (Vec<NewEvent<'a>>, Vec<Seen>) {
        let count = self.places.iter().map(Vec::len).sum();
        let (mut events, mut seen) = (Vec::with_capacity(count), Vec::new());
        for (append, places) in work.appends.iter().zip(&self.places) {
            for (draft, placed) in append.drafts.iter().zip(places).filter(|(_, placed)| !placed.duplicate) {
                events.push(NewEvent { company: append.under.company, seq: placed.seq, draft });
                seen.extend(draft.dedupe.map(|key| Seen {
                    source: draft.source,
                    key,
                    seq: placed.seq,
                    at: draft.received_at,
                }));
            }
        }
        (events, seen)
    }
}
