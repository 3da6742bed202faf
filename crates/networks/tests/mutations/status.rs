//! The life cycle through the API.

use serde_json::json;
use subgraph::testing::Backend;

use super::{CHANGE_STATUS, GRANT, listed, planted};
use crate::fixture::Fixture;

#[tokio::test]
async fn a_unit_of_any_kind_takes_the_steps_of_the_life_cycle() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        for id in [tree.network, tree.regions[0], tree.groups[0], tree.locations[0]] {
            for (version, status) in [(1, "SUSPENDED"), (2, "INACTIVE"), (3, "ACTIVE")] {
                let variables = json!({ "id": id, "version": version, "status": status });
                let changed = CHANGE_STATUS.done(&fixture, tree.owner, variables, "id status version").await;
                let expected = json!({ "id": id, "status": status, "version": version + 1 });
                assert_eq!(changed, expected, "{backend:?}");
                assert_eq!(listed(&fixture, id).await.status, status, "{backend:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_step_that_is_not_one_names_those_that_are() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let to = |status: &str| json!({ "id": tree.locations[0], "version": 1, "status": status });
        let next = "next may be INACTIVE, SUSPENDED, TERMINATED";
        for status in ["ACTIVE", "PENDING", "DEVELOPMENT"] {
            let refusal = ("INVALID_TRANSITION", "status", next);
            CHANGE_STATUS.refused_with(&fixture, tree.owner, to(status), refusal).await;
        }
        CHANGE_STATUS.done(&fixture, tree.owner, to("TERMINATED"), "id").await;
        let again = json!({ "id": tree.locations[0], "version": 2, "status": "ACTIVE" });
        let refusal = ("INVALID_TRANSITION", "status", "which is final");
        CHANGE_STATUS.refused_with(&fixture, tree.owner, again, refusal).await;
        let stale = json!({ "id": tree.locations[0], "version": 1, "status": "ACTIVE" });
        let conflict = ("VERSION_CONFLICT", "version", "at version 2");
        CHANGE_STATUS.refused_with(&fixture, tree.owner, stale, conflict).await;
    }
}

#[tokio::test]
async fn what_is_below_stops_operating_with_it_and_keeps_its_own_status() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let to = |version: i32, status: &str| json!({ "id": tree.regions[0], "version": version, "status": status });
        let seen = async || {
            let query = "query($id: ID!) { location(id: $id) { status operating activeChairs }
                networks { nodes { locationCount } } }";
            let data = fixture.data(tree.owner, query, json!({ "id": tree.locations[0] })).await;
            (data["location"].clone(), data["networks"]["nodes"][0]["locationCount"].clone())
        };
        CHANGE_STATUS.done(&fixture, tree.owner, to(1, "SUSPENDED"), "id").await;
        let stopped = json!({ "status": "ACTIVE", "operating": false, "activeChairs": 0 });
        assert_eq!(seen().await, (stopped, json!(4)), "{backend:?}");
        CHANGE_STATUS.done(&fixture, tree.owner, to(2, "ACTIVE"), "id").await;
        let operating = json!({ "status": "ACTIVE", "operating": true, "activeChairs": 5 });
        assert_eq!(seen().await, (operating, json!(8)), "{backend:?}");
    }
}

#[tokio::test]
async fn a_unit_ends_after_all_units_below_it() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let end = |id: uuid::Uuid| json!({ "id": id, "version": 1, "status": "TERMINATED" });
        let refusal = (
            "INVALID_TRANSITION",
            "status",
            "group `ACME-R0G0`, location `ACME-R0G0L0`, location `ACME-R0G0L1`, others first",
        );
        CHANGE_STATUS.refused_with(&fixture, tree.owner, end(tree.regions[0]), refusal).await;
        for id in &tree.locations[..2] {
            CHANGE_STATUS.done(&fixture, tree.owner, end(*id), "id").await;
        }
        CHANGE_STATUS.done(&fixture, tree.owner, end(tree.groups[0]), "id").await;
        let refusal = ("INVALID_TRANSITION", "status", "group `ACME-R0G1`");
        CHANGE_STATUS.refused_with(&fixture, tree.owner, end(tree.regions[0]), refusal).await;
        for id in tree.locations[2..4].iter().chain([&tree.groups[1], &tree.regions[0]]) {
            let ended = CHANGE_STATUS.done(&fixture, tree.owner, end(*id), "status").await;
            assert_eq!(ended["status"], "TERMINATED", "{backend:?}");
        }
        let refusal = ("INVALID_TRANSITION", "status", "`ACME-R1`");
        CHANGE_STATUS.refused_with(&fixture, tree.owner, end(tree.network), refusal).await;
    }
}

#[tokio::test]
async fn a_suspension_begins_and_ends_by_order_of_the_franchisor() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let part = json!({ "personId": tree.franchisee, "role": "OWNER", "unitId": tree.regions[0] });
        GRANT.done(&fixture, tree.owner, json!({ "input": part }), "id").await;
        let to = |version: i32, status: &str| json!({ "id": tree.locations[0], "version": version, "status": status });
        // A manager, and an owner of the region that the location is in.
        let operators = [tree.regional, tree.franchisee];
        let refusal = ("FORBIDDEN", "status", "suspend units or lift a suspension");
        for operator in operators {
            CHANGE_STATUS.refused_with(&fixture, operator, to(1, "SUSPENDED"), refusal).await;
        }
        CHANGE_STATUS.done(&fixture, tree.owner, to(1, "SUSPENDED"), "id").await;
        for operator in operators {
            for status in ["DEVELOPMENT", "ACTIVE", "INACTIVE", "TERMINATED"] {
                CHANGE_STATUS.refused_with(&fixture, operator, to(2, status), refusal).await;
            }
        }
        CHANGE_STATUS.done(&fixture, tree.owner, to(2, "INACTIVE"), "id").await;
        let opened = CHANGE_STATUS.done(&fixture, tree.regional, to(3, "ACTIVE"), "status").await;
        assert_eq!(opened["status"], "ACTIVE", "{backend:?}: what its operator closed, its operator opens");
    }
}
