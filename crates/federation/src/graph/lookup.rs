//! The tables of a supergraph and how they are asked.

use std::sync::Arc;

use ahash::AHashMap;
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use sha2::{Digest, Sha256};

use super::tables::{Enum, Field, FieldSet, Subgraph, Type, TypeKind};
use super::{
    Access, CacheHints, EnumId, FieldId, FieldSetId, GraphError, LabelId, ObjectId, SubgraphId, TypeId,
    TypeSet, read,
};
use crate::graph::{LeafType, OperationKind};

/// A supergraph: what clients see of it, and who resolves what.
#[derive(Debug)]
pub struct Graph {
    /// The supergraph document.
    pub(super) source: Arc<Schema>,
    pub(super) api_schema: Arc<Valid<Schema>>,
    pub(super) subgraphs: Vec<Subgraph>,
    pub(super) types: Vec<Type>,
    pub(super) type_ids: AHashMap<Arc<str>, TypeId>,
    pub(super) objects: Vec<TypeId>,
    pub(super) fields: Vec<Field>,
    pub(super) enums: Vec<Enum>,
    pub(super) field_sets: Vec<FieldSet>,
    pub(super) access: Vec<Access>,
    pub(super) labels: Vec<Arc<str>>,
    pub(super) input_costs: AHashMap<(TypeId, Arc<str>), i32>,
    pub(super) roots: [Option<TypeId>; 3],
    pub(super) cache_hints: CacheHints,
}

impl Graph {
    /// Reads a supergraph document of the join specification, v0.1 to v0.5.
    ///
    /// # Errors
    /// Every fault found; nothing is guessed at.
    pub fn from_sdl(supergraph_sdl: &str) -> Result<Self, Vec<GraphError>> {
        read::read(supergraph_sdl)
    }

    /// As [`Graph::from_sdl`], for a document that was parsed already.
    pub(crate) fn from_schema(supergraph: &Schema) -> Result<Self, Vec<GraphError>> {
        read::read_schema(supergraph)
    }

    /// A hash (SHA-256) of the supergraph document, for a contract's part with what that hides: equal in all processes
    /// that have the same. Worked out with each call.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.source.to_string()).into()
    }

    /// The schema clients see: without inaccessible elements and without the join machinery.
    pub fn api_schema(&self) -> &Arc<Valid<Schema>> {
        &self.api_schema
    }

    /// All subgraphs in order of their ids, which is the order of their names.
    pub fn subgraphs(&self) -> &[Subgraph] {
        &self.subgraphs
    }

    /// A subgraph.
    pub fn subgraph(&self, id: SubgraphId) -> &Subgraph {
        &self.subgraphs[id.index()]
    }

    /// The labels of progressive overrides, in order of their ids.
    pub fn labels(&self) -> &[Arc<str>] {
        &self.labels
    }

    /// The label of that text.
    pub fn label(&self, label: &str) -> Option<LabelId> {
        self.labels.iter().position(|known| &**known == label).map(LabelId::from)
    }

    /// How long what clients see may be kept.
    pub fn cache_hints(&self) -> &CacheHints {
        &self.cache_hints
    }

    /// A type.
    #[inline]
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.index()]
    }

    /// All types in order of their ids, which is the order of their names.
    pub fn types(&self) -> &[Type] {
        &self.types
    }

    /// The type of that name.
    pub fn type_id(&self, name: &str) -> Option<TypeId> {
        self.type_ids.get(name).copied()
    }

    /// The type of an object.
    #[inline]
    pub fn object_type(&self, id: ObjectId) -> TypeId {
        self.objects[id.index()]
    }

    /// How many object types there are.
    pub fn object_count(&self) -> usize {
        self.objects.len()
    }

    /// The name of an object type.
    #[inline]
    pub fn object_name(&self, id: ObjectId) -> &Arc<str> {
        &self.types[self.objects[id.index()].index()].name
    }

    /// The object type of that name, as subgraphs answer it in `__typename`.
    pub fn object_id(&self, name: &str) -> Option<ObjectId> {
        match self.ty(self.type_id(name)?).kind {
            TypeKind::Object(id) => Some(id),
            _ => None,
        }
    }

    /// The object types a value of the type may have.
    #[inline]
    pub fn possible(&self, id: TypeId) -> &TypeSet {
        &self.ty(id).possible
    }

    /// A field.
    #[inline]
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.index()]
    }

    /// All fields in order of their ids.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of that name of an object or interface.
    pub fn field_id(&self, parent: TypeId, name: &str) -> Option<FieldId> {
        self.ty(parent).fields.get(name).copied()
    }

    /// An object's own field for a field that may be written on one of its interfaces.
    #[inline]
    pub fn concrete_field(&self, object: ObjectId, field: FieldId) -> Option<FieldId> {
        let row = self.field(field);
        let own = self.object_type(object);
        if row.parent == own { Some(field) } else { self.field_id(own, &row.name) }
    }

    /// `@cost(weight:)` of a field of an input object.
    pub fn input_field_cost(&self, input: TypeId, field: &str) -> Option<i32> {
        self.input_costs.get(&(input, Arc::from(field))).copied()
    }

    /// A parsed field set.
    #[inline]
    pub fn field_set(&self, id: FieldSetId) -> &FieldSet {
        &self.field_sets[id.index()]
    }

    /// An enum.
    pub fn enumeration(&self, id: EnumId) -> &Enum {
        &self.enums[id.index()]
    }

    /// Whether clients may see the value of the enum.
    pub fn is_visible_value(&self, id: EnumId, value: &str) -> bool {
        self.enums[id.index()].visible.binary_search_by(|known| (**known).cmp(value)).is_ok()
    }

    /// How a value of the type is checked; `None` for types that are not leaves.
    pub fn leaf_type(&self, id: TypeId) -> Option<LeafType> {
        match self.ty(id).kind {
            TypeKind::Scalar(leaf) => Some(leaf),
            TypeKind::Enum(id) => Some(LeafType::Enum(id)),
            _ => None,
        }
    }

    /// The root type of an operation kind.
    pub fn root(&self, kind: OperationKind) -> Option<TypeId> {
        self.roots[kind as usize]
    }

    /// The kind of operation whose root type this is.
    pub fn root_kind(&self, id: TypeId) -> Option<OperationKind> {
        [OperationKind::Query, OperationKind::Mutation, OperationKind::Subscription]
            .into_iter()
            .find(|kind| self.root(*kind) == Some(id))
    }
}
