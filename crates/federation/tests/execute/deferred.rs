//! Answers in several payloads. A case is as elsewhere; expected are `plan.snap`, the plan with what is delivered
//! later, and `outcome.snap`, the payloads in both formats.
//!
//! Whatever a snapshot says, payloads without errors, put together as clients do it, must be the complete answer.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use federation::execute::{DeferFormat, Payload};
use federation::operation::CostOptions;
use federation::plan::print;
use federation::{Config, Engine, Request};
use futures::channel::oneshot;
use futures::{FutureExt, StreamExt, poll};
use serde_json::{Map, Value};

use super::data::Data;
use super::engine::Held;
use super::server::{Mode, Servers};

fn payloads(engine: &Arc<Engine>, case: &Path, format: DeferFormat) -> Vec<Payload> {
    let request = Request { defer: Some(format), ..super::request(case) };
    futures::executor::block_on_stream(engine.clone().execute_incremental(&request)).collect()
}

fn at<'a>(mut value: &'a mut Value, path: &[Value]) -> &'a mut Value {
    for step in path {
        value = match step {
            Value::String(key) => value.get_mut(key).expect("the path is in the answer"),
            index => value.get_mut(index.as_u64().expect("an index") as usize).expect("an item"),
        };
    }
    value
}

fn path<'a>(entry: &'a Value, key: &str) -> &'a [Value] {
    entry[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Objects into objects, lists item by item.
fn merge_deeply(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge_deeply(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(more)) if into.len() == more.len() => {
            into.iter_mut().zip(more).for_each(|(into, more)| merge_deeply(into, more));
        }
        (into, more) => *into = more.clone(),
    }
}

fn put_together_labelled(payloads: &[Value]) -> Value {
    let mut whole = payloads[0]["data"].clone();
    let entries = payloads[1..].iter().flat_map(|payload| path(payload, "incremental"));
    for entry in entries.filter(|entry| !entry["data"].is_null()) {
        merge_deeply(at(&mut whole, path(entry, "path")), &entry["data"]);
    }
    whole
}

/// Holds that nothing is brought twice, and that everything pending is completed.
fn put_together_pending(payloads: &[Value]) -> Value {
    let mut whole = payloads[0]["data"].clone();
    let mut pending: Map<String, Value> = Map::new();
    for payload in payloads {
        for entry in path(payload, "pending") {
            pending.insert(entry["id"].as_str().expect("an id").to_owned(), entry["path"].clone());
        }
        for entry in path(payload, "incremental") {
            let base = pending[entry["id"].as_str().expect("an id")].as_array().expect("a path");
            let place = [base, path(entry, "subPath")].concat();
            let object = at(&mut whole, &place).as_object_mut().expect("an object");
            for (key, value) in entry["data"].as_object().expect("an object") {
                assert!(object.insert(key.clone(), value.clone()).is_none(), "`{key}` is brought twice");
            }
        }
        for entry in path(payload, "completed") {
            assert!(pending.remove(entry["id"].as_str().expect("an id")).is_some(), "completed once");
        }
    }
    assert!(pending.is_empty(), "never completed: {pending:?}");
    whole
}

/// The complete answer that payloads add up to.
pub(crate) fn put_together(format: DeferFormat, payloads: &[Payload]) -> Value {
    let parsed: Vec<Value> =
        payloads.iter().map(|payload| serde_json::from_slice(&payload.body).expect("JSON")).collect();
    match format {
        DeferFormat::Labelled => put_together_labelled(&parsed),
        DeferFormat::Pending => put_together_pending(&parsed),
    }
}

fn check_format(case: &Path, engine: &Arc<Engine>, format: DeferFormat, whole: &Value, text: &mut String) {
    let payloads = payloads(engine, case, format);
    let parsed: Vec<Value> =
        payloads.iter().map(|payload| serde_json::from_slice(&payload.body).expect("JSON")).collect();
    writeln!(text, "\n{format:?}").expect("writing to a string");
    for payload in &payloads {
        writeln!(text, "{}", std::str::from_utf8(&payload.body).expect("a text"))
            .expect("writing to a string");
    }
    let more: Vec<bool> = payloads.iter().map(|payload| payload.has_next).collect();
    let said: Vec<bool> = parsed.iter().map(|payload| payload["hasNext"] == true).collect();
    assert_eq!(more, said, "{}", case.display());
    assert_eq!(more.iter().rposition(|more| !more), Some(more.len() - 1), "the last one says so");
    assert_eq!(more.iter().position(|more| !more), Some(more.len() - 1), "only the last one says so");
    let merged = put_together(format, &payloads);
    if payloads.iter().all(|payload| payload.errors == 0) {
        assert_eq!(&merged, whole, "{}: {format:?}", case.display());
        let request = Request { defer: Some(format), ..super::request(case) };
        assert_eq!(costs(engine, &request, &payloads, &merged), None, "{}: {format:?}", case.display());
    }
}

