//! Creating networks, units and people.

use serde_json::{Value, json};
use subgraph::directory::UnitKind;
use subgraph::testing::Backend;

use super::{
    CREATE_GROUP, CREATE_LOCATION, CREATE_NETWORK, CREATE_PERSON, CREATE_REGION, group_input, id_of, listed,
    location_input, network_input, planted, region_input, with,
};
use crate::fixture::Fixture;

#[tokio::test]
async fn whoever_founds_a_network_owns_it() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let fields = "id slug name legalName brand networkType status operating timeZone currency version
            headquarters { street street2 city subdivision postalCode country } locationTarget establishedOn
            feeStructure { initialFee { amountMinor currency } royaltyPercent marketingPercent
                minimumMonthlyFee { amountMinor } }
            members { nodes { role person { id } grantedBy { id } validTo } }";
        let input = json!({ "input": network_input("northern-shears") });
        let made = CREATE_NETWORK.done(&fixture, tree.owner, input, fields).await;
        let expected = json!({
            "id": made["id"], "slug": "northern-shears", "name": "Northern Shears",
            "legalName": "Northern Shears Ltd", "brand": "Northern Shears", "networkType": "AREA_DEVELOPMENT",
            "status": "PENDING", "operating": false, "timeZone": "America/Toronto", "currency": "CAD", "version": 1,
            "headquarters": { "street": "1 King Street", "street2": null, "city": "Toronto",
                "subdivision": "ON", "postalCode": "M5H 1A1", "country": "CA" },
            "locationTarget": 40, "establishedOn": "1999-05-01",
            "feeStructure": { "initialFee": { "amountMinor": 4_500_000, "currency": "CAD" },
                "royaltyPercent": 6.25, "marketingPercent": 1.1, "minimumMonthlyFee": { "amountMinor": 60_000 } },
            "members": { "nodes": [{ "role": "OWNER", "person": { "id": tree.owner },
                "grantedBy": { "id": tree.owner }, "validTo": null }] },
        });
        assert_eq!(made, expected, "{backend:?}");
        let query =
            format!("{{ network(slug: \"northern-shears\") {{ {fields} }} me {{ grants {{ role }} }} }}");
        let data = fixture.data(tree.owner, &query, json!({})).await;
        assert_eq!(data["network"], expected, "{backend:?}: the founder's grant holds at once");
        assert_eq!(data["me"]["grants"].as_array().unwrap().len(), 2);
        let network = id_of(&made);
        let row = listed(&fixture, network).await;
        assert_eq!(
            (row.kind, row.network_id, row.code.as_str(), row.status.as_str(), row.currency.as_str()),
            (UnitKind::Network, network, "northern-shears", "PENDING", "CAD"),
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn a_tree_grows_from_the_top() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let fields =
            "id code status timeZone currency jurisdictions primaryMarkets locationTarget openedOn version
            territory { postalCodes polygon { latitude longitude } } network { id }";
        let input = json!({ "input": region_input(tree.network, "CA-MB") });
        let region = CREATE_REGION.done(&fixture, tree.owner, input, fields).await;
        assert_eq!(
            region,
            json!({ "id": region["id"], "code": "CA-MB", "status": "PENDING", "timeZone": "America/Winnipeg",
                "currency": "CAD", "jurisdictions": ["CANADA_FEDERAL", "CANADA_PROVINCIAL"],
                "primaryMarkets": ["Winnipeg", "Regina"], "locationTarget": 12, "openedOn": "2001-02-03",
                "version": 1,
                "territory": { "postalCodes": ["R3C", "S4P"], "polygon": [
                    { "latitude": 49.0, "longitude": -102.0 }, { "latitude": 51.0, "longitude": -102.0 },
                    { "latitude": 51.0, "longitude": -97.0 } ] },
                "network": { "id": tree.network } }),
            "{backend:?}"
        );

        let input = with(group_input(id_of(&region), "RED"), "franchiseeId", json!(tree.franchisee));
        let fields = "id code status groupType timeZone currency franchisee { id } region { id } openedOn";
        let group = CREATE_GROUP.done(&fixture, tree.owner, json!({ "input": input }), fields).await;
        assert_eq!(
            group,
            json!({ "id": group["id"], "code": "RED", "status": "ACTIVE", "groupType": "AREA_DEVELOPMENT",
                "timeZone": "America/Winnipeg", "currency": "CAD", "franchisee": { "id": tree.franchisee },
                "region": { "id": region["id"] }, "openedOn": null }),
            "{backend:?}: time zone and currency are the region's"
        );

        let input = with(location_input(id_of(&group), "WPG-1"), "managerId", json!(tree.viewer));
        let location = CREATE_LOCATION.done(&fixture, tree.owner, json!({ "input": input }), LOCATION).await;
        assert_eq!(location, expected_location(&location, &group, &region, tree.viewer), "{backend:?}");
        let row = listed(&fixture, id_of(&location)).await;
        assert_eq!(row.network_id, tree.network, "{backend:?}");
        assert_eq!((row.region_id, row.group_id), (Some(id_of(&region)), Some(id_of(&group))));
        assert_eq!((row.code.as_str(), row.time_zone.as_str()), ("WPG-1", "America/Winnipeg"));
    }
}

