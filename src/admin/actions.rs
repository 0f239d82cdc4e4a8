//! What a person has a provider do with a call.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::fault::{Fault, Faults};
use super::sources::random_text;
use super::{Actor, Admin, AdminError, Role, audit};
use crate::answering::{self, Undone, act};
use crate::domain::action::{Action, ActionState};
use crate::domain::bounds::Line;
use crate::domain::call::CallState;
use crate::domain::decision::{OfCall, Report, Reported};
use crate::domain::{CallId, Event, Timestamp, ValueFault};
use crate::routing::{Ordered, Unordered, order};
use crate::sources::acting::{Acting, Doable, Wish};
use crate::sources::{self, Definition, Routing};
use crate::store::StoredCall;
use crate::texts::msg;

type Destination = Line<64>;
type Attempt = Line<64>;

/// Characters of an attempt that is chosen here.
const ATTEMPT: usize = 24;
/// Events of a call that are looked at for what its provider has to be told.
const LOOKED_AT: usize = 20;

/// What an action needs: which of these, its provider says.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionInput {
    /// For `delegate`: a queue or an extension, as the provider calls it; at most 64 characters.
    #[schema(value_type = Option<Destination>, inline)]
    pub destination: Option<String>,
    /// For `accept`: the SDP of the answer (RFC 8866), with all its candidates; it is passed on unchanged.
    #[schema(pattern = r"^[^\u0000]*$")]
    pub sdp: Option<String>,
    /// What the bot is told that waits for the end of the call, as the provider's documents have it.
    #[schema(value_type = Option<Object>)]
    pub halt: Option<Map<String, Value>>,
    /// The bot goes on waiting.
    pub keep_halt: Option<bool>,
    /// Chosen by who asks, at most 64 characters: what is asked for again with the same is the same action.
    #[schema(value_type = Option<Attempt>, inline)]
    pub attempt: Option<String>,
}

/// What came of an action.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionView {
    pub action: String,
    /// When it was answered, or given up; of one that is under way, when it was asked for.
    #[schema(value_type = Timestamp)]
    pub at: String,
    pub state: ActionState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// The answer's status, if there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `timeout`, `not_permitted`, `interrupted`, `other`, or what the provider said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How often the provider was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Fields of what was asked that are not passed on, because the provider settles them itself: `halt.idCallback`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<&'static str>,
}

/// How an action is done.
enum Done {
    Routed(&'static dyn Routing),
    Acted(&'static dyn Acting, &'static Doable),
}

impl Admin {
    /// Has a provider do something with a call; what came of it is an event of the call.
    pub async fn act(
        &self,
        actor: &Actor,
        id: CallId,
        action: &str,
        input: &ActionInput,
    ) -> Result<ActionView, AdminError> {
        actor.require(Role::Operator)?;
        self.company(actor, id.company).await?;
        let call = self.stored_call(id).await?;
        match offered(&call, action)? {
            Done::Routed(routing) => self.route(actor, call, routing, input).await,
            Done::Acted(acting, doable) => self.act_on(actor, call, (acting, doable), input).await,
        }
    }

    async fn route(
        &self,
        actor: &Actor,
        call: StoredCall,
        routing: &'static dyn Routing,
        input: &ActionInput,
    ) -> Result<ActionView, AdminError> {
        let mut faults = Faults::default();
        if input.destination.is_none() {
            faults.add("destination", Fault::Value(ValueFault::Missing));
        }
        let given = input.destination.as_deref();
        let destination =
            given.and_then(|raw| faults.check("destination", Destination::check(raw).map_err(Fault::Value)));
        faults.done().map_err(AdminError::Invalid)?;
        let destination = destination.unwrap_or_default();
        let company = self.owned(call.company).await?;
        let (by, action, id) = (actor.clone(), routing.action(), call.id());
        let noted = json!({ "action": action, "destination": destination });
        let ordered = Ordered { call, destination, by: actor.name.clone() };
        let line = move |report: &Report| {
            let mut detail = noted;
            detail["taken"] = json!(report.what == Reported::Sent);
            audit(&by, "call.action", Some(id.company), id.to_string(), &detail)
        };
        let done = order(&self.journal, &self.provider, &company, routing, ordered, line).await;
        done.map(|report| of_report(action, report)).map_err(|error| match error {
            Unordered::NoAddress => AdminError::Conflict(msg("conflict-no-actions")),
            Unordered::Elsewhere => AdminError::Elsewhere,
            Unordered::Store(error) => error.into(),
        })
    }

