//! The settings of an account, as people fill them in.

use super::settings::{MAX_URL_LENGTH, PRESETS, SettingsError, SocketUrl, SourceToken, TOKEN_LENGTH};
use crate::domain::ValueFault;
use crate::sources::settings::{
    ACCOUNT, CONNECT, Field, InFile, InForm, Kind, SettingFault, TOKEN, TOKEN_EXPIRES_ON, day, digits,
};
use crate::texts::{Message, msg};

pub(super) const SOCKET_URL: &str = "socket_url";
pub(super) const AGENT_ID: &str = "agent_id";

pub(super) const FIELDS: &[Field] = &[ACCOUNT_FIELD, TOKEN_FIELD, SERVER, AGENT, LAST_DAY, CONNECTED];

const ACCOUNT_FIELD: Field = Field {
    name: ACCOUNT,
    kind: Kind::Id,
    judge: digits,
    about: "the company's number there (\"ID 3C Plus\"); events that carry another are marked.",
    file: Some(InFile { key: "id", key_of_file: None, required: false, expected: ONLY_DIGITS }),
    form: Some(InForm {
        label: msg("threecplus-account"),
        hint: Some(msg("threecplus-account-hint")),
        hint_of_new_company: Some(msg("threecplus-account-hint-new")),
        optional: false,
        remove: None,
    }),
};

const TOKEN_FIELD: Field = Field {
    name: TOKEN,
    kind: Kind::Token(*TOKEN_LENGTH.start(), *TOKEN_LENGTH.end()),
    judge: token,
    about: "the API token.",
    file: Some(InFile {
        key: TOKEN,
        key_of_file: Some("token_file"),
        required: true,
        expected: msg("threecplus-token-expected"),
    }),
    form: Some(InForm {
        label: msg("threecplus-token"),
        hint: Some(msg("threecplus-token-hint")),
        hint_of_new_company: Some(msg("threecplus-token-hint-new")),
        optional: false,
        remove: None,
    }),
};

const SERVER: Field = Field {
    name: SOCKET_URL,
    kind: Kind::Address {
        presets: &PRESETS,
        pattern: r"^([Hh][Tt][Tt][Pp]|[Ww][Ss])[Ss]?://[^\s?]+$",
        longest: MAX_URL_LENGTH,
    },
    judge: socket_url,
    about: "where the socket is (`https://socket.3c.plus`).",
    file: Some(InFile {
        key: SOCKET_URL,
        key_of_file: None,
        required: false,
        expected: msg("threecplus-url-expected"),
    }),
    form: Some(InForm {
        label: msg("threecplus-server"),
        hint: None,
        hint_of_new_company: None,
        optional: false,
        remove: None,
    }),
};

const AGENT: Field = Field {
    name: AGENT_ID,
    kind: Kind::Id,
    judge: digits,
    about: "needed with an agent's token.",
    file: Some(InFile { key: AGENT_ID, key_of_file: None, required: false, expected: ONLY_DIGITS }),
    form: Some(InForm {
        label: msg("threecplus-agent"),
        hint: Some(msg("threecplus-agent-hint")),
        hint_of_new_company: None,
        optional: true,
        remove: None,
    }),
};

const LAST_DAY: Field = Field {
    name: TOKEN_EXPIRES_ON,
    kind: Kind::Day,
    judge: day,
    about: "the token's last day, `2026-12-31`, of which the company is reminded.",
    file: Some(InFile {
        key: TOKEN_EXPIRES_ON,
        key_of_file: None,
        required: false,
        expected: msg("threecplus-day-expected"),
    }),
    form: Some(InForm {
        label: msg("threecplus-day"),
        hint: Some(msg("threecplus-day-hint")),
        hint_of_new_company: None,
        optional: true,
        remove: None,
    }),
};

const CONNECTED: Field = Field {
    name: CONNECT,
    kind: Kind::Switch,
    judge: |raw| Ok(raw.to_owned()),
    about: "whether it should be connected.",
    file: Some(InFile {
        key: CONNECT,
        key_of_file: None,
        required: false,
        expected: msg("threecplus-switch-expected"),
    }),
    form: Some(InForm {
        label: msg("threecplus-switch"),
        hint: None,
        hint_of_new_company: None,
        optional: false,
        remove: None,
    }),
};

const ONLY_DIGITS: Message = msg("threecplus-digits-expected");

pub(super) fn token(raw: &str) -> Result<String, SettingFault> {
    Ok(SourceToken::parse(raw)?.secret().expose().to_owned())
}

fn socket_url(raw: &str) -> Result<String, SettingFault> {
    match raw.trim() {
        "" => Err(ValueFault::Missing.into()),
        raw => Ok(raw.parse::<SocketUrl>()?.to_string()),
    }
}

impl From<SettingsError> for SettingFault {
    fn from(error: SettingsError) -> Self {
        SettingFault::Own { code: "source_settings", message: error.message() }
    }
}
