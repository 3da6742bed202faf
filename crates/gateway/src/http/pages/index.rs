//! The list of operations.

use std::sync::Arc;

use maud::{Markup, html};

use super::Place;
use crate::operations::StoredOperation;
use crate::tables::Format;

pub(super) fn body<'a>(operations: impl Iterator<Item = &'a Arc<StoredOperation>>, place: &Place) -> Markup {
    let (tables, others): (Vec<_>, Vec<_>) =
        operations.partition(|operation| operation.tables.find(None).is_ok());
    html! {
        main {
            h1 { "Operations" }
            p.lead {
                "Questions with a name, ready to run. Those in the first list are tables: read them with a spreadsheet, "
                "a BI tool, pandas, polars or DuckDB."
            }
            @if !tables.is_empty() {
                h2 { "Tables" }
                ul.cards { @for operation in tables { (card(operation, place)) } }
            }
            @if !others.is_empty() {
                h2 { "Other operations" }
                ul.cards { @for operation in others { (card(operation, place)) } }
            }
        }
    }
}

fn card(operation: &StoredOperation, place: &Place) -> Markup {
    let page = format!("{}/{}.html", place.operations, operation.id);
    html! {
        li {
            a.title href=(page) { (operation.id) }
            @if let Some(description) = &operation.description { p { (description) } }
            @if let Ok(table) = operation.tables.find(None) {
                p.facts {
                    span { (table.columns.len()) " columns" }
                    @for format in Format::ALL { span.format { (format.ending()) } }
                }
            }
        }
    }
}
