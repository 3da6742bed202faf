//! The rows of a graph's tables.

use std::sync::Arc;

use ahash::AHashMap;
use apollo_compiler::Node;
use apollo_compiler::ast::Value;

use super::{
    AccessId, EnumId, FieldId, FieldSetId, LabelId, Metadata, ObjectId, SubgraphId, SubgraphSet, TypeId,
    TypeSet, Wrapping,
};
use crate::graph::LeafType;

/// A subgraph.
#[derive(Clone, Debug)]
pub struct Subgraph {
    /// The name it was composed under.
    pub name: Arc<str>,
    /// Its routing URL; empty when it has none.
    pub url: Arc<str>,
}

/// A named type of the supergraph.
#[derive(Debug)]
pub struct Type {
    /// The type's name.
    pub name: Arc<str>,
    /// What kind of type it is.
    pub kind: TypeKind,
    /// The object types a value may have: itself for an object, the implementations or members for an
    /// abstract type, empty for input and leaf types.
    pub possible: TypeSet,
    /// The subgraphs that define the type, `@interfaceObject`s included.
    pub subgraphs: SubgraphSet,
    /// The subgraphs where this interface is an `@interfaceObject`.
    pub interface_object: SubgraphSet,
    /// For an object or interface, the interfaces it implements in any subgraph.
    pub interfaces: Vec<TypeId>,
    /// Fields of an object or interface by name.
    pub fields: AHashMap<Arc<str>, FieldId>,
    /// What each subgraph says of the type, by ascending subgraph.
    pub local: Vec<TypeInSubgraph>,
    /// Whether clients can see the type.
    pub visible: bool,
    /// Costs.
    pub metadata: Metadata,
    /// Who may read values of the type; `None` for everyone. Interfaces have none: their implementations do.
    pub access: Option<AccessId>,
}

impl Type {
    /// What a subgraph says of the type; `None` where it does not exist.
    pub fn local(&self, subgraph: SubgraphId) -> Option<&TypeInSubgraph> {
        let index = self.local.binary_search_by_key(&subgraph, |local| local.subgraph).ok()?;
        Some(&self.local[index])
    }

    /// Whether this is an interface or a union.
    pub fn is_abstract(&self) -> bool {
        matches!(self.kind, TypeKind::Interface | TypeKind::Union)
    }
}

/// The kind of a [`Type`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// An object type.
    Object(ObjectId),
    /// An interface.
    Interface,
    /// A union.
    Union,
    /// A scalar, and how its JSON is checked.
    Scalar(LeafType),
    /// An enum.
    Enum(EnumId),
    /// An input object.
    Input,
}

/// What one subgraph says of a type.
#[derive(Debug)]
pub struct TypeInSubgraph {
    /// The subgraph.
    pub subgraph: SubgraphId,
    /// The object types a value of this type may have in the subgraph. For an `@interfaceObject`, all
    /// possible types of the interface (the subgraph just does not know which).
    pub possible: TypeSet,
    /// The type's keys there.
    pub keys: Vec<Key>,
    /// Whether the type is an `@interfaceObject` there.
    pub interface_object: bool,
    /// Whether the subgraph declares it as an extension (Federation 1).
    pub extension: bool,
}

/// A `@key`.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key fields.
    pub fields: FieldSetId,
    /// Whether the subgraph can be entered by this key.
    pub resolvable: bool,
}

