//! How large an operation and its answer may be.

use federation::operation::Limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::ByteSize;

/// Bounds on operations, checked before anything is planned, and on answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The longest document.
    pub max_document_size: ByteSize,
    /// The most lexical tokens of a document.
    pub max_tokens: usize,
    /// The deepest nesting of fields, fragments expanded.
    pub max_depth: usize,
    /// The most selections and argument values of a document, fragments expanded.
    pub max_selections: usize,
    /// The most aliases of an operation, fragments expanded.
    pub max_aliases: usize,
    /// The most root fields of an operation, fragments expanded.
    pub max_root_fields: usize,
    /// The most directives at one place.
    pub max_directives: usize,
    /// The longest variables.
    pub max_variables_size: ByteSize,
    /// The most errors in an answer.
    pub max_errors: usize,
    /// The longest answer.
    pub max_answer_size: ByteSize,
}

impl Default for LimitsConfig {
    /// The engine's own, where there are any.
    fn default() -> Self {
        let operation = Limits::default();
        Self {
            max_document_size: ByteSize(operation.document_bytes as u64),
            max_tokens: operation.tokens,
            max_depth: operation.depth,
            max_selections: operation.selections,
            max_aliases: operation.aliases,
            max_root_fields: operation.root_fields,
            max_directives: operation.directives,
            max_variables_size: ByteSize(operation.variables_bytes as u64),
            max_errors: 1000,
            max_answer_size: ByteSize::mebibytes(256),
        }
    }
}

impl LimitsConfig {
    /// As the engine takes them.
    pub(crate) fn operation(&self) -> Limits {
        Limits {
            document_bytes: self.max_document_size.as_usize(),
            tokens: self.max_tokens,
            depth: self.max_depth,
            selections: self.max_selections,
            aliases: self.max_aliases,
            root_fields: self.max_root_fields,
            directives: self.max_directives,
            variables_bytes: self.max_variables_size.as_usize(),
            ..Limits::default()
        }
    }
}
