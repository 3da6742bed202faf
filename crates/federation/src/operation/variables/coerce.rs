//! Input coercion (GraphQL specification 3.5 to 3.12) from JSON or literals to JSON text.

use std::borrow::Cow;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::collections::{HashMap, HashSet};
use apollo_compiler::schema::{EnumType, ExtendedType, InputObjectType};

use super::super::error::{ErrorCode, Location, OperationError, PathStep, VariablePath};
use super::super::limits::Limits;
use super::super::parse::shown;
use super::super::suggest;
use super::input::{Input, Shape};
use super::{MAX_ERRORS, invalid};

/// Defaults of input fields may bring defaults: how much longer than the request its variables may become.
const GROWTH: usize = 16;

/// Writes coerced values one after the other into `text`, and collects what does not fit.
pub(super) struct Coercer<'a> {
    schema: &'a Schema,
    most_bytes: usize,
    most_levels: usize,
    pub(super) text: String,
    pub(super) errors: Vec<OperationError>,
    /// Where the variable being coerced is declared.
    pub(super) location: Option<Location>,
    /// The place being coerced.
    variable: String,
    path: Vec<PathStep>,
}

impl<'a> Coercer<'a> {
    pub(super) fn new(schema: &'a Schema, limits: &Limits) -> Self {
        Self {
            schema,
            most_bytes: limits.variables_bytes.saturating_mul(GROWTH),
            most_levels: limits.variables_depth.saturating_mul(2),
            text: String::new(),
            errors: Vec::new(),
            location: None,
            variable: String::new(),
            path: Vec::new(),
        }
    }

    /// Coerces the value of one variable. Recursion is bounded by the variables' depth.
    pub(super) fn variable(&mut self, name: &str, input: Input<'_>, ty: &Type) {
        self.variable.replace_range(.., name);
        self.value(input, ty);
    }

    /// Reports a variable without a value.
    pub(super) fn missing(&mut self, name: &str, ty: &Type) {
        let path = VariablePath { name: name.to_owned(), path: Vec::new() };
        self.errors.push(invalid(path, self.location, &format!("of type `{ty}` is required, and not given")));
    }

