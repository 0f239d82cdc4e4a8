//! What a person has a provider do with a call.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::decisions::attempt;
use super::fault::{Fault, Faults};
use super::needed::Needs;
use super::{Actor, Admin, AdminError, DecisionAttemptView, Role, audit};
use crate::domain::CallId;
use crate::domain::bounds::Line;
use crate::domain::decision::{Report, Reported};
use crate::routing::{Ordered, Unordered, order};
use crate::sources::{self, Definition, Routing};
use crate::store::StoredCall;
use crate::texts::msg;

type Destination = Line<64>;

/// Where a call is to go.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionInput {
    /// A queue or an extension, as the provider calls it; at most 64 characters.
    #[schema(value_type = Option<Destination>, inline)]
    pub destination: Option<String>,
}

impl Needs for ActionInput {
    const FIELDS: &'static [&'static str] = &["destination"];

    fn has(&self, field: &str) -> bool {
        match field {
            "destination" => self.destination.is_some(),
            _ => true,
        }
    }
}

impl Admin {
    /// Has a provider do something with a call, once; what came of it is an event of the call, as what is decided by itself.
    pub async fn act(
        &self,
        actor: &Actor,
        id: CallId,
        action: &str,
        input: &ActionInput,
    ) -> Result<DecisionAttemptView, AdminError> {
        actor.require(Role::Operator)?;
        self.company(actor, id.company).await?;
        let call = self.store.call(id.company, id.seq).await?;
        let call = call.ok_or_else(|| AdminError::not_found("call", id))?;
        let routing = offered(&call, action)?;
        let mut faults = Faults::default();
        input.check_needed(&mut faults);
        let given = input.destination.as_deref();
        let destination =
            given.and_then(|raw| faults.check("destination", Destination::check(raw).map_err(Fault::Value)));
        faults.done().map_err(AdminError::Invalid)?;
        let destination = destination.unwrap_or_default();
        let company = self.owned(id.company).await?;
        let (by, action) = (actor.clone(), routing.action());
        let noted = json!({ "action": action, "destination": destination });
        let ordered = Ordered { call, destination, by: actor.name.clone() };
        let line = move |report: &Report| {
            let mut detail = noted;
            detail["taken"] = json!(report.what == Reported::Sent);
            audit(&by, "call.action", Some(id.company), id.to_string(), &detail)
        };
        let done = order(&self.journal, &self.provider, &company, routing, ordered, line).await;
        done.map(attempt).map_err(|error| match error {
            Unordered::NoAddress => AdminError::Conflict(msg("conflict-no-actions")),
            Unordered::Elsewhere => AdminError::Elsewhere,
            Unordered::Store(error) => error.into(),
        })
    }
}

/// What the call's provider offers; the refusal says what there is.
fn offered(call: &StoredCall, action: &str) -> Result<&'static dyn Routing, AdminError> {
    let provider = sources::name(call.provider.as_str()).to_owned();
    let routing = sources::find(call.provider).and_then(Definition::routing);
    match routing {
        Some(routing) if routing.action() == action => Ok(routing),
        Some(routing) => Err(AdminError::NotOffered(
            msg("action-unknown").with("provider", provider).with("offered", routing.action()),
        )),
        None => Err(AdminError::NotOffered(msg("action-none").with("provider", provider))),
    }
}
