//! How long composition takes for graphs of growing size.
//!
//! The work should grow as the schemas do: twice the subgraphs, twice the time.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark fails by panicking; criterion's macros are public"
)]

mod schemas;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use federation::compose::compose;
use federation::graph::Graph;
use schemas::{TYPES, grown};

fn composition(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compose");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for count in [25, 50, 100] {
        let subgraphs = grown(count);
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
