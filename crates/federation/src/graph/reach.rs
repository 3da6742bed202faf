//! Which subgraphs can hold an object, and how to get from those that do to the others.
//!
//! Composition asks this to prove that every query can be answered, the planner asks it to answer one: both
//! use the same closure, so what is satisfiable can be planned.

use std::rc::Rc;

use ahash::AHashMap;
use smallvec::SmallVec;

use super::{
    FieldId, FieldInSubgraph, FieldSelection, FieldSetId, Graph, LabelId, ObjectId, SubgraphId, SubgraphSet,
    TypeId,
};
use crate::graph::OperationKind;

/// Keys of entities inside keys of entities are followed this deep.
const MAX_NESTING: u8 = 3;

/// How to enter a subgraph at an object.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The subgraph entered.
    pub subgraph: SubgraphId,
    /// How many hops away it is: its keys need values of subgraphs of lower rounds only.
    pub round: u16,
    /// The type the subgraph is told: the object's own, or an interface.
    pub view: TypeId,
    /// The keys that can be obtained, in order of declaration. Empty for root types, which need none.
    pub keys: SmallVec<[FieldSetId; 2]>,
}

/// Where one can get from a set of subgraphs that hold an object.
#[derive(Debug, Default)]
pub struct Closure {
    /// The subgraphs started from and those that can be entered.
    pub reached: SubgraphSet,
    /// The subgraphs that can be entered.
    pub enterable: SubgraphSet,
    /// How to enter each, by ascending subgraph; subgraphs started from are listed if they can be entered
    /// again.
    pub hops: Vec<Hop>,
}

impl Closure {
    /// How to enter a subgraph.
    pub fn hop(&self, subgraph: SubgraphId) -> Option<&Hop> {
        let index = self.hops.binary_search_by_key(&subgraph, |hop| hop.subgraph).ok()?;
        Some(&self.hops[index])
    }
}

/// Answers questions of reachability for one setting of the override labels; remembers answers.
pub struct Reach<'g> {
    graph: &'g Graph,
    /// By label: whether it is set.
    labels: Vec<bool>,
    closures: AHashMap<(ObjectId, SubgraphSet, bool, u8), Rc<Closure>>,
}

impl<'g> Reach<'g> {
    /// `set` lists the override labels that are set.
    pub fn new(graph: &'g Graph, set: &[LabelId]) -> Self {
        let mut labels = vec![false; graph.labels().len()];
        for label in set {
            labels[label.index()] = true;
        }
        Self { graph, labels, closures: AHashMap::new() }
    }

    /// The type a subgraph knows objects of this type by: their own, or an `@interfaceObject`.
    pub fn view(&self, object: ObjectId, subgraph: SubgraphId) -> Option<TypeId> {
        let own = self.graph.object_type(object);
        let row = self.graph.ty(own);
        if row.subgraphs.contains(subgraph) {
            return Some(own);
        }
        row.interfaces.iter().copied().find(|id| self.graph.ty(*id).interface_object.contains(subgraph))
    }

    /// Whether a subgraph knows the concrete type of such objects.
    pub fn knows_type(&self, object: ObjectId, subgraph: SubgraphId) -> bool {
        self.graph.ty(self.graph.object_type(object)).subgraphs.contains(subgraph)
    }

    /// A subgraph's declaration of an object's field, also when it is external there; `None` where it is
    /// missing or an override label gives it to another subgraph.
    pub fn declaration(
        &self,
        object: ObjectId,
        field: FieldId,
        subgraph: SubgraphId,
    ) -> Option<(FieldId, &'g FieldInSubgraph)> {
        self.any_declaration(object, field, subgraph).filter(|(_, local)| self.is_active(local))
    }

