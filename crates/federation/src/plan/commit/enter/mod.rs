//! Entering a subgraph: by an entity's key, or at a root.

mod types;

use smallvec::SmallVec;

use super::collect::{Needs, Purpose};
use super::{
    Aim, Committed, Context, Fetch, FetchIndex, FetchKind, FieldId, ProvidedId, ROOT, Representation,
    RepresentationField, ShapeIndex, SubgraphId, TypeId, TypeSet, Visit, VisitIndex,
};
use crate::graph::reach::Hop;
use crate::graph::{ContextArgument, FieldSetId};
use crate::plan::query_plan::OperationKind;

/// Objects that are described to a subgraph in the same way.
struct Group {
    types: TypeSet,
    view: TypeId,
    keys: SmallVec<[FieldSetId; 2]>,
    round: u16,
    requires: Option<FieldSetId>,
}

impl Committed<'_> {
    /// Enters a subgraph for a field of some objects; with `left_over`, also for a value it lost the right to serve.
    pub(super) fn enter(
        &mut self,
        shape: ShapeIndex,
        subgraph: SubgraphId,
        types: &TypeSet,
        field: FieldId,
        left_over: bool,
    ) -> Option<VisitIndex> {
        let root = self.chooser.graph.root_kind(self.shapes[shape].ty);
        if shape == ROOT || root == Some(OperationKind::Query) {
            return self.enter_root(shape, subgraph);
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut arguments: Vec<(FieldId, &[ContextArgument])> = Vec::new();
        for object in types.iter() {
            let may_answer = self.chooser.obtain.reach.resolvers(object, field).contains(subgraph)
                || left_over && self.is_left_over(object, field, subgraph);
            if !may_answer {
                return None;
            }
            let (own, declaration) = self.chooser.obtain.reach.any_declaration(object, field, subgraph)?;
            if arguments.iter().all(|(known, _)| *known != own) {
                arguments.push((own, &declaration.context_arguments));
            }
            let requires = declaration.requires;
            let hop = self.hop(shape, subgraph, object)?;
            add_to_groups(&mut groups, TypeSet::one(object), &hop, requires);
        }
        self.widen_untyped(shape, subgraph, &mut groups);
        self.enter_entities(shape, subgraph, groups, &arguments)
    }

    fn hop(
        &mut self,
        shape: ShapeIndex,
        subgraph: SubgraphId,
        object: crate::graph::ObjectId,
    ) -> Option<Hop> {
        let holders = self.holders(shape);
        let single = self.is_single(shape);
        self.chooser.obtain.reach.closure(object, holders, single).hop(subgraph).cloned()
    }

    /// While the concrete types are not known, all objects are asked of a subgraph that needs not know them.
    fn widen_untyped(&mut self, shape: ShapeIndex, subgraph: SubgraphId, groups: &mut [Group]) {
        let possible = self.shapes[shape].possible.clone();
        let [group] = groups else { return };
        if group.types == possible
            || !self.chooser.graph.ty(group.view).is_abstract()
            || self.shapes[shape].typed_by.is_some()
            || self.local_type_source(shape).is_some()
        {
            return;
        }
        let alike = possible.iter().all(|object| {
            self.hop(shape, subgraph, object)
                .is_some_and(|hop| hop.view == group.view && hop.keys == group.keys)
        });
        if alike {
            group.types = possible;
        }
    }

    /// A request to the root of a subgraph; one per shape and subgraph.
    fn enter_root(&mut self, shape: ShapeIndex, subgraph: SubgraphId) -> Option<VisitIndex> {
        let known = self.shapes[shape].visits.iter().copied().find(|visit| {
            let fetch = &self.fetches[self.visits[*visit].fetch];
            fetch.visit == *visit && fetch.subgraph == subgraph && self.may_answer(*visit, Aim::Serve)
        });
        if known.is_some() {
            return known;
        }
        let local = self.chooser.graph.ty(self.shapes[shape].ty).subgraphs;
        if !local.contains(subgraph) {
            return None;
        }
        let dependencies = match self.shapes[shape].visits.first() {
            Some(first) if shape != ROOT => vec![self.visits[*first].fetch],
            _ => Vec::new(),
        };
        Some(self.new_fetch(shape, subgraph, FetchKind::Root(OperationKind::Query), dependencies))
    }

    /// Starts a fetch after its dependencies; returns its top visit.
    pub(super) fn new_fetch(
        &mut self,
        shape: ShapeIndex,
        subgraph: SubgraphId,
        kind: FetchKind,
        dependencies: Vec<FetchIndex>,
    ) -> VisitIndex {
        let (entity, views, types) = match &kind {
            FetchKind::Root(_) => {
                let types = self.shapes[shape].possible.clone();
                (false, vec![(types.clone(), self.shapes[shape].ty)], types)
            }
            FetchKind::Entities(representations) => {
                let views: Vec<_> =
                    representations.iter().map(|group| (group.types.clone(), group.view)).collect();
                let types = views.iter().fold(TypeSet::new(), |all, (types, _)| all.union(types));
                (true, views, types)
            }
        };
        let level = self.level_after(&dependencies);
        let (visit, fetch) = (self.visits.len(), self.fetches.len());
        self.fetches.push(Fetch {
            subgraph,
            level,
            dependencies,
            visit,
            kind,
            contexts: Vec::new(),
            groups: self.groups,
            gone: false,
        });
        self.visits.push(Visit {
            shape,
            subgraph,
            fetch,
            entity,
            views,
            types,
            provided: ProvidedId::default(),
            typename: false,
            reads: Vec::new(),
        });
        self.shapes[shape].visits.push(visit);
        visit
    }

    fn level_after(&self, dependencies: &[FetchIndex]) -> u32 {
        dependencies.iter().map(|fetch| self.fetches[*fetch].level + 1).max().unwrap_or(0)
    }

    fn enter_entities(
        &mut self,
        shape: ShapeIndex,
        subgraph: SubgraphId,
        groups: Vec<Group>,
        arguments: &[(FieldId, &[ContextArgument])],
    ) -> Option<VisitIndex> {
        let mut needs = Needs::of(subgraph);
        let mut contexts = Vec::new();
        for (field, argument) in
            arguments.iter().flat_map(|(field, all)| all.iter().map(move |argument| (*field, argument)))
        {
            contexts.push(self.context(shape, field, argument, &mut needs)?);
        }
        let mut representations = Vec::new();
        let mut told = TypeSet::new();
        let mut by_name = false;
        for group in groups {
            by_name |= !self.chooser.graph.ty(group.view).is_abstract();
            told = told.union(&group.types);
            representations.push(self.describe((shape, subgraph), &group, &mut needs)?);
        }
        if !self.is_single(shape) && (by_name || told != self.shapes[shape].possible) {
            needs.fetches.extend(self.type_source(shape)?);
        }
        if needs.fetches.is_empty() {
            // A key of constants only: the objects must at least exist.
            let first = self.shapes[shape].visits.first()?;
            needs.fetches.push(self.visits[*first].fetch);
        }
        needs.fetches.sort_unstable();
        needs.fetches.dedup();
        Some(self.join_or_start(shape, subgraph, (representations, contexts), needs.fetches))
    }

    /// Describes a group of objects: by the key that asks the least more, and with what is required.
    fn describe(
        &mut self,
        (shape, subgraph): (ShapeIndex, SubgraphId),
        group: &Group,
        needs: &mut Needs,
    ) -> Option<Representation> {
        let mut keys: Vec<(usize, FieldSetId)> = Vec::new();
        for key in &group.keys {
            keys.push((self.missing(shape, *key, &group.types), *key));
        }
        keys.sort_by_key(|(missing, _)| *missing);
        let mut fields = None;
        for (_, key) in keys {
            let mut attempt = Needs::of(subgraph);
            fields = self.collect_set(shape, key, &group.types, Purpose::Key(group.round), &mut attempt);
            if fields.is_some() {
                needs.fetches.extend(attempt.fetches);
                break;
            }
        }
        let mut fields = fields?;
        if let Some(requires) = group.requires {
            let required =
                self.collect_set(shape, requires, &group.types, Purpose::Requires(requires), needs)?;
            fields = RepresentationField::merge(&fields, &required)?;
        }
        Some(Representation { types: group.types.clone(), view: group.view, fields })
    }

    /// How many fields of a key nobody reads yet.
    fn missing(&mut self, shape: ShapeIndex, key: FieldSetId, types: &TypeSet) -> usize {
        let position = self.chooser.tree.field_set(self.chooser.graph, key);
        let items = &self.chooser.tree.positions[position].items;
        items
            .iter()
            .filter(|item| {
                let Some(field) = self.chooser.tree.field(**item) else { return false };
                let name = self.field_name(field);
                !self.shapes[shape].slots.iter().any(|slot| {
                    types.is_subset(&slot.types)
                        && !slot.writers.is_empty()
                        && self.field_name(slot.field) == name
                })
            })
            .count()
    }

    /// Joins a fetch of the same level to the same subgraph, or starts one.
    fn join_or_start(
        &mut self,
        shape: ShapeIndex,
        subgraph: SubgraphId,
        (representations, contexts): (Vec<Representation>, Vec<Context>),
        dependencies: Vec<FetchIndex>,
    ) -> VisitIndex {
        let level = self.level_after(&dependencies);
        for index in 0..self.shapes[shape].visits.len() {
            let visit = self.shapes[shape].visits[index];
            let fetch = self.visits[visit].fetch;
            if self.visits[visit].entity
                && self.fetches[fetch].subgraph == subgraph
                && self.fetches[fetch].level == level
                && self.fetches[fetch].groups == self.groups
                && self.join(fetch, (&representations, &contexts), &dependencies)
            {
                return visit;
            }
        }
        let visit = self.new_fetch(shape, subgraph, FetchKind::Entities(representations), dependencies);
        let fetch = self.visits[visit].fetch;
        self.fetches[fetch].contexts = contexts;
        visit
    }

    /// Adds representations to a fetch; `false` if they contradict what it already sends.
    pub(super) fn join(
        &mut self,
        fetch: FetchIndex,
        (representations, new): (&[Representation], &[Context]),
        dependencies: &[FetchIndex],
    ) -> bool {
        let FetchKind::Entities(known) = &self.fetches[fetch].kind else { return false };
        let (sent, more) =
            ((known.as_slice(), self.fetches[fetch].contexts.as_slice()), (representations, new));
        if leaves_out_others(sent, more) {
            return false;
        }
        let Some(merged) = Representation::merge(known, representations) else { return false };
        let Some(contexts) = Context::merge(&self.fetches[fetch].contexts, new) else { return false };
        let visit = self.fetches[fetch].visit;
        if self.mixes_objects(self.fetches[fetch].subgraph, &merged) {
            return false;
        }
        self.fetches[fetch].contexts = contexts;
        self.visits[visit].views = merged.iter().map(|group| (group.types.clone(), group.view)).collect();
        self.visits[visit].types = merged.iter().fold(TypeSet::new(), |all, group| all.union(&group.types));
        self.fetches[fetch].kind = FetchKind::Entities(merged);
        self.fetches[fetch].dependencies.extend_from_slice(dependencies);
        self.fetches[fetch].dependencies.sort_unstable();
        self.fetches[fetch].dependencies.dedup();
        true
    }

    /// Whether objects that a subgraph cannot tell apart (`@interfaceObject`) are described differently: it
    /// would be asked the same of all of them, also what only some bring the required fields for.
    fn mixes_objects(&self, subgraph: SubgraphId, representations: &[Representation]) -> bool {
        let is_object = |view: TypeId| self.chooser.graph.ty(view).interface_object.contains(subgraph);
        representations.iter().enumerate().any(|(index, a)| {
            is_object(a.view)
                && representations[..index]
                    .iter()
                    .any(|b| a.view == b.view && !same_names(&a.fields, &b.fields))
        })
    }
}

