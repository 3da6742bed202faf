//! Whether the fields that another field requires can be had first, and from whom.
//!
//! Like [`Reach`], it is asked by composition and by the planner, so that what one takes for obtainable the other
//! obtains.

use ahash::AHashSet;

use super::reach::{Closure, Reach};
use super::{FieldId, FieldSelection, Graph, ObjectId, SubgraphId, SubgraphSet};

/// Requirements of requirements are followed this deep.
const MAX_DEPTH: usize = 24;

/// A field of an object in one subgraph.
type Site = (ObjectId, FieldId, SubgraphId);

/// Fields of an object that a subgraph which holds it provides although they are external there.
pub(crate) type Provided<'g> = (SubgraphId, &'g [FieldSelection]);

/// Answers questions about `@requires` on top of [`Reach`]; remembers what could be obtained.
pub(crate) struct Obtain<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) reach: Reach<'g>,
    /// What was obtained from which subgraphs. Only successes: a failure may be due to a cycle on the way.
    obtained: AHashSet<(Site, SubgraphSet)>,
    /// Sites whose requirements are being obtained.
    pending: Vec<Site>,
}

impl<'g> Obtain<'g> {
    pub(crate) fn new(graph: &'g Graph, reach: Reach<'g>) -> Self {
        Self { graph, reach, obtained: AHashSet::new(), pending: Vec::new() }
    }

    /// Whether a subgraph can resolve the field of an object, given how far one can get with the object and what is
    /// provided of it.
    pub(crate) fn can_resolve(
        &mut self,
        object: ObjectId,
        field: FieldId,
        subgraph: SubgraphId,
        (closure, provided): (&Closure, &[Provided<'g>]),
    ) -> bool {
        let Some((_, local)) = self.reach.any_declaration(object, field, subgraph) else { return true };
        let Some(requires) = local.requires else { return true };
        // The required values travel in a representation, so that the subgraph must be entered by a key.
        if closure.hop(subgraph).is_none() {
            return false;
        }
        let site = (object, field, subgraph);
        if self.obtained.contains(&(site, closure.reached)) {
            return true;
        }
        if self.pending.contains(&site) || self.pending.len() >= MAX_DEPTH {
            return false;
        }
        self.pending.push(site);
        let graph = self.graph;
        let found = self.obtainable(object, &graph.field_set(requires).selections, (closure, provided));
        self.pending.pop();
        if found && provided.is_empty() {
            self.obtained.insert((site, closure.reached));
        }
        found
    }

    /// Whether all that is selected of an object can be had.
    pub(crate) fn obtainable(
        &mut self,
        object: ObjectId,
        selections: &[FieldSelection],
        (closure, provided): (&Closure, &[Provided<'g>]),
    ) -> bool {
        selections.iter().filter(|selection| selection.types.contains(object)).all(
            |selection| match selection.field {
                None => closure.reached.iter().any(|subgraph| self.reach.knows_type(object, subgraph)),
                Some(field) => {
                    !self.leading((object, field), &selection.selections, (closure, provided)).is_empty()
                }
            },
        )
    }

    /// The subgraphs to ask for a field of an object, so that whatever they return, all that is selected of it can
    /// be had. Of several that may return objects of different types, perhaps only some lead on for all of theirs.
    pub(crate) fn leading(
        &mut self,
        (object, field): (ObjectId, FieldId),
        selections: &[FieldSelection],
        (closure, provided): (&Closure, &[Provided<'g>]),
    ) -> SubgraphSet {
        let sources: SubgraphSet = self
            .reach
            .sources(object, field)
            .intersection(closure.reached)
            .iter()
            .filter(|subgraph| self.can_resolve(object, field, *subgraph, (closure, provided)))
            .collect();
        let below = self.provided_below(object, field, provided);
        let providing: SubgraphSet = below.iter().map(|(subgraph, _)| *subgraph).collect();
        if selections.is_empty() {
            return sources.union(providing);
        }
        let mut leading = SubgraphSet::EMPTY;
        // Those that resolve the field help each other; whoever only kept its value helps nobody but itself.
        let serving = sources.intersection(self.reach.resolvers(object, field)).union(providing);
        for starts in std::iter::once(serving).chain(sources.difference(serving).iter().map(SubgraphSet::one))
        {
            let helped = (starts, starts.union(serving));
            leading = leading.union(self.leading_among((object, field), selections, helped, &below));
        }
        leading
    }

    /// Who provides an object's field, and what below it.
    pub(crate) fn provided_below(
        &self,
        object: ObjectId,
        field: FieldId,
        provided: &[Provided<'g>],
    ) -> Vec<Provided<'g>> {
        let mut below = Vec::new();
        for (subgraph, selections) in provided {
            for selection in selections.iter().filter(|selection| selection.types.contains(object)) {
                let concrete = selection.field.and_then(|own| self.graph.concrete_field(object, own));
                if concrete == Some(self.graph.concrete_field(object, field).unwrap_or(field)) {
                    below.push((*subgraph, selection.selections.as_slice()));
                }
            }
        }
        below
    }

    /// Those to start from that lead on for every object they may return, if the others are asked for it, too.
    fn leading_among(
        &mut self,
        (object, field): (ObjectId, FieldId),
        selections: &[FieldSelection],
        (starts, all): (SubgraphSet, SubgraphSet),
        provided: &[Provided<'g>],
    ) -> SubgraphSet {
        let possible = self.graph.possible(self.graph.field(field).ty);
        let mut leading = starts;
        for value in possible.iter() {
            let affected = self.holders(object, field, leading, value);
            if affected.is_empty() {
                continue;
            }
            let holders = self.holders(object, field, all, value);
            let closure = self.reach.closure(value, holders, possible.len() == 1);
            let provided: Vec<_> =
                provided.iter().copied().filter(|(subgraph, _)| holders.contains(*subgraph)).collect();
            if !self.obtainable(value, selections, (&closure, &provided)) {
                leading = leading.difference(affected);
            }
        }
        leading
    }

    /// Those of the subgraphs whose value of the field may be of the given object type.
    pub(crate) fn holders(
        &self,
        object: ObjectId,
        field: FieldId,
        subgraphs: SubgraphSet,
        value: ObjectId,
    ) -> SubgraphSet {
        let may_hold = |subgraph: &SubgraphId| {
            let declared = self.reach.any_declaration(object, field, *subgraph);
            let ty = declared.map_or(self.graph.field(field).ty, |(_, local)| local.ty);
            self.graph.ty(ty).local(*subgraph).is_some_and(|local| local.possible.contains(value))
        };
        subgraphs.iter().filter(may_hold).collect()
    }
}
