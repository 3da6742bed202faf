//! The engine's port to subgraphs, over HTTP.

use std::any::Any;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use federation::execute::{
    Answer, Audience, Carries, Events, SubgraphRequest, Transport, TransportError, TransportErrorKind,
};
use federation::plan::query_plan::OperationKind;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::future::BoxFuture;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::answer::Failure;
use super::client::{Call, Client, ClientError};
use super::guard::{Closed, Guard};
use super::{answer, form};
use crate::config::{ByteSize, Problem, SubscriptionProtocol, UpstreamConfig, check_url, nearest};
use crate::context::{Forwarded, RequestContext};
use crate::headers::AnswerHeaders;
use crate::layers::REQUEST_ID;
use crate::telemetry::{CallMeter, OK, TraceContext, metrics, spans};

/// The header that tells a subgraph who calls.
const CALLER_TOKEN: HeaderName = HeaderName::from_static("x-caller-token");

/// The header that no page sends to another site without asking.
const PREFLIGHT: HeaderName = HeaderName::from_static("apollo-require-preflight");

/// Subgraphs and their routing URLs, by name.
pub type Routes = HashMap<String, String>;

/// Sends requests to subgraphs over HTTP.
pub struct HttpTransport {
    pub(super) targets: HashMap<String, Target>,
}

/// One subgraph as it is called.
pub(super) struct Target {
    pub(super) client: Client,
    pub(super) uri: Uri,
    pub(super) http2: bool,
    pub(super) timeout: Duration,
    pub(super) max_bytes: usize,
    compressed_answers: bool,
    /// The size in bytes from which requests are compressed.
    compress_from: Option<usize>,
    pub(super) guard: Arc<Guard>,
    meter: CallMeter,
    /// What of its answers' headers reaches clients.
    answers: AnswerHeaders,
    /// Without it the gateway is not ready.
    pub(super) required: bool,
    /// What its events come by, and from where.
    pub(super) events: (SubscriptionProtocol, Uri),
}

