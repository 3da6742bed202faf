//! Access that is given and taken reaches every service.

use serde_json::{Value, json};

use super::{World, change, id, newcomer, until};
use crate::harness::{Bearer, Client, Units};

/// What all four services show of a group, and of what is beside it.
const SEEN: &str = "query($group: ID!, $location: ID!) {
    me { grants { role unit { id } } }
    group: unit(id: $group) { name performance(range: { preset: LAST_30_DAYS }) { days }
        complianceScore { totalWeight } integrationHealth { total } }
    other: unit(id: $location) { name performance(range: { preset: LAST_30_DAYS }) { days }
        complianceScore { totalWeight } integrationHealth { total } }
    locations(first: 100) { nodes { group { id } } }
    requirements(first: 100) { nodes { unit { ... on Group { id } ... on Location { group { id } } } } }
    integrations(first: 100) { nodes { unit { ... on Group { id } ... on Location { group { id } } } } } }";

/// No service shows anything.
fn is_nothing(data: &Value) -> bool {
    let empty = ["locations", "requirements", "integrations"];
    data["me"]["grants"] == json!([])
        && data["group"].is_null()
        && data["other"].is_null()
        && empty.iter().all(|list| data[list].is_null() || data[list]["nodes"] == json!([]))
}

/// Every service shows the group, in every request that the answer took: one may have been sent before a service
/// knew of the grant, the next one afterwards.
fn shows_group(data: &Value) -> bool {
    let group = &data["group"];
    let fields = ["name", "performance", "complianceScore", "integrationHealth"];
    let some = |list: &str| data[list]["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty());
    data["me"]["grants"] != json!([])
        && fields.iter().all(|field| !group[field].is_null())
        && some("locations")
        && some("requirements")
        && (some("integrations") || group["integrationHealth"]["total"] == 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_their_unit_for_as_long_as_they_are_one() {
    let world = World::new().await;
    for (platform, owner) in &world.platforms {
        let group = a_group(owner, &world.ours).await;
        membership(platform, owner, &world.ours, &group).await;
    }
}

/// A group other than the one of `units`.
async fn a_group(owner: &Client, units: &Units) -> String {
    let query =
        "query($network: ID!) { network(id: $network) { regions { nodes { groups { nodes { id } } } } } }";
    let data = owner.query(query, &json!({ "network": units["network"] })).await.data();
    let regions = data["network"]["regions"]["nodes"].as_array().unwrap().iter();
    let mut groups = regions.flat_map(|region| region["groups"]["nodes"].as_array().unwrap());
    id(groups.find(|group| group["id"] != units["group"].as_str()).unwrap())
}

async fn membership(platform: &str, owner: &Client, ours: &Units, group: &str) {
    let person = newcomer(owner, &ours["network"], "ada").await;
    let member = owner.bearing(Bearer::of(&person).text());
    let variables = json!({ "group": group, "location": ours["location"] });
    // Asked before, so that every service has remembered that this person has no grants.
    let reply = member.query(SEEN, &variables).await;
    assert!(is_nothing(&reply.json()["data"]), "{platform}: {reply}");

    let grant = "mutation($input: GrantMembershipInput!) { grantMembership(input: $input) {
        membership { id version role unit { id complianceScore { totalWeight } } }
        userErrors { code field message } } }";
    let input = json!({ "personId": person, "role": "MANAGER", "unitId": group });
    let granted = change(owner, "grantMembership", grant, json!({ "input": input })).await;
    assert_eq!(granted["membership"]["unit"]["id"], group, "{platform}: {granted}");

    let data = until(&member, SEEN, &variables, shows_group).await;
    let grants = json!([{ "role": "MANAGER", "unit": { "id": group } }]);
    assert_eq!(data["me"]["grants"], grants, "{platform}: {data:#}");
    assert!(data["other"].is_null(), "{platform}: {data:#}");
    for list in ["locations", "requirements", "integrations"] {
        let nodes = data[list]["nodes"].as_array().unwrap();
        let is_in_group = |node: &Value| {
            let unit = if list == "locations" { node } else { &node["unit"] };
            unit["id"] == group || unit["group"]["id"] == group
        };
        assert!(nodes.iter().all(is_in_group), "{platform} {list}: {data:#}");
    }

    let revoke = "mutation($id: ID!) { revokeMembership(id: $id, version: 1) {
        membership { version } userErrors { code field message } } }";
    let variables_of = json!({ "id": granted["membership"]["id"] });
    let revoked = change(owner, "revokeMembership", revoke, variables_of).await;
    assert_eq!(revoked["membership"]["version"], 2, "{platform}");
    let data = member.query("{ me { grants { role } } }", &json!({})).await.data();
    assert_eq!(data["me"]["grants"], json!([]), "{platform}: the service that owns access knows at once");
    until(&member, SEEN, &variables, is_nothing).await;
}
