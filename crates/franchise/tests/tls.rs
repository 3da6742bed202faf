//! A platform that is served by TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::program::{Folder, text};

const HOST: &str = "localhost";

/// An authority, a certificate of it, and the key of that, as files.
struct Files {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(folder: &Folder, name: &str) -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap().pem();
        Self {
            authority: folder.write(&format!("{name}-ca.pem"), pem),
            certificate: folder.write(&format!("{name}.pem"), certificate),
            key: folder.write(&format!("{name}.key"), key.serialize_pem()),
        }
    }

    fn options(&self) -> [&str; 4] {
        ["--tls-certificate", text(&self.certificate), "--tls-key", text(&self.key)]
    }
}

/// A platform without data, which ends with the test.
struct Served {
    child: Child,
    address: String,
    log: Arc<Mutex<String>>,
    /// Held open, as a program whose words nobody hears ends.
    _told: BufReader<ChildStdout>,
}

impl Served {
    fn start(folder: &Folder, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_franchise"));
        command.args(["--empty", "--listen", "127.0.0.1:0", "--data"]).arg(folder.data()).args(options);
        command.env_remove("RUST_LOG").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let kept = log.clone();
        thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push_str(&(line + "\n")));
        });
        let mut told = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(
                told.read_line(&mut line).unwrap() > 0,
                "it ended before it served\n{}",
                log.lock().unwrap()
            );
            if let Some((_, address)) = line.split_once("https://") {
                break address.trim_end().trim_end_matches('/').to_owned();
            }
        };
        Self { child, address, log, _told: told }
    }

    /// What is answered to who trusts an authority, and shows a certificate or none.
    fn health(&self, trusted: &Path, own: Option<&Files>) -> std::io::Result<String> {
        self.get("/health", trusted, own)
    }

    fn get(&self, path: &str, trusted: &Path, own: Option<&Files>) -> std::io::Result<String> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(trusted).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some(own) => {
                let chain = vec![CertificateDer::from_pem_file(&own.certificate).unwrap()];
                let key = PrivateKeyDer::from_pem_file(&own.key).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let connection = ClientConnection::new(config.into(), HOST.try_into().unwrap()).unwrap();
        let mut stream = StreamOwned::new(connection, TcpStream::connect(&self.address)?);
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn connections_are_encrypted_with_a_certificate() {
    let folder = Folder::new();
    let (own, staff) = (Files::new(&folder, "own"), Files::new(&folder, "staff"));
    let served = Served::start(&folder, &own.options());
    let answer = served.health(&own.authority, None).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let refused = served.health(&staff.authority, None).unwrap_err().to_string();
    assert!(refused.contains("invalid peer certificate"), "{refused}");
    drop(served);
    let options = [&own.options()[..], &["--tls-client-ca", text(&staff.authority)]].concat();
    let served = Served::start(&folder, &options);
    let answer = served.health(&own.authority, Some(&staff)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    served.health(&own.authority, None).unwrap_err();
}

#[test]
fn a_renewed_certificate_is_shown_to_new_connections_and_a_bad_one_is_not() {
    let folder = Folder::new();
    let (first, second) = (Files::new(&folder, "first"), Files::new(&folder, "second"));
    let (staff, others) = (Files::new(&folder, "staff"), Files::new(&folder, "others"));
    let options = [&first.options()[..], &["--tls-client-ca", text(&staff.authority)]].concat();
    let served = Served::start(&folder, &options);
    let is_shown = |files: &Files, client: &Files| served.health(&files.authority, Some(client)).is_ok();
    assert!(is_shown(&first, &staff));
    let refusals = ["`--tls-key`: `", "`--tls-certificate` and `--tls-key`: the certificate and its key"];
    for (key, reason) in [("nonsense".to_owned(), refusals[0]), (read(&second.key), refusals[1])] {
        std::fs::write(&first.key, key).unwrap();
        while !served.log.lock().unwrap().contains(reason) {
            thread::yield_now();
        }
        assert!(is_shown(&first, &staff), "{}", served.log.lock().unwrap());
        let ready = served.get("/ready", &first.authority, Some(&staff)).unwrap();
        assert!(ready.starts_with("HTTP/1.1 200 OK") && ready.contains("\"refused\""), "{ready}");
    }
    std::fs::write(&first.certificate, read(&second.certificate)).unwrap();
    while !is_shown(&second, &staff) {
        thread::yield_now();
    }
    assert!(!is_shown(&first, &staff));
    let ready = served.get("/ready", &second.authority, Some(&staff)).unwrap();
    assert!(!ready.contains("\"refused\""), "{ready}");
    // Who gets a connection is renewed as well.
    std::fs::write(&staff.authority, read(&others.authority)).unwrap();
    while !is_shown(&second, &others) {
        thread::yield_now();
    }
    assert!(!is_shown(&second, &staff));
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn certificates_that_cannot_be_used_are_named_by_their_options() {
    let folder = Folder::new();
    let (own, other) = (Files::new(&folder, "own"), Files::new(&folder, "other"));
    let nonsense = folder.write("nonsense.pem", "nonsense");
    let (certificate, key, nonsense) = (text(&own.certificate), text(&own.key), text(&nonsense));
    let cases: [(&[&str], &str); 6] = [
        (&["--tls-certificate", nonsense, "--tls-key", key], "`--tls-certificate`: `"),
        (&["--tls-certificate", certificate, "--tls-key", nonsense], "`--tls-key`: `"),
        (
            &["--tls-certificate", certificate, "--tls-key", text(&other.key)],
            "`--tls-certificate` and `--tls-key`: the certificate and its key cannot be used together (",
        ),
        (
            &["--tls-certificate", certificate, "--tls-key", key, "--tls-client-ca", nonsense],
            "`--tls-client-ca`: `",
        ),
        (&["--tls-certificate", certificate], "--tls-key <FILE>"),
        (&["--tls-client-ca", certificate], "--tls-certificate <FILE>"),
    ];
    for (options, expected) in cases {
        let said = folder.run(&[&["serve", "--empty", "--listen", "127.0.0.1:0"], options].concat()).failed();
        assert!(said.contains(expected), "{options:?} lacks {expected}\n{said}");
    }
}
