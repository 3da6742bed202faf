//! A database with two networks, and a service to ask as anybody.

use std::time::Duration;

use async_graphql::{Request, Variables};
use chrono::{Days, NaiveDate, Utc};
use networks::Networks;
use networks::bulk::{
    self, Address, Coordinates, GroupRow, GroupType, Jurisdiction, LocationRow, MembershipRow, NetworkRow,
    NetworkType, OpeningPeriod, PersonRow, RegionRow, Rows, UnitStatus, Weekday,
};
use serde_json::Value;
use subgraph::caller::Role;
use subgraph::caller::token::{Secret, Subject};
use subgraph::load::{Load, Source};
use subgraph::service::{Service, Subgraph};
use subgraph::subscription::Limits;
use subgraph::testing::{Backend, TestDatabase};
use uuid::Uuid;

/// The service over a database of its own.
pub(crate) struct Fixture {
    pub(crate) database: TestDatabase,
    pub(crate) service: Service,
    secret: Secret,
}

impl Fixture {
    pub(crate) async fn new(backend: Backend) -> Self {
        let database = TestDatabase::new::<<Networks as Subgraph>::Migrator>(backend).await;
        let secret = Secret::new(b"a secret of the tests, long enough".as_slice()).unwrap();
        let service = Service::new::<Networks>(database.connection.clone(), secret.clone());
        Self { database, service, secret }
    }

    /// Another process over the same database.
    pub(crate) fn restart(&mut self, limits: Limits) {
        let database = self.database.connection.clone();
        self.service = Service::with_limits::<Networks>(database, self.secret.clone(), limits);
    }

    /// Begins a load.
    pub(crate) async fn begin(&self) -> Load {
        Load::begin(&self.database.connection, Source::of_tests()).await.unwrap()
    }

    /// Loads rows.
    pub(crate) async fn load(&self, rows: Rows) {
        let mut load = self.begin().await;
        bulk::insert(&mut load, rows).await.unwrap();
        load.commit().await.unwrap();
        self.service.grants.forget();
    }

    /// The whole answer to a request of a person.
    pub(crate) async fn answer(&self, person: Uuid, query: &str, variables: Value) -> Value {
        let token = self.secret.sign(&Subject::Person(person, None), Duration::from_secs(60)).unwrap();
        let request = Request::new(query).variables(Variables::from_json(variables));
        let response = self.service.execute(Some(&token), request).await;
        serde_json::to_value(response).unwrap()
    }

