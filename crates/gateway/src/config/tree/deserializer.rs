//! Nodes as serde reads them.

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::{Node, Refusal, Step, Value};

macro_rules! number {
    ($($method:ident $visit:ident $ty:ty, $expected:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            match &self.value {
                Value::Expanded(text, _) => match text.parse::<$ty>() {
                    Ok(number) => visitor.$visit(number),
                    Err(_) => Err(Refusal::new(concat!("expected ", $expected, ", found other text").to_owned())),
                },
                _ => self.deserialize_any(visitor),
            }
        })*
    };
}

impl<'de> de::Deserializer<'de> for &'de Node {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::UInt(value) => visitor.visit_u64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) | Value::Expanded(text, _) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(ListAccess { items: items.iter() }),
            Value::Map(entries) => visitor.visit_map(EntryAccess { entries: entries.iter(), current: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.value {
            // A section whose keys are all commented out.
            Value::Null => visitor.visit_map(EntryAccess { entries: [].iter(), current: None }),
            Value::Map(_) => self.deserialize_any(visitor),
            _ => Err(Refusal::new("expected a mapping of keys to values".to_owned())),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match &self.value {
            Value::Text(text) | Value::Expanded(text, _) => {
                let name: StrDeserializer<'_, Refusal> = text.as_str().into_deserializer();
                visitor.visit_enum(name)
            }
            Value::Map(entries) => visitor.visit_enum(MapAccessDeserializer::new(EntryAccess {
                entries: entries.iter(),
                current: None,
            })),
            _ => Err(Refusal::new("expected a name".to_owned())),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.value {
            Value::Expanded(text, _) if text == "true" => visitor.visit_bool(true),
            Value::Expanded(text, _) if text == "false" => visitor.visit_bool(false),
            Value::Boolean(value) => visitor.visit_bool(*value),
            _ => Err(Refusal::new("expected `true` or `false`".to_owned())),
        }
    }

    number! {
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number";
        deserialize_u64 visit_u64 u64, "a whole number";
        deserialize_i8 visit_i8 i8, "a whole number";
        deserialize_i16 visit_i16 i16, "a whole number";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
        ignored_any
    }
}

struct ListAccess<'de> {
    items: std::slice::Iter<'de, (usize, Node)>,
}

impl<'de> SeqAccess<'de> for ListAccess<'de> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        match self.items.next() {
            None => Ok(None),
            Some((index, item)) => {
                seed.deserialize(item).map(Some).map_err(|refusal| refusal.within(Step::Index(*index)))
            }
        }
    }
}

struct EntryAccess<'de> {
    entries: std::slice::Iter<'de, (Node, Node)>,
    current: Option<&'de (Node, Node)>,
}

impl<'de> EntryAccess<'de> {
    fn step(&self) -> Step {
        Step::Key(self.current.and_then(|(key, _)| key.text()).unwrap_or_default().to_owned())
    }
}

impl<'de> MapAccess<'de> for EntryAccess<'de> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        self.current = self.entries.next();
        match self.current {
            None => Ok(None),
            Some((key, _)) => seed.deserialize(key).map(Some).map_err(|refusal| refusal.within(self.step())),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        match self.current {
            None => Err(Refusal::new("a value is missing".to_owned())),
            Some((_, value)) => seed.deserialize(value).map_err(|refusal| refusal.within(self.step())),
        }
    }
}
