//! The client's paths of problems. The response is walked only if there are any.

use std::collections::HashMap;

use ahash::RandomState;

use super::entries::Entries;
use super::{Fragment, Writing};
use crate::execute::problem::{At, Cause, Place, Problem, Problems, Step};
use crate::execute::program::{Program, applies};
use crate::execute::store::{Slot, Store};
use crate::plan::QueryPlan;
use crate::plan::query_plan::{
    FetchId, FetchInput, Groups, OutputSource, ReadValue, ShapeId, SlotId, SlotKind,
};

/// A place where a problem is shown.
pub(crate) struct Located {
    /// By its place in the list.
    problem: usize,
    path: Vec<Step>,
    /// The deferred fragments it belongs to; none if it belongs to what is answered first.
    groups: Groups,
}

/// Finds where problems are shown, in the order of fetches.
pub(crate) fn locate(writing: &Writing<'_>, store: &Store, problems: &mut Problems) -> Vec<Located> {
    if problems.list.is_empty() {
        return Vec::new();
    }
    problems.list.sort_by_key(|problem| problem.fetch);
    let program = writing.program;
    let mut walk =
        Walk { program, store, wanted: HashMap::default(), path: Vec::new(), max: writing.policy.max };
    for problem in &problems.list {
        if let At::Places(places) = &problem.at {
            for place in places {
                walk.wanted.entry((place.shape, place.row)).or_default();
            }
        }
    }
    walk.row(QueryPlan::ROOT, 0, false);
    let mut located = Vec::new();
    for (index, problem) in problems.list.iter().enumerate() {
        let mut add = |path: Vec<Step>| {
            let groups = groups(program, problem.fetch, &path);
            located.push(Located { problem: index, path, groups });
        };
        let places = match &problem.at {
            At::Fetch => {
                add(fetch_path(program, problem.fetch));
                continue;
            }
            At::Places(places) => places,
        };
        let found = |place: &Place| walk.wanted.get(&(place.shape, place.row)).into_iter().flatten();
        if !places.iter().any(|place| found(place).next().is_some()) {
            add(fetch_path(program, problem.fetch));
        }
        for place in places {
            for (path, hidden) in found(place) {
                let rest = if *hidden { &[][..] } else { &place.rest };
                add([path, rest].concat());
            }
        }
        if located.len() > writing.policy.max {
            located.truncate(writing.policy.max);
            problems.more = true;
            break;
        }
    }
    located
}

impl Located {
    /// Adds the entries of what is answered first.
    pub(super) fn of_first(writing: &Writing<'_>, all: &[Self], problems: &Problems, entries: &mut Entries) {
        for located in all.iter().filter(|located| located.groups.is_empty()) {
            entry(writing, entries, &problems.list[located.problem], &located.path);
        }
    }

    /// The entries of a deferred fragment.
    pub(crate) fn of(
        writing: &Writing<'_>,
        all: &[Self],
        problems: &Problems,
        fragment: &Fragment,
    ) -> Entries {
        let mut entries = Entries::new(writing.policy);
        for located in all.iter().filter(|located| located.groups.contains(fragment.group)) {
            // What is wrong above the fragment is wrong with all of it.
            let path = if fragment.path.starts_with(&located.path) { &fragment.path } else { &located.path };
            if path.starts_with(&fragment.path) {
                entry(writing, &mut entries, &problems.list[located.problem], path);
            }
        }
        entries
    }
}

/// The fragments that a problem of a fetch belongs to: those of the field it is about, or else those that the fetch
/// was made for.
fn groups(program: &Program, fetch: FetchId, path: &[Step]) -> Groups {
    let plan = &program.plan;
    if plan.deferred.is_empty() {
        return Groups::NONE;
    }
    let of_field = groups_of_field(plan, path);
    if plan.first.contains(&fetch) {
        return of_field;
    }
    let waits = |group: usize| plan.deferred[group].fetches.contains(&fetch);
    let is_first = |group: &usize| waits(*group) && !plan.deferred[*group].parent.is_some_and(waits);
    let of_fetch: Groups = (0..plan.deferred.len()).filter(is_first).collect();
    if of_field.intersects(of_fetch) { of_field } else { of_fetch }
}

/// The fragments of the field at the end of a path.
fn groups_of_field(plan: &QueryPlan, path: &[Step]) -> Groups {
    let mut shape = Some(QueryPlan::ROOT);
    let mut groups = Groups::NONE;
    for step in path {
        let (Step::Key(key), Some(id)) = (step, shape) else { continue };
        let row = &plan.shapes[id.index()];
        let Some(field) = row.output.iter().find(|field| field.key == *key) else { break };
        groups = field.groups;
        shape = match field.source {
            OutputSource::Slot(slot) => match row.slots[slot.index()] {
                SlotKind::Object(child) => Some(child),
                SlotKind::Leaf => None,
            },
            _ => None,
        };
    }
    groups
}

