//! Following units as they change.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::{BoxStream, StreamExt};
use sea_orm::{ActiveEnum, DeriveActiveEnum, EnumIter};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::changes::{NewChange, change};
use subgraph::sdl::directives::cost;
use subgraph::service::RequestContext;
use subgraph::subscription::{Below, Followed, Told, revision};
use uuid::Uuid;

use super::{FranchiseUnit, LevelRow, find};
use crate::cost::LIST;
use crate::request::ReaderContext;

/// What the log calls a unit of any kind.
const ENTITY: &str = "UNIT";

/// What subscribers are told of.
const UNITS: Followed =
    Followed { entity: ENTITY, permission: Permission::ReadUnits, told: Told::WhoSeesAnythingBelow };

/// What happened to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub(crate) enum UnitChangeKind {
    /// It was made.
    #[sea_orm(string_value = "CREATED")]
    Created,
    /// Its own data changed.
    #[sea_orm(string_value = "UPDATED")]
    Updated,
    /// It took another step of its life, see `UnitStatus`.
    #[sea_orm(string_value = "STATUS_CHANGED")]
    StatusChanged,
    /// It is below another unit, with everything that is below it.
    #[sea_orm(string_value = "MOVED")]
    Moved,
}

/// What happens to a unit, to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    Created,
    Updated,
    StatusChanged,
    /// It was directly below this unit before.
    Moved {
        from: Uuid,
    },
}

impl Happening {
    /// The record of it, with the unit as it is after.
    pub(crate) fn to(self, row: &impl LevelRow, now: DateTime<Utc>) -> NewChange {
        let (kind, former_unit_id) = match self {
            Self::Created => (UnitChangeKind::Created, None),
            Self::Updated => (UnitChangeKind::Updated, None),
            Self::StatusChanged => (UnitChangeKind::StatusChanged, None),
            Self::Moved { from } => (UnitChangeKind::Moved, Some(from)),
        };
        let place = row.place();
        NewChange {
            network_id: place.network,
            entity: ENTITY,
            entity_id: place.id,
            unit_id: place.id,
            former_unit_id,
            kind: kind.to_value(),
            occurred_at: now,
            detail: None,
        }
    }
}

/// A change of a network, region, group or location.
pub(crate) struct UnitChange {
    change: Arc<change::Model>,
    kind: UnitChangeKind,
}

/// A change of a network, region, group or location.
#[Object]
impl UnitChange {
    /// What happened.
    async fn kind(&self) -> UnitChangeKind {
        self.kind
    }

    /// The unit to which it happened.
    async fn unit_id(&self) -> ID {
        self.change.unit_id.into()
    }

    /// The unit as it is by now; null when it moved to where you may not see it.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Option<FranchiseUnit>> {
        find(ctx, self.change.unit_id).await
    }

    /// Counts the changes in the unit's network, from 1. Revisions that you are not told are changes elsewhere in the
    /// network, of people or of memberships.
    async fn revision(&self) -> Result<i32> {
        revision(self.change.revision)
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.change.occurred_at
    }
}

#[derive(Default)]
pub(crate) struct UnitChangeQuery;

#[Object]
impl UnitChangeQuery {
    /// The revision of the newest change in the network of a unit, to be given to `unitChanged`, `membershipChanged` or
    /// `personChanged`; null when there is no unit that you may see. Ask for it first, then for what you show: nothing that happens meanwhile is left out.
    async fn unit_revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
    ) -> Result<Option<i32>> {
        let database = ctx.database()?;
        match Below::find(database, &ctx.reader()?.units, &within).await? {
            Some(below) => Ok(Some(below.revision(database).await?)),
            None => Ok(None),
        }
    }
}

#[derive(Default)]
pub(crate) struct UnitSubscription;

#[Subscription]
impl UnitSubscription {
    /// The changes of a unit and of all units below it that you may see, in their order, each once. What you may see
    /// is looked up for each change.
    ///
    /// With `after`, what happened since that revision comes first: subscribe again with the last revision you were
    /// told, and nothing is missing. Changes are kept for seven days at least; when those after the revision are not
    /// kept any more, or are too many to make up for, the subscription ends with the error `CHANGES_MISSED`: then ask
    /// anew for what you show.
    #[graphql(directive = cost::apply(LIST))]
    async fn unit_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
        #[graphql(desc = "A revision of the same network; from now on when it is left out.")] after: Option<
            i32,
        >,
    ) -> Result<BoxStream<'static, Result<UnitChange>>> {
        let below = Below::require(ctx.database()?, &ctx.reader()?.units, &within).await?;
        let changes = ctx.subscriber()?.follow(below, after, UNITS).await?;
        let events = changes.map(|change| {
            let change = change?;
            let kind = UnitChangeKind::try_from_value(&change.kind)?;
            Ok(UnitChange { change, kind })
        });
        Ok(events.boxed())
    }
}
