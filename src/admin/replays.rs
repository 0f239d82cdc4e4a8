//! Replays: a range of the past, sent again behind everything else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::bounds::Either;
use super::fault::{Fault, Faults};
use super::place::Place;
use super::webhooks::seq_of;
use super::{Actor, Admin, AdminError, Page, Role, after, audit};
use crate::delivery::courier::{Command, MAX_REPLAYS};
use crate::domain::bounds::{List, Whole};
use crate::domain::{EventId, ParseIdError, Pattern, Seq, Timestamp, ValueFault, WebhookId, id_schema};
use crate::runtime::{ReplayFilter, replay_job};
use crate::store::{NewReplay, Replay, ReplayState, StoreError, Webhook};
use crate::texts::msg;

/// A replay's id, `replay_3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayId(pub i64);

impl FromStr for ReplayId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let digits = text.strip_prefix("replay_").unwrap_or(text);
        digits.parse().map(ReplayId).map_err(|_| ParseIdError::new(text, "a replay id such as replay_7"))
    }
}

impl PartialSchema for ReplayId {
    fn schema() -> RefOr<Schema> {
        id_schema("^(replay_)?[1-9][0-9]{0,17}$", "replay_7")
    }
}

impl ToSchema for ReplayId {}

impl fmt::Display for ReplayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "replay_{}", self.0)
    }
}

type EventOrTime = Either<EventId, Timestamp>;
type Rate = Whole<1, 10_000>;
type Events = List<Pattern, 0, 500>;

/// What to send again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayInput {
    /// The first event, `evt_7_1`; or a time, ISO 8601. May be absent of what was not delivered: then it is all of that.
    #[schema(value_type = Option<EventOrTime>)]
    pub from: Option<String>,
    /// The last event; or a time, before which all are meant; absent is now.
    #[schema(value_type = Option<EventOrTime>)]
    pub to: Option<String>,
    /// Only these event types; absent is all that the webhook wants.
    #[schema(value_type = Option<Events>, inline)]
    pub events: Option<Vec<String>>,
    /// Only what was not delivered and nobody has put away (held as `dead`), whatever the webhook wants by now.
    #[serde(default)]
    pub undelivered_only: bool,
    /// Receivers are to take the events for new ones: `webhook-id` gets `_r<replay>` appended.
    #[serde(default)]
    pub as_new: bool,
    /// Requests a second at most, 1 to 10,000.
    #[schema(value_type = Option<Rate>, inline)]
    pub rate_per_second: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayCountView {
    /// Events of the range with a type that is asked for and that the webhook wants. Its rules may keep some of them back.
    /// Of what was not delivered: exactly as many as are sent.
    pub events: i64,
    pub from: String,
    pub to: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayView {
    /// `replay_3`.
    #[schema(value_type = ReplayId)]
    pub id: String,
    #[schema(value_type = WebhookId)]
    pub webhook_id: String,
    /// First and last event of the range.
    pub from_seq: i64,
    pub to_seq: i64,
    /// `running`, `paused`, `done` or `cancelled`.
    #[schema(value_type = ReplayState)]
    pub state: &'static str,
    /// Everything up to this seq has been looked at.
    pub position: i64,
    /// Only these types; empty is all that the webhook wants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    pub delivered: i64,
    pub failed: i64,
    pub skipped: i64,
    /// Only what was not delivered.
    pub undelivered_only: bool,
    pub as_new: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_per_second: Option<i32>,
    #[schema(value_type = Timestamp)]
    pub created_at: String,
    pub created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub ended_at: Option<String>,
}

/// What is done to a running replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayStep {
    Pause,
    Resume,
    Cancel,
}

/// A replay's input, checked.
struct Checked {
    from: Seq,
    to: Seq,
    names: Vec<Pattern>,
    undelivered: bool,
    rate: Option<i32>,
}

