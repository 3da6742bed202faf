//! What answers and events cost is told to clients that ask, whatever way they ask and are answered.

use gateway::config::{
    BudgetConfig, Config, HttpConfig, LimitSet, LimitsConfig, ShadowConfig, Shown, SubscriptionProtocol,
};
use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::harness::{News, PROTOCOL, Shop, Socket, TestGateway, news_by};

const COST: &str = "x-include-cost";

/// Costs 110 by estimate, as ten products with ten reviews each, and 5 in fact: two and three.
const REVIEWED: &str = "{ products { name reviews { stars } } }";

/// Costs 11 by estimate, and 3 in fact for a product with two reviews.
const DEFERRED: &str = "{ product(id: 1) { name ... @defer { reviews { stars } } } }";

/// An event costs 12 by estimate, and 4 or 3 in fact for a product with two reviews or one.
const ARRIVALS: &str = "subscription { arrivals(limit: 2) { note product { reviews { stars } } } }";

fn shown() -> LimitsConfig {
    LimitsConfig { show_cost: Shown::Always, ..LimitsConfig::default() }
}

async fn start(limits: LimitsConfig) -> (TestGateway, News) {
    let http = HttpConfig { max_batch_size: 5, ..HttpConfig::default() };
    let (shop, news) = (Shop::open().await, News::open().await);
    let config = Config { limits, http, upstream: news_by(SubscriptionProtocol::Sse), ..Config::default() };
    let [products, reviews] = shop.subgraphs();
    (TestGateway::start(config, &[products, reviews, news.subgraph()]).await, news)
}

/// The cost that is told beside a response, by estimate and in fact.
fn cost(response: &Value) -> (Option<u64>, Option<u64>) {
    let cost = &response["extensions"]["cost"];
    (cost["estimated"].as_u64(), cost["actual"].as_u64())
}

