//! Changes: what each does, what it refuses, who may make it, and what the directory says afterwards.

mod create;
mod create_refusals;
mod followed;
mod followed_people;
mod memberships;
mod moves;
mod races;
mod status;
mod update;
mod who;

use sea_orm::EntityTrait;
use serde_json::{Value, json};
use subgraph::directory::unit;
use uuid::Uuid;

use crate::fixture::{Fixture, Tree, tree};

/// A mutation with the type of its input and the record it answers with.
pub(super) struct Mutation {
    name: &'static str,
    types: &'static str,
    record: &'static str,
}

const fn creates(name: &'static str, types: &'static str, record: &'static str) -> Mutation {
    Mutation { name, types, record }
}

pub(super) const CREATE_NETWORK: Mutation =
    creates("createNetwork", "$input: CreateNetworkInput!, $idempotencyKey: String", "network");
pub(super) const CREATE_REGION: Mutation =
    creates("createRegion", "$input: CreateRegionInput!, $idempotencyKey: String", "region");
pub(super) const CREATE_GROUP: Mutation =
    creates("createGroup", "$input: CreateGroupInput!, $idempotencyKey: String", "group");
pub(super) const CREATE_LOCATION: Mutation =
    creates("createLocation", "$input: CreateLocationInput!, $idempotencyKey: String", "location");
pub(super) const CREATE_PERSON: Mutation =
    creates("createPerson", "$input: CreatePersonInput!, $idempotencyKey: String", "person");
pub(super) const UPDATE_NETWORK: Mutation =
    creates("updateNetwork", "$id: ID!, $version: Int!, $input: UpdateNetworkInput!", "network");
pub(super) const UPDATE_REGION: Mutation =
    creates("updateRegion", "$id: ID!, $version: Int!, $input: UpdateRegionInput!", "region");
pub(super) const UPDATE_GROUP: Mutation =
    creates("updateGroup", "$id: ID!, $version: Int!, $input: UpdateGroupInput!", "group");
pub(super) const UPDATE_LOCATION: Mutation =
    creates("updateLocation", "$id: ID!, $version: Int!, $input: UpdateLocationInput!", "location");
pub(super) const UPDATE_PERSON: Mutation =
    creates("updatePerson", "$id: ID!, $version: Int!, $input: UpdatePersonInput!", "person");
pub(super) const CHANGE_STATUS: Mutation =
    creates("changeUnitStatus", "$id: ID!, $version: Int!, $status: UnitStatus!", "unit");
pub(super) const MOVE_GROUP: Mutation =
    creates("moveGroup", "$id: ID!, $version: Int!, $regionId: ID!", "group");
pub(super) const MOVE_LOCATION: Mutation =
    creates("moveLocation", "$id: ID!, $version: Int!, $groupId: ID!", "location");
pub(super) const GRANT: Mutation =
    creates("grantMembership", "$input: GrantMembershipInput!, $idempotencyKey: String", "membership");
pub(super) const REVOKE: Mutation =
    creates("revokeMembership", "$id: ID!, $version: Int!, $validTo: Date", "membership");

impl Mutation {
    /// The payload; `fields` is what is asked of the record.
    pub(super) async fn run(&self, fixture: &Fixture, person: Uuid, variables: Value, fields: &str) -> Value {
        let arguments: Vec<String> = self
            .types
            .split(", ")
            .filter_map(|argument| argument.split_once(':'))
            .map(|(name, _)| format!("{}: {name}", &name[1..]))
            .collect();
        let document = format!(
            "mutation({}) {{ {}({}) {{ {} {{ {fields} }} userErrors {{ code field message }} }} }}",
            self.types,
            self.name,
            arguments.join(", "),
            self.record
        );
        let mut data = fixture.data(person, &document, variables).await;
        data[self.name].take()
    }

    /// The record after a change that must succeed.
    pub(super) async fn done(
        &self,
        fixture: &Fixture,
        person: Uuid,
        variables: Value,
        fields: &str,
    ) -> Value {
        let mut payload = self.run(fixture, person, variables.clone(), fields).await;
        assert_eq!(payload["userErrors"], json!([]), "{} {variables:#}", self.name);
        payload[self.record].take()
    }

