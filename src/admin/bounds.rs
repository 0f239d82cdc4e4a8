//! What the values of the API may be, as types that its document is made of; what they share with every other way in stands in
//! [`crate::domain::bounds`].

use std::borrow::Cow;
use std::marker::PhantomData;

use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::bounds::Whole;

/// A text of `MIN` to `MAX` characters.
pub fn text(min: usize, max: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(min)).max_length(Some(max))
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

    #[test]
    fn a_cursor_is_what_a_page_gave() {
        assert_eq!((Cursor::number("1024"), Cursor::number("-7")), (Some(1_024), Some(-7)));
        for other in ["", "-", "+7", " 7", "7a", "1234567890123456789"] {
            assert_eq!(Cursor::number(other), None, "{other:?}");
        }
    }
}
