//! Recording reviews.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use subgraph::caller::Caller;
use subgraph::changes::Feed;
use subgraph::database::begin;
use subgraph::date::Date;
use subgraph::directory::unit;
use subgraph::error::{Error, Result, UserError};
use subgraph::mutation::{Checks, Refusal, claim, outcome};
use subgraph::service::RequestContext;
use uuid::Uuid;

use super::entity::{Entity, Model};
use super::{Review, ReviewOutcome, rules};
use crate::audit::AuditAction;
use crate::refusal::{in_force, writable_requirement};
use crate::requirement::Requirement;
use crate::requirement::entity::Model as RequirementRow;
use crate::requirement::input::{MAX_TEXT, YEARS};
use crate::requirement::mutation::read;
use crate::requirement::writing;
use crate::view::{View, ViewContext};

/// A review to record.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct RecordReviewInput {
    /// The requirement that was checked.
    requirement_id: ID,
    /// What was found.
    outcome: ReviewOutcome,
    /// What should be known about it; at most 4,000 characters.
    notes: Option<String>,
    /// The day of the review at the unit; today when left out. Not in the future, not before the latest review.
    reviewed_on: Option<Date>,
}

/// A recorded review, or why there is none.
#[derive(SimpleObject)]
pub(crate) struct ReviewPayload {
    /// The review; null when `userErrors` says why.
    review: Option<Review>,
    /// The requirement with what the review made of it.
    requirement: Option<Requirement>,
    /// Why nothing was recorded; empty otherwise.
    user_errors: Vec<UserError>,
}

/// Root fields that record reviews.
#[derive(Default)]
pub(crate) struct ReviewMutation;

#[Object]
impl ReviewMutation {
    /// Records that you reviewed a requirement. The outcome becomes its status. The next review is due 90 days
    /// after one that found a critical requirement met, 180 days for a high and 365 days for other risks, and 30
    /// days after any other outcome. Reviews are never changed or removed: record another one instead.
    async fn record_review(
        &self,
        ctx: &Context<'_>,
        input: RecordReviewInput,
        #[graphql(desc = "Repeating a request with the same key does not record it twice.")]
        idempotency_key: Option<String>,
    ) -> Result<ReviewPayload> {
        let (view, caller, feed) = (ctx.view()?, ctx.caller()?, ctx.feed()?);
        let recorded = record(view, caller, feed, &input, idempotency_key.as_deref()).await;
        let (recorded, user_errors) = outcome(recorded)?;
        let (review, requirement) = recorded.unzip();
        Ok(ReviewPayload { review: review.map(Review), requirement, user_errors })
    }
}

async fn record(
    view: &View,
    caller: &Caller,
    feed: &Feed,
    input: &RecordReviewInput,
    key: Option<&str>,
) -> Result<(Model, Requirement), Refusal> {
    let transaction = begin(&view.database).await?;
    let before =
        writable_requirement(&transaction, caller, &input.requirement_id, "input.requirementId").await?;
    let id = Uuid::now_v7();
    if let Some(earlier) = claim(&transaction, caller, key, &format!("recordReview {input:?}"), id).await? {
        let review = Entity::find_by_id(earlier).one(&transaction).await?;
        let review = review.ok_or_else(|| Error::internal(format!("review {earlier} is gone")))?;
        return Ok((review, read(&transaction, view, before.id).await?));
    }
    in_force(&before)?;
    let (notes, reviewed_on) = check(&transaction, view, &before, input).await?;
    let mut after = before.clone();
    rules::apply(&mut after, input.outcome, reviewed_on);
    let review = Model {
        id,
        network_id: before.network_id,
        requirement_id: before.id,
        reviewer_id: caller.person,
        outcome: input.outcome,
        notes,
        reviewed_on,
        next_review_on: rules::next_review_on(input.outcome, before.risk, reviewed_on),
        recorded_at: view.calendar.now,
    };
    review.clone().into_active_model().insert(&transaction).await?;
    let action = AuditAction::RecordReview;
    let recorded = writing::change(&transaction, view, caller, &before, after, action).await?;
    let requirement = read(&transaction, view, before.id).await?;
    transaction.commit().await?;
    feed.announce(&recorded);
    Ok((review, requirement))
}

async fn check<C: ConnectionTrait>(
    transaction: &C,
    view: &View,
    requirement: &RequirementRow,
    input: &RecordReviewInput,
) -> Result<(Option<String>, NaiveDate), Refusal> {
    let unit = unit::Entity::find_by_id(requirement.unit_id).one(transaction).await?;
    let zone = unit.map_or_else(|| "UTC".to_owned(), |unit| unit.time_zone);
    let today = view.calendar.today_in(&zone)?;
    let mut checks = Checks::default();
    let notes = checks.optional_text("input.notes", input.notes.as_deref(), MAX_TEXT);
    let reviewed_on = input.reviewed_on.map_or(today, |date| checks.date("input.reviewedOn", date, YEARS));
    if reviewed_on > today {
        checks.refuse("input.reviewedOn", format!("must not be after today ({today} at the unit)"));
    }
    if let Some(last) = requirement.last_reviewed_on.filter(|last| reviewed_on < *last) {
        checks.refuse("input.reviewedOn", format!("must not be before the latest review ({last})"));
    }
    checks.finish()?;
    Ok((notes, reviewed_on))
}
