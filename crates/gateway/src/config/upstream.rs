//! How subgraphs are reached.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::headers::{HeadersConfig, check_name};
use super::problem::Problem;
use super::tls::SubgraphTls;
use super::units::{ByteSize, Time};

/// The HTTP side towards subgraphs; the values hold for each subgraph unless it has its own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamConfig {
    /// The longest one subgraph request may take.
    pub timeout: Time,
    /// The longest connecting may take.
    pub connect_timeout: Time,
    /// The largest answer, also of what a compressed one is decoded to.
    pub max_response_size: ByteSize,
    /// Let subgraphs compress answers, by gzip, Brotli or Zstandard.
    pub compressed_answers: bool,
    /// The most requests one subgraph gets at once; more wait for their turn, for half of their timeout.
    pub max_concurrent_requests: usize,
    /// The most requests that wait for their turn; more are refused at once.
    pub max_waiting_requests: usize,
    /// Requests that are sent again.
    pub retry: RetryConfig,
    /// When a subgraph is left alone.
    pub breaker: BreakerConfig,
    /// How long an idle connection is kept.
    pub idle_timeout: Time,
    /// Certificates to trust besides the well-known authorities, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Headers of the client's request that subgraphs receive, by name; what `headers` says comes after.
    pub forward_headers: Vec<String>,
    /// Headers that all subgraphs receive.
    pub headers: HeadersConfig,
    /// Let equal queries of one caller with the same forwarded headers share one request to a subgraph while
    /// it is in flight, and one answer if no subgraph has answered when they meet.
    pub share_requests: bool,
    /// Settings of single subgraphs, by name.
    pub subgraphs: BTreeMap<String, SubgraphConfig>,
}

/// Settings of one subgraph.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubgraphConfig {
    /// Replaces the routing URL of the schema.
    pub url: Option<String>,
    /// Replaces `upstream.timeout`.
    pub timeout: Option<Time>,
    /// Replaces `upstream.max_response_size`.
    pub max_response_size: Option<ByteSize>,
    /// Replaces `upstream.max_concurrent_requests`.
    pub max_concurrent_requests: Option<usize>,
    /// Replaces `upstream.compressed_answers`.
    pub compressed_answers: Option<bool>,
    /// Compress requests of this size and larger by gzip, for servers that decode it. Left out, none are.
    pub compress_requests_from: Option<ByteSize>,
    /// Replaces [`UpstreamConfig::max_waiting_requests`].
    pub max_waiting_requests: Option<usize>,
    /// Replaces [`UpstreamConfig::retry`] as a whole.
    pub retry: Option<RetryConfig>,
    /// Replaces [`UpstreamConfig::breaker`] as a whole.
    pub breaker: Option<BreakerConfig>,
    /// Whether the gateway is ready only while this subgraph answers. Where none is required, it is while any answers.
    pub required: bool,
    /// Speak HTTP/2 without negotiation (h2c on `http`), for servers that are known to.
    pub http2: bool,
    /// Headers that it receives besides those of `upstream.headers`, or instead of them: its rules come after.
    pub headers: HeadersConfig,
    /// How TLS connections to it are made, where it differs from other subgraphs.
    pub tls: Option<SubgraphTls>,
    /// How its subscriptions are followed.
    pub subscriptions: SubgraphSubscriptions,
}

/// Requests that are sent again after they failed: queries whose connection was lost or that were answered with
/// status 502, 503 or 504; mutations only if there was no connection at all. Within the subgraph's timeout.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetryConfig {
    /// How often one request is sent again at most; 0 for never.
    pub attempts: u32,
    /// How many of a subgraph's requests may be sent again, in percent of those it answered in the last ten seconds.
    pub budget: u8,
    /// How many may be sent again each second whatever the percentage.
    pub min_per_second: u32,
    /// How long to wait before the first time; twice as long each further time, and half of it by chance. The time that a
    /// subgraph asks for with `retry-after` goes before.
    pub delay: Time,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self { attempts: 2, budget: 20, min_per_second: 10, delay: Time(Duration::from_millis(20)) }
    }
}

/// A circuit breaker: a subgraph that fails too often is not asked for a while, then with a single request, whose
/// outcome decides.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerConfig {
    /// Whether there is one.
    pub enabled: bool,
    /// The share of failed requests that opens it, in percent: no connection, no answer in time, or status 500 and more
    /// without a GraphQL answer.
    pub failures: u8,
    /// The requests there must have been in `window` before their share is looked at.
    pub min_calls: u32,
    /// For how long a request is counted.
    pub window: Time,
    /// For how long the subgraph is left alone.
    pub open_for: Time,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            failures: 50,
            min_calls: 20,
            window: Time::seconds(10),
            open_for: Time::seconds(5),
        }
    }
}

