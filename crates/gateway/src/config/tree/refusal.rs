//! What serde refuses of a document, with the place where it does.

use serde::de;

use super::{Node, Step};
use crate::config::problem::{Problem, nearest};

/// Why serde refused a node.
#[derive(Debug)]
pub(in crate::config) struct Refusal {
    message: String,
    /// From the refused node up to the root while it travels, root first once it has arrived.
    path: Vec<Step>,
    /// The problem is the key itself.
    of_key: bool,
    missing_field: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(message: String) -> Self {
        Self { message, path: Vec::new(), of_key: false, missing_field: None }
    }

    pub(super) fn within(mut self, step: Step) -> Self {
        self.path.insert(0, step);
        self
    }

    pub(in crate::config) fn path(&self) -> &[Step] {
        &self.path
    }

    pub(in crate::config) fn missing_field(&self) -> Option<&'static str> {
        self.missing_field
    }

    pub(in crate::config) fn into_problem(self, root: &Node) -> Problem {
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
