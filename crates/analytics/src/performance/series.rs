//! A window cut into buckets.

use async_graphql::{Context, SimpleObject};
use subgraph::answers::ask;
use subgraph::date::Date;
use subgraph::sdl::directives::cache_control;
use subgraph::{Error, Result};
use uuid::Uuid;

use super::loader::SeriesOf;
use crate::metric::figures::Figures;
use crate::period::Window;
use crate::period::granularity::Granularity;
use crate::unit::not_visible;

/// The most buckets of a series.
const MAX_BUCKETS: usize = 1000;

/// A bucket of a series. Buckets without facts are there, with null figures.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct SeriesPoint {
    /// The first day of the whole bucket: a Monday, or the first of a month, quarter or year. May lie before
    /// the window.
    start: Date,
    /// The first day of the bucket that is in the window.
    from: Date,
    /// The last day of the bucket that is in the window.
    to: Date,
    /// What was earned, done and served on these days; null when no facts are recorded.
    figures: Option<Figures>,
}

pub(super) async fn load(
    context: &Context<'_>,
    unit: Uuid,
    window: Window,
    granularity: Granularity,
) -> Result<Vec<SeriesPoint>> {
    let buckets: Vec<_> = granularity.buckets(window).take(MAX_BUCKETS + 1).collect();
    if buckets.len() > MAX_BUCKETS {
        return Err(Error::BadInput(format!(
            "a series has at most {MAX_BUCKETS} buckets: choose longer buckets or a shorter range"
        )));
    }
    let found = ask(context, SeriesOf(window, granularity), unit)
        .await?
        .ok_or_else(|| not_visible(&unit.to_string()))?;
    let point = |(start, days): (chrono::NaiveDate, Window)| SeriesPoint {
        start: start.into(),
        from: days.from.into(),
        to: days.to.into(),
        figures: found.get(&start).cloned(),
    };
    Ok(buckets.into_iter().map(point).collect())
}
