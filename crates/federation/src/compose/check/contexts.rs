//! `@context` and `@fromContext`.
//!
//! Rules from <https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/entities/use-contexts>.

use apollo_compiler::Name;
use apollo_compiler::ast::{Selection, Type};

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::context::{setters, split};
use crate::compose::subgraph::field_set;
use crate::compose::subgraph::model::{Applied, FieldDef, InputDef, TypeDef, TypeKind};
use crate::compose::subgraph::spec::Kind;

impl<'a> Checker<'a> {
    pub(super) fn check_contexts(&mut self) {
        for ty in self.types() {
            for context in ty.directives.all(Kind::Context) {
                self.check_context_name(ty, context);
            }
        }
        for (ty, field) in self.fields() {
            for argument in field.arguments.values() {
                if let Some(applied) = argument.directives.get(Kind::FromContext) {
                    self.check_from_context(ty, field, argument, applied);
                }
            }
        }
    }

    fn check_context_name(&mut self, ty: &TypeDef, context: &Applied) {
        let name = context.text("name").unwrap_or_default();
        let code = if name.contains('_') {
            Code::ContextNameContainsUnderscore
        } else if name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric())
        {
            return;
        } else {
            Code::ContextNameInvalid
        };
        self.report(code, format!("`{}` sets a context named `{name}`", ty.name), context.span());
    }

    fn check_from_context(
        &mut self,
        ty: &'a TypeDef,
        field: &FieldDef,
        argument: &InputDef,
        applied: &Applied,
    ) {
        let place = format!("{}.{}({}:)", ty.name, field.name, argument.name);
        let span = applied.span();
        let mut problem = |code: Code, what: &str| self.report(code, format!("`{place}` {what}"), span);
        let text = applied.text("field").unwrap_or_default();
        let Some((context, selection)) = split(text) else {
            problem(Code::NoContextReferenced, "takes its value from no context");
            return;
        };
        if selection.is_empty() {
            problem(Code::NoSelectionForContext, "selects nothing from its context");
            return;
        }
        if argument.default.is_some() {
            problem(Code::ContextNotSet, "has a default beside its context");
        }
        if !ty.keys().any(Applied::is_resolvable) {
            problem(Code::ContextNoResolvableKey, "takes a context, but its type has no resolvable `@key`");
        }
        if self.is_abstract_field(ty, field) {
            self.report(
                Code::ContextNotSet,
                format!("`{place}` takes a context on a field of an interface"),
                span,
            );
        }
        let targets: Vec<&TypeDef> = setters(self.subgraph, context).collect();
        if targets.is_empty() {
            let message = format!("`{place}` takes context `{context}`, which no type of this subgraph sets");
            self.report(Code::ContextNotSet, message, span);
        }
        let parsed = field_set::parse(selection);
        for target in targets {
            let outcome = match &parsed {
                Ok(selections) => self.check_values(target, selections, &argument.ty),
                Err(problem) => Err(problem.clone()),
            };
            if let Err(what) = outcome {
                let message = format!("`{place}` with context `{context}` of `{}`: {what}", target.name);
                self.report(Code::ContextSelectionInvalid, message, span);
            }
        }
    }

    /// Holds that the selection takes one value of a type that fits from each object of a type.
    fn check_values(&self, target: &TypeDef, selections: &[Selection], wanted: &Type) -> Result<(), String> {
        let found = self.select_values(target, selections)?;
        match found.iter().find(|found| !fits(found, wanted)) {
            Some(found) => Err(format!("is of type `{wanted}`, but the context gives `{found}`")),
            None => Ok(()),
        }
    }

    fn is_abstract_field(&self, ty: &TypeDef, field: &FieldDef) -> bool {
        ty.kind == TypeKind::Interface
            || ty.implements.keys().any(|interface| self.subgraph.field(interface, &field.name).is_some())
    }

    /// The types of the values that the selection takes, one from each object that a value of this type may be.
    fn select_values(&self, target: &TypeDef, selections: &[Selection]) -> Result<Vec<Type>, String> {
        let mut objects = self.subgraph.runtime_types(&target.name);
        if objects.is_empty() {
            // Other subgraphs may know some.
            objects.insert(target.name.clone());
        }
        let values = objects.iter().map(|object| self.select_value(target, object, selections));
        Ok(values.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn select_value(
        &self,
        target: &TypeDef,
        object: &Name,
        selections: &[Selection],
    ) -> Result<Vec<Type>, String> {
        let mut fields = Vec::new();
        self.applicable(target, object, selections, &mut fields)?;
        let [(parent, selected)] = fields.as_slice() else {
            return Err(format!("selects {} fields of `{object}` instead of one", fields.len()));
        };
        if selected.alias.is_some() || !selected.arguments.is_empty() || !selected.directives.is_empty() {
            return Err("uses an alias, arguments or directives".to_owned());
        }
        let field = parent
            .fields
            .get(&selected.name)
            .ok_or_else(|| format!("selects `{}`, which `{}` does not have", selected.name, parent.name))?;
        let children = selected.selection_set.as_deref().unwrap_or_default();
        let nested = self.subgraph.types.get(field.ty.inner_named_type()).filter(|ty| ty.kind.is_composite());
        match nested {
            None if children.is_empty() => Ok(vec![field.ty.clone()]),
            None => Err(format!("selects fields of `{}`, which has none", field.name)),
            Some(_) if field.ty.is_list() => Err(format!("selects from the list `{}`", field.name)),
            Some(nested) => {
                let inner = self.select_values(nested, children)?.into_iter();
                let is_sure = field.ty.is_non_null();
                Ok(inner.map(|inner| if is_sure { inner } else { inner.nullable() }).collect())
            }
        }
    }

    /// The fields that are selected of an object.
    fn applicable<'s>(
        &self,
        target: &'s TypeDef,
        object: &Name,
        selections: &'s [Selection],
        fields: &mut Vec<(&'s TypeDef, &'s apollo_compiler::ast::Field)>,
    ) -> Result<(), String>
    where
        'a: 's,
    {
        for selection in selections {
            match selection {
                Selection::Field(field) => fields.push((target, field)),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref().unwrap_or(&target.name);
                    let narrowed = self.subgraph.types.get(condition);
                    let narrowed =
                        narrowed.ok_or_else(|| format!("selects on unknown type `{condition}`"))?;
                    if condition == object || self.subgraph.runtime_types(condition).contains(object) {
                        self.applicable(narrowed, object, &fragment.selection_set, fields)?;
                    }
                }
                Selection::FragmentSpread(_) => return Err("uses a named fragment".to_owned()),
            }
        }
        Ok(())
    }
}

/// Whether a value of type `found` may be given to an argument of type `wanted`.
fn fits(found: &Type, wanted: &Type) -> bool {
    found.is_assignable_to(wanted)
}