impl HttpTransport {
    /// A transport for the subgraphs of one supergraph.
    ///
    /// # Errors
    /// Every subgraph without a usable URL, and settings of subgraphs that do not exist.
    pub fn new(client: Client, config: &UpstreamConfig, routes: &Routes) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        for name in config.subgraphs.keys().filter(|name| !routes.contains_key(*name)) {
            let message = match nearest(name, routes.keys().map(String::as_str)) {
                Some(meant) => format!("the supergraph has no such subgraph; did you mean `{meant}`?"),
                None => "the supergraph has no such subgraph".to_owned(),
            };
            problems.push(Problem::of_key(format!("upstream.subgraphs.{name}"), message));
        }
        let mut targets = HashMap::new();
        for (name, url) in routes {
            match Target::new(config, name, url, &client) {
                Ok(target) => {
                    targets.insert(name.clone(), target);
                }
                Err(problem) => problems.push(problem),
            }
        }
        problems.sort_by(|a, b| a.key.cmp(&b.key));
        if problems.is_empty() { Ok(Self { targets }) } else { Err(problems) }
    }

    pub(super) fn target(&self, name: &str) -> Result<&Target, TransportError> {
        self.targets.get(name).ok_or_else(|| TransportError {
            kind: TransportErrorKind::Refused,
            message: format!("subgraph `{name}` is not configured"),
        })
    }

    async fn send(&self, request: SubgraphRequest<'_>) -> Result<Answer, TransportError> {
        let name = request.subgraph;
        let target = self.target(name)?;
        // The client's own deadline is not looked at here: others may wait for the same answer.
        let deadline = Instant::now() + target.timeout;
        // Held until the answer is read.
        let mut entrance = target.guard.enter().await.map_err(|closed| refused(name, closed))?;
        let forwarded: Option<&Forwarded> = request.context.downcast_ref();
        let message = Message::of(&request, forwarded, target.compress_from);
        let idempotent = request.operation.kind == OperationKind::Query;
        let mut failed = 0;
        loop {
            let started = Instant::now();
            let span = spans::subgraph_request(&request, &target.uri, failed);
            let call = message.call(target, forwarded, deadline, &span);
            let failure = match self.exchange(name, target, call).instrument(span.clone()).await {
                Ok((answer, bytes)) => {
                    target.meter.called(started.elapsed(), Some(bytes), OK);
                    entrance.note(false);
                    target.guard.retries().succeeded();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            target.meter.called(started.elapsed(), None, failure.code());
            traces::fail(&span, failure.code());
            entrance.note(failure.trouble);
            failed += 1;
            let wait = target.guard.retries().wait(failure.again, idempotent, failed, deadline);
            span.in_scope(|| failure.log(name, &target.uri, wait));
            drop(span);
            match wait {
                Some(wait) => {
                    metrics::called_again(name);
                    tokio::time::sleep(wait).await;
                }
                None => return Err(failure.error),
            }
        }
    }

    /// Sends a request once. Beside the answer its size in bytes.
    async fn exchange(&self, name: &str, target: &Target, call: Call) -> Result<(Answer, usize), Failure> {
        let reply = target.client.post(call).await.map_err(|error| answer::failure(name, &error))?;
        let bytes = reply.body.len();
        if traces::is_on() {
            let span = Span::current();
            traces::set(&span, "http.response.status_code", i64::from(reply.status.as_u16()));
            traces::set(&span, "http.response.body.size", i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        Ok((target.answers.add_to(answer::read(name, &reply)?, &reply.headers), bytes))
    }
}

/// What is the same however often a request is sent.
struct Message {
    body: Bytes,
    /// Of a form; all other bodies are JSON.
    form: Option<HeaderValue>,
    compressed: bool,
}

impl Message {
    fn of(
        request: &SubgraphRequest<'_>,
        forwarded: Option<&Forwarded>,
        compress_from: Option<usize>,
    ) -> Self {
        let uploads = forwarded.and_then(|forwarded| forwarded.uploads.as_deref());
        if let Some(form) = uploads.and_then(|uploads| form::of(request, uploads)) {
            return Self { body: form.body, form: Some(form.content_type), compressed: false };
        }
        let body = request.body();
        match compress_from.filter(|from| body.len() >= *from).and_then(|_| gzip(&body)) {
            Some(body) => Self { body, form: None, compressed: true },
            None => Self { body, form: None, compressed: false },
        }
    }

    fn call(&self, target: &Target, forwarded: Option<&Forwarded>, deadline: Instant, span: &Span) -> Call {
        let mut headers = headers(forwarded);
        if let Some(content_type) = &self.form {
            headers.insert(CONTENT_TYPE, content_type.clone());
            // Servers that guard against forms of other sites' pages want to see this.
            headers.insert(PREFLIGHT, HeaderValue::from_static("1"));
        }
        if self.compressed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if target.compressed_answers {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("zstd, br, gzip"));
        }
        // Each time it is sent it is another step of the trace.
        traces::inject(span, &mut headers);
        Call {
            uri: target.uri.clone(),
            headers,
            body: self.body.clone(),
            http2: target.http2,
            max_bytes: target.max_bytes,
            deadline,
        }
    }
}

/// A body compressed fast; `None` if that fails, then it is sent as it is.
fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// Why a request is not sent, for the log and for clients.
fn refused(subgraph: &str, closed: Closed) -> TransportError {
    let message = match closed {
        Closed::Busy => {
            tracing::warn!(subgraph, "too many requests in flight");
            format!("subgraph `{subgraph}` has too many requests in flight")
        }
        Closed::Broken(_) => format!("subgraph `{subgraph}` fails too often and is not asked for a while"),
    };
    TransportError { kind: TransportErrorKind::Refused, message }
}

/// Logs a failed exchange once, with its cause; what is returned is for clients.
pub(super) fn failed(subgraph: &str, uri: &Uri, error: &ClientError) -> TransportError {
    let failure = answer::failure(subgraph, error);
    failure.log(subgraph, uri, None);
    failure.error
}

impl Transport for HttpTransport {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(self.send(request))
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, Result<Events, TransportError>> {
        let span = spans::subgraph_subscription(&request);
        Box::pin(self.follow(request).instrument(span))
    }

    fn carries(&self, _: &str) -> Carries {
        Carries::ALL
    }

    fn audience(&self, subgraph: &str, context: &(dyn Any + Send + Sync)) -> Option<Audience> {
        RequestContext::of(context).map(|context| Audience::new(context.forwarded_to(subgraph)))
    }
}

impl Target {
    fn new(config: &UpstreamConfig, name: &str, url: &str, client: &Client) -> Result<Self, Problem> {
        let own = config.subgraphs.get(name);
        let url = own.and_then(|own| own.url.as_deref()).unwrap_or(url);
        let uri = check_url(url).map_err(|message| {
            let message = format!("the supergraph's routing URL cannot be used: {message}; set a `url` here");
            Problem::of_key(format!("upstream.subgraphs.{name}"), message)
        })?;
        let subscriptions = own.map(|own| &own.subscriptions).cloned().unwrap_or_default();
        let events_uri = match subscriptions.url.as_deref().map(check_url) {
            None => uri.clone(),
            Some(Ok(uri)) => uri,
            Some(Err(message)) => {
                let key = format!("upstream.subgraphs.{name}.subscriptions.url");
                return Err(Problem::of_key(key, message));
            }
        };
        let max_bytes = own.and_then(|own| own.max_response_size).unwrap_or(config.max_response_size);
        let timeout = own.and_then(|own| own.timeout).unwrap_or(config.timeout).0;
        Ok(Self {
            client: client.of(name),
            uri,
            http2: own.is_some_and(|own| own.http2),
            timeout,
            max_bytes: max_bytes.as_usize(),
            compressed_answers: own
                .and_then(|own| own.compressed_answers)
                .unwrap_or(config.compressed_answers),
            compress_from: own.and_then(|own| own.compress_requests_from).map(ByteSize::as_usize),
            guard: client.guards.of(name, config, timeout),
            meter: CallMeter::new(name),
            answers: AnswerHeaders::of(name, config),
            required: own.is_some_and(|own| own.required),
            events: (subscriptions.protocol, events_uri),
        })
    }
}

/// The headers of a subgraph's query. Apart from ids, all of them are part of the audience.
fn headers(forwarded: Option<&Forwarded>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let accepted = "application/graphql-response+json, application/json;q=0.9";
    headers.insert(ACCEPT, HeaderValue::from_static(accepted));
    add_client(&mut headers, forwarded);
    headers
}

/// What a subgraph learns of the client's request.
pub(super) fn add_client(headers: &mut HeaderMap, forwarded: Option<&Forwarded>) {
    let Some(forwarded) = forwarded else { return };
    for (name, value) in &forwarded.headers {
        headers.append(name, value.clone());
    }
    let mut insert = |name, value: &str, sensitive| {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(sensitive);
            headers.insert(name, value);
        }
    };
    insert(REQUEST_ID, &forwarded.request_id, false);
    insert(TraceContext::HEADER, &forwarded.trace.child().to_string(), false);
    if let Some(token) = &forwarded.internal_token {
        insert(CALLER_TOKEN, token.reveal(), true);
    }
    if traces::is_on() {
        traces::inject(&Span::current(), headers);
    }
}
