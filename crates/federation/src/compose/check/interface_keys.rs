//! A key of an interface is a key of its implementations.

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::field_set::{canonical, implementations};
use crate::compose::subgraph::model::TypeKind;

impl Checker<'_> {
    pub(super) fn check_interface_keys(&mut self) {
        for interface in self.types().filter(|ty| ty.kind == TypeKind::Interface) {
            for key in interface.keys() {
                let text = canonical(key.field_set());
                for implementation in implementations(self.subgraph, &interface.name) {
                    let own = implementation.keys().find(|own| canonical(own.field_set()) == text);
                    let what = match own {
                        Some(own) if own.is_resolvable() || !key.is_resolvable() => continue,
                        Some(_) => "has only as a key that is not resolvable",
                        None => "lacks",
                    };
                    let message = format!(
                        "interface `{}` has the key `{text}`, which its implementation `{}` {what}",
                        interface.name, implementation.name
                    );
                    self.report(Code::InterfaceKeyNotOnImplementation, message, key.span());
                }
            }
        }
    }
}
