//! The directives on one element: joins and merged metadata.

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::{Name, Node};

use super::header::specified_name;
use super::{Application, Printer, list, strings};
use crate::compose::merge::model::{ContextArgument, Graph, JoinField, JoinType, ListSize, Metadata};
use crate::compose::subgraph::spec::Kind;
use crate::graph::Demands;

impl Printer<'_> {
    pub(super) fn join_type(&self, join: &JoinType) -> Node<Directive> {
        Application::new("join__type")
            .with("graph", self.graph_value(join.graph))
            .with_some("key", join.key.as_ref())
            .with_flag("extension", join.is_extension)
            .with_some("resolvable", (!join.is_resolvable).then_some(false))
            .with_flag("isInterfaceObject", join.is_interface_object)
            .build()
    }

    pub(super) fn join_field(&self, join: &JoinField) -> Node<Directive> {
        let contexts = join.context_arguments.iter().map(context_argument);
        Application::new("join__field")
            .with_some("graph", join.graph.map(|graph| self.graph_value(graph)))
            .with_some("requires", join.requires.as_ref())
            .with_some("provides", join.provides.as_ref())
            .with_some("type", join.ty.as_ref().map(ToString::to_string))
            .with_flag("external", join.is_external)
            .with_some("override", join.override_from.as_ref())
            .with_flag("usedOverridden", join.is_used_overridden)
            .with_some("overrideLabel", join.override_label.as_ref())
            .with_some("contextArguments", (!join.context_arguments.is_empty()).then(|| list(contexts)))
            .build()
    }

    /// `@name(graph: G, key: target)` for every pair.
    pub(super) fn relations<'a>(
        &self,
        directive: &'static str,
        key: &'static str,
        relations: impl IntoIterator<Item = (&'a Name, &'a Vec<Graph>)>,
    ) -> Vec<Node<Directive>> {
        let mut pairs: Vec<(Graph, &Name)> = relations
            .into_iter()
            .flat_map(|(target, graphs)| graphs.iter().map(move |graph| (*graph, target)))
            .collect();
        pairs.sort_by_key(|(graph, _)| *graph);
        let print = |(graph, target): (Graph, &Name)| {
            let target = Node::from(target.as_str());
            Application::new(directive).with("graph", self.graph_value(graph)).with(key, target).build()
        };
        pairs.into_iter().map(print).collect()
    }

    pub(super) fn metadata(&self, metadata: &Metadata) -> Vec<Node<Directive>> {
        let named = |kind: Kind| Application::new(self.local_name(specified_name(kind)));
        let mut printed: Vec<Node<Directive>> = Vec::new();
        if metadata.is_inaccessible {
            printed.push(named(Kind::Inaccessible).build());
        }
        printed.extend(metadata.tags.iter().map(|tag| named(Kind::Tag).with("name", tag).build()));
        if metadata.is_authenticated {
            printed.push(named(Kind::Authenticated).build());
        }
        if let Some(scopes) = &metadata.scopes {
            printed.push(named(Kind::RequiresScopes).with("scopes", demands(scopes)).build());
        }
        if let Some(policies) = &metadata.policies {
            printed.push(named(Kind::Policy).with("policies", demands(policies)).build());
        }
        if let Some(weight) = metadata.cost {
            printed.push(named(Kind::Cost).with("weight", integer(weight)).build());
        }
        if let Some(size) = &metadata.list_size {
            printed.push(list_size(named(Kind::ListSize), size));
        }
        printed.extend(metadata.contexts.iter().map(|name| named(Kind::Context).with("name", name).build()));
        printed.extend(metadata.carried.iter().map(|(node, name, graphs)| self.carried(node, name, graphs)));
        printed.extend(metadata.printed.iter().cloned());
        printed
    }

    fn carried(&self, node: &Directive, name: &str, graphs: &[Graph]) -> Node<Directive> {
        let arguments = node.arguments.iter().map(|a| (a.name.clone(), a.value.clone())).collect();
        Application::new("join__directive")
            .with("graphs", list(graphs.iter().map(|graph| self.graph_value(*graph))))
            .with("name", name)
            .with("args", Node::new(Value::Object(arguments)))
            .build()
    }
}

fn demands(demands: &Demands) -> Node<Value> {
    list(demands.alternatives().map(strings))
}

fn integer(number: i64) -> Node<Value> {
    Node::new(Value::Int(apollo_compiler::ast::IntValue::new_parsed(&number.to_string())))
}

fn list_size(application: Application, size: &ListSize) -> Node<Directive> {
    application
        .with_some("assumedSize", size.assumed_size.map(integer))
        .with_some("slicingArguments", size.slicing_arguments.as_ref().map(strings))
        .with_some("sizedFields", size.sized_fields.as_ref().map(strings))
        .with("requireOneSlicingArgument", size.require_one_slicing_argument)
        .build()
}

fn context_argument(argument: &ContextArgument) -> Node<Value> {
    let entry = |key: &'static str, value: String| (Name::new_static_unchecked(key), Node::from(value));
    Node::new(Value::Object(vec![
        entry("context", argument.context.clone()),
        entry("name", argument.name.to_string()),
        entry("type", argument.ty.to_string()),
        entry("selection", argument.selection.clone()),
    ]))
}
