//! From a subgraph's SDL to its model.

use std::collections::BTreeMap;

use apollo_compiler::ast::{self, OperationType, Type};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::parser::{Parser, SourceSpan};
use apollo_compiler::schema::{DirectiveList, ExtendedType, FieldDefinition, InputValueDefinition};
use apollo_compiler::validation::DiagnosticList;
use apollo_compiler::{Name, Node, Schema, name};

use super::link::Links;
use super::model::{Applied, Directives, FieldDef, InputDef, Subgraph, TypeDef, TypeKind, ValueDef};
use super::prepare::{definitions, with_query_root, without_machinery};
use super::source::Source;
use super::spec::{self, Kind};
use super::usage::Usage;
use crate::compose::SubgraphSdl;
use crate::compose::code::Code;
use crate::compose::diagnostic::Diagnostic;
use crate::compose::findings::Findings;
use crate::syntax;

/// Tokens of one SDL; far above any real schema (a megabyte of SDL has about 300 000).
const MAX_TOKENS: usize = 8_000_000;

/// Reads one subgraph; `None` when its findings hold an error that makes the rest meaningless.
pub(crate) fn read(input: &SubgraphSdl, graph: String, findings: &mut Findings) -> Option<Subgraph> {
    // A byte order mark is ignored by the grammar, but not by the parser.
    let sdl = input.sdl.strip_prefix('\u{feff}').unwrap_or(&input.sdl);
    let parsed = Parser::new().token_limit(MAX_TOKENS).parse_ast(sdl, &input.name);
    let document = match parsed {
        Ok(document) => document,
        Err(failure) => {
            let source = Source::new(&input.name, failure.partial.sources.clone());
            report_graphql(&failure.errors, &source, findings);
            return None;
        }
    };
    let source = Source::new(&input.name, document.sources.clone());
    let errors_before = findings.errors();
    let links = Links::read(&document, &source, findings);
    let document = without_machinery(&document, &links, &source, findings);
    if findings.errors() > errors_before {
        return None;
    }
    let built = Schema::builder()
        .adopt_orphan_extensions()
        .ignore_builtin_redefinitions()
        .add_ast(&document)
        .parse(definitions(&links), "federation.graphql")
        .build();
    let schema = match built {
        Ok(schema) => schema,
        Err(failure) => {
            report_graphql(&failure.errors, &source, findings);
            return None;
        }
    };
    if let Err(failure) = with_query_root(&schema).validate() {
        report_graphql(&failure.errors, &source, findings);
        return None;
    }
    Model { schema: &schema, links: &links, source: &source }.build(input, graph, findings)
}

fn report_graphql(errors: &DiagnosticList, source: &Source, findings: &mut Findings) {
    for error in errors.iter() {
        let message = with_advice(syntax::problem(&error));
        let place = source.at(error.line_column_range().map(|range| range.start));
        findings.push(Diagnostic::new(Code::InvalidGraphql, message).at(place));
    }
}

/// The most common mistake, a federation directive that is not imported, deserves more than the parser can say.
fn with_advice(message: String) -> String {
    let name = message.strip_prefix("cannot find directive `@").and_then(|rest| rest.split('`').next());
    match name.and_then(spec::directive_named) {
        Some(directive) => format!(
            "{message}: import it in the `@link` of the federation specification ({} or later)",
            directive.since
        ),
        None => message,
    }
}

struct Model<'a> {
    schema: &'a Schema,
    links: &'a Links,
    source: &'a Source,
}

