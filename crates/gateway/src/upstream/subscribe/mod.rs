//! The events of subgraphs over HTTP.
//!
//! Each subscription has a connection of its own, so that a slow client holds up nobody else's events, and each is
//! opened with the identity of its caller. Events are read as fast as the client receives them: what a subgraph sends
//! faster waits in the subgraph. When the client goes away the stream is dropped, and with it the connection.
//!
//! A connection that breaks is not opened again: events could be missing in between without the client knowing. The
//! client is told, and subscribes again if it wants to.

mod event_stream;
mod messages;
mod server_sent;
mod websocket;

use federation::execute::{Events, SubgraphRequest, TransportError, TransportErrorKind};
use http::HeaderMap;
use tokio::time::Instant;

use super::transport::{HttpTransport, add_client};
use crate::config::SubscriptionProtocol;

impl HttpTransport {
    /// Opens a subscription.
    pub(super) async fn follow(&self, request: SubgraphRequest<'_>) -> Result<Events, TransportError> {
        let target = self.target(request.subgraph)?;
        let (protocol, uri) = target.events.clone();
        let mut headers = HeaderMap::new();
        add_client(&mut headers, request.context.downcast_ref());
        let opening = Opening {
            subgraph: request.subgraph.to_owned(),
            uri,
            headers,
            body: request.body(),
            http2: target.http2,
            max_bytes: target.max_bytes,
            deadline: Instant::now() + target.timeout,
        };
        match protocol {
            SubscriptionProtocol::Sse => server_sent::open(&target.client, opening).await,
            SubscriptionProtocol::WebSocket => websocket::open(&target.client, opening).await,
        }
    }
}

/// What a subscription is opened with.
struct Opening {
    subgraph: String,
    uri: http::Uri,
    headers: HeaderMap,
    /// The GraphQL request.
    body: bytes::Bytes,
    http2: bool,
    /// The largest event.
    max_bytes: usize,
    /// Until when the subgraph must have accepted.
    deadline: Instant,
}

/// What clients are told when events break off.
fn broken(subgraph: &str, uri: &http::Uri, cause: &str) -> TransportError {
    tracing::warn!(subgraph, %uri, error = cause, "a subgraph's subscription broke");
    let message = format!("subgraph `{subgraph}` broke off the subscription");
    TransportError { kind: TransportErrorKind::Unreachable, message }
}

/// What clients are told of events that are none.
fn malformed(subgraph: &str, uri: &http::Uri, cause: &str) -> TransportError {
    tracing::warn!(subgraph, %uri, error = cause, "a subgraph's subscription is malformed");
    let message = format!("subgraph `{subgraph}` sent an event that cannot be read");
    TransportError { kind: TransportErrorKind::Malformed, message }
}
