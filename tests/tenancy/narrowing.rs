//! Tokens narrow what their bearer may see and never widen it.

use serde_json::{Value, json};

use super::{World, grants, shows_none};
use crate::harness::{Bearer, INTERNAL_SECRET, rows};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_a_region_shows_that_region_only() {
    let world = World::new().await;
    let (ours, region) = (&world.ours, &world.ours["region"]);
    let network = &ours["network"];
    let elsewhere = world.names(&format!("network_id = '{network}' and region_id <> '{region}'")).await;
    let locations = format!("select code from locations where region_id = '{region}'");
    let locations = rows::<1>(&world.distributed.services.databases.networks.connection, &locations).await;
    for (platform, client) in &world.platforms {
        let token = Bearer::of(&ours["person"]).narrowed(None, Some(region.as_str()));
        let client = client.bearing(token.text());
        let replies = world.operations(&client, ours).await;
        for reply in &replies {
            shows_none(platform, reply, &elsewhere);
        }
        for [code] in &locations {
            let shown = replies.iter().any(|reply| reply.body.contains(code.as_str()));
            assert!(shown, "{platform}: no answer shows the region's location {code}");
        }
        let reply = grants(&client).await;
        let expected = json!([{ "role": "OWNER", "unit": { "id": region } }]);
        assert_eq!(reply.data()["me"]["grants"], expected, "{platform}: {reply}");
    }
}

/// Null says as little as a claim that is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_restricts_nothing_shows_everything_of_its_bearer() {
    let world = World::new().await;
    let ours = &world.ours;
    let nothing = [json!(null), json!({}), json!({ "role": null, "unit": null })];
    for (platform, client) in &world.platforms {
        for narrow in &nothing {
            let token = Bearer::of(&ours["person"]).with("narrow", narrow.clone());
            let reply = grants(&client.bearing(token.text())).await;
            let expected = json!([{ "role": "OWNER", "unit": { "id": ours["network"] } }]);
            assert_eq!(reply.data()["me"]["grants"], expected, "{platform}, {narrow}: {reply}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_cannot_widen_what_its_bearer_may_see() {
    let world = World::new().await;
    let (ours, theirs) = (&world.ours, &world.theirs);
    let member = |role: &str, unit: &str| {
        format!("select person_id::text from memberships where role = '{role}' and unit_id = '{unit}'")
    };
    let networks = &world.distributed.services.databases.networks.connection;
    let [[viewer]] = rows::<1>(networks, &member("VIEWER", &ours["network"])).await.try_into().unwrap();
    let [[manager]] = rows::<1>(networks, &member("MANAGER", &ours["region"])).await.try_into().unwrap();
    let names = world.names("true").await;
    let nothing = [
        ("a unit of another network", Bearer::of(&ours["person"]).narrowed(None, Some(&theirs["network"]))),
        ("a role above the bearer's", Bearer::of(&viewer).narrowed(Some("OWNER"), None)),
        ("a unit above the bearer's", Bearer::of(&manager).narrowed(None, Some(&ours["network"]))),
        ("a unit that is none", Bearer::of(&manager).narrowed(None, Some(&manager))),
        ("a person nobody knows", Bearer::of(&ours["network"])),
    ];
    let refused = [
        ("a unit by its code", Bearer::of(&ours["person"]).narrowed(None, Some("NE"))),
        ("a role that is none", Bearer::of(&ours["person"]).narrowed(Some("KING"), None)),
        (
            "a misspelt restriction",
            Bearer::of(&ours["person"]).with("narrow", json!({ "region": ours["region"] })),
        ),
        ("a restriction of another form", Bearer::of(&ours["person"]).with("narrow", "VIEWER")),
        ("a subject that is no person", Bearer::of("head office")),
    ];
    for (platform, client) in &world.platforms {
        for (case, token) in &nothing {
            let client = client.bearing(token.text());
            let reply = grants(&client).await;
            assert_eq!(reply.data()["me"]["grants"], json!([]), "{platform}, {case}: {reply}");
            for reply in world.operations(&client, ours).await {
                shows_none(&format!("{platform}, {case}"), &reply, &names);
            }
        }
        for (case, token) in &refused {
            let client = client.bearing(token.text());
            for reply in world.operations(&client, ours).await {
                shows_none(&format!("{platform}, {case}"), &reply, &names);
                let codes: Vec<Value> =
                    reply.errors().into_iter().map(|error| error["extensions"]["code"].clone()).collect();
                assert!(!codes.is_empty(), "{platform}, {case}: {reply}");
                assert!(codes.iter().all(|code| code == "UNAUTHENTICATED"), "{platform}, {case}: {reply}");
            }
        }
        let viewing = client.bearing(Bearer::of(&ours["person"]).narrowed(Some("VIEWER"), None).text());
        let figures = "query($unit: ID!) { unit(id: $unit) { name
            performance(range: { preset: LAST_30_DAYS }) { days } integrationHealth { total } complianceScore { score } } }";
        let reply = viewing.query(figures, &json!({ "unit": ours["network"] })).await;
        let unit = &reply.json()["data"]["unit"];
        let seen = ["name", "complianceScore", "performance", "integrationHealth"]
            .map(|field| unit[field].is_null());
        assert_eq!(
            seen,
            [false, false, true, true],
            "{platform}: a viewer sees units and compliance\n{reply}"
        );
    }
}

/// The header that tells services who asks is the gateway's alone, even if a client could sign what is in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_tell_services_who_it_is() {
    let world = World::new().await;
    let (ours, theirs) = (&world.ours, &world.theirs);
    let forged = Bearer::of(&theirs["person"]).with("aud", "subgraph").signed_with(INTERNAL_SECRET).text();
    let headers = [
        ("content-type", "application/json"),
        ("x-caller-token", forged.as_str()),
        ("accept", "application/json"),
    ];
    let body = json!({ "query": "{ me { grants { unit { id } } } }" }).to_string();
    for (platform, client) in &world.platforms {
        let client = client.bearing(Bearer::of(&ours["person"]).text());
        let reply = client.send(http::Method::POST, "/graphql", &headers, body.clone()).await;
        let expected = json!([{ "unit": { "id": ours["network"] } }]);
        assert_eq!(reply.data()["me"]["grants"], expected, "{platform}: {reply}");
    }
}
