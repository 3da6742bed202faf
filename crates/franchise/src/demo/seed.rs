//! Writing the demo data: each service's part in one transaction, so that an interrupted start is completed
//! by the next one.

use analytics::bulk::{FactRow, last_day, upsert_facts};
use chrono::{Days, NaiveDate};
use compliance::bulk::{count_requirements, insert_requirements};
use integrations::bulk::{count_integrations, insert_integrations};
use networks::bulk::{BulkError, insert};
use networks::import::count_networks;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use subgraph::directory::unit;
use subgraph::load::{Load, Source};
use uuid::Uuid;

use super::Demo;
use super::connections::connections;
use super::facts::Day;
use super::requirements::requirements;
use super::tree::{Location, Network, tree};
use crate::databases::Databases;

/// Told how many of the locations' figures are written.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

/// Why demo data cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A statement failed; the part it belongs to was rolled back.
    #[error("cannot write the demo data: {0}")]
    Database(#[from] DbErr),
    /// Units are stored that are not those of the demo.
    #[error("the databases hold other networks than the demo of {0} in this size")]
    OtherUnits(NaiveDate),
    /// The units were refused.
    #[error("cannot write the demo data: {0}")]
    Units(#[from] BulkError),
}

/// Writes whatever part of the demo is not there yet, with figures through the day before `today`.
///
/// # Errors
/// As [`seed`].
pub async fn complete(
    demo: Demo,
    databases: &Databases,
    today: NaiveDate,
    progress: Progress<'_>,
) -> Result<(), SeedError> {
    seed(demo, databases, progress).await?;
    top_up(demo, databases, today - Days::new(1), progress).await
}

/// Writes whatever part of the demo is not there yet; figures run through the day before it was made.
///
/// # Errors
/// When a database refuses; what was completed before stays, and a repetition goes on from there.
pub async fn seed(demo: Demo, databases: &Databases, progress: Progress<'_>) -> Result<(), SeedError> {
    let tree = tree(demo);
    let networks = tree.networks;
    if count_networks(&databases.networks).await? == 0 {
        let mut load = Load::begin(&databases.networks, source(demo)).await?;
        insert(&mut load, tree.rows).await?;
        load.commit().await?;
    } else if !holds(&databases.networks, &networks).await? {
        return Err(SeedError::OtherUnits(demo.made_on));
    }
    if count_requirements(&databases.compliance).await? == 0 {
        let mut load = Load::begin(&databases.compliance, source(demo)).await?;
        insert_requirements(
            &mut load,
            networks.iter().flat_map(|network| requirements(demo, network)).collect(),
        )
        .await?;
        load.commit().await?;
    }
    if count_integrations(&databases.integrations).await? == 0 {
        let mut load = Load::begin(&databases.integrations, source(demo)).await?;
        insert_integrations(
            &mut load,
            networks.iter().flat_map(|network| connections(demo, network)).collect(),
        )
        .await?;
        load.commit().await?;
    }
    let first = demo.made_on - Days::new(demo.scale.days.into());
    write_facts(demo, &networks, databases, (first, demo.made_on - Days::new(1)), progress).await
}

/// What the audit trail calls the demo data: nobody's.
fn source(demo: Demo) -> Source {
    let name = format!("demo data of {}", demo.made_on);
    Source { name, digest: None, by: "franchise".to_owned() }
}

/// Whether all locations of the demo are stored; their ids follow from the day it was made on and from its size.
async fn holds<C: ConnectionTrait>(connection: &C, networks: &[Network]) -> Result<bool, DbErr> {
    let locations: Vec<Uuid> =
        networks.iter().flat_map(|network| &network.locations).map(|location| location.id).collect();
    let wanted = locations.len() as u64;
    let stored = unit::Entity::find().filter(unit::Column::Id.is_in(locations)).count(connection).await?;
    Ok(stored == wanted)
}

/// Adds the figures of the days since the demo was last running, through `yesterday`.
///
/// # Errors
/// When the database refuses; nothing is added then.
async fn top_up(
    demo: Demo,
    databases: &Databases,
    yesterday: NaiveDate,
    progress: Progress<'_>,
) -> Result<(), SeedError> {
    write_facts(demo, &tree(demo).networks, databases, (demo.made_on, yesterday), progress).await
}

/// Writes what is missing at the end of a period, in one transaction.
async fn write_facts(
    demo: Demo,
    networks: &[Network],
    databases: &Databases,
    (first, last): (NaiveDate, NaiveDate),
    progress: Progress<'_>,
) -> Result<(), SeedError> {
    let mut from = first;
    for network in networks {
        if let Some(known) = last_day(&databases.analytics, network.id).await? {
            from = from.max(known + Days::new(1));
        }
    }
    if from > last {
        return Ok(());
    }
    let locations: Vec<_> = networks
        .iter()
        .flat_map(|network| network.locations.iter().map(move |location| (network, location)))
        .collect();
    let total = locations.len();
    let rows = locations.into_iter().zip(1..).flat_map(|((network, location), done)| {
        progress(done, total);
        location.site.days(demo.seed, from, last).map(move |day| fact(network, location, day))
    });
    let mut load = Load::begin(&databases.analytics, source(demo)).await?;
    upsert_facts(&mut load, rows).await?;
    load.commit().await?;
    Ok(())
}

fn fact(network: &Network, location: &Location, day: Day) -> FactRow {
    FactRow {
        location_id: location.id,
        date: day.date,
        network_id: network.id,
        currency: network.currency.to_owned(),
        revenue: day.revenue_minor,
        transactions: day.transactions,
        appointments_booked: day.booked,
        appointments_completed: day.completed,
        appointments_cancelled: day.cancelled,
        appointments_no_show: day.no_show,
        clients_served: day.served,
        clients_new: day.new_clients,
        clients_returning: day.served - day.new_clients,
        chair_minutes_available: day.chair_minutes_available,
        chair_minutes_booked: day.chair_minutes_booked,
        staff_minutes: day.staff_minutes,
        satisfaction_sum: day.satisfaction_sum * HUNDREDTHS,
        satisfaction_count: day.satisfaction_count,
    }
}

/// Ratings are stored in hundredths of a point.
const HUNDREDTHS: i64 = 100;
