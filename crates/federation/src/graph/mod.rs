//! The supergraph as data: who resolves which field, by which keys, under which conditions.

mod ids;
mod type_set;
mod wrapping;

pub use ids::{EnumId, FieldId, ObjectId, SubgraphId, TypeId};
pub use type_set::TypeSet;
pub use wrapping::Wrapping;
