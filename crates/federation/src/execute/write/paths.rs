//! The client's paths of problems. The response is walked only if there are any.

use std::collections::HashSet;

use super::blanks::Blanks;
use super::entries::Entries;
use super::walk::{Sight, Walked, walk};
use super::{Fragment, Writing};
use crate::execute::problem::{At, Cause, Place, Problem, Problems, Step};
use crate::execute::program::Program;
use crate::execute::store::Store;
use crate::plan::QueryPlan;
use crate::plan::query_plan::{FetchId, FetchInput, Groups, OutputField, OutputSource, ShapeId, SlotKind};

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
    let places = problems.list.iter().filter_map(|problem| match &problem.at {
        At::Places(places) => Some(places),
        At::Fetch => None,
    });
    let rows = places.flatten().map(|place| (place.shape, place.row));
    let walked = walk(program, store, rows, writing.policy.max);
    let mut located: Vec<Located> = Vec::new();
    for (index, problem) in problems.list.iter().enumerate() {
        let mut effects = Effects::of(program, store, problem.fetch);
        effects.told = located.iter().map(|located| located.path.as_slice()).collect();
        let found: Vec<_> = match &problem.at {
            At::Fetch => effects.in_first(&walked).into_iter().collect(),
            At::Places(places) => effects.at(places, &walked),
        };
        located.extend(found.into_iter().map(|(path, groups)| Located { problem: index, path, groups }));
        if located.len() > writing.policy.max {
            located.truncate(writing.policy.max);
            problems.more = true;
            break;
        }
    }
    located
}

/// How many fields that have an error already are passed in search of one that has none.
const MAX_PASSED: usize = 64;

/// What becomes of the answer when something is wrong with a fetch.
struct Effects<'a> {
    program: &'a Program,
    store: &'a Store,
    fetch: FetchId,
    /// What it brings itself, then also what others bring that need it.
    blanks: [Blanks<'a>; 2],
    /// The fields that have an error already.
    told: HashSet<&'a [Step]>,
}

impl<'a> Effects<'a> {
    fn of(program: &'a Program, store: &'a Store, fetch: FetchId) -> Self {
        let blanks = [false, true].map(|further| Blanks::of(program, store, fetch, further));
        Self { program, store, fetch, blanks, told: HashSet::new() }
    }

    /// The first field that is missing in what is answered first. Deferred fragments tell of theirs themselves.
    fn in_first(&self, walked: &Walked) -> Option<(Vec<Step>, Groups)> {
        let in_fragments = |field: &OutputField| !field.groups.is_empty();
        match self.missing_below((QueryPlan::ROOT, 0), &[], &|field| field.groups.is_empty()) {
            Some(path) => Some((path, Groups::NONE)),
            None if self.missing_below((QueryPlan::ROOT, 0), &[], &in_fragments).is_some() => None,
            None => self.itself(walked),
        }
    }

    /// The places given, wherever their rows are in the answer. What is asked of objects of other types only, and what
    /// a subgraph that cannot tell them apart answers for all, is no part of it.
    fn at(&self, places: &[Place], walked: &Walked) -> Vec<(Vec<Step>, Groups)> {
        let mut located = Vec::new();
        let mut reached = false;
        for place in places {
            for found in walked.of(place.shape, place.row) {
                reached = true;
                let missing = |row| {
                    let missing = self.missing_below(row, &found.path, &|_| true);
                    Some(missing.unwrap_or_else(|| found.path.clone()))
                };
                let path = match found.sight {
                    Sight::Shown => match self.sight_of(place, walked) {
                        Sight::Shown if place.rest.is_empty() => missing((place.shape, place.row)),
                        Sight::Shown => Some([&found.path[..], &place.rest].concat()),
                        Sight::Hidden(_) => missing((place.shape, place.row)),
                        Sight::Foreign => None,
                    },
                    Sight::Hidden(row) => missing(row),
                    Sight::Foreign => None,
                };
                if let Some(path) = path {
                    let groups = groups(self.program, self.fetch, &path);
                    located.push((path, groups));
                }
            }
        }
        if !reached {
            located.extend(self.itself(walked));
        }
        located
    }

    /// How clients see the field that a place is about. Its object's type may have become known since.
    fn sight_of(&self, place: &Place, walked: &Walked) -> Sight {
        let row = (place.shape, place.row);
        let ty = self.store.ty(place.shape, place.row);
        let Some(slot) = place.field else { return Sight::Shown };
        let mut shown = self.program.shown(place.shape, slot, ty);
        match place.rest.first() {
            Some(Step::Key(key)) if shown.any(|(_, field)| field.key == *key) => Sight::Shown,
            _ if walked.is_described(place.shape, slot) => Sight::Hidden(row),
            _ => Sight::Foreign,
        }
    }

    /// The path of the first field below a row that is missing, of those that count; if there is one, of those that
    /// have no error yet.
    fn missing_below(
        &self,
        row: (ShapeId, u32),
        path: &[Step],
        counts: &dyn Fn(&OutputField) -> bool,
    ) -> Option<Vec<Step>> {
        let mut first = None;
        let mut passed = 0;
        let mut visit = |field: &OutputField, path: &[Step]| {
            if !counts(field) {
                return false;
            }
            let is_new = !self.told.contains(path);
            passed += 1;
            if is_new || first.is_none() {
                first = Some(path.to_vec());
            }
            is_new || passed > MAX_PASSED
        };
        for blanks in &self.blanks {
            if blanks.below(row, path.to_vec(), &mut visit) {
                break;
            }
        }
        first
    }

    /// The first object that the fetch was made for, when nothing is missing. None if clients see none of them.
    fn itself(&self, walked: &Walked) -> Option<(Vec<Step>, Groups)> {
        let path = match &self.program.plan.fetches[self.fetch.index()].input {
            FetchInput::Root { shape: QueryPlan::ROOT, .. } => Vec::new(),
            FetchInput::Root { shape, .. } => walked.first(*shape, &None)?.to_vec(),
            FetchInput::Entities(inputs) => {
                let mut anchors = inputs.iter().flat_map(|input| &input.anchors);
                anchors.find_map(|anchor| walked.first(anchor.shape, &anchor.types))?.to_vec()
            }
        };
        let groups = groups(self.program, self.fetch, &path);
        Some((path, groups))
    }
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
        store: &Store,
        (all, problems): (&[Self], &Problems),
        fragment: &Fragment,
    ) -> Entries {
        let mut entries = Entries::new(writing.policy);
        let row = (fragment.shape, fragment.row);
        let own = |field: &OutputField| field.groups.contains(fragment.group);
        for problem in problems.list.iter().filter(|problem| problem.at == At::Fetch) {
            let effects = Effects::of(writing.program, store, problem.fetch);
            if let Some(path) = effects.missing_below(row, &fragment.path, &own) {
                entry(writing, &mut entries, problem, &path);
            }
        }
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
