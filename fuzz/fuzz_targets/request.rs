//! Parser to response: any document and variables, against subgraphs that behave.
#![no_main]

use std::sync::{Arc, LazyLock};

use federation::execute::DeferFormat;
use federation::plan::query_plan::OperationKind;
use federation::{Config, Engine, Outcome, Permissions, Request};
use federation_fuzz::assert_answer;
use federation_fuzz::graphs::cases;
use federation_fuzz::input::{SEPARATOR, choices};
use federation_fuzz::seeds::{plant, requests};
use federation_fuzz::server::WellBehaved;
use futures::executor::{block_on, block_on_stream};
use libfuzzer_sys::fuzz_target;

static ENGINES: LazyLock<Vec<Arc<Engine>>> = LazyLock::new(|| {
    let config = Config { document_cache_bytes: 1 << 18, plan_cache_bytes: 1 << 18, ..Config::default() };
    let engine = |case: &federation_fuzz::graphs::Case| {
        let servers = Arc::new(WellBehaved::new(case.graph()));
        Arc::new(Engine::from_graph(case.graph(), servers, config.clone()))
    };
    cases().iter().map(engine).collect()
});

fuzz_target!(init: {
    plant(requests);
    LazyLock::force(&ENGINES);
}, |data: &[u8]| {
    let Some(([engine, options], rest)) = choices::<2>(data) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let (query, variables) = text.split_once(SEPARATOR).unwrap_or((text, ""));
    let engine = &ENGINES[engine % ENGINES.len()];
    let defer = match options >> 2 & 3 {
        1 => Some(DeferFormat::Labelled),
        2 => Some(DeferFormat::Pending),
        _ => None,
    };
    let request = Request {
        variables: variables.as_bytes().to_vec().into(),
        introspection: options & 1 == 1,
        permissions: Permissions { authenticated: options & 2 == 2, ..Permissions::default() },
        defer,
        ..Request::new(query)
    };
    let prepared = match engine.prepare(&request) {
        Ok(prepared) => prepared,
        Err(refused) => {
            assert_eq!(refused.outcome, Outcome::Refused);
            assert!(refused.errors > 0);
            assert_answer(&refused.body, refused.errors);
            return;
        }
    };
    if prepared.kind() == OperationKind::Subscription {
        if let Ok(events) = block_on(engine.clone().subscribe(prepared)) {
            for event in block_on_stream(events) {
                assert_answer(&event.body, event.errors);
            }
        }
    } else if defer.is_some() {
        let payloads: Vec<_> = block_on_stream(engine.clone().execute_incremental(&request)).collect();
        for (index, payload) in payloads.iter().enumerate() {
            assert_answer(&payload.body, payload.errors);
            assert_eq!(payload.has_next, index + 1 < payloads.len());
        }
    } else {
        let response = block_on(engine.run(prepared));
        let answer = assert_answer(&response.body, response.errors);
        assert!(answer.contains_key("data"), "{answer:?}");
    }
});
