//! Where access control may stand.

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::model::{Directives, TypeKind};
use crate::compose::subgraph::spec::Kind;

/// The directives of access control.
pub(crate) const ACCESS: [(Kind, &str); 3] = [
    (Kind::Authenticated, "@authenticated"),
    (Kind::RequiresScopes, "@requiresScopes"),
    (Kind::Policy, "@policy"),
];

impl Checker<'_> {
    pub(super) fn check_access(&mut self) {
        for ty in self.types() {
            let described = match ty.kind {
                TypeKind::Interface => "interface",
                _ if ty.is_interface_object() => "interface object",
                _ => continue,
            };
            self.refuse_access(&ty.directives, &format!("{described} `{}`", ty.name));
            for field in ty.fields.values() {
                let place = format!("field `{}.{}` of an {described}", ty.name, field.name);
                self.refuse_access(&field.directives, &place);
            }
        }
    }

    fn refuse_access(&mut self, directives: &Directives, place: &str) {
        for (kind, name) in ACCESS {
            if let Some(applied) = directives.get(kind) {
                let message = format!("{place} has `{name}`");
                self.report(Code::AuthRequirementsAppliedOnInterface, message, applied.span());
            }
        }
    }
}
