//! What a value may be, as types: each is what the check refuses by and what the API's document says.
//!
//! What must hold here: a bound stands in one place. A field's bound is the name of one of these types (`type Pause =
//! Whole<1, 86_400>`), whose `check` judges the value and whose schema describes it, so that a caller who keeps to the
//! document is not refused for a bound, and one who does not is.

use std::borrow::Cow;
use std::marker::PhantomData;

use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::fault::{Fault, line, within};
use crate::domain::{LONGEST_NAME, words_schema};

/// A whole number from `MIN` to `MAX`.
pub struct Whole<const MIN: i64, const MAX: i64>;

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    pub fn check<N: Into<i64> + Copy>(value: N) -> Result<N, Fault> {
        within(value, MIN, MAX)
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
    pub fn check(raw: &str) -> Result<String, Fault> {
        line(raw, MAX)
    }
}

impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        text(1, MAX).pattern(Some(ON_ONE_LINE)).into()
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {}

/// No control character, and at least one that is not a space.
const ON_ONE_LINE: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";

/// A text of `MIN` to `MAX` characters.
pub fn text(min: usize, max: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(min)).max_length(Some(max))
}

/// A list of `MIN` to `MAX` items, each as `T` says.
pub struct List<T, const MIN: usize, const MAX: usize>(PhantomData<T>);

impl<T, const MIN: usize, const MAX: usize> List<T, MIN, MAX> {
    pub fn check(length: usize) -> Result<(), Fault> {
        let bound = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        match length {
            0 if MIN > 0 => Err(Fault::Missing),
            length => within(bound(length), bound(MIN), bound(MAX)).map(|_| ()),
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

/// Up to `MAX` headers, with names that headers can have and values of up to `LENGTH` characters.
pub struct Headers<const MAX: usize, const LENGTH: usize>;

impl<const MAX: usize, const LENGTH: usize> PartialSchema for Headers<MAX, LENGTH> {
    fn schema() -> RefOr<Schema> {
        let name =
            ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9A-Za-z!#$%&'*+.^_`|~-]+$"));
        let map = ObjectBuilder::new().property_names(Some(name)).max_properties(Some(MAX));
        let value = text(0, LENGTH).pattern(Some(r"^[^\u0000-\u0008\u000a-\u001f\u007f]*$"));
        map.additional_properties(Some(value)).into()
    }
}

impl<const MAX: usize, const LENGTH: usize> ToSchema for Headers<MAX, LENGTH> {}

/// An absolute URL of up to `MAX` characters; `http` and `https`.
pub struct WebUrl<const MAX: usize>;

impl<const MAX: usize> PartialSchema for WebUrl<MAX> {
    fn schema() -> RefOr<Schema> {
        url("^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\u0000-\\u001f]+$", MAX).into()
    }
}

impl<const MAX: usize> ToSchema for WebUrl<MAX> {}

/// A URL that begins as `pattern` says.
pub fn url(pattern: &str, max: usize) -> ObjectBuilder {
    text(1, max).pattern(Some(pattern)).format(Some(SchemaFormat::Custom("uri".to_owned())))
}

/// What `T` is, or an empty text, which clears it.
pub struct Clearable<T>(PhantomData<T>);

impl<T: ToSchema> PartialSchema for Clearable<T> {
    fn schema() -> RefOr<Schema> {
        AnyOfBuilder::new().item(T::schema()).item(words_schema([""])).into()
    }
}

impl<T: ToSchema> ToSchema for Clearable<T> {}

/// What `A` is, or what `B` is.
pub struct Either<A, B>(PhantomData<(A, B)>);

impl<A: ToSchema, B: ToSchema> PartialSchema for Either<A, B> {
    fn schema() -> RefOr<Schema> {
        AnyOfBuilder::new().item(A::schema()).item(B::schema()).into()
    }
}

impl<A: ToSchema, B: ToSchema> ToSchema for Either<A, B> {
    fn name() -> Cow<'static, str> {
        format!("{}Or{}", A::name(), B::name()).into()
    }
}

/// Which saved state a caller edited.
pub type Version = Whole<{ i64::MIN }, { i64::MAX }>;

/// Items on a page.
pub type PageSize = Whole<1, 1_000>;

/// Where a page goes on: after this id.
pub struct Cursor;

/// Where a page goes on in a list that is in the order of two numbers.
pub struct PairCursor;

impl Cursor {
    /// Digits of one of its numbers.
    const DIGITS: usize = 18;
    const PATTERN: &str = "-?[0-9]{1,18}";

    /// A whole number as a cursor writes it.
    pub fn number(text: &str) -> Option<i64> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        (are_digits && digits.len() <= Self::DIGITS).then(|| text.parse().ok()).flatten()
    }
}

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        let pattern = format!("^{}$", Self::PATTERN);
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
    }
}

impl ToSchema for Cursor {}

impl PartialSchema for PairCursor {
    fn schema() -> RefOr<Schema> {
        let pattern = format!(r"^{0}\.{0}$", Cursor::PATTERN);
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
    }
}

impl ToSchema for PairCursor {}

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

    #[test]
    fn a_cursor_is_what_a_page_gave() {
        assert_eq!((Cursor::number("1024"), Cursor::number("-7")), (Some(1_024), Some(-7)));
        for other in ["", "-", "+7", " 7", "7a", "1234567890123456789"] {
            assert_eq!(Cursor::number(other), None, "{other:?}");
        }
    }
}
