//! `@link`: which specifications a subgraph uses and under which names.
//!
//! Rules from <https://specs.apollo.dev/link/v1.0>.

use std::collections::BTreeMap;

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Directive, Document, Value};
use apollo_compiler::parser::SourceSpan;

use super::source::Source;
use super::spec::{self, CORE, DIRECTIVES, FEDERATION, Kind, LINK, NEWEST, OLDEST, SCALARS};
use crate::compose::code::Code;
use crate::compose::diagnostic::Diagnostic;
use crate::compose::findings::Findings;

/// A version `vMAJOR.MINOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.strip_prefix('v')?.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "v{}.{}", self.major, self.minor)
    }
}

/// One imported element.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// Name in the specification, without `@`.
    pub(crate) element: String,
    pub(crate) is_directive: bool,
    /// Name in this subgraph, without `@`.
    pub(crate) local: String,
}

/// One `@link` of a subgraph.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// URL without the version.
    pub(crate) identity: String,
    /// Last segment of the identity.
    pub(crate) name: String,
    /// `as`, or [`Link::name`]: the prefix of elements that are not imported.
    pub(crate) prefix: String,
    pub(crate) version: Option<Version>,
    pub(crate) imports: Vec<Import>,
    /// `for`: what would be lost if the specification were ignored, `SECURITY` or `EXECUTION`.
    pub(crate) purpose: Option<String>,
    pub(crate) span: Option<SourceSpan>,
}

impl Link {
    /// The local name of an element of the linked specification.
    pub(crate) fn local_name(&self, element: &str, is_directive: bool) -> String {
        let imported = self.imports.iter().find(|i| i.element == element && i.is_directive == is_directive);
        match imported {
            Some(import) => import.local.clone(),
            // The directive that carries the specification's own name needs no import.
            None if is_directive && element == self.name => self.prefix.clone(),
            None => format!("{}__{element}", self.prefix),
        }
    }

    pub(crate) fn imports_directive(&self, element: &str) -> bool {
        self.imports.iter().any(|import| import.is_directive && import.element == element)
    }

    /// The name in the specification of a local directive, when this link brings it.
    pub(crate) fn directive_element(&self, local: &str) -> Option<String> {
        if let Some(import) = self.imports.iter().find(|i| i.is_directive && i.local == local) {
            return Some(import.element.clone());
        }
        if local == self.prefix {
            return Some(self.name.clone());
        }
        local.strip_prefix(&self.prefix)?.strip_prefix("__").map(str::to_owned)
    }
}

/// All links of a subgraph and what its local names mean.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// Federation version; `None` for a federation 1 schema.
    pub(crate) federation: Option<Version>,
    /// The local name of `@link` itself.
    pub(crate) link_name: String,
    pub(crate) links: Vec<Link>,
    /// Local directive name to meaning.
    directives: BTreeMap<String, Kind>,
    /// Specification scalar to local name.
    scalars: BTreeMap<&'static str, String>,
}

impl Links {
    /// Reads the links of a parsed SDL. Findings carry the place of the offending `@link`.
    pub(crate) fn read(document: &Document, source: &Source, findings: &mut Findings) -> Self {
        let applications = schema_directives(document);
        let link_name = bootstrap_name(&applications);
        let mut links = Vec::new();
        for application in applications.iter().filter(|d| d.name.as_str() == link_name) {
            match read_link(application) {
                Ok(link) => links.push(link),
                Err((code, message)) => {
                    findings.push(Diagnostic::new(code, message).at(source.locate(application.location())));
                }
            }
        }
        check_duplicates(&links, source, findings);
        for link in &links {
            check_version_and_imports(link, source, findings);
        }
        let federation = links.iter().find(|l| l.identity == FEDERATION).and_then(|l| l.version);
        let mut this =
            Self { federation, link_name, links, directives: BTreeMap::new(), scalars: BTreeMap::new() };
        this.name_directives();
        this.name_scalars();
        this
    }

    /// What a local directive name means.
    pub(crate) fn kind(&self, local: &str) -> Kind {
        match local {
            "deprecated" => Kind::Deprecated,
            "specifiedBy" => Kind::SpecifiedBy,
            "oneOf" => Kind::OneOf,
            _ if local == self.link_name => Kind::Link,
            _ => self.directives.get(local).copied().unwrap_or(Kind::Custom),
        }
    }

    /// The local name of a federation directive, when this subgraph may use it.
    pub(crate) fn directive_name(&self, kind: Kind) -> Option<&str> {
        self.directives.iter().find(|(_, k)| **k == kind).map(|(name, _)| name.as_str())
    }

    /// Local names of federation directives with their meaning, in name order.
    pub(crate) fn directives(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.directives.iter().map(|(name, kind)| (name.as_str(), *kind))
    }

    /// Local names of the specification's scalars.
    pub(crate) fn scalars(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.scalars.iter().map(|(element, local)| (*element, local.as_str()))
    }

