//! Ready lines for spreadsheets, BI tools and data frames. A test runs those in Python.

use maud::{Markup, html};

use crate::tables::{ColumnType, Table};

/// A tool and what to paste there. `{csv}` and the like stand for the table's address in that format.
struct Snippet {
    tool: &'static str,
    language: &'static str,
    text: String,
}

/// How to follow a subscription.
pub(super) fn events(address: &str, wants_token: bool) -> Markup {
    let header = if wants_token { " -H 'authorization: Bearer TOKEN'" } else { "" };
    let template = format!("curl -sN -H 'accept: text/event-stream'{header} '{{events}}'");
    html! {
        h2 { "Events" }
        p {
            "A subscription: each event is a GraphQL response, sent when it happens, until you go away. WebSockets follow it "
            "as well, with the id as " code { "documentId" } "."
        }
        details.snippet open {
            summary { "Shell" }
            button.copy type="button" { "Copy" }
            pre { code data-template=(template) data-language="sh" { (template.replace("{events}", address)) } }
        }
    }
}

pub(super) fn section(table: &Table, address: &str, wants_token: bool) -> Markup {
    let snippets = [
        power_query(table, wants_token),
        pandas(wants_token),
        polars(wants_token),
        duckdb(wants_token),
        shell(wants_token),
    ];
    html! {
        h2 { "Use it" }
        @if wants_token {
            p { "Put a token where it says " code { "TOKEN" } "." }
        }
        @for (index, snippet) in snippets.iter().enumerate() {
            details.snippet open[index == 0] {
                summary { (snippet.tool) }
                button.copy type="button" { "Copy" }
                pre { code data-template=(snippet.text) data-language=(snippet.language) { (filled(&snippet.text, address)) } }
            }
        }
    }
}

/// Without parameters; the page's script fills in those that are typed.
fn filled(template: &str, address: &str) -> String {
    ["csv", "ndjson", "json", "arrow", "parquet"].iter().fold(template.to_owned(), |text, ending| {
        text.replace(&format!("{{{ending}}}"), &format!("{address}.{ending}"))
    })
}

fn power_query(table: &Table, wants_token: bool) -> Snippet {
    let headers = if wants_token { ", [Headers = [Authorization = \"Bearer TOKEN\"]]" } else { "" };
    let types: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let ty = match column.ty {
                ColumnType::Boolean => "type logical",
                ColumnType::Int | ColumnType::Long => "Int64.Type",
                ColumnType::Float => "type number",
                ColumnType::Date => "type date",
                ColumnType::Timestamp => "type datetimezone",
                ColumnType::Text | ColumnType::Enum(_) | ColumnType::Json => "type text",
            };
            format!("{{\"{}\", {ty}}}", column.name)
        })
        .collect();
    let text = format!(
        "let\n    Source = Csv.Document(\n        Web.Contents(\"{{csv}}\"{headers}),\n        \
         [Delimiter = \",\", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]\n    ),\n    \
         Rows = Table.PromoteHeaders(Source, [PromoteAllScalars = true]),\n    \
         Typed = Table.TransformColumnTypes(Rows, {{\n        {}\n    }}, \"en-US\")\nin\n    Typed",
        types.join(",\n        ")
    );
    Snippet { tool: "Excel and Power BI (Power Query)", language: "m", text }
}

/// A request that is sent with `urlopen`.
fn python_request(format: &str, wants_token: bool) -> String {
    if wants_token {
        format!("request = Request(\"{{{format}}}\", headers={{\"authorization\": \"Bearer TOKEN\"}})\n")
    } else {
        format!("request = Request(\"{{{format}}}\")\n")
    }
}

fn pandas(wants_token: bool) -> Snippet {
    let text = format!(
        "import io\nfrom urllib.request import Request, urlopen\n\nimport pandas as pd\n\n{}\
         rows = pd.read_parquet(io.BytesIO(urlopen(request).read()))",
        python_request("parquet", wants_token)
    );
    Snippet { tool: "pandas", language: "python", text }
}

fn polars(wants_token: bool) -> Snippet {
    let text = format!(
        "import io\nfrom urllib.request import Request, urlopen\n\nimport polars as pl\n\n{}\
         rows = pl.read_parquet(io.BytesIO(urlopen(request).read()))",
        python_request("parquet", wants_token)
    );
    Snippet { tool: "polars", language: "python", text }
}

fn duckdb(wants_token: bool) -> Snippet {
    let text = format!(
        "from urllib.request import Request, urlopen\n\nimport duckdb\nimport pyarrow as pa\n\n{}\
         rows = pa.ipc.open_stream(urlopen(request)).read_all()\nduckdb.sql(\"SELECT count(*) FROM rows\").show()",
        python_request("arrow", wants_token)
    );
    Snippet { tool: "DuckDB in Python", language: "python", text }
}

fn shell(wants_token: bool) -> Snippet {
    let header = if wants_token { " -H 'authorization: Bearer TOKEN'" } else { "" };
    let text = format!(
        "curl -sSf{header} -o rows.parquet '{{parquet}}' && duckdb -c \"SELECT * FROM 'rows.parquet' LIMIT 20\""
    );
    Snippet { tool: "Shell and DuckDB", language: "sh", text }
}
