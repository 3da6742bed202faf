//! Subgraphs in the process of an embedder, which brings a transport of its own: header rules hold in both directions.

use std::any::Any;
use std::sync::Arc;

use federation::Engine;
use federation::execute::{Answer, Audience, SubgraphRequest, Transport, TransportError};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use gateway::config::{
    AnswerHeader, Config, HeadersConfig, PropagatedHeader, SubgraphConfig, UpstreamConfig,
};
use gateway::{AnswerHeaders, Forwarded, Gateway, RequestContext};
use http::HeaderMap;
use serde_json::json;

use crate::harness::{TestGateway, compose, graph_of};

const NAMES: [&str; 2] = ["a", "b"];

/// Subgraphs that answer with the headers they receive, and send one.
struct InProcess(UpstreamConfig);

impl Transport for InProcess {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let name = request.subgraph;
        let forwarded: &Forwarded = request.context.downcast_ref().unwrap();
        let received = forwarded.headers.iter();
        let received: Vec<_> =
            received.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        let mut headers = HeaderMap::new();
        headers.insert("x-served", name.parse().unwrap());
        headers.insert("x-hidden", name.parse().unwrap());
        let answer = Answer::Json(json!({ "data": { name: received } }).to_string().into());
        ready(Ok(AnswerHeaders::of(name, &self.0).add_to(answer, &headers))).boxed()
    }

    fn audience(&self, subgraph: &str, context: &(dyn Any + Send + Sync)) -> Option<Audience> {
        RequestContext::of(context).map(|context| Audience::new(context.forwarded_to(subgraph)))
    }
}

#[tokio::test]
async fn rules_for_headers_hold_as_they_do_over_http() {
    let propagate = |name: &str| PropagatedHeader { name: name.to_owned(), rename: None, default: None };
    let answer = |rename: &str| AnswerHeader {
        name: "x-served".to_owned(),
        rename: Some(rename.to_owned()),
        merge: None,
    };
    let all = HeadersConfig { propagate: vec![propagate("x-tenant")], ..HeadersConfig::default() };
    let own = HeadersConfig {
        propagate: vec![propagate("x-more")],
        answers: vec![answer("x-served-by")],
        ..HeadersConfig::default()
    };
    let own = SubgraphConfig { headers: own, ..SubgraphConfig::default() };
    let subgraphs = [("b".to_owned(), own)].into();
    let upstream = UpstreamConfig { headers: all, subgraphs, ..UpstreamConfig::default() };
    let config = Config { upstream, ..Config::default() };
    let schemas = NAMES.map(|name| format!("type Query {{ {name}: [String!] }}"));
    let graph = graph_of(&compose(&[(NAMES[0], &schemas[0], ""), (NAMES[1], &schemas[1], "")]));
    let engine = Engine::from_graph(graph, Arc::new(InProcess(config.upstream.clone())), config.engine());
    let gateway = TestGateway::serve(Gateway::new(Arc::new(engine), &config).unwrap()).await;
    let headers = [("x-tenant", "7"), ("x-more", "8"), ("x-other", "9")];
    let reply = gateway.client.query_with("{ a b }", &headers).await;
    assert_eq!(reply.data(), json!({ "a": ["x-tenant: 7"], "b": ["x-tenant: 7", "x-more: 8"] }));
    assert_eq!((reply.header("x-served-by"), reply.header("x-served")), (Some("b"), None));
    assert_eq!(reply.header("x-hidden"), None);
}
