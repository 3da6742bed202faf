//! Representations: how rows are described to the subgraph that is asked about them.

use std::collections::HashMap;
use std::sync::Arc;

use ahash::RandomState;

use super::program::applies;
use super::store::{Slot, Store};
use crate::graph::{Graph, ObjectId};
use crate::plan::query_plan::{
    Anchor, ContextSource, EntityInput, FetchId, Necessity, QueryPlan, Representation, RepresentationField,
    SelectionId, ShapeId, SlotId, SlotKind,
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

/// What is asked about the rows of an input.
pub(crate) struct Described {
    /// About those that nothing is missing of.
    pub(crate) whole: Lookup,
    /// About others, by the requirements that they lack.
    pub(crate) reduced: Vec<(u64, Lookup)>,
    /// The rows that something cannot be asked about because of an error.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A row of which something is not looked up since a value to describe it by is in error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) shape: ShapeId,
    pub(crate) row: u32,
    pub(crate) selection: SelectionId,
    /// What of the selection: what has any of these requirements, or all of it.
    pub(crate) lacks: Option<u64>,
    /// The fetch that brought a value that does not fit; `None` if the error is known already.
    pub(crate) invalid: Option<FetchId>,
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
pub(crate) fn represent(plan: &QueryPlan, graph: &Graph, store: &Store, input: &EntityInput) -> Described {
    let mut builder = Builder::new(plan, graph, store, Vec::new());
    for anchor in &input.anchors {
        for row in 0..store.rows(anchor.shape) {
            builder.add(anchor, row, Lacks::default());
        }
    }
    builder.finish()
}

/// Lookups in the making.
pub(super) struct Builder<'a> {
    writer: Writer<'a>,
    whole: List,
    /// By what is missing.
    reduced: Vec<(u64, List)>,
    left_out: Vec<LeftOut>,
    contexts: Vec<Arc<[u8]>>,
}

/// Representations and whom they stand for.
#[derive(Default)]
struct List {
    known: Known,
    targets: Vec<Target>,
}

impl<'a> Builder<'a> {
    /// Lookups without rows; `contexts` as in [`Lookup::contexts`].
    pub(super) fn new(
        plan: &'a QueryPlan,
        graph: &'a Graph,
        store: &'a Store,
        contexts: Vec<Arc<[u8]>>,
    ) -> Self {
        let writer = Writer { plan, graph, store, json: Vec::new(), lacks: Lacks::default() };
        Self { writer, whole: List::default(), reduced: Vec::new(), left_out: Vec::new(), contexts }
    }

    /// Describes a row, of which it is known what else it lacks, unless it is not to be looked up.
    pub(super) fn add(&mut self, anchor: &Anchor, row: u32, lacks: Lacks) {
        let writer = &mut self.writer;
        writer.lacks = lacks;
        let ty = writer.store.ty(anchor.shape, row);
        if !applies(&anchor.types, ty) {
            return;
        }
        let described = |representation: &&Representation| applies(&representation.types, ty);
        let Some(representation) = anchor.representations.iter().find(described) else { return };
        let list = &mut self.whole;
        let start = list.known.json.len();
        std::mem::swap(&mut writer.json, &mut list.known.json);
        let complete = writer.entity(representation, anchor.shape, row, ty);
        std::mem::swap(&mut writer.json, &mut list.known.json);
        let target = |ordinal| Target { ordinal, shape: anchor.shape, row, selection: anchor.selection };
        let lacks = std::mem::take(&mut writer.lacks);
        if complete && lacks.requirements == 0 {
            list.targets.push(target(list.known.add(start)));
            return;
        }
        if let Some(invalid) = lacks.error {
            let Anchor { shape, selection, .. } = *anchor;
            let lacks = complete.then_some(lacks.requirements);
            self.left_out.push(LeftOut { shape, row, selection, lacks, invalid });
        }
        if complete {
            let partial = list.known.json.split_off(start);
            let index = self.reduced.iter().position(|(known, _)| *known == lacks.requirements);
            let index = index.unwrap_or_else(|| {
                self.reduced.push((lacks.requirements, List::default()));
                self.reduced.len() - 1
            });
            let list = &mut self.reduced[index].1;
            let start = list.known.json.len();
            list.known.json.extend_from_slice(&partial);
            list.targets.push(target(list.known.add(start)));
        } else {
            list.known.json.truncate(start);
        }
    }

    pub(super) fn finish(self) -> Described {
        let Self { whole, reduced, left_out, contexts, .. } = self;
        let reduced = reduced.into_iter().map(|(lacks, list)| (lacks, list.finish(contexts.clone())));
        Described { left_out, reduced: reduced.collect(), whole: whole.finish(contexts) }
    }
}

impl List {
    fn finish(self, contexts: Vec<Arc<[u8]>>) -> Lookup {
        let Known { mut json, spans, .. } = self.known;
        let targets = by_ordinal(self.targets, spans.len());
        if !spans.is_empty() {
            // The last comma.
            json.pop();
        }
        json.push(b']');
        Lookup { json, targets, count: spans.len() as u32, contexts }
    }
}

/// The value an enclosing row gives, as JSON text; where there is none null, and why.
pub(super) fn value_of(
    plan: &QueryPlan,
    graph: &Graph,
    store: &Store,
    source: &ContextSource,
    row: u32,
) -> (Vec<u8>, Missing) {
    let mut writer = Writer { plan, graph, store, json: Vec::new(), lacks: Lacks::default() };
    let (mut shape, mut row, mut fields) = (source.shape, row, source.fields.as_slice());
    loop {
        let ty = store.ty(shape, row);
        let Some(field) = fields.iter().find(|field| applies(&field.types, ty)) else { break };
        let value = store.slot(shape, row, field.slot);
        match (value, writer.child(shape, field.slot)) {
            (Slot::Row(child), Some(below)) => (shape, row, fields) = (below, child, &field.fields),
            (value, _) if value.is_empty() => {
                writer.lacks.note(value);
                break;
            }
            (value, None) if writer.value(field, shape, value) => return (writer.json, None),
            _ => break,
        }
    }
    (b"null".to_vec(), writer.lacks.error)
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
struct Known {
    /// Each with a comma behind it, after a bracket.
    json: Vec<u8>,
    hasher: RandomState,
    /// From a hash to the last representation with it.
    by_hash: HashMap<u64, u32, RandomState>,
    /// Of each representation its bytes, and another one with the same hash.
    spans: Vec<(usize, usize, Option<u32>)>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            json: vec![b'['],
            hasher: RandomState::default(),
            by_hash: HashMap::default(),
            spans: Vec::new(),
        }
    }
}

