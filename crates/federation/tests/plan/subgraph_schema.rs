//! Whether the operations of a plan are valid in their subgraphs.

use apollo_compiler::ast::{DirectiveList, FieldDefinition};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node, Schema};
use federation::compose::SubgraphSdl;
use federation::graph::Graph;
use federation::plan::QueryPlan;

/// One line per operation that a subgraph would refuse.
pub(super) fn problems(subgraphs: &[SubgraphSdl], graph: &Graph, plan: &QueryPlan) -> Vec<String> {
    let mut problems = Vec::new();
    for fetch in &plan.fetches {
        let name = &graph.subgraph(fetch.subgraph).name;
        let sdl =
            subgraphs.iter().find(|subgraph| *subgraph.name == **name).expect("a subgraph of the graph");
        let schema = schema(sdl);
        let text: &str = &fetch.operation.text;
        if let Err(invalid) = ExecutableDocument::parse_and_validate(&schema, text, "operation") {
            problems.push(format!("{name} refuses {text}\n{}", invalid.errors));
        }
    }
    problems
}

/// The schema a subgraph serves: its types, and the entry point for entities.
pub(crate) fn schema(subgraph: &SubgraphSdl) -> Valid<Schema> {
    let source = Schema::builder()
        .adopt_orphan_extensions()
        .parse(&subgraph.sdl, &subgraph.name)
        .build()
        .unwrap_or_else(|invalid| panic!("{}", invalid.errors));
    let entities: Vec<String> = source
        .types
        .iter()
        .filter(|(_, ty)| ty.is_object() && ty.directives().has("key"))
        .map(|(name, _)| name.to_string())
        .collect();
    let query = source.schema_definition.query.as_ref().map_or("Query", |name| name.as_str());
    let has_query = source.get_object(query).is_some();
    // Every subgraph has a query root, for `_service` if nothing else.
    let mut extension =
        String::from(if has_query { "scalar _Any" } else { "type Query { _service: String }" });
    if !entities.is_empty() {
        extension = format!(
            "scalar _Any union _Entity = {} {} {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}",
            entities.join(" | "),
            if has_query { "extend type" } else { "type" },
        );
    }
    let mut schema = Schema::builder()
        .adopt_orphan_extensions()
        .parse(&subgraph.sdl, &subgraph.name)
        .parse(extension, "entities")
        .build()
        .unwrap_or_else(|invalid| panic!("{}", invalid.errors));
    strip(&mut schema);
    schema.validate().unwrap_or_else(|invalid| panic!("{}: {}", subgraph.name, invalid.errors))
}

/// Removes all type-system directives: federation's are not defined here, and none matters to operations.
fn strip(schema: &mut Schema) {
    let clear = |directives: &mut DirectiveList| directives.0.clear();
    let field = |field: &mut Node<FieldDefinition>| {
        let field = field.make_mut();
        field.directives.0.clear();
        field.arguments.iter_mut().for_each(|argument| argument.make_mut().directives.0.clear());
    };
    clear(&mut schema.schema_definition.make_mut().directives);
    for ty in schema.types.values_mut().filter(|ty| !ty.is_built_in()) {
        match ty {
            ExtendedType::Object(object) => {
                let object = object.make_mut();
                clear(&mut object.directives);
                object.fields.values_mut().for_each(&field);
            }
            ExtendedType::Interface(interface) => {
                let interface = interface.make_mut();
                clear(&mut interface.directives);
                interface.fields.values_mut().for_each(&field);
            }
            ExtendedType::Union(union_type) => clear(&mut union_type.make_mut().directives),
            ExtendedType::Enum(enumeration) => {
                let enumeration = enumeration.make_mut();
                clear(&mut enumeration.directives);
                enumeration.values.values_mut().for_each(|value| clear(&mut value.make_mut().directives));
            }
            ExtendedType::Scalar(scalar) => clear(&mut scalar.make_mut().directives),
            ExtendedType::InputObject(input) => {
                let input = input.make_mut();
                clear(&mut input.directives);
                input.fields.values_mut().for_each(|field| clear(&mut field.make_mut().directives));
            }
        }
    }
}
