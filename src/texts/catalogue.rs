//! The files of the catalogue, parsed one by one: each when the first of its texts is asked for.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::numbers::whole;
use crate::domain::Lang;

/// Each file's name with its text in Portuguese and in English.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// The files of the catalogue: name, Portuguese, English. A page's texts are a file of their own.
        pub const FILES: &[(&str, &str, &str)] = &[ $(
            (
                $name,
                include_str!(concat!("../../locales/pt-BR/", $name, ".ftl")),
                include_str!(concat!("../../locales/en/", $name, ".ftl")),
            )
        ),+ ];
    };
}

files! {
    "access",
    "account",
    "alerts",
    "answer",
    "attention",
    "board",
    "calls",
    "charts",
    "colmeia",
    "command",
    "companies",
    "company",
    "contacts",
    "credentials",
    "demo",
    "diagnosis",
    "events",
    "faults",
    "first_hour",
    "flow",
    "frame",
    "health",
    "home",
    "incidents",
    "lanes",
    "log",
    "losses",
    "net",
    "problems",
    "replays",
    "search",
    "settings",
    "silence",
    "status",
    "system",
    "tellicon",
    "teravoz",
    "threecplus",
    "time",
    "webhooks",
}

type Bundle = FluentBundle<FluentResource>;

/// The file that each key stands in.
static INDEX: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let keys = |text: &'static str| text.lines().filter_map(key);
    let files = FILES.iter().enumerate();
    files.flat_map(|(file, (_, portuguese, _))| keys(portuguese).map(move |key| (key, file))).collect()
});

/// The key that a line of a file begins; every other line is a comment or stands further in.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    line.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| key.trim_end())
}

/// The parsed files of one language.
struct Language([OnceLock<Bundle>; FILES.len()]);

static PORTUGUESE: Language = Language([const { OnceLock::new() }; FILES.len()]);
static ENGLISH: Language = Language([const { OnceLock::new() }; FILES.len()]);

/// A text in its language; its key when there is none.
pub(super) fn text(lang: Lang, key: &str, arguments: &FluentArgs<'_>) -> String {
    let Some(&file) = INDEX.get(key) else { return key.to_owned() };
    let language = lang.pick(&PORTUGUESE, &ENGLISH);
    let bundle = language.0[file].get_or_init(|| parsed(lang, file));
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        return key.to_owned();
    };
    // A missing argument is written as its name; the tests of the pages see it.
    bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned()
}

fn parsed(lang: Lang, file: usize) -> Bundle {
    let tag: LanguageIdentifier = lang.tag().parse().expect("our own two tags are language tags");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks that keep languages of two directions apart would stand in texts that people copy.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match lang {
        Lang::Pt => |value, _| written(Lang::Pt, value),
        Lang::En => |value, _| written(Lang::En, value),
    }));
    let (_, portuguese, english) = FILES[file];
    // What does not parse is left out here and fails the test that reads every file.
    let resource = match FluentResource::try_new(lang.pick(portuguese, english).to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    bundle
}

/// A whole number as the language writes it; everything else as it is.
fn written(lang: Lang, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value.fract() == 0.0 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "counts on pages are far below 2^53")]
            Some(whole(lang, number.value as i64))
        }
        _ => None,
    }
}
