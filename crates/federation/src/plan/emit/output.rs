//! Shapes and representations as the executor reads them.

use smallvec::SmallVec;

use super::reduced::{Requirement, bit};
use crate::graph::{FieldId, ObjectId, TypeSet, Wrapping};
use crate::operation::normal::FieldRef;
use crate::plan::commit::{self, Committed};
use crate::plan::entities::ContextType;
use crate::plan::query_plan::{
    ContextSource, LeafType, Necessity, OutputField, OutputSource, Representation, RepresentationField,
    Shape, ShapeId, SlotId, SlotKind,
};

/// A shape with what clients see of it.
pub(super) fn shape(plan: &Committed<'_>, shape: commit::ShapeIndex) -> Shape {
    let row = &plan.shapes[shape];
    let slots = row
        .slots
        .iter()
        .map(|slot| slot.child.map_or(SlotKind::Leaf, |child| SlotKind::Object(ShapeId(child as u32))))
        .collect();
    let mut output = Vec::with_capacity(row.outputs.len());
    for field in &row.outputs {
        outputs(plan, row, field, &mut output);
    }
    let graph = plan.chooser.graph;
    let is_hidden = |object: &ObjectId| !graph.ty(graph.object_type(*object)).visible;
    let hidden = row.possible.iter().filter(is_hidden).fold(TypeSet::new(), |mut hidden, object| {
        hidden.insert(object);
        hidden
    });
    Shape { slots, output, possible: row.possible.clone(), hidden, starts: row.starts }
}

/// One field per type and wrapping the object types give it: null propagation follows the object's own
/// declaration, which may be stricter than its interface's.
fn outputs(
    plan: &Committed<'_>,
    shape: &commit::Shape,
    output: &commit::Output,
    into: &mut Vec<OutputField>,
) {
    let graph = plan.chooser.graph;
    let item = &plan.chooser.tree.items[output.item];
    let key = item.key.as_deref().unwrap_or_default();
    let limited = |types: &TypeSet| (!shape.possible.is_subset(types)).then(|| types.clone());
    let mut plain = |source: OutputSource, name: &str| {
        into.push(OutputField {
            key: key.into(),
            source,
            types: limited(&output.types),
            wrapping: Wrapping::named(source == OutputSource::Typename),
            leaf: LeafType::String,
            coordinate: format!("{}.{name}", graph.ty(shape.ty).name).into(),
            groups: item.groups,
        });
    };
    let (field, source) = match (item.field, output.slot) {
        (FieldRef::Typename, _) => return plain(OutputSource::Typename, "__typename"),
        (FieldRef::Introspection(number), _) => {
            return plain(OutputSource::Introspection(number), "__schema");
        }
        (FieldRef::Denied(field), _) => (field, OutputSource::Denied),
        (FieldRef::Field(field), Some(slot)) => (field, OutputSource::Slot(SlotId(slot as u32))),
        (FieldRef::Field(_), None) => return,
    };
    let mut groups: SmallVec<[(FieldId, TypeSet); 1]> = SmallVec::new();
    for object in output.types.iter() {
        let own = graph.concrete_field(object, field).unwrap_or(field);
        let (row, new) = (graph.field(own), TypeSet::one(object));
        let same = groups.iter_mut().find(|(known, _)| {
            let known = graph.field(*known);
            known.wrapping == row.wrapping && graph.leaf_type(known.ty) == graph.leaf_type(row.ty)
        });
        match same {
            Some((_, types)) => *types = types.union(&new),
            None => groups.push((own, new)),
        }
    }
    let several = groups.len() > 1;
    for (own, types) in groups {
        let row = graph.field(own);
        let coordinate =
            if several || output.types.len() == 1 { &row.coordinate } else { &graph.field(field).coordinate };
        into.push(OutputField {
            key: key.into(),
            source,
            types: limited(&types),
            wrapping: row.wrapping,
            leaf: graph.leaf_type(row.ty).unwrap_or(LeafType::Any),
            coordinate: coordinate.clone(),
            groups: item.groups,
        });
    }
}

