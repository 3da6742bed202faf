//! The normal form of an operation: what the planner reads.
//!
//! Fragments are inlined, `@skip` and `@include` are decided (a plan is cached per set of decided
//! conditions), type conditions have become sets of object types, selections of the same field are merged.

use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use apollo_compiler::executable::Field;

use super::groups::Groups;
use crate::graph::OperationKind;
use crate::graph::{FieldId, TypeId, TypeSet};

/// A checked operation in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalOperation {
    /// Query, mutation or subscription.
    pub kind: OperationKind,
    /// The operation's name.
    pub name: Option<Arc<str>>,
    /// Declared variables that are still used, in order of declaration.
    pub variables: Vec<VariableDefinition>,
    /// Executable directives on the operation itself, to hand on to subgraphs that define them.
    pub directives: Vec<Node<apollo_compiler::ast::Directive>>,
    /// The `__schema` and `__type` fields asked for, each with everything that is written there.
    pub introspection: Vec<Vec<Node<Field>>>,
    /// What is asked of the root object.
    pub root: SelectionSet,
    /// The fragments to be delivered later, those around others first. Each has fields of its own.
    pub deferred: Vec<Deferred>,
}

/// A fragment to be delivered later than what is around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred {
    /// What the client calls it.
    pub label: Option<Arc<str>>,
    /// The deferred fragment it stands in.
    pub parent: Option<usize>,
    /// The types of object it applies to.
    pub types: TypeSet,
}

/// A declared variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableDefinition {
    /// Without `$`.
    pub name: Arc<str>,
    /// Its type as GraphQL text, e.g. `[ID!]!`.
    pub ty: Arc<str>,
    /// The default as GraphQL text. Coercion has already applied it to the values the executor sends.
    pub default: Option<Arc<str>>,
}

impl VariableDefinition {
    pub(super) fn of(variable: &apollo_compiler::ast::VariableDefinition) -> Self {
        Self {
            name: Arc::from(variable.name.as_str()),
            ty: Arc::from(variable.ty.to_string()),
            default: variable
                .default_value
                .as_ref()
                .map(|value| Arc::from(value.serialize().no_indent().to_string())),
        }
    }
}

/// What is asked of the objects at one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionSet {
    /// The static type of the position: object, interface or union.
    pub parent: TypeId,
    /// In response order (GraphQL specification 6.3.2 CollectFields). Two selections have the same response
    /// key only if their `types` are disjoint.
    pub selections: Vec<Selection>,
    /// The deferred fragments that stand here.
    pub starts: Groups,
}

/// One field asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The response key.
    pub key: Arc<str>,
    /// The field.
    pub field: FieldRef,
    /// The concrete types of object that must answer it, never empty, always within the possible types of
    /// the position.
    pub types: TypeSet,
    /// Arguments sorted by name; variables allowed at any depth.
    pub arguments: Vec<Argument>,
    /// Executable directives to hand on to subgraphs that define them (never `skip`, `include`, `defer`).
    pub directives: Vec<Node<apollo_compiler::ast::Directive>>,
    /// The deferred fragments it is delivered with; none if it is answered at once.
    pub groups: Groups,
    /// Sub-selections; `None` for leaves.
    pub selection_set: Option<SelectionSet>,
}

/// The field of a [`Selection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldRef {
    /// `__typename`
    Typename,
    /// An interface's field when any selection merged here was written on an interface (the planner finds
    /// the concrete types' own fields by name); an object type's field when all were written on object types,
    /// or when the position itself is of object type.
    Field(FieldId),
    /// A field that the caller may not read: null with an error, never fetched.
    Denied(FieldId),
    /// `__schema` or `__type` of a query root; answered without subgraphs. The number counts
    /// [`NormalOperation::introspection`].
    Introspection(u32),
}

/// An argument of a [`Selection`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Argument {
    /// The argument's name.
    pub name: Arc<str>,
    /// The value as written (or the operation's variables inside it).
    pub value: Node<Value>,
}
