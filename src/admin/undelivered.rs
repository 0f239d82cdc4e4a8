//! Events that did not arrive: those that a webhook of the company, or any of them, was to get and has not got.
//!
//! What must hold here: what is looked through are the places where such events can be (what a webhook holds, what lies
//! beyond its cursor, what was skipped by hand), not the whole journal; each event is judged by the code that says on its own
//! page what became of it. A look that takes too long stops and says where it goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::bounds::Either;
use super::fates::Witness;
use super::fault::{Expected, Fault};
use super::page_of_fates::PageOfFates;
use super::{Admin, AdminError};
use crate::delivery::verdict::{Verdict, verdict};
use crate::domain::{CompanyId, Event, HeldState, Seq, WebhookId, words_schema};
use crate::journal::{Found, KeyKind, SEARCH_TIME, SearchFilter};
use crate::store::{Stretch, Webhook};

/// Held events of one webhook whose places are read at a time.
const HELD: u32 = 2_048;
/// Places so near to one another are looked through as one.
const NEAR: i64 = 128;
/// Events that are judged at a time, and each of them at each webhook.
const JUDGED: usize = 128;
const PAIRS: usize = 4_096;
/// Bytes of payload in one answer.
const ANSWER_BYTES: usize = 8 << 20;
/// Events of a lane that are counted, and how long they are looked for: a page that follows an event asks every two seconds.
const OF_A_LANE: usize = 200;
const LANE_TIME: Duration = Duration::from_millis(200);

/// A webhook, or any of the company's.
pub type WebhookOrAny = Either<WebhookId, Any>;
/// Any webhook of the company.
pub struct Any;

impl Any {
    pub const WORD: &str = "any";
}

impl PartialSchema for Any {
    fn schema() -> RefOr<Schema> {
        words_schema([Self::WORD])
    }
}

impl ToSchema for Any {}

/// To whom something was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTo {
    Webhook(WebhookId),
    Any,
}

impl NotTo {
    pub fn parse(text: &str) -> Result<Self, AdminError> {
        let webhook = || text.parse().map(Self::Webhook);
        let fault = Fault::Malformed { expected: Expected::WebhookOrAny };
        if text == Any::WORD {
            Ok(Self::Any)
        } else {
            webhook().map_err(|_| AdminError::invalid(FIELD, fault))
        }
    }
}

/// As it is asked for.
pub(super) const FIELD: &str = "not_delivered_to";

/// The places below one in which such events can be.
struct Places {
    /// The newest first.
    ranges: Vec<(Seq, Seq)>,
    /// Below this nothing has been looked for yet.
    floor: Seq,
}

