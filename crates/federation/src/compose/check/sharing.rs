//! Where `@shareable` may stand.

use std::collections::BTreeSet;

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::model::TypeKind;
use crate::compose::subgraph::spec::Kind;

impl Checker<'_> {
    pub(super) fn check_sharing(&mut self) {
        for ty in self.types() {
            let mut declarations = BTreeSet::new();
            for shareable in ty.directives.all(Kind::Shareable) {
                let declaration =
                    shareable.node.extension_id().map(|id| id.location().map(|span| span.offset()));
                if !declarations.insert(declaration) {
                    let message = format!("one declaration of `{}` is `@shareable` twice", ty.name);
                    self.report(Code::InvalidShareableUsage, message, shareable.span());
                }
            }
        }
        for (ty, field) in self.fields() {
            let mut applications = field.directives.all(Kind::Shareable);
            let Some(first) = applications.next() else { continue };
            if ty.kind == TypeKind::Interface {
                let message = format!("interface field `{}.{}` is `@shareable`", ty.name, field.name);
                self.report(Code::InvalidShareableUsage, message, first.span());
            } else if let Some(second) = applications.next() {
                let message = format!("`{}.{}` is `@shareable` twice", ty.name, field.name);
                self.report(Code::InvalidShareableUsage, message, second.span());
            }
        }
    }
}
