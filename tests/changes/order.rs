//! Root fields of a mutation run one after another, whichever services they belong to (GraphQL specification,
//! section 6.2.2).

use serde_json::json;

use super::World;

/// Each change of the location takes the version that the one before left; between them a requirement shows the
/// name that the location has at that moment.
const CHANGES: &str = "mutation($id: ID!, $v1: Int!, $v2: Int!, $v3: Int!) {
    first: updateLocation(id: $id, version: $v1, input: { name: \"One\" }) {
        location { name } userErrors { code message } }
    early: createRequirement(input: { unitId: $id, jurisdiction: CUSTOM, type: OTHER, name: \"A\" }) {
        requirement { unit { name } } userErrors { code message } }
    second: updateLocation(id: $id, version: $v2, input: { name: \"Two\" }) {
        location { name complianceScore { counts { total } } } userErrors { code message } }
    late: createRequirement(input: { unitId: $id, jurisdiction: CUSTOM, type: OTHER, name: \"B\" }) {
        requirement { unit { name } } userErrors { code message } }
    stale: updateLocation(id: $id, version: $v2, input: { name: \"Three\" }) {
        location { name } userErrors { code message } }
    third: updateLocation(id: $id, version: $v3, input: { name: \"Four\" }) {
        location { name complianceScore { counts { total } } } userErrors { code message } } }";

#[tokio::test(flavor = "multi_thread")]
async fn root_fields_of_a_mutation_run_in_their_order() {
    let world = World::new().await;
    for (platform, client) in &world.platforms {
        let query = "query($id: ID!) { location(id: $id) { version complianceScore { counts { total } } } }";
        let before = client.query(query, &json!({ "id": world.ours["location"] })).await.data();
        let version = before["location"]["version"].as_i64().unwrap();
        let total = before["location"]["complianceScore"]["counts"]["total"].as_i64().unwrap();
        let variables =
            json!({ "id": world.ours["location"], "v1": version, "v2": version + 1, "v3": version + 2 });
        let reply = client.query(CHANGES, &variables).await;
        let data = reply.data();
        let places = ["first", "early", "second", "late", "stale", "third"]
            .map(|field| reply.body.find(&format!("\"{field}\":")).unwrap());
        assert!(places.is_sorted(), "{platform}: {reply}");
        let renamed = |field: &str| &data[field]["location"]["name"];
        assert_eq!(
            [renamed("first"), renamed("second"), renamed("third")],
            ["One", "Two", "Four"],
            "{platform}: {reply}"
        );
        let seen = |field: &str| &data[field]["requirement"]["unit"]["name"];
        assert_eq!([seen("early"), seen("late")], ["One", "Two"], "{platform}: {reply}");
        let counted = |field: &str| &data[field]["location"]["complianceScore"]["counts"]["total"];
        assert_eq!(
            [counted("second"), counted("third")],
            [&json!(total + 1), &json!(total + 2)],
            "{platform}: {reply}"
        );
        assert!(data["stale"]["location"].is_null(), "{platform}: {reply}");
        assert_eq!(data["stale"]["userErrors"][0]["code"], "VERSION_CONFLICT", "{platform}: {reply}");
    }
}