    /// Like [`Reach::declaration`], whatever the override labels say.
    pub fn any_declaration(
        &self,
        object: ObjectId,
        field: FieldId,
        subgraph: SubgraphId,
    ) -> Option<(FieldId, &'g FieldInSubgraph)> {
        let own = self.graph.concrete_field(object, field).unwrap_or(field);
        let row = self.graph.field(own);
        if let Some(local) = row.local(subgraph) {
            return Some((own, local));
        }
        let (_, through) =
            row.through_interface_object.iter().find(|(candidate, _)| *candidate == subgraph)?;
        Some((*through, self.graph.field(*through).local(subgraph)?))
    }

    /// The subgraphs that resolve an object's field.
    pub fn resolvers(&self, object: ObjectId, field: FieldId) -> SubgraphSet {
        let own = self.graph.concrete_field(object, field).unwrap_or(field);
        let row = self.graph.field(own);
        let mut resolvers = row.here;
        if row.labelled {
            let lost = row.local.iter().filter(|local| !self.is_active(local)).map(|local| local.subgraph);
            resolvers = resolvers.difference(lost.collect());
        }
        for (subgraph, through) in &row.through_interface_object {
            if self.graph.field(*through).local(*subgraph).is_some_and(|local| self.is_active(local)) {
                resolvers.insert(*subgraph);
            }
        }
        resolvers
    }

    /// The subgraphs whose value of an object's field can be put into a representation: its resolvers, and
    /// those that lost it to another but still have it.
    pub fn sources(&self, object: ObjectId, field: FieldId) -> SubgraphSet {
        let mut sources = self.resolvers(object, field);
        let own = self.graph.concrete_field(object, field).unwrap_or(field);
        for local in &self.graph.field(own).local {
            if local.overridden || local.label.is_some() {
                sources.insert(local.subgraph);
            }
        }
        sources
    }

    fn is_active(&self, local: &FieldInSubgraph) -> bool {
        local.label.is_none_or(|(label, value)| self.labels[label.index()] == value)
    }

    /// Where one can get at an object held by some subgraphs. `typed` says that its concrete type is known
    /// without asking.
    pub fn closure(&mut self, object: ObjectId, from: SubgraphSet, typed: bool) -> Rc<Closure> {
        self.closure_within(object, from, typed, 0)
    }

    fn closure_within(
        &mut self,
        object: ObjectId,
        from: SubgraphSet,
        typed: bool,
        nesting: u8,
    ) -> Rc<Closure> {
        let key = (object, from, typed, nesting);
        if let Some(known) = self.closures.get(&key) {
            return known.clone();
        }
        let own = self.graph.object_type(object);
        let found = match self.graph.root_kind(own) {
            Some(OperationKind::Query) => self.root_closure(own, from),
            _ => self.entity_closure(object, from, typed, nesting),
        };
        let found = Rc::new(found);
        self.closures.insert(key, found.clone());
        found
    }

    /// A query root can be asked of every subgraph that has one.
    fn root_closure(&self, own: TypeId, from: SubgraphSet) -> Closure {
        let subgraphs = self.graph.ty(own).subgraphs;
        let hops = subgraphs
            .iter()
            .map(|subgraph| Hop { subgraph, round: 1, view: own, keys: SmallVec::new() })
            .collect();
        Closure { reached: from.union(subgraphs), enterable: subgraphs, hops }
    }

    fn entity_closure(&mut self, object: ObjectId, from: SubgraphSet, typed: bool, nesting: u8) -> Closure {
        let mut typed = typed || from.iter().any(|subgraph| self.knows_type(object, subgraph));
        let entries = self.entries(object);
        let mut closure = Closure { reached: from, ..Closure::default() };
        let mut round = 1;
        loop {
            let mut entered = SubgraphSet::EMPTY;
            for (subgraph, view) in &entries {
                if closure.hops.iter().any(|hop| hop.subgraph == *subgraph) {
                    continue;
                }
                let nameable = self.graph.ty(*view).is_abstract() || typed;
                if !nameable {
                    continue;
                }
                let keys = self.usable_keys(object, *view, *subgraph, (closure.reached, typed, nesting));
                if !keys.is_empty() {
                    closure.hops.push(Hop { subgraph: *subgraph, round, view: *view, keys });
                    entered.insert(*subgraph);
                }
            }
            let known = closure.reached;
            closure.reached = known.union(entered);
            let typed_now = typed || entered.iter().any(|subgraph| self.knows_type(object, subgraph));
            if closure.reached == known && typed_now == typed {
                break;
            }
            typed = typed_now;
            round += 1;
        }
        closure.hops.sort_by_key(|hop| hop.subgraph);
        closure.enterable = closure.hops.iter().map(|hop| hop.subgraph).collect();
        closure
    }

