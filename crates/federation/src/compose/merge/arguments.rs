//! Arguments of fields: what every subgraph understands, with the strictest type.

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::{Name, Node};

use super::fields::FieldSource;
use super::metadata::DirectiveSource;
use super::model::{Graph, MergedInput};
use super::type_reference::{Agreement, merge_input};
use super::{Merger, Place};
use crate::compose::code::Code;
use crate::compose::subgraph::model::{Coordinate, InputDef, Subgraph};
use crate::compose::subgraph::spec::Kind;

/// An argument or input field in one subgraph.
pub(crate) type InputSource<'a> = (Graph, &'a InputDef);

/// The codes of a family of input values.
pub(crate) struct InputCodes {
    pub(crate) type_mismatch: Code,
    pub(crate) type_hint: Code,
    pub(crate) default_mismatch: Code,
}

const ARGUMENT: InputCodes = InputCodes {
    type_mismatch: Code::FieldArgumentTypeMismatch,
    type_hint: Code::InconsistentButCompatibleArgumentType,
    default_mismatch: Code::FieldArgumentDefaultMismatch,
};

impl<'a> Merger<'a> {
    pub(super) fn merge_arguments(
        &mut self,
        coordinate: &Coordinate,
        owners: &[FieldSource<'a>],
    ) -> IndexMap<Name, MergedInput> {
        let (name, field_name) = coordinate;
        let names: IndexSet<&Name> = owners.iter().flat_map(|source| source.field.arguments.keys()).collect();
        let mut merged = IndexMap::default();
        for argument in names {
            let place = Place::Argument(name, field_name, argument);
            let found: Vec<InputSource<'a>> = owners
                .iter()
                .filter_map(|source| source.field.arguments.get(argument).map(|def| (source.graph, def)))
                .collect();
            if found.iter().any(|(_, def)| def.directives.has(Kind::FromContext)) {
                self.check_contextual(&place, &found);
                continue;
            }
            if found.len() < owners.len() {
                self.report_partial_argument(&place, owners, &found);
                continue;
            }
            if let Some(input) = self.merge_input_value(&place, argument, &found, &ARGUMENT) {
                merged.insert(argument.clone(), input);
            }
        }
        merged
    }

    /// A contextual argument disappears from the API, so that nobody may need it from the client.
    fn check_contextual(&mut self, place: &Place<'_>, found: &[InputSource<'_>]) {
        let plain: Vec<_> = found
            .iter()
            .filter(|(_, def)| !def.directives.has(Kind::FromContext) && def.is_required())
            .collect();
        if !plain.is_empty() {
            let message = format!(
                "`{place}` comes from a context in some subgraphs, but is required from the client in {}",
                self.names(plain.iter().map(|(graph, _)| *graph))
            );
            let places: Vec<_> = plain.iter().map(|(g, def)| self.locate(*g, def.span)).collect();
            self.report(Code::ContextualArgumentNotContextualInAllSubgraphs, message, places);
        }
    }

