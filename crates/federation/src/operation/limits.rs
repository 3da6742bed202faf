//! What an operation may cost before it is looked at closely.
//!
//! The checks run on the syntax tree, before validation: the work of validation and normalisation is bounded
//! by the size of the operation with its fragments expanded, which can be exponential in the length of the
//! document. Here that size is computed without expanding anything.

use apollo_compiler::Name;
use apollo_compiler::ast;
use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::SourceSpan;

use super::error::{ErrorCode, Location, OperationError};
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
    /// The cost by estimate; `u64::MAX` for no limit.
    pub cost: u64,
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
            cost: u64::MAX,
        }
    }
}

/// How large a document is, in all that [`Limits`] bounds before validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    bytes: usize,
    tokens: usize,
    definitions: usize,
    selections: usize,
    /// By definition: the directives of the place that has most.
    directives: Vec<(usize, Option<Location>)>,
    operations: Vec<(Option<Location>, Measure)>,
}

/// Checks everything that is known without reading the document.
pub(super) fn check_text(text: &str, limits: &Limits) -> Result<(), OperationError> {
    check_bytes(text.len(), limits)
}

fn check_bytes(bytes: usize, limits: &Limits) -> Result<(), OperationError> {
    within(bytes, limits.document_bytes, ErrorCode::DocumentBytes, "the document has", "bytes")
}

fn check_definitions(count: usize, limits: &Limits) -> Result<(), OperationError> {
    within(count, limits.definitions, ErrorCode::Definitions, "the document has", "operations and fragments")
}

impl Size {
    /// Measures a syntax tree of `bytes` and `tokens`, unless it has too many definitions or a fragment spreads
    /// itself.
    pub(super) fn measure(
        document: &ast::Document,
        (bytes, tokens): (usize, usize),
        limits: &Limits,
    ) -> Result<Self, OperationError> {
        let located = |span: Option<SourceSpan>| Location::of(span, &document.sources);
        let definitions = document.definitions.len();
        check_definitions(definitions, limits)?;
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
        let summaries = operations.iter().map(|(_, summary)| summary).chain(fragments.values());
        let directives = summaries
            .filter_map(|summary| summary.most_directives)
            .map(|(count, span)| (count, located(span)))
            .collect();
        let measures =
            combine(operations.iter().map(|(_, summary)| summary), &fragments).map_err(|cycle| {
                let message =
                    format!("fragment `{0}` spreads itself; remove one of the spreads", cycle.fragment);
                OperationError::new(ErrorCode::ValidationFailed, message)
                    .at(cycle.location, &document.sources)
            })?;
        let selections = measures.iter().fold(0_usize, |sum, measure| sum.saturating_add(measure.size));
        let place = |operation: &ast::OperationDefinition, span| {
            located(operation.name.as_ref().map_or(span, Name::location))
        };
        let operations = operations.iter().zip(measures);
        let operations = operations
            .map(|((operation, _), measure)| (place(operation, operation.location()), measure))
            .collect();
        Ok(Self { bytes, tokens, definitions, selections, directives, operations })
    }

    /// Whether a document of this size is within limits.
    ///
    /// # Errors
    /// All limits that it exceeds.
    pub fn check(&self, limits: &Limits) -> Result<(), Vec<OperationError>> {
        let at = |error: OperationError, location: &Option<Location>| OperationError {
            locations: location.iter().copied().collect(),
            ..error
        };
        let mut errors = Vec::new();
        errors.extend(check_bytes(self.bytes, limits).err());
        errors.extend(check_tokens(self.tokens, limits).err());
        errors.extend(check_definitions(self.definitions, limits).err());
        for (count, location) in &self.directives {
            let checked = within(*count, limits.directives, ErrorCode::Directives, "there are", "directives");
            errors.extend(checked.err().map(|error| at(error, location)));
        }
        for (location, measure) in &self.operations {
            errors.extend(check_measure(measure, limits).into_iter().map(|error| at(error, location)));
        }
        let what = "selections and argument values with fragments expanded";
        let selections =
            within(self.selections, limits.selections, ErrorCode::Selections, "the document has", what);
        errors.extend(selections.err());
        errors.sort_by(|a, b| a.locations.cmp(&b.locations).then(a.code.cmp(&b.code)));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

fn check_tokens(tokens: usize, limits: &Limits) -> Result<(), OperationError> {
    within(tokens, limits.tokens, ErrorCode::Tokens, "the document has", "lexical tokens")
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
