//! Which subgraphs can be reached, for `/ready`.

use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::Instant;

use super::answer;
use super::client::{Call, Reply};
use super::transport::{HttpTransport, Target};
use crate::probe::{Probe, SubgraphHealth};

/// The longest a subgraph may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(2);

/// The largest answer to a probe.
const MAX_BYTES: usize = 64 * 1024;

impl Probe for HttpTransport {
    fn probe(&self) -> BoxFuture<'_, Vec<SubgraphHealth>> {
        Box::pin(join_all(self.targets.iter().map(|(name, target)| async move {
            SubgraphHealth {
                name: name.clone(),
                reachable: self.reaches(target).await,
                breaker_open: target.guard.is_closed_to_calls(),
                required: target.required,
            }
        })))
    }
}

impl HttpTransport {
    /// Whether there is a GraphQL server.
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
        target.client.post(call).await.is_ok_and(|reply| speaks(&reply))
    }
}

/// Whether an answer is one of a GraphQL server: that it refuses a request without a caller is an answer, that there is
/// nothing at the address is none.
fn speaks(reply: &Reply) -> bool {
    match reply.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => true,
        status => !status.is_server_error() && answer::is_graphql(&reply.body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graphql_server_is_told_from_others() {
        let cases = [
            (200, r#"{"data":{"__typename":"Query"}}"#, true),
            (200, r#"{"errors":[{"message":"no token"}]}"#, true),
            (400, r#"{"errors":[{"message":"no such operation"}]}"#, true),
            (401, "", true),
            (403, "who are you", true),
            (200, "<html>", false),
            (200, "{}", false),
            (404, "not found", false),
            (404, r#"{"detail":"not found"}"#, false),
            (405, "", false),
            (302, "", false),
            (502, "bad gateway", false),
            (503, r#"{"errors":[{"message":"starting"}]}"#, false),
        ];
        for (status, body, expected) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            let reply = Reply { status, headers: HeaderMap::new(), body: Bytes::from(body) };
            assert_eq!(speaks(&reply), expected, "{status} {body}");
        }
    }
}
