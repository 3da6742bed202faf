//! What an operation may cost before it is looked at closely.
//!
//! The checks run on the syntax tree, before validation: the work of validation and normalisation is bounded
//! by the size of the operation with its fragments expanded, which can be exponential in the length of the
//! document. Here that size is computed without expanding anything.

use apollo_compiler::Name;
use apollo_compiler::ast;
use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::SourceSpan;

use super::error::{ErrorCode, OperationError};
use super::measure::{Measure, Summary, combine};

/// The most an operation may cost. Every limit has its own [`ErrorCode`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document.
    pub document_bytes: usize,
    /// Lexical tokens of the document; white space, commas and comments count.
    pub tokens: usize,
    /// Operations and fragments of the document.
    pub definitions: usize,
    /// Nesting of selection sets (fields, inline fragments, fragment spreads) and of values. At most
    /// [`Limits::MAX_NESTING`] takes effect.
    pub nesting: usize,
    /// Nesting of fields, fragments expanded. At most [`Limits::MAX_DEPTH`] takes effect.
    pub depth: usize,
    /// Selections and argument values, fragments expanded, of all operations of the document together.
    pub selections: usize,
    /// Aliases of one operation, fragments expanded.
    pub aliases: usize,
    /// Root fields of one operation, fragments expanded.
    pub root_fields: usize,
    /// Directives at one place.
    pub directives: usize,
    /// Selections of the normal form, in which selections are split by object type.
    pub normal_selections: usize,
    /// Bytes of the variables.
    pub variables_bytes: usize,
    /// Nesting of lists and objects in the variables.
    pub variables_depth: usize,
}

impl Limits {
    /// The deepest nesting that is parsed at all, whatever the configuration: parsing and validation recurse,
    /// and this many levels fit a thread's stack several times over.
    pub const MAX_NESTING: usize = 300;

    /// The deepest nesting of fields that validation compares, whatever the configuration.
    pub const MAX_DEPTH: usize = 128;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 256 * 1024,
            tokens: 60_000,
            definitions: 500,
            nesting: 200,
            depth: 64,
            selections: 25_000,
            aliases: 500,
            root_fields: 100,
            directives: 16,
            normal_selections: 50_000,
            variables_bytes: 1024 * 1024,
            variables_depth: 32,
        }
    }
}

/// Checks everything that is known without reading the document.
pub(super) fn check_text(text: &str, limits: &Limits) -> Result<(), OperationError> {
    within(text.len(), limits.document_bytes, ErrorCode::DocumentBytes, "the document has", "bytes")
}

/// Checks the syntax tree. All problems are reported.
pub(super) fn check_syntax(document: &ast::Document, limits: &Limits) -> Result<(), Vec<OperationError>> {
    let at = |error: OperationError, span: Option<SourceSpan>| error.at(span, &document.sources);
    let count = document.definitions.len();
    within(count, limits.definitions, ErrorCode::Definitions, "the document has", "operations and fragments")
        .map_err(|error| vec![error])?;

    let mut fragments: HashMap<&Name, Summary<'_>> = HashMap::default();
    let mut operations = Vec::new();
    for definition in &document.definitions {
        match definition {
            ast::Definition::FragmentDefinition(fragment) => {
                let summary = Summary::of_fragment(fragment);
                // Validation reports the second definition of a name.
                fragments.entry(&fragment.name).or_insert(summary);
            }
            ast::Definition::OperationDefinition(operation) => {
                operations.push((operation, Summary::of_operation(operation)));
            }
            // Validation refuses type definitions.
            _ => {}
        }
    }

    let mut errors = Vec::new();
    let summaries = operations.iter().map(|(_, summary)| summary).chain(fragments.values());
    for (count, span) in summaries.filter_map(|summary| summary.most_directives) {
        if let Err(error) = within(count, limits.directives, ErrorCode::Directives, "there are", "directives")
        {
            errors.push(at(error, span));
        }
    }
    let measures = combine(operations.iter().map(|(_, summary)| summary), &fragments).map_err(|cycle| {
        let message = format!("fragment `{0}` spreads itself; remove one of the spreads", cycle.fragment);
        vec![at(OperationError::new(ErrorCode::ValidationFailed, message), cycle.location)]
    })?;
    let mut selections = 0usize;
    for ((operation, _), measure) in operations.iter().zip(&measures) {
        let location = operation.name.as_ref().map_or(operation.location(), Name::location);
        selections = selections.saturating_add(measure.size);
        errors.extend(check_measure(measure, limits).into_iter().map(|error| at(error, location)));
    }
    let what = "selections and argument values with fragments expanded";
    errors
        .extend(within(selections, limits.selections, ErrorCode::Selections, "the document has", what).err());
    errors.sort_by(|a, b| a.locations.cmp(&b.locations).then(a.code.cmp(&b.code)));
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn check_measure(measure: &Measure, limits: &Limits) -> Vec<OperationError> {
    let nesting = limits.nesting.min(Limits::MAX_NESTING);
    let depth = limits.depth.min(Limits::MAX_DEPTH);
    let checks = [
        (measure.nesting, nesting, ErrorCode::Nesting, "levels of nesting"),
        (measure.depth, depth, ErrorCode::Depth, "levels of fields"),
        (measure.aliases, limits.aliases, ErrorCode::Aliases, "aliases with fragments expanded"),
        (measure.root_fields, limits.root_fields, ErrorCode::RootFields, "root fields"),
    ];
    checks
        .into_iter()
        .filter_map(|(actual, limit, code, what)| {
            within(actual, limit, code, "the operation has", what).err()
        })
        .collect()
}

/// Refuses `actual` if it is more than `limit`: "the document has 7 bytes, the limit is 5".
pub(super) fn within(
    actual: usize,
    limit: usize,
    code: ErrorCode,
    subject: &str,
    what: &str,
) -> Result<(), OperationError> {
    if actual <= limit {
        return Ok(());
    }
    let message = if actual == usize::MAX {
        format!("{subject} too many {what} to count, the limit is {limit}")
    } else {
        format!("{subject} {actual} {what}, the limit is {limit}")
    };
    Err(OperationError::new(code, message))
}
