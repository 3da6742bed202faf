//! What franchisees pay to their network.

use async_graphql::{InputObject, SimpleObject};
use subgraph::money::{Long, Money};
use subgraph::mutation::Checks;
use subgraph::sdl::directives::cache_control;

/// The largest fee, in minor units.
const MAX_FEE_MINOR: i64 = 1_000_000_000_000;

/// Hundredths of a percent in the whole.
const WHOLE: i32 = 10_000;

/// What a franchisee pays to the network.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
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

/// What a franchisee pays to the network. Amounts are in the minor unit of the network's currency.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct FeeStructureInput {
    /// Once per location, at signing; 0 to 10^12.
    pub initial_fee_minor: Long,
    /// Royalty as a percentage (0..100) of a location's revenue, with at most two decimals.
    pub royalty_percent: f64,
    /// Contribution to the marketing fund as a percentage (0..100) of a location's revenue, with at most two
    /// decimals. Together with the royalty at most 100.
    pub marketing_percent: f64,
    /// The least royalty per location and calendar month; 0 to 10^12.
    pub minimum_monthly_fee_minor: Long,
}

/// Fees as they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredFees {
    pub(crate) initial_fee_minor: i64,
    pub(crate) royalty_basis_points: i32,
    pub(crate) marketing_basis_points: i32,
    pub(crate) minimum_monthly_fee_minor: i64,
}

impl FeeStructureInput {
    /// The fees, checked as the input's field `feeStructure`.
    pub(crate) fn check(&self, checks: &mut Checks) -> StoredFees {
        let field = |name: &str| format!("input.feeStructure.{name}");
        for (name, amount) in [
            ("initialFeeMinor", self.initial_fee_minor),
            ("minimumMonthlyFeeMinor", self.minimum_monthly_fee_minor),
        ] {
            checks.number(&field(name), amount.0, 0..=MAX_FEE_MINOR);
        }
        let royalty_basis_points = basis_points(checks, &field("royaltyPercent"), self.royalty_percent);
        let marketing_basis_points = basis_points(checks, &field("marketingPercent"), self.marketing_percent);
        if royalty_basis_points.saturating_add(marketing_basis_points) > WHOLE {
            checks.refuse(
                "input.feeStructure",
                "royalty and marketing together are more than the whole revenue",
            );
        }
        StoredFees {
            initial_fee_minor: self.initial_fee_minor.0,
            royalty_basis_points,
            marketing_basis_points,
            minimum_monthly_fee_minor: self.minimum_monthly_fee_minor.0,
        }
    }
}

/// Percent as hundredths of a percent; 0 when it is refused.
fn basis_points(checks: &mut Checks, field: &str, percent: f64) -> i32 {
    let exact = percent * 100.0;
    if !(0.0..=f64::from(WHOLE)).contains(&exact) {
        checks.refuse(field, format!("must be between 0 and 100, not {percent}"));
        return 0;
    }
    if (exact - exact.round()).abs() > 1e-6 {
        checks.refuse(field, format!("must have at most two decimals, not {percent}"));
    }
    exact.round() as i32
}
