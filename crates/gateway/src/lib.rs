//! The GraphQL federation gateway: HTTP in, subgraphs out.
//!
//! A request meets the modules in this order: [`serve`] accepts the connection, `layers` name and log it,
//! `http` decodes it, [`caller`] finds out who asks, `operations` knows stored documents, the engine of the
//! `federation` crate plans and executes, [`upstream`] sends requests to subgraphs, and `http` encodes the
//! answer. [`supergraph`] is where the schema comes from, [`config`] what the gateway can be told.
//!
//! Whoever wants subgraphs in the same process gives the engine a transport of its own and mounts
//! [`router`] or calls [`serve`].

mod answers;
mod app;
mod budget;
pub mod caller;
pub mod cli;
pub mod config;
mod context;
mod ending;
mod headers;
mod hexadecimal;
mod http;
mod judge;
mod layers;
mod live;
mod operations;
mod probe;
pub mod registry;
mod reload;
mod role_limits;
mod serve;
mod shared;
mod store;
pub mod supergraph;
mod tables;
pub mod telemetry;
pub mod tls;
pub mod upstream;
mod views;

pub use app::{Gateway, StartError};
pub use context::{Forwarded, RequestContext, UploadedFile, Uploads};
pub use headers::AnswerHeaders;
pub use http::router;
pub use live::Live;
pub use operations::{OperationProblem, OperationsError};
pub use probe::{Probe, SubgraphHealth};
pub use reload::BuildError;
pub use serve::{Drained, serve};
pub use store::StoreError;
