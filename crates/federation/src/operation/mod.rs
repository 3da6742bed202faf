//! Text to a checked, normalised operation.

pub mod normal;

pub use normal::NormalOperation;
