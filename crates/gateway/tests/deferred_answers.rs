//! Answers in several payloads, as they come through a socket.

use std::sync::{Arc, Mutex};

use axum::routing::post;
use axum::{Json, Router};
use gateway::config::{BudgetConfig, Config, LimitSet, LimitsConfig, ShadowConfig, Shown};
use http::Method;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::harness::{REVIEWS, Shop, Socket, TestGateway, serve_router};

const QUERY: &str =
    r#"{"query":"{ product(id: \"1\") { name ... @defer(label: \"late\") { reviews { stars } } } }"}"#;
const LABELLED: &str = "multipart/mixed;deferSpec=20220824, application/graphql-response+json";
const PENDING: &str = "multipart/mixed;incrementalSpec=v0.2, application/graphql-response+json";

/// Tells when it is dropped.
struct Dropped(Option<oneshot::Sender<()>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.take().map(|sender| sender.send(()));
    }
}

/// A reviews subgraph that answers once, when told to.
struct Held {
    url: String,
    answer: oneshot::Sender<Value>,
    called: oneshot::Receiver<()>,
    gone: oneshot::Receiver<()>,
}

impl Held {
    async fn open() -> Self {
        let (answer, answered) = oneshot::channel::<Value>();
        let (calling, called) = oneshot::channel();
        let (leaving, gone) = oneshot::channel();
        let once = Arc::new(Mutex::new(Some((answered, calling, Dropped(Some(leaving))))));
        let handler = move || {
            let call = once.lock().unwrap().take().expect("one call");
            async move {
                let (answered, calling, _dropped) = call;
                calling.send(()).unwrap();
                Json(answered.await.unwrap())
            }
        };
        let address = serve_router(Router::new().route("/graphql", post(handler))).await;
        Self { url: format!("http://{address}/graphql"), answer, called, gone }
    }
}

async fn start(reviews: &str) -> TestGateway {
    start_with(Config::default(), reviews).await
}

async fn start_with(config: Config, reviews: &str) -> TestGateway {
    let shop = Shop::open().await;
    let [products, _] = shop.subgraphs();
    TestGateway::start(config, &[products, ("reviews", REVIEWS, reviews)]).await
}

/// The next chunk as text.
async fn chunk(body: &mut Incoming) -> Option<String> {
    let frame = body.frame().await?.unwrap().into_data().unwrap();
    Some(String::from_utf8(frame.to_vec()).unwrap())
}

const HEAD: &str = "\r\ncontent-type: application/json; charset=utf-8\r\n\r\n";

async fn check(accept: &str, content_type: &str, first: &str, second: &str) {
    let held = Held::open().await;
    let gateway = start(&held.url).await;
    let headers =
        [("content-type", "application/json"), ("accept", accept), ("accept-encoding", "gzip, br, zstd")];
    let reply = gateway.client.open(Method::POST, "/graphql", &headers, QUERY).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], content_type);
    assert!(reply.headers().get("content-encoding").is_none(), "{:?}", reply.headers());
    let mut body = reply.into_body();
    // The subgraph has not answered yet.
    assert_eq!(chunk(&mut body).await.unwrap(), format!("\r\n---{HEAD}{first}\r\n---"));
    held.answer.send(json!({ "data": { "_entities": [{ "reviews": [{ "stars": 5 }] }] } })).unwrap();
    assert_eq!(chunk(&mut body).await.unwrap(), format!("{HEAD}{second}\r\n-----\r\n"));
    assert_eq!(chunk(&mut body).await, None);
}

#[tokio::test]
async fn payloads_name_path_and_label() {
    check(
        LABELLED,
        "multipart/mixed; boundary=\"-\"; deferSpec=20220824",
        r#"{"data":{"product":{"name":"Table"}},"hasNext":true}"#,
        r#"{"incremental":[{"data":{"reviews":[{"stars":5}]},"path":["product"],"label":"late"}],"hasNext":false}"#,
    )
    .await;
}

#[tokio::test]
async fn payloads_complete_what_is_pending() {
    check(
        PENDING,
        "multipart/mixed; boundary=\"-\"; incrementalSpec=v0.2",
        r#"{"data":{"product":{"name":"Table"}},"pending":[{"id":"0","path":["product"],"label":"late"}],"hasNext":true}"#,
        r#"{"incremental":[{"id":"0","data":{"reviews":[{"stars":5}]}}],"completed":[{"id":"0"}],"hasNext":false}"#,
    )
    .await;
}

const FIRST: &str = r#"{"data":{"product":{"name":"Table"}},"pending":[{"id":"0","path":["product"],"label":"late"}],"hasNext":true}"#;
const SECOND: &str = r#"{"incremental":[{"id":"0","data":{"reviews":[{"stars":5}]}}],"completed":[{"id":"0"}],"hasNext":false}"#;

fn reviewed() -> Value {
    json!({ "data": { "_entities": [{ "reviews": [{ "stars": 5 }] }] } })
}

