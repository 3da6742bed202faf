//! What is to be run, whatever way it was asked for.

use std::sync::Arc;

use bytes::Bytes;
use federation::execute::DeferFormat;

use super::decode::GraphqlRequest;
use super::insight::Insight;
use super::rejection::Rejection;
use crate::answers::Wish;
use crate::app::Gateway;
use crate::operations::{Asked, DocumentHash, StoredOperation};

/// What to run.
pub(super) struct Task {
    pub(super) query: Arc<str>,
    /// To keep the document by, once it is known to be good.
    pub(super) hash: Option<DocumentHash>,
    /// The stored operation that it is.
    pub(super) stored: Option<Arc<StoredOperation>>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Bytes,
    /// Only queries may run.
    pub(super) read_only: bool,
    /// What is told beside the answer.
    pub(super) insight: Insight,
    /// How the client takes an answer in several payloads; `None` if it does not.
    pub(super) defer: Option<DeferFormat>,
    /// The client takes the events of a subscription.
    pub(super) takes_events: bool,
    /// The client takes nothing but a stream of server-sent events.
    pub(super) only_event_stream: bool,
    /// What the client says of answers that are kept.
    pub(super) wish: Wish,
}

impl Task {
    /// A request that is answered in one piece, whatever it asks for, by any answer that is kept.
    pub(super) async fn of(gateway: &Gateway, request: GraphqlRequest) -> Result<Self, Rejection> {
        let GraphqlRequest { query, hash, stored, operation_name, variables, insight } = request;
        let asked = match stored {
            Some(id) => Asked::Stored(gateway.stored(&id)?),
            None => gateway.document_of_any(query, hash).await?,
        };
        let (query, stored) = match asked {
            Asked::Document(text) => (text, None),
            Asked::Stored(operation) => (operation.text.clone(), Some(operation)),
        };
        Ok(Self {
            query,
            // What is stored is known already.
            hash: hash.filter(|_| stored.is_none()),
            stored,
            operation_name,
            variables,
            read_only: false,
            insight: insight.granted(gateway),
            defer: None,
            takes_events: false,
            only_event_stream: false,
            wish: Wish::ANY,
        })
    }
}
