//! Its settings, as people fill them in.

use super::secret::{self, LONGEST_HEADER, MOST, USUAL_HEADER};
use super::settings::Halt;
use super::voice;
use crate::domain::{ValueFault, WebhookUrl, line};
use crate::sources::settings::{self, ACCOUNT, Field, InFile, InForm, Kind, Preset, SettingFault, TOKEN};
use crate::texts::{Message, msg};

/// The token, in the settings file.
pub const SECRET: &str = "secret";
pub const SECRET_HEADER: &str = "secret_header";
pub const CALL_API_URL: &str = "call_api_url";
pub const CALL_API_TOKEN: &str = "call_api_token";
pub const HALT_FIELD: &str = "halt_field";
pub const ID_SOCIAL_NETWORK: &str = "id_social_network";
pub const ICE_SERVERS: &str = "ice_servers";
pub const TURN_USER: &str = "turn_user";
pub const TURN_PASSWORD: &str = "turn_password";
pub const RELAY_ONLY: &str = "relay_only";

/// The API that the guide prints.
pub const USUAL_API: &str = PRESETS[0].url;

static PRESETS: [Preset; 3] = [
    Preset { url: "https://dev-api.colmeia.cx/v1/rest/calling/event", name: msg("colmeia-api-dev") },
    Preset { url: "https://beta-api.colmeia.cx/v1/rest/calling/event", name: msg("colmeia-api-beta") },
    Preset { url: "https://api.colmeia.cx/v1/rest/calling/event", name: msg("colmeia-api-production") },
];

/// Characters of the API's token (which may be a JWT), and of an id.
const LONGEST_TOKEN: usize = 4_096;
const LONGEST_ID: usize = 128;

