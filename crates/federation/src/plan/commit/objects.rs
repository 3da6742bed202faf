//! Placing the objects below a field that describe another object to a subgraph.

use super::collect::{Needs, Part, Purpose};
use super::{Committed, ShapeIndex, SlotIndex};
use crate::graph::{FieldId, FieldSelection, ObjectId, SubgraphId, SubgraphSet, TypeSet};
use crate::plan::tree::{ItemId, PositionId};

/// Objects that are needed, with what is needed of them.
pub(super) struct Asked<'g> {
    pub(super) item: ItemId,
    pub(super) field: FieldId,
    pub(super) position: PositionId,
    /// Those of the position.
    pub(super) selections: &'g [FieldSelection],
    pub(super) purpose: Purpose,
}

/// By type the subgraphs to ask for a field; `None` where it does not matter which.
type Leading = Option<Vec<(ObjectId, SubgraphSet)>>;

impl<'g> Committed<'g> {
    /// Places the objects of a field for some types, with what is asked of them; `None` when that cannot be had.
    pub(super) fn collect_objects(
        &mut self,
        shape: ShapeIndex,
        asked: &Asked<'g>,
        types: TypeSet,
        needs: &mut Needs,
    ) -> Option<Vec<Part>> {
        let leading = self.leading(shape, asked, &types);
        let mut rest = types;
        let mut parts = self.written_parts(shape, asked, &leading, (&mut rest, true), needs);
        if rest.is_empty() {
            return Some(parts);
        }
        if let Some(new) = self.new_parts(shape, asked, &leading, &rest, needs) {
            parts.extend(new);
            return Some(parts);
        }
        parts.extend(self.written_parts(shape, asked, &leading, (&mut rest, false), needs));
        rest.is_empty().then_some(parts)
    }

    /// Who leads on to all that is asked, whatever is returned: subgraphs may return objects of different types.
    fn leading(&mut self, shape: ShapeIndex, asked: &Asked<'g>, types: &TypeSet) -> Leading {
        let Asked { field, selections, .. } = *asked;
        if self.chooser.graph.possible(self.chooser.graph.field(field).ty).len() == 1 {
            return None;
        }
        let asked_already = self.asked(shape);
        let differ = types.iter().any(|object| {
            let sources = self.chooser.obtain.reach.sources(object, field).union(asked_already);
            let one = TypeSet::one(object);
            let mut values = sources
                .iter()
                .map(|subgraph| self.chooser.local_value_types(&one, field, subgraph))
                .filter(|values| !values.is_empty());
            values.next().is_some_and(|first| values.any(|other| other != first))
        });
        if !differ {
            return None;
        }
        let holders = self.holders(shape).union(self.further_holders(shape));
        let (single, provided) = (self.is_single(shape), self.provided(shape));
        let chooser = &mut self.chooser;
        let mut leading_for = |object| {
            let closure = chooser.obtain.reach.closure(object, holders, single);
            let provided = chooser.provided.entries(provided);
            let found = chooser.obtain.leading((object, field), selections, (&closure, provided));
            // Where nobody seems to, what comes up on the way may still help.
            let others = || chooser.obtain.reach.sources(object, field).union(asked_already);
            (object, Some(found).filter(|found| !found.is_empty()).unwrap_or_else(others))
        };
        Some(types.iter().map(&mut leading_for).collect())
    }

    /// What the objects are described by that are in slots already, for types which are taken from `rest`; with
    /// `in_time`, only what does not wait for fragments that are delivered later.
    fn written_parts(
        &mut self,
        shape: ShapeIndex,
        asked: &Asked<'g>,
        leading: &Leading,
        (rest, in_time): (&mut TypeSet, bool),
        needs: &mut Needs,
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        for slot in 0..self.shapes[shape].slots.len() {
            let types = self.written_types(shape, slot, asked, leading, (rest, in_time));
            if !types.is_empty()
                && let Some(part) = self.part(shape, slot, types, asked, needs)
            {
                *rest = rest.difference(&part.types);
                parts.push(part);
            }
        }
        parts
    }