    /// Subgraphs and types such objects could be asked by: own types first, then interfaces with keys.
    fn entries(&self, object: ObjectId) -> Vec<(SubgraphId, TypeId)> {
        let own = self.graph.object_type(object);
        let row = self.graph.ty(own);
        let mut entries: Vec<_> = row.subgraphs.iter().map(|subgraph| (subgraph, own)).collect();
        for interface in &row.interfaces {
            for local in &self.graph.ty(*interface).local {
                if local.possible.contains(object) && !local.keys.is_empty() {
                    entries.push((local.subgraph, *interface));
                }
            }
        }
        entries
    }

    fn usable_keys(
        &mut self,
        object: ObjectId,
        view: TypeId,
        subgraph: SubgraphId,
        (reached, typed, nesting): (SubgraphSet, bool, u8),
    ) -> SmallVec<[FieldSetId; 2]> {
        let graph = self.graph;
        let Some(local) = graph.ty(view).local(subgraph) else { return SmallVec::new() };
        let mut usable = SmallVec::new();
        for key in local.keys.iter().filter(|key| key.resolvable) {
            let selections = &graph.field_set(key.fields).selections;
            if self.obtainable(object, selections, (reached, typed, nesting)) {
                usable.push(key.fields);
            }
        }
        usable
    }

    /// Whether every field selected of an object can be had from the given subgraphs.
    fn obtainable(
        &mut self,
        object: ObjectId,
        selections: &[FieldSelection],
        (held, typed, nesting): (SubgraphSet, bool, u8),
    ) -> bool {
        selections.iter().filter(|selection| selection.types.contains(object)).all(|selection| {
            let Some(field) = selection.field else { return typed };
            let from = self.plain_sources(object, field, held);
            !from.is_empty()
                && (selection.selections.is_empty()
                    || self.nested_obtainable(object, selection, from, nesting))
        })
    }

    /// The subgraphs among `held` that have a field's value without needing other fields first.
    fn plain_sources(&self, object: ObjectId, field: FieldId, held: SubgraphSet) -> SubgraphSet {
        self.sources(object, field)
            .intersection(held)
            .iter()
            .filter(|subgraph| {
                self.declaration(object, field, *subgraph).is_none_or(|(_, local)| local.requires.is_none())
            })
            .collect()
    }

    fn nested_obtainable(
        &mut self,
        object: ObjectId,
        selection: &FieldSelection,
        from: SubgraphSet,
        nesting: u8,
    ) -> bool {
        let Some(field) = selection.field else { return true };
        let graph = self.graph;
        let ty = graph.field(field).ty;
        let single = graph.possible(ty).len() == 1;
        // Those that lead on for every object they may return: one is enough.
        let mut leading = from;
        for value in graph.possible(ty).iter() {
            let holders: SubgraphSet = from
                .iter()
                .filter(|subgraph| {
                    let local = self.declaration(object, field, *subgraph).map_or(ty, |(_, local)| local.ty);
                    graph.ty(local).local(*subgraph).is_some_and(|local| local.possible.contains(value))
                })
                .collect();
            if !holders.intersects(leading) {
                continue;
            }
            let reached = if nesting < MAX_NESTING {
                self.closure_within(value, holders, single, nesting + 1).reached
            } else {
                holders
            };
            let typed = single || reached.iter().any(|subgraph| self.knows_type(value, subgraph));
            if !self.obtainable(value, &selection.selections, (reached, typed, nesting + 1)) {
                leading = leading.difference(holders);
            }
        }
        !leading.is_empty()
    }
}
