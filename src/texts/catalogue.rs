//! The files of the catalogue, parsed.

use std::sync::LazyLock;

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
    "charts",
    "companies",
    "company",
    "diagnosis",
    "events",
    "frame",
    "home",
    "replays",
    "system",
    "time",
    "webhooks",
}

pub(super) struct Catalogue {
    bundle: FluentBundle<FluentResource>,
}

pub(super) fn of(lang: Lang) -> &'static Catalogue {
    static PORTUGUESE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(Lang::Pt));
    static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(Lang::En));
    lang.pick(&PORTUGUESE, &ENGLISH)
}

impl Catalogue {
    fn new(lang: Lang) -> Self {
        let tag: LanguageIdentifier = lang.tag().parse().expect("our own two tags are language tags");
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // The marks that keep languages of two directions apart would stand in texts that people copy.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match lang {
            Lang::Pt => |value, _| written(Lang::Pt, value),
            Lang::En => |value, _| written(Lang::En, value),
        }));
        for (_, portuguese, english) in FILES {
            // What does not parse is left out here and fails the test that reads every file.
            let resource = match FluentResource::try_new(lang.pick(*portuguese, *english).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
        }
        Self { bundle }
    }

    pub(super) fn text(&self, key: &str, arguments: &FluentArgs<'_>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        // A missing argument is written as its name; the tests of the pages see it.
        self.bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned()
    }
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
