//! One query answered by one async-graphql schema, and by four of them in this process through the engine: what
//! federation adds.
//!
//! ```sh
//! cargo bench -p franchise --bench monolith
//! ```
#![allow(missing_docs, clippy::expect_used, clippy::panic, reason = "a benchmark fails by panicking")]

mod data;
mod parts;
mod whole;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ObjectType, Schema, SubscriptionType};
use criterion::{Criterion, criterion_group, criterion_main};
use federation::compose::{SubgraphSdl, compose};
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use federation::{Config, Engine, Request};
use franchise::in_process::{answer, query};
use futures::FutureExt;
use futures::future::BoxFuture;

const QUERY: &str = include_str!("../../../gateway/examples/workload/shop-query.graphql");

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Execute = dyn Fn(async_graphql::Request) -> BoxFuture<'static, async_graphql::Response> + Send + Sync;

/// Schemas in this process.
#[derive(Default)]
struct Parts {
    sdl: Vec<SubgraphSdl>,
    schemas: HashMap<&'static str, Box<Execute>>,
}

impl Parts {
    fn with<Q, M, S>(mut self, name: &'static str, schema: Schema<Q, M, S>) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let sdl = schema.sdl_with_options(async_graphql::SDLExportOptions::new().federation());
        self.sdl.push(SubgraphSdl { name: name.to_owned(), url: String::new(), sdl });
        let execute = move |request| {
            let schema = schema.clone();
            async move { schema.execute(request).await }.boxed()
        };
        self.schemas.insert(name, Box::new(execute));
        self
    }
}

impl Transport for Parts {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        async move { Ok(answer(self.schemas[request.subgraph](query(&request)?).await)) }.boxed()
    }
}

fn engine() -> Engine {
    let parts = Parts::default()
        .with("people", parts::people::part())
        .with("products", parts::products::part())
        .with("reviews", parts::reviews::part())
        .with("stock", parts::stock::part());
    let composition = compose(&parts.sdl).unwrap_or_else(|errors| panic!("{errors:?}"));
    Engine::from_supergraph(&composition.supergraph_sdl, Arc::new(parts), Config::default())
        .expect("an engine")
}

fn shop(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let whole = whole::schema();
    let ask_whole = || async {
        let response = whole.execute(async_graphql::Request::new(QUERY)).await;
        serde_json::to_vec(&response).expect("an answer")
    };
    let engine = engine();
    let ask_engine = || async { engine.execute(Request::new(QUERY)).await.body };
    let (one, four) = runtime.block_on(async { (ask_whole().await, ask_engine().await) });
    assert_eq!(String::from_utf8_lossy(&one), String::from_utf8_lossy(&four));

    let mut group = criterion.benchmark_group(format!("shop, {} KiB", one.len() >> 10));
    group.bench_function("one schema", |bencher| bencher.iter(|| runtime.block_on(ask_whole())));
    group
        .bench_function("four schemas in process", |bencher| bencher.iter(|| runtime.block_on(ask_engine())));
    group.finish();
}

criterion_group!(benches, shop);
criterion_main!(benches);
