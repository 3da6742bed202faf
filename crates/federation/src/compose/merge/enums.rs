//! Enums: whether values are united or intersected depends on where the enum is used.

use std::collections::BTreeSet;

use apollo_compiler::Name;
use apollo_compiler::collections::IndexSet;

use super::metadata::DirectiveSource;
use super::model::{Graph, MergedValue};
use super::types::TypeSource;
use super::{Merger, Place};
use crate::compose::code::Code;
use crate::compose::subgraph::model::{Subgraph, ValueDef};

/// Where the values of an enum travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use {
    input: bool,
    output: bool,
}

impl<'a> Merger<'a> {
    pub(super) fn merge_enum(&mut self, name: &Name, sources: &[TypeSource<'a>]) {
        let used = self.uses.of_type(name);
        if !used.input && !used.output && !self.compositions.take(name) {
            let message = format!("the enum `{name}` is not used");
            let places: Vec<_> = sources.iter().map(|(g, ty)| self.locate(*g, ty.span)).collect();
            self.report(Code::UnusedEnumType, message, places);
        }
        let names: IndexSet<&Name> = sources.iter().flat_map(|(_, ty)| ty.values.keys()).collect();
        let mut is_reported = false;
        for value_name in names {
            let found: Vec<(Graph, &ValueDef)> =
                sources.iter().filter_map(|(g, ty)| ty.values.get(value_name).map(|v| (*g, v))).collect();
            let place = Place::Member(name, value_name);
            let descriptions: Vec<_> =
                found.iter().map(|(graph, v)| (*graph, v.description.as_deref(), v.span)).collect();
            let directives: Vec<DirectiveSource<'_>> =
                found.iter().map(|(graph, v)| (*graph, &v.directives)).collect();
            let value = MergedValue {
                name: value_name.clone(),
                description: self.merge_description(&descriptions, &place),
                graphs: found.iter().map(|(graph, _)| *graph).collect(),
                metadata: self.merge_metadata(&directives, &place),
            };
            let keep = found.len() == sources.len()
                || self.keep_partial_value(&place, sources, &found, used, &value, &mut is_reported);
            if keep && let Some(ty) = self.supergraph.types.get_mut(name) {
                ty.values.insert(value_name.clone(), value);
            }
        }
        let is_empty = self.supergraph.types.get(name).is_some_and(|ty| ty.values.is_empty());
        if is_empty && !is_reported {
            let message =
                format!("the subgraphs that define the enum `{name}` have no value of it in common");
            let places: Vec<_> = sources.iter().map(|(g, ty)| self.locate(*g, ty.span)).collect();
            self.report(Code::EmptyMergedEnumType, message, places);
        }
    }

    fn keep_partial_value(
        &mut self,
        place: &Place<'_>,
        sources: &[TypeSource<'_>],
        found: &[(Graph, &ValueDef)],
        used: Use,
        value: &MergedValue,
        is_reported: &mut bool,
    ) -> bool {
        let with = self.names(value.graphs.iter().copied());
        let without = self.names(sources.iter().map(|(g, _)| *g).filter(|g| !value.graphs.contains(g)));
        let places: Vec<_> = found.iter().map(|(g, v)| self.locate(*g, v.span)).collect();
        match used {
            // Clients never see an inaccessible value, so that the subgraphs may disagree on it.
            Use { input: true, output: true } if value.metadata.is_inaccessible => true,
            Use { input: true, output: true } => {
                let message = format!(
                    "`{place}` exists in {with}, but not in {without}; the enum is used for input and output"
                );
                self.report(Code::EnumValueMismatch, message, places);
                *is_reported = true;
                false
            }
            Use { input: true, output: false } => {
                let message = format!("`{place}` is left out, because it is missing in {without}");
                self.report(Code::InconsistentEnumValueForInputEnum, message, places);
                false
            }
            Use { input: false, .. } => {
                let message = format!("`{place}` exists in {with}, but not in {without}");
                self.report(Code::InconsistentEnumValueForOutputEnum, message, places);
                true
            }
        }
    }
}

/// Names of the types that travel to subgraphs and of those that come from them.
#[derive(Debug, Default)]
pub(super) struct TypeUses<'a> {
    input: BTreeSet<&'a Name>,
    output: BTreeSet<&'a Name>,
}

impl<'a> TypeUses<'a> {
    pub(super) fn of(subgraphs: &'a [Subgraph]) -> Self {
        let mut uses = Self::default();
        for ty in subgraphs.iter().flat_map(|subgraph| subgraph.types.values()) {
            for field in ty.fields.values() {
                uses.output.insert(field.ty.inner_named_type());
                uses.input.extend(field.arguments.values().map(|argument| argument.ty.inner_named_type()));
            }
            uses.input.extend(ty.inputs.values().map(|field| field.ty.inner_named_type()));
        }
        uses
    }

    fn of_type(&self, name: &Name) -> Use {
        Use { input: self.input.contains(name), output: self.output.contains(name) }
    }
}
