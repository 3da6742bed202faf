//! Equal answers that are wanted at the same time are worked out once, whatever becomes of who began.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Json;
use federation::Overrides;
use futures::future::join_all;
use gateway::config::{Config, HttpConfig, UpstreamConfig};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{COUNTS, ask, bearer, config};
use crate::harness::{Reply, TestGateway, serve_router, token};

/// A subgraph that answers when it is let.
#[derive(Clone)]
struct Held {
    asked: Arc<AtomicUsize>,
    let_go: Arc<Semaphore>,
    fails: Arc<AtomicBool>,
    url: String,
}

impl Held {
    async fn open() -> Self {
        let mut held = Self {
            asked: Arc::default(),
            let_go: Arc::new(Semaphore::new(0)),
            fails: Arc::default(),
            url: String::new(),
        };
        let state = held.clone();
        let router = axum::Router::new().fallback(move || {
            let held = state.clone();
            async move { Json(held.answer().await) }
        });
        held.url = format!("http://{}/graphql", serve_router(router).await);
        held
    }

    async fn answer(self) -> Value {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        self.let_go.acquire().await.unwrap().forget();
        if self.fails.load(Ordering::SeqCst) {
            return json!({ "data": null, "errors": [{ "message": "not today" }] });
        }
        json!({ "data": { "open": number } })
    }

    /// Waits until it was asked so often.
    async fn asked(&self, times: usize) {
        while self.asked.load(Ordering::SeqCst) < times {
            tokio::task::yield_now().await;
        }
    }

    fn times_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// A gateway over it whose engine shares nothing in flight.
    async fn gateway(&self) -> TestGateway {
        let upstream = UpstreamConfig { share_requests: false, ..UpstreamConfig::default() };
        let http = HttpConfig { max_batch_size: 10, ..HttpConfig::default() };
        let config = Config { upstream, http, ..config() };
        TestGateway::start(config, &[("counts", COUNTS, &self.url)]).await
    }
}

/// A list of equal questions, which are all there before the first is answered.
async fn ask_at_once(gateway: &TestGateway, number: usize) -> Vec<Value> {
    let body = json!(vec![json!({ "query": "{ open }" }); number]).to_string();
    gateway.client.post("/graphql", &[], &body).await.json().as_array().unwrap().clone()
}

#[tokio::test]
async fn many_callers_get_the_answer_to_one_question() {
    let held = Held::open().await;
    let gateway = held.gateway().await;
    let tokens: Vec<_> = (0..20).map(|number| token(&format!("caller {number}"), 60)).collect();
    let asking = join_all(tokens.iter().map(async |token| ask(&gateway, "{ open }", &bearer(token)).await));
    let letting = async {
        held.asked(1).await;
        held.let_go.add_permits(1);
    };
    let (replies, ()) = futures::join!(asking, letting);
    for reply in &replies {
        assert_eq!(reply.data(), json!({ "open": 0 }), "{reply:#?}");
    }
    let kept = |reply: &&Reply| reply.header("age").is_some();
    assert_eq!((held.times_asked(), replies.iter().filter(kept).count()), (1, 19));
}

#[tokio::test]
async fn an_answer_that_is_not_fit_holds_up_nobody() {
    let held = Held::open().await;
    held.fails.store(true, Ordering::SeqCst);
    let gateway = held.gateway().await;
    let letting = async {
        held.asked(1).await;
        held.let_go.add_permits(1);
        // All others at once, not one after the other.
        held.asked(5).await;
        held.let_go.add_permits(4);
    };
    let (responses, ()) = futures::join!(ask_at_once(&gateway, 5), letting);
    for response in &responses {
        assert_eq!(response["errors"][0]["path"], json!(["open"]), "{response:#}");
    }
    assert_eq!(held.times_asked(), 5);
    // As soon as there is a good one, it is kept.
    held.fails.store(false, Ordering::SeqCst);
    held.let_go.add_permits(1);
    assert_eq!(ask(&gateway, "{ open }", &[]).await.data(), json!({ "open": 5 }));
    assert_eq!(ask(&gateway, "{ open }", &[]).await.data(), json!({ "open": 5 }));
}

