//! A network of units with facts, and a service over them.

use std::sync::Arc;
use std::time::Duration;

use analytics::bulk::{FactRow, upsert_facts};
use analytics::{Analytics, Clock, Migrator};
use async_graphql::{Request, Variables};
use chrono::{DateTime, Days, NaiveDate, Utc};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::caller::token::{Secret, Subject};
use subgraph::database::begin;
use subgraph::directory::{UnitKind, membership, publish, unit};
use subgraph::load::{Load, Source};
use subgraph::service::Service;
use subgraph::testing::{Backend, TestDatabase};
use uuid::Uuid;

/// The instant of all tests that do not choose another: a Wednesday in a leap year.
pub(crate) const NOW: &str = "2024-07-31T12:00:00Z";

/// Seeds the generated facts.
const SEED: u64 = 20_240_731;

pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) service: Service,
    secret: Secret,
}

/// A network with regions of groups of locations.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) network: unit::Model,
    pub(crate) regions: Vec<unit::Model>,
    pub(crate) groups: Vec<unit::Model>,
    pub(crate) locations: Vec<unit::Model>,
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn days(from: &str, to: &str) -> impl Iterator<Item = NaiveDate> + Clone {
    let to = date(to);
    date(from).iter_days().take_while(move |day| *day <= to)
}

impl World {
    pub(crate) async fn new(backend: Backend) -> Self {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let secret = Secret::new(vec![7; 32]).unwrap();
        let service = Service::new::<Analytics>(database.connection.clone(), secret.clone());
        Self { database, service, secret }
    }

    pub(crate) async fn publish(&self, units: &[unit::Model], memberships: Vec<membership::Model>) {
        let transaction = begin(&self.database.connection).await.unwrap();
        publish(&transaction, units.to_vec(), memberships).await.unwrap();
        transaction.commit().await.unwrap();
        self.service.grants.forget();
    }

    /// Someone with a role on a unit.
    pub(crate) async fn person(&self, role: Role, unit: &unit::Model) -> Uuid {
        let person_id = Uuid::now_v7();
        let membership = membership::Model {
            id: Uuid::now_v7(),
            person_id,
            role,
            unit_kind: unit.kind,
            unit_id: unit.id,
            network_id: unit.network_id,
            valid_from: Utc::now().date_naive(),
            valid_to: None,
            change: 0,
        };
        self.publish(&[], vec![membership]).await;
        person_id
    }

    pub(crate) async fn record(&self, rows: &[FactRow]) {
        let mut load = Load::begin(&self.database.connection, Source::of_tests()).await.unwrap();
        upsert_facts(&mut load, rows.to_vec()).await.unwrap();
        load.commit().await.unwrap();
    }

    /// The whole response, as JSON.
    pub(crate) async fn respond(&self, person: Uuid, query: &str, variables: Value, now: &str) -> Value {
        let token = self.secret.sign(&Subject::Person(person, None), Duration::from_secs(60)).unwrap();
        let clock = Clock::fixed(now.parse::<DateTime<Utc>>().unwrap());
        let request = Request::new(query).variables(Variables::from_json(variables)).data(clock);
        self.database.statements.take();
        serde_json::to_value(self.service.execute(Some(&token), request).await).unwrap()
    }

    /// The data of a response without errors.
    pub(crate) async fn data(&self, person: Uuid, query: &str, variables: Value) -> Value {
        let mut response = self.respond(person, query, variables, NOW).await;
        assert!(response.get("errors").is_none(), "{query}\n{response:#}");
        response["data"].take()
    }

    /// Fields of units, as the gateway asks for them.
    pub(crate) async fn units(&self, person: Uuid, units: &[&unit::Model], fields: &str) -> Vec<Value> {
        let query = units_query(fields);
        let mut data = self.data(person, &query, representations(units)).await;
        data["_entities"].as_array_mut().unwrap().drain(..).collect()
    }

    /// Fields of a unit.
    pub(crate) async fn unit(&self, person: Uuid, unit: &unit::Model, fields: &str) -> Value {
        self.units(person, &[unit], fields).await.remove(0)
    }
}

pub(crate) fn units_query(fields: &str) -> String {
    format!(
        "query ($units: [_Any!]!) {{ _entities(representations: $units) {{ ... on FranchiseUnit {{ {fields} }} }} }}"
    )
}

pub(crate) fn representations(units: &[&unit::Model]) -> Value {
    let unit = |unit: &&unit::Model| {
        json!({
            "__typename": "FranchiseUnit",
            "id": unit.id,
            "timeZone": unit.time_zone,
            "activeChairs": 4,
        })
    };
    json!({ "units": units.iter().map(unit).collect::<Vec<_>>() })
}

