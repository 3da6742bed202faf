//! A service that is down, slow or answers nonsense costs its own part of an answer, and tells clients nothing.

mod stand_in;

use serde_json::{Value, json};

use crate::harness::{Bearer, Client, Embedded, Reply, SMALL, Services, Setup, Units, demo};
use stand_in::{Manner, StandIn};

/// The parts of the dashboard that are the services' own, as paths in its data; `*` is every item of a list.
const PARTS: [(&str, &[&str]); 4] = [
    ("analytics", &["network/performance", "network/ranking", "network/regions/nodes/*/performance"]),
    ("compliance", &["network/complianceScore", "network/regions/nodes/*/complianceScore"]),
    ("integrations", &["network/integrationHealth", "network/regions/nodes/*/integrationHealth"]),
    ("networks", &["network"]),
];

/// What no client may see: addresses, code, statements, and what services say to themselves.
const SECRETS: [&str; 12] = [
    "127.0.0.1",
    "localhost",
    "http://",
    ".rs",
    "panicked",
    "stack",
    "SELECT",
    "select ",
    "<html",
    "os error",
    "hyper",
    "daily_facts",
];

/// How the gateway names each manner of failing.
const CODES: [(Manner, &str); 9] = [
    (Manner::Silent, "SUBGRAPH_TIMEOUT"),
    (Manner::Page, "SUBGRAPH_HTTP_STATUS"),
    (Manner::PageThatSucceeds, "SUBGRAPH_MALFORMED_ANSWER"),
    (Manner::BrokenJson, "SUBGRAPH_MALFORMED_ANSWER"),
    (Manner::Truncated, "SUBGRAPH_MALFORMED_ANSWER"),
    (Manner::Closing, "SUBGRAPH_UNREACHABLE"),
    (Manner::NoObject, "SUBGRAPH_MALFORMED_ANSWER"),
    (Manner::OtherShape, "SUBGRAPH_MALFORMED_ANSWER"),
    (Manner::Talkative, "INTERNAL_SERVER_ERROR"),
];

async fn dashboard(client: &Client, units: &Units) -> Reply {
    client.operation("network-dashboard", &json!({ "slug": units["slug"] })).await
}

/// The answer is the healthy one but for the parts of some services, which are null with an error each.
#[track_caller]
fn lacks_only(case: &str, services: &[&str], healthy: &Value, reply: &Reply) {
    let mut expected = healthy.clone();
    for (_, parts) in PARTS.iter().filter(|(service, _)| services.contains(service)) {
        for part in *parts {
            blank(&mut expected, &part.split('/').collect::<Vec<_>>());
        }
    }
    let data = reply.json()["data"].take();
    assert_eq!(reply.status, 200, "{case}: {reply}");
    assert_eq!(data, expected, "{case}: {reply}");
    let errors = reply.errors();
    assert!(!errors.is_empty(), "{case}: {reply}");
    for error in &errors {
        let path =
            error["path"].as_array().unwrap_or_else(|| panic!("{case}: an error without path\n{reply}"));
        // The path leads to a field that is null because of the error, perhaps inside one that had to become null too.
        let place = path.iter().try_fold(&data, |value, key| match key {
            _ if value.is_null() => Some(value),
            Value::String(key) => value.get(key),
            Value::Number(index) => value.get(usize::try_from(index.as_u64()?).ok()?),
            _ => None,
        });
        assert_eq!(place, Some(&Value::Null), "{case}: an error at {path:?}, which is not null\n{reply}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{case}: {reply}");
        assert!(error["extensions"]["code"].is_string(), "{case}: {reply}");
    }
    for secret in SECRETS {
        assert!(!reply.body.contains(secret), "{case}: the answer shows `{secret}`\n{reply}");
    }
}

/// Sets what a path leads to to null.
fn blank(value: &mut Value, path: &[&str]) {
    match path {
        [] => *value = Value::Null,
        ["*", rest @ ..] => value.as_array_mut().into_iter().flatten().for_each(|item| blank(item, rest)),
        [key, rest @ ..] => value.get_mut(key).into_iter().for_each(|member| blank(member, rest)),
    }
}

