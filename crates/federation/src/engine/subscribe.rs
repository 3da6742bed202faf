//! Subscriptions: one response per event of a subgraph.

use std::future::{pending, ready};
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use tracing::Instrument;

use super::request::Refusal;
use super::{Engine, Prepared, Response};
use crate::execute::ErrorCode;
use crate::plan::query_plan::OperationKind;

/// How many events may be in progress at a time. More would only let a slow client pile up answers.
const EVENTS_IN_PROGRESS: usize = 3;

impl Engine {
    /// Opens a prepared subscription: one response per event, in order.
    ///
    /// The stream ends when the subgraph ends it, or after the response that tells of a broken connection.
    ///
    /// # Errors
    /// The answer to a subscription that cannot be opened.
    pub async fn subscribe(
        self: Arc<Self>,
        prepared: Prepared,
    ) -> Result<BoxStream<'static, Response>, Response> {
        self.subscribe_around(prepared, |answering| answering).await
    }

    /// As [`Self::subscribe`], for embedders that follow the work on each event: when an event comes, `around` is given
    /// what answers it, and what it returns is run in its place.
    ///
    /// # Errors
    /// As [`Self::subscribe`].
    pub async fn subscribe_around(
        self: Arc<Self>,
        prepared: Prepared,
        around: impl Fn(BoxFuture<'static, Response>) -> BoxFuture<'static, Response> + Send + 'static,
    ) -> Result<BoxStream<'static, Response>, Response> {
        if prepared.kind() != OperationKind::Subscription {
            let message = "only subscriptions are answered as a stream of events".to_owned();
            return Err(Refusal::Internal(message).response());
        }
        let events = self.as_run(&prepared).open().await.map_err(|error| {
            let subgraph = prepared.plan().fetches.first();
            let subgraph = subgraph.map(|fetch| self.graph.subgraph(fetch.subgraph).name.clone());
            let code = ErrorCode::from(error.kind).as_str();
            Refusal::Subscription { code, message: error.message, subgraph }.response()
        })?;
        let until_broken = events.scan(false, |broken, event| {
            let event = (!*broken).then_some(event);
            *broken = event.as_ref().is_some_and(Result::is_err);
            ready(event)
        });
        let shared = Arc::new((self, prepared));
        let responses = until_broken.map(move |event| {
            let shared = shared.clone();
            let answering = async move {
                Response::from(shared.0.as_run(&shared.1).execute(Some(event), pending()).await)
            };
            around(answering.instrument(tracing::info_span!("event")).boxed())
        });
        Ok(responses.buffered(EVENTS_IN_PROGRESS).boxed())
    }
}
