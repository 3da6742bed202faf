//! `@interfaceObject` on one subgraph's own terms.

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::model::TypeKind;
use crate::compose::subgraph::spec::Kind;

impl Checker<'_> {
    pub(super) fn check_interface_objects(&mut self) {
        for ty in self.types().filter(|ty| ty.is_interface_object()) {
            let span = ty.directives.get(Kind::InterfaceObject).and_then(|applied| applied.span());
            if ty.kind == TypeKind::Object && ty.keys().next().is_none() {
                let message = format!("`{}` is an `@interfaceObject` without a `@key`", ty.name);
                self.report(Code::InterfaceObjectUsageError, message, span);
            }
        }
    }
}