impl Model<'_> {
    fn build(&self, input: &SubgraphSdl, graph: String, findings: &mut Findings) -> Option<Subgraph> {
        let renamed = self.renamed_roots(findings)?;
        let mut types = BTreeMap::new();
        for (name, definition) in &self.schema.types {
            if definition.is_built_in() || self.links.is_machinery(name) {
                continue;
            }
            let mut ty = self.type_def(definition);
            rename_references(&mut ty, &renamed);
            types.insert(ty.name.clone(), ty);
        }
        let directives = self
            .schema
            .directive_definitions
            .iter()
            .filter(|(name, definition)| !definition.is_built_in() && self.links.kind(name) == Kind::Custom)
            .map(|(name, definition)| (name.clone(), definition.clone()))
            .collect();
        let mut subgraph = Subgraph {
            name: input.name.clone(),
            url: input.url.clone(),
            graph,
            links: self.links.clone(),
            types,
            directives,
            schema_directives: self.directives(&self.schema.schema_definition.directives),
            description: text(&self.schema.schema_definition.description),
            source: self.source.clone(),
            usage: Usage::default(),
        };
        subgraph.usage = Usage::of(&subgraph);
        Some(subgraph)
    }

    /// Local root type name to default name, where they differ.
    fn renamed_roots(&self, findings: &mut Findings) -> Option<BTreeMap<Name, Name>> {
        let definition = &self.schema.schema_definition;
        let roots = [
            (&definition.query, OperationType::Query, Code::RootQueryUsed),
            (&definition.mutation, OperationType::Mutation, Code::RootMutationUsed),
            (&definition.subscription, OperationType::Subscription, Code::RootSubscriptionUsed),
        ];
        let mut renamed = BTreeMap::new();
        let mut is_clean = true;
        for (root, operation, code) in roots {
            let default = operation.default_type_name();
            let local = root.as_deref();
            if local == Some(&default) {
                continue;
            }
            if let Some(squatter) = self.schema.types.get(&default) {
                let message =
                    format!("`{default}` is not the {operation} root, but carries its default name");
                findings.push(Diagnostic::new(code, message).at(self.source.locate(squatter.location())));
                is_clean = false;
            }
            if let Some(local) = local {
                renamed.insert(local.clone(), default);
            }
        }
        is_clean.then_some(renamed)
    }

    fn directives(&self, list: &DirectiveList) -> Directives {
        let applied =
            |node: &Node<ast::Directive>| Applied { kind: self.links.kind(&node.name), node: node.clone() };
        Directives(list.iter().map(applied).collect())
    }

    fn type_def(&self, definition: &ExtendedType) -> TypeDef {
        let directives = self.directives(definition.directives());
        let mut ty = TypeDef {
            name: definition.name().clone(),
            kind: TypeKind::Scalar,
            description: text(&definition.description().cloned()),
            only_extended: directives.has(Kind::Extends)
                || definition.iter_extension_ids().all(|extension| extension.is_some())
                    && definition.iter_extension_ids().next().is_some(),
            directives,
            span: definition.name().location().or(definition.location()),
            implements: IndexMap::default(),
            fields: IndexMap::default(),
            members: IndexMap::default(),
            values: IndexMap::default(),
            inputs: IndexMap::default(),
        };
        match definition {
            ExtendedType::Scalar(_) => {}
            ExtendedType::Object(object) => {
                ty.kind = TypeKind::Object;
                ty.implements = spans(&object.implements_interfaces);
                ty.fields = self.fields(&object.fields);
            }
            ExtendedType::Interface(interface) => {
                ty.kind = TypeKind::Interface;
                ty.implements = spans(&interface.implements_interfaces);
                ty.fields = self.fields(&interface.fields);
            }
            ExtendedType::Union(union) => {
                ty.kind = TypeKind::Union;
                ty.members = spans(&union.members);
            }
            ExtendedType::Enum(definition) => {
                ty.kind = TypeKind::Enum;
                let value = |value: &Node<ast::EnumValueDefinition>| ValueDef {
                    description: text(&value.description),
                    directives: self.directives(&value.directives),
                    span: value.location(),
                };
                ty.values = definition.values.iter().map(|(name, v)| (name.clone(), value(v))).collect();
            }
            ExtendedType::InputObject(input) => {
                ty.kind = TypeKind::InputObject;
                ty.inputs = input.fields.iter().map(|(name, f)| (name.clone(), self.input(f))).collect();
            }
        }
        ty
    }

    fn fields(&self, fields: &IndexMap<Name, Node<FieldDefinition>>) -> IndexMap<Name, FieldDef> {
        let field = |field: &Node<FieldDefinition>| FieldDef {
            name: field.name.clone(),
            description: text(&field.description),
            ty: field.ty.clone(),
            arguments: field.arguments.iter().map(|a| (a.name.clone(), self.input(a))).collect(),
            directives: self.directives(&field.directives),
            span: field.name.location(),
            extension: field.extension_id().cloned(),
        };
        fields.iter().map(|(name, definition)| (name.clone(), field(definition))).collect()
    }

    fn input(&self, input: &Node<InputValueDefinition>) -> InputDef {
        InputDef {
            name: input.name.clone(),
            description: text(&input.description),
            ty: (*input.ty).clone(),
            default: input.default_value.clone(),
            directives: self.directives(&input.directives),
            span: input.name.location(),
        }
    }
}

fn spans(names: &apollo_compiler::collections::IndexSet<Node<Name>>) -> IndexMap<Name, Option<SourceSpan>> {
    names.iter().map(|name| ((**name).clone(), name.location())).collect()
}

fn text(description: &Option<Node<str>>) -> Option<String> {
    description.as_ref().map(|text| text.to_string()).filter(|text| !text.is_empty())
}

fn rename_references(ty: &mut TypeDef, renamed: &BTreeMap<Name, Name>) {
    if renamed.is_empty() {
        return;
    }
    let new_name = |name: &Name| renamed.get(name).cloned();
    if let Some(name) = new_name(&ty.name) {
        ty.name = name;
    }
    for field in ty.fields.values_mut() {
        rename_type(&mut field.ty, renamed);
    }
    ty.members = std::mem::take(&mut ty.members)
        .into_iter()
        .map(|(member, span)| (new_name(&member).unwrap_or(member), span))
        .collect();
}

fn rename_type(ty: &mut Type, renamed: &BTreeMap<Name, Name>) {
    match ty {
        Type::Named(name) | Type::NonNullNamed(name) => {
            if let Some(new) = renamed.get(name) {
                *name = new.clone();
            }
        }
        Type::List(item) | Type::NonNullList(item) => rename_type(item, renamed),
    }
}

/// Names of the root types in a supergraph.
pub(crate) const ROOTS: [Name; 3] = [name!("Query"), name!("Mutation"), name!("Subscription")];
