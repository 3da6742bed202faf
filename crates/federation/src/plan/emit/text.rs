//! Subgraph operations as text.

use std::sync::Arc;

use super::Emitter;
use super::entries::Entry;
use crate::graph::{SubgraphId, TypeId, TypeKind, TypeSet};
use crate::operation::normal::VariableDefinition;
use crate::plan::commit::{SlotIndex, VisitIndex};
use crate::plan::entities;
use crate::plan::query_plan::OperationKind;

/// Where entries are written: in the open (`None`) or in a fragment.
type Placed = (Option<TypeId>, Vec<usize>);

impl Emitter<'_, '_> {
    /// `key:name(arguments){selections}`
    pub(super) fn entry_text(&self, visit: VisitIndex, entry: &Entry) -> String {
        let mut text = String::new();
        if *entry.key != *entry.name {
            text.push_str(&entry.key);
            text.push(':');
        }
        text.push_str(&entry.name);
        self.push_arguments(visit, entry, &mut text);
        if let Some(child) = entry.child
            && let Some(emitted) = self.emitted.get(&child)
        {
            text.push('{');
            match self.own_scope(child, entry) {
                Some(scope) => {
                    let place = (child, entry.ty, &scope);
                    let mut order = Vec::new();
                    self.selections(place, &emitted.entries, emitted.typename, (&mut text, &mut order));
                }
                None => text.push_str(&emitted.text),
            }
            text.push('}');
        }
        text
    }

    /// The types of a field's objects when its type is not that of the visit below: objects of several types
    /// may declare one field with narrower types.
    fn own_scope(&self, child: VisitIndex, entry: &Entry) -> Option<TypeSet> {
        let row = &self.plan.visits[child];
        let possible = &self.plan.chooser.graph.ty(entry.ty).local(row.subgraph)?.possible;
        let same = row.views.first().is_some_and(|(_, view)| *view == entry.ty);
        (!same || !row.types.is_subset(possible)).then(|| row.types.intersection(possible))
    }

    /// The client's arguments and directives, after the arguments that enclosing objects give.
    fn push_arguments(&self, visit: VisitIndex, entry: &Entry, text: &mut String) {
        let written = &self.plan.chooser.tree.suffixes[entry.suffix].text;
        let contexts = &self.plan.fetches[self.plan.visits[visit].fetch].contexts;
        for (index, place) in entry.contexts.iter().enumerate() {
            text.push(if index == 0 { '(' } else { ',' });
            text.push_str(&contexts[*place].argument);
            text.push(':');
            entities::push_mark(*place, text);
        }
        match written.strip_prefix('(') {
            _ if entry.contexts.is_empty() => text.push_str(written),
            Some(more) => {
                text.push(',');
                text.push_str(more);
            }
            None => {
                text.push(')');
                text.push_str(written);
            }
        }
    }

    /// The selection set of a visit, the order in which its entries are sent, and whether an otherwise empty
    /// set asks for a `__typename` that tells the type.
    pub(super) fn body(
        &self,
        visit: VisitIndex,
        entries: &[Entry],
        typename: bool,
    ) -> (String, Vec<usize>, bool) {
        let row = &self.plan.visits[visit];
        let mut order = Vec::new();
        let mut text = String::new();
        if !row.entity {
            let base = row.views.first().map_or(self.plan.shapes[row.shape].ty, |(_, view)| *view);
            self.selections((visit, base, &row.types), entries, typename, (&mut text, &mut order));
            let bare = entries.is_empty() && !typename && !self.is_interface_object(base, row.subgraph);
            return (text, order, bare);
        }
        for (base, scope) in self.entity_fragments(visit) {
            text.push_str("...on ");
            text.push_str(&self.plan.chooser.graph.ty(base).name);
            text.push('{');
            self.selections((visit, base, &scope), entries, typename, (&mut text, &mut order));
            text.push('}');
        }
        (text, order, false)
    }

    pub(super) fn is_interface_object(&self, ty: TypeId, subgraph: SubgraphId) -> bool {
        self.plan.chooser.graph.ty(ty).interface_object.contains(subgraph)
    }

