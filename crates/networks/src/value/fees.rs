//! What franchisees pay to their network.

use async_graphql::SimpleObject;
use subgraph::money::Money;

/// What a franchisee pays to the network.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
pub(crate) struct FeeStructure {
    /// Once per location, at signing.
    pub initial_fee: Money,
    /// Royalty as a percentage (0..100) of a location's revenue.
    pub royalty_percent: f64,
    /// Contribution to the marketing fund as a percentage (0..100) of a location's revenue.
    pub marketing_percent: f64,
    /// The least royalty per location and calendar month.
    pub minimum_monthly_fee: Money,
}

/// Hundredths of a percent as percent.
pub(crate) fn percent_from_basis_points(basis_points: i32) -> f64 {
    f64::from(basis_points) / 100.0
}
