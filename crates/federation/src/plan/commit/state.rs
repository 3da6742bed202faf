//! A plan in the making.

use std::sync::Arc;

use crate::graph::{FieldId, FieldSetId, SubgraphId, TypeId, TypeSet};
use crate::operation::Groups;
use crate::plan::choose::ProvidedId;
use crate::plan::query_plan::OperationKind;
use crate::plan::tree::{ItemId, SuffixId};

pub(in crate::plan) type ShapeIndex = usize;
pub(in crate::plan) type SlotIndex = usize;
pub(in crate::plan) type VisitIndex = usize;
pub(in crate::plan) type FetchIndex = usize;

/// An object position of the response.
pub(in crate::plan) struct Shape {
    /// The static type in the supergraph.
    pub(in crate::plan) ty: TypeId,
    /// The types the objects can have.
    pub(in crate::plan) possible: TypeSet,
    /// The types whose fields are planned.
    pub(in crate::plan) planned: TypeSet,
    /// The slot that holds the objects.
    pub(in crate::plan) parent: Option<(ShapeIndex, SlotIndex)>,
    pub(in crate::plan) slots: Vec<Slot>,
    pub(in crate::plan) visits: Vec<VisitIndex>,
    pub(in crate::plan) outputs: Vec<Output>,
    /// The deferred fragments that stand here.
    pub(in crate::plan) starts: Groups,
    /// The visit that tells the concrete types, once somebody needs to know.
    pub(in crate::plan) typed_by: Option<VisitIndex>,
}

/// A value of an object: one field with one set of arguments.
pub(in crate::plan) struct Slot {
    /// The field as asked for, perhaps an interface's.
    pub(in crate::plan) field: FieldId,
    pub(in crate::plan) suffix: SuffixId,
    /// The client's response key; `None` when only the planner wants the value.
    pub(in crate::plan) key: Option<Arc<str>>,
    pub(in crate::plan) types: TypeSet,
    pub(in crate::plan) child: Option<ShapeIndex>,
    /// Who writes the value, for which types.
    pub(in crate::plan) writers: Vec<(VisitIndex, TypeSet)>,
}

/// A client-visible field.
pub(in crate::plan) struct Output {
    pub(in crate::plan) item: ItemId,
    /// `None` for what no subgraph is asked for.
    pub(in crate::plan) slot: Option<SlotIndex>,
    pub(in crate::plan) types: TypeSet,
}

/// What one subgraph is asked about the objects of a shape, in one fetch.
pub(in crate::plan) struct Visit {
    pub(in crate::plan) shape: ShapeIndex,
    pub(in crate::plan) subgraph: SubgraphId,
    pub(in crate::plan) fetch: FetchIndex,
    /// Whether this is the top of an `_entities` fetch.
    pub(in crate::plan) entity: bool,
    /// The types the subgraph knows the objects by.
    pub(in crate::plan) views: Vec<(TypeSet, TypeId)>,
    /// The types of object visited.
    pub(in crate::plan) types: TypeSet,
    pub(in crate::plan) provided: ProvidedId,
    /// Whether `__typename` is asked.
    pub(in crate::plan) typename: bool,
    pub(in crate::plan) reads: Vec<Read>,
}

/// A field read into a slot.
pub(in crate::plan) struct Read {
    pub(in crate::plan) slot: SlotIndex,
    pub(in crate::plan) types: TypeSet,
    pub(in crate::plan) child: Option<VisitIndex>,
}

/// A request.
pub(in crate::plan) struct Fetch {
    pub(in crate::plan) subgraph: SubgraphId,
    /// Higher than that of every dependency.
    pub(in crate::plan) level: u32,
    pub(in crate::plan) dependencies: Vec<FetchIndex>,
    /// The top visit.
    pub(in crate::plan) visit: VisitIndex,
    pub(in crate::plan) kind: FetchKind,
    /// The arguments of its fields that enclosing objects give.
    pub(in crate::plan) contexts: Vec<Context>,
    /// The deferred fragments it is made for.
    pub(in crate::plan) groups: Groups,
    /// Merged into another fetch.
    pub(in crate::plan) gone: bool,
}

/// How a fetch enters its subgraph.
pub(in crate::plan) enum FetchKind {
    Root(OperationKind),
    Entities(Vec<Representation>),
}

