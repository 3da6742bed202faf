//! Following alerts as the ends of days raise them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::{BoxStream, StreamExt};
use subgraph::caller::Permission;
use subgraph::changes::change;
use subgraph::error::{Error, Result};
use subgraph::sdl::directives::cost;
use subgraph::service::RequestContext;
use subgraph::subscription::{Below, Followed, Told, revision};

use super::Alert;
use super::id::AlertId;
use super::loader::AlertsOf;
use super::rule::AlertRule;
use super::watch::ENTITY;
use crate::cost::LIST;
use crate::view::ViewContext;

/// What subscribers are told of.
const ALERTS: Followed =
    Followed { entity: ENTITY, permission: Permission::ReadCompliance, told: Told::WhoSeesTheUnit };

/// An alert that the end of a day has raised.
pub(crate) struct AlertRaised {
    change: Arc<change::Model>,
    alert: AlertId,
}

impl AlertRaised {
    fn new(change: Arc<change::Model>) -> Result<Self> {
        let id = change.detail.as_ref().and_then(|detail| detail.as_str());
        let alert = id.and_then(|id| AlertId::decode(&ID::from(id)));
        let alert = alert.ok_or_else(|| Error::internal("an alert in the log without its id"))?;
        Ok(Self { change, alert })
    }
}

/// An alert that the end of a day has raised.
#[Object(name = "ComplianceAlertRaised")]
impl AlertRaised {
    /// The alert's id.
    async fn alert_id(&self) -> ID {
        self.alert.encode()
    }

    /// Why it was raised.
    async fn rule(&self) -> AlertRule {
        self.alert.rule
    }

    /// The requirement that raised it.
    async fn requirement_id(&self) -> ID {
        self.alert.requirement.into()
    }

    /// The alert; null when its cause is gone by now, or you may not see it any more.
    async fn alert(&self, ctx: &Context<'_>) -> Result<Option<Alert>> {
        let raised = ctx.batches()?.alerts.load_one(AlertsOf(self.alert.requirement)).await?;
        let same = raised.into_iter().flatten().find(|raised| {
            raised.rule == self.alert.rule
                && raised.cause_on == self.alert.cause_on
                && raised.state.row.lapses == self.alert.lapses
        });
        Ok(same.map(Alert))
    }

    /// Counts the changes of compliance records in the network, from 1, as `requirementChanged` does. Revisions that you
    /// are not told are others.
    async fn revision(&self) -> Result<i32> {
        revision(self.change.revision)
    }

    /// When it was noticed, usually within a minute of the end of the day.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.change.occurred_at
    }
}

/// Root fields that follow alerts.
#[derive(Default)]
pub(crate) struct AlertSubscription;

#[Subscription]
impl AlertSubscription {
    /// The alerts on a unit and on all units below it, whose compliance records you may see, that are raised because a
    /// day ends there: the due date, or the last on which a review holds. Each once. What people do raises alerts, too:
    /// follow `requirementChanged` for those.
    ///
    /// `after` is as for `unitChanged`, but with the revisions of `requirementRevision`.
    #[graphql(directive = cost::apply(LIST))]
    async fn compliance_alert_raised(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
        #[graphql(desc = "A revision of the same network; from now on when it is left out.")] after: Option<
            i32,
        >,
    ) -> Result<BoxStream<'static, Result<AlertRaised>>> {
        let view = ctx.view()?;
        let below = Below::require(&view.database, &view.scope, &within).await?;
        let changes = ctx.subscriber()?.follow(below, after, ALERTS).await?;
        Ok(changes.map(|change| AlertRaised::new(change?)).boxed())
    }
}
