//! Entering, changing and retiring requirements.

use async_graphql::{Context, ID, Object, SimpleObject};
use sea_orm::ConnectionTrait;
use subgraph::caller::Caller;
use subgraph::changes::Feed;
use subgraph::database::begin;
use subgraph::error::{Error, Result, UserError};
use subgraph::mutation::{Refusal, at_version, claim, outcome, writable_unit};
use subgraph::service::RequestContext;
use uuid::Uuid;

use super::Requirement;
use super::entity::Model;
use super::input::{CreateRequirementInput, UpdateRequirementInput};
use super::list::by_ids;
use super::penalty::Penalties;
use super::writing;
use crate::audit::AuditAction;
use crate::refusal::{SEE_AND_WRITE, in_force, writable_requirement};
use crate::review::ReviewOutcome;
use crate::view::{View, ViewContext};

/// A requirement after a change, or why there was none.
#[derive(SimpleObject)]
pub(crate) struct RequirementPayload {
    /// The requirement; null when `userErrors` says why.
    requirement: Option<Requirement>,
    /// Why nothing was changed; empty after a change.
    user_errors: Vec<UserError>,
}

impl RequirementPayload {
    fn of(result: Result<Requirement, Refusal>) -> Result<Self> {
        let (requirement, user_errors) = outcome(result)?;
        Ok(Self { requirement, user_errors })
    }
}

/// Root fields that change requirements.
#[derive(Default)]
pub(crate) struct RequirementMutation;

#[Object]
impl RequirementMutation {
    /// Enters a requirement on a unit. It is pending until its first review.
    async fn create_requirement(
        &self,
        ctx: &Context<'_>,
        input: CreateRequirementInput,
        #[graphql(desc = "Repeating a request with the same key does not enter it twice.")]
        idempotency_key: Option<String>,
    ) -> Result<RequirementPayload> {
        let (view, caller, feed) = (ctx.view()?, ctx.caller()?, ctx.feed()?);
        RequirementPayload::of(create(view, caller, feed, &input, idempotency_key.as_deref()).await)
    }

    /// Changes a requirement.
    async fn update_requirement(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        input: UpdateRequirementInput,
    ) -> Result<RequirementPayload> {
        let (view, caller, feed) = (ctx.view()?, ctx.caller()?, ctx.feed()?);
        let change = |row: &mut Model| input.apply(row);
        let action = AuditAction::UpdateRequirement;
        let changed = update(view, caller, feed, (&id, version), action, change).await;
        RequirementPayload::of(changed)
    }

    /// Declares that a requirement no longer applies: it keeps its history but counts no more.
    async fn retire_requirement(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
    ) -> Result<RequirementPayload> {
        let (view, caller, feed) = (ctx.view()?, ctx.caller()?, ctx.feed()?);
        let change = |row: &mut Model| {
            row.retired_at = Some(view.calendar.now);
            Ok(())
        };
        let action = AuditAction::RetireRequirement;
        let changed = update(view, caller, feed, (&id, version), action, change).await;
        RequirementPayload::of(changed)
    }
}

async fn create(
    view: &View,
    caller: &Caller,
    feed: &Feed,
    input: &CreateRequirementInput,
    key: Option<&str>,
) -> Result<Requirement, Refusal> {
    let transaction = begin(&view.database).await?;
    let unit = writable_unit(&transaction, caller, &input.unit_id, SEE_AND_WRITE, "input.unitId").await?;
    let mut row = blank(view, unit.network_id, unit.id);
    input.fill(&mut row)?;
    let request = format!("createRequirement {input:?}");
    if let Some(earlier) = claim(&transaction, caller, key, &request, row.id).await? {
        return read(&transaction, view, earlier).await;
    }
    let recorded = writing::enter(&transaction, view, caller, &row).await?;
    let requirement = read(&transaction, view, row.id).await?;
    transaction.commit().await?;
    feed.announce(&recorded);
    Ok(requirement)
}

/// A row with nothing from an input yet.
fn blank(view: &View, network_id: Uuid, unit_id: Uuid) -> Model {
    use super::kinds::{Jurisdiction, RequirementType, RiskLevel};
    Model {
        id: Uuid::now_v7(),
        network_id,
        unit_id,
        jurisdiction: Jurisdiction::Custom,
        requirement_type: RequirementType::Other,
        name: String::new(),
        description: None,
        risk: RiskLevel::Medium,
        penalties: Penalties::default(),
        due_on: None,
        next_review_on: None,
        last_reviewed_on: None,
        outcome: ReviewOutcome::Pending,
        lapsed_on: None,
        lapses: 0,
        retired_at: None,
        created_at: view.calendar.now,
        updated_at: view.calendar.now,
        version: 1,
    }
}

async fn update(
    view: &View,
    caller: &Caller,
    feed: &Feed,
    (id, version): (&ID, i32),
    action: AuditAction,
    change: impl FnOnce(&mut Model) -> Result<(), Refusal>,
) -> Result<Requirement, Refusal> {
    let transaction = begin(&view.database).await?;
    let before = writable_requirement(&transaction, caller, id, "id").await?;
    at_version("requirement", before.version, version)?;
    in_force(&before)?;
    let mut after = before.clone();
    change(&mut after)?;
    let recorded = writing::change(&transaction, view, caller, &before, after, action).await?;
    let requirement = read(&transaction, view, before.id).await?;
    transaction.commit().await?;
    feed.announce(&recorded);
    Ok(requirement)
}

/// Reads a requirement that this transaction has made or changed.
pub(crate) async fn read<C: ConnectionTrait>(
    transaction: &C,
    view: &View,
    id: Uuid,
) -> Result<Requirement, Refusal> {
    let state = by_ids(transaction, view, &[id]).await?.pop();
    let state = state.ok_or_else(|| Error::internal(format!("requirement {id} is gone")))?;
    Ok(Requirement::from(state))
}
