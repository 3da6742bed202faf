//! Alerts: what needs attention, derived from requirements by rule.

pub(crate) mod entity;
pub(crate) mod rule;
