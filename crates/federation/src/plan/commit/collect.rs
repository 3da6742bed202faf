//! Placing the fields that describe an object to a subgraph.

use super::{Aim, Committed, FetchIndex, Necessity, RepresentationField, ShapeIndex, Slot, SlotIndex};
use crate::graph::{FieldId, FieldSetId, SubgraphId, SubgraphSet, TypeSet};
use crate::plan::tree::{ItemId, PositionId};

/// Why fields are collected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// For a key that opens a subgraph of that round.
    Key(u16),
    /// For `@requires`.
    Requires(FieldSetId),
    /// For an argument whose value enclosing objects give.
    Context,
}

impl Purpose {
    fn aim(self) -> Aim {
        match self {
            Self::Key(_) => Aim::Identify,
            Self::Requires(_) | Self::Context => Aim::Require,
        }
    }

    /// The round from which on subgraphs must not be entered.
    fn below(self) -> u16 {
        match self {
            Self::Key(round) => round,
            Self::Requires(_) | Self::Context => u16::MAX,
        }
    }
}

/// What a description depends on.
pub(super) struct Needs {
    /// The subgraph that gets it.
    subgraph: SubgraphId,
    /// The fetches that write the fields.
    pub(super) fetches: Vec<FetchIndex>,
}

impl Needs {
    pub(super) fn of(subgraph: SubgraphId) -> Self {
        Self { subgraph, fetches: Vec::new() }
    }
}

