//! An embeddable Apollo Federation 2 engine.
//!
//! The modules stand in the order a request meets them: the supergraph as data ([`graph`]), how it comes
//! to be ([`compose`]), the checked operation ([`operation`]), its plan ([`plan`]), and the answer
//! ([`execute`]). [`Engine`] joins them.

pub mod compose;
pub mod diff;
mod engine;
pub mod execute;
pub mod graph;
pub mod operation;
pub mod plan;
mod syntax;

pub use engine::{
    BuildError, Config, Engine, Outcome, Overrides, Permissions, Prepared, Request, Response, SubgraphErrors,
};