    /// One fragment per type the subgraph is told, or a single one on an interface of all of them.
    pub(super) fn entity_fragments(&self, visit: VisitIndex) -> Vec<(TypeId, TypeSet)> {
        let row = &self.plan.visits[visit];
        let graph = self.plan.chooser.graph;
        let mut fragments: Vec<(TypeId, TypeSet)> = Vec::new();
        for (types, view) in &row.views {
            match fragments.iter_mut().find(|(known, _)| known == view) {
                Some((_, known)) => *known = known.union(types),
                None => fragments.push((*view, types.clone())),
            }
        }
        fragments.sort_unstable();
        let objects = fragments.iter().all(|(view, _)| !graph.ty(*view).is_abstract());
        if fragments.len() > 1 && objects && row.reads.iter().all(|read| read.types == row.types) {
            let common = self.interface_over(visit, &row.types, &|_| true);
            if let Some(interface) = common.filter(|interface| self.declares_all(*interface, visit)) {
                return vec![(interface, row.types.clone())];
            }
        }
        fragments
    }

    fn declares_all(&self, interface: TypeId, visit: VisitIndex) -> bool {
        let row = &self.plan.visits[visit];
        let shape = &self.plan.shapes[row.shape];
        row.reads.iter().all(|read| {
            let name = &self.plan.chooser.graph.field(shape.slots[read.slot].field).name;
            self.declares(interface, name, row.subgraph)
        })
    }

    fn declares(&self, interface: TypeId, name: &str, subgraph: SubgraphId) -> bool {
        let graph = self.plan.chooser.graph;
        graph.field_id(interface, name).is_some_and(|field| graph.field(field).declared.contains(subgraph))
    }

    /// An interface of the subgraph whose objects, among those visited, pass the test.
    fn interface_over(
        &self,
        visit: VisitIndex,
        types: &TypeSet,
        fits: &dyn Fn(&TypeSet) -> bool,
    ) -> Option<TypeId> {
        let graph = self.plan.chooser.graph;
        let subgraph = self.plan.visits[visit].subgraph;
        let first = graph.object_type(types.iter().next()?);
        graph.ty(first).interfaces.iter().copied().find(|interface| {
            let row = graph.ty(*interface);
            !row.interface_object.contains(subgraph)
                && row
                    .local(subgraph)
                    .is_some_and(|local| types.is_subset(&local.possible) && fits(&local.possible))
        })
    }

    /// Writes the entries that apply to objects of `scope`, seen as `base`.
    fn selections(
        &self,
        (visit, base, scope): (VisitIndex, TypeId, &TypeSet),
        entries: &[Entry],
        typename: bool,
        (text, order): (&mut String, &mut Vec<usize>),
    ) {
        let placed = self.placements(visit, base, scope, entries);
        for index in placed.iter().flat_map(|(_, members)| members) {
            if !order.contains(index) {
                order.push(*index);
            }
        }
        let parts = placed.iter().map(|(condition, members)| {
            let condition = condition.map(|condition| &*self.plan.chooser.graph.ty(condition).name);
            (condition, members.iter().map(|index| entries[*index].text.as_str()))
        });
        entities::write_selections(typename, parts, text);
    }

    /// Groups entries by the fragment they need, in order of first use.
    pub(super) fn placements(
        &self,
        visit: VisitIndex,
        base: TypeId,
        scope: &TypeSet,
        entries: &[Entry],
    ) -> Vec<Placed> {
        let mut placed: Vec<Placed> = Vec::new();
        let mut put = |condition: Option<TypeId>, index: usize| match placed
            .iter_mut()
            .find(|(known, _)| *known == condition)
        {
            Some((_, members)) => members.push(index),
            None => placed.push((condition, vec![index])),
        };
        for (index, entry) in entries.iter().enumerate() {
            // Entries with the same text are one field for all their types.
            let mut types = entry.types.clone();
            let is_same = |other: &&Entry| other.text == entry.text && other.requires == entry.requires;
            for other in entries.iter().filter(is_same) {
                types = types.union(&other.types);
            }
            let types = types.intersection(scope);
            if !types.is_empty() {
                for condition in self.conditions(visit, base, scope, &types, &entry.name) {
                    put(condition, index);
                }
            }
        }
        placed
    }

