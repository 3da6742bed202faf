//! One subgraph: its SDL read, its links resolved, its federation directives understood.

pub(crate) mod context;
pub(crate) mod field_set;
pub(crate) mod link;
pub(crate) mod model;
mod prepare;
pub(crate) mod read;
pub(crate) mod source;
pub(crate) mod spec;
pub(crate) mod upgrade;
pub(crate) mod usage;
