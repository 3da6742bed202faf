//! `FranchiseUnit`: the figures of units of all levels.

pub(crate) mod members;

use async_graphql::{Context, ID, Object, Result};
use chrono::NaiveDate;
use subgraph::Error;
use subgraph::caller::Permission;
use uuid::Uuid;

use crate::nullable::{Nullable, nullable};
use crate::performance::Performance;
use crate::period::Window;
use crate::period::clock::Clock;
use crate::period::range::DateRangeInput;

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

/// A network, region, group or location, with the figures of all locations that belong to it now: when a
/// location moves to another group, its history moves with it.
#[Object(interface_object)]
impl FranchiseUnit {
    /// The unit's id.
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
    #[graphql(requires = "timeZone", directive = subgraph::sdl::directives::cost::apply(10))]
    async fn performance(&self, context: &Context<'_>, range: DateRangeInput) -> Nullable<Performance> {
        nullable(async {
            let (unit, window) = (self.key()?, self.window(context, &range)?);
            Performance::load(context, unit, window).await
        })
        .await
    }
}
