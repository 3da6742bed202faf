//! Following figures as they come in.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Subscription};
use chrono::{DateTime, NaiveDate, Utc};
use futures::stream::{BoxStream, StreamExt};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use subgraph::caller::Permission;
use subgraph::changes::{NewChange, change};
use subgraph::date::Date;
use subgraph::sdl::directives::cost;
use subgraph::service::RequestContext;
use subgraph::subscription::{Below, Followed, Told, revision};
use subgraph::{Error, Result};
use uuid::Uuid;

use crate::unit::FranchiseUnit;

/// What the log calls the facts of a location.
const ENTITY: &str = "FIGURES";

/// What happens to them.
const RECORDED: &str = "RECORDED";

const SEE: Permission = Permission::ReadFigures;

/// What subscribers are told of.
const FIGURES: Followed = Followed { entity: ENTITY, permission: SEE, told: Told::WhoSeesTheUnit };

/// The days of a location whose facts were written together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Loaded {
    from: NaiveDate,
    to: NaiveDate,
    days: i32,
}

impl Loaded {
    pub(super) fn new(date: NaiveDate) -> Self {
        Self { from: date, to: date, days: 1 }
    }

    pub(super) fn add(&mut self, date: NaiveDate) {
        self.from = self.from.min(date);
        self.to = self.to.max(date);
        self.days = self.days.saturating_add(1);
    }

    /// The record of it.
    pub(super) fn to(self, network_id: Uuid, location: Uuid) -> Result<NewChange, DbErr> {
        let detail = serde_json::to_value(self).map_err(|error| DbErr::Json(error.to_string()))?;
        Ok(NewChange {
            network_id,
            entity: ENTITY,
            entity_id: location,
            unit_id: location,
            former_unit_id: None,
            kind: RECORDED.to_owned(),
            occurred_at: Utc::now(),
            detail: Some(detail),
        })
    }
}

/// Figures of a location that came in together, for the first time or in place of others.
pub(crate) struct FiguresChange {
    change: Arc<change::Model>,
    loaded: Loaded,
}

impl FiguresChange {
    fn of(change: Arc<change::Model>) -> Result<Self> {
        let detail = change.detail.clone().unwrap_or_default();
        let loaded = serde_json::from_value(detail).map_err(Error::internal)?;
        Ok(Self { change, loaded })
    }
}

/// Figures of a location that came in together, for the first time or in place of others.
#[Object]
impl FiguresChange {
    /// The location.
    async fn unit_id(&self) -> ID {
        self.change.unit_id.into()
    }

    /// The location, with its figures as they are by now.
    async fn unit(&self) -> FranchiseUnit {
        self.change.unit_id.into()
    }

    /// The first day whose figures came in.
    async fn from(&self) -> Date {
        self.loaded.from.into()
    }

    /// The last day whose figures came in.
    async fn to(&self) -> Date {
        self.loaded.to.into()
    }

    /// How many days from the first to the last have new figures.
    async fn days(&self) -> i32 {
        self.loaded.days
    }

    /// Counts the changes of figures in the network, from 1. Revisions that you are not told are changes elsewhere in the
    /// network.
    async fn revision(&self) -> Result<i32> {
        revision(self.change.revision)
    }

    /// When they came in.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.change.occurred_at
    }
}

/// Root fields to begin to follow figures.
#[derive(Debug, Default)]
pub(crate) struct FiguresChangeQuery;

#[Object]
impl FiguresChangeQuery {
    /// The revision of the newest change of figures in the network of a unit, to be given to `figuresChanged`; null when
    /// there is no unit whose figures you may see. Ask for it first, then for what you show: nothing that comes in
    /// meanwhile is left out.
    async fn figures_revision(
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

/// Root fields that follow figures.
#[derive(Debug, Default)]
pub(crate) struct FiguresSubscription;

#[Subscription]
impl FiguresSubscription {
    /// Daily figures as they come in, of a unit's locations that you may see: by `recordFacts` or an import, one event
    /// for each location, however many days it has. In order, each once. Ask in the event for what you show, such as
    /// the location's `performance`, or anew for the figures of the units above it.
    ///
    /// `after` is as for `unitChanged`, but with the revisions of `figuresRevision`.
    #[graphql(directive = cost::apply(5))]
    async fn figures_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
        #[graphql(desc = "A revision of the same network; from now on when it is left out.")] after: Option<
            i32,
        >,
    ) -> Result<BoxStream<'static, Result<FiguresChange>>> {
        let (database, scope) = (context.database()?, context.caller()?.scope(SEE));
        let below = Below::require(database, &scope, &within).await?;
        let changes = context.subscriber()?.follow(below, after, FIGURES).await?;
        Ok(changes.map(|change| FiguresChange::of(change?)).boxed())
    }
}
