//! What a caller may read of what the schema protects.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::graph::Access;

/// What the caller of a request holds, as the embedder found out. The default holds nothing: whatever the schema
/// protects with `@authenticated`, `@requiresScopes` or `@policy` is denied.
///
/// A denied field is not fetched. The answer has null in its place (which spreads if the field is non-null) and an
/// error with the code `UNAUTHORIZED_FIELD_OR_TYPE`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Whether the caller is known (`@authenticated`).
    pub authenticated: bool,
    /// The scopes the caller holds (`@requiresScopes`).
    pub scopes: BTreeSet<Arc<str>>,
    /// The policies that the embedder decided in the caller's favour (`@policy`).
    /// [`Graph::policies`](crate::graph::Graph::policies) lists those that matter.
    pub policies: BTreeSet<Arc<str>>,
}

impl Permissions {
    /// Whether a rule is met.
    pub fn meets(&self, rule: &Access) -> bool {
        (self.authenticated || !rule.authenticated)
            && rule.scopes.as_ref().is_none_or(|scopes| scopes.are_met(|name| self.scopes.contains(name)))
            && rule.policies.as_ref().is_none_or(|names| names.are_met(|name| self.policies.contains(name)))
    }
}
