//! `FranchiseUnit`: the figures of units of all levels.

pub(crate) mod members;

use async_graphql::{Context, ID, Object, Result};
use chrono::NaiveDate;
use subgraph::Error;
use subgraph::caller::Permission;
use subgraph::page::Page;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use uuid::Uuid;

use crate::metric::Metric;
use crate::nullable::{Nullable, nullable};
use crate::performance::Performance;
use crate::performance::chair::{self, RevenuePerActiveChair};
use crate::period::Window;
use crate::period::clock::Clock;
use crate::period::range::DateRangeInput;
use crate::ranking::{self, Asked, RankingConnection, RankingOrder};
use crate::standing::{self, PeerStanding};

/// How long figures may be kept by their reader, in seconds: facts come in by day, and a dashboard is looked at again
/// within minutes.
pub(crate) const KEPT: Option<i32> = Some(60);

/// A unit, known by its id; what else a field requires comes with the representation.
#[derive(Clone, Debug)]
pub(crate) struct FranchiseUnit {
    id: ID,
    time_zone: Option<String>,
    active_chairs: Option<i32>,
}

impl From<Uuid> for FranchiseUnit {
    fn from(id: Uuid) -> Self {
        Self { id: id.into(), time_zone: None, active_chairs: None }
    }
}

impl FranchiseUnit {
    /// A unit as its representation describes it.
    pub(crate) fn new(id: ID, time_zone: Option<String>, active_chairs: Option<i32>) -> Self {
        Self { id, time_zone, active_chairs }
    }

    /// The unit's key. No unit has an id of another form, so such an id is one that cannot be seen.
    fn key(&self) -> subgraph::Result<Uuid> {
        Uuid::parse_str(&self.id).map_err(|_| not_visible(&self.id))
    }

    fn window(&self, context: &Context<'_>, range: &DateRangeInput) -> subgraph::Result<Window> {
        range.window(|| self.today(context))
    }

    fn today(&self, context: &Context<'_>) -> subgraph::Result<NaiveDate> {
        let time_zone = self.time_zone.as_deref().ok_or_else(|| not_given("timeZone"))?;
        Clock::of(context).today(time_zone)
    }
}

/// A figure of a unit that the caller may not see, or that does not exist: which of them stays unsaid.
pub(crate) fn not_visible(id: &str) -> Error {
    Error::Forbidden(format!(
        "you may not {} of the unit `{id}`, or there is no such unit",
        Permission::ReadFigures.phrase()
    ))
}

fn not_given(field: &str) -> Error {
    Error::BadInput(format!("the representation of the unit lacks `{field}`, which this field requires"))
}

// Figures are those of all locations that belong to the unit now: when a location moves to another group, its history
// moves with it.
/// A network, region, group or location.
#[Object(interface_object)]
impl FranchiseUnit {
    /// The unit's id, the same in every service.
    async fn id(&self) -> &ID {
        &self.id
    }

    /// IANA time zone in which "today" of a preset range is meant.
    #[graphql(external)]
    async fn time_zone(&self) -> Result<&str> {
        Ok(self.time_zone.as_deref().ok_or_else(|| not_given("timeZone"))?)
    }

    /// Chairs in service now.
    #[graphql(external)]
    async fn active_chairs(&self) -> Result<i32> {
        Ok(self.active_chairs.ok_or_else(|| not_given("activeChairs"))?)
    }

    /// Figures over a range of days, compared with the same number of days before; null when you may not see
    /// the unit's figures.
    #[graphql(requires = "timeZone", directive = cost::apply(10), directive = cache_control::apply(KEPT, PRIVATE, None))]
    async fn performance(&self, context: &Context<'_>, range: DateRangeInput) -> Nullable<Performance> {
        nullable(async {
            let (unit, window) = (self.key()?, self.window(context, &range)?);
            Performance::load(context, unit, window).await
        })
        .await
    }

    /// Net sales over a range of days for each chair that is in service now; null when you may not see the unit's
    /// figures.
    #[graphql(requires = "activeChairs timeZone", directive = cost::apply(10), directive = cache_control::apply(KEPT, PRIVATE, None))]
    async fn revenue_per_active_chair(
        &self,
        context: &Context<'_>,
        range: DateRangeInput,
    ) -> Nullable<RevenuePerActiveChair> {
        nullable(async {
            let chairs = self.active_chairs.ok_or_else(|| not_given("activeChairs"))?;
            let (unit, window) = (self.key()?, self.window(context, &range)?);
            chair::load(context, unit, window, chairs).await
        })
        .await
    }

    /// How the unit stands among its peers over a range of days: the operating units of its level in its network
    /// that have a figure. Null when you may not see the unit's figures.
    #[graphql(requires = "timeZone", directive = cost::apply(20), directive = cache_control::apply(KEPT, PRIVATE, None))]
    async fn peer_standing(
        &self,
        context: &Context<'_>,
        metric: Metric,
        range: DateRangeInput,
    ) -> Nullable<PeerStanding> {
        nullable(async {
            let (unit, window) = (self.key()?, self.window(context, &range)?);
            standing::load(context, unit, metric, window).await
        })
        .await
    }

    /// The unit's locations in the order of a metric; null when you may not see the unit's figures.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    #[graphql(
        requires = "timeZone",
        directive = cost::apply(10),
        directive = cache_control::apply(KEPT, PRIVATE, None),
        directive = list_size::apply(
            Some(20),
            Some(vec!["first".to_owned(), "last".to_owned()]),
            Some(vec!["edges".to_owned(), "nodes".to_owned()]),
            Some(false)
        )
    )]
    async fn ranking(
        &self,
        context: &Context<'_>,
        metric: Metric,
        range: DateRangeInput,
        #[graphql(default)] order: RankingOrder,
        #[graphql(
            desc = "For amounts of money: rank the locations whose amounts are in this currency (ISO \
                          4217), by default the unit's."
        )]
        currency: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Nullable<RankingConnection> {
        nullable(async {
            let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
            let (unit, window) = (self.key()?, self.window(context, &range)?);
            let asked = Asked { metric, window, order, currency, page };
            ranking::load(context, unit, asked).await?.ok_or_else(|| not_visible(&self.id))
        })
        .await
    }
}

/// How units enter the graph: only as entities.
#[derive(Debug, Default)]
pub(crate) struct UnitQuery;

#[Object]
impl UnitQuery {
    /// A unit by its id, with what other fields require.
    #[graphql(entity)]
    async fn franchise_unit(
        &self,
        #[graphql(key)] id: ID,
        time_zone: Option<String>,
        active_chairs: Option<i32>,
    ) -> FranchiseUnit {
        FranchiseUnit::new(id, time_zone, active_chairs)
    }
}
