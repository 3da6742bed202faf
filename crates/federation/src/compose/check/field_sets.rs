//! `fields` of `@key`, `@requires` and `@provides`.

use apollo_compiler::Node;
use apollo_compiler::ast::{Field, Selection, Value};
use apollo_compiler::parser::SourceSpan;

use super::Checker;
use crate::compose::code::Code;
use crate::compose::subgraph::field_set::{self, implementations};
use crate::compose::subgraph::link::Version;
use crate::compose::subgraph::model::{Applied, FieldDef, Subgraph, TypeDef, TypeKind};
use crate::compose::subgraph::spec::Kind;

/// Which rules a field set obeys.
#[derive(Clone, Copy)]
struct Rules {
    directive: &'static str,
    invalid_fields: Code,
    invalid_type: Code,
    /// Arguments are an error of this code; `None` where they are allowed.
    has_arguments: Option<Code>,
    has_directive: Code,
    /// Leaves must be external; the error otherwise.
    missing_external: Option<Code>,
    /// The error for fields of interface or union type.
    abstract_field: Option<Code>,
}

const KEY: Rules = Rules {
    directive: "@key",
    invalid_fields: Code::KeyInvalidFields,
    invalid_type: Code::KeyInvalidFieldsType,
    has_arguments: Some(Code::KeyFieldsHasArgs),
    has_directive: Code::KeyDirectiveInFieldsArg,
    missing_external: None,
    abstract_field: Some(Code::KeyFieldsSelectInvalidType),
};

const REQUIRES: Rules = Rules {
    directive: "@requires",
    invalid_fields: Code::RequiresInvalidFields,
    invalid_type: Code::RequiresInvalidFieldsType,
    has_arguments: None,
    has_directive: Code::RequiresDirectiveInFieldsArg,
    missing_external: Some(Code::RequiresFieldsMissingExternal),
    abstract_field: None,
};

const PROVIDES: Rules = Rules {
    directive: "@provides",
    invalid_fields: Code::ProvidesInvalidFields,
    invalid_type: Code::ProvidesInvalidFieldsType,
    has_arguments: Some(Code::ProvidesFieldsHasArgs),
    has_directive: Code::ProvidesDirectiveInFieldsArg,
    missing_external: Some(Code::ProvidesFieldsMissingExternal),
    abstract_field: None,
};

/// First federation version with keys on interfaces.
const INTERFACE_KEYS: Version = Version { major: 2, minor: 3 };

impl<'a> Checker<'a> {
    pub(super) fn check_field_sets(&mut self) {
        for ty in self.types() {
            for key in ty.keys() {
                if ty.kind == TypeKind::Interface
                    && self.subgraph.links.federation.is_some_and(|version| version < INTERFACE_KEYS)
                {
                    let message = format!("interface `{}` has a `@key`", ty.name);
                    self.report(Code::KeyUnsupportedOnInterface, message, key.span());
                    continue;
                }
                self.check_set(ty, &ty.name, key, KEY);
            }
        }
        for (ty, field) in self.fields() {
            let place = format!("{}.{}", ty.name, field.name);
            for requires in field.directives.all(Kind::Requires) {
                if ty.kind == TypeKind::Interface {
                    let message = format!("interface field `{place}` has `@requires`");
                    self.report(Code::RequiresUnsupportedOnInterface, message, requires.span());
                    continue;
                }
                self.check_set(ty, &place, requires, REQUIRES);
            }
            for provides in field.directives.all(Kind::Provides) {
                self.check_provides(ty, field, &place, provides);
            }
        }
    }

    fn check_provides(&mut self, ty: &TypeDef, field: &FieldDef, place: &str, provides: &Applied) {
        if ty.kind == TypeKind::Interface {
            let message = format!("interface field `{place}` has `@provides`");
            self.report(Code::ProvidesUnsupportedOnInterface, message, provides.span());
            return;
        }
        match self.subgraph.types.get(field.ty.inner_named_type()).filter(|ty| ty.kind.is_composite()) {
            Some(target) => self.check_set(target, place, provides, PROVIDES),
            None => {
                let message = format!("`{place}` has `@provides`, but returns `{}`", field.ty);
                self.report(Code::ProvidesOnNonObjectField, message, provides.span());
            }
        }
    }

    fn check_set(&mut self, parent: &TypeDef, place: &str, applied: &Applied, rules: Rules) {
        let span = applied.argument("fields").and_then(|fields| fields.location()).or(applied.span());
        let mut check = SetCheck { checker: self, place, span, rules };
        match applied.argument("fields").map(|fields| &**fields) {
            Some(Value::String(text)) => match field_set::parse(text) {
                Ok(selections) => check.selections(parent, &selections, false),
                Err(problem) => check.report(rules.invalid_fields, &format!("is not a field set: {problem}")),
            },
            _ => check.report(rules.invalid_type, "has `fields` that are not a string"),
        }
    }
}

struct SetCheck<'c, 'a, 'p> {
    checker: &'c mut Checker<'a>,
    place: &'p str,
    span: Option<SourceSpan>,
    rules: Rules,
}

