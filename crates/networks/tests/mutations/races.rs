//! Changes made at the same time.

use futures::future::join_all;
use serde_json::json;
use subgraph::testing::Backend;

use super::{
    CREATE_GROUP, CREATE_LOCATION, CREATE_NETWORK, CREATE_REGION, GRANT, Mutation, UPDATE_REGION,
    group_input, location_input, network_input, planted, region_input,
};
use crate::fixture::Fixture;

const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_records_created_at_once_with_one_code_exactly_one_is_made() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let (tree, other) = (planted(&fixture, "acme").await, planted(&fixture, "other").await);
        let same_network: [(&Mutation, _, &str); 3] = [
            (&CREATE_REGION, region_input(tree.network, "SAME"), "input.code"),
            (&CREATE_GROUP, group_input(tree.regions[0], "SAME"), "input.code"),
            (&CREATE_NETWORK, network_input("same"), "input.slug"),
        ];
        for (mutation, input, field) in same_network {
            let variables = json!({ "input": input });
            let runs = (0..AT_ONCE).map(|_| mutation.run(&fixture, tree.owner, variables.clone(), "id"));
            one_won(&join_all(runs).await, field, backend);
        }
        // Location codes are unique across networks, which do not wait for each other.
        let in_both = (0..AT_ONCE).map(|number| {
            let (owner, group) =
                if number % 2 == 0 { (tree.owner, tree.groups[0]) } else { (other.owner, other.groups[0]) };
            let variables = json!({ "input": location_input(group, "SAME") });
            let fixture = &fixture;
            async move { CREATE_LOCATION.run(fixture, owner, variables, "id").await }
        });
        one_won(&join_all(in_both).await, "input.code", backend);
    }
}

fn one_won(payloads: &[serde_json::Value], field: &str, backend: Backend) {
    let lost: Vec<_> =
        payloads.iter().flat_map(|payload| payload["userErrors"].as_array().unwrap().clone()).collect();
    assert_eq!(lost.len(), AT_ONCE - 1, "{backend:?} {payloads:#?}");
    for error in lost {
        assert_eq!(error["code"], "TAKEN", "{backend:?} {error:#}");
        assert_eq!(error["field"], json!(field.split('.').collect::<Vec<_>>()), "{backend:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_equal_grants_made_at_once_one_is_given() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let input = json!({ "personId": tree.viewer, "role": "ANALYST", "unitId": tree.regions[0] });
        let variables = json!({ "input": input });
        let runs = (0..AT_ONCE).map(|_| GRANT.run(&fixture, tree.owner, variables.clone(), "id"));
        one_won(&join_all(runs).await, "input", backend);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_made_at_once_to_one_version_one_is_kept() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let runs = (0..AT_ONCE).map(|number| {
            let input = json!({ "name": format!("Name {number}") });
            let variables = json!({ "id": tree.regions[0], "version": 1, "input": input });
            UPDATE_REGION.run(&fixture, tree.owner, variables, "name version")
        });
        let payloads = join_all(runs).await;
        let kept: Vec<_> = payloads.iter().filter(|payload| !payload["region"].is_null()).collect();
        assert_eq!(kept.len(), 1, "{backend:?} {payloads:#?}");
        let conflicts =
            payloads.iter().filter(|payload| payload["userErrors"][0]["code"] == "VERSION_CONFLICT");
        assert_eq!(conflicts.count(), AT_ONCE - 1, "{backend:?} {payloads:#?}");
        let query = "query($id: ID!) { region(id: $id) { name version } }";
        let data = fixture.data(tree.owner, query, json!({ "id": tree.regions[0] })).await;
        assert_eq!(data["region"], kept[0]["region"], "{backend:?}");
    }
}
