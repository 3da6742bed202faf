//! The merged supergraph: types with the joins that say which subgraph has what.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Directive, DirectiveDefinition, Type, Value};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::{Name, Node};

use crate::compose::subgraph::model::TypeKind;
use crate::graph::Demands;

/// Position of a subgraph in the list sorted by name.
pub(crate) type Graph = usize;

/// What composition makes of all subgraphs.
#[derive(Debug, Default)]
pub(crate) struct Supergraph {
    pub(crate) description: Option<String>,
    pub(crate) types: BTreeMap<Name, MergedType>,
    /// Executable and composed directives.
    pub(crate) directives: BTreeMap<Name, DirectiveDefinition>,
    /// Links of composed directives.
    pub(crate) composed: Vec<ComposedLink>,
    /// Names the supergraph uses for the specifications' own directives, where a subgraph renamed them.
    pub(crate) renamed: BTreeMap<&'static str, String>,
    /// Directives of the schema itself.
    pub(crate) metadata: Metadata,
}

/// The link of a specification whose directives subgraphs compose.
#[derive(Clone, Debug)]
pub(crate) struct ComposedLink {
    pub(crate) url: String,
    pub(crate) prefix: Option<String>,
    /// Name in the specification and in the supergraph.
    pub(crate) imports: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub(crate) struct MergedType {
    pub(crate) name: Name,
    pub(crate) kind: TypeKind,
    pub(crate) description: Option<String>,
    pub(crate) joins: Vec<JoinType>,
    /// Interface to the subgraphs that know the relation.
    pub(crate) implements: IndexMap<Name, Vec<Graph>>,
    pub(crate) fields: IndexMap<Name, MergedField>,
    pub(crate) members: IndexMap<Name, Vec<Graph>>,
    pub(crate) values: IndexMap<Name, MergedValue>,
    pub(crate) inputs: IndexMap<Name, MergedInput>,
    pub(crate) metadata: Metadata,
}

impl MergedType {
    /// The subgraphs that have the type, each once.
    pub(crate) fn graphs(&self) -> BTreeSet<Graph> {
        self.joins.iter().map(|join| join.graph).collect()
    }
}

/// One `@join__type`.
#[derive(Clone, Debug)]
pub(crate) struct JoinType {
    pub(crate) graph: Graph,
    pub(crate) key: Option<String>,
    pub(crate) is_extension: bool,
    pub(crate) is_resolvable: bool,
    pub(crate) is_interface_object: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct MergedField {
    pub(crate) name: Name,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) arguments: IndexMap<Name, MergedInput>,
    /// Empty: every subgraph that has the parent resolves the field.
    pub(crate) joins: Vec<JoinField>,
    pub(crate) metadata: Metadata,
}

/// One `@join__field`; without a graph the field comes from an interface object.
#[derive(Clone, Debug, Default)]
pub(crate) struct JoinField {
    pub(crate) graph: Option<Graph>,
    pub(crate) requires: Option<String>,
    pub(crate) provides: Option<String>,
    /// The subgraph's own type, where the types differ.
    pub(crate) ty: Option<Type>,
    pub(crate) is_external: bool,
    pub(crate) override_from: Option<String>,
    pub(crate) is_used_overridden: bool,
    pub(crate) override_label: Option<String>,
    pub(crate) context_arguments: Vec<ContextArgument>,
}

/// An argument a subgraph takes from a context.
#[derive(Clone, Debug)]
pub(crate) struct ContextArgument {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    /// `subgraph__context`, unique in the supergraph.
    pub(crate) context: String,
    pub(crate) selection: String,
}

/// An argument or input field.
#[derive(Clone, Debug)]
pub(crate) struct MergedInput {
    pub(crate) name: Name,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) default: Option<Node<Value>>,
    /// Types per subgraph where they differ; only for input fields.
    pub(crate) joins: Vec<(Graph, Option<Type>)>,
    pub(crate) metadata: Metadata,
}

#[derive(Clone, Debug)]
pub(crate) struct MergedValue {
    pub(crate) name: Name,
    pub(crate) description: Option<String>,
    pub(crate) graphs: Vec<Graph>,
    pub(crate) metadata: Metadata,
}

/// Merged directives of one element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) is_inaccessible: bool,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) is_authenticated: bool,
    pub(crate) scopes: Option<Demands>,
    pub(crate) policies: Option<Demands>,
    pub(crate) cost: Option<i64>,
    pub(crate) list_size: Option<ListSize>,
    /// Names of contexts the type sets, already unique in the supergraph.
    pub(crate) contexts: BTreeSet<String>,
    /// `@deprecated`, `@specifiedBy`, `@oneOf` and composed directives, ready to print.
    pub(crate) printed: Vec<Node<Directive>>,
    /// Directives that stay with their subgraph: name and arguments to the subgraphs.
    pub(crate) carried: Vec<(Node<Directive>, &'static str, Vec<Graph>)>,
}

/// Merged `@listSize`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListSize {
    pub(crate) assumed_size: Option<i64>,
    pub(crate) slicing_arguments: Option<BTreeSet<String>>,
    pub(crate) sized_fields: Option<BTreeSet<String>>,
    pub(crate) require_one_slicing_argument: bool,
}
