//! Daily facts: the stored figures everything else is computed from, and how they come in.

pub(crate) mod entity;
mod input;
pub(crate) mod location_sums;
pub(crate) mod record;
pub(crate) mod rules;
pub(crate) mod store;
pub(crate) mod subscription;
pub(crate) mod writing;
