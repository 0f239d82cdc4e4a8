//! Teravoz, as the rest of the program knows it.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;

use super::agents::Agents;
use super::answers::{OF_ENVELOPES, WAYS};
use super::calls::{Calls, STAGES};
use super::catalogue::entries;
use super::decode::{Decoded, decode};
use super::fields::{
    ACTIONS_PASSWORD, ACTIONS_URL, ACTIONS_USER, DELEGATE_TYPE, FIELDS, QUEUE_KNOWN, QUEUE_KNOWN_FIELD,
    QUEUE_NEW, QUEUE_NEW_FIELD, ROUTE, WEBSOCKET_LISTEN,
};
use super::front_ends::FRONT_ENDS;
use super::key::{self, KEY};
use super::routing::Delegating;
use super::settings::{Config, Settings};
use crate::domain::agent::AgentModel;
use crate::domain::call::{CallModel, CallState};
use crate::domain::{Day, Draft, EventFlags, Extra, Label, Provider};
use crate::secrets::Secret;
use crate::simulator::{self, Simulated};
use crate::sources::board::{Board, Column};
use crate::sources::front_end::FrontEnd;
use crate::sources::settings::{self, Checked, Days, Field, Given, Server, SettingFault, SettingFaults};
use crate::sources::{Definition, Endpoint, Identity, Posted, Refusal, Routing, TokenIn, Trial, Way, WayIn};
use crate::store::Source;
use crate::texts::{Message, msg};

/// See [`Definition`].
pub struct Teravoz;

const IDENTITY: Identity = Identity {
    id: Provider::new("teravoz"),
    name: "Teravoz",
    meta_source: "webhook-proxy-teravoz",
    native: false,
    catalogue: entries,
    // What callers type of themselves.
    secret_keys: &["cpf", "cnpj"],
};

/// The five columns and the seven types of its documents.
const BOARD: Board = Board {
    columns: &[
        column(msg("teravoz-board-new"), CallState::New),
        column(msg("teravoz-board-standby"), CallState::Standby),
        column(msg("teravoz-board-waiting"), CallState::Waiting),
        column(msg("teravoz-board-ongoing"), CallState::Ongoing),
        column(msg("teravoz-board-finished"), CallState::Finished),
    ],
    stages: STAGES,
    door: None,
};

const fn column(title: Message, state: CallState) -> Column {
    Column { title, state, direction: None }
}

