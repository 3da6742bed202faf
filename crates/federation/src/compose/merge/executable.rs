//! Directives for operations: kept when every subgraph defines them alike.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{DirectiveDefinition, DirectiveLocation, Type};
use apollo_compiler::collections::IndexSet;
use apollo_compiler::{Name, Node};

use super::model::Graph;
use super::type_reference::{Agreement, merge_input};
use super::{Merger, Place};
use crate::compose::code::Code;

impl Merger<'_> {
    pub(super) fn merge_executable_directives(&mut self) {
        let mut definitions: BTreeMap<&Name, Vec<(Graph, &Node<DirectiveDefinition>)>> = BTreeMap::new();
        for (graph, subgraph) in self.subgraphs.iter().enumerate() {
            for (name, definition) in &subgraph.directives {
                if definition.locations.iter().any(|location| is_executable(*location)) {
                    definitions.entry(name).or_default().push((graph, definition));
                }
            }
        }
        for (name, found) in definitions {
            if let Some(merged) = self.merge_executable(name, &found) {
                self.supergraph.directives.entry(name.clone()).or_insert(merged);
            }
        }
    }

    fn merge_executable(
        &mut self,
        name: &Name,
        found: &[(Graph, &Node<DirectiveDefinition>)],
    ) -> Option<DirectiveDefinition> {
        let (_, first) = found.first()?;
        let places: Vec<_> = found.iter().map(|(g, d)| self.locate(*g, d.name.location())).collect();
        if found.len() < self.subgraphs.len() {
            let message = format!(
                "`@{name}` is left out, because only {} define it",
                self.names(found.iter().map(|(graph, _)| *graph))
            );
            self.report(Code::InconsistentExecutableDirectivePresence, message, places);
            return None;
        }
        let mut locations: IndexSet<DirectiveLocation> =
            first.locations.iter().copied().filter(|location| is_executable(*location)).collect();
        locations.retain(|location| found.iter().all(|(_, d)| d.locations.contains(location)));
        if locations.is_empty() {
            let message = format!("`@{name}` is left out, because the subgraphs share no location of it");
            self.report(Code::NoExecutableDirectiveIntersection, message, places);
            return None;
        }
        let executable = |d: &DirectiveDefinition| d.locations.iter().filter(|l| is_executable(**l)).count();
        if found.iter().any(|(_, d)| executable(d) != locations.len()) {
            let message = format!("`@{name}` is kept only on the locations that all subgraphs share");
            self.report(Code::InconsistentExecutableDirectiveLocations, message, places.clone());
        }
        let repeatable = found.iter().all(|(_, definition)| definition.repeatable);
        if found.iter().any(|(_, definition)| definition.repeatable != repeatable) {
            let message = format!("`@{name}` is not repeatable, because some subgraphs do not declare it so");
            self.report(Code::InconsistentExecutableDirectiveRepeatable, message, places);
        }
        let descriptions: Vec<_> = found
            .iter()
            .map(|(g, d)| (*g, d.description.as_ref().map(|t| t.as_str()), d.name.location()))
            .collect();
        let description = self.merge_description(&descriptions, &Place::Directive(name));
        Some(DirectiveDefinition {
            description: description.map(|text| Node::new_str(&text)),
            name: name.clone(),
            arguments: self.merge_directive_arguments(name, found),
            repeatable,
            locations,
            directives: Default::default(),
        })
    }

    fn merge_directive_arguments(
        &mut self,
        directive: &Name,
        found: &[(Graph, &Node<DirectiveDefinition>)],
    ) -> Vec<Node<apollo_compiler::ast::InputValueDefinition>> {
        let names: BTreeSet<&Name> =
            found.iter().flat_map(|(_, d)| d.arguments.iter().map(|a| &a.name)).collect();
        let mut merged = Vec::new();
        for name in names {
            let arguments: Vec<_> =
                found.iter().filter_map(|(graph, d)| Some((*graph, d.argument_by_name(name)?))).collect();
            let Some((_, first)) = arguments.first() else { continue };
            let place = format!("@{directive}({name}:)");
            let places: Vec<_> = arguments.iter().map(|(g, a)| self.locate(*g, a.location())).collect();
            if arguments.len() < found.len() {
                let (code, what) = if arguments.iter().any(|(_, a)| a.is_required()) {
                    (
                        Code::RequiredArgumentMissingInSomeSubgraph,
                        "is required in some subgraphs, but missing in others",
                    )
                } else {
                    (Code::InconsistentArgumentPresence, "is left out, because some subgraphs lack it")
                };
                self.report(code, format!("`{place}` {what}"), places);
                continue;
            }
            let types: Vec<&Type> = arguments.iter().map(|(_, a)| &*a.ty).collect();
            let (ty, agreement) = merge_input(&types);
            if agreement == Agreement::Conflict {
                self.report(
                    Code::FieldArgumentTypeMismatch,
                    format!("`{place}` has incompatible types"),
                    places,
                );
                continue;
            }
            let mut argument = (***first).clone();
            argument.ty = Node::new(ty);
            argument.directives = Default::default();
            if arguments.iter().any(|(_, a)| a.default_value != first.default_value) {
                self.report(
                    Code::FieldArgumentDefaultMismatch,
                    format!("`{place}` has different defaults"),
                    places,
                );
            }
            merged.push(Node::new(argument));
        }
        merged
    }
}

fn is_executable(location: DirectiveLocation) -> bool {
    matches!(
        location,
        DirectiveLocation::Query
            | DirectiveLocation::Mutation
            | DirectiveLocation::Subscription
            | DirectiveLocation::Field
            | DirectiveLocation::FragmentDefinition
            | DirectiveLocation::FragmentSpread
            | DirectiveLocation::InlineFragment
            | DirectiveLocation::VariableDefinition
    )
}
