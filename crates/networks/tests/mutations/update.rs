//! Changing what is stored: what is left out stays, what is null goes, and nobody overwrites what they have not
//! read.

use serde_json::json;
use subgraph::testing::Backend;

use super::{UPDATE_GROUP, UPDATE_LOCATION, UPDATE_NETWORK, UPDATE_PERSON, UPDATE_REGION, listed, planted};
use crate::fixture::Fixture;

#[tokio::test]
async fn what_is_left_out_stays_and_what_is_null_goes() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let fields = "name code phone email coordinates { latitude } chairs { total active } owner { id }
            manager { id } openedOn version address { street postalCode } openingHours { opens }";
        let input = json!({ "name": "Corner Shop", "phone": null, "ownerId": null, "email": "Corner@acme.example",
            "chairs": { "total": 4, "active": 4 }, "coordinates": null });
        let variables = json!({ "id": tree.locations[0], "version": 1, "input": input });
        let changed = UPDATE_LOCATION.done(&fixture, tree.owner, variables, fields).await;
        assert_eq!(
            changed,
            json!({ "name": "Corner Shop", "code": "ACME-R0G0L0", "phone": null, "email": "corner@acme.example",
                "coordinates": null, "chairs": { "total": 4, "active": 4 }, "owner": null,
                "manager": { "id": tree.viewer }, "openedOn": "2018-06-15", "version": 2,
                "address": { "street": "1 Main Street", "postalCode": "60601" },
                "openingHours": [{ "opens": "09:00" }] }),
            "{backend:?}"
        );
        let query = format!("query($id: ID!) {{ location(id: $id) {{ {fields} }} }}");
        let data = fixture.data(tree.owner, &query, json!({ "id": tree.locations[0] })).await;
        assert_eq!(data["location"], changed, "{backend:?}: as it is stored");
        assert_eq!(listed(&fixture, tree.locations[0]).await.name, "Corner Shop", "{backend:?}");

        let input = json!({ "territory": null, "locationTarget": null, "code": "ACME-NEW" });
        let variables = json!({ "id": tree.regions[0], "version": 1, "input": input });
        let fields = "code territory { postalCodes } locationTarget primaryMarkets jurisdictions";
        let changed = UPDATE_REGION.done(&fixture, tree.owner, variables, fields).await;
        assert_eq!(
            changed,
            json!({ "code": "ACME-NEW", "territory": null, "locationTarget": null, "primaryMarkets": ["Chicago"],
                "jurisdictions": ["US_FEDERAL", "US_STATE"] }),
            "{backend:?}"
        );
        assert_eq!(listed(&fixture, tree.regions[0]).await.code, "ACME-NEW", "{backend:?}");
    }
}

#[tokio::test]
async fn every_record_has_its_update() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let input = json!({ "slug": "acme-two", "brand": "Acme Two", "networkType": "CORPORATE_OWNED",
            "establishedOn": null, "headquarters": { "country": "GB" }, "timeZone": "Europe/London" });
        let variables = json!({ "id": tree.network, "version": 1, "input": input });
        let fields =
            "slug brand networkType establishedOn timeZone headquarters { street country } legalName";
        let changed = UPDATE_NETWORK.done(&fixture, tree.owner, variables, fields).await;
        assert_eq!(
            changed,
            json!({ "slug": "acme-two", "brand": "Acme Two", "networkType": "CORPORATE_OWNED",
                "establishedOn": null, "timeZone": "Europe/London",
                "headquarters": { "street": null, "country": "GB" }, "legalName": "acme holding" }),
            "{backend:?}"
        );
        let input =
            json!({ "groupType": "SINGLE_UNIT", "franchiseeId": tree.regional, "openedOn": "2020-01-01" });
        let variables = json!({ "id": tree.groups[0], "version": 1, "input": input });
        let fields = "groupType franchisee { id } openedOn code";
        let changed = UPDATE_GROUP.done(&fixture, tree.owner, variables, fields).await;
        assert_eq!(
            changed,
            json!({ "groupType": "SINGLE_UNIT", "franchisee": { "id": tree.regional }, "openedOn": "2020-01-01",
                "code": "ACME-R0G0" }),
            "{backend:?}"
        );
        let input = json!({ "name": "Vera View", "email": "Vera@acme.example" });
        let variables = json!({ "id": tree.viewer, "version": 1, "input": input });
        let changed = UPDATE_PERSON.done(&fixture, tree.owner, variables, "name email phone version").await;
        assert_eq!(
            changed,
            json!({ "name": "Vera View", "email": "vera@acme.example", "phone": null, "version": 2 }),
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn a_change_of_an_older_version_is_refused() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let cases = [
            (&UPDATE_NETWORK, tree.network),
            (&UPDATE_REGION, tree.regions[0]),
            (&UPDATE_GROUP, tree.groups[0]),
            (&UPDATE_LOCATION, tree.locations[0]),
            (&UPDATE_PERSON, tree.viewer),
        ];
        for (mutation, id) in cases {
            let variables = json!({ "id": id, "version": 1, "input": { "name": "First" } });
            let changed = mutation.done(&fixture, tree.owner, variables, "version name").await;
            assert_eq!(changed, json!({ "version": 2, "name": "First" }), "{backend:?} {}", mutation.name);
            let variables = json!({ "id": id, "version": 1, "input": { "name": "Second" } });
            let conflict = ("VERSION_CONFLICT", "version", "at version 2, not 1");
            mutation.refused_with(&fixture, tree.owner, variables, conflict).await;
        }
    }
}

