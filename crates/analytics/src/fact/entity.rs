//! The table `daily_facts`.

use sea_orm::entity::prelude::*;

/// A row of `daily_facts`: what happened in a location on a day of its own calendar.
///
/// Locations move between groups and regions; a row carries only its network, so that figures of a unit are
/// always those of the locations that belong to it now.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "daily_facts")]
pub(crate) struct Model {
    /// The location.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) location_id: Uuid,
    /// The day, in the location's time zone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) date: Date,
    /// The location's network.
    pub(crate) network_id: Uuid,
    /// The currency of `revenue`: the location's when the row was recorded.
    pub(crate) currency: String,
    /// Net sales in the currency's minor unit.
    pub(crate) revenue: i64,
    /// Sales.
    pub(crate) transactions: i64,
    /// Appointments due on the day.
    pub(crate) appointments_booked: i64,
    /// Of these, served.
    pub(crate) appointments_completed: i64,
    /// Of these, cancelled by either side.
    pub(crate) appointments_cancelled: i64,
    /// Of these, not kept by the client.
    pub(crate) appointments_no_show: i64,
    /// Clients served, with or without an appointment.
    pub(crate) clients_served: i64,
    /// Of these, known to be there for the first time.
    pub(crate) clients_new: i64,
    /// Of these, known to have been there before.
    pub(crate) clients_returning: i64,
    /// Opening minutes times chairs in service.
    pub(crate) chair_minutes_available: i64,
    /// Of these, booked.
    pub(crate) chair_minutes_booked: i64,
    /// Minutes worked by staff.
    pub(crate) staff_minutes: i64,
    /// Sum of the day's ratings (0 to 5 points each), in hundredths of a point.
    pub(crate) satisfaction_sum: i64,
    /// Number of the day's ratings.
    pub(crate) satisfaction_count: i64,
    /// Counts the row's changes, from 1.
    pub(crate) version: i32,
    /// When the row was written last.
    pub(crate) recorded_at: ChronoDateTimeUtc,
}

/// No relations: locations are in the directory.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Column {
    /// The columns that add up over days and locations (`revenue` only within one currency).
    pub(crate) const MEASURES: [Self; 14] = [
        Self::Revenue,
        Self::Transactions,
        Self::AppointmentsBooked,
        Self::AppointmentsCompleted,
        Self::AppointmentsCancelled,
        Self::AppointmentsNoShow,
        Self::ClientsServed,
        Self::ClientsNew,
        Self::ClientsReturning,
        Self::ChairMinutesAvailable,
        Self::ChairMinutesBooked,
        Self::StaffMinutes,
        Self::SatisfactionSum,
        Self::SatisfactionCount,
    ];
}
