//! Plan and variables to response bytes.

mod request;
mod transport;
mod value;

pub use request::{SubgraphRequest, Variables};
pub use transport::{
    Answer, AnswerError, Events, PathSegment, Transport, TransportError, TransportErrorKind, Values,
};
pub use value::{List, Node, Object};