    fn report_partial_argument(
        &mut self,
        place: &Place<'_>,
        owners: &[FieldSource<'_>],
        found: &[InputSource<'_>],
    ) {
        let missing = self.names(
            owners.iter().map(|s| s.graph).filter(|graph| !found.iter().any(|(known, _)| known == graph)),
        );
        let required: Vec<_> = found.iter().filter(|(_, def)| def.is_required()).collect();
        if required.is_empty() {
            let message = format!("`{place}` is left out, because it is missing in {missing}");
            let places: Vec<_> = found.iter().map(|(g, def)| self.locate(*g, def.span)).collect();
            self.report(Code::InconsistentArgumentPresence, message, places);
        } else {
            let message = format!(
                "`{place}` is required in {}, but missing in {missing}",
                self.names(required.iter().map(|(graph, _)| *graph))
            );
            let places: Vec<_> = required.iter().map(|(g, def)| self.locate(*g, def.span)).collect();
            self.report(Code::RequiredArgumentMissingInSomeSubgraph, message, places);
        }
    }

    /// Merges an argument or input field that all its subgraphs have.
    pub(super) fn merge_input_value(
        &mut self,
        place: &Place<'_>,
        name: &Name,
        found: &[InputSource<'_>],
        codes: &InputCodes,
    ) -> Option<MergedInput> {
        let types: Vec<&Type> = found.iter().map(|(_, def)| &def.ty).collect();
        let (ty, agreement) = merge_input(&types);
        if agreement != Agreement::Same {
            let each: Vec<_> = found.iter().map(|(graph, def)| (*graph, &def.ty, def.span)).collect();
            let described = self.describe_types(&each);
            let places: Vec<_> = each.iter().map(|(graph, _, span)| self.locate(*graph, *span)).collect();
            if agreement == Agreement::Conflict {
                let message = format!("`{place}` has incompatible types: {described}");
                self.report(codes.type_mismatch, message, places);
                return None;
            }
            let message = format!("`{place}` is of type `{ty}`, because its types differ: {described}");
            self.report(codes.type_hint, message, places);
        }
        let default = self.merge_default(place, &ty, found, codes);
        let descriptions: Vec<_> =
            found.iter().map(|(graph, def)| (*graph, def.description.as_deref(), def.span)).collect();
        let directives: Vec<DirectiveSource<'_>> =
            found.iter().map(|(graph, def)| (*graph, &def.directives)).collect();
        let own_type = |def: &InputDef| (agreement != Agreement::Same).then(|| def.ty.clone());
        Some(MergedInput {
            name: name.clone(),
            description: self.merge_description(&descriptions, place),
            ty,
            default,
            joins: found.iter().map(|(graph, def)| (*graph, own_type(def))).collect(),
            metadata: self.merge_metadata(&directives, place),
        })
    }

    fn merge_default(
        &mut self,
        place: &Place<'_>,
        ty: &Type,
        found: &[InputSource<'_>],
        codes: &InputCodes,
    ) -> Option<Node<Value>> {
        let defaults: Vec<_> =
            found.iter().filter_map(|(g, def)| Some((*g, def.default.clone()?, def.span))).collect();
        let (_, first, _) = defaults.first()?;
        let places: Vec<_> = defaults.iter().map(|(graph, _, span)| self.locate(*graph, *span)).collect();
        if defaults.iter().any(|(_, value, _)| !same_default(value, first, ty, InputTypes(self.subgraphs))) {
            let values: Vec<String> = defaults
                .iter()
                .map(|(graph, value, _)| {
                    format!("`{}` in {}", value.serialize().no_indent(), self.names([*graph]))
                })
                .collect();
            let message = format!("`{place}` has different defaults: {}", super::enumerate(&values));
            self.report(codes.default_mismatch, message, places);
            return None;
        }
        if defaults.len() < found.len() {
            let with = self.names(defaults.iter().map(|(graph, _, _)| *graph));
            let message = format!("`{place}` has a default only in {with}; it is left out");
            self.report(Code::InconsistentDefaultValuePresence, message, places);
            return None;
        }
        Some(first.clone())
    }
}

/// The types of input fields, by which defaults are compared.
#[derive(Clone, Copy)]
pub(crate) struct InputTypes<'a>(pub(crate) &'a [Subgraph]);

impl InputTypes<'_> {
    fn field(&self, input: &Name, field: &Name) -> Option<&Type> {
        let defined = self.0.iter().filter_map(|subgraph| subgraph.types.get(input));
        defined.filter_map(|ty| ty.inputs.get(field)).map(|field| &field.ty).next()
    }
}

/// Whether two defaults mean the same value of this type: `1` is `1.0` as a Float, `1` is `[1]` as a list.
pub(crate) fn same_default(a: &Value, b: &Value, ty: &Type, types: InputTypes<'_>) -> bool {
    let same_item = |a: &Value, b: &Value| same_default(a, b, ty.item_type(), types);
    match (a, b) {
        (Value::List(x), Value::List(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same_item(x, y))
        }
        (Value::List(items), single) | (single, Value::List(items)) if ty.is_list() => {
            matches!(items.as_slice(), [only] if same_item(only, single))
        }
        (Value::Object(x), Value::Object(y)) => {
            let same_entry = |(key, value): &(Name, Node<Value>)| {
                let other = y.iter().find(|(other, _)| other == key);
                let ty = types.field(ty.inner_named_type(), key).unwrap_or(ty);
                other.is_some_and(|(_, other)| same_default(value, other, ty, types))
            };
            x.len() == y.len() && x.iter().all(same_entry)
        }
        (Value::Int(_), Value::Float(_)) | (Value::Float(_), Value::Int(_)) => a.to_f64() == b.to_f64(),
        _ => a == b,
    }
}
