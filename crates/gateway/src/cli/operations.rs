//! `gateway operations`: the registry of stored operations from the command line, straight at its database.

use std::fmt::Write;

use federation::operation::{Document, Limits};

use super::arguments::{Format, OperationsCommand, Register, Registration};
use super::plan::read;
use super::{CliError, print};
use crate::config::UpstreamConfig;
use crate::operations::{OperationsError, problems_of};
use crate::registry::{Change, Registered, Registration as New, Registry};
use crate::supergraph::Supergraph;
use crate::upstream::Client;

/// Runs one of the commands.
pub(super) async fn operations(arguments: Registration) -> Result<(), CliError> {
    let registry = Registry::open(&arguments.database).await?;
    match arguments.command {
        OperationsCommand::List { retired, format } => {
            let (_, operations) = registry.latest(retired).await?;
            print(&match format {
                Format::Text => table(&operations),
                Format::Json => json(&operations)?,
            })
        }
        OperationsCommand::Show { id, format } => {
            let versions = registry.versions(&id).await?;
            print(&match format {
                Format::Text => versions.iter().map(text).collect::<Vec<_>>().join("\n"),
                Format::Json => json(&versions)?,
            })
        }
        OperationsCommand::Register(register) => {
            let (registered, change) = register_file(&registry, register).await?;
            let already = if change == Change::Nothing { " already" } else { "" };
            print(&format!("{} version {} is registered{already}\n", registered.id, registered.version))
        }
        OperationsCommand::Retire { id } => {
            registry.retire(&id).await?;
            print(&format!("{id} is retired\n"))
        }
    }
}

async fn register_file(registry: &Registry, register: Register) -> Result<(Registered, Change), CliError> {
    let text = read(&register.file)?;
    let stem = register.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if register.supergraph.is_some() || register.compose.is_some() {
        let client = Client::new(&UpstreamConfig::default())?;
        let graph = Supergraph::load(register.supergraph.as_deref(), register.compose.as_deref(), &client)
            .await?
            .graph;
        Document::parse(graph.api_schema(), &text, &Limits::default())
            .map_err(|errors| OperationsError(problems_of(&register.file, errors)))?;
    } else {
        // Without a schema, what is no GraphQL at all is still found.
        apollo_compiler::ast::Document::parse(&text, &register.file)
            .map_err(|error| CliError::Operation(error.errors.to_string()))?;
    }
    let new = New {
        id: register.id.unwrap_or_else(|| stem.to_owned()),
        owner: register.owner,
        description: register.description,
        deprecated_on: register.deprecated_on,
        text,
    };
    Ok(registry.register(new, &register.by).await?)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::Operation(error.to_string()))?;
    Ok(text + "\n")
}

fn table(operations: &[Registered]) -> String {
    let width = operations.iter().map(|operation| operation.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for operation in operations {
        let (id, version, owner) = (&operation.id, operation.version, &operation.owner);
        let _ = write!(text, "{id:<width$}  version {version:<3}  {owner}");
        if let Some(day) = operation.deprecated_on {
            let _ = write!(text, "  deprecated {day}");
        }
        if let Some(instant) = operation.retired_at {
            let _ = write!(text, "  retired {}", instant.date_naive());
        }
        text.push('\n');
    }
    text
}

fn text(operation: &Registered) -> String {
    let mut text = table(std::slice::from_ref(operation));
    let _ =
        writeln!(text, "registered {} by {}", operation.registered_at.date_naive(), operation.registered_by);
    if let Some(description) = &operation.description {
        let _ = writeln!(text, "{description}");
    }
    let _ = writeln!(text, "\n{}", operation.text.trim_end());
    text
}