/// How the events of one subgraph are followed.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubgraphSubscriptions {
    /// What the subgraph's server speaks.
    pub protocol: SubscriptionProtocol,
    /// Where it speaks it; by default where it answers queries.
    pub url: Option<String>,
}

/// A protocol for the events of a subgraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionProtocol {
    /// A WebSocket with the protocol `graphql-transport-ws`, which most servers of subgraphs speak
    /// (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
    #[default]
    WebSocket,
    /// Server-sent events, one HTTP request per subscription
    /// (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, distinct connections mode).
    Sse,
}

impl Default for UpstreamConfig {
    fn default() -> Self {
        Self {
            timeout: Time::seconds(10),
            connect_timeout: Time::seconds(3),
            max_response_size: ByteSize::mebibytes(64),
            compressed_answers: true,
            max_concurrent_requests: 512,
            max_waiting_requests: 4096,
            retry: RetryConfig::default(),
            breaker: BreakerConfig::default(),
            idle_timeout: Time::seconds(60),
            ca_file: None,
            forward_headers: Vec::new(),
            headers: HeadersConfig::default(),
            share_requests: true,
            subgraphs: BTreeMap::new(),
        }
    }
}

impl UpstreamConfig {
    /// The files that TLS connections are made with.
    pub(crate) fn tls_files(&self) -> impl Iterator<Item = &PathBuf> {
        let own = self.subgraphs.values().filter_map(|own| own.tls.as_ref());
        self.ca_file.iter().chain(own.flat_map(SubgraphTls::paths))
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        for (index, name) in self.forward_headers.iter().enumerate() {
            let key = format!("upstream.forward_headers[{index}]");
            problems.extend(check_name(name).err().map(|message| Problem::of_key(key, message)));
        }
        self.headers.check("upstream.headers", problems);
        if self.max_concurrent_requests == 0 {
            problems.push(Problem::of_key("upstream.max_concurrent_requests", "must be 1 or more"));
        }
        self.retry.check("upstream.retry", problems);
        self.breaker.check("upstream.breaker", problems);
        for (name, subgraph) in &self.subgraphs {
            subgraph.headers.check(&format!("upstream.subgraphs.{name}.headers"), problems);
            if let Some(tls) = &subgraph.tls {
                tls.check(&format!("upstream.subgraphs.{name}.tls"), problems);
            }
            if let Some(retry) = &subgraph.retry {
                retry.check(&format!("upstream.subgraphs.{name}.retry"), problems);
            }
            if let Some(breaker) = &subgraph.breaker {
                breaker.check(&format!("upstream.subgraphs.{name}.breaker"), problems);
            }
            if subgraph.max_concurrent_requests == Some(0) {
                let key = format!("upstream.subgraphs.{name}.max_concurrent_requests");
                problems.push(Problem::of_key(key, "must be 1 or more"));
            }
            if let Some(Err(message)) = subgraph.url.as_deref().map(check_url) {
                problems.push(Problem::of_key(format!("upstream.subgraphs.{name}.url"), message));
            }
            if let Some(Err(message)) = subgraph.subscriptions.url.as_deref().map(check_url) {
                let key = format!("upstream.subgraphs.{name}.subscriptions.url");
                problems.push(Problem::of_key(key, message));
            }
        }
    }
}

impl RetryConfig {
    fn check(&self, key: &str, problems: &mut Vec<Problem>) {
        if self.budget > 100 {
            problems.push(Problem::of_key(format!("{key}.budget"), "is a percentage, 100 or less"));
        }
        if self.min_per_second > 100_000 {
            problems.push(Problem::of_key(format!("{key}.min_per_second"), "must be 100000 or less"));
        }
    }
}

impl BreakerConfig {
    fn check(&self, key: &str, problems: &mut Vec<Problem>) {
        if !(1..=100).contains(&self.failures) {
            problems.push(Problem::of_key(format!("{key}.failures"), "is a percentage from 1 to 100"));
        }
        if self.min_calls == 0 {
            problems.push(Problem::of_key(format!("{key}.min_calls"), "must be 1 or more"));
        }
    }
}

/// Whether a text is a URL a subgraph can be called at.
pub(crate) fn check_url(url: &str) -> Result<http::Uri, &'static str> {
    match url.parse::<http::Uri>() {
        Ok(uri) if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) => {
            Err("a user's name and password in a URL are not sent; leave them out")
        }
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some() => Ok(uri),
        _ => Err("expected a URL such as `http://127.0.0.1:4001/graphql`"),
    }
}
