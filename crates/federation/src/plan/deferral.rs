//! Which fetches each part of an answer waits for.
//!
//! A part is what is answered first, or a deferred fragment. It waits for whoever writes its fields or tells the
//! types that decide about them, and for all that those wait for.

use ahash::AHashMap;

use super::query_plan::{
    FetchId, FetchInput, OutputSource, QueryPlan, ReadValue, SelectionId, Shape, ShapeId, SlotId,
    TypenameSource,
};
use crate::graph::TypeSet;
use crate::operation::Groups;

/// Fills in what the parts of a plan wait for.
pub(super) fn assign(plan: &mut QueryPlan) {
    if plan.deferred.is_empty() {
        return;
    }
    let mut writers = Writers::default();
    for (index, fetch) in plan.fetches.iter().enumerate() {
        let fetch_id = FetchId(index as u32);
        match &fetch.input {
            FetchInput::Root { shape, selection } => {
                writers.read(plan, fetch_id, *selection, &plan.shapes[shape.index()].possible);
            }
            FetchInput::Entities(inputs) => {
                for anchor in inputs.iter().flat_map(|input| &input.anchors) {
                    let possible = &plan.shapes[anchor.shape.index()].possible;
                    writers.read(plan, fetch_id, anchor.selection, anchor.types.as_ref().unwrap_or(possible));
                }
            }
        }
    }
    let first = waits(plan, &writers, None);
    let groups: Vec<_> = (0..plan.deferred.len()).map(|group| waits(plan, &writers, Some(group))).collect();
    plan.first = first;
    for (deferred, fetches) in plan.deferred.iter_mut().zip(groups) {
        deferred.fetches = fetches;
    }
}

/// Who writes what.
#[derive(Default)]
struct Writers {
    slots: AHashMap<(ShapeId, SlotId), Vec<(FetchId, TypeSet)>>,
    types: AHashMap<ShapeId, Vec<FetchId>>,
}

impl Writers {
    fn read(&mut self, plan: &QueryPlan, fetch: FetchId, selection: SelectionId, types: &TypeSet) {
        let selection = &plan.selections[selection.index()];
        if selection.typename != TypenameSource::Unknown {
            self.types.entry(selection.shape).or_default().push(fetch);
        }
        for field in &selection.fields {
            if let ReadValue::Object(below) = field.value {
                let child = plan.selections[below.index()].shape;
                self.read(plan, fetch, below, &plan.shapes[child.index()].possible);
            }
            if field.value != ReadValue::Typename {
                let types =
                    field.types.as_ref().map_or_else(|| types.clone(), |some| some.intersection(types));
                self.slots.entry((selection.shape, field.slot)).or_default().push((fetch, types));
            }
        }
    }
}

/// The fetches that a part waits for, ascending.
fn waits(plan: &QueryPlan, writers: &Writers, part: Option<usize>) -> Vec<FetchId> {
    let mut needed = vec![false; plan.fetches.len()];
    for (index, shape) in plan.shapes.iter().enumerate() {
        let id = ShapeId(index as u32);
        let own = || {
            shape.output.iter().filter(|field| match part {
                None => field.groups.is_empty(),
                Some(group) => field.groups.contains(group),
            })
        };
        for field in own() {
            if let OutputSource::Slot(slot) = field.source {
                let written = writers.slots.get(&(id, slot)).map(Vec::as_slice).unwrap_or_default();
                let types = field.types.as_ref().unwrap_or(&shape.possible);
                need(&mut needed, enough(plan, part, types, written));
            }
        }
        if decides_by_type(shape) && own().next().is_some() {
            let told = writers.types.get(&id).map(Vec::as_slice).unwrap_or_default();
            let (early, all) = (told.iter().filter(|fetch| is_in_time(plan, part, **fetch)), told.iter());
            let fetches: Vec<FetchId> = if early.clone().next().is_some() {
                early.copied().collect()
            } else {
                all.copied().collect()
            };
            need(&mut needed, fetches);
        }
    }
    // What a fetch depends on stands before it.
    for index in (0..plan.fetches.len()).rev() {
        if needed[index] {
            need(&mut needed, plan.fetches[index].depends_on.clone());
        }
    }
    (0..).map(FetchId).zip(needed).filter(|(_, needed)| *needed).map(|(fetch, _)| fetch).collect()
}

fn need(needed: &mut [bool], fetches: Vec<FetchId>) {
    for fetch in fetches {
        needed[fetch.index()] = true;
    }
}

/// The writers of a value that a part waits for: those of its own, if they write it for all types; else all.
fn enough(
    plan: &QueryPlan,
    part: Option<usize>,
    types: &TypeSet,
    written: &[(FetchId, TypeSet)],
) -> Vec<FetchId> {
    let early = || written.iter().filter(|(fetch, _)| is_in_time(plan, part, *fetch));
    let covered = early().fold(TypeSet::new(), |all, (_, types)| all.union(types));
    if types.is_subset(&covered) {
        early().map(|(fetch, _)| *fetch).collect()
    } else {
        written.iter().map(|(fetch, _)| *fetch).collect()
    }
}

/// Whether a fetch was made for a part, or for one that is delivered before it.
fn is_in_time(plan: &QueryPlan, part: Option<usize>, fetch: FetchId) -> bool {
    let groups = plan.fetches[fetch.index()].groups;
    groups.is_empty()
        || part.is_some_and(|group| {
            let enclosing = std::iter::successors(Some(group), |group| plan.deferred[*group].parent);
            enclosing.into_iter().any(|group| groups.contains(group))
        })
}

fn decides_by_type(shape: &Shape) -> bool {
    shape.possible.len() > 1
        && (!shape.hidden.is_empty()
            || shape
                .output
                .iter()
                .any(|field| field.types.is_some() || field.source == OutputSource::Typename))
}

/// By shape, the fragments of which something is delivered, or that something is to follow, in its objects and below.
pub(crate) fn within(plan: &QueryPlan) -> Vec<Groups> {
    let mut within: Vec<Groups> = vec![Groups::NONE; plan.shapes.len()];
    // An object's fields hold shapes that come after its own.
    for index in (0..plan.shapes.len()).rev() {
        let shape = &plan.shapes[index];
        let parents = shape.starts.iter().filter_map(|group| plan.deferred[group].parent).collect();
        let mut all = shape.output.iter().fold(parents, |all: Groups, field| all.union(field.groups));
        for slot in &shape.slots {
            if let super::query_plan::SlotKind::Object(child) = slot {
                all = all.union(within[child.index()]);
            }
        }
        within[index] = all;
    }
    within
}
