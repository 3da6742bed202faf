//! The fields of a visit: who reads what under which response key.

use std::sync::Arc;

use super::Emitter;
use crate::graph::{ContextArgument, FieldId, FieldInSubgraph, ObjectId, TypeId, TypeSet, Wrapping};
use crate::plan::PlanError;
use crate::plan::commit::{SlotIndex, VisitIndex};
use crate::plan::query_plan::{
    LeafType, ReadField, ReadValue, Selection, SelectionId, ShapeId, SlotId, TypenameSource,
};
use crate::plan::tree::SuffixId;

/// A visit written out.
pub(super) struct Emitted {
    pub(super) selection: SelectionId,
    /// The selection set without braces; for the top of an `_entities` fetch, fragments only.
    pub(super) text: String,
    pub(super) entries: Vec<Entry>,
    /// Whether `__typename` is asked.
    pub(super) typename: bool,
}

/// A field as one subgraph answers it for some types.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: Box<str>,
    pub(super) name: Arc<str>,
    pub(super) suffix: SuffixId,
    pub(super) slot: SlotIndex,
    pub(super) types: TypeSet,
    pub(super) ty: TypeId,
    pub(super) wrapping: Wrapping,
    /// The arguments that enclosing objects give, by their place among the fetch's.
    pub(super) contexts: Vec<usize>,
    pub(super) child: Option<VisitIndex>,
    /// The requirements that tell it from entries with the same text, as bits.
    pub(super) requires: u64,
    /// The field as sent, sub-selections included.
    pub(super) text: String,
}

impl Emitter<'_, '_> {
    /// Writes out a visit and all below it.
    pub(super) fn visit(&mut self, visit: VisitIndex) -> Result<SelectionId, PlanError> {
        let plan = self.plan;
        for read in &plan.visits[visit].reads {
            if let Some(child) = read.child {
                self.visit(child)?;
            }
        }
        let mut entries = self.collect_entries(visit)?;
        self.assign_keys(visit, &mut entries);
        for entry in &mut entries {
            entry.text = self.entry_text(visit, entry);
            self.text_left = self.text_left.checked_sub(entry.text.len()).ok_or(PlanError::TooLarge)?;
        }
        let typename = plan.visits[visit].typename || self.is_ambiguous(visit, &entries);
        let (text, order, bare_typename) = self.body(visit, &entries, typename);
        // A type that is known need not be read; a root may have another name in the subgraph.
        let reads_typename = typename || bare_typename && self.static_type(visit).is_none();
        let selection = self.selection(visit, &entries, &order, reads_typename);
        let selection = self.push_selection(selection);
        self.emitted.insert(visit, Emitted { selection, text, entries, typename });
        Ok(selection)
    }

    /// One entry per read and local type.
    fn collect_entries(&self, visit: VisitIndex) -> Result<Vec<Entry>, PlanError> {
        let row = &self.plan.visits[visit];
        let reach = &self.plan.chooser.obtain.reach;
        let mut entries: Vec<Entry> = Vec::new();
        for read in &row.reads {
            let slot = &self.plan.shapes[row.shape].slots[read.slot];
            let first = entries.len();
            for object in read.types.intersection(&row.types).iter() {
                let Some((field, local)) = reach.any_declaration(object, slot.field, row.subgraph) else {
                    continue;
                };
                let contexts = self.contexts_of(visit, field, local)?;
                let same = entries[first..].iter_mut().find(|entry| {
                    entry.ty == local.ty && entry.wrapping == local.wrapping && entry.contexts == contexts
                });
                match same {
                    Some(entry) => entry.types.insert(object),
                    None => entries.push(Entry {
                        key: Box::default(),
                        name: self.plan.chooser.graph.field(field).name.clone(),
                        suffix: slot.suffix,
                        slot: read.slot,
                        types: TypeSet::one(object),
                        ty: local.ty,
                        wrapping: local.wrapping,
                        contexts,
                        child: read.child,
                        requires: 0,
                        text: String::new(),
                    }),
                }
            }
        }
        Ok(entries)
    }

    /// The arguments of a field that enclosing objects give.
    fn contexts_of(
        &self,
        visit: VisitIndex,
        field: FieldId,
        local: &FieldInSubgraph,
    ) -> Result<Vec<usize>, PlanError> {
        let contexts = &self.plan.fetches[self.plan.visits[visit].fetch].contexts;
        let place = |argument: &ContextArgument| {
            contexts.iter().position(|known| known.field == field && known.argument == argument.name)
        };
        let places = local.context_arguments.iter().map(place).collect::<Option<_>>();
        // Without its value the field would answer something else than was asked.
        places.ok_or_else(|| PlanError::Unreachable(self.plan.chooser.graph.field(field).coordinate.clone()))
    }

