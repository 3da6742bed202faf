//! Stored operations as tables.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::units::{ByteSize, Time};

/// Bounds of tables, and what custom scalars are in them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TablesConfig {
    /// The most rows of a table; the most that `?limit=` may ask for.
    pub max_rows: u64,
    /// The most memory that a page of a table may take: its answer, and what is written of it. Of a table that is read, two
    /// pages are held at once.
    pub max_page_size: ByteSize,
    /// The longest a table may take, from the request to its last byte.
    pub timeout: Time,
    /// The most tables served at once; more are refused with 503.
    pub max_concurrent: usize,
    /// What custom scalars are as columns, by their names, besides `Date`, `DateTime`, `Long` and `BigInt`, which are
    /// known. The others are JSON.
    pub scalars: BTreeMap<String, ScalarKind>,
}

/// What a custom scalar is as a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScalarKind {
    /// A calendar day, written `YYYY-MM-DD`.
    Date,
    /// An instant, written as RFC 3339 says.
    Timestamp,
    /// An integer of 64 bits, written as a number or as text.
    Int64,
    /// A number.
    Float64,
    /// A text.
    Text,
    /// Anything, as JSON.
    Json,
}

impl Default for TablesConfig {
    fn default() -> Self {
        Self {
            max_rows: 10_000_000,
            max_page_size: ByteSize::mebibytes(64),
            timeout: Time::seconds(600),
            max_concurrent: 32,
            scalars: BTreeMap::new(),
        }
    }
}

impl TablesConfig {
    /// The scalars that are known and those that are configured.
    pub(crate) fn scalars(&self) -> BTreeMap<String, ScalarKind> {
        let known = [
            ("Date", ScalarKind::Date),
            ("DateTime", ScalarKind::Timestamp),
            ("Long", ScalarKind::Int64),
            ("BigInt", ScalarKind::Int64),
        ];
        let mut scalars: BTreeMap<_, _> = known.map(|(name, kind)| (name.to_owned(), kind)).into();
        scalars.extend(self.scalars.iter().map(|(name, kind)| (name.clone(), *kind)));
        scalars
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        for (key, zero) in [
            ("tables.max_rows", self.max_rows == 0),
            ("tables.max_page_size", self.max_page_size.0 == 0),
            ("tables.max_concurrent", self.max_concurrent == 0),
        ] {
            if zero {
                problems.push(Problem::of_key(key, "must be 1 or more"));
            }
        }
    }
}
