//! Operation text to a plan: each plan is proved, printed in every form, and made the same twice.
#![no_main]

use std::sync::{Arc, LazyLock};

use federation::graph::Graph;
use federation::operation::{Document, Limits, coerce, normalize};
use federation::plan::{PlanOptions, check, plan, print, print_json, print_mermaid};
use federation_fuzz::graphs::cases;
use federation_fuzz::input::{SEPARATOR, choices};
use federation_fuzz::seeds::{plant, requests};
use libfuzzer_sys::fuzz_target;

static GRAPHS: LazyLock<Vec<Graph>> = LazyLock::new(|| cases().iter().map(|case| case.graph()).collect());

fuzz_target!(init: {
    plant(requests);
    LazyLock::force(&GRAPHS);
}, |data: &[u8]| {
    let Some(([graph, options], rest)) = choices::<2>(data) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let (text, variables) = text.split_once(SEPARATOR).unwrap_or((text, ""));
    let graph = &GRAPHS[graph % GRAPHS.len()];
    let (api, limits) = (graph.api_schema(), Limits::default());
    let Ok(document) = Document::parse(api, text, &limits) else { return };
    let labels = graph.labels().iter().enumerate();
    let set: Vec<Arc<str>> =
        labels.filter(|(index, _)| options >> (index + 1) & 1 == 1).map(|(_, label)| label.clone()).collect();
    let options =
        PlanOptions { override_labels: set, batch_entities: options & 1 == 1, ..PlanOptions::default() };
    for operation in document.operations() {
        let Ok(variables) = coerce(api, operation, variables.as_bytes(), &limits) else { continue };
        let Ok(mask) = operation.conditions().evaluate(&variables) else { continue };
        let Ok(normal) = normalize(graph, &document, operation, &mask, &limits) else { continue };
        let Ok(made) = plan(graph, &normal, &options) else { continue };
        assert_eq!(check::check(graph, &normal, &made), Vec::<String>::new());
        let shown = print(graph, &made);
        let again = plan(graph, &normal, &options).expect("it was planned before");
        assert_eq!(print(graph, &again), shown);
        let _: serde_json::Value = serde_json::from_str(&print_json(graph, &made)).expect("JSON");
        print_mermaid(graph, &made);
    }
});
