//! Subgraphs in the process of an embedder, which brings a transport of its own: rules for headers hold in both
//! directions, or are refused, and so are files.

use std::any::Any;
use std::sync::Arc;

use federation::Engine;
use federation::execute::{Answer, Audience, Carries, SubgraphRequest, Transport, TransportError};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use gateway::config::{
    AnswerHeader, Config, HeadersConfig, HttpConfig, LimitSet, LimitsConfig, PropagatedHeader, Secret,
    ShadowConfig, SubgraphConfig, UploadsConfig, UpstreamConfig,
};
use gateway::{AnswerHeaders, Forwarded, Gateway, RequestContext, StartError};
use http::HeaderMap;
use serde_json::{Value, json};

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

    fn carries(&self, _: &str) -> Carries {
        Carries { files: false, ..Carries::ALL }
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

/// Subgraphs of which each takes along what its name says: `a` nothing, `b` everything. They answer a question about a
/// file with its name.
struct Mixed;

impl Transport for Mixed {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let context: &RequestContext = request.context.downcast_ref().unwrap();
        let forwarded = context.forwarded();
        let files = forwarded.uploads.as_deref().unwrap();
        let tokens = request.variables.iter().map(|(_, text)| serde_json::from_str::<Value>(text).unwrap());
        let names: Vec<_> = tokens
            .filter_map(|token| files.file(token.as_str()?))
            .map(|file| format!("{}: {} bytes", file.name, file.content.len()))
            .collect();
        let answer = json!({ "data": { request.subgraph: names.join(", ") } });
        ready(Ok(Answer::Json(answer.to_string().into()))).boxed()
    }

    fn carries(&self, subgraph: &str) -> Carries {
        if subgraph == "b" { Carries::ALL } else { Carries::default() }
    }
}

fn mixed(config: &Config) -> Result<Gateway, StartError> {
    let schemas = NAMES.map(|name| {
        format!("type Query {{ {name}(file: Upload): String }} type Mutation {{ {name}(file: Upload): String }} scalar Upload")
    });
    let graph = graph_of(&compose(&[(NAMES[0], &schemas[0], ""), (NAMES[1], &schemas[1], "")]));
    Gateway::new(Arc::new(Engine::from_graph(graph, Arc::new(Mixed), config.engine())), config)
}

#[tokio::test]
async fn rules_for_headers_that_are_not_taken_along_are_refused() {
    let propagate = PropagatedHeader { name: "x-a".to_owned(), rename: None, default: None };
    let answer = AnswerHeader { name: "x-b".to_owned(), rename: None, merge: None };
    let (propagate, answers) = (vec![propagate], vec![answer]);
    let insert = [("x-c".to_owned(), Secret::new("1"))].into();
    let rules = HeadersConfig { propagate, answers, insert, remove: vec!["x-d".to_owned()] };
    let of = |name: &str| {
        let own = SubgraphConfig { headers: rules.clone(), ..SubgraphConfig::default() };
        UpstreamConfig { subgraphs: [(name.to_owned(), own)].into(), ..UpstreamConfig::default() }
    };
    let forward_headers = vec!["x-a".to_owned()];
    let removed = HeadersConfig { remove: vec!["x-*".to_owned()], ..HeadersConfig::default() };
    let cases = [
        (
            UpstreamConfig { headers: rules.clone(), ..UpstreamConfig::default() },
            &["upstream.headers.propagate", "upstream.headers.insert", "upstream.headers.answers"][..],
        ),
        (UpstreamConfig { forward_headers, ..UpstreamConfig::default() }, &["upstream.forward_headers"]),
        (
            of("a"),
            &[
                "upstream.subgraphs.a.headers.propagate",
                "upstream.subgraphs.a.headers.insert",
                "upstream.subgraphs.a.headers.answers",
            ],
        ),
        (of("b"), &[]),
        (UpstreamConfig { headers: removed, ..UpstreamConfig::default() }, &[]),
    ];
    for (upstream, keys) in cases {
        let problems = match mixed(&Config { upstream, ..Config::default() }) {
            Ok(_) => Vec::new(),
            Err(StartError::Headers(problems)) => problems,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(problems.iter().map(|problem| &problem.key).collect::<Vec<_>>(), keys);
        for problem in problems {
            let way = if problem.key.ends_with("answers") { "from" } else { "to" };
            let expected = format!("`{}`: the transport takes no headers along {way} `a`; ", problem.key);
            assert!(problem.to_string().starts_with(&expected), "{problem}");
        }
    }
}

#[tokio::test]
async fn a_file_is_refused_before_anything_runs_where_it_is_not_taken_along() {
    let uploads = UploadsConfig { enabled: true, ..UploadsConfig::default() };
    let config = Config { http: HttpConfig { uploads, ..HttpConfig::default() }, ..Config::default() };
    let gateway = TestGateway::serve(mixed(&config).unwrap()).await;
    let send = async |query: &str| {
        let operations = json!({ "query": query, "variables": { "file": null, "text": "x" } });
        let body = format!(
            "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{operations}\r\n\
             --x\r\ncontent-disposition: form-data; name=\"map\"\r\n\r\n{{\"0\":[\"variables.file\"]}}\r\n\
             --x\r\ncontent-disposition: form-data; name=\"0\"; filename=\"a.txt\"\r\n\r\nhello\r\n--x--\r\n"
        );
        let headers =
            [("content-type", "multipart/form-data; boundary=x"), ("apollo-require-preflight", "1")];
        gateway.client.send_bytes("/graphql", &headers, body.into_bytes()).await
    };
    let taken = send("query ($file: Upload, $text: Upload) { b(file: $file) a(file: $text) }").await;
    assert_eq!(taken.data(), json!({ "b": "a.txt: 5 bytes", "a": "" }));
    let message = "the variable `file` is a file, and subgraph `a` receives no files";
    for query in [
        "query ($file: Upload) { a(file: $file) }",
        "mutation ($file: Upload) { b(file: $file) a(file: $file) }",
    ] {
        send(query).await.refused(422, "UPLOAD_NOT_SUPPORTED", message);
    }
    let skipped = send("query ($file: Upload) { b(file: $file) a(file: $file) @skip(if: true) }").await;
    assert_eq!(skipped.data(), json!({ "b": "a.txt: 5 bytes" }));
}

/// An engine that estimates no costs would let everything pass.
#[tokio::test]
async fn costs_are_not_limited_by_an_engine_that_estimates_none() {
    let set = LimitSet { max_cost: Some(10), ..LimitSet::default() };
    let shadow = ShadowConfig { everyone: set.clone(), ..ShadowConfig::default() };
    let cases = [
        (LimitsConfig::default(), false),
        (LimitsConfig { max_cost: Some(10), ..LimitsConfig::default() }, true),
        (LimitsConfig { roles: [("ANALYST".to_owned(), set)].into(), ..LimitsConfig::default() }, true),
        (LimitsConfig { shadow, ..LimitsConfig::default() }, true),
    ];
    for (limits, refused) in cases {
        let config = Config { limits, ..Config::default() };
        let graph = || graph_of(&compose(&[("a", "type Query { a: Int }", "")]));
        let made =
            |options| Gateway::new(Arc::new(Engine::from_graph(graph(), Arc::new(Mixed), options)), &config);
        let error = made(federation::Config::default()).err();
        assert_eq!(matches!(error, Some(StartError::Costs)), refused, "{:?}", config.limits);
        assert!(made(config.engine()).is_ok(), "{:?}", config.limits);
    }
}
