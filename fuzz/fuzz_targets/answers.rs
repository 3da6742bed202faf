//! Hostile subgraph bodies: whatever subgraphs answer, clients get a well-formed response.
#![no_main]

use std::sync::{Arc, LazyLock};

use federation::execute::DeferFormat;
use federation::plan::query_plan::OperationKind;
use federation::{Config, Engine, Request};
use federation_fuzz::assert_answer;
use federation_fuzz::graphs::cases;
use federation_fuzz::input::{choices, raw_sections};
use federation_fuzz::seeds::{answers, plant};
use federation_fuzz::server::{Bodies, Scripted};
use futures::executor::{block_on, block_on_stream};
use libfuzzer_sys::fuzz_target;

/// An engine with the requests that it can plan.
static ENGINES: LazyLock<Vec<(Arc<Engine>, Vec<Request>)>> = LazyLock::new(|| {
    let mut engines = Vec::new();
    for case in cases() {
        let config = Config { max_values: 1 << 16, max_answer_bytes: 1 << 20, ..Config::default() };
        let engine = Arc::new(Engine::from_graph(case.graph(), Arc::new(Scripted), config));
        let mut requests = case.requests();
        requests.retain(|request| engine.prepare(request).is_ok());
        if !requests.is_empty() {
            engines.push((engine, requests));
        }
    }
    engines
});

fuzz_target!(init: {
    plant(answers);
    LazyLock::force(&ENGINES);
}, |data: &[u8]| {
    let Some(([engine, request, options], rest)) = choices::<3>(data) else { return };
    let (engine, requests) = &ENGINES[engine % ENGINES.len()];
    let defer = match options & 3 {
        1 => Some(DeferFormat::Labelled),
        2 => Some(DeferFormat::Pending),
        _ => None,
    };
    let bodies = Bodies::new(&raw_sections(rest));
    let request =
        Request { context: Arc::new(bodies), defer, ..requests[request % requests.len()].clone() };
    let Ok(prepared) = engine.prepare(&request) else { return };
    if prepared.kind() == OperationKind::Subscription {
        if let Ok(events) = block_on(engine.clone().subscribe(prepared)) {
            for event in block_on_stream(events) {
                assert_answer(&event.body, event.errors);
            }
        }
    } else if defer.is_some() {
        for payload in block_on_stream(engine.clone().execute_incremental(&request)) {
            assert_answer(&payload.body, payload.errors);
        }
    } else {
        let response = block_on(engine.run(prepared));
        let answer = assert_answer(&response.body, response.errors);
        assert!(answer.contains_key("data"), "{answer:?}");
    }
});
