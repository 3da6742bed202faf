//! Fields of objects and interfaces: type, arguments and the joins that say who resolves them.

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use apollo_compiler::collections::IndexSet;

use super::metadata::DirectiveSource;
use super::model::{ContextArgument, Graph, JoinField, MergedField};
use super::overrides::Loss;
use super::type_reference::{Agreement, merge_output};
use super::types::TypeSource;
use super::{DescriptionSource, Merger, Place};
use crate::compose::code::Code;
use crate::compose::subgraph::context;
use crate::compose::subgraph::field_set;
use crate::compose::subgraph::model::{Coordinate, FieldDef, TypeKind};
use crate::compose::subgraph::spec::Kind;

/// A field in one subgraph.
#[derive(Clone, Copy)]
pub(crate) struct FieldSource<'a> {
    pub(crate) graph: Graph,
    pub(crate) field: &'a FieldDef,
    /// Marked `@external` in earnest.
    pub(crate) is_external: bool,
    /// External and never provided.
    pub(crate) is_fully_external: bool,
    pub(crate) loss: Option<LossKind>,
}

/// What is left of a field that another subgraph overrides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LossKind {
    /// Nothing needs it here any more.
    Unused,
    /// A key, requirement or interface of this subgraph still mentions it.
    Used,
    /// Both subgraphs resolve it, a label decides.
    Labelled,
}

impl FieldSource<'_> {
    /// Whether the subgraph may answer the field on its own.
    pub(crate) fn resolves(&self) -> bool {
        !self.is_external && matches!(self.loss, None | Some(LossKind::Labelled))
    }
}

