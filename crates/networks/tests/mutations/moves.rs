//! Moving locations and groups within a network.

use networks::bulk::Rows;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use subgraph::caller::Role;
use subgraph::directory::unit;
use subgraph::testing::Backend;
use uuid::Uuid;

use super::{CHANGE_STATUS, CREATE_GROUP, MOVE_GROUP, MOVE_LOCATION, group_input, listed, planted};
use crate::fixture::{Fixture, Tree, location, member, person};

#[tokio::test]
async fn a_location_follows_its_new_group() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let variables = json!({ "id": tree.locations[0], "version": 1, "groupId": tree.groups[3] });
        let fields = "group { code } region { code } version code";
        let moved = MOVE_LOCATION.done(&fixture, tree.owner, variables.clone(), fields).await;
        assert_eq!(
            moved,
            json!({ "group": { "code": "ACME-R1G1" }, "region": { "code": "ACME-R1" }, "version": 2,
                "code": "ACME-R0G0L0" }),
            "{backend:?}"
        );
        let row = listed(&fixture, tree.locations[0]).await;
        assert_eq!(
            (row.region_id, row.group_id),
            (Some(tree.regions[1]), Some(tree.groups[3])),
            "{backend:?}"
        );

        let query = "{ locations { nodes { code } } }";
        let seen = fixture.data(tree.franchisee, query, json!({})).await;
        assert_eq!(
            seen["locations"]["nodes"],
            json!([{ "code": "ACME-R0G0L1" }]),
            "{backend:?}: who sees the old group no longer sees it"
        );
        let conflict = ("VERSION_CONFLICT", "version", "at version 2");
        MOVE_LOCATION.refused_with(&fixture, tree.owner, variables, conflict).await;
        let same = json!({ "id": tree.locations[0], "version": 2, "groupId": tree.groups[3] });
        let unmoved = MOVE_LOCATION.done(&fixture, tree.owner, same, "version").await;
        assert_eq!(unmoved["version"], 2, "{backend:?}: where it is, nothing happens");
    }
}

#[tokio::test]
async fn a_group_takes_its_locations_along() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        let variables = json!({ "id": tree.groups[0], "version": 1, "regionId": tree.regions[1] });
        let fields = "region { code } version locations { nodes { code version region { code } } }";
        let moved = MOVE_GROUP.done(&fixture, tree.owner, variables, fields).await;
        let location = |code: &str| json!({ "code": code, "version": 1, "region": { "code": "ACME-R1" } });
        assert_eq!(
            moved,
            json!({ "region": { "code": "ACME-R1" }, "version": 2,
                "locations": { "nodes": [location("ACME-R0G0L0"), location("ACME-R0G0L1")] } }),
            "{backend:?}"
        );
        let below = unit::Entity::find()
            .filter(unit::Column::RegionId.eq(tree.regions[1]))
            .all(&fixture.database.connection)
            .await
            .unwrap();
        assert_eq!(below.len(), 10, "{backend:?}: the region, three groups, six locations");
        let group = listed(&fixture, tree.groups[0]).await;
        let moved: Vec<i64> =
            below.iter().filter(|row| row.group_id == Some(tree.groups[0])).map(|row| row.change).collect();
        assert_eq!(moved, [group.change; 3], "{backend:?}: one change for followers");

        let seen = fixture.data(tree.regional, "{ locations { totalCount } }", json!({})).await;
        assert_eq!(
            seen["locations"]["totalCount"], 2,
            "{backend:?}: the manager of the old region sees the rest"
        );
    }
}

#[tokio::test]
async fn a_move_is_refused_where_it_would_break_the_tree() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let (tree, other) = (planted(&fixture, "acme").await, planted(&fixture, "other").await);
        let both = person(tree.network, "Both Sides", "both@acme.example");
        let both_id = both.id;
        let owns = |network| member(both_id, Role::Owner, network);
        let memberships = vec![owns(tree.network), owns(other.network)];
        fixture.load(Rows { persons: vec![both], memberships, ..Rows::default() }).await;
        let group = |to: Uuid| json!({ "id": tree.groups[0], "version": 1, "regionId": to });
        let location = |to: Uuid| json!({ "id": tree.locations[0], "version": 1, "groupId": to });

        let across = ("INVALID", "regionId", "another network");
        MOVE_GROUP.refused_with(&fixture, both_id, group(other.regions[0]), across).await;
        let across = ("INVALID", "groupId", "another network");
        MOVE_LOCATION.refused_with(&fixture, both_id, location(other.groups[0]), across).await;
        let unknown = ("NOT_FOUND", "regionId", "no such unit");
        for to in [other.regions[0], tree.groups[1], Uuid::now_v7()] {
            MOVE_GROUP.refused_with(&fixture, tree.owner, group(to), unknown).await;
        }
        let unknown = ("NOT_FOUND", "groupId", "no such unit");
        for to in [other.groups[0], tree.regions[1], Uuid::now_v7()] {
            MOVE_LOCATION.refused_with(&fixture, tree.owner, location(to), unknown).await;
        }

        let twin = json!({ "input": group_input(tree.regions[1], "ACME-R0G0") });
        CREATE_GROUP.done(&fixture, tree.owner, twin, "id").await;
        let taken = ("TAKEN", "regionId", "`ACME-R0G0` already");
        MOVE_GROUP.refused_with(&fixture, tree.owner, group(tree.regions[1]), taken).await;
        assert_eq!(
            listed(&fixture, tree.locations[0]).await.region_id,
            Some(tree.regions[0]),
            "{backend:?}: its locations stay, too"
        );
    }
}

