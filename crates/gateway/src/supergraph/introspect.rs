//! A running subgraph's own schema (Apollo Federation subgraph specification, `Query._service`).

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use serde::Deserialize;
use tokio::time::Instant;

use super::{MAX_SCHEMA_BYTES, SourceError};
use crate::config::Secret;
use crate::upstream::{Call, Client};

/// The longest a service may take to tell its schema.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Error>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "_service")]
    service: Option<Service>,
}

#[derive(Deserialize)]
struct Service {
    sdl: Option<String>,
}

#[derive(Deserialize)]
struct Error {
    message: String,
}

/// Asks a service for its schema.
pub(super) async fn sdl(
    client: &Client,
    subgraph: &str,
    url: &str,
    headers: &BTreeMap<String, Secret>,
) -> Result<String, SourceError> {
    let failed = |reason: String| SourceError::Introspection { subgraph: subgraph.to_owned(), reason };
    let uri: Uri = url.parse().map_err(|_| failed(format!("`{url}` is not a URL")))?;
    let call = Call {
        uri,
        headers: request_headers(headers),
        body: Bytes::from_static(br#"{"query":"{_service{sdl}}"}"#),
        http2: false,
        max_bytes: MAX_SCHEMA_BYTES,
        deadline: Instant::now() + PATIENCE,
    };
    let reply = client.post(call).await.map_err(|error| {
        failed(format!("{url} cannot be asked for its schema ({error}); is the service running?"))
    })?;
    let answer: Answer = serde_json::from_slice(&reply.body).map_err(|_| {
        failed(format!("{url} answered with HTTP status {} and no GraphQL response", reply.status.as_u16()))
    })?;
    match answer.data.and_then(|data| data.service).and_then(|service| service.sdl) {
        Some(sdl) => Ok(sdl),
        None => {
            let reason =
                answer.errors.first().map_or("no `_service.sdl` in the answer", |error| &error.message);
            Err(failed(format!("{url} does not tell its schema: {reason}; is it a federation subgraph?")))
        }
    }
}

fn request_headers(own: &BTreeMap<String, Secret>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in own {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value.reveal())) {
            headers.insert(name, value);
        }
    }
    headers
}
