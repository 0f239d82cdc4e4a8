//! Colmeia, as the rest of the program knows it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::json;

use super::acting::Calling;
use super::body::Body;
use super::calls::Calls;
use super::catalogue::{entries, is_documented};
use super::decode::{Decoded, decode};
use super::fields::{
    CALL_API_TOKEN, CALL_API_URL, FIELDS, HALT_FIELD, ICE_SERVERS, ID_SOCIAL_NETWORK, RELAY_ONLY, SECRET,
    SECRET_HEADER, TURN_PASSWORD, TURN_USER, USUAL_API,
};
use super::secret::{self, USUAL_HEADER};
use super::settings::{Config, Halt, Settings};
use super::voice;
use crate::domain::call::{CallModel, CallState, Context};
use crate::domain::{Day, Draft, Event, EventFlags, Extra, Label, Lang, Provider};
use crate::secrets::Secret;
use crate::simulator::{self, Simulated};
use crate::sources::acting::Acting;
use crate::sources::board::{Board, Column};
use crate::sources::members::Members;
use crate::sources::settings::{self, Checked, Days, Field, Given, Server, SettingFault, SettingFaults};
use crate::sources::voice::Voice;
use crate::sources::{
    Answer, Answers, Declined, Definition, Endpoint, Identity, Posted, Refusal, Taken, TokenIn, Trial,
    Variable, Way, WayIn,
};
use crate::store::Source;
use crate::texts::{Message, msg};

/// See [`Definition`].
pub struct Colmeia;

const IDENTITY: Identity = Identity {
    id: Provider::new("colmeia"),
    name: "Colmeia",
    meta_source: "webhook-proxy-colmeia",
    native: false,
    catalogue: entries,
    // Its description of a session holds the password of the way that the voices take.
    secret_keys: &["sdp"],
};

const BOARD: Board = Board {
    columns: &[
        column(msg("colmeia-board-requested"), CallState::New),
        column(msg("colmeia-board-ringing"), CallState::Ringing),
        column(msg("colmeia-board-ongoing"), CallState::Ongoing),
        column(msg("colmeia-board-finished"), CallState::Finished),
    ],
    stages: &[],
    door: None,
};

const fn column(title: Message, state: CallState) -> Column {
    Column { title, state, direction: None }
}

/// Those of its guide.
const VARIABLES: &[Variable] = &[
    variable("WEBHOOK_SECRET_HEADER", SECRET_HEADER, true),
    variable("WEBHOOK_SECRET", SECRET, true),
    variable("CALL_API_URL", CALL_API_URL, false),
    variable("CALL_API_TOKEN", CALL_API_TOKEN, false),
    variable("CALL_API_HALT_FIELD", HALT_FIELD, false),
    variable("ID_SOCIAL_CONTEXT", ID_SOCIAL_NETWORK, false),
];

const fn variable(name: &'static str, key: &'static str, decides: bool) -> Variable {
    Variable { name, key, decides }
}

