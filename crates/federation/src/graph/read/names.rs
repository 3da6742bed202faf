//! The names of the directives a reader looks for.

use super::links::Links;

/// Names in the document at hand; a specification that is not linked leaves its names empty, and an empty
/// name matches no directive.
pub(super) struct Names {
    pub(super) graph_enum: String,
    pub(super) graph: String,
    pub(super) ty: String,
    pub(super) field: String,
    pub(super) owner: String,
    pub(super) implements: String,
    pub(super) union_member: String,
    pub(super) inaccessible: String,
    pub(super) tag: String,
    pub(super) authenticated: String,
    pub(super) requires_scopes: String,
    pub(super) policy: String,
    pub(super) context: String,
    pub(super) cost: String,
    pub(super) list_size: String,
}

impl Names {
    pub(super) fn new(links: &Links) -> Self {
        // Where a specification is not linked by itself, the federation specification may bring its directive.
        let name = |spec: &str, element: &str| {
            links.name(spec, element).or_else(|| links.name("federation", element)).unwrap_or_default()
        };
        let list_size = links.name("cost", "listSize").unwrap_or_else(|| name("listSize", "listSize"));
        Self {
            graph_enum: name("join", "Graph"),
            graph: name("join", "graph"),
            ty: name("join", "type"),
            field: name("join", "field"),
            owner: name("join", "owner"),
            implements: name("join", "implements"),
            union_member: name("join", "unionMember"),
            inaccessible: name("inaccessible", "inaccessible"),
            tag: name("tag", "tag"),
            authenticated: name("authenticated", "authenticated"),
            requires_scopes: name("requiresScopes", "requiresScopes"),
            policy: name("policy", "policy"),
            context: name("context", "context"),
            cost: name("cost", "cost"),
            list_size,
        }
    }
}
