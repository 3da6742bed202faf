//! `_entities`: units, networks by slug, locations by code, people.

use serde_json::json;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::fixture::{Fixture, tree};

#[tokio::test]
async fn a_unit_resolves_through_the_interface_and_through_its_type() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = tree("acme");
        fixture.load(tree.rows.clone()).await;
        let representations = json!([
            { "__typename": "FranchiseUnit", "id": tree.locations[0] },
            { "__typename": "Location", "id": tree.locations[0] },
            { "__typename": "Location", "code": "ACME-R0G0L0" },
            { "__typename": "Network", "slug": "acme" },
            { "__typename": "FranchiseUnit", "id": tree.network },
            { "__typename": "Region", "id": tree.regions[1] },
            { "__typename": "FranchiseUnit", "id": tree.groups[3] },
            { "__typename": "Person", "id": tree.viewer },
            { "__typename": "FranchiseUnit", "id": Uuid::now_v7() },
            { "__typename": "FranchiseUnit", "id": "rubbish" },
            { "__typename": "Location", "code": "none" },
        ]);
        let data = fixture
            .data(
                tree.owner,
                "query($r: [_Any!]!) { _entities(representations: $r) {
                    __typename
                    ... on FranchiseUnit { code kind activeChairs locationCount timeZone }
                    ... on Person { name }
                } }",
                json!({ "r": representations }),
            )
            .await;
        let location = json!({ "__typename": "Location", "code": "ACME-R0G0L0", "kind": "LOCATION",
            "activeChairs": 5, "locationCount": 1, "timeZone": "America/Chicago" });
        let network = json!({ "__typename": "Network", "code": "acme", "kind": "NETWORK",
            "activeChairs": 40, "locationCount": 8, "timeZone": "America/New_York" });
        let expected = json!([
            location, location, location, network, network,
            { "__typename": "Region", "code": "ACME-R1", "kind": "REGION",
              "activeChairs": 20, "locationCount": 4, "timeZone": "America/Chicago" },
            { "__typename": "Group", "code": "ACME-R1G1", "kind": "GROUP",
              "activeChairs": 10, "locationCount": 2, "timeZone": "America/Chicago" },
            { "__typename": "Person", "name": "ACME viewer" },
            null, null, null,
        ]);
        assert_eq!(data["_entities"], expected, "{backend:?}");
    }
}
