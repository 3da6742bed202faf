//! How long answers of the franchise graph may be kept, as the services' hints and the gateway say.

use http::Method;

use crate::harness::{Bearer, Client, Distributed, Embedded, Reply, SMALL, Setup, Units, demo};

const CATALOGUE: &str = "public, max-age=3600";
const TREE: &str = "private, max-age=30";
const FIGURES: &str = "private, max-age=60";
const FRESH: &str = "no-store";

/// What is asked about `$unit` of the network `$slug`, and what caches are told of the answer.
const QUESTIONS: [(&str, &str); 15] = [
    ("{ providers { id name pulls } }", CATALOGUE),
    ("{ provider(id: \"square_pos\") { name } }", CATALOGUE),
    ("{ network(slug: \"$slug\") { name locationCount headquarters { city } } }", TREE),
    ("{ networks { nodes { name } edges { cursor } pageInfo { hasNextPage } totalCount } }", TREE),
    (
        "{ network(slug: \"$slug\") { regions { nodes { name territory { postalCodes } groups { nodes { name } } } } } }",
        TREE,
    ),
    (
        "{ network(slug: \"$slug\") { performance(range: { preset: LAST_30_DAYS }) { figures { revenue { amountMinor } } series(granularity: WEEK) { start } } complianceScore { score counts { total } } integrationHealth { score byStatus { count } } } }",
        TREE,
    ),
    (
        "{ locationRanking(unitId: \"$unit\", metric: REVENUE, range: { preset: LAST_30_DAYS }) { nodes { rank value { money { currency } } } } }",
        FIGURES,
    ),
    (
        "{ locationRanking(unitId: \"$unit\", metric: REVENUE, range: { preset: LAST_30_DAYS }) { nodes { unit { name } } } }",
        TREE,
    ),
    ("{ unit(id: \"$unit\") { name operating } }", TREE),
    ("{ unit(id: \"$unit\") { name version } }", FRESH),
    ("{ providers { name } network(slug: \"$slug\") { version } }", FRESH),
    ("{ me { person { name } } }", FRESH),
    ("{ network(slug: \"$slug\") { members { totalCount } } }", FRESH),
    ("{ unit(id: \"$unit\") { complianceAlerts { nodes { id } } } }", FRESH),
    ("{ integrations { nodes { provider { name } } } }", FRESH),
];

#[tokio::test(flavor = "multi_thread")]
async fn answers_say_how_long_they_may_be_kept() {
    let demo = demo(SMALL);
    let embedded = Embedded::start(demo).await;
    let distributed = Distributed::start(demo, Setup::default()).await;
    let units = Units::of_networks(&distributed.services.databases.networks.connection).await;
    let (unit, slug) = (&units[0]["network"], &units[0]["slug"]);
    for (platform, client) in [("embedded", &embedded.client), ("distributed", &distributed.client)] {
        let client = client.bearing(Bearer::of(&units[0]["person"]).text());
        for (query, expected) in QUESTIONS {
            let query = query.replace("$unit", unit).replace("$slug", slug);
            let reply = ask(&client, &query, "").await;
            reply.data();
            assert_eq!(reply.header("cache-control"), expected, "{platform}: {reply}");
            assert!(reply.header("vary").contains("authorization"), "{platform}: {reply}");
        }
        // Who has the answer is told that it is the same.
        let first = ask(&client, QUESTIONS[0].0, "").await;
        let again = ask(&client, QUESTIONS[0].0, first.header("etag")).await;
        assert_eq!((again.status, again.header("cache-control")), (304, CATALOGUE), "{platform}: {again}");
        let dashboard = client.get(&format!("/graphql/operations/network-dashboard?slug={slug}")).await;
        dashboard.data();
        assert_eq!(dashboard.header("cache-control"), TREE, "{platform}: {dashboard}");
    }
}

/// A query by `GET`, from somebody who has an answer already.
async fn ask(client: &Client, query: &str, etag: &str) -> Reply {
    let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let headers = [("accept", "application/json"), ("if-none-match", etag)];
    client.send(Method::GET, &format!("/graphql?query={query}"), &headers, String::new()).await
}
