//! What compliance adds to a franchise unit.

pub(crate) mod subtree;

use std::sync::Arc;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, Object};
use chrono::Days;
use subgraph::answers::ask;
use subgraph::error::{Error, Result};
use subgraph::page::{Cursor, Page};
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use uuid::Uuid;

use crate::alert::Alert;
use crate::alert::list::{AlertFilter, AlertList};
use crate::alert::loader::AlertsBelow;
use crate::cost::{AGGREGATE, KEPT, LIST, PAGE, sized, slicing};
use crate::requirement::Requirement;
use crate::requirement::list::{List, RequirementFilter, RequirementSort};
use crate::requirement::loader::PageOf;
use crate::score::{ComplianceScore, CountsAt};
use crate::view::ViewContext;
use subtree::parse_id;

/// The most days that can be looked ahead: the longest period between two reviews.
const MAX_DAYS_AHEAD: i32 = 366;

/// A network, region, group or location.
pub(crate) struct FranchiseUnit {
    id: Uuid,
    time_zone: Option<String>,
}

impl FranchiseUnit {
    /// A unit that something in this service refers to.
    pub(crate) fn new(id: Uuid) -> Self {
        Self { id, time_zone: None }
    }

    async fn list(
        &self,
        ctx: &Context<'_>,
        list: List,
    ) -> Result<Connection<Cursor, Requirement, EmptyFields, EmptyFields>> {
        let list = Arc::new(list);
        let key = PageOf { unit: self.id, list: list.clone() };
        let rows = ctx.batches()?.requirement_pages.load_one(key).await?.ok_or_else(hidden)?;
        Ok(list.connection(rows))
    }
}

/// What is answered for a unit out of scope, whether or not it exists.
fn hidden() -> Error {
    Error::Forbidden("you may not see the compliance records of this unit".to_owned())
}

// Everything here covers the unit itself and all units below it.
/// A network, region, group or location.
#[Object(interface_object)]
impl FranchiseUnit {
    /// The unit's id, the same in every service.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// IANA time zone.
    #[graphql(external)]
    async fn time_zone(&self) -> Result<&str> {
        self.time_zone
            .as_deref()
            .ok_or_else(|| Error::BadInput("`timeZone` is missing in the representation".to_owned()))
    }

    /// How well the unit meets its requirements today; null when you may not see its compliance records.
    #[graphql(directive = cost::apply(AGGREGATE), directive = cache_control::apply(KEPT, PRIVATE, None))]
    async fn compliance_score(&self, ctx: &Context<'_>) -> Result<Option<ComplianceScore>> {
        let calendar = &ctx.view()?.calendar;
        let counts = ask(ctx, CountsAt(calendar.clone()), self.id).await?.ok_or_else(hidden)?;
        Ok(Some(ComplianceScore::new(counts, calendar.now)))
    }

    /// Requirements on the unit and the units below it; null when you may not see its compliance records.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(PAGE, slicing(), sized(), Some(false)))]
    #[expect(clippy::too_many_arguments, reason = "the four Relay arguments are fields of their own")]
    async fn requirements(
        &self,
        ctx: &Context<'_>,
        filter: Option<RequirementFilter>,
        #[graphql(default)] sort: RequirementSort,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<Connection<Cursor, Requirement, EmptyFields, EmptyFields>>> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        self.list(ctx, List { filter, sort, page, deadline_up_to: None }).await.map(Some)
    }

    /// Alerts about the unit and the units below it: most severe first, then the longest standing. Null when you
    /// may not see its compliance records.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(PAGE, slicing(), sized(), Some(false)))]
    async fn compliance_alerts(
        &self,
        ctx: &Context<'_>,
        filter: Option<AlertFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<Connection<Cursor, Alert, EmptyFields, EmptyFields>>> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let list = Arc::new(AlertList { filter: filter.unwrap_or_default(), page });
        let key = AlertsBelow { unit: self.id, list: list.clone() };
        let rows = ctx.batches()?.alert_pages.load_one(key).await?.ok_or_else(hidden)?;
        Ok(Some(list.connection(rows)))
    }

    /// Requirements on the unit and below it that are not met and due, or to be reviewed, from today (in the
    /// unit's time zone) until a number of days later, or already late; earliest next review first. Null when
    /// you may not see its compliance records.
    #[graphql(requires = "timeZone", directive = cost::apply(LIST), directive = list_size::apply(PAGE, slicing(), sized(), Some(false)))]
    async fn upcoming_deadlines(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 30, desc = "How many days to look ahead, 0 to 366.")] within_days: i32,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<Connection<Cursor, Requirement, EmptyFields, EmptyFields>>> {
        let days = u64::try_from(within_days).ok().filter(|_| within_days <= MAX_DAYS_AHEAD);
        let days = days.ok_or_else(|| {
            Error::BadInput(format!("`withinDays` must be between 0 and {MAX_DAYS_AHEAD}, not {within_days}"))
        })?;
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let today = ctx.view()?.calendar.today_in(self.time_zone(ctx).await?)?;
        let deadline_up_to = today.checked_add_days(Days::new(days));
        let filter = RequirementFilter::default();
        self.list(ctx, List { filter, sort: RequirementSort::Deadline, page, deadline_up_to }).await.map(Some)
    }
}

/// Root fields about units.
#[derive(Default)]
pub(crate) struct UnitQuery;

#[Object]
impl UnitQuery {
    #[graphql(entity)]
    async fn franchise_unit(
        &self,
        #[graphql(key)] id: ID,
        time_zone: Option<String>,
    ) -> Result<FranchiseUnit> {
        Ok(FranchiseUnit { id: parse_id(&id, "id")?, time_zone })
    }
}
