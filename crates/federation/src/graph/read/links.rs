//! Which names the specifications linked by a supergraph go by in it.

use apollo_compiler::Schema;
use apollo_compiler::ast::{Directive, Value};

use crate::graph::GraphError;

/// Specifications that are understood, or need no understanding to be safe.
const KNOWN: &[&str] = &[
    "link",
    "core",
    "join",
    "tag",
    "inaccessible",
    "authenticated",
    "requiresScopes",
    "policy",
    "cost",
    "listSize",
    "context",
    "cacheTag",
];

/// The linked specifications of a document.
pub(super) struct Links {
    links: Vec<Link>,
}

struct Link {
    /// The last name of the URL, e.g. `join`, when the URL is one of the federation specifications.
    spec: Option<String>,
    version: String,
    /// The prefix of names that are not imported.
    namespace: String,
    /// Specification name and name in this document, both without `@`.
    imports: Vec<(String, String)>,
}

impl Links {
    /// Reads the links of a schema; refuses what must be understood and is not.
    pub(super) fn read(schema: &Schema, errors: &mut Vec<GraphError>) -> Self {
        let mut links = Vec::new();
        for directive in &schema.schema_definition.directives.0 {
            let Some(url) = text(directive, "url").or_else(|| text(directive, "feature")) else { continue };
            let link = Link::read(&url, directive);
            let known = link.spec.as_deref().is_some_and(|spec| KNOWN.contains(&spec));
            let purpose = directive.specified_argument_by_name("for").and_then(|value| match &**value {
                Value::Enum(name) => Some(name.to_string()),
                _ => None,
            });
            if let Some(purpose) = purpose.filter(|_| !known) {
                errors.push(GraphError::UnsupportedFeature { url, purpose });
            }
            links.push(link);
        }
        Self { links }
    }

    /// The version of the join specification, e.g. `v0.3`.
    pub(super) fn join_version(&self) -> Option<&str> {
        self.links.iter().find(|link| link.spec.as_deref() == Some("join")).map(|link| link.version.as_str())
    }

    /// The name a specification's element has in this document; `None` when the specification is not linked.
    pub(super) fn name(&self, spec: &str, element: &str) -> Option<String> {
        let link = self.links.iter().find(|link| link.spec.as_deref() == Some(spec))?;
        if let Some((_, name)) = link.imports.iter().find(|(imported, _)| imported == element) {
            return Some(name.clone());
        }
        Some(if element == spec { link.namespace.clone() } else { format!("{}__{element}", link.namespace) })
    }

    /// Whether a type or directive name belongs to a linked specification.
    pub(super) fn owns(&self, name: &str) -> bool {
        self.links.iter().any(|link| {
            name.strip_prefix(link.namespace.as_str()).is_some_and(|rest| rest.starts_with("__"))
                || link.imports.iter().any(|(_, imported)| imported == name)
                || (link.spec.is_some() && name == link.namespace)
        })
    }
}

impl Link {
    fn read(url: &str, directive: &Directive) -> Self {
        let mut segments = url.trim_end_matches('/').rsplit('/');
        let last = segments.next().unwrap_or_default();
        let (name, version) = if is_version(last) {
            (segments.next().unwrap_or_default().to_owned(), last.to_owned())
        } else {
            (last.to_owned(), String::new())
        };
        let ours = url.contains("://specs.apollo.dev/") || url.contains("://lib.apollo.dev/");
        let namespace = text(directive, "as").unwrap_or_else(|| name.clone());
        let imports = directive
            .specified_argument_by_name("import")
            .and_then(|value| value.as_list())
            .unwrap_or_default()
            .iter()
            .filter_map(|item| import(item))
            .collect();
        Self { spec: ours.then_some(name), version, namespace, imports }
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// One item of `import`: a name, or an object that renames it.
fn import(item: &Value) -> Option<(String, String)> {
    let bare = |name: &str| name.trim_start_matches('@').to_owned();
    match item {
        Value::String(name) => Some((bare(name), bare(name))),
        Value::Object(entries) => {
            let get = |key: &str| {
                entries.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.as_str())
            };
            let name = get("name")?;
            Some((bare(name), bare(get("as").unwrap_or(name))))
        }
        _ => None,
    }
}

/// A string argument of a directive.
pub(super) fn text(directive: &Directive, name: &str) -> Option<String> {
    directive.specified_argument_by_name(name)?.as_str().map(str::to_owned)
}

/// A boolean argument of a directive.
pub(super) fn flag(directive: &Directive, name: &str) -> Option<bool> {
    directive.specified_argument_by_name(name)?.to_bool()
}