impl Definition for Colmeia {
    fn identity(&self) -> &'static Identity {
        &IDENTITY
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn check(&self, given: &Given, stored: Option<&Source>, _: Days) -> Result<Checked, SettingFaults> {
        let mut faults = SettingFaults::default();
        let token = settings::token(given, secret::judge, &mut faults);
        let account = settings::account(given, stored, settings::id, &mut faults);
        let before = stored.map(|source| Config::read(&source.config)).unwrap_or_default();
        let mut said = |field: &'static str, stored: &Option<String>, usual: &str| {
            settings::optional(given, field, stored.clone(), judge(field), &mut faults)
                .filter(|said| said != usual)
        };
        let config = Config {
            secret_header: said(SECRET_HEADER, &before.secret_header, USUAL_HEADER),
            call_api_url: said(CALL_API_URL, &before.call_api_url, USUAL_API),
            halt_field: said(HALT_FIELD, &before.halt_field, Halt::WORDS[0]),
            id_social_network: said(ID_SOCIAL_NETWORK, &before.id_social_network, ""),
            ice_servers: said(ICE_SERVERS, &before.ice_servers, voice::USUAL).filter(|said| !said.is_empty()),
            turn_user: said(TURN_USER, &before.turn_user, ""),
            relay_only: said(RELAY_ONLY, &before.relay_only.map(|only| only.to_string()), "false")
                .map(|only| only == "true"),
        };
        let mut secret =
            |field, elsewhere| settings::secret(given, field, judge(field), (stored, elsewhere), &mut faults);
        let secrets = [
            secret(CALL_API_TOKEN, settings::is_elsewhere(Some(before.api()), Some(config.api()))),
            secret(TURN_PASSWORD, voice::are_other_turns(before.ice_servers(), config.ice_servers())),
        ];
        faults.done()?;
        Ok(Checked {
            account,
            config: json!(config).to_string(),
            token,
            secrets: secrets.into_iter().flatten().collect(),
        })
    }

    fn shown(&self, config: &str) -> Vec<(&'static str, String)> {
        let header = secret::header(Config::read(config).secret_header).into_owned();
        let Settings { api, halt, social_network, turn_user, relay_only, .. } = Settings::read(config);
        let mut shown = vec![
            (SECRET_HEADER, header),
            (CALL_API_URL, api.to_string()),
            (HALT_FIELD, halt.field().to_owned()),
            (ICE_SERVERS, Config::read(config).ice_servers().to_owned()),
            (RELAY_ONLY, relay_only.to_string()),
        ];
        shown.extend(social_network.map(|id| (ID_SOCIAL_NETWORK, id)));
        shown.extend(turn_user.map(|user| (TURN_USER, user)));
        shown
    }

    /// It is agreed on, and has none.
    fn token_expires_on(&self, _: &str) -> Option<Day> {
        None
    }

    /// Its Calling API, where somebody has chosen one; its events come to us.
    fn server(&self, config: &str) -> Option<Server> {
        Config::read(config).call_api_url?;
        Some(Server { field: CALL_API_URL, url: Settings::read(config).api })
    }

    fn issue_token(&self) -> Option<Secret> {
        Some(secret::issue())
    }

    fn variables(&self) -> &'static [Variable] {
        VARIABLES
    }

    fn way_in(&self) -> WayIn {
        WayIn::Endpoint(&Colmeia)
    }

    fn trial(&self) -> Option<&'static dyn Trial> {
        None
    }

    fn calls(&self) -> Option<&'static dyn CallModel> {
        Some(&Calls)
    }

    fn context(&self, event: &Event) -> Option<Context> {
        // What this side notes is no body of the provider's.
        is_documented(event.name_as_it_came())
            .then(|| Members::of(&event.payload, true).map(|said| Body(said).context()))
            .flatten()
    }

    fn board(&self) -> Option<&'static Board> {
        Some(&BOARD)
    }

    fn acting(&self) -> Option<&'static dyn Acting> {
        Some(&Calling)
    }

    fn voice(&self) -> Option<&'static dyn Voice> {
        Some(&voice::Calling)
    }

    fn simulated(&self) -> &'static dyn Simulated {
        &simulator::colmeia::Simulation
    }
}

/// The rule of a field.
fn judge(name: &str) -> fn(&str) -> Result<String, SettingFault> {
    let field = FIELDS.iter().find(|field| field.name == name);
    field.expect("a field of the list").judge
}

impl Endpoint for Colmeia {
    fn ways(&self) -> &'static [Way] {
        const WAYS: &[Way] = &[Way { path: "webhook/call-event", answers: &Colmeia }];
        WAYS
    }

    fn token_in(&self, config: &str) -> TokenIn {
        TokenIn::Header(secret::header(Config::read(config).secret_header))
    }

    fn token_name(&self) -> &'static str {
        "secret"
    }

    fn presented<'r>(&self, shown: Option<&'r [u8]>) -> Option<&'r str> {
        secret::presented(shown)
    }

    fn unknown_token(&self) -> Message {
        msg("colmeia-secret-unknown")
    }

    fn decode(&self, posted: Posted) -> Result<Vec<Draft>, Refusal> {
        let Decoded { name, lane, keys, dedupe, warnings, payload, original } =
            decode(&posted.body, posted.lenient)?;
        let flags = if original.is_some() { EventFlags::REPAIRED } else { EventFlags::default() };
        let original = original.map(|body| STANDARD.encode(body));
        let extra =
            (!warnings.is_empty()).then(|| Arc::new(Extra { original, warnings, ..Extra::default() }));
        let draft = Draft {
            source: posted.source,
            provider: IDENTITY.id,
            session: None,
            name: Label::default(),
            lane,
            received_at: posted.received_at,
            payload,
            keys,
            flags,
            extra,
            dedupe: Some(dedupe),
        };
        Ok(vec![draft.named(&name)])
    }
}

impl Answers for Colmeia {
    fn accepted(&self, _: &Taken) -> Answer {
        Answer { status: StatusCode::OK, body: Some(json!({ "status": "ok" }).to_string()) }
    }

    fn declined(&self, why: &Declined, lang: Lang) -> String {
        let mut body = json!({ "error": why.text(lang) });
        if let Some(field) = why.field() {
            body["field"] = json!(field);
        }
        body.to_string()
    }
}
