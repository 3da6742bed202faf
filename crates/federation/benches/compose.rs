//! How long composition takes for graphs of growing size.
//!
//! Half of a subgraph's types are its own, the other half it extends from ten neighbours, with keys and
//! requirements. The work should grow as the schemas do: twice the subgraphs, twice the time.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark fails by panicking; criterion's macros are public"
)]

use std::fmt::Write as _;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use federation::compose::{SubgraphSdl, compose};
use federation::graph::Graph;

const TYPES: usize = 50;

fn subgraph(number: usize, of: usize) -> SubgraphSdl {
    let mut sdl = String::from(
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@external\", \"@requires\"])\n",
    );
    let mut line = |text: String| writeln!(sdl, "{text}").expect("writes to a string");
    line(format!("type Query {{ of{number}(first: Int): [T{number}x0!]! }}"));
    for own in 0..TYPES / 2 {
        let next = (own + 1) % (TYPES / 2);
        line(format!(
            "type T{number}x{own} @key(fields: \"id\") {{ id: ID! name: String size: Int next: T{number}x{next} }}"
        ));
    }
    for extended in 0..TYPES / 2 {
        let neighbour = (number + 1 + extended % 10) % of;
        line(format!(
            "type T{neighbour}x{extended} @key(fields: \"id\") {{ id: ID! size: Int @external from{number}: Int @requires(fields: \"size\") }}"
        ));
    }
    SubgraphSdl { name: format!("s{number}"), url: String::new(), sdl }
}

fn composition(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compose");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for count in [25, 50, 100] {
        let subgraphs: Vec<SubgraphSdl> = (0..count).map(|number| subgraph(number, count)).collect();
        let name = format!("subgraphs of {TYPES} types");
        group.bench_with_input(BenchmarkId::new(name, count), &subgraphs, |bencher, subgraphs| {
            bencher.iter(|| compose(subgraphs).expect("the subgraphs compose"));
        });
        let composed = compose(&subgraphs).expect("the subgraphs compose");
        group.bench_with_input(
            BenchmarkId::new("reading what was composed", count),
            &composed,
            |bencher, composed| {
                bencher.iter(|| {
                    Graph::from_sdl(&composed.supergraph_sdl).expect("what was composed can be read")
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, composition);
criterion_main!(benches);
