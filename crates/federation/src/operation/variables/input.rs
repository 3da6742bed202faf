//! Input values from either source: JSON of the request, or literals of the document and schema.

use std::borrow::Cow;

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use serde_json::value::RawValue;

use super::json::{Entries, Text};

/// An input value, unread.
#[derive(Clone, Copy)]
pub(super) enum Input<'a> {
    /// A value of the request.
    Json(&'a RawValue),
    /// A default value.
    Literal(&'a Node<Value>),
}

/// An input value, read one level deep.
pub(super) enum Shape<'a> {
    Null,
    Boolean(bool),
    /// The digits as written.
    Integer(&'a str),
    /// The number as written.
    Float(&'a str),
    /// A string, or an enum value in JSON.
    String(Cow<'a, str>),
    /// An enum value in a literal.
    Enum(&'a str),
    List(Vec<Input<'a>>),
    Object(Vec<(Cow<'a, str>, Input<'a>)>),
}

impl<'a> Input<'a> {
    /// Whether the value is null.
    pub(super) fn is_null(self) -> bool {
        match self {
            Self::Json(raw) => raw.get() == "null",
            Self::Literal(value) => value.is_null(),
        }
    }

    /// Reads one level; `None` for a string that is not Unicode (a lone surrogate) and for a variable.
    pub(super) fn read(self) -> Option<Shape<'a>> {
        match self {
            Self::Json(raw) => read_json(raw.get()),
            Self::Literal(value) => read_literal(value),
        }
    }
}

fn read_json(text: &str) -> Option<Shape<'_>> {
    Some(match text.as_bytes().first()? {
        b'n' => Shape::Null,
        b't' => Shape::Boolean(true),
        b'f' => Shape::Boolean(false),
        b'"' => Shape::String(serde_json::from_str::<Text<'_>>(text).ok()?.0),
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            Shape::List(items.into_iter().map(Input::Json).collect())
        }
        b'{' => {
            let entries: Entries<'_> = serde_json::from_str(text).ok()?;
            Shape::Object(entries.0.into_iter().map(|(key, value)| (key, Input::Json(value))).collect())
        }
        _ if text.contains(['.', 'e', 'E']) => Shape::Float(text),
        _ => Shape::Integer(text),
    })
}

fn read_literal(value: &Node<Value>) -> Option<Shape<'_>> {
    Some(match &**value {
        Value::Null => Shape::Null,
        Value::Boolean(value) => Shape::Boolean(*value),
        Value::Int(value) => Shape::Integer(value.as_str()),
        Value::Float(value) => Shape::Float(value.as_str()),
        Value::String(value) => Shape::String(Cow::Borrowed(value)),
        Value::Enum(value) => Shape::Enum(value),
        Value::List(items) => Shape::List(items.iter().map(Input::Literal).collect()),
        Value::Object(fields) => Shape::Object(
            fields
                .iter()
                .map(|(name, value)| (Cow::Borrowed(name.as_str()), Input::Literal(value)))
                .collect(),
        ),
        // Default values are constant (GraphQL specification 2.11).
        Value::Variable(_) => return None,
    })
}

impl Shape<'_> {
    /// What the value is, for messages: its kind, not its content.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::Enum(_) => "an enum value",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}