/// The code and text of a response's only error.
pub(crate) fn only_error(response: &Value) -> (String, String) {
    let errors = response["errors"].as_array().unwrap_or_else(|| panic!("no errors in {response:#}"));
    assert_eq!(errors.len(), 1, "{response:#}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&errors[0]["extensions"]["code"]), text(&errors[0]["message"]))
}

pub(crate) fn unit(kind: UnitKind, code: &str, above: Option<&unit::Model>) -> unit::Model {
    let id = Uuid::now_v7();
    let inherited = |own: UnitKind, above: Option<Uuid>| if kind == own { Some(id) } else { above };
    unit::Model {
        id,
        kind,
        network_id: above.map_or(id, |above| above.network_id),
        region_id: inherited(UnitKind::Region, above.and_then(|above| above.region_id)),
        group_id: inherited(UnitKind::Group, above.and_then(|above| above.group_id)),
        name: code.to_owned(),
        code: code.to_owned(),
        status: "ACTIVE".to_owned(),
        time_zone: "UTC".to_owned(),
        currency: "USD".to_owned(),
        opened_on: None,
        change: 0,
    }
}

impl Tree {
    /// A tree with as many regions, groups in each and locations in each as asked for.
    pub(crate) fn new(code: &str, regions: usize, groups: usize, locations: usize) -> Self {
        let network = unit(UnitKind::Network, code, None);
        let mut tree = Self { network, regions: Vec::new(), groups: Vec::new(), locations: Vec::new() };
        for r in 0..regions {
            let region = unit(UnitKind::Region, &format!("{code}-{r}"), Some(&tree.network));
            for g in 0..groups {
                let group = unit(UnitKind::Group, &format!("{code}-{r}-{g}"), Some(&region));
                let location = |l| unit(UnitKind::Location, &format!("{code}-{r}-{g}-{l}"), Some(&group));
                tree.locations.extend((0..locations).map(location));
                tree.groups.push(group);
            }
            tree.regions.push(region);
        }
        tree
    }

    pub(crate) fn units(&self) -> Vec<unit::Model> {
        let mut units = vec![self.network.clone()];
        for level in [&self.regions, &self.groups, &self.locations] {
            units.extend(level.iter().cloned());
        }
        units
    }
}

/// A day on which nothing happened.
pub(crate) fn quiet_day(location: &unit::Model, date: NaiveDate) -> FactRow {
    FactRow {
        location_id: location.id,
        date,
        network_id: location.network_id,
        currency: location.currency.clone(),
        revenue: 0,
        transactions: 0,
        appointments_booked: 0,
        appointments_completed: 0,
        appointments_cancelled: 0,
        appointments_no_show: 0,
        clients_served: 0,
        clients_new: 0,
        clients_returning: 0,
        chair_minutes_available: 0,
        chair_minutes_booked: 0,
        staff_minutes: 0,
        satisfaction_sum: 0,
        satisfaction_count: 0,
    }
}

/// Plausible facts, the same in every run; about one day in ten has none.
pub(crate) fn generate(
    locations: &[unit::Model],
    days: impl Iterator<Item = NaiveDate> + Clone,
) -> Vec<FactRow> {
    let mut random = Pcg64::seed_from_u64(SEED);
    let mut rows = Vec::new();
    for location in locations {
        for day in days.clone() {
            if random.random_range(0..10) == 0 {
                continue;
            }
            let completed = random.random_range(0..40);
            let new = random.random_range(0..10);
            let returning = random.random_range(0..30);
            let booked = random.random_range(0..1800);
            let ratings = random.random_range(0..5);
            rows.push(FactRow {
                revenue: random.random_range(0..250_000),
                transactions: random.random_range(0..45),
                appointments_booked: completed + 9,
                appointments_completed: completed,
                appointments_cancelled: random.random_range(0..5),
                appointments_no_show: random.random_range(0..5),
                clients_served: new + returning + random.random_range(0..3),
                clients_new: new,
                clients_returning: returning,
                chair_minutes_available: 1800,
                chair_minutes_booked: booked,
                staff_minutes: random.random_range(0..2400),
                satisfaction_sum: ratings * random.random_range(300..=500),
                satisfaction_count: ratings,
                ..quiet_day(location, day)
            });
        }
    }
    rows
}

/// The unit a location belongs to at the level of a unit.
pub(crate) fn belongs(location: Uuid, unit: &unit::Model, tree: &Tree) -> bool {
    let location = tree.locations.iter().find(|candidate| candidate.id == location);
    location.is_some_and(|location| match unit.kind {
        UnitKind::Network => location.network_id == unit.id,
        UnitKind::Region => location.region_id == Some(unit.id),
        UnitKind::Group => location.group_id == Some(unit.id),
        UnitKind::Location => location.id == unit.id,
    })
}

/// The day a number of days before.
pub(crate) fn before(date: NaiveDate, days: u64) -> NaiveDate {
    date - Days::new(days)
}

/// Worlds on both databases.
pub(crate) async fn both() -> Vec<(Backend, Arc<World>)> {
    let mut worlds = Vec::new();
    for backend in Backend::ALL {
        worlds.push((backend, Arc::new(World::new(backend).await)));
    }
    worlds
}
