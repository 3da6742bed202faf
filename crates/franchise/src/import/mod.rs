//! Importing the user's own data: CSV files of locations and of daily figures.
//!
//! A file is read and checked whole before anything is written, and written in one transaction: all of it or
//! nothing, with a notice of the load for the audit trail. `docs/import.md` describes the columns.

mod locations;
mod performance;
mod problem;
mod source;
mod table;
mod tree;
mod units;
mod value;

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use analytics::bulk::upsert_facts;
use chrono::{Days, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use subgraph::directory::{UnitKind, unit};
use subgraph::load::{self, Load, Source};
use uuid::Uuid;

pub use problem::{BadFile, Problem};

use source::TextFile;

use crate::cli::Import;
use crate::databases::Databases;
use crate::{Failure, progress};

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows in the file.
    pub rows: usize,
    /// Units made, with the regions and groups that were missing.
    pub made: usize,
    /// Units changed.
    pub changed: usize,
}

/// Runs `franchise import`.
pub(crate) async fn run(options: &Import) -> Result<(), Failure> {
    if options.locations.is_none() && options.performance.is_none() && options.create_network.is_none() {
        return Err("nothing to import: give `--locations FILE`, `--performance FILE` or both".into());
    }
    let by = source::loader(options.by.as_deref())?;
    let databases = options.place.databases().await?;
    let imported = import(&databases, options, &by).await;
    // Refusals as well, and what an earlier import did not come to hand over.
    let audited = databases.audit_loads().await;
    imported?;
    Ok(audited?)
}

async fn import(databases: &Databases, options: &Import, by: &str) -> Result<(), Failure> {
    let directory = &databases.networks;
    let network = match &options.locations {
        Some(file) => {
            let (network, summary) = import_units(directory, options, file, by).await?;
            let Summary { rows, made, changed } = summary;
            report(file, &format!("{rows} locations: {made} units made, {changed} changed"))?;
            network
        }
        None => known_network(directory, options).await?,
    };
    databases.catch_up().await?;
    if let Some(file) = &options.performance {
        let rows = import_performance(databases, &network, file, by).await?;
        report(file, &format!("{rows} days of figures"))?;
    }
    Ok(())
}

fn report(file: &Path, what: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{}: {what}", file.display())?)
}

/// Takes over a file of locations, with the network if it is asked for and not there: both or nothing.
async fn import_units(
    directory: &DatabaseConnection,
    options: &Import,
    file: &Path,
    by: &str,
) -> Result<(unit::Model, Summary), Failure> {
    let (source, text) = TextFile::read(file, by);
    let network = find_network(directory, &options.network).await?;
    let written = match text {
        Ok(text) => write_units(directory, options, &source, &text).await,
        Err(refused) => Err(refused.into()),
    };
    noting_refusal(directory, network.map(|network| network.id), &source, written).await
}

async fn write_units(
    directory: &DatabaseConnection,
    options: &Import,
    source: &Source,
    file: &TextFile,
) -> Result<(unit::Model, Summary), Failure> {
    let records = locations::read(file)?;
    let mut load = Load::begin(directory, source.clone()).await?;
    let network = match (find_network(load.transaction(), &options.network).await?, &options.create_network) {
        (Some(network), _) => network,
        (None, None) => return Err(no_such_network(load.transaction(), options).await?.into()),
        (None, Some(name)) => {
            let no_rows = || file.refuse(vec![Problem::file("has no rows")]);
            let first = records.first().ok_or_else(no_rows)?;
            units::create_network(&mut load, &options.network, name, first).await?;
            let made = find_network(load.transaction(), &options.network).await?;
            made.ok_or("the network was made but cannot be found")?
        }
    };
    let summary = units::write(&mut load, &network, file, records).await?;
    load.commit().await?;
    Ok((network, summary))
}

/// Leaves a notice in a network's database when a file that could be read is refused.
async fn noting_refusal<T>(
    database: &DatabaseConnection,
    network: Option<Uuid>,
    source: &Source,
    written: Result<T, Failure>,
) -> Result<T, Failure> {
    if let (Err(error), Some(network)) = (&written, network)
        && let Some(refused) = error.downcast_ref::<BadFile>()
        && source.digest.is_some()
    {
        let noted = load::refuse(database, network, source, refused.rows()).await;
        // What is wrong with the file is what its owner has to know.
        noted.map_err(|error| format!("{refused}\nand the audit trail was not told of it: {error}"))?;
    }
    written
}

/// The network to import into when there are no locations to make one with.
async fn known_network(directory: &DatabaseConnection, options: &Import) -> Result<unit::Model, Failure> {
    if let Some(network) = find_network(directory, &options.network).await? {
        return Ok(network);
    }
    if options.create_network.is_none() {
        return Err(no_such_network(directory, options).await?.into());
    }
    // Without locations there is nothing yet to tell currency and time zone from.
    Err("`--create-network` needs `--locations FILE`: currency and time zone come from the first location"
        .into())
}

async fn find_network<C: ConnectionTrait>(directory: &C, slug: &str) -> Result<Option<unit::Model>, Failure> {
    Ok(unit::Entity::find()
        .filter(unit::Column::Kind.eq(UnitKind::Network))
        .filter(unit::Column::Code.eq(slug))
        .one(directory)
        .await?)
}

async fn no_such_network<C: ConnectionTrait>(directory: &C, options: &Import) -> Result<String, Failure> {
    let known = unit::Entity::find()
        .filter(unit::Column::Kind.eq(UnitKind::Network))
        .order_by_asc(unit::Column::Code)
        .all(directory)
        .await?;
    let known: Vec<String> = known.into_iter().map(|network| format!("`{}`", network.code)).collect();
    let known = if known.is_empty() {
        "there is none yet".to_owned()
    } else {
        format!("there are {}", known.join(", "))
    };
    Ok(format!(
        "there is no network `{}` in {} ({known}); make it with `--create-network NAME`",
        options.network, options.place
    ))
}

/// Takes over a file of daily figures; returns the number of its rows.
async fn import_performance(
    databases: &Databases,
    network: &unit::Model,
    file: &Path,
    by: &str,
) -> Result<usize, Failure> {
    let (source, text) = TextFile::read(file, by);
    let written = match text {
        Ok(text) => write_performance(databases, network, &source, &text).await,
        Err(refused) => Err(refused.into()),
    };
    noting_refusal(&databases.analytics, Some(network.id), &source, written).await
}

async fn write_performance(
    databases: &Databases,
    network: &unit::Model,
    source: &Source,
    file: &TextFile,
) -> Result<usize, Failure> {
    let locations = locations_of(&databases.networks, network).await?;
    // Where the day begins first it is already tomorrow.
    let today = Utc::now().date_naive() + Days::new(1);
    let facts = performance::read(file, &locations, today)?;
    let count = facts.len();
    let bar = progress::bar("Importing figures", count as u64);
    let mut load = Load::begin(&databases.analytics, source.clone()).await?;
    upsert_facts(&mut load, facts.into_iter().inspect(|_| bar.inc(1))).await?;
    load.commit().await?;
    bar.finish_and_clear();
    Ok(count)
}

async fn locations_of(
    directory: &DatabaseConnection,
    network: &unit::Model,
) -> Result<HashMap<String, unit::Model>, Failure> {
    let units = unit::Entity::find()
        .filter(unit::Column::NetworkId.eq(network.id))
        .filter(unit::Column::Kind.eq(UnitKind::Location))
        .all(directory)
        .await?;
    Ok(units.into_iter().map(|unit| (unit.code.clone(), unit)).collect())
}
