//! A running service with two networks, and the means to ask it.

use std::time::Duration;

use async_graphql::{Request, Response, Variables};
use chrono::{DateTime, NaiveDate, Utc};
use compliance::bulk::{self, RequirementRow, ReviewRow};
use compliance::{Clock, Compliance, Jurisdiction, Migrator, RequirementType, ReviewOutcome, RiskLevel};
use futures::stream::BoxStream;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::caller::token::{MIN_SECRET_BYTES, Secret, Subject};
use subgraph::database::begin;
use subgraph::directory::{UnitKind, membership, publish, unit};
use subgraph::load::{Load, Source};
use subgraph::service::Service;
use subgraph::testing::{Backend, TestDatabase};
use uuid::Uuid;

/// The zones of the generated locations, from the first to the last on Earth to see a day.
pub(crate) const ZONES: [&str; 4] =
    ["Pacific/Kiritimati", "Europe/Berlin", "America/New_York", "Pacific/Niue"];

pub(crate) struct World {
    pub(crate) database: TestDatabase,
    service: Service,
    secret: Secret,
    now: DateTime<Utc>,
}

/// All units of one network, top down.
pub(crate) struct Tree {
    pub(crate) units: Vec<unit::Model>,
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl World {
    pub(crate) async fn new(backend: Backend) -> Self {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let secret = Secret::new(vec![7; MIN_SECRET_BYTES]).unwrap();
        let service = Service::new::<Compliance>(database.connection.clone(), secret.clone());
        Self { database, service, secret, now: "2024-06-15T12:00:00Z".parse().unwrap() }
    }

    /// Sets the clock that the next requests are answered by.
    pub(crate) fn set_clock(&mut self, instant: &str) {
        self.now = instant.parse().unwrap();
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Publishes a network with `regions` regions of `groups` groups of `locations` locations each.
    pub(crate) async fn plant(&self, code: &str, regions: usize, groups: usize, locations: usize) -> Tree {
        let network = unit_of(UnitKind::Network, code, None);
        let mut units = vec![network.clone()];
        for r in 0..regions {
            let region = unit_of(UnitKind::Region, &format!("{code}-{r}"), Some(&network));
            units.push(region.clone());
            for g in 0..groups {
                let group = unit_of(UnitKind::Group, &format!("{code}-{r}-{g}"), Some(&region));
                units.push(group.clone());
                for l in 0..locations {
                    let mut location =
                        unit_of(UnitKind::Location, &format!("{code}-{r}-{g}-{l}"), Some(&group));
                    location.time_zone = ZONES[(r + g + l) % ZONES.len()].to_owned();
                    units.push(location);
                }
            }
        }
        let transaction = begin(&self.database.connection).await.unwrap();
        publish(&transaction, units.clone(), vec![]).await.unwrap();
        transaction.commit().await.unwrap();
        Tree { units }
    }

    /// Makes a person with a role on a unit.
    pub(crate) async fn person(&self, role: Role, unit: &unit::Model) -> Uuid {
        let person_id = Uuid::now_v7();
        let membership = membership::Model {
            id: Uuid::now_v7(),
            person_id,
            role,
            unit_kind: unit.kind,
            unit_id: unit.id,
            network_id: unit.network_id,
            valid_from: day("2000-01-01"),
            valid_to: None,
            change: 0,
        };
        let transaction = begin(&self.database.connection).await.unwrap();
        publish(&transaction, vec![], vec![membership]).await.unwrap();
        transaction.commit().await.unwrap();
        person_id
    }

    /// Answers a document; the whole response as JSON.
    pub(crate) async fn ask(&self, person: Uuid, document: &str, variables: Value) -> Value {
        let subject = Subject::Person(person, None);
        let token = self.secret.sign(&subject, Duration::from_secs(60)).unwrap();
        let request =
            Request::new(document).variables(Variables::from_json(variables)).data(Clock::At(self.now));
        serde_json::to_value(self.service.execute(Some(&token), request).await).unwrap()
    }

    /// Opens a subscription.
    pub(crate) fn subscribe(&self, person: Uuid, request: Request) -> BoxStream<'static, Response> {
        self.service.subscribe_as(Subject::Person(person, None), request)
    }

    /// Answers a document that must not fail; its data.
    pub(crate) async fn data(&self, person: Uuid, document: &str, variables: Value) -> Value {
        let mut response = self.ask(person, document, variables).await;
        assert!(response.get("errors").is_none(), "{document}\n{response:#}");
        response["data"].take()
    }

    /// Selects fields on units, as the gateway asks for them.
    pub(crate) async fn units(&self, person: Uuid, units: &[&unit::Model], fields: &str) -> Vec<Value> {
        let mut data = self.data(person, &entities(fields), representations(units)).await;
        serde_json::from_value(data["_entities"].take()).unwrap()
    }

    pub(crate) async fn insert(&self, rows: Vec<RequirementRow>) {
        let mut load = Load::begin(&self.database.connection, Source::of_tests()).await.unwrap();
        bulk::insert_requirements(&mut load, rows).await.unwrap();
        load.commit().await.unwrap();
    }
}

pub(crate) fn entities(fields: &str) -> String {
    format!(
        "query($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on FranchiseUnit {{ {fields} }} }} }}"
    )
}

pub(crate) fn representations(units: &[&unit::Model]) -> Value {
    let of: Vec<Value> = units
        .iter()
        .map(|unit| json!({"__typename": "FranchiseUnit", "id": unit.id, "timeZone": unit.time_zone}))
        .collect();
    json!({ "of": of })
}

fn unit_of(kind: UnitKind, code: &str, above: Option<&unit::Model>) -> unit::Model {
    let id = Uuid::now_v7();
    let own = |level: UnitKind, above: Option<Uuid>| if kind == level { Some(id) } else { above };
    unit::Model {
        id,
        kind,
        network_id: above.map_or(id, |above| above.network_id),
        region_id: own(UnitKind::Region, above.and_then(|above| above.region_id)),
        group_id: own(UnitKind::Group, above.and_then(|above| above.group_id)),
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
    pub(crate) fn network(&self) -> &unit::Model {
        self.of(UnitKind::Network)[0]
    }

    pub(crate) fn of(&self, kind: UnitKind) -> Vec<&unit::Model> {
        self.units.iter().filter(|unit| unit.kind == kind).collect()
    }

    /// A unit and everything below it.
    pub(crate) fn below(&self, top: &unit::Model) -> Vec<&unit::Model> {
        self.units
            .iter()
            .filter(|unit| {
                [Some(unit.id), Some(unit.network_id), unit.region_id, unit.group_id].contains(&Some(top.id))
            })
            .collect()
    }
}

/// A requirement on a unit, without reviews.
pub(crate) fn requirement(unit: &unit::Model, name: &str, risk: RiskLevel) -> RequirementRow {
    RequirementRow {
        id: Uuid::now_v7(),
        network_id: unit.network_id,
        unit_id: unit.id,
        jurisdiction: Jurisdiction::UsState,
        requirement_type: RequirementType::License,
        name: name.to_owned(),
        description: None,
        risk,
        due_on: None,
        penalties: vec![],
        created_at: "2024-01-01T00:00:00Z".parse().unwrap(),
        reviews: vec![],
        documents: vec![],
    }
}

pub(crate) fn review(outcome: ReviewOutcome, on: &str) -> ReviewRow {
    ReviewRow {
        id: Uuid::now_v7(),
        reviewer_id: Uuid::nil(),
        outcome,
        notes: None,
        reviewed_on: day(on),
        recorded_at: day(on).and_hms_opt(12, 0, 0).unwrap().and_utc(),
    }
}