/// A connection that asks, or does not, in its handshake and its greeting.
async fn connect(gateway: &TestGateway, headers: &[(&'static str, &str)], greeting: Value) -> Socket {
    let headers = [&[("sec-websocket-protocol", PROTOCOL)], headers].concat();
    let mut socket = Socket::open(gateway.address, &headers).await.unwrap();
    socket.say(&json!({ "type": "connection_init", "payload": greeting })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    socket
}

/// Runs an operation to its end: its responses.
async fn responses(socket: &mut Socket, payload: Value) -> Vec<Value> {
    socket.say(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    let mut responses = Vec::new();
    loop {
        let mut message = socket.hear().await;
        match message["type"].as_str().unwrap() {
            "next" => responses.push(message["payload"].take()),
            "complete" => return responses,
            _ => panic!("{message}"),
        }
    }
}

#[tokio::test]
async fn a_websocket_asks_for_all_its_operations_or_for_one() {
    let (gateway, _news) = start(shown()).await;
    let by_handshake = [(COST, "true")];
    let extensions = |value: Value| json!({ COST: value });
    let (told, nothing) = ((Some(110), Some(5)), (None, None));
    let cases = [
        (&by_handshake[..], json!({}), json!({}), told),
        (&[], json!({ "X-Include-Cost": "TRUE" }), json!({}), told),
        (&[], json!({}), extensions(json!(true)), told),
        (&[], json!({}), extensions(json!("true")), told),
        (&[], json!({}), extensions(json!(false)), nothing),
        (&[], json!({}), extensions(json!({ "true": true })), nothing),
        (&[], json!({ COST: "no" }), json!({}), nothing),
        (&by_handshake, json!({ COST: "false" }), json!({}), nothing),
        (&[], json!({}), json!({}), nothing),
    ];
    for (headers, greeting, extensions, expected) in cases {
        let mut socket = connect(&gateway, headers, greeting.clone()).await;
        let payload = json!({ "query": REVIEWED, "extensions": extensions });
        let [answer] = &responses(&mut socket, payload).await[..] else { panic!("{greeting} {extensions}") };
        assert_eq!(cost(answer), expected, "{headers:?} {greeting} {extensions}: {answer:#}");
    }
}

#[tokio::test]
async fn every_answer_over_a_websocket_tells_what_it_costs() {
    let shadow = LimitSet { max_depth: Some(1), ..LimitSet::default() };
    let shadow = ShadowConfig { everyone: shadow, ..ShadowConfig::default() };
    let (gateway, _news) = start(LimitsConfig { shadow, ..shown() }).await;
    let mut socket = connect(&gateway, &[], json!({ COST: "true", "deferSpec": "20220824" })).await;
    let rename = "mutation { rename(id: 1, name: \"Desk\") { name } }";
    for (query, expected) in [
        (REVIEWED, vec![(Some(110), Some(5))]),
        (rename, vec![(Some(11), Some(11))]),
        ("{ __typename }", vec![(Some(0), Some(0))]),
        (DEFERRED, vec![(None, None), (Some(11), Some(3))]),
    ] {
        let answers = responses(&mut socket, json!({ "query": query })).await;
        assert_eq!(answers.iter().map(cost).collect::<Vec<_>>(), expected, "{query}: {answers:#?}");
        if query == REVIEWED {
            let told = &answers[0]["extensions"];
            assert_eq!(told["shadowLimits"][0]["extensions"]["code"], "LIMIT_DEPTH", "{told:#}");
            assert_eq!(told["cost"]["fields"][0]["coordinate"], "Product.reviews", "{told:#}");
        }
    }
}

#[tokio::test]
async fn every_event_tells_what_it_costs() {
    let budget = BudgetConfig { per_minute: 1, capacity: Some(100) };
    for budget in [None, Some(budget)] {
        let (gateway, news) = start(LimitsConfig { budget, ..shown() }).await;
        let arrive = async || {
            news.opened().await;
            news.arrive("1", "fresh");
            news.arrive("2", "fresh");
        };
        let check = |events: &[Value], way: &str| {
            let costs: Vec<_> = events.iter().map(cost).collect();
            assert_eq!(costs, [(Some(12), Some(4)), (Some(12), Some(3))], "{way}: {events:#?}");
            // What is the same for all is told once.
            let fields = events.iter().map(|event| event["extensions"]["cost"]["fields"].is_array());
            assert_eq!(fields.collect::<Vec<_>>(), [true, false], "{way}: {events:#?}");
        };
        let ways = [
            ("text/event-stream", "data: ", ""),
            ("multipart/mixed;subscriptionSpec=1.0", "{\"payload\":", "}"),
        ];
        for (accept, before, after) in ways {
            let headers = [("content-type", "application/json"), ("accept", accept), (COST, "true")];
            let body = json!({ "query": ARRIVALS }).to_string();
            let response = gateway.client.open(Method::POST, "/graphql", &headers, &body).await;
            arrive().await;
            let text = response.into_body().collect().await.unwrap().to_bytes();
            let text = std::str::from_utf8(&text).unwrap();
            let json = |line: &str| {
                let event = line.strip_prefix(before)?.trim_end().strip_suffix(after)?;
                serde_json::from_str(event).ok()
            };
            check(&text.lines().filter_map(json).collect::<Vec<_>>(), accept);
        }
        let mut socket = connect(&gateway, &[], json!({})).await;
        let payload = json!({ "query": ARRIVALS, "extensions": { COST: true } });
        let (events, ()) = futures::join!(responses(&mut socket, payload), arrive());
        check(&events, "WebSocket");
    }
}

#[tokio::test]
async fn a_request_asks_by_its_extensions_where_there_is_no_header_of_its_own() {
    let (gateway, _news) = start(shown()).await;
    let asking = json!({ "query": REVIEWED, "extensions": { COST: true } });
    let list = json!([asking, { "query": REVIEWED }]).to_string();
    let answers = gateway.client.post("/graphql", &[], &list).await.json();
    assert_eq!([cost(&answers[0]), cost(&answers[1])], [(Some(110), Some(5)), (None, None)], "{answers:#}");
    let one = gateway.client.post("/graphql", &[], &asking.to_string()).await;
    assert_eq!((cost(&one.json()), one.header("x-cost-actual")), ((Some(110), Some(5)), Some("5")));
}

#[tokio::test]
async fn costs_that_are_not_shown_are_not_told() {
    let (gateway, news) = start(LimitsConfig { max_cost: Some(1000), ..LimitsConfig::default() }).await;
    let mut socket = connect(&gateway, &[(COST, "true")], json!({ "x-include-query-plan": "true" })).await;
    let asking =
        |query| json!({ "query": query, "extensions": { COST: true, "x-include-query-plan": true } });
    let answers = responses(&mut socket, asking(REVIEWED)).await;
    assert!(answers[0].get("extensions").is_none(), "{answers:#?}");
    let arrive = async {
        news.opened().await;
        news.arrive("1", "fresh");
        news.arrive("2", "fresh");
    };
    let (events, ()) = futures::join!(responses(&mut socket, asking(ARRIVALS)), arrive);
    assert!(events.len() == 2 && events.iter().all(|event| event.get("extensions").is_none()), "{events:#?}");
}
