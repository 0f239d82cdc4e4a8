//! What a value may be, as types: each is what every way in refuses by and what the API's document says.
//!
//! What must hold here: a bound stands in one place. A field's bound is the name of one of these types (`type Pause =
//! Whole<1, 86_400>`), whose `check` judges the value and whose schema describes it, so that a caller who keeps to the
//! document is not refused for a bound, and one who does not is.
//!
//! A value of such a type was judged (`new`). What is read back from the database was judged by the rule of the day on which it was
//! written: texts and lists are taken as they stand, so that a narrower rule of a later version keeps nothing from running.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::{Deref, RangeInclusive};

use serde::{Deserialize, Serialize};

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::{LONGEST_NAME, ValueFault, line};

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "i64", try_from = "i64")]
pub struct Whole<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    pub const RANGE: RangeInclusive<i64> = MIN..=MAX;

    /// A number that the program itself says; one that is outside does not compile.
    pub const fn of<const NUMBER: i64>() -> Self {
        const { assert!(MIN <= NUMBER && NUMBER <= MAX, "it is outside") };
        Self(NUMBER)
    }

    pub fn new(value: impl Into<i64> + Copy) -> Result<Self, ValueFault> {
        Self::check(value).map(|value| Self(value.into()))
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    /// Of a type whose numbers all are one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
    pub const fn u16(self) -> u16 {
        const { assert!(MIN >= 0 && MAX <= u16::MAX as i64, "some are none") };
        self.0 as u16
    }

    /// Of a type whose numbers all are one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
    pub const fn u32(self) -> u32 {
        const { assert!(MIN >= 0 && MAX <= u32::MAX as i64, "some are none") };
        self.0 as u32
    }

    pub fn check<N: Into<i64> + Copy>(value: N) -> Result<N, ValueFault> {
        let is_within = Self::RANGE.contains(&value.into());
        if is_within { Ok(value) } else { Err(ValueFault::OutOfRange { min: MIN, max: MAX }) }
    }
}

impl<const MIN: i64, const MAX: i64> From<Whole<MIN, MAX>> for i64 {
    fn from(number: Whole<MIN, MAX>) -> i64 {
        number.0
    }
}

impl<const MIN: i64, const MAX: i64> TryFrom<i64> for Whole<MIN, MAX> {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        Self::new(number).map_err(|_| format!("{number} is not a whole number from {MIN} to {MAX}"))
    }
}

impl<const MIN: i64, const MAX: i64> fmt::Display for Whole<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i64, const MAX: i64> PartialSchema for Whole<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        // A whole number is written without a fraction even where it is one more than 2^31.
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(MIN)).maximum(Some(MAX));
        let format = if MAX > i64::from(i32::MAX) { KnownFormat::Int64 } else { KnownFormat::Int32 };
        number.format(Some(SchemaFormat::KnownFormat(format))).into()
    }
}

impl<const MIN: i64, const MAX: i64> ToSchema for Whole<MIN, MAX> {}

/// What people call a company, a webhook, a key.
pub type Name = Line<LONGEST_NAME>;

/// What people call something: 1 to `MAX` characters on one line, not all of them spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    pub fn new(raw: &str) -> Result<Self, ValueFault> {
        Self::check(raw).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text without the spaces around it.
    pub fn check(raw: &str) -> Result<String, ValueFault> {
        Ok(line(raw, MAX)?)
    }
}

impl<const MAX: usize> Borrow<str> for Line<MAX> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> From<Line<MAX>> for String {
    fn from(line: Line<MAX>) -> String {
        line.0
    }
}

impl<const MAX: usize> fmt::Display for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX));
        text.pattern(Some(ON_ONE_LINE)).into()
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {}

/// No control character, none that turns the direction of text, and at least one that is not a space.
const ON_ONE_LINE: &str = concat!(
    r"^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*",
    r"[^\s\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]",
    r"[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$"
);

/// A list of `MIN` to `MAX` items, each as `T` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct List<T, const MIN: usize, const MAX: usize>(Vec<T>);

impl<T, const MIN: usize, const MAX: usize> List<T, MIN, MAX> {
    pub const FEWEST: usize = MIN;
    pub const MOST: usize = MAX;

    /// A list that the program itself says; one of another length does not compile.
    pub fn of<const LENGTH: usize>(items: [T; LENGTH]) -> Self {
        const { assert!(MIN <= LENGTH && LENGTH <= MAX, "there are too few or too many") };
        Self(items.into())
    }

    pub fn new(items: Vec<T>) -> Result<Self, ValueFault> {
        Self::check(items.len()).map(|()| Self(items))
    }

    pub fn check(length: usize) -> Result<(), ValueFault> {
        let bound = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        match length {
            0 if MIN > 0 => Err(ValueFault::Missing),
            length if (MIN..=MAX).contains(&length) => Ok(()),
            _ => Err(ValueFault::OutOfRange { min: bound(MIN), max: bound(MAX) }),
        }
    }
}

impl<T, const MIN: usize, const MAX: usize> Deref for List<T, MIN, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const MAX: usize> Default for List<T, 0, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MIN: usize, const MAX: usize> From<List<T, MIN, MAX>> for Vec<T> {
    fn from(list: List<T, MIN, MAX>) -> Vec<T> {
        list.0
    }
}

impl<T: ToSchema, const MIN: usize, const MAX: usize> PartialSchema for List<T, MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(T::schema()).min_items(Some(MIN)).max_items(Some(MAX)).into()
    }
}

impl<T: ToSchema, const MIN: usize, const MAX: usize> ToSchema for List<T, MIN, MAX> {
    fn name() -> Cow<'static, str> {
        format!("ListOf{}", T::name()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pause = Whole<1, 86_400>;

    #[test]
    fn the_document_says_of_a_value_what_the_check_refuses_by() {
        let json = |schema: RefOr<Schema>| serde_json::to_value(schema).expect("it is JSON");
        let schema = json(Pause::schema());
        let (min, max) = (schema["minimum"].as_i64().expect("set"), schema["maximum"].as_i64().expect("set"));
        assert!(Pause::check(min).is_ok() && Pause::check(max).is_ok());
        assert!(Pause::check(min - 1).is_err() && Pause::check(max + 1).is_err());

        let schema = json(Name::schema());
        let length = |name: &str| usize::try_from(schema[name].as_u64().expect("set")).expect("small");
        assert!(Name::check(&"é".repeat(length("minLength"))).is_ok());
        assert!(Name::check(&"é".repeat(length("maxLength"))).is_ok());
        assert!(Name::check(&"é".repeat(length("maxLength") + 1)).is_err());
        assert!(Name::check(&format!("{} ", "é".repeat(length("maxLength")))).is_err());

        let schema = json(List::<Pause, 1, 20>::schema());
        let length = |name: &str| usize::try_from(schema[name].as_u64().expect("set")).expect("small");
        assert!(List::<Pause, 1, 20>::check(length("maxItems")).is_ok());
        assert!(List::<Pause, 1, 20>::check(length("maxItems") + 1).is_err());
        assert!(List::<Pause, 1, 20>::check(length("minItems") - 1).is_err());
    }
}
