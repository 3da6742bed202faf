//! What a day's facts must satisfy so that figures computed from them mean something.

use subgraph::money::is_currency_code;

use crate::bulk::FactRow;

/// The most a count of a day may be: more is a mistake of units.
pub(crate) const MAX_COUNT: i64 = 1_000_000;

/// The most minor units of a day: more is a mistake of units, and sums over decades of days of thousands of
/// locations still fit 64 bits.
pub(crate) const MAX_REVENUE: i64 = 100_000_000_000;

/// The best rating, in hundredths of a point.
pub(crate) const MAX_RATING: i64 = 500;

/// A rule that a row breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The field, as GraphQL spells it.
    pub(crate) field: &'static str,
    /// What is wrong, to follow the field's name.
    pub(crate) problem: String,
}

/// All rules the row breaks.
pub(crate) fn broken(row: &FactRow) -> Vec<Broken> {
    let mut found = Vec::new();
    if !is_currency_code(&row.currency) {
        found.push(Broken { field: "currency", problem: "must be an ISO 4217 code".to_owned() });
    }
    for (field, value, most) in [
        ("revenueMinor", row.revenue, MAX_REVENUE),
        ("transactions", row.transactions, MAX_COUNT),
        ("appointmentsBooked", row.appointments_booked, MAX_COUNT),
        ("appointmentsCompleted", row.appointments_completed, MAX_COUNT),
        ("appointmentsCancelled", row.appointments_cancelled, MAX_COUNT),
        ("appointmentsNoShow", row.appointments_no_show, MAX_COUNT),
        ("clientsServed", row.clients_served, MAX_COUNT),
        ("clientsNew", row.clients_new, MAX_COUNT),
        ("clientsReturning", row.clients_returning, MAX_COUNT),
        ("chairMinutesAvailable", row.chair_minutes_available, MAX_COUNT),
        ("chairMinutesBooked", row.chair_minutes_booked, MAX_COUNT),
        ("staffMinutes", row.staff_minutes, MAX_COUNT),
        ("satisfactionSum", row.satisfaction_sum, MAX_COUNT * MAX_RATING),
        ("satisfactionCount", row.satisfaction_count, MAX_COUNT),
    ] {
        if !(0..=most).contains(&value) {
            found.push(Broken { field, problem: format!("must be between 0 and {most}, not {value}") });
        }
    }
    if found.is_empty() {
        found.extend(contradictions(row));
    }
    found
}

fn contradictions(row: &FactRow) -> Vec<Broken> {
    let ended = row.appointments_completed + row.appointments_cancelled + row.appointments_no_show;
    let known = row.clients_new + row.clients_returning;
    [
        (
            "appointmentsBooked",
            ended <= row.appointments_booked,
            format!(
                "is {}, but {ended} were completed, cancelled or not kept: count every appointment of the day",
                row.appointments_booked
            ),
        ),
        (
            "clientsServed",
            known <= row.clients_served,
            format!("is {}, but {known} were new or returning", row.clients_served),
        ),
        (
            "chairMinutesBooked",
            row.chair_minutes_booked <= row.chair_minutes_available,
            format!(
                "is {}, but only {} were available",
                row.chair_minutes_booked, row.chair_minutes_available
            ),
        ),
        (
            "satisfactionSum",
            row.satisfaction_sum <= row.satisfaction_count * MAX_RATING,
            format!("is more than {} ratings of at most 5 points add up to", row.satisfaction_count),
        ),
    ]
    .into_iter()
    .filter(|(_, holds, _)| !holds)
    .map(|(field, _, problem)| Broken { field, problem })
    .collect()
}
