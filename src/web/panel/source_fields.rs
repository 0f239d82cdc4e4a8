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

/// `mask` is the stored token's, of a source that is there already.
pub fn fields(ui: &Ui, typed: &Pairs, errors: &Errors, mask: Option<&str>) -> Vec<Field> {
    let cluster = typed.given("cluster").unwrap_or(PRESETS[0].url);
    let preset = |preset: &crate::sources::threecplus::settings::Preset| {
        let name = ui.lang.pick(preset.pt, preset.en);
        let host = preset.url.trim_start_matches("https://");
        Choice::new(preset.url, &format!("{name} · {host}"), cluster == preset.url)
    };
    let mut clusters: Vec<_> = PRESETS.iter().map(preset).collect();
    clusters.push(Choice::new(OTHER, &ui.say("source-cluster-other"), cluster == OTHER));
    let token_hint = match mask {
        Some(mask) => ui.say("source-token-kept").with("mask", mask),
        None => ui.say("source-token-hint"),
    };
    let mut fields = vec![
        Field::text("account", &ui.say("source-account"), typed.text("account"))
            .hint(&ui.say("source-account-hint"))
            .mono(),
        Field::secret("token", &ui.say("source-token")).hint(&token_hint).mono(),
        Field::select("cluster", &ui.say("source-cluster"), clusters),
        Field::text("socket_url", &ui.say("source-url"), typed.text("socket_url"))
            .hint(&ui.say("source-url-hint"))
            .placeholder("https://")
            .optional(ui)
            .mono(),
        Field::text("agent_id", &ui.say("source-agent"), typed.text("agent_id"))
            .hint(&ui.say("source-agent-hint"))
            .optional(ui)
            .mono(),
        Field::typed("date", "token_expires_on", &ui.say("source-expires"), typed.text("token_expires_on"))
            .hint(&ui.say("source-expires-hint"))
            .optional(ui),
    ];
    if mask.is_none() {
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

/// Whether anything of a source was typed: a company may be registered before its token is known.
pub fn is_given(typed: &Pairs) -> bool {
    ["account", "token", "socket_url", "agent_id", "token_expires_on"]
        .iter()
        .any(|name| typed.given(name).is_some())
}
