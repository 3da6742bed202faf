//! The list of subgraphs a supergraph is composed from, in the format of Apollo's Rover CLI
//! (<https://www.apollographql.com/docs/rover/commands/supergraphs>).

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::problem::Problem;
use super::units::Secret;
use super::upstream::check_url;

/// A `supergraph.yaml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubgraphsFile {
    /// The federation version asked for, e.g. `=2.9.0` or `2`. Only version 2 is composed.
    #[serde(default)]
    pub federation_version: Option<Version>,
    /// By name.
    pub subgraphs: BTreeMap<String, SubgraphEntry>,
}

/// One subgraph.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubgraphEntry {
    /// Where the gateway sends requests. May be left out where the schema has a `subgraph_url`.
    #[serde(default)]
    pub routing_url: Option<String>,
    /// Where the schema comes from.
    pub schema: SchemaSource,
}

/// Where a subgraph's schema comes from: a file, the list itself, or the running service.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaSource {
    /// A file with the schema.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The schema itself.
    #[serde(default)]
    pub sdl: Option<String>,
    /// A service that answers `{ _service { sdl } }`.
    #[serde(default)]
    pub subgraph_url: Option<String>,
    /// Headers to send to that service.
    #[serde(default)]
    pub introspection_headers: BTreeMap<String, Secret>,
    /// A graph of a schema registry. Rover's format knows it; it is refused by name.
    #[serde(default)]
    pub graphref: Option<String>,
    /// The subgraph of `graphref`.
    #[serde(default)]
    pub subgraph: Option<String>,
}

/// A version, written as text or number.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "VersionText")]
pub struct Version(String);

#[derive(Deserialize)]
#[serde(untagged)]
enum VersionText {
    Text(String),
    Int(u64),
    Float(f64),
}

impl From<VersionText> for Version {
    fn from(version: VersionText) -> Self {
        Self(match version {
            VersionText::Text(text) => text,
            VersionText::Int(number) => number.to_string(),
            VersionText::Float(number) => number.to_string(),
        })
    }
}

impl SubgraphEntry {
    /// Where the gateway sends requests.
    #[must_use]
    pub fn url(&self) -> &str {
        self.routing_url.as_deref().or(self.schema.subgraph_url.as_deref()).unwrap_or_default()
    }

    fn check(&self, key: &str, problems: &mut Vec<Problem>) {
        let SchemaSource { file, sdl, subgraph_url, .. } = &self.schema;
        let sources = [file.is_some(), sdl.is_some(), subgraph_url.is_some()];
        if self.schema.graphref.is_some() || self.schema.subgraph.is_some() {
            problems.push(Problem::of_key(
                format!("{key}.schema"),
                "schemas of a registry are not fetched; save the schema and name it with `file`",
            ));
        } else if sources.into_iter().filter(|given| *given).count() != 1 {
            problems.push(Problem::of_key(
                format!("{key}.schema"),
                "needs exactly one of `file`, `sdl` and `subgraph_url`",
            ));
        } else if subgraph_url.is_none() && self.routing_url.is_none() {
            problems.push(Problem::of_key(
                key,
                "the key `routing_url` is missing: a schema does not tell where the service is",
            ));
        }
        let urls = [("routing_url", &self.routing_url), ("schema.subgraph_url", &self.schema.subgraph_url)];
        for (name, url) in urls {
            if let Some(Err(message)) = url.as_deref().map(check_url) {
                problems.push(Problem::of_key(format!("{key}.{name}"), message));
            }
        }
        for (name, value) in &self.schema.introspection_headers {
            let valid = http::HeaderName::try_from(name).is_ok()
                && http::HeaderValue::from_str(value.reveal()).is_ok();
            if !valid {
                let key = format!("{key}.schema.introspection_headers.{name}");
                problems.push(Problem::of_key(key, "is not a valid header"));
            }
        }
    }
}

impl SubgraphsFile {
    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(Version(version)) = &self.federation_version {
            let number = version.trim_start_matches(['=', 'v', '^', '~', ' ']);
            if number != "2" && !number.starts_with("2.") {
                problems.push(Problem::of_key(
                    "federation_version",
                    "only version 2 is composed; write `=2.9.0` or leave it out",
                ));
            }
        }
        if self.subgraphs.is_empty() {
            problems.push(Problem::of_key("subgraphs", "names no subgraph"));
        }
        for (name, entry) in &self.subgraphs {
            entry.check(&format!("subgraphs.{name}"), &mut problems);
        }
        problems
    }
}
