//! Where `@defer` may stand (GraphQL specification draft, sections 5.7.4 to 5.7.6), which the compiler does not hold.

use apollo_compiler::ast::{OperationType, Value};
use apollo_compiler::collections::HashSet;
use apollo_compiler::executable::{Directive, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name, Node};

use super::error::{ErrorCode, OperationError};

/// Whether `@defer` stands anywhere. Refuses labels that are not one of a kind, and `@defer` where nothing can be delivered later. The document fits
/// the limits, so recursion is bounded.
pub(super) fn check(document: &ExecutableDocument) -> Result<bool, Vec<OperationError>> {
    let mut checker = Checker {
        document,
        found: false,
        labels: HashSet::default(),
        fragments: HashSet::default(),
        errors: Vec::new(),
    };
    for operation in document.operations.iter() {
        checker.labels_in(&operation.selection_set);
        checker.fragments.clear();
        match operation.operation_type {
            OperationType::Query => {}
            OperationType::Mutation => checker.mutation_root(&operation.selection_set),
            OperationType::Subscription => checker.subscription(&operation.selection_set),
        }
    }
    for fragment in document.fragments.values() {
        checker.labels_in(&fragment.selection_set);
    }
    if checker.errors.is_empty() { Ok(checker.found) } else { Err(checker.errors) }
}

struct Checker<'a> {
    document: &'a ExecutableDocument,
    found: bool,
    labels: HashSet<&'a str>,
    /// Looked at for the operation at hand.
    fragments: HashSet<&'a Name>,
    errors: Vec<OperationError>,
}

impl<'a> Checker<'a> {
    fn labels_in(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            if let Some(defer) = selection.directives().get("defer") {
                self.found = true;
                self.label(defer);
            }
            match selection {
                Selection::Field(field) => field.selection_set.iter().for_each(|set| self.labels_in(set)),
                Selection::InlineFragment(inline) => self.labels_in(&inline.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn label(&mut self, defer: &'a Node<Directive>) {
        match defer.specified_argument_by_name("label").map(|value| &**value) {
            Some(Value::String(label)) if !self.labels.insert(label) => {
                self.refuse(defer, format!("the label `{}` is used twice", super::parse::shown(label)));
            }
            Some(Value::Variable(_)) => {
                self.refuse(defer, "the label of `@defer` must not be a variable".to_owned());
            }
            _ => {}
        }
    }

    /// Root fields of a mutation run one after another, and are answered together.
    fn mutation_root(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            if let Some(defer) = selection.directives().get("defer") {
                self.refuse(defer, "root fields of a mutation cannot be deferred".to_owned());
            }
            match selection {
                Selection::Field(_) => {}
                Selection::InlineFragment(inline) => self.mutation_root(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(below) = self.unseen(&spread.fragment_name) {
                        self.mutation_root(below);
                    }
                }
            }
        }
    }

    /// Every event of a subscription is answered at once.
    fn subscription(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            if let Some(defer) = selection.directives().get("defer") {
                let decided = defer.specified_argument_by_name("if").map(|value| &**value);
                if !matches!(decided, Some(Value::Variable(_) | Value::Boolean(false))) {
                    let message = "`@defer` has no place in a subscription; remove it or give it `if: false`";
                    self.refuse(defer, message.to_owned());
                }
            }
            match selection {
                Selection::Field(field) => field.selection_set.iter().for_each(|set| self.subscription(set)),
                Selection::InlineFragment(inline) => self.subscription(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(below) = self.unseen(&spread.fragment_name) {
                        self.subscription(below);
                    }
                }
            }
        }
    }

    fn unseen(&mut self, fragment: &'a Name) -> Option<&'a SelectionSet> {
        let new = self.fragments.insert(fragment);
        self.document.fragments.get(fragment).filter(|_| new).map(|fragment| &fragment.selection_set)
    }

    fn refuse(&mut self, defer: &Node<Directive>, message: String) {
        let error = OperationError::new(ErrorCode::ValidationFailed, message);
        self.errors.push(error.at(defer.location(), &self.document.sources));
    }
}
