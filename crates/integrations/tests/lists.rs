//! Lists of integrations: pages, filters, and whose they are.

use serde_json::Value;
use subgraph::directory::UnitKind;
use subgraph::testing::Backend;

use crate::fixture::{Fixture, healthy};

const PROVIDERS: [&str; 5] = ["franconnect", "hubspot", "square_pos", "tableau", "xero"];

async fn filled(backend: Backend) -> Fixture {
    let fixture = Fixture::new(backend, 2).await;
    for network in [&fixture.ours, &fixture.theirs] {
        let rows =
            PROVIDERS.iter().map(|provider| healthy(network, UnitKind::Region, network.region, provider));
        fixture.insert(rows.collect()).await;
    }
    fixture
}

fn names(connection: &Value) -> Vec<&str> {
    let nodes = connection["nodes"].as_array().unwrap_or_else(|| panic!("no nodes in {connection}"));
    nodes.iter().map(|node| node["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_follow_each_other_in_both_directions() {
    for backend in Backend::ALL {
        let fixture = filled(backend).await;
        let page = async |arguments: &str| {
            let query = format!(
                "{{ integrations({arguments}) {{ nodes {{ name }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
            );
            fixture.ask(fixture.ours.owner, &query).await["data"]["integrations"].clone()
        };
        let first = page("first: 2").await;
        assert_eq!(names(&first), PROVIDERS[..2], "{backend:?}");
        let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
        let second = page(&format!("first: 3, after: \"{cursor}\"")).await;
        assert_eq!(names(&second), PROVIDERS[2..], "{backend:?}");
        assert_eq!(second["pageInfo"]["hasNextPage"], false, "{backend:?}");
        let last = page("last: 2").await;
        assert_eq!(names(&last), PROVIDERS[3..], "{backend:?}");
        let cursor = last["pageInfo"]["startCursor"].as_str().unwrap();
        let before = page(&format!("last: 2, before: \"{cursor}\"")).await;
        assert_eq!(names(&before), PROVIDERS[1..3], "{backend:?}");
        assert_eq!(before["pageInfo"]["hasPreviousPage"], true, "{backend:?}");
    }
}

#[tokio::test]
async fn filters_narrow_by_unit_status_and_provider() {
    for backend in Backend::ALL {
        let fixture = filled(backend).await;
        let list = async |filter: String| {
            let query = format!("{{ integrations(filter: {{ {filter} }}) {{ nodes {{ name }} }} }}");
            let answer = fixture.ask(fixture.ours.owner, &query).await;
            names(&answer["data"]["integrations"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(list("provider: \"xero\"".to_owned()).await, ["xero"], "{backend:?}");
        assert_eq!(list(format!("unitId: \"{}\"", fixture.ours.network)).await, PROVIDERS, "{backend:?}");
        assert!(list(format!("unitId: \"{}\"", fixture.ours.group)).await.is_empty(), "{backend:?}");
        assert!(list(format!("unitId: \"{}\"", fixture.theirs.network)).await.is_empty(), "{backend:?}");
        assert!(list("unitId: \"no-id\"".to_owned()).await.is_empty(), "{backend:?}");
        assert!(list("statuses: [ERROR]".to_owned()).await.is_empty(), "{backend:?}");
    }
}

#[tokio::test]
async fn many_units_lists_take_few_statements() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 100).await;
        let ours = &fixture.ours;
        let rows = ours.locations.iter().flat_map(|location| {
            PROVIDERS.iter().map(|provider| healthy(ours, UnitKind::Location, *location, provider))
        });
        fixture.insert(rows.collect()).await;
        let representations: Vec<String> = ours
            .locations
            .iter()
            .map(|id| format!("{{__typename: \"FranchiseUnit\", id: \"{id}\"}}"))
            .collect();
        let query = format!(
            "{{ _entities(representations: [{}]) {{ ... on FranchiseUnit {{ integrations(first: 2) {{ nodes {{ name unit {{ id }} provider {{ id }} recentRuns {{ id }} }} pageInfo {{ hasNextPage }} }} }} }} }}",
            representations.join(", ")
        );
        fixture.database.statements.take();
        let answer = fixture.ask(ours.owner, &query).await;
        let statements = fixture.database.statements.take();
        for (entity, location) in answer["data"]["_entities"].as_array().unwrap().iter().zip(&ours.locations)
        {
            assert_eq!(names(&entity["integrations"]), PROVIDERS[..2], "{backend:?}");
            assert_eq!(entity["integrations"]["nodes"][0]["unit"]["id"], location.to_string(), "{backend:?}");
            assert_eq!(entity["integrations"]["pageInfo"]["hasNextPage"], true, "{backend:?}");
        }
        assert!(statements <= 4, "{backend:?}: {statements} statements for 100 lists");
    }
}

#[tokio::test]
async fn another_networks_integrations_are_not_there() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 1).await;
        let row = healthy(&fixture.theirs, UnitKind::Network, fixture.theirs.network, "xero");
        let id = row.id;
        fixture.insert(vec![row]).await;
        let query = format!(
            "{{ integration(id: \"{id}\") {{ id }} integrations {{ nodes {{ id }} }} _entities(representations: [{{__typename: \"Integration\", id: \"{id}\"}}]) {{ __typename }} }}"
        );
        let answer = fixture.ask(fixture.ours.owner, &query).await;
        assert_eq!(
            answer["data"],
            serde_json::json!({"integration": null, "integrations": {"nodes": []}, "_entities": [null]}),
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn sizes_and_cursors_out_of_bounds_are_refused() {
    let fixture = Fixture::new(Backend::Sqlite, 1).await;
    for arguments in ["first: 101", "first: -1", "first: 1, last: 1", "after: \"rubbish\""] {
        let answer = fixture
            .ask(fixture.ours.owner, &format!("{{ integrations({arguments}) {{ nodes {{ id }} }} }}"))
            .await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{arguments}: {answer}");
    }
}
