//! `gateway plan`: how an operation is split among subgraphs.

use std::io::Read;
use std::path::Path;

use federation::graph::Graph;
use federation::operation::{
    CoercedVariables, Document, Limits, NormalOperation, OperationError, coerce, normalize,
    normalize_deferred,
};
use federation::plan::{self, PlanOptions, QueryPlan};

use super::arguments::{PlanArguments, PlanFormat};
use super::{CliError, print};
use crate::config::UpstreamConfig;
use crate::supergraph::Supergraph;
use crate::upstream::Client;

/// Plans the operation of a file and prints the plan.
pub(super) async fn plan(arguments: PlanArguments) -> Result<(), CliError> {
    let client = Client::new(&UpstreamConfig::default())?;
    let source = &arguments.source;
    let graph =
        Supergraph::load(source.supergraph.as_deref(), source.compose.as_deref(), &client).await?.graph;
    let text = read(&arguments.operation)?;
    let plan = plan_text(&graph, &text, &arguments)?;
    match arguments.format {
        PlanFormat::Text => print(&plan::print(&graph, &plan)),
        PlanFormat::Json => print(&plan::print_json(&graph, &plan)),
        PlanFormat::Mermaid => print(&plan::print_mermaid(&graph, &plan)),
    }
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read(path: &Path) -> Result<String, CliError> {
    let failed = |reason| CliError::File { path: path.to_path_buf(), done: "read", reason };
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(failed)?;
        return Ok(text);
    }
    std::fs::read_to_string(path).map_err(failed)
}

fn plan_text(graph: &Graph, text: &str, arguments: &PlanArguments) -> Result<QueryPlan, CliError> {
    let limits = Limits::default();
    let located = |errors: Vec<OperationError>| {
        let lines = errors.iter().map(|error| located(&arguments.operation, error));
        CliError::Operation(lines.collect::<Vec<_>>().join("\n"))
    };
    let document = Document::parse(graph.api_schema(), text, &limits).map_err(located)?;
    let operation = document.operation(arguments.name.as_deref()).map_err(|error| located(vec![error]))?;
    let variables = match &arguments.variables {
        Some(json) => coerce(graph.api_schema(), operation, json.as_bytes(), &limits).map_err(located)?,
        None => CoercedVariables::default(),
    };
    let mask = operation.conditions().evaluate(&variables).map_err(|errors| match &arguments.variables {
        Some(_) => located(errors),
        None => {
            let names: Vec<_> = operation.conditions().variables().map(|name| format!("`${name}`")).collect();
            let names = names.join(", ");
            CliError::Operation(format!(
                "the plan depends on {names}; give values with --variables '{{...}}'"
            ))
        }
    })?;
    let planned = |normal: Result<NormalOperation, OperationError>| {
        let normal = normal.map_err(|error| located(vec![error]))?;
        plan::plan(graph, &normal, &PlanOptions::default())
            .map_err(|error| CliError::Operation(format!("{}: {error}", arguments.operation.display())))
    };
    let in_parts = planned(normalize_deferred(graph, &document, operation, &mask, &limits));
    // As the engine does it: what cannot be planned in parts may be possible in one.
    in_parts.or_else(|_| planned(normalize(graph, &document, operation, &mask, &limits)))
}

fn located(path: &Path, error: &OperationError) -> String {
    match error.locations.first() {
        Some(place) => format!("{}:{}:{}: {}", path.display(), place.line, place.column, error.message),
        None => format!("{}: {}", path.display(), error.message),
    }
}
