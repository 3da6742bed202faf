//! Compressed answers and compressed requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use gateway::config::{ByteSize, Config, ErrorsConfig, HttpConfig, Shown, SubgraphConfig, UpstreamConfig};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tower::{Service, ServiceExt, service_fn};
use tower_http::compression::{Compression, CompressionLayer};
use tower_http::decompression::RequestDecompressionLayer;

use crate::harness::{Reply, Shop, TestGateway, serve_router};

async fn start(config: Config) -> TestGateway {
    TestGateway::start(config, &Shop::open().await.subgraphs()).await
}

/// A text compressed as a server of the same library does it.
pub(crate) async fn compressed(text: &str, encoding: &str) -> Vec<u8> {
    let answer = text.to_owned();
    let server = service_fn(move |_: Request<Body>| {
        let answer = answer.clone();
        async move { Ok::<_, std::convert::Infallible>(http::Response::new(Body::from(answer))) }
    });
    let request = Request::builder().header("accept-encoding", encoding).body(Body::empty()).unwrap();
    let response = Compression::new(server).ready().await.unwrap().call(request).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], encoding);
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

/// A gateway over a subgraph behind the compression layers of a usual server.
async fn over_compressing(change: impl FnOnce(&mut UpstreamConfig)) -> TestGateway {
    let answer = async |headers: HeaderMap, body: String| {
        let asked = headers.get("x-encoding").map(|value| value.to_str().unwrap().to_owned());
        let accepted = headers.get("accept-encoding").map(|value| value.to_str().unwrap().to_owned());
        // What compresses well.
        let filler = " ".repeat(3_000_000);
        let told =
            serde_json::json!({ "encoding": asked, "accepted": accepted, "whole": body.ends_with('}') });
        ([("content-type", "application/json")], format!(r#"{{"data":{{"told":{told}}}{filler}}}"#))
    };
    // Noted before it is decoded.
    let noted = axum::middleware::map_request(async |mut request: axum::extract::Request| {
        if let Some(encoding) = request.headers().get("content-encoding").cloned() {
            request.headers_mut().insert("x-encoding", encoding);
        }
        request
    });
    let decoding = tower::ServiceBuilder::new()
        .layer(RequestDecompressionLayer::new())
        .map_request(|request: Request<_>| request.map(Body::new));
    let router = axum::Router::new().route("/", axum::routing::post(answer));
    let router = router.layer(decoding).layer(CompressionLayer::new()).layer(noted);
    let url = format!("http://{}/", serve_router(router).await);
    let mut upstream = UpstreamConfig::default();
    upstream.subgraphs.insert("a".to_owned(), SubgraphConfig::default());
    change(&mut upstream);
    let schema = "scalar Any type Query { told(list: [Int!]): Any }";
    TestGateway::start(Config { upstream, ..Config::default() }, &[("a", schema, &url)]).await
}

#[tokio::test]
async fn subgraphs_may_compress_answers_and_get_compressed_requests() {
    let gateway = over_compressing(|_| ()).await;
    let data = gateway.client.query("{ told }").await.data();
    assert_eq!(data["told"]["accepted"], "zstd, br, gzip");
    assert_eq!(data["told"]["encoding"], serde_json::Value::Null);
    let gateway = over_compressing(|upstream| upstream.compressed_answers = false).await;
    assert_eq!(gateway.client.query("{ told }").await.data()["told"]["accepted"], serde_json::Value::Null);
    let large = format!("{{ told(list: [{}1]) }}", "1, ".repeat(1000));
    let gateway = over_compressing(|upstream| {
        upstream.subgraphs.get_mut("a").unwrap().compress_requests_from = Some(ByteSize(1024));
    })
    .await;
    let told = async |query: &str| gateway.client.query(query).await.data()["told"].clone();
    let (small, large) = (told("{ told }").await, told(&large).await);
    assert_eq!((&small["encoding"], &small["whole"]), (&serde_json::Value::Null, &true.into()));
    assert_eq!((&large["encoding"], &large["whole"]), (&"gzip".into(), &true.into()));
}

#[tokio::test]
async fn an_answer_that_decodes_to_more_than_may_be_is_refused() {
    let gateway = over_compressing(|upstream| upstream.max_response_size = ByteSize::mebibytes(1)).await;
    let reply = gateway.client.query("{ told }").await;
    assert_eq!(reply.error().1, "SUBGRAPH_MALFORMED_ANSWER", "{reply:#?}");
    assert_eq!(gateway.client.query("{ __typename }").await.status, 200);
}

/// A server that answers each request with these bytes, closes the connection, and says how often it was asked.
async fn writing(bytes: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(&bytes).await;
        }
    });
    (url, asked)
}

