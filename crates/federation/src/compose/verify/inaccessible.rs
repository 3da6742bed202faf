//! `@inaccessible`: the API schema must stay a valid schema.
//!
//! Rules from <https://specs.apollo.dev/inaccessible/v0.2>.

use apollo_compiler::Name;
use apollo_compiler::ast::{Type, Value};

use super::Verifier;
use crate::compose::code::Code;
use crate::compose::diagnostic::Location;
use crate::compose::merge::Place;
use crate::compose::merge::model::{MergedField, MergedInput, MergedType};
use crate::compose::subgraph::model::TypeKind;

/// A field or input field, by the names of its type and its own.
type Site<'a> = (&'a Name, &'a Name);

impl<'a> Verifier<'a> {
    pub(super) fn verify_inaccessible(&mut self) {
        let supergraph = self.supergraph;
        for ty in supergraph.types.values() {
            if ty.metadata.is_inaccessible {
                if ty.name == "Query" {
                    let places = self.places_of_type(&ty.name);
                    self.report(Code::QueryRootTypeInaccessible, "`Query` is `@inaccessible`", places);
                }
                continue;
            }
            self.verify_children(ty);
            for field in ty.fields.values().filter(|field| !field.metadata.is_inaccessible) {
                let site = (&ty.name, &field.name);
                self.verify_reference(&Place::Member(&ty.name, &field.name), &field.ty, site);
                for argument in field.arguments.values() {
                    let place = Place::Argument(&ty.name, &field.name, &argument.name);
                    self.verify_input(&place, argument, site);
                }
            }
            for input in ty.inputs.values() {
                self.verify_input(&Place::Member(&ty.name, &input.name), input, (&ty.name, &input.name));
            }
            for interface in ty.implements.keys() {
                if let Some(interface) = supergraph.types.get(interface) {
                    self.verify_implementation(ty, interface);
                }
            }
        }
    }

    fn places_of_member(&self, (ty, member): Site<'_>) -> Vec<Location> {
        super::places_of(self.subgraphs, ty, Some(member))
    }

    fn is_inaccessible(&self, name: &Name) -> bool {
        self.supergraph.types.get(name).is_some_and(|ty| ty.metadata.is_inaccessible)
    }

    fn verify_children(&mut self, ty: &MergedType) {
        let remaining = match ty.kind {
            TypeKind::Scalar => return,
            TypeKind::Object | TypeKind::Interface => {
                ty.fields.values().filter(|field| !field.metadata.is_inaccessible).count()
            }
            TypeKind::Union => ty.members.keys().filter(|member| !self.is_inaccessible(member)).count(),
            TypeKind::Enum => ty.values.values().filter(|value| !value.metadata.is_inaccessible).count(),
            TypeKind::InputObject => {
                ty.inputs.values().filter(|input| !input.metadata.is_inaccessible).count()
            }
        };
        if remaining == 0 {
            let message =
                format!("everything in `{}` is `@inaccessible`, but the type itself is not", ty.name);
            let places = self.places_of_type(&ty.name);
            self.report(Code::OnlyInaccessibleChildren, message, places);
        }
    }

    fn verify_reference(&mut self, place: &Place<'_>, ty: &Type, site: Site<'_>) {
        let name = ty.inner_named_type();
        if self.is_inaccessible(name) {
            let message = format!("`{place}` is of type `{name}`, which is `@inaccessible`");
            let places = self.places_of_member(site);
            self.report(Code::ReferencedInaccessible, message, places);
        }
    }

    fn verify_input(&mut self, place: &Place<'_>, input: &MergedInput, site: Site<'_>) {
        if input.metadata.is_inaccessible {
            if input.ty.is_non_null() && input.default.is_none() {
                let message = format!("`{place}` is required, but `@inaccessible`");
                let places = self.places_of_member(site);
                self.report(Code::RequiredInaccessible, message, places);
            }
            return;
        }
        self.verify_reference(place, &input.ty, site);
        if let Some(default) = &input.default
            && let Some(hidden) = self.hidden_part(default, &input.ty)
        {
            let message = format!("the default of `{place}` uses `{hidden}`, which is `@inaccessible`");
            let places = self.places_of_member(site);
            self.report(Code::DefaultValueUsesInaccessible, message, places);
        }
    }

    /// The enum value or input field in a default that clients cannot see.
    fn hidden_part(&self, value: &Value, ty: &Type) -> Option<String> {
        let named = self.supergraph.types.get(ty.inner_named_type())?;
        match value {
            Value::List(items) => items.iter().find_map(|item| self.hidden_part(item, ty.item_type())),
            Value::Enum(name) => {
                let hidden = named.values.get(name).is_some_and(|value| value.metadata.is_inaccessible);
                hidden.then(|| format!("{}.{name}", named.name))
            }
            Value::Object(entries) => entries.iter().find_map(|(name, value)| {
                let input = named.inputs.get(name)?;
                match input.metadata.is_inaccessible {
                    true => Some(format!("{}.{name}", named.name)),
                    false => self.hidden_part(value, &input.ty),
                }
            }),
            _ => None,
        }
    }

    fn verify_implementation(&mut self, ty: &MergedType, interface: &MergedType) {
        if interface.metadata.is_inaccessible {
            return;
        }
        for declared in interface.fields.values().filter(|field| !field.metadata.is_inaccessible) {
            let Some(own) = ty.fields.get(&declared.name) else { continue };
            if own.metadata.is_inaccessible {
                let message = format!(
                    "`{}.{}` is `@inaccessible`, but the interface field `{}.{}` is not",
                    ty.name, own.name, interface.name, own.name
                );
                let places = self.places_of_field(&ty.name, &own.name);
                self.report(Code::ImplementedByInaccessible, message, places);
                continue;
            }
            self.verify_arguments(ty, interface, own, declared);
        }
    }

    fn verify_arguments(
        &mut self,
        ty: &MergedType,
        interface: &MergedType,
        own: &MergedField,
        declared: &MergedField,
    ) {
        for argument in declared.arguments.values().filter(|argument| !argument.metadata.is_inaccessible) {
            let hidden = own.arguments.get(&argument.name).is_some_and(|own| own.metadata.is_inaccessible);
            if hidden {
                let message = format!(
                    "`{}` is `@inaccessible`, but the same argument of interface `{}` is not",
                    Place::Argument(&ty.name, &own.name, &argument.name),
                    interface.name
                );
                let places = self.places_of_field(&ty.name, &own.name);
                self.report(Code::ImplementedByInaccessible, message, places);
            }
        }
    }
}