    /// Code, field and message of each error of a change that must be refused.
    pub(super) async fn refused(
        &self,
        fixture: &Fixture,
        person: Uuid,
        variables: Value,
    ) -> Vec<(String, String, String)> {
        let payload = self.run(fixture, person, variables.clone(), "__typename").await;
        assert!(payload[self.record].is_null(), "{} {variables:#} {payload:#}", self.name);
        let errors = payload["userErrors"].as_array().unwrap();
        assert!(!errors.is_empty(), "{} {variables:#} {payload:#}", self.name);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let path =
            |error: &Value| -> Vec<String> { error["field"].as_array().unwrap().iter().map(&text).collect() };
        errors
            .iter()
            .map(|error| (text(&error["code"]), path(error).join("."), text(&error["message"])))
            .collect()
    }

    /// The one error of a change that must be refused; its message must contain `hint`.
    pub(super) async fn refused_with(
        &self,
        fixture: &Fixture,
        person: Uuid,
        variables: Value,
        (code, field, hint): (&str, &str, &str),
    ) {
        let errors = self.refused(fixture, person, variables.clone()).await;
        let told = format!("{} {variables:#}\n{errors:#?}", self.name);
        assert_eq!(errors.len(), 1, "{told}");
        let (found_code, found_field, message) = &errors[0];
        assert_eq!((found_code.as_str(), found_field.as_str()), (code, field), "{told}");
        assert!(message.contains(hint), "`{hint}` in {told}");
    }
}

/// A tree that is loaded.
pub(super) async fn planted(fixture: &Fixture, prefix: &str) -> Tree {
    let tree = tree(prefix);
    fixture.load(tree.rows.clone()).await;
    tree
}

/// What the directory says of a unit.
pub(super) async fn listed(fixture: &Fixture, id: Uuid) -> unit::Model {
    unit::Entity::find_by_id(id).one(&fixture.database.connection).await.unwrap().unwrap()
}

/// The id in a record.
pub(super) fn id_of(record: &Value) -> Uuid {
    record["id"].as_str().unwrap().parse().unwrap()
}

pub(super) fn network_input(slug: &str) -> Value {
    json!({
        "name": "Northern Shears", "slug": slug, "legalName": "Northern Shears Ltd", "brand": "Northern Shears",
        "networkType": "AREA_DEVELOPMENT", "timeZone": "America/Toronto", "currency": "CAD",
        "headquarters": { "street": "1 King Street", "city": "Toronto", "subdivision": "ON",
            "postalCode": "M5H 1A1", "country": "CA" },
        "locationTarget": 40, "establishedOn": "1999-05-01",
        "feeStructure": { "initialFeeMinor": 4_500_000, "royaltyPercent": 6.25, "marketingPercent": 1.1,
            "minimumMonthlyFeeMinor": 60_000 },
    })
}

pub(super) fn region_input(network: Uuid, code: &str) -> Value {
    json!({
        "networkId": network, "name": "Prairies", "code": code, "timeZone": "America/Winnipeg", "currency": "CAD",
        "jurisdictions": ["CANADA_FEDERAL", "CANADA_PROVINCIAL"], "primaryMarkets": ["Winnipeg", "Regina"],
        "territory": { "postalCodes": ["S4P", "R3C", "S4P"], "polygon": [
            { "latitude": 49.0, "longitude": -102.0 }, { "latitude": 51.0, "longitude": -102.0 },
            { "latitude": 51.0, "longitude": -97.0 } ] },
        "locationTarget": 12, "openedOn": "2001-02-03",
    })
}

pub(super) fn group_input(region: Uuid, code: &str) -> Value {
    json!({ "regionId": region, "name": "Red River", "code": code, "groupType": "AREA_DEVELOPMENT",
        "status": "ACTIVE" })
}

pub(super) fn location_input(group: Uuid, code: &str) -> Value {
    json!({
        "groupId": group, "name": "Portage Avenue", "code": code, "status": "DEVELOPMENT",
        "address": { "street": "300 Portage Avenue", "city": "Winnipeg", "country": "CA" },
        "coordinates": { "latitude": 49.893, "longitude": -97.143 },
        "chairs": { "total": 6, "active": 4 },
        "openingHours": [
            { "weekday": "TUESDAY", "opens": "13:00", "closes": "24:00" },
            { "weekday": "TUESDAY", "opens": "08:30", "closes": "12:00" },
            { "weekday": "MONDAY", "opens": "08:30", "closes": "12:00" },
        ],
        "phone": "+12045550100", "email": "Portage@Shears.Example", "openedOn": "2026-03-01",
    })
}

/// An input with one field replaced.
pub(super) fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}
