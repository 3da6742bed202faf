//! A client that sends exactly what it is told.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A client of one address.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pool: Pool<HttpConnector, Full<Bytes>>,
}

/// An answer, printed whole when it is not what a test expects.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, pool: Pool::builder(TokioExecutor::new()).build_http() }
    }

    /// A client that speaks HTTP/2 without asking.
    pub(crate) fn http2(address: SocketAddr) -> Self {
        Self { address, pool: Pool::builder(TokioExecutor::new()).http2_only(true).build_http() }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let (head, body) = self.open(method, path, headers, body).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        Reply { status: head.status, headers: head.headers, text }
    }

    /// Posts bytes.
    pub(crate) async fn send_bytes(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let (head, body) = self.exchange(Method::POST, path, headers, body.into()).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        Reply { status: head.status, headers: head.headers, text }
    }

    /// Sends a request whose answer is read as it comes.
    pub(crate) async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response<Incoming> {
        self.exchange(method, path, headers, Bytes::from(body.to_owned())).await
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Response<Incoming> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body)).unwrap();
        self.pool.request(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(Method::GET, path, headers, "").await
    }

    /// Posts a JSON text with more headers.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.send(Method::POST, path, &all, body).await
    }

    /// Posts a query as most clients do.
    pub(crate) async fn query(&self, query: &str) -> Reply {
        self.query_with(query, &[]).await
    }

    pub(crate) async fn query_with(&self, query: &str, headers: &[(&str, &str)]) -> Reply {
        let body = serde_json::json!({ "query": query }).to_string();
        self.post("/graphql", headers, &body).await
    }
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The answer's data, which has no errors beside it.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let json = self.json();
        assert!(json.get("errors").is_none() && self.status == 200, "{self:#?}");
        json["data"].clone()
    }

    /// Status, code and message of the first error.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String, String) {
        let json = self.json();
        let error = &json["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{self:#?}")).to_owned();
        (self.status.as_u16(), text(&error["extensions"]["code"]), text(&error["message"]))
    }

    /// Asserts status, code and message of the first error.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str, message: &str) {
        assert_eq!(self.error(), (status, code.to_owned(), message.to_owned()), "{self:#?}");
    }
}
