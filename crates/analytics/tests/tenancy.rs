//! Who sees what.

use serde_json::{Value, json};
use subgraph::caller::Role;

use crate::world::{NOW, Tree, both, days, generate, only_error, representations, unit, units_query};
use subgraph::directory::UnitKind;

const FIELDS: &str = "id performance(range: { preset: LAST_30_DAYS }) { locationsWithFacts }";

#[tokio::test]
async fn a_grant_shows_the_figures_of_its_unit_and_everything_below() {
    let (mine, other) = (Tree::new("a", 2, 2, 2), Tree::new("b", 1, 1, 1));
    for (backend, world) in both().await {
        for tree in [&mine, &other] {
            world.publish(&tree.units(), vec![]).await;
            world.record(&generate(&tree.locations, days("2024-07-01", "2024-07-30"))).await;
        }
        let manager = world.person(Role::Manager, &mine.regions[0]).await;
        for (unit, locations) in [(&mine.regions[0], 4), (&mine.groups[1], 2), (&mine.locations[0], 1)] {
            let answer = world.unit(manager, unit, FIELDS).await;
            assert_eq!(answer["performance"]["locationsWithFacts"], locations, "{backend:?} {}", unit.code);
        }
        let unknown = unit(UnitKind::Location, "unknown", None);
        for unit in [&mine.network, &mine.regions[1], &mine.locations[7], &other.network, &unknown] {
            let response = world.respond(manager, &units_query(FIELDS), representations(&[unit]), NOW).await;
            let label = format!("{backend:?} {}: {response:#}", unit.code);
            assert_eq!(
                response["data"]["_entities"][0],
                json!({ "id": unit.id, "performance": Value::Null }),
                "{label}"
            );
            let (code, message) = only_error(&response);
            assert_eq!(code, "FORBIDDEN", "{label}");
            assert_eq!(
                message,
                format!(
                    "you may not see performance figures of the unit `{}`, or there is no such unit",
                    unit.id
                ),
                "what is forbidden and what does not exist look the same"
            );
        }
    }
}

#[tokio::test]
async fn what_was_computed_for_one_caller_is_not_shown_to_who_may_not_see_it() {
    let tree = Tree::new("a", 2, 2, 2);
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        world.record(&generate(&tree.locations, days("2024-07-01", "2024-07-30"))).await;
        let owner = world.person(Role::Owner, &tree.network).await;
        let manager = world.person(Role::Manager, &tree.regions[0]).await;
        let viewer = world.person(Role::Viewer, &tree.network).await;
        let fields = "performance(range: { preset: LAST_30_DAYS }) { locationsWithFacts series(granularity: WEEK) { start } }
            ranking(metric: REVENUE, range: { preset: LAST_30_DAYS }) { totalCount }
            peerStanding(metric: REVENUE, range: { preset: LAST_30_DAYS }) { cohortSize }";
        let units =
            [&tree.network, &tree.regions[0], &tree.regions[1], &tree.locations[0], &tree.locations[7]];
        let all = world.units(owner, &units, fields).await;
        assert!(
            all.iter().all(|unit| unit["ranking"]["totalCount"].as_i64() > Some(0)),
            "{backend:?}: {all:?}"
        );
        for (person, visible) in [(manager, vec![1, 3]), (viewer, vec![])] {
            let response = world.respond(person, &units_query(fields), representations(&units), NOW).await;
            for (place, unit) in all.iter().enumerate() {
                let shown = &response["data"]["_entities"][place];
                let nothing = json!({ "performance": null, "ranking": null, "peerStanding": null });
                let expected = if visible.contains(&place) { unit } else { &nothing };
                assert_eq!(shown, expected, "{backend:?} {}", units[place].code);
            }
        }
    }
}

#[tokio::test]
async fn a_role_without_figures_sees_none() {
    let tree = Tree::new("a", 1, 1, 1);
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        for role in [Role::Viewer, Role::ComplianceOfficer] {
            let person = world.person(role, &tree.network).await;
            let response =
                world.respond(person, &units_query(FIELDS), representations(&[&tree.network]), NOW).await;
            assert_eq!(only_error(&response).0, "FORBIDDEN", "{backend:?} {role:?}");
        }
    }
}

#[tokio::test]
async fn an_id_of_another_form_is_an_unknown_unit() {
    let tree = Tree::new("a", 1, 1, 1);
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Owner, &tree.network).await;
        let units = json!({ "units": [
            { "__typename": "FranchiseUnit", "id": "17", "timeZone": "UTC" },
            { "__typename": "FranchiseUnit", "id": tree.network.id, "timeZone": "UTC" },
        ] });
        let response = world.respond(person, &units_query(FIELDS), units, NOW).await;
        assert_eq!(only_error(&response).0, "FORBIDDEN", "{backend:?}");
        assert_eq!(
            response["data"]["_entities"][1]["performance"]["locationsWithFacts"], 0,
            "the others are answered: {backend:?}"
        );
    }
}

#[tokio::test]
async fn a_location_takes_its_history_along_to_another_group() {
    let tree = Tree::new("a", 1, 2, 2);
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        world.record(&generate(&tree.locations, days("2024-07-01", "2024-07-30"))).await;
        let person = world.person(Role::Owner, &tree.network).await;
        let count = async |group: usize| {
            world.unit(person, &tree.groups[group], FIELDS).await["performance"]["locationsWithFacts"].take()
        };
        assert_eq!((count(0).await, count(1).await), (json!(2), json!(2)), "{backend:?}");
        let mut moved = tree.locations[0].clone();
        moved.group_id = Some(tree.groups[1].id);
        world.publish(&[moved], vec![]).await;
        assert_eq!((count(0).await, count(1).await), (json!(1), json!(3)), "{backend:?}");
    }
}
