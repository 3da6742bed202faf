//! Which headers subgraphs receive: the rules of one generation, read once.

use std::sync::Arc;

use http::header::CONNECTION;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::{AnswerHeader, HeadersConfig, UpstreamConfig, reserved};

/// Headers in the order they are sent.
pub(crate) type Headers = Vec<(HeaderName, HeaderValue)>;

/// The rules for all subgraphs, and for those that have some of their own.
#[derive(Debug)]
pub(crate) struct RequestHeaders {
    all: Rules,
    /// Each begins with the rules for all.
    own: Vec<(Arc<str>, Rules)>,
}

#[derive(Clone, Debug, Default)]
struct Rules {
    rules: Vec<Rule>,
    /// Cookies of its answers reach the client.
    hands_out_cookies: bool,
}

/// What a subgraph receives of a client's headers.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) headers: Headers,
    /// Answers may hold cookies, so that no other request may get them.
    pub(crate) alone: bool,
}

#[derive(Clone, Debug)]
enum Rule {
    Propagate { name: HeaderName, rename: HeaderName, default: Option<HeaderValue> },
    PropagateAll { beginning: String },
    Remove(Selector),
    Insert(HeaderName, HeaderValue),
}

#[derive(Clone, Debug)]
enum Selector {
    Name(HeaderName),
    Beginning(String),
}

impl RequestHeaders {
    /// The rules of a configuration that was checked.
    pub(crate) fn new(config: &UpstreamConfig) -> Self {
        let mut all = Rules::default();
        let names = config.forward_headers.iter().filter_map(|name| HeaderName::try_from(name).ok());
        all.rules.extend(names.map(|name| Rule::Propagate { rename: name.clone(), name, default: None }));
        all.add(&config.headers);
        let own = config.subgraphs.iter().filter(|(_, own)| own.headers != HeadersConfig::default());
        let own = own.map(|(name, own)| {
            let mut rules = all.clone();
            rules.add(&own.headers);
            (Arc::from(name.as_str()), rules)
        });
        Self { own: own.collect(), all }
    }

    /// What subgraphs without rules of their own receive of a client's headers.
    pub(crate) fn for_all(&self, client: &HeaderMap) -> Received {
        self.all.apply(client)
    }

    /// What each of the others receives.
    pub(crate) fn for_own(&self, client: &HeaderMap) -> Vec<(Arc<str>, Received)> {
        self.own.iter().map(|(subgraph, rules)| (subgraph.clone(), rules.apply(client))).collect()
    }

    /// Whether any subgraph may receive a header of clients.
    pub(crate) fn receives(&self, name: &HeaderName) -> bool {
        reserved(name.as_str()).is_none()
            && self.rules().any(|rule| match rule {
                Rule::Propagate { name: propagated, .. } => propagated == name,
                Rule::PropagateAll { beginning } => name.as_str().starts_with(beginning),
                Rule::Remove(_) | Rule::Insert(..) => false,
            })
    }

