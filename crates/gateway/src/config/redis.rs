//! Redis, which all gateways share.

use std::path::PathBuf;

use redis::IntoConnectionInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::units::{Secret, Time};

/// The longest beginning of keys, in bytes.
const MAX_PREFIX: usize = 64;

/// Where gateways count budgets together and find each other's persisted queries. While it does not answer, each goes on
/// by itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// `redis://HOST:PORT/DATABASE`, or `rediss://` for TLS; of a cluster some of its nodes. User and password may be in it.
    pub urls: Vec<Secret>,
    /// Whether the servers are a cluster.
    #[serde(default)]
    pub cluster: bool,
    /// The user, in place of one in the URL.
    #[serde(default)]
    pub username: Option<String>,
    /// The password, in place of one in the URL.
    #[serde(default)]
    pub password: Option<Secret>,
    /// With `rediss://`, a file of PEM certificates of authorities that are trusted in place of the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// What all keys begin with; gateways with the same one share what they keep.
    #[serde(default = "key_prefix")]
    pub key_prefix: String,
    /// The longest an answer is waited for; then the gateway goes on by itself.
    #[serde(default = "timeout")]
    pub timeout: Time,
    /// The longest a connection may take. Requests do not wait for it.
    #[serde(default = "connect_timeout")]
    pub connect_timeout: Time,
}

fn key_prefix() -> String {
    "gateway".to_owned()
}

fn timeout() -> Time {
    Time::milliseconds(50)
}

fn connect_timeout() -> Time {
    Time::seconds(2)
}

impl RedisConfig {
    /// With the defaults for a server.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            urls: vec![Secret::new(url)],
            cluster: false,
            username: None,
            password: None,
            ca_file: None,
            key_prefix: key_prefix(),
            timeout: timeout(),
            connect_timeout: connect_timeout(),
        }
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        match self.urls.len() {
            0 => problems.push(Problem::of_key("redis.urls", "names no server")),
            1 => {}
            _ if self.cluster => {}
            _ => problems.push(Problem::of_key(
                "redis.urls",
                "several servers are a cluster; set `redis.cluster: true`, or name one",
            )),
        }
        for (index, url) in self.urls.iter().enumerate() {
            let url = url.reveal();
            let known = ["redis://", "rediss://"].iter().any(|scheme| url.starts_with(scheme));
            if !known || url.into_connection_info().is_err() {
                problems.push(Problem::of_key(
                    format!("redis.urls[{index}]"),
                    "expected a URL such as `redis://127.0.0.1:6379` or `rediss://redis.example.com:6380/0`",
                ));
            } else if self.ca_file.is_some() && !url.starts_with("rediss://") {
                problems.push(Problem::of_key("redis.ca_file", "is for `rediss://`, which is TLS"));
            }
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
        if !(1..=MAX_PREFIX).contains(&self.key_prefix.len()) || !self.key_prefix.bytes().all(plain) {
            let message = format!("has 1 to {MAX_PREFIX} letters, digits and `-_.:/`");
            problems.push(Problem::of_key("redis.key_prefix", message));
        }
    }
}
