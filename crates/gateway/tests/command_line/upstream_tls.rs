//! TLS to subgraphs: who is trusted, as whom the gateway calls, and what is told of failures.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::post;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Served, command, folder};
use crate::harness::{Authority, Identity, compose};

/// The host of all URLs here, and the name in no certificate.
const HOST: &str = "localhost";

/// A subgraph that answers with the version of HTTP it is asked by. With `clients`, only certificates of that authority
/// get an answer, by TLS 1.2, whose handshake tells both sides of a failure.
async fn subgraph(identity: &Identity, clients: Option<&Authority>) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = match clients {
        None => builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap().with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let builder = builder.with_protocol_versions(&[&rustls::version::TLS12]).unwrap();
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let mut config = builder.with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let answer = |request: Request| async move {
        axum::Json(json!({ "data": { "value": format!("{:?}", request.version()) } }))
    };
    let router = Router::new().route("/", post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let builder = Builder::new(TokioExecutor::new());
                let service = TowerToHyperService::new(router);
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    format!("https://{HOST}:{port}/")
}

/// A folder with a gateway over one subgraph, whose TLS settings are given, and files.
fn gateway_over(url: &str, tls: &str, files: &[(&str, &str)]) -> TempDir {
    let supergraph = compose(&[("values", "type Query { value: String }", url)]);
    let config = format!(
        "listen: 127.0.0.1:0
supergraph: supergraph.graphql
reload: {{ interval: 10ms }}
upstream:
  subgraphs:
    values:
      tls: {tls}
"
    );
    let mut all = vec![("supergraph.graphql", &*supergraph), ("gateway.yaml", &*config)];
    all.extend_from_slice(files);
    folder(&all)
}

fn serve(folder: &Path) -> Served {
    let mut starting = command(folder);
    starting.args(["serve", "--config", "gateway.yaml"]);
    tokio::task::block_in_place(|| Served::start(&mut starting))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subgraph_is_reached_when_both_sides_trust_each_other() {
    let (authority, clients) = (Authority::new("services"), Authority::new("gateways"));
    let usual = subgraph(&authority.signs(HOST, 2100), None).await;
    let mutual = subgraph(&authority.signs("values.internal", 2100), Some(&clients)).await;
    let client = clients.signs("gateway", 2100);
    let files =
        [("ca.pem", &*authority.pem), ("client.pem", &client.certificate), ("client.key", &client.key)];
    let all = "{ ca_file: ca.pem, certificate_file: client.pem, key_file: client.key, server_name: values.internal }";
    for (url, tls) in [(usual, "{ ca_file: ca.pem }"), (mutual, all)] {
        let folder = gateway_over(&url, tls, &files);
        let served = serve(folder.path());
        let reply = served.client.query("{ value }").await;
        assert_eq!(reply.data(), json!({ "value": "HTTP/2.0" }), "{}", served.log.lock().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subgraph_that_is_not_trusted_is_not_asked_and_the_log_says_why() {
    let (authority, other) = (Authority::new("services"), Authority::new("others"));
    let good = authority.signs(HOST, 2100);
    let cases = [
        ("another authority", subgraph(&other.signs(HOST, 2100), None).await, "UnknownIssuer"),
        (
            "another name",
            subgraph(&authority.signs("elsewhere", 2100), None).await,
            "certificate not valid for name",
        ),
        ("expired", subgraph(&authority.signs(HOST, 2021), None).await, "certificate expired"),
        ("no client certificate", subgraph(&good, Some(&other)).await, "received fatal alert"),
    ];
    for (case, url, cause) in cases {
        let folder = gateway_over(&url, "{ ca_file: ca.pem }", &[("ca.pem", &authority.pem)]);
        let served = serve(folder.path());
        let reply = served.client.query("{ value }").await;
        let (status, code, message) = reply.error();
        assert_eq!((status, code.as_str()), (200, "SUBGRAPH_UNREACHABLE"), "{case}: {reply:#?}");
        assert!(!message.contains("certificate") && !message.contains(HOST), "{case}: {message}");
        // Lines are read as they come.
        let failures = || {
            let log = served.log.lock().unwrap();
            log.lines().filter(|line| line.contains("a subgraph request failed")).map(str::to_owned).collect()
        };
        let mut failed: Vec<String> = failures();
        while failed.is_empty() {
            tokio::task::yield_now().await;
            failed = failures();
        }
        assert!(failed.len() == 1 && failed[0].contains(cause), "{case}: {failed:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_read_again_when_they_change() {
    let (authority, other) = (Authority::new("services"), Authority::new("others"));
    let url = subgraph(&authority.signs(HOST, 2100), None).await;
    let folder = gateway_over(&url, "{ ca_file: ca.pem }", &[("ca.pem", &other.pem)]);
    let served = serve(folder.path());
    assert_eq!(served.client.query("{ value }").await.error().1, "SUBGRAPH_UNREACHABLE");
    fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
    loop {
        let reply = served.client.query("{ value }").await;
        if reply.json().get("errors").is_none() {
            assert_eq!(reply.data(), json!({ "value": "HTTP/2.0" }));
            break;
        }
        let (_, code, _) = reply.error();
        assert!(["SUBGRAPH_UNREACHABLE", "SUBGRAPH_REFUSED"].contains(&&*code), "{reply:#?}");
        tokio::task::yield_now().await;
    }
}

#[test]
fn certificates_that_cannot_be_used_are_refused_at_start() {
    let authority = Authority::new("services");
    let (one, two) = (authority.signs("one", 2100), authority.signs("two", 2100));
    let files = [
        ("ca.pem", "nonsense"),
        ("one.pem", &*one.certificate),
        ("two.key", &*two.key),
        ("no.key", "nonsense"),
    ];
    let key = "`upstream.subgraphs.values.tls";
    let cases = [
        ("{ ca_file: ca.pem }", format!("{key}.ca_file`: `")),
        ("{ ca_file: gone.pem }", "gone.pem` has no certificates in PEM form (".to_owned()),
        ("{ certificate_file: one.pem, key_file: no.key }", format!("{key}.key_file`: `")),
        (
            "{ certificate_file: one.pem, key_file: two.key }",
            format!("{key}`: the certificate and its key cannot be used together ("),
        ),
        ("{ certificate_file: one.pem }", "the key `key_file` is missing".to_owned()),
        ("{ server_name: a b }", format!("{key}.server_name`: is no name of a host and no IP address")),
    ];
    for (tls, expected) in cases {
        let folder = gateway_over("https://localhost:9/", tls, &files);
        let text = super::fails(folder.path(), &["serve", "--config", "gateway.yaml"], 1);
        assert!(text.contains(&expected), "{tls} lacks {expected}\n{text}");
    }
}
