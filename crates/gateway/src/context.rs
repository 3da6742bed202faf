//! What travels with a client's request to the transport.

use std::any::Any;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use tokio::time::Instant;
use uuid::Uuid;

use crate::budget::Spender;
use crate::caller::{Caller, InternalToken, InternalTokens};
use crate::headers::Received;
use crate::telemetry::TraceContext;
use crate::views::View;

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
    /// For subgraphs that receive other headers than all.
    own: Vec<(Arc<str>, Arc<Forwarded>)>,
    /// Until when the token in `forwarded` is sent, and who signs another one.
    renewal: Option<(Instant, Arc<InternalTokens>)>,
    /// What the caller sees of the schema; `None` if the engine was not called by a gateway.
    pub(crate) view: Option<Arc<View>>,
    /// Whose budget it is taken from; `None` without one.
    pub(crate) spender: Option<Spender>,
}

impl RequestContext {
    /// A context.
    #[must_use]
    pub fn new(caller: Caller, forwarded: Forwarded, deadline: Instant) -> Self {
        Self {
            caller,
            deadline,
            forwarded: Arc::new(forwarded),
            own: Vec::new(),
            renewal: None,
            view: None,
            spender: None,
        }
    }

    /// Adds the headers of subgraphs that receive others than all.
    #[must_use]
    pub(crate) fn with_own(mut self, own: Vec<(Arc<str>, Received)>) -> Self {
        let own = own.into_iter().map(|(subgraph, Received { headers, alone })| {
            let alone = alone.then(Uuid::now_v7);
            (subgraph, Arc::new(Forwarded { headers, alone, ..Forwarded::clone(&self.forwarded) }))
        });
        self.own = own.collect();
        self
    }

    /// Adds the files that came with the request.
    #[must_use]
    pub(crate) fn with_uploads(&self, uploads: Uploads) -> Self {
        let uploads = Arc::new(uploads);
        let with = |forwarded: &Forwarded| {
            Arc::new(Forwarded { uploads: Some(uploads.clone()), ..forwarded.clone() })
        };
        Self {
            forwarded: with(&self.forwarded),
            own: self.own.iter().map(|(subgraph, own)| (subgraph.clone(), with(own))).collect(),
            caller: self.caller.clone(),
            renewal: self.renewal.clone(),
            view: self.view.clone(),
            ..*self
        }
    }

    /// Shows the caller a part of the schema.
    #[must_use]
    pub(crate) fn seeing(mut self, view: Arc<View>) -> Self {
        self.view = Some(view);
        self
    }

    /// Takes what the request costs from a budget.
    #[must_use]
    pub(crate) fn spending_of(mut self, spender: Option<Spender>) -> Self {
        self.spender = spender;
        self
    }

    /// Lets the token for subgraphs be signed anew where the request lasts longer than the token.
    #[must_use]
    pub(crate) fn renewed_by(mut self, tokens: Arc<InternalTokens>) -> Self {
        self.renewal = Some((Instant::now() + tokens.fresh_for(), tokens));
        self
    }

    /// What subgraphs learn of the request over HTTP, but for those that receive other headers than all.
    #[must_use]
    pub fn forwarded(&self) -> Arc<Forwarded> {
        self.fresh(&self.forwarded)
    }

    /// What a subgraph learns of the request over HTTP.
    #[must_use]
    pub fn forwarded_to(&self, subgraph: &str) -> Arc<Forwarded> {
        let own = self.own.iter().find(|(name, _)| **name == *subgraph);
        self.fresh(own.map_or(&self.forwarded, |(_, own)| own))
    }

    /// What each subgraph learns of the request; those without a name of their own learn the first.
    pub(crate) fn all_forwarded(&self) -> impl Iterator<Item = (&str, &Forwarded)> {
        let own = self.own.iter().map(|(subgraph, forwarded)| (&**subgraph, &**forwarded));
        std::iter::once(("", &*self.forwarded)).chain(own)
    }

    /// The same with a token that is valid for a while.
    fn fresh(&self, forwarded: &Arc<Forwarded>) -> Arc<Forwarded> {
        let due = self.renewal.as_ref().filter(|(until, _)| Instant::now() >= *until);
        let Some((_, tokens)) = due else { return forwarded.clone() };
        match tokens.token(&self.caller) {
            Ok(internal_token) => Arc::new(Forwarded { internal_token, ..Forwarded::clone(forwarded) }),
            Err(error) => {
                let request_id = &forwarded.request_id;
                tracing::error!(%request_id, %error, "the token for subgraphs is not renewed");
                forwarded.clone()
            }
        }
    }

    /// The files that came with the request.
    pub(crate) fn uploads(&self) -> Option<&Uploads> {
        self.forwarded.uploads.as_deref()
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
#[derive(Clone, Debug)]
pub struct Forwarded {
    /// Headers by the rules of the configuration, most of them the client's.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The token for subgraphs; `None` for anonymous callers and where none is configured.
    pub internal_token: Option<InternalToken>,
    /// The request's id, also in the answer's `x-request-id` and in the log.
    pub request_id: Arc<str>,
    /// The trace this request belongs to.
    pub trace: TraceContext,
    /// The files that came with the request.
    pub uploads: Option<Arc<Uploads>>,
    /// An id of its own, which the client does not choose, when no other request may get the same answer.
    pub alone: Option<Uuid>,
}

/// The files of a request, by the tokens that stand for them in its variables.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Uploads(BTreeMap<String, UploadedFile>);

/// A file.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct UploadedFile {
    /// As the client calls it.
    pub name: String,
    /// As the client calls it; not checked.
    pub content_type: Option<String>,
    /// The whole of it.
    pub content: Bytes,
}

impl Uploads {
    pub(crate) fn new(files: BTreeMap<String, UploadedFile>) -> Self {
        Self(files)
    }

    /// The file of a token, which is the value of a variable of type `Upload`.
    #[must_use]
    pub fn file(&self, token: &str) -> Option<&UploadedFile> {
        self.0.get(token)
    }
}

impl PartialEq for Forwarded {
    fn eq(&self, other: &Self) -> bool {
        let Self { headers, internal_token, request_id: _, trace: _, uploads, alone } = self;
        *headers == other.headers
            && *internal_token == other.internal_token
            && *uploads == other.uploads
            && *alone == other.alone
    }
}

impl Eq for Forwarded {}

impl Hash for Forwarded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Requests with files differ in the tokens of their variables.
        let Self { headers, internal_token, request_id: _, trace: _, uploads: _, alone } = self;
        headers.hash(state);
        alone.hash(state);
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
            alone: None,
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
