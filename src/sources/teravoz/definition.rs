//! Teravoz, as the rest of the program knows it.

use serde_json::json;

use super::calls::Calls;
use super::catalogue::entries;
use super::decode::decode;
use super::token::{self, KEY, LEAST, MOST};
use crate::domain::call::CallModel;
use crate::domain::{Day, Draft, EventFlags, Label, Provider};
use crate::secrets::Secret;
use crate::simulator::{self, Simulated};
use crate::sources::settings::{
    self, ACCOUNT, Checked, Days, Field, Given, InFile, Kind, Server, SettingFaults, TOKEN,
};
use crate::sources::{Definition, Endpoint, Identity, Posted, Refusal, TokenIn, Trial, WayIn};
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
        kind: Kind::Token(LEAST, MOST),
        judge: token::judge,
        about: "24 to 64 letters, digits, `-`, `.`, `_` or `~`, made here when absent; it stands in the address that Teravoz posts to.",
        file: Some(InFile {
            key: TOKEN,
            key_of_file: Some("token_file"),
            required: false,
            expected: msg("teravoz-token-expected"),
        }),
        form: None,
    },
];

impl Definition for Teravoz {
    fn identity(&self) -> &'static Identity {
        &IDENTITY
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn check(&self, given: &Given, stored: Option<&Source>, _: Days) -> Result<Checked, SettingFaults> {
        let mut faults = SettingFaults::default();
        let token = settings::token(given, token::judge, &mut faults);
        let account = settings::account(given, stored, settings::id, &mut faults);
        faults.done()?;
        Ok(Checked { account, config: "{}".to_owned(), token })
    }

    fn shown(&self, _: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// It is ours, and has none.
    fn token_expires_on(&self, _: &str) -> Option<Day> {
        None
    }

    fn server(&self, _: &str) -> Option<Server> {
        None
    }

    fn issue_token(&self) -> Option<Secret> {
        Some(token::issue(&mut rand::rng()))
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

    fn simulated(&self) -> &'static dyn Simulated {
        &simulator::teravoz::Simulation
    }
}

impl Endpoint for Teravoz {
    fn path(&self) -> &'static str {
        "teravoz"
    }

    fn token_in(&self) -> TokenIn {
        TokenIn::Query(KEY)
    }

    fn presented<'r>(&self, shown: Option<&'r [u8]>) -> Option<&'r str> {
        token::presented(shown)
    }

    fn unknown_token(&self) -> Message {
        msg("teravoz-token-unknown")
    }

    /// Every post is an event of its own: nothing in it tells a repetition from the same thing happening again, as when an
    /// agent enters a call twice within a second.
    fn decode(&self, posted: Posted) -> Result<Vec<Draft>, Refusal> {
        let decoded = decode(&posted.body, posted.lenient)?;
        let draft = Draft {
            source: posted.source,
            provider: IDENTITY.id,
            session: None,
            name: Label::default(),
            lane: decoded.lane,
            received_at: posted.received_at,
            payload: posted.body,
            keys: decoded.keys,
            flags: EventFlags::default(),
            extra: None,
            dedupe: None,
        };
        Ok(vec![draft.named(&decoded.name)])
    }

    fn accepted(&self) -> serde_json::Value {
        json!({ "status": "ok" })
    }
}
