//! Requests to the platform under load.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::Failure;

/// Asks one platform.
pub(crate) struct Client {
    url: http::Uri,
    pool: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
}

impl Client {
    /// A client of the platform at a loopback address.
    pub(crate) fn new(url: http::Uri) -> Result<Self, Failure> {
        if !["127.0.0.1", "localhost", "[::1]"].contains(&url.host().unwrap_or_default()) {
            return Err("load goes to loopback addresses only".into());
        }
        let pool = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { url, pool })
    }

    /// The body of a good answer; `number` makes the request different from others.
    pub(crate) async fn ask(
        &self,
        token: Option<&str>,
        body: Bytes,
        number: Option<u64>,
    ) -> Result<Bytes, Failure> {
        let mut request = http::Request::post(&self.url).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(number) = number {
            request = request.header("x-load-number", number);
        }
        let response = self.pool.request(request.body(Full::new(body))?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(format!("{status}: {}", shown(&body)).into()) }
    }
}

/// The beginning of an answer.
pub(crate) fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned()
}