#[tokio::test]
async fn a_code_of_another_record_is_taken() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        planted(&fixture, "other").await;
        let cases = [
            (&UPDATE_NETWORK, tree.network, "slug", "other"),
            (&UPDATE_REGION, tree.regions[0], "code", "ACME-R1"),
            (&UPDATE_GROUP, tree.groups[0], "code", "ACME-R0G1"),
            (&UPDATE_LOCATION, tree.locations[0], "code", "OTHER-R0G0L0"),
            (&UPDATE_PERSON, tree.viewer, "email", "OWNER@acme.example"),
        ];
        for (mutation, id, field, value) in cases {
            let variables = json!({ "id": id, "version": 1, "input": { field: value } });
            let taken = ("TAKEN", &*format!("input.{field}"), "already");
            mutation.refused_with(&fixture, tree.owner, variables, taken).await;
        }
    }
}

#[tokio::test]
async fn an_update_is_checked_like_a_new_record() {
    let fixture = Fixture::new(Backend::Sqlite).await;
    let (tree, other) = (planted(&fixture, "acme").await, planted(&fixture, "other").await);
    let cases = [
        (&UPDATE_NETWORK, tree.network, json!({ "slug": "A" }), "INVALID", "input.slug"),
        (&UPDATE_NETWORK, tree.network, json!({ "currency": "EUR" }), "INVALID", "input.feeStructure"),
        (&UPDATE_REGION, tree.regions[0], json!({ "timeZone": "x" }), "INVALID", "input.timeZone"),
        (
            &UPDATE_GROUP,
            tree.groups[0],
            json!({ "franchiseeId": other.owner }),
            "NOT_FOUND",
            "input.franchiseeId",
        ),
        (&UPDATE_GROUP, tree.groups[0], json!({ "currency": "xxx" }), "INVALID", "input.currency"),
        (
            &UPDATE_LOCATION,
            tree.locations[0],
            json!({ "chairs": { "total": 1, "active": 2 } }),
            "INVALID",
            "input.chairs.active",
        ),
        (&UPDATE_LOCATION, tree.locations[0], json!({ "managerId": "x" }), "NOT_FOUND", "input.managerId"),
        (&UPDATE_PERSON, tree.viewer, json!({ "phone": "12" }), "INVALID", "input.phone"),
    ];
    for (mutation, id, input, code, field) in cases {
        let variables = json!({ "id": id, "version": 1, "input": input });
        mutation.refused_with(&fixture, tree.owner, variables, (code, field, "")).await;
    }
    let fees = json!({ "initialFeeMinor": 1, "royaltyPercent": 5.0, "marketingPercent": 0.0,
        "minimumMonthlyFeeMinor": 2 });
    let variables =
        json!({ "id": tree.network, "version": 1, "input": { "currency": "EUR", "feeStructure": fees } });
    let fields = "currency feeStructure { initialFee { amountMinor currency } }";
    let changed = UPDATE_NETWORK.done(&fixture, tree.owner, variables, fields).await;
    assert_eq!(
        changed,
        json!({ "currency": "EUR", "feeStructure": { "initialFee": { "amountMinor": 1, "currency": "EUR" } } })
    );
}
