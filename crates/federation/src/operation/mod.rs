//! Text to a checked, normalised operation.
//!
//! [`Document::parse`] once per text, [`coerce`] per request, [`normalize()`] once per operation and decided
//! conditions, [`estimate`] for what it costs at most, [`measure_answer`] and [`Meter`] for what it did cost, [`authorize()`] for what the caller may not read, [`Introspector`] for the fields about the schema itself.

mod authorize;
mod cache;
mod conditions;
mod cost;
mod defer;
mod error;
mod groups;
mod introspection;
mod limits;
mod literals;
mod mask;
mod measure;
pub mod normal;
mod normalize;
mod parse;
mod print;
mod signature;
mod suggest;
mod variables;

pub use authorize::{access_rules, authorize};
pub use cache::{CachePolicy, CacheScope, cache_policy};
pub use conditions::Conditions;
pub(crate) use cost::estimate_noting;
pub use cost::{Cost, CostOptions, FieldCost, Meter, SizeSource, SlicingProblem, estimate, measure_answer};
pub use error::{ErrorCode, Location, OperationError, PathStep, VariablePath};
pub use groups::Groups;
pub use introspection::Introspector;
pub use limits::{Limits, Size};
pub use mask::Mask;
pub use normal::NormalOperation;
pub use normalize::{normalize, normalize_deferred};
pub use parse::{Document, Operation};
pub use print::print;
pub use signature::{Fingerprint, Signature};
pub use variables::{CoercedVariables, coerce};
