//! Whole requests with plans at hand: what the engine itself costs, without network and subgraphs.
#![allow(missing_docs, clippy::expect_used, clippy::panic, reason = "a benchmark fails by panicking")]

mod prepared;

use std::fmt::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use prepared::{Asked, ask, large, nested};

fn bench(criterion: &mut Criterion, name: &str, (engine, query): &Asked) {
    let response = ask(engine, query);
    assert_eq!(response.errors, 0, "{}", String::from_utf8_lossy(&response.body[..500]));
    let mut group = criterion.benchmark_group("execute");
    group.throughput(Throughput::Bytes(response.body.len() as u64));
    let mut title = name.to_owned();
    write!(title, " ({} KiB)", response.body.len() >> 10).expect("writing to a string");
    group.bench_function(title, |bencher| bencher.iter(|| ask(engine, query)));
    group.finish();
}

fn execute(criterion: &mut Criterion) {
    bench(criterion, "nested entities", &nested());
    bench(criterion, "one large answer", &large(65_000));
}

criterion_group!(benches, execute);
criterion_main!(benches);