/// Whether objects of some types would not be looked up in one request with others because nothing gives them a value
/// that only the others need.
fn leaves_out_others(
    (a, a_contexts): (&[Representation], &[Context]),
    (b, b_contexts): (&[Representation], &[Context]),
) -> bool {
    let all =
        |groups: &[Representation]| groups.iter().fold(TypeSet::new(), |all, group| all.union(&group.types));
    let lacks = |contexts: &[Context], others: &[Context]| {
        contexts.iter().any(|context| context.required && !others.contains(context))
    };
    (lacks(a_contexts, b_contexts) || lacks(b_contexts, a_contexts)) && all(a) != all(b)
}

fn add_to_groups(groups: &mut Vec<Group>, types: TypeSet, hop: &Hop, requires: Option<FieldSetId>) {
    let same = groups
        .iter_mut()
        .find(|group| group.view == hop.view && group.keys == hop.keys && group.requires == requires);
    match same {
        Some(group) => {
            group.types = group.types.union(&types);
            group.round = group.round.max(hop.round);
        }
        None => {
            groups.push(Group { types, view: hop.view, keys: hop.keys.clone(), round: hop.round, requires })
        }
    }
}

fn same_names(a: &[RepresentationField], b: &[RepresentationField]) -> bool {
    let has = |fields: &[RepresentationField], wanted: &RepresentationField| {
        fields.iter().any(|field| field.name == wanted.name && same_names(&field.fields, &wanted.fields))
    };
    a.len() == b.len() && a.iter().all(|field| has(b, field))
}
