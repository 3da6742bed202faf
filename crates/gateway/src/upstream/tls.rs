//! Whom the gateway trusts on TLS connections to subgraphs, and as whom it calls.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};

use crate::config::{SubgraphTls, UpstreamConfig};

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

/// TLS for subgraphs without settings of their own: the well-known authorities, and those of a file.
pub(super) fn usual(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca_file {
        trust(&mut roots, "upstream.ca_file", path)?;
    }
    Ok(trusting(roots)?.with_no_client_auth())
}

/// TLS for a subgraph with settings of its own.
pub(super) fn own(key: &str, config: &SubgraphTls, usual: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &config.ca_file {
        trust(&mut roots, &format!("{key}.ca_file"), path)?;
    } else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(path) = usual {
            trust(&mut roots, "upstream.ca_file", path)?;
        }
    }
    let builder = trusting(roots)?;
    let (Some(certificate), Some(private)) = (&config.certificate_file, &config.key_file) else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates(&format!("{key}.certificate_file"), certificate)?;
    let private = PrivateKeyDer::from_pem_file(private).map_err(|error| TlsError::File {
        key: format!("{key}.key_file"),
        path: private.clone(),
        what: "has no private key in PEM form",
        reason: error.to_string(),
    })?;
    builder
        .with_client_auth_cert(chain, private)
        .map_err(|error| TlsError::Identity { key: key.to_owned(), reason: error.to_string() })
}

fn trusting(
    roots: RootCertStore,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots))
}

fn trust(roots: &mut RootCertStore, key: &str, path: &Path) -> Result<(), TlsError> {
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

/// What the files of a configuration look like: `None` for one that cannot be read.
pub(super) type Seen = Vec<(PathBuf, Option<[u8; 32]>)>;

/// Looks at all files that TLS connections are made with.
pub(super) fn look(config: &UpstreamConfig) -> Seen {
    let hash = |path: &PathBuf| std::fs::read(path).ok().map(|content| Sha256::digest(&content).into());
    config.tls_files().map(|path| (path.clone(), hash(path))).collect()
}
