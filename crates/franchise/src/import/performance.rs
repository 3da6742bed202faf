//! Files of daily figures.

use std::collections::HashMap;

use analytics::bulk::FactRow;
use chrono::NaiveDate;
use subgraph::directory::unit;

use super::locations::Cells;
use super::problem::BadFile;
use super::source::TextFile;
use super::table::{Column, Table, optional, required};
use super::value;

/// The columns of a file of daily figures.
const COLUMNS: &[Column] = &[
    required("location"),
    required("date"),
    required("revenue"),
    optional("transactions"),
    optional("appointments_booked"),
    optional("appointments_completed"),
    optional("appointments_cancelled"),
    optional("appointments_no_show"),
    optional("clients_served"),
    optional("clients_new"),
    optional("clients_returning"),
    optional("chair_minutes_available"),
    optional("chair_minutes_booked"),
    optional("staff_minutes"),
    optional("satisfaction_sum"),
    optional("satisfaction_count"),
];

/// Reads a whole file against the network's locations by code; either every row is good, or all problems are
/// reported. `today` is the last day that may have figures anywhere on earth.
pub(super) fn read(
    file: &TextFile,
    locations: &HashMap<String, unit::Model>,
    today: NaiveDate,
) -> Result<Vec<FactRow>, BadFile> {
    let table = Table::read(file, COLUMNS)?;
    let mut problems = Vec::new();
    let mut seen: HashMap<(&str, &str), u64> = HashMap::new();
    let mut facts = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let mut cells = Cells { row, problems: Vec::new() };
        let fact = fact(&mut cells, locations, today);
        if let (Some(code), Some(date)) = (row.get("location"), row.get("date"))
            && let Some(first) = seen.insert((code, date), row.line)
        {
            cells.problem("date", format!("this location's day stands on line {first} already"));
        }
        problems.append(&mut cells.problems);
        facts.extend(fact);
    }
    if problems.is_empty() { Ok(facts) } else { Err(file.refuse(problems)) }
}

fn fact(
    cells: &mut Cells<'_>,
    locations: &HashMap<String, unit::Model>,
    today: NaiveDate,
) -> Option<FactRow> {
    let location = cells.required("location", |code| {
        locations.get(code).ok_or_else(|| format!("the network has no location with the code `{code}`"))
    });
    let date = cells.required("date", value::date);
    if date.is_some_and(|date| date > today) {
        cells.problem("date", "is in the future");
    }
    let decimals = location.and_then(|location| value::decimals(&location.currency)).unwrap_or(2);
    let revenue = cells.required("revenue", |cell| value::amount(cell, decimals));
    let mut count = |column| cells.optional(column, value::count).unwrap_or(0);
    let fact = FactRow {
        location_id: location.map(|location| location.id).unwrap_or_default(),
        date: date.unwrap_or_default(),
        network_id: location.map(|location| location.network_id).unwrap_or_default(),
        currency: location.map(|location| location.currency.clone()).unwrap_or_default(),
        revenue: revenue.unwrap_or_default(),
        transactions: count("transactions"),
        appointments_booked: count("appointments_booked"),
        appointments_completed: count("appointments_completed"),
        appointments_cancelled: count("appointments_cancelled"),
        appointments_no_show: count("appointments_no_show"),
        clients_served: count("clients_served"),
        clients_new: count("clients_new"),
        clients_returning: count("clients_returning"),
        chair_minutes_available: count("chair_minutes_available"),
        chair_minutes_booked: count("chair_minutes_booked"),
        staff_minutes: count("staff_minutes"),
        satisfaction_sum: cells.optional("satisfaction_sum", |cell| value::amount(cell, 2)).unwrap_or(0),
        satisfaction_count: cells.optional("satisfaction_count", value::count).unwrap_or(0),
    };
    if cells.problems.is_empty() {
        for broken in analytics::bulk::problems(&fact) {
            cells.problem(&column_of(broken.field), broken.reason);
        }
    }
    cells.problems.is_empty().then_some(fact)
}

/// The column that fills a field of the API's name.
fn column_of(field: &str) -> String {
    let mut column = String::with_capacity(field.len() + 4);
    for character in field.chars() {
        if character.is_ascii_uppercase() {
            column.push('_');
        }
        column.push(character.to_ascii_lowercase());
    }
    column.trim_end_matches("_minor").to_owned()
}
