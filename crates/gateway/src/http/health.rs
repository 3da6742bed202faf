//! For whoever runs the gateway: does it live, and can it answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::Serialize;

use crate::app::Gateway;
use crate::probe::SubgraphHealth;
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

/// Whether requests can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ready,
    /// Some are not answered in full.
    Degraded,
    /// A subgraph that must answer does not.
    WithoutRequired,
    /// No subgraph answers.
    WithoutAny,
    Stopping,
}

/// What `/ready` says.
#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    #[serde(flatten)]
    details: Option<Details>,
}

/// What is told to those who run the gateway.
#[derive(Serialize)]
struct Details {
    /// Empty where subgraphs are called in process.
    subgraphs: Vec<SubgraphHealth>,
    /// Whether the registry of operations answered when it was looked at last; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    registry: Option<StoreHealth>,
    /// Whether Redis answered when it was asked last; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<StoreHealth>,
    /// Which configuration and schema are served.
    #[serde(flatten)]
    told: Told,
}

#[derive(Serialize)]
struct StoreHealth {
    reachable: bool,
}

/// Ready, for clients' load balancers.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    readiness(&gateway, gateway.http.health_details.when(gateway.dev), gateway.dev).await
}

/// Whether a gateway can answer, with details or without, and with the reasons of what is refused or without.
pub(crate) async fn readiness(gateway: &Gateway, with_details: bool, with_reasons: bool) -> Response {
    let subgraphs = match &gateway.probing {
        Some(probing) if !gateway.shared.is_stopping() => probing.outcome().await,
        _ => Vec::new(),
    };
    let registry = gateway.registry.as_ref().map(|registry| StoreHealth { reachable: registry.answers() });
    let redis = gateway.shared.store.get().map(|store| StoreHealth { reachable: store.answers() });
    let verdict = if gateway.shared.is_stopping() {
        Verdict::Stopping
    } else {
        let stores = [&registry, &redis].into_iter().flatten().all(|store| store.reachable);
        verdict(&subgraphs, stores)
    };
    let details = with_details.then(|| Details {
        subgraphs,
        registry,
        redis,
        told: gateway.shared.status.told(with_reasons),
    });
    let body = Json(Readiness { status: verdict.as_str(), details });
    (verdict.code(), [(CACHE_CONTROL, "no-store")], body).into_response()
}

fn verdict(subgraphs: &[SubgraphHealth], stores: bool) -> Verdict {
    let answering = subgraphs.iter().filter(|subgraph| subgraph.answers()).count();
    if subgraphs.iter().any(|subgraph| subgraph.required && !subgraph.answers()) {
        Verdict::WithoutRequired
    } else if answering == 0 && !subgraphs.is_empty() {
        Verdict::WithoutAny
    } else if answering < subgraphs.len() || !stores {
        Verdict::Degraded
    } else {
        Verdict::Ready
    }
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::WithoutRequired => "a required subgraph does not answer",
            Self::WithoutAny => "no subgraph is reachable",
            Self::Stopping => "stopping",
        }
    }

    fn code(self) -> StatusCode {
        match self {
            Self::Ready | Self::Degraded => StatusCode::OK,
            Self::WithoutRequired | Self::WithoutAny | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subgraph(reachable: bool, breaker_open: bool, required: bool) -> SubgraphHealth {
        SubgraphHealth { name: "a".to_owned(), reachable, breaker_open, required }
    }

    #[test]
    fn what_must_answer_decides() {
        let (good, down) = (subgraph(true, false, false), subgraph(false, false, false));
        let broken = subgraph(true, true, false);
        let (needed, missing) = (subgraph(true, false, true), subgraph(false, false, true));
        let cases = [
            (vec![], true, Verdict::Ready),
            (vec![good.clone(), needed.clone()], true, Verdict::Ready),
            (vec![good.clone()], false, Verdict::Degraded),
            (vec![good.clone(), down.clone()], true, Verdict::Degraded),
            (vec![good.clone(), broken.clone()], true, Verdict::Degraded),
            (vec![needed, down.clone()], true, Verdict::Degraded),
            (vec![broken, down], true, Verdict::WithoutAny),
            (vec![good, missing.clone()], true, Verdict::WithoutRequired),
            (vec![missing], true, Verdict::WithoutRequired),
        ];
        for (subgraphs, stores, expected) in cases {
            assert_eq!(verdict(&subgraphs, stores), expected, "{subgraphs:?}, stores {stores}");
        }
    }
}
