//! Whether the fields that another field requires can be had first.

use ahash::AHashSet;

use crate::graph::reach::{Closure, Reach};
use crate::graph::{FieldId, FieldSelection, Graph, ObjectId, SubgraphId, SubgraphSet};

/// Requirements of requirements are followed this deep.
const MAX_DEPTH: usize = 24;

/// A field of an object in one subgraph.
type Site = (ObjectId, FieldId, SubgraphId);

/// Fields of an object that a subgraph which holds it provides although they are external there.
pub(super) type Provided<'g> = (SubgraphId, &'g [FieldSelection]);

/// Answers questions about `@requires` on top of [`Reach`]; remembers what could be obtained.
pub(super) struct Obtain<'g> {
    pub(super) graph: &'g Graph,
    pub(super) reach: Reach<'g>,
    /// What was obtained from which subgraphs. Only successes: a failure may be due to a cycle on the way.
    obtained: AHashSet<(Site, SubgraphSet)>,
    /// Sites whose requirements are being obtained.
    pending: Vec<Site>,
}

impl<'g> Obtain<'g> {
    pub(super) fn new(graph: &'g Graph, reach: Reach<'g>) -> Self {
        Self { graph, reach, obtained: AHashSet::new(), pending: Vec::new() }
    }

    /// Whether a subgraph can resolve the field of an object, given how far one can get with the object and what is
    /// provided of it.
    pub(super) fn can_resolve(
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
    pub(super) fn obtainable(
        &mut self,
        object: ObjectId,
        selections: &[FieldSelection],
        (closure, provided): (&Closure, &[Provided<'g>]),
    ) -> bool {
        selections.iter().filter(|selection| selection.types.contains(object)).all(|selection| {
            let Some(field) = selection.field else {
                return closure.reached.iter().any(|subgraph| self.reach.knows_type(object, subgraph));
            };
            let sources: SubgraphSet = self
                .reach
                .sources(object, field)
                .intersection(closure.reached)
                .iter()
                .filter(|subgraph| self.can_resolve(object, field, *subgraph, (closure, provided)))
                .collect();
            let provided = self.provided_below(object, field, provided);
            let sources = sources.union(provided.iter().map(|(subgraph, _)| *subgraph).collect());
            !sources.is_empty()
                && (selection.selections.is_empty()
                    || self.obtainable_below((object, field), selection, sources, &provided))
        })
    }

    /// Who provides an object's field, and what below it.
    pub(super) fn provided_below(
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

    fn obtainable_below(
        &mut self,
        (object, field): (ObjectId, FieldId),
        selection: &FieldSelection,
        sources: SubgraphSet,
        provided: &[Provided<'g>],
    ) -> bool {
        let graph = self.graph;
        let ty = graph.field(field).ty;
        let is_single = graph.possible(ty).len() == 1;
        graph.possible(ty).iter().all(|value| {
            let holders = self.holders(object, field, sources, value);
            if holders.is_empty() {
                return true;
            }
            let closure = self.reach.closure(value, holders, is_single);
            let provided: Vec<_> =
                provided.iter().copied().filter(|(subgraph, _)| holders.contains(*subgraph)).collect();
            self.obtainable(value, &selection.selections, (&closure, &provided))
        })
    }

    /// Those of the subgraphs whose value of the field may be of the given object type.
    pub(super) fn holders(
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
