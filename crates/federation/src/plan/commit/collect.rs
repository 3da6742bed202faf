//! Placing the fields that describe an object to a subgraph.

use super::objects::Asked;
use super::{Aim, Committed, FetchIndex, Necessity, RepresentationField, ShapeIndex, Slot, SlotIndex};
use crate::graph::{FieldId, FieldSelection, FieldSetId, SubgraphId, TypeSet};
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
    pub(super) fn aim(self) -> Aim {
        match self {
            Self::Key(_) => Aim::Identify,
            Self::Requires(_) | Self::Context => Aim::Require,
        }
    }

    /// The round from which on subgraphs must not be entered.
    pub(super) fn below(self) -> u16 {
        match self {
            Self::Key(round) => round,
            Self::Requires(_) | Self::Context => u16::MAX,
        }
    }
}

/// What a description depends on.
pub(super) struct Needs {
    /// The subgraph that gets it.
    pub(super) subgraph: SubgraphId,
    /// The fetches that write the fields.
    pub(super) fetches: Vec<FetchIndex>,
}

impl Needs {
    pub(super) fn of(subgraph: SubgraphId) -> Self {
        Self { subgraph, fetches: Vec::new() }
    }
}

/// A field that describes objects, with what describes its own.
pub(super) struct Part {
    pub(super) slot: SlotIndex,
    pub(super) types: TypeSet,
    pub(super) fields: Vec<RepresentationField>,
    /// Whether the types of its objects are told.
    pub(super) typename: bool,
}

impl<'g> Committed<'g> {
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
        let selections = &self.chooser.graph.field_set(set).selections;
        self.collect(shape, (position, selections), types, purpose, needs)
    }

    /// Places what a position asks, which is that of these selections.
    pub(super) fn collect(
        &mut self,
        shape: ShapeIndex,
        (position, selections): (PositionId, &'g [FieldSelection]),
        types: &TypeSet,
        purpose: Purpose,
        needs: &mut Needs,
    ) -> Option<Vec<RepresentationField>> {
        let mut fields: Vec<RepresentationField> = Vec::new();
        for (index, selection) in selections.iter().enumerate() {
            let item = self.chooser.tree.positions[position].items[index];
            let wanted = self.chooser.tree.items[item].types.intersection(types);
            let Some(field) = self.chooser.tree.field(item) else { continue };
            if wanted.is_empty() {
                continue;
            }
            if wanted != *types {
                needs.fetches.extend(self.type_source(shape)?);
            }
            let parts = match self.chooser.tree.items[item].child {
                None => vec![self.collect_leaf(shape, (item, field), wanted, purpose)?],
                Some(position) => {
                    let selections = &selection.selections;
                    let asked = Asked { item, field, position, selections, purpose };
                    self.collect_objects(shape, &asked, wanted, needs)?
                }
            };
            for Part { slot, types, fields: below, typename } in parts {
                // Whoever writes what is needed of an object writes the object.
                if below.is_empty() {
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
                    fields: below,
                    typename,
                };
                fields = RepresentationField::merge(&fields, std::slice::from_ref(&more))?;
            }
        }
        Some(fields)
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

    /// The slot of a leaf, placed if need be.
    fn collect_leaf(
        &mut self,
        shape: ShapeIndex,
        (item, field): (ItemId, FieldId),
        types: TypeSet,
        purpose: Purpose,
    ) -> Option<Part> {
        let suffix = self.chooser.tree.items[item].suffix;
        let slot = match self.find_leaf(shape, field, suffix) {
            Some(slot) => slot,
            None => self.new_hidden_slot(shape, item, field, &types),
        };
        let row = &mut self.shapes[shape].slots[slot];
        row.types = row.types.union(&types);
        let missing = types.difference(&self.written(shape, slot, true));
        let placed = missing.is_empty() || self.place(shape, slot, &missing, purpose.aim(), purpose.below());
        let placed = placed || missing.is_subset(&self.written(shape, slot, false));
        placed.then(|| Part { slot, types, fields: Vec::new(), typename: false })
    }

    /// The types that a slot is written for; with `in_time`, without waiting for fragments that are delivered later.
    fn written(&self, shape: ShapeIndex, slot: SlotIndex, in_time: bool) -> TypeSet {
        let writers = self.shapes[shape].slots[slot].writers.iter();
        writers
            .filter(|(visit, _)| !in_time || self.is_in_time(self.visits[*visit].fetch))
            .fold(TypeSet::new(), |all, (_, types)| all.union(types))
    }

    pub(super) fn new_hidden_slot(
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
