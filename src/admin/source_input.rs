//! What is given of a source, by the API and the panel. Its fields are those of all providers; each provider takes its own and
//! passes over the others'.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Serializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::bounds::{Version, WebUrl, text, url};
use super::needed::Needs;
use super::sources::served_ids;
use crate::domain::bounds::Name;
use crate::domain::{Day, WebhookUrl, words_schema};
use crate::secrets::Secret;
use crate::sources::PROVIDERS;
use crate::sources::settings::{ACCOUNT, CONNECT, Field, Given, Kind, TOKEN};

const PROVIDER: &str = "provider";
const VERSION: &str = "version";

/// See the module. For a new source `provider` is needed, and a token where the provider's is not made here.
#[derive(Debug, Default, Clone)]
pub struct SourceInput {
    /// The provider's id; cannot be changed later.
    pub provider: Option<String>,
    /// By field; absent ones stay.
    pub given: Given,
    /// Whether it should be connected.
    pub connect: Option<bool>,
    /// Which saved state the caller edited.
    pub version: Option<i64>,
}

/// A provider's setting, beside the name of its provider.
type Setting = (&'static str, &'static Field);

/// The settings of all providers by field, in the order in which they are first named; switches are stored beside them.
static SETTINGS: LazyLock<Vec<(&'static str, Vec<Setting>)>> = LazyLock::new(|| {
    let mut settings: Vec<(&str, Vec<Setting>)> = Vec::new();
    for provider in PROVIDERS {
        for field in provider.fields().iter().filter(|field| !matches!(field.kind, Kind::Switch)) {
            let setting = (provider.identity().name, field);
            match settings.iter_mut().find(|(name, _)| *name == field.name) {
                Some((_, found)) => found.push(setting),
                None => settings.push((field.name, vec![setting])),
            }
        }
    }
    settings
});

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let settings = SETTINGS.iter().map(|(name, _)| *name);
    std::iter::once(PROVIDER).chain(settings).chain([CONNECT, VERSION]).collect()
});

impl Needs for SourceInput {
    const FIELDS: &'static [&'static str] = &[PROVIDER];

    fn has(&self, field: &str) -> bool {
        match field {
            PROVIDER => self.provider.is_some(),
            _ => true,
        }
    }
}

impl<'de> Deserialize<'de> for SourceInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("SourceInput", NAMES.as_slice(), Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = SourceInput;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<SourceInput, A::Error> {
        let mut input = SourceInput::default();
        while let Some(key) = members.next_key::<String>()? {
            match key.as_str() {
                PROVIDER => input.provider = members.next_value()?,
                CONNECT => input.connect = members.next_value()?,
                VERSION => input.version = members.next_value()?,
                name => {
                    let setting = SETTINGS.iter().find(|(field, _)| *field == name);
                    let (field, _) = setting.ok_or_else(|| A::Error::unknown_field(name, &NAMES))?;
                    if is_truth(name) {
                        if let Some(value) = members.next_value::<Option<bool>>()? {
                            input.given.set(field, value.to_string());
                        }
                    } else if let Some(value) = members.next_value::<Option<Secret>>()? {
                        input.given.set(field, value);
                    }
                }
            }
        }
        Ok(input)
    }
}

impl PartialSchema for SourceInput {
    fn schema() -> RefOr<Schema> {
        let about = "The fields of a source. For a new one `provider` is needed, and `token` where the provider's is not made \
                     here. Fields of other providers are passed over.";
        let provider = words_schema(served_ids());
        let mut object = ObjectBuilder::new()
            .description(Some(about))
            .property(PROVIDER, or_null(provider, "The provider's id; cannot be changed later."));
        for (name, of) in SETTINGS.iter() {
            object = object.property(*name, or_null(value_schema(of), &description(of)));
        }
        let truth = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Boolean, Type::Null]));
        let version = or_null(Version::schema(), "Which saved state the caller edited.");
        object
            .property(CONNECT, truth.description(Some("Whether it should be connected.")))
            .property(VERSION, version)
            .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl ToSchema for SourceInput {}

/// Whether a setting is yes or no.
fn is_truth(name: &str) -> bool {
    let mut of = SETTINGS.iter().filter(|(field, _)| *field == name).flat_map(|(_, of)| of);
    of.any(|(_, field)| matches!(field.kind, Kind::Truth { .. }))
}

/// Stored settings as a view shows them: texts, and truths as such.
pub fn shown_settings<S: Serializer>(
    settings: &BTreeMap<&'static str, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let value = |name: &str, text: &String| {
        if is_truth(name) { Value::Bool(text == "true") } else { Value::String(text.clone()) }
    };
    serializer.collect_map(settings.iter().map(|(name, text)| (name, value(name, text))))
}

/// What a value may be with any of the providers that have the field.
fn value_schema(of: &[Setting]) -> RefOr<Schema> {
    let schema = match of.first().map(|(_, field)| &field.kind) {
        Some(Kind::Token(..)) => {
            let lengths = of.iter().filter_map(|(_, field)| match field.kind {
                Kind::Token(least, most) => Some((least, most)),
                _ => None,
            });
            let wider = |(least, most): (usize, usize), (low, high)| (least.min(low), most.max(high));
            let (least, most) = lengths.reduce(wider).unwrap_or_default();
            text(least, most).pattern(Some(r"^\S+$")).into()
        }
        Some(Kind::Address { pattern, longest, .. }) => return url(pattern, *longest).into(),
        Some(Kind::WebUrl) => WebUrl::<{ WebhookUrl::LONGEST }>::schema(),
        Some(Kind::Secret { longest } | Kind::Text { longest, .. }) => return text(0, *longest).into(),
        Some(Kind::Word { words, .. }) => words_schema(words.iter().copied()),
        Some(Kind::Truth { .. }) => return ObjectBuilder::new().schema_type(Type::Boolean).into(),
        Some(Kind::Day) => Day::schema(),
        Some(Kind::Id | Kind::Listen | Kind::Switch) | None => Name::schema(),
    };
    // An empty text clears it, where the rule of any of them takes that.
    let clears = of.iter().any(|(_, field)| {
        matches!(field.kind, Kind::Id | Kind::Day) || (field.judge)("").is_ok_and(|judged| judged.is_empty())
    });
    if clears { AnyOfBuilder::new().item(schema).item(words_schema([""])).into() } else { schema }
}

/// Each provider's words, or the words themselves where all say the same.
fn description(of: &[Setting]) -> String {
    let mut said: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (provider, field) in of {
        said.entry(field.about).or_default().push(provider);
    }
    let lines = of.iter().filter_map(|(_, field)| Some((said.remove(field.about)?, field.about)));
    let lines: Vec<_> =
        lines.map(|(providers, about)| format!("{}: {about}", providers.join(", "))).collect();
    lines.join(" ")
}

fn or_null(schema: RefOr<Schema>, description: &str) -> OneOfBuilder {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    OneOfBuilder::new().item(null).item(schema).description(Some(description))
}

/// Adds the settings that a [`SourceView`](super::SourceView) shows to its schema: those of all providers that are no secrets
/// and no columns of their own.
pub fn describe_shown_settings(view: &mut Schema) {
    let Schema::Object(object) = view else { return };
    for (name, of) in SETTINGS.iter().filter(|(name, _)| ![ACCOUNT, TOKEN].contains(name)) {
        if of.iter().any(|(_, field)| matches!(field.kind, Kind::Secret { .. })) {
            continue;
        }
        let kind = if is_truth(name) { Type::Boolean } else { Type::String };
        let text = ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]));
        let text = text.description(Some(description(of)));
        object.properties.insert((*name).to_owned(), text.into());
    }
}
