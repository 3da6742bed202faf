//! A small supergraph, a plan over it, and subgraphs that answer from a script.
//!
//! The plan is the one for `{ top { name price { amount } tags kind reviews { body author { name } } } }` with
//! `top: [Item!]` and the price in subgraph `shop`, reviews in `reviews`.

use std::future::pending;
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::execute::{
    Answer, ErrorPolicy, Limits, Program, Run, Sharing, SubgraphRequest, Transport, TransportError, Written,
};
use crate::graph::{Graph, SubgraphId, TypeSet, Wrapping};
use crate::operation::{CoercedVariables, Groups};
use crate::plan::QueryPlan;
use crate::plan::query_plan::{
    Anchor, EntityInput, Fetch, FetchId, FetchInput, LeafType, Necessity, OperationKind, OutputField,
    OutputSource, ReadField, ReadValue, Representation, RepresentationField, Selection, SelectionId, Shape,
    ShapeId, SlotId, SlotKind, SubgraphOperation, TypenameSource,
};

const SUPERGRAPH: &str = r#"
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
directive @link(url: String!, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @inaccessible on ENUM_VALUE
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  REVIEWS @join__graph(name: "reviews", url: "http://reviews")
  SHOP @join__graph(name: "shop", url: "http://shop")
}
type Query @join__type(graph: SHOP) @join__type(graph: REVIEWS) { top: [Item!] @join__field(graph: SHOP) }
type Item @join__type(graph: SHOP, key: "id") @join__type(graph: REVIEWS, key: "id") {
  id: ID!
  name: String! @join__field(graph: SHOP)
  price: Price @join__field(graph: SHOP)
  tags: [String!] @join__field(graph: SHOP)
  kind: Kind @join__field(graph: SHOP)
  reviews: [Review!]! @join__field(graph: REVIEWS)
}
type Price @join__type(graph: SHOP) { amount: Int! }
type Review @join__type(graph: REVIEWS) { body: String author: Author! }
type Author @join__type(graph: REVIEWS) { name: String! }
enum Kind @join__type(graph: SHOP) {
  TOY @join__enumValue(graph: SHOP)
  SECRET @join__enumValue(graph: SHOP) @inaccessible
}
"#;

static READY: LazyLock<(Arc<Graph>, Arc<Program>)> = LazyLock::new(|| {
    let graph = Graph::from_sdl(SUPERGRAPH).expect("the supergraph of the fixture is valid");
    let program = Program::new(plan(&graph)).expect("a consistent plan");
    (Arc::new(graph), Arc::new(program))
});

/// `[T!]` is `list(named(true), false)`.
fn list(item: Wrapping, non_null: bool) -> Wrapping {
    item.in_list(non_null).expect("one list level")
}

fn read(key: &str, slot: u32, wrapping: Wrapping, value: ReadValue) -> ReadField {
    ReadField { key: key.into(), slot: SlotId(slot), types: None, wrapping, value }
}

fn shown(key: &str, slot: u32, wrapping: Wrapping, leaf: LeafType) -> OutputField {
    let coordinate = format!("Type.{key}").into();
    let source = OutputSource::Slot(SlotId(slot));
    OutputField { key: key.into(), source, types: None, wrapping, leaf, coordinate, groups: Groups::NONE }
}

fn plan(graph: &Graph) -> QueryPlan {
    let object = |name: &str| graph.object_id(name).expect("a type of the fixture");
    let leaf = |ty: &str| graph.leaf_type(graph.type_id(ty).expect("a type of the fixture")).expect("a leaf");
    let (some, any) = (Wrapping::named(true), Wrapping::named(false));
    let string = LeafType::String;
    let shape = |slots: Vec<SlotKind>, output: Vec<OutputField>, name: &str| Shape {
        slots,
        output,
        possible: TypeSet::one(object(name)),
        hidden: TypeSet::new(),
        starts: Groups::NONE,
    };
    let child = |id| SlotKind::Object(ShapeId(id));
    let selection = |shape, name: &str, fields| Selection {
        shape: ShapeId(shape),
        typename: TypenameSource::Static(object(name)),
        fields,
    };
    let row = |id| ReadValue::Object(SelectionId(id));
    let kind = leaf("Kind");
    QueryPlan {
        kind: OperationKind::Query,
        first: Vec::new(),
        deferred: Vec::new(),
        shapes: vec![
            shape(vec![child(1)], vec![shown("top", 0, list(some, false), string)], "Query"),
            shape(
                vec![SlotKind::Leaf, SlotKind::Leaf, child(2), SlotKind::Leaf, SlotKind::Leaf, child(3)],
                vec![
                    shown("name", 1, some, string),
                    shown("price", 2, any, string),
                    shown("tags", 3, list(some, false), string),
                    shown("kind", 4, any, kind),
                    shown("reviews", 5, list(some, true), string),
                ],
                "Item",
            ),
            shape(vec![SlotKind::Leaf], vec![shown("amount", 0, some, LeafType::Int)], "Price"),
            shape(
                vec![SlotKind::Leaf, child(4)],
                vec![shown("body", 0, any, string), shown("author", 1, some, string)],
                "Review",
            ),
            shape(vec![SlotKind::Leaf], vec![shown("name", 0, some, string)], "Author"),
        ],
        selections: vec![
            selection(0, "Query", vec![read("top", 0, list(some, false), row(1))]),
            selection(
                1,
                "Item",
                vec![
                    read("id", 0, some, ReadValue::Leaf(LeafType::Id)),
                    read("name", 1, some, ReadValue::Leaf(string)),
                    read("price", 2, any, row(2)),
                    read("tags", 3, list(some, false), ReadValue::Leaf(string)),
                    read("kind", 4, any, ReadValue::Leaf(kind)),
                ],
            ),
            selection(2, "Price", vec![read("amount", 0, some, ReadValue::Leaf(LeafType::Int))]),
            selection(1, "Item", vec![read("reviews", 5, list(some, true), row(4))]),
            selection(
                3,
                "Review",
                vec![read("body", 0, any, ReadValue::Leaf(string)), read("_a0", 1, some, row(5))],
            ),
            selection(4, "Author", vec![read("name", 0, some, ReadValue::Leaf(string))]),
        ],
        fetches: fetches(),
    }
}

