//! A value of a text, read as its field asks for it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

use super::wrong::{Step, Wrong};
use crate::admin::{Expected, Fault};
use crate::domain::ValueFault;

/// A value that has not been looked into yet.
pub(super) enum Value<'de> {
    Json(&'de RawValue),
    /// Of a query.
    Text(Cow<'de, str>),
    Pairs(Pairs<'de>),
}

pub(super) type Pairs<'de> = Vec<(Cow<'de, str>, Value<'de>)>;

impl<'de> Value<'de> {
    fn is_null(&self) -> bool {
        matches!(self, Value::Json(raw) if raw.get() == "null")
    }

    /// The value as one of JSON's own kinds, or the fault that it is not.
    fn parse<T: serde::Deserialize<'de>>(&self, expected: Expected) -> Result<T, Wrong> {
        match self {
            Value::Json(raw) => serde_json::from_str(raw.get()).map_err(|_| Wrong::expected(expected)),
            Value::Text(_) | Value::Pairs(_) => Err(Wrong::expected(expected)),
        }
    }

    /// A text without a NUL: no row can hold one, so nothing can be saved or found by it.
    fn text(self) -> Result<Cow<'de, str>, Wrong> {
        let text = match self {
            Value::Text(text) => text,
            value => value.parse::<String>(Expected::Text).map(Cow::Owned)?,
        };
        if text.contains('\0') {
            return Err(Wrong { steps: Vec::new(), fault: Fault::Value(ValueFault::ControlCharacters) });
        }
        Ok(text)
    }

    /// The digits of a number; a JSON text is none.
    fn digits(&self) -> &str {
        match self {
            Value::Json(raw) => raw.get(),
            Value::Text(text) => text.trim(),
            Value::Pairs(_) => "",
        }
    }

    /// A JSON number that is whole though it is written with a fraction or an exponent (`1.0`, `1e3`): to JSON's
    /// schemas that is an integer too.
    fn whole(&self) -> Option<i64> {
        let Value::Json(raw) = self else { return None };
        let number = serde_json::from_str::<f64>(raw.get()).ok()?;
        let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
        exact.then(|| format!("{number:.0}").parse().ok()).flatten()
    }

    fn pairs(self) -> Result<Pairs<'de>, Wrong> {
        match self {
            Value::Pairs(pairs) => Ok(pairs),
            value => value.parse::<Members<'de>>(Expected::Object).map(|members| members.0),
        }
    }
}

/// The members of a JSON object, in their order.
struct Members<'de>(Pairs<'de>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Walk;

        impl<'de> Visitor<'de> for Walk {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, raw)) = map.next_entry::<String, &'de RawValue>()? {
                    pairs.push((Cow::Owned(key), Value::Json(raw)));
                }
                Ok(Members(pairs))
            }
        }

        deserializer.deserialize_map(Walk)
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $kind:ty;)+) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            let number = self.digits().parse().ok().or_else(|| <$kind>::try_from(self.whole()?).ok());
            match number {
                Some(number) => visitor.$visit(number),
                None => {
                    let (min, max) = (i128::from(<$kind>::MIN), i128::from(<$kind>::MAX));
                    Err(Wrong::expected(Expected::Whole { min, max }))
                }
            }
        }
    )+ };
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Wrong;

    whole_numbers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.digits() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Wrong::expected(Expected::Truth)),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_f64(self.parse(Expected::Number)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(self.text()?.into_owned())
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.is_null() { visitor.visit_unit() } else { Err(Wrong::expected(Expected::Nothing)) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let items: Vec<&'de RawValue> = self.parse(Expected::List)?;
        visitor.visit_seq(Items { items: items.into_iter().enumerate() })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_map(Fields { pairs: self.pairs()?.into_iter(), next: None, seen: HashSet::default() })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_enum(Word(self.text()?))
    }

    /// Raw values are such types; `serde_json` knows how to make them.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self {
            Value::Json(raw) => serde_json::Deserializer::from_str(raw.get())
                .deserialize_newtype_struct(name, visitor)
                .map_err(|_| Wrong::expected(Expected::Other)),
            value => visitor.visit_newtype_struct(value),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Value::Json(raw) => serde_json::Deserializer::from_str(raw.get())
                .deserialize_any(visitor)
                .map_err(|_| Wrong::expected(Expected::Other)),
            Value::Text(text) => visitor.visit_string(text.into_owned()),
            value @ Value::Pairs(_) => value.deserialize_map(visitor),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 f32 char bytes byte_buf unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Items<I> {
    items: I,
}

impl<'de, I: Iterator<Item = (usize, &'de RawValue)>> SeqAccess<'de> for Items<I> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let Some((index, raw)) = self.items.next() else { return Ok(None) };
        seed.deserialize(Value::Json(raw)).map(Some).map_err(|wrong| wrong.within(Step::At(index)))
    }
}

struct Fields<'de> {
    pairs: std::vec::IntoIter<(Cow<'de, str>, Value<'de>)>,
    /// The key that was given out last, and its value.
    next: Option<(String, Value<'de>)>,
    seen: HashSet<String, ahash::RandomState>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some((key, value)) = self.pairs.next() else { return Ok(None) };
        let key = key.into_owned();
        if !self.seen.insert(key.clone()) {
            return Err(Wrong::key(&key, Fault::Value(ValueFault::Twice)));
        }
        let name: StrDeserializer<'_, Wrong> = key.as_str().into_deserializer();
        let found = seed.deserialize(name)?;
        self.next = Some((key, value));
        Ok(Some(found))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let (key, value) = self.next.take().ok_or_else(|| Wrong::expected(Expected::Other))?;
        seed.deserialize(value).map_err(|wrong| wrong.within(Step::Key(key)))
    }
}

/// One of a set of words.
struct Word<'de>(Cow<'de, str>);

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = Wrong;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Wrong> {
        let name: StrDeserializer<'_, Wrong> = self.0.as_ref().into_deserializer();
        let found = seed.deserialize(name)?;
        Ok((found, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'de> {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Wrong> {
        Err(Wrong::expected(Expected::Other))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::expected(Expected::Other))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::expected(Expected::Other))
    }
}
