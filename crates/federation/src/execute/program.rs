//! A query plan made ready to run: everything that can be looked up once per plan instead of per request.

use std::collections::HashMap;
use std::sync::Arc;

use ahash::RandomState;
use smallvec::SmallVec;

use super::apart::apart;
use super::label::Label;
use super::whole::Whole;
use crate::graph::{ObjectId, SubgraphId, TypeSet, Wrapping};
use crate::plan::query_plan::{
    Fetch, FetchId, FetchInput, Groups, OutputField, OutputSource, ReadField, ReadValue, Reduced,
    RepresentationField, SelectionId, ShapeId, SlotId, SlotKind, TypenameSource,
};
use crate::plan::{QueryPlan, within};

/// A plan that is ready to run.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) plan: QueryPlan,
    /// Beside [`QueryPlan::selections`].
    pub(crate) selections: Vec<Selection>,
    /// Beside [`QueryPlan::shapes`]: what to write in front of each output field, `"key":`.
    pub(crate) labels: Vec<Vec<Box<[u8]>>>,
    /// Those that are asked, each once.
    pub(crate) subgraphs: Vec<SubgraphId>,
    /// For each fetch, which others wait for it.
    pub(crate) dependents: Vec<Vec<FetchId>>,
    /// For each shape, the field of which shape it is found in. The root has none.
    pub(crate) parents: Vec<Option<(ShapeId, SlotId)>>,
    /// Beside [`QueryPlan::shapes`]: the deferred fragments of which something is in the objects or below.
    pub(crate) within: Vec<Groups>,
    /// Beside [`QueryPlan::shapes`]: whether some output [depends on the type](depends_on_type).
    pub(crate) by_type: Vec<bool>,
    /// Beside [`QueryPlan::shapes`]: whether objects are kept [apart](super::apart).
    pub(crate) apart: Vec<bool>,
}

/// How a fetch is sent.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// As planned.
    Whole,
    /// For so many groups of entities, more than one.
    Groups(usize),
    /// For entities that lack something, for so many groups of them.
    Reduced(Arc<Reduced>, usize),
}

impl Form {
    pub(crate) fn of_groups(groups: usize) -> Self {
        if groups > 1 { Self::Groups(groups) } else { Self::Whole }
    }
}

/// How to read an object.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) shape: ShapeId,
    pub(crate) typename: TypenameSource,
    /// The field that tells the type, for [`TypenameSource::Field`].
    pub(crate) typename_field: usize,
    pub(crate) fields: Vec<Field>,
    by_key: HashMap<Box<[u8]>, SmallVec<[u32; 1]>, RandomState>,
}

/// How to read a field.
#[derive(Debug)]
pub(crate) struct Field {
    /// What a compact answer has in front of the value.
    pub(crate) label: Label,
    pub(crate) slot: SlotId,
    pub(crate) types: Option<TypeSet>,
    pub(crate) wrapping: Wrapping,
    pub(crate) value: ReadValue,
    /// The type to hold the value against when it is to be kept whole; `None` when it cannot be.
    pub(crate) whole: Option<Wrapping>,
}

impl Field {
    #[inline]
    pub(crate) fn key(&self) -> &[u8] {
        self.label.key()
    }
}

impl Selection {
    /// The field that an object of a type answers under a key.
    pub(crate) fn field(&self, key: &[u8], ty: Option<ObjectId>) -> Option<usize> {
        let candidates = self.by_key.get(key)?;
        candidates.iter().map(|&index| index as usize).find(|&index| self.answers(&self.fields[index], ty))
    }

    /// Whether an object of a type answers a field. One whose type the subgraph cannot know answers all that
    /// it was asked.
    #[inline]
    pub(crate) fn answers(&self, field: &Field, ty: Option<ObjectId>) -> bool {
        applies(&field.types, ty) || ty.is_none() && self.typename == TypenameSource::Unknown
    }
}

/// Whether a rule for some types applies to an object of a type. An object of unknown type falls only under
/// rules for all types.
#[inline]
pub(crate) fn applies(types: &Option<TypeSet>, ty: Option<ObjectId>) -> bool {
    types.as_ref().is_none_or(|types| ty.is_some_and(|ty| types.contains(ty)))
}

/// Whether objects of some types only have a field, and those must.
pub(crate) fn depends_on_type(field: &OutputField) -> bool {
    field.types.is_some() && field.wrapping.is_non_null()
}