#[tokio::test]
async fn a_corrupt_answer_is_told_from_one_that_was_cut_off() {
    let text = format!("{{\"data\":{{\"told\":\"{}\"}}}}", "much ".repeat(2000));
    for encoding in ["gzip", "br", "zstd"] {
        let whole = compressed(&text, encoding).await;
        let answer = |body: &[u8], length: usize| {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: {encoding}\r\n\
                 content-length: {length}\r\nconnection: close\r\n\r\n"
            );
            [head.as_bytes(), body].concat()
        };
        let half = &whole[..whole.len() / 2];
        let noise = vec![0xA5; 200];
        let (corrupt, cut_off) = ("cannot be decompressed", "is incomplete");
        let cases = [
            (answer(&noise, noise.len()), corrupt, 1),
            // All bytes that were announced are there; it is what was compressed that ends too early.
            (answer(half, half.len()), corrupt, 1),
            // That of a lost connection is asked for again.
            (answer(half, whole.len()), cut_off, 3),
        ];
        for (bytes, expected, times) in cases {
            let (url, asked) = writing(bytes).await;
            let errors = ErrorsConfig { subgraph_messages: Shown::Always, subgraph_extensions: Shown::Never };
            let schema = [("a", "type Query { told: String }", &*url)];
            let gateway = TestGateway::start(Config { errors, ..Config::default() }, &schema).await;
            let message = format!("the answer of subgraph `a` {expected}");
            let reply = gateway.client.query("{ told }").await;
            reply.refused(200, "SUBGRAPH_MALFORMED_ANSWER", &message);
            assert_eq!(asked.load(Ordering::SeqCst), times, "{encoding}, {expected}");
        }
    }
}

async fn post(gateway: &TestGateway, encoding: &str, body: Vec<u8>) -> Reply {
    let headers = [("content-type", "application/json"), ("content-encoding", encoding)];
    gateway.client.send_bytes("/graphql", &headers, body).await
}

const QUERY: &str = r#"{"query":"{ product(id: 1) { name } }","operationName":null,"variables":{}}"#;

#[tokio::test]
async fn answers_are_compressed_as_the_client_likes() {
    let gateway = start(Config { dev: true, ..Config::default() }).await;
    let query = r#"{"query":"{ __schema { types { name fields { name } } } }"}"#;
    let whole = gateway.client.post("/graphql", &[], query).await;
    assert_eq!(whole.header("content-encoding"), None);
    for (accepted, expected) in [
        ("br", Some("br")),
        ("gzip", Some("gzip")),
        ("zstd", Some("zstd")),
        ("identity", None),
        ("br;q=0", None),
    ] {
        let reply = gateway.client.post("/graphql", &[("accept-encoding", accepted)], query).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-encoding")), (200, expected), "{accepted}");
        assert_eq!(reply.text == whole.text, expected.is_none(), "{accepted}");
    }
}

#[tokio::test]
async fn requests_may_be_compressed() {
    let gateway = start(Config::default()).await;
    for encoding in ["br", "gzip", "zstd"] {
        let reply = post(&gateway, encoding, compressed(QUERY, encoding).await).await;
        assert_eq!(reply.data(), serde_json::json!({ "product": { "name": "Table" } }), "{encoding}");
    }
}

#[tokio::test]
async fn a_compressed_bomb_is_not_unpacked() {
    let http = HttpConfig { max_body_size: ByteSize(100_000), ..HttpConfig::default() };
    let gateway = start(Config { http, ..Config::default() }).await;
    let bomb = format!("{{\"query\":\"{}\"}}", " ".repeat(ByteSize::mebibytes(16).as_usize()));
    for encoding in ["br", "gzip", "zstd"] {
        let packed = compressed(&bomb, encoding).await;
        assert!(packed.len() < 50_000, "{encoding}: {}", packed.len());
        let message = "the request body is larger than 100000 bytes";
        post(&gateway, encoding, packed).await.refused(413, "PAYLOAD_TOO_LARGE", message);
    }
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_refused() {
    let gateway = start(Config::default()).await;
    let message =
        "the request body is compressed in a way that is not known; use `br`, `gzip`, `zstd` or none of them";
    for encoding in ["lz4", "gzip, br"] {
        post(&gateway, encoding, b"x".to_vec()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    let cut = compressed(QUERY, "gzip").await[..20].to_vec();
    for body in [b"no gzip".to_vec(), cut] {
        let message = "the request body ended before it was complete";
        post(&gateway, "gzip", body).await.refused(400, "BAD_REQUEST", message);
    }
    assert_eq!(post(&gateway, "identity", QUERY.as_bytes().to_vec()).await.status, 200);
}
