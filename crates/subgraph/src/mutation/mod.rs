//! What mutations of all services have in common, in the order a mutation meets it: the unit it is about
//! ([`writable_unit`]), the rules of its input ([`Checks`]), its idempotency key ([`claim`]), the version it is
//! based on ([`at_version`]), and why it did nothing ([`Refusal`]).

mod checks;
mod key;
mod refusal;
mod target;

pub use checks::Checks;
pub use key::claim;
pub use refusal::{Refusal, at_version, forbidden, not_found, outcome};
pub use target::writable_unit;
