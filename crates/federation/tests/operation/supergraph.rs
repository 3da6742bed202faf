//! A supergraph of one subgraph around a plain schema.

use std::fmt::Write;

use apollo_compiler::ast::{Definition, Directive, DirectiveList, Document, Value};
use apollo_compiler::{Name, name};
use federation::graph::Graph;

const MACHINERY: &str = r#"
directive @link(url: String!, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
scalar join__FieldSet
enum join__Graph { ONLY @join__graph(name: "only", url: "") }
"#;

/// Reads a plain schema as the only subgraph of a supergraph. `@inaccessible`, `@cost` and `@listSize` may be used.
pub(crate) fn around(schema: &str) -> Graph {
    let mut document = Document::parse(schema, "schema.graphql").expect("the schema of a test is GraphQL");
    let mut roots = String::new();
    document.definitions.retain(|definition| {
        if let Definition::SchemaDefinition(schema) = definition {
            for root in &schema.root_operations {
                write!(roots, " {}: {}", root.0, root.1).expect("writing to a string");
            }
        }
        !matches!(definition, Definition::SchemaDefinition(_))
    });
    if roots.is_empty() {
        for (kind, ty) in [("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")] {
            if document.definitions.iter().any(|definition| definition.name().is_some_and(|name| name == ty))
            {
                write!(roots, " {kind}: {ty}").expect("writing to a string");
            }
        }
    }
    document.definitions.iter_mut().for_each(join);
    let links = ["link/v1.0", "join/v0.5", "inaccessible/v0.2"]
        .map(|spec| format!("@link(url: \"https://specs.apollo.dev/{spec}\")"))
        .join(" ");
    let cost = r#"@link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", "@listSize"])"#;
    let supergraph = format!("schema {links} {cost} {{{roots} }}\n{MACHINERY}\n{document}");
    Graph::from_sdl(&supergraph).unwrap_or_else(|errors| panic!("{errors:#?}\n{supergraph}"))
}

fn join(definition: &mut Definition) {
    match definition {
        Definition::ScalarTypeDefinition(ty) => member(&mut ty.make_mut().directives),
        Definition::InputObjectTypeDefinition(ty) => member(&mut ty.make_mut().directives),
        Definition::ObjectTypeDefinition(ty) => {
            let ty = ty.make_mut();
            member(&mut ty.directives);
            implements(&mut ty.directives, &ty.implements_interfaces);
        }
        Definition::InterfaceTypeDefinition(ty) => {
            let ty = ty.make_mut();
            member(&mut ty.directives);
            implements(&mut ty.directives, &ty.implements_interfaces);
        }
        Definition::UnionTypeDefinition(ty) => {
            let ty = ty.make_mut();
            member(&mut ty.directives);
            for member in &ty.members {
                apply(
                    &mut ty.directives,
                    name!("join__unionMember"),
                    Some((name!("member"), member.as_str())),
                );
            }
        }
        Definition::EnumTypeDefinition(ty) => {
            let ty = ty.make_mut();
            member(&mut ty.directives);
            for value in &mut ty.values {
                apply(&mut value.make_mut().directives, name!("join__enumValue"), None);
            }
        }
        _ => {}
    }
}

fn member(directives: &mut DirectiveList) {
    apply(directives, name!("join__type"), None);
}

fn implements(directives: &mut DirectiveList, interfaces: &[Name]) {
    for interface in interfaces {
        apply(directives, name!("join__implements"), Some((name!("interface"), interface.as_str())));
    }
}

fn apply(directives: &mut DirectiveList, directive: Name, argument: Option<(Name, &str)>) {
    let mut applied = Directive::new(directive);
    applied.arguments.push((name!("graph"), Value::Enum(name!("ONLY"))).into());
    if let Some((name, value)) = argument {
        applied.arguments.push((name, Value::String(value.to_owned())).into());
    }
    directives.push(applied);
}
