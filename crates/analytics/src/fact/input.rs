//! Facts as clients enter them.

use async_graphql::{InputObject, SimpleObject};
use chrono::NaiveDate;
use subgraph::date::Date;
use subgraph::directory::unit;
use subgraph::error::UserError;
use subgraph::money::Long;
use uuid::Uuid;

use crate::bulk::FactRow;

/// A batch of facts.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct RecordFactsInput {
    /// The facts, each of another location or day. At most 1000.
    pub(crate) facts: Vec<DailyFactsInput>,
}

/// What happened in a location on a day of its own calendar. Counts are of the day alone.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct DailyFactsInput {
    /// The location's id. Either this or `locationCode`.
    pub(crate) location_id: Option<async_graphql::ID>,
    /// The location's code.
    pub(crate) location_code: Option<String>,
    /// The day in the location's time zone; today at the latest.
    pub(crate) date: Date,
    /// Net sales in the minor unit of the location's currency.
    revenue_minor: Long,
    /// Number of sales.
    transactions: i32,
    /// Appointments due on the day, whatever became of them.
    appointments_booked: i32,
    /// Appointments served.
    appointments_completed: i32,
    /// Appointments cancelled by either side.
    appointments_cancelled: i32,
    /// Appointments that the client did not keep.
    appointments_no_show: i32,
    /// Clients served, with or without an appointment.
    clients_served: i32,
    /// Of the clients served, those known to be there for the first time.
    clients_new: i32,
    /// Of the clients served, those known to have been there before.
    clients_returning: i32,
    /// Opening minutes times chairs in service.
    chair_minutes_available: i32,
    /// Of the chair minutes available, those booked.
    chair_minutes_booked: i32,
    /// Minutes worked by staff.
    staff_minutes: i32,
    /// Sum of the day's ratings, each 0 to 5 points; kept to hundredths of a point.
    #[graphql(default)]
    pub(crate) satisfaction_sum: f64,
    /// Number of the day's ratings.
    #[graphql(default)]
    satisfaction_count: i32,
}

impl DailyFactsInput {
    /// The facts as a row for a location.
    pub(crate) fn row(&self, location: &unit::Model) -> FactRow {
        FactRow {
            location_id: location.id,
            date: NaiveDate::from(self.date),
            network_id: location.network_id,
            currency: location.currency.clone(),
            revenue: self.revenue_minor.0,
            transactions: self.transactions.into(),
            appointments_booked: self.appointments_booked.into(),
            appointments_completed: self.appointments_completed.into(),
            appointments_cancelled: self.appointments_cancelled.into(),
            appointments_no_show: self.appointments_no_show.into(),
            clients_served: self.clients_served.into(),
            clients_new: self.clients_new.into(),
            clients_returning: self.clients_returning.into(),
            chair_minutes_available: self.chair_minutes_available.into(),
            chair_minutes_booked: self.chair_minutes_booked.into(),
            staff_minutes: self.staff_minutes.into(),
            satisfaction_sum: hundredths(self.satisfaction_sum),
            satisfaction_count: self.satisfaction_count.into(),
        }
    }

    /// The location's id, if it has the form of one.
    pub(crate) fn id(&self) -> Option<Uuid> {
        self.location_id.as_ref().and_then(|id| Uuid::parse_str(id).ok())
    }
}

/// Points in hundredths. What is too large or no number becomes a number that the rules refuse.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the conversion saturates, and the rules bound the result"
)]
fn hundredths(points: f64) -> i64 {
    if points.is_nan() { -1 } else { (points * 100.0).round() as i64 }
}

/// What became of a batch of facts.
#[derive(Clone, Debug, Default, SimpleObject)]
pub(crate) struct RecordFactsPayload {
    /// Facts of locations and days that had none.
    pub(crate) inserted: i32,
    /// Facts that replaced others.
    pub(crate) updated: i32,
    /// Facts that were there already.
    pub(crate) unchanged: i32,
    /// Why nothing was recorded; empty when everything was. At most 100, with the place of each in `facts`.
    pub(crate) user_errors: Vec<UserError>,
}
