//! Revenue for each chair in service.

use async_graphql::{Context, SimpleObject};
use subgraph::Result;
use subgraph::date::Date;
use subgraph::money::Money;
use subgraph::sdl::directives::cache_control;
use uuid::Uuid;

use super::Performance;
use crate::metric::fraction::Fraction;
use crate::metric::missing::MissingReason;
use crate::period::Window;

/// Net sales over a window for each chair that is in service now.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct RevenuePerActiveChair {
    /// The first day.
    from: Date,
    /// The last day, included.
    to: Date,
    /// Net sales of the window divided by the unit's chairs, rounded to the minor unit. Null where `missing` says
    /// why.
    amount: Option<Money>,
    /// Why there is no amount.
    missing: Option<MissingReason>,
}

pub(crate) async fn load(
    context: &Context<'_>,
    unit: Uuid,
    window: Window,
    active_chairs: i32,
) -> Result<RevenuePerActiveChair> {
    let performance = Performance::load(context, unit, window).await?;
    let amount = amount(&performance, active_chairs);
    Ok(RevenuePerActiveChair {
        from: window.from.into(),
        to: window.to.into(),
        missing: amount.as_ref().err().copied(),
        amount: amount.ok(),
    })
}

fn amount(performance: &Performance, active_chairs: i32) -> std::result::Result<Money, MissingReason> {
    let figures = performance.current().ok_or(MissingReason::NoFacts)?;
    let currency = figures.currency().ok_or(MissingReason::MixedCurrencies)?;
    let amount =
        Fraction::new(figures.total().revenue, active_chairs).ok_or(MissingReason::NoActiveChairs)?;
    Ok(Money::new(amount.rounded(), currency))
}