/// The types all representations together describe; `None` when that is everybody.
pub(super) fn types_of(representations: &[commit::Representation], shape: &commit::Shape) -> Option<TypeSet> {
    let all = representations.iter().fold(TypeSet::new(), |all, group| all.union(&group.types));
    (!shape.possible.is_subset(&all)).then_some(all)
}

/// Representations, equal ones joined.
pub(super) fn representations(
    plan: &Committed<'_>,
    shape: commit::ShapeIndex,
    groups: &[commit::Representation],
    requirements: &[Requirement],
) -> Vec<Representation> {
    let mut joined: Vec<commit::Representation> = Vec::new();
    for group in groups {
        match joined.iter_mut().find(|known| known.view == group.view && known.fields == group.fields) {
            Some(known) => known.types = known.types.union(&group.types),
            None => joined.push(group.clone()),
        }
    }
    joined.sort_by(|a, b| a.types.cmp(&b.types));
    let possible = &plan.shapes[shape].possible;
    joined
        .iter()
        .map(|group| Representation {
            types: (!possible.is_subset(&group.types)).then(|| group.types.clone()),
            typename: plan.chooser.graph.ty(group.view).name.clone(),
            fields: fields(plan, shape, (&group.types, requirements), &group.fields),
        })
        .collect()
}

/// Where the values of arguments come from, by argument.
pub(super) fn contexts(plan: &Committed<'_>, contexts: &[commit::Context]) -> Vec<Vec<ContextSource>> {
    let source = |source: &commit::ContextSource| ContextSource {
        shape: ShapeId(source.shape as u32),
        types: (!plan.shapes[source.shape].possible.is_subset(&source.types)).then(|| source.types.clone()),
        fields: fields(plan, source.shape, (&source.types, &[]), &source.fields),
    };
    contexts.iter().map(|context| context.sources.iter().map(source).collect()).collect()
}

fn fields(
    plan: &Committed<'_>,
    shape: commit::ShapeIndex,
    (described, requirements): (&TypeSet, &[Requirement]),
    written: &[commit::RepresentationField],
) -> Vec<RepresentationField> {
    written
        .iter()
        .map(|field| {
            let nested = match plan.shapes[shape].slots[field.slot].child {
                Some(child) => {
                    let possible = plan.shapes[child].possible.clone();
                    fields(plan, child, (&possible, requirements), &field.fields)
                }
                None => Vec::new(),
            };
            RepresentationField {
                name: (*field.name).into(),
                slot: SlotId(field.slot as u32),
                types: (!described.is_subset(&field.types)).then(|| field.types.clone()),
                necessity: necessity(&field.necessity, requirements),
                fields: nested,
                typename: field.typename,
            }
        })
        .collect()
}

/// With requirements by number; one that is not among them is needed for everything.
fn necessity(necessity: &commit::Necessity, requirements: &[Requirement]) -> Necessity {
    match necessity {
        commit::Necessity::Never => Necessity::Never,
        commit::Necessity::Always => Necessity::Always,
        commit::Necessity::For(sets) => needed(requirements, |requirement| match requirement {
            Requirement::Fields(set) => sets.contains(set),
            Requirement::Contexts(_) => false,
        }),
    }
}

/// The variables whose values enclosing objects give, by place.
pub(super) fn context_types(contexts: &[commit::Context], requirements: &[Requirement]) -> Vec<ContextType> {
    let necessity = |place: usize, context: &commit::Context| match context.required {
        false => Necessity::Never,
        true => needed(requirements, |requirement| match requirement {
            Requirement::Contexts(places) => places.contains(&place),
            Requirement::Fields(_) => false,
        }),
    };
    let ty = |(place, context): (usize, &commit::Context)| ContextType {
        place,
        ty: context.ty.clone(),
        necessity: necessity(place, context),
    };
    contexts.iter().enumerate().map(ty).collect()
}

fn needed(requirements: &[Requirement], is_met: impl Fn(&Requirement) -> bool) -> Necessity {
    let numbers = requirements.iter().enumerate().filter(|(_, one)| is_met(one)).map(|(number, _)| number);
    let bits = numbers.fold(0, |bits, number| bits | bit(number));
    if bits == 0 { Necessity::Always } else { Necessity::For(bits) }
}
