//! How long planning takes: an ordinary query, and the worst sort of choice.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark fails by panicking; criterion's macros are public"
)]

use std::fmt::Write as _;

use criterion::{Criterion, criterion_group, criterion_main};
use federation::compose::{SubgraphSdl, compose};
use federation::graph::Graph;
use federation::operation::{Document, Limits, NormalOperation, coerce, normalize};
use federation::plan::{PlanOptions, plan};

const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@shareable\", \"@interfaceObject\"])\n";

fn graph(subgraphs: &[(&str, String)]) -> Graph {
    let subgraphs: Vec<SubgraphSdl> = subgraphs
        .iter()
        .map(|(name, sdl)| SubgraphSdl {
            name: (*name).to_owned(),
            url: String::new(),
            sdl: format!("{LINK}{sdl}"),
        })
        .collect();
    let composition = compose(&subgraphs).expect("the subgraphs compose");
    Graph::from_sdl(&composition.supergraph_sdl).expect("the supergraph is readable")
}

fn operation(graph: &Graph, query: &str) -> NormalOperation {
    let limits = Limits::default();
    let api = graph.api_schema();
    let document = Document::parse(api, query, &limits).expect("a valid query");
    let operation = document.operation(None).expect("one operation");
    let variables = coerce(api, operation, b"", &limits).expect("no variables");
    let mask = operation.conditions().evaluate(&variables).expect("no conditions");
    normalize(graph, &document, operation, &mask, &limits).expect("within limits")
}

/// Seven subgraphs that all have everything but one field and one edge each.
fn many_homes() -> (Graph, NormalOperation) {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let mut subgraphs = Vec::new();
    for (missing, name) in names.iter().enumerate() {
        let mut sdl = String::from(
            "type Query { node: Node @shareable }\ntype Node @key(fields: \"id\") { id: ID! @shareable",
        );
        for field in (0..names.len()).filter(|field| *field != missing) {
            write!(sdl, " leaf{field}: Int @shareable edge{field}: Node @shareable")
                .expect("writes to a string");
        }
        sdl.push('}');
        subgraphs.push((*name, sdl));
    }
    let graph = graph(&subgraphs);
    let leaves = (0..7).map(|field| format!("leaf{field} ")).collect::<String>();
    let mut query = leaves.clone();
    for depth in 0..4 {
        let edges = if depth < 3 { 7 } else { 1 };
        let below = (0..edges).map(|edge| format!("edge{edge} {{ {query} }} ")).collect::<String>();
        query = format!("{leaves}{below}");
    }
    let operation = operation(&graph, &format!("{{ node {{ {query} }} }}"));
    (graph, operation)
}

/// What a dashboard asks: one interface over four units, three more subgraphs.
fn dashboard() -> (Graph, NormalOperation) {
    let graph = graph(&[
        (
            "networks",
            "type Query { network(id: ID!): Network } interface Unit @key(fields: \"id\") { id: ID! name: String! } \
             type Network implements Unit @key(fields: \"id\") { id: ID! name: String! regions: [Region!]! } \
             type Region implements Unit @key(fields: \"id\") { id: ID! name: String! locations: [Location!]! } \
             type Location implements Unit @key(fields: \"id\") { id: ID! name: String! address: String }"
                .to_owned(),
        ),
        (
            "analytics",
            "type Unit @key(fields: \"id\") @interfaceObject { id: ID! performance: Performance! } \
             type Performance { revenue: Int! orders: Int! }"
                .to_owned(),
        ),
        ("compliance", "type Unit @key(fields: \"id\") @interfaceObject { id: ID! score: Int! }".to_owned()),
        ("integrations", "type Location @key(fields: \"id\") { id: ID! connections: Int! }".to_owned()),
    ]);
    let operation = operation(
        &graph,
        "{ network(id: \"1\") { name performance { revenue orders } score regions { name score \
         performance { revenue } locations { name address score connections performance { revenue orders } } } } }",
    );
    (graph, operation)
}

fn planning(criterion: &mut Criterion) {
    for (name, (graph, operation)) in [("dashboard", dashboard()), ("many homes", many_homes())] {
        let options = PlanOptions::default();
        let found = plan(&graph, &operation, &options).expect("a plan");
        let shapes = found.shapes.len();
        let title = format!("{name}: {} fetches, {shapes} shapes", found.fetches.len());
        criterion.bench_function(&title, |bencher| {
            bencher.iter(|| plan(&graph, &operation, &options).expect("a plan"));
        });
    }
}

criterion_group!(benches, planning);
criterion_main!(benches);
