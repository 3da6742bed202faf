//! The supergraph as data: who resolves which field, by which keys, under which conditions.

mod access;
mod cache;
mod contract;
mod demands;
mod error;
mod ids;
mod kinds;
mod lookup;
mod metadata;
pub(crate) mod obtain;
pub mod reach;
mod read;
mod subgraph_set;
mod tables;
mod type_set;
mod wrapping;

pub use access::Access;
pub(crate) use cache::CACHE_CONTROL;
pub use cache::{CacheHint, CacheHints};
pub use contract::Contract;
pub use demands::Demands;
pub(crate) use demands::{TooManyAlternatives, all as all_demands};
pub use error::GraphError;
pub use ids::{AccessId, EnumId, FieldId, FieldSetId, LabelId, ObjectId, SubgraphId, TypeId};
pub use kinds::{LeafType, OperationKind};
pub use lookup::Graph;
pub use metadata::{ListSize, Metadata};
pub use subgraph_set::SubgraphSet;
pub use tables::{
    ArgumentDefinition, ContextArgument, ContextSource, Enum, Field, FieldInSubgraph, FieldSelection,
    FieldSet, Key, Subgraph, Type, TypeInSubgraph, TypeKind,
};
pub use type_set::TypeSet;
pub use wrapping::Wrapping;
