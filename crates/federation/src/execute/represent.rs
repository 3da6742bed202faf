//! Representations: how rows are described to the subgraph that is asked about them.

use std::collections::HashMap;
use std::sync::Arc;

use ahash::RandomState;

use super::program::applies;
use super::store::{Slot, Store};
use crate::graph::{Graph, ObjectId};
use crate::plan::query_plan::{
    Anchor, ContextSource, EntityInput, QueryPlan, Representation, RepresentationField, SelectionId, ShapeId,
    SlotId, SlotKind,
};

/// A row that the answer of a fetch goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Which representation stands for the row, hence which item of the answer.
    pub(crate) ordinal: u32,
    pub(crate) shape: ShapeId,
    pub(crate) row: u32,
    pub(crate) selection: SelectionId,
}

/// One `_entities` field of a request: what is sent and where the answer goes.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    /// The JSON text of the list of representations.
    pub(crate) json: Vec<u8>,
    /// Sorted by ordinal, rows of the same anchor together.
    pub(crate) targets: Vec<Target>,
    /// The number of representations.
    pub(crate) count: u32,
    /// The values of [`EntityInput::contexts`] as JSON text.
    pub(crate) contexts: Vec<Arc<[u8]>>,
}

impl Lookup {
    /// A lookup of nothing with the same values from context.
    pub(super) fn idle(&self) -> Self {
        Self { json: b"[]".to_vec(), targets: Vec::new(), count: 0, contexts: self.contexts.clone() }
    }

    /// The targets of one representation.
    pub(crate) fn of(&self, ordinal: usize) -> &[Target] {
        let start = self.targets.partition_point(|target| (target.ordinal as usize) < ordinal);
        let end = self.targets.partition_point(|target| target.ordinal as usize <= ordinal);
        &self.targets[start..end]
    }
}

/// Describes all rows an input is about. Equal descriptions are sent once.
pub(crate) fn represent(plan: &QueryPlan, graph: &Graph, store: &Store, input: &EntityInput) -> Lookup {
    let mut builder = Builder::new(plan, graph, store, Vec::new());
    for anchor in &input.anchors {
        for row in 0..store.rows(anchor.shape) {
            builder.add(anchor, row);
        }
    }
    builder.finish()
}

/// A lookup in the making.
pub(super) struct Builder<'a> {
    writer: Writer<'a>,
    known: Known,
    targets: Vec<Target>,
    contexts: Vec<Arc<[u8]>>,
}

impl<'a> Builder<'a> {
    /// A lookup without rows; `contexts` as in [`Lookup::contexts`].
    pub(super) fn new(
        plan: &'a QueryPlan,
        graph: &'a Graph,
        store: &'a Store,
        contexts: Vec<Arc<[u8]>>,
    ) -> Self {
        let writer = Writer { plan, graph, store, json: vec![b'['] };
        Self { writer, known: Known::default(), targets: Vec::new(), contexts }
    }

    /// Describes a row, unless it is not to be looked up.
    pub(super) fn add(&mut self, anchor: &Anchor, row: u32) {
        let writer = &mut self.writer;
        let ty = writer.store.ty(anchor.shape, row);
        if !applies(&anchor.types, ty) {
            return;
        }
        let described = |representation: &&Representation| applies(&representation.types, ty);
        let Some(representation) = anchor.representations.iter().find(described) else { return };
        let start = writer.json.len();
        if !writer.entity(representation, anchor.shape, row, ty) {
            writer.json.truncate(start);
            return;
        }
        let ordinal = match self.known.add(&writer.json, start) {
            Ok(new) => {
                writer.json.push(b',');
                new
            }
            Err(same) => {
                writer.json.truncate(start);
                same
            }
        };
        self.targets.push(Target { ordinal, shape: anchor.shape, row, selection: anchor.selection });
    }

    pub(super) fn finish(self) -> Lookup {
        let Self { writer: Writer { mut json, .. }, known, targets, contexts } = self;
        let targets = by_ordinal(targets, known.spans.len());
        if known.spans.is_empty() {
            json.push(b']');
        } else if let Some(last) = json.last_mut() {
            *last = b']';
        }
        Lookup { json, targets, count: known.spans.len() as u32, contexts }
    }
}

/// The value an enclosing row gives, as JSON text; null where there is none.
pub(super) fn value_of(
    plan: &QueryPlan,
    graph: &Graph,
    store: &Store,
    source: &ContextSource,
    row: u32,
) -> Vec<u8> {
    let mut writer = Writer { plan, graph, store, json: Vec::new() };
    let (mut shape, mut row, mut fields) = (source.shape, row, source.fields.as_slice());
    loop {
        let ty = store.ty(shape, row);
        let Some(field) = fields.iter().find(|field| applies(&field.types, ty)) else { break };
        let value = store.slot(shape, row, field.slot);
        match (value, writer.child(shape, field.slot)) {
            (Slot::Row(child), Some(below)) => (shape, row, fields) = (below, child, &field.fields),
            (value, None) if writer.value(field, shape, value) => return writer.json,
            _ => break,
        }
    }
    b"null".to_vec()
}

