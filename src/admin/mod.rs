//! What a person may do.
//!
//! The panel, the API and the provisioning file are three doors to this room, and there is no fourth. An operation
//! checks who asks, turns raw input into types (telling every wrong field at once), changes the store in one
//! transaction together with its line in the audit log, and tells the runtime to look. Nothing here runs anything.
//!
//! What must hold here: an operation that returns an error has changed nothing; no view holds a secret but in the
//! answer to the request that made it; a company outside the caller's scope does not exist for them.

mod actions;
mod actor;
mod address_chore;
mod afresh;
mod alert_rules;
mod answering;
mod api_keys;
mod attention;
mod audit_log;
mod audit_names;
mod board;
mod bounds;
mod call_list;
mod calls;
mod companies;
mod company_list;
mod company_stands;
mod connection_trial;
mod consumers;
mod contact_lists;
mod contact_point_input;
mod contact_point_trial;
mod contact_points;
mod contact_preview;
mod contacts;
mod creation;
mod credentials;
mod decisions;
mod delivery;
mod diagnosis;
mod duties;
mod earlier_incidents;
mod error;
mod estimated_loss;
mod event_count;
mod event_list;
mod events;
mod everywhere;
mod fates;
mod fault;
mod first_hour;
mod guesses;
mod heard;
mod incident_views;
mod incidents;
mod judged;
mod key_makers;
mod known_types;
mod lane_changes;
mod lanes;
mod learned_hours;
mod line_history;
mod line_picture;
mod line_status;
mod names;
mod needed;
mod overview;
mod own_account;
mod page_of_fates;
mod passwords;
mod place;
mod provision;
mod quiet_hours;
mod reach;
mod recognition;
mod refused_posts;
mod registration;
mod replays;
mod series;
mod setup_code;
mod sign_in;
mod silence;
mod source_input;
mod sources;
mod tail;
mod throttle;
mod trial;
mod trial_event;
mod turns;
mod undelivered;
mod usable;
mod user_input;
mod users;
mod views;
mod waiting;
mod wanted;
mod webhook_health;
mod webhook_input;
mod webhook_list;
mod webhook_status;
mod webhooks;

use std::sync::Arc;

use serde_json::Value;

use crate::alerting::Senders;
use crate::delivery::courier::Command;
use crate::domain::{CompanyId, Timestamp, WebhookId};
use crate::incidents::Incidents;
use crate::journal::Journal;
use crate::net::provider::ProviderClient;
use crate::net::{Guard, HttpClient};
use crate::ownership::Owned;
use crate::runtime::{Elsewhere, Runtime};
use crate::store::{AuditEntry, Store, StoreError, Tx};

