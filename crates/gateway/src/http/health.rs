//! For whoever runs the gateway: does it live, and can it answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;

use crate::app::Gateway;
use crate::reload::Told;

/// Alive: the process answers. Says nothing of subgraphs, so that a failing subgraph restarts no gateway.
pub(super) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// What `/health` says.
#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
}

/// What `/ready` says.
#[derive(Serialize)]
pub(super) struct Readiness {
    status: &'static str,
    /// Empty where subgraphs are called in process.
    subgraphs: Vec<SubgraphState>,
    /// Which configuration and schema are served.
    #[serde(flatten)]
    told: Told,
}

#[derive(Serialize)]
struct SubgraphState {
    name: String,
    reachable: bool,
}

/// Ready: there is an engine, the gateway is not stopping, and some subgraph answers. One subgraph that is
/// down leaves the gateway ready: the others' fields are still answered.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> (StatusCode, Json<Readiness>) {
    let mut subgraphs: Vec<_> = match &gateway.probe {
        Some(probe) if !gateway.shared.is_stopping() => probe
            .probe()
            .await
            .into_iter()
            .map(|(name, reachable)| SubgraphState { name, reachable })
            .collect(),
        _ => Vec::new(),
    };
    subgraphs.sort_by(|a, b| a.name.cmp(&b.name));
    let reachable = subgraphs.iter().filter(|subgraph| subgraph.reachable).count();
    let (status, code) = if gateway.shared.is_stopping() {
        ("stopping", StatusCode::SERVICE_UNAVAILABLE)
    } else if !subgraphs.is_empty() && reachable == 0 {
        ("no subgraph is reachable", StatusCode::SERVICE_UNAVAILABLE)
    } else if reachable < subgraphs.len() {
        ("degraded", StatusCode::OK)
    } else {
        ("ready", StatusCode::OK)
    };
    let told = gateway.shared.status.told(gateway.dev);
    (code, Json(Readiness { status, subgraphs, told }))
}
