//! What clients may say about a membership.

use std::ops::RangeInclusive;

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use subgraph::caller::Role;
use subgraph::date::Date;
use subgraph::mutation::Checks;

/// The years in which a membership may begin or end.
const YEARS: RangeInclusive<i32> = 2000..=2199;

/// Access to grant.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct GrantMembershipInput {
    /// Who gets it.
    pub person_id: ID,
    /// As what: a role that one of your own there includes.
    pub role: Role,
    /// On which unit, and everything below it.
    pub unit_id: ID,
    /// The first day (UTC) it holds: today, when left out, or a later day.
    pub valid_from: Option<Date>,
    /// The first day (UTC) it no longer holds, after `validFrom`. Without one it holds until it is revoked.
    pub valid_to: Option<Date>,
}

impl GrantMembershipInput {
    /// The days from which and until which it is to hold.
    pub(super) fn period(&self, checks: &mut Checks, today: NaiveDate) -> (NaiveDate, Option<NaiveDate>) {
        let from = self.valid_from.map_or(today, |day| checks.date("input.validFrom", day, YEARS));
        if from < today {
            checks.refuse("input.validFrom", format!("must not be before today ({today}, UTC)"));
        }
        let to = self.valid_to.map(|day| checks.date("input.validTo", day, YEARS));
        if to.is_some_and(|to| to <= from) {
            checks.refuse("input.validTo", format!("must be after the first day ({from})"));
        }
        (from, to)
    }
}
