//! Tellicon, as the rest of the program knows it.

use std::sync::Arc;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::calls::{Calls, door};
use super::decode::decode;
use super::token::{AUTH_HEADER, TOKEN_LENGTH, TokenShapeError, check_token, issue_token, presented_token};
use crate::domain::call::CallModel;
use crate::domain::{Day, Draft, EventFlags, Extra, Lang, Provider};
use crate::secrets::Secret;
use crate::simulator::{self, Simulated};
use crate::sources::board::Board;
use crate::sources::settings::{
    self, ACCOUNT, Checked, Days, Field, Given, InFile, Kind, Server, SettingFault, SettingFaults, TOKEN,
    TOKEN_EXPIRES_ON,
};
use crate::sources::{
    Answer, Answers, Declined, Definition, Endpoint, Identity, Posted, Refusal, Taken, TokenIn, Trial, Way,
    WayIn,
};
use crate::store::Source;
use crate::texts::{Message, msg};

/// See [`Definition`].
pub struct Tellicon;

const IDENTITY: Identity = Identity {
    id: Provider::new("tellicon"),
    name: "Tellicon",
    meta_source: "webhook-proxy-tellicon",
    native: false,
    // Its three types are all there are: what comes says it.
    catalogue: || &[],
    secret_keys: &["authtokentellicon"],
};

/// The token is made here, so that nothing need be filled in: there is no form.
const FIELDS: &[Field] = &[
    Field {
        name: ACCOUNT,
        kind: Kind::Id,
        judge: settings::id,
        about: "what the company is called there.",
        file: None,
        form: None,
    },
    Field {
        name: TOKEN,
        kind: Kind::Token(TOKEN_LENGTH, TOKEN_LENGTH),
        judge: token,
        about: "24 characters, made here when absent.",
        file: Some(InFile {
            key: TOKEN,
            key_of_file: Some("token_file"),
            required: false,
            expected: msg("tellicon-token-expected"),
        }),
        form: None,
    },
    Field {
        name: TOKEN_EXPIRES_ON,
        kind: Kind::Day,
        judge: settings::day,
        about: "the token's last day, `2026-12-31`, of which the company is reminded.",
        file: None,
        form: None,
    },
];

fn token(raw: &str) -> Result<String, SettingFault> {
    let token = raw.trim();
    check_token(token)?;
    Ok(token.to_owned())
}

impl From<TokenShapeError> for SettingFault {
    fn from(error: TokenShapeError) -> Self {
        SettingFault::Own { code: "token_shape", message: error.message() }
    }
}

/// What is stored of a source beside its token. Earlier versions kept more, which means nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Config {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_expires_on: Option<Day>,
}

fn read(config: &str) -> Config {
    serde_json::from_str(config).unwrap_or_default()
}

/// Its calls are doors that somebody rings at.
const BOARD: Board = Board { columns: &[], stages: &[], door: Some(door) };

impl Definition for Tellicon {
    fn identity(&self) -> &'static Identity {
        &IDENTITY
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn check(&self, given: &Given, stored: Option<&Source>, days: Days) -> Result<Checked, SettingFaults> {
        let mut faults = SettingFaults::default();
        let known = stored.and_then(|source| read(&source.config).token_expires_on);
        let token_expires_on = settings::last_day(given, known, days, &mut faults);
        let token = settings::token(given, token, &mut faults);
        let account = settings::account(given, stored, settings::id, &mut faults);
        faults.done()?;
        Ok(Checked {
            account,
            config: json!(Config { token_expires_on }).to_string(),
            token,
            secrets: Vec::new(),
        })
    }

    fn shown(&self, config: &str) -> Vec<(&'static str, String)> {
        let day = read(config).token_expires_on;
        day.map(|day| (TOKEN_EXPIRES_ON, day.to_string())).into_iter().collect()
    }

    fn token_expires_on(&self, config: &str) -> Option<Day> {
        read(config).token_expires_on
    }

    fn server(&self, _: &str) -> Option<Server> {
        None
    }

    fn issue_token(&self) -> Option<Secret> {
        Some(issue_token(&mut rand::rng()))
    }

    fn way_in(&self) -> WayIn {
        WayIn::Endpoint(&Tellicon)
    }

    fn trial(&self) -> Option<&'static dyn Trial> {
        None
    }

    fn calls(&self) -> Option<&'static dyn CallModel> {
        Some(&Calls)
    }

    fn board(&self) -> Option<&'static Board> {
        Some(&BOARD)
    }

    fn simulated(&self) -> &'static dyn Simulated {
        &simulator::tellicon::Simulation
    }
}

impl Endpoint for Tellicon {
    fn ways(&self) -> &'static [Way] {
        const WAYS: &[Way] = &[Way { path: "eventTellicon", answers: &Tellicon }];
        WAYS
    }

    fn token_in(&self, _: &str) -> TokenIn {
        TokenIn::Header(AUTH_HEADER.into())
    }

    fn token_name(&self) -> &'static str {
        AUTH_HEADER
    }

    fn presented<'r>(&self, shown: Option<&'r [u8]>) -> Option<&'r str> {
        presented_token(shown)
    }

    fn unknown_token(&self) -> Message {
        msg("tellicon-token-unknown")
    }

    /// An exact duplicate of the last seven days is accepted and changes nothing.
    fn decode(&self, posted: Posted) -> Result<Vec<Draft>, Refusal> {
        let body = posted.body;
        let decoded = decode(&body, posted.lenient, posted.received_at)
            .map_err(|refusal| Refusal { field: refusal.field, message: refusal.fault.message() })?;
        let extra = (!decoded.warnings.is_empty())
            .then(|| Arc::new(Extra { warnings: decoded.warnings, ..Extra::default() }));
        Ok(vec![Draft {
            source: posted.source,
            provider: IDENTITY.id,
            session: None,
            name: decoded.name.into(),
            lane: Some(decoded.lane),
            received_at: posted.received_at,
            payload: body,
            keys: decoded.keys,
            flags: EventFlags::default(),
            extra,
            dedupe: Some(decoded.dedupe),
        }])
    }
}

impl Answers for Tellicon {
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
