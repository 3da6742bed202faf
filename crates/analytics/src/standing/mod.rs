//! A unit's standing among its peers.

pub(crate) mod cohort;

use async_graphql::{Context, SimpleObject};
use sea_orm::ActiveEnum;
use subgraph::Result;
use subgraph::answers::ask;
use subgraph::date::Date;
use subgraph::directory::UnitKind;
use subgraph::sdl::directives::cache_control;
use uuid::Uuid;

use crate::metric::Metric;
use crate::metric::fraction::Fraction;
use crate::metric::missing::MissingReason;
use crate::period::Window;
use crate::unit::not_visible;

use cohort::{CohortOf, Place};

/// The fewest units, with the unit itself, among which a standing is shown.
const MIN_COHORT: usize = 5;

/// A unit's standing among the operating units of its level in its network that have a figure; for amounts of
/// money, a figure in the same currency.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct PeerStanding {
    /// The first day.
    from: Date,
    /// The last day, included.
    to: Date,
    /// Percent, 0..100, of the other units in the cohort whose figure is worse; those with an equal figure count
    /// half. 100 is the best. Worse means lower, or higher for metrics where lower is better. Null where
    /// `missing` says why.
    percentile: Option<f64>,
    /// Number of units compared, with this one. At least 5 are needed.
    cohort_size: i32,
    /// Why there is no percentile.
    missing: Option<MissingReason>,
}

/// A unit's standing.
pub(crate) async fn load(
    context: &Context<'_>,
    unit: Uuid,
    metric: Metric,
    window: Window,
) -> Result<PeerStanding> {
    let place = ask(context, CohortOf(window), unit).await?.ok_or_else(|| not_visible(&unit.to_string()))?;
    let (standing, size) = match standing(&place, unit, metric) {
        Ok((percentile, size)) => (Ok(percentile), size),
        Err((reason, size)) => (Err(reason), size),
    };
    Ok(PeerStanding {
        from: window.from.into(),
        to: window.to.into(),
        percentile: standing.ok(),
        cohort_size: i32::try_from(size).map_err(subgraph::Error::internal)?,
        missing: standing.err(),
    })
}

/// The percentile and the size of the cohort, or why there is none.
fn standing(
    place: &Place,
    unit: Uuid,
    metric: Metric,
) -> std::result::Result<(f64, usize), (MissingReason, usize)> {
    if place.kind == UnitKind::Network.to_value() {
        return Err((MissingReason::NoPeers, 0));
    }
    if !place.is_operating {
        return Err((MissingReason::NotOperating, 0));
    }
    let own = place.cohort.get(&unit).ok_or((MissingReason::NoFacts, 0))?;
    let value = own.measure(metric).map_err(|reason| (reason, 0))?;
    let peers = place.cohort.iter().filter(|(peer, _)| **peer != unit).map(|(_, figures)| figures);
    let comparable = peers.filter(|figures| !metric.is_money() || figures.currency() == own.currency());
    let others: Vec<Fraction> = comparable.filter_map(|figures| figures.measure(metric).ok()).collect();
    let size = others.len() + 1;
    if size < MIN_COHORT {
        return Err((MissingReason::CohortTooSmall, size));
    }
    let is_worse =
        |other: &&Fraction| if metric.lower_is_better() { **other > value } else { **other < value };
    let worse = others.iter().filter(is_worse).count();
    let equal = others.iter().filter(|other| **other == value).count();
    // Twice the count of worse ones and once that of equal ones, of twice all: halves stay whole numbers.
    let percent = Fraction::new((2 * worse + equal) as i128 * 100, (2 * others.len()) as i128);
    let percent = percent.ok_or((MissingReason::CohortTooSmall, size))?;
    Ok((percent.to_f64(), size))
}
