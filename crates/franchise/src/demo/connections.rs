//! The demo franchises' integrations, in all states.

use chrono::NaiveTime;
use integrations::bulk::{IntegrationRow, RunRow};
use integrations::integration::{IntegrationStatus, SyncFrequency};
use integrations::sync_run::{RunOutcome, RunTrigger};
use networks::bulk::UnitStatus;
use subgraph::directory::UnitKind;
use uuid::Uuid;

use super::Demo;
use super::random::Random;
use super::tree::Network;

/// Platforms used by head office.
const OF_NETWORKS: [(&str, &str); 5] = [
    ("franconnect", "Franchise relations"),
    ("quickbooks_enterprise", "Accounting"),
    ("adp_workforce", "Payroll"),
    ("tableau", "Board reports"),
    ("hubspot", "Marketing"),
];

/// Points of sale, one per location.
const OF_LOCATIONS: [&str; 4] = ["square_pos", "toast_pos", "shopify_pos", "lightspeed"];

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The integrations of a demo network.
pub(super) fn connections(demo: Demo, network: &Network) -> Vec<IntegrationRow> {
    let head_office = OF_NETWORKS.iter().enumerate().map(|(number, (provider, name))| {
        let random = Random::new(demo.seed ^ network.id.as_u64_pair().1, "integration", number as u64);
        connection(demo, network.id, (UnitKind::Network, network.id), provider, name, random)
    });
    let in_business = network.locations.iter().filter(|location| location.status != UnitStatus::Terminated);
    let points_of_sale = in_business.map(|location| {
        let mut random = Random::new(demo.seed ^ location.id.as_u64_pair().1, "integration", 0);
        let provider = random.pick(&OF_LOCATIONS).copied().unwrap_or("square_pos");
        connection(demo, network.id, (UnitKind::Location, location.id), provider, "Point of sale", random)
    });
    head_office.chain(points_of_sale).collect()
}

fn connection(
    demo: Demo,
    network_id: Uuid,
    (unit_kind, unit_id): (UnitKind, Uuid),
    provider: &str,
    name: &str,
    mut random: Random,
) -> IntegrationRow {
    let now = demo.made_on.and_time(NaiveTime::MIN).and_utc().timestamp();
    let created_at = now - random.integer(100, 600) * DAY;
    let (status, age, error) = match random.integer(0, 99) {
        0..=4 => (
            IntegrationStatus::Error,
            Some(random.integer(2, 6) * DAY),
            Some("The platform did not answer in time."),
        ),
        5..=7 => (
            IntegrationStatus::Expired,
            Some(random.integer(5, 30) * DAY),
            Some("The authorisation was withdrawn."),
        ),
        8..=10 => (IntegrationStatus::Inactive, Some(random.integer(20, 90) * DAY), None),
        11 => (IntegrationStatus::Suspended, Some(random.integer(3, 20) * DAY), None),
        12..=14 => (IntegrationStatus::Pending, None, None),
        _ => (IntegrationStatus::Active, Some(random.integer(1, 22) * HOUR), None),
    };
    let last_sync_at = age.map(|age| now - age);
    IntegrationRow {
        id: random.id(demo.made_on),
        network_id,
        unit_id,
        unit_kind,
        provider: provider.to_owned(),
        name: name.to_owned(),
        status,
        sync_frequency: if unit_kind == UnitKind::Location {
            SyncFrequency::Hourly
        } else {
            SyncFrequency::Daily
        },
        last_sync_at,
        last_error: error.map(str::to_owned),
        created_at,
        runs: last_sync_at.map(|last| runs(demo, last, error, &mut random)).unwrap_or_default(),
    }
}

/// The last successful runs, and the failed one after them when there is an error.
fn runs(demo: Demo, last_success: i64, error: Option<&str>, random: &mut Random) -> Vec<RunRow> {
    let mut run = |started_at: i64, error: Option<&str>| {
        let read = if error.is_some() { 0 } else { random.integer(20, 400) };
        RunRow {
            id: random.id(demo.made_on),
            trigger: RunTrigger::Schedule,
            outcome: if error.is_some() { RunOutcome::Failed } else { RunOutcome::Completed },
            started_at,
            finished_at: Some(started_at + random.integer(2, 90)),
            records_read: read,
            records_written: 0,
            records_failed: if read > 0 && random.chance(0.1) { random.integer(1, 5) } else { 0 },
            error: error.map(str::to_owned),
        }
    };
    let mut runs: Vec<RunRow> = (0..3).rev().map(|back| run(last_success - 60 - back * HOUR, None)).collect();
    runs.extend(error.map(|error| run(last_success + HOUR, Some(error))));
    runs
}
