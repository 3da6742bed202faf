//! A YAML document as located nodes, and serde's view of it.

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::problem::{Problem, nearest};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) value: Value,
}

/// A YAML value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(String),
    /// Text with variables of the environment put in, and their names; may stand where a number is expected.
    Expanded(String, Vec<String>),
    /// Items with their positions, which stay when another item is taken out.
    List(Vec<(usize, Node)>),
    Map(Vec<(Node, Node)>),
}

/// A step from a node to a node inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl Node {
    /// Reads YAML text.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
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

    /// Takes out the entry at a path; whether there was one.
    pub(super) fn remove(&mut self, path: &[Step]) -> bool {
        match (path, &mut self.value) {
            ([Step::Key(name)], Value::Map(entries)) => {
                let before = entries.len();
                entries.retain(|(key, _)| key.text() != Some(name));
                before != entries.len()
            }
            ([Step::Index(index)], Value::List(items)) => {
                let before = items.len();
                items.retain(|(position, _)| position != index);
                before != items.len()
            }
            ([Step::Key(name), rest @ ..], Value::Map(entries)) => entries
                .iter_mut()
                .find(|(key, _)| key.text() == Some(name))
                .is_some_and(|(_, value)| value.remove(rest)),
            ([Step::Index(index), rest @ ..], Value::List(items)) => items
                .iter_mut()
                .find(|(position, _)| position == index)
                .is_some_and(|(_, item)| item.remove(rest)),
            _ => false,
        }
    }

    /// Line and column of a key written as in problems, e.g. `callers.keys[0].secret`, or of the nearest
    /// key around it.
    pub(super) fn locate(&self, key: &str) -> (u64, u64) {
        let (mut node, mut place) = (self, (self.line, self.column));
        for name in key.split(['.', '[']) {
            let found = match &node.value {
                Value::Map(entries) => entries.iter().find(|(key, _)| key.text() == Some(name)),
                Value::List(items) => {
                    let index = name.trim_end_matches(']').parse().ok();
                    let item = items.iter().find(|(position, _)| Some(*position) == index);
                    if let Some((_, item)) = item {
                        (node, place) = (item, (item.line, item.column));
                    }
                    continue;
                }
                _ => None,
            };
            let Some((key, value)) = found else { break };
            (node, place) = (value, (key.line, key.column));
        }
        place
    }

    /// The node at a path and, for a key, the key itself.
    pub(super) fn find(&self, path: &[Step]) -> Option<(&Self, Option<&Self>)> {
        let (last, parents) = match path.split_last() {
            None => return Some((self, None)),
            Some(split) => split,
        };
        let (parent, _) = self.find(parents)?;
        match (last, &parent.value) {
            (Step::Key(name), Value::Map(entries)) => entries
                .iter()
                .find(|(key, _)| key.text() == Some(name))
                .map(|(key, value)| (value, Some(key))),
            (Step::Index(index), Value::List(items)) => {
                items.iter().find(|(position, _)| position == index).map(|(_, item)| (item, None))
            }
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Expanded(text, _) => Some(text),
            _ => None,
        }
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

/// Why serde refused a node.
#[derive(Debug)]
pub(super) struct Refusal {
    message: String,
    /// From the refused node up to the root while it travels, root first once it has arrived.
    path: Vec<Step>,
    /// The problem is the key itself.
    of_key: bool,
    missing_field: Option<&'static str>,
}

impl Refusal {
    fn new(message: String) -> Self {
        Self { message, path: Vec::new(), of_key: false, missing_field: None }
    }

    fn within(mut self, step: Step) -> Self {
        self.path.insert(0, step);
        self
    }

    pub(super) fn path(&self) -> &[Step] {
        &self.path
    }

    pub(super) fn missing_field(&self) -> Option<&'static str> {
        self.missing_field
    }

    pub(super) fn into_problem(self, root: &Node) -> Problem {
        let (line, column) = match root.find(&self.path) {
            Some((_, Some(key))) if self.of_key => (key.line, key.column),
            Some((node, _)) => (node.line, node.column),
            None => (root.line, root.column),
        };
        let mut key = String::new();
        for step in &self.path {
            match step {
                Step::Key(name) if key.is_empty() => key.push_str(name),
                Step::Key(name) => key.extend([".", name]),
                Step::Index(index) => key.push_str(&format!("[{index}]")),
            }
        }
        Problem { line, column, key, message: self.message }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

fn kind(unexpected: de::Unexpected<'_>) -> &'static str {
    match unexpected {
        de::Unexpected::Bool(_) => "`true` or `false`",
        de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) | de::Unexpected::Float(_) => "a number",
        de::Unexpected::Seq => "a list",
        de::Unexpected::Map => "a mapping",
        de::Unexpected::Unit | de::Unexpected::Option => "nothing",
        _ => "text",
    }
}

impl de::Error for Refusal {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    // Values are never repeated: they may be secrets.
    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found {}", kind(found)))
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found other {}", kind(found)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let message = match nearest(field, expected.iter().copied()) {
            Some(meant) => format!("unknown key; did you mean `{meant}`?"),
            None if expected.is_empty() => "unknown key".to_owned(),
            None => format!("unknown key; known are {}", list(expected)),
        };
        Self { of_key: true, ..Self::new(message) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(match nearest(variant, expected.iter().copied()) {
            Some(meant) => format!("unknown value; did you mean `{meant}`? Known are {}", list(expected)),
            None => format!("unknown value; known are {}", list(expected)),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing_field: Some(field), ..Self::new(format!("the key `{field}` is missing")) }
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

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
