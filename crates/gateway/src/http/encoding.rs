//! Content codings of answers that are compressed once and sent often (RFC 9110, section 12.5.3).

use std::convert::Infallible;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::ready;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt, Full, Limited};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::decompression::Decompression;

use super::accept::parse_weight;
use super::compression;

/// A content coding, the one that is liked best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Encoding {
    Gzip,
    Brotli,
    Zstd,
}

impl Encoding {
    pub(crate) const ALL: [Self; 3] = [Self::Gzip, Self::Brotli, Self::Zstd];

    fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// As the value of `content-encoding`.
    pub(crate) fn as_value(self) -> HeaderValue {
        HeaderValue::from_static(self.as_str())
    }

    /// The coding that a client likes best; `None` for none of these, or where it takes more to find out. Then the answer
    /// is compressed, if at all, as any other is.
    pub(crate) fn preferred(headers: &HeaderMap) -> Option<Self> {
        let mut best: Option<(u16, Option<Self>)> = None;
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for wish in values.flat_map(|value| value.split(',')) {
            let (name, parameter) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let name = name.trim();
            let coding = Self::ALL.into_iter().find(|coding| name.eq_ignore_ascii_case(coding.as_str()));
            match (coding, name) {
                (None, "*") => return None,
                (None, name) if !name.eq_ignore_ascii_case("identity") => continue,
                _ => {}
            }
            let parameter = parameter.trim();
            let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
            best = best.max(Some((parse_weight(weight)?, coding)));
        }
        best.filter(|(weight, _)| *weight > 0)?.1
    }

    /// A body in this coding, as answers are compressed; `None` if such a body is not compressed.
    pub(crate) fn compress(self, body: Bytes) -> Option<Bytes> {
        let answer = service_fn(|_: Request<()>| {
            ready(Ok::<_, Infallible>(http::Response::new(Full::new(body.clone()))))
        });
        let request = Request::builder().header(ACCEPT_ENCODING, self.as_value()).body(()).ok()?;
        // A body that is in memory is never waited for.
        let response = compression().layer(answer).oneshot(request).now_or_never()?.ok()?;
        let is_compressed = response.headers().contains_key(CONTENT_ENCODING);
        let compressed = response.into_body().collect().now_or_never()?.ok()?;
        is_compressed.then(|| compressed.to_bytes())
    }

    /// What was compressed so; `None` if it was not, or would be larger than `limit`.
    pub(crate) fn decompress(self, body: Bytes, limit: usize) -> Option<Bytes> {
        let answer = service_fn(|_: Request<()>| {
            let response = http::Response::builder().header(CONTENT_ENCODING, self.as_value());
            ready(response.body(Full::new(body.clone())))
        });
        let response = Decompression::new(answer).oneshot(Request::new(())).now_or_never()?.ok()?;
        let whole = Limited::new(response.into_body(), limit).collect().now_or_never()?.ok()?;
        Some(whole.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_chosen_as_for_any_other_answer() {
        let values = [
            "",
            "gzip",
            "br",
            "zstd",
            "GZip",
            "deflate",
            "gzip, br",
            "zstd, br, gzip",
            "gzip;q=1, br;q=0.5",
            "br;q=0",
            "br;q=0, gzip;q=0.1",
            "identity",
            "identity, gzip;q=0.5",
            "identity;q=0.5, gzip;q=0.5",
            "identity;q=0, gzip",
            "gzip ; q=0.5 , br",
            "gzip;Q=0.3",
            "gzip, deflate, br, zstd",
            "compress, gzip",
            ",",
            "gzip,,br",
        ];
        for value in values {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            let body = Bytes::from("a body that is long enough to be compressed".repeat(10));
            let answer = service_fn(|_: Request<()>| {
                ready(Ok::<_, Infallible>(http::Response::new(Full::new(body.clone()))))
            });
            let request = Request::builder().header(ACCEPT_ENCODING, value).body(()).unwrap();
            let response = compression().layer(answer).oneshot(request).now_or_never().unwrap().unwrap();
            let chosen = Encoding::preferred(&headers);
            let expected = response.headers().get(CONTENT_ENCODING).cloned();
            assert_eq!(chosen.map(Encoding::as_value), expected, "{value}");
            let sent = response.into_body().collect().now_or_never().unwrap().unwrap().to_bytes();
            if let Some(coding) = chosen {
                assert_eq!(coding.compress(body), Some(sent), "{value}");
            }
        }
    }

    #[test]
    fn what_is_compressed_is_decompressed_within_bounds() {
        let body = Bytes::from("a body that is long enough to be compressed".repeat(10));
        for coding in Encoding::ALL {
            let compressed = coding.compress(body.clone()).unwrap();
            assert_eq!(coding.decompress(compressed.clone(), body.len()).as_ref(), Some(&body), "{coding:?}");
            assert_eq!(coding.decompress(compressed, body.len() - 1), None, "{coding:?}");
            assert_eq!(coding.decompress(Bytes::from("nonsense"), 1000), None, "{coding:?}");
        }
    }

    #[test]
    fn what_is_not_worth_it_is_not_compressed() {
        assert_eq!(Encoding::Gzip.compress(Bytes::from("short")), None);
    }
}
