//! Input objects: the fields every subgraph understands.

use apollo_compiler::Name;
use apollo_compiler::collections::IndexSet;

use super::arguments::{InputCodes, InputSource};
use super::types::TypeSource;
use super::{Merger, Place};
use crate::compose::code::Code;
use crate::compose::subgraph::spec::Kind;

const INPUT_FIELD: InputCodes = InputCodes {
    type_mismatch: Code::FieldTypeMismatch,
    type_hint: Code::InconsistentButCompatibleFieldType,
    default_mismatch: Code::InputFieldDefaultMismatch,
};

impl<'a> Merger<'a> {
    pub(super) fn merge_inputs(&mut self, name: &Name, sources: &[TypeSource<'a>]) {
        let names: IndexSet<&Name> = sources.iter().flat_map(|(_, ty)| ty.inputs.keys()).collect();
        let mut is_reported = false;
        for field in names {
            let place = Place::Member(name, field);
            let found: Vec<InputSource<'a>> = sources
                .iter()
                .filter_map(|(graph, ty)| ty.inputs.get(field).map(|def| (*graph, def)))
                .collect();
            if found.len() < sources.len() {
                is_reported |= self.report_partial_input(&place, sources, &found);
                continue;
            }
            match self.merge_input_value(&place, field, &found, &INPUT_FIELD) {
                Some(input) => {
                    if let Some(ty) = self.supergraph.types.get_mut(name) {
                        ty.inputs.insert(field.clone(), input);
                    }
                }
                None => is_reported = true,
            }
        }
        self.check_one_of(name, sources);
        let is_empty = self.supergraph.types.get(name).is_some_and(|ty| ty.inputs.is_empty());
        if is_empty && !is_reported {
            let message =
                format!("the subgraphs that define the input `{name}` have no field of it in common");
            let places: Vec<_> = sources.iter().map(|(g, ty)| self.locate(*g, ty.span)).collect();
            self.report(Code::EmptyMergedInputType, message, places);
        }
    }

    /// Of an input that is `@oneOf` for some, nothing may be required by others (GraphQL specification 3.10.1).
    fn check_one_of(&mut self, name: &Name, sources: &[TypeSource<'a>]) {
        let with: Vec<_> = sources.iter().filter(|(_, ty)| ty.directives.has(Kind::OneOf)).collect();
        let Some(merged) = self.supergraph.types.get(name).filter(|_| !with.is_empty()) else { return };
        let demanding =
            merged.inputs.values().filter(|input| input.ty.is_non_null() || input.default.is_some());
        let demanding: Vec<Name> = demanding.map(|input| input.name.clone()).collect();
        let with = self.names(with.iter().map(|(graph, _)| *graph));
        for field in demanding {
            let place = Place::Member(name, &field);
            let message =
                format!("`{name}` is `@oneOf` in {with}, but `{place}` is required or has a default");
            let defined = sources.iter().filter_map(|(graph, ty)| Some((*graph, ty.inputs.get(&field)?)));
            let places = defined
                .filter(|(_, def)| def.ty.is_non_null() || def.default.is_some())
                .map(|(graph, def)| self.locate(graph, def.span));
            let places: Vec<_> = places.collect();
            self.report(Code::InvalidGraphql, message, places);
        }
    }

    /// Whether the missing field is an error.
    fn report_partial_input(
        &mut self,
        place: &Place<'_>,
        sources: &[TypeSource<'_>],
        found: &[InputSource<'_>],
    ) -> bool {
        let missing = self.names(
            sources
                .iter()
                .map(|(graph, _)| *graph)
                .filter(|graph| !found.iter().any(|(known, _)| known == graph)),
        );
        let required: Vec<_> = found.iter().filter(|(_, def)| def.is_required()).collect();
        if required.is_empty() {
            let message = format!("`{place}` is left out, because it is missing in {missing}");
            let places: Vec<_> = found.iter().map(|(g, def)| self.locate(*g, def.span)).collect();
            self.report(Code::InconsistentInputObjectField, message, places);
            return false;
        }
        let message = format!(
            "`{place}` is required in {}, but missing in {missing}",
            self.names(required.iter().map(|(graph, _)| *graph))
        );
        let places: Vec<_> = required.iter().map(|(g, def)| self.locate(*g, def.span)).collect();
        self.report(Code::RequiredInputFieldMissingInSomeSubgraph, message, places);
        true
    }
}
