//! Which media type a client wants (GraphQL over HTTP, section 4.1; RFC 9110, section 12.5.1).

use federation::execute::DeferFormat;
use http::HeaderMap;
use http::header::ACCEPT;

/// The media type of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// `application/graphql-response+json`: the status tells whether the request was accepted.
    #[default]
    GraphqlResponse,
    /// `application/json`: every well-formed request is answered with 200.
    Json,
}

impl MediaType {
    /// As a `content-type`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// How the events of a subscription travel over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventFormat {
    /// Server-sent events, as the distinct connections mode of
    /// <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md> has them.
    ServerSent,
    /// Parts of `multipart/mixed`, as
    /// <https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol> has them.
    Multipart,
}

/// The media type to answer with; `None` when the client accepts neither.
///
/// Without a wish, and among equals, `application/graphql-response+json` is chosen.
pub(crate) fn negotiate(headers: &HeaderMap) -> Option<MediaType> {
    let mut ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if ranges.peek().is_none() {
        return Some(MediaType::default());
    }
    let mut wishes = [Wish::default(); 2];
    for range in ranges.flat_map(|value| value.split(',')) {
        let Some((essence, weight)) = parse_range(range) else { continue };
        for (wish, name) in wishes.iter_mut().zip(["application/graphql-response+json", "application/json"]) {
            let precision = match essence.as_str() {
                "*/*" => 1,
                "application/*" => 2,
                exact if exact == name => 3,
                _ => continue,
            };
            if precision >= wish.precision {
                *wish = Wish { precision, weight };
            }
        }
    }
    let [response, json] = wishes;
    if response.weight == 0 && json.weight == 0 {
        // What is answered in one piece after all is JSON, as each of several payloads would be.
        let streams = incremental(headers).is_some() || event_format(headers).is_some();
        streams.then_some(MediaType::GraphqlResponse)
    } else if json.weight > response.weight {
        Some(MediaType::Json)
    } else {
        Some(MediaType::GraphqlResponse)
    }
}

/// How answers in several payloads travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Incremental {
    pub(crate) format: DeferFormat,
    pub(crate) carrier: EventFormat,
}

/// How a client takes answers in several payloads (`multipart/mixed` or `text/event-stream` with the name of a format);
/// `None` when it does not. The heaviest range decides, among equals the first.
pub(crate) fn incremental(headers: &HeaderMap) -> Option<Incremental> {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut best: Option<(u16, Incremental)> = None;
    for range in values.flat_map(|value| value.split(',')) {
        let Some((essence, weight)) = parse_range(range) else { continue };
        let carrier = match essence.as_str() {
            "multipart/mixed" => EventFormat::Multipart,
            "text/event-stream" => EventFormat::ServerSent,
            _ => continue,
        };
        let Some(format) = range_format(range) else { continue };
        if weight > best.map_or(0, |(known, _)| known) {
            best = Some((weight, Incremental { format, carrier }));
        }
    }
    best.map(|(_, incremental)| incremental)
}

/// The format that a name and its version stand for.
pub(crate) fn defer_format(name: &str, version: &str) -> Option<DeferFormat> {
    match (name.to_ascii_lowercase().as_str(), version) {
        ("deferspec", "20220824") => Some(DeferFormat::Labelled),
        ("incrementalspec", "v0.2") | ("incrementaldeliveryspec", "3283f8a") => Some(DeferFormat::Pending),
        _ => None,
    }
}

/// How a client takes the events of a subscription: `text/event-stream`, or `multipart/mixed` with the name of a
/// format; `None` when it takes neither. The heaviest range decides, among equals the first.
pub(crate) fn event_format(headers: &HeaderMap) -> Option<EventFormat> {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut best: Option<(u16, EventFormat)> = None;
    for range in values.flat_map(|value| value.split(',')) {
        let Some((essence, weight)) = parse_range(range) else { continue };
        let format = match essence.as_str() {
            "text/event-stream" => EventFormat::ServerSent,
            "multipart/mixed" if has_parameter(range, "subscriptionspec", "1.0") => EventFormat::Multipart,
            _ => continue,
        };
        if weight > best.map_or(0, |(known, _)| known) {
            best = Some((weight, format));
        }
    }
    best.map(|(_, format)| format)
}

/// Whether a client takes nothing but a stream of server-sent events, whatever it asks for.
pub(crate) fn only_event_stream(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = values.by_ref().flat_map(|value| value.split(',')).filter_map(parse_range).peekable();
    ranges.peek().is_some() && ranges.all(|(essence, weight)| essence == "text/event-stream" || weight == 0)
}

fn has_parameter(range: &str, name: &str, value: &str) -> bool {
    range.split(';').skip(1).filter_map(|parameter| parameter.split_once('=')).any(|(given, text)| {
        given.trim().eq_ignore_ascii_case(name) && text.trim().trim_matches('"') == value
    })
}

/// The format that a parameter of a range names.
fn range_format(range: &str) -> Option<DeferFormat> {
    range.split(';').skip(1).find_map(|parameter| {
        let (name, version) = parameter.split_once('=')?;
        defer_format(name.trim(), version.trim().trim_matches('"'))
    })
}

