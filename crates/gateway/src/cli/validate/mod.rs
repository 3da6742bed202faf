//! `gateway validate`: operations against a schema, with what they cost, how they are planned, and advice.

mod report;

use std::path::{Path, PathBuf};

use federation::operation::{CostOptions, Limits};

use super::arguments::{Format, ValidateArguments};
use super::plan::read;
use super::{CliError, print};
use crate::config::UpstreamConfig;
use crate::judge::{Judge, Judgement};
use crate::operations::documents;
use crate::supergraph::Supergraph;
use crate::upstream::Client;

/// Checks documents and prints what it finds; fails when one is not valid or costs too much.
pub(super) async fn validate(arguments: ValidateArguments) -> Result<(), CliError> {
    let client = Client::new(&UpstreamConfig::default())?;
    let source = &arguments.source;
    let graph =
        Supergraph::load(source.supergraph.as_deref(), source.compose.as_deref(), &client).await?.graph;
    let limits = Limits::default();
    let judge = Judge {
        graph: &graph,
        limits: &limits,
        operation_name: None,
        variables: arguments.variables.as_deref().map(str::as_bytes),
        cost: CostOptions { list_size: arguments.list_size },
        max_cost: arguments.max_cost,
    };
    let documents = sources(&arguments, &limits)?;
    let judgements: Vec<Judgement> =
        documents.iter().flat_map(|(file, text)| judge.document(file, text)).collect();
    match arguments.format {
        Format::Text => print(&report::text(&judgements))?,
        Format::Json => print(&report::json(&judgements)?)?,
    }
    match judgements.iter().filter(|judgement| !judgement.problems.is_empty()).count() {
        0 => Ok(()),
        invalid => Err(CliError::Invalid { invalid, total: judgements.len() }),
    }
}

fn sources(arguments: &ValidateArguments, limits: &Limits) -> Result<Vec<(PathBuf, String)>, CliError> {
    match (&arguments.documents.operation, &arguments.documents.operations) {
        (Some(file), _) => Ok(vec![(file.clone(), read(file)?)]),
        (None, Some(folder)) => {
            let documents = documents(folder, limits)?;
            if documents.is_empty() {
                return Err(nothing_in(folder));
            }
            Ok(documents)
        }
        (None, None) => Ok(Vec::new()),
    }
}

fn nothing_in(folder: &Path) -> CliError {
    CliError::Operation(format!("{}: has no `.graphql` files; check the path", folder.display()))
}
