//! Requirements: rules a unit has to meet.

pub(crate) mod entity;
pub(crate) mod input;
pub(crate) mod kinds;
pub(crate) mod list;
pub(crate) mod loader;
pub(crate) mod mutation;
pub(crate) mod penalty;
pub(crate) mod query;
pub(crate) mod state;
pub(crate) mod subscription;
pub(crate) mod writing;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use kinds::{ComplianceStatus, Jurisdiction, RequirementType, RiskLevel};
use penalty::Penalty;
use state::State;
use subgraph::date::Date;
use subgraph::error::Result;
use subgraph::page::{Cursor, Page};
use subgraph::sdl::directives::{cost, list_size};

use crate::alert::Alert;
use crate::alert::loader::AlertsOf;
use crate::cost::{LIST, PAGE, sized, slicing};
use crate::document::Document;
use crate::document::loader::DocumentsOf;
use crate::review::Review;
use crate::review::loader::{ReviewsOf, cursor};
use crate::unit::FranchiseUnit;
use crate::view::ViewContext;

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
    #[graphql(directive = list_size::apply(Some(3), None, None, None))]
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

    /// The reviews that checked it, latest first.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(PAGE, slicing(), sized(), Some(false)))]
    async fn reviews(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Cursor, Review, EmptyFields, EmptyFields>> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let key = ReviewsOf { requirement: self.state.row.id, page: page.clone() };
        let rows = ctx.batches()?.reviews.load_one(key).await?.unwrap_or_default();
        Ok(page.connection(rows.into_iter().map(Review).collect(), |review| cursor(&review.0)))
    }

    /// Evidence that it is met, newest first; at most 50.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(Some(5), None, None, None))]
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<Document>> {
        let rows = ctx.batches()?.documents.load_one(DocumentsOf(self.state.row.id)).await?;
        Ok(rows.unwrap_or_default().into_iter().map(Document).collect())
    }

    /// What about it needs attention today, most severe first; at most one for each rule.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(Some(3), None, None, None))]
    async fn alerts(&self, ctx: &Context<'_>) -> Result<Vec<Alert>> {
        let rows = ctx.batches()?.alerts.load_one(AlertsOf(self.state.row.id)).await?;
        Ok(rows.unwrap_or_default().into_iter().map(Alert).collect())
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