    async fn act_on(
        &self,
        actor: &Actor,
        call: StoredCall,
        (acting, doable): (&'static dyn Acting, &'static Doable),
        input: &ActionInput,
    ) -> Result<ActionView, AdminError> {
        let mut faults = Faults::default();
        let given = input.attempt.as_deref();
        let attempt =
            given.and_then(|raw| faults.check("attempt", Attempt::check(raw).map_err(Fault::Value)));
        faults.done().map_err(AdminError::Invalid)?;
        let state = call.call.state_at(Timestamp::now());
        if !doable.during.contains(&state) {
            self.too_late(&call, doable, attempt.as_deref()).await?;
        }
        let company = self.owned(call.company).await?;
        let wish = Wish {
            action: doable.name.to_owned(),
            sdp: input.sdp.clone(),
            halt: input.halt.clone(),
            keep_halt: input.keep_halt == Some(true),
        };
        let passed_over = acting.passes_over(&wish);
        let asked = answering::Asked {
            events: self.first_events(&call).await?,
            wish,
            exclusive: doable.exclusive,
            by: actor.name.clone(),
            attempt: attempt.unwrap_or_else(|| random_text(ATTEMPT)),
            call,
        };
        let (by, id) = (actor.clone(), asked.call.id());
        let line = move |action: &Action| {
            let detail = json!({ "action": action.name, "taken": action.state == ActionState::Sent });
            audit(&by, "call.action", Some(id.company), id.to_string(), &detail)
        };
        let done =
            act((&self.journal, self.runtime.ringing()), &self.provider, &company, acting, asked, line).await;
        done.map(|action| ActionView { passed_over, ..of_action(action) }).map_err(|error| match error {
            Undone::Wish(fault) => AdminError::invalid(
                fault.field,
                Fault::Setting { code: "not_sendable", message: fault.message },
            ),
            Undone::NoAccess => AdminError::Conflict(msg("conflict-no-access")),
            Undone::Held(action) => AdminError::Conflict(msg("call-held").with("who", called(&action.by))),
            Undone::Elsewhere => AdminError::Elsewhere,
            Undone::Store(error) => error.into(),
        })
    }

    /// Refuses what cannot be done with a call any more, by whom it was done where that is known; `Ok` where it is asked for again, of which
    /// the answer was lost.
    async fn too_late(
        &self,
        call: &StoredCall,
        doable: &Doable,
        attempt: Option<&str>,
    ) -> Result<(), AdminError> {
        let of = OfCall { company: call.company, source: call.call.source, call: call.call.id.clone() };
        let all = self.store.actions(&of).await?;
        if all.iter().any(|one| one.name == doable.name && Some(one.attempt.as_str()) == attempt) {
            return Ok(());
        }
        let held = all.iter().find(|one| one.is_held()).filter(|_| doable.exclusive);
        let state = call.call.state_at(Timestamp::now()).as_str();
        Err(AdminError::Conflict(match held {
            Some(held) => msg("call-held").with("who", called(&held.by)),
            None => msg("call-not-now").with("state", state),
        }))
    }

    async fn first_events(&self, call: &StoredCall) -> Result<Vec<Arc<Event>>, AdminError> {
        let mut events = Vec::new();
        for seq in call.call.events.iter().take(LOOKED_AT) {
            events.extend(self.journal.event(call.company, *seq).await?);
        }
        Ok(events)
    }
}

/// What people are called; before it stands what programs know them by.
pub(super) fn called(actor: &str) -> String {
    actor.split_once(' ').map_or(actor, |(_, name)| name).to_owned()
}

/// What the call's provider offers; the refusal says what there is.
fn offered(call: &StoredCall, action: &str) -> Result<Done, AdminError> {
    let definition = sources::find(call.provider);
    let routing = definition.and_then(Definition::routing);
    let acting = definition.and_then(Definition::acting);
    if let Some(routing) = routing.filter(|routing| routing.action() == action) {
        return Ok(Done::Routed(routing));
    }
    let doable =
        acting.and_then(|acting| Some((acting, acting.actions().iter().find(|one| one.name == action)?)));
    if let Some((acting, doable)) = doable {
        return Ok(Done::Acted(acting, doable));
    }
    let routed = routing.map(Routing::action);
    let acted = acting.into_iter().flat_map(Acting::actions).map(|one| one.name);
    let all: Vec<&str> = routed.into_iter().chain(acted).collect();
    let provider = sources::name(call.provider.as_str()).to_owned();
    Err(AdminError::NotOffered(if all.is_empty() {
        msg("action-none").with("provider", provider)
    } else {
        msg("action-unknown").with("provider", provider).with("offered", all.join(", "))
    }))
}

fn of_report(action: &str, report: Report) -> ActionView {
    let state = if report.what == Reported::Sent { ActionState::Sent } else { ActionState::Failed };
    ActionView {
        action: action.to_owned(),
        at: report.at.to_string(),
        state,
        destination: Some(report.destination),
        status: report.status,
        error: report.error,
        tries: report.attempt,
        by: report.by,
        passed_over: Vec::new(),
    }
}

pub(super) fn of_action(action: Action) -> ActionView {
    let came = action.came.as_ref();
    ActionView {
        at: came.map_or(action.asked_at, |came| came.at).to_string(),
        state: action.state,
        destination: None,
        status: came.and_then(|came| came.status),
        error: came.and_then(|came| came.error.clone()),
        tries: came.map(|came| came.tries),
        by: Some(action.by),
        passed_over: Vec::new(),
        action: action.name,
    }
}

/// In which states a call of it may be: for the panel's buttons.
pub(super) fn offers(call: &StoredCall, now: Timestamp) -> Vec<&'static str> {
    let acting = sources::find(call.provider).and_then(Definition::acting);
    let state: CallState = call.call.state_at(now);
    let all = acting.into_iter().flat_map(Acting::actions);
    all.filter(|one| one.during.contains(&state)).map(|one| one.name).collect()
}
