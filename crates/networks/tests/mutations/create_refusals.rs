//! What new records must not be: each problem at its field, all problems of an input at once.

use serde_json::{Value, json};
use subgraph::testing::Backend;
use uuid::Uuid;

use super::{
    CHANGE_STATUS, CREATE_GROUP, CREATE_LOCATION, CREATE_NETWORK, CREATE_PERSON, CREATE_REGION, Mutation,
    group_input, location_input, network_input, planted, region_input, with,
};
use crate::fixture::Fixture;

/// Replaces one field of a valid input by each bad value and looks where that is told.
async fn refuses(
    fixture: &Fixture,
    person: Uuid,
    mutation: &Mutation,
    valid: &Value,
    cases: Vec<(&str, Value, &str, &str)>,
) {
    for (field, value, path, hint) in cases {
        let variables = json!({ "input": with(valid.clone(), field, value) });
        let field = format!("input.{path}");
        mutation.refused_with(fixture, person, variables, ("INVALID", &field, hint)).await;
    }
}

fn address(country: &str, street: usize) -> Value {
    json!({ "street": "x".repeat(street), "country": country })
}

fn fees(initial: i64, royalty: f64, marketing: f64) -> Value {
    json!({ "initialFeeMinor": initial, "royaltyPercent": royalty, "marketingPercent": marketing,
        "minimumMonthlyFeeMinor": 0 })
}

#[tokio::test]
async fn a_networks_values_have_bounds() {
    let fixture = Fixture::new(Backend::Sqlite).await;
    let tree = planted(&fixture, "acme").await;
    let cases = vec![
        ("name", json!("  "), "name", "1 to 255"),
        ("name", json!("x".repeat(256)), "name", "not 256"),
        ("slug", json!("Northern Shears"), "slug", "small letters"),
        ("legalName", json!(""), "legalName", "1 to 255"),
        ("brand", json!("x".repeat(101)), "brand", "1 to 100"),
        ("status", json!("SUSPENDED"), "status", "begins as"),
        ("timeZone", json!("Toronto"), "timeZone", "IANA"),
        ("currency", json!("CAN"), "currency", "ISO 4217"),
        ("headquarters", address("CAN", 3), "headquarters.country", "ISO 3166-1"),
        ("headquarters", address("CA", 256), "headquarters.street", "not 256"),
        ("locationTarget", json!(-1), "locationTarget", "between 0 and 1000000"),
        ("establishedOn", json!("1799-12-31"), "establishedOn", "1800"),
        ("feeStructure", fees(-1, 5.0, 1.0), "feeStructure.initialFeeMinor", "not -1"),
        ("feeStructure", fees(0, 100.5, 0.0), "feeStructure.royaltyPercent", "0 and 100"),
        ("feeStructure", fees(0, 5.0, -0.01), "feeStructure.marketingPercent", "0 and 100"),
        ("feeStructure", fees(0, 5.125, 0.0), "feeStructure.royaltyPercent", "two decimals"),
        ("feeStructure", fees(0, 60.0, 40.01), "feeStructure", "whole revenue"),
    ];
    refuses(&fixture, tree.owner, &CREATE_NETWORK, &network_input("north"), cases).await;
}

#[tokio::test]
async fn a_regions_values_have_bounds() {
    let fixture = Fixture::new(Backend::Sqlite).await;
    let tree = planted(&fixture, "acme").await;
    let corner = |latitude: f64, longitude: f64| json!({ "latitude": latitude, "longitude": longitude });
    let polygon = |corners: Vec<Value>| json!({ "polygon": corners });
    let north = || corner(50.0, 0.0);
    let cases = vec![
        ("code", json!("CA MB"), "code", "letters, digits"),
        ("jurisdictions", json!(["UK", "AUSTRALIA", "UK"]), "jurisdictions.2", "already"),
        ("primaryMarkets", json!(vec!["x"; 51]), "primaryMarkets", "at most 50"),
        ("primaryMarkets", json!(["ok", " "]), "primaryMarkets.1", "1 to 100"),
        ("territory", json!({ "postalCodes": ["1", "x".repeat(21)] }), "territory.postalCodes.1", "20"),
        ("territory", json!({ "postalCodes": vec!["1"; 5001] }), "territory.postalCodes", "at most 5000"),
        ("territory", polygon(vec![north(), north()]), "territory.polygon", "3 to 500"),
        (
            "territory",
            polygon(vec![north(), corner(90.5, 0.0), north()]),
            "territory.polygon.1.latitude",
            "-90 and 90",
        ),
        ("openedOn", json!("2200-01-01"), "openedOn", "2199"),
    ];
    refuses(&fixture, tree.owner, &CREATE_REGION, &region_input(tree.network, "CA-MB"), cases).await;
}

