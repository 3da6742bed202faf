//! Loading facts in bulk, for trusted code in the same process: demo data and imports.
//!
//! Nothing here checks permissions; rows are checked for what the figures rely on.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DbErr};
use subgraph::load::{Kind, Load};
use uuid::Uuid;

use crate::fact::{store, writing};

/// What happened in a location on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    /// The location.
    pub location_id: Uuid,
    /// The day, in the location's time zone.
    pub date: NaiveDate,
    /// The location's network.
    pub network_id: Uuid,
    /// ISO 4217 code of `revenue`: the location's currency.
    pub currency: String,
    /// Net sales in the currency's minor unit.
    pub revenue: i64,
    /// Sales.
    pub transactions: i64,
    /// Appointments due on the day.
    pub appointments_booked: i64,
    /// Of these, served.
    pub appointments_completed: i64,
    /// Of these, cancelled by either side.
    pub appointments_cancelled: i64,
    /// Of these, not kept by the client.
    pub appointments_no_show: i64,
    /// Clients served, with or without an appointment.
    pub clients_served: i64,
    /// Of these, known to be there for the first time.
    pub clients_new: i64,
    /// Of these, known to have been there before.
    pub clients_returning: i64,
    /// Opening minutes times chairs in service.
    pub chair_minutes_available: i64,
    /// Of these, booked.
    pub chair_minutes_booked: i64,
    /// Minutes worked by staff.
    pub staff_minutes: i64,
    /// Sum of the day's ratings (0 to 5 points each), in hundredths of a point.
    pub satisfaction_sum: i64,
    /// Number of the day's ratings.
    pub satisfaction_count: i64,
}

impl FactRow {
    /// The measures in the order of the table.
    pub(crate) fn measures(&self) -> [i64; 14] {
        [
            self.revenue,
            self.transactions,
            self.appointments_booked,
            self.appointments_completed,
            self.appointments_cancelled,
            self.appointments_no_show,
            self.clients_served,
            self.clients_new,
            self.clients_returning,
            self.chair_minutes_available,
            self.chair_minutes_booked,
            self.staff_minutes,
            self.satisfaction_sum,
            self.satisfaction_count,
        ]
    }
}

/// A rule that a row breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field of [`FactRow`].
    pub field: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// All rules a row breaks: a negative number, more appointments completed than booked, ...
pub fn problems(row: &FactRow) -> Vec<Problem> {
    let found = crate::fact::rules::broken(row).into_iter();
    found.map(|broken| Problem { field: broken.field, reason: broken.problem }).collect()
}

/// The last day with facts in a network.
///
/// # Errors
/// When the statement fails.
pub async fn last_day<C: ConnectionTrait>(
    connection: &C,
    network_id: Uuid,
) -> Result<Option<NaiveDate>, DbErr> {
    store::last_day(connection, network_id).await
}

/// Inserts facts, or overwrites those of the same location and day, with hundreds of rows in each statement; as the last
/// that the load does. (Location, day) must not repeat. Followers are told once per location.
///
/// # Errors
/// When a row breaks a rule (a negative number, more appointments completed than booked, ...), or a statement fails; the
/// caller drops the load.
pub async fn upsert_facts(load: &mut Load, rows: impl IntoIterator<Item = FactRow>) -> Result<(), DbErr> {
    // Services find out by themselves.
    let (_, counts) = writing::upsert(load.transaction(), rows).await?;
    counts.into_iter().for_each(|(network, counts)| load.count(network, Kind::DailyFigures, counts));
    Ok(())
}
