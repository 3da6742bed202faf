//! The size of an operation with its fragments expanded, computed without expanding them.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast;
use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::SourceSpan;

/// The size of an operation or fragment with its fragments expanded. Counts saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// Selections and argument values.
    pub(super) size: usize,
    /// Fields with an alias.
    pub(super) aliases: usize,
    /// Fields outside of any other field.
    pub(super) root_fields: usize,
    /// Levels of fields.
    pub(super) depth: usize,
    /// Levels of selection sets, fragment spreads and values.
    pub(super) nesting: usize,
}

/// What one definition contributes by itself, and which fragments it spreads where.
#[derive(Debug, Default)]
pub(super) struct Summary<'a> {
    own: Measure,
    spreads: Vec<Spread<'a>>,
    /// The place with the most directives: how many, and where.
    pub(super) most_directives: Option<(usize, Option<SourceSpan>)>,
}

#[derive(Debug)]
struct Spread<'a> {
    fragment: &'a Name,
    location: Option<SourceSpan>,
    /// Levels of fields around it.
    depth: usize,
    /// Levels of nesting around it.
    nesting: usize,
}

/// A fragment that spreads itself, perhaps through others.
#[derive(Debug)]
pub(super) struct Cycle<'a> {
    pub(super) fragment: &'a Name,
    pub(super) location: Option<SourceSpan>,
}

impl<'a> Summary<'a> {
    pub(super) fn of_operation(operation: &'a Node<ast::OperationDefinition>) -> Self {
        let mut summary = Self::default();
        summary.directives(&operation.directives, operation.location(), 1);
        for variable in &operation.variables {
            summary.own.size = summary.own.size.saturating_add(1);
            summary.directives(&variable.directives, variable.location(), 1);
            if let Some(default) = &variable.default_value {
                summary.value(default, 1);
            }
        }
        summary.selections(&operation.selection_set, 0, 1);
        summary
    }

    pub(super) fn of_fragment(fragment: &'a Node<ast::FragmentDefinition>) -> Self {
        let mut summary = Self::default();
        summary.directives(&fragment.directives, fragment.location(), 1);
        summary.selections(&fragment.selection_set, 0, 1);
        summary
    }

    /// Recursion is bounded by the parser's limit.
    fn selections(&mut self, selections: &'a [ast::Selection], depth: usize, nesting: usize) {
        self.own.nesting = self.own.nesting.max(nesting);
        self.own.size = self.own.size.saturating_add(selections.len());
        for selection in selections {
            match selection {
                ast::Selection::Field(field) => {
                    self.own.depth = self.own.depth.max(depth + 1);
                    self.own.root_fields += usize::from(depth == 0);
                    self.own.aliases += usize::from(field.alias.is_some());
                    self.arguments(&field.arguments, nesting);
                    self.directives(&field.directives, field.location(), nesting);
                    if let Some(selections) = &field.selection_set {
                        self.selections(selections, depth + 1, nesting + 1);
                    }
                }
                ast::Selection::InlineFragment(inline) => {
                    self.directives(&inline.directives, inline.location(), nesting);
                    self.selections(&inline.selection_set, depth, nesting + 1);
                }
                ast::Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives, spread.location(), nesting);
                    let fragment = &spread.fragment_name;
                    self.spreads.push(Spread { fragment, location: spread.location(), depth, nesting });
                }
            }
        }
    }

    fn arguments(&mut self, arguments: &[Node<ast::Argument>], nesting: usize) {
        for argument in arguments {
            self.value(&argument.value, nesting + 1);
        }
    }

    fn directives(
        &mut self,
        directives: &[Node<ast::Directive>],
        location: Option<SourceSpan>,
        nesting: usize,
    ) {
        if directives.len() > self.most_directives.map_or(0, |(most, _)| most) {
            self.most_directives = Some((directives.len(), location));
        }
        for directive in directives {
            self.own.size = self.own.size.saturating_add(1);
            self.arguments(&directive.arguments, nesting);
        }
    }

    fn value(&mut self, value: &ast::Value, nesting: usize) {
        self.own.size = self.own.size.saturating_add(1);
        self.own.nesting = self.own.nesting.max(nesting);
        match value {
            ast::Value::List(items) => items.iter().for_each(|item| self.value(item, nesting + 1)),
            ast::Value::Object(fields) => {
                fields.iter().for_each(|(_, field)| self.value(field, nesting + 1));
            }
            _ => {}
        }
    }
}

/// Adds to every operation what the fragments it spreads contribute. Each fragment is visited once.
pub(super) fn combine<'a>(
    operations: impl Iterator<Item = &'a Summary<'a>>,
    fragments: &'a HashMap<&'a Name, Summary<'a>>,
) -> Result<Vec<Measure>, Cycle<'a>> {
    let mut done: HashMap<&Name, Option<Measure>> = HashMap::default();
    operations.map(|operation| expand(operation, fragments, &mut done)).collect()
}

/// Depth first over the spreads, with an explicit stack: chains of fragments may be as long as the document.
///
/// `done` holds `None` for fragments on the stack.
fn expand<'a>(
    start: &'a Summary<'a>,
    fragments: &'a HashMap<&'a Name, Summary<'a>>,
    done: &mut HashMap<&'a Name, Option<Measure>>,
) -> Result<Measure, Cycle<'a>> {
    struct Frame<'a> {
        name: Option<&'a Name>,
        summary: &'a Summary<'a>,
        next: usize,
        measure: Measure,
    }
    let frame = |name, summary: &'a Summary<'a>| Frame { name, summary, next: 0, measure: summary.own };
    let mut stack = vec![frame(None, start)];
    loop {
        let depth = stack.len();
        let Some(top) = stack.last_mut() else { return Ok(Measure::default()) };
        if let Some(spread) = top.summary.spreads.get(top.next) {
            match done.get(spread.fragment) {
                Some(Some(inner)) => {
                    top.measure.add(inner, spread);
                    top.next += 1;
                }
                Some(None) => return Err(Cycle { fragment: spread.fragment, location: spread.location }),
                None => match fragments.get_key_value(spread.fragment) {
                    Some((&name, summary)) => {
                        done.insert(name, None);
                        stack.push(frame(Some(name), summary));
                    }
                    // Validation reports unknown fragments.
                    None => top.next += 1,
                },
            }
        } else {
            let measure = top.measure;
            if let Some(name) = top.name {
                done.insert(name, Some(measure));
            }
            if depth == 1 {
                return Ok(measure);
            }
            stack.pop();
        }
    }
}

impl Measure {
    fn add(&mut self, inner: &Self, spread: &Spread<'_>) {
        self.size = self.size.saturating_add(inner.size);
        self.aliases = self.aliases.saturating_add(inner.aliases);
        if spread.depth == 0 {
            self.root_fields = self.root_fields.saturating_add(inner.root_fields);
        }
        self.depth = self.depth.max(spread.depth.saturating_add(inner.depth));
        self.nesting = self.nesting.max(spread.nesting.saturating_add(inner.nesting));
    }
}