impl<'a> Merger<'a> {
    pub(super) fn merge_fields(&mut self, name: &Name, sources: &[TypeSource<'a>]) {
        let names: IndexSet<&Name> = sources.iter().flat_map(|(_, ty)| ty.fields.keys()).collect();
        for field_name in names {
            let coordinate = (name.clone(), field_name.clone());
            let found = self.field_sources(&coordinate, sources);
            if let Some(field) = self.merge_field(&coordinate, &found, sources)
                && let Some(ty) = self.supergraph.types.get_mut(name)
            {
                ty.fields.insert(field_name.clone(), field);
            }
        }
        self.hint_missing_fields(name, sources);
    }

    fn field_sources(&self, coordinate: &Coordinate, sources: &[TypeSource<'a>]) -> Vec<FieldSource<'a>> {
        let (name, field_name) = coordinate;
        let source = |(graph, parent): &TypeSource<'a>| {
            let field = parent.fields.get(field_name)?;
            let usage = &self.subgraphs[*graph].usage;
            let loss = self.overrides.loss(*graph, coordinate).map(|loss| match loss {
                Loss { label: Some(_) } => LossKind::Labelled,
                Loss { label: None } if usage.is_used(name, field_name) => LossKind::Used,
                Loss { label: None } => LossKind::Unused,
            });
            Some(FieldSource {
                graph: *graph,
                field,
                is_external: usage.is_external(name, field_name),
                is_fully_external: usage.is_fully_external(name, field_name),
                loss,
            })
        };
        sources.iter().filter_map(source).collect()
    }

    fn merge_field(
        &mut self,
        coordinate: &Coordinate,
        sources: &[FieldSource<'a>],
        parents: &[TypeSource<'a>],
    ) -> Option<MergedField> {
        let (name, field_name) = coordinate;
        let owners: Vec<FieldSource<'a>> = sources.iter().copied().filter(FieldSource::resolves).collect();
        if owners.is_empty() {
            if !self.is_resolved_by_interface_object(coordinate) {
                self.report_missing_owner(coordinate, sources);
                return None;
            }
            return self.merge_field_of_interface_object(coordinate, sources, parents);
        }
        self.check_sharing(coordinate, sources);
        let place = Place::Member(name, field_name);
        let (ty, agreement) = self.merge_field_type(coordinate, &owners)?;
        let arguments = self.merge_arguments(coordinate, &owners);
        let descriptions = described(&owners);
        let description = self.merge_description(&descriptions, &place);
        let directives: Vec<DirectiveSource<'_>> =
            owners.iter().map(|s| (s.graph, &s.field.directives)).collect();
        let metadata = self.merge_metadata(&directives, &place);
        let mut merged =
            MergedField { name: field_name.clone(), description, ty, arguments, joins: Vec::new(), metadata };
        let externals_agree = self.check_externals(coordinate, sources, &merged);
        let types_equal = agreement == Agreement::Same && externals_agree;
        merged.joins = self.joins(coordinate, sources, parents, types_equal);
        Some(merged)
    }

    /// An implementation declares the field `@external`; an interface object resolves it.
    fn merge_field_of_interface_object(
        &mut self,
        coordinate: &Coordinate,
        sources: &[FieldSource<'a>],
        parents: &[TypeSource<'a>],
    ) -> Option<MergedField> {
        let (name, field_name) = coordinate;
        let first = sources.first()?;
        let (ty, agreement) = self.merge_field_type(coordinate, sources)?;
        let place = Place::Member(name, field_name);
        let descriptions = described(sources);
        let mut joins = self.joins(coordinate, sources, parents, agreement == Agreement::Same);
        joins.push(JoinField::default());
        Some(MergedField {
            name: first.field.name.clone(),
            description: self.merge_description(&descriptions, &place),
            ty,
            arguments: self.merge_arguments(coordinate, sources),
            joins,
            metadata: self.merge_metadata(&[], &place),
        })
    }

    fn merge_field_type(
        &mut self,
        coordinate: &Coordinate,
        owners: &[FieldSource<'_>],
    ) -> Option<(Type, Agreement)> {
        let types: Vec<&Type> = owners.iter().map(|source| &source.field.ty).collect();
        let (ty, agreement) = merge_output(&types, &self.supergraph.types);
        if agreement == Agreement::Same {
            return Some((ty, agreement));
        }
        let (name, field_name) = coordinate;
        let each: Vec<_> = owners.iter().map(|s| (s.graph, &s.field.ty, s.field.span)).collect();
        let described = self.describe_types(&each);
        let places: Vec<_> = each.iter().map(|(graph, _, span)| self.locate(*graph, *span)).collect();
        let place = Place::Member(name, field_name);
        if agreement == Agreement::Conflict {
            let message = format!("`{place}` has incompatible types: {described}");
            self.report(Code::FieldTypeMismatch, message, places);
            return None;
        }
        let message = format!("`{place}` is of type `{ty}`, because its types differ: {described}");
        self.report(Code::InconsistentButCompatibleFieldType, message, places);
        Some((ty, agreement))
    }

    /// "`T` in `a` and `T!` in `b`".
    pub(super) fn describe_types(
        &self,
        each: &[(Graph, &Type, Option<apollo_compiler::parser::SourceSpan>)],
    ) -> String {
        let mut by_type: Vec<(&Type, Vec<Graph>)> = Vec::new();
        for (graph, ty, _) in each {
            match by_type.iter_mut().find(|(known, _)| known == ty) {
                Some((_, graphs)) => graphs.push(*graph),
                None => by_type.push((ty, vec![*graph])),
            }
        }
        let described: Vec<String> =
            by_type.into_iter().map(|(ty, graphs)| format!("`{ty}` in {}", self.names(graphs))).collect();
        super::enumerate(&described)
    }

    fn joins(
        &self,
        coordinate: &Coordinate,
        sources: &[FieldSource<'a>],
        parents: &[TypeSource<'a>],
        types_equal: bool,
    ) -> Vec<JoinField> {
        let joins: Vec<JoinField> = sources
            .iter()
            .filter(|source| source.loss != Some(LossKind::Unused))
            .map(|source| self.join(coordinate, source, types_equal))
            .collect();
        let says_nothing = |join: &JoinField| {
            join.requires.is_none()
                && join.provides.is_none()
                && join.ty.is_none()
                && !join.is_external
                && join.override_from.is_none()
                && !join.is_used_overridden
                && join.override_label.is_none()
                && join.context_arguments.is_empty()
        };
        let in_all_parents = joins.len() == parents.len();
        let is_abstracted = self.is_shared_with_interface_object(coordinate);
        if in_all_parents && !is_abstracted && joins.iter().all(says_nothing) { Vec::new() } else { joins }
    }

    fn join(&self, coordinate: &Coordinate, source: &FieldSource<'_>, types_equal: bool) -> JoinField {
        let set = |kind: Kind| {
            source.field.directives.get(kind).map(|applied| field_set::canonical(applied.field_set()))
        };
        let win = self.overrides.win(source.graph, coordinate);
        let lost_label = self.overrides.loss(source.graph, coordinate).and_then(|loss| loss.label.clone());
        let is_used_overridden = source.loss == Some(LossKind::Used);
        JoinField {
            graph: Some(source.graph),
            requires: set(Kind::Requires),
            provides: set(Kind::Provides),
            ty: (!types_equal).then(|| source.field.ty.clone()),
            is_external: source.is_external && !is_used_overridden,
            override_from: win.map(|win| win.from.clone()),
            is_used_overridden,
            override_label: win.and_then(|win| win.label.clone()).or(lost_label),
            context_arguments: self.context_arguments(source),
        }
    }

    fn context_arguments(&self, source: &FieldSource<'_>) -> Vec<ContextArgument> {
        let prefix = self.subgraphs[source.graph].context_prefix();
        let argument = |argument: &crate::compose::subgraph::model::InputDef| {
            let from = argument.directives.get(Kind::FromContext)?.text("field")?;
            let (context, selection) = context::split(from)?;
            Some(ContextArgument {
                name: argument.name.clone(),
                ty: argument.ty.clone(),
                context: format!("{prefix}__{context}"),
                selection: field_set::canonical(selection),
            })
        };
        source.field.arguments.values().filter_map(argument).collect()
    }

    fn report_missing_owner(&mut self, coordinate: &Coordinate, sources: &[FieldSource<'_>]) {
        let (name, field_name) = coordinate;
        let message = format!(
            "`{name}.{field_name}` is `@external` in {}, but no other subgraph resolves it",
            self.names(sources.iter().map(|source| source.graph))
        );
        let places: Vec<_> = sources.iter().map(|s| self.locate(s.graph, s.field.span)).collect();
        self.report(Code::ExternalMissingOnBase, message, places);
    }

    /// Whether the parent is an interface in the supergraph.
    pub(super) fn is_interface(&self, name: &Name) -> bool {
        self.supergraph.types.get(name).is_some_and(|ty| ty.kind == TypeKind::Interface)
    }
}

fn described<'a>(sources: &[FieldSource<'a>]) -> Vec<DescriptionSource<'a>> {
    sources.iter().map(|s| (s.graph, s.field.description.as_deref(), s.field.span)).collect()
}
