//! Who may make which change: other networks do not exist for a caller, and to see is not to change.

use networks::bulk::Rows;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::testing::Backend;
use uuid::Uuid;

use super::{
    CHANGE_STATUS, CREATE_GROUP, CREATE_LOCATION, CREATE_NETWORK, CREATE_PERSON, CREATE_REGION, GRANT,
    MOVE_GROUP, MOVE_LOCATION, Mutation, REVOKE, UPDATE_GROUP, UPDATE_LOCATION, UPDATE_NETWORK,
    UPDATE_PERSON, UPDATE_REGION, group_input, id_of, location_input, network_input, planted, region_input,
};
use crate::fixture::{Fixture, Tree, member, person};

/// Every change of a tree, with the field that names what it is about.
fn changes(tree: &Tree, membership: Uuid) -> Vec<(&'static Mutation, Value, &'static str)> {
    let update = |id: Uuid| json!({ "id": id, "version": 1, "input": { "name": "Mine" } });
    let status = |id: Uuid, status: &str| json!({ "id": id, "version": 1, "status": status });
    let input = |input: Value| json!({ "input": input });
    let newcomer = json!({ "networkId": tree.network, "name": "Ada", "email": "ada@acme.example" });
    let access = json!({ "personId": tree.viewer, "role": "VIEWER", "unitId": tree.groups[0] });
    vec![
        (&CREATE_REGION, input(region_input(tree.network, "NEW")), "input.networkId"),
        (&CREATE_GROUP, input(group_input(tree.regions[0], "NEW")), "input.regionId"),
        (&CREATE_LOCATION, input(location_input(tree.groups[0], "NEW")), "input.groupId"),
        (&CREATE_PERSON, input(newcomer), "input.networkId"),
        (&UPDATE_NETWORK, update(tree.network), "id"),
        (&UPDATE_REGION, update(tree.regions[0]), "id"),
        (&UPDATE_GROUP, update(tree.groups[0]), "id"),
        (&UPDATE_LOCATION, update(tree.locations[0]), "id"),
        (&UPDATE_PERSON, update(tree.viewer), "id"),
        (&CHANGE_STATUS, status(tree.network, "SUSPENDED"), "id"),
        (&CHANGE_STATUS, status(tree.locations[1], "INACTIVE"), "id"),
        (&MOVE_GROUP, json!({ "id": tree.groups[0], "version": 1, "regionId": tree.regions[1] }), "id"),
        (&MOVE_LOCATION, json!({ "id": tree.locations[0], "version": 1, "groupId": tree.groups[1] }), "id"),
        (&GRANT, input(access), "input.unitId"),
        (&REVOKE, json!({ "id": membership, "version": 1 }), "id"),
    ]
}

/// The membership of the viewer.
async fn membership(fixture: &Fixture, tree: &Tree) -> Uuid {
    let query = "query($p: ID!) { memberships(filter: { personId: $p }) { nodes { id } } }";
    let data = fixture.data(tree.owner, query, json!({ "p": tree.viewer })).await;
    id_of(&data["memberships"]["nodes"][0])
}

#[tokio::test]
async fn what_is_of_another_network_is_not_found() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let (tree, other) = (planted(&fixture, "acme").await, planted(&fixture, "other").await);
        let membership = membership(&fixture, &tree).await;
        for (mutation, variables, field) in changes(&tree, membership) {
            for stranger in [other.owner, Uuid::now_v7()] {
                let missing = ("NOT_FOUND", field, "no such");
                mutation.refused_with(&fixture, stranger, variables.clone(), missing).await;
            }
        }
    }
}

#[tokio::test]
async fn who_may_only_read_is_forbidden_to_change() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let officer = person(tree.network, "Officer", "officer@acme.example");
        let id = officer.id;
        let memberships = vec![member(id, Role::ComplianceOfficer, tree.network)];
        fixture.load(Rows { persons: vec![officer], memberships, ..Rows::default() }).await;
        let membership = membership(&fixture, &tree).await;
        for (mutation, variables, field) in changes(&tree, membership) {
            let forbidden = ("FORBIDDEN", field, "none of your roles there allows you to");
            mutation.refused_with(&fixture, id, variables, forbidden).await;
        }
    }
}