    /// Those of the types for which a slot holds the objects that are asked.
    fn written_types(
        &self,
        shape: ShapeIndex,
        slot: SlotIndex,
        asked: &Asked<'g>,
        leading: &Leading,
        (types, in_time): (&TypeSet, bool),
    ) -> TypeSet {
        let row = &self.shapes[shape].slots[slot];
        let is_written =
            row.writers.iter().any(|(visit, _)| !in_time || self.is_in_time(self.visits[*visit].fetch));
        if !is_written
            || row.child.is_none()
            || row.suffix != self.chooser.tree.items[asked.item].suffix
            || self.field_name(row.field) != self.field_name(asked.field)
        {
            return TypeSet::new();
        }
        let leads = |object: &ObjectId| {
            row.writers.iter().any(|(visit, written)| {
                written.contains(*object) && leads(leading, *object, self.visits[*visit].subgraph)
            })
        };
        row.types.intersection(types).iter().filter(leads).collect()
    }

    /// Places the objects in a slot of its own for all types; if that cannot be, in one for each type.
    fn new_parts(
        &mut self,
        shape: ShapeIndex,
        asked: &Asked<'g>,
        leading: &Leading,
        types: &TypeSet,
        needs: &mut Needs,
    ) -> Option<Vec<Part>> {
        match self.new_part(shape, asked, leading, types.clone(), needs) {
            Some(part) => Some(vec![part]),
            None if types.len() == 1 => None,
            None => types
                .iter()
                .map(|object| self.new_part(shape, asked, leading, TypeSet::one(object), needs))
                .collect(),
        }
    }

    /// Places the objects in a slot of its own: asks one subgraph after the other until one leads on.
    fn new_part(
        &mut self,
        shape: ShapeIndex,
        asked: &Asked<'g>,
        leading: &Leading,
        types: TypeSet,
        needs: &mut Needs,
    ) -> Option<Part> {
        let Asked { item, field, purpose, .. } = *asked;
        let all = leading.as_ref().map(|leading| {
            let of_types = leading.iter().filter(|(object, _)| types.contains(*object));
            of_types.map(|(_, all)| *all).reduce(SubgraphSet::intersection).unwrap_or_default()
        });
        let mut among = all;
        while self.stopped.is_none() {
            let slot = self.new_hidden_slot(shape, item, field, &types);
            self.add_child(shape, slot, SubgraphSet::EMPTY, SubgraphSet::EMPTY);
            if !self.place_alike(shape, slot, &types, (purpose.aim(), purpose.below()), among) {
                return None;
            }
            let writers = self.writers(shape, slot);
            self.settle_types(shape, slot, SubgraphSet::EMPTY, writers);
            if let Some(part) = self.part(shape, slot, types.clone(), asked, needs) {
                return Some(part);
            }
            self.note_failure();
            among = Some(among?.difference(writers));
        }
        None
    }

    /// Places what is asked of the objects in a slot.
    fn part(
        &mut self,
        shape: ShapeIndex,
        slot: SlotIndex,
        types: TypeSet,
        asked: &Asked<'g>,
        needs: &mut Needs,
    ) -> Option<Part> {
        let child = self.shapes[shape].slots[slot].child?;
        let mut below = Needs::of(needs.subgraph);
        let typename = self.is_abstract_to(needs.subgraph, asked.field, &types);
        if typename {
            below.fetches.extend(self.type_source(child)?);
        }
        let purpose = match asked.purpose {
            Purpose::Key(_) => Purpose::Key(u16::MAX),
            other => other,
        };
        let possible = self.shapes[child].possible.clone();
        let fields =
            self.collect(child, (asked.position, asked.selections), &possible, purpose, &mut below)?;
        needs.fetches.extend(below.fetches);
        Some(Part { slot, types, fields, typename })
    }

    /// Whether a field's objects are of several types to the subgraph they are described to, so that it has
    /// to be told which. An interface object is not.
    fn is_abstract_to(&self, subgraph: SubgraphId, field: FieldId, types: &TypeSet) -> bool {
        let graph = self.chooser.graph;
        types.iter().any(|object| {
            let declared = self.chooser.obtain.reach.any_declaration(object, field, subgraph);
            let ty = graph.ty(declared.map_or(graph.field(field).ty, |(_, local)| local.ty));
            ty.is_abstract() && !ty.interface_object.contains(subgraph)
        })
    }
}

fn leads(leading: &Leading, object: ObjectId, subgraph: SubgraphId) -> bool {
    let Some(leading) = leading else { return true };
    leading.iter().any(|(known, subgraphs)| *known == object && subgraphs.contains(subgraph))
}