    /// Whether a type belongs to the federation or link machinery rather than to the graph.
    pub(crate) fn is_machinery(&self, type_name: &str) -> bool {
        let by_prefix = |prefix: &str| {
            type_name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("__") && rest.len() > 2)
        };
        matches!(type_name, "_Any" | "_Entity" | "_Service" | "_FieldSet")
            || self.scalars.values().any(|local| local == type_name)
            || by_prefix(&self.link_name)
            || self
                .links
                .iter()
                .filter(|link| matches!(link.identity.as_str(), FEDERATION | LINK | CORE))
                .any(|link| by_prefix(&link.prefix))
    }

    /// The link that brings a custom directive, with the directive's name in its specification.
    pub(crate) fn source_of(&self, local: &str) -> Option<(&Link, String)> {
        self.links.iter().find_map(|link| link.directive_element(local).map(|element| (link, element)))
    }

    fn name_directives(&mut self) {
        let federation = self.links.iter().find(|l| l.identity == FEDERATION);
        for directive in DIRECTIVES {
            let own = directive.carrier.and_then(|(name, _)| {
                let identity = format!("https://specs.apollo.dev/{name}");
                self.links.iter().find(|link| link.identity == identity)
            });
            if let Some(link) = own {
                self.directives.insert(link.local_name(directive.name, true), directive.kind);
            }
            match (federation, self.federation) {
                (Some(link), Some(version)) if version >= directive.since => {
                    self.directives.insert(link.local_name(directive.name, true), directive.kind);
                }
                (None, _) if directive.federation_1 => {
                    self.directives.insert(directive.name.to_owned(), directive.kind);
                }
                _ => {}
            }
        }
    }

    fn name_scalars(&mut self) {
        let federation = self.links.iter().find(|l| l.identity == FEDERATION);
        for (element, _) in SCALARS {
            let local = match federation {
                Some(link) => link.local_name(element, false),
                None => format!("federation__{element}"),
            };
            self.scalars.insert(element, local);
        }
    }
}

fn schema_directives(document: &Document) -> Vec<Node<Directive>> {
    let on_schema = document.definitions.iter().filter_map(|definition| match definition {
        Definition::SchemaDefinition(schema) => Some(&schema.directives),
        Definition::SchemaExtension(schema) => Some(&schema.directives),
        _ => None,
    });
    on_schema.flatten().cloned().collect()
}

/// The link specification may rename itself: `@lnk(url: ".../link/v1.0", as: "lnk")`.
fn bootstrap_name(applications: &[Node<Directive>]) -> String {
    let own = applications.iter().find(|directive| {
        let url = directive.specified_argument_by_name("url").and_then(|v| v.as_str().map(str::to_owned));
        let alias = directive.specified_argument_by_name("as").and_then(|v| v.as_str().map(str::to_owned));
        let name = alias.unwrap_or_else(|| "link".to_owned());
        url.is_some_and(|url| url.starts_with(LINK)) && directive.name == name.as_str()
    });
    own.map_or_else(|| "link".to_owned(), |directive| directive.name.to_string())
}

type LinkError = (Code, String);

fn read_link(application: &Node<Directive>) -> Result<Link, LinkError> {
    let usage = |message: String| (Code::InvalidLinkDirectiveUsage, message);
    let url = application
        .specified_argument_by_name("url")
        .and_then(|value| value.as_str())
        .ok_or_else(|| usage(format!("`@{}` needs a `url`", application.name)))?;
    let (identity, name, version) = split_url(url)?;
    let alias = match application.specified_argument_by_name("as") {
        None => None,
        Some(value) if value.is_null() => None,
        Some(value) => {
            Some(value.as_str().ok_or_else(|| usage("`as` of a link must be a string".to_owned()))?)
        }
    };
    if let Some(alias) = alias
        && (alias.contains("__") || alias.ends_with('_') || !apollo_compiler::Name::is_valid_syntax(alias))
    {
        return Err((Code::InvalidLinkIdentifier, format!("`{alias}` cannot be used as the name of a link")));
    }
    let prefix = alias.unwrap_or(&name).to_owned();
    let mut imports = Vec::new();
    match application.specified_argument_by_name("import").map(|value| &**value) {
        None | Some(Value::Null) => {}
        Some(Value::List(items)) => {
            for item in items {
                imports.push(read_import(item)?);
            }
        }
        Some(_) => return Err(usage("`import` of a link must be a list".to_owned())),
    }
    let purpose = application.specified_argument_by_name("for").and_then(|value| value.as_enum());
    let purpose = purpose.map(ToString::to_string);
    Ok(Link { identity, name, prefix, version, imports, purpose, span: application.location() })
}

