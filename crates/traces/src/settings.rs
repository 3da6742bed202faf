//! Where spans go, and how many of them.

use std::str::FromStr;
use std::time::Duration;

use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Uri};

/// Where spans go, and how many of them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The collector: a URL without a path, or with the path that its traces are behind.
    pub endpoint: Uri,
    /// What the collector speaks there.
    pub protocol: Protocol,
    /// Sent along, such as a key of the collector.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How long the collector may take for one batch.
    pub timeout: Duration,
    /// How many ended spans wait at most; those that come after are dropped.
    pub max_queued: usize,
    /// How many of the traces that begin here are recorded, from 0 to 1; of others, whoever began them decided.
    pub ratio: f64,
    /// The `service.name` of the spans.
    pub service: String,
}

/// What a collector speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP over gRPC, usually on port 4317.
    Grpc,
    /// OTLP as Protocol Buffers over HTTP, usually on port 4318.
    Http,
}

impl Settings {
    /// The usual settings for a collector.
    pub fn new(endpoint: Uri, service: impl Into<String>) -> Self {
        Self {
            endpoint,
            protocol: Protocol::Grpc,
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
            max_queued: 2048,
            ratio: 1.0,
            service: service.into(),
        }
    }

    /// Reads the URL of a collector.
    ///
    /// # Errors
    /// When it is none: what one looks like.
    pub fn endpoint(text: &str) -> Result<Uri, String> {
        let known = |uri: &Uri| {
            let scheme = uri.scheme();
            (scheme == Some(&Scheme::HTTP) || scheme == Some(&Scheme::HTTPS)) && uri.query().is_none()
        };
        let uri = text.parse().ok().filter(known);
        uri.ok_or_else(|| "expected the URL of a collector, such as `http://127.0.0.1:4317`".to_owned())
    }

    /// Reads a share.
    ///
    /// # Errors
    /// When it is not from 0 to 1.
    pub fn ratio(text: &str) -> Result<f64, String> {
        let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.ok_or_else(|| "expected a number from 0 to 1".to_owned())
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "grpc" => Ok(Self::Grpc),
            "http/protobuf" => Ok(Self::Http),
            _ => Err("expected `grpc` or `http/protobuf`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_a_url() {
        for text in ["http://127.0.0.1:4317", "https://collector.example/v1/traces"] {
            assert_eq!(Settings::endpoint(text).unwrap(), text);
        }
        for text in ["", "127.0.0.1:4317", "collector", "ftp://collector", "http://collector/?key=1"] {
            assert!(Settings::endpoint(text).unwrap_err().contains("http://127.0.0.1:4317"), "{text}");
        }
    }

    #[test]
    fn a_share_is_from_0_to_1() {
        assert_eq!(["0", "0.25", "1"].map(|text| Settings::ratio(text).unwrap()), [0.0, 0.25, 1.0]);
        for text in ["-0.1", "1.1", "NaN", "inf", "all", ""] {
            assert!(Settings::ratio(text).is_err(), "{text}");
        }
    }
}
