//! Whether subgraphs can be reached: who finds out, and for how long it is repeated.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an outcome is repeated, so that many who ask the gateway are few who ask the subgraphs.
const REPEATED: Duration = Duration::from_secs(1);

/// Finds out which subgraphs can be reached.
pub trait Probe: Send + Sync {
    /// The state of each subgraph, within a few seconds. It is asked for once a second at most.
    fn probe(&self) -> BoxFuture<'_, Vec<SubgraphHealth>>;
}

/// The state of a subgraph, as `/ready` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubgraphHealth {
    /// Its name.
    pub name: String,
    /// It can answer: there is a GraphQL server at its address, or what it needs in this process is there.
    pub reachable: bool,
    /// It is left alone for a while because it failed too often.
    pub breaker_open: bool,
    /// Without it, the gateway is not ready.
    pub required: bool,
}

impl SubgraphHealth {
    /// Whether clients get answers of it.
    pub(crate) fn answers(&self) -> bool {
        self.reachable && !self.breaker_open
    }
}

/// A probe and its last outcome.
pub(crate) struct Probing {
    probe: Arc<dyn Probe>,
    last: Mutex<Option<(Instant, Vec<SubgraphHealth>)>>,
}

impl Probing {
    pub(crate) fn new(probe: Arc<dyn Probe>) -> Self {
        Self { probe, last: Mutex::default() }
    }

    /// The state of each subgraph, by name.
    pub(crate) async fn outcome(&self) -> Vec<SubgraphHealth> {
        // Held while asking: whoever comes meanwhile gets the same outcome.
        let mut last = self.last.lock().await;
        if let Some((at, outcome)) = last.as_ref()
            && at.elapsed() < REPEATED
        {
            return outcome.clone();
        }
        let mut outcome = self.probe.probe().await;
        outcome.sort_by(|a, b| a.name.cmp(&b.name));
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }
}
