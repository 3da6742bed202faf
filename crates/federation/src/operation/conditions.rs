//! `@skip`, `@include` and `@defer`: which variables decide, and what they decide.

use apollo_compiler::ast::Value;
use apollo_compiler::collections::{HashSet, IndexMap};
use apollo_compiler::executable::{DirectiveList, Operation, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name};

use super::error::{ErrorCode, OperationError, VariablePath};
use super::mask::Mask;
use super::variables::CoercedVariables;

/// The variables used by `@skip`, `@include` and `@defer` anywhere in an operation, in order of first use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// With whether anything but `@defer` uses them.
    variables: IndexMap<Name, bool>,
}

impl Conditions {
    pub(super) fn collect(document: &ExecutableDocument, operation: &Operation) -> Self {
        let mut collector =
            Collector { document, fragments: HashSet::default(), variables: IndexMap::default() };
        collector.selection_set(&operation.selection_set);
        Self { variables: collector.variables }
    }

    /// Whether there are none: a single plan serves every request.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// The names of the variables, without `$`.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(Name::as_str)
    }

    /// Evaluates the conditions for a request: the variables' values, in order.
    ///
    /// # Errors
    /// [`ErrorCode::BadUserInput`] for a variable that is null although the directives need a Boolean. (A
    /// nullable variable with a default may be used there, GraphQL specification 5.8.5.)
    pub fn evaluate(&self, variables: &CoercedVariables) -> Result<Mask, Vec<OperationError>> {
        let mut errors = Vec::new();
        let decide = |(name, selects): (&Name, &bool)| match variables.get(name) {
            Some("true") => true,
            Some("false") => false,
            // The argument of `@defer` has a default, which applies when the variable has no value.
            None if !selects => true,
            _ => {
                let message = format!(
                    "variable `${name}` decides `@skip`, `@include` or `@defer`: it must not be null"
                );
                let path = VariablePath { name: name.to_string(), path: Vec::new() };
                errors.push(OperationError::new(ErrorCode::BadUserInput, message).in_variable(path));
                false
            }
        };
        let mask = self.variables.iter().map(decide).collect();
        if errors.is_empty() { Ok(mask) } else { Err(errors) }
    }

    /// Whether a selection with these directives is left out (GraphQL specification 6.3.2).
    pub(super) fn excludes(&self, directives: &DirectiveList, mask: &Mask) -> bool {
        let is = |directive: &str, excluding: bool| {
            let value = directives.get(directive).and_then(|found| found.specified_argument_by_name("if"));
            match value.map(|value| &**value) {
                Some(Value::Boolean(value)) => *value == excluding,
                Some(Value::Variable(name)) => self.value(name, mask) == Some(excluding),
                _ => false,
            }
        };
        is("skip", true) || is("include", false)
    }

    /// Whether a fragment with these directives is to be deferred.
    pub(super) fn defers(&self, directives: &DirectiveList, mask: &Mask) -> bool {
        let Some(defer) = directives.get("defer") else { return false };
        match defer.specified_argument_by_name("if").map(|value| &**value) {
            Some(Value::Boolean(value)) => *value,
            Some(Value::Variable(name)) => self.value(name, mask) == Some(true),
            _ => true,
        }
    }

    fn value(&self, variable: &Name, mask: &Mask) -> Option<bool> {
        Some(mask.get(self.variables.get_index_of(variable)?))
    }
}

struct Collector<'a> {
    document: &'a ExecutableDocument,
    fragments: HashSet<&'a Name>,
    variables: IndexMap<Name, bool>,
}

impl<'a> Collector<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    if let Some(set) = &field.selection_set {
                        self.selection_set(set);
                    }
                }
                Selection::InlineFragment(inline) => self.selection_set(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    if self.fragments.insert(&spread.fragment_name)
                        && let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                    {
                        self.selection_set(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &DirectiveList) {
        for directive in
            directives.iter().filter(|found| matches!(&*found.name, "skip" | "include" | "defer"))
        {
            let value = directive.specified_argument_by_name("if");
            if let Some(Value::Variable(name)) = value.map(|value| &**value) {
                *self.variables.entry(name.clone()).or_default() |= directive.name != "defer";
            }
        }
    }
}
