//! The supergraph as SDL in the join v0.5 dialect.

mod carriers;
mod elements;
mod header;
#[cfg(test)]
mod tests;
mod types;

use apollo_compiler::ast::{Argument, Directive, Document, Value};
use apollo_compiler::{Name, Node};

use self::carriers::Carriers;
use super::merge::model::{Graph, Supergraph};
use super::subgraph::model::Subgraph;

/// Prints the supergraph. Types come in the order of their names.
pub(crate) fn print(supergraph: &Supergraph, subgraphs: &[Subgraph]) -> String {
    let printer = Printer { supergraph, subgraphs, carriers: Carriers::used_by(supergraph) };
    let mut document = Document::new();
    document.definitions.push(printer.schema_definition().into());
    document.definitions.extend(printer.directive_definitions());
    document.definitions.extend(printer.machinery_types());
    document.definitions.extend(supergraph.types.values().map(|ty| printer.type_definition(ty)));
    document.to_string()
}

struct Printer<'a> {
    supergraph: &'a Supergraph,
    subgraphs: &'a [Subgraph],
    carriers: Carriers,
}

impl Printer<'_> {
    fn graph_value(&self, graph: Graph) -> Node<Value> {
        Node::new(Value::Enum(Name::new_unchecked(&self.subgraphs[graph].graph)))
    }
}

/// A directive application under construction.
struct Application(Directive);

impl Application {
    fn new(name: &str) -> Self {
        Self(Directive::new(Name::new_unchecked(name)))
    }

    fn with(mut self, name: &'static str, value: impl Into<Node<Value>>) -> Self {
        let name = Name::new_static_unchecked(name);
        self.0.arguments.push(Node::new(Argument { name, value: value.into() }));
        self
    }

    fn with_some(self, name: &'static str, value: Option<impl Into<Node<Value>>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn with_flag(self, name: &'static str, flag: bool) -> Self {
        if flag { self.with(name, true) } else { self }
    }

    fn build(self) -> Node<Directive> {
        Node::new(self.0)
    }
}

fn list(items: impl IntoIterator<Item = Node<Value>>) -> Node<Value> {
    Node::new(Value::List(items.into_iter().collect()))
}

fn strings<'a>(items: impl IntoIterator<Item = &'a String>) -> Node<Value> {
    list(items.into_iter().map(Node::from))
}
