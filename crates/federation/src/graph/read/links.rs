//! Which names the specifications linked by a supergraph go by in it.
//!
//! Rules from <https://specs.apollo.dev/link/v1.0> and, for Federation 1, <https://specs.apollo.dev/core/v0.2>.

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Node, Schema};

use crate::graph::GraphError;

/// Specifications that are understood, or need no understanding to be safe, with their newest known version.
const KNOWN: &[(&str, Version)] = &[
    ("link", (1, 0)),
    ("core", (0, 2)),
    ("join", (0, 5)),
    ("federation", (2, 15)),
    ("tag", (0, 3)),
    ("inaccessible", (0, 2)),
    ("authenticated", (0, 1)),
    ("requiresScopes", (0, 1)),
    ("policy", (0, 1)),
    ("cost", (0, 1)),
    ("listSize", (0, 1)),
    ("context", (0, 1)),
    ("cacheTag", (0, 1)),
];

/// Specifications that link others; their directives carry the links.
const LINKING: &[&str] = &["link", "core"];

/// Major and minor.
type Version = (u32, u32);

/// The linked specifications of a document.
pub(super) struct Links {
    links: Vec<Link>,
    /// Those of some subgraphs, which the supergraph only notes (`@join__directive`).
    noted: Vec<Link>,
}

struct Link {
    /// The last name of the URL, e.g. `join`, when the URL is one of the federation specifications.
    spec: Option<String>,
    version: Option<Version>,
    /// The prefix of names that are not imported.
    namespace: String,
    imports: Vec<Import>,
}

struct Import {
    is_directive: bool,
    /// Name in the specification, without `@`.
    element: String,
    /// Name in this document, without `@`.
    local: String,
}

impl Links {
    /// Reads the links of a schema; refuses what must be understood and is not.
    pub(super) fn read(schema: &Schema, errors: &mut Vec<GraphError>) -> Self {
        let mut links = Vec::new();
        let applied = &schema.schema_definition.directives.0;
        let carriers: Vec<&str> = applied
            .iter()
            .filter(|directive| url(directive).is_some_and(|url| is_linking(&url)))
            .map(|directive| directive.name.as_str())
            .collect();
        let carriers = if carriers.is_empty() { LINKING.to_vec() } else { carriers };
        for directive in applied.iter().filter(|directive| carriers.contains(&directive.name.as_str())) {
            let Some(url) = url(directive) else { continue };
            let import = directive.specified_argument_by_name("import");
            let link = Link::read(&url, text(directive, "as"), import.map(|import| &**import));
            let purpose = directive.specified_argument_by_name("for").and_then(|value| match &**value {
                Value::Enum(name) => Some(name.to_string()),
                _ => None,
            });
            if let Some(purpose) = purpose.filter(|_| !link.is_known()) {
                errors.push(GraphError::UnsupportedFeature { url, purpose });
            }
            links.push(link);
        }
        if links.is_empty() && defines_join(schema) {
            links.extend(KNOWN.iter().map(|(spec, newest)| Link::unlinked(spec, *newest)));
        }
        let mut all = Self { links, noted: Vec::new() };
        all.noted = all.noted(schema);
        all
    }

    fn noted(&self, schema: &Schema) -> Vec<Link> {
        let Some(carrier) = self.name("join", "directive") else { return Vec::new() };
        let applied = schema.schema_definition.directives.get_all(&carrier);
        let links = applied
            .filter(|directive| text(directive, "name").is_some_and(|name| LINKING.contains(&name.as_str())));
        let read = |directive: &Node<Directive>| {
            let args = directive.specified_argument_by_name("args")?.as_object()?;
            let get = |key: &str| args.iter().find(|(name, _)| name == key).map(|(_, value)| &**value);
            let url = get("url")?.as_str()?;
            let namespace = get("as").and_then(Value::as_str).map(str::to_owned);
            Some(Link::read(url, namespace, get("import")))
        };
        links.filter_map(read).collect()
    }

    /// The version of the join specification.
    pub(super) fn join_version(&self) -> Option<Version> {
        self.links.iter().find(|link| link.spec.as_deref() == Some("join"))?.version
    }

    /// The name a specification's element has in this document; `None` when the specification is not linked.
    pub(super) fn name(&self, spec: &str, element: &str) -> Option<String> {
        let link = self.links.iter().find(|link| link.spec.as_deref() == Some(spec))?;
        if let Some(import) = link.imports.iter().find(|import| import.element == element) {
            return Some(import.local.clone());
        }
        Some(if element == spec { link.namespace.clone() } else { format!("{}__{element}", link.namespace) })
    }