fn split_url(url: &str) -> Result<(String, String, Option<Version>), LinkError> {
    let bad = || (Code::InvalidLinkIdentifier, format!("`{url}` is not the URL of a specification"));
    let (scheme, path) = url.split_once("://").ok_or_else(bad)?;
    if scheme.is_empty() || path.is_empty() || path.contains(char::is_whitespace) {
        return Err(bad());
    }
    let url = url.trim_end_matches('/');
    let (rest, last) = url.rsplit_once('/').ok_or_else(bad)?;
    match Version::parse(last) {
        Some(version) => {
            let name = rest.rsplit_once('/').map(|(_, name)| name).ok_or_else(bad)?;
            Ok((rest.to_owned(), name.to_owned(), Some(version)))
        }
        None => Ok((url.to_owned(), last.to_owned(), None)),
    }
}

fn read_import(item: &Value) -> Result<Import, LinkError> {
    let usage = |message: String| (Code::InvalidLinkDirectiveUsage, message);
    let (element, local) = match item {
        Value::String(name) => (name.as_str(), name.as_str()),
        Value::Object(entries) => {
            let entry = |key: &str| entries.iter().find(|(k, _)| k == key).and_then(|(_, v)| v.as_str());
            if let Some((key, _)) = entries.iter().find(|(k, _)| k != "name" && k != "as") {
                return Err(usage(format!("`{key}` is not part of an import: write `name` and `as`")));
            }
            let name = entry("name").ok_or_else(|| usage("an import needs a `name`".to_owned()))?;
            (name, entry("as").unwrap_or(name))
        }
        _ => return Err(usage("an import is a string or an object with `name` and `as`".to_owned())),
    };
    match (element.strip_prefix('@'), local.strip_prefix('@')) {
        (Some(element), Some(local)) => {
            Ok(Import { element: element.to_owned(), is_directive: true, local: local.to_owned() })
        }
        (None, None) => {
            Ok(Import { element: element.to_owned(), is_directive: false, local: local.to_owned() })
        }
        _ => Err(usage(format!("`{element}` cannot be imported as `{local}`: both or neither need `@`"))),
    }
}

fn check_duplicates(links: &[Link], source: &Source, findings: &mut Findings) {
    for (index, link) in links.iter().enumerate() {
        if let Some(first) = links[..index].iter().find(|l| l.identity == link.identity) {
            let message = format!("`{}` is linked twice", link.identity);
            findings.push(
                Diagnostic::new(Code::InvalidLinkDirectiveUsage, message)
                    .at_all([source.locate(link.span), source.locate(first.span)]),
            );
        } else if let Some(first) = links[..index].iter().find(|l| l.prefix == link.prefix) {
            let message =
                format!("`{}` and `{}` are both named `{}`", first.identity, link.identity, link.prefix);
            findings.push(
                Diagnostic::new(Code::InvalidLinkDirectiveUsage, message)
                    .at_all([source.locate(link.span), source.locate(first.span)]),
            );
        }
    }
}

fn check_version_and_imports(link: &Link, source: &Source, findings: &mut Findings) {
    let mut report = |code, message: String| {
        findings.push(Diagnostic::new(code, message).at(source.locate(link.span)));
    };
    match (link.identity.as_str(), link.version) {
        (FEDERATION, Some(version)) if version < OLDEST || version > NEWEST => {
            report(Code::UnknownFederationLinkVersion, format!("federation {version} is not known"));
        }
        (FEDERATION, None) => {
            report(Code::UnknownFederationLinkVersion, "the federation link has no version".to_owned());
        }
        (LINK, Some(version)) if version != (Version { major: 1, minor: 0 }) => {
            report(Code::UnknownLinkVersion, format!("link {version} is not known"));
        }
        (LINK, None) => report(Code::UnknownLinkVersion, "the link of `link` has no version".to_owned()),
        (FEDERATION, Some(version)) => {
            for import in &link.imports {
                if let Some(message) = unknown_import(import, version) {
                    report(Code::InvalidLinkDirectiveUsage, message);
                }
            }
        }
        _ => {}
    }
    if let Some(purpose) = &link.purpose
        && !spec::is_known(&link.identity)
    {
        let message = format!(
            "`{}` is linked for {purpose}, but composition does not know it: what it demands would be lost",
            link.identity
        );
        report(Code::InvalidLinkDirectiveUsage, message);
    }
}

fn unknown_import(import: &Import, version: Version) -> Option<String> {
    let at = if import.is_directive { "@" } else { "" };
    let element = &import.element;
    let since = if import.is_directive {
        spec::directive_named(element).map(|directive| directive.since)
    } else {
        SCALARS.iter().find(|(name, _)| name == element).map(|(_, since)| *since)
    };
    match since {
        Some(since) if since <= version => None,
        Some(since) => Some(format!("`{at}{element}` needs federation {since}, but {version} is linked")),
        // Apollo allows `@link` itself in the import list of early schemas.
        None if element == "link" && import.is_directive => None,
        None => Some(format!("federation {version} has no element `{at}{element}`")),
    }
}