#[tokio::test]
async fn payloads_come_as_server_sent_events() {
    let held = Held::open().await;
    let gateway = start(&held.url).await;
    let headers =
        [("content-type", "application/json"), ("accept", "text/event-stream;incrementalSpec=v0.2")];
    let reply = gateway.client.open(Method::POST, "/graphql", &headers, QUERY).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    let mut body = reply.into_body();
    assert_eq!(chunk(&mut body).await.unwrap(), format!("event: next\ndata: {FIRST}\n\n"));
    held.answer.send(reviewed()).unwrap();
    assert_eq!(chunk(&mut body).await.unwrap(), format!("event: next\ndata: {SECOND}\n\n"));
    assert_eq!(chunk(&mut body).await.unwrap(), "event: complete\ndata:\n\n");
    assert_eq!(chunk(&mut body).await, None);
}

#[tokio::test]
async fn payloads_come_through_a_websocket_that_names_their_format() {
    let held = Held::open().await;
    let gateway = start(&held.url).await;
    let mut socket = Socket::connect(gateway.address, &json!({ "incrementalSpec": "v0.2" })).await;
    let request: Value = serde_json::from_str(QUERY).unwrap();
    socket.subscribe("1", request["query"].as_str().unwrap()).await;
    let next = |payload: &str| {
        let payload: Value = serde_json::from_str(payload).unwrap();
        json!({ "id": "1", "type": "next", "payload": payload })
    };
    assert_eq!(socket.hear().await, next(FIRST));
    held.answer.send(reviewed()).unwrap();
    assert_eq!(socket.hear().await, next(SECOND));
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_work() {
    let held = Held::open().await;
    let gateway = start(&held.url).await;
    let headers = [("content-type", "application/json"), ("accept", LABELLED)];
    let reply = gateway.client.open(Method::POST, "/graphql", &headers, QUERY).await;
    held.called.await.unwrap();
    drop(reply);
    held.gone.await.unwrap();
    assert!(held.answer.is_closed());
}

/// Costs 11 by estimate, and 2 in fact for one review.
fn limited(limits: LimitsConfig) -> Config {
    Config { limits, ..Config::default() }
}

#[tokio::test]
async fn the_last_payload_tells_what_all_of_them_cost() {
    let formats = [
        (LABELLED, r#"{"data":{"product":{"name":"Table"}},"hasNext":true}"#.to_owned()),
        (PENDING, FIRST.to_owned()),
    ];
    for (accept, first) in formats {
        let held = Held::open().await;
        let shadow = LimitSet { max_depth: Some(1), ..LimitSet::default() };
        let shadow = ShadowConfig { everyone: shadow, ..ShadowConfig::default() };
        let limits = LimitsConfig { shadow, show_cost: Shown::Always, ..LimitsConfig::default() };
        let gateway = start_with(limited(limits), &held.url).await;
        let headers = [("content-type", "application/json"), ("accept", accept), ("x-include-cost", "true")];
        let reply = gateway.client.open(Method::POST, "/graphql", &headers, QUERY).await;
        assert_eq!(reply.headers()["x-cost-estimated"], "11");
        assert!(reply.headers().get("x-cost-actual").is_none());
        let mut body = reply.into_body();
        assert_eq!(chunk(&mut body).await.unwrap(), format!("\r\n---{HEAD}{first}\r\n---"));
        held.answer.send(reviewed()).unwrap();
        let last = chunk(&mut body).await.unwrap();
        let last = last.strip_prefix(HEAD).and_then(|text| text.strip_suffix("\r\n-----\r\n")).unwrap();
        let last: Value = serde_json::from_str(last).unwrap();
        assert_eq!(last["hasNext"], false, "{last}");
        let told = &last["extensions"];
        assert_eq!((&told["cost"]["estimated"], &told["cost"]["actual"]), (&json!(11), &json!(2)), "{last}");
        assert_eq!(told["shadowLimits"][0]["extensions"]["code"], "LIMIT_DEPTH", "{last}");
    }
}

#[tokio::test]
async fn who_leaves_before_the_last_payload_has_paid_the_estimate() {
    let held = Held::open().await;
    let budget = Some(BudgetConfig { per_minute: 1, capacity: Some(11) });
    let gateway = start_with(limited(LimitsConfig { budget, ..LimitsConfig::default() }), &held.url).await;
    let headers = [("content-type", "application/json"), ("accept", LABELLED)];
    let mut reply = gateway.client.open(Method::POST, "/graphql", &headers, QUERY).await.into_body();
    chunk(&mut reply).await.unwrap();
    drop(reply);
    held.gone.await.unwrap();
    let again = gateway.client.query("{ product(id: 1) { name } }").await;
    assert_eq!((again.status.as_u16(), again.error().1.as_str()), (429, "BUDGET_EXCEEDED"), "{again:#?}");
}

#[tokio::test]
async fn who_does_not_take_payloads_gets_one_answer() {
    let shop = Shop::open().await;
    let gateway = TestGateway::start(Config::default(), &shop.subgraphs()).await;
    let whole = json!({ "product": { "name": "Table", "reviews": [{ "stars": 5 }, { "stars": 2 }] } });
    assert_eq!(gateway.client.post("/graphql", &[], QUERY).await.data(), whole);
    let nothing_deferred = QUERY.replace("label:", "if: false, label:");
    let reply = gateway.client.post("/graphql", &[("accept", LABELLED)], &nothing_deferred).await;
    assert_eq!(reply.data(), whole);
    assert_eq!(reply.header("content-type"), Some("application/graphql-response+json; charset=utf-8"));
}
