//! `@external` on one subgraph's own terms.

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::model::TypeKind;
use crate::compose::subgraph::spec::Kind;

impl Checker<'_> {
    pub(super) fn check_externals(&mut self) {
        for (ty, field) in self.fields() {
            let Some(external) = field.directives.get(Kind::External) else { continue };
            let place = format!("{}.{}", ty.name, field.name);
            if ty.kind == TypeKind::Interface {
                let message = format!("interface field `{place}` is `@external`");
                self.report(Code::ExternalOnInterface, message, external.span());
                continue;
            }
            for (kind, name) in [(Kind::Requires, "@requires"), (Kind::Provides, "@provides")] {
                if field.directives.has(kind) {
                    let message = format!("`{place}` has both `@external` and `{name}`");
                    self.report(Code::ExternalCollisionWithAnotherDirective, message, external.span());
                }
            }
            let usage = &self.subgraph.usage;
            if usage.is_external(&ty.name, &field.name) && !usage.is_used(&ty.name, &field.name) {
                let message = format!("`{place}` is `@external`, but nothing in this subgraph needs it");
                self.report(Code::ExternalUnused, message, external.span());
            }
        }
    }
}