#[track_caller]
fn all_have_code(case: &str, code: &str, reply: &Reply) {
    for error in reply.errors() {
        assert_eq!(error["extensions"]["code"], code, "{case}: {reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_end_take_only_their_parts_along() {
    let mut services = Services::start(demo(SMALL)).await;
    let units = Units::of_networks(&services.databases.networks.connection).await.remove(0);
    let gateway = services.gateway(&Setup::default()).await;
    let client = gateway.client.bearing(Bearer::of(&units["person"]).text());
    let healthy = dashboard(&client, &units).await.data();
    let mut down = Vec::new();
    for (service, _) in PARTS {
        services.kill(service);
        down.push(service);
        let reply = dashboard(&client, &units).await;
        let case = format!("without {down:?}");
        lacks_only(&case, &down, &healthy, &reply);
        all_have_code(&case, "SUBGRAPH_UNREACHABLE", &reply);
    }
    // What the gateway found a moment ago holds for a moment.
    while gateway.client.get("/ready").await.status != 503 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_misbehave_spoil_only_their_parts() {
    let services = Services::start(demo(SMALL)).await;
    let units = Units::of_networks(&services.databases.networks.connection).await.remove(0);
    let token = Bearer::of(&units["person"]).text();
    let gateway = services.gateway(&Setup::default()).await;
    let healthy = dashboard(&gateway.client.bearing(&token), &units).await.data();
    for (service, _) in PARTS {
        let stand_in = StandIn::open().await;
        let config = format!("\nupstream:\n  subgraphs:\n    {service}:\n      timeout: 500ms\n");
        let setup = Setup { stand_in: Some((service, stand_in.address)), config, ..Setup::default() };
        let gateway = services.gateway(&setup).await;
        let client = gateway.client.bearing(&token);
        for (manner, code) in CODES {
            stand_in.behave(manner);
            let reply = dashboard(&client, &units).await;
            // Root fields are read one by one, entities all together.
            let root_value = service == "networks" && manner == Manner::OtherShape;
            let code = if root_value { "SUBGRAPH_INVALID_VALUE" } else { code };
            let case = format!("{service}, {manner:?}");
            lacks_only(&case, &[service], &healthy, &reply);
            all_have_code(&case, code, &reply);
        }
        assert_eq!(stand_in.seen(), CODES.map(|(manner, _)| manner), "{service} was asked in every manner");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_embedded_platform_tells_which_services_are_without_their_database() {
    let platform = Embedded::start(demo(SMALL)).await;
    let databases = &platform.databases;
    let healthy = platform.client.get("/ready").await;
    let names: Vec<_> = PARTS.iter().map(|(service, _)| *service).collect();
    assert_eq!(states(&healthy), names.iter().map(|name| (*name, true)).collect::<Vec<_>>(), "{healthy}");
    assert_eq!((healthy.status, &healthy.json()["status"]), (200, &json!("ready")), "{healthy}");

    databases.compliance.close_by_ref().await.unwrap();
    // What was found a moment ago holds for a moment.
    let mut degraded = platform.client.get("/ready").await;
    while degraded.json()["status"] == "ready" {
        tokio::task::yield_now().await;
        degraded = platform.client.get("/ready").await;
    }
    let expected: Vec<_> = names.iter().map(|name| (*name, *name != "compliance")).collect();
    assert_eq!(states(&degraded), expected, "{degraded}");
    assert_eq!((degraded.status, &degraded.json()["status"]), (200, &json!("degraded")), "{degraded}");

    for database in [&databases.networks, &databases.analytics, &databases.integrations] {
        database.close_by_ref().await.unwrap();
    }
    let mut reply = degraded;
    while reply.status == 200 {
        tokio::task::yield_now().await;
        reply = platform.client.get("/ready").await;
    }
    assert_eq!(reply.json()["status"], "no subgraph is reachable", "{reply}");
}

/// Each subgraph in an answer of `/ready`, and whether it is reachable.
fn states(reply: &Reply) -> Vec<(&'static str, bool)> {
    let told = reply.json()["subgraphs"].take();
    let subgraphs = told.as_array().unwrap_or_else(|| panic!("no subgraphs\n{reply}"));
    let state = |subgraph: &Value| {
        let (name, _) = PARTS.iter().find(|(name, _)| subgraph["name"] == *name)?;
        Some((*name, subgraph["reachable"].as_bool()?))
    };
    subgraphs
        .iter()
        .map(|subgraph| state(subgraph).unwrap_or_else(|| panic!("{subgraph}\n{reply}")))
        .collect()
}
