//! A text as a value: its key and its arguments, in no language yet.

use std::borrow::Cow;
use std::fmt;

use fluent_bundle::{FluentArgs, FluentValue};

use super::{catalogue, numbers};
use crate::domain::Lang;

/// What is to be said, before anybody knows in which language.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    key: &'static str,
    arguments: Vec<(&'static str, Argument)>,
}

/// The message under this key.
pub const fn msg(key: &'static str) -> Message {
    Message { key, arguments: Vec::new() }
}

impl Message {
    /// Puts a value in the place of `name`. A number chooses its plural and is written in the language's way.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }

    /// The message in a language. Without its arguments it says their names.
    pub fn text(&self, lang: Lang) -> String {
        let mut arguments = FluentArgs::with_capacity(self.arguments.len());
        for (name, value) in &self.arguments {
            arguments.set(*name, value.in_fluent(lang));
        }
        catalogue::text(lang, self.key, &arguments)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Message").field(&self.key).finish()
    }
}

/// A message whose language is known: it is written where it is displayed.
pub struct Saying {
    lang: Lang,
    message: Message,
}

/// The message under this key, in this language.
pub const fn say(lang: Lang, key: &'static str) -> Saying {
    Saying { lang, message: msg(key) }
}

impl Saying {
    /// As [`Message::with`].
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.message = self.message.with(name, value);
        self
    }

    /// The text itself.
    pub fn text(&self) -> String {
        self.message.text(self.lang)
    }
}

impl fmt::Display for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Saying").field(&self.message.key).finish()
    }
}

/// A number that is given in tenths, written with one digit after the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenths(pub u64);

/// What can stand in a text: words, a number, or another message in the language of the whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Argument(Value);

#[derive(Clone, PartialEq, Eq)]
enum Value {
    Words(Cow<'static, str>),
    Number(i64),
    Tenths(u64),
    Message(Message),
}

impl Argument {
    fn in_fluent(&self, lang: Lang) -> FluentValue<'_> {
        match &self.0 {
            Value::Words(words) => FluentValue::String(Cow::Borrowed(words)),
            Value::Number(number) => FluentValue::from(*number),
            Value::Tenths(number) => FluentValue::String(Cow::Owned(numbers::tenths(lang, *number))),
            Value::Message(message) => FluentValue::String(Cow::Owned(message.text(lang))),
        }
    }
}

macro_rules! arguments {
    ($($kind:ty => $into:expr),+ $(,)?) => { $(
        impl From<$kind> for Argument {
            fn from(value: $kind) -> Self {
                let into: fn($kind) -> Value = $into;
                Argument(into(value))
            }
        }
    )+ };
}

arguments! {
    String => |value| Value::Words(Cow::Owned(value)),
    &String => |value| Value::Words(Cow::Owned(value.clone())),
    &&String => |value| Value::Words(Cow::Owned((*value).clone())),
    &str => |value| Value::Words(Cow::Owned(value.to_owned())),
    &&str => |value| Value::Words(Cow::Owned((*value).to_owned())),
    Cow<'static, str> => Value::Words,
    Message => Value::Message,
    Tenths => |value| Value::Tenths(value.0),
    Saying => |value| Value::Words(Cow::Owned(value.text())),
}

macro_rules! numbers {
    ($($kind:ty),+) => { $(
        impl From<$kind> for Argument {
            fn from(value: $kind) -> Self {
                // What is counted here is far below the greatest of them.
                Argument(Value::Number(i64::try_from(value).unwrap_or(i64::MAX)))
            }
        }

        impl From<&$kind> for Argument {
            fn from(value: &$kind) -> Self {
                Argument::from(*value)
            }
        }
    )+ };
}

numbers!(i64, u64, u32, i32, usize, u16);
