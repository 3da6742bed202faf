//! Graph and operation to query plan.

pub mod query_plan;

pub use query_plan::QueryPlan;
