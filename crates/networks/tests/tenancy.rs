//! Who sees what: nobody sees anything of another network, and people in a part of a network see the rest of
//! it by name at most.

use serde_json::json;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::fixture::{Fixture, tree};

#[tokio::test]
async fn a_caller_of_one_network_sees_nothing_of_another() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let (ours, theirs) = (tree("ours"), tree("theirs"));
        fixture.load(ours.rows.clone()).await;
        fixture.load(theirs.rows.clone()).await;
        let ids: Vec<Uuid> = [theirs.network]
            .into_iter()
            .chain(theirs.regions.iter().chain(&theirs.groups).chain(&theirs.locations).copied())
            .collect();
        let representations: Vec<_> = ids
            .iter()
            .map(|id| json!({ "__typename": "FranchiseUnit", "id": id }))
            .chain([
                json!({ "__typename": "Network", "id": theirs.network }),
                json!({ "__typename": "Network", "slug": "theirs" }),
                json!({ "__typename": "Region", "id": theirs.regions[0] }),
                json!({ "__typename": "Group", "id": theirs.groups[0] }),
                json!({ "__typename": "Location", "id": theirs.locations[0] }),
                json!({ "__typename": "Location", "code": "THEIRS-R0G0L0" }),
                json!({ "__typename": "Person", "id": theirs.owner }),
            ])
            .collect();
        let query = "query($r: [_Any!]!, $n: ID!, $re: ID!, $g: ID!, $l: ID!, $p: ID!) {
            _entities(representations: $r) { __typename }
            a: unit(id: $l) { id } b: network(id: $n) { id } c: network(slug: \"theirs\") { id }
            d: region(id: $re) { id } e: group(id: $g) { id } f: location(id: $l) { id }
            g: location(code: \"THEIRS-R0G0L0\") { id } h: person(id: $p) { id }
            networks(filter: { search: \"theirs\" }) { totalCount nodes { id } }
            regions(filter: { networkId: $n }) { totalCount nodes { id } }
            groups(filter: { networkId: $n }) { totalCount nodes { id } }
            locations(filter: { networkId: $n }) { totalCount nodes { id } }
            people(filter: { search: \"theirs\" }) { totalCount nodes { id } }
            memberships(filter: { networkId: $n }) { totalCount nodes { id } }
        }";
        let variables = json!({ "r": representations, "n": theirs.network, "re": theirs.regions[0],
            "g": theirs.groups[0], "l": theirs.locations[0], "p": theirs.owner });
        for person in [ours.owner, ours.viewer, Uuid::now_v7()] {
            let data = fixture.data(person, query, variables.clone()).await;
            assert!(data["_entities"].as_array().unwrap().iter().all(|entity| entity.is_null()), "{data:#}");
            for alias in ["a", "b", "c", "d", "e", "f", "g", "h"] {
                assert!(data[alias].is_null(), "{backend:?}: {alias}: {data:#}");
            }
            for list in ["networks", "regions", "groups", "locations", "people", "memberships"] {
                assert_eq!(data[list], json!({ "totalCount": 0, "nodes": [] }), "{backend:?}: {list}");
            }
        }
        let everything = "{ locations(first: 100) { totalCount nodes { code network { slug } } }
            networks { totalCount } people { totalCount } memberships { totalCount } }";
        let data = fixture.data(ours.owner, everything, json!({})).await;
        assert_eq!(data["locations"]["totalCount"], 8, "{backend:?}");
        assert_eq!(data["networks"]["totalCount"], 1);
        assert_eq!(data["people"]["totalCount"], 4);
        assert_eq!(data["memberships"]["totalCount"], 4);
    }
}

#[tokio::test]
async fn who_works_in_a_part_sees_what_is_above_by_name_only() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = tree("acme");
        fixture.load(tree.rows.clone()).await;
        let query = "{
            locations { totalCount nodes { code network { name locationCount } } }
            networks { nodes { slug activeChairs legalName feeStructure { royaltyPercent } locationTarget
                headquarters { city } regions { nodes { code } } } }
            regions { nodes { code territory { postalCodes } } }
        }";
        let (data, codes) = fixture.partial(tree.viewer, query, json!({})).await;
        assert_eq!(codes, ["FORBIDDEN"; 5], "{backend:?}: {data:#}");
        assert_eq!(
            data["locations"],
            json!({ "totalCount": 1, "nodes": [
                { "code": "ACME-R0G0L0", "network": { "name": "ACME Barbers", "locationCount": 1 } },
            ] }),
            "{backend:?}"
        );
        let network = &data["networks"]["nodes"][0];
        assert_eq!(network["slug"], "acme", "{backend:?}");
        assert_eq!(network["activeChairs"], 5, "the chairs of the own location only");
        assert_eq!(network["regions"]["nodes"], json!([{ "code": "ACME-R0" }]));
        for detail in ["legalName", "feeStructure", "locationTarget", "headquarters"] {
            assert!(network[detail].is_null(), "{backend:?}: {detail}");
        }
        let region = &data["regions"]["nodes"][0];
        assert!(region["code"] == "ACME-R0" && region["territory"].is_null(), "{backend:?}: {region}");
        let counts = async |person: Uuid| {
            let query = "{ networks { totalCount } regions { totalCount } groups { totalCount }
                locations { totalCount } people { totalCount } memberships { totalCount } }";
            let data = fixture.data(person, query, json!({})).await;
            ["networks", "regions", "groups", "locations", "people", "memberships"]
                .map(|list| data[list]["totalCount"].as_i64().unwrap())
        };
        assert_eq!(counts(tree.owner).await, [1, 2, 4, 8, 4, 4], "{backend:?}");
        // Members of the region and below, and those responsible there: the owner is none of them.
        assert_eq!(counts(tree.regional).await, [1, 1, 2, 4, 3, 3], "{backend:?}");
        assert_eq!(counts(tree.franchisee).await, [1, 1, 1, 2, 2, 2], "{backend:?}");
        // A viewer sees no memberships but the own one.
        assert_eq!(counts(tree.viewer).await, [1, 1, 1, 1, 2, 1], "{backend:?}");
        assert_eq!(counts(Uuid::now_v7()).await, [0; 6], "{backend:?}");
    }
}

#[tokio::test]
async fn me_is_the_person_with_the_grants() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = tree("acme");
        fixture.load(tree.rows.clone()).await;
        let query = "{ me { person { name email memberships { nodes { role inForce } } }
            grants { role unit { __typename code } } } }";
        let data = fixture.data(tree.regional, query, json!({})).await;
        assert_eq!(
            data["me"],
            json!({
                "person": { "name": "ACME regional", "email": "regional@acme.example",
                    "memberships": { "nodes": [{ "role": "MANAGER", "inForce": true }] } },
                "grants": [{ "role": "MANAGER", "unit": { "__typename": "Region", "code": "ACME-R0" } }],
            }),
            "{backend:?}"
        );
        let stranger = fixture.data(Uuid::now_v7(), query, json!({})).await;
        assert_eq!(stranger["me"], json!({ "person": null, "grants": [] }), "{backend:?}");
    }
}
