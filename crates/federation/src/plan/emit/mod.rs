//! Visits become text, shapes and slots.

mod entries;
mod output;
mod text;

use std::sync::Arc;

use ahash::AHashMap;

use self::entries::Emitted;
use super::commit::{self, Committed, FetchKind};
use super::query_plan::{
    Anchor, EntityInput, Fetch, FetchId, FetchInput, OperationKind, QueryPlan, Selection, SelectionId,
    ShapeId, SubgraphOperation,
};
use super::{PlanError, PlanOptions};
use crate::operation::NormalOperation;

/// Writes out what was committed.
pub(super) fn emit(
    committed: Committed<'_>,
    operation: &NormalOperation,
    options: &PlanOptions,
) -> Result<QueryPlan, PlanError> {
    let mut emitter = Emitter {
        plan: &committed,
        operation,
        selections: Vec::new(),
        emitted: AHashMap::new(),
        text_left: options.max_text,
    };
    let fetches = emitter.fetches()?;
    let shapes = (0..committed.shapes.len()).map(|shape| output::shape(&committed, shape)).collect();
    Ok(QueryPlan { kind: operation.kind, fetches, shapes, selections: emitter.selections })
}

struct Emitter<'a, 'g> {
    plan: &'a Committed<'g>,
    operation: &'a NormalOperation,
    selections: Vec<Selection>,
    /// By visit.
    emitted: AHashMap<commit::VisitIndex, Emitted>,
    text_left: usize,
}

impl Emitter<'_, '_> {
    /// Fetches by level, equal ones at different shapes joined.
    fn fetches(&mut self) -> Result<Vec<Fetch>, PlanError> {
        let mut order: Vec<usize> =
            (0..self.plan.fetches.len()).filter(|fetch| !self.plan.fetches[*fetch].gone).collect();
        order.sort_by_key(|fetch| (self.plan.fetches[*fetch].level, *fetch));
        let mut fetches: Vec<Fetch> = Vec::new();
        let mut ids: AHashMap<usize, FetchId> = AHashMap::new();
        let mut equal: AHashMap<(u32, u32, Arc<str>), usize> = AHashMap::new();
        for index in order {
            let level = self.plan.fetches[index].level;
            let mut fetch = self.fetch(index)?;
            fetch.depends_on = self.dependencies(index, &ids);
            let key = (level, fetch.subgraph.0, fetch.operation.text.clone());
            match (equal.get(&key).copied(), &mut fetch.input) {
                (Some(same), FetchInput::Entities(inputs)) => {
                    let anchors = inputs.drain(..).flat_map(|input| input.anchors);
                    if let FetchInput::Entities(known) = &mut fetches[same].input
                        && let Some(first) = known.first_mut()
                    {
                        first.anchors.extend(anchors);
                    }
                    let depends_on = &mut fetches[same].depends_on;
                    depends_on.extend(fetch.depends_on);
                    depends_on.sort_unstable();
                    depends_on.dedup();
                    ids.insert(index, FetchId(same as u32));
                }
                (_, FetchInput::Entities(_)) => {
                    equal.insert(key, fetches.len());
                    ids.insert(index, FetchId(fetches.len() as u32));
                    fetches.push(fetch);
                }
                _ => {
                    ids.insert(index, FetchId(fetches.len() as u32));
                    fetches.push(fetch);
                }
            }
        }
        Ok(fetches)
    }

    fn dependencies(&self, index: usize, ids: &AHashMap<usize, FetchId>) -> Vec<FetchId> {
        let mut depends_on: Vec<FetchId> = self.plan.fetches[index]
            .dependencies
            .iter()
            .map(|fetch| self.survivor(*fetch))
            .filter_map(|fetch| ids.get(&fetch).copied())
            .collect();
        depends_on.sort_unstable();
        depends_on.dedup();
        depends_on
    }

    /// A fetch that was merged away lives on in the fetch of its top visit.
    fn survivor(&self, fetch: usize) -> usize {
        self.plan.visits[self.plan.fetches[fetch].visit].fetch
    }

    fn fetch(&mut self, index: usize) -> Result<Fetch, PlanError> {
        let fetch = &self.plan.fetches[index];
        let selection = self.visit(fetch.visit)?;
        let body = self.top_text(fetch.visit);
        let shape = ShapeId(self.plan.visits[fetch.visit].shape as u32);
        let variables = self.variables(fetch.visit);
        let (kind, input, text) = match &fetch.kind {
            FetchKind::Root(kind) => (
                *kind,
                FetchInput::Root { shape, selection },
                self.operation_text(*kind, &variables, None, &body),
            ),
            FetchKind::Entities(representations) => {
                let variable = self.free_variable();
                let text = self.operation_text(OperationKind::Query, &variables, Some(&variable), &body);
                let anchor = Anchor {
                    shape,
                    types: output::types_of(representations, &self.plan.shapes[shape.index()]),
                    representations: output::representations(self.plan, shape.index(), representations),
                    selection,
                };
                let input = EntityInput { key: "_entities".into(), variable, anchors: vec![anchor] };
                (OperationKind::Query, FetchInput::Entities(vec![input]), text)
            }
        };
        self.text_left = self.text_left.checked_sub(text.len()).ok_or(PlanError::TooLarge)?;
        let operation = SubgraphOperation::new(kind, text.into(), None, variables);
        Ok(Fetch { subgraph: fetch.subgraph, operation, input, depends_on: Vec::new() })
    }

    fn push_selection(&mut self, selection: Selection) -> SelectionId {
        self.selections.push(selection);
        SelectionId(self.selections.len() as u32 - 1)
    }
}
