//! What clients may send and see over HTTP.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errors::Shown;
use super::problem::Problem;
use super::tls::ListenerTls;
use super::units::{ByteSize, Time};

/// The HTTP side towards clients.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Path prefixes under which the graph's routes are served besides the root, e.g. `/api/v2/shop`
    /// for `/api/v2/shop/graphql`.
    pub prefixes: Vec<String>,
    /// TLS towards clients. Left out, connections are not encrypted: for a gateway behind something that ends TLS.
    pub tls: Option<ListenerTls>,
    /// The largest request body.
    pub max_body_size: ByteSize,
    /// The longest a request may take, from its first byte to the answer.
    pub request_timeout: Time,
    /// The longest a connection may take to agree on TLS, and to send its request head.
    pub header_timeout: Time,
    /// How long connections are still accepted after the signal to stop, while `/ready` says that the gateway stops: as
    /// long as it takes until no requests are sent here any more. Left out, they are not.
    pub drain_delay: Option<Time>,
    /// How long requests in flight may go on after that.
    pub drain_timeout: Time,
    /// The most connections served at once; more wait in the system's queue.
    pub max_connections: usize,
    /// The most requests in work at once; more wait. A request counts until the end of its answer, also of a table, of an
    /// answer in several payloads and of events.
    pub max_requests: usize,
    /// The most requests that wait; more are refused with 503 at once and may come back.
    pub max_waiting_requests: usize,
    /// The longest a request waits; then it is refused as well.
    pub max_wait: Time,
    /// Whether `/ready` says which subgraphs answer, what the registry and Redis do, and which configuration is served, or only
    /// whether the gateway is ready. All of it is at `/ready` of `telemetry.metrics_listen` in any case.
    pub health_details: Shown,
    /// Whether browsers get the explorer page at `/`.
    pub explorer: Shown,
    /// How many proxies stand before the gateway, each of which adds the address it was called from to
    /// `x-forwarded-for`. Callers without a token are told apart by that of the outermost one, or by the peer of
    /// their connection if there are none. Every proxy must be counted, or clients choose their address.
    pub trusted_proxies: usize,
    /// Origins whose pages may read answers, e.g. `https://app.example.com`; `*` means all.
    pub cors_origins: Vec<String>,
    /// Headers that pages of those origins may send, besides the usual ones and those that subgraphs receive.
    pub cors_headers: Vec<String>,
    /// The most requests of one body that is a list; 0 refuses lists.
    pub max_batch_size: usize,
    /// Requests with files.
    pub uploads: UploadsConfig,
}

/// Requests with files, as forms.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UploadsConfig {
    /// Whether they are accepted.
    pub enabled: bool,
    /// The largest size of all files of a request together. They are held in memory.
    pub max_size: ByteSize,
    /// The most files of a request.
    pub max_files: usize,
}

impl Default for UploadsConfig {
    fn default() -> Self {
        Self { enabled: false, max_size: ByteSize::mebibytes(10), max_files: 10 }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            prefixes: Vec::new(),
            tls: None,
            max_body_size: ByteSize::mebibytes(1),
            request_timeout: Time::seconds(30),
            header_timeout: Time::seconds(10),
            drain_delay: None,
            drain_timeout: Time::seconds(20),
            max_connections: 10_000,
            max_requests: 10_000,
            max_waiting_requests: 1_000,
            max_wait: Time::seconds(1),
            health_details: Shown::Dev,
            explorer: Shown::Dev,
            trusted_proxies: 0,
            cors_origins: Vec::new(),
            cors_headers: Vec::new(),
            max_batch_size: 0,
            uploads: UploadsConfig::default(),
        }
    }
}

impl HttpConfig {
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        for (index, prefix) in self.prefixes.iter().enumerate() {
            let plain = |character: char| character.is_ascii_alphanumeric() || "/-_.".contains(character);
            let well_formed = prefix.len() > 1
                && prefix.starts_with('/')
                && !prefix.ends_with('/')
                && !prefix.contains("//")
                && prefix.chars().all(plain);
            if !well_formed {
                problems.push(Problem::of_key(
                    format!("http.prefixes[{index}]"),
                    "a prefix starts with `/`, does not end with one, and has only letters, digits and `-_.`",
                ));
            }
            if self.prefixes[..index].contains(prefix) {
                problems
                    .push(Problem::of_key(format!("http.prefixes[{index}]"), "this prefix is named twice"));
            }
        }
        for (index, origin) in self.cors_origins.iter().enumerate() {
            let scheme = origin.starts_with("https://") || origin.starts_with("http://");
            if origin != "*"
                && (!scheme || origin.ends_with('/') || http::HeaderValue::from_str(origin).is_err())
            {
                problems.push(Problem::of_key(
                    format!("http.cors_origins[{index}]"),
                    "an origin is a scheme and a host without a path, e.g. `https://app.example.com`",
                ));
            }
        }
        for (index, name) in self.cors_headers.iter().enumerate() {
            if http::HeaderName::try_from(name).is_err() {
                problems.push(Problem::of_key(format!("http.cors_headers[{index}]"), "is not a header name"));
            }
        }
        if self.max_connections == 0 {
            problems.push(Problem::of_key("http.max_connections", "must be 1 or more"));
        }
        if self.max_requests == 0 {
            problems.push(Problem::of_key("http.max_requests", "must be 1 or more"));
        }
    }
}