impl Committed<'_> {
    /// Places a field set at a shape; `None` when a field of it cannot be had.
    pub(super) fn collect_set(
        &mut self,
        shape: ShapeIndex,
        set: FieldSetId,
        types: &TypeSet,
        purpose: Purpose,
        needs: &mut Needs,
    ) -> Option<Vec<RepresentationField>> {
        let position = self.chooser.tree.field_set(self.chooser.graph, set);
        self.collect(shape, position, types, purpose, needs)
    }

    fn collect(
        &mut self,
        shape: ShapeIndex,
        position: PositionId,
        types: &TypeSet,
        purpose: Purpose,
        needs: &mut Needs,
    ) -> Option<Vec<RepresentationField>> {
        let mut fields: Vec<RepresentationField> = Vec::new();
        for index in 0..self.chooser.tree.positions[position].items.len() {
            let item = self.chooser.tree.positions[position].items[index];
            let wanted = self.chooser.tree.items[item].types.intersection(types);
            let Some(field) = self.chooser.tree.field(item) else { continue };
            if wanted.is_empty() {
                continue;
            }
            if wanted != *types {
                needs.fetches.extend(self.type_source(shape)?);
            }
            for (slot, types) in self.obtain(shape, item, field, &wanted, purpose)? {
                let child = self.chooser.tree.items[item].child;
                let (nested, typename) = match (child, self.shapes[shape].slots[slot].child) {
                    (Some(position), Some(child)) => {
                        let typename = self.is_abstract_to(needs.subgraph, field, &types);
                        (self.collect_below(child, position, (typename, purpose), needs)?, typename)
                    }
                    _ => (Vec::new(), false),
                };
                // Whoever writes what is needed of an object writes the object.
                if nested.is_empty() {
                    self.note_writers(shape, slot, &types, needs);
                }
                let more = RepresentationField {
                    name: self.field_name(field).clone(),
                    slot,
                    necessity: match purpose {
                        Purpose::Key(_) => Necessity::Always,
                        Purpose::Requires(set) if self.is_non_null(field, &types) => {
                            Necessity::For(vec![set])
                        }
                        Purpose::Requires(_) | Purpose::Context => Necessity::Never,
                    },
                    types,
                    fields: nested,
                    typename,
                };
                fields = RepresentationField::merge(&fields, std::slice::from_ref(&more))?;
            }
        }
        Some(fields)
    }

    fn collect_below(
        &mut self,
        child: ShapeIndex,
        position: PositionId,
        (typename, purpose): (bool, Purpose),
        needs: &mut Needs,
    ) -> Option<Vec<RepresentationField>> {
        if typename {
            needs.fetches.extend(self.type_source(child)?);
        }
        let below = match purpose {
            Purpose::Key(_) => Purpose::Key(u16::MAX),
            other => other,
        };
        let planned = self.shapes[child].planned.clone();
        self.collect(child, position, &planned, below, needs)
    }

    /// Whether a field's objects are of several types to the subgraph they are described to, so that it has
    /// to be told which. An interface object is not.
    fn is_abstract_to(&self, subgraph: SubgraphId, field: FieldId, types: &TypeSet) -> bool {
        let graph = self.chooser.graph;
        types.iter().any(|object| {
            let declared = self.chooser.reach.any_declaration(object, field, subgraph);
            let ty = graph.ty(declared.map_or(graph.field(field).ty, |(_, local)| local.ty));
            ty.is_abstract() && !ty.interface_object.contains(subgraph)
        })
    }

    fn is_non_null(&self, field: FieldId, types: &TypeSet) -> bool {
        let graph = self.chooser.graph;
        types.iter().all(|object| {
            let own = graph.concrete_field(object, field).unwrap_or(field);
            graph.field(own).wrapping.is_non_null()
        })
    }

    fn note_writers(&self, shape: ShapeIndex, slot: SlotIndex, types: &TypeSet, needs: &mut Needs) {
        for (visit, written) in &self.shapes[shape].slots[slot].writers {
            if written.intersects(types) {
                needs.fetches.push(self.visits[*visit].fetch);
            }
        }
    }

    /// The slots that hold a field for some types; placed if need be.
    fn obtain(
        &mut self,
        shape: ShapeIndex,
        item: ItemId,
        field: FieldId,
        types: &TypeSet,
        purpose: Purpose,
    ) -> Option<Vec<(SlotIndex, TypeSet)>> {
        if self.chooser.tree.items[item].child.is_none() {
            return self
                .obtain_leaf(shape, item, field, types, purpose)
                .map(|slot| vec![(slot, types.clone())]);
        }
        let mut rest = types.clone();
        let mut found = self.written_slots(shape, item, field, &mut rest, true);
        if rest.is_empty() {
            return Some(found);
        }
        let slot = self.new_hidden_slot(shape, item, field, &rest);
        self.add_child(shape, slot, SubgraphSet::EMPTY, SubgraphSet::EMPTY);
        if self.place(shape, slot, &rest, purpose.aim(), purpose.below()) {
            let writers = &self.shapes[shape].slots[slot].writers;
            let writers = writers.iter().map(|(visit, _)| self.visits[*visit].subgraph).collect();
            self.settle_types(shape, slot, SubgraphSet::EMPTY, writers);
            found.push((slot, rest));
            return Some(found);
        }
        found.extend(self.written_slots(shape, item, field, &mut rest, false));
        rest.is_empty().then_some(found)
    }

    /// The slots that hold the objects of a field already, with the types they hold it for, which are taken from
    /// `rest`; with `in_time`, only what does not wait for fragments that are delivered later.
    fn written_slots(
        &self,
        shape: ShapeIndex,
        item: ItemId,
        field: FieldId,
        rest: &mut TypeSet,
        in_time: bool,
    ) -> Vec<(SlotIndex, TypeSet)> {
        let suffix = self.chooser.tree.items[item].suffix;
        let mut found = Vec::new();
        for (index, slot) in self.shapes[shape].slots.iter().enumerate() {
            let both = slot.types.intersection(rest);
            if slot.child.is_some()
                && slot.suffix == suffix
                && !both.is_empty()
                && slot
                    .writers
                    .iter()
                    .any(|(visit, _)| !in_time || self.is_in_time(self.visits[*visit].fetch))
                && self.field_name(slot.field) == self.field_name(field)
            {
                *rest = rest.difference(&both);
                found.push((index, both));
            }
        }
        found
    }

    fn obtain_leaf(
        &mut self,
        shape: ShapeIndex,
        item: ItemId,
        field: FieldId,
        types: &TypeSet,
        purpose: Purpose,
    ) -> Option<SlotIndex> {
        let suffix = self.chooser.tree.items[item].suffix;
        let slot = match self.find_leaf(shape, field, suffix) {
            Some(slot) => slot,
            None => self.new_hidden_slot(shape, item, field, types),
        };
        let row = &mut self.shapes[shape].slots[slot];
        row.types = row.types.union(types);
        let missing = types.difference(&self.written(shape, slot, true));
        let placed = missing.is_empty() || self.place(shape, slot, &missing, purpose.aim(), purpose.below());
        (placed || missing.is_subset(&self.written(shape, slot, false))).then_some(slot)
    }

    /// The types that a slot is written for; with `in_time`, without waiting for fragments that are delivered later.
    fn written(&self, shape: ShapeIndex, slot: SlotIndex, in_time: bool) -> TypeSet {
        let writers = self.shapes[shape].slots[slot].writers.iter();
        writers
            .filter(|(visit, _)| !in_time || self.is_in_time(self.visits[*visit].fetch))
            .fold(TypeSet::new(), |all, (_, types)| all.union(types))
    }

    fn new_hidden_slot(
        &mut self,
        shape: ShapeIndex,
        item: ItemId,
        field: FieldId,
        types: &TypeSet,
    ) -> SlotIndex {
        let suffix = self.chooser.tree.items[item].suffix;
        self.new_slot(
            shape,
            Slot { field, suffix, key: None, types: types.clone(), child: None, writers: Vec::new() },
        )
    }
}
