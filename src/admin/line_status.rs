//! Where a source stands, as people are told: the state, its times, and one sentence that says what to do.

use std::borrow::Cow;

use super::StatusView;
use crate::domain::{Lang, Provider, SourceState, SourceStatus, Timestamp};
use crate::runtime::{Heard, SourceStand};
use crate::sources;

pub(super) fn view(provider: Provider, stand: &SourceStand, heard: Option<Heard>, lang: Lang) -> StatusView {
    let (status, text) = (&stand.status, |at: Timestamp| at.to_string());
    let said = sentence(provider, status, lang);
    StatusView {
        state: status.state.as_str(),
        sentence: if stand.live { said } else { as_written(&said, lang) },
        since: (status.since != Timestamp::default()).then(|| text(status.since)),
        next_try_at: status.until.map(text),
        attempt: status.attempt,
        reason: status.reason.clone(),
        session_id: status.session.as_ref().map(|session| session.id.to_string()),
        socket_id: status.session.as_ref().map(|session| session.socket_id.clone()),
        last_heard_at: heard.map(|heard| text(heard.at)),
        last_ping_at: heard.and_then(|heard| heard.ping_at).map(text),
        last_event_at: status.last_event_at.map(text),
        foreign_company: status.foreign_company,
        as_written: !stand.live,
    }
}

/// What is said of a source of which nothing runs here.
fn as_written(said: &str, lang: Lang) -> String {
    lang.pick(format!("Último estado gravado: {said}"), format!("As last written down: {said}"))
}

fn sentence(provider: Provider, status: &SourceStatus, lang: Lang) -> String {
    let Some(definition) = sources::find(provider) else {
        return lang.pick(
            format!("Esta versão do Ramal não serve o provedor “{provider}”: nada chega desta fonte."),
            format!("This version of Ramal does not serve the provider “{provider}”: nothing comes from this source."),
        );
    };
    let (door, name) = (definition.way_in().endpoint().is_some(), definition.identity().name);
    match status.state {
        SourceState::Stopped if door => lang
            .pick("A porta está fechada: os envios são recusados.", "The door is closed: posts are refused.")
            .into(),
        SourceState::Connected if door => lang.pick("A porta está aberta.", "The door is open.").into(),
        SourceState::Stopped => lang.pick("Desconectado.", "Disconnected.").into(),
        SourceState::Connecting => lang.pick("Conectando…", "Connecting…").into(),
        SourceState::Connected => match status.foreign_company {
            None => lang.pick("Conectado.", "Connected.").into(),
            Some(found) => lang.pick(
                format!(
                    "Conectado, mas os eventos são da empresa {found} da {name}: confira o ID e o token."
                ),
                format!(
                    "Connected, but the events are of company {found} at {name}: check the ID and the token."
                ),
            ),
        },
        SourceState::Waiting => {
            let cause = cause(status.reason.as_deref(), lang);
            lang.pick(
                format!("Sem conexão: {cause}. Uma nova tentativa já está marcada."),
                format!("Not connected: {cause}. The next try is set."),
            )
        }
        SourceState::Refused => {
            let refused = refused(name, status.reason.as_deref(), lang);
            let then = lang.pick(
                "Ao salvar um token novo, o Ramal conecta sozinho.",
                "When a new token is saved, Ramal connects by itself.",
            );
            format!("{refused} {then}")
        }
    }
}

/// Why the provider of this name refuses a token, in its own words, and what helps.
pub(super) fn refused(name: &str, reason: Option<&str>, lang: Lang) -> String {
    let said = reason.and_then(|reason| reason.split_once(": ")).map_or("", |(_, said)| said);
    let said = if said.is_empty() { String::new() } else { format!(" (“{said}”)") };
    lang.pick(
        format!(
            "Token inválido: a {name} recusou o token{said}. Confira o token e se a empresa está ativa na {name}."
        ),
        format!(
            "Invalid token: {name} refused the token{said}. Check the token and that the company is active at \
             {name}."
        ),
    )
}

/// The cause of a lost connection, from its stable word; a word that is not known here is shown as it is.
pub fn cause(reason: Option<&str>, lang: Lang) -> Cow<'_, str> {
    let reason = reason.unwrap_or_default();
    let word = reason.split(':').next().unwrap_or_default();
    let (pt, en) = match word {
        "dial" => ("o servidor não pôde ser alcançado", "the server could not be reached"),
        "dns" => ("o nome do servidor não foi encontrado", "the server's name was not found"),
        "tls" => (
            "não foi possível negociar uma conexão segura com o servidor",
            "no secure connection to the server could be agreed",
        ),
        "not_permitted" => (
            "o endereço do servidor não está na internet pública, e a configuração do Ramal não o permite ([guard] allow)",
            "the server's address is not on the public internet, and Ramal's settings do not allow it ([guard] allow)",
        ),
        "upgrade" => ("o servidor não aceitou um WebSocket", "the server did not take a WebSocket"),
        "handshake_timeout" => ("o servidor não respondeu a tempo", "the server did not answer in time"),
        "ping_timeout" => ("o servidor ficou em silêncio", "the server fell silent"),
        "transport_close" => ("o servidor fechou a conexão", "the server closed the connection"),
        "transport_error" => ("a conexão caiu", "the connection was lost"),
        "server_disconnect" => ("o servidor encerrou a sessão", "the server ended the session"),
        "message_too_large" => {
            ("uma mensagem passou do limite de tamanho", "a message was larger than the limit")
        }
        "message_overdue" => (
            "uma mensagem grande começou e não terminou a tempo",
            "a large message had begun and did not end in time",
        ),
        "protocol" => ("o servidor não falou Socket.IO 5", "the server did not speak Socket.IO 5"),
        "overload" => {
            ("os eventos chegaram mais rápido do que se gravam", "events came faster than they are written")
        }
        "process_ended" => ("o Ramal não estava rodando", "Ramal was not running"),
        "refused_by_database" => (
            "o banco de dados recusou o conteúdo de alguns eventos",
            "the database refused the content of some events",
        ),
        "lost_by_database" => (
            "o banco de dados voltou sem eventos que já tinha gravado",
            "the database came back without events that it had written",
        ),
        "disowned" => ("outro processo assumiu esta empresa", "another process has taken this company over"),
        "stopped" => ("foi desconectado", "it was disconnected"),
        _ => {
            return Cow::Borrowed(if reason.is_empty() {
                lang.pick("sem motivo conhecido", "no known cause")
            } else {
                reason
            });
        }
    };
    Cow::Borrowed(lang.pick(pt, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_sentence_in_both_languages() {
        let told = |state, reason: &str, lang| {
            let reason = (!reason.is_empty()).then(|| reason.to_owned());
            let status = SourceStatus { state, reason, ..SourceStatus::default() };
            sentence(Provider::new("threecplus"), &status, lang)
        };
        assert_eq!(
            told(SourceState::Refused, "refused: Authentication error", Lang::Pt),
            "Token inválido: a 3C Plus recusou o token (“Authentication error”). Confira o token e se a empresa está \
             ativa na 3C Plus. Ao salvar um token novo, o Ramal conecta sozinho."
        );
        assert_eq!(
            told(SourceState::Waiting, "ping_timeout: nothing heard for 50s", Lang::En),
            "Not connected: the server fell silent. The next try is set."
        );
        let unknown = sentence(Provider::new("another"), &SourceStatus::default(), Lang::En);
        assert!(unknown.contains("does not serve the provider “another”"), "{unknown}");
        for state in SourceState::ALL {
            assert_ne!(told(state, "", Lang::Pt), told(state, "", Lang::En));
        }
    }
}
