//! Refusal of `GET` requests that another site's page may have caused.
//!
//! A `POST` has to have the content type `application/json`, which no browser sends across sites without
//! asking first (a CORS preflight). A `GET` needs no such question, so it has to show that it is deliberate:
//! by a header that forces the question, by coming from the same site, or by asking for JSON by name where
//! the browser does not say that another site is behind it.
//! See <https://fetch.spec.whatwg.org/#cors-preflight-fetch> and <https://www.w3.org/TR/fetch-metadata/>.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

use super::accept;

/// Headers that a page cannot set on a request to another site without being asked.
const DELIBERATE: [HeaderName; 4] = [
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-apollo-operation-name"),
    HeaderName::from_static("x-graphql-client-name"),
    AUTHORIZATION,
];

/// Whether a form with files is deliberate: browsers send forms across sites without asking.
pub(crate) fn is_deliberate_form(headers: &HeaderMap) -> bool {
    DELIBERATE.iter().any(|name| headers.contains_key(name))
}

/// Whether a `GET` request is deliberate.
pub(crate) fn is_deliberate(headers: &HeaderMap) -> bool {
    if DELIBERATE.iter().any(|name| headers.contains_key(name)) || has_preflighted_content_type(headers) {
        return true;
    }
    match headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes) {
        Some(b"same-origin") => true,
        // Typed into the address bar or opened from a bookmark.
        Some(b"none") => true,
        Some(_) => false,
        None => accept::names_json(headers),
    }
}

/// Whether a browser says that another site is behind a request which nothing shows to be deliberate. Tools such as
/// spreadsheets say nothing, and have no identity of a user that another site could borrow: that is in the
/// `authorization` header, or nowhere.
pub(crate) fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site")) && !is_deliberate(headers)
}

fn has_preflighted_content_type(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return false };
    let Ok(text) = value.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    !matches!(
        essence.as_str(),
        "" | "text/plain" | "multipart/form-data" | "application/x-www-form-urlencoded"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), http::HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_get_shows_that_it_is_deliberate() {
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[], false),
            (&[("accept", "*/*")], false),
            (&[("accept", "application/json")], true),
            (&[("accept", "application/json"), ("sec-fetch-site", "cross-site")], false),
            (&[("accept", "text/html"), ("sec-fetch-site", "same-origin")], true),
            (&[("apollo-require-preflight", "1"), ("sec-fetch-site", "cross-site")], true),
            (&[("authorization", "Bearer x")], true),
            (&[("content-type", "application/json")], true),
            (&[("content-type", "text/plain; charset=utf-8")], false),
        ];
        for (pairs, expected) in cases {
            assert_eq!(is_deliberate(&headers(pairs)), expected, "{pairs:?}");
        }
    }
}
