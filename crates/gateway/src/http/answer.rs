//! An answer of the engine, and what it is as HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::{IntoResponse, Response as HttpResponse};
use bytes::Bytes;
use federation::execute::{DeferFormat, Note, Payload};
use federation::operation::CachePolicy;
use federation::{Outcome, Response};
use futures::stream::BoxStream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};

use super::accept::{EventFormat, MediaType};
use super::caching::Reader;
use super::insight::Costs;
use super::rejection::Rejection;
use super::{multipart, server_sent};
use crate::answers::{AnswerUse, Found};
use crate::app::Gateway;
use crate::headers;
use crate::layers::AccessNote;
use crate::telemetry::spans;

/// Since when, or from when on, clients should use something else (RFC 9745).
pub(super) const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");

/// The engine's answer with what the log says of it; `E` is what brings events.
pub(super) struct Answer<E> {
    pub(super) content: Content<E>,
    pub(super) note: AccessNote,
    /// How long it may be kept.
    pub(super) policy: Option<CachePolicy>,
    /// Of the stored operation, if it is one.
    pub(super) deprecation: Option<HeaderValue>,
    /// What the transport told beside the answers of subgraphs.
    pub(super) notes: Vec<Note>,
    /// What it costs, if the client asked.
    pub(super) costs: Costs,
}

/// What is answered.
pub(super) enum Content<E> {
    Whole(Bytes, Outcome),
    /// One that is kept; its age, if it was before.
    Kept(Found, Option<Duration>),
    Payloads(DeferFormat, BoxStream<'static, Payload>),
    Events(E),
}

/// Events as the body of an HTTP response.
pub(super) struct Streamed {
    pub(super) format: EventFormat,
    pub(super) body: Body,
}

impl<E> Answer<E> {
    /// One of which nothing is known but its content.
    pub(super) fn new(content: Content<E>, note: AccessNote) -> Self {
        Self { content, note, policy: None, deprecation: None, notes: Vec::new(), costs: Costs::default() }
    }

    pub(super) fn whole(operation: Option<Arc<str>>, response: Response) -> Self {
        let note = AccessNote { operation, errors: response.errors, ..AccessNote::default() };
        let content = Content::Whole(response.body, response.outcome);
        Self { notes: response.notes, ..Self::new(content, note) }
    }

    /// One that is kept, from now on or since before.
    pub(super) fn kept(operation: Option<Arc<str>>, found: Found, usage: Option<AnswerUse>) -> Self {
        let is_old = matches!(usage, Some(AnswerUse::Hit | AnswerUse::Joined | AnswerUse::Fetched));
        let age = is_old.then(|| found.age(Instant::now()));
        let note = AccessNote { operation, kept: usage, ..AccessNote::default() };
        Self::new(Content::Kept(found, age), note)
    }

    /// The same with its content in another form.
    pub(super) fn try_map<F>(
        self,
        form: impl FnOnce(Content<E>) -> Result<Content<F>, Rejection>,
    ) -> Result<Answer<F>, Rejection> {
        let Self { content, note, policy, deprecation, notes, costs } = self;
        Ok(Answer { content: form(content)?, note, policy, deprecation, notes, costs })
    }
}

impl Answer<Streamed> {
    /// The answer to a list of requests.
    pub(super) fn of_list(body: Bytes, errors: usize, notes: Vec<Note>) -> Self {
        Self::whole(None, Response { body, outcome: Outcome::Executed, errors, notes })
    }

    /// The response of an answer in one piece.
    pub(super) fn into_whole(self) -> Result<Response, Rejection> {
        match self.content {
            Content::Whole(body, outcome) => {
                Ok(Response { body, outcome, errors: self.note.errors, notes: self.notes })
            }
            Content::Kept(found, _) => Ok(Response {
                body: found.kept().body.clone(),
                outcome: Outcome::Executed,
                errors: 0,
                notes: Vec::new(),
            }),
            Content::Payloads(..) | Content::Events(_) => Err(Rejection::Internal),
        }
    }

    /// As HTTP (GraphQL over HTTP, section 6.4): with `application/json` every well-formed request is
    /// answered with 200, with `application/graphql-response+json` a refused one with 400. Whoever read it by `GET` may
    /// have it already. Without a reader it is kept by nobody.
    pub(super) fn encode(self, gateway: &Gateway, media: MediaType, reader: Option<&Reader>) -> HttpResponse {
        let _span = spans::respond().entered();
        let Self { content, note, policy, deprecation, notes, costs } = self;
        let told = headers::merged(&notes);
        // A cookie is for one client, whoever may keep the answer.
        let policy = policy.filter(|_| !told.contains_key(SET_COOKIE));
        let mut response = match (content, reader) {
            (Content::Kept(found, age), Some(reader)) => {
                with_type(reader.kept(&found, age, gateway.vary.clone()), media.as_str())
            }
            (Content::Whole(body, Outcome::Executed), Some(reader))
                if reader.may_keep() && note.errors == 0 =>
            {
                let response = reader.answer(body, policy, gateway.vary.clone());
                with_type(response, media.as_str())
            }
            (content, _) => encode(content, media),
        };
        response.extensions_mut().insert(note);
        // Names without a value are further values of the one before.
        response.headers_mut().extend(told);
        costs.write(response.headers_mut());
        if let Some(deprecation) = deprecation {
            response.headers_mut().insert(DEPRECATION, deprecation);
        }
        response
    }
}

/// An answer that nobody keeps.
fn encode(content: Content<Streamed>, media: MediaType) -> HttpResponse {
    let (status, content_type, body) = match content {
        Content::Payloads(format, payloads) => {
            (StatusCode::OK, multipart::content_type(format), multipart::body(payloads))
        }
        Content::Events(Streamed { format, body }) => {
            let content_type = match format {
                EventFormat::ServerSent => server_sent::CONTENT_TYPE,
                EventFormat::Multipart => multipart::EVENTS,
            };
            (StatusCode::OK, content_type, body)
        }
        Content::Kept(found, _) => (StatusCode::OK, media.as_str(), Body::from(found.kept().body.clone())),
        Content::Whole(body, outcome) => {
            let status = match (outcome, media) {
                (Outcome::Refused, MediaType::GraphqlResponse) => StatusCode::BAD_REQUEST,
                (Outcome::Refused, MediaType::Json) | (Outcome::Executed, _) => StatusCode::OK,
            };
            (status, media.as_str(), Body::from(body))
        }
    };
    let mut response = with_type((status, body).into_response(), content_type);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn with_type(mut response: HttpResponse, content_type: &'static str) -> HttpResponse {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
