//! The schema definition with its links, and the definitions of the directives they bring.

use apollo_compiler::ast::{
    Definition, Document, EnumTypeDefinition, EnumValueDefinition, OperationType, SchemaDefinition, Value,
};
use apollo_compiler::{Name, Node, name};

use super::{Application, Printer, list};
use crate::compose::subgraph::spec::{self, DIRECTIVES, Kind};

const JOIN: &str = "
directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String, contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
";

const JOIN_TYPES: &str = "
input join__ContextArgument { name: String! type: String! context: String! selection: join__FieldValue! }
scalar join__DirectiveArguments
scalar join__FieldSet
scalar join__FieldValue
scalar link__Import
enum link__Purpose {
  \"`SECURITY` features provide metadata necessary to securely resolve fields.\"
  SECURITY
  \"`EXECUTION` features provide metadata necessary for operation execution.\"
  EXECUTION
}
";

const LINK: &str = "directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA";

impl Printer<'_> {
    pub(super) fn schema_definition(&self) -> SchemaDefinition {
        let link = |url: &str| Application::new("link").with("url", url);
        let execution = Node::new(Value::Enum(name!("EXECUTION")));
        let mut directives = vec![
            link("https://specs.apollo.dev/link/v1.0").build(),
            link("https://specs.apollo.dev/join/v0.5").with("for", execution).build(),
        ];
        directives.extend(self.specification_links());
        for composed in &self.supergraph.composed {
            let imports = composed.imports.iter().map(|(element, local)| import(element, local));
            directives.push(
                link(&composed.url)
                    .with_some("as", composed.prefix.as_ref())
                    .with_some("import", (!composed.imports.is_empty()).then(|| list(imports)))
                    .build(),
            );
        }
        directives.extend(self.metadata(&self.supergraph.metadata));
        let roots = [OperationType::Query, OperationType::Mutation, OperationType::Subscription];
        SchemaDefinition {
            description: self.supergraph.description.as_deref().map(Node::new_str),
            directives: directives.into_iter().collect(),
            root_operations: roots
                .into_iter()
                .filter(|root| self.supergraph.types.contains_key(&root.default_type_name()))
                .map(|root| Node::new((root, root.default_type_name())))
                .collect(),
        }
    }

    /// The name of a specification's directive in this supergraph.
    pub(super) fn local_name(&self, name: &'static str) -> &str {
        self.supergraph.renamed.get(name).map_or(name, String::as_str)
    }

    fn specification_links(&self) -> Vec<Node<apollo_compiler::ast::Directive>> {
        let mut links: Vec<(&str, &str, Vec<&'static str>)> = Vec::new();
        for directive in DIRECTIVES.iter().filter(|directive| self.carriers.has(directive.kind)) {
            let Some((specification, version)) = directive.carrier else { continue };
            match links.iter_mut().find(|(known, _, _)| *known == specification) {
                Some((_, _, directives)) => directives.push(directive.name),
                None => links.push((specification, version, vec![directive.name])),
            }
        }
        let print = |(specification, version, directives): (&str, &str, Vec<&'static str>)| {
            let url = format!("https://specs.apollo.dev/{specification}/{version}");
            let needs_import =
                directives.iter().any(|name| *name != specification || self.local_name(name) != *name);
            let imports = directives.iter().map(|name| import(name, self.local_name(name)));
            let purpose = match specification {
                "tag" | "cost" => None,
                _ => Some(Node::new(Value::Enum(name!("SECURITY")))),
            };
            Application::new("link")
                .with("url", &url)
                .with_some("import", needs_import.then(|| list(imports)))
                .with_some("for", purpose)
                .build()
        };
        links.into_iter().map(print).collect()
    }

    pub(super) fn directive_definitions(&self) -> Vec<Definition> {
        let mut sdl = format!("{JOIN}{LINK}\n");
        for directive in DIRECTIVES.iter().filter(|directive| self.carriers.has(directive.kind)) {
            if directive.carrier.is_some() {
                let definition = directive
                    .definition
                    .replace("{Scope}", "requiresScopes__Scope")
                    .replace("{Policy}", "policy__Policy");
                sdl.push_str(&format!("directive @{} {definition}\n", self.local_name(directive.name)));
            }
        }
        if self.carriers.has(Kind::Context) {
            sdl.push_str(
                "directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION\n",
            );
        }
        let mut definitions = parse(&sdl);
        definitions.extend(self.supergraph.directives.values().map(|d| Definition::from(d.clone())));
        definitions.sort_by(|a, b| a.name().cmp(&b.name()));
        definitions
    }

    pub(super) fn machinery_types(&self) -> Vec<Definition> {
        let mut sdl = JOIN_TYPES.to_owned();
        for (kind, scalar) in [
            (Kind::RequiresScopes, "requiresScopes__Scope"),
            (Kind::Policy, "policy__Policy"),
            (Kind::Context, "context__ContextFieldValue"),
        ] {
            if self.carriers.has(kind) {
                sdl.push_str(&format!("scalar {scalar}\n"));
            }
        }
        let mut definitions = parse(&sdl);
        definitions.push(self.join_graph().into());
        definitions.sort_by(|a, b| a.name().cmp(&b.name()));
        definitions
    }

    fn join_graph(&self) -> EnumTypeDefinition {
        let value = |subgraph: &crate::compose::subgraph::model::Subgraph| {
            let graph =
                Application::new("join__graph").with("name", &subgraph.name).with("url", &subgraph.url);
            Node::new(EnumValueDefinition {
                description: None,
                value: Name::new_unchecked(&subgraph.graph),
                directives: [graph.build()].into_iter().collect(),
            })
        };
        EnumTypeDefinition {
            description: None,
            name: name!("join__Graph"),
            directives: Default::default(),
            values: self.subgraphs.iter().map(value).collect(),
        }
    }
}

fn import(element: &str, local: &str) -> Node<Value> {
    if element == local {
        return Node::from(format!("@{element}"));
    }
    Node::new(Value::Object(vec![
        (name!("name"), Node::from(format!("@{element}"))),
        (name!("as"), Node::from(format!("@{local}"))),
    ]))
}

/// Definitions written in this file; a mistake in them shows in every test.
fn parse(sdl: &str) -> Vec<Definition> {
    match Document::parse(sdl, "definitions.graphql") {
        Ok(document) => document.definitions,
        Err(failure) => failure.partial.definitions,
    }
}

/// The directive a kind of metadata is printed with.
pub(super) fn specified_name(kind: Kind) -> &'static str {
    spec::directive_of(kind).map_or("", |directive| directive.name)
}
