//! What travels with a client's request to the transport.

use std::sync::Arc;

use http::HeaderMap;
use tokio::time::Instant;

use crate::caller::{Caller, InternalToken};
use crate::telemetry::TraceContext;

/// The context of one client request.
///
/// The gateway hands it to the engine as [`federation::Request::context`]; a transport gets it back with
/// [`RequestContext::of`].
#[derive(Debug)]
pub struct RequestContext {
    /// Who calls.
    pub caller: Caller,
    /// The token for subgraphs; `None` for anonymous callers and where none is configured.
    pub internal_token: Option<InternalToken>,
    /// The request's id, also in the answer's `x-request-id` and in the log.
    pub request_id: Arc<str>,
    /// The trace this request belongs to.
    pub trace: TraceContext,
    /// When the client's request ends, answered or not.
    pub deadline: Instant,
    /// The client's headers that subgraphs receive.
    pub forwarded_headers: HeaderMap,
}

impl RequestContext {
    /// The context of a subgraph request; `None` if the engine was not called by a gateway.
    #[must_use]
    pub fn of<'a>(request: &federation::execute::SubgraphRequest<'a>) -> Option<&'a Self> {
        request.context.downcast_ref()
    }
}
