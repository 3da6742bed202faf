//! An operation over HTTP: how its client takes what is more than one answer, and brings it there.

use std::sync::Arc;

use federation::execute::Payload;
use federation::{Outcome, Response};
use futures::StreamExt;
use http::HeaderMap;

use super::accept::{self, EventFormat, Incremental};
use super::answer::{Answer, Content, Streamed};
use super::events::{self, Opened};
use super::rejection::Rejection;
use super::run::perform;
use super::task::Task;
use crate::app::Gateway;
use crate::context::RequestContext;

/// How a client takes what is more than one answer. By default it does not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delivery {
    /// An answer in several payloads.
    incremental: Option<Incremental>,
    /// Events.
    events: Option<EventFormat>,
    /// Nothing but a stream of server-sent events.
    only_event_stream: bool,
}

impl Delivery {
    /// What the headers of a request accept.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            incremental: accept::incremental(headers),
            events: accept::event_format(headers),
            only_event_stream: accept::only_event_stream(headers),
        }
    }
}

/// Runs an operation, and answers it as its client takes it.
pub(super) async fn run(
    gateway: &Gateway,
    task: Task,
    delivery: Delivery,
    context: Arc<RequestContext>,
) -> Result<Answer<Streamed>, Rejection> {
    let Delivery { incremental, events, only_event_stream } = delivery;
    let task = Task {
        defer: incremental.map(|incremental| incremental.format),
        takes_events: events.is_some(),
        only_event_stream,
        ..task
    };
    let answer = perform(gateway, task, context.clone()).await?;
    let errors = answer.note.errors;
    let streamed = |format, opened| {
        Content::Events(Streamed { format, body: events::body(gateway, &context.caller, format, opened) })
    };
    answer.try_map(|content| {
        Ok(match content {
            // A client that takes nothing but a stream of events gets any answer as a stream of one.
            Content::Whole(body, outcome) if only_event_stream => {
                let only = Response { outcome, ..response_of(Payload { body, errors, has_next: false }) };
                streamed(EventFormat::ServerSent, Opened::only(only))
            }
            Content::Whole(body, outcome) => Content::Whole(body, outcome),
            Content::Kept(found, age) => Content::Kept(found, age),
            Content::Payloads(format, payloads) => match incremental.map(|incremental| incremental.carrier) {
                Some(EventFormat::ServerSent) => {
                    let responses = payloads.map(|payload| Ok(response_of(payload))).boxed();
                    streamed(EventFormat::ServerSent, Opened { responses, permit: None })
                }
                Some(EventFormat::Multipart) | None => Content::Payloads(format, payloads),
            },
            Content::Events(subscribed) => {
                let format = events.ok_or(Rejection::Subscription)?;
                // The request is good; that there will be no events is the first and last of them.
                streamed(format, subscribed.unwrap_or_else(Opened::only))
            }
        })
    })
}

/// A payload as an event.
fn response_of(payload: Payload) -> Response {
    Response { body: payload.body, outcome: Outcome::Executed, errors: payload.errors, notes: Vec::new() }
}
