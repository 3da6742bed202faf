//! Implementations have every field of their interfaces once all subgraphs are merged.

use super::Verifier;
use crate::compose::code::Code;

impl Verifier<'_> {
    pub(super) fn verify_implementations(&mut self) {
        let supergraph = self.supergraph;
        for ty in supergraph.types.values() {
            for interface in ty.implements.keys() {
                let Some(interface) = supergraph.types.get(interface) else { continue };
                for field in interface.fields.keys().filter(|field| !ty.fields.contains_key(*field)) {
                    let message = format!(
                        "`{}` implements `{}`, but no subgraph gives it the field `{field}`",
                        ty.name, interface.name
                    );
                    let mut places = self.places_of_type(&ty.name);
                    places.extend(self.places_of_field(&interface.name, field));
                    self.report(Code::InterfaceFieldNoImplem, message, places);
                }
            }
        }
    }
}
