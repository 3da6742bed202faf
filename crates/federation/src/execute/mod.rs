//! Plan and variables to response bytes.

mod transport;
mod value;

pub use transport::{Answer, AnswerError, SubgraphRequest, Transport, TransportError, TransportErrorKind};
pub use value::{List, Node, Object};
