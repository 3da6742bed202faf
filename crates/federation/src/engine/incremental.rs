//! Answers in several payloads.

use std::future::{Future, ready};
use std::sync::Arc;
use std::task::Context;

use futures::channel::mpsc;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};

use super::request::Refusal;
use super::{Engine, Prepared, Request, Response};
use crate::execute::Payload;
use crate::plan::query_plan::OperationKind;

impl Engine {
    /// Answers a query or mutation with what is not deferred, then with each deferred fragment.
    ///
    /// [`Request::defer`] says how the answer is cut. Without it, or where the operation defers nothing, there is one
    /// payload: the complete response. Dropping the stream stops all work.
    pub fn execute_incremental(self: Arc<Self>, request: &Request) -> BoxStream<'static, Payload> {
        match self.prepare(request) {
            Ok(prepared) => self.run_incremental(prepared, std::future::pending()),
            Err(refusal) => only(refusal),
        }
    }

    /// Answers a prepared query or mutation in payloads, as [`Engine::execute_incremental`]. Subgraphs that have not
    /// answered when `deadline` completes count as not having answered in time.
    pub fn run_incremental(
        self: Arc<Self>,
        prepared: Prepared,
        deadline: impl Future<Output = ()> + Send + 'static,
    ) -> BoxStream<'static, Payload> {
        if prepared.kind() == OperationKind::Subscription {
            let message = "a subscription is answered as a stream of events".to_owned();
            return only(Refusal::Internal(message).response());
        }
        let Some(format) = prepared.defer_format() else {
            let whole = async move { Payload::from(self.run_until(prepared, deadline).await) };
            return stream::once(whole).boxed();
        };
        let (sender, mut payloads) = mpsc::unbounded();
        let running = async move {
            // Nobody listens any more when the stream was dropped, and this with it.
            let send = |payload| sender.unbounded_send(payload).is_ok();
            self.as_run(&prepared).deliver(format, send, deadline).await;
        };
        let mut running = running.boxed().fuse();
        // What is complete after a step of the run is taken in the same breath.
        let step = move |context: &mut Context<'_>| {
            let _ = running.poll_unpin(context);
            payloads.poll_next_unpin(context)
        };
        stream::poll_fn(step).boxed()
    }
}

fn only(response: Response) -> BoxStream<'static, Payload> {
    stream::once(ready(Payload::from(response))).boxed()
}

impl From<Response> for Payload {
    fn from(response: Response) -> Self {
        Self { body: response.body, errors: response.errors, has_next: false }
    }
}
