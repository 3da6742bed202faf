//! Why a table is not served, in words.

use std::borrow::Cow;

/// Why a request for a table is refused before it begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No format has this ending.
    UnknownFormat(String),
    /// The operation has no such table; completes "the operation is no table: ...".
    NoTable(String),
    /// No table of that name; those there are.
    UnknownTable(Vec<String>),
    /// A parameter does not fit.
    Parameter {
        /// Its name.
        name: String,
        /// Completes a sentence that begins with its name.
        problem: String,
    },
    /// The first page cannot be turned into rows.
    Rows(String),
    /// The deadline passed before the first page was there.
    Deadline,
    /// As many tables as may be are being served.
    Busy,
}

impl Refusal {
    pub(super) fn parameter(name: &str, problem: impl Into<String>) -> Self {
        Self::Parameter { name: name.to_owned(), problem: problem.into() }
    }

    pub(crate) fn message(&self) -> Cow<'static, str> {
        match self {
            Self::UnknownFormat(ending) => format!(
                "there is no format `{ending}`; a table is `.csv`, `.json`, `.ndjson`, `.arrow` or `.parquet`, \
                 its description `.html`"
            )
            .into(),
            Self::NoTable(reason) => format!("the operation is no table: {reason}").into(),
            Self::UnknownTable(known) => {
                format!("the operation has no such table; those it has are {}", known.join(", ")).into()
            }
            Self::Parameter { name, problem } => format!("the parameter `{name}` {problem}").into(),
            Self::Rows(reason) => format!("the table cannot be made: {reason}").into(),
            Self::Deadline => {
                "the first rows were not there in time; ask for fewer at once or try again later".into()
            }
            Self::Busy => "too many tables are being served; try again later".into(),
        }
    }
}