pub use crate::delivery::courier::PauseReason;
pub use crate::delivery::verdict::Verdict;
pub use crate::sources::TokenVerdict;
pub use actions::{ActionInput, ActionView};
pub use actor::{Actor, Role};
pub use alert_rules::{AlertRuleInput, AlertRuleView, AlertRulesView};
pub use answering::{OfferView, Told};
pub use api_keys::{ApiKeyInput, ApiKeyView, CreateKeyError, create as create_api_key};
pub use attention::AttentionView;
pub use audit_log::{ACTIONS, AuditQuery, AuditView, LastChange, Saved};
pub use audit_names::Named;
pub use board::{
    AgentState, BoardAgent, BoardCall, BoardColumn, BoardDay, BoardDays, BoardDoor, BoardGroup, BoardInput,
    BoardPressed, BoardQueue, BoardView, CommandInput,
};
pub use bounds::{Cursor, PageSize, PairCursor};
pub use call_list::{CallFate, ListedCall};
pub use calls::{CallEventView, CallEventsView, CallQuery, CallView};
pub use companies::CompanyInput;
pub use company_list::{CompanyList, CompanyListQuery, CompanySort, ListedCompany};
pub use company_stands::{CompanyIs, LineIs, WebhookTally, WebhooksAre};
pub use connection_trial::ConnectionTrialView;
pub use consumers::{ConsumerView, ConsumersView, may_be_rebuilt, rebuild_rows};
pub use contact_lists::{ImportView, ListFor};
pub use contact_point_input::ContactPointInput;
pub use contact_point_trial::ContactPointTestView;
pub use contact_points::{ContactPointQuery, ContactPointView};
pub use contact_preview::{ImportPreview, Lines, PreviewLine};
pub use contacts::{ContactInput, ContactQuery, ContactView};
pub use credentials::NewSecretInput;
pub use decisions::DecisionView;
pub use delivery::RequestView;
pub use diagnosis::{Came, Diagnosis, Finding, LineCheck, Look, Outcome, WebhookCheck};
pub use duties::{DutiesView, DutyState, DutyView, RunOutcome, RunView};
pub use error::AdminError;
pub use estimated_loss::{Estimates, loses_what_comes};
pub use event_count::{EventCountQuery, EventCountView};
pub use event_list::{ListedEvent, ListedEvents};
pub use events::{CatalogueView, EventQuery, EventView, TypeView, catalogue, description};
pub use everywhere::{Everywhere, EverywhereView, FoundAgent};
pub use fates::{AttemptOutcome, AttemptView, EventsInput, FateView, HeldView, TakenView};
pub use fault::{Expected, Fault, FaultBody, FieldFault};
pub use first_hour::FirstHour;
pub use heard::{Heard, Run, share_heard};
pub use incident_views::{IncidentEntry, IncidentView, OneIncident};
pub use incidents::{IncidentCounts, IncidentQuery, NoteInput, SilenceInput};
pub use key_makers::MakerState;
pub use lane_changes::{LaneMark, Marked};
pub use lanes::{LANES, Lanes, Pause, SourceLane, WebhookLane};
pub use line_history::{Days, StretchView};
pub use line_picture::{Flow, LinePicture, WebhookPicture};
pub use line_status::cause as line_cause;
pub use names::NameTaken;
pub use needed::{New, not_null};
pub use overview::{CompanyCell, CompanyRow, OverviewSize, OverviewView, badness};
pub use own_account::{PreferencesInput, USUAL_ZONE};
pub use place::Place;
pub use provision::{CompanyProvision, ProvisionError};
pub use quiet_hours::{QuietHoursInput, QuietHoursView};
pub use reach::ReachView;
pub use recognition::{Notes, REMEMBERED_FOR};
pub use refused_posts::RefusedPosts;
pub use replays::{ReplayCountView, ReplayId, ReplayInput, ReplayStep, ReplayView};
pub use series::{Series, SeriesView, Slot, Span};
pub use sign_in::{Access, Browser, SignedInBrowser, Visitor};
pub use silence::{DayHours, SilenceAlarmInput, SilenceAlarmView};
pub use source_input::{SourceInput, describe_shown_settings};
pub use sources::SessionView;
pub use tail::{Tail, TailStep};
pub use trial::{TestInput, TestView};
pub use turns::{By, Group, Turn};
pub use user_input::UserInput;
pub use users::{NewUser, UserView, create_administrator};
pub use views::{CompanyView, GapView, Page, SourceView, StatusView, WebhookView};
pub use waiting::WaitingView;
pub use webhook_input::WebhookInput;
pub use webhook_list::{Grade, ListedWebhook, WebhookIs, WebhookList, WebhookListQuery, WebhookSort};
pub use webhook_status::WebhookStatusView;
pub use webhooks::{PauseInput, SkipInput};

/// The operations. One per process.
pub struct Admin {
    pub store: Store,
    pub journal: Journal,
    pub runtime: Runtime,
    /// What is wrong.
    pub incidents: Incidents,
    /// The one rule for addresses, for saving as for sending.
    pub guard: Arc<Guard>,
    /// For tests of a webhook: connections of its own, so that they disturb no delivery.
    pub http: HttpClient,
    /// For tests of a contact point.
    pub senders: Senders,
    /// For what a provider's own API knows.
    pub provider: ProviderClient,
    /// What signing in to the panel needs to remember.
    pub access: Access,
    /// Where the days begin that were asked for.
    pub days: Days,
    /// What gaps have cost, as far as it was asked for.
    pub estimates: Estimates,
    /// What became of the calls of days that boards show.
    pub board_days: BoardDays,
}

