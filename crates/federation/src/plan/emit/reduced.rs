//! What is still asked about entities that lack values which some of the fields require.
//!
//! A subgraph must not be asked for a field without what it requires (`@requires`), or without the value of an argument
//! that an enclosing object gives (`@fromContext`) and that must not be null. Where such a value is missing it is missing
//! by an error elsewhere. Fields that do not need it are no less known for that.

use super::Emitter;
use super::entries::Entry;
use crate::graph::{FieldSetId, TypeId, TypeSet};
use crate::plan::commit::{Context, Necessity, Representation, RepresentationField, VisitIndex};
use crate::plan::reductions::{Fragment, Piece, Pieces};

/// What must not be missing for some of the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Requirement {
    /// What a field set selects.
    Fields(FieldSetId),
    /// The values of arguments that have the same source, by their place among the fetch's.
    Contexts(Vec<usize>),
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

/// The bit of a requirement. One too many to have a bit of its own counts as all of them.
pub(super) fn bit(number: usize) -> u64 {
    1_u64.checked_shl(number as u32).unwrap_or(u64::MAX)
}

impl Emitter<'_, '_> {
    /// The body of a fetch, to be put together without what has requirements that are not met; `None` if there are none.
    pub(super) fn pieces(&self, visit: VisitIndex, requirements: &[Requirement]) -> Option<Pieces> {
        let emitted = self.emitted.get(&visit).filter(|_| !requirements.is_empty())?;
        let entries: Vec<Entry> = emitted
            .entries
            .iter()
            .map(|entry| Entry { requires: self.requires(visit, entry, requirements), ..entry.clone() })
            .collect();
        let name = |ty: TypeId| self.plan.chooser.graph.ty(ty).name.clone();
        let fragment = |(base, scope): (TypeId, TypeSet)| Fragment {
            ty: name(base),
            typename: emitted.typename,
            parts: self
                .placements(visit, base, &scope, &entries)
                .into_iter()
                .map(|(condition, members)| (condition.map(name), members))
                .collect(),
        };
        let fragments = self.entity_fragments(visit).into_iter().map(fragment).collect();
        let piece = |entry: Entry| Piece {
            variables: self.variables_of(visit, |slot| slot == entry.slot),
            key: entry.key,
            requires: entry.requires,
            text: entry.text,
            contexts: entry.contexts,
        };
        Some(Pieces { fields: entries.into_iter().map(piece).collect(), fragments })
    }

    fn requires(&self, visit: VisitIndex, entry: &Entry, requirements: &[Requirement]) -> u64 {
        let required = requirements.iter().enumerate().filter(|(_, one)| self.has(visit, entry, one));
        required.fold(0, |bits, (number, _)| bits | bit(number))
    }

    fn has(&self, visit: VisitIndex, entry: &Entry, requirement: &Requirement) -> bool {
        let row = &self.plan.visits[visit];
        let field = self.plan.shapes[row.shape].slots[entry.slot].field;
        match requirement {
            Requirement::Contexts(places) => entry.contexts.iter().any(|place| places.contains(place)),
            Requirement::Fields(set) => entry.types.iter().any(|object| {
                let declared = self.plan.chooser.obtain.reach.any_declaration(object, field, row.subgraph);
                declared.and_then(|(_, local)| local.requires) == Some(*set)
            }),
        }
    }
}
