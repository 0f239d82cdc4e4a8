//! Where a source stands, as people are told: the state, its times, and one sentence that says what to do.

use super::StatusView;
use crate::domain::{Lang, Provider, SourceState, SourceStatus, Timestamp};
use crate::runtime::{Heard, SourceStand};
use crate::sources;
use crate::texts::say;

pub(super) fn view(
    provider: Provider,
    wanted: bool,
    stand: &SourceStand,
    heard: Option<Heard>,
    lang: Lang,
) -> StatusView {
    let (status, text) = (&stand.status, |at: Timestamp| at.to_string());
    let said = sentence(provider, status, lang);
    StatusView {
        state: status.state.as_str(),
        wanted,
        sentence: if stand.live { said } else { say(lang, "status-as-written").with("said", said).text() },
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
        unused: is_unused(provider, status),
        as_written: !stand.live,
    }
}

/// Whether it is an open door by which nothing has come yet.
fn is_unused(provider: Provider, status: &SourceStatus) -> bool {
    let is_door = sources::find(provider).is_some_and(|definition| definition.way_in().endpoint().is_some());
    is_door && status.state == SourceState::Connected && status.last_event_at.is_none()
}

fn sentence(provider: Provider, status: &SourceStatus, lang: Lang) -> String {
    let Some(definition) = sources::find(provider) else {
        return say(lang, "status-not-served").with("provider", provider.to_string()).text();
    };
    let (door, name) = (definition.way_in().endpoint().is_some(), definition.identity().name);
    let said = match status.state {
        SourceState::Stopped if door => say(lang, "status-door-closed"),
        SourceState::Connected if door => say(lang, "status-door-open"),
        SourceState::Stopped => say(lang, "status-stopped"),
        SourceState::Connecting => say(lang, "status-connecting"),
        SourceState::Connected => match status.foreign_company {
            None => say(lang, "status-connected"),
            Some(found) => {
                let foreign = say(lang, "status-connected-foreign").with("found", found.to_string());
                foreign.with("provider", name)
            }
        },
        SourceState::Waiting => {
            say(lang, "status-waiting").with("cause", cause(status.reason.as_deref(), lang))
        }
        SourceState::Refused => {
            let refused = refused(name, status.reason.as_deref(), lang);
            say(lang, "status-refused").with("refused", refused)
        }
    };
    said.text()
}

/// Why the provider of this name refuses a token, in its own words, and what helps.
pub(super) fn refused(name: &str, reason: Option<&str>, lang: Lang) -> String {
    let said = reason.and_then(|reason| reason.split_once(": ")).map_or("", |(_, said)| said);
    let said = if said.is_empty() { String::new() } else { format!(" (“{said}”)") };
    say(lang, "token-refused").with("provider", name).with("said", said).text()
}

/// The cause of a lost connection, from its stable word; a word that is not known here is shown as it is.
pub fn cause(reason: Option<&str>, lang: Lang) -> String {
    let reason = reason.unwrap_or_default();
    let word = if reason.is_empty() { "none" } else { reason.split(':').next().unwrap_or_default() };
    say(lang, "status-cause").with("word", word).with("reason", reason).text()
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