fn fetches() -> Vec<Fetch> {
    let operation = |text: &str| SubgraphOperation::new(OperationKind::Query, text.into(), None, Vec::new());
    let key = RepresentationField {
        name: "id".into(),
        slot: SlotId(0),
        types: None,
        necessity: Necessity::Always,
        fields: Vec::new(),
        typename: false,
    };
    vec![
        Fetch {
            subgraph: SubgraphId(1),
            operation: operation("{top{id name price{amount} tags kind}}"),
            input: FetchInput::Root { shape: ShapeId(0), selection: SelectionId(0) },
            depends_on: Vec::new(),
            groups: Groups::NONE,
            variants: None,
        },
        Fetch {
            subgraph: SubgraphId(0),
            operation: operation(
                "query($r:[_Any!]!){_entities(representations:$r){...on Item{reviews{body _a0:author{name}}}}}",
            ),
            input: FetchInput::Entities(vec![EntityInput {
                key: "_entities".into(),
                variable: "r".into(),
                contexts: Vec::new(),
                reductions: None,
                anchors: vec![Anchor {
                    contexts: Vec::new(),
                    shape: ShapeId(1),
                    types: None,
                    representations: vec![Representation {
                        types: None,
                        typename: "Item".into(),
                        fields: vec![key],
                    }],
                    selection: SelectionId(3),
                }],
            }]),
            depends_on: vec![FetchId(0)],
            groups: Groups::NONE,
            variants: None,
        },
    ]
}

/// What a subgraph answers, whatever it is asked.
type Script = Arc<dyn Fn() -> Result<Answer, TransportError> + Send + Sync>;

/// Answers from a script and keeps the bodies of requests; clones share them.
#[derive(Clone)]
pub(super) struct Scripted {
    pub(super) shop: Script,
    pub(super) reviews: Script,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(super) fn new(shop: Script, reviews: Script) -> Self {
        Self { shop, reviews, requests: Arc::default() }
    }

    pub(super) fn json(shop: &[u8], reviews: &[u8]) -> Self {
        let script = |body: &[u8]| -> Script {
            let body = Bytes::copy_from_slice(body);
            Arc::new(move || Ok(Answer::Json(body.clone())))
        };
        Self::new(script(shop), script(reviews))
    }

    /// The bodies of the requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

impl Transport for Scripted {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let body = String::from_utf8(request.body().to_vec()).expect("requests are text");
        self.requests.lock().expect("no panic").push(body);
        let answer = if request.subgraph == "shop" { (self.shop)() } else { (self.reviews)() };
        async { answer }.boxed()
    }
}

/// Runs the plan of the fixture.
pub(super) fn run(transport: &Scripted) -> Written {
    run_with(transport, Limits { values: 1 << 20, bytes: 1 << 20 })
}

pub(super) fn run_with(transport: &Scripted, limits: Limits) -> Written {
    let (graph, program) = &*READY;
    let transport: Arc<dyn Transport> = Arc::new(transport.clone());
    let run = Run {
        program,
        graph,
        transport: &transport,
        sharing: &Sharing::default(),
        variables: &CoercedVariables::default(),
        introspection: &[],
        context: &(),
        policy: ErrorPolicy { mask_messages: false, extensions: false, max: 20 },
        limits,
    };
    futures::executor::block_on(run.execute(None, pending()))
}

pub(super) fn text(written: Written) -> String {
    String::from_utf8(written.body.into()).expect("answers are text")
}

/// The answer to the two scripted bodies.
pub(super) fn answer(shop: impl AsRef<[u8]>, reviews: impl AsRef<[u8]>) -> String {
    let written = run(&Scripted::json(shop.as_ref(), reviews.as_ref()));
    let errors = written.errors;
    let body = text(written);
    let parsed: serde_json::Value = serde_json::from_str(&body).expect("answers are JSON");
    assert_eq!(parsed["errors"].as_array().map_or(0, Vec::len), errors, "{body}");
    body
}
