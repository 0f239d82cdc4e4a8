//! The settings of an account, as people fill them in.

use super::settings::{MAX_URL_LENGTH, PRESETS, SettingsError, SocketUrl, SourceToken, TOKEN_LENGTH};
use crate::sources::Words;
use crate::sources::settings::{
    ACCOUNT, CONNECT, Field, InFile, InForm, Kind, SettingFault, TOKEN, TOKEN_EXPIRES_ON, day, digits,
};

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
        label: Words::new("ID 3C Plus", "3C Plus ID"),
        hint: Some(Words::new(
            "O número da empresa na 3C Plus. Eventos de outra empresa são marcados com um aviso.",
            "The company's number at 3C Plus. Events of another company are marked with a warning.",
        )),
        hint_of_new_company: Some(Words::new(
            "O número da empresa na 3C Plus. Sem o token, deixe em branco também: a conta pode ser adicionada depois.",
            "The company's number at 3C Plus. Without a token leave it empty too: the account can be added later.",
        )),
        optional: false,
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
        expected: Words::new(
            "um token de 8 a 4096 caracteres sem espaços",
            "a token of 8 to 4096 characters without spaces",
        ),
    }),
    form: Some(InForm {
        label: Words::new("Token de API", "API token"),
        hint: Some(Words::new(
            "É gerado no painel da 3C Plus. Fica guardado cifrado.",
            "It is made in the panel of 3C Plus. It is stored encrypted.",
        )),
        hint_of_new_company: Some(Words::new(
            "É gerado no painel da 3C Plus e fica guardado cifrado. Para adicionar a conta depois, deixe em branco junto com o ID.",
            "It is made in the panel of 3C Plus and stored encrypted. To add the account later, leave it empty together with the ID.",
        )),
        optional: false,
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
        expected: Words::new(
            "uma URL completa que começa com https:// ou http:// ou wss:// ou ws://, sem usuário, senha nem parâmetros",
            "a full URL that starts with https:// or http:// or wss:// or ws://, without user, password and query",
        ),
    }),
    form: Some(InForm {
        label: Words::new("Servidor", "Server"),
        hint: None,
        hint_of_new_company: None,
        optional: false,
    }),
};

const AGENT: Field = Field {
    name: AGENT_ID,
    kind: Kind::Id,
    judge: digits,
    about: "needed with an agent's token.",
    file: Some(InFile { key: AGENT_ID, key_of_file: None, required: false, expected: ONLY_DIGITS }),
    form: Some(InForm {
        label: Words::new("ID do agente", "Agent ID"),
        hint: Some(Words::new("Só quando o token é de um agente.", "Only when the token is an agent's.")),
        hint_of_new_company: None,
        optional: true,
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
        expected: Words::new("um dia, como \"2026-12-31\"", "a day such as \"2026-12-31\""),
    }),
    form: Some(InForm {
        label: Words::new("Validade do token", "Token valid until"),
        hint: Some(Words::new(
            "O último dia. O Ramal avisa 14 dias antes.",
            "Its last day. Ramal warns 14 days before.",
        )),
        hint_of_new_company: None,
        optional: true,
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
        expected: Words::new("true nem false", "true or false"),
    }),
    form: Some(InForm {
        label: Words::new("Conectar logo depois de salvar", "Connect as soon as it is saved"),
        hint: None,
        hint_of_new_company: None,
        optional: false,
    }),
};

const ONLY_DIGITS: Words = Words::new("um texto só de dígitos", "a text of digits only");

pub(super) fn token(raw: &str) -> Result<String, SettingFault> {
    Ok(SourceToken::parse(raw)?.secret().expose().to_owned())
}

fn socket_url(raw: &str) -> Result<String, SettingFault> {
    match raw.trim() {
        "" => Err(SettingFault::Missing),
        raw => Ok(raw.parse::<SocketUrl>()?.to_string()),
    }
}

impl From<SettingsError> for SettingFault {
    fn from(error: SettingsError) -> Self {
        SettingFault::own("source_settings", error.in_portuguese(), &error.to_string())
    }
}
