//! The composed schema that the program is built with.

use std::path::Path;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, TypeDefinition, TypeKind, TypeSystemDefinition};
use gateway::config::{ProcessEnvironment, SubgraphsFile, UpstreamConfig};
use gateway::supergraph::Supergraph;
use gateway::upstream::Client;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

async fn compose() -> Supergraph {
    let root = Path::new(ROOT);
    let list = root.join("supergraph.yaml");
    let mut file = SubgraphsFile::load(&list, &ProcessEnvironment).unwrap();
    // The list names its schema files from the folder it is in.
    for entry in file.subgraphs.values_mut() {
        entry.schema.file = entry.schema.file.take().map(|schema| root.join(schema));
    }
    let client = Client::new(&UpstreamConfig::default()).unwrap();
    Supergraph::compose(&file, &list, &client).await.unwrap()
}

#[tokio::test]
async fn the_stored_supergraph_is_what_the_subgraphs_compose_to() {
    let composed = compose().await;
    let stored = std::fs::read_to_string(Path::new(ROOT).join("schema/supergraph.graphql")).unwrap();
    assert!(
        stored == composed.sdl,
        "schema/supergraph.graphql is stale: cargo run -p gateway -- compose --config supergraph.yaml \
         --output schema/supergraph.graphql"
    );
}

#[tokio::test]
async fn the_subgraphs_agree_on_what_they_share() {
    let hints = compose().await.hints;
    assert!(hints.is_empty(), "composing supergraph.yaml hints at:\n{}", hints.join("\n"));
}

/// What a query may cost is known before it runs only where lists say how long they get. The lists of a connection
/// are as long as its field says, and those of a payload are as many as the mistakes that a client made.
#[test]
fn every_list_of_objects_says_how_long_it_gets() {
    for service in ["networks", "analytics", "compliance", "integrations"] {
        let sdl = std::fs::read_to_string(Path::new(ROOT).join(format!("schema/{service}.graphql"))).unwrap();
        let types = parse_schema(&sdl).unwrap().definitions.into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else { return None };
            Some(definition.node)
        });
        let types: Vec<TypeDefinition> = types.collect();
        let is_leaf = |name: &str| {
            let leaf = |kind: &TypeKind| matches!(kind, TypeKind::Enum(_) | TypeKind::Scalar);
            let defined = types.iter().find(|known| known.name.node == name);
            defined.map_or(["Int", "Float", "String", "Boolean", "ID"].contains(&name), |known| {
                leaf(&known.kind)
            })
        };
        let mut silent = Vec::new();
        for known in &types {
            let fields = match &known.kind {
                TypeKind::Object(object) => &object.fields,
                TypeKind::Interface(interface) => &interface.fields,
                _ => continue,
            };
            let owner = known.name.node.as_str();
            for field in fields.iter().map(|field| &field.node) {
                let sized = field.directives.iter().any(|directive| directive.node.name.node == "listSize");
                let elsewhere = match field.name.node.as_str() {
                    "edges" | "nodes" => owner.ends_with("Connection"),
                    "userErrors" => owner.ends_with("Payload"),
                    // Of the federation specification: as long as the list it is asked with.
                    "_entities" => owner == "Query",
                    _ => false,
                };
                if let Some(item) = item(&field.ty.node.base)
                    && !sized
                    && !elsewhere
                    && !is_leaf(item)
                {
                    silent.push(format!("{owner}.{}", field.name.node));
                }
            }
        }
        assert!(silent.is_empty(), "schema/{service}.graphql: lists without `@listSize`: {silent:?}");
    }
}

/// The named type of a list's items; nothing for what is no list.
fn item(base: &BaseType) -> Option<&str> {
    let BaseType::List(item) = base else { return None };
    match &item.base {
        BaseType::Named(name) => Some(name),
        list => self::item(list),
    }
}
