//! Rows that are looked up together because enclosing objects give them the same values (`@fromContext`).

use std::collections::HashMap;
use std::sync::Arc;

use ahash::RandomState;

use super::program::{Program, applies};
use super::represent::{Builder, Described, Lacks, Lookup, Missing, value_of};
use super::store::{Slot, Store};
use crate::graph::Graph;
use crate::plan::query_plan::{
    Anchor, ContextSource, ContextVariable, EntityInput, FetchInput, Necessity, ShapeId, SlotId, Variants,
};

/// A value as JSON text.
type Value = Arc<[u8]>;

/// What an enclosing row gives: a value, and where that is null, why.
#[derive(Clone)]
struct Given {
    value: Value,
    missing: Missing,
}

/// Describes all rows an input is about, by the values that enclosing objects give; some groups may be empty.
pub(crate) fn represent_by_context(
    program: &Program,
    graph: &Graph,
    store: &Store,
    input: &EntityInput,
) -> Vec<Described> {
    let finder = Finder { program, graph, store };
    let nothing = Given { value: Arc::from(&b"null"[..]), missing: None };
    let mut numbers: HashMap<Vec<Value>, usize, RandomState> = HashMap::default();
    let mut groups: Vec<Builder<'_>> = Vec::new();
    for anchor in &input.anchors {
        let columns: Vec<Vec<Option<Given>>> =
            anchor.contexts.iter().map(|sources| finder.given(anchor, sources)).collect();
        for row in 0..store.rows(anchor.shape) {
            let given = || columns.iter().map(|column| column[row as usize].as_ref().unwrap_or(&nothing));
            let Some(lacks) = lacks(&input.contexts, given()) else { continue };
            let values: Vec<Value> = given().map(|given| given.value.clone()).collect();
            let number = *numbers.entry(values).or_insert_with_key(|values| {
                groups.push(Builder::new(&program.plan, graph, store, values.clone()));
                groups.len() - 1
            });
            groups[number].add(anchor, row, lacks);
        }
    }
    groups.into_iter().map(|group| group.finish()).collect()
}

/// What a row lacks by what is given to it; `None` if it cannot be looked up at all.
fn lacks<'a>(contexts: &[ContextVariable], given: impl Iterator<Item = &'a Given>) -> Option<Lacks> {
    let mut lacks = Lacks::default();
    for (context, given) in contexts.iter().zip(given).filter(|(_, given)| *given.value == *b"null") {
        match context.necessity {
            Necessity::Never => {}
            Necessity::For(requirements) => lacks.unmet(requirements, given.missing),
            Necessity::Always => return None,
        }
    }
    Some(lacks)
}

/// What is asked about groups of rows, by request: a single one if there are not very many groups.
pub(super) fn spread(variants: &Variants, groups: Vec<Lookup>) -> Vec<Vec<Lookup>> {
    let mut parts = Vec::new();
    let mut groups = groups.into_iter();
    loop {
        let mut lookups: Vec<Lookup> = groups.by_ref().take(Variants::MOST).collect();
        let Some(idle) = lookups.first().map(Lookup::idle) else { return parts };
        if lookups.len() > 1
            && let FetchInput::Entities(inputs) = &variants.of(lookups.len()).input
        {
            lookups.resize(inputs.len(), idle);
        }
        parts.push(lookups);
    }
}

/// Finds what enclosing objects give.
struct Finder<'a> {
    program: &'a Program,
    graph: &'a Graph,
    store: &'a Store,
}

impl Finder<'_> {
    /// By row of an anchor, what is given for an argument. The nearest source is looked at last, so that it prevails.
    fn given(&self, anchor: &Anchor, sources: &[ContextSource]) -> Vec<Option<Given>> {
        let mut values = vec![None; self.store.rows(anchor.shape) as usize];
        for source in sources.iter().rev() {
            let Some(way) = self.way(source.shape, anchor.shape) else { continue };
            for row in 0..self.store.rows(source.shape) {
                if !applies(&source.types, self.store.ty(source.shape, row)) {
                    continue;
                }
                let (json, missing) = value_of(&self.program.plan, self.graph, self.store, source, row);
                let given = Given { value: json.into(), missing };
                self.below((source.shape, row), &way, &given, &mut values);
            }
        }
        values
    }

    /// The slots that lead from a shape to one below it.
    fn way(&self, from: ShapeId, to: ShapeId) -> Option<Vec<(ShapeId, SlotId)>> {
        let mut way = Vec::new();
        let mut shape = to;
        while shape != from {
            let (parent, slot) = self.program.parents[shape.index()]?;
            way.push((shape, slot));
            shape = parent;
        }
        way.reverse();
        Some(way)
    }

    /// Notes what is given for all rows at the end of a way.
    fn below(
        &self,
        (shape, row): (ShapeId, u32),
        way: &[(ShapeId, SlotId)],
        given: &Given,
        values: &mut [Option<Given>],
    ) {
        match way {
            [] => values[row as usize] = Some(given.clone()),
            [(child, slot), rest @ ..] => {
                let mut open = vec![self.store.slot(shape, row, *slot)];
                while let Some(found) = open.pop() {
                    match found {
                        Slot::Row(row) => self.below((*child, row), rest, given, values),
                        Slot::List { start, len } => open.extend(self.store.items(start, len)),
                        _ => {}
                    }
                }
            }
        }
    }
}
