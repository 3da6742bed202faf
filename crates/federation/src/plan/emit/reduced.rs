//! What is still asked about entities that lack values which some of the fields require.
//!
//! A subgraph must not be asked for a field without what it requires (`@requires`), and where that is missing it is
//! missing by an error elsewhere. Fields that do not need it are no less known for that.

use std::sync::Arc;

use super::Emitter;
use super::entries::Entry;
use crate::graph::FieldSetId;
use crate::plan::commit::{Necessity, Representation, RepresentationField, VisitIndex};

/// A body without some of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reduction {
    /// `None` if there is nothing left.
    pub(super) body: Option<String>,
    /// The client's variables in it, in order of declaration.
    pub(super) variables: Vec<Arc<str>>,
    /// The response keys of the fields left out.
    pub(super) left_out: Vec<Box<str>>,
}

/// The field sets that must not be null for the fields that require them.
pub(super) fn requirements(representations: &[Representation]) -> Vec<FieldSetId> {
    let mut sets = Vec::new();
    representations.iter().for_each(|representation| note(&representation.fields, &mut sets));
    sets.sort_unstable();
    sets.dedup();
    sets
}

fn note(fields: &[RepresentationField], sets: &mut Vec<FieldSetId>) {
    for field in fields {
        if let Necessity::For(more) = &field.necessity {
            sets.extend(more);
        }
        note(&field.fields, sets);
    }
}

impl Emitter<'_, '_> {
    /// The body of a fetch without what requires each of some field sets, then, if there are several, without what
    /// requires any.
    pub(super) fn reductions(&self, visit: VisitIndex, requirements: &[FieldSetId]) -> Vec<Reduction> {
        let mut reductions: Vec<Reduction> =
            requirements.iter().map(|set| self.reduction(visit, std::slice::from_ref(set))).collect();
        if requirements.len() > 1 {
            reductions.push(self.reduction(visit, requirements));
        }
        reductions
    }

    fn reduction(&self, visit: VisitIndex, missing: &[FieldSetId]) -> Reduction {
        let Some(emitted) = self.emitted.get(&visit) else {
            return Reduction { body: None, variables: Vec::new(), left_out: Vec::new() };
        };
        let (left_out, kept): (Vec<&Entry>, Vec<&Entry>) =
            emitted.entries.iter().partition(|entry| self.requires_any(visit, entry, missing));
        let kept: Vec<Entry> = kept.into_iter().cloned().collect();
        let variables = self.variables_of(visit, |slot| kept.iter().any(|entry| entry.slot == slot));
        let body = (!kept.is_empty()).then(|| self.body(visit, &kept, emitted.typename).0);
        Reduction { body, variables, left_out: left_out.into_iter().map(|entry| entry.key.clone()).collect() }
    }

    fn requires_any(&self, visit: VisitIndex, entry: &Entry, sets: &[FieldSetId]) -> bool {
        let row = &self.plan.visits[visit];
        let field = self.plan.shapes[row.shape].slots[entry.slot].field;
        entry.types.iter().any(|object| {
            let declared = self.plan.chooser.reach.any_declaration(object, field, row.subgraph);
            declared.and_then(|(_, local)| local.requires).is_some_and(|requires| sets.contains(&requires))
        })
    }
}
