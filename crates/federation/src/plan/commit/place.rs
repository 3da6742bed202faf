//! Finding a visit for a field, by any way there is.

use super::{Aim, Committed, FieldId, Pursuit, Read, ShapeIndex, Slot, SlotIndex, Visit, VisitIndex};
use crate::graph::{ObjectId, SubgraphId, SubgraphSet, TypeSet};
use crate::plan::query_plan::OperationKind;
use crate::plan::tree::SuffixId;

impl Committed<'_> {
    /// The slot of a leaf.
    pub(super) fn find_leaf(&self, shape: ShapeIndex, field: FieldId, suffix: SuffixId) -> Option<SlotIndex> {
        let name = self.field_name(field);
        self.shapes[shape].slots.iter().position(|slot| {
            slot.child.is_none() && slot.suffix == suffix && self.field_name(slot.field) == name
        })
    }

    /// Has a slot written for some types, whoever can; entering subgraphs below the given round only.
    pub(super) fn place(
        &mut self,
        shape: ShapeIndex,
        slot: SlotIndex,
        types: &TypeSet,
        aim: Aim,
        below: u16,
    ) -> bool {
        self.place_alike(shape, slot, types, (aim, below), None)
            || types.len() > 1
                && types.iter().all(|object| self.place(shape, slot, &TypeSet::one(object), aim, below))
    }

    /// Has a slot written for all of some types by one subgraph, perhaps one of a few.
    pub(super) fn place_alike(
        &mut self,
        shape: ShapeIndex,
        slot: SlotIndex,
        types: &TypeSet,
        (aim, below): (Aim, u16),
        among: Option<SubgraphSet>,
    ) -> bool {
        if self.place_whole(shape, slot, types, (aim, below), among) {
            return true;
        }
        if types.len() > 1 {
            return false;
        }
        while self.add_holder(shape) {
            if self.place_whole(shape, slot, types, (aim, below), among) {
                return true;
            }
        }
        aim != Aim::Serve && self.place_left_over(shape, slot, types, among)
    }

    /// Has a slot that describes objects written by a subgraph that lost the right to serve its value, when nobody
    /// else can be asked.
    fn place_left_over(
        &mut self,
        shape: ShapeIndex,
        slot: SlotIndex,
        types: &TypeSet,
        among: Option<SubgraphSet>,
    ) -> bool {
        let field = self.shapes[shape].slots[slot].field;
        let sources = types.iter().map(|object| self.chooser.obtain.reach.sources(object, field));
        let all = sources.chain(among).reduce(SubgraphSet::intersection).unwrap_or_default();
        for subgraph in all.iter() {
            let pursuit = Pursuit::Field(shape, subgraph, field);
            if !self.may_pursue(&pursuit) {
                continue;
            }
            self.pursued.push(pursuit);
            let found = self.enter(shape, subgraph, types, field, true);
            self.pursued.pop();
            if let Some(visit) = found {
                self.read(visit, slot, types);
                return true;
            }
        }
        false
    }

    fn place_whole(
        &mut self,
        shape: ShapeIndex,
        slot: SlotIndex,
        types: &TypeSet,
        (aim, below): (Aim, u16),
        among: Option<SubgraphSet>,
    ) -> bool {
        let field = self.shapes[shape].slots[slot].field;
        let mut ways = self.ways(shape, types, field, aim, below);
        ways.retain(|subgraph| among.is_none_or(|among| among.contains(*subgraph)));
        for subgraph in ways {
            if let Some(visit) = self.visit_for(shape, subgraph, types, field, aim) {
                self.read(visit, slot, types);
                return true;
            }
        }
        false
    }

    /// The subgraphs that could answer a field, the best first: those already asked, then by distance.
    fn ways(
        &mut self,
        shape: ShapeIndex,
        types: &TypeSet,
        field: FieldId,
        aim: Aim,
        below: u16,
    ) -> Vec<SubgraphId> {
        let mut all: Option<SubgraphSet> = None;
        for object in types.iter() {
            let some = match aim {
                Aim::Serve => self.chooser.obtain.reach.resolvers(object, field),
                Aim::Identify | Aim::Require => self.chooser.obtain.reach.sources(object, field),
            };
            all = Some(all.map_or(some, |known| known.intersection(some)));
        }
        let holders = self.holders(shape);
        let single = self.is_single(shape);
        let all = all.unwrap_or_default();
        let mut ways = Vec::new();
        // What a subgraph does not resolve it may still provide where it was asked for the objects.
        for subgraph in all.union(self.asked(shape)).iter() {
            let existing = self.existing((shape, subgraph), types, field, aim, false);
            if existing.is_none() && !all.contains(subgraph) {
                continue;
            }
            let level = existing.map(|visit| self.fetches[self.visits[visit].fetch].level);
            let round = types
                .iter()
                .map(|object| {
                    let closure = self.chooser.obtain.reach.closure(object, holders, single);
                    closure.hop(subgraph).map_or(u16::MAX, |hop| hop.round)
                })
                .max()
                .unwrap_or(u16::MAX);
            if level.is_some() || round < below || below == u16::MAX {
                ways.push((level.is_none(), level, round, subgraph));
            }
        }
        ways.sort_unstable();
        ways.into_iter().map(|(.., subgraph)| subgraph).collect()
    }

    /// A visit of a subgraph that can answer a field of these objects; made if need be.
    pub(super) fn visit_for(
        &mut self,
        shape: ShapeIndex,
        subgraph: SubgraphId,
        types: &TypeSet,
        field: FieldId,
        aim: Aim,
    ) -> Option<VisitIndex> {
        if let Some(visit) = self.existing((shape, subgraph), types, field, aim, true) {
            return Some(visit);
        }
        let pursuit = Pursuit::Field(shape, subgraph, field);
        if !self.may_pursue(&pursuit) {
            return None;
        }
        self.pursued.push(pursuit);
        let mut found = self.enter(shape, subgraph, types, field, false);
        if found.is_none() && self.hold(shape, subgraph).is_some() {
            found = self
                .existing((shape, subgraph), types, field, aim, true)
                .or_else(|| self.enter(shape, subgraph, types, field, false));
        }
        self.pursued.pop();
        // Later than it could be is better than not at all.
        found = found.or_else(|| self.existing((shape, subgraph), types, field, aim, false));
        if found.is_none() {
            self.note_failure();
        }
        found
    }

    /// The earliest visit that can answer a field as it is; with `in_time`, without waiting for fragments that are
    /// delivered later.
    fn existing(
        &self,
        (shape, subgraph): (ShapeIndex, SubgraphId),
        types: &TypeSet,
        field: FieldId,
        aim: Aim,
        in_time: bool,
    ) -> Option<VisitIndex> {
        self.shapes[shape]
            .visits
            .iter()
            .copied()
            .filter(|visit| self.visits[*visit].subgraph == subgraph)
            .filter(|visit| !in_time || self.may_answer(*visit, aim))
            .filter(|visit| types.iter().all(|object| self.answers(*visit, object, field, aim)))
            .min_by_key(|visit| (self.fetches[self.visits[*visit].fetch].level, *visit))
    }

    /// Gets the objects of a shape from one more subgraph, through their parents.
    fn add_holder(&mut self, shape: ShapeIndex) -> bool {
        let candidates = self.further_holders(shape);
        candidates.iter().any(|subgraph| self.hold(shape, subgraph).is_some())
    }

    /// The subgraphs that could hold the objects of a shape besides those that do.
    pub(super) fn further_holders(&self, shape: ShapeIndex) -> SubgraphSet {
        let Some((parent, slot)) = self.shapes[shape].parent else { return SubgraphSet::EMPTY };
        let Slot { field, ref types, .. } = self.shapes[parent].slots[slot];
        let resolvers = types.iter().map(|object| self.chooser.obtain.reach.resolvers(object, field));
        let resolving = resolvers.reduce(SubgraphSet::intersection).unwrap_or_default();
        // What a subgraph does not resolve it may still provide.
        let asked = self.asked(parent).difference(resolving).iter();
        let providing: SubgraphSet = asked
            .filter(|subgraph| self.existing((parent, *subgraph), types, field, Aim::Serve, true).is_some())
            .collect();
        resolving.union(providing).difference(self.holders(shape))
    }

    /// The subgraphs that are asked for the objects of a shape.
    pub(super) fn asked(&self, shape: ShapeIndex) -> SubgraphSet {
        self.shapes[shape].visits.iter().map(|visit| self.visits[*visit].subgraph).collect()
    }

    /// Has a subgraph resolve the field that leads to a shape, beside those that do already. Lists come out
    /// in the same order everywhere, as the field is shareable.
    pub(super) fn hold(&mut self, shape: ShapeIndex, subgraph: SubgraphId) -> Option<VisitIndex> {
        let (parent, slot) = self.shapes[shape].parent?;
        if parent == super::ROOT && self.kind != OperationKind::Query {
            return None;
        }
        let row = &self.shapes[parent].slots[slot];
        let (field, types) = (row.field, row.types.clone());
        let pursuit = Pursuit::Holder(shape, subgraph);
        if !self.further_holders(shape).contains(subgraph) || !self.may_pursue(&pursuit) {
            return None;
        }
        self.pursued.push(pursuit);
        let visit = self.visit_for(parent, subgraph, &types, field, Aim::Serve);
        self.pursued.pop();
        visit.and_then(|visit| self.read(visit, slot, &types))
    }

    /// Has a visit read a slot; returns the visit of the slot's objects.
    pub(super) fn read(&mut self, visit: VisitIndex, slot: SlotIndex, types: &TypeSet) -> Option<VisitIndex> {
        let shape = self.visits[visit].shape;
        let writers = &mut self.shapes[shape].slots[slot].writers;
        match writers.iter_mut().find(|(writer, _)| *writer == visit) {
            Some((_, written)) => *written = written.union(types),
            None => writers.push((visit, types.clone())),
        }
        if let Some(read) = self.visits[visit].reads.iter_mut().find(|read| read.slot == slot) {
            read.types = read.types.union(types);
            let child = read.child;
            self.narrow(visit, slot, child, types);
            return child;
        }
        let child =
            self.shapes[shape].slots[slot].child.and_then(|child| self.follow(visit, slot, child, types));
        self.visits[visit].reads.push(Read { slot, types: types.clone(), child });
        child
    }

    /// Keeps of what is provided below a slot only what objects of further types provide, too.
    fn narrow(&mut self, visit: VisitIndex, slot: SlotIndex, child: Option<VisitIndex>, types: &TypeSet) {
        let Some(child) = child else { return };
        let Visit { shape, subgraph, provided, .. } = self.visits[visit];
        let field = self.shapes[shape].slots[slot].field;
        let below = self.chooser.provided_below(provided, subgraph, types, field);
        self.visits[child].provided = self.chooser.provided.common(self.visits[child].provided, below);
    }

    /// The visit of the objects in a slot, by the subgraph that answers the slot.
    fn follow(
        &mut self,
        visit: VisitIndex,
        slot: SlotIndex,
        shape: ShapeIndex,
        types: &TypeSet,
    ) -> Option<VisitIndex> {
        let Visit { shape: parent, subgraph, fetch, provided, .. } = self.visits[visit];
        let field = self.shapes[parent].slots[slot].field;
        let object: ObjectId = types.iter().next()?;
        let (_, declaration) = self.chooser.obtain.reach.any_declaration(object, field, subgraph)?;
        let below = self.chooser.provided_below(provided, subgraph, types, field);
        let known = self.chooser.local_value_types(types, field, subgraph);
        self.visits.push(Visit {
            shape,
            subgraph,
            fetch,
            entity: false,
            views: vec![(known.clone(), declaration.ty)],
            types: known,
            provided: below,
            typename: false,
            reads: Vec::new(),
        });
        self.shapes[shape].visits.push(self.visits.len() - 1);
        Some(self.visits.len() - 1)
    }
}