impl Known {
    /// The number of the representation that was just written from `start` on, or of an equal one before it, which
    /// then stands for it.
    fn add(&mut self, start: usize) -> u32 {
        let written = &self.json[start..];
        let hash = self.hasher.hash_one(written);
        let first = self.by_hash.get(&hash).copied();
        let mut next = first;
        while let Some(candidate) = next {
            let (from, to, another) = self.spans[candidate as usize];
            if &self.json[from..to] == written {
                self.json.truncate(start);
                return candidate;
            }
            next = another;
        }
        let ordinal = self.spans.len() as u32;
        self.spans.push((start, self.json.len(), first));
        self.by_hash.insert(hash, ordinal);
        self.json.push(b',');
        ordinal
    }
}

/// Whether a value is missing because of an error, and who brought it if that is not known yet.
pub(super) type Missing = Option<Option<FetchId>>;

/// What a row lacks to be described.
#[derive(Default)]
pub(super) struct Lacks {
    /// The requirements that are not met.
    requirements: u64,
    /// Whether one was found since this was last looked at.
    now: bool,
    error: Missing,
}

impl Lacks {
    /// Notes requirements that are not met because a value is missing.
    pub(super) fn unmet(&mut self, requirements: u64, missing: Missing) {
        self.requirements |= requirements;
        // An error that is not known yet has to be told.
        if self.error.flatten().is_none() {
            self.error = missing.or(self.error);
        }
    }

    fn note(&mut self, missing: Slot) {
        match missing {
            Slot::Failed => self.error = self.error.or(Some(None)),
            Slot::Invalid(fetch) => self.error = Some(Some(FetchId(fetch.into()))),
            _ => {}
        }
    }
}

struct Writer<'a> {
    plan: &'a QueryPlan,
    graph: &'a Graph,
    store: &'a Store,
    json: Vec<u8>,
    lacks: Lacks,
}

impl Writer<'_> {
    /// Writes a representation, without what the row lacks if some of what is asked can do without it; false if not.
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
        for field in representation.fields.iter().filter(|field| applies(&field.types, ty)) {
            let start = self.json.len();
            if !self.field(field, shape, row, b",\"") {
                return false;
            }
            if std::mem::take(&mut self.lacks.now) {
                self.json.truncate(start);
            }
        }
        self.json.push(b'}');
        true
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
            if !self.field(field, shape, row, if first { b"\"" } else { b",\"" }) {
                return false;
            }
            first = false;
        }
        true
    }

    fn field(&mut self, field: &RepresentationField, shape: ShapeId, row: u32, opening: &[u8]) -> bool {
        let value = self.store.slot(shape, row, field.slot);
        if value.is_empty() {
            match field.necessity {
                Necessity::Never => {}
                Necessity::For(requirements) => {
                    self.lacks.note(value);
                    self.lacks.requirements |= requirements;
                    self.lacks.now = true;
                }
                Necessity::Always => {
                    self.lacks.note(value);
                    return false;
                }
            }
        }
        self.json.extend_from_slice(opening);
        self.json.extend_from_slice(field.name.as_bytes());
        self.json.extend_from_slice(b"\":");
        self.value(field, shape, value)
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
