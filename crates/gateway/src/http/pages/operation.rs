//! One operation: what it answers, its parameters, its columns, links and snippets.

use federation::plan::query_plan::OperationKind;
use maud::{Markup, html};

use super::{Place, snippets};
use crate::operations::StoredOperation;
use crate::tables::{Column, Format, Parameter, Table};

pub(super) fn body(operation: &StoredOperation, place: &Place, wants_token: bool) -> Markup {
    let path = format!("{}/{}", place.operations, operation.id);
    let main = operation.tables.find(None);
    html! {
        main data-path=(path) {
            nav { a href=(format!("{}.html", place.operations)) { "All operations" } }
            h1 { (operation.id) }
            @if let Some(description) = &operation.description { p.lead { (description) } }
            (parameters(operation))
            @match &main {
                _ if operation.kind == OperationKind::Subscription => {
                    (snippets::events(&format!("{}{path}", place.origin), wants_token))
                }
                Ok(table) => {
                    (downloads(table, &path))
                    (columns(&table.columns, "Columns"))
                    (other_tables(operation, &path))
                    (snippets::section(table, &format!("{}{path}", place.origin), wants_token))
                    (notes())
                }
                Err(refusal) => {
                    h2 { "Table" }
                    p.note { "As a whole, " (refusal.message()) "." }
                    (other_tables(operation, &path))
                }
            }
            h2 { "GraphQL" }
            pre { code { (operation.text.trim()) } }
        }
    }
}

fn parameters(operation: &StoredOperation) -> Markup {
    let main = operation.tables.find(None).ok();
    let paging = main.and_then(|table| table.page_variable());
    let shown: Vec<_> =
        operation.parameters.iter().filter(|parameter| Some(&*parameter.definition.name) != paging).collect();
    html! {
        @if !shown.is_empty() {
            h2 { "Parameters" }
            form #parameters {
                @for parameter in &shown { (field(parameter)) }
            }
        }
    }
}

fn field(parameter: &Parameter) -> Markup {
    let name = &*parameter.definition.name;
    let id = format!("parameter-{name}");
    let default = parameter.default.as_deref();
    let placeholder = default.map_or_else(String::new, |default| format!("default: {default}"));
    let is_list = parameter.definition.ty.starts_with('[');
    html! {
        div.field {
            label for=(id) {
                (name) " " code { (parameter.definition.ty) }
                @if parameter.is_required() { span.required { "required" } }
            }
            @if parameter.values.is_empty() || is_list {
                input id=(id) name=(name) placeholder=(placeholder) autocomplete="off" spellcheck="false";
            } @else {
                select id=(id) name=(name) {
                    option value="" { (if default.is_some() { placeholder.as_str() } else { "-" }) }
                    @for value in &parameter.values { option { (value) } }
                }
            }
            p.hint {
                (parameter.expected())
                @if let Some(default) = default { "; default " code { (default) } }
                @if let Some(description) = &parameter.description { br; (description) }
            }
        }
    }
}

fn downloads(table: &Table, path: &str) -> Markup {
    html! {
        h2 { "Table" }
        p { "The rows are the items of " code { (table.rows) } ". All of them come, however many pages that takes." }
        p.formats {
            @for format in Format::ALL {
                @let link = format!("{path}.{}", format.ending());
                a.button href=(link) data-format=(format.ending()) download { (format.ending()) }
            }
            button #preview type="button" { "Preview 20 rows" }
        }
        p #problem role="alert" {}
        div #rows {}
    }
}

fn columns(columns: &[Column], heading: &str) -> Markup {
    html! {
        h2 { (heading) }
        (column_table(columns))
    }
}

fn column_table(columns: &[Column]) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr { th { "Column" } th { "Type" } th { "In the schema" } th { "Meaning" } } }
                tbody {
                    @for column in columns {
                        tr {
                            td { code { (column.name) } }
                            td.type { (column.ty.name()) }
                            td { code { (column.graphql_type) } }
                            td { (column.description.as_deref().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}

fn other_tables(operation: &StoredOperation, path: &str) -> Markup {
    let main = operation.tables.find(None).ok().map(|table| table.name.as_str());
    let others: Vec<_> =
        operation.tables.served.iter().filter(|table| Some(table.name.as_str()) != main).collect();
    html! {
        @if !others.is_empty() {
            h2 { "Other tables" }
            @for table in others {
                details {
                    summary { code { "?table=" (table.name) } " the items of " code { (table.rows) } }
                    p.formats {
                        @for format in Format::ALL {
                            @let link = format!("{path}.{}?table={}", format.ending(), table.name);
                            a.button href=(link) data-format=(format.ending()) data-table=(table.name) download {
                                (format.ending())
                            }
                        }
                    }
                    (column_table(&table.columns))
                }
            }
        }
    }
}

fn notes() -> Markup {
    html! {
        h2 { "Long tables" }
        p {
            "Rows are streamed. " code { "limit" } " is the most rows to send. With " code { "resumable=true" }
            " every row has a column " code { "_resume" } ": give its value of the last row you have as "
            code { "resume" } ", with the same parameters, and the rows after it come. A table that cannot be completed "
            "ends with a broken transfer, which every HTTP client reports as an error."
        }
    }
}
