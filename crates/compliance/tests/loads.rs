//! Loads into any service are entries of the audit trail, once.

use std::collections::HashMap;

use chrono::{SubsecRound, Utc};
use compliance::RiskLevel;
use compliance::trail::{take_over, verify};
use futures::future::join_all;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::load::{Counts, Kind, Record, Records, notice, waiting};
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::world::{Tree, World, requirement};

const TRAIL: &str =
    "{ auditTrail { nodes { id action record actorId requirementId unit { id } changes { field }
    load { source sourceDigest loadedBy records { kind made changed } refusedRows } } } }";

/// What another service notes of a load into a network.
fn notice(network: Uuid, records: Vec<Record>, refused: i64) -> notice::Model {
    notice::Model {
        id: Uuid::now_v7(),
        network_id: network,
        source: "shops.csv".to_owned(),
        digest: Some("ab".repeat(32)),
        loaded_by: "ann".to_owned(),
        records: Records(records),
        refused,
        at: Utc::now().trunc_subsecs(6),
    }
}

fn locations(made: u64, changed: u64) -> Vec<Record> {
    vec![Record { kind: Kind::Location, counts: Counts { made, changed } }]
}

/// The trail as a person sees it.
async fn trail(world: &World, person: Uuid) -> Vec<Value> {
    let mut data = world.data(person, TRAIL, json!({})).await;
    serde_json::from_value(data["auditTrail"]["nodes"].take()).unwrap()
}

/// The lengths of the chains, all of which hold.
async fn lengths(world: &World) -> HashMap<Uuid, i64> {
    let verdicts = verify(&world.database.connection, &HashMap::new()).await.unwrap();
    let length = |verdict: compliance::trail::Verdict| {
        assert_eq!(verdict.broken, None);
        (verdict.network, verdict.head.position)
    };
    verdicts.into_iter().map(length).collect()
}

#[tokio::test]
async fn a_load_is_an_entry_that_says_who_loaded_what_from_where() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let (tree, others) = (world.plant("a", 1, 1, 1).await, world.plant("b", 1, 1, 1).await);
        let officer = world.person(Role::ComplianceOfficer, tree.network()).await;
        let of_region = world.person(Role::ComplianceOfficer, &tree.units[1]).await;
        let network = tree.network().id;
        let notices = [notice(network, locations(3, 1), 0), notice(network, Vec::new(), 7)];
        let theirs = notice(others.network().id, locations(2, 0), 0);
        let all = [notices.to_vec(), vec![theirs]].concat();
        take_over(&world.database.connection, &all).await.unwrap();

        let entry = |notice: &notice::Model, action: &str, records: Value, refused: i64| {
            json!({ "id": notice.id, "action": action, "record": "LOAD", "actorId": null, "requirementId": null,
                "unit": { "id": network }, "changes": [], "load": { "source": "shops.csv",
                "sourceDigest": "ab".repeat(32), "loadedBy": "ann", "records": records, "refusedRows": refused } })
        };
        let expected = [
            entry(&notices[1], "REFUSE_LOAD", json!([]), 7),
            entry(&notices[0], "LOAD_RECORDS", json!([{ "kind": "LOCATION", "made": 3, "changed": 1 }]), 0),
        ];
        assert_eq!(trail(&world, officer).await, expected, "{backend:?}");
        assert_eq!(
            trail(&world, of_region).await,
            Vec::<Value>::new(),
            "{backend:?}: a load is the network's"
        );
        let expected = HashMap::from([(network, 2), (others.network().id, 1)]);
        assert_eq!(lengths(&world).await, expected, "{backend:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_taken_over_again_or_by_several_at_once_is_one_entry() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let network = tree.network().id;
        let notices: Vec<_> = (0..20).map(|made| notice(network, locations(made + 1, 0), 0)).collect();
        let connection = &world.database.connection;
        // Each begins with others, as they would after different failures.
        let parts = (0..4).map(|start| take_over(connection, &notices[start * 4..]));
        for taken in join_all(parts).await {
            taken.unwrap();
        }
        take_over(connection, &notices).await.unwrap();
        assert_eq!(lengths(&world).await, HashMap::from([(network, 20)]), "{backend:?}");
        let officer = world.person(Role::ComplianceOfficer, tree.network()).await;
        assert_eq!(trail(&world, officer).await.len(), 20, "{backend:?}");
    }
}

#[tokio::test]
async fn requirements_that_are_loaded_are_noted_with_them() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree: Tree = world.plant("a", 1, 1, 2).await;
        let rows = [&tree.units[0], &tree.units[3], &tree.units[4]]
            .map(|unit| requirement(unit, "VAT", RiskLevel::Low));
        world.insert(rows.to_vec()).await;
        let noted = waiting(&world.database.connection).await.unwrap();
        let records = vec![Record { kind: Kind::Requirement, counts: Counts { made: 3, changed: 0 } }];
        assert_eq!(noted.len(), 1, "{backend:?}: {noted:?}");
        assert_eq!((noted[0].network_id, &noted[0].records), (tree.network().id, &Records(records)));
    }
}