    /// Whether a type belongs to a linked specification.
    pub(super) fn owns_type(&self, name: &str) -> bool {
        self.links.iter().any(|link| link.has_prefix_of(name) || link.imports(name, false))
    }

    /// Whether a directive belongs to a specification that the supergraph or any of the subgraphs links. Not all
    /// subgraphs need know such a one.
    pub(super) fn owns_directive(&self, name: &str) -> bool {
        self.links.iter().chain(&self.noted).any(|link| {
            link.has_prefix_of(name)
                || link.imports(name, true)
                || (link.spec.is_some() && name == link.namespace)
        })
    }
}

/// Some producers write supergraphs without links; what they mean is plain from the definitions.
fn defines_join(schema: &Schema) -> bool {
    matches!(schema.types.get("join__Graph"), Some(ExtendedType::Enum(_)))
}

fn url(directive: &Directive) -> Option<String> {
    text(directive, "url").or_else(|| text(directive, "feature"))
}

fn is_linking(url: &str) -> bool {
    let (spec, _) = split(url);
    spec.is_some_and(|spec| LINKING.contains(&spec))
}

/// The name of a federation specification and the version in a URL.
fn split(url: &str) -> (Option<&str>, Option<Version>) {
    let (name, version) = name_and_version(url);
    let ours = url.contains("://specs.apollo.dev/") || url.contains("://lib.apollo.dev/");
    (name.filter(|_| ours), version)
}

fn name_and_version(url: &str) -> (Option<&str>, Option<Version>) {
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let last = segments.next();
    match last.and_then(version) {
        Some(version) => (segments.next(), Some(version)),
        None => (last, None),
    }
}

fn version(segment: &str) -> Option<Version> {
    let (major, minor) = segment.strip_prefix('v')?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

impl Link {
    fn read(url: &str, namespace: Option<String>, imported: Option<&Value>) -> Self {
        let (name, _) = name_and_version(url);
        let (spec, version) = split(url);
        let namespace = namespace.unwrap_or_else(|| name.unwrap_or_default().to_owned());
        let imported = imported.and_then(Value::as_list).unwrap_or_default();
        let imports = imported.iter().filter_map(|item| import(item)).collect();
        Self { spec: spec.map(str::to_owned), version, namespace, imports }
    }

    /// A specification under its own name.
    fn unlinked(spec: &str, version: Version) -> Self {
        let [spec, namespace] = [spec.to_owned(), spec.to_owned()];
        Self { spec: Some(spec), version: Some(version), namespace, imports: Vec::new() }
    }

    /// The version of `join` is judged apart from others.
    fn is_known(&self) -> bool {
        let Some(spec) = self.spec.as_deref() else { return false };
        KNOWN.iter().any(|(known, newest)| {
            *known == spec && (spec == "join" || self.version.is_none_or(|version| version <= *newest))
        })
    }

    fn has_prefix_of(&self, name: &str) -> bool {
        name.strip_prefix(self.namespace.as_str()).is_some_and(|rest| rest.starts_with("__"))
    }

    fn imports(&self, local: &str, is_directive: bool) -> bool {
        self.imports.iter().any(|import| import.local == local && import.is_directive == is_directive)
    }
}

/// One item of `import`: a name, or an object that renames it.
fn import(item: &Value) -> Option<Import> {
    let (name, local) = match item {
        Value::String(name) => (name.as_str(), name.as_str()),
        Value::Object(entries) => {
            let get = |key: &str| {
                entries.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.as_str())
            };
            let name = get("name")?;
            (name, get("as").unwrap_or(name))
        }
        _ => return None,
    };
    let bare = |name: &str| name.trim_start_matches('@').to_owned();
    Some(Import { is_directive: name.starts_with('@'), element: bare(name), local: bare(local) })
}

/// A string argument of a directive.
pub(super) fn text(directive: &Directive, name: &str) -> Option<String> {
    directive.specified_argument_by_name(name)?.as_str().map(str::to_owned)
}

/// A boolean argument of a directive.
pub(super) fn flag(directive: &Directive, name: &str) -> Option<bool> {
    directive.specified_argument_by_name(name)?.to_bool()
}