/// A plan that contradicts itself; always a defect of the planner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the query plan is inconsistent: {0}")]
pub(crate) struct InconsistentPlan(&'static str);

impl Program {
    /// Checks a plan's references, so that running it cannot go out of bounds, and prepares it.
    pub(crate) fn new(plan: QueryPlan) -> Result<Self, InconsistentPlan> {
        Check { plan: &plan }.plan()?;
        let whole = Whole::of(&plan);
        let selections = plan.selections.iter().map(|selection| {
            let prepare = |field| prepare_field(field, whole.field(selection.shape, field));
            let fields: Vec<_> = selection.fields.iter().map(prepare).collect();
            let mut by_key: HashMap<Box<[u8]>, SmallVec<[u32; 1]>, RandomState> = HashMap::default();
            for (index, field) in fields.iter().enumerate() {
                by_key.entry(field.key().into()).or_default().push(index as u32);
            }
            Selection {
                shape: selection.shape,
                typename: selection.typename,
                typename_field: fields.iter().position(|f| f.value == ReadValue::Typename).unwrap_or(0),
                fields,
                by_key,
            }
        });
        let selections = selections.collect();
        let label = |field: &OutputField| format!("\"{}\":", field.key).into_bytes().into_boxed_slice();
        let labels = plan.shapes.iter().map(|shape| shape.output.iter().map(label).collect()).collect();
        let mut dependents = vec![Vec::new(); plan.fetches.len()];
        for (index, fetch) in plan.fetches.iter().enumerate() {
            for before in &fetch.depends_on {
                dependents[before.index()].push(FetchId(index as u32));
            }
        }
        let mut parents = vec![None; plan.shapes.len()];
        for (index, shape) in plan.shapes.iter().enumerate() {
            for (slot, kind) in shape.slots.iter().enumerate() {
                if let SlotKind::Object(child) = *kind {
                    parents[child.index()] = Some((ShapeId(index as u32), SlotId(slot as u32)));
                }
            }
        }
        let mut subgraphs: Vec<_> = plan.fetches.iter().map(|fetch| fetch.subgraph).collect();
        subgraphs.sort_unstable();
        subgraphs.dedup();
        let within = within(&plan);
        let by_type = plan.shapes.iter().map(|shape| shape.output.iter().any(depends_on_type)).collect();
        let apart = apart(&plan, &parents);
        Ok(Self { plan, selections, labels, subgraphs, dependents, parents, within, by_type, apart })
    }

    /// A fetch of the plan in one of its forms.
    pub(crate) fn fetch<'a>(&'a self, id: FetchId, form: &'a Form) -> &'a Fetch {
        let planned = &self.plan.fetches[id.index()];
        let (fetch, groups) = match form {
            Form::Whole => (planned, 1),
            Form::Groups(groups) => (planned, *groups),
            Form::Reduced(reduced, groups) => (reduced.fetch.as_deref().unwrap_or(planned), *groups),
        };
        match &fetch.variants {
            Some(variants) if groups > 1 => variants.of(groups),
            _ => fetch,
        }
    }

    /// The shape of the objects in a slot.
    #[inline]
    pub(crate) fn child(&self, shape: ShapeId, slot: SlotId) -> Option<ShapeId> {
        match self.plan.shapes[shape.index()].slots[slot.index()] {
            SlotKind::Object(child) => Some(child),
            SlotKind::Leaf => None,
        }
    }

    /// What clients see of a slot in an object of a type: the output fields that show it.
    pub(crate) fn shown(
        &self,
        shape: ShapeId,
        slot: SlotId,
        ty: Option<ObjectId>,
    ) -> impl Iterator<Item = (usize, &OutputField)> {
        self.plan.shapes[shape.index()].output.iter().enumerate().filter(move |(_, field)| {
            field.source == OutputSource::Slot(slot) && (ty.is_none() || applies(&field.types, ty))
        })
    }
}

fn prepare_field(field: &ReadField, whole: Option<Wrapping>) -> Field {
    Field {
        label: Label::new(&field.key),
        slot: field.slot,
        types: field.types.clone(),
        wrapping: field.wrapping,
        value: field.value,
        whole,
    }
}

/// The references of a plan.
struct Check<'a> {
    plan: &'a QueryPlan,
}

