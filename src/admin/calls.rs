//! Calls as people see them: the list of a company's, and one with its events and what became of them.

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::actions::{of_action, offers};
use super::bounds::{Cursor, PageSize, PairCursor};
use super::events::view as event_view;
use super::fault::{Faults, time};
use super::{
    ActionView, Actor, Admin, AdminError, DecisionView, EventView, Expected, FateView, Fault, Page, after,
    decisions, page_size,
};
use crate::domain::call::{CallState, Context, Direction, Outcome, Warning, WithAgent};
use crate::domain::decision::OfCall;
use crate::domain::{CallId, CompanyId, Provider, Seq, SourceId, Timestamp, ValueFault, words_schema};
use crate::sources;
use crate::store::{CallFilter, CallPlace, StoredCall};

/// Which calls to list; all that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct CallQuery {
    #[param(value_type = Option<CallState>, inline)]
    pub state: Option<String>,
    #[param(value_type = Option<Outcome>, inline)]
    pub outcome: Option<String>,
    #[param(value_type = Option<Served>, inline)]
    pub provider: Option<String>,
    /// Of either side. Other characters than digits are passed over. A Brazilian number with its area code is found with the country
    /// code or a leading zero before it as well, where none is found as it is given.
    pub phone: Option<String>,
    /// The provider's id of an agent, or its e-mail address.
    pub agent: Option<String>,
    pub queue: Option<String>,
    /// The provider's own id of a call.
    pub call: Option<String>,
    /// ISO 8601; first heard of at this time or later.
    #[param(value_type = Option<Timestamp>)]
    pub from: Option<String>,
    /// ISO 8601; first heard of before this time.
    #[param(value_type = Option<Timestamp>)]
    pub to: Option<String>,
    #[param(value_type = Option<PairCursor>, inline)]
    pub cursor: Option<String>,
    /// Items on a page, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    pub limit: Option<u32>,
}

/// A provider that this version serves.
struct Served;

impl PartialSchema for Served {
    fn schema() -> RefOr<Schema> {
        words_schema(super::sources::served_ids())
    }
}

impl ToSchema for Served {}

/// A call, as far as its events have told it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallView {
    /// `call_7_1024`, after the first of its events that there is.
    #[schema(value_type = CallId)]
    pub id: String,
    #[schema(value_type = CompanyId)]
    pub company_id: String,
    #[schema(value_type = SourceId)]
    pub source_id: String,
    #[schema(value_type = Provider)]
    pub provider: &'static str,
    /// The provider's own id; where it gives none, one that is made of what the call is about.
    pub provider_call_id: String,
    #[schema(value_type = CallState)]
    pub state: &'static str,
    /// What became of it, once it is over and that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Outcome>)]
    pub outcome: Option<&'static str>,
    /// It is over because nothing more was heard of it for so long: its end was not told.
    pub presumed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Direction>)]
    pub direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub our_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub their_number: Option<String>,
    /// Who talks or has talked; before that, whose telephone rings or rang.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<CallAgentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// By the provider's clock: its first event, …
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub new_at: Option<String>,
    /// … when it first rang, …
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub ringing_at: Option<String>,
    /// … when somebody first answered, …
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub answered_at: Option<String>,
    /// … and when it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub ended_at: Option<String>,
    /// By our clock: when its first event came, …
    #[schema(value_type = Timestamp)]
    pub heard_at: String,
    /// … and its latest.
    #[schema(value_type = Timestamp)]
    pub changed_at: String,
    /// The type of its latest event, by the provider's clock.
    pub last_event: String,
    /// How many events there are of it.
    pub events_total: u32,
    #[schema(value_type = Vec<Warning>)]
    pub warnings: Vec<&'static str>,
}

/// An agent of a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallAgentView {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// What the agents have to do with the call just now.
    pub now: WithAgent,
}

/// A call with its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallEventsView {
    #[serde(flatten)]
    pub call: CallView,
    /// Where it goes; absent where nobody asked for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionView>,
    /// What people had the provider do with it, in the order in which they asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionView>,
    /// What people can have it do just now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<&'static str>,
    /// What led to the call, of providers that tell it; on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// In the order in which they came; those that are gone already are left out. Of a call with more than 500 events, its first 500.
    pub events: Vec<CallEventView>,
    /// Where the events go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Cursor>)]
    pub next: Option<String>,
}

/// An event of a call, and what became of it at each webhook of the company.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallEventView {
    #[serde(flatten)]
    pub event: EventView,
    pub deliveries: Vec<FateView>,
}

impl Admin {
    /// A company's calls, the newest first.
    pub async fn calls(
        &self,
        actor: &Actor,
        company: CompanyId,
        query: &CallQuery,
    ) -> Result<Page<CallView>, AdminError> {
        self.company(actor, company).await?;
        let (found, next) = self.found_calls(company, query).await?;
        let now = Timestamp::now();
        Ok(Page { items: found.iter().map(|stored| view(stored, now)).collect(), next })
    }

