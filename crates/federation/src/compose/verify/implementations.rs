//! Implementations satisfy their interfaces once all subgraphs are merged.

use super::Verifier;
use crate::compose::code::Code;
use crate::compose::diagnostic::Location;
use crate::compose::merge::Place;
use crate::compose::merge::model::{MergedField, MergedType};
use crate::compose::merge::type_reference::is_output_subtype;

impl Verifier<'_> {
    pub(super) fn verify_implementations(&mut self) {
        let supergraph = self.supergraph;
        for ty in supergraph.types.values() {
            for interface in ty.implements.keys() {
                let Some(interface) = supergraph.types.get(interface) else { continue };
                for declared in interface.fields.values() {
                    match ty.fields.get(&declared.name) {
                        Some(own) => self.verify_implementation_of(ty, own, interface, declared),
                        None => self.report_missing(ty, interface, declared),
                    }
                }
            }
        }
    }

    fn report_missing(&mut self, ty: &MergedType, interface: &MergedType, declared: &MergedField) {
        let message = format!(
            "`{}` implements `{}`, but no subgraph gives it the field `{}`",
            ty.name, interface.name, declared.name
        );
        let mut places = self.places_of_type(&ty.name);
        places.extend(self.places_of_field(&interface.name, &declared.name));
        self.report(Code::InterfaceFieldNoImplem, message, places);
    }

    /// Each subgraph keeps these rules for itself, but its types may have changed in the merge.
    fn verify_implementation_of(
        &mut self,
        ty: &MergedType,
        own: &MergedField,
        interface: &MergedType,
        declared: &MergedField,
    ) {
        let places = || {
            let mut places: Vec<Location> = self.places_of_field(&ty.name, &own.name);
            places.extend(self.places_of_field(&interface.name, &own.name));
            places
        };
        let place = Place::Member(&ty.name, &own.name);
        let mut problems = Vec::new();
        if !is_output_subtype(&own.ty, &declared.ty, &self.supergraph.types) {
            problems.push(format!(
                "merged, `{place}` is of type `{}`, but `{}` demands `{}`",
                own.ty, interface.name, declared.ty
            ));
        }
        for argument in declared.arguments.values() {
            match own.arguments.get(&argument.name) {
                Some(given) if given.ty == argument.ty => {}
                Some(given) => problems.push(format!(
                    "merged, argument `{}` of `{place}` is of type `{}`, but `{}` demands `{}`",
                    argument.name, given.ty, interface.name, argument.ty
                )),
                None => problems.push(format!(
                    "merged, `{place}` has no argument `{}`, but `{}` demands it",
                    argument.name, interface.name
                )),
            }
        }
        for argument in own.arguments.values() {
            let is_extra = !declared.arguments.contains_key(&argument.name);
            if is_extra && argument.ty.is_non_null() && argument.default.is_none() {
                problems.push(format!(
                    "merged, argument `{}` of `{place}` is required, but `{}` does not have it",
                    argument.name, interface.name
                ));
            }
        }
        let places = if problems.is_empty() { Vec::new() } else { places() };
        for problem in problems {
            self.report(Code::InvalidGraphql, problem, places.clone());
        }
    }
}