/// A field of an object or interface.
#[derive(Debug)]
pub struct Field {
    /// The field's name.
    pub name: Arc<str>,
    /// The type it belongs to.
    pub parent: TypeId,
    /// Its named type.
    pub ty: TypeId,
    /// How the named type is wrapped.
    pub wrapping: Wrapping,
    /// The subgraphs that resolve it without further conditions than its `@requires` and override label.
    pub here: SubgraphSet,
    /// The subgraphs that declare it, `@external` declarations included.
    pub declared: SubgraphSet,
    /// For an object's field: the subgraphs that resolve it through an `@interfaceObject` (ascending),
    /// with the interface's field.
    pub through_interface_object: Vec<(SubgraphId, FieldId)>,
    /// Whether any subgraph's declaration carries an override label.
    pub labelled: bool,
    /// What each declaring subgraph says of the field, by ascending subgraph.
    pub local: Vec<FieldInSubgraph>,
    /// Its arguments.
    pub arguments: Vec<ArgumentDefinition>,
    /// Whether clients can see the field.
    pub visible: bool,
    /// `Type.field`, for messages.
    pub coordinate: Arc<str>,
    /// Costs.
    pub metadata: Metadata,
    /// Who may read it; `None` for everyone. Fields of interfaces have none: those of their implementations do.
    pub access: Option<AccessId>,
}

impl Field {
    /// What a subgraph says of the field; `None` where it is not declared.
    pub fn local(&self, subgraph: SubgraphId) -> Option<&FieldInSubgraph> {
        let index = self.local.binary_search_by_key(&subgraph, |local| local.subgraph).ok()?;
        Some(&self.local[index])
    }
}

/// What one subgraph says of a field.
#[derive(Debug)]
pub struct FieldInSubgraph {
    /// The subgraph.
    pub subgraph: SubgraphId,
    /// Its named type there.
    pub ty: TypeId,
    /// How the type is wrapped there.
    pub wrapping: Wrapping,
    /// Declared but resolved elsewhere: only usable under a `@provides`.
    pub external: bool,
    /// Lost to another subgraph by `@override`, but still declared because a key, a requirement or an
    /// interface needs it: its value may be collected for representations, never served. Implies `external`.
    pub overridden: bool,
    /// What the field needs of its object.
    pub requires: Option<FieldSetId>,
    /// What it can answer of its value although that is external here.
    pub provides: Option<FieldSetId>,
    /// With a label, the subgraph resolves the field only while the label's bit has this value.
    pub label: Option<(LabelId, bool)>,
    /// Arguments whose values come from an enclosing object (`@fromContext`).
    pub context_arguments: Vec<ContextArgument>,
}

/// An argument whose value comes from an enclosing object.
#[derive(Debug)]
pub struct ContextArgument {
    /// The argument.
    pub name: Arc<str>,
    /// The context's name.
    pub context: Arc<str>,
    /// The argument's type as GraphQL text.
    pub ty: Arc<str>,
    /// Whether the argument must not be null.
    pub required: bool,
    /// Where the value comes from, one for each type that sets the context.
    pub sources: Vec<ContextSource>,
}

/// What an enclosing object gives for an argument.
#[derive(Clone, Copy, Debug)]
pub struct ContextSource {
    /// A type that sets the context, for all its objects.
    pub ty: TypeId,
    /// What is selected of such an object: one value.
    pub selection: FieldSetId,
}

/// An argument of a [`Field`].
#[derive(Debug)]
pub struct ArgumentDefinition {
    /// The argument's name.
    pub name: Arc<str>,
    /// Its type as GraphQL text.
    pub ty: Arc<str>,
    /// Costs.
    pub metadata: Metadata,
}

/// An enum type.
#[derive(Debug)]
pub struct Enum {
    /// The enum.
    pub ty: TypeId,
    /// The values clients may see, sorted.
    pub visible: Vec<Box<str>>,
}

/// A parsed field set of a `@key`, `@requires` or `@provides`.
#[derive(Debug)]
pub struct FieldSet {
    /// The type it is written on.
    pub parent: TypeId,
    /// What it selects.
    pub selections: Vec<FieldSelection>,
}

/// One field of a [`FieldSet`]; fragments have become `types`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSelection {
    /// The field of the type it is written on (an interface's, if written on an interface); `None` is
    /// `__typename`.
    pub field: Option<FieldId>,
    /// The object types it applies to.
    pub types: TypeSet,
    /// Literal arguments sorted by name.
    pub arguments: Vec<(Arc<str>, Node<Value>)>,
    /// Sub-selections; empty for leaves.
    pub selections: Vec<FieldSelection>,
}
