//! Whom the gateway trusts on TLS connections to subgraphs, and as whom it calls.

use std::path::{Path, PathBuf};

use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};

use crate::config::{SubgraphTls, UpstreamConfig};
use crate::tls::{self, TlsError, trust};

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
    let (chain, private) = tls::identity(key, certificate, private)?;
    builder
        .with_client_auth_cert(chain, private)
        .map_err(|error| TlsError::Identity { key: key.to_owned(), reason: error.to_string() })
}

fn trusting(
    roots: RootCertStore,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, rustls::Error> {
    let builder =
        ClientConfig::builder_with_provider(tls::provider()).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots))
}

/// What the files of a configuration look like: `None` for one that cannot be read.
pub(super) type Seen = Vec<(PathBuf, Option<[u8; 32]>)>;

/// Looks at all files that TLS connections are made with.
pub(super) fn look(config: &UpstreamConfig) -> Seen {
    let hash = |path: &PathBuf| std::fs::read(path).ok().map(|content| Sha256::digest(&content).into());
    config.tls_files().map(|path| (path.clone(), hash(path))).collect()
}
