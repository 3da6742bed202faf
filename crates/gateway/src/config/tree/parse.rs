//! From YAML text to located nodes.

use serde::de::{self, Deserialize, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::{Node, Value};
use crate::config::problem::Problem;

impl Node {
    /// Reads YAML text.
    pub(in crate::config) fn parse(text: &str) -> Result<Self, Problem> {
        match serde_saphyr::from_str::<Option<Spanned<Raw>>>(text) {
            Ok(Some(raw)) => Ok(Self::from_raw(raw)),
            Ok(None) => Ok(Self { line: 1, column: 1, value: Value::Null }),
            Err(error) => {
                let (line, column) = error.location().map_or((0, 0), |place| (place.line(), place.column()));
                let message = error.without_snippet().to_string();
                let message = message.split(" at line ").next().unwrap_or(&message);
                Err(Problem {
                    line,
                    column,
                    key: String::new(),
                    message: format!("not valid YAML: {message}"),
                })
            }
        }
    }

    fn from_raw(raw: Spanned<Raw>) -> Self {
        let (line, column) = (raw.referenced.line(), raw.referenced.column());
        let value = match raw.value {
            Raw::Scalar(value) => value,
            Raw::List(items) => Value::List(items.into_iter().map(Self::from_raw).enumerate().collect()),
            Raw::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let (line, column) = (key.referenced.line(), key.referenced.column());
                        (Self { line, column, value: Value::Text(key.value) }, Self::from_raw(value))
                    })
                    .collect(),
            ),
        };
        Self { line, column, value }
    }
}

/// What the YAML parser hands over.
enum Raw {
    Scalar(Value),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Boolean(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Int(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::UInt(value)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Text(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Text(value)))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Null))
    }

    fn visit_some<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key()? {
            entries.push((key, map.next_value()?));
        }
        Ok(Raw::Map(entries))
    }
}