    /// The headers of clients that are propagated by their names.
    pub(crate) fn names(&self) -> Vec<&HeaderName> {
        let mut names = Vec::new();
        for rule in self.rules() {
            if let Rule::Propagate { name, .. } = rule
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    /// Whether answers depend on headers that cannot all be named.
    pub(crate) fn has_patterns(&self) -> bool {
        self.rules().any(|rule| matches!(rule, Rule::PropagateAll { .. }))
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        std::iter::once(&self.all)
            .chain(self.own.iter().map(|(_, rules)| rules))
            .flat_map(|rules| &rules.rules)
    }
}

impl Rules {
    fn add(&mut self, config: &HeadersConfig) {
        self.hands_out_cookies |= config.answers.iter().any(AnswerHeader::is_cookie);
        let name = |name: &str| HeaderName::try_from(name).ok();
        for header in &config.propagate {
            self.rules.extend(match Selector::of(&header.name) {
                Some(Selector::Beginning(beginning)) => Some(Rule::PropagateAll { beginning }),
                Some(Selector::Name(from)) => Some(Rule::Propagate {
                    rename: header.rename.as_deref().and_then(name).unwrap_or_else(|| from.clone()),
                    name: from,
                    default: header.default.as_deref().and_then(|value| HeaderValue::from_str(value).ok()),
                }),
                None => None,
            });
        }
        self.rules.extend(config.remove.iter().filter_map(|name| Selector::of(name)).map(Rule::Remove));
        self.rules.extend(config.insert.iter().filter_map(|(key, value)| {
            let mut value = HeaderValue::from_str(value.reveal()).ok()?;
            value.set_sensitive(true);
            Some(Rule::Insert(name(key)?, value))
        }));
    }

    fn apply(&self, client: &HeaderMap) -> Received {
        let mut headers = Headers::new();
        for rule in &self.rules {
            match rule {
                Rule::Propagate { name, rename, default } => {
                    let sent = Some(name).filter(|name| !is_nominated(client, name));
                    let sent = sent.map(|name| client.get_all(name).iter());
                    replace(&mut headers, rename, sent.into_iter().flatten(), default.as_ref());
                }
                Rule::PropagateAll { beginning } => {
                    let names = client.keys().filter(|name| {
                        name.as_str().starts_with(beginning)
                            && reserved(name.as_str()).is_none()
                            && !is_nominated(client, name)
                    });
                    names.for_each(|name| replace(&mut headers, name, client.get_all(name), None));
                }
                Rule::Remove(selector) => headers.retain(|(name, _)| !selector.selects(name)),
                Rule::Insert(name, value) => replace(&mut headers, name, [value], None),
            }
        }
        Received { headers, alone: self.hands_out_cookies }
    }
}

impl Selector {
    /// A name, or the beginning of names and `*`.
    fn of(text: &str) -> Option<Self> {
        match text.strip_suffix('*') {
            Some(beginning) => Some(Self::Beginning(beginning.to_ascii_lowercase())),
            None => HeaderName::try_from(text).ok().map(Self::Name),
        }
    }

    fn selects(&self, name: &HeaderName) -> bool {
        match self {
            Self::Name(selected) => selected == name,
            Self::Beginning(beginning) => name.as_str().starts_with(beginning),
        }
    }
}

/// Gives a header other values; leaves it alone if there are none.
fn replace<'a>(
    headers: &mut Headers,
    name: &HeaderName,
    values: impl IntoIterator<Item = &'a HeaderValue>,
    default: Option<&'a HeaderValue>,
) {
    let mut values = values.into_iter();
    let Some(first) = values.next().or(default) else { return };
    headers.retain(|(known, _)| known != name);
    headers.extend(std::iter::once(first).chain(values).map(|value| (name.clone(), value.clone())));
}

/// Whether the client says that a header is for this connection only (RFC 9110, section 7.6.1).
fn is_nominated(client: &HeaderMap, name: &HeaderName) -> bool {
    let values = client.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|option| option.trim().eq_ignore_ascii_case(name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What subgraph `a` receives by rules for all and of its own, as `name: value`.
    fn received(all: &str, own: &str, client: &[(&str, &str)]) -> Vec<String> {
        let headers = |text: &str| serde_json::from_str::<HeadersConfig>(text).unwrap();
        let mut config = UpstreamConfig { headers: headers(all), ..UpstreamConfig::default() };
        config.subgraphs.entry("a".to_owned()).or_default().headers = headers(own);
        let mut map = HeaderMap::new();
        for (name, value) in client {
            map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let rules = RequestHeaders::new(&config);
        let headers = rules.for_own(&map).pop().map_or_else(|| rules.for_all(&map), |(_, received)| received);
        headers.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn rules_apply_in_order() {
        let (by_name, by_pattern) =
            (r#"{"propagate":[{"name":"X-A"}]}"#, r#"{"propagate":[{"name":"X-Shop-*"}]}"#);
        let renamed = r#"{"propagate":[{"name":"x-a","rename":"x-b","default":"none"}]}"#;
        type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
        let cases: [Case<'_>; 12] = [
            (by_name, "{}", &[("x-a", "1"), ("x-b", "2"), ("x-a", "3")], &["x-a: 1", "x-a: 3"]),
            (by_name, "{}", &[], &[]),
            (by_name, by_name, &[("x-a", "1")], &["x-a: 1"]),
            (by_pattern, "{}", &[("x-shop-a", "1"), ("x-shoes", "2")], &["x-shop-a: 1"]),
            (
                by_pattern,
                r#"{"remove":["x-shop-a"]}"#,
                &[("x-shop-a", "1"), ("x-shop-b", "2")],
                &["x-shop-b: 2"],
            ),
            (by_pattern, r#"{"remove":["x-*"]}"#, &[("x-shop-a", "1")], &[]),
            (renamed, "{}", &[("x-a", "1")], &["x-b: 1"]),
            (renamed, "{}", &[], &["x-b: none"]),
            (r#"{"insert":{"x-a":"fixed"}}"#, by_name, &[("x-a", "1")], &["x-a: 1"]),
            (by_name, r#"{"insert":{"x-a":"fixed"}}"#, &[("x-a", "1")], &["x-a: fixed"]),
            (by_name, "{}", &[("x-a", "1"), ("connection", "close, X-A")], &[]),
            (
                r#"{"propagate":[{"name":"x-*"}]}"#,
                "{}",
                &[("x-caller-token", "forged"), ("x-request-id", "1"), ("x-a", "1")],
                &["x-a: 1"],
            ),
        ];
        for (all, own, client, expected) in cases {
            assert_eq!(received(all, own, client), expected, "{all} {own} {client:?}");
        }
    }
}
