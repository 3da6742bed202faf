//! Following requirements as they change.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::{BoxStream, StreamExt};
use sea_orm::ActiveEnum;
use subgraph::caller::Permission;
use subgraph::changes::change;
use subgraph::error::Result;
use subgraph::sdl::directives::cost;
use subgraph::service::RequestContext;
use subgraph::subscription::{Below, Followed, Told, revision};

use super::Requirement;
use super::loader::ById;
use crate::audit::{AuditAction, REQUIREMENT};
use crate::cost::LIST;
use crate::view::ViewContext;

/// What subscribers are told of.
const REQUIREMENTS: Followed =
    Followed { entity: REQUIREMENT, permission: Permission::ReadCompliance, told: Told::WhoSeesTheUnit };

/// Something that was done about a requirement.
pub(crate) struct RequirementChange {
    change: Arc<change::Model>,
    action: AuditAction,
}

/// Something that was done about a requirement.
#[Object]
impl RequirementChange {
    /// What was done.
    async fn action(&self) -> AuditAction {
        self.action
    }

    /// The requirement about which it was done.
    async fn requirement_id(&self) -> ID {
        self.change.entity_id.into()
    }

    /// The requirement as it is by now; null when you may not see it any more.
    async fn requirement(&self, ctx: &Context<'_>) -> Result<Option<Requirement>> {
        let key = ById(self.change.entity_id);
        Ok(ctx.batches()?.requirements.load_one(key).await?.map(Requirement::from))
    }

    /// Counts the changes of compliance records in the network, from 1. Revisions that you are not told are changes
    /// elsewhere in the network.
    async fn revision(&self) -> Result<i32> {
        revision(self.change.revision)
    }

    /// When it was done.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.change.occurred_at
    }
}

/// Root fields to begin to follow requirements.
#[derive(Default)]
pub(crate) struct RequirementChangeQuery;

#[Object]
impl RequirementChangeQuery {
    /// The revision of the newest change of a compliance record in the network of a unit, to be given to
    /// `requirementChanged`; null when there is no unit whose records you may see. Ask for it first, then for what you
    /// show: nothing that happens meanwhile is left out.
    async fn requirement_revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
    ) -> Result<Option<i32>> {
        let view = ctx.view()?;
        match Below::find(&view.database, &view.scope, &within).await? {
            Some(below) => Ok(Some(below.revision(&view.database).await?)),
            None => Ok(None),
        }
    }
}

/// Root fields that follow requirements.
#[derive(Default)]
pub(crate) struct RequirementSubscription;

#[Subscription]
impl RequirementSubscription {
    /// What is done about requirements on a unit and on all units below it whose compliance records you may see:
    /// entered, changed, reviewed, retired, given a document, their alerts acknowledged. In order, each once. What the
    /// passing of time makes of a requirement is no change: see `complianceAlertRaised`, `upcomingDeadlines`,
    /// `overdueRequirements` and `complianceAlerts`.
    ///
    /// `after` is as for `unitChanged`, but with the revisions of `requirementRevision`.
    #[graphql(directive = cost::apply(LIST))]
    async fn requirement_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
        #[graphql(desc = "A revision of the same network; from now on when it is left out.")] after: Option<
            i32,
        >,
    ) -> Result<BoxStream<'static, Result<RequirementChange>>> {
        let view = ctx.view()?;
        let below = Below::require(&view.database, &view.scope, &within).await?;
        let changes = ctx.subscriber()?.follow(below, after, REQUIREMENTS).await?;
        let events = changes.map(|change| {
            let change = change?;
            let action = AuditAction::try_from_value(&change.kind)?;
            Ok(RequirementChange { change, action })
        });
        Ok(events.boxed())
    }
}
