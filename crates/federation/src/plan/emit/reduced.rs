//! What is still asked about entities that lack values which some of the fields require.
//!
//! A subgraph must not be asked for a field without what it requires (`@requires`), or without the value of an argument
//! that an enclosing object gives (`@fromContext`) and that must not be null. Where such a value is missing it is missing
//! by an error elsewhere. Fields that do not need it are no less known for that.

use std::sync::Arc;

use super::Emitter;
use super::entries::Entry;
use crate::graph::FieldSetId;
use crate::plan::commit::{Context, Necessity, Representation, RepresentationField, VisitIndex};

/// What must not be missing for some of the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Requirement {
    /// What a field set selects.
    Fields(FieldSetId),
    /// The values of arguments that have the same source, by their place among the fetch's.
    Contexts(Vec<usize>),
}

/// A body without some of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reduction {
    /// `None` if there is nothing left.
    pub(super) body: Option<String>,
    /// The client's variables in it, in order of declaration.
    pub(super) variables: Vec<Arc<str>>,
    /// The arguments in it that enclosing objects give, by their place among the fetch's, ascending.
    pub(super) contexts: Vec<usize>,
    /// The response keys of the fields left out.
    pub(super) left_out: Vec<Box<str>>,
}

/// What must not be null for the fields that require it.
pub(super) fn requirements(representations: &[Representation], contexts: &[Context]) -> Vec<Requirement> {
    let mut sets = Vec::new();
    representations.iter().for_each(|representation| note(&representation.fields, &mut sets));
    sets.sort_unstable();
    sets.dedup();
    let mut places: Vec<Vec<usize>> = Vec::new();
    for (place, context) in contexts.iter().enumerate().filter(|(_, context)| context.required) {
        match places.iter_mut().find(|places| contexts[places[0]].sources == context.sources) {
            Some(known) => known.push(place),
            None => places.push(vec![place]),
        }
    }
    let sets = sets.into_iter().map(Requirement::Fields);
    sets.chain(places.into_iter().map(Requirement::Contexts)).collect()
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
    /// The body of a fetch without what has each of some requirements, then, if there are several, without what has
    /// any.
    pub(super) fn reductions(&self, visit: VisitIndex, requirements: &[Requirement]) -> Vec<Reduction> {
        let mut reductions: Vec<Reduction> =
            requirements.iter().map(|one| self.reduction(visit, std::slice::from_ref(one))).collect();
        if requirements.len() > 1 {
            reductions.push(self.reduction(visit, requirements));
        }
        reductions
    }

    fn reduction(&self, visit: VisitIndex, missing: &[Requirement]) -> Reduction {
        let Some(emitted) = self.emitted.get(&visit) else {
            return Reduction {
                body: None,
                variables: Vec::new(),
                contexts: Vec::new(),
                left_out: Vec::new(),
            };
        };
        let (left_out, kept): (Vec<&Entry>, Vec<&Entry>) =
            emitted.entries.iter().partition(|entry| self.requires_any(visit, entry, missing));
        let kept: Vec<Entry> = kept.into_iter().cloned().collect();
        let variables = self.variables_of(visit, |slot| kept.iter().any(|entry| entry.slot == slot));
        let mut contexts: Vec<usize> = kept.iter().flat_map(|entry| &entry.contexts).copied().collect();
        contexts.sort_unstable();
        contexts.dedup();
        let body = (!kept.is_empty()).then(|| self.body(visit, &kept, emitted.typename).0);
        let left_out = left_out.into_iter().map(|entry| entry.key.clone()).collect();
        Reduction { body, variables, contexts, left_out }
    }

    fn requires_any(&self, visit: VisitIndex, entry: &Entry, missing: &[Requirement]) -> bool {
        let row = &self.plan.visits[visit];
        let field = self.plan.shapes[row.shape].slots[entry.slot].field;
        missing.iter().any(|requirement| match requirement {
            Requirement::Contexts(places) => entry.contexts.iter().any(|place| places.contains(place)),
            Requirement::Fields(set) => entry.types.iter().any(|object| {
                let declared = self.plan.chooser.obtain.reach.any_declaration(object, field, row.subgraph);
                declared.and_then(|(_, local)| local.requires) == Some(*set)
            }),
        })
    }
}