/// Sorts by ordinal, of which there are so many; rows of one anchor stay together, in order.
fn by_ordinal(targets: Vec<Target>, count: usize) -> Vec<Target> {
    if targets.len() == count {
        // All different, hence numbered in order.
        return targets;
    }
    let mut places = vec![0; count + 1];
    for target in &targets {
        places[target.ordinal as usize + 1] += 1;
    }
    for index in 1..places.len() {
        places[index] += places[index - 1];
    }
    let mut sorted = targets.clone();
    for target in targets {
        let place = &mut places[target.ordinal as usize];
        sorted[*place] = target;
        *place += 1;
    }
    sorted
}

/// The representations written so far. Found by hash, told apart by their bytes.
#[derive(Default)]
struct Known {
    hasher: RandomState,
    /// From a hash to the last representation with it.
    by_hash: HashMap<u64, u32, RandomState>,
    /// Of each representation its bytes, and another one with the same hash.
    spans: Vec<(usize, usize, Option<u32>)>,
}

impl Known {
    /// The number of the representation that was just written, or of an equal one before it.
    fn add(&mut self, json: &[u8], start: usize) -> Result<u32, u32> {
        let written = &json[start..];
        let hash = self.hasher.hash_one(written);
        let first = self.by_hash.get(&hash).copied();
        let mut next = first;
        while let Some(candidate) = next {
            let (from, to, another) = self.spans[candidate as usize];
            if &json[from..to] == written {
                return Err(candidate);
            }
            next = another;
        }
        let ordinal = self.spans.len() as u32;
        self.spans.push((start, json.len(), first));
        self.by_hash.insert(hash, ordinal);
        Ok(ordinal)
    }
}

struct Writer<'a> {
    plan: &'a QueryPlan,
    graph: &'a Graph,
    store: &'a Store,
    json: Vec<u8>,
}

impl Writer<'_> {
    /// Writes a representation; false when the row lacks a field it needs.
    fn entity(
        &mut self,
        representation: &Representation,
        shape: ShapeId,
        row: u32,
        ty: Option<ObjectId>,
    ) -> bool {
        self.json.extend_from_slice(b"{\"__typename\":\"");
        self.json.extend_from_slice(representation.typename.as_bytes());
        self.json.push(b'"');
        self.fields(&representation.fields, shape, row, ty, false) && {
            self.json.push(b'}');
            true
        }
    }

    fn fields(
        &mut self,
        fields: &[RepresentationField],
        shape: ShapeId,
        row: u32,
        ty: Option<ObjectId>,
        mut first: bool,
    ) -> bool {
        for field in fields.iter().filter(|field| applies(&field.types, ty)) {
            let value = self.store.slot(shape, row, field.slot);
            if field.required && value.is_empty() {
                return false;
            }
            self.json.extend_from_slice(if first { b"\"" } else { b",\"" });
            first = false;
            self.json.extend_from_slice(field.name.as_bytes());
            self.json.extend_from_slice(b"\":");
            if !self.value(field, shape, value) {
                return false;
            }
        }
        true
    }

    fn value(&mut self, field: &RepresentationField, shape: ShapeId, value: Slot) -> bool {
        match value {
            Slot::Absent | Slot::Null | Slot::Failed | Slot::Invalid(_) => {
                self.json.extend_from_slice(b"null")
            }
            Slot::Token { body, start, len } => {
                let token = self.store.token(body, start, len);
                self.json.extend_from_slice(token);
            }
            Slot::List { start, len } => {
                self.json.push(b'[');
                for index in start..start + len {
                    if index > start {
                        self.json.push(b',');
                    }
                    if !self.value(field, shape, self.store.item(index)) {
                        return false;
                    }
                }
                self.json.push(b']');
            }
            Slot::Row(row) => {
                let Some(child) = self.child(shape, field.slot) else { return false };
                let ty = self.store.ty(child, row);
                self.json.push(b'{');
                if field.typename {
                    let Some(ty) = ty else { return false };
                    self.json.extend_from_slice(b"\"__typename\":\"");
                    self.json.extend_from_slice(self.graph.object_name(ty).as_bytes());
                    self.json.push(b'"');
                }
                if !self.fields(&field.fields, child, row, ty, !field.typename) {
                    return false;
                }
                self.json.push(b'}');
            }
        }
        true
    }

    fn child(&self, shape: ShapeId, slot: SlotId) -> Option<ShapeId> {
        match self.plan.shapes[shape.index()].slots[slot.index()] {
            SlotKind::Object(child) => Some(child),
            SlotKind::Leaf => None,
        }
    }
}