#[tokio::test]
async fn a_locations_values_have_bounds() {
    let fixture = Fixture::new(Backend::Sqlite).await;
    let tree = planted(&fixture, "acme").await;
    let hours = |spans: &[(&str, &str)]| {
        let span =
            |(opens, closes): &(&str, &str)| json!({ "weekday": "FRIDAY", "opens": opens, "closes": closes });
        Value::Array(spans.iter().map(span).collect())
    };
    let cases = vec![
        ("code", json!("x".repeat(51)), "code", "1 to 50"),
        (
            "coordinates",
            json!({ "latitude": 0.0, "longitude": 180.1 }),
            "coordinates.longitude",
            "-180 and 180",
        ),
        ("chairs", json!({ "total": -1, "active": 0 }), "chairs.total", "between 0 and 1000"),
        ("chairs", json!({ "total": 3, "active": 4 }), "chairs.active", "between 0 and 3"),
        ("openingHours", hours(&[("9:00", "17:00")]), "openingHours.0.opens", "00:00"),
        ("openingHours", hours(&[("09:00", "24:01")]), "openingHours.0.closes", "24:00"),
        ("openingHours", hours(&[("22:00", "02:00")]), "openingHours.0.closes", "two spans"),
        ("openingHours", hours(&[("09:00", "13:00"), ("12:00", "18:00")]), "openingHours", "overlap"),
        ("openingHours", hours(&[("09:00", "10:00"); 29]), "openingHours", "at most 28"),
        ("phone", json!("0204 555"), "phone", "E.164"),
        ("email", json!("portage"), "email", "name@example.com"),
    ];
    refuses(&fixture, tree.owner, &CREATE_LOCATION, &location_input(tree.groups[0], "WPG-1"), cases).await;
}

#[tokio::test]
async fn all_problems_of_an_input_are_told_at_once() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let (tree, other) = (planted(&fixture, "acme").await, planted(&fixture, "other").await);
        let mut input = location_input(tree.groups[0], "A B");
        input["name"] = json!("");
        input["ownerId"] = json!(other.owner);
        input["managerId"] = json!("nobody");
        input["timeZone"] = json!("Mars/Olympus");
        input["currency"] = json!("usd");
        input["chairs"] = json!({ "total": 2000, "active": -1 });
        let errors = CREATE_LOCATION.refused(&fixture, tree.owner, json!({ "input": input })).await;
        let mut told: Vec<String> = errors.iter().map(|(code, field, _)| format!("{code} {field}")).collect();
        told.sort_unstable();
        let mut expected = [
            "INVALID input.chairs.active",
            "INVALID input.chairs.total",
            "INVALID input.code",
            "INVALID input.currency",
            "INVALID input.name",
            "INVALID input.timeZone",
            "NOT_FOUND input.managerId",
            "NOT_FOUND input.ownerId",
        ];
        expected.sort_unstable();
        assert_eq!(told, expected, "{backend:?}");
        let person = json!({ "networkId": tree.network, "name": "", "email": "x", "phone": "1" });
        let errors = CREATE_PERSON.refused(&fixture, tree.owner, json!({ "input": person })).await;
        let fields: Vec<&str> = errors.iter().map(|(_, field, _)| field.as_str()).collect();
        assert_eq!(fields, ["input.name", "input.email", "input.phone"], "{backend:?}");
    }
}

#[tokio::test]
async fn codes_are_unique_where_they_name_something() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let (tree, other) = (planted(&fixture, "acme").await, planted(&fixture, "other").await);
        let taken: [(&Mutation, Value, &str); 4] = [
            (&CREATE_NETWORK, network_input("other"), "input.slug"),
            (&CREATE_REGION, region_input(tree.network, "ACME-R0"), "input.code"),
            (&CREATE_GROUP, group_input(tree.regions[0], "ACME-R0G0"), "input.code"),
            (&CREATE_LOCATION, location_input(tree.groups[0], "OTHER-R0G0L0"), "input.code"),
        ];
        for (mutation, input, field) in taken {
            let refusal = ("TAKEN", field, "already");
            mutation.refused_with(&fixture, tree.owner, json!({ "input": input }), refusal).await;
        }
        let free: [(&Mutation, Value); 2] = [
            (&CREATE_REGION, region_input(other.network, "ACME-R0")),
            (&CREATE_GROUP, group_input(other.regions[1], "ACME-R0G0")),
        ];
        for (mutation, input) in free {
            mutation.done(&fixture, other.owner, json!({ "input": input }), "id").await;
        }
    }
}

#[tokio::test]
async fn nothing_is_created_below_what_has_ended() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        for location in &tree.locations[..2] {
            let end = json!({ "id": location, "version": 1, "status": "TERMINATED" });
            CHANGE_STATUS.done(&fixture, tree.owner, end, "id").await;
        }
        let end = json!({ "id": tree.groups[0], "version": 1, "status": "TERMINATED" });
        CHANGE_STATUS.done(&fixture, tree.owner, end, "id").await;
        let input = json!({ "input": location_input(tree.groups[0], "LATE") });
        let ended = ("INVALID_TRANSITION", "input.groupId", "TERMINATED");
        CREATE_LOCATION.refused_with(&fixture, tree.owner, input, ended).await;
    }
}
