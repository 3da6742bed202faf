//! Certificates and keys in files, as both sides of TLS read them, and how the gateway shows itself to clients.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::config::ListenerTls;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file with certificates or a key cannot be used.
    #[error("`{key}`: `{}` {what} ({reason})", path.display())]
    File {
        /// The key that names it.
        key: String,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A certificate that the gateway is to show does not go with its key.
    #[error("`{key}`: the certificate and its key cannot be used together ({reason})")]
    Identity {
        /// The key of the section.
        key: String,
        /// Why.
        reason: String,
    },
    /// The TLS library refuses its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// A certificate with those that lead to its authority, and its key.
pub(crate) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// What encrypts: one choice for both sides.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// TLS for clients of the gateway. What the files hold can be taken up while it serves.
pub(crate) struct Listener {
    files: ListenerTls,
    /// For connections that begin now.
    present: RwLock<Arc<ServerConfig>>,
}

impl Listener {
    /// With what the files hold.
    ///
    /// # Errors
    /// When a file cannot be used.
    pub(crate) fn new(files: &ListenerTls) -> Result<Self, TlsError> {
        Ok(Self { files: files.clone(), present: RwLock::new(read(files)?) })
    }

    /// For a connection that begins.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.present.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The files it reads.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.files.paths().cloned().collect()
    }

    /// Takes up what the files hold now.
    ///
    /// # Errors
    /// When a file cannot be used: what was shown before still is.
    pub(crate) fn renew(&self) -> Result<(), TlsError> {
        let renewed = read(&self.files)?;
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }
}

/// TLS version 1.2 or 1.3, for HTTP/2 and HTTP/1.1.
fn read(config: &ListenerTls) -> Result<Arc<ServerConfig>, TlsError> {
    const KEY: &str = "http.tls";
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let builder = match &config.client_ca_file {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let key = format!("{KEY}.client_ca_file");
            let mut roots = RootCertStore::empty();
            trust(&mut roots, &key, path)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
                .build()
                .map_err(|error| no_certificates(&key, path, error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let (chain, private) = identity(KEY, &config.certificate_file, &config.key_file)?;
    let mut made = builder
        .with_single_cert(chain, private)
        .map_err(|error| TlsError::Identity { key: KEY.to_owned(), reason: error.to_string() })?;
    made.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(made))
}

/// Reads the files of `{key}.certificate_file` and `{key}.key_file`.
pub(crate) fn identity(key: &str, certificate: &Path, private: &Path) -> Result<Identity, TlsError> {
    let chain = certificates(&format!("{key}.certificate_file"), certificate)?;
    let private = PrivateKeyDer::from_pem_file(private).map_err(|error| TlsError::File {
        key: format!("{key}.key_file"),
        path: private.to_owned(),
        what: "has no private key in PEM form",
        reason: error.to_string(),
    })?;
    Ok((chain, private))
}

/// Trusts the authorities of a file.
pub(crate) fn trust(roots: &mut RootCertStore, key: &str, path: &Path) -> Result<(), TlsError> {
    for certificate in certificates(key, path)? {
        roots.add(certificate).map_err(|error| no_certificates(key, path, error.to_string()))?;
    }
    Ok(())
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| no_certificates(key, path, error.to_string()))?;
    if certificates.is_empty() {
        return Err(no_certificates(key, path, "there is no `-----BEGIN CERTIFICATE-----`".to_owned()));
    }
    Ok(certificates)
}

fn no_certificates(key: &str, path: &Path, reason: String) -> TlsError {
    let what = "has no certificates in PEM form";
    TlsError::File { key: key.to_owned(), path: path.to_owned(), what, reason }
}
