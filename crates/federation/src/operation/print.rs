//! Normal forms as text for people: tests, plan inspection, logs.

use std::fmt::{self, Write};

use super::normal::{Argument, FieldRef, NormalOperation, Selection, SelectionSet};
use crate::graph::OperationKind;
use crate::graph::{Graph, TypeId, TypeSet};

/// One line per selection, indented by depth:
///
/// ```text
/// query Find($id: ID!) -> Query
///   found = Query.node(id: $id) -> Node
///     Node.name
///     User.email [User]
/// ```
///
/// `key = ` is left out when the key is the field's name, `[types]` when they are all of the position's.
pub fn print<'a>(graph: &'a Graph, operation: &'a NormalOperation) -> impl fmt::Display + 'a {
    struct Printed<'a>(&'a Graph, &'a NormalOperation);
    impl fmt::Display for Printed<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Printer { graph: self.0, out: f }.operation(self.1)
        }
    }
    Printed(graph, operation)
}

struct Printer<'a, 'f, 'b> {
    graph: &'a Graph,
    out: &'f mut fmt::Formatter<'b>,
}

impl Printer<'_, '_, '_> {
    fn operation(&mut self, operation: &NormalOperation) -> fmt::Result {
        self.out.write_str(match operation.kind {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation",
            OperationKind::Subscription => "subscription",
        })?;
        if let Some(name) = &operation.name {
            write!(self.out, " {name}")?;
        }
        for (index, variable) in operation.variables.iter().enumerate() {
            self.out.write_str(if index == 0 { "(" } else { ", " })?;
            write!(self.out, "${}: {}", variable.name, variable.ty)?;
            if let Some(default) = &variable.default {
                write!(self.out, " = {default}")?;
            }
        }
        if !operation.variables.is_empty() {
            self.out.write_char(')')?;
        }
        for directive in &operation.directives {
            write!(self.out, " {}", directive.serialize().no_indent())?;
        }
        self.below(&operation.root, 1)
    }

    fn below(&mut self, set: &SelectionSet, depth: usize) -> fmt::Result {
        let parent = &self.graph.ty(set.parent).name;
        let empty = if set.selections.is_empty() { " {}" } else { "" };
        writeln!(self.out, " -> {parent}{empty}")?;
        set.selections.iter().try_for_each(|selection| self.selection(selection, set.parent, depth))
    }

    fn selection(&mut self, selection: &Selection, parent: TypeId, depth: usize) -> fmt::Result {
        write!(self.out, "{:1$}", "", depth * 2)?;
        match selection.field {
            FieldRef::Field(id) => {
                let field = self.graph.field(id);
                self.key(selection, &field.name)?;
                write!(self.out, "{}.{}", self.graph.ty(field.parent).name, field.name)?;
            }
            FieldRef::Typename => {
                self.key(selection, "__typename")?;
                self.out.write_str("__typename")?;
            }
            FieldRef::Denied(id) => {
                let field = self.graph.field(id);
                self.key(selection, &field.name)?;
                write!(self.out, "denied {}.{}", self.graph.ty(field.parent).name, field.name)?;
            }
            FieldRef::Introspection(_) => {
                self.key(selection, "introspection")?;
                self.out.write_str("introspection")?;
            }
        }
        self.arguments(&selection.arguments)?;
        for directive in &selection.directives {
            write!(self.out, " {}", directive.serialize().no_indent())?;
        }
        if selection.types != *self.graph.possible(parent) {
            self.types(&selection.types)?;
        }
        match &selection.selection_set {
            Some(set) => self.below(set, depth + 1),
            None => self.out.write_char('\n'),
        }
    }

    fn key(&mut self, selection: &Selection, name: &str) -> fmt::Result {
        if *selection.key == *name { Ok(()) } else { write!(self.out, "{} = ", selection.key) }
    }

    fn arguments(&mut self, arguments: &[Argument]) -> fmt::Result {
        for (index, argument) in arguments.iter().enumerate() {
            self.out.write_str(if index == 0 { "(" } else { ", " })?;
            write!(self.out, "{}: {}", argument.name, argument.value.serialize().no_indent())?;
        }
        if arguments.is_empty() { Ok(()) } else { self.out.write_char(')') }
    }

    fn types(&mut self, types: &TypeSet) -> fmt::Result {
        let mut names: Vec<&str> = types.iter().map(|id| &**self.graph.object_name(id)).collect();
        names.sort_unstable();
        write!(self.out, " [{}]", names.join(", "))
    }
}
