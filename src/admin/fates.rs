//! What became of events at webhooks, and sending them again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::bounds::Cursor;
use super::fault::{Expected, Fault, Faults};
use super::place::Place;
use super::waiting::WaitingView;
use super::webhooks::seq_of;
use super::{Actor, Admin, AdminError, Page, Role, audit};
use crate::delivery::courier::Command;
use crate::delivery::subscription::Revisions;
use crate::delivery::verdict::{Evidence, Verdict, verdict};
use crate::domain::bounds::List;
use crate::domain::{
    AttemptOrigin, CompanyId, Event, EventId, HeldReason, HeldState, Lang, Seq, Timestamp, ValueFault,
    WebhookId, words_schema,
};
use crate::runtime::pause_reason;
use crate::store::{AttemptRow, HeldRow, Outcome, SkipReason, Webhook};
use crate::texts::msg;

/// Attempts of one event that are looked at.
const ATTEMPTS: u32 = 500;
/// Events in one request.
const EVENTS: usize = 1_000;

type Events = List<EventId, 1, EVENTS>;

/// Some events of one company.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsInput {
    /// Event ids, `evt_7_1024`; at most 1,000.
    #[schema(value_type = Events)]
    pub events: Vec<String>,
}

/// Which of the events that were named an order changed anything for.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenView {
    #[schema(value_type = Vec<EventId>)]
    /// Event ids. A resend leaves out what is pending anyway, a discard what is not held.
    pub events: Vec<String>,
}

/// One HTTP request and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    #[schema(value_type = EventId)]
    pub event_id: String,
    /// Absent once the event is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    #[schema(value_type = Timestamp)]
    pub at: String,
    /// `live`, `resend`, `replay` or `test`.
    #[schema(value_type = AttemptOrigin)]
    pub origin: &'static str,
    /// 1 for the first of this event with this origin.
    pub n: i32,
    /// The saved state of the webhook that shaped the body.
    pub revision: i32,
    /// The HTTP status, or why there is none. `error` is a stable word; `redirect` has where to after a colon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was remarkable about a success, as a word: `resent`, `body_late`, `body_cut`, `body_broken` or `head_too_large`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Milliseconds: of each phase, and in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<f64>,
    /// The beginning of a failure's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// The words for how an attempt ended.
pub struct AttemptOutcome;

impl AttemptOutcome {
    const WORDS: [(&'static str, Outcome); 2] =
        [("delivered", Outcome::Delivered), ("failed", Outcome::Failed)];

    fn parse(text: &str) -> Result<Outcome, AdminError> {
        let found = Self::WORDS.into_iter().find(|(word, _)| *word == text);
        let allowed = Self::WORDS.map(|(word, _)| word).join(", ");
        found
            .map(|(_, outcome)| outcome)
            .ok_or_else(|| AdminError::invalid("outcome", Fault::Value(ValueFault::NotOne { allowed })))
    }
}

impl PartialSchema for AttemptOutcome {
    fn schema() -> RefOr<Schema> {
        words_schema(Self::WORDS.map(|(word, _)| word))
    }
}

impl ToSchema for AttemptOutcome {}

/// An event that a courier set aside.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    #[schema(value_type = EventId)]
    pub event_id: String,
    /// Absent once the event is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// `retrying`, `alone`, `waiting` or `dead`.
    #[schema(value_type = HeldState)]
    pub state: &'static str,
    /// `failed`, `lane_busy`, `rejected`, `exhausted`, `crowded_out`, `expired` or `discarded`.
    #[schema(value_type = HeldReason)]
    pub reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    pub attempts: i32,
    /// When it is tried again; absent when it is not, by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub next_at: Option<String>,
    #[schema(value_type = Timestamp)]
    pub since: String,
}

/// What became of an event at one webhook, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct FateView {
    #[schema(value_type = WebhookId)]
    pub webhook_id: String,
    pub webhook_name: String,
    /// `verdict` and what belongs to it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Of an event that has yet to be delivered: what it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingView>,
    /// Oldest first.
    pub attempts_made: Vec<AttemptView>,
    /// Of what was skipped by hand: who did it, and when.
    #[serde(skip)]
    pub skipped_by: Option<(String, Timestamp)>,
}

/// A webhook with what is asked of it for every event.
pub(super) struct Witness {
    pub webhook: Webhook,
    pub revisions: Revisions,
    pub cursor: Seq,
}

impl Admin {
    pub async fn fates(&self, actor: &Actor, lang: Lang, id: EventId) -> Result<Vec<FateView>, AdminError> {
        let event = self.stored_event(actor, id).await?;
        let mut fates = Vec::new();
        for webhook in self.store.webhooks(id.company).await? {
            fates.push(self.fate(&event, webhook, lang).await?);
        }
        Ok(fates)
    }

