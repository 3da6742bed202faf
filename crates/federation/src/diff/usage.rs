//! Which elements of a schema a document uses.

use std::collections::BTreeSet;

use apollo_compiler::ast::{self, Value};
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, InputValueDefinition};
use apollo_compiler::{Name, Node, Schema};

use crate::graph::Graph;
use crate::operation::Document;

/// The elements a document uses, as schema coordinates.
///
/// Values inside variables are not known: a variable of an input object counts as using all of its fields, one
/// of an enum, or a field that returns one, as using all of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coordinates(BTreeSet<String>);

impl Coordinates {
    /// The elements a document uses of the graph it was checked against.
    pub fn of(graph: &Graph, document: &Document) -> Self {
        let mut collector = Collector { schema: graph.api_schema(), used: BTreeSet::new() };
        let executable = document.executable();
        for operation in executable.operations.iter() {
            collector.directives(&operation.directives);
            for variable in &operation.variables {
                collector.directives(&variable.directives);
                collector.whole_input(variable.ty.inner_named_type());
            }
            collector.selections(&operation.selection_set);
        }
        for fragment in executable.fragments.values() {
            collector.directives(&fragment.directives);
            collector.selections(&fragment.selection_set);
        }
        Self(collector.used)
    }

    /// Whether an element is used.
    pub fn contains(&self, coordinate: &str) -> bool {
        self.0.contains(coordinate)
    }

    /// All of them, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

struct Collector<'a> {
    schema: &'a Schema,
    used: BTreeSet<String>,
}

impl Collector<'_> {
    /// Recursion is bounded by the limits of the document.
    fn selections(&mut self, set: &SelectionSet) {
        self.used.insert(set.ty.to_string());
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let owner = format!("{}.{}", set.ty, field.name);
                    self.directives(&field.directives);
                    self.arguments(&owner, &field.arguments, &field.definition.arguments);
                    self.answered(field.definition.ty.inner_named_type());
                    self.used.insert(owner);
                    if let Some(selections) = &field.selection_set {
                        self.selections(selections);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.directives);
                    self.selections(&fragment.selection_set);
                }
                Selection::FragmentSpread(spread) => self.directives(&spread.directives),
            }
        }
    }

    fn answered(&mut self, name: &Name) {
        self.used.insert(name.to_string());
        if let Some(ExtendedType::Enum(enumeration)) = self.schema.types.get(name) {
            self.used.extend(enumeration.values.keys().map(|value| format!("{name}.{value}")));
        }
    }

    fn directives(&mut self, applied: &ast::DirectiveList) {
        for directive in &applied.0 {
            let owner = format!("@{}", directive.name);
            if let Some(definition) = self.schema.directive_definitions.get(&directive.name) {
                self.arguments(&owner, &directive.arguments, &definition.arguments);
            }
            self.used.insert(owner);
        }
    }

    fn arguments(
        &mut self,
        owner: &str,
        given: &[Node<ast::Argument>],
        definitions: &[Node<InputValueDefinition>],
    ) {
        for argument in given {
            self.used.insert(format!("{owner}({}:)", argument.name));
            if let Some(definition) = definitions.iter().find(|definition| definition.name == argument.name) {
                self.value(definition.ty.inner_named_type(), &argument.value);
            }
        }
    }

    fn value(&mut self, ty: &Name, value: &Value) {
        match value {
            Value::Enum(name) => {
                self.used.extend([ty.to_string(), format!("{ty}.{name}")]);
            }
            Value::List(items) => items.iter().for_each(|item| self.value(ty, item)),
            Value::Object(entries) => {
                self.used.insert(ty.to_string());
                for (name, value) in entries {
                    self.used.insert(format!("{ty}.{name}"));
                    if let Some(inner) = self.input_field(ty, name) {
                        self.value(&inner, value);
                    }
                }
            }
            _ => {}
        }
    }

    fn input_field(&self, ty: &Name, field: &Name) -> Option<Name> {
        match self.schema.types.get(ty)? {
            ExtendedType::InputObject(input) => Some(input.fields.get(field)?.ty.inner_named_type().clone()),
            _ => None,
        }
    }

    /// Everything a variable may hold; input objects may contain themselves.
    fn whole_input(&mut self, name: &Name) {
        let mut work = vec![name.clone()];
        let mut seen = BTreeSet::new();
        while let Some(name) = work.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            self.answered(&name);
            if let Some(ExtendedType::InputObject(input)) = self.schema.types.get(&name) {
                for (field, definition) in &input.fields {
                    self.used.insert(format!("{name}.{field}"));
                    work.push(definition.ty.inner_named_type().clone());
                }
            }
        }
    }
}