    /// One call, with a page of its events.
    pub async fn call(
        &self,
        actor: &Actor,
        id: CallId,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<CallEventsView, AdminError> {
        self.company(actor, id.company).await?;
        let stored = self.stored_call(id).await?;
        let (after, limit) = (Seq(after(cursor, 0)?), page_size(limit)? as usize);
        let ahead: Vec<Seq> = stored.call.events.iter().copied().filter(|seq| *seq > after).collect();
        let definition = sources::find(stored.provider);
        let mut witnesses = Vec::new();
        for webhook in self.store.webhooks(id.company).await? {
            witnesses.push(self.witness(webhook).await?);
        }
        let (mut events, mut context, is_first) = (Vec::new(), None, cursor.is_none());
        for seq in ahead.iter().take(limit) {
            let Some(event) = self.journal.event(id.company, *seq).await? else { continue };
            if let Some(told) =
                definition.and_then(|definition| definition.context(&event)).filter(|_| is_first)
            {
                context.get_or_insert_with(Context::default).learn(told);
            }
            let mut deliveries = Vec::with_capacity(witnesses.len());
            for witness in &witnesses {
                deliveries.push(self.fate_at(&event, witness).await?);
            }
            events.push(CallEventView { event: event_view(&event), deliveries });
        }
        let next = (ahead.len() > limit).then(|| ahead[limit - 1].to_string());
        let of = OfCall { company: id.company, source: stored.call.source, call: stored.call.id.clone() };
        let decision = self.store.decision(&of).await?.map(decisions::view);
        let actions = self.store.actions(&of).await?.into_iter().map(of_action).collect();
        let now = Timestamp::now();
        let offers = offers(&stored, now);
        Ok(CallEventsView { call: view(&stored, now), decision, actions, offers, context, events, next })
    }
}

pub(super) fn filter(query: &CallQuery) -> Result<CallFilter, AdminError> {
    let mut faults = Faults::default();
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let filter = CallFilter {
        state: word(query.state.as_deref(), "state", CallState::parse, CallState::WORDS, &mut faults),
        outcome: word(query.outcome.as_deref(), "outcome", Outcome::parse, Outcome::WORDS, &mut faults),
        provider: query.provider.as_deref().and_then(|id| faults.check("provider", provider(id))),
        phone: query.phone.as_ref().map(|phone| phone.chars().filter(char::is_ascii_digit).collect()),
        agent: text(&query.agent),
        queue: text(&query.queue),
        call: text(&query.call),
        from: query.from.as_deref().and_then(|text| faults.check("from", time(text))),
        to: query.to.as_deref().and_then(|text| faults.check("to", time(text))),
    };
    faults.done().map_err(AdminError::Invalid)?;
    Ok(filter)
}

fn word<T>(
    given: Option<&str>,
    field: &'static str,
    parse: fn(&str) -> Option<T>,
    words: &[&str],
    faults: &mut Faults,
) -> Option<T> {
    let given = given?;
    let found = parse(given).ok_or_else(|| Fault::Value(ValueFault::NotOne { allowed: words.join(", ") }));
    faults.check(field, found)
}

fn provider(id: &str) -> Result<Provider, Fault> {
    let known = sources::named(id).map(|provider| provider.identity().id);
    let all = || super::sources::served_ids().join(", ");
    known.ok_or_else(|| Fault::Value(ValueFault::NotOne { allowed: all() }))
}

/// The last call of the page before.
pub(super) fn before(cursor: Option<&str>) -> Result<Option<CallPlace>, AdminError> {
    let Some(text) = cursor else { return Ok(None) };
    let place = text
        .split_once('.')
        .and_then(|(at, seq)| Some(CallPlace(Timestamp(Cursor::number(at)?), Seq(Cursor::number(seq)?))));
    let fault = Fault::Malformed { expected: Expected::Cursor };
    place.map(Some).ok_or_else(|| AdminError::invalid("cursor", fault))
}

pub(super) fn view(stored: &StoredCall, now: Timestamp) -> CallView {
    let call = &stored.call;
    let text = |key: &Option<crate::domain::Key>| key.as_deref().map(str::to_owned);
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    CallView {
        id: stored.id().to_string(),
        company_id: stored.company.to_string(),
        source_id: call.source.to_string(),
        provider: stored.provider.as_str(),
        provider_call_id: call.id.to_string(),
        state: call.state_at(now).as_str(),
        outcome: call.outcome_at(now).map(Outcome::as_str),
        presumed: !call.has_ended() && !call.is_open(now),
        direction: call.direction.map(Direction::as_str),
        our_number: text(&call.our_number),
        their_number: text(&call.their_number),
        agent: call.agent.as_ref().map(|agent| CallAgentView {
            id: agent.id.clone(),
            name: agent.name.clone(),
            extension: agent.extension.clone(),
            now: if call.is_open(now) { call.with_agent } else { WithAgent::Nothing },
        }),
        queue: text(&call.queue),
        new_at: time(call.times.new),
        ringing_at: time(call.times.ringing),
        answered_at: time(call.times.answered),
        ended_at: time(call.times.ended),
        heard_at: call.heard_at.to_string(),
        changed_at: call.changed_at.to_string(),
        last_event: call.last_event.to_string(),
        events_total: call.events_total,
        warnings: call.warnings.iter().map(Warning::as_str).collect(),
    }
}
