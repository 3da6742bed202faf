//! A new branch of the tree, its figures, and what becomes of them when it moves.

use chrono::{Days, Utc};
use serde_json::{Value, json};

use super::{World, change, id, until};
use crate::harness::{Client, Units};

const REVENUE_MINOR: i64 = 123_450;
const SALES: i64 = 7;

/// What all four services say of a unit on one day.
const FIGURES: &str = "query($id: ID!, $day: Date!) { unit(id: $id) {
    name activeChairs
    performance(range: { from: $day, to: $day }) { days figures { transactions revenue { amountMinor } } }
    revenuePerActiveChair(range: { from: $day, to: $day }) { amount { amountMinor } missing }
    complianceScore { score reason totalWeight }
    integrationHealth { total } } }";

/// Every service knows the unit.
fn is_known(data: &Value) -> bool {
    let unit = &data["unit"];
    ["performance", "complianceScore", "integrationHealth"].iter().all(|field| !unit[field].is_null())
}

fn sales(unit: &Value) -> i64 {
    unit["performance"]["figures"]["transactions"].as_i64().unwrap_or(0)
}

/// A region, a group and a location below each other: their ids.
struct Branch {
    region: String,
    group: String,
    location: String,
}

impl Branch {
    async fn grown(client: &Client, network: &str) -> Self {
        let region = "mutation($input: CreateRegionInput!) {
            createRegion(input: $input) { region { id } userErrors { code field message } } }";
        let input = json!({ "networkId": network, "name": "Islands", "code": "ISL", "status": "ACTIVE" });
        let region = change(client, "createRegion", region, json!({ "input": input })).await;
        let region = id(&region["region"]);
        let group = "mutation($input: CreateGroupInput!) {
            createGroup(input: $input) { group { id region { id } } userErrors { code field message } } }";
        let input = json!({ "regionId": region, "name": "Harbours", "code": "HARBOURS",
            "groupType": "AREA_DEVELOPMENT", "status": "ACTIVE" });
        let group = change(client, "createGroup", group, json!({ "input": input })).await;
        assert_eq!(group["group"]["region"]["id"], region.as_str());
        let group = id(&group["group"]);
        let location = "mutation($input: CreateLocationInput!) {
            createLocation(input: $input) { location { id status operating } userErrors { code field message } } }";
        let input = json!({ "groupId": group, "name": "Pier", "code": "ISL-PIER", "status": "ACTIVE",
            "address": { "country": "US" }, "chairs": { "total": 4, "active": 3 } });
        let location = change(client, "createLocation", location, json!({ "input": input })).await;
        assert_eq!(location["location"]["operating"], true, "{location}");
        Self { region, group, location: id(&location["location"]) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_follow_a_location_through_its_life() {
    let world = World::new().await;
    for (platform, client) in &world.platforms {
        life(platform, client, &world.ours).await;
    }
}

async fn life(platform: &str, client: &Client, ours: &Units) {
    let day = (Utc::now().date_naive() - Days::new(10)).to_string();
    let of = |unit: &str| json!({ "id": unit, "day": day });
    let figures = async |unit: &str| client.query(FIGURES, &of(unit)).await.data()["unit"].take();
    let before = figures(&ours["network"]).await;
    let elsewhere = figures(&ours["region"]).await;

    let branch = Branch::grown(client, &ours["network"]).await;
    for unit in [&branch.region, &branch.group, &branch.location] {
        let data = until(client, FIGURES, &of(unit), is_known).await;
        let unit = &data["unit"];
        assert_eq!(unit["activeChairs"], 3, "{platform}: {unit:#}");
        assert_eq!(unit["complianceScore"]["reason"], "NO_REQUIREMENTS", "{platform}: {unit:#}");
        assert_eq!(unit["integrationHealth"]["total"], 0, "{platform}: {unit:#}");
        assert!(unit["performance"]["figures"].is_null(), "{platform}: {unit:#}");
    }

    trade(client, &branch.location, &day).await;
    review(client, &branch.location).await;
    for unit in [&branch.region, &branch.location] {
        let unit = figures(unit).await;
        let earned = &unit["performance"]["figures"]["revenue"]["amountMinor"];
        assert_eq!(*earned, REVENUE_MINOR, "{platform}: {unit:#}");
        let per_chair = &unit["revenuePerActiveChair"]["amount"]["amountMinor"];
        assert_eq!(*per_chair, REVENUE_MINOR / 3, "{platform}: {unit:#}");
        assert_eq!(unit["complianceScore"]["score"], 100.0, "{platform}: {unit:#}");
    }
    let with_it = figures(&ours["network"]).await;
    assert_eq!(sales(&with_it), sales(&before) + SALES, "{platform}: {with_it:#}");

    moved(client, &branch.location, &ours["group"]).await;
    let left = |data: &Value| {
        data["unit"]["performance"]["figures"].is_null() && data["unit"]["complianceScore"]["score"].is_null()
    };
    let data = until(client, FIGURES, &of(&branch.region), left).await;
    assert_eq!(data["unit"]["activeChairs"], 0, "{platform}: {data:#}");
    let there = figures(&ours["region"]).await;
    assert_eq!(sales(&there), sales(&elsewhere) + SALES, "{platform}: {there:#}");
    let weight = |unit: &Value| unit["complianceScore"]["totalWeight"].as_i64().unwrap();
    assert!(weight(&there) > weight(&elsewhere), "{platform}: {there:#}\n{elsewhere:#}");

    closed(client, &branch.location).await;
    let unit = figures(&branch.location).await;
    assert_eq!(unit["activeChairs"], 0, "{platform}: {unit:#}");
    assert!(unit["revenuePerActiveChair"]["amount"].is_null(), "{platform}: {unit:#}");
    assert_eq!(unit["performance"]["figures"]["transactions"], SALES, "{platform}: it keeps its history");
}

/// Records a day's figures of a location.
async fn trade(client: &Client, location: &str, day: &str) {
    let document = "mutation($facts: [DailyFactsInput!]!) {
        recordFacts(input: { facts: $facts }) { inserted userErrors { code field message } } }";
    let facts = json!([{ "locationId": location, "date": day, "revenueMinor": REVENUE_MINOR,
        "transactions": SALES, "appointmentsBooked": 0, "appointmentsCompleted": 0,
        "appointmentsCancelled": 0, "appointmentsNoShow": 0, "clientsServed": 7, "clientsNew": 2,
        "clientsReturning": 5, "chairMinutesAvailable": 1440, "chairMinutesBooked": 300, "staffMinutes": 960 }]);
    let recorded = change(client, "recordFacts", document, json!({ "facts": facts })).await;
    assert_eq!(recorded["inserted"], 1, "{recorded}");
}

