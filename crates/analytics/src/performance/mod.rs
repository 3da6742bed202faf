//! A unit's figures over a window, their series, and their change against the window before.

pub(crate) mod chair;
pub(crate) mod loader;
mod series;
mod store;

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use subgraph::Result;
use subgraph::answers::ask;
use subgraph::date::Date;
use subgraph::sdl::directives::cache_control;
use uuid::Uuid;

use crate::metric::Metric;
use crate::metric::figures::Figures;
use crate::metric::missing::MissingReason;
use crate::nullable::{Nullable, nullable};
use crate::period::Window;
use crate::period::granularity::Granularity;
use crate::unit::not_visible;

use loader::ReadingOf;
use series::SeriesPoint;
pub(crate) use store::Reading;

/// Figures of a unit over a window.
#[derive(Clone, Debug)]
pub(crate) struct Performance {
    unit: Uuid,
    window: Window,
    reading: Arc<Reading>,
}

impl Performance {
    /// Loads, together with all others of the request.
    pub(crate) async fn load(context: &Context<'_>, unit: Uuid, window: Window) -> Result<Self> {
        let reading =
            ask(context, ReadingOf(window), unit).await?.ok_or_else(|| not_visible(&unit.to_string()))?;
        Ok(Self { unit, window, reading })
    }

    /// The window's figures, if facts are recorded.
    pub(crate) fn current(&self) -> Option<&Figures> {
        self.reading.current.as_ref()
    }
}

/// A figure's change against the window before.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct Change {
    /// The change as a ratio of the earlier figure: 0.25 is a quarter more, -1 is nothing left. Null where
    /// `missing` says why.
    ratio: Option<f64>,
    /// Why there is no ratio.
    missing: Option<MissingReason>,
}

/// The window that a window is compared with.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct PrecedingWindow {
    /// The first day.
    from: Date,
    /// The last day, included: the day before the window.
    to: Date,
    /// What was earned, done and served; null when no facts are recorded.
    figures: Option<Figures>,
}

/// Figures of a unit over a window of days. A day is a day of the location's own calendar.
#[Object(directive = cache_control::apply(None, None, Some(true)))]
impl Performance {
    /// The first day.
    async fn from(&self) -> Date {
        self.window.from.into()
    }

    /// The last day, included.
    async fn to(&self) -> Date {
        self.window.to.into()
    }

    /// Number of days.
    async fn days(&self) -> i64 {
        self.window.days()
    }

    /// What was earned, done and served; null when no facts are recorded.
    async fn figures(&self) -> Option<&Figures> {
        self.current()
    }

    /// The same number of days immediately before.
    async fn preceding(&self) -> PrecedingWindow {
        let Window { from, to } = self.window.previous();
        PrecedingWindow { from: from.into(), to: to.into(), figures: self.reading.previous.clone() }
    }

    /// How a figure changed against the preceding window.
    async fn change(&self, #[graphql(default_with = "Metric::Revenue")] metric: Metric) -> Change {
        match change(metric, self.reading.current.as_ref(), self.reading.previous.as_ref()) {
            Ok(ratio) => Change { ratio: Some(ratio), missing: None },
            Err(reason) => Change { ratio: None, missing: Some(reason) },
        }
    }

    /// Number of locations with at least one day of facts; compare with the unit's `locationCount`.
    async fn locations_with_facts(&self) -> i64 {
        self.current().map_or(0, |figures| figures.total().locations)
    }

    /// Number of facts recorded: one for each location and day.
    async fn location_days(&self) -> i64 {
        self.current().map_or(0, |figures| figures.total().location_days)
    }

    /// Share of days with facts over the locations that have any, as a ratio 0..1; null when none has.
    async fn completeness(&self) -> Option<f64> {
        let total = self.current()?.total();
        let expected = total.locations * self.window.days();
        crate::metric::fraction::Fraction::new(total.location_days, expected).map(|share| share.to_f64())
    }

    /// The figures cut into buckets, in order and without gaps. The first and the last bucket may be cut off
    /// by the window. At most 1000 buckets; null when there would be more.
    #[graphql(directive = subgraph::sdl::directives::list_size::apply(Some(31), None, None, None))]
    async fn series(&self, context: &Context<'_>, granularity: Granularity) -> Nullable<Vec<SeriesPoint>> {
        nullable(series::load(context, self.unit, self.window, granularity)).await
    }
}

fn change(
    metric: Metric,
    current: Option<&Figures>,
    previous: Option<&Figures>,
) -> std::result::Result<f64, MissingReason> {
    let current = current.ok_or(MissingReason::NoFacts)?;
    let previous = previous.ok_or(MissingReason::NoFactsBefore)?;
    if metric.is_money() && current.currency() != previous.currency() {
        return Err(MissingReason::MixedCurrencies);
    }
    let (now, before) = (current.measure(metric)?, previous.measure(metric)?);
    now.change_from(before).ok_or(MissingReason::ZeroBefore)
}
