//! `@cacheControl`: hints get into the supergraph only if they are composed, which is easily forgotten.

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::spec::Kind;
use crate::graph::CACHE_CONTROL;

impl Checker<'_> {
    pub(super) fn check_cache_hints(&mut self) {
        let composed = self.subgraph.schema_directives.all(Kind::ComposeDirective);
        let mut names = composed.filter_map(|applied| applied.text("name")?.strip_prefix('@'));
        if names.any(|name| name == CACHE_CONTROL) {
            return;
        }
        let of_fields = self.fields().map(|(_, field)| &field.directives);
        let mut applied =
            self.types().map(|ty| &ty.directives).chain(of_fields).flat_map(|all| all.all(Kind::Custom));
        if let Some(hint) = applied.find(|applied| applied.node.name == CACHE_CONTROL) {
            let message = format!(
                "`@{CACHE_CONTROL}` is not composed, so that no hint of this subgraph is in the supergraph"
            );
            self.report(Code::CacheHintsNotComposed, message, hint.span());
        }
    }
}
