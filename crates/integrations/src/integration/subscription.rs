//! Following integrations as they change.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::{BoxStream, StreamExt};
use sea_orm::{ActiveEnum, DeriveActiveEnum, EnumIter};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::changes::{NewChange, change};
use subgraph::service::RequestContext;
use subgraph::subscription::{Below, Followed, Told, revision};

use super::entity::Model;
use super::{Integration, load};

/// What the log calls an integration.
const ENTITY: &str = "INTEGRATION";

const SEE: Permission = Permission::ReadIntegrations;

/// What happened to an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum IntegrationChangeKind {
    /// It was set up.
    Created,
    /// Its name or frequency changed.
    Updated,
    /// It was switched off or resumed.
    StatusChanged,
}

impl IntegrationChangeKind {
    /// The record of it.
    pub(super) fn to(self, row: &Model) -> NewChange {
        NewChange {
            network_id: row.network_id,
            entity: ENTITY,
            entity_id: row.id,
            unit_id: row.unit_id,
            former_unit_id: None,
            kind: self.to_value(),
            occurred_at: Utc::now(),
            detail: None,
        }
    }
}

/// A change of an integration.
pub(super) struct IntegrationChange {
    change: Arc<change::Model>,
    kind: IntegrationChangeKind,
}

/// A change of an integration.
#[Object]
impl IntegrationChange {
    /// What happened.
    async fn kind(&self) -> IntegrationChangeKind {
        self.kind
    }

    /// The integration to which it happened.
    async fn integration_id(&self) -> ID {
        self.change.entity_id.into()
    }

    /// The integration as it is by now; null when you may not see it any more.
    async fn integration(&self, context: &Context<'_>) -> Result<Option<Integration>> {
        load(context, &self.change.entity_id.into()).await
    }

    /// Counts the changes of integrations in the network, from 1. Revisions that you are not told are changes elsewhere
    /// in the network.
    async fn revision(&self) -> Result<i32> {
        revision(self.change.revision)
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.change.occurred_at
    }
}

/// Queries to begin to follow integrations.
#[derive(Default)]
pub struct IntegrationChangeQuery;

#[Object]
impl IntegrationChangeQuery {
    /// The revision of the newest change of an integration in the network of a unit, to be given to
    /// `integrationChanged`; null when there is no unit whose integrations you may see. Ask for it first, then for what
    /// you show: nothing that happens meanwhile is left out.
    async fn integration_revision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
    ) -> Result<Option<i32>> {
        let (database, scope) = (context.database()?, context.caller()?.scope(SEE));
        match Below::find(database, &scope, &within).await? {
            Some(below) => Ok(Some(below.revision(database).await?)),
            None => Ok(None),
        }
    }
}

/// Subscriptions to integrations.
#[derive(Default)]
pub struct IntegrationSubscription;

#[Subscription]
impl IntegrationSubscription {
    /// The changes of integrations of a unit and of all units below it that you may see, in order, each once.
    ///
    /// `after` is as for `unitChanged`, but with the revisions of `integrationRevision`.
    async fn integration_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
        #[graphql(desc = "A revision of the same network; from now on when it is left out.")] after: Option<
            i32,
        >,
    ) -> Result<BoxStream<'static, Result<IntegrationChange>>> {
        let (database, scope) = (context.database()?, context.caller()?.scope(SEE));
        let below = Below::require(database, &scope, &within).await?;
        let followed = Followed { entity: ENTITY, permission: SEE, told: Told::WhoSeesTheUnit };
        let changes = context.subscriber()?.follow(below, after, followed).await?;
        let events = changes.map(|change| {
            let change = change?;
            let kind = IntegrationChangeKind::try_from_value(&change.kind)?;
            Ok(IntegrationChange { change, kind })
        });
        Ok(events.boxed())
    }
}