pub const FIELDS: &[Field] = &[
    Field {
        name: ACCOUNT,
        kind: Kind::Id,
        judge: settings::id,
        about: "what the company is called there.",
        file: None,
        form: None,
    },
    Field {
        name: SECRET_HEADER,
        kind: Kind::Text { usual: USUAL_HEADER, longest: LONGEST_HEADER },
        judge: secret::judge_header,
        about: "the header in which Colmeia sends the secret (`x-cbis-secret`); its letter case does not count.",
        file: Some(file(SECRET_HEADER, msg("colmeia-header-expected"))),
        form: Some(form(msg("colmeia-secret-header"), None, false)),
    },
    Field {
        name: TOKEN,
        kind: Kind::Token(1, MOST),
        judge: secret::judge,
        about: "the secret that Colmeia sends with every post: up to 200 visible characters of ASCII, as it was set for the connection there. Made here when absent.",
        file: Some(InFile {
            key: SECRET,
            key_of_file: Some("secret_file"),
            required: false,
            expected: msg("colmeia-secret-expected"),
        }),
        form: Some(form(msg("colmeia-secret"), Some(msg("colmeia-secret-hint")), true)),
    },
    Field {
        name: CALL_API_URL,
        kind: Kind::Address {
            presets: &PRESETS,
            pattern: r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s?]+$",
            longest: WebhookUrl::LONGEST,
        },
        judge: settings::web_url,
        about: "the Calling API (`https://dev-api.colmeia.cx/v1/rest/calling/event`).",
        file: Some(file(CALL_API_URL, msg("setting-url"))),
        form: Some(form(msg("colmeia-api"), None, false)),
    },
    Field {
        name: CALL_API_TOKEN,
        kind: Kind::Secret { longest: LONGEST_TOKEN },
        judge: api_token,
        about: "the token of the Calling API, sent as it is in `Authorization`; without one calls cannot be answered here. An empty text takes it away. One that is stored does not go along to another server: there it is asked for again.",
        file: Some(InFile {
            key: CALL_API_TOKEN,
            key_of_file: Some("call_api_token_file"),
            required: false,
            expected: msg("colmeia-token-expected"),
        }),
        form: Some(InForm {
            label: msg("colmeia-api-token"),
            hint: Some(msg("colmeia-api-token-hint")),
            hint_of_new_company: None,
            optional: true,
            remove: Some(("call_api_token_remove", msg("colmeia-api-token-remove"))),
        }),
    },
    Field {
        name: HALT_FIELD,
        kind: Kind::Word { words: Halt::WORDS, usual: msg("colmeia-halt-usual") },
        judge: halt_field,
        about: "the field in which the API is told whether the bot goes on: `haltResume`, or `botHalt` of its version 1.1.",
        file: Some(file(HALT_FIELD, msg("colmeia-halt-expected"))),
        form: Some(form(msg("colmeia-halt"), None, false)),
    },
    Field {
        name: ID_SOCIAL_NETWORK,
        kind: Kind::Text { usual: "", longest: LONGEST_ID },
        judge: social_network,
        about: "sent to the API in the header `idSocialNetwork`, where Colmeia asks for it; an empty text clears it.",
        file: Some(file(ID_SOCIAL_NETWORK, msg("colmeia-id-expected"))),
        form: Some(form(msg("colmeia-social-network"), None, true)),
    },
    Field {
        name: ICE_SERVERS,
        kind: Kind::Text { usual: voice::USUAL, longest: voice::LONGEST },
        judge: voice::judge,
        about: "by which servers browsers find their way to the voices: up to eight addresses `stun:host:port`, `turn:host:port?transport=udp` (or `stuns`, `turns`) with commas between them, or `none` (`stun:stun.l.google.com:19302`).",
        file: Some(file(ICE_SERVERS, msg("colmeia-ice-expected"))),
        form: Some(form(msg("colmeia-ice"), Some(msg("colmeia-ice-hint")), true)),
    },
    Field {
        name: TURN_USER,
        kind: Kind::Text { usual: "", longest: voice::LONGEST_CREDENTIAL },
        judge: voice::judge_credential,
        about: "the user at the TURN servers among them; an empty text clears it.",
        file: Some(file(TURN_USER, msg("colmeia-turn-expected"))),
        form: Some(form(msg("colmeia-turn-user"), None, true)),
    },
    Field {
        name: TURN_PASSWORD,
        kind: Kind::Secret { longest: voice::LONGEST_CREDENTIAL },
        judge: voice::judge_credential,
        about: "the password at the TURN servers. An empty text takes it away. One that is stored does not go along to other TURN servers: there it is asked for again.",
        file: Some(InFile {
            key: TURN_PASSWORD,
            key_of_file: Some("turn_password_file"),
            required: false,
            expected: msg("colmeia-turn-expected"),
        }),
        form: Some(InForm {
            label: msg("colmeia-turn-password"),
            hint: Some(msg("colmeia-turn-password-hint")),
            hint_of_new_company: None,
            optional: true,
            remove: Some(("turn_password_remove", msg("colmeia-turn-password-remove"))),
        }),
    },
    Field {
        name: RELAY_ONLY,
        kind: Kind::Truth { usual: false },
        judge: settings::truth,
        about: "whether voices go over a TURN server only, where nothing else gets through.",
        file: Some(file(RELAY_ONLY, msg("setting-truth"))),
        form: Some(form(msg("colmeia-relay-only"), Some(msg("colmeia-relay-only-hint")), false)),
    },
];

const fn file(key: &'static str, expected: Message) -> InFile {
    InFile { key, key_of_file: None, required: false, expected }
}

const fn form(label: Message, hint: Option<Message>, optional: bool) -> InForm {
    InForm { label, hint, hint_of_new_company: None, optional, remove: None }
}

/// It stands in a header as it is, whatever scheme it names.
fn api_token(raw: &str) -> Result<String, SettingFault> {
    let token = raw.trim();
    if token.chars().count() > LONGEST_TOKEN {
        return Err(ValueFault::TooLong { max: LONGEST_TOKEN }.into());
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(SettingFault::Own { code: "token_shape", message: msg("colmeia-token-characters") });
    }
    Ok(token.to_owned())
}

fn halt_field(raw: &str) -> Result<String, SettingFault> {
    if raw.trim().is_empty() { Ok(String::new()) } else { settings::word(raw, Halt::WORDS) }
}

fn social_network(raw: &str) -> Result<String, SettingFault> {
    if raw.trim().is_empty() {
        return Ok(String::new());
    }
    let id = line(raw, LONGEST_ID)?;
    if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SettingFault::Own { code: "header_value", message: msg("colmeia-id-characters") });
    }
    Ok(id)
}
