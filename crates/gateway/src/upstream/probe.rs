//! Which subgraphs can be reached, for `/ready`.

use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::client::Call;
use super::transport::{HttpTransport, Target};
use crate::app::Probe;

/// The longest a subgraph may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long an outcome is repeated, so that many probes of the gateway are few of the subgraphs.
const KEPT: Duration = Duration::from_secs(1);

/// The largest answer to a probe.
const MAX_BYTES: usize = 64 * 1024;

/// The last outcome and its time.
pub(super) type LastProbe = Mutex<Option<(Instant, Vec<(String, bool)>)>>;

impl Probe for HttpTransport {
    fn probe(&self) -> BoxFuture<'_, Vec<(String, bool)>> {
        Box::pin(async move {
            // Held while asking: whoever comes meanwhile gets the same outcome.
            let mut last = self.last_probe.lock().await;
            if let Some((at, outcome)) = last.as_ref()
                && at.elapsed() < KEPT
            {
                return outcome.clone();
            }
            let probes = self
                .targets
                .iter()
                .map(|(name, target)| async move { (name.clone(), self.reaches(target).await) });
            let outcome = join_all(probes).await;
            *last = Some((Instant::now(), outcome.clone()));
            outcome
        })
    }
}

impl HttpTransport {
    /// Whether a subgraph answers at all; that it refuses a request without a caller is an answer.
    async fn reaches(&self, target: &Target) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let call = Call {
            uri: target.uri.clone(),
            headers,
            body: Bytes::from_static(br#"{"query":"{__typename}"}"#),
            http2: target.http2,
            max_bytes: MAX_BYTES,
            deadline: Instant::now() + PATIENCE,
        };
        target.client.post(call).await.is_ok_and(|reply| !reply.status.is_server_error())
    }
}
