//! What the engine does around running a plan: which requests share one, what is refused, what starts when.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use federation::{Config, Engine, Outcome, Overrides, Permissions, Request, SubgraphErrors};
use futures::channel::oneshot;
use futures::future::BoxFuture;
use futures::{FutureExt, poll};

const LINK: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@authenticated"]) "#;
const SUBGRAPHS: [(&str, &str); 4] = [
    ("slow", "type Query { slow: Int }"),
    ("a", r#"type Query { a: Thing } type Thing @key(fields: "id") { id: ID! }"#),
    ("b", r#"type Thing @key(fields: "id") { id: ID! b: Int }"#),
    ("c", r#"type Thing @key(fields: "id") { id: ID! c: Int }"#),
];

pub(super) fn engine(transport: Arc<dyn Transport>, config: Config) -> Engine {
    engine_of(&SUBGRAPHS, transport, config)
}

pub(super) fn engine_of(subgraphs: &[(&str, &str)], transport: Arc<dyn Transport>, config: Config) -> Engine {
    let subgraph = |(name, sdl): &(&str, &str)| SubgraphSdl {
        name: (*name).to_owned(),
        url: String::new(),
        sdl: format!("{LINK}{sdl}"),
    };
    let composition =
        compose(&subgraphs.iter().map(subgraph).collect::<Vec<_>>()).expect("the subgraphs compose");
    Engine::from_supergraph(&composition.supergraph_sdl, transport, config).expect("an engine")
}

fn request(query: &str, variables: &str) -> Request {
    Request { variables: Bytes::copy_from_slice(variables.as_bytes()), ..Request::new(query) }
}

/// Answers when told to.
#[derive(Default)]
pub(super) struct Held {
    waiting: Mutex<Vec<(String, oneshot::Sender<&'static str>)>>,
}

impl Held {
    fn names(&self) -> Vec<String> {
        self.waiting.lock().expect("no panic").iter().map(|(name, _)| name.clone()).collect()
    }

    /// Whether nobody waits for an answer any more.
    pub(super) fn is_abandoned(&self, name: &str) -> bool {
        let waiting = self.waiting.lock().expect("no panic");
        let (_, sender) = waiting.iter().find(|(waiting, _)| waiting == name).expect("it was sent");
        sender.is_canceled()
    }

    pub(super) fn answer(&self, name: &str, body: &'static str) {
        let mut waiting = self.waiting.lock().expect("no panic");
        let index = waiting.iter().position(|(waiting, _)| waiting == name).expect("a request waits");
        waiting.remove(index).1.send(body).expect("somebody waits for the answer");
    }
}

impl Transport for Held {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().expect("no panic").push((request.subgraph.to_owned(), sender));
        async { Ok(Answer::Json(receiver.await.expect("an answer").into())) }.boxed()
    }
}

#[test]
fn a_fetch_starts_when_its_own_inputs_are_there() {
    let held = Arc::new(Held::default());
    let engine = engine(held.clone(), Config::default());
    let mut running = Box::pin(engine.execute(request("{ slow a { b c } }", "")));
    let mut step = || futures::executor::block_on(async { poll!(running.as_mut()) });
    assert!(step().is_pending());
    let mut started = held.names();
    started.sort();
    assert_eq!(started, ["a", "slow"]);
    held.answer("a", r#"{"data":{"a":{"id":"1"}}}"#);
    assert!(step().is_pending());
    let mut started = held.names();
    started.sort();
    assert_eq!(started, ["b", "c", "slow"], "`slow` holds nobody up");
    held.answer("c", r#"{"data":{"_entities":[{"c":3}]}}"#);
    held.answer("slow", r#"{"data":{"slow":1}}"#);
    held.answer("b", r#"{"data":{"_entities":[{"b":2}]}}"#);
    match step() {
        std::task::Poll::Ready(response) => {
            assert_eq!(response.body, r#"{"data":{"slow":1,"a":{"b":2,"c":3}}}"#)
        }
        std::task::Poll::Pending => panic!("everything is answered"),
    }
}

#[test]
fn dropping_a_request_drops_its_calls() {
    let held = Arc::new(Held::default());
    let engine = engine(held.clone(), Config::default());
    let mut running = Box::pin(engine.execute(request("{ slow }", "")));
    assert!(futures::executor::block_on(async { poll!(running.as_mut()) }).is_pending());
    drop(running);
    let (_, sender) = held.waiting.lock().expect("no panic").pop().expect("one request was sent");
    assert!(sender.is_canceled());
}

#[test]
fn plans_are_shared_by_requests_with_equal_conditions() {
    let engine = engine(Arc::new(Held::default()), Config::default());
    let query =
        "query($on: Boolean!, $off: Boolean = false) { slow @include(if: $on) a @skip(if: $off) { b } }";
    let plan = |variables: &str| {
        let prepared = engine.prepare(&request(query, variables)).expect("a valid request");
        (std::ptr::from_ref(prepared.plan()) as usize, prepared.plan().fetches.len())
    };
    let on = plan(r#"{"on":true}"#);
    assert_eq!(plan(r#"{"on":true,"off":false}"#), on);
    let off = plan(r#"{"on":false}"#);
    assert_eq!((on.1, off.1), (3, 2));
}

/// The subgraphs asked, in order, and where the plan is kept.
fn planned(engine: &Engine, request: &Request) -> (Vec<String>, usize) {
    let prepared = engine.prepare(request).expect("a valid request");
    let fetches = prepared.plan().fetches.iter();
    let names = fetches.map(|fetch| engine.graph().subgraph(fetch.subgraph).name.to_string()).collect();
    (names, std::ptr::from_ref(prepared.plan()) as usize)
}

#[test]
fn progressive_overrides_are_decided_per_request() {
    let subgraphs = [
        ("old", r#"type Query { rate: Int bill: Bill } type Bill @key(fields: "id") { id: ID! due: Int }"#),
        (
            "new",
            r#"type Query { rate: Int @override(from: "old", label: "percent(25)") }
            type Bill @key(fields: "id") { id: ID! due: Int @override(from: "old", label: "beta") }"#,
        ),
    ];
    let config = |labels: &[&str]| Config {
        override_labels: labels.iter().map(|label| (*label).into()).collect(),
        ..Config::default()
    };
    let engine = engine_of(&subgraphs, Arc::new(Held::default()), config(&[]));
    let with = |query: &str, draw: f64, labels: &[&str]| {
        let labels = labels.iter().map(|label| (*label).into()).collect();
        Request { overrides: Overrides { labels, draw }, ..Request::new(query) }
    };
    let (inside, kept) = planned(&engine, &with("{ rate }", 24.99, &[]));
    let (outside, kept_outside) = planned(&engine, &with("{ rate }", 25.0, &[]));
    assert_eq!((inside, outside), (vec!["new".to_owned()], vec!["old".to_owned()]));
    assert_ne!(kept, kept_outside);
    assert_eq!(planned(&engine, &with("{ rate }", 3.0, &[])).1, kept, "equal decisions share a plan");
    assert_eq!(planned(&engine, &Request::new("{ rate }")).0, ["old"], "nobody is drawn by default");
    assert_eq!(planned(&engine, &with("{ bill { due } }", 0.0, &[])).0, ["old"]);
    assert_eq!(planned(&engine, &with("{ bill { due } }", 99.0, &["beta"])).0, ["old", "new"]);
    let engine = engine_of(&subgraphs, Arc::new(Held::default()), config(&["beta"]));
    assert_eq!(planned(&engine, &Request::new("{ bill { due } }")).0, ["old", "new"]);
}

#[test]
fn digests_tell_questions_apart_in_every_process() {
    let subgraphs = [
        ("old", "type Query { rate(of: Int): Int closed: Int @authenticated }"),
        ("new", r#"type Query { rate(of: Int): Int @override(from: "old", label: "beta") }"#),
    ];
    let text = "query A($n: Int, $m: Int) { rate(of: $n) closed other: rate(of: $m) } query B { rate }";
    let asked = |name: &str, variables: &str, authenticated: bool, labels: &[&str]| Request {
        operation_name: Some(name.to_owned()),
        permissions: Permissions { authenticated, ..Permissions::default() },
        overrides: Overrides { labels: labels.iter().map(|label| (*label).into()).collect(), draw: 0.0 },
        ..request(text, variables)
    };
    let questions = [
        asked("A", "{}", false, &[]),
        asked("A", r#"{"n":1}"#, false, &[]),
        asked("A", r#"{"m":1}"#, false, &[]),
        asked("A", r#"{"n":null}"#, false, &[]),
        asked("A", "{}", true, &[]),
        asked("A", "{}", false, &["beta"]),
        asked("B", "{}", false, &[]),
        request("query B { rate }", "{}"),
    ];
    let digests = || -> (_, Vec<_>) {
        let engine = engine_of(&subgraphs, Arc::new(Held::default()), Config::default());
        let digest = |request: &Request| engine.prepare(request).expect("valid").digest(&request.query);
        (engine.graph().hash(), questions.iter().map(digest).collect())
    };
    let (schema, first) = digests();
    assert_eq!(digests(), (schema, first.clone()), "another engine has the same");
    for (index, digest) in first.iter().enumerate() {
        assert!(!first[..index].contains(digest), "question {index} is another's");
    }
    let other = engine_of(&subgraphs[..1], Arc::new(Held::default()), Config::default());
    assert_ne!(other.graph().hash(), schema);
}

#[test]
fn plans_are_shared_by_callers_who_may_read_the_same() {
    let subgraphs = [("a", "type Query { open: Int closed: Int @authenticated }")];
    let engine = engine_of(&subgraphs, Arc::new(Held::default()), Config::default());
    let asked = |query: &str, authenticated: bool| {
        let permissions = Permissions {
            authenticated,
            scopes: [if authenticated { "x" } else { "y" }.into()].into(),
            ..Permissions::default()
        };
        planned(&engine, &Request { permissions, ..Request::new(query) })
    };
    assert_eq!(asked("{ open }", true), asked("{ open }", false));
    let (fetches, plan) = asked("{ closed }", false);
    assert_eq!(fetches, Vec::<String>::new(), "what is denied is not fetched");
    assert_ne!(asked("{ closed }", true).1, plan);
}

#[test]
fn denied_fields_of_very_many_objects_are_told_up_to_the_limit() {
    let subgraphs = [("a", "type Query { all: [Item!]! } type Item { id: Int closed: Int @authenticated }")];
    let held = Arc::new(Held::default());
    let engine = engine_of(&subgraphs, held.clone(), Config { max_errors: 2, ..Config::default() });
    let mut running = Box::pin(engine.execute(Request::new("{ all { id closed } }")));
    assert!(futures::executor::block_on(async { poll!(running.as_mut()) }).is_pending());
    held.answer("a", r#"{"data":{"all":[{"id":1},{"id":2},{"id":3},{"id":4}]}}"#);
    let response = futures::executor::block_on(running);
    let body = String::from_utf8(response.body.to_vec()).expect("text");
    assert!(body.starts_with(r#"{"data":{"all":[{"id":1,"closed":null},{"id":2,"closed":null},"#), "{body}");
    assert_eq!(body.matches("UNAUTHORIZED_FIELD_OR_TYPE").count(), 2, "{body}");
    assert_eq!((response.errors, body.matches("TOO_MANY_ERRORS").count()), (3, 1), "{body}");
}

#[test]
fn a_subscription_that_is_denied_is_not_opened() {
    let subgraphs = [("a", "type Query { a: Int } type Subscription { ticks: Int @authenticated }")];
    let engine = engine_of(&subgraphs, Arc::new(Held::default()), Config::default());
    let refusal = engine.prepare(&Request::new("subscription { ticks }")).expect_err("denied");
    assert_eq!(
        refusal.body,
        r#"{"errors":[{"message":"the field `Subscription.ticks` may not be read by this caller","extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}]}"#
    );
}

#[test]
fn different_entity_fetches_share_a_request_by_option() {
    let held = Arc::new(Held::default());
    let engine = engine(held.clone(), Config { batch_entities: true, ..Config::default() });
    let mut running = Box::pin(engine.execute(request("{ x: a { b } y: a { z: b } }", "")));
    let mut step = || futures::executor::block_on(async { poll!(running.as_mut()) });
    assert!(step().is_pending());
    held.answer("a", r#"{"data":{"x":{"id":"1"},"y":{"id":"2"}}}"#);
    assert!(step().is_pending());
    assert_eq!(held.names(), ["b"], "one request for both");
    held.answer(
        "b",
        r#"{"data":{"_entities":[{"b":1}],"_1":[{"z":null}]},"errors":[{"message":"no","path":["_1",0,"z"]}]}"#,
    );
    match step() {
        std::task::Poll::Ready(response) => assert_eq!(
            response.body,
            r#"{"data":{"x":{"b":1},"y":{"z":null}},"errors":[{"message":"no","path":["y","z"],"extensions":{"code":"SUBGRAPH_ERROR","service":"b"}}]}"#
        ),
        std::task::Poll::Pending => panic!("everything is answered"),
    }
}

#[test]
fn refusals_have_no_data() {
    let engine = engine(Arc::new(Held::default()), Config::default());
    let refused = |query: &str, code: &str| {
        let response = futures::executor::block_on(engine.execute(request(query, "")));
        let body = String::from_utf8(response.body.to_vec()).expect("text");
        assert_eq!(response.outcome, Outcome::Refused, "{body}");
        assert!(
            body.starts_with(r#"{"errors":[{"message":"#) && body.contains(&format!(r#""code":"{code}""#)),
            "{body}"
        );
    };
    refused("{", "GRAPHQL_PARSE_FAILED");
    refused("{ nothing }", "GRAPHQL_VALIDATION_FAILED");
    refused("query A { slow } query B { slow }", "OPERATION_NAME_REQUIRED");
    refused("query($x: Boolean!) { slow @skip(if: $x) }", "BAD_USER_INPUT");
    refused("{ __schema { types { name } } }", "INTROSPECTION_DISABLED");
}

#[test]
fn masked_errors_keep_their_code() {
    let held = Arc::new(Held::default());
    let subgraph_errors = SubgraphErrors { mask_messages: true, extensions: true };
    let engine = engine(held.clone(), Config { subgraph_errors, ..Config::default() });
    let mut running = Box::pin(engine.execute(request("{ slow }", "")));
    assert!(futures::executor::block_on(async { poll!(running.as_mut()) }).is_pending());
    held.answer(
        "slow",
        r#"{"data":{"slow":null},"errors":[{"message":"at db.internal:5432","path":["slow"],"extensions":{"code":"BUSY","retry":1.50,"service":"other"}}]}"#,
    );
    let body = futures::executor::block_on(running).body;
    assert_eq!(
        body,
        r#"{"data":{"slow":null},"errors":[{"message":"the subgraph reported an error","path":["slow"],"extensions":{"code":"BUSY","service":"slow","retry":1.50}}]}"#
    );
}
