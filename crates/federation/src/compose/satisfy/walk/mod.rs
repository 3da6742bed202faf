//! The walk over every field a client can select.

mod pieced;
mod state;

use std::rc::Rc;

use ahash::{AHashMap, AHashSet};

use self::state::{Around, Contexts, Position, Seen, State, path};
use super::ROOTS;
use super::contexts::{Given, Setters};
use crate::graph::OperationKind;
use crate::graph::obtain::{Obtain, Provided};
use crate::graph::reach::{Closure, Reach};
use crate::graph::{FieldId, Graph, LabelId, ObjectId, SubgraphId, SubgraphSet, TypeId};

/// A field that cannot be resolved.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) object: ObjectId,
    /// `None` is `__typename`.
    pub(super) field: Option<FieldId>,
    /// The interface, when the field is asked of the interface itself and the object is only one that it may be.
    pub(super) of_interface: Option<TypeId>,
    /// The subgraphs that may hold the object.
    pub(super) holders: SubgraphSet,
    /// Whether the object's type is known without asking.
    pub(super) is_typed: bool,
    pub(super) root: OperationKind,
    /// Contexts given by the object and those on the way.
    pub(super) contexts: Rc<[usize]>,
    /// The way there: each field with the type of the object it is selected on.
    pub(super) path: Vec<(ObjectId, FieldId)>,
}

/// How a walk ended.
pub(super) enum Outcome {
    /// Everything was looked at; the failures in order of the length of their paths.
    Finished(Vec<Failure>),
    /// The limit on states was hit.
    TooManyStates,
}

/// One walk, for one setting of the override labels.
pub(super) struct Walk<'g> {
    graph: &'g Graph,
    obtain: Obtain<'g>,
    /// States still allowed.
    budget: usize,
    /// States from which everything can be resolved, found by walks without failures.
    proven: Seen,
    setters: &'g Setters,
}

/// The subgraphs that can answer a field, and what they provide below it.
#[derive(Default)]
struct Answer<'g> {
    subgraphs: SubgraphSet,
    /// Those that could be asked instead.
    others: SubgraphSet,
    provided: Vec<Provided<'g>>,
}

impl<'g> Walk<'g> {
    pub(super) fn new(graph: &'g Graph, setters: &'g Setters, labels: &[LabelId], budget: usize) -> Self {
        let obtain = Obtain::new(graph, Reach::new(graph, labels));
        Self { graph, obtain, budget, proven: AHashMap::new(), setters }
    }

    pub(super) fn run(mut self) -> Outcome {
        let mut failures = Vec::new();
        for kind in ROOTS {
            let Some(object) = self.graph.root(kind).and_then(|ty| self.graph.ty(ty).possible.single())
            else {
                continue;
            };
            let found = match kind {
                OperationKind::Query => {
                    let holders = self.graph.ty(self.graph.object_type(object)).subgraphs;
                    self.walk(kind, vec![self.root_state(object, holders)])
                }
                OperationKind::Mutation | OperationKind::Subscription => self.walk_single_calls(kind, object),
            };
            match found {
                Some(found) => failures.extend(found),
                None => return Outcome::TooManyStates,
            }
        }
        failures.sort_by_key(|failure| failure.path.len());
        Outcome::Finished(failures)
    }

