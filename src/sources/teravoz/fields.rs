//! Its settings, as people fill them in.

use super::key::{self, KEY, LEAST, MOST};
use super::settings::DelegateType;
use crate::domain::{ValueFault, line};
use crate::sources::settings::{self, ACCOUNT, Field, InFile, InForm, Kind, SettingFault, TOKEN};
use crate::texts::{Message, msg};

pub const ACTIONS_URL: &str = "actions_url";
pub const ACTIONS_USER: &str = "actions_user";
pub const ACTIONS_PASSWORD: &str = "actions_password";
pub const DELEGATE_TYPE: &str = "delegate_type";
pub const QUEUE_KNOWN_FIELD: &str = "queue_known";
pub const QUEUE_NEW_FIELD: &str = "queue_new";
pub const ROUTE: &str = "route";
pub const WEBSOCKET_LISTEN: &str = "websocket_listen";

/// The usual queues.
pub const QUEUE_KNOWN: &str = "900";
pub const QUEUE_NEW: &str = "901";

/// Characters of a user, a password and a queue.
const LONGEST_LOGIN: usize = 200;
const LONGEST_QUEUE: usize = 64;

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
        form: Some(InForm {
            label: msg("teravoz-key"),
            hint: Some(msg("teravoz-key-hint")),
            hint_of_new_company: None,
            optional: true,
            remove: Some(("token_remove", msg("teravoz-key-remove"))),
        }),
    },
    Field {
        name: ACTIONS_URL,
        kind: Kind::WebUrl,
        judge: settings::web_url,
        about: "where Teravoz's actions are posted, such as `https://api.teravoz.com.br/actions`; an empty text clears it.",
        file: Some(InFile {
            key: ACTIONS_URL,
            key_of_file: None,
            required: false,
            expected: msg("setting-url"),
        }),
        form: Some(InForm {
            label: msg("teravoz-actions-url"),
            hint: Some(msg("teravoz-actions-url-hint")),
            hint_of_new_company: None,
            optional: true,
            remove: None,
        }),
    },
    Field {
        name: ACTIONS_USER,
        kind: Kind::Text { usual: "", longest: LONGEST_LOGIN },
        judge: user,
        about: "the user of the actions (Basic); an empty text clears it.",
        file: Some(InFile {
            key: ACTIONS_USER,
            key_of_file: None,
            required: false,
            expected: msg("teravoz-user-expected"),
        }),
        form: Some(InForm {
            label: msg("teravoz-actions-user"),
            hint: None,
            hint_of_new_company: None,
            optional: true,
            remove: None,
        }),
    },
    Field {
        name: ACTIONS_PASSWORD,
        kind: Kind::Secret { longest: LONGEST_LOGIN },
        judge: password,
        about: "the user's password; an empty text takes it away. One that is stored does not go along to another server: there it is asked for again.",
        file: Some(InFile {
            key: ACTIONS_PASSWORD,
            key_of_file: Some("actions_password_file"),
            required: false,
            expected: msg("teravoz-password-expected"),
        }),
        form: Some(InForm {
            label: msg("teravoz-actions-password"),
            hint: None,
            hint_of_new_company: None,
            optional: true,
            remove: Some(("actions_password_remove", msg("teravoz-password-remove"))),
        }),
    },
    Field {
        name: DELEGATE_TYPE,
        kind: Kind::Word { words: DelegateType::WORDS, usual: msg("teravoz-delegate-usual") },
        judge: delegate_type,
        about: "what sending a call to a queue is called there: `call.waiting` or `delegate`. Absent or empty it is what `actions_url` says: `call.waiting` for `/api/client/actions`, else `delegate`.",
        file: Some(InFile {
            key: DELEGATE_TYPE,
            key_of_file: None,
            required: false,
            expected: msg("teravoz-delegate-expected"),
        }),
        form: Some(InForm {
            label: msg("teravoz-delegate"),
            hint: None,
            hint_of_new_company: None,
            optional: false,
            remove: None,
        }),
    },
    queue(
        (QUEUE_KNOWN_FIELD, QUEUE_KNOWN),
        msg("teravoz-queue-known"),
        "the queue of callers whose phone is known (`900`).",
    ),
    queue(
        (QUEUE_NEW_FIELD, QUEUE_NEW),
        msg("teravoz-queue-new"),
        "the queue of callers whose phone is new (`901`).",
    ),
    Field {
        name: ROUTE,
        kind: Kind::Truth { usual: true },
        judge: settings::truth,
        about: "whether calls that wait for a decision are sent to one of the two queues.",
        file: Some(InFile { key: ROUTE, key_of_file: None, required: false, expected: msg("setting-truth") }),
        form: Some(InForm {
            label: msg("teravoz-route"),
            hint: Some(msg("teravoz-route-hint")),
            hint_of_new_company: None,
            optional: false,
            remove: None,
        }),
    },
    Field {
        name: WEBSOCKET_LISTEN,
        kind: Kind::Listen,
        judge: settings::listen,
        about: "an address and port on which any path is the WebSocket of its calls, such as `127.0.0.1:4000`; an empty text clears it.",
        file: Some(InFile {
            key: WEBSOCKET_LISTEN,
            key_of_file: None,
            required: false,
            expected: msg("setting-listen"),
        }),
        form: Some(InForm {
            label: msg("teravoz-websocket-listen"),
            hint: Some(msg("teravoz-websocket-listen-hint")),
            hint_of_new_company: None,
            optional: true,
            remove: None,
        }),
    },
];

const fn queue((name, usual): (&'static str, &'static str), label: Message, about: &'static str) -> Field {
    Field {
        name,
        kind: Kind::Text { usual, longest: LONGEST_QUEUE },
        judge: queue_name,
        about,
        file: Some(InFile {
            key: name,
            key_of_file: None,
            required: false,
            expected: msg("teravoz-queue-expected"),
        }),
        form: Some(InForm { label, hint: None, hint_of_new_company: None, optional: false, remove: None }),
    }
}

fn text(raw: &str, longest: usize) -> Result<String, SettingFault> {
    if raw.trim().is_empty() { Ok(String::new()) } else { Ok(line(raw, longest)?) }
}

fn queue_name(raw: &str) -> Result<String, SettingFault> {
    text(raw, LONGEST_QUEUE)
}

/// In Basic a colon ends the user (RFC 7617, section 2).
fn user(raw: &str) -> Result<String, SettingFault> {
    let user = text(raw, LONGEST_LOGIN)?;
    if user.contains(':') {
        return Err(SettingFault::Own { code: "user_colon", message: msg("teravoz-user-colon") });
    }
    Ok(user)
}

/// A password is what was typed, its spaces too.
fn password(raw: &str) -> Result<String, SettingFault> {
    if raw.chars().count() > LONGEST_LOGIN {
        return Err(ValueFault::TooLong { max: LONGEST_LOGIN }.into());
    }
    if raw.chars().any(char::is_control) {
        return Err(ValueFault::ControlCharacters.into());
    }
    Ok(raw.to_owned())
}

fn delegate_type(raw: &str) -> Result<String, SettingFault> {
    if raw.trim().is_empty() { Ok(String::new()) } else { settings::word(raw, DelegateType::WORDS) }
}
