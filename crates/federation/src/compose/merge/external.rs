//! External fields: what a subgraph says about a field that others resolve must be true.

use super::Merger;
use super::arguments::{InputTypes, same_default};
use super::fields::FieldSource;
use super::model::MergedField;
use super::type_reference::is_output_subtype;
use crate::compose::code::Code;
use crate::compose::subgraph::model::Coordinate;
use crate::compose::subgraph::spec::Kind;

impl<'a> Merger<'a> {
    /// Compares external declarations with the merged field; whether all types are the same.
    pub(super) fn check_externals(
        &mut self,
        coordinate: &Coordinate,
        sources: &[FieldSource<'a>],
        merged: &MergedField,
    ) -> bool {
        let mut all_same = true;
        for source in sources.iter().filter(|source| !source.resolves()) {
            all_same &= source.field.ty == merged.ty;
            if source.is_external {
                self.check_external(coordinate, source, merged);
            }
        }
        all_same
    }

    fn check_external(&mut self, coordinate: &Coordinate, source: &FieldSource<'a>, merged: &MergedField) {
        let (name, field_name) = coordinate;
        let own = source.field;
        let place = self.locate(source.graph, own.span);
        let subgraph = self.names([source.graph]);
        let is_general_enough = is_output_subtype(&merged.ty, &own.ty, &self.supergraph.types);
        let types = InputTypes(self.subgraphs);
        let mut report = |code, message: String| self.report(code, message, [place.clone()]);
        if !is_general_enough {
            let message = format!(
                "`{name}.{field_name}` is of type `{}` where {subgraph} declares it `@external`, but of type `{}` where it is resolved",
                own.ty, merged.ty
            );
            report(Code::ExternalTypeMismatch, message);
        }
        for (argument, expected) in &merged.arguments {
            match own.arguments.get(argument) {
                None => {
                    let message = format!(
                        "`{name}.{field_name}` lacks argument `{argument}` where {subgraph} declares it `@external`"
                    );
                    report(Code::ExternalArgumentMissing, message);
                }
                Some(found) => {
                    if found.ty != expected.ty && found.ty.clone().non_null() != expected.ty {
                        let message = format!(
                            "argument `{argument}` of `{name}.{field_name}` is of type `{}` where {subgraph} declares the field `@external`, but `{}` where it is resolved",
                            found.ty, expected.ty
                        );
                        report(Code::ExternalArgumentTypeMismatch, message);
                    }
                    let same = match (&found.default, &expected.default) {
                        (None, None) => true,
                        (Some(a), Some(b)) => same_default(a, b, &expected.ty, types),
                        _ => false,
                    };
                    if !same {
                        let message = format!(
                            "argument `{argument}` of `{name}.{field_name}` has another default where {subgraph} declares the field `@external`"
                        );
                        report(Code::ExternalArgumentDefaultMismatch, message);
                    }
                }
            }
        }
        let merged_kinds = [
            (Kind::Tag, "@tag"),
            (Kind::Inaccessible, "@inaccessible"),
            (Kind::Authenticated, "@authenticated"),
            (Kind::RequiresScopes, "@requiresScopes"),
            (Kind::Policy, "@policy"),
            (Kind::Cost, "@cost"),
            (Kind::ListSize, "@listSize"),
        ];
        for (kind, directive) in merged_kinds {
            if own.directives.has(kind) {
                let message = format!(
                    "`{name}.{field_name}` has `{directive}` where {subgraph} declares it `@external`"
                );
                report(Code::MergedDirectiveApplicationOnExternal, message);
            }
        }
    }
}