#[tokio::test]
async fn what_has_ended_neither_moves_nor_takes_in() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = planted(&fixture, "acme").await;
        for id in tree.locations[2..4].iter().chain([&tree.groups[1]]) {
            let end = json!({ "id": id, "version": 1, "status": "TERMINATED" });
            CHANGE_STATUS.done(&fixture, tree.owner, end, "id").await;
        }
        let variables = json!({ "id": tree.locations[0], "version": 1, "groupId": tree.groups[1] });
        let ended = ("INVALID_TRANSITION", "groupId", "TERMINATED");
        MOVE_LOCATION.refused_with(&fixture, tree.owner, variables, ended).await;
        let variables = json!({ "id": tree.locations[2], "version": 2, "groupId": tree.groups[0] });
        let ended = ("INVALID_TRANSITION", "id", "stays where it was");
        MOVE_LOCATION.refused_with(&fixture, tree.owner, variables, ended).await;
        let variables = json!({ "id": tree.groups[1], "version": 2, "regionId": tree.regions[1] });
        MOVE_GROUP.refused_with(&fixture, tree.owner, variables, ended).await;
    }
}

/// Takes a unit that never changed to `SUSPENDED`.
async fn suspend(fixture: &Fixture, tree: &Tree, id: Uuid) {
    let to = json!({ "id": id, "version": 1, "status": "SUSPENDED" });
    CHANGE_STATUS.done(fixture, tree.owner, to, "id").await;
}

#[tokio::test]
async fn a_move_neither_lifts_nor_imposes_a_suspension_but_by_order_of_the_franchisor() {
    // In a tree of two regions with two groups of two locations each, all numbered on: what is suspended, what
    // moves where, and which argument is refused to who owns both regions.
    let cases: [(&[&str], &str, &str, Option<&str>); 12] = [
        (&["R0"], "L0", "G2", Some("id")),
        (&["G0"], "L0", "G1", Some("id")),
        (&["G0"], "L0", "G2", Some("id")),
        (&["R0"], "G0", "R1", Some("id")),
        (&["R0", "R1"], "G0", "R1", Some("id")),
        (&["R1"], "L0", "G2", Some("groupId")),
        (&["G1"], "L0", "G1", Some("groupId")),
        (&["R1"], "G0", "R1", Some("regionId")),
        (&["R0"], "L0", "G1", None),
        (&["N"], "L0", "G2", None),
        (&["L0"], "L0", "G2", None),
        (&["G0"], "G0", "R1", None),
    ];
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        for (number, (suspended, moved, target, refused)) in cases.into_iter().enumerate() {
            let case = format!("{backend:?}: {moved} to {target}, suspended {suspended:?}");
            let mut tree = crate::fixture::tree(&format!("case{number}"));
            let operator = tree.regional;
            tree.rows.memberships.extend(tree.regions.iter().map(|id| member(operator, Role::Owner, *id)));
            fixture.load(tree.rows.clone()).await;
            let unit = |name: &str| match name.split_at(1) {
                ("N", _) => tree.network,
                ("R", number) => tree.regions[number.parse::<usize>().unwrap()],
                ("G", number) => tree.groups[number.parse::<usize>().unwrap()],
                (_, number) => tree.locations[number.parse::<usize>().unwrap()],
            };
            for name in suspended {
                suspend(&fixture, &tree, unit(name)).await;
            }
            let (mutation, to) =
                if moved.starts_with('L') { (&MOVE_LOCATION, "groupId") } else { (&MOVE_GROUP, "regionId") };
            let version = 1 + i32::from(suspended.contains(&moved));
            let variables = json!({ "id": unit(moved), "version": version, to: unit(target) });
            let before = listed(&fixture, unit(moved)).await;
            if let Some(field) = refused {
                let reason = ("FORBIDDEN", field, "SUSPENDED: only who may suspend units");
                mutation.refused_with(&fixture, operator, variables.clone(), reason).await;
                assert_eq!(listed(&fixture, unit(moved)).await, before, "{case}");
                mutation.done(&fixture, tree.owner, variables, "id").await;
            } else {
                mutation.done(&fixture, operator, variables, "id").await;
            }
            let after = listed(&fixture, unit(moved)).await;
            assert_eq!(after.status, before.status, "{case}: it keeps a suspension of its own");
            let parents = [after.group_id, after.region_id];
            assert!(parents.contains(&Some(unit(target))), "{case}: {parents:?}");
        }
    }
}

#[tokio::test]
async fn a_hundred_locations_move_with_as_many_statements_as_two() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let mut tree = crate::fixture::tree("acme");
        for number in 0..98 {
            tree.rows.locations.push(location(tree.groups[1], &format!("ACME-X{number:03}")));
        }
        fixture.load(tree.rows.clone()).await;
        let mut counts = Vec::new();
        for group in &tree.groups[..2] {
            fixture.data(tree.owner, "{ me { person { id } } }", json!({})).await;
            fixture.database.statements.take();
            let variables = json!({ "id": group, "version": 1, "regionId": tree.regions[1] });
            MOVE_GROUP.done(&fixture, tree.owner, variables, "version").await;
            counts.push(fixture.database.statements.take());
        }
        assert_eq!(counts[0], counts[1], "{backend:?}");
        assert!(counts[0] <= 14, "{backend:?}: {} statements", counts[0]);
        let moved = fixture.data(tree.owner, "{ regions { nodes { code locationCount } } }", json!({})).await;
        assert_eq!(
            moved["regions"]["nodes"],
            json!([{ "code": "ACME-R0", "locationCount": 0 }, { "code": "ACME-R1", "locationCount": 106 }]),
            "{backend:?}"
        );
    }
}
