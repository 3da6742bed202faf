//! A service over two networks, each with a region, a group and some locations.

use async_graphql::Request;
use chrono::Utc;
use integrations::bulk::{IntegrationRow, insert_integrations};
use integrations::integration::{IntegrationStatus, SyncFrequency};
use integrations::{Integrations, Migrator};
use serde_json::Value;
use subgraph::caller::Role;
use subgraph::caller::token::{MIN_SECRET_BYTES, Secret, Subject};
use subgraph::database::begin;
use subgraph::directory::{UnitKind, membership, publish, unit};
use subgraph::load::{Load, Source};
use subgraph::service::Service;
use subgraph::testing::{Backend, TestDatabase};
use uuid::Uuid;

pub(crate) struct Network {
    pub(crate) network: Uuid,
    pub(crate) region: Uuid,
    pub(crate) group: Uuid,
    pub(crate) locations: Vec<Uuid>,
    /// Owns the network.
    pub(crate) owner: Uuid,
}

pub(crate) struct Fixture {
    pub(crate) database: TestDatabase,
    pub(crate) service: Service,
    pub(crate) ours: Network,
    pub(crate) theirs: Network,
}

impl Fixture {
    pub(crate) async fn new(backend: Backend, locations: usize) -> Self {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let ours = publish_network(&database, "ours", locations).await;
        let theirs = publish_network(&database, "theirs", locations).await;
        let secret = Secret::new(vec![7; MIN_SECRET_BYTES]).unwrap();
        let service = Service::new::<Integrations>(database.connection.clone(), secret);
        Self { database, service, ours, theirs }
    }

    /// The answer to a query by a person.
    pub(crate) async fn ask(&self, person: Uuid, query: &str) -> Value {
        let response = self.service.execute_as(Subject::Person(person, None), Request::new(query)).await;
        serde_json::to_value(response).unwrap()
    }

    /// Begins a load.
    pub(crate) async fn begin(&self) -> Load {
        Load::begin(&self.database.connection, Source::of_tests()).await.unwrap()
    }

    pub(crate) async fn insert(&self, rows: Vec<IntegrationRow>) {
        let mut load = self.begin().await;
        insert_integrations(&mut load, rows).await.unwrap();
        load.commit().await.unwrap();
    }
}

/// An integration that has nothing wrong with it.
pub(crate) fn healthy(network: &Network, kind: UnitKind, unit: Uuid, provider: &str) -> IntegrationRow {
    IntegrationRow {
        id: Uuid::now_v7(),
        network_id: network.network,
        unit_id: unit,
        unit_kind: kind,
        provider: provider.to_owned(),
        name: provider.to_owned(),
        status: IntegrationStatus::Active,
        sync_frequency: SyncFrequency::Hourly,
        last_sync_at: Some(Utc::now().timestamp()),
        last_error: None,
        created_at: Utc::now().timestamp(),
        runs: Vec::new(),
    }
}

async fn publish_network(database: &TestDatabase, code: &str, count: usize) -> Network {
    let ids: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
    let made = Network {
        network: Uuid::now_v7(),
        region: Uuid::now_v7(),
        group: Uuid::now_v7(),
        locations: ids,
        owner: Uuid::now_v7(),
    };
    let unit = |id, kind, region_id, group_id| unit::Model {
        id,
        kind,
        network_id: made.network,
        region_id,
        group_id,
        name: code.to_owned(),
        code: code.to_owned(),
        status: "ACTIVE".to_owned(),
        time_zone: "UTC".to_owned(),
        currency: "USD".to_owned(),
        opened_on: None,
        change: 0,
    };
    let (region, group) = (Some(made.region), Some(made.group));
    let mut units = vec![
        unit(made.network, UnitKind::Network, None, None),
        unit(made.region, UnitKind::Region, region, None),
        unit(made.group, UnitKind::Group, region, group),
    ];
    units.extend(made.locations.iter().map(|id| unit(*id, UnitKind::Location, region, group)));
    let membership = membership::Model {
        id: Uuid::now_v7(),
        person_id: made.owner,
        role: Role::Owner,
        unit_kind: UnitKind::Network,
        unit_id: made.network,
        network_id: made.network,
        valid_from: Utc::now().date_naive(),
        valid_to: None,
        change: 0,
    };
    let transaction = begin(&database.connection).await.unwrap();
    publish(&transaction, units, vec![membership]).await.unwrap();
    transaction.commit().await.unwrap();
    made
}
