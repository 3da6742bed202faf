//! The signature of an operation: what it asks, without the values it asks with.

use std::fmt;
use std::sync::Arc;

use apollo_compiler::ast::{Argument, Value};
use apollo_compiler::collections::IndexSet;
use apollo_compiler::executable::{self, DirectiveList, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name, Node};
use sha2::{Digest, Sha256};

use super::parse::{Document, Operation};

/// What an operation asks, for logs and metrics. Operations that differ in white space, comments, literal numbers,
/// strings, lists and objects, the order of fragment definitions, or unused definitions have the same signature,
/// so it must not be the key of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Canonical GraphQL text with literals hidden.
    pub text: Arc<str>,
    /// The fingerprint of `text`.
    pub fingerprint: Fingerprint,
}

/// 128 bits of SHA-256: the same in every process, and no two texts with the same one can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of a text, byte for byte.
    pub fn of(text: &str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, digest)| *byte = digest);
        Self(bytes)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Signature {
    /// The signature of an operation.
    pub fn of(document: &Document, operation: &Operation) -> Self {
        let mut writer =
            Writer { document: document.executable(), text: String::new(), fragments: IndexSet::default() };
        writer.operation(&operation.definition);
        let text = Arc::from(writer.text);
        Self { fingerprint: Fingerprint::of(&text), text }
    }
}

struct Writer<'a> {
    document: &'a ExecutableDocument,
    text: String,
    /// Fragments used so far.
    fragments: IndexSet<&'a Name>,
}

impl<'a> Writer<'a> {
    fn operation(&mut self, operation: &'a executable::Operation) {
        self.text.push_str(operation.operation_type.name());
        if let Some(name) = &operation.name {
            self.text.push(' ');
            self.text.push_str(name);
        }
        let variables: Vec<String> = operation
            .variables
            .iter()
            .map(|variable| format!("${}:{}", variable.name, variable.ty))
            .collect();
        if !variables.is_empty() {
            self.text.push_str(&format!("({})", variables.join(",")));
        }
        self.directives(&operation.directives);
        self.selection_set(&operation.selection_set);
        self.fragments();
    }

    /// All fragments used, those used by fragments included, sorted by name.
    fn fragments(&mut self) {
        let mut written = Vec::new();
        let mut next = 0;
        while let Some(&name) = self.fragments.get_index(next) {
            next += 1;
            let Some(fragment) = self.document.fragments.get(name) else { continue };
            let before = std::mem::take(&mut self.text);
            self.text.push_str(&format!("fragment {name} on {}", fragment.type_condition()));
            self.directives(&fragment.directives);
            self.selection_set(&fragment.selection_set);
            written.push((name, std::mem::replace(&mut self.text, before)));
        }
        written.sort();
        written.iter().for_each(|(_, text)| self.text.push_str(text));
    }

    fn selection_set(&mut self, set: &'a SelectionSet) {
        self.text.push('{');
        for (index, selection) in set.selections.iter().enumerate() {
            if index > 0 {
                self.text.push(' ');
            }
            match selection {
                Selection::Field(field) => {
                    if let Some(alias) = &field.alias {
                        self.text.push_str(alias);
                        self.text.push(':');
                    }
                    self.text.push_str(&field.name);
                    self.arguments(&field.arguments);
                    self.directives(&field.directives);
                    if let Some(set) = &field.selection_set {
                        self.selection_set(set);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.text.push_str("...");
                    self.text.push_str(&spread.fragment_name);
                    self.directives(&spread.directives);
                    self.fragments.insert(&spread.fragment_name);
                }
                Selection::InlineFragment(inline) => {
                    self.text.push_str("...");
                    if let Some(condition) = &inline.type_condition {
                        self.text.push_str(" on ");
                        self.text.push_str(condition);
                    }
                    self.directives(&inline.directives);
                    self.selection_set(&inline.selection_set);
                }
            }
        }
        self.text.push('}');
    }

    fn directives(&mut self, directives: &DirectiveList) {
        for directive in directives.iter() {
            self.text.push('@');
            self.text.push_str(&directive.name);
            self.arguments(&directive.arguments);
        }
    }

    /// Sorted by name.
    fn arguments(&mut self, arguments: &[Node<Argument>]) {
        let mut sorted: Vec<_> = arguments.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        for (index, argument) in sorted.into_iter().enumerate() {
            self.text.push(if index == 0 { '(' } else { ',' });
            self.text.push_str(&argument.name);
            self.text.push(':');
            self.value(&argument.value);
        }
        if !arguments.is_empty() {
            self.text.push(')');
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Boolean(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Value::Enum(name) => self.text.push_str(name),
            Value::Variable(name) => {
                self.text.push('$');
                self.text.push_str(name);
            }
            Value::Int(_) | Value::Float(_) => self.text.push('0'),
            Value::String(_) => self.text.push_str("\"\""),
            Value::List(_) => self.text.push_str("[]"),
            Value::Object(_) => self.text.push_str("{}"),
        }
    }
}
