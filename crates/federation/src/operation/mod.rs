//! Text to a checked, normalised operation.
//!
//! [`Document::parse`] once per text, [`coerce`] per request, [`normalize()`] once per operation and decided
//! conditions, [`Introspector`] for the fields about the schema itself.

mod conditions;
mod error;
mod introspection;
mod limits;
mod literals;
mod measure;
pub mod normal;
mod normalize;
mod parse;
mod print;
mod signature;
mod suggest;
mod variables;

pub use conditions::{ConditionMask, Conditions};
pub use error::{ErrorCode, Location, OperationError, PathStep, VariablePath};
pub use introspection::{IntrospectionField, Introspector};
pub use limits::Limits;
pub use normal::NormalOperation;
pub use normalize::normalize;
pub use parse::{Document, Operation};
pub use print::print;
pub use signature::{Fingerprint, Signature};
pub use variables::{CoercedVariables, coerce};
