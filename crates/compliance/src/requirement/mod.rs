//! Requirements: rules a unit has to meet.

pub(crate) mod entity;
pub(crate) mod kinds;
pub(crate) mod list;
pub(crate) mod loader;
pub(crate) mod penalty;
pub(crate) mod query;
pub(crate) mod state;

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use kinds::{ComplianceStatus, Jurisdiction, RequirementType, RiskLevel};
use penalty::Penalty;
use state::State;
use subgraph::date::Date;

use crate::unit::FranchiseUnit;

/// A rule that a unit has to meet, with the day by which, the reviews that checked it, and where it stands today.
pub(crate) struct Requirement {
    pub(crate) state: State,
}

impl From<State> for Requirement {
    fn from(state: State) -> Self {
        Self { state }
    }
}

/// A rule that a unit has to meet, with the day by which, the reviews that checked it, and where it stands
/// today. "Today" is the day in the time zone of its unit.
#[Object]
impl Requirement {
    /// Identifies the requirement.
    async fn id(&self) -> ID {
        self.state.row.id.into()
    }

    /// The unit that has to meet it.
    async fn unit(&self) -> FranchiseUnit {
        FranchiseUnit::new(self.state.row.unit_id)
    }

    /// Whose rule it is.
    async fn jurisdiction(&self) -> Jurisdiction {
        self.state.row.jurisdiction
    }

    /// What it is about.
    async fn r#type(&self) -> RequirementType {
        self.state.row.requirement_type
    }

    /// A short name, e.g. "Barber shop licence".
    async fn name(&self) -> &str {
        &self.state.row.name
    }

    /// What has to be done, in words; null when the name says it all.
    async fn description(&self) -> Option<&str> {
        self.state.row.description.as_deref()
    }

    /// How bad it is when it is not met.
    async fn risk(&self) -> RiskLevel {
        self.state.row.risk
    }

    /// What not meeting it may cost.
    async fn penalties(&self) -> Vec<Penalty> {
        self.state.row.penalties.0.iter().cloned().map(Penalty::from).collect()
    }

    /// The last day on which it may be met for the first time; null when there is none.
    async fn due_date(&self) -> Option<Date> {
        self.state.row.due_on.map(Date)
    }

    /// The last day on which the latest review holds; null when none is planned.
    async fn next_review_date(&self) -> Option<Date> {
        self.state.row.next_review_on.map(Date)
    }

    /// The day of the latest review; null before the first.
    async fn last_review_date(&self) -> Option<Date> {
        self.state.row.last_reviewed_on.map(Date)
    }

    /// Whether it is met today.
    async fn status(&self) -> ComplianceStatus {
        self.state.status
    }

    /// Whether the due date has passed while the latest review did not find it met.
    async fn overdue(&self) -> bool {
        self.state.overdue
    }

    /// Since when it no longer applies; null while it does.
    async fn retired_at(&self) -> Option<DateTime<Utc>> {
        self.state.row.retired_at
    }

    /// When it was entered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.state.row.created_at
    }

    /// When it was last changed or reviewed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.state.row.updated_at
    }

    /// Grows with every change; give it with an update so that nobody else's change is lost.
    async fn version(&self) -> i32 {
        self.state.row.version
    }
}
