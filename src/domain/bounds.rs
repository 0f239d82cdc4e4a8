//! What a value may be, as types: each is what every way in refuses by and what the API's document says.
//!
//! What must hold here: a bound stands in one place. A field's bound is the name of one of these types (`type Pause =
//! Whole<1, 86_400>`), whose `check` judges the value and whose schema describes it, so that a caller who keeps to the
//! document is not refused for a bound, and one who does not is.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::{LONGEST_NAME, ValueFault, line};

/// A whole number from `MIN` to `MAX`.
pub struct Whole<const MIN: i64, const MAX: i64>;

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    pub const RANGE: RangeInclusive<i64> = MIN..=MAX;

    pub fn check<N: Into<i64> + Copy>(value: N) -> Result<N, ValueFault> {
        let is_within = Self::RANGE.contains(&value.into());
        if is_within { Ok(value) } else { Err(ValueFault::OutOfRange { min: MIN, max: MAX }) }
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
pub struct Line<const MAX: usize>;

impl<const MAX: usize> Line<MAX> {
    /// The text without the spaces around it.
    pub fn check(raw: &str) -> Result<String, ValueFault> {
        Ok(line(raw, MAX)?)
    }
}

impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX));
        text.pattern(Some(ON_ONE_LINE)).into()
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {}

/// No control character, and at least one that is not a space.
const ON_ONE_LINE: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";

/// A list of `MIN` to `MAX` items, each as `T` says.
pub struct List<T, const MIN: usize, const MAX: usize>(PhantomData<T>);

impl<T, const MIN: usize, const MAX: usize> List<T, MIN, MAX> {
    pub const FEWEST: usize = MIN;
    pub const MOST: usize = MAX;

    pub fn check(length: usize) -> Result<(), ValueFault> {
        let bound = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        match length {
            0 if MIN > 0 => Err(ValueFault::Missing),
            length if (MIN..=MAX).contains(&length) => Ok(()),
            _ => Err(ValueFault::OutOfRange { min: bound(MIN), max: bound(MAX) }),
        }
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
