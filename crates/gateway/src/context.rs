//! What travels with a client's request to the transport.

use std::any::Any;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::caller::{Caller, InternalToken, InternalTokens};
use crate::telemetry::TraceContext;

/// The context of one client request.
///
/// The gateway hands it to the engine as [`federation::Request::context`]. A transport finds it with
/// [`RequestContext::of`] when it is asked for its audience, and when it is called if it names none.
#[derive(Debug)]
pub struct RequestContext {
    /// Who calls.
    pub caller: Caller,
    /// When the client's request ends, answered or not. A subscription may go on.
    pub deadline: Instant,
    forwarded: Arc<Forwarded>,
    /// Until when the token in `forwarded` is sent, and who signs another one.
    renewal: Option<(Instant, Arc<InternalTokens>)>,
}

impl RequestContext {
    /// A context.
    #[must_use]
    pub fn new(caller: Caller, forwarded: Forwarded, deadline: Instant) -> Self {
        Self { caller, deadline, forwarded: Arc::new(forwarded), renewal: None }
    }

    /// Adds the files that came with the request.
    #[must_use]
    pub(crate) fn with_uploads(&self, uploads: Uploads) -> Self {
        let Forwarded { headers, internal_token, request_id, trace, .. } = &*self.forwarded;
        let forwarded = Forwarded {
            headers: headers.clone(),
            internal_token: internal_token.clone(),
            request_id: request_id.clone(),
            trace: *trace,
            uploads: Some(Arc::new(uploads)),
        };
        Self {
            forwarded: Arc::new(forwarded),
            caller: self.caller.clone(),
            renewal: self.renewal.clone(),
            ..*self
        }
    }

    /// Lets the token for subgraphs be signed anew where the request lasts longer than the token.
    #[must_use]
    pub(crate) fn renewed_by(mut self, tokens: Arc<InternalTokens>) -> Self {
        self.renewal = Some((Instant::now() + tokens.fresh_for(), tokens));
        self
    }

    /// What subgraphs learn of the request over HTTP.
    #[must_use]
    pub fn forwarded(&self) -> Arc<Forwarded> {
        match &self.renewal {
            Some((until, tokens)) if Instant::now() >= *until => self.renewed(tokens),
            _ => self.forwarded.clone(),
        }
    }

    fn renewed(&self, tokens: &InternalTokens) -> Arc<Forwarded> {
        let Forwarded { headers, request_id, trace, uploads, .. } = &*self.forwarded;
        match tokens.token(&self.caller) {
            Ok(internal_token) => Arc::new(Forwarded {
                headers: headers.clone(),
                internal_token,
                request_id: request_id.clone(),
                trace: *trace,
                uploads: uploads.clone(),
            }),
            Err(error) => {
                tracing::error!(%request_id, %error, "the token for subgraphs is not renewed");
                self.forwarded.clone()
            }
        }
    }

    /// The context a transport is shown; `None` if the engine was not called by a gateway.
    #[must_use]
    pub fn of(context: &(dyn Any + Send + Sync)) -> Option<&Self> {
        context.downcast_ref()
    }
}

/// What subgraphs learn of a client's request, besides the GraphQL request itself.
///
/// Two values are equal when they may get the same answer: ids of request and trace do not count, they only
/// tell whose request it was that led to a call.
#[derive(Debug)]
pub struct Forwarded {
    /// The client's headers that are forwarded.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The token for subgraphs; `None` for anonymous callers and where none is configured.
    pub internal_token: Option<InternalToken>,
    /// The request's id, also in the answer's `x-request-id` and in the log.
    pub request_id: Arc<str>,
    /// The trace this request belongs to.
    pub trace: TraceContext,
    /// The files that came with the request.
    pub uploads: Option<Arc<Uploads>>,
}

/// The files of a request, by the tokens that stand for them in its variables.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Uploads(BTreeMap<String, UploadedFile>);

/// A file.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct UploadedFile {
    pub(crate) name: String,
    pub(crate) content_type: Option<String>,
    pub(crate) content: Bytes,
}

impl Uploads {
    pub(crate) fn new(files: BTreeMap<String, UploadedFile>) -> Self {
        Self(files)
    }

    /// The file of a token.
    pub(crate) fn file(&self, token: &str) -> Option<&UploadedFile> {
        self.0.get(token)
    }
}

impl PartialEq for Forwarded {
    fn eq(&self, other: &Self) -> bool {
        let Self { headers, internal_token, request_id: _, trace: _, uploads } = self;
        *headers == other.headers && *internal_token == other.internal_token && *uploads == other.uploads
    }
}

impl Eq for Forwarded {}

impl Hash for Forwarded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Requests with files differ in the tokens of their variables.
        let Self { headers, internal_token, request_id: _, trace: _, uploads: _ } = self;
        headers.hash(state);
        internal_token.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use http::HeaderMap;

    use super::*;

    fn forwarded(headers: &[(&'static str, &'static str)]) -> Forwarded {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        Forwarded {
            headers: headers.iter().map(header).collect(),
            internal_token: None,
            request_id: "one".into(),
            trace: TraceContext::from_headers(&HeaderMap::new()),
            uploads: None,
        }
    }

    #[test]
    fn every_value_of_every_forwarded_header_counts() {
        let one = forwarded(&[("x-a", "1"), ("x-a", "2"), ("x-b", "1")]);
        let others: [&[_]; 5] = [
            &[("x-a", "1"), ("x-b", "1")],
            &[("x-a", "2"), ("x-b", "1")],
            &[("x-a", "1"), ("x-a", "2"), ("x-c", "1")],
            &[("x-a", "1"), ("x-a", "2"), ("x-b", "3")],
            &[],
        ];
        for other in others {
            assert_ne!(one, forwarded(other));
        }
        assert_eq!(one, forwarded(&[("x-a", "1"), ("x-a", "2"), ("x-b", "1")]));
        let invisible = HeaderValue::from_bytes(b"\xFF").unwrap();
        let mut other = forwarded(&[]);
        other.headers.push((HeaderName::from_static("x-a"), invisible));
        assert_ne!(forwarded(&[("x-a", "")]), other);
    }

    #[test]
    fn ids_do_not_count() {
        let (one, mut two) = (forwarded(&[("x-a", "1")]), forwarded(&[("x-a", "1")]));
        two.request_id = "two".into();
        assert_ne!(one.trace.trace_id(), two.trace.trace_id());
        assert_eq!(one, two);
        let state = std::hash::RandomState::new();
        assert_eq!(state.hash_one(&one), state.hash_one(&two));
    }
}