impl Admin {
    pub async fn replays(
        &self,
        actor: &Actor,
        id: WebhookId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<ReplayView>, AdminError> {
        self.stored_webhook(actor, id).await?;
        let rows = self.store.replays(id, after(cursor, i64::MAX)?, limit + 1).await?;
        Ok(Page::of(rows, limit, |replay| replay.id.to_string(), view))
    }

    pub async fn replay(&self, actor: &Actor, id: ReplayId) -> Result<ReplayView, AdminError> {
        self.stored_replay(actor, id).await.map(view)
    }

    pub async fn count_replay(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &ReplayInput,
    ) -> Result<ReplayCountView, AdminError> {
        let webhook = self.stored_webhook(actor, id).await?;
        let checked = self.check_replay(&webhook, input).await?;
        let events = self.count(&webhook, &checked).await?;
        let event = |seq| crate::domain::EventId { company: webhook.company, seq }.to_string();
        Ok(ReplayCountView { events, from: event(checked.from), to: event(checked.to) })
    }

    pub async fn create_replay(
        &self,
        actor: &Actor,
        id: WebhookId,
        input: &ReplayInput,
    ) -> Result<ReplayView, AdminError> {
        actor.require(Role::Operator)?;
        let webhook = self.stored_webhook(actor, id).await?;
        self.owned(webhook.company).await?;
        let checked = self.check_replay(&webhook, input).await?;
        let total = self.count(&webhook, &checked).await?;
        if checked.undelivered && total == 0 {
            return Err(AdminError::Conflict(msg("conflict-nothing-undelivered")));
        }
        let (by, as_new) = (actor.clone(), input.as_new);
        let created = self.change(webhook.company, move |tx| {
            Box::pin(async move {
                if tx.open_replays(id).await?.len() >= MAX_REPLAYS {
                    return Ok(None);
                }
                let filter = ReplayFilter { names: checked.names, undelivered: checked.undelivered };
                let filter = json!(filter).to_string();
                let new = NewReplay {
                    webhook: id,
                    from: checked.from,
                    to: checked.to,
                    filter: &filter,
                    as_new,
                    rate: checked.rate,
                    total: Some(total),
                    created_by: &by.name,
                };
                let replay = tx.create_replay(&new, Timestamp::now()).await?;
                let detail = json!({
                    "webhook": id, "from": replay.from, "to": replay.to, "events": total,
                    "undelivered_only": checked.undelivered, "as_new": as_new,
                });
                let target = ReplayId(replay.id).to_string();
                tx.audit(&audit(&by, "replay.create", Some(replay.company), target, &detail)).await?;
                Ok(Some(replay))
            })
        });
        let Some(replay) = created.await? else {
            return Err(AdminError::Conflict(msg("conflict-replays")));
        };
        self.tell(replay.company, id, Command::StartReplay(replay_job(&replay))).await;
        Ok(view(replay))
    }

    pub async fn step_replay(
        &self,
        actor: &Actor,
        id: ReplayId,
        step: ReplayStep,
    ) -> Result<ReplayView, AdminError> {
        actor.require(Role::Operator)?;
        let company = self.stored_replay(actor, id).await?.company;
        self.owned(company).await?;
        let (state, action) = match step {
            ReplayStep::Pause => (ReplayState::Paused, "replay.pause"),
            ReplayStep::Resume => (ReplayState::Running, "replay.resume"),
            ReplayStep::Cancel => (ReplayState::Cancelled, "replay.cancel"),
        };
        let by = actor.clone();
        let changed = self.change(company, move |tx| {
            Box::pin(async move {
                let missing = StoreError::Missing { what: "replay", id: id.0 };
                let before = tx.replay(id.0).await?.ok_or(missing)?;
                if before.state.has_ended() {
                    return Ok(None);
                }
                if before.state == state {
                    return Ok(Some(before));
                }
                let replay = tx.set_replay_state(id.0, state, Timestamp::now()).await?;
                let detail = json!({ "before": before.state.as_str(), "after": state.as_str() });
                tx.audit(&audit(&by, action, Some(before.company), id.to_string(), &detail)).await?;
                Ok(Some(replay))
            })
        });
        let Some(replay) = changed.await? else {
            return Err(AdminError::Conflict(msg("conflict-replay-ended")));
        };
        let command = match step {
            ReplayStep::Pause => Command::PauseReplay(id.0),
            ReplayStep::Resume => Command::ResumeReplay(id.0),
            ReplayStep::Cancel => Command::CancelReplay(id.0),
        };
        self.tell(company, replay.webhook, command).await;
        Ok(view(replay))
    }

    async fn stored_replay(&self, actor: &Actor, id: ReplayId) -> Result<Replay, AdminError> {
        let replay = self.store.replay(id.0).await?.filter(|replay| actor.sees(replay.company));
        replay.ok_or_else(|| AdminError::not_found("replay", id))
    }

    /// How many events a webhook was not delivered that can still be sent.
    pub async fn undelivered_count(&self, actor: &Actor, id: WebhookId) -> Result<i64, AdminError> {
        let company = self.stored_webhook(actor, id).await?.company;
        let all = (Seq::ZERO, Seq(i64::MAX));
        let names = self.store.undelivered_names(company, id, all).await?;
        Ok(names.into_iter().map(|(_, count)| count).sum())
    }

    async fn count(&self, webhook: &Webhook, checked: &Checked) -> Result<i64, AdminError> {
        if checked.undelivered {
            let range = (checked.from, checked.to);
            let names = self.store.undelivered_names(webhook.company, webhook.id, range).await?.into_iter();
            let chosen = |name: &str| {
                checked.names.is_empty() || checked.names.iter().any(|pattern| pattern.matches(name))
            };
            return Ok(names.filter(|(name, _)| chosen(name)).map(|(_, count)| count).sum());
        }
        let subscribed = self.newest_revision(webhook.id).await?.events;
        let names = |patterns: &[Pattern], name: &str| patterns.iter().any(|pattern| pattern.matches(name));
        let is_wanted = |name: &str| {
            names(&subscribed, name) && (checked.names.is_empty() || names(&checked.names, name))
        };
        let count = self.journal.count(webhook.company, checked.from, checked.to, is_wanted).await?;
        Ok(count.wanted)
    }

    async fn check_replay(&self, webhook: &Webhook, input: &ReplayInput) -> Result<Checked, AdminError> {
        let mut faults = Faults::default();
        let parse = |text: &String| {
            text.parse().map_err(|_| {
                Fault::Value(ValueFault::EventPattern { given: text.chars().take(80).collect() })
            })
        };
        faults.check("events", Events::check(input.events.as_ref().map_or(0, Vec::len)));
        let names = input.events.iter().flatten().enumerate();
        let names =
            names.filter_map(|(at, text)| faults.check(Place::from("events").at(at), parse(text))).collect();
        if let Some(rate) = input.rate_per_second {
            faults.check("rate_per_second", Rate::check(rate));
        }
        let from = input.from.as_deref().map(str::trim).filter(|from| !from.is_empty());
        if from.is_none() && !input.undelivered_only {
            faults.add("from", Fault::Value(ValueFault::Missing));
        }
        faults.done().map_err(AdminError::Invalid)?;
        if let (Some(from), Some(to)) = (from.and_then(time), input.to.as_deref().and_then(time))
            && to <= from
        {
            return Err(AdminError::invalid("to", Fault::EndBeforeStart));
        }
        let from = match from {
            Some(from) => self.first_of_replay(webhook, from).await?,
            None => self.store.undelivered_ends(webhook.id).await?.map_or(Seq(1), |(first, _)| first),
        };
        let head = self.journal.head(webhook.company);
        let to = match &input.to {
            Some(text) => self.last_of_replay(webhook, text).await?.min(head),
            None => head,
        };
        // That nothing is left to be sent again is no fault of who asks.
        if from > to && !input.undelivered_only {
            return Err(AdminError::invalid("to", Fault::EmptyRange));
        }
        let rate = input.rate_per_second.and_then(|rate| i32::try_from(rate).ok());
        Ok(Checked { from, to, names, undelivered: input.undelivered_only, rate })
    }

    /// An event id, or the first event at or after a time.
    async fn first_of_replay(&self, webhook: &Webhook, text: &str) -> Result<Seq, AdminError> {
        match time(text) {
            Some(at) => Ok(self.journal.time_to_seq(webhook.company, at).await?),
            None => seq_of("from", webhook.company, text),
        }
    }

    /// An event id, or the last event before a time.
    async fn last_of_replay(&self, webhook: &Webhook, text: &str) -> Result<Seq, AdminError> {
        match time(text) {
            Some(at) => Ok(Seq(self.journal.time_to_seq(webhook.company, at).await?.0 - 1)),
            None => seq_of("to", webhook.company, text),
        }
    }
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|time| Timestamp(time.as_microsecond()))
}

fn view(replay: Replay) -> ReplayView {
    let filter: ReplayFilter = serde_json::from_str(&replay.filter).unwrap_or_default();
    ReplayView {
        events: filter.names.iter().map(ToString::to_string).collect(),
        id: ReplayId(replay.id).to_string(),
        webhook_id: replay.webhook.to_string(),
        from_seq: replay.from.0,
        to_seq: replay.to.0,
        state: replay.state.as_str(),
        position: replay.position.0,
        total: replay.total,
        delivered: replay.delivered,
        failed: replay.failed,
        skipped: replay.skipped,
        undelivered_only: filter.undelivered,
        as_new: replay.as_new,
        rate_per_second: replay.rate,
        created_at: replay.created_at.to_string(),
        created_by: replay.created_by,
        ended_at: replay.ended_at.map(|at| at.to_string()),
    }
}
