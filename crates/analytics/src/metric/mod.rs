//! What is measured: sums of facts, the metrics computed from them, and why one may be missing.

pub(crate) mod figures;
pub(crate) mod fraction;
pub(crate) mod missing;
pub(crate) mod sums;

use async_graphql::{Enum, SimpleObject};
use subgraph::money::Money;
use subgraph::sdl::directives::cache_control;

use fraction::Fraction;
use sums::Sums;

/// A figure that units can be compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub(crate) enum Metric {
    /// Net sales, in minor units.
    Revenue,
    /// Number of sales.
    Transactions,
    /// Net sales for each sale, in minor units.
    AverageTicket,
    /// Net sales for each hour worked by staff, in minor units.
    RevenuePerStaffHour,
    /// Appointments served.
    AppointmentsCompleted,
    /// Share of booked appointments that were cancelled, as a ratio 0..1. Lower is better.
    CancellationRate,
    /// Share of booked appointments that clients did not keep, as a ratio 0..1. Lower is better.
    NoShowRate,
    /// Clients served.
    ClientsServed,
    /// Clients who were there for the first time.
    NewClients,
    /// Share of returning clients among those known to be new or returning, as a ratio 0..1.
    ReturningShare,
    /// Share of available chair minutes that were booked, as a ratio 0..1.
    Utilization,
    /// Mean rating, 0 to 5 points.
    Satisfaction,
}

impl Metric {
    /// Whether the figure is an amount of money, so that only figures in one currency compare.
    pub(crate) fn is_money(self) -> bool {
        matches!(self, Self::Revenue | Self::AverageTicket | Self::RevenuePerStaffHour)
    }

    /// Whether less is better.
    pub(crate) fn lower_is_better(self) -> bool {
        matches!(self, Self::CancellationRate | Self::NoShowRate)
    }

    /// The figure, or nothing where there is nothing to divide by. For money, the sums must be of one currency.
    pub(crate) fn of(self, sums: &Sums) -> Option<Fraction> {
        match self {
            Self::Revenue => Some(Fraction::whole(sums.revenue)),
            Self::Transactions => Some(Fraction::whole(sums.transactions)),
            Self::AverageTicket => Fraction::new(sums.revenue, sums.transactions),
            Self::RevenuePerStaffHour => {
                Fraction::new(i128::from(sums.revenue) * 60, i128::from(sums.staff_minutes))
            }
            Self::AppointmentsCompleted => Some(Fraction::whole(sums.appointments_completed)),
            Self::CancellationRate => Fraction::new(sums.appointments_cancelled, sums.appointments_booked),
            Self::NoShowRate => Fraction::new(sums.appointments_no_show, sums.appointments_booked),
            Self::ClientsServed => Some(Fraction::whole(sums.clients_served)),
            Self::NewClients => Some(Fraction::whole(sums.clients_new)),
            Self::ReturningShare => {
                Fraction::new(sums.clients_returning, sums.clients_new + sums.clients_returning)
            }
            Self::Utilization => Fraction::new(sums.chair_minutes_booked, sums.chair_minutes_available),
            Self::Satisfaction => {
                Fraction::new(i128::from(sums.satisfaction_sum), i128::from(sums.satisfaction_count) * 100)
            }
        }
    }
}

/// A metric's figure.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct MetricValue {
    /// The figure, unless it is an amount of money: a count, a ratio 0..1, or points 0..5, as the metric says.
    number: Option<f64>,
    /// The figure if it is an amount of money, rounded to the minor unit.
    money: Option<Money>,
}

impl MetricValue {
    /// A figure of a metric; for money, in a currency.
    pub(crate) fn new(metric: Metric, value: Fraction, currency: &str) -> Self {
        if metric.is_money() {
            Self { number: None, money: Some(Money::new(value.rounded(), currency)) }
        } else {
            Self { number: Some(value.to_f64()), money: None }
        }
    }
}
