//! What webhooks have lost and what they fail with, put into words for the list of what needs attention and for the
//! webhook's page.

use std::collections::HashMap;

use super::Incidents;
use crate::delivery::Status;
use crate::delivery::courier::Troubled;
use crate::domain::incident::Kind;
use crate::domain::{CompanyId, EventId, HeldReason, Seq, Timestamp, WebhookId};
use crate::net::ErrorKind;
use crate::store::{ExpiredRanges, Lost, StoreError, Webhook};
use crate::texts::{Message, msg};
use crate::watch::attention::{EventLook, LOST_WITHIN, LossLook};

/// Lost events of one webhook that are counted.
const COUNTED: usize = 1_000;
/// Attempts of one event that are looked at for the last of them.
const ATTEMPTS: u32 = 500;

impl Incidents {
    /// What every one of these webhooks has lost lately.
    pub(super) async fn losses(
        &self,
        webhooks: &[Webhook],
        now: Timestamp,
    ) -> Result<HashMap<WebhookId, Vec<LossLook>>, StoreError> {
        let micros = i64::try_from(LOST_WITHIN.as_micros()).unwrap_or(i64::MAX);
        let since = Timestamp(now.0.saturating_sub(micros));
        let (losers, ranges) = (self.store.losers(since).await?, self.store.expired_ranges(since).await?);
        let mut losses = HashMap::new();
        for webhook in webhooks {
            let range = ranges.iter().find(|range| range.webhook == webhook.id);
            let lost = if losers.contains(&webhook.id) {
                self.store.lost(webhook.id, since, u32::try_from(COUNTED + 1).unwrap_or(u32::MAX)).await?
            } else {
                Vec::new()
            };
            let mut looks = Vec::new();
            for kind in [Kind::EventsDead, Kind::EventsCrowdedOut, Kind::EventsExpired] {
                let range = range.filter(|_| kind == Kind::EventsExpired);
                looks.extend(self.loss(webhook, kind, &lost, range).await?);
            }
            if !looks.is_empty() {
                losses.insert(webhook.id, looks);
            }
        }
        Ok(losses)
    }

    /// Those of one kind; `lost` is newest first.
    async fn loss(
        &self,
        webhook: &Webhook,
        kind: Kind,
        lost: &[Lost],
        range: Option<&ExpiredRanges>,
    ) -> Result<Option<LossLook>, StoreError> {
        let of_kind: Vec<&Lost> =
            lost.iter().take(COUNTED).filter(|lost| kind_of(lost.reason) == kind).collect();
        let newest = of_kind.first().map(|lost| lost.seq).max(range.map(|range| range.last));
        let since = of_kind.last().map(|lost| lost.at);
        let since = since.into_iter().chain(range.map(|range| range.first_at)).min();
        let (Some(newest), Some(since)) = (newest, since) else { return Ok(None) };
        let passed = range.map_or(0, |range| u64::try_from(range.events).unwrap_or(0));
        Ok(Some(LossLook {
            kind,
            count: of_kind.len() as u64 + passed,
            more: lost.len() > COUNTED,
            since,
            newest: self.event_look(webhook.company, webhook.id, newest).await?,
        }))
    }

    async fn event_look(
        &self,
        company: CompanyId,
        webhook: WebhookId,
        seq: Seq,
    ) -> Result<EventLook, StoreError> {
        let attempts = self.store.attempts_of_event(webhook, seq, ATTEMPTS).await?;
        let last = attempts.last().map(|row| last_answer(row.status, row.error.as_deref()));
        let bytes = self.store.payload_bytes(company, seq).await?;
        Ok(EventLook {
            id: EventId { company, seq },
            bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()),
            last,
        })
    }
}

fn kind_of(reason: HeldReason) -> Kind {
    match reason {
        HeldReason::CrowdedOut => Kind::EventsCrowdedOut,
        HeldReason::Expired => Kind::EventsExpired,
        _ => Kind::EventsDead,
    }
}

/// The event that a running courier names of those that fail.
pub fn troubled(company: CompanyId, status: &Status) -> Option<(EventLook, Timestamp)> {
    let Troubled { seq, bytes, since, last, .. } = status.troubled.as_ref()?;
    let look = EventLook {
        id: EventId { company, seq: *seq },
        bytes: (*bytes > 0).then_some(*bytes as u64),
        last: last.as_ref().map(|last| last_answer(last.result.ok(), Some(&last.word()))),
    };
    Some((look, *since))
}

/// What is stored of an attempt, for people.
pub fn last_answer(status: Option<u16>, error: Option<&str>) -> Message {
    let error = error.unwrap_or_default();
    if let Some(to) = error.strip_prefix("redirect: ") {
        let status = status.unwrap_or_default().to_string();
        return msg("answer-redirect").with("status", status).with("to", to);
    }
    match (status, ErrorKind::parse(error)) {
        (Some(status), _) => msg("answer-status").with("status", status.to_string()),
        (None, Some(kind)) => kind.message(),
        (None, None) => msg("answer-other").with("text", error),
    }
}