    fn value(&mut self, input: Input<'_>, ty: &Type) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        if self.path.len() > self.most_levels || self.text.len() > self.most_bytes {
            let message = "the variables become too large by the default values of input fields";
            self.errors.push(OperationError::new(ErrorCode::VariablesDepth, message));
            return;
        }
        let Some(shape) = input.read() else {
            return self.refuse("holds a string that is not valid Unicode");
        };
        if let Shape::Null = shape {
            return if ty.is_non_null() { self.mismatch(ty, &shape) } else { self.text.push_str("null") };
        }
        match ty {
            Type::List(item) | Type::NonNullList(item) => self.list(input, shape, item),
            Type::Named(name) | Type::NonNullNamed(name) => match self.schema.types.get(name) {
                Some(ExtendedType::Scalar(_)) => self.scalar(input, &shape, ty),
                Some(ExtendedType::Enum(definition)) => self.enumeration(&shape, definition, ty),
                Some(ExtendedType::InputObject(definition)) => self.object(shape, definition, ty),
                _ => self.refuse(&format!("has the type `{name}`, which is no input type")),
            },
        }
    }

    /// A value that is no list stands for a list of it (GraphQL specification 3.11).
    fn list(&mut self, input: Input<'_>, shape: Shape<'_>, item: &Type) {
        self.text.push('[');
        match shape {
            Shape::List(items) => {
                for (index, value) in items.into_iter().enumerate() {
                    if index > 0 {
                        self.text.push(',');
                    }
                    self.below(PathStep::Index(index), value, item);
                }
            }
            _ => self.value(input, item),
        }
        self.text.push(']');
    }

    fn scalar(&mut self, input: Input<'_>, shape: &Shape<'_>, ty: &Type) {
        match (ty.inner_named_type().as_str(), shape) {
            ("Int", Shape::Integer(digits)) if digits.parse::<i32>().is_ok() => self.text.push_str(digits),
            ("Int", Shape::Integer(digits)) => {
                self.refuse(&format!("must be a 32-bit integer, got {}", shown(digits)));
            }
            ("Float", Shape::Integer(number) | Shape::Float(number)) if is_finite(number) => {
                self.text.push_str(number);
            }
            ("Float", Shape::Integer(_) | Shape::Float(_)) => self.refuse("must be a finite 64-bit float"),
            ("ID", Shape::Integer(digits)) => self.text.push_str(digits),
            ("String" | "ID", Shape::String(_)) => self.verbatim(input),
            ("Boolean", Shape::Boolean(value)) => self.text.push_str(if *value { "true" } else { "false" }),
            ("Int" | "Float" | "ID" | "String" | "Boolean", _) => self.mismatch(ty, shape),
            _ => self.verbatim(input),
        }
    }

    fn enumeration(&mut self, shape: &Shape<'_>, definition: &EnumType, ty: &Type) {
        let value = match shape {
            Shape::String(value) => value.as_ref(),
            Shape::Enum(value) => value,
            _ => return self.mismatch(ty, shape),
        };
        if definition.values.contains_key(value) {
            self.quoted(value);
        } else {
            let hint = suggest::hint(&shown(value), definition.values.keys().map(|name| name.as_str()));
            self.refuse(&format!("must be a value of `{}`, got `{}`{hint}", definition.name, shown(value)));
        }
    }

    /// Fields are written in the order of the schema.
    fn object(&mut self, shape: Shape<'_>, definition: &InputObjectType, ty: &Type) {
        let Shape::Object(entries) = shape else { return self.mismatch(ty, &shape) };
        self.check_keys(&entries, definition);
        let given: HashMap<&str, Input<'_>> =
            entries.iter().map(|(key, value)| (key.as_ref(), *value)).collect();
        self.text.push('{');
        let mut first = true;
        for (name, field) in &definition.fields {
            let value = match (given.get(name.as_str()), &field.default_value) {
                (Some(value), _) => *value,
                (None, Some(default)) => Input::Literal(default),
                (None, None) => {
                    if field.ty.is_non_null() {
                        self.path.push(PathStep::Field(name.to_string()));
                        self.refuse(&format!("of type `{}` is required, and not given", field.ty));
                        self.path.pop();
                    }
                    continue;
                }
            };
            if !first {
                self.text.push(',');
            }
            first = false;
            self.quoted(name);
            self.text.push(':');
            self.below(PathStep::Field(name.to_string()), value, &field.ty);
        }
        self.text.push('}');
    }

    fn check_keys(&mut self, entries: &[(Cow<'_, str>, Input<'_>)], definition: &InputObjectType) {
        let mut seen = HashSet::default();
        for (key, _) in entries {
            if self.errors.len() >= MAX_ERRORS {
                return;
            }
            if !definition.fields.contains_key(key.as_ref()) {
                let key = shown(key);
                let hint = suggest::hint(&key, definition.fields.keys().map(|name| name.as_str()));
                self.refuse(&format!("has a field `{key}` that `{}` does not define{hint}", definition.name));
            } else if !seen.insert(key.as_ref()) {
                self.refuse(&format!("has the field `{}` twice", shown(key)));
            }
        }
        if definition.is_one_of() && !matches!(entries, [(_, value)] if !value.is_null()) {
            let name = &definition.name;
            self.refuse(&format!("must have exactly one field, and that not null: `{name}` is `@oneOf`"));
        }
    }

    fn below(&mut self, step: PathStep, value: Input<'_>, ty: &Type) {
        self.path.push(step);
        self.value(value, ty);
        self.path.pop();
    }

    /// Writes a value as it came; literals in their JSON form.
    fn verbatim(&mut self, input: Input<'_>) {
        if let Input::Json(raw) = input {
            return self.text.push_str(raw.get());
        }
        match input.read() {
            Some(shape) => self.literal(shape),
            None => self.refuse("has a variable in its default value"),
        }
    }

    fn literal(&mut self, shape: Shape<'_>) {
        match shape {
            Shape::Null => self.text.push_str("null"),
            Shape::Boolean(value) => self.text.push_str(if value { "true" } else { "false" }),
            Shape::Integer(number) | Shape::Float(number) => self.text.push_str(number),
            Shape::String(value) => self.quoted(&value),
            Shape::Enum(value) => self.quoted(value),
            Shape::List(items) => {
                self.text.push('[');
                for (index, item) in items.into_iter().enumerate() {
                    if index > 0 {
                        self.text.push(',');
                    }
                    self.verbatim(item);
                }
                self.text.push(']');
            }
            Shape::Object(fields) => {
                self.text.push('{');
                for (index, (name, value)) in fields.into_iter().enumerate() {
                    if index > 0 {
                        self.text.push(',');
                    }
                    self.quoted(&name);
                    self.text.push(':');
                    self.verbatim(value);
                }
                self.text.push('}');
            }
        }
    }

    fn quoted(&mut self, text: &str) {
        self.text.push_str(&serde_json::Value::from(text).to_string());
    }

    fn mismatch(&mut self, ty: &Type, shape: &Shape<'_>) {
        self.refuse(&format!("must be of type `{ty}`, got {}", shape.describe()));
    }

    fn refuse(&mut self, problem: &str) {
        let path = VariablePath { name: self.variable.clone(), path: self.path.clone() };
        self.errors.push(invalid(path, self.location, problem));
    }
}

fn is_finite(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(f64::is_finite)
}
