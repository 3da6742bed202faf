//! What is remembered of units from one request to the next: never anything older than the data, and never more
//! than the caller may see.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use subgraph::testing::Backend;

use super::fixture::{Fixture, Tree, tree};

/// Every way to a unit: by code, by id, in lists, and from below.
const QUERY: &str = "query($slug: String!, $code: String!, $region: ID!, $group: ID!) {
    network(slug: $slug) { name locationCount regions { nodes { name } } groups { nodes { name } } }
    region(id: $region) { name network { name } groups { nodes { name } } }
    group(id: $group) { name region { name } locations { nodes { name } } }
    location(code: $code) { name group { name } region { name } network { name } }
}";

fn variables(tree: &Tree, prefix: &str) -> Value {
    let code = format!("{}-R0G0L0", prefix.to_uppercase());
    json!({ "slug": prefix, "code": code, "region": tree.regions[0], "group": tree.groups[0] })
}

/// How often a text occurs in a value.
fn occurrences(value: &Value, text: &str) -> usize {
    value.to_string().matches(text).count()
}

#[tokio::test]
async fn a_change_of_any_table_is_seen_by_the_next_request() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = tree("acme");
        fixture.load(tree.rows.clone()).await;
        let ask = async || fixture.data(tree.owner, QUERY, variables(&tree, "acme")).await;
        // A table, the name of its row, and how often the answer names it.
        let rows = [
            ("networks", "ACME Barbers", 3),
            ("regions", "Region ACME-R0", 4),
            ("location_groups", "Group ACME-R0G0", 4),
            ("locations", "Location ACME-R0G0L0", 2),
        ];
        for (table, name, times) in rows {
            let (named, renamed) = (format!("\"{name}\""), format!("\"{name} again\""));
            assert_eq!(occurrences(&ask().await, &named), times, "{backend:?} {table}");
            let sql = format!("update {table} set name = '{name} again' where name = '{name}'");
            fixture.database.connection.execute_unprepared(&sql).await.unwrap();
            let seen = ask().await;
            let found = (occurrences(&seen, &named), occurrences(&seen, &renamed));
            assert_eq!(found, (0, times), "{backend:?} {table}: {seen:#}");
        }
    }
}

#[tokio::test]
async fn who_sees_a_part_is_not_told_what_was_remembered_for_who_sees_the_whole() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let (tree, other) = (tree("acme"), tree("other"));
        fixture.load(tree.rows.clone()).await;
        fixture.load(other.rows.clone()).await;
        let query = "query($slug: String!) { network(slug: $slug) {
            locationCount regions { nodes { code } } groups { nodes { code } } locations { nodes { code } } } }";
        let ask =
            async |person| fixture.data(person, query, json!({ "slug": "acme" })).await["network"].take();
        let codes = |network: &Value, list: &str| -> Vec<String> {
            let nodes = network[list]["nodes"].as_array().unwrap().iter();
            nodes.map(|node| node["code"].as_str().unwrap().trim_start_matches("ACME-").to_owned()).collect()
        };
        // The owner asks first, and again between the others.
        for (person, locations, regions, groups) in [
            (tree.owner, 8, vec!["R0", "R1"], 4),
            (tree.regional, 4, vec!["R0"], 2),
            (tree.owner, 8, vec!["R0", "R1"], 4),
            (tree.franchisee, 2, vec!["R0"], 1),
            (tree.viewer, 1, vec!["R0"], 1),
        ] {
            let seen = ask(person).await;
            assert_eq!(seen["locationCount"], locations, "{backend:?}");
            assert_eq!(codes(&seen, "regions"), regions, "{backend:?}");
            assert_eq!(codes(&seen, "groups").len(), groups, "{backend:?}");
            assert_eq!(codes(&seen, "locations").len(), locations, "{backend:?}");
        }
        assert_eq!(ask(other.owner).await, Value::Null, "{backend:?}");
    }
}

#[tokio::test]
async fn a_network_with_its_regions_takes_one_statement_when_nothing_changed() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = tree("acme");
        fixture.load(tree.rows.clone()).await;
        let query = "{ network(slug: \"acme\") { name locationCount activeChairs
            regions { nodes { code locationCount groups { nodes { code locationCount } } } } } }";
        let first = fixture.data(tree.owner, query, json!({})).await;
        fixture.database.statements.take();
        let second = fixture.data(tree.owner, query, json!({})).await;
        assert_eq!(fixture.database.statements.take(), 1, "{backend:?}: the network with its revision");
        assert_eq!(first, second, "{backend:?}");
    }
}