/// What payloads cost and what the complete answer does, where they differ.
pub(crate) fn costs(
    engine: &Engine,
    request: &Request,
    payloads: &[Payload],
    whole: &Value,
) -> Option<(u64, u64)> {
    let measured = engine.prepare(request).expect("a valid request").measured();
    let mut meter = engine.meter(&measured).expect("costs are told");
    for payload in payloads {
        assert!(meter.add(&payload.body), "{:?}", payload.body);
    }
    let answer = serde_json::json!({ "data": whole }).to_string();
    let complete = engine.measure(&measured, answer.as_bytes()).expect("a response");
    (meter.cost() != complete).then_some((meter.cost(), complete))
}

#[test]
fn deferred() {
    insta::glob!(super::themes().join("deferred"), "**/query.graphql", |query| {
        let case = query.parent().expect("a folder");
        let subgraphs = super::subgraphs(case);
        let supergraph = super::composed(&subgraphs).expect("the subgraphs compose");
        let data = Data::parse(&super::file(case, "data.json").expect("data"));
        let mut outcome = String::new();
        let mut plan = String::new();
        for format in [DeferFormat::Labelled, DeferFormat::Pending] {
            let asked = super::request(case);
            let down = super::remark(&asked.query, "down").unwrap_or_default();
            let servers = Servers::new(&subgraphs, &supergraph, data.clone(), Mode::Json).without(down);
            let servers = Arc::new(servers);
            let config = Config { cost: Some(CostOptions::default()), ..Config::default() };
            let engine = Engine::from_supergraph(&supergraph, servers.clone(), config);
            let engine = Arc::new(engine.expect("composition gives what the engine reads"));
            let response = futures::executor::block_on(engine.execute(asked));
            let answer: Value = serde_json::from_slice(&response.body).expect("JSON");
            if super::remark(&super::request(case).query, "unlike a single server").is_none() {
                super::compare_with_a_single_server(case, &engine, &data, &[response])
                    .expect("the complete answer");
            }
            check_format(case, &engine, format, &answer["data"], &mut outcome);
            let request = Request { defer: Some(format), ..super::request(case) };
            let prepared = engine.prepare(&request).expect("a valid request");
            plan = print(engine.graph(), prepared.plan());
        }
        insta::with_settings!({
            snapshot_path => case,
            prepend_module_to_snapshot => false,
            snapshot_suffix => "",
            omit_expression => true,
        }, {
            insta::assert_snapshot!("plan", plan);
            insta::assert_snapshot!("outcome", outcome.trim_start());
        });
    });
}

