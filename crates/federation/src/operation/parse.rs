//! Text to a checked document.

use apollo_compiler::ast;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::executable;
use apollo_compiler::parser::{Parser, SourceMap};
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Node, Schema};

use super::conditions::Conditions;
use super::defer;
use super::error::{ErrorCode, OperationError};
use super::limits::{self, Limits, Size};
use super::literals;
use super::normal::VariableDefinition;
use super::suggest;
use crate::graph::OperationKind;
use crate::syntax;

/// The most errors reported for one document.
const MAX_ERRORS: usize = 50;

/// A document that fits the limits and is valid against the API schema. Holds no request data: cache it.
#[derive(Debug)]
pub struct Document {
    executable: Valid<ExecutableDocument>,
    operations: Vec<Operation>,
    size: Size,
}

/// An operation of a [`Document`].
#[derive(Debug)]
pub struct Operation {
    pub(super) definition: Node<executable::Operation>,
    pub(super) sources: SourceMap,
    conditions: Conditions,
    defers: bool,
}

impl Document {
    /// Parses and validates a document (GraphQL specification 2 and 5) within limits.
    ///
    /// # Errors
    /// Every problem of the first stage that finds one: length, syntax, size, validity.
    pub fn parse(schema: &Valid<Schema>, text: &str, limits: &Limits) -> Result<Self, Vec<OperationError>> {
        let (syntax, size) = read(text, limits)?;
        literals::check(&syntax)?;
        let executable = syntax
            .to_executable_validate(schema)
            .map_err(|invalid| validation_errors(schema, &invalid.errors))?;
        let defers = defer::check(&executable)?;
        let operations = executable.operations.iter().map(|definition| Operation {
            definition: definition.clone(),
            sources: executable.sources.clone(),
            conditions: Conditions::collect(&executable, definition),
            defers: defers && definition.operation_type != executable::OperationType::Subscription,
        });
        Ok(Self { operations: operations.collect(), executable, size })
    }

    /// Whether a document is within limits; how [`Document::parse`] begins.
    ///
    /// # Errors
    /// Every problem of the first stage that finds one: length, syntax, size.
    pub fn check_size(text: &str, limits: &Limits) -> Result<(), Vec<OperationError>> {
        read(text, limits).map(|_| ())
    }

    /// How large it is.
    pub fn size(&self) -> &Size {
        &self.size
    }

    /// The operation to run (GraphQL specification 6.1, GetOperation).
    ///
    /// # Errors
    /// [`ErrorCode::OperationNotFound`] and [`ErrorCode::OperationNameRequired`].
    pub fn operation(&self, name: Option<&str>) -> Result<&Operation, OperationError> {
        match (name, self.operations.as_slice()) {
            (_, []) => Err(OperationError::new(
                ErrorCode::OperationNotFound,
                "the document has no operation; add a `query`, `mutation` or `subscription`",
            )),
            (None, [only]) => Ok(only),
            (None, several) => Err(OperationError::new(
                ErrorCode::OperationNameRequired,
                format!("the document has {} operations; set `operationName` to one of them", several.len()),
            )),
            (Some(name), all) => {
                all.iter().find(|operation| operation.name() == Some(name)).ok_or_else(|| {
                    let message = format!("the document has no operation named `{}`", shown(name));
                    OperationError::new(ErrorCode::OperationNotFound, message)
                })
            }
        }
    }

    /// All operations, the anonymous one first, then in document order.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The typed syntax tree.
    pub(crate) fn executable(&self) -> &Valid<ExecutableDocument> {
        &self.executable
    }
}

impl Operation {
    /// Query, mutation or subscription.
    pub fn kind(&self) -> OperationKind {
        match self.definition.operation_type {
            executable::OperationType::Query => OperationKind::Query,
            executable::OperationType::Mutation => OperationKind::Mutation,
            executable::OperationType::Subscription => OperationKind::Subscription,
        }
    }

    /// The operation's name; none if it is anonymous.
    pub fn name(&self) -> Option<&str> {
        self.definition.name.as_deref()
    }

