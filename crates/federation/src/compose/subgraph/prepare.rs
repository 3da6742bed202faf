//! Turns a subgraph's SDL into a complete GraphQL schema: federation machinery taken out, definitions put in.

use apollo_compiler::ast::{Definition, DirectiveDefinition, Document, FieldDefinition, Type};
use apollo_compiler::{Name, Node, Schema};

use super::link::{Links, Version};
use super::source::Source;
use super::spec::{self, DirectiveSpec, Kind};
use crate::compose::code::Code;
use crate::compose::diagnostic::Diagnostic;
use crate::compose::findings::Findings;

/// A root type for validating subgraphs that have no queries of their own.
pub(super) const STAND_IN_QUERY: &str = "_ComposeStandInQuery";

/// First federation version whose `@override` has a label.
const OVERRIDE_LABELS: Version = Version { major: 2, minor: 7 };

/// The document without entry points (`_service`, `_entities`), the types that serve them, and the federation
/// directives a subgraph may have spelled out.
pub(super) fn without_machinery(
    document: &Document,
    links: &Links,
    source: &Source,
    findings: &mut Findings,
) -> Document {
    let mut document = document.clone();
    let mut emptied = Vec::new();
    document.definitions.retain_mut(|definition| {
        if let Some(name) = emptied_by_stripping(definition) {
            emptied.push(name);
            return false;
        }
        match definition {
            Definition::DirectiveDefinition(directive) => {
                let known = links.kind(&directive.name);
                if known != Kind::Custom
                    && let Some(directive_spec) = spec::directive_of(known)
                    && let Some(message) = incompatibility(directive, directive_spec)
                {
                    findings.push(
                        Diagnostic::new(Code::DirectiveDefinitionInvalid, message)
                            .at(source.locate(directive.location())),
                    );
                }
                known == Kind::Custom
            }
            Definition::ScalarTypeDefinition(scalar) => !links.is_machinery(&scalar.name),
            other => {
                let machinery = other.name().filter(|name| links.is_machinery(name));
                if let Some(name) = machinery
                    && links.scalars().any(|(_, local)| local == name.as_str())
                {
                    let message = format!("`{name}` must be a scalar");
                    findings.push(
                        Diagnostic::new(Code::TypeDefinitionInvalid, message)
                            .at(source.locate(other.location())),
                    );
                }
                machinery.is_none()
            }
        }
    });
    emptied.retain(|name| !document.definitions.iter().any(|definition| definition.name() == Some(name)));
    for definition in &mut document.definitions {
        let roots = match definition {
            Definition::SchemaDefinition(schema) => &mut schema.make_mut().root_operations,
            Definition::SchemaExtension(schema) => &mut schema.make_mut().root_operations,
            _ => continue,
        };
        roots.retain(|root| !emptied.contains(&root.1));
    }
    document
}

/// Definitions of the federation directives and scalars this subgraph may use, as SDL.
pub(super) fn definitions(links: &Links) -> String {
    let mut sdl = spec::link_definitions(&links.link_name);
    for (_, local) in links.scalars() {
        sdl.push_str(&format!("scalar {local}\n"));
    }
    for (local, kind) in links.directives() {
        let Some(directive) = spec::directive_of(kind) else { continue };
        let mut definition = directive.definition.to_owned();
        if kind == Kind::Override && links.federation.is_some_and(|version| version < OVERRIDE_LABELS) {
            definition = definition.replace(", label: String", "");
        }
        for (element, scalar) in links.scalars() {
            definition = definition.replace(&format!("{{{element}}}"), scalar);
        }
        let space = if definition.starts_with('(') { "" } else { " " };
        sdl.push_str(&format!("directive @{local}{space}{definition}\n"));
    }
    sdl
}

/// The schema as GraphQL sees it, with a stand-in query root when the subgraph has none.
pub(super) fn with_query_root(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    if schema.schema_definition.query.is_none() {
        let stand_in = Schema::parse(format!("type {STAND_IN_QUERY} {{ none: Int }}"), "stand-in.graphql");
        if let Ok(stand_in) = stand_in
            && let Some((name, definition)) = stand_in.types.get_key_value(STAND_IN_QUERY)
        {
            schema.types.insert(name.clone(), definition.clone());
            schema.schema_definition.make_mut().query = Some(name.to_node(None));
        }
    }
    schema
}

/// Takes the entry points out of an object type; its name when nothing is left of the definition.
///
/// A root type often holds nothing but entry points, and some servers print `type Query` without a body.
fn emptied_by_stripping(definition: &mut Definition) -> Option<Name> {
    let is_entry_point = |field: &Node<FieldDefinition>| match field.name.as_str() {
        "_service" => field.ty.inner_named_type() == "_Service",
        "_entities" => field.ty.inner_named_type() == "_Entity",
        _ => false,
    };
    match definition {
        Definition::ObjectTypeDefinition(object) => {
            if object.fields.iter().any(is_entry_point) {
                object.make_mut().fields.retain(|field| !is_entry_point(field));
            } else if object.name != "Query" {
                return None;
            }
            object.fields.is_empty().then(|| object.name.clone())
        }
        Definition::ObjectTypeExtension(object) => {
            if !object.fields.iter().any(is_entry_point) {
                return None;
            }
            object.make_mut().fields.retain(|field| !is_entry_point(field));
            let is_bare = object.directives.is_empty() && object.implements_interfaces.is_empty();
            (object.fields.is_empty() && is_bare).then(|| object.name.clone())
        }
        _ => None,
    }
}

/// Why a subgraph's own definition of a federation directive cannot stand for the specified one.
fn incompatibility(own: &DirectiveDefinition, specified: &DirectiveSpec) -> Option<String> {
    let text = format!("directive @{} {}", specified.name, specified.definition);
    let text = text.replace(['{', '}'], "");
    let document = Document::parse(text, "specification.graphql").ok()?;
    let specified = document.definitions.iter().find_map(Definition::as_directive_definition)?;
    for argument in &own.arguments {
        let Some(expected) = specified.argument_by_name(&argument.name) else {
            return Some(format!("`@{}` has no argument `{}`", own.name, argument.name));
        };
        // Federation 1 schemas write `String!` or `_FieldSet!`, sometimes without the `!`.
        if argument.ty.is_list() != expected.ty.is_list() || !compatible(&argument.ty, &expected.ty) {
            return Some(format!(
                "argument `{}` of `@{}` is of type `{}` instead of `{}`",
                argument.name, own.name, argument.ty, expected.ty
            ));
        }
    }
    let missing =
        specified.arguments.iter().find(|a| a.is_required() && own.argument_by_name(&a.name).is_none());
    if let Some(argument) = missing {
        return Some(format!("`@{}` lacks its argument `{}`", own.name, argument.name));
    }
    let foreign = own.locations.iter().find(|location| !specified.locations.contains(*location));
    foreign.map(|location| format!("`@{}` is not allowed on {location}", own.name))
}

fn compatible(own: &Type, expected: &Type) -> bool {
    let (own, expected) = (own.inner_named_type(), expected.inner_named_type());
    let built_in = |name: &str| matches!(name, "Int" | "Float" | "Boolean");
    own == expected || !(built_in(own) || built_in(expected))
}
