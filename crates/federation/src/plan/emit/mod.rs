//! Visits become text, shapes and slots.

mod entries;
mod output;
mod reduced;
mod schedule;
mod text;

use std::sync::Arc;

use ahash::AHashMap;

use self::entries::Emitted;
use self::schedule::{Draft, DraftInput, schedule};
use super::commit::{self, Committed, FetchKind};
use super::entities::{self, ContextType, Names, Variants};
use super::query_plan::{
    Anchor, Deferred, Fetch, FetchInput, OperationKind, QueryPlan, Selection, SelectionId, ShapeId,
    SubgraphOperation,
};
use super::reductions::{Pieces, Reductions};
use super::{PlanError, PlanOptions};
use crate::graph::SubgraphId;
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
    let drafts = schedule(emitter.drafts()?, options.batch_entities);
    let fetches = drafts.into_iter().map(|draft| emitter.fetch(draft)).collect::<Result<_, _>>()?;
    let shapes = (0..committed.shapes.len()).map(|shape| output::shape(&committed, shape)).collect();
    let deferred = operation.deferred.iter().map(|deferred| Deferred {
        label: deferred.label.clone(),
        parent: deferred.parent,
        types: deferred.types.clone(),
        fetches: Vec::new(),
    });
    Ok(QueryPlan {
        kind: operation.kind,
        fetches,
        shapes,
        selections: emitter.selections,
        first: Vec::new(),
        deferred: deferred.collect(),
    })
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
    /// What every fetch asks, by level.
    fn drafts(&mut self) -> Result<Vec<Draft>, PlanError> {
        let mut order: Vec<usize> =
            (0..self.plan.fetches.len()).filter(|fetch| !self.plan.fetches[*fetch].gone).collect();
        order.sort_by_key(|fetch| (self.plan.fetches[*fetch].level, *fetch));
        let mut places: AHashMap<usize, usize> = AHashMap::new();
        let mut drafts = Vec::with_capacity(order.len());
        for index in order {
            let mut draft = self.draft(index)?;
            let dependencies = self.plan.fetches[index].dependencies.iter();
            draft.after =
                dependencies.filter_map(|fetch| places.get(&self.survivor(*fetch)).copied()).collect();
            places.insert(index, drafts.len());
            drafts.push(draft);
        }
        Ok(drafts)
    }

    /// A fetch that was merged away lives on in the fetch of its top visit.
    fn survivor(&self, fetch: usize) -> usize {
        self.plan.visits[self.plan.fetches[fetch].visit].fetch
    }

    fn draft(&mut self, index: usize) -> Result<Draft, PlanError> {
        let fetch = &self.plan.fetches[index];
        let selection = self.visit(fetch.visit)?;
        let body = self.top_text(fetch.visit);
        self.text_left = self.text_left.checked_sub(body.len()).ok_or(PlanError::TooLarge)?;
        let shape = ShapeId(self.plan.visits[fetch.visit].shape as u32);
        let requirements = match &fetch.kind {
            FetchKind::Entities(representations) => reduced::requirements(representations, &fetch.contexts),
            FetchKind::Root(_) => Vec::new(),
        };
        let pieces = self.pieces(fetch.visit, &requirements);
        let size = pieces.as_ref().map_or(0, Pieces::size);
        self.text_left = self.text_left.checked_sub(size).ok_or(PlanError::TooLarge)?;
        let input = match &fetch.kind {
            FetchKind::Root(kind) => DraftInput::Root { kind: *kind, shape, selection },
            FetchKind::Entities(representations) => DraftInput::Entities(vec![Anchor {
                shape,
                types: output::types_of(representations, &self.plan.shapes[shape.index()]),
                representations: output::representations(
                    self.plan,
                    shape.index(),
                    representations,
                    &requirements,
                ),
                contexts: output::contexts(self.plan, &fetch.contexts),
                selection,
            }]),
        };
        Ok(Draft {
            subgraph: fetch.subgraph,
            level: fetch.level,
            groups: fetch.groups,
            body,
            pieces,
            variables: self.variables(fetch.visit),
            contexts: output::context_types(&fetch.contexts, &requirements),
            input,
            after: Vec::new(),
            batched: Vec::new(),
        })
    }

    fn fetch(&mut self, draft: Draft) -> Result<Fetch, PlanError> {
        let depends_on = draft.depends_on();
        let Draft { subgraph, groups, body, pieces, mut variables, contexts, input, batched, .. } = draft;
        let mut variants = None;
        let (kind, input, text) = match input {
            DraftInput::Root { kind, shape, selection } => {
                (kind, FetchInput::Root { shape, selection }, self.root_text(kind, &variables, &body))
            }
            DraftInput::Entities(anchors) => {
                let names = Names {
                    representations: self.free_name("representations"),
                    context: self.free_name("context"),
                };
                let mut inputs = vec![names.input(0, &contexts, anchors)];
                inputs[0].reductions = self.reductions(subgraph, &names, &variables, &contexts, pieces);
                let mut bodies = vec![body];
                for (index, more) in batched.into_iter().enumerate() {
                    let mut input = names.input(index + 1, &[], more.anchors);
                    input.reductions = self.reductions(subgraph, &names, &more.variables, &[], more.pieces);
                    inputs.push(input);
                    variables.extend(more.variables);
                    bodies.push(more.body);
                }
                let definitions = self.definitions(&variables);
                let text = entities::text(&definitions, &inputs, &bodies);
                if let [body] = bodies.as_mut_slice()
                    && !contexts.is_empty()
                {
                    let client = (definitions, self.declared(&variables));
                    let body = std::mem::take(body);
                    variants = Some(Box::new(Variants::new(subgraph, client, body, names, contexts)));
                }
                (OperationKind::Query, FetchInput::Entities(inputs), text)
            }
        };
        self.text_left = self.text_left.checked_sub(text.len()).ok_or(PlanError::TooLarge)?;
        let operation = SubgraphOperation::new(kind, text.into(), None, self.declared(&variables));
        Ok(Fetch { subgraph, operation, input, depends_on, groups, variants })
    }

    /// The requests for entities that lack something, of a fetch with such variables.
    fn reductions(
        &self,
        subgraph: SubgraphId,
        names: &Names,
        variables: &[Arc<str>],
        contexts: &[ContextType],
        pieces: Option<Pieces>,
    ) -> Option<Box<Reductions>> {
        let pieces = pieces?;
        let variables = self.defined(variables).collect();
        Some(Box::new(Reductions::new(subgraph, names.clone(), variables, contexts.to_vec(), pieces)))
    }

    fn push_selection(&mut self, selection: Selection) -> SelectionId {
        self.selections.push(selection);
        SelectionId(self.selections.len() as u32 - 1)
    }
}
