//! One subgraph's types with their federation directives understood.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Directive, DirectiveDefinition, Type, Value};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::ExtensionId;
use apollo_compiler::{Name, Node};

use super::link::Links;
use super::source::Source;
use super::spec::Kind;
use super::usage::Usage;
use crate::compose::diagnostic::Location;

/// Names of a type and one of its fields.
pub(crate) type Coordinate = (Name, Name);

/// One subgraph, read and checked as GraphQL.
#[derive(Clone, Debug)]
pub(crate) struct Subgraph {
    pub(crate) name: String,
    pub(crate) url: String,
    /// Its value in the supergraph's `join__Graph` enum.
    pub(crate) graph: String,
    pub(crate) links: Links,
    /// By supergraph name: root types already carry their default names.
    pub(crate) types: BTreeMap<Name, TypeDef>,
    /// Directives the subgraph defines itself.
    pub(crate) directives: BTreeMap<Name, Node<DirectiveDefinition>>,
    pub(crate) schema_directives: Directives,
    pub(crate) description: Option<String>,
    pub(crate) source: Source,
    pub(crate) usage: Usage,
}

impl Subgraph {
    pub(crate) fn is_federation_1(&self) -> bool {
        self.links.federation.is_none()
    }

    /// What makes the names of its contexts unique in the supergraph.
    pub(crate) fn context_prefix(&self) -> &str {
        &self.name
    }

    pub(crate) fn locate(&self, span: Option<SourceSpan>) -> Location {
        self.source.locate(span)
    }

    pub(crate) fn field(&self, type_name: &str, field: &str) -> Option<&FieldDef> {
        self.types.get(type_name)?.fields.get(field)
    }

    /// Names of the object types a value of this composite type may have in this subgraph.
    pub(crate) fn runtime_types(&self, name: &Name) -> BTreeSet<Name> {
        match self.types.get(name).map(|ty| (ty.kind, ty)) {
            Some((TypeKind::Object, _)) => BTreeSet::from([name.clone()]),
            Some((TypeKind::Union, ty)) => ty.members.keys().cloned().collect(),
            Some((TypeKind::Interface, _)) => self
                .types
                .values()
                .filter(|ty| ty.kind == TypeKind::Object && ty.implements.contains_key(name))
                .map(|ty| ty.name.clone())
                .collect(),
            _ => BTreeSet::new(),
        }
    }
}

/// The kinds of named types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TypeKind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
}

impl TypeKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            TypeKind::Scalar => "scalar",
            TypeKind::Object => "object",
            TypeKind::Interface => "interface",
            TypeKind::Union => "union",
            TypeKind::Enum => "enum",
            TypeKind::InputObject => "input",
        }
    }

    pub(crate) fn is_composite(self) -> bool {
        matches!(self, TypeKind::Object | TypeKind::Interface | TypeKind::Union)
    }
}

/// A named type of one subgraph, extensions folded in. Only the parts its kind has are filled.
#[derive(Clone, Debug)]
pub(crate) struct TypeDef {
    pub(crate) name: Name,
    pub(crate) kind: TypeKind,
    pub(crate) description: Option<String>,
    pub(crate) directives: Directives,
    pub(crate) span: Option<SourceSpan>,
    /// Every definition of it is an `extend`, or it is marked `@extends`.
    pub(crate) only_extended: bool,
    /// Interfaces it implements.
    pub(crate) implements: IndexMap<Name, Option<SourceSpan>>,
    pub(crate) fields: IndexMap<Name, FieldDef>,
    /// Members of a union.
    pub(crate) members: IndexMap<Name, Option<SourceSpan>>,
    pub(crate) values: IndexMap<Name, ValueDef>,
    pub(crate) inputs: IndexMap<Name, InputDef>,
}

impl TypeDef {
    pub(crate) fn is_interface_object(&self) -> bool {
        self.directives.has(Kind::InterfaceObject)
    }

    /// Applications of `@key`, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Applied> {
        self.directives.all(Kind::Key)
    }
}

/// A field of an object or interface.
#[derive(Clone, Debug)]
pub(crate) struct FieldDef {
    pub(crate) name: Name,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) arguments: IndexMap<Name, InputDef>,
    pub(crate) directives: Directives,
    pub(crate) span: Option<SourceSpan>,
    /// The extension that declares it.
    pub(crate) extension: Option<ExtensionId>,
}

/// An argument or input field.
#[derive(Clone, Debug)]
pub(crate) struct InputDef {
    pub(crate) name: Name,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) default: Option<Node<Value>>,
    pub(crate) directives: Directives,
    pub(crate) span: Option<SourceSpan>,
}

impl InputDef {
    pub(crate) fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

/// An enum value.
#[derive(Clone, Debug)]
pub(crate) struct ValueDef {
    pub(crate) description: Option<String>,
    pub(crate) directives: Directives,
    pub(crate) span: Option<SourceSpan>,
}

/// A directive application and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) kind: Kind,
    pub(crate) node: Node<Directive>,
}

impl Applied {
    pub(crate) fn argument(&self, name: &str) -> Option<&Node<Value>> {
        self.node.specified_argument_by_name(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.argument(name)?.as_str()
    }

    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        self.argument(name)?.to_bool()
    }

    /// `fields` of a key, requires or provides; empty when it is not a string.
    pub(crate) fn field_set(&self) -> &str {
        self.text("fields").unwrap_or_default()
    }

    /// Whether a `@key` may be used to enter the subgraph.
    pub(crate) fn is_resolvable(&self) -> bool {
        self.boolean("resolvable").unwrap_or(true)
    }

    pub(crate) fn span(&self) -> Option<SourceSpan> {
        self.node.location()
    }
}

/// The directives on one element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directives(pub(crate) Vec<Applied>);

impl Directives {
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = &Applied> {
        self.0.iter().filter(move |applied| applied.kind == kind)
    }

    pub(crate) fn get(&self, kind: Kind) -> Option<&Applied> {
        self.all(kind).next()
    }

    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.get(kind).is_some()
    }

    pub(crate) fn remove(&mut self, kind: Kind) {
        self.0.retain(|applied| applied.kind != kind);
    }
}