/// Whether a client asks for JSON by name, which no plain link, image or form does.
pub(crate) fn names_json(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(parse_range).any(|(essence, weight)| {
        weight > 0 && matches!(essence.as_str(), "application/graphql-response+json" | "application/json")
    })
}

/// What a client says of one media type: the most precise range counts.
#[derive(Clone, Copy, Default)]
struct Wish {
    precision: u8,
    /// In thousandths.
    weight: u16,
}

/// A range's type and weight in thousandths; `None` when it is for another charset or malformed.
fn parse_range(range: &str) -> Option<(String, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let essence = parts.next()?.to_ascii_lowercase();
    let mut weight = 1000;
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = parse_weight(value.trim())?,
            "charset" if !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8") => return None,
            _ => {}
        }
    }
    Some((essence, weight))
}

/// A weight in thousandths (RFC 9110, section 12.4.2).
pub(super) fn parse_weight(text: &str) -> Option<u16> {
    let weight: f32 = text.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    (0.0..=1.0).contains(&weight).then(|| (weight * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(value: &str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, value.parse().unwrap());
        negotiate(&headers)
    }

    #[test]
    fn a_client_names_how_it_takes_several_payloads() {
        use DeferFormat::{Labelled, Pending};
        use EventFormat::{Multipart, ServerSent};
        let cases = [
            (
                "multipart/mixed;deferSpec=20220824, application/graphql-response+json",
                Some((Labelled, Multipart)),
            ),
            ("multipart/mixed; incrementalSpec=v0.2, application/json;q=0.9", Some((Pending, Multipart))),
            ("multipart/mixed; incrementalDeliverySpec=3283f8a", Some((Pending, Multipart))),
            ("Multipart/Mixed; boundary=\"-\"; DEFERSPEC=\"20220824\"", Some((Labelled, Multipart))),
            (
                "multipart/mixed;deferSpec=20220824;q=0.5, multipart/mixed;incrementalSpec=v0.2",
                Some((Pending, Multipart)),
            ),
            ("text/event-stream;incrementalSpec=v0.2", Some((Pending, ServerSent))),
            (
                "multipart/mixed;deferSpec=20220824;q=0.5, text/event-stream;deferSpec=20220824",
                Some((Labelled, ServerSent)),
            ),
            ("text/event-stream", None),
            ("multipart/mixed;deferSpec=20220824;q=0", None),
            ("multipart/mixed;deferSpec=20991231", None),
            ("multipart/mixed", None),
            ("application/json;deferSpec=20220824", None),
            ("*/*", None),
        ];
        for (value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, value.parse().unwrap());
            let expected = expected.map(|(format, carrier)| Incremental { format, carrier });
            assert_eq!(incremental(&headers), expected, "{value}");
        }
        assert_eq!(incremental(&HeaderMap::new()), None);
    }

    #[test]
    fn a_client_names_how_it_takes_events() {
        use EventFormat::{Multipart, ServerSent};
        let cases = [
            ("text/event-stream", Some(ServerSent), true),
            ("text/event-stream, application/json;q=0", Some(ServerSent), true),
            ("text/event-stream, application/json", Some(ServerSent), false),
            (
                "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0,application/json",
                Some(Multipart),
                false,
            ),
            ("multipart/mixed; SubscriptionSpec=\"1.0\"", Some(Multipart), false),
            ("text/event-stream;q=0.5, multipart/mixed;subscriptionSpec=1.0", Some(Multipart), false),
            ("multipart/mixed;subscriptionSpec=2.0", None, false),
            ("multipart/mixed", None, false),
            ("application/json;subscriptionSpec=1.0", None, false),
            ("text/event-stream;q=0", None, true),
            ("*/*", None, false),
        ];
        for (value, format, alone) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, value.parse().unwrap());
            assert_eq!((event_format(&headers), only_event_stream(&headers)), (format, alone), "{value}");
        }
        assert_eq!((event_format(&HeaderMap::new()), only_event_stream(&HeaderMap::new())), (None, false));
    }

    #[test]
    fn the_most_precise_and_heaviest_range_decides() {
        use MediaType::{GraphqlResponse, Json};
        let cases = [
            ("*/*", Some(GraphqlResponse)),
            ("application/*", Some(GraphqlResponse)),
            ("application/json", Some(Json)),
            ("APPLICATION/JSON; charset=UTF-8", Some(Json)),
            ("application/graphql-response+json, application/json;q=0.9", Some(GraphqlResponse)),
            ("application/graphql-response+json;q=0.5, application/json", Some(Json)),
            ("text/html, */*;q=0.1", Some(GraphqlResponse)),
            ("application/json, */*;q=0.1", Some(Json)),
            ("*/*, application/graphql-response+json;q=0", Some(Json)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json;charset=latin1", None),
            ("application/json;q=nonsense", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(accepts(value), expected, "{value}");
        }
        assert_eq!(negotiate(&HeaderMap::new()), Some(GraphqlResponse));
    }
}