/// An argument whose value an enclosing object gives.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::plan) struct Context {
    /// The field as its subgraph declares it.
    pub(in crate::plan) field: FieldId,
    pub(in crate::plan) argument: Arc<str>,
    /// The argument's type as GraphQL text.
    pub(in crate::plan) ty: Arc<str>,
    /// Whether it must not be null.
    pub(in crate::plan) required: bool,
    /// The nearest first.
    pub(in crate::plan) sources: Vec<ContextSource>,
}

/// What the enclosing objects of some types give.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::plan) struct ContextSource {
    pub(in crate::plan) shape: ShapeIndex,
    pub(in crate::plan) types: TypeSet,
    /// One value: by type one field, perhaps of an object below.
    pub(in crate::plan) fields: Vec<RepresentationField>,
}

impl Context {
    /// Joins arguments into others; `None` when one would need two values.
    pub(in crate::plan) fn merge(into: &[Self], more: &[Self]) -> Option<Vec<Self>> {
        let mut merged = into.to_vec();
        for context in more {
            let same = |known: &&Self| known.field == context.field && known.argument == context.argument;
            match merged.iter().find(same) {
                Some(known) if known == context => {}
                Some(_) => return None,
                None => merged.push(context.clone()),
            }
        }
        Some(merged)
    }
}

/// How objects of some types are described to a subgraph.
#[derive(Clone)]
pub(in crate::plan) struct Representation {
    pub(in crate::plan) types: TypeSet,
    pub(in crate::plan) view: TypeId,
    pub(in crate::plan) fields: Vec<RepresentationField>,
}

/// A field of a [`Representation`].
#[derive(Clone, PartialEq, Eq)]
pub(in crate::plan) struct RepresentationField {
    pub(in crate::plan) name: Arc<str>,
    pub(in crate::plan) slot: SlotIndex,
    pub(in crate::plan) types: TypeSet,
    pub(in crate::plan) necessity: Necessity,
    pub(in crate::plan) fields: Vec<RepresentationField>,
    pub(in crate::plan) typename: bool,
}

/// When a field of a representation must not be null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) enum Necessity {
    Never,
    /// For fields that require these.
    For(Vec<FieldSetId>),
    /// It is part of the key.
    Always,
}

impl Necessity {
    fn join(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::For(known), Self::For(more)) => {
                for set in more {
                    if !known.contains(set) {
                        known.push(*set);
                    }
                }
            }
            (Self::Always, _) | (_, Self::Never) => {}
            (known, more) => *known = more.clone(),
        }
    }
}

impl RepresentationField {
    /// Joins fields into others; `None` when one name would need two values.
    pub(in crate::plan) fn merge(into: &[Self], more: &[Self]) -> Option<Vec<Self>> {
        let mut merged = into.to_vec();
        for field in more {
            let rival = merged.iter_mut().find(|known| {
                known.name == field.name && (known.slot == field.slot || known.types.intersects(&field.types))
            });
            match rival {
                Some(known) if known.slot == field.slot => {
                    known.fields = Self::merge(&known.fields, &field.fields)?;
                    known.types = known.types.union(&field.types);
                    known.necessity.join(&field.necessity);
                    known.typename |= field.typename;
                }
                Some(_) => return None,
                None => merged.push(field.clone()),
            }
        }
        Some(merged)
    }
}

impl Representation {
    /// Joins representations into others; `None` when one name would need two values.
    pub(in crate::plan) fn merge(into: &[Self], more: &[Self]) -> Option<Vec<Self>> {
        let mut merged: Vec<Self> = into.to_vec();
        for new in more {
            let mut rest = new.types.clone();
            let mut split = Vec::new();
            for known in &mut merged {
                let both = known.types.intersection(&rest);
                if both.is_empty() {
                    continue;
                }
                if known.view != new.view {
                    return None;
                }
                let fields = RepresentationField::merge(&known.fields, &new.fields)?;
                let others = known.types.difference(&both);
                if !others.is_empty() {
                    split.push(Self { types: others, view: known.view, fields: known.fields.clone() });
                }
                rest = rest.difference(&both);
                known.types = both;
                known.fields = fields;
            }
            merged.extend(split);
            if !rest.is_empty() {
                merged.push(Self { types: rest, view: new.view, fields: new.fields.clone() });
            }
        }
        Some(merged)
    }
}