    /// Every entry gets the client's key or the field's name, unless that would not be one response
    /// (GraphQL specification 5.3.2, field selection merging).
    fn assign_keys(&self, visit: VisitIndex, entries: &mut [Entry]) {
        let shape = &self.plan.shapes[self.plan.visits[visit].shape];
        let wanted: Vec<Arc<str>> = entries
            .iter()
            .map(|entry| shape.slots[entry.slot].key.as_ref().unwrap_or(&entry.name).clone())
            .collect();
        let (client, hidden): (Vec<usize>, Vec<usize>) =
            (0..entries.len()).partition(|index| shape.slots[entries[*index].slot].key.is_some());
        let row = &self.plan.visits[visit];
        // What an interface object is asked, it is asked for all types.
        let separable = !row.views.iter().any(|(_, view)| self.is_interface_object(*view, row.subgraph));
        let mut fresh = 0;
        for index in client.into_iter().chain(hidden) {
            let mut key = wanted[index].clone();
            while entries.iter().any(|known| {
                !known.key.is_empty()
                    && *known.key == *key
                    && !self.can_share(known, &entries[index], separable)
            }) || (fresh > 0 && key != wanted[index] && wanted.contains(&key))
            {
                key = format!("_{fresh}").into();
                fresh += 1;
            }
            entries[index].key = (*key).into();
        }
    }

    /// Whether two entries may have the same response key; `separable` says whether types keep them apart.
    fn can_share(&self, a: &Entry, b: &Entry, separable: bool) -> bool {
        if a.name != b.name || a.suffix != b.suffix || a.wrapping != b.wrapping || a.contexts != b.contexts {
            return false;
        }
        match (a.child, b.child) {
            (None, None) => a.ty == b.ty,
            (Some(a_child), Some(b_child)) => {
                a_child == b_child
                    || separable && !a.types.intersects(&b.types) && self.are_mergeable(a_child, b_child)
            }
            _ => false,
        }
    }

    fn are_mergeable(&self, a: VisitIndex, b: VisitIndex) -> bool {
        let (Some(a), Some(b)) = (self.emitted.get(&a), self.emitted.get(&b)) else { return false };
        a.entries.iter().all(|a| {
            b.entries.iter().filter(|b| b.key == a.key).all(|b| {
                a.name == b.name
                    && a.suffix == b.suffix
                    && a.wrapping == b.wrapping
                    && match (a.child, b.child) {
                        (None, None) => a.ty == b.ty,
                        (Some(a), Some(b)) => self.are_mergeable(a, b),
                        _ => false,
                    }
            })
        })
    }

    /// Whether only the type of an object says which of two entries a value belongs to, and nobody is sure to
    /// have told it by then.
    fn is_ambiguous(&self, visit: VisitIndex, entries: &[Entry]) -> bool {
        !self.plan.visits[visit].entity
            && self.static_type(visit).is_none()
            && entries
                .iter()
                .enumerate()
                .any(|(index, a)| entries[..index].iter().any(|b| a.key == b.key && a.slot != b.slot))
    }

    fn selection(
        &self,
        visit: VisitIndex,
        entries: &[Entry],
        order: &[usize],
        reads_typename: bool,
    ) -> Selection {
        let row = &self.plan.visits[visit];
        let shape = &self.plan.shapes[row.shape];
        let mut fields = Vec::with_capacity(order.len() + 1);
        if reads_typename {
            fields.push(ReadField {
                key: "__typename".into(),
                slot: SlotId(0),
                types: None,
                wrapping: Wrapping::named(true),
                value: ReadValue::Typename,
            });
        }
        for index in order {
            let entry = &entries[*index];
            let value = match entry.child.and_then(|child| self.emitted.get(&child)) {
                Some(child) => ReadValue::Object(child.selection),
                None => {
                    let leaf = self.plan.chooser.graph.leaf_type(entry.ty).unwrap_or(LeafType::Any);
                    ReadValue::Leaf(leaf)
                }
            };
            let everybody = shape.possible.is_subset(&entry.types) || row.types.is_subset(&entry.types);
            fields.push(ReadField {
                key: entry.key.clone(),
                slot: SlotId(entry.slot as u32),
                types: (!everybody).then(|| entry.types.clone()),
                wrapping: entry.wrapping,
                value,
            });
        }
        let typename = if reads_typename {
            TypenameSource::Field
        } else {
            self.static_type(visit).map_or(TypenameSource::Unknown, TypenameSource::Static)
        };
        Selection { shape: ShapeId(row.shape as u32), typename, fields }
    }

    /// The only type the objects of a visit can have.
    fn static_type(&self, visit: VisitIndex) -> Option<ObjectId> {
        let row = &self.plan.visits[visit];
        self.plan.shapes[row.shape].possible.single().or_else(|| row.types.single())
    }
}
