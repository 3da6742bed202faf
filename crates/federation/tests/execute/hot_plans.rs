//! The most used plans of an engine are ready in the engine of another supergraph before it is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use federation::execute::DeferFormat;
use federation::{Config, Engine, HotPlan, Overrides, Permissions, Request};

use super::engine::{Held, engine_of};

const OLD: [(&str, &str); 2] = [
    (
        "a",
        r#"type Query { a: Int gone: Int secret: Int @authenticated thing: Thing }
            type Thing @key(fields: "id") { id: ID! rate: Int }"#,
    ),
    ("b", r#"type Thing @key(fields: "id") { id: ID! b: Int }"#),
];
/// Other rules, other labels, and a field less.
const NEW: [(&str, &str); 3] = [
    (
        "a",
        r#"type Query { first: Int @authenticated a: Int secret: Int @authenticated thing: Thing }
            type Thing @key(fields: "id") { id: ID! rate: Int }"#,
    ),
    ("b", r#"type Thing @key(fields: "id") { id: ID! b: Int }"#),
    ("c", r#"type Thing @key(fields: "id") { id: ID! rate: Int @override(from: "a", label: "beta") }"#),
];

fn engine(subgraphs: &[(&str, &str)]) -> Engine {
    engine_of(subgraphs, Arc::new(Held::default()), Config::default())
}

fn conditional(on: bool) -> Request {
    let query = "query Conditional($on: Boolean!) { a thing @include(if: $on) { b } }";
    Request { variables: Bytes::from(format!("{{\"on\":{on}}}")), ..Request::new(query) }
}

/// Requests whose plans differ in everything that decides a plan.
fn requests() -> Vec<Request> {
    let known = Permissions { authenticated: true, ..Permissions::default() };
    vec![
        Request::new("{ a }"),
        Request {
            operation_name: Some("Q".to_owned()),
            ..Request::new("query P { a } query Q { thing { b } }")
        },
        conditional(true),
        conditional(false),
        Request::new("{ a secret }"),
        Request { permissions: known, ..Request::new("{ a secret }") },
        Request { defer: Some(DeferFormat::Pending), ..Request::new("{ a ... @defer { thing { b } } }") },
    ]
}

#[test]
fn plans_of_all_kinds_are_ready_before_the_first_request() {
    let (old, new) = (engine(&OLD), engine(&NEW));
    for request in requests() {
        old.prepare(&request).expect("a valid request");
    }
    let hot = old.hot_plans(100);
    assert_eq!((hot.len(), old.plans_made()), (requests().len(), requests().len() as u64));
    assert!(hot.iter().all(|plan| new.prepare_plan(plan)), "{hot:#?}");
    let made = new.plans_made();
    assert_eq!(made, requests().len() as u64);
    for request in requests() {
        let prepared = new.prepare(&request).expect("a valid request");
        assert_eq!(new.plans_made(), made, "{:?} is planned again", prepared.name());
    }
}

#[test]
fn labels_are_told_by_name() {
    let (old, new) = (engine(&NEW), engine(&NEW));
    let labels = BTreeSet::from(["beta".into()]);
    let overrides = Overrides { labels, ..Overrides::default() };
    let request = Request { overrides, ..Request::new("{ thing { rate } }") };
    old.prepare(&request).expect("a valid request");
    assert!(old.hot_plans(1).iter().all(|plan| new.prepare_plan(plan)));
    new.prepare(&request).expect("a valid request");
    assert_eq!(new.plans_made(), 1);
}

#[test]
fn the_most_used_come_first_also_after_a_second_supergraph() {
    let engines = [engine(&OLD), engine(&NEW), engine(&NEW)];
    for (query, times) in [("{ a }", 8), ("{ thing { id } }", 20), ("{ gone }", 9), ("{ __typename }", 1)] {
        for _ in 0..times {
            engines[0].prepare(&Request::new(query)).expect("a valid request");
        }
    }
    let documents = |hot: &[HotPlan]| hot.iter().map(|plan| plan.document().to_owned()).collect::<Vec<_>>();
    let hot = engines[0].hot_plans(3);
    assert_eq!(documents(&hot), ["{ thing { id } }", "{ gone }", "{ a }"]);
    let prepared: Vec<bool> = hot.iter().map(|plan| engines[1].prepare_plan(plan)).collect();
    assert_eq!(prepared, [true, false, true], "the new supergraph has no `gone`");
    for _ in 0..7 {
        engines[1].prepare(&Request::new("{ a }")).expect("a valid request");
    }
    let hot = engines[1].hot_plans(3);
    assert_eq!(documents(&hot), ["{ a }", "{ thing { id } }"], "4 + 7 uses against 10");
}

#[test]
fn a_document_is_planned_for_those_who_may_read_all_of_it() {
    let engine = engine(&NEW);
    let conditional = "query($on: Boolean!) { a thing @include(if: $on) { b } }";
    for document in ["{ first secret }", conditional] {
        assert!(engine.prepare_plan(&HotPlan::of_document(document)), "{document}");
    }
    assert!(!engine.prepare_plan(&HotPlan::of_document("{ gone }")));
    let permissions = Permissions { authenticated: true, ..Permissions::default() };
    engine.prepare(&Request { permissions, ..Request::new("{ first secret }") }).expect("a valid request");
    let variables = Bytes::from(r#"{"on":false}"#);
    engine.prepare(&Request { variables, ..Request::new(conditional) }).expect("a valid request");
    assert_eq!(engine.plans_made(), 2);
}
