//! Engines over subgraphs that answer prepared bytes.

use std::sync::Arc;

use bytes::Bytes;
use federation::compose::{SubgraphSdl, compose};
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use federation::{Config, Engine, Request, Response};
use futures::FutureExt;
use futures::future::BoxFuture;

const LINK: &str =
    r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])"#;
const SHOP: &str = r#"
type Query { top: [Product!]! users: [User!]! }
type Product @key(fields: "id") { id: ID! name: String! price: Int weight: Float }
type User @key(fields: "id") { id: ID! name: String! email: String birthday: String }
"#;
const REVIEWS: &str = r#"
type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
type User @key(fields: "id") { id: ID! reviews: [Review!]! }
type Review { id: ID! body: String! stars: Int! product: Product! author: User! }
"#;

/// Answers prepared bodies: one for root fields, one for entities of each type.
struct Prepared {
    root: Bytes,
    products: Bytes,
    users: Bytes,
    names: Bytes,
}

impl Transport for Prepared {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        // What a transport over HTTP has to do at least.
        let sent = request.body();
        let text = &request.operation.text;
        let answer = if !text.contains("_entities") {
            &self.root
        } else if request.subgraph == "shop" {
            if text.contains("on User") { &self.users } else { &self.names }
        } else {
            &self.products
        };
        std::hint::black_box(sent);
        let answer = answer.clone();
        async { Ok(Answer::Json(answer)) }.boxed()
    }
}

fn join(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

fn engine(transport: Prepared) -> Engine {
    let subgraph = |name: &str, sdl: &str| SubgraphSdl {
        name: name.to_owned(),
        url: String::new(),
        sdl: format!("{LINK}\n{sdl}"),
    };
    let composition = compose(&[subgraph("shop", SHOP), subgraph("reviews", REVIEWS)]);
    let composition = composition.unwrap_or_else(|errors| panic!("{errors:?}"));
    Engine::from_supergraph(&composition.supergraph_sdl, Arc::new(transport), Config::default())
        .expect("an engine")
}

/// Answers a query, as [`Engine::execute`].
pub(crate) fn ask(engine: &Engine, query: &str) -> Response {
    futures::executor::block_on(engine.execute(Request::new(query)))
}

/// An engine and a query for it.
pub(crate) type Asked = (Engine, &'static str);

/// Four fetches, entities shared by many rows.
pub(crate) fn nested() -> Asked {
    let product = |index: usize| {
        format!(
            r#"{{"id":"{index}","name":"Product number {index}","price":{},"weight":{}.5}}"#,
            index * 37,
            index
        )
    };
    let review = |index: usize| {
        format!(
            r#"{{"id":"r{index}","body":"A review of some length, as people write them: number {index}.","stars":{},"product":{{"id":"{}"}},"author":{{"id":"u{}"}}}}"#,
            index % 5,
            index % 50,
            index % 40
        )
    };
    let users = join(40, |index| format!(r#"{{"name":"Person {index}","email":"p{index}@example.org"}}"#));
    let engine = engine(Prepared {
        root: format!(r#"{{"data":{{"top":[{}]}}}}"#, join(50, product)).into(),
        products: format!(
            r#"{{"data":{{"_entities":[{}]}}}}"#,
            join(50, |index| format!(r#"{{"reviews":[{}]}}"#, join(8, |n| review(index * 8 + n))))
        )
        .into(),
        users: format!(r#"{{"data":{{"_entities":[{users}]}}}}"#).into(),
        names: format!(
            r#"{{"data":{{"_entities":[{}]}}}}"#,
            join(50, |index| format!(r#"{{"name":"P {index}"}}"#))
        )
        .into(),
    });
    let query = "{ top { id name price weight reviews { id body stars product { id name } author { id name email } } } }";
    (engine, query)
}

/// One fetch of so many objects, nothing to join.
pub(crate) fn large(objects: usize) -> Asked {
    let user = |index: usize| {
        format!(
            r#"{{"id":"{index}","name":"Person number {index} of very many","email":"person.{index}@example.org","birthday":"1980-01-01"}}"#
        )
    };
    let engine = engine(Prepared {
        root: format!(r#"{{"data":{{"users":[{}]}}}}"#, join(objects, user)).into(),
        products: Bytes::new(),
        users: Bytes::new(),
        names: Bytes::new(),
    });
    (engine, "{ users { id name email birthday } }")
}
