//! Values of the house as the API's document describes them.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// An id: the pattern that it has, and one.
pub fn id_schema(pattern: &str, example: &str) -> RefOr<Schema> {
    let id = ObjectBuilder::new().schema_type(Type::String);
    id.pattern(Some(pattern)).examples([example]).into()
}

/// One of these words.
pub fn words_schema<'a>(words: impl IntoIterator<Item = &'a str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}