impl Admin {
    /// What a search finds among the events that were not delivered, the newest first.
    pub(super) async fn undelivered(
        &self,
        company: CompanyId,
        filter: &SearchFilter,
        to: NotTo,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Found, AdminError> {
        let mut webhooks = self.store.webhooks(company).await?;
        if let NotTo::Webhook(id) = to {
            webhooks.retain(|webhook| webhook.id == id);
            if webhooks.is_empty() {
                return Err(AdminError::invalid(FIELD, Fault::NotInThisCompany));
            }
        }
        let witnesses = self.witnesses(webhooks).await?;
        let at_a_time = (PAIRS / witnesses.len().max(1)).clamp(8, JUDGED);
        let stop_at = Instant::now() + SEARCH_TIME;
        let mut below = before.unwrap_or_else(|| self.journal.head(company).next());
        let (mut events, mut bytes) = (Vec::new(), 0);
        loop {
            let Places { ranges, floor } = self.places(&witnesses, below).await?;
            let mut search = self.journal.searching(company, filter.clone(), Some(below)).within(ranges);
            while let Some(found) = search.step(at_a_time).await? {
                for event in self.not_arrived(found, &witnesses).await? {
                    bytes += event.payload.len();
                    // One more than wanted, to know whether there are more.
                    if events.len() == limit || (bytes > ANSWER_BYTES && !events.is_empty()) {
                        let next = events.last().map(|last: &Arc<Event>| last.seq);
                        return Ok(Found { events, next });
                    }
                    events.push(Arc::new(event));
                }
                if Instant::now() >= stop_at {
                    return Ok(Found { events, next: Some(search.before()) });
                }
            }
            if floor <= Seq::ZERO {
                return Ok(Found { events, next: None });
            }
            below = floor;
        }
    }

    /// How many events of its lane, whose events have this key, the webhook is sent before this one; `None` where it takes too
    /// long to say.
    pub(super) async fn before_in_lane(
        &self,
        event: &Event,
        webhook: &Webhook,
        key: (KeyKind, String),
    ) -> Result<Option<u64>, AdminError> {
        let stop_at = Instant::now() + LANE_TIME;
        let witnesses = self.witnesses(vec![webhook.clone()]).await?;
        let Places { ranges, floor } = self.places(&witnesses, event.seq).await?;
        let filter = SearchFilter { key: Some(key), ..SearchFilter::default() };
        let mut search = self.journal.searching(event.company, filter, Some(event.seq)).within(ranges);
        let mut lane: Vec<Event> = Vec::new();
        while let Some(found) = search.step(OF_A_LANE + 1).await? {
            lane.extend(found.into_iter().filter(|other| other.lane == event.lane));
            if lane.len() > OF_A_LANE || Instant::now() >= stop_at {
                return Ok(None);
            }
        }
        let asked: Vec<_> = lane.iter().map(|other| (webhook.id, other.seq)).collect();
        let known = PageOfFates::gather(self, &asked, std::iter::once(webhook)).await?;
        let goes_before = |other: &&Event| {
            let keeps = |at| keeps_its_lane(&verdict(&known.evidence(other.seq, Some(*other), at)));
            witnesses.iter().any(keeps)
        };
        let before = lane.iter().filter(goes_before).count() as u64;
        Ok((floor <= Seq::ZERO).then_some(before))
    }

    async fn places(&self, witnesses: &[Witness], below: Seq) -> Result<Places, AdminError> {
        let newest = Seq(below.0 - 1);
        let (mut ranges, mut floor) = (Vec::new(), Seq::ZERO);
        if let Some(settled) = witnesses.iter().map(|witness| witness.cursor).min() {
            ranges.push((settled.next(), newest));
        }
        for witness in witnesses {
            let held = self.store.newest_held(witness.webhook.id, below, HELD).await?;
            if let Some(last) = held.last().filter(|_| held.len() as u64 >= u64::from(HELD)) {
                floor = floor.max(*last);
            }
            ranges.extend(held.into_iter().map(|seq| (seq, seq)));
        }
        let whole = |witness: &Witness| Stretch { webhook: witness.webhook.id, from: Seq::ZERO, to: newest };
        let stretches: Vec<Stretch> = witnesses.iter().map(whole).collect();
        let skips = self.store.skipped_by_hand(&stretches).await?;
        ranges.extend(skips.into_iter().map(|skip| (skip.from, skip.to)));
        Ok(Places { ranges: joined(ranges, (floor, newest)), floor })
    }

    /// Those that some of the webhooks were to get and have not got.
    async fn not_arrived(&self, found: Vec<Event>, witnesses: &[Witness]) -> Result<Vec<Event>, AdminError> {
        let at = |event: &Event| {
            witnesses.iter().map(|witness| (witness.webhook.id, event.seq)).collect::<Vec<_>>()
        };
        let asked: Vec<_> = found.iter().flat_map(at).collect();
        let webhooks = witnesses.iter().map(|witness| &witness.webhook);
        let known = PageOfFates::gather(self, &asked, webhooks).await?;
        let lacks = |event: &Event, witness: &Witness| {
            is_undelivered(&verdict(&known.evidence(event.seq, Some(event), witness)))
        };
        let lacking = |event: &Event| witnesses.iter().any(|witness| lacks(event, witness));
        Ok(found.into_iter().filter(lacking).collect())
    }
}

/// Whether the webhook was to get the event and has not got it, or is being sent it again.
fn is_undelivered(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Pending { .. }
        | Verdict::Paused { .. }
        | Verdict::Held { .. }
        | Verdict::Dead { .. }
        | Verdict::Skipped { .. }
        | Verdict::Expired => true,
        Verdict::Delivered { .. }
        | Verdict::NotSubscribed { .. }
        | Verdict::RuleNotMet { .. }
        | Verdict::BeforeStart { .. }
        | Verdict::Settled => false,
    }
}

/// Whether the webhook has yet to be sent it, before what comes after it in its lane.
fn keeps_its_lane(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Pending { .. } | Verdict::Paused { .. } => true,
        Verdict::Held { state, .. } => matches!(state, HeldState::Retrying | HeldState::Waiting),
        _ => false,
    }
}

/// Ranges as a few that do not overlap, the newest first, as far as they lie between these two.
fn joined(mut ranges: Vec<(Seq, Seq)>, (lowest, highest): (Seq, Seq)) -> Vec<(Seq, Seq)> {
    ranges.sort_unstable_by_key(|(from, to)| std::cmp::Reverse((*to, *from)));
    let mut few: Vec<(Seq, Seq)> = Vec::new();
    for (from, to) in ranges {
        let (from, to) = (from.max(lowest), to.min(highest));
        if from > to {
            continue;
        }
        match few.last_mut() {
            Some((first, _)) if to.0 + NEAR >= first.0 => *first = from.min(*first),
            _ => few.push((from, to)),
        }
    }
    few
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_near_to_one_another_are_one() {
        let seqs = |ranges: &[(i64, i64)]| ranges.iter().map(|(a, b)| (Seq(*a), Seq(*b))).collect::<Vec<_>>();
        let all = (Seq(0), Seq(9_999));
        assert_eq!(
            joined(seqs(&[(5, 5), (2_000, 2_000), (7, 7), (1_950, 1_960)]), all),
            seqs(&[(1_950, 2_000), (5, 7)])
        );
        assert_eq!(joined(seqs(&[(10, 5_000), (20, 20), (4_000, 4_000)]), all), seqs(&[(10, 5_000)]));
        assert_eq!(
            joined(seqs(&[(1, 900), (5_000, 20_000)]), (Seq(500), Seq(6_000))),
            seqs(&[(5_000, 6_000), (500, 900)])
        );
        assert_eq!(joined(seqs(&[(10_000, 9_999)]), all), []);
    }

    #[test]
    fn it_is_asked_for_by_a_webhook_or_any() {
        assert_eq!(NotTo::parse("any").expect("a word"), NotTo::Any);
        assert_eq!(NotTo::parse("webhook_7").expect("an id"), NotTo::Webhook(WebhookId(7)));
        for wrong in ["", "all", "company_7", "webhook_"] {
            assert!(NotTo::parse(wrong).is_err(), "{wrong}");
        }
    }
}
