//! Why an operation is refused before anything is sent.

use std::fmt;

use apollo_compiler::parser::{SourceMap, SourceSpan};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

/// A request error (GraphQL specification 7.1.6): the operation was not executed.
///
/// Serializes as an entry of a response's `errors`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OperationError {
    /// What kind of problem it is, for programs.
    pub code: ErrorCode,
    /// What is wrong and what to change, for people.
    pub message: String,
    /// Where in the document, counted from 1 in characters. Empty when the document is not at fault.
    pub locations: Vec<Location>,
    /// Where in the variables, for errors in their values.
    pub variable: Option<VariablePath>,
}

/// A position in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Location {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A position inside the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariablePath {
    /// The variable, without `$`.
    pub name: String,
    /// Keys and list positions below it, outermost first.
    pub path: Vec<PathStep>,
}

/// One step of a [`VariablePath`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum PathStep {
    /// A field of an input object.
    Field(String),
    /// A position in a list, from 0.
    Index(usize),
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// The codes of [`OperationError`]; `extensions.code` in a response.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The document is not GraphQL.
    ParseFailed => "GRAPHQL_PARSE_FAILED",
    /// The document breaks a validation rule, or does not fit the schema.
    ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
    /// The document has no operation of the requested name, or none at all.
    OperationNotFound => "OPERATION_NOT_FOUND",
    /// The document has several operations and the request names none.
    OperationNameRequired => "OPERATION_NAME_REQUIRED",
    /// The variables are not a JSON object.
    VariablesMalformed => "VARIABLES_MALFORMED",
    /// A variable's value does not fit its type.
    BadUserInput => "BAD_USER_INPUT",
    /// The document is too long.
    DocumentBytes => "LIMIT_DOCUMENT_BYTES",
    /// The document has too many lexical tokens.
    Tokens => "LIMIT_TOKENS",
    /// The document has too many operations and fragments.
    Definitions => "LIMIT_DEFINITIONS",
    /// Braces, brackets and fragments are nested too deep.
    Nesting => "LIMIT_NESTING",
    /// Fields are nested too deep.
    Depth => "LIMIT_DEPTH",
    /// There are too many selections once fragments are expanded.
    Selections => "LIMIT_SELECTIONS",
    /// There are too many aliases once fragments are expanded.
    Aliases => "LIMIT_ALIASES",
    /// There are too many root fields.
    RootFields => "LIMIT_ROOT_FIELDS",
    /// There are too many directives at one place.
    Directives => "LIMIT_DIRECTIVES",
    /// The operation becomes too large when it is split by type.
    TypeConditions => "LIMIT_TYPE_CONDITIONS",
    /// The variables are too long.
    VariablesBytes => "LIMIT_VARIABLES_BYTES",
    /// Values are nested too deep.
    VariablesDepth => "LIMIT_VARIABLES_DEPTH",
    /// The operation costs too much by estimate.
    Cost => "LIMIT_COST",
    /// The caller may not read the field of a subscription.
    Unauthorized => "UNAUTHORIZED_FIELD_OR_TYPE",
    /// Introspection lists are nested too deep.
    IntrospectionDepth => "LIMIT_INTROSPECTION_DEPTH",
    /// The answer to introspection may become too large.
    IntrospectionSize => "LIMIT_INTROSPECTION_SIZE",
    /// The server contradicted itself; nothing a client can change.
    Internal => "INTERNAL_SERVER_ERROR",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl OperationError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), locations: Vec::new(), variable: None }
    }

    pub(crate) fn at(mut self, span: Option<SourceSpan>, sources: &SourceMap) -> Self {
        self.locations.extend(Location::of(span, sources));
        self
    }

    pub(crate) fn in_variable(mut self, variable: VariablePath) -> Self {
        self.variable = Some(variable);
        self
    }
}

impl Location {
    pub(super) fn of(span: Option<SourceSpan>, sources: &SourceMap) -> Option<Self> {
        let position = span?.line_column(sources)?;
        Some(Self { line: position.line, column: position.column })
    }
}

impl fmt::Display for VariablePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.name)?;
        for step in &self.path {
            match step {
                PathStep::Field(name) => write!(f, ".{name}")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for OperationError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let located = !self.locations.is_empty();
        let mut error = serializer.serialize_struct("OperationError", 2 + usize::from(located))?;
        error.serialize_field("message", &self.message)?;
        if located {
            error.serialize_field("locations", &self.locations)?;
        } else {
            error.skip_field("locations")?;
        }
        error.serialize_field("extensions", &Extensions(self))?;
        error.end()
    }
}

struct Extensions<'a>(&'a OperationError);

impl Serialize for Extensions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.0.code.as_str())?;
        if let Some(variable) = &self.0.variable {
            map.serialize_entry("variable", &variable.name)?;
            if !variable.path.is_empty() {
                map.serialize_entry("path", &variable.path)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_distinct_and_in_upper_case() {
        let codes: HashSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        for code in codes {
            assert!(code.chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code}");
        }
    }

    #[test]
    fn an_error_serializes_as_the_response_format_says() {
        let mut error = OperationError::new(ErrorCode::BadUserInput, "no");
        error.locations.push(Location { line: 2, column: 3 });
        let path = vec![PathStep::Field("lines".to_owned()), PathStep::Index(4)];
        let error = error.in_variable(VariablePath { name: "order".to_owned(), path });
        let json = serde_json::to_string(&error).expect("no failing part");
        assert_eq!(
            json,
            r#"{"message":"no","locations":[{"line":2,"column":3}],"extensions":{"code":"BAD_USER_INPUT","variable":"order","path":["lines",4]}}"#
        );
    }
}