    pub(super) async fn fate(
        &self,
        event: &Event,
        webhook: Webhook,
        lang: Lang,
    ) -> Result<FateView, AdminError> {
        let witness = self.witness(webhook).await?;
        let fate = self.fate_at(event, &witness).await?;
        let waits =
            matches!(fate.verdict, Verdict::Pending { .. } | Verdict::Paused { .. } | Verdict::Held { .. });
        let waiting = if waits { self.waiting(event, &witness.webhook, lang).await? } else { None };
        Ok(FateView { waiting, ..fate })
    }

    /// What is the same for all events of a webhook.
    pub(super) async fn witness(&self, webhook: Webhook) -> Result<Witness, AdminError> {
        let id = webhook.id;
        let revisions = Revisions::new(self.store.revisions(id).await?);
        let revisions = revisions.ok_or_else(|| AdminError::not_found("webhook", id))?;
        let cursor = self.store.cursor(id).await?.unwrap_or_default();
        Ok(Witness { webhook, revisions, cursor })
    }

    pub(super) async fn fate_at(&self, event: &Event, witness: &Witness) -> Result<FateView, AdminError> {
        let Witness { webhook, revisions, cursor } = witness;
        let (seq, id, company) = (event.seq, webhook.id, event.company);
        let held = self.store.held_between(id, seq, seq, 1).await?;
        let attempts = self.store.attempts_of_event(id, seq, ATTEMPTS).await?;
        let skip = self.store.skip_at(id, seq).await?.filter(|skip| skip.reason == SkipReason::ByHand);
        let verdict = verdict(&Evidence {
            seq,
            event: Some(event),
            revisions,
            cursor: *cursor,
            attempts: &attempts,
            held: held.first(),
            skipped: skip.as_ref().map(|skip| (skip.from, skip.to)),
            paused: pause_reason(webhook).as_ref(),
        });
        Ok(FateView {
            webhook_id: id.to_string(),
            webhook_name: webhook.settings.name.to_string(),
            verdict,
            waiting: None,
            skipped_by: skip.and_then(|skip| Some((skip.actor?, skip.at))),
            attempts_made: attempts
                .into_iter()
                .map(|attempt| attempt_view(company, Some(&event.name), attempt))
                .collect(),
        })
    }