impl<'a> SetCheck<'_, 'a, '_> {
    fn subgraph(&self) -> &'a Subgraph {
        self.checker.subgraph
    }

    fn report(&mut self, code: Code, what: &str) {
        let message = format!("`{}` of `{}` {what}", self.rules.directive, self.place);
        self.checker.report(code, message, self.span);
    }

    fn selections(&mut self, parent: &TypeDef, selections: &[Selection], in_external: bool) {
        for selection in selections {
            match selection {
                Selection::Field(selected) => self.field(parent, selected, in_external),
                Selection::InlineFragment(fragment) => {
                    if !fragment.directives.is_empty() {
                        self.report(self.rules.has_directive, "has a directive in its field set");
                    }
                    let condition = fragment.type_condition.as_ref().unwrap_or(&parent.name);
                    match self.subgraph().types.get(condition).filter(|ty| ty.kind.is_composite()) {
                        Some(narrowed) if self.may_be(parent, narrowed) => {
                            self.selections(narrowed, &fragment.selection_set, in_external);
                        }
                        Some(_) => {
                            let what =
                                format!("selects on `{condition}`, which a `{}` never is", parent.name);
                            self.report(self.rules.invalid_fields, &what);
                        }
                        None => {
                            let what = format!(
                                "selects on `{condition}`, which is not an object, interface or union"
                            );
                            self.report(self.rules.invalid_fields, &what);
                        }
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let what = format!("uses the named fragment `{}`", spread.fragment_name);
                    self.report(self.rules.invalid_fields, &what);
                }
            }
        }
    }

    fn may_be(&self, a: &TypeDef, b: &TypeDef) -> bool {
        let (a, b) = (self.subgraph().runtime_types(&a.name), self.subgraph().runtime_types(&b.name));
        a.intersection(&b).next().is_some()
    }

    fn field(&mut self, parent: &TypeDef, selected: &Node<Field>, in_external: bool) {
        if let Some(alias) = &selected.alias {
            self.report(self.rules.invalid_fields, &format!("uses the alias `{alias}`"));
        }
        if !selected.directives.is_empty() {
            self.report(self.rules.has_directive, "has a directive in its field set");
        }
        if selected.name == "__typename" {
            return;
        }
        let Some(field) = parent.fields.get(&selected.name) else {
            let what = format!("selects `{}`, which `{}` does not have", selected.name, parent.name);
            self.report(self.rules.invalid_fields, &what);
            return;
        };
        self.arguments(parent, field, selected);
        let coordinate = format!("{}.{}", parent.name, field.name);
        let is_external = in_external || self.is_external(parent, field);
        let target =
            self.subgraph().types.get(field.ty.inner_named_type()).filter(|ty| ty.kind.is_composite());
        let children = selected.selection_set.as_deref().unwrap_or_default();
        if let Some(target) = target {
            if matches!(target.kind, TypeKind::Interface | TypeKind::Union)
                && let Some(code) = self.rules.abstract_field
            {
                let what = format!("selects `{coordinate}`, which is of {} type", target.kind.as_str());
                self.report(code, &what);
            } else if children.is_empty() {
                let what = format!("selects `{coordinate}` without any of its fields");
                self.report(self.rules.invalid_fields, &what);
            }
            self.selections(target, children, is_external);
            return;
        }
        if selected.selection_set.is_some() {
            let what = format!("selects fields of `{coordinate}`, which has none");
            self.report(self.rules.invalid_fields, &what);
        }
        if let Some(code) = self.rules.missing_external
            && !is_external
        {
            let what = format!("selects `{coordinate}`, which this subgraph resolves itself");
            self.report(code, &what);
        }
    }

    /// An interface field counts as external when an implementation's field is.
    fn is_external(&self, parent: &TypeDef, field: &FieldDef) -> bool {
        let subgraph = self.subgraph();
        subgraph.usage.is_external(&parent.name, &field.name)
            || parent.kind == TypeKind::Interface
                && implementations(subgraph, &parent.name)
                    .any(|implementation| subgraph.usage.is_external(&implementation.name, &field.name))
    }

    fn arguments(&mut self, parent: &TypeDef, field: &FieldDef, selected: &Field) {
        let coordinate = format!("{}.{}", parent.name, field.name);
        if let Some(code) = self.rules.has_arguments {
            if !field.arguments.is_empty() || !selected.arguments.is_empty() {
                self.report(code, &format!("selects `{coordinate}`, which has arguments"));
            }
            return;
        }
        for argument in &selected.arguments {
            if !field.arguments.contains_key(&argument.name) {
                let what =
                    format!("gives `{coordinate}` an argument `{}` that it does not have", argument.name);
                self.report(self.rules.invalid_fields, &what);
            } else if has_variable(&argument.value) {
                let what = format!("gives argument `{}` of `{coordinate}` a variable", argument.name);
                self.report(self.rules.invalid_fields, &what);
            }
        }
        for argument in field.arguments.values().filter(|argument| argument.is_required()) {
            if !selected.arguments.iter().any(|given| given.name == argument.name) {
                let what = format!("selects `{coordinate}` without its argument `{}`", argument.name);
                self.report(self.rules.invalid_fields, &what);
            }
        }
    }
}

fn has_variable(value: &Value) -> bool {
    match value {
        Value::Variable(_) => true,
        Value::List(items) => items.iter().any(|item| has_variable(item)),
        Value::Object(entries) => entries.iter().any(|(_, value)| has_variable(value)),
        _ => false,
    }
}
