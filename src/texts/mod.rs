//! What is said to people, in their language: the catalogue under `locales/`, embedded in the program.
//!
//! What must always hold here: every text of a page stands in `locales/pt-BR/` and in `locales/en/` under the same key,
//! with the same arguments and the same cases; no page asks for a key that is not there, and no key is there that
//! nothing asks for. `tests/suite/texts.rs` reads the catalogue, the templates and the sources and fails otherwise, so
//! keys are written out in full wherever they are asked for. A choice among words is the catalogue's own
//! (`role = { $role -> [reader] leitura … }`), never a key put together in code.
//!
//! How it works: one bundle per language is parsed at the first use. A text is asked for with [`say`], takes its
//! arguments with [`Saying::with`], and is written where it is displayed; numbers in it are written as the language
//! writes them.

mod catalogue;
mod numbers;

use std::borrow::Cow;
use std::fmt;

use fluent_bundle::{FluentArgs, FluentValue};

use crate::domain::Lang;

pub use catalogue::FILES;
pub use numbers::{decimal, whole};

/// A text of the catalogue on its way to a page.
pub struct Saying {
    lang: Lang,
    key: &'static str,
    arguments: FluentArgs<'static>,
}

/// The text under this key. Without its arguments it says their names.
pub fn say(lang: Lang, key: &'static str) -> Saying {
    Saying { lang, key, arguments: FluentArgs::new() }
}

impl Saying {
    /// Puts a value in the place of `name`. A number chooses its plural and is written in the language's way.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.arguments.set(name, value.into().0);
        self
    }

    /// The text itself.
    pub fn text(&self) -> String {
        catalogue::of(self.lang).text(self.key, &self.arguments)
    }
}

impl fmt::Display for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Saying").field(&self.key).finish()
    }
}

/// What can stand in a text: words or a whole number.
pub struct Argument(FluentValue<'static>);

macro_rules! words {
    ($($kind:ty => $into:expr),+ $(,)?) => { $(
        impl From<$kind> for Argument {
            fn from(value: $kind) -> Self {
                let words: fn($kind) -> Cow<'static, str> = $into;
                Argument(FluentValue::String(words(value)))
            }
        }
    )+ };
}

words! {
    String => Cow::Owned,
    &String => |value| Cow::Owned(value.clone()),
    &&String => |value| Cow::Owned((*value).clone()),
    &str => |value| Cow::Owned(value.to_owned()),
    &&str => |value| Cow::Owned((*value).to_owned()),
    Saying => |value| Cow::Owned(value.text()),
}

macro_rules! numbers {
    ($($kind:ty),+) => { $(
        impl From<$kind> for Argument {
            fn from(value: $kind) -> Self {
                Argument(FluentValue::from(value))
            }
        }

        impl From<&$kind> for Argument {
            fn from(value: &$kind) -> Self {
                Argument(FluentValue::from(*value))
            }
        }
    )+ };
}

numbers!(i64, u64, u32, i32, usize, u16);