/// Enters a requirement on a location and finds it met.
async fn review(client: &Client, location: &str) {
    let document = "mutation($unit: ID!) { createRequirement(
        input: { unitId: $unit, jurisdiction: CUSTOM, type: OTHER, name: \"Mooring rights\" }
    ) { requirement { id unit { id } } userErrors { code field message } } }";
    let entered = change(client, "createRequirement", document, json!({ "unit": location })).await;
    assert_eq!(entered["requirement"]["unit"]["id"], location);
    let document = "mutation($id: ID!) { recordReview(input: { requirementId: $id, outcome: COMPLIANT }) {
        requirement { status unit { name } } userErrors { code field message } } }";
    let requirement = json!({ "id": entered["requirement"]["id"] });
    let reviewed = change(client, "recordReview", document, requirement).await;
    let expected = json!({ "status": "COMPLIANT", "unit": { "name": "Pier" } });
    assert_eq!(reviewed["requirement"], expected);
}

async fn moved(client: &Client, location: &str, group: &str) {
    let document = "mutation($id: ID!, $group: ID!) { moveLocation(id: $id, version: 1, groupId: $group) {
        location { version group { id } } userErrors { code field message } } }";
    let variables = json!({ "id": location, "group": group });
    let moved = change(client, "moveLocation", document, variables).await;
    assert_eq!(moved["location"], json!({ "version": 2, "group": { "id": group } }));
}

async fn closed(client: &Client, location: &str) {
    let document = "mutation($id: ID!) { changeUnitStatus(id: $id, version: 2, status: INACTIVE) {
        unit { status operating complianceScore { score } } userErrors { code field message } } }";
    let closed = change(client, "changeUnitStatus", document, json!({ "id": location })).await;
    let expected = json!({ "status": "INACTIVE", "operating": false, "complianceScore": { "score": 100.0 } });
    assert_eq!(closed["unit"], expected);
}
