//! Files of locations.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use networks::bulk::{Address, Coordinates, UnitStatus};

use super::problem::{BadFile, Problem};
use super::source::TextFile;
use super::table::{Column, Row, Table, optional, required};
use super::value;

/// The columns of a file of locations.
const COLUMNS: &[Column] = &[
    required("code"),
    required("name"),
    required("region"),
    required("group"),
    optional("street"),
    optional("city"),
    optional("state"),
    optional("postal_code"),
    required("country"),
    required("time_zone"),
    required("currency"),
    optional("status"),
    required("chairs_total"),
    optional("chairs_active"),
    optional("opened_on"),
    optional("latitude"),
    optional("longitude"),
];

/// A checked row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LocationRecord {
    /// Where it stands in the file.
    pub(super) line: u64,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) region: String,
    pub(super) group: String,
    pub(super) address: Address,
    pub(super) coordinates: Option<Coordinates>,
    pub(super) time_zone: String,
    pub(super) currency: String,
    /// As for a new location, `ACTIVE`, when absent.
    pub(super) status: Option<UnitStatus>,
    pub(super) chairs_total: i32,
    pub(super) chairs_active: i32,
    pub(super) opened_on: Option<NaiveDate>,
}

/// Reads a whole file; either every row is good, or all problems are reported.
pub(super) fn read(file: &TextFile) -> Result<Vec<LocationRecord>, BadFile> {
    let table = Table::read(file, COLUMNS)?;
    let mut problems = Vec::new();
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut records = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let mut cells = Cells { row, problems: Vec::new() };
        let record = record(&mut cells);
        if let Some(first) = row.get("code").and_then(|code| seen.insert(code.to_owned(), row.line)) {
            cells.problem("code", format!("stands on line {first} already"));
        }
        problems.append(&mut cells.problems);
        records.extend(record);
    }
    if problems.is_empty() { Ok(records) } else { Err(file.refuse(problems)) }
}

/// A row's cells, with the problems found in them.
pub(super) struct Cells<'a> {
    pub(super) row: Row<'a>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    pub(super) fn problem(&mut self, column: &str, reason: impl Into<String>) {
        self.problems.push(Problem::cell(self.row.line, column, reason));
    }

    /// A cell that may be empty.
    pub(super) fn optional<T>(
        &mut self,
        column: &str,
        read: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.row.get(column)?) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.problem(column, reason);
                None
            }
        }
    }

    /// A cell that must have a value.
    pub(super) fn required<T>(
        &mut self,
        column: &str,
        read: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Option<T> {
        if self.row.get(column).is_none() {
            self.problem(column, "is empty");
            return None;
        }
        self.optional(column, read)
    }
}

/// The record of a row; `None` when something is wrong, which is in `cells` then.
fn record(cells: &mut Cells<'_>) -> Option<LocationRecord> {
    let code = cells.required("code", value::code);
    let name = cells.required("name", value::text);
    let region = cells.required("region", value::code);
    let group = cells.required("group", value::code);
    let country = cells.required("country", country);
    let address = Address {
        street: cells.optional("street", value::text),
        street2: None,
        city: cells.optional("city", value::text),
        subdivision: cells.optional("state", value::text),
        postal_code: cells.optional("postal_code", value::text),
        country: country.clone().unwrap_or_default(),
    };
    let time_zone = cells.required("time_zone", value::time_zone);
    let currency = cells.required("currency", value::currency);
    let status = cells.optional("status", status);
    let chairs_total = cells.required("chairs_total", chairs);
    let chairs_active = cells.optional("chairs_active", chairs).or(chairs_total);
    if chairs_active > chairs_total {
        cells.problem("chairs_active", "is more than `chairs_total`");
    }
    let opened_on = cells.optional("opened_on", value::date);
    let coordinates = coordinates(cells);
    country?;
    Some(LocationRecord {
        line: cells.row.line,
        code: code?,
        name: name?,
        region: region?,
        group: group?,
        address,
        coordinates,
        time_zone: time_zone?,
        currency: currency?,
        status,
        chairs_total: chairs_total?,
        chairs_active: chairs_active?,
        opened_on,
    })
}

fn coordinates(cells: &mut Cells<'_>) -> Option<Coordinates> {
    let latitude = cells.optional("latitude", |cell| value::degrees(cell, 90.0));
    let longitude = cells.optional("longitude", |cell| value::degrees(cell, 180.0));
    match (cells.row.get("latitude"), cells.row.get("longitude")) {
        (Some(_), None) => cells.problem("longitude", "is empty, though there is a latitude"),
        (None, Some(_)) => cells.problem("latitude", "is empty, though there is a longitude"),
        _ => {}
    }
    Some(Coordinates { latitude: latitude?, longitude: longitude? })
}

fn country(cell: &str) -> Result<String, String> {
    let fits = cell.len() == 2 && cell.bytes().all(|byte| byte.is_ascii_uppercase());
    if fits {
        Ok(cell.to_owned())
    } else {
        Err(format!("`{cell}` is not a country code of two capital letters such as US"))
    }
}

fn chairs(cell: &str) -> Result<i32, String> {
    let count = value::count(cell)?;
    i32::try_from(count)
        .ok()
        .filter(|chairs| *chairs <= 10_000)
        .ok_or_else(|| format!("{count} chairs are more than 10000"))
}

/// The statuses a location may be imported with, as the API spells them.
const STATUSES: [UnitStatus; 6] = [
    UnitStatus::Pending,
    UnitStatus::Development,
    UnitStatus::Active,
    UnitStatus::Inactive,
    UnitStatus::Suspended,
    UnitStatus::Terminated,
];

fn status(cell: &str) -> Result<UnitStatus, String> {
    let wanted = cell.to_uppercase();
    STATUSES.into_iter().find(|status| status.as_str() == wanted).ok_or_else(|| {
        let known: Vec<&str> = STATUSES.iter().map(|status| status.as_str()).collect();
        format!("`{cell}` is not a status; known are {}", known.join(", "))
    })
}

/// The distinct (region, group) pairs of records, in file order.
pub(super) fn groups(records: &[LocationRecord]) -> Vec<(&str, &str)> {
    let mut seen = HashSet::new();
    records
        .iter()
        .map(|record| (record.region.as_str(), record.group.as_str()))
        .filter(|pair| seen.insert(*pair))
        .collect()
}
