//! TLS of clients: who gets a connection, what it speaks, and certificates that change while it serves.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async;

use super::{NOBODY, Served, command, folder};
use crate::harness::{Authority, Identity, compose};

const HOST: &str = "graph.example.com";
const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

/// A folder with a gateway that shows a certificate; `more` goes beside it in `http.tls`.
fn gateway(identity: &Identity, more: &str, files: &[(&str, &str)]) -> TempDir {
    let supergraph = compose(&[("values", "type Query { value: String }", NOBODY)]);
    let config = format!(
        "listen: 127.0.0.1:0
supergraph: supergraph.graphql
reload: {{ interval: 10ms }}
http: {{ header_timeout: 200ms, tls: {{ certificate_file: own.pem, key_file: own.key{more} }} }}
"
    );
    let mut all = vec![
        ("supergraph.graphql", &*supergraph),
        ("gateway.yaml", &*config),
        ("own.pem", &*identity.certificate),
        ("own.key", &*identity.key),
    ];
    all.extend_from_slice(files);
    folder(&all)
}

fn serve(folder: &Path) -> Served {
    let mut starting = command(folder);
    starting.args(["serve", "--config", "gateway.yaml"]);
    tokio::task::block_in_place(|| Served::start(&mut starting))
}

/// A client that trusts an authority.
struct Client {
    trusted: Arc<RootCertStore>,
    version: &'static SupportedProtocolVersion,
    identity: Option<Identity>,
    /// What it offers to speak.
    protocol: &'static [u8],
}

impl Client {
    fn trusting(authority: &Authority) -> Self {
        let mut trusted = RootCertStore::empty();
        trusted.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
        Self {
            trusted: trusted.into(),
            version: &rustls::version::TLS13,
            identity: None,
            protocol: b"http/1.1",
        }
    }

    fn config(&self) -> ClientConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(self.trusted.clone(), provider.clone());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_webpki_verifier(verifier.build().unwrap());
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(Identity { certificate, key }) => {
                let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        config.alpn_protocols = vec![self.protocol.to_vec()];
        config
    }