fn entry(writing: &Writing<'_>, entries: &mut Entries, problem: &Problem, path: &[Step]) {
    let fetch = &writing.program.plan.fetches[problem.fetch.index()];
    let service = &writing.graph.subgraph(fetch.subgraph).name;
    match &problem.cause {
        Cause::Engine(code, message) => entries.engine(*code, message, path, Some(service)),
        Cause::Subgraph { message, extensions } => entries.subgraph(message, path, service, extensions),
    }
}

/// A path to a row, and whether it ends at a field clients do not see.
type Found = (Vec<Step>, bool);

/// Finds all paths to the rows that are wanted.
struct Walk<'a> {
    program: &'a Program,
    store: &'a Store,
    /// The paths found so far.
    wanted: HashMap<(ShapeId, u32), Vec<Found>, RandomState>,
    path: Vec<Step>,
    /// More paths to a row than this are not needed.
    max: usize,
}

impl Walk<'_> {
    fn row(&mut self, shape: ShapeId, row: u32, hidden: bool) {
        if let Some(found) = self.wanted.get_mut(&(shape, row))
            && found.len() <= self.max
            && !(hidden && found.iter().any(|(path, _)| *path == self.path))
        {
            found.push((self.path.clone(), hidden));
        }
        let ty = self.store.ty(shape, row);
        let plan = &self.program.plan.shapes[shape.index()];
        for field in plan.output.iter().filter(|field| applies(&field.types, ty)) {
            if let OutputSource::Slot(slot) = field.source
                && let Some(child) = self.program.child(shape, slot)
            {
                self.step(Step::Key(field.key.clone()), hidden);
                self.value(child, self.store.slot(shape, row, slot), hidden);
                self.unstep(hidden);
            }
        }
        for (index, kind) in plan.slots.iter().enumerate() {
            let slot = SlotId(index as u32);
            if let SlotKind::Object(child) = *kind
                && self.program.shown(shape, slot, ty).next().is_none()
            {
                self.value(child, self.store.slot(shape, row, slot), true);
            }
        }
    }

    fn value(&mut self, shape: ShapeId, value: Slot, hidden: bool) {
        match value {
            Slot::Row(row) => self.row(shape, row, hidden),
            Slot::List { start, len } => {
                for index in 0..len {
                    self.step(Step::Index(index), hidden);
                    self.value(shape, self.store.item(start + index), hidden);
                    self.unstep(hidden);
                }
            }
            _ => {}
        }
    }

    /// A path does not go below what clients see.
    fn step(&mut self, step: Step, hidden: bool) {
        if !hidden {
            self.path.push(step);
        }
    }

    fn unstep(&mut self, hidden: bool) {
        if !hidden {
            self.path.pop();
        }
    }
}

/// The path of what a whole fetch is for, up to the first list: the field all of it hangs on. Empty when
/// the fetch is for several root fields.
fn fetch_path(program: &Program, fetch: FetchId) -> Vec<Step> {
    let mut shape = match &program.plan.fetches[fetch.index()].input {
        FetchInput::Root { shape: QueryPlan::ROOT, selection } => {
            let fields = &program.selections[selection.index()].fields;
            let slots =
                fields.iter().filter(|field| field.value != ReadValue::Typename).map(|field| field.slot);
            let mut keys = slots.flat_map(|slot| program.shown(QueryPlan::ROOT, slot, None));
            return match (keys.next(), keys.next()) {
                (Some((_, field)), None) => vec![Step::Key(field.key.clone())],
                _ => Vec::new(),
            };
        }
        FetchInput::Root { shape, .. } => *shape,
        FetchInput::Entities(inputs) => match inputs.iter().flat_map(|input| &input.anchors).next() {
            Some(anchor) => anchor.shape,
            None => return Vec::new(),
        },
    };
    let mut climbed = Vec::new();
    while let Some(parent) = program.parents[shape.index()]
        && climbed.len() <= program.parents.len()
    {
        climbed.push(parent);
        shape = parent.0;
    }
    let mut path = Vec::new();
    for (shape, slot) in climbed.into_iter().rev() {
        let Some((_, field)) = program.shown(shape, slot, None).next() else { break };
        path.push(Step::Key(field.key.clone()));
        if field.wrapping.is_list() {
            break;
        }
    }
    path
}
