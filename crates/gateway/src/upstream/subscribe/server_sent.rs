//! A subgraph's events by server-sent events
//! (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, distinct connections mode).

use federation::execute::{Answer, Events, TransportError};
use futures::stream::{self, StreamExt};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::event_stream::EventReader;
use super::{Opening, broken, malformed};
use crate::upstream::answer;
use crate::upstream::body::whole;
use crate::upstream::client::{Call, Client};
use crate::upstream::transport::failed;

/// Opens a subscription.
pub(super) async fn open(client: &Client, opening: Opening) -> Result<Events, TransportError> {
    let Opening { subgraph, uri, mut headers, body, http2, max_bytes, deadline } = opening;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    let call = Call { uri: uri.clone(), headers, body, http2, max_bytes, deadline };
    let response = client.open(call).await.map_err(|error| failed(&subgraph, &uri, &error))?;
    if response.status().is_success() && is_event_stream(response.headers()) {
        let reading =
            Reading { subgraph, uri, body: response.into_body(), reader: EventReader::new(max_bytes) };
        let events = stream::unfold(Some(reading), |reading| async move { reading?.next().await });
        return Ok(events.boxed());
    }
    // Not a stream: an answer that says why, or something else.
    let reply = tokio::time::timeout_at(deadline, whole(response, max_bytes)).await;
    let reply = reply.unwrap_or(Err(crate::upstream::ClientError::Timeout));
    let reply = reply.map_err(|error| failed(&subgraph, &uri, &error))?;
    let answer = answer::read(&subgraph, &reply).map_err(|failure| failure.error)?;
    Ok(stream::iter([Ok(answer)]).boxed())
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
}

/// A stream that is read.
struct Reading {
    subgraph: String,
    uri: Uri,
    body: Incoming,
    reader: EventReader,
}

type Item = Result<Answer, TransportError>;

impl Reading {
    /// The next event, and what comes after it.
    async fn next(mut self) -> Option<(Item, Option<Self>)> {
        loop {
            match self.reader.next() {
                Ok(Some(event)) if event.name == "next" => {
                    return Some((Ok(Answer::Json(event.data)), Some(self)));
                }
                Ok(Some(event)) if event.name == "complete" => return None,
                Ok(Some(_)) => continue,
                Ok(None) => {}
                Err(error) => {
                    return Some((Err(malformed(&self.subgraph, &self.uri, &error.to_string())), None));
                }
            }
            let cause = match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Some(chunk) = frame.data_ref() {
                        self.reader.push(chunk);
                    }
                    continue;
                }
                Some(Err(error)) => error.to_string(),
                None => "the stream ended without `complete`".to_owned(),
            };
            return Some((Err(broken(&self.subgraph, &self.uri, &cause)), None));
        }
    }
}
