//! Rows that are looked up together because enclosing objects give them the same values (`@fromContext`).

use std::collections::HashMap;
use std::sync::Arc;

use ahash::RandomState;

use super::program::{Program, applies};
use super::represent::{Builder, Described, Lookup, value_of};
use super::store::{Slot, Store};
use crate::graph::Graph;
use crate::plan::query_plan::{Anchor, ContextSource, EntityInput, FetchInput, ShapeId, SlotId, Variants};

/// A value as JSON text.
type Value = Arc<[u8]>;

/// Describes all rows an input is about, by the values that enclosing objects give; some groups may be empty.
pub(crate) fn represent_by_context(
    program: &Program,
    graph: &Graph,
    store: &Store,
    input: &EntityInput,
) -> Vec<Described> {
    let finder = Finder { program, graph, store };
    let null: Value = Arc::from(&b"null"[..]);
    let mut numbers: HashMap<Vec<Value>, usize, RandomState> = HashMap::default();
    let mut groups: Vec<Builder<'_>> = Vec::new();
    for anchor in &input.anchors {
        let columns: Vec<Vec<Option<Value>>> =
            anchor.contexts.iter().map(|sources| finder.values(anchor, sources)).collect();
        for row in 0..store.rows(anchor.shape) {
            let given = columns.iter().map(|column| column[row as usize].as_ref().unwrap_or(&null));
            let values: Vec<Value> = given.cloned().collect();
            if values.iter().zip(&input.contexts).any(|(value, context)| context.required && *value == null) {
                continue;
            }
            let number = *numbers.entry(values).or_insert_with_key(|values| {
                groups.push(Builder::new(&program.plan, graph, store, values.clone()));
                groups.len() - 1
            });
            groups[number].add(anchor, row);
        }
    }
    groups.into_iter().map(|group| group.finish(input.reduced.len())).collect()
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
    /// By row of an anchor, the value of an argument. The nearest source is looked at last, so that it prevails.
    fn values(&self, anchor: &Anchor, sources: &[ContextSource]) -> Vec<Option<Value>> {
        let mut values = vec![None; self.store.rows(anchor.shape) as usize];
        for source in sources.iter().rev() {
            let Some(way) = self.way(source.shape, anchor.shape) else { continue };
            for row in 0..self.store.rows(source.shape) {
                if !applies(&source.types, self.store.ty(source.shape, row)) {
                    continue;
                }
                let json = value_of(&self.program.plan, self.graph, self.store, source, row);
                self.below((source.shape, row), &way, &Arc::from(json), &mut values);
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

    /// Notes a value for all rows at the end of a way.
    fn below(
        &self,
        (shape, row): (ShapeId, u32),
        way: &[(ShapeId, SlotId)],
        value: &Value,
        values: &mut [Option<Value>],
    ) {
        match way {
            [] => values[row as usize] = Some(value.clone()),
            [(child, slot), rest @ ..] => {
                let mut open = vec![self.store.slot(shape, row, *slot)];
                while let Some(found) = open.pop() {
                    match found {
                        Slot::Row(row) => self.below((*child, row), rest, value, values),
                        Slot::List { start, len } => open.extend(self.store.items(start, len)),
                        _ => {}
                    }
                }
            }
        }
    }
}
