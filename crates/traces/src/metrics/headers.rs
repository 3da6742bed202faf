//! The headers of a request to a collector: those of the settings, and in place of them those that the environment names
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables>).

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

/// The variables that name headers. The first that is set counts.
const VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];

pub(super) fn headers(
    own: &[(HeaderName, HeaderValue)],
    variable: impl Fn(&str) -> Option<String>,
) -> HeaderMap {
    let mut headers: HeaderMap = own.iter().cloned().collect();
    let named = VARIABLES.into_iter().find_map(variable).unwrap_or_default();
    for (name, value) in named.split(',').filter_map(header) {
        headers.insert(name, value);
    }
    headers
}

/// Reads `name=value`; the value may be percent-encoded.
fn header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once('=')?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some((HeaderName::try_from(name.trim()).ok()?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_comes_before_the_settings() {
        let own = [("x-key", "own"), ("x-own", "1")]
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let told = |set: &[(&str, &str)]| {
            let variable = |wanted: &str| {
                set.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
            };
            let headers = headers(&own, variable);
            let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            [text("x-key"), text("x-own"), text("x-more")].map(Option::unwrap_or_default)
        };
        let general = ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b, x-more = 2,broken,x y=1");
        assert_eq!(told(&[]), ["own", "1", ""]);
        assert_eq!(told(&[general]), ["a b", "1", "2"]);
        let metrics = ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-key=c");
        assert_eq!(told(&[general, metrics]), ["c", "1", ""]);
    }
}