    /// The declared variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = VariableDefinition> {
        self.definition.variables.iter().map(|variable| VariableDefinition::of(variable))
    }

    /// Whether some of the answer can be delivered later (`@defer`).
    pub fn defers(&self) -> bool {
        self.defers
    }

    /// The variables that decide which selections are included, and which are deferred.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }
}

/// Text to a syntax tree within limits.
fn read(text: &str, limits: &Limits) -> Result<(ast::Document, Size), Vec<OperationError>> {
    limits::check_text(text, limits).map_err(|error| vec![error])?;
    let (syntax, tokens) = parse_syntax(text, limits)?;
    let size = Size::measure(&syntax, (text.len(), tokens), limits).map_err(|error| vec![error])?;
    size.check(limits)?;
    Ok((syntax, size))
}

/// The syntax tree, and how many tokens it was read from.
fn parse_syntax(text: &str, limits: &Limits) -> Result<(ast::Document, usize), Vec<OperationError>> {
    let nesting = limits.nesting.min(Limits::MAX_NESTING);
    let mut parser = Parser::new().token_limit(limits.tokens).recursion_limit(nesting);
    let result = parser.parse_ast(text, "operation.graphql");
    let too_many = |code, what: &str, limit| {
        let message = format!("the document has more than {limit} {what}, the limit is {limit}");
        Err(vec![OperationError::new(code, message)])
    };
    // The parser stops at its limits, so what it reports after one is noise.
    if parser.tokens_reached() > limits.tokens {
        return too_many(ErrorCode::Tokens, "lexical tokens", limits.tokens);
    }
    if parser.recursion_reached() > nesting {
        return too_many(ErrorCode::Nesting, "levels of nesting", nesting);
    }
    let document =
        result.map_err(|invalid| diagnostics(ErrorCode::ParseFailed, &invalid.errors, |_| String::new()))?;
    if document.definitions.is_empty() {
        return Err(vec![OperationError::new(
            ErrorCode::ParseFailed,
            "the document is empty; send a `query`, `mutation` or `subscription`",
        )]);
    }
    Ok((document, parser.tokens_reached()))
}

fn validation_errors(schema: &Schema, list: &DiagnosticList) -> Vec<OperationError> {
    diagnostics(ErrorCode::ValidationFailed, list, |message| suggest::for_message(schema, message))
}

fn diagnostics(code: ErrorCode, list: &DiagnosticList, hint: impl Fn(&str) -> String) -> Vec<OperationError> {
    let mut errors: Vec<OperationError> = list
        .iter()
        .take(MAX_ERRORS)
        .map(|diagnostic| {
            let mut message = in_schema(syntax::problem(&diagnostic));
            message.push_str(&hint(&message));
            let error = OperationError::new(code, message);
            error.at(diagnostic.error.location(), diagnostic.sources)
        })
        .collect();
    if let Some(more) = list.len().checked_sub(MAX_ERRORS).filter(|more| *more > 0) {
        errors.push(OperationError::new(code, format!("the document has {more} more problems")));
    }
    // Some rules report in the order of a randomly seeded hash table.
    let unlocated = |error: &OperationError| error.locations.is_empty();
    errors.sort_by(|a, b| {
        (unlocated(a), &a.locations, &a.message).cmp(&(unlocated(b), &b.locations, &b.message))
    });
    errors.dedup();
    errors
}

/// The compiler says "in this document" of types and directives, too, which a client looks for in the schema.
fn in_schema(message: String) -> String {
    match message.strip_suffix(" in this document") {
        Some(name) if !message.starts_with("cannot find fragment") => format!("{name} in the schema"),
        _ => message,
    }
}

/// Cuts names of clients' choosing to a readable length.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_can_be_shared_between_threads() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Document>();
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        assert_eq!(shown("name"), "name");
        assert_eq!(shown(&"é".repeat(81)), format!("{}...", "é".repeat(80)));
    }
}