#[tokio::test]
async fn where_who_began_goes_away_another_takes_its_place() {
    let held = Held::open().await;
    let gateway = Arc::new(held.gateway().await);
    let leader = tokio::spawn({
        let gateway = gateway.clone();
        async move { ask(&gateway, "{ open }", &[]).await }
    });
    held.asked(1).await;
    let waiting = tokio::spawn({
        let gateway = gateway.clone();
        async move { ask_at_once(&gateway, 4).await }
    });
    leader.abort();
    leader.await.unwrap_err();
    // That of the first is asked in vain.
    held.asked(2).await;
    held.let_go.add_permits(2);
    let responses = waiting.await.unwrap();
    assert!(responses.iter().all(|response| *response == json!({ "data": { "open": 1 } })), "{responses:#?}");
    assert_eq!(held.times_asked(), 2);
}

#[tokio::test]
async fn who_changed_something_does_not_wait_for_an_answer_from_before() {
    let held = Held::open().await;
    let gateway = Arc::new(held.gateway().await);
    let ann = token("ann", 60);
    let bob = token("bob", 60);
    let of_bob = tokio::spawn({
        let gateway = gateway.clone();
        async move { ask(&gateway, "{ open }", &bearer(&bob)).await.data() }
    });
    held.asked(1).await;
    // The mutation is answered before the query of bob.
    let change = tokio::spawn({
        let (gateway, ann) = (gateway.clone(), ann.clone());
        async move { ask(&gateway, "mutation { change }", &bearer(&ann)).await.status }
    });
    held.asked(2).await;
    let queued = tokio::spawn({
        let (gateway, ann) = (gateway.clone(), ann.clone());
        async move {
            change.await.unwrap();
            ask(&gateway, "{ open }", &bearer(&ann)).await.data()
        }
    });
    // In the order in which they came: the query of bob, the mutation, and that of ann as soon as it asks.
    held.let_go.add_permits(2);
    held.asked(3).await;
    held.let_go.add_permits(1);
    assert_eq!(queued.await.unwrap(), json!({ "open": 2 }));
    of_bob.await.unwrap();
}

const OLD: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@composeDirective", "@shareable"])
  @link(url: "https://specs.example/cacheControl/v0.1", import: ["@cacheControl"])
  @composeDirective(name: "@cacheControl")
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean)
  on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
enum CacheControlScope { PUBLIC PRIVATE }
type Query { source: String @cacheControl(maxAge: 600, scope: PUBLIC) }
"#;

/// A subgraph that answers with its name.
async fn named(name: &'static str) -> String {
    let answer = move || async move { Json(json!({ "data": { "source": name } })) };
    format!("http://{}/graphql", serve_router(axum::Router::new().fallback(answer)).await)
}

#[tokio::test]
async fn callers_of_another_override_get_another_answer() {
    let new = OLD
        .replace("\"@shareable\"", "\"@override\"")
        .replace("source: String", "source: String @override(from: \"old\", label: \"percent(50)\")");
    let (old_url, new_url) = (named("old").await, named("new").await);
    let gateway = TestGateway::start(config(), &[("new", &new, &new_url), ("old", OLD, &old_url)]).await;
    let is_new = |subject: &str| Overrides::of_seed(subject).draw < 50.0;
    let subjects: Vec<_> = (0..20).map(|number| format!("caller {number}")).collect();
    assert!(
        subjects.iter().any(|subject| is_new(subject)) && subjects.iter().any(|subject| !is_new(subject))
    );
    let mut kept = 0;
    for subject in &subjects {
        let reply = ask(&gateway, "{ source }", &bearer(&token(subject, 60))).await;
        let expected = if is_new(subject) { "new" } else { "old" };
        assert_eq!(reply.data(), json!({ "source": expected }), "{subject}");
        kept += usize::from(super::is_kept(&reply));
    }
    assert_eq!(kept, subjects.len() - 2, "each of the two is worked out once");
}
