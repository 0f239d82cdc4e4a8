//! Teravoz, as the rest of the program knows it.

use std::sync::Arc;

use super::answers::{OF_ENVELOPES, WAYS};
use super::catalogue::entries;
use super::decode::{Decoded, decode};
use super::key::{self, KEY, LEAST, MOST};
use crate::domain::{Day, Draft, EventFlags, Extra, Label, Provider};
use crate::secrets::Secret;
use crate::simulator::{self, Simulated};
use crate::sources::settings::{
    self, ACCOUNT, Checked, Days, Field, Given, InFile, Kind, Server, SettingFaults, TOKEN,
};
use crate::sources::{Definition, Endpoint, Identity, Posted, Refusal, TokenIn, Trial, Way, WayIn};
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
        judge: key::judge,
        about: "8 to 64 letters, digits, `-`, `.`, `_` or `~`, which stand in the address that Teravoz posts to. Without one the source is open: whoever knows its address can post events. An empty text takes it away.",
        file: Some(InFile {
            key: KEY,
            key_of_file: Some("key_file"),
            required: false,
            expected: msg("teravoz-key-expected"),
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
        let token = settings::token(given, key::judge, &mut faults);
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
        None
    }

    fn way_in(&self) -> WayIn {
        WayIn::Endpoint(&Teravoz)
    }

    fn trial(&self) -> Option<&'static dyn Trial> {
        None
    }

    fn simulated(&self) -> &'static dyn Simulated {
        &simulator::teravoz::Simulation
    }
}

impl Endpoint for Teravoz {
    fn ways(&self) -> &'static [Way] {
        WAYS
    }

    fn token_in(&self) -> TokenIn {
        TokenIn::Query(KEY)
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