    async fn connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        let connector = TlsConnector::from(Arc::new(self.config()));
        connector.connect(ServerName::try_from(HOST).unwrap(), stream).await
    }

    /// The answer to a query, with the version of HTTP it came by.
    async fn ask(&self, address: SocketAddr) -> Result<(Version, Value), Box<dyn std::error::Error>> {
        let stream = TokioIo::new(self.connect(address).await?);
        let request = |uri: &str| {
            Request::post(uri)
                .header("host", HOST)
                .header("content-type", "application/json")
                .body(Full::new(Bytes::from_static(br#"{"query":"{ __typename }"}"#)))
        };
        let answer = if self.protocol == b"h2" {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await?;
            tokio::spawn(connection);
            sender.send_request(request(&format!("https://{HOST}/graphql"))?).await?
        } else {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
            tokio::spawn(connection);
            sender.send_request(request("/graphql")?).await?
        };
        let version = answer.version();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok((version, serde_json::from_slice(&body)?))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_speak_either_http_over_either_tls() {
    let authority = Authority::new("public");
    let folder = gateway(&authority.signs(HOST, 2100), "", &[]);
    let served = serve(folder.path());
    for version in VERSIONS {
        for (protocol, spoken) in [(&b"h2"[..], Version::HTTP_2), (b"http/1.1", Version::HTTP_11)] {
            let client = Client { version, protocol, ..Client::trusting(&authority) };
            let answer = client.ask(served.address).await.unwrap();
            assert_eq!(answer, (spoken, json!({ "data": { "__typename": "Query" } })), "{version:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_is_encrypted_too() {
    let authority = Authority::new("public");
    let folder = gateway(&authority.signs(HOST, 2100), "", &[]);
    let served = serve(folder.path());
    let stream = Client::trusting(&authority).connect(served.address).await.unwrap();
    let request = Request::get(format!("wss://{HOST}/graphql"))
        .header("host", HOST)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "c29tZSBzaXh0ZWVuIGJ5dGVz")
        .header("sec-websocket-protocol", "graphql-transport-ws")
        .body(())
        .unwrap();
    let (mut socket, _) = client_async(request, stream).await.unwrap();
    futures::SinkExt::send(&mut socket, r#"{"type":"connection_init"}"#.into()).await.unwrap();
    let heard = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&heard).unwrap(), json!({ "type": "connection_ack" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_an_authority_for_clients_only_its_certificates_get_answers() {
    let (authority, staff, others) =
        (Authority::new("public"), Authority::new("staff"), Authority::new("others"));
    let folder =
        gateway(&authority.signs(HOST, 2100), ", client_ca_file: staff.pem", &[("staff.pem", &staff.pem)]);
    let served = serve(folder.path());
    for version in VERSIONS {
        let cases = [
            ("none", None, false),
            ("of another authority", Some(others.signs("eve", 2100)), false),
            ("expired", Some(staff.signs("old", 2021)), false),
            ("good", Some(staff.signs("ann", 2100)), true),
        ];
        for (case, identity, answered) in cases {
            let client = Client { version, identity, ..Client::trusting(&authority) };
            let answer = client.ask(served.address).await;
            assert_eq!(answer.is_ok(), answered, "{version:?}, certificate {case}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_speak_tls_is_cut_off_and_nobody_else() {
    let authority = Authority::new("public");
    let folder = gateway(&authority.signs(HOST, 2100), "", &[]);
    let served = serve(folder.path());
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    let mut plain = TcpStream::connect(served.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut plain, b"GET /live HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    Client::trusting(&authority).ask(served.address).await.unwrap();
    for (case, stream) in [("silent", &mut silent), ("plain", &mut plain)] {
        let mut heard = Vec::new();
        // A reset is an end as well.
        let _ = stream.read_to_end(&mut heard).await;
        assert!(!heard.starts_with(b"HTTP"), "{case}: {}", String::from_utf8_lossy(&heard));
    }
    Client::trusting(&authority).ask(served.address).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_shown_to_new_connections_and_a_bad_one_is_not() {
    let authority = Authority::new("public");
    let (first, second) = (authority.signs(HOST, 2100), authority.signs(HOST, 2101));
    let folder = gateway(&first, "", &[]);
    let served = serve(folder.path());
    let shown = async || {
        let stream = Client::trusting(&authority).connect(served.address).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    let pem = |identity: &Identity| CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap();
    assert_eq!(shown().await, pem(&first));
    fs::write(folder.path().join("own.key"), "nonsense").unwrap();
    while !served.log.lock().unwrap().contains("has no private key in PEM form") {
        tokio::task::yield_now().await;
    }
    assert_eq!(shown().await, pem(&first));
    fs::write(folder.path().join("own.key"), &second.key).unwrap();
    fs::write(folder.path().join("own.pem"), &second.certificate).unwrap();
    while shown().await != pem(&second) {
        tokio::task::yield_now().await;
    }
}

#[test]
fn certificates_that_cannot_be_used_are_refused_at_start() {
    let authority = Authority::new("public");
    let (one, two) = (authority.signs("one", 2100), authority.signs("two", 2100));
    let cases = [
        (
            &*one.certificate,
            &*two.key,
            "",
            "`http.tls`: the certificate and its key cannot be used together (",
        ),
        ("nonsense", &*one.key, "", "`http.tls.certificate_file`: `"),
        (&*one.certificate, "nonsense", "", "`http.tls.key_file`: `"),
        (&*one.certificate, &*one.key, ", client_ca_file: gone.pem", "`http.tls.client_ca_file`: `"),
    ];
    for (certificate, key, more, expected) in cases {
        let identity = Identity { certificate: certificate.to_owned(), key: key.to_owned() };
        let folder = gateway(&identity, more, &[]);
        let text = super::fails(folder.path(), &["serve", "--config", "gateway.yaml"], 1);
        assert!(text.contains(expected), "lacks {expected}\n{text}");
    }
}
