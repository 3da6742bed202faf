//! An HTTP client of one platform, and answers that tell all about themselves when a test fails.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// A client that may bring a token.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    token: Option<String>,
    pool: Pool<HttpConnector, Full<Bytes>>,
}

/// An answer with the request it answers.
pub(crate) struct Reply {
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, token: None, pool: Pool::builder(TokioExecutor::new()).build_http() }
    }

    /// The same client with a token.
    pub(crate) fn bearing(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Reply {
        let asked = format!("{method} {path} {headers:?}\n{body}");
        let answer = self.open(method, path, headers, body).await;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.into_body().collect().await.unwrap_or_else(|error| panic!("{error:?}\n{asked}"));
        Reply { asked, status, headers, body: String::from_utf8(body.to_bytes().to_vec()).unwrap() }
    }

    /// An answer whose body is still to come.
    pub(crate) async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Response<Incoming> {
        let asked = format!("{method} {path} {headers:?}\n{body}");
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body)).unwrap();
        self.pool.request(request).await.unwrap_or_else(|error| panic!("{error:?}\n{asked}"))
    }

    /// What it sends to say who it is; empty without a token.
    pub(crate) fn authorization(&self) -> String {
        self.token.as_ref().map(|token| format!("Bearer {token}")).unwrap_or_default()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[("accept", "application/json")], String::new()).await
    }

    /// Runs a stored operation.
    pub(crate) async fn operation(&self, id: &str, variables: &Value) -> Reply {
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let body = json!({ "variables": variables }).to_string();
        self.send(Method::POST, &format!("/graphql/operations/{id}"), &headers, body).await
    }

    pub(crate) async fn query(&self, query: &str, variables: &Value) -> Reply {
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.send(Method::POST, "/graphql", &headers, body).await
    }
}

impl Reply {
    /// A header of the answer; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}\n{self}"))
    }

    /// The answer's data, which has no errors beside it.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let mut json = self.json();
        assert!(self.status == 200 && json.get("errors").is_none(), "{self}");
        json["data"].take()
    }

    /// The answer's errors.
    #[track_caller]
    pub(crate) fn errors(&self) -> Vec<Value> {
        match self.json()["errors"].take() {
            Value::Null => Vec::new(),
            Value::Array(errors) => errors,
            other => panic!("errors that are no list: {other}\n{self}"),
        }
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pretty = serde_json::from_str::<Value>(&self.body).map(|json| format!("{json:#}"));
        let body = pretty.unwrap_or_else(|_| self.body.clone());
        write!(formatter, "--- request\n{}\n--- answer {}\n{body}", self.asked, self.status)
    }
}
