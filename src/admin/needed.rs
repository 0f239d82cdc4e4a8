//! What a new thing needs: the same fields serve creation and change, where a field that is absent stays as it is, and
//! the document says which of them creation cannot do without.

use crate::domain::ValueFault;
use std::borrow::Cow;
use std::marker::PhantomData;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{OneOf, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::fault::{Fault, Faults};

/// An input that can make something.
pub trait Needs {
    /// The fields without which it cannot.
    const FIELDS: &'static [&'static str];

    fn has(&self, field: &str) -> bool;

    /// Notes every field that is missing.
    fn check_needed(&self, faults: &mut Faults) {
        for field in Self::FIELDS.iter().filter(|field| !self.has(field)) {
            faults.add(*field, Fault::Value(ValueFault::Missing));
        }
    }
}

/// The document's name for an input when it makes something new.
pub struct New<T>(PhantomData<T>);

impl<T: ToSchema + Needs> PartialSchema for New<T> {
    fn schema() -> RefOr<Schema> {
        let mut schema = T::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            for field in T::FIELDS {
                object.required.push((*field).to_owned());
                object.properties.get_mut(*field).map(not_null);
            }
        }
        schema
    }
}

impl<T: ToSchema + Needs> ToSchema for New<T> {
    fn name() -> Cow<'static, str> {
        format!("New{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// Takes the choice of `null` out of a schema.
pub fn not_null(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => without_null(&mut object.schema_type),
        RefOr::T(Schema::Array(array)) => without_null(&mut array.schema_type),
        RefOr::T(Schema::OneOf(OneOf { items, description, .. })) => {
            items.retain(|item| !is_null(item));
            if items.len() == 1 {
                let (only, description) = (items.remove(0), description.take());
                *schema = described(only, description);
            }
        }
        _ => {}
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

fn without_null(types: &mut SchemaType) {
    if let SchemaType::Array(several) = types {
        several.retain(|one| *one != Type::Null);
        if let [only] = several.as_slice() {
            *types = SchemaType::Type(only.clone());
        }
    }
}

/// A field's own words stay beside the schema that it shares with others.
fn described(mut schema: RefOr<Schema>, description: Option<String>) -> RefOr<Schema> {
    if let Some(text) = description {
        match &mut schema {
            RefOr::Ref(reference) => reference.description = text,
            RefOr::T(Schema::Object(object)) => object.description = Some(text),
            RefOr::T(Schema::Array(array)) => array.description = Some(text),
            RefOr::T(Schema::AnyOf(any)) => any.description = Some(text),
            RefOr::T(_) => {}
        }
    }
    schema
}