impl Definition for Teravoz {
    fn identity(&self) -> &'static Identity {
        &IDENTITY
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn check(&self, given: &Given, stored: Option<&Source>, _: Days) -> Result<Checked, SettingFaults> {
        let mut faults = SettingFaults::default();
        let token = settings::token(given, key::judge, &mut faults);
        let account = settings::account(given, stored, settings::id, &mut faults);
        let before = stored.map(|source| Config::read(&source.config)).unwrap_or_default();
        let mut said = |field: &'static str, stored: &Option<String>| {
            settings::optional(given, field, stored.clone(), judge(field), &mut faults)
        };
        let config = Config {
            actions_url: said(ACTIONS_URL, &before.actions_url),
            actions_user: said(ACTIONS_USER, &before.actions_user),
            delegate_type: said(DELEGATE_TYPE, &before.delegate_type),
            queue_known: said(QUEUE_KNOWN_FIELD, &before.queue_known).filter(|queue| queue != QUEUE_KNOWN),
            queue_new: said(QUEUE_NEW_FIELD, &before.queue_new).filter(|queue| queue != QUEUE_NEW),
            route: said(ROUTE, &before.route.map(|route| route.to_string()))
                .and_then(|route| (route == "false").then_some(false)),
            websocket_listen: said(WEBSOCKET_LISTEN, &before.websocket_listen),
        };
        let elsewhere = settings::is_elsewhere(before.actions_url.as_deref(), config.actions_url.as_deref());
        let password = settings::secret(
            given,
            ACTIONS_PASSWORD,
            judge(ACTIONS_PASSWORD),
            (stored, elsewhere),
            &mut faults,
        );
        faults.done()?;
        Ok(Checked {
            account,
            config: json!(config).to_string(),
            token,
            secrets: password.into_iter().collect(),
        })
    }

    fn shown(&self, config: &str) -> Vec<(&'static str, String)> {
        let Settings { actions, queue_known, queue_new, route, websocket_listen } = Settings::read(config);
        let mut shown =
            vec![(QUEUE_KNOWN_FIELD, queue_known), (QUEUE_NEW_FIELD, queue_new), (ROUTE, route.to_string())];
        if let Some(actions) = actions {
            shown.push((ACTIONS_URL, actions.url.to_string()));
            shown.extend(actions.user.map(|user| (ACTIONS_USER, user)));
        }
        // Only what somebody chose: what the address says may change with it.
        shown.extend(Config::read(config).delegate_type.map(|said| (DELEGATE_TYPE, said)));
        shown.extend(websocket_listen.map(|address| (WEBSOCKET_LISTEN, address.to_string())));
        shown
    }

    /// It is ours, and has none.
    fn token_expires_on(&self, _: &str) -> Option<Day> {
        None
    }

    /// Its API of actions; its events come to us.
    fn server(&self, config: &str) -> Option<Server> {
        let actions = Settings::read(config).actions?;
        Some(Server { field: ACTIONS_URL, url: actions.url })
    }

    fn issue_token(&self) -> Option<Secret> {
        None
    }

    fn way_in(&self) -> WayIn {
        WayIn::Endpoint(&Teravoz)
    }

    fn trial(&self) -> Option<&'static dyn Trial> {
        None
    }

    fn calls(&self) -> Option<&'static dyn CallModel> {
        Some(&Calls)
    }

    fn agents(&self) -> Option<&'static dyn AgentModel> {
        Some(&Agents)
    }

    fn board(&self) -> Option<&'static Board> {
        Some(&BOARD)
    }

    fn routing(&self) -> Option<&'static dyn Routing> {
        Some(&Delegating)
    }

    fn front_ends(&self) -> &'static [FrontEnd] {
        FRONT_ENDS
    }

    fn listens_on(&self, config: &str) -> Option<SocketAddr> {
        Settings::read(config).websocket_listen
    }

    fn simulated(&self) -> &'static dyn Simulated {
        &simulator::teravoz::Simulation
    }
}

/// The rule of a field.
fn judge(name: &str) -> fn(&str) -> Result<String, SettingFault> {
    let field = FIELDS.iter().find(|field| field.name == name);
    field.expect("a field of the list").judge
}

impl Endpoint for Teravoz {
    fn ways(&self) -> &'static [Way] {
        WAYS
    }

    fn token_in(&self, _: &str) -> TokenIn {
        TokenIn::Query(KEY)
    }

    fn token_name(&self) -> &'static str {
        KEY
    }

    fn may_be_open(&self) -> bool {
        true
    }

    fn presented<'r>(&self, shown: Option<&'r [u8]>) -> Option<&'r str> {
        key::presented(shown)
    }

    fn unknown_token(&self) -> Message {
        msg("teravoz-key-unknown")
    }

    fn decode(&self, posted: Posted) -> Result<Vec<Draft>, Refusal> {
        let asks_call = posted.path == OF_ENVELOPES;
        let events = decode(&posted.body, asks_call, posted.lenient)?;
        Ok(events.into_iter().map(|event| draft(&posted, event)).collect())
    }
}

fn draft(posted: &Posted, event: Decoded) -> Draft {
    let Decoded { name, lane, keys, dedupe, warnings, payload } = event;
    let extra = (!warnings.is_empty()).then(|| Arc::new(Extra { warnings, ..Extra::default() }));
    let draft = Draft {
        source: posted.source,
        provider: IDENTITY.id,
        session: None,
        name: Label::default(),
        lane,
        received_at: posted.received_at,
        payload,
        keys,
        flags: EventFlags::default(),
        extra,
        dedupe,
    };
    draft.named(&name)
}