impl Check<'_> {
    fn plan(&self) -> Result<(), InconsistentPlan> {
        ensure(!self.plan.shapes.is_empty(), "there is no root shape")?;
        ensure(self.plan.fetches.len() < usize::from(u16::MAX), "there are too many fetches")?;
        for (index, shape) in self.plan.shapes.iter().enumerate() {
            for kind in &shape.slots {
                if let SlotKind::Object(child) = *kind {
                    self.shape(child)?;
                    ensure(child.index() > index, "a shape stands before the one that holds it")?;
                }
            }
            let deferred = shape.output.iter().fold(shape.starts, |all, field| all.union(field.groups));
            ensure(
                deferred.iter().all(|group| group < self.plan.deferred.len()),
                "there is no such fragment",
            )?;
            for field in &shape.output {
                if let OutputSource::Slot(slot) = field.source {
                    ensure(slot.index() < shape.slots.len(), "an output field has no slot")?;
                }
            }
        }
        for selection in &self.plan.selections {
            self.shape(selection.shape)?;
            let told = selection.fields.iter().any(|field| field.value == ReadValue::Typename);
            ensure(told || selection.typename != TypenameSource::Field, "a selection lacks `__typename`")?;
            for field in &selection.fields {
                match field.value {
                    ReadValue::Typename => ensure(field.types.is_none(), "`__typename` depends on the type")?,
                    ReadValue::Leaf(_) => self.slot(selection.shape, field.slot, None)?,
                    ReadValue::Object(child) => {
                        let child = self.selection(child)?;
                        self.slot(selection.shape, field.slot, Some(child))?;
                    }
                }
            }
        }
        for (index, fetch) in self.plan.fetches.iter().enumerate() {
            self.fetch(index, fetch)?;
        }
        for (index, deferred) in self.plan.deferred.iter().enumerate() {
            ensure(deferred.parent.is_none_or(|parent| parent < index), "a fragment stands in a later one")?;
        }
        Ok(())
    }

    fn fetch(&self, index: usize, fetch: &Fetch) -> Result<(), InconsistentPlan> {
        ensure(
            fetch.depends_on.iter().all(|before| before.index() < index),
            "a fetch depends on a later one",
        )?;
        match &fetch.input {
            FetchInput::Root { shape, selection } => {
                ensure(self.selection(*selection)? == *shape, "a root fetch reads another shape")
            }
            FetchInput::Entities(inputs) => {
                for anchor in inputs.iter().flat_map(|input| &input.anchors) {
                    ensure(
                        self.selection(anchor.selection)? == anchor.shape,
                        "an entity fetch reads another shape",
                    )?;
                    for representation in &anchor.representations {
                        self.representation(anchor.shape, &representation.fields)?;
                    }
                    for source in anchor.contexts.iter().flatten() {
                        self.representation(source.shape, &source.fields)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn representation(&self, shape: ShapeId, fields: &[RepresentationField]) -> Result<(), InconsistentPlan> {
        self.shape(shape)?;
        let slots = &self.plan.shapes[shape.index()].slots;
        for field in fields {
            match slots.get(field.slot.index()) {
                Some(SlotKind::Object(child)) => self.representation(*child, &field.fields)?,
                Some(SlotKind::Leaf) => {
                    ensure(
                        field.fields.is_empty() && !field.typename,
                        "a leaf of a representation has fields",
                    )?;
                }
                None => ensure(false, "a representation has no slot")?,
            }
        }
        Ok(())
    }

    fn shape(&self, shape: ShapeId) -> Result<(), InconsistentPlan> {
        ensure(shape.index() < self.plan.shapes.len(), "there is no such shape")
    }

    /// The shape a selection reads.
    fn selection(&self, selection: SelectionId) -> Result<ShapeId, InconsistentPlan> {
        let found = self.plan.selections.get(selection.index());
        found.map(|selection| selection.shape).ok_or(InconsistentPlan("there is no such selection"))
    }

    fn slot(&self, shape: ShapeId, slot: SlotId, child: Option<ShapeId>) -> Result<(), InconsistentPlan> {
        let expected = child.map_or(SlotKind::Leaf, SlotKind::Object);
        let found = self.plan.shapes[shape.index()].slots.get(slot.index());
        ensure(found == Some(&expected), "a slot holds something else than is read")
    }
}

fn ensure(holds: bool, what: &'static str) -> Result<(), InconsistentPlan> {
    if holds { Ok(()) } else { Err(InconsistentPlan(what)) }
}