    /// The fragments a field for some types has to be written in.
    fn conditions(
        &self,
        visit: VisitIndex,
        base: TypeId,
        scope: &TypeSet,
        types: &TypeSet,
        name: &str,
    ) -> Vec<Option<TypeId>> {
        let subgraph = self.plan.visits[visit].subgraph;
        let graph = self.plan.chooser.graph;
        let row = graph.ty(base);
        if !row.is_abstract() || self.is_interface_object(base, subgraph) {
            return vec![None];
        }
        if types == scope && row.kind == TypeKind::Interface && self.declares(base, name, subgraph) {
            return vec![None];
        }
        if types.len() > 1 {
            let exact = |possible: &TypeSet| possible.intersection(scope) == *types;
            let folded = self.interface_over(visit, types, &exact);
            if let Some(interface) = folded.filter(|interface| self.declares(*interface, name, subgraph)) {
                return vec![Some(interface)];
            }
        }
        types.iter().map(|object| Some(graph.object_type(object))).collect()
    }

    /// The selection set of a fetch's top visit.
    pub(super) fn top_text(&self, visit: VisitIndex) -> String {
        self.emitted.get(&visit).map(|emitted| emitted.text.clone()).unwrap_or_default()
    }

    /// The client's variables used by a visit and all below it, in order of declaration.
    pub(super) fn variables(&self, visit: VisitIndex) -> Vec<Arc<str>> {
        self.variables_of(visit, |_| true)
    }

    /// The same for some of the visit's slots and all below these.
    pub(super) fn variables_of(
        &self,
        visit: VisitIndex,
        wanted: impl Fn(SlotIndex) -> bool,
    ) -> Vec<Arc<str>> {
        let mut used: Vec<&Arc<str>> = Vec::new();
        let mut work = vec![visit];
        while let Some(next) = work.pop() {
            let row = &self.plan.visits[next];
            for read in row.reads.iter().filter(|read| next != visit || wanted(read.slot)) {
                let suffix = self.plan.shapes[row.shape].slots[read.slot].suffix;
                used.extend(&self.plan.chooser.tree.suffixes[suffix].variables);
                work.extend(read.child);
            }
        }
        let declared = self.operation.variables.iter().map(|variable| &variable.name);
        declared.filter(|name| used.contains(name)).cloned().collect()
    }

    /// Of the client's variables, those named, in order of declaration.
    pub(super) fn declared(&self, names: &[Arc<str>]) -> Vec<Arc<str>> {
        let declared = self.operation.variables.iter().map(|variable| &variable.name);
        declared.filter(|name| names.contains(name)).cloned().collect()
    }

    /// A name that starts no variable of the client.
    pub(super) fn free_name(&self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.operation.variables.iter().any(|variable| variable.name.starts_with(&name)) {
            name.push('_');
        }
        name
    }

    /// The definitions of the client's variables, joined.
    pub(super) fn definitions(&self, variables: &[Arc<str>]) -> String {
        self.defined(variables).map(|(_, definition)| definition).collect::<Vec<_>>().join(",")
    }

    /// The client's variables with their definitions, in order of declaration.
    pub(super) fn defined(&self, variables: &[Arc<str>]) -> impl Iterator<Item = (Arc<str>, String)> {
        let used = self.operation.variables.iter().filter(|variable| variables.contains(&variable.name));
        used.map(|variable: &VariableDefinition| {
            let default = variable.default.as_ref().map(|value| format!("={value}")).unwrap_or_default();
            (variable.name.clone(), format!("${}:{}{default}", variable.name, variable.ty))
        })
    }

    /// An operation on a root.
    pub(super) fn root_text(&self, kind: OperationKind, variables: &[Arc<str>], body: &str) -> String {
        let mut text = String::new();
        let definitions = self.definitions(variables);
        match kind {
            OperationKind::Query if definitions.is_empty() => {}
            OperationKind::Query => text.push_str("query"),
            OperationKind::Mutation => text.push_str("mutation"),
            OperationKind::Subscription => text.push_str("subscription"),
        }
        if !definitions.is_empty() {
            text.push('(');
            text.push_str(&definitions);
            text.push(')');
        }
        text.push('{');
        text.push_str(body);
        text.push('}');
        text
    }
}
