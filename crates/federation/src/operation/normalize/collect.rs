//! The fields written for one position, and the object types each applies to.

use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{DirectiveList, Field, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name, Node};

use super::super::conditions::Conditions;
use super::super::error::{ErrorCode, OperationError};
use super::super::mask::Mask;
use crate::graph::{Graph, TypeId, TypeSet};

/// A field as written.
pub(super) struct Occurrence<'a> {
    pub(super) field: &'a Node<Field>,
    /// The type of the selection set it stands in.
    pub(super) written_on: TypeId,
    /// The object types it applies to, never empty.
    pub(super) types: TypeSet,
}

/// Where selections come from.
pub(super) struct Source<'a> {
    pub(super) graph: &'a Graph,
    pub(super) document: &'a ExecutableDocument,
    pub(super) conditions: &'a Conditions,
    pub(super) mask: &'a Mask,
    /// The most selections that may be looked at.
    pub(super) budget: usize,
}

/// CollectFields (GraphQL specification 6.3.2) for all object types of a position at once, in document order.
/// `None` when the budget is used up.
///
/// # Errors
/// When the document names a type that the graph does not have.
pub(super) fn collect<'a>(
    source: &Source<'a>,
    parent: TypeId,
    written: &[&'a SelectionSet],
) -> Result<Option<Vec<Occurrence<'a>>>, OperationError> {
    let mut collector =
        Collector { source, visited: HashMap::default(), occurrences: Vec::new(), looked_at: 0 };
    let types = source.graph.possible(parent);
    for set in written {
        let written_on = collector.type_id(&set.ty)?;
        let types = types.intersection(source.graph.possible(written_on));
        collector.selection_set(set, written_on, &types)?;
    }
    Ok((collector.looked_at <= source.budget).then_some(collector.occurrences))
}

struct Collector<'a, 's> {
    source: &'s Source<'a>,
    /// The types for which a fragment has been visited: for each type, its first spread counts.
    visited: HashMap<&'a Name, TypeSet>,
    occurrences: Vec<Occurrence<'a>>,
    looked_at: usize,
}

impl<'a> Collector<'a, '_> {
    fn selection_set(
        &mut self,
        set: &'a SelectionSet,
        written_on: TypeId,
        types: &TypeSet,
    ) -> Result<(), OperationError> {
        if types.is_empty() {
            return Ok(());
        }
        for selection in &set.selections {
            self.looked_at += 1;
            if self.looked_at > self.source.budget {
                return Ok(());
            }
            if self.excludes(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    self.occurrences.push(Occurrence { field, written_on, types: types.clone() });
                }
                Selection::InlineFragment(inline) => match &inline.type_condition {
                    Some(condition) => self.narrowed(condition, &inline.selection_set, types)?,
                    None => self.selection_set(&inline.selection_set, written_on, types)?,
                },
                Selection::FragmentSpread(spread) => self.spread(&spread.fragment_name, types)?,
            }
        }
        Ok(())
    }

    fn narrowed(
        &mut self,
        condition: &Name,
        set: &'a SelectionSet,
        types: &TypeSet,
    ) -> Result<(), OperationError> {
        let condition = self.type_id(condition)?;
        let types = types.intersection(self.source.graph.possible(condition));
        self.selection_set(set, condition, &types)
    }

    fn spread(&mut self, name: &'a Name, types: &TypeSet) -> Result<(), OperationError> {
        let Some(fragment) = self.source.document.fragments.get(name) else { return Ok(()) };
        let visited = self.visited.entry(name).or_default();
        let new = types.difference(visited);
        *visited = visited.union(&new);
        self.narrowed(fragment.type_condition(), &fragment.selection_set, &new)
    }

    fn excludes(&self, directives: &DirectiveList) -> bool {
        !directives.is_empty() && self.source.conditions.excludes(directives, self.source.mask)
    }

    fn type_id(&self, name: &str) -> Result<TypeId, OperationError> {
        self.source.graph.type_id(name).ok_or_else(|| {
            OperationError::new(
                ErrorCode::Internal,
                format!("the graph lacks the type `{name}` of its schema"),
            )
        })
    }
}