    fn root_state(&self, object: ObjectId, holders: SubgraphSet) -> State<'g> {
        State { object, holders, is_typed: true, provided: Vec::new(), around: Around::default(), from: None }
    }

    /// Fields of mutations and subscriptions are asked of one subgraph: each is tried alone, one must do.
    fn walk_single_calls(&mut self, kind: OperationKind, object: ObjectId) -> Option<Vec<Failure>> {
        let mut failures = Vec::new();
        for field in self.visible_fields(object) {
            let mut first_failures: Option<Vec<Failure>> = None;
            for subgraph in self.obtain.reach.resolvers(object, field).iter() {
                let mut answer = self.answer_of(object, field, SubgraphSet::one(subgraph));
                answer.others = self.obtain.reach.resolvers(object, field);
                let mut states = vec![self.root_state(object, SubgraphSet::one(subgraph))];
                let children = self.children((0, &states[0]), field, answer, &Around::default());
                states.extend(children);
                let found = self.walk_from(kind, states, 1)?;
                if found.is_empty() {
                    first_failures = None;
                    break;
                }
                first_failures.get_or_insert(found);
            }
            failures.extend(first_failures.into_iter().flatten());
        }
        Some(failures)
    }

    fn walk(&mut self, kind: OperationKind, states: Vec<State<'g>>) -> Option<Vec<Failure>> {
        self.walk_from(kind, states, 0)
    }

    /// Walks breadth first from the states at `next` on; `None` when there are too many.
    fn walk_from(
        &mut self,
        kind: OperationKind,
        mut states: Vec<State<'g>>,
        mut next: usize,
    ) -> Option<Vec<Failure>> {
        let mut failures: Vec<Failure> = Vec::new();
        let mut failed: AHashSet<(ObjectId, Option<FieldId>)> = AHashSet::new();
        let mut pieced: AHashSet<FieldId> = AHashSet::new();
        let mut visited = Seen::new();
        while next < states.len() {
            let State { object, holders, is_typed, .. } = states[next];
            if !self.is_covered(&visited, &states[next]) {
                self.budget = self.budget.checked_sub(1)?;
                visited.entry(object).or_default().push(Position::of(&states[next]));
                let closure = self.obtain.reach.closure(object, holders, is_typed);
                let (contexts, below) = self.contexts(&states[next], &closure);
                let fail = |field: Option<FieldId>, states: &[State<'_>]| Failure {
                    object,
                    field,
                    of_interface: None,
                    holders,
                    is_typed,
                    root: kind,
                    contexts: contexts.clone(),
                    path: path(states, next),
                };
                if !self.knows_type(&closure, object, is_typed) && failed.insert((object, None)) {
                    failures.push(fail(None, &states));
                }
                for field in self.visible_fields(object) {
                    let answer = self.answer(&states[next], field, &closure);
                    if !answer.subgraphs.is_empty() {
                        let children = self.children((next, &states[next]), field, answer, &below);
                        for own in self.pieced_together(field, &children) {
                            if pieced.insert(own) {
                                failures.push(self.piecing(kind, &states, (next, field), own, &children[0]));
                            }
                        }
                        states.extend(children);
                    } else if failed.insert((object, Some(field))) {
                        failures.push(fail(Some(field), &states));
                    }
                }
            }
            next += 1;
        }
        if failures.is_empty() {
            for (object, sets) in visited {
                self.proven.entry(object).or_default().extend(sets);
            }
        }
        Some(failures)
    }

    fn is_covered(&self, visited: &Seen, state: &State<'_>) -> bool {
        let known = [visited.get(&state.object), self.proven.get(&state.object)];
        known.into_iter().flatten().flatten().any(|position| position.covers(state))
    }

    fn knows_type(&self, closure: &Closure, object: ObjectId, is_typed: bool) -> bool {
        is_typed || closure.reached.iter().any(|subgraph| self.obtain.reach.knows_type(object, subgraph))
    }

    fn visible_fields(&self, object: ObjectId) -> Vec<FieldId> {
        let ty = self.graph.ty(self.graph.object_type(object));
        if !ty.visible {
            return Vec::new();
        }
        let mut fields: Vec<FieldId> =
            ty.fields.values().copied().filter(|field| self.graph.field(*field).visible).collect();
        fields.sort_unstable();
        fields
    }

    fn answer(&mut self, state: &State<'g>, field: FieldId, closure: &Rc<Closure>) -> Answer<'g> {
        let resolvers = self.obtain.reach.resolvers(state.object, field).intersection(closure.reached);
        let usable: SubgraphSet = resolvers
            .iter()
            .filter(|subgraph| {
                self.has_contexts(state, field, *subgraph, closure)
                    && self.obtain.can_resolve(state.object, field, *subgraph, (closure, &state.provided))
            })
            .collect();
        let mut answer = self.answer_of(state.object, field, usable);
        for (subgraph, below) in self.obtain.provided_below(state.object, field, &state.provided) {
            answer.subgraphs.insert(subgraph);
            answer.provided.extend(Some((subgraph, below)).filter(|_| !below.is_empty()));
        }
        answer
    }

    /// What the subgraphs provide below a field that they resolve.
    fn answer_of(&self, object: ObjectId, field: FieldId, subgraphs: SubgraphSet) -> Answer<'g> {
        let provided = |subgraph: SubgraphId| {
            let (_, local) = self.obtain.reach.any_declaration(object, field, subgraph)?;
            Some((subgraph, self.graph.field_set(local.provides?).selections.as_slice()))
        };
        Answer {
            subgraphs,
            others: SubgraphSet::EMPTY,
            provided: subgraphs.iter().filter_map(provided).collect(),
        }
    }

    /// Whether the contexts that a subgraph's arguments come from are given there.
    fn has_contexts(
        &mut self,
        state: &State<'g>,
        field: FieldId,
        subgraph: SubgraphId,
        closure: &Closure,
    ) -> bool {
        let declared = self.obtain.reach.any_declaration(state.object, field, subgraph);
        let arguments = declared.map(|(_, local)| local.context_arguments.as_slice()).unwrap_or_default();
        if arguments.is_empty() {
            return true;
        }
        let (contexts, _) = self.contexts(state, closure);
        arguments.iter().all(|argument| {
            let number = self.setters.number(&argument.context);
            number.is_some_and(|number| contexts.contains(&number))
        })
    }

    /// The contexts given to an object's own fields, and those around what is below it. To its own fields an object
    /// gives what none above sets; below, it is the nearest.
    fn contexts(&mut self, state: &State<'g>, closure: &Closure) -> (Contexts, Around) {
        let set = self.setters.of(state.object);
        if set.is_empty() {
            return (state.around.given.clone(), state.around.clone());
        }
        let (mut own, mut lost) = (state.around.given.to_vec(), state.around.lost.to_vec());
        let mut given = own.clone();
        for Given { context, values } in set {
            let is_around = own.contains(context) || lost.contains(context);
            given.retain(|known| known != context);
            lost.retain(|known| known != context);
            let can_be_had = values.iter().all(|value| {
                let selections = &self.graph.field_set(*value).selections;
                self.obtain.obtainable(state.object, selections, (closure, &state.provided))
            });
            if can_be_had {
                given.push(*context)
            } else {
                lost.push(*context)
            }
            own.extend(Some(*context).filter(|_| can_be_had && !is_around));
        }
        (own.into(), Around { given: given.into(), lost: lost.into() })
    }

    /// The objects that a field may return, as far as queries can count on them: those that all its subgraphs know.
    /// Of others, which only some of the subgraphs could return, the planner asks nothing that not all objects have.
    fn children(
        &self,
        (from, state): (usize, &State<'g>),
        field: FieldId,
        answer: Answer<'g>,
        around: &Around,
    ) -> Vec<State<'g>> {
        let possible = self.graph.possible(self.graph.field(field).ty);
        let is_typed = possible.len() == 1;
        let child = |value: ObjectId| {
            let candidates = answer.subgraphs.union(answer.others);
            let holders = answer.subgraphs;
            (self.obtain.holders(state.object, field, candidates, value) == candidates).then(|| State {
                object: value,
                holders,
                is_typed,
                provided: answer.provided.clone(),
                around: around.clone(),
                from: Some((from, field)),
            })
        };
        possible.iter().filter_map(child).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Setters, Walk};
    use crate::compose::{SubgraphSdl, compose};
    use crate::graph::Graph;

    #[test]
    fn a_walk_ends_at_its_limit() {
        let subgraph = SubgraphSdl {
            name: "a".to_owned(),
            url: String::new(),
            sdl: "type Query { a: A } type A { b: B } type B { a: A }".to_owned(),
        };
        let graph = Graph::from_sdl(&compose(&[subgraph]).unwrap().supergraph_sdl).unwrap();
        let setters = Setters::default();
        assert!(matches!(Walk::new(&graph, &setters, &[], 2).run(), Outcome::TooManyStates));
        assert!(
            matches!(Walk::new(&graph, &setters, &[], 3).run(), Outcome::Finished(failures) if failures.is_empty())
        );
    }
}
