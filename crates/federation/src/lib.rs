//! An embeddable Apollo Federation 2 engine: composition, planning and execution.
//!
//! It makes one GraphQL graph of many services (*subgraphs*). It takes the subgraphs' schemas, or a supergraph schema
//! of any producer; it plans an operation as few requests to subgraphs; and it joins their answers. How a request
//! reaches a subgraph is the embedder's: the engine knows no HTTP and no async runtime, only the trait
//! [`execute::Transport`].
//!
//! # Example
//!
//! Two subgraphs, one of which adds a field to the other's type:
//!
//! ```
//! use std::sync::Arc;
//!
//! use federation::compose::{SubgraphSdl, compose};
//! use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
//! use federation::{Config, Engine, Request};
//! use futures::executor::block_on;
//! use futures::future::BoxFuture;
//!
//! /// Answers from memory. Real transports send `request.operation.text` and its variables somewhere.
//! struct InMemory;
//!
//! impl Transport for InMemory {
//!     fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
//!         let body = match request.subgraph {
//!             "products" => r#"{ "data": { "product": { "name": "Kettle", "id": "7" } } }"#,
//!             _ => r#"{ "data": { "_entities": [{ "stars": 4.5 }] } }"#,
//!         };
//!         Box::pin(async move { Ok(Answer::Json(body.into())) })
//!     }
//! }
//!
//! let link = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])"#;
//! let subgraph = |name: &str, sdl: &str| SubgraphSdl {
//!     name: name.into(),
//!     url: String::new(),
//!     sdl: format!("{link} {sdl}"),
//! };
//! let composition = compose(&[
//!     subgraph(
//!         "products",
//!         r#"type Query { product(id: ID!): Product } type Product @key(fields: "id") { id: ID! name: String }"#,
//!     ),
//!     subgraph("reviews", r#"type Product @key(fields: "id") { id: ID! stars: Float }"#),
//! ])
//! .expect("the schemas fit together");
//!
//! let engine = Engine::from_supergraph(&composition.supergraph_sdl, Arc::new(InMemory), Config::default())
//!     .expect("what was composed can be read");
//! let response = block_on(engine.execute(Request::new("{ product(id: 7) { name stars } }")));
//! assert_eq!(response.body, r#"{"data":{"product":{"name":"Kettle","stars":4.5}}}"#);
//! ```
//!
//! # Stages
//!
//! The modules stand in the order a request meets them, and each can be used by itself:
//!
//! - [`graph`]: the supergraph as data, read from any producer's document ([`graph::Graph::from_sdl`]);
//! - [`compose`]: subgraph schemas to a supergraph schema, or every error at once with its place;
//! - [`operation`]: GraphQL text to a checked, normalised operation, its variables, and what it costs;
//! - [`plan`]: a normalised operation to requests, and the plan as text, JSON or a picture;
//! - [`execute`]: a plan to response bytes, through the transport;
//! - [`diff`]: what changes for clients between two versions of a graph.
//!
//! [`Engine`] joins them, with caches for documents and plans. It holds no request data between requests and may be
//! shared by all threads; a new supergraph is a new engine.
//!
//! # Errors
//!
//! Whatever clients, schemas or subgraphs send, nothing here panics. A request that is refused is answered with a
//! response without `data` ([`Outcome::Refused`]); failures of subgraphs become entries of `errors` beside the data
//! there is. Functions that can fail say in their documentation when they do.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![deny(rustdoc::broken_intra_doc_links, rustdoc::private_intra_doc_links)]

pub mod compose;
pub mod diff;
mod engine;
pub mod execute;
pub mod graph;
pub mod operation;
pub mod plan;
mod syntax;

pub use engine::{
    BuildError, Config, Engine, HotPlan, Kept, Measured, Outcome, Overrides, Permissions, Prepared, Question,
    RefusalCode, Request, Response, SubgraphErrors,
};

/// The example of the README runs as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