    /// The newest first, whatever event they were for. `outcome` is `delivered`, `failed` or both.
    pub async fn attempts(
        &self,
        actor: &Actor,
        id: WebhookId,
        outcome: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<AttemptView>, AdminError> {
        let company = self.stored_webhook(actor, id).await?.company;
        let (seq, at) = place(cursor, (Seq(i64::MAX), Timestamp(i64::MAX)))?;
        let outcome = outcome.map(AttemptOutcome::parse).transpose()?;
        let rows = self.store.attempts(id, outcome, (at, seq), limit + 1).await?;
        let next = |row: &AttemptRow| format!("{}.{}", row.seq.0, row.at.0);
        let seqs: Vec<_> = rows.iter().map(|row| row.seq).collect();
        let names = self.store.event_names(company, &seqs).await?;
        Ok(Page::of(rows, limit, next, |row| {
            attempt_view(company, names.get(&row.seq).map(|name| &**name), row)
        }))
    }

    pub async fn held(
        &self,
        actor: &Actor,
        id: WebhookId,
        state: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<HeldView>, AdminError> {
        let company = self.stored_webhook(actor, id).await?.company;
        let Some(state) = HeldState::parse(state) else {
            let allowed = "retrying, alone, waiting, dead".into();
            return Err(AdminError::invalid("state", Fault::Value(ValueFault::NotOne { allowed })));
        };
        let (seq, at) = place(cursor, (Seq::ZERO, Timestamp(i64::MIN)))?;
        let rows = self.store.held(id, state, (at, seq), limit + 1).await?;
        let next = |row: &HeldRow| format!("{}.{}", row.seq.0, row.next_at.0);
        let seqs: Vec<_> = rows.iter().map(|row| row.seq).collect();
        let names = self.store.event_names(company, &seqs).await?;
        Ok(Page::of(rows, limit, next, |row| {
            held_view(company, names.get(&row.seq).map(|name| &**name), row)
        }))
    }

    /// Sends events again, each by itself. Returns when the courier has taken them.
    pub async fn resend(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &EventsInput,
    ) -> Result<TakenView, AdminError> {
        self.order(actor, id, input, "webhook.resend", Command::Resend).await
    }

    /// Gives held events up, and puts dead ones away.
    pub async fn discard(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &EventsInput,
    ) -> Result<TakenView, AdminError> {
        self.order(actor, id, input, "webhook.discard", Command::Discard).await
    }

    async fn order(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &EventsInput,
        action: &'static str,
        command: fn(Vec<Seq>) -> Command,
    ) -> Result<TakenView, AdminError> {
        actor.require(Role::Operator)?;
        let webhook = self.stored_webhook(actor, id).await?;
        let mut faults = Faults::default();
        faults.check("events", Events::check(input.events.len()));
        let mut seqs = Vec::new();
        for (at, text) in input.events.iter().enumerate().take(EVENTS) {
            match seq_of(Place::from("events").at(at), webhook.company, text) {
                Ok(seq) => seqs.push(seq),
                Err(AdminError::Invalid(found)) => faults.extend(found),
                Err(error) => return Err(error),
            }
        }
        faults.done().map_err(AdminError::Invalid)?;
        let discards = matches!(command(Vec::new()), Command::Discard(_));
        let owned = self.owned(webhook.company).await?;
        let asked = self.runtime.couriers().ask(&owned, id, command(seqs.clone()));
        let Ok(Some(taken)) = tokio::time::timeout(Duration::from_secs(5), asked).await else {
            return Err(AdminError::Conflict(msg("conflict-starting")));
        };
        let taken = if discards { self.put_away(id, taken, seqs).await? } else { taken };
        let event = |seq: &Seq| EventId { company: webhook.company, seq: *seq }.to_string();
        let events: Vec<String> = taken.iter().map(event).collect();
        if !events.is_empty() {
            let (by, detail) = (actor.clone(), serde_json::json!({ "events": events }));
            let written = self.journal.control(move |tx| {
                Box::pin(async move {
                    tx.audit(&audit(&by, action, Some(webhook.company), id.to_string(), &detail)).await
                })
            });
            written.await?;
        }
        Ok(TakenView { events })
    }
}

impl Admin {
    /// Dead events are not the courier's any more: they are put away in the store. Adds them to what was taken.
    async fn put_away(
        &self,
        id: WebhookId,
        mut taken: Vec<Seq>,
        mut seqs: Vec<Seq>,
    ) -> Result<Vec<Seq>, AdminError> {
        seqs.retain(|seq| !taken.contains(seq));
        if !seqs.is_empty() {
            let put = self.journal.control(move |tx| Box::pin(async move { tx.put_away(id, &seqs).await }));
            taken.extend(put.await?);
        }
        Ok(taken)
    }
}

/// A cursor of two numbers.
fn place(cursor: Option<&str>, start: (Seq, Timestamp)) -> Result<(Seq, Timestamp), AdminError> {
    let Some(text) = cursor else { return Ok(start) };
    let parsed = text
        .split_once('.')
        .and_then(|(seq, at)| Some((Seq(Cursor::number(seq)?), Timestamp(Cursor::number(at)?))));
    parsed.ok_or_else(|| AdminError::invalid("cursor", Fault::Malformed { expected: Expected::Cursor }))
}

fn attempt_view(company: CompanyId, name: Option<&str>, row: AttemptRow) -> AttemptView {
    let ms = |us: Option<u32>| us.map(|us| f64::from(us) / 1_000.0);
    let word = row.error.map(std::borrow::Cow::into_owned);
    let (error, note) = if matches!(row.status, Some(200..=299)) { (None, word) } else { (word, None) };
    AttemptView {
        event_id: EventId { company, seq: row.seq }.to_string(),
        event_type: name.map(str::to_owned),
        at: row.at.to_string(),
        origin: row.origin.as_str(),
        n: row.n,
        revision: row.revision,
        status: row.status,
        error,
        note,
        dns_ms: ms(row.phases.dns_us),
        connect_ms: ms(row.phases.connect_us),
        tls_ms: ms(row.phases.tls_us),
        first_byte_ms: ms(row.phases.first_byte_us),
        total_ms: ms(row.phases.total_us),
        answer: row.answer.map(|answer| String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn held_view(company: CompanyId, name: Option<&str>, row: HeldRow) -> HeldView {
    HeldView {
        event_id: EventId { company, seq: row.seq }.to_string(),
        event_type: name.map(str::to_owned),
        state: row.state.as_str(),
        reason: row.reason.as_str(),
        lane: row.lane.map(|lane| lane.to_string()),
        attempts: row.attempts,
        next_at: (row.state != HeldState::Dead).then(|| row.next_at.to_string()),
        since: row.since.to_string(),
    }
}
