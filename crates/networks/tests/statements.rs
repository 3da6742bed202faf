//! How many SQL statements a request takes, however many units it asks about.

use serde_json::{Value, json};
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::fixture::{Fixture, Tree, location, tree};

/// A tree whose first two groups have 100 locations together.
async fn hundred(fixture: &Fixture) -> Tree {
    let mut tree = tree("acme");
    for number in 8..100 {
        let mut row = location(tree.groups[number % 4], &format!("ACME-X{number:03}"));
        row.owner_id = Some(tree.franchisee);
        row.manager_id = Some(tree.viewer);
        tree.locations.push(row.id);
        tree.rows.locations.push(row);
    }
    fixture.load(tree.rows.clone()).await;
    tree
}

#[tokio::test]
async fn a_hundred_locations_with_all_edges_take_a_statement_per_edge() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = hundred(&fixture).await;
        fixture.data(tree.owner, "{ me { person { id } } }", json!({})).await;
        fixture.database.statements.take();
        let query = "{ locations(first: 100) { totalCount nodes {
            operating activeChairs locationCount
            parent { id } group { id } region { id } network { id }
            owner { id } manager { id }
            members(first: 2) { totalCount nodes { person { id } unit { id } } }
        } } }";
        let data = fixture.data(tree.owner, query, json!({})).await;
        let nodes = data["locations"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 100, "{backend:?}");
        assert!(nodes.iter().all(|node| !node["owner"].is_null() && !node["parent"].is_null()));
        // The page and its count; statuses, totals, groups, regions, networks, people; pages and counts of
        // members; their people and units, when these do not fall into a batch above.
        let statements = fixture.database.statements.take();
        assert!((10..=16).contains(&statements), "{backend:?}: {statements} statements");
    }
}

#[tokio::test]
async fn a_hundred_mixed_representations_take_a_statement_per_kind() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = hundred(&fixture).await;
        fixture.data(tree.owner, "{ me { person { id } } }", json!({})).await;
        let ids: Vec<Uuid> =
            tree.regions.iter().chain(&tree.groups).chain(&tree.locations).copied().take(99).collect();
        let interface = |id: &Uuid| json!({ "__typename": "FranchiseUnit", "id": id });
        let mut representations: Vec<Value> = ids.iter().map(interface).collect();
        representations.push(interface(&tree.network));
        fixture.database.statements.take();
        let query = "query($r: [_Any!]!) { _entities(representations: $r) {
            ... on FranchiseUnit { id name activeChairs locationCount operating }
        } }";
        let data = fixture.data(tree.owner, query, json!({ "r": representations })).await;
        let entities = data["_entities"].as_array().unwrap();
        assert_eq!(entities.len(), 100);
        assert!(entities.iter().all(|entity| entity["locationCount"].as_i64() > Some(0)), "{data:#}");
        // Kinds; rows and totals of each of four kinds; statuses, once or, when the kinds' rows arrive apart, up to
        // once for each kind. A hundred units must not take more than four would.
        let statements = fixture.database.statements.take();
        assert!((10..=16).contains(&statements), "{backend:?}: {statements} statements");

        let direct = |id: &Uuid| json!({ "__typename": "Location", "id": id });
        let representations: Vec<Value> = tree.locations.iter().map(direct).collect();
        fixture.data(tree.owner, query, json!({ "r": representations.clone() })).await;
        let statements = fixture.database.statements.take();
        // Revision, rows and totals not remembered yet, statuses: twice, as some rows were remembered.
        assert!((4..=5).contains(&statements), "{backend:?}: {statements} statements");
        fixture.data(tree.owner, query, json!({ "r": representations })).await;
        let statements = fixture.database.statements.take();
        assert_eq!(statements, 2, "{backend:?}: revision, statuses");
    }
}

#[tokio::test]
async fn lists_below_many_parents_take_one_statement_per_level() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = hundred(&fixture).await;
        fixture.data(tree.owner, "{ me { person { id } } }", json!({})).await;
        fixture.database.statements.take();
        let query = "{ networks { nodes { regions { totalCount nodes { code groups { nodes { code
            locations(first: 3) { totalCount nodes { code } pageInfo { hasNextPage } } } } } } } } }";
        let data = fixture.data(tree.owner, query, json!({})).await;
        let statements = fixture.database.statements.take();
        assert_eq!(statements, 7, "{backend:?}: networks, revisions, three pages, two counts");
        let again = fixture.data(tree.owner, query, json!({})).await;
        let statements = fixture.database.statements.take();
        assert_eq!((again, statements), (data.clone(), 4), "{backend:?}: networks, revisions, two counts");
        let group = &data["networks"]["nodes"][0]["regions"]["nodes"][1]["groups"]["nodes"][0];
        assert_eq!(group["code"], "ACME-R1G0");
        assert_eq!(group["locations"]["totalCount"], 25);
        assert_eq!(group["locations"]["pageInfo"]["hasNextPage"], true);
        let codes = ["ACME-R1G0L0", "ACME-R1G0L1", "ACME-X010"];
        assert_eq!(
            group["locations"]["nodes"],
            json!(codes.map(|code| json!({ "code": code }))),
            "{backend:?}"
        );
    }
}
