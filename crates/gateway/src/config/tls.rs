//! How TLS connections are made: of clients to the gateway, and of the gateway to one subgraph.

use std::path::PathBuf;

use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// TLS connections of clients, version 1.2 or 1.3. The files are read again when they change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerTls {
    /// The certificate that the gateway shows, with those that lead to its authority, as PEM.
    pub certificate_file: PathBuf,
    /// The key of that certificate, as PEM.
    pub key_file: PathBuf,
    /// Authorities, as PEM: only clients with a certificate of one of them get a connection. Left out, clients need none.
    #[serde(default)]
    pub client_ca_file: Option<PathBuf>,
}

impl ListenerTls {
    /// The files it names.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.certificate_file, &self.key_file].into_iter().chain(&self.client_ca_file)
    }

    pub(super) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.certificate_file, &mut self.key_file].into_iter().chain(&mut self.client_ca_file)
    }
}

/// TLS connections to one subgraph, version 1.2 or 1.3.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubgraphTls {
    /// Certificates to trust instead of the well-known authorities and `upstream.ca_file`, as PEM.
    pub ca_file: Option<PathBuf>,
    /// The certificate that the gateway shows, with those that lead to its authority, as PEM.
    pub certificate_file: Option<PathBuf>,
    /// The key of that certificate, as PEM.
    pub key_file: Option<PathBuf>,
    /// The name that the subgraph's certificate is for, where it is not the host of its URL.
    pub server_name: Option<String>,
}

impl SubgraphTls {
    /// The files it names.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.ca_file, &self.certificate_file, &self.key_file].into_iter().flatten()
    }

    pub(super) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.ca_file, &mut self.certificate_file, &mut self.key_file].into_iter().flatten()
    }

    pub(super) fn check(&self, key: &str, problems: &mut Vec<Problem>) {
        let missing = match (&self.certificate_file, &self.key_file) {
            (Some(_), None) => Some("key_file"),
            (None, Some(_)) => Some("certificate_file"),
            _ => None,
        };
        if let Some(missing) = missing {
            let message = format!("the key `{missing}` is missing: a certificate and its key go together");
            problems.push(Problem::of_key(key, message));
        }
        if self.server_name.as_deref().is_some_and(|name| ServerName::try_from(name).is_err()) {
            let message = "is no name of a host and no IP address";
            problems.push(Problem::of_key(format!("{key}.server_name"), message));
        }
    }
}