#[test]
fn what_is_not_deferred_waits_for_nothing_deferred() {
    let held = Arc::new(Held::default());
    let engine = Arc::new(super::engine::engine(held.clone(), Config::default()));
    let request = Request {
        defer: Some(DeferFormat::Pending),
        ..Request::new("{ a { b ... @defer { c } } ... @defer(label: \"slow\") { slow } }")
    };
    let mut running = engine.execute_incremental(&request);
    let mut step = || match futures::executor::block_on(async { poll!(running.next()) }) {
        std::task::Poll::Ready(payload) => payload.map(|payload| payload.body),
        std::task::Poll::Pending => Some("waiting".into()),
    };
    assert_eq!(step().expect("a payload"), "waiting");
    held.answer("a", r#"{"data":{"a":{"id":"1"}}}"#);
    assert_eq!(step().expect("a payload"), "waiting");
    held.answer("b", r#"{"data":{"_entities":[{"b":2}]}}"#);
    assert_eq!(
        step().expect("a payload"),
        r#"{"data":{"a":{"b":2}},"pending":[{"id":"0","path":[],"label":"slow"},{"id":"1","path":["a"]}],"hasNext":true}"#
    );
    assert_eq!(step().expect("a payload"), "waiting");
    held.answer("c", r#"{"data":{"_entities":[{"c":3}]}}"#);
    assert_eq!(
        step().expect("a payload"),
        r#"{"incremental":[{"id":"1","data":{"c":3}}],"completed":[{"id":"1"}],"hasNext":true}"#
    );
    held.answer("slow", r#"{"data":{"slow":1}}"#);
    assert_eq!(
        step().expect("a payload"),
        r#"{"incremental":[{"id":"0","data":{"slow":1}}],"completed":[{"id":"0"}],"hasNext":false}"#
    );
    assert_eq!(step(), None);
}

#[test]
fn dropping_the_payloads_drops_the_calls() {
    let held = Arc::new(Held::default());
    let engine = Arc::new(super::engine::engine(held.clone(), Config::default()));
    let defer = Some(DeferFormat::Labelled);
    let request = Request { defer, ..Request::new("{ a { id } ... @defer { slow } }") };
    let mut running = engine.execute_incremental(&request);
    assert!(futures::executor::block_on(async { poll!(running.next()) }).is_pending());
    held.answer("a", r#"{"data":{"a":{"id":"1"}}}"#);
    assert!(futures::executor::block_on(async { poll!(running.next()) }).is_ready());
    drop(running);
    assert!(held.is_abandoned("slow"));
}

#[test]
fn more_fragments_than_are_delivered_apart_come_first() {
    let folder = super::themes().join("deferred");
    let subgraphs = super::subgraphs(&folder);
    let supergraph = super::composed(&subgraphs).expect("the subgraphs compose");
    let data = Data::parse(&super::file(&folder, "data.json").expect("data"));
    let servers = Arc::new(Servers::new(&subgraphs, &supergraph, data, Mode::Json));
    let engine = Engine::from_supergraph(&supergraph, servers, Config::default());
    let engine = Arc::new(engine.expect("composition gives what the engine reads"));
    let fragment = |number| format!("... @defer(label: \"f{number}\") {{ motto{number}: motto }} ");
    let query = format!("{{ {}}}", (0..66).map(fragment).collect::<String>());
    let request = Request { defer: Some(DeferFormat::Pending), ..Request::new(query) };
    let prepared = engine.prepare(&request).expect("a valid request");
    assert_eq!(prepared.plan().deferred.len(), 64);
    let payloads: Vec<Payload> =
        futures::executor::block_on_stream(engine.execute_incremental(&request)).collect();
    let first: Value = serde_json::from_slice(&payloads[0].body).expect("JSON");
    assert_eq!(first["data"], serde_json::json!({ "motto64": "buy", "motto65": "buy" }));
    let parsed: Vec<Value> =
        payloads.iter().map(|payload| serde_json::from_slice(&payload.body).expect("JSON")).collect();
    assert_eq!(put_together_pending(&parsed).as_object().map(Map::len), Some(66));
}

#[test]
fn at_the_deadline_fragments_that_are_not_there_end_with_an_error() {
    let held = Arc::new(Held::default());
    let engine = Arc::new(super::engine::engine(held.clone(), Config::default()));
    let request = Request {
        defer: Some(DeferFormat::Pending),
        ..Request::new("{ a { id } ... @defer(label: \"slow\") { slow } }")
    };
    let prepared = engine.prepare(&request).expect("a valid request");
    let (time_is_up, deadline) = oneshot::channel::<()>();
    let mut running = engine.run_incremental(prepared, deadline.map(drop));
    let mut step = || match futures::executor::block_on(async { poll!(running.next()) }) {
        std::task::Poll::Ready(payload) => payload.map(|payload| payload.body),
        std::task::Poll::Pending => Some("waiting".into()),
    };
    assert_eq!(step().expect("a payload"), "waiting");
    held.answer("a", r#"{"data":{"a":{"id":"1"}}}"#);
    assert_eq!(
        step().expect("a payload"),
        r#"{"data":{"a":{"id":"1"}},"pending":[{"id":"0","path":[],"label":"slow"}],"hasNext":true}"#
    );
    time_is_up.send(()).expect("the request waits for it");
    assert_eq!(
        step().expect("a payload"),
        r#"{"incremental":[{"id":"0","data":{"slow":null},"errors":[{"message":"subgraph `slow` did not answer in time","path":["slow"],"extensions":{"code":"SUBGRAPH_TIMEOUT","service":"slow"}}]}],"completed":[{"id":"0"}],"hasNext":false}"#
    );
    assert_eq!(step(), None);
}