#[tokio::test]
async fn a_manager_changes_units_but_neither_structure_nor_access() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let membership = membership(&fixture, &tree).await;
        let mut allowed = Vec::new();
        for (mutation, variables, field) in changes(&tree, membership) {
            let payload = mutation.run(&fixture, tree.regional, variables.clone(), "__typename").await;
            if payload["userErrors"] == json!([]) {
                allowed.push(mutation.name);
                continue;
            }
            assert_eq!(
                payload["userErrors"][0]["code"], "FORBIDDEN",
                "{backend:?} {}: {payload:#}",
                mutation.name
            );
            assert_eq!(payload["userErrors"][0]["field"], json!(field.split('.').collect::<Vec<_>>()));
        }
        let own = ["updateRegion", "updateGroup", "updateLocation", "changeUnitStatus"];
        assert_eq!(allowed, own, "{backend:?}: the network is above");
    }
}

#[tokio::test]
async fn an_owner_of_a_part_changes_that_part_only() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let part = json!({ "personId": tree.regional, "role": "OWNER", "unitId": tree.regions[0] });
        GRANT.done(&fixture, tree.owner, json!({ "input": part }), "id").await;
        let inside = json!({ "input": group_input(tree.regions[0], "INSIDE") });
        CREATE_GROUP.done(&fixture, tree.regional, inside, "id").await;
        let within = json!({ "id": tree.locations[0], "version": 1, "groupId": tree.groups[1] });
        MOVE_LOCATION.done(&fixture, tree.regional, within, "id").await;
        let access = json!({ "personId": tree.franchisee, "role": "MANAGER", "unitId": tree.groups[1] });
        GRANT.done(&fixture, tree.regional, json!({ "input": access }), "id").await;

        let outside = json!({ "input": group_input(tree.regions[1], "OUTSIDE") });
        let unseen = ("NOT_FOUND", "input.regionId", "no such unit");
        CREATE_GROUP.refused_with(&fixture, tree.regional, outside, unseen).await;
        let away = json!({ "id": tree.groups[0], "version": 1, "regionId": tree.regions[1] });
        let unseen = ("NOT_FOUND", "regionId", "no such unit");
        MOVE_GROUP.refused_with(&fixture, tree.regional, away, unseen).await;
        let above = json!({ "personId": tree.franchisee, "role": "VIEWER", "unitId": tree.network });
        let forbidden = ("FORBIDDEN", "input.unitId", "change memberships");
        GRANT.refused_with(&fixture, tree.regional, json!({ "input": above }), forbidden).await;
    }
}

#[tokio::test]
async fn networks_are_founded_by_who_runs_one() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let variables = json!({ "input": network_input("new-one") });
        let part = json!({ "personId": tree.regional, "role": "OWNER", "unitId": tree.regions[0] });
        GRANT.done(&fixture, tree.owner, json!({ "input": part }), "id").await;
        for person in [tree.regional, tree.franchisee, tree.viewer, Uuid::now_v7()] {
            let forbidden = ("FORBIDDEN", "", "owners and admins of a whole network");
            CREATE_NETWORK.refused_with(&fixture, person, variables.clone(), forbidden).await;
        }
        let unrecorded = Uuid::now_v7();
        let grant = subgraph::directory::membership::Model {
            id: Uuid::now_v7(),
            person_id: unrecorded,
            role: Role::Owner,
            unit_kind: subgraph::directory::UnitKind::Network,
            unit_id: tree.network,
            network_id: tree.network,
            valid_from: chrono::Utc::now().date_naive(),
            valid_to: None,
            change: 0,
        };
        let transaction = subgraph::database::begin(&fixture.database.connection).await.unwrap();
        subgraph::directory::publish(&transaction, Vec::new(), vec![grant]).await.unwrap();
        transaction.commit().await.unwrap();
        fixture.service.grants.forget();
        let forbidden = ("FORBIDDEN", "", "no record of you");
        CREATE_NETWORK.refused_with(&fixture, unrecorded, variables, forbidden).await;
    }
}