    /// The data of an answer that must be without errors.
    pub(crate) async fn data(&self, person: Uuid, query: &str, variables: Value) -> Value {
        let mut answer = self.answer(person, query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// The data and the codes of the errors of an answer.
    pub(crate) async fn partial(&self, person: Uuid, query: &str, variables: Value) -> (Value, Vec<String>) {
        let mut answer = self.answer(person, query, variables).await;
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        let code = |error: &Value| error["extensions"]["code"].as_str().unwrap_or_default().to_owned();
        (answer["data"].take(), errors.iter().map(code).collect())
    }
}

/// A network with two regions of two groups of two locations, and people on every level.
pub(crate) struct Tree {
    pub(crate) network: Uuid,
    pub(crate) regions: Vec<Uuid>,
    pub(crate) groups: Vec<Uuid>,
    pub(crate) locations: Vec<Uuid>,
    /// Owner of the network.
    pub(crate) owner: Uuid,
    /// Manager of the first region.
    pub(crate) regional: Uuid,
    /// Franchisee of the first group.
    pub(crate) franchisee: Uuid,
    /// Viewer of the first location.
    pub(crate) viewer: Uuid,
    pub(crate) rows: Rows,
}

/// Makes the rows of a tree whose names and codes begin with `prefix`.
pub(crate) fn tree(prefix: &str) -> Tree {
    let upper = prefix.to_uppercase();
    let network = network(prefix);
    let person =
        |name: &str| person(network.id, &format!("{upper} {name}"), &format!("{name}@{prefix}.example"));
    let (owner, regional, franchisee, viewer) =
        (person("owner"), person("regional"), person("franchisee"), person("viewer"));
    let mut rows = Rows::default();
    for r in 0..2 {
        let region = region(network.id, &format!("{upper}-R{r}"));
        for g in 0..2 {
            let mut group = group(region.id, &format!("{upper}-R{r}G{g}"));
            group.franchisee_id = Some(franchisee.id);
            for l in 0..2 {
                let mut location = location(group.id, &format!("{upper}-R{r}G{g}L{l}"));
                location.owner_id = Some(franchisee.id);
                location.manager_id = Some(viewer.id);
                rows.locations.push(location);
            }
            rows.groups.push(group);
        }
        rows.regions.push(region);
    }
    rows.memberships = vec![
        member(owner.id, Role::Owner, network.id),
        member(regional.id, Role::Manager, rows.regions[0].id),
        member(franchisee.id, Role::Franchisee, rows.groups[0].id),
        member(viewer.id, Role::Viewer, rows.locations[0].id),
    ];
    let tree = Tree {
        network: network.id,
        regions: rows.regions.iter().map(|row| row.id).collect(),
        groups: rows.groups.iter().map(|row| row.id).collect(),
        locations: rows.locations.iter().map(|row| row.id).collect(),
        owner: owner.id,
        regional: regional.id,
        franchisee: franchisee.id,
        viewer: viewer.id,
        rows: Rows::default(),
    };
    rows.networks = vec![network];
    rows.persons = vec![owner, regional, franchisee, viewer];
    Tree { rows, ..tree }
}

pub(crate) fn network(prefix: &str) -> NetworkRow {
    NetworkRow {
        id: Uuid::now_v7(),
        name: format!("{} Barbers", prefix.to_uppercase()),
        slug: prefix.to_owned(),
        legal_name: format!("{prefix} holding"),
        brand: prefix.to_owned(),
        network_type: NetworkType::Hybrid,
        status: UnitStatus::Active,
        headquarters: address("10001"),
        time_zone: "America/New_York".to_owned(),
        currency: "USD".to_owned(),
        location_target: Some(100),
        initial_fee_minor: 3_500_000,
        royalty_basis_points: 650,
        marketing_basis_points: 225,
        minimum_monthly_fee_minor: 50_000,
        established_on: day(2015, 3, 1),
        is_demo: false,
    }
}

pub(crate) fn region(network_id: Uuid, code: &str) -> RegionRow {
    RegionRow {
        id: Uuid::now_v7(),
        network_id,
        name: format!("Region {code}"),
        code: code.to_owned(),
        status: UnitStatus::Active,
        time_zone: "America/Chicago".to_owned(),
        currency: "USD".to_owned(),
        jurisdictions: vec![Jurisdiction::UsFederal, Jurisdiction::UsState],
        primary_markets: vec!["Chicago".to_owned()],
        postal_codes: vec!["60602".to_owned(), "60601".to_owned()],
        polygon: vec![
            Coordinates { latitude: 41.0, longitude: -88.0 },
            Coordinates { latitude: 42.0, longitude: -88.0 },
            Coordinates { latitude: 42.0, longitude: -87.0 },
        ],
        location_target: Some(20),
        opened_on: day(2016, 1, 1),
    }
}

pub(crate) fn group(region_id: Uuid, code: &str) -> GroupRow {
    GroupRow {
        id: Uuid::now_v7(),
        region_id,
        name: format!("Group {code}"),
        code: code.to_owned(),
        group_type: GroupType::MultiUnit,
        status: UnitStatus::Active,
        franchisee_id: None,
        time_zone: "America/Chicago".to_owned(),
        currency: "USD".to_owned(),
        opened_on: None,
    }
}

pub(crate) fn location(group_id: Uuid, code: &str) -> LocationRow {
    LocationRow {
        id: Uuid::now_v7(),
        group_id,
        name: format!("Location {code}"),
        code: code.to_owned(),
        status: UnitStatus::Active,
        address: address("60601"),
        coordinates: Some(Coordinates { latitude: 41.88, longitude: -87.62 }),
        time_zone: "America/Chicago".to_owned(),
        currency: "USD".to_owned(),
        chairs_total: 8,
        chairs_active: 5,
        opening_hours: vec![OpeningPeriod {
            weekday: Weekday::Monday,
            opens: "09:00".to_owned(),
            closes: "18:30".to_owned(),
        }],
        owner_id: None,
        manager_id: None,
        phone: Some("+13125550100".to_owned()),
        email: None,
        opened_on: day(2018, 6, 15),
    }
}

pub(crate) fn person(network_id: Uuid, name: &str, email: &str) -> PersonRow {
    PersonRow { id: Uuid::now_v7(), network_id, name: name.to_owned(), email: email.to_owned(), phone: None }
}

pub(crate) fn member(person_id: Uuid, role: Role, unit_id: Uuid) -> MembershipRow {
    MembershipRow {
        id: Uuid::now_v7(),
        person_id,
        role,
        unit_id,
        valid_from: Utc::now().date_naive() - Days::new(30),
        valid_to: None,
    }
}

fn address(postal_code: &str) -> Address {
    Address {
        street: Some("1 Main Street".to_owned()),
        street2: None,
        city: Some("Springfield".to_owned()),
        subdivision: Some("IL".to_owned()),
        postal_code: Some(postal_code.to_owned()),
        country: "US".to_owned(),
    }
}

fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}