impl Admin {
    /// One change of a company in one transaction, by the one writer there is; the runtime looks at the company at once.
    async fn change<T: Send + 'static>(
        &self,
        company: CompanyId,
        change: impl for<'t> FnOnce(&'t mut Tx<'_>) -> futures_util::future::BoxFuture<'t, Result<T, StoreError>>
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        let outcome = self.journal.control(change).await;
        // Also after an error: whether a change is in is not known when its answer was lost.
        self.runtime.changed(company);
        outcome
    }

    /// What a command to something of this company takes. One that was made a moment ago is waited for (within a second); of one
    /// that is no more, rows may be left for a while.
    async fn owned(&self, company: CompanyId) -> Result<Owned<CompanyId>, AdminError> {
        if let Ok(owned) = self.runtime.directory().owned(company) {
            return Ok(owned);
        }
        if self.store.company(company).await?.is_none() {
            return Err(AdminError::not_found("company", company));
        }
        self.settled().await;
        Ok(self.runtime.directory().owned(company)?)
    }

    /// Tells a courier of what was written a moment ago, under the lease that is held now. One that begins later reads it.
    async fn tell(&self, company: CompanyId, webhook: WebhookId, command: Command) {
        if let Ok(owned) = self.runtime.directory().owned(company) {
            self.runtime.couriers().command(&owned, webhook, command).await;
        }
    }

    /// Changes that a caller should find running when the answer comes (within a second).
    async fn settled(&self) {
        self.runtime.settled().await;
    }
}

/// A line for the audit log: who did what to what. `detail` says what was before and after, secrets as masks.
fn audit(
    actor: &Actor,
    action: &'static str,
    company: Option<CompanyId>,
    target: String,
    detail: &Value,
) -> AuditEntry {
    debug_assert!(audit_log::ACTIONS.contains(&action), "{action} is not among what is listed");
    AuditEntry {
        id: 0,
        at: Timestamp::now(),
        actor: actor.name.clone(),
        address: actor.address.map(|address| address.to_string()),
        action: action.to_owned(),
        company,
        target: Some(target),
        detail: Some(detail.to_string()),
    }
}

/// A store's error in the words of an operation on `field`.
fn refused(field: &'static str) -> impl Fn(StoreError) -> AdminError {
    move |error| match error {
        StoreError::Taken { .. } => AdminError::invalid(field, Fault::Taken),
        StoreError::Stale { .. } => AdminError::Stale,
        StoreError::Missing { what, id } => AdminError::not_found(what, id),
        error => AdminError::from(error),
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale { .. } => AdminError::Stale,
            StoreError::Missing { what, id } => AdminError::not_found(what, id),
            StoreError::InUse { .. } => AdminError::Elsewhere,
            error if error.is_passing() => AdminError::Unavailable { reason: error.to_string() },
            error => AdminError::Internal(error.to_string()),
        }
    }
}

impl From<Elsewhere> for AdminError {
    fn from(Elsewhere: Elsewhere) -> Self {
        AdminError::Elsewhere
    }
}

/// The id that a page goes on from; nothing begins at the start.
fn after(cursor: Option<&str>, start: i64) -> Result<i64, AdminError> {
    let Some(text) = cursor else { return Ok(start) };
    let fault = Fault::Malformed { expected: Expected::Cursor };
    Cursor::number(text).ok_or_else(|| AdminError::invalid("cursor", fault))
}

/// Items on a page: what the caller asked for, or 100.
pub fn page_size(limit: Option<u32>) -> Result<u32, AdminError> {
    let limit = PageSize::check(limit.unwrap_or(100));
    limit.map_err(|fault| AdminError::invalid("limit", fault.into()))
}
