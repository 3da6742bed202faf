//! Services that tell their own schema are asked again from time to time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Served, command, folder};
use crate::harness::serve_router;

const OLD: &str = "type Query { value: Int }";
const NEW: &str = "type Query { value: Int more: Int }";

/// A service whose schema a test changes; without one it answers with an error.
#[derive(Clone, Default)]
struct Service {
    sdl: Arc<Mutex<Option<String>>>,
    asked: Arc<AtomicUsize>,
}

impl Service {
    fn tells(&self, sdl: Option<&str>) {
        *self.sdl.lock().unwrap() = sdl.map(str::to_owned);
    }

    async fn serve(&self) -> String {
        let service = self.clone();
        let answer = move |Json(request): Json<Value>| async move {
            if !request["query"].as_str().unwrap().contains("_service") {
                return Json(json!({ "data": { "value": 1, "more": 2 } }));
            }
            service.asked.fetch_add(1, Ordering::SeqCst);
            let sdl = service.sdl.lock().unwrap().clone();
            Json(match sdl {
                Some(sdl) => json!({ "data": { "_service": { "sdl": sdl } } }),
                None => json!({ "errors": [{ "message": "down" }] }),
            })
        };
        format!("http://{}/graphql", serve_router(Router::new().route("/graphql", post(answer))).await)
    }

    /// Waits until it was asked several times more, with nothing else to wait for.
    async fn asked_again(&self) {
        let enough = self.asked.load(Ordering::SeqCst) + 3;
        while self.asked.load(Ordering::SeqCst) < enough {
            tokio::task::yield_now().await;
        }
    }
}

async fn until(served: &Served, condition: impl Fn(&Value) -> bool) -> Value {
    loop {
        let ready = served.client.get("/ready", &[]).await.json();
        if condition(&ready) {
            return ready;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_a_service_tells_is_taken_up_when_it_changes() {
    let service = Service::default();
    service.tells(Some(OLD));
    let url = service.serve().await;
    let list = format!("subgraphs: {{ values: {{ schema: {{ subgraph_url: '{url}' }} }} }}\n");
    let config = "listen: 127.0.0.1:0\ncompose: supergraph.yaml\ndev: true\nreload: { interval: 5ms, poll_services: 5ms }\n";
    let folder = folder(&[("supergraph.yaml", &list), ("gateway.yaml", config)]);
    let served = Served::start(command(folder.path()).args(["serve", "--config", "gateway.yaml"]));
    let generation = async || served.client.get("/ready", &[]).await.json()["generation"].clone();

    service.asked_again().await;
    assert_eq!(generation().await, 1, "the same schema is no change");
    service.tells(Some(NEW));
    until(&served, |ready| ready["generation"] == 2).await;
    assert_eq!(served.client.query("{ value more }").await.data(), json!({ "value": 1, "more": 2 }));

    service.tells(None);
    service.asked_again().await;
    let ready = served.client.get("/ready", &[]).await.json();
    assert!(
        ready["generation"] == 2 && ready["refused"].is_null(),
        "who does not answer has not changed: {ready}"
    );

    service.tells(Some("type Query {"));
    until(&served, |ready| !ready["refused"].is_null()).await;
    service.asked_again().await;
    assert_eq!(served.client.query("{ more }").await.data(), json!({ "more": 2 }));
    let refusals = served.log.lock().unwrap().matches("a change of files is refused").count();
    assert_eq!(refusals, 1, "what is refused is not read again before it changes");

    service.tells(Some(NEW));
    let ready = until(&served, |ready| ready["refused"].is_null()).await;
    assert_eq!(ready["generation"], 2, "what is as it was is no new generation");
}
