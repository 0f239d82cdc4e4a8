//! The fields of a source, as the forms of a new company and of a source have them, made of what its provider says of its
//! settings; and what was typed in them as the input of an operation.

use super::{Choice, Errors, Field, Pairs, Ui};
use crate::admin::{SourceInput, SourceView};
use crate::sources::settings::{self, ACCOUNT, CONNECT, InForm, Kind, Preset, TOKEN};
use crate::sources::{Definition, PROVIDERS, named};

/// The name of the choice among a provider's addresses.
const CLUSTER: &str = "cluster";
/// The address that is none of the presets.
const OTHER: &str = "other";

/// The provider whose form was sent: the first, where the form does not say.
pub fn provider(typed: &Pairs) -> &'static dyn Definition {
    typed.given("provider").and_then(named).unwrap_or(PROVIDERS[0])
}

/// What people call the provider that a form begins with.
pub fn usual() -> &'static str {
    PROVIDERS[0].identity().name
}

/// Whether there is anything to fill in; else a source is made with a button, and changed by making another.
pub fn has_form(provider: &dyn Definition) -> bool {
    provider.fields().iter().any(|field| field.form.is_some())
}

/// Where the provider of a source posts to, as it is given it: whole, where it is known where the doors are (`doors`).
pub fn address(provider: &str, doors: Option<&str>, path: &str, token: &str) -> String {
    let endpoint = named(provider).and_then(|provider| provider.way_in().endpoint());
    // What a source's settings say of a header is no part of its address.
    let path =
        endpoint.map_or_else(|| path.to_owned(), |endpoint| endpoint.token_in("{}").on_path(path, token));
    format!("{}{path}", doors.unwrap_or_default())
}

/// What that is called.
pub fn address_label(ui: &Ui, doors: Option<&str>) -> String {
    if doors.is_some() { ui.say("company-door").text() } else { ui.say("company-door-apart").text() }
}

/// What the form of a stored source begins with.
pub fn stored(provider: &dyn Definition, source: &SourceView) -> Pairs {
    let mut pairs = Pairs::of([("version", source.version.to_string())]);
    for field in provider.fields() {
        let value = match field.name {
            ACCOUNT => source.account.as_deref(),
            name => source.settings.get(name).map(String::as_str),
        };
        let value = value.unwrap_or_default();
        let presets = match field.kind {
            Kind::Address { presets, .. } => presets,
            Kind::Truth { .. } => {
                if value == "true" {
                    pairs = pairs.and(field.name, "on");
                }
                continue;
            }
            _ => {
                pairs = pairs.and(field.name, value);
                continue;
            }
        };
        let preset = presets.iter().find(|preset| preset.url == value.trim_end_matches('/'));
        pairs = pairs.and(CLUSTER, preset.map_or(OTHER, |preset| preset.url));
        pairs = pairs.and(field.name, if preset.is_some() { "" } else { value });
    }
    pairs
}

/// Whose fields they are.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    /// Of a company that may be registered without them.
    NewCompany,
    NewSource,
    /// Of a source that is there already.
    Stored(&'a SourceView),
}

pub fn fields(ui: &Ui, provider: &dyn Definition, typed: &Pairs, errors: &Errors, of: Of<'_>) -> Vec<Field> {
    let shown = provider.fields().iter().filter_map(|field| Some((field, field.form.as_ref()?)));
    let made = shown.flat_map(|(field, form)| made(ui, field, form, typed, of));
    // Beside the form that a page begins with, the others have ids of their own.
    let id = provider.identity().id;
    let is_beside = matches!(of, Of::NewSource) && id != PROVIDERS[0].identity().id;
    let within = is_beside.then(|| id.as_str());
    made.map(|field| field.within(within).error(ui, errors)).collect()
}