const LOCATION: &str = "id code name status chairs { total active } address { street city country }
    coordinates { latitude longitude } openingHours { weekday opens closes } phone email openedOn currency
    owner { id } manager { id } group { id } region { id }";

fn expected_location(made: &Value, group: &Value, region: &Value, manager: uuid::Uuid) -> Value {
    json!({
        "id": made["id"], "code": "WPG-1", "name": "Portage Avenue", "status": "DEVELOPMENT",
        "chairs": { "total": 6, "active": 4 },
        "address": { "street": "300 Portage Avenue", "city": "Winnipeg", "country": "CA" },
        "coordinates": { "latitude": 49.893, "longitude": -97.143 },
        "openingHours": [
            { "weekday": "MONDAY", "opens": "08:30", "closes": "12:00" },
            { "weekday": "TUESDAY", "opens": "08:30", "closes": "12:00" },
            { "weekday": "TUESDAY", "opens": "13:00", "closes": "24:00" },
        ],
        "phone": "+12045550100", "email": "portage@shears.example", "openedOn": "2026-03-01", "currency": "CAD",
        "owner": null, "manager": { "id": manager },
        "group": { "id": group["id"] }, "region": { "id": region["id"] },
    })
}

#[tokio::test]
async fn a_person_is_kept_by_a_network_with_a_mail_address_in_small_letters() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let input = json!({ "networkId": tree.network, "name": " Ada Quill ", "email": "Ada@Acme.Example",
            "phone": "+13125550111" });
        let fields = "id name email phone version memberships { totalCount }";
        let made = CREATE_PERSON.done(&fixture, tree.owner, json!({ "input": input }), fields).await;
        assert_eq!(
            made,
            json!({ "id": made["id"], "name": "Ada Quill", "email": "ada@acme.example", "phone": "+13125550111",
                "version": 1, "memberships": { "totalCount": 0 } }),
            "{backend:?}"
        );
        let again = json!({ "input": with(input, "email", json!("ADA@acme.example")) });
        let taken = ("TAKEN", "input.email", "ada@acme.example");
        CREATE_PERSON.refused_with(&fixture, tree.owner, again, taken).await;
    }
}

#[tokio::test]
async fn a_repeated_key_makes_one_record_and_serves_one_input() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let person = json!({ "networkId": tree.network, "name": "Ada", "email": "ada@acme.example" });
        let cases = [
            (&CREATE_NETWORK, network_input("once"), "name"),
            (&CREATE_REGION, region_input(tree.network, "ONCE"), "name"),
            (&CREATE_GROUP, group_input(tree.regions[0], "ONCE"), "name"),
            (&CREATE_LOCATION, location_input(tree.groups[0], "ONCE"), "name"),
            (&CREATE_PERSON, person, "name"),
        ];
        for (mutation, input, field) in cases {
            let key = mutation.name;
            let variables = json!({ "input": input, "idempotencyKey": key });
            let first = mutation.done(&fixture, tree.owner, variables.clone(), "id name").await;
            let second = mutation.done(&fixture, tree.owner, variables, "id name").await;
            assert_eq!(first, second, "{backend:?} {}", mutation.name);
            let other = json!({ "input": with(input, field, json!("Another")), "idempotencyKey": key });
            let reused = ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", "new key");
            mutation.refused_with(&fixture, tree.owner, other, reused).await;
        }
        let counts = "{ networks { totalCount } regions { totalCount } groups { totalCount }
            locations { totalCount } people { totalCount } }";
        let data = fixture.data(tree.owner, counts, json!({})).await;
        let counted =
            ["networks", "regions", "groups", "locations", "people"].map(|list| &data[list]["totalCount"]);
        assert_eq!(counted, [2, 3, 5, 9, 5], "{backend:?}");
    }
}

#[tokio::test]
async fn a_key_has_a_length() {
    let fixture = Fixture::new(Backend::Sqlite).await;
    let tree = planted(&fixture, "acme").await;
    for key in [String::new(), "k".repeat(129)] {
        let variables = json!({ "input": region_input(tree.network, "X"), "idempotencyKey": key });
        let invalid = ("INVALID", "idempotencyKey", "1 to 128 bytes");
        CREATE_REGION.refused_with(&fixture, tree.owner, variables, invalid).await;
    }
}
