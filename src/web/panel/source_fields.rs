//! The fields of a 3C Plus source, as the forms of a new company and of a source have them, and what was typed in them as
//! the input of an operation.

use super::{Choice, Errors, Field, Pairs, Ui};
use crate::admin::{SourceInput, SourceView};
use crate::sources::threecplus::settings::PRESETS;

/// The cluster that is none of the presets.
const OTHER: &str = "other";

/// What the form of a stored source begins with.
pub fn stored(source: &SourceView) -> Pairs {
    let url = source.socket_url.as_deref().unwrap_or_default();
    let preset = PRESETS.iter().find(|preset| preset.url == url.trim_end_matches('/'));
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Pairs::of([
        ("account", text(&source.account)),
        ("cluster", preset.map_or(OTHER, |preset| preset.url).to_owned()),
        ("socket_url", if preset.is_some() { String::new() } else { url.to_owned() }),
        ("agent_id", text(&source.agent_id)),
        ("token_expires_on", text(&source.token_expires_on)),
        ("version", source.version.to_string()),
    ])
}

/// Whose fields they are.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    /// Of a company that may be registered without them.
    NewCompany,
    NewSource,
    /// Of a source that is there already, with the mask of its token.
    Stored(&'a str),
}

pub fn fields(ui: &Ui, typed: &Pairs, errors: &Errors, of: Of<'_>) -> Vec<Field> {
    let cluster = typed.given("cluster").unwrap_or(PRESETS[0].url);
    let preset = |preset: &crate::sources::threecplus::settings::Preset| {
        let name = ui.lang.pick(preset.pt, preset.en);
        let host = preset.url.trim_start_matches("https://");
        Choice::new(preset.url, &format!("{name} · {host}"), cluster == preset.url)
    };
    let mut clusters: Vec<_> = PRESETS.iter().map(preset).collect();
    clusters.push(Choice::new(OTHER, &ui.say("source-cluster-other"), cluster == OTHER));
    let token_hint = match of {
        Of::Stored(mask) => ui.say("source-token-kept").with("mask", mask),
        Of::NewSource => ui.say("source-token-hint"),
        Of::NewCompany => ui.say("source-token-hint-later"),
    };
    let account_hint = match of {
        Of::NewCompany => ui.say("source-account-hint-later"),
        _ => ui.say("source-account-hint"),
    };
    let mut fields = vec![
        Field::text("account", &ui.say("source-account"), typed.text("account")).hint(&account_hint).mono(),
        Field::secret("token", &ui.say("source-token")).hint(&token_hint).erased(ui, typed).mono(),
        Field::select("cluster", &ui.say("source-cluster"), clusters),
        Field::text("socket_url", &ui.say("source-url"), typed.text("socket_url"))
            .hint(&ui.say("source-url-hint"))
            .placeholder("https://")
            .mono(),
        Field::text("agent_id", &ui.say("source-agent"), typed.text("agent_id"))
            .hint(&ui.say("source-agent-hint"))
            .optional(ui)
            .mono(),
        Field::typed("date", "token_expires_on", &ui.say("source-expires"), typed.text("token_expires_on"))
            .hint(&ui.say("source-expires-hint"))
            .optional(ui),
    ];
    if !matches!(of, Of::Stored(_)) {
        let on = !typed.has("sent") || typed.has("connect");
        fields.push(Field::checkbox("connect", &ui.say("source-connect"), on));
    }
    fields.into_iter().map(|field| field.error(ui, errors)).collect()
}

/// What was typed. `is_new`: the form of a new source says whether to connect.
pub fn input(typed: &Pairs, is_new: bool) -> SourceInput {
    let url = match typed.text("cluster") {
        OTHER => typed.text("socket_url"),
        "" => PRESETS[0].url,
        preset => preset,
    };
    let text = |name| Some(typed.text(name).to_owned());
    SourceInput {
        provider: Some("threecplus".into()),
        account: text("account"),
        token: typed.secret("token"),
        socket_url: Some(url.to_owned()),
        agent_id: text("agent_id"),
        token_expires_on: text("token_expires_on"),
        connect: is_new.then(|| typed.has("connect")),
        version: typed.given("version").and_then(|version| version.parse().ok()),
    }
}

/// Whether anything of a source was typed: a company may be registered before its token is known. A URL beside a preset
/// is not in sight (see the style) and counts for nothing, as in [`input`].
pub fn is_given(typed: &Pairs) -> bool {
    let is_other = typed.text("cluster") == OTHER;
    ["account", "token", "socket_url", "agent_id", "token_expires_on"]
        .iter()
        .any(|name| typed.given(name).is_some() && (is_other || *name != "socket_url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_counts_only_for_the_cluster_that_is_none_of_the_presets() {
        let typed = |cluster: &str| {
            Pairs::of([("cluster", cluster.to_owned()), ("socket_url", "https://x.example".to_owned())])
        };
        let (preset, other) = (typed(PRESETS[1].url), typed(OTHER));
        assert_eq!(input(&preset, true).socket_url.as_deref(), Some(PRESETS[1].url));
        assert_eq!(input(&other, true).socket_url.as_deref(), Some("https://x.example"));
        assert!(!is_given(&preset) && is_given(&other));
    }
}