/// One setting as it is filled in; an address takes a choice and a text, and a secret that may go a box for that.
fn made(ui: &Ui, setting: &settings::Field, form: &InForm, typed: &Pairs, of: Of<'_>) -> Vec<Field> {
    let (name, label) = (setting.name, form.label.text(ui.lang));
    let field = match &setting.kind {
        Kind::Id | Kind::WebUrl | Kind::Listen => Field::text(name, &label, typed.text(name)).mono(),
        Kind::Text { usual, .. } => Field::text(name, &label, typed.text(name)).placeholder(*usual).mono(),
        Kind::Token(..) | Kind::Secret { .. } => Field::secret(name, &label).erased(ui, typed).mono(),
        Kind::Day => Field::typed("date", name, &label, typed.text(name)),
        Kind::Word { words, usual } => {
            let typed = typed.text(name);
            let word = |word: &&str| Choice::new(*word, word, typed == *word);
            let usual = Choice::new("", &usual.text(ui.lang), typed.is_empty());
            Field::select(name, &label, std::iter::once(usual).chain(words.iter().map(word)).collect())
        }
        Kind::Truth { usual } => {
            let is_filled_in = typed.has("sent") || matches!(of, Of::Stored(_));
            Field::checkbox(name, &label, if is_filled_in { typed.has(name) } else { *usual })
        }
        Kind::Switch if matches!(of, Of::Stored(_)) => return Vec::new(),
        Kind::Switch => Field::checkbox(name, &label, !typed.has("sent") || typed.has(name)),
        Kind::Address { presets, .. } => {
            let url = Field::text(name, &ui.say("source-url"), typed.text(name))
                .hint(&ui.say("source-url-hint"))
                .placeholder("https://")
                .mono();
            return vec![Field::select(CLUSTER, &label, clusters(ui, presets, typed)), url];
        }
    };
    let mask = kept(ui, setting, of);
    let field = match (&mask, of, &form.hint_of_new_company) {
        (Some(mask), ..) => field.hint(&ui.say("source-token-kept").with("mask", mask)),
        (None, Of::NewCompany, Some(hint)) => field.hint(&hint.text(ui.lang)),
        _ => match &form.hint {
            Some(hint) => field.hint(&hint.text(ui.lang)),
            None => field,
        },
    };
    let field = if form.optional { field.optional(ui) } else { field };
    let remove = mask.and(form.remove.as_ref());
    let remove = remove.map(|(name, label)| Field::checkbox(name, &label.text(ui.lang), typed.has(name)));
    std::iter::once(field).chain(remove).collect()
}

/// What is shown of a stored secret, which stays when none is typed.
fn kept(ui: &Ui, setting: &settings::Field, of: Of<'_>) -> Option<String> {
    let Of::Stored(source) = of else { return None };
    match setting.kind {
        Kind::Token(..) if source.open => None,
        Kind::Token(..) => {
            Some(super::lines::hidden_token(ui, source).unwrap_or_else(|| source.token_mask.clone()))
        }
        Kind::Secret { .. } => {
            let mask = source.secret_masks.get(setting.name)?;
            Some(if mask == "…" { ui.say("source-secret-hidden").text() } else { mask.clone() })
        }
        _ => None,
    }
}

fn clusters(ui: &Ui, presets: &[Preset], typed: &Pairs) -> Vec<Choice> {
    let chosen = typed.given(CLUSTER).or(presets.first().map(|preset| preset.url)).unwrap_or(OTHER);
    let preset = |preset: &Preset| {
        let host = preset.url.trim_start_matches("https://");
        Choice::new(preset.url, &format!("{} · {host}", preset.name.text(ui.lang)), chosen == preset.url)
    };
    let mut clusters: Vec<_> = presets.iter().map(preset).collect();
    clusters.push(Choice::new(OTHER, &ui.say("source-cluster-other"), chosen == OTHER));
    clusters
}

