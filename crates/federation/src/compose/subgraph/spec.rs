//! The directives and scalars of the federation specifications: since when they exist and how they are defined.
//!
//! Facts from <https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/versions>.

use super::link::Version;

/// Identity (URL without version) of the federation specification.
pub(crate) const FEDERATION: &str = "https://specs.apollo.dev/federation";
/// Identity of the link specification.
pub(crate) const LINK: &str = "https://specs.apollo.dev/link";
/// Identity of the specification that `@link` replaced.
pub(crate) const CORE: &str = "https://specs.apollo.dev/core";

/// The newest federation version composition knows.
pub(crate) const NEWEST: Version = Version { major: 2, minor: 15 };
/// The oldest federation version with `@link`.
pub(crate) const OLDEST: Version = Version { major: 2, minor: 0 };

/// Which directive an application means, whatever name the subgraph gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Key,
    Requires,
    Provides,
    External,
    Shareable,
    Override,
    Inaccessible,
    Tag,
    Extends,
    InterfaceObject,
    ComposeDirective,
    Authenticated,
    RequiresScopes,
    Policy,
    Cost,
    ListSize,
    Context,
    FromContext,
    CacheTag,
    Link,
    Deprecated,
    SpecifiedBy,
    OneOf,
    /// Defined by the subgraph itself.
    Custom,
}

/// A directive of the federation specification.
pub(crate) struct DirectiveSpec {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    /// First federation version that has it.
    pub(crate) since: Version,
    /// Whether a schema without `@link` may use it.
    pub(crate) federation_1: bool,
    /// Arguments and locations in SDL; `{X}` stands for the local name of scalar X.
    pub(crate) definition: &'static str,
    /// The specification that carries it in a supergraph (and may be linked directly): its name and version.
    pub(crate) carrier: Option<(&'static str, &'static str)>,
}

const fn directive(
    kind: Kind,
    name: &'static str,
    minor: u32,
    federation_1: bool,
    carrier: Option<(&'static str, &'static str)>,
    definition: &'static str,
) -> DirectiveSpec {
    DirectiveSpec { kind, name, since: Version { major: 2, minor }, federation_1, definition, carrier }
}

const ACCESS: &str = "on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM";

/// Every directive of the federation specification.
pub(crate) static DIRECTIVES: &[DirectiveSpec] = &[
    directive(
        Kind::Key,
        "key",
        0,
        true,
        None,
        "(fields: {FieldSet}!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE",
    ),
    directive(Kind::Requires, "requires", 0, true, None, "(fields: {FieldSet}!) on FIELD_DEFINITION"),
    directive(Kind::Provides, "provides", 0, true, None, "(fields: {FieldSet}!) on FIELD_DEFINITION"),
    directive(Kind::External, "external", 0, true, None, "(reason: String) on OBJECT | FIELD_DEFINITION"),
    directive(Kind::Shareable, "shareable", 0, true, None, "repeatable on OBJECT | FIELD_DEFINITION"),
    directive(
        Kind::Override,
        "override",
        0,
        false,
        None,
        "(from: String!, label: String) on FIELD_DEFINITION",
    ),
    directive(
        Kind::Inaccessible,
        "inaccessible",
        0,
        true,
        Some(("inaccessible", "v0.2")),
        "on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION",
    ),
    directive(
        Kind::Tag,
        "tag",
        0,
        true,
        Some(("tag", "v0.3")),
        "(name: String!) repeatable on FIELD_DEFINITION | INTERFACE | OBJECT | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA",
    ),
    directive(Kind::Extends, "extends", 0, true, None, "on OBJECT | INTERFACE"),
    directive(
        Kind::ComposeDirective,
        "composeDirective",
        1,
        false,
        None,
        "(name: String!) repeatable on SCHEMA",
    ),
    directive(Kind::InterfaceObject, "interfaceObject", 3, false, None, "on OBJECT"),
    directive(Kind::Authenticated, "authenticated", 5, false, Some(("authenticated", "v0.1")), ACCESS),
    directive(
        Kind::RequiresScopes,
        "requiresScopes",
        5,
        false,
        Some(("requiresScopes", "v0.1")),
        "(scopes: [[{Scope}!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    ),
    directive(
        Kind::Policy,
        "policy",
        6,
        false,
        Some(("policy", "v0.1")),
        "(policies: [[{Policy}!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM",
    ),
    directive(
        Kind::Context,
        "context",
        8,
        false,
        Some(("context", "v0.1")),
        "(name: String!) repeatable on INTERFACE | OBJECT | UNION",
    ),
    directive(
        Kind::FromContext,
        "fromContext",
        8,
        false,
        None,
        "(field: {ContextFieldValue}) on ARGUMENT_DEFINITION",
    ),
    directive(
        Kind::Cost,
        "cost",
        9,
        false,
        Some(("cost", "v0.1")),
        "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
    ),
    directive(
        Kind::ListSize,
        "listSize",
        9,
        false,
        Some(("cost", "v0.1")),
        "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
    ),
    directive(
        Kind::CacheTag,
        "cacheTag",
        12,
        false,
        None,
        "(format: String!) repeatable on OBJECT | INTERFACE | FIELD_DEFINITION",
    ),
];

/// Scalars of the federation specification and the version that brought them.
pub(crate) static SCALARS: &[(&str, Version)] = &[
    ("FieldSet", Version { major: 2, minor: 0 }),
    ("Scope", Version { major: 2, minor: 5 }),
    ("Policy", Version { major: 2, minor: 6 }),
    ("ContextFieldValue", Version { major: 2, minor: 8 }),
];

/// Definitions of the link specification, for the local names of directive and scalars.
pub(crate) fn link_definitions(local: &str) -> String {
    format!(
        "directive @{local}(url: String, as: String, for: {local}__Purpose, import: [{local}__Import]) repeatable on SCHEMA\n\
         scalar {local}__Import\n\
         enum {local}__Purpose {{ SECURITY EXECUTION }}\n"
    )
}

/// Whether composition carries out what a specification says, whatever its version.
pub(crate) fn is_known(identity: &str) -> bool {
    let carriers = DIRECTIVES.iter().filter_map(|directive| directive.carrier);
    matches!(identity, FEDERATION | LINK | CORE)
        || carriers.into_iter().any(|(name, _)| identity == format!("https://specs.apollo.dev/{name}"))
}

/// The specification entry of a directive, by its name in the specification.
pub(crate) fn directive_named(name: &str) -> Option<&'static DirectiveSpec> {
    DIRECTIVES.iter().find(|directive| directive.name == name)
}

/// The specification entry of a directive, by what it means.
pub(crate) fn directive_of(kind: Kind) -> Option<&'static DirectiveSpec> {
    DIRECTIVES.iter().find(|directive| directive.kind == kind)
}
