//! How long planning takes: an ordinary query, and the worst sort of choice.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark fails by panicking; criterion's macros are public"
)]

mod schemas;

use criterion::{Criterion, criterion_group, criterion_main};
use federation::graph::Graph;
use federation::operation::NormalOperation;
use federation::plan::{PlanOptions, plan};
use schemas::{graph, many_homes, operation};

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
