//! 3C Plus, as the rest of the program knows it.

use std::collections::BTreeMap;

use futures_util::future::{BoxFuture, LocalBoxFuture};
use tokio_util::sync::CancellationToken;

use super::agents::Agents;
use super::calls::Calls;
use super::extract::{Extracted, extract};
use super::fields::{AGENT_ID, FIELDS, SOCKET_URL};
use super::line::Socket;
use super::settings::{ExtraQuery, SocketSettings, SocketUrl};
use super::{catalogue, rest};
use crate::domain::agent::AgentModel;
use crate::domain::call::{CallModel, CallState, Direction};
use crate::domain::{Day, Keys, Label, Provider, ValueFault};
use crate::net::provider::ProviderClient;
use crate::secrets::Secret;
use crate::simulator::{self, Simulated};
use crate::socketio::{Target, TargetError};
use crate::sources::board::{Board, Column};
use crate::sources::settings::{
    self, Checked, Days, Field, Given, Server, SettingFault, SettingFaults, TOKEN_EXPIRES_ON,
};
use crate::sources::{Definition, Identity, Line, LineParts, TokenVerdict, Trial, WayIn};
use crate::store::Source;
use crate::texts::{Message, msg};

/// See [`Definition`].
pub struct ThreecPlus;

pub(super) const IDENTITY: Identity = Identity {
    id: Provider::new("threecplus"),
    name: "3C Plus",
    // The documented one.
    meta_source: "webhook-proxy-3c-plus",
    native: true,
    catalogue: catalogue::entries,
    secret_keys: &[
        "confirmation_code",
        "extension_password",
        "ice-pwd",
        "socket_channel",
        "two_factor_recovery_codes",
        "two_factor_secret",
        "waba_token",
        "webhook_urls",
        "z_api_client_token",
        "z_api_token",
    ],
};

/// What is stored of an account; what cannot be read is as if nothing had been set.
fn read(config: &str) -> SocketSettings {
    serde_json::from_str(config).unwrap_or_default()
}

/// What the dialer and the queues have going on. It has no column for calls that are over: they are told by the outcomes of the day.
const BOARD: Board = Board {
    columns: &[
        column(msg("threecplus-board-dialing"), CallState::New, None),
        column(msg("threecplus-board-answered"), CallState::Waiting, Some(Direction::Outbound)),
        column(msg("threecplus-board-waiting"), CallState::Waiting, None),
        column(msg("threecplus-board-ringing"), CallState::Ringing, None),
        column(msg("threecplus-board-talking"), CallState::Ongoing, None),
    ],
    stages: &[],
    door: None,
};

const fn column(title: Message, state: CallState, direction: Option<Direction>) -> Column {
    Column { title, state, direction }
}

impl Definition for ThreecPlus {
    fn identity(&self) -> &'static Identity {
        &IDENTITY
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn check(&self, given: &Given, stored: Option<&Source>, days: Days) -> Result<Checked, SettingFaults> {
        let mut faults = SettingFaults::default();
        let before = stored.map(|source| read(&source.config)).unwrap_or_default();
        let mut config = before.clone();
        if let Some(raw) = given.text(SOCKET_URL) {
            let url = match raw {
                "" => Err(ValueFault::Missing.into()),
                raw => raw.parse::<SocketUrl>().map_err(SettingFault::from),
            };
            config.socket_url = faults.check(SOCKET_URL, url).unwrap_or_default();
        }
        config.query = query(given, config.query, &mut faults);
        config.token_expires_on = settings::last_day(given, config.token_expires_on, days, &mut faults);
        let token = settings::token(given, super::fields::token, &mut faults);
        let account = settings::account(given, stored, settings::digits, &mut faults);
        let servers = (before.socket_url.as_str(), config.socket_url.as_str());
        settings::token_stays(given, stored, servers, &mut faults);
        faults.done()?;
        Ok(Checked { account, config: serde_json::json!(config).to_string(), token, secrets: Vec::new() })
    }

    fn shown(&self, config: &str) -> Vec<(&'static str, String)> {
        let settings = read(config);
        let agent = settings.query.pairs().find(|(key, _)| *key == AGENT_ID);
        let server = Some((SOCKET_URL, settings.socket_url.to_string()));
        let agent = agent.map(|(_, id)| (AGENT_ID, id.to_owned()));
        let day = settings.token_expires_on.map(|day| (TOKEN_EXPIRES_ON, day.to_string()));
        [server, agent, day].into_iter().flatten().collect()
    }

    fn token_expires_on(&self, config: &str) -> Option<Day> {
        read(config).token_expires_on
    }

    fn server(&self, config: &str) -> Option<Server> {
        Some(Server { field: SOCKET_URL, url: read(config).socket_url.url().clone() })
    }

    fn issue_token(&self) -> Option<Secret> {
        None
    }

    fn way_in(&self) -> WayIn {
        WayIn::Line(&ThreecPlus)
    }

    fn trial(&self) -> Option<&'static dyn Trial> {
        Some(&ThreecPlus)
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

    fn example(&self, name: &str) -> Option<&'static str> {
        simulator::threecplus::example(name)
    }

    fn kept_beside(&self, name: &str, payload: &[u8]) -> (Option<Label>, Keys) {
        let Extracted { lane, keys, .. } = extract(name, payload);
        (lane, keys)
    }

    fn simulated(&self) -> &'static dyn Simulated {
        &simulator::threecplus::Simulation
    }
}

/// The handshake's further keys with the agent's id; what is stored already stays valid.
fn query(given: &Given, before: ExtraQuery, faults: &mut SettingFaults) -> ExtraQuery {
    let Some(raw) = given.text(AGENT_ID) else { return before };
    let mut pairs: BTreeMap<String, String> = before.into();
    let known = pairs.remove(AGENT_ID);
    if !raw.is_empty() {
        let judged = if known.as_deref() == Some(raw) { settings::id(raw) } else { settings::digits(raw) };
        let Some(agent) = faults.check(AGENT_ID, judged) else { return ExtraQuery::default() };
        pairs.insert(AGENT_ID.to_owned(), agent);
    }
    let query = ExtraQuery::try_from(pairs).map_err(SettingFault::from);
    faults.check(AGENT_ID, query).unwrap_or_default()
}

impl Line for ThreecPlus {
    fn target(&self, config: &str, token: &Secret) -> Result<Target, TargetError> {
        let settings = read(config);
        let pairs = std::iter::once(("token", token.expose())).chain(settings.query.pairs());
        Target::new(settings.socket_url.as_str(), pairs)
    }

    fn run(&self, parts: LineParts, stop: CancellationToken) -> LocalBoxFuture<'static, ()> {
        Box::pin(Socket::from(parts).run(stop))
    }
}

impl Trial for ThreecPlus {
    fn ask<'a>(
        &'a self,
        client: &'a ProviderClient,
        config: &'a str,
        token: &'a Secret,
    ) -> BoxFuture<'a, TokenVerdict> {
        Box::pin(async move {
            let settings = read(config);
            let agent = settings.query.pairs().find(|(key, _)| *key == AGENT_ID).map(|(_, id)| id);
            let base = rest::base(&settings.socket_url);
            rest::check_token(client, &base, token, agent).await
        })
    }
}
