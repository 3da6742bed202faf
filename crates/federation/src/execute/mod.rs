//! Plan and variables to response bytes.
//!
//! `Run::execute` is the way through: representations are written from rows (`represent`), a request goes
//! out through the [`Transport`], its answer is read into rows (`read`), and when all fetches are done the
//! rows are written as the response (`write`).

mod apart;
mod audience;
mod call;
mod context;
mod deliver;
mod label;
mod locate;
mod merge;
mod problem;
mod program;
mod read;
mod represent;
mod request;
mod run;
mod share;
mod store;
#[cfg(test)]
mod tests;
mod transport;
mod value;
mod whole;
mod write;

pub use audience::Audience;
pub use deliver::{DeferFormat, Payload};
pub use problem::ErrorCode;
pub(crate) use program::Program;
pub use request::{SubgraphRequest, Variable, Variables};
pub(crate) use run::{Limits, Run};
pub(crate) use share::{RunKey, Sharing};
pub use transport::{
    Answer, AnswerError, Carries, Events, Note, PathSegment, Transport, TransportError, TransportErrorKind,
    Values,
};
pub use value::{List, Node, Object};
pub(crate) use write::{ErrorPolicy, Written};
