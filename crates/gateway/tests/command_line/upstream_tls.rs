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
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Served, command, folder};
use crate::harness::{Authority, Identity, compose};

/// The host of all URLs here, and the name in no certificate.
const HOST: &str = "localhost";

/// A subgraph that answers with the version of HTTP it is asked by, and with the end of its client's certificate. With
/// `clients`, only certificates of that authority get an answer.
async fn subgraph(
    identity: &Identity,
    clients: Option<&Authority>,
    version: &'static SupportedProtocolVersion,
) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_protocol_versions(&[version]).unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let mut config = builder.with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let answer = |request: Request| async move {
        let Caller(caller) = request.extensions().get().cloned().unwrap_or_default();
        axum::Json(json!({ "data": { "value": format!("{:?}", request.version()), "caller": caller } }))
    };
    let router = Router::new().route("/", post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                let stream = match acceptor.accept(stream).into_fallible().await {
                    Ok(stream) => stream,
                    Err((_, mut stream)) => {
                        // By TLS 1.3 a client may have sent its request before it hears of the failure. A connection
                        // that is closed with something unread is reset, and then it does not hear.
                        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                        return;
                    }
                };
                let shown = stream.get_ref().1.peer_certificates();
                let router = router.layer(axum::Extension(Caller(shown.map(|shown| end_of(&shown[0])))));
                let builder = Builder::new(TokioExecutor::new());
                let service = TowerToHyperService::new(router);
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    format!("https://{HOST}:{port}/")
}

/// Whose connection it is, by [`end_of`] the certificate.
#[derive(Clone, Default)]
struct Caller(Option<String>);

/// The end of a certificate, which is its signature.
fn end_of(certificate: &CertificateDer<'_>) -> String {
    format!("{:02x?}", &certificate[certificate.len() - 16..])
}

/// A folder with a gateway over one subgraph, whose TLS settings are given, and files.
fn gateway_over(url: &str, tls: &str, files: &[(&str, &str)]) -> TempDir {
    let supergraph = compose(&[("values", "type Query { value: String caller: String }", url)]);
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
    let usual = subgraph(&authority.signs(HOST, 2100), None, &TLS13).await;
    let internal = authority.signs("values.internal", 2100);
    let mutual = subgraph(&internal, Some(&clients), &TLS12).await;
    let mutual_too = subgraph(&internal, Some(&clients), &TLS13).await;
    let client = clients.signs("gateway", 2100);
    let files =
        [("ca.pem", &*authority.pem), ("client.pem", &client.certificate), ("client.key", &client.key)];
    let all = "{ ca_file: ca.pem, certificate_file: client.pem, key_file: client.key, server_name: values.internal }";
    for (url, tls) in [(usual, "{ ca_file: ca.pem }"), (mutual, all), (mutual_too, all)] {
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
        ("another authority", subgraph(&other.signs(HOST, 2100), None, &TLS13).await, "UnknownIssuer"),
        (
            "another name",
            subgraph(&authority.signs("elsewhere", 2100), None, &TLS13).await,
            "certificate not valid for name",
        ),
        ("expired", subgraph(&authority.signs(HOST, 2021), None, &TLS13).await, "certificate expired"),
        ("no client certificate", subgraph(&good, Some(&other), &TLS12).await, "received fatal alert"),
        // By then the handshake is over for the client.
        (
            "no client certificate by TLS 1.3",
            subgraph(&good, Some(&other), &TLS13).await,
            "received fatal alert: CertificateRequired",
        ),
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
        // By TLS 1.3 a connection may be over before the request that it was made for is sent.
        let is_early =
            |failed: &[String]| case.contains("TLS 1.3") && !failed.iter().any(|line| line.contains(cause));
        while failed.is_empty() || is_early(&failed) {
            if !failed.is_empty() {
                served.client.query("{ value }").await;
            }
            tokio::task::yield_now().await;
            failed = failures();
        }
        let is_told = |line: &String| {
            line.contains(cause) || (case.contains("TLS 1.3") && line.contains("no connection"))
        };
        assert!(failed.iter().all(is_told), "{case}: {failed:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_read_again_when_they_change() {
    let (authority, other) = (Authority::new("services"), Authority::new("others"));
    let url = subgraph(&authority.signs(HOST, 2100), None, &TLS13).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_client_certificate_is_shown_without_a_restart() {
    let (authority, clients) = (Authority::new("services"), Authority::new("gateways"));
    let (first, second) = (clients.signs("gateway", 2100), clients.signs("gateway", 2101));
    let end = |identity: &Identity| {
        end_of(&CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap())
    };
    for version in [&TLS12, &TLS13] {
        let url = subgraph(&authority.signs(HOST, 2100), Some(&clients), version).await;
        let tls = "{ ca_file: ca.pem, certificate_file: own.pem, key_file: own.key }";
        let files = [("ca.pem", &*authority.pem), ("own.pem", &first.certificate), ("own.key", &first.key)];
        let folder = gateway_over(&url, tls, &files);
        let served = serve(folder.path());
        let shown = async || served.client.query("{ caller }").await.data()["caller"].clone();
        assert_eq!(shown().await, json!(end(&first)), "{version:?}");
        // One after the other, as those who renew certificates do it: what does not go together is not taken up.
        fs::write(folder.path().join("own.key"), &second.key).unwrap();
        while !served.log.lock().unwrap().contains("cannot be used together") {
            assert_eq!(shown().await, json!(end(&first)), "{version:?}");
        }
        fs::write(folder.path().join("own.pem"), &second.certificate).unwrap();
        loop {
            let caller = shown().await;
            if caller == json!(end(&second)) {
                break;
            }
            assert_eq!(caller, json!(end(&first)), "{version:?}");
            tokio::task::yield_now().await;
        }
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
