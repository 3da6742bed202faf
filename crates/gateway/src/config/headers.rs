//! Which headers pass through the gateway, and what becomes of them.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::units::Secret;

/// Headers that subgraphs receive: those of the client that are propagated, without those that are removed, then those
/// that are inserted. And headers of their answers.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HeadersConfig {
    /// Headers of the client's request.
    pub propagate: Vec<PropagatedHeader>,
    /// Headers that are taken away from those: a name, or the beginning of names and `*`.
    pub remove: Vec<String>,
    /// Headers with a value that is the same for all requests, by name. They replace what clients send.
    pub insert: BTreeMap<String, Secret>,
    /// Headers of subgraphs' answers that clients receive.
    pub answers: Vec<AnswerHeader>,
}

/// A header of subgraphs' answers that clients receive.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerHeader {
    /// The header's name.
    pub name: String,
    /// What clients receive it as.
    #[serde(default)]
    pub rename: Option<String>,
    /// What becomes of the values of several answers, in the order of the plan; by default `last`, of `set-cookie` always
    /// `append`.
    #[serde(default)]
    pub merge: Option<Merge>,
}

/// What becomes of the values of one header in several answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Merge {
    /// The first answer's are kept.
    First,
    /// The last answer's are kept.
    Last,
    /// All are kept.
    Append,
}

impl AnswerHeader {
    /// What becomes of several values.
    pub(crate) fn merge(&self) -> Merge {
        let is_cookie = self.received_as().eq_ignore_ascii_case("set-cookie");
        self.merge.unwrap_or(if is_cookie { Merge::Append } else { Merge::Last })
    }

    /// The name that clients see.
    pub(crate) fn received_as(&self) -> &str {
        self.rename.as_deref().unwrap_or(&self.name)
    }

    /// Whether it says something to one client only.
    pub(crate) fn is_cookie(&self) -> bool {
        let is = |name: &str| name.eq_ignore_ascii_case("set-cookie");
        is(&self.name) || is(self.received_as())
    }
}

/// Headers of clients that subgraphs receive.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PropagatedHeader {
    /// The header's name, or the beginning of names and `*`, e.g. `x-shop-*`.
    pub name: String,
    /// What subgraphs receive it as.
    #[serde(default)]
    pub rename: Option<String>,
    /// What subgraphs receive when the client does not send it.
    #[serde(default)]
    pub default: Option<String>,
}

/// Headers of one connection (RFC 9110, section 7.6.1), and those that say where a message ends and where it goes.
const OF_A_CONNECTION: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// Headers the gateway writes itself.
const OF_THE_GATEWAY: [&str; 7] = [
    "accept",
    "accept-encoding",
    "content-encoding",
    "content-type",
    "traceparent",
    "x-caller-token",
    "x-request-id",
];

/// Headers of answers that the gateway writes itself, because they are about the whole answer.
const OF_THE_ANSWER: [&str; 11] = [
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "content-range",
    "date",
    "deprecation",
    "etag",
    "expires",
    "last-modified",
    "vary",
];

/// Why no rule may name a header; `None` if one may.
pub(crate) fn reserved(name: &str) -> Option<&'static str> {
    if OF_A_CONNECTION.contains(&name) || name.starts_with("sec-websocket-") {
        Some("belongs to one connection or message")
    } else if OF_THE_GATEWAY.contains(&name) {
        Some("is written by the gateway itself")
    } else {
        None
    }
}

/// What is wrong with a name of a header in a rule.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let Ok(parsed) = HeaderName::try_from(name) else { return Err("is not a header name".to_owned()) };
    match reserved(parsed.as_str()) {
        Some(reason) => Err(format!("`{name}` {reason}; leave it out")),
        None => Ok(()),
    }
}

/// What is wrong with a name, or the beginning of names and `*`.
fn check_pattern(pattern: &str) -> Result<(), String> {
    match pattern.strip_suffix('*') {
        None => check_name(pattern),
        Some("") => Err("expected at least the beginning of a name before `*`".to_owned()),
        Some(stem) if HeaderName::try_from(stem).is_err() => Err("is not a header name".to_owned()),
        Some(_) => Ok(()),
    }
}

/// What is wrong with a name of a header that clients are to receive.
fn check_answered(name: &str) -> Result<(), String> {
    check_name(name)?;
    let name = name.to_ascii_lowercase();
    if OF_THE_ANSWER.contains(&name.as_str()) || name.starts_with("access-control-") {
        return Err(format!("`{name}` is written by the gateway itself; leave it out"));
    }
    Ok(())
}

impl HeadersConfig {
    pub(super) fn check(&self, key: &str, problems: &mut Vec<Problem>) {
        let mut add = |key: String, checked: Result<(), String>| {
            problems.extend(checked.err().map(|message| Problem::of_key(key, message)));
        };
        for (index, header) in self.propagate.iter().enumerate() {
            let key = format!("{key}.propagate[{index}]");
            add(format!("{key}.name"), check_pattern(&header.name));
            let is_pattern = header.name.ends_with('*');
            if let Some(name) = &header.rename {
                let many =
                    Err("all headers of a pattern would have one name; write a rule for each".to_owned());
                add(format!("{key}.rename"), if is_pattern { many } else { check_name(name) });
            }
            if let Some(value) = &header.default {
                let many = Err("a pattern has no header that could be missing".to_owned());
                add(format!("{key}.default"), if is_pattern { many } else { check_value(value) });
            }
        }
        for (index, name) in self.remove.iter().enumerate() {
            add(format!("{key}.remove[{index}]"), check_pattern(name));
        }
        for (index, header) in self.answers.iter().enumerate() {
            let key = format!("{key}.answers[{index}]");
            add(format!("{key}.name"), check_answered(&header.name));
            add(format!("{key}.rename"), header.rename.as_deref().map_or(Ok(()), check_answered));
            if header.is_cookie() && header.merge() != Merge::Append {
                let reason = "cookies of several answers are several headers; leave it out";
                add(format!("{key}.merge"), Err(reason.to_owned()));
            }
        }
        for (name, value) in &self.insert {
            let checked = check_name(name).and_then(|()| check_value(value.reveal()));
            add(format!("{key}.insert.{name}"), checked);
        }
    }
}

fn check_value(value: &str) -> Result<(), String> {
    HeaderValue::from_str(value)
        .map(drop)
        .map_err(|_| "is not a header's value: it has a line break or another control character".to_owned())
}