/// What was typed. `is_new`: the form of a new source says whether to connect.
pub fn input(provider: &dyn Definition, typed: &Pairs, is_new: bool) -> SourceInput {
    let mut input = SourceInput {
        provider: Some(provider.identity().id.to_string()),
        version: typed.given("version").and_then(|version| version.parse().ok()),
        ..SourceInput::default()
    };
    for field in provider.fields().iter().filter(|field| field.form.is_some()) {
        match field.kind {
            Kind::Switch => input.connect = is_new.then(|| typed.has(CONNECT)),
            Kind::Truth { .. } => input.given.set(field.name, typed.has(field.name).to_string()),
            Kind::Token(..) | Kind::Secret { .. } => {
                let remove = field.form.as_ref().and_then(|form| form.remove.as_ref());
                if remove.is_some_and(|(name, _)| typed.has(name)) {
                    input.given.set(field.name, "");
                } else if let Some(secret) = typed.secret(field.name) {
                    input.given.set(field.name, secret);
                }
            }
            Kind::Address { presets, .. } => {
                let usual = presets.first().map(|preset| preset.url);
                let url = match typed.text(CLUSTER) {
                    OTHER => typed.text(field.name),
                    "" => usual.unwrap_or_else(|| typed.text(field.name)),
                    preset => preset,
                };
                input.given.set(field.name, url);
            }
            Kind::Id | Kind::Day | Kind::Text { .. } | Kind::Word { .. } | Kind::WebUrl | Kind::Listen => {
                input.given.set(field.name, typed.text(field.name));
            }
        }
    }
    input
}

/// Whether anything of a source was typed: a company may be registered before its token is known. A URL beside a preset
/// is not in sight (see the style) and counts for nothing, as in [`input`].
pub fn is_given(provider: &dyn Definition, typed: &Pairs) -> bool {
    let is_other = typed.text(CLUSTER) == OTHER;
    provider.fields().iter().filter(|field| field.form.is_some()).any(|field| {
        let counts = match field.kind {
            Kind::Switch | Kind::Truth { .. } | Kind::Word { .. } => false,
            Kind::Address { .. } => is_other,
            _ => true,
        };
        counts && typed.given(field.name).is_some()
    })
}

/// The address that a source connects to, as it was set.
pub fn server(source: &SourceView) -> Option<&str> {
    let mut fields = named(source.provider)?.fields().iter();
    let address = fields.find(|field| matches!(field.kind, Kind::Address { .. }))?;
    source.settings.get(address.name).map(String::as_str)
}

/// What the provider calls a company's id.
pub fn account_label(ui: &Ui, source: &SourceView) -> String {
    let fields = named(source.provider).map(Definition::fields).unwrap_or_default();
    let form = fields.iter().find(|field| field.name == ACCOUNT).and_then(|field| field.form.as_ref());
    form.map_or_else(|| ui.say("source-account").text(), |form| form.label.text(ui.lang))
}

/// Whether a connection is made anew with what was saved.
pub fn reconnects(before: &SourceView, saved: &SourceView, input: &SourceInput) -> bool {
    let fields = named(saved.provider).map(Definition::fields).unwrap_or_default();
    let mut of_the_line = fields.iter().filter(|field| !matches!(field.kind, Kind::Day));
    let differs = input.given.get(TOKEN).is_some()
        || of_the_line.any(|field| before.settings.get(field.name) != saved.settings.get(field.name));
    saved.connect && saved.version != before.version && differs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_counts_only_for_the_cluster_that_is_none_of_the_presets() {
        let all = PROVIDERS.iter().flat_map(|of| of.fields().iter().map(|field| (*of, field)));
        let (provider, field) = all.into_iter().find(|(_, field)| !field.presets().is_empty()).expect("one");
        let typed = |cluster: &str| {
            Pairs::of([(CLUSTER, cluster.to_owned()), (field.name, "https://x.example".to_owned())])
        };
        let second = field.presets()[1].url;
        let (preset, other) = (typed(second), typed(OTHER));
        assert_eq!(input(provider, &preset, true).given.text(field.name), Some(second));
        assert_eq!(input(provider, &other, true).given.text(field.name), Some("https://x.example"));
        assert!(!is_given(provider, &preset) && is_given(provider, &other));
    }
}
