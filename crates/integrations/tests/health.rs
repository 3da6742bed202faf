//! Health scores: of one integration by the published rule, of units as means over their subtree.

use integrations::bulk::IntegrationRow;
use integrations::integration::IntegrationStatus;
use subgraph::directory::UnitKind;
use subgraph::testing::Backend;

use crate::fixture::{Fixture, healthy};

/// What is wrong, how to bring it about, and the points that are left.
type Case = (&'static str, fn(&mut IntegrationRow), f64);

const HOUR: i64 = 3600;

fn unit_query(ids: &[String]) -> String {
    let representations: Vec<String> =
        ids.iter().map(|id| format!("{{__typename: \"FranchiseUnit\", id: \"{id}\"}}")).collect();
    format!(
        "{{ _entities(representations: [{}]) {{ ... on FranchiseUnit {{ id integrationHealth {{ score total byStatus {{ status count }} }} }} }} }}",
        representations.join(", ")
    )
}

#[tokio::test]
async fn points_are_taken_off_by_the_rule() {
    let cases: [Case; 7] = [
        ("nothing is wrong", |_| {}, 100.0),
        (
            "failed, with an error on record",
            |row| {
                row.status = IntegrationStatus::Error;
                row.last_error = Some("timeout".to_owned());
            },
            30.0,
        ),
        ("switched off", |row| row.status = IntegrationStatus::Inactive, 70.0),
        ("never synchronised", |row| row.last_sync_at = None, 60.0),
        (
            "a day and a half old",
            |row| row.last_sync_at = row.last_sync_at.map(|at| at - at % HOUR - 36 * HOUR),
            85.0,
        ),
        ("a week old", |row| row.last_sync_at = row.last_sync_at.map(|at| at - 168 * HOUR), 70.0),
        (
            "everything is wrong",
            |row| {
                row.status = IntegrationStatus::Expired;
                row.last_sync_at = None;
                row.last_error = Some("revoked".to_owned());
            },
            0.0,
        ),
    ];
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, cases.len()).await;
        let ours = &fixture.ours;
        let mut rows = Vec::new();
        for ((_, damage, _), location) in cases.iter().zip(&ours.locations) {
            let mut row = healthy(ours, UnitKind::Location, *location, "square_pos");
            damage(&mut row);
            rows.push(row);
        }
        let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
        fixture.insert(rows).await;
        for ((name, _, expected), (id, location)) in cases.iter().zip(ids.iter().zip(&ours.locations)) {
            let single =
                fixture.ask(ours.owner, &format!("{{ integration(id: \"{id}\") {{ healthScore }} }}")).await;
            let of_row = single["data"]["integration"]["healthScore"].as_f64().unwrap();
            let unit = fixture.ask(ours.owner, &unit_query(&[location.to_string()])).await;
            let of_unit = unit["data"]["_entities"][0]["integrationHealth"]["score"].as_f64().unwrap();
            assert!((of_row - expected).abs() < 0.1, "{backend:?} {name}: {of_row}, not {expected}");
            assert!((of_unit - expected).abs() < 0.1, "{backend:?} {name} in SQL: {of_unit}, not {expected}");
        }
    }
}

#[tokio::test]
async fn a_unit_has_the_mean_of_its_subtree_and_100_units_take_few_statements() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 97).await;
        let ours = &fixture.ours;
        let mut rows: Vec<IntegrationRow> = ours.locations[..2]
            .iter()
            .map(|location| healthy(ours, UnitKind::Location, *location, "square_pos"))
            .collect();
        rows[1].status = IntegrationStatus::Inactive;
        let mut of_network = healthy(ours, UnitKind::Network, ours.network, "xero");
        of_network.last_sync_at = None;
        rows.push(of_network);
        fixture.insert(rows).await;
        fixture
            .insert(vec![healthy(&fixture.theirs, UnitKind::Network, fixture.theirs.network, "xero")])
            .await;

        let mut ids = vec![ours.network.to_string(), ours.region.to_string(), ours.group.to_string()];
        ids.extend(ours.locations.iter().map(ToString::to_string));
        fixture.database.statements.take();
        let answer = fixture.ask(ours.owner, &unit_query(&ids)).await;
        let statements = fixture.database.statements.take();
        let score = |index: usize| answer["data"]["_entities"][index]["integrationHealth"]["score"].as_f64();
        assert!(
            (score(0).unwrap() - (100.0 + 70.0 + 60.0) / 3.0).abs() < 0.1,
            "{backend:?} network: {answer}"
        );
        assert!((score(1).unwrap() - 85.0).abs() < 0.1, "{backend:?} region: {answer}");
        assert!((score(2).unwrap() - 85.0).abs() < 0.1, "{backend:?} group: {answer}");
        assert_eq!(score(3), Some(100.0), "{backend:?}");
        assert_eq!(score(5), None, "{backend:?}: a location without integrations has no score");
        assert!(statements <= 3, "{backend:?}: {statements} statements for 100 units");
        assert_eq!(fixture.ask(ours.owner, &unit_query(&ids)).await, answer, "{backend:?}");
        assert_eq!(fixture.database.statements.take(), 1, "{backend:?}: the same again");
        fixture.insert(vec![healthy(ours, UnitKind::Region, ours.region, "xero")]).await;
        let answer = fixture.ask(ours.owner, &unit_query(&ids)).await;
        let score = answer["data"]["_entities"][1]["integrationHealth"]["score"].as_f64();
        assert!((score.unwrap() - 90.0).abs() < 0.1, "{backend:?} region with one more: {answer}");
    }
}

#[tokio::test]
async fn another_networks_units_show_nothing() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 1).await;
        fixture
            .insert(vec![healthy(&fixture.theirs, UnitKind::Network, fixture.theirs.network, "xero")])
            .await;
        let answer =
            fixture.ask(fixture.ours.owner, &unit_query(&[fixture.theirs.network.to_string()])).await;
        assert!(answer["data"]["_entities"][0]["integrationHealth"].is_null(), "{backend:?}: {answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{backend:?}: {answer}");
    }
}
