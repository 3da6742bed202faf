//! The query plan: which requests to send, how to read their answers, and what to write.
//!
//! A plan holds no request data (no variable values, no headers, no identity), so it is cached and shared.
//! Three parts speak of the same *slots*:
//!
//! - [`Shape`]s are the object positions of the response. Every object the executor stores is a row of one
//!   shape; a shape's rows are exactly the objects found at that position, so an entity fetch that hangs on
//!   a shape iterates its rows and never walks the response.
//! - [`Selection`]s say how an object of a subgraph's answer is read into the slots of a row.
//! - [`OutputField`]s say what a client sees of a row, in response order.
//!
//! `fetches` is ordered: a fetch comes after all it depends on. Nothing else about the order of `fetches`
//! has meaning; a fetch may start as soon as its `depends_on` are done.

use std::any::Any;
use std::sync::{Arc, OnceLock};

pub use super::entities::Variants;
pub use super::reductions::{Reduced, Reductions};
pub use crate::graph::{LeafType, OperationKind};
use crate::graph::{ObjectId, SubgraphId, TypeSet, Wrapping};
pub use crate::operation::Groups;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the plan's list.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// Index into [`QueryPlan::shapes`].
    ShapeId
);
index!(
    /// Index into [`QueryPlan::selections`].
    SelectionId
);
index!(
    /// Index into [`QueryPlan::fetches`].
    FetchId
);
index!(
    /// Index into [`Shape::slots`].
    SlotId
);

/// Everything the executor needs besides variable values.
#[derive(Debug)]
pub struct QueryPlan {
    /// Query, mutation or subscription.
    pub kind: OperationKind,
    /// The requests, dependencies first. Empty when nothing has to be asked.
    pub fetches: Vec<Fetch>,
    /// Object positions; the first is the root object.
    pub shapes: Vec<Shape>,
    /// How answers are read.
    pub selections: Vec<Selection>,
    /// The fetches that what is answered first waits for, ascending. Of no meaning where nothing is deferred.
    pub first: Vec<FetchId>,
    /// The fragments delivered later, those around others first. [`Groups`] number them.
    pub deferred: Vec<Deferred>,
}

/// A fragment delivered later.
#[derive(Debug)]
pub struct Deferred {
    /// What the client calls it.
    pub label: Option<Arc<str>>,
    /// The fragment it stands in, which is delivered before.
    pub parent: Option<usize>,
    /// The types of object it applies to.
    pub types: TypeSet,
    /// The fetches it waits for, ascending.
    pub fetches: Vec<FetchId>,
}

impl QueryPlan {
    /// The shape of the root object.
    pub const ROOT: ShapeId = ShapeId(0);
}

/// One object position of the response.
#[derive(Debug)]
pub struct Shape {
    /// What each slot can hold; hidden slots (keys, required fields) stand beside client-visible ones.
    pub slots: Vec<SlotKind>,
    /// What the client sees, in response order.
    pub output: Vec<OutputField>,
    /// The concrete types an object here may have. A single member is a statically known type.
    pub possible: TypeSet,
    /// Those of them that clients must not see (`@inaccessible`): to them such an object is an error.
    pub hidden: TypeSet,
    /// The deferred fragments that stand here.
    pub starts: Groups,
}

/// What a slot can hold, below any lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// Scalars and enums, kept as JSON tokens.
    Leaf,
    /// Rows of another shape.
    Object(ShapeId),
}

/// One client-visible field of a shape.
#[derive(Debug)]
pub struct OutputField {
    /// The response key.
    pub key: Box<str>,
    /// Where the value comes from.
    pub source: OutputSource,
    /// The types of object that have this field; `None` means all.
    pub types: Option<TypeSet>,
    /// Nullability and list depth in the API schema; decides null propagation.
    pub wrapping: Wrapping,
    /// The check of leaf values against the API schema.
    pub leaf: LeafType,
    /// `Type.field` for error messages.
    pub coordinate: Arc<str>,
    /// The deferred fragments it is delivered with; none if it is answered at once.
    pub groups: Groups,
}

/// Where an output value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputSource {
    /// A slot of the row.
    Slot(SlotId),
    /// The name of the row's concrete type.
    Typename,
    /// Nowhere: the caller may not read it. Null, with an error.
    Denied,
    /// `__schema` or `__type`: answered by the engine itself, no fetch writes it. The number counts the
    /// operation's introspection fields.
    Introspection(u32),
}

/// How one object of a subgraph's answer is read into a row.
#[derive(Debug)]
pub struct Selection {
    /// The rows written.
    pub shape: ShapeId,
    /// How the concrete type is known.
    pub typename: TypenameSource,
    /// In the order in which they are sent, hence the order in which servers answer.
    pub fields: Vec<ReadField>,
}

/// How the concrete type of an object in an answer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypenameSource {
    /// There is only one type it can have.
    Static(ObjectId),
    /// A field of the selection with [`ReadValue::Typename`] tells.
    Field,
    /// The subgraph does not know it (an interface object); another fetch tells, or nobody needs it.
    Unknown,
}

/// One field of an answer.
#[derive(Debug)]
pub struct ReadField {
    /// The response key the subgraph was asked to use.
    pub key: Box<str>,
    /// Where the value goes. Meaningless for [`ReadValue::Typename`].
    pub slot: SlotId,
    /// Only objects of these types answer it; `None` means all. Several fields of one selection may have
    /// the same key if their types are disjoint.
    pub types: Option<TypeSet>,
    /// The type as this subgraph declares it.
    pub wrapping: Wrapping,
    /// What the value is, below any lists.
    pub value: ReadValue,
}

/// What a value of an answer is, below any lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadValue {
    /// `__typename`: sets the type of the row.
    Typename,
    /// A scalar or enum.
    Leaf(LeafType),
    /// An object.
    Object(SelectionId),
}

/// One request to one subgraph.
#[derive(Debug)]
pub struct Fetch {
    /// Whom to ask.
    pub subgraph: SubgraphId,
    /// What to ask.
    pub operation: SubgraphOperation,
    /// What it needs and where its answer goes.
    pub input: FetchInput,
    /// Fetches that must be done first (inputs, or the order of a mutation).
    pub depends_on: Vec<FetchId>,
    /// The deferred fragments it is made for; none if something that is answered at once needs it.
    pub groups: Groups,
    /// How it is sent when enclosing objects give several values for its arguments; `None` when they give none.
    pub variants: Option<Box<Variants>>,
}

/// A subgraph operation, prepared once per plan.
#[derive(Debug)]
pub struct SubgraphOperation {
    /// Query, mutation or subscription.
    pub kind: OperationKind,
    /// The document, minified.
    pub text: Arc<str>,
    /// The operation's name, if it has one.
    pub name: Option<Arc<str>>,
    /// The client's variables it uses, as named by the client, without `$`.
    pub variables: Vec<Arc<str>>,
    /// The request body up to the first variable.
    head: Arc<str>,
    /// What a transport made of the operation.
    prepared: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl SubgraphOperation {
    /// Prepares an operation: the text is escaped here, once, and not at every call.
    pub fn new(
        kind: OperationKind,
        text: Arc<str>,
        name: Option<Arc<str>>,
        variables: Vec<Arc<str>>,
    ) -> Self {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut head = format!("{{\"query\":{}", quoted(&text));
        if let Some(name) = &name {
            head.push_str(",\"operationName\":");
            head.push_str(&quoted(name));
        }
        head.push_str(",\"variables\":{");
        Self { kind, text, name, variables, head: head.into(), prepared: OnceLock::new() }
    }

    /// The body of a GraphQL-over-HTTP request up to and including the brace that opens `variables`.
    pub fn head(&self) -> &Arc<str> {
        &self.head
    }

    /// A transport's own form of the operation (a parsed document, say), made at the first call and kept
    /// as long as the plan. `None` if another transport has already kept a value of another type.
    pub fn prepared<T: Any + Send + Sync>(&self, make: impl FnOnce(&Self) -> T) -> Option<&T> {
        self.prepared.get_or_init(|| Box::new(make(self))).downcast_ref()
    }
}

/// What a fetch needs and where its answer goes.
#[derive(Debug)]
pub enum FetchInput {
    /// Root fields. `shape` is the root, or a nested position of root type (`mutation { x { query { .. } } }`);
    /// all rows of the shape receive the answer.
    Root {
        /// The rows written.
        shape: ShapeId,
        /// How the root object of the answer is read.
        selection: SelectionId,
    },
    /// `_entities`, once or several times under aliases. A fetch without a single representation is not sent.
    Entities(Vec<EntityInput>),
}

/// What cannot be looked up without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Necessity {
    /// Nothing: null is sent as null.
    Never,
    /// What requires it: the bits number the requirements there are.
    For(u64),
    /// Anything: the entity is not sent.
    Always,
}

/// One `_entities` field of a request.
#[derive(Debug)]
pub struct EntityInput {
    /// The response key: `_entities` or an alias of it.
    pub key: Box<str>,
    /// The variable that carries the representations, without `$`.
    pub variable: Arc<str>,
    /// Variables whose values enclosing objects give (`@fromContext`). Rows for which they give different values
    /// cannot be looked up together: see [`Variants`].
    pub contexts: Vec<ContextVariable>,
    /// Where representations come from; they are concatenated in this order and de-duplicated by value.
    pub anchors: Vec<Anchor>,
    /// How entities are looked up that lack values which some of the fields require; `None` if none requires any.
    pub reductions: Option<Box<Reductions>>,
}

/// A variable whose value an enclosing object gives.
#[derive(Debug)]
pub struct ContextVariable {
    /// The variable, without `$`.
    pub name: Arc<str>,
    /// Its type as GraphQL text.
    pub ty: Arc<str>,
    /// The number of its value among those that an anchor gives, see [`Anchor::contexts`].
    pub place: usize,
    /// What cannot be looked up of a row for which there is no value, or null.
    pub necessity: Necessity,
}

/// What enclosing objects give for a variable.
#[derive(Debug)]
pub struct ContextSource {
    /// The enclosing rows: of the anchor's shape, or of one above it.
    pub shape: ShapeId,
    /// Only rows of these types; `None` means all.
    pub types: Option<TypeSet>,
    /// Where the value is: the first field for the row's type, or a field of the object in it, and so on.
    pub fields: Vec<RepresentationField>,
}

/// Rows whose entities are looked up.
#[derive(Debug)]
pub struct Anchor {
    /// The rows.
    pub shape: ShapeId,
    /// Only rows of these concrete types; `None` means all, including rows of unknown type.
    pub types: Option<TypeSet>,
    /// How to describe a row; the first whose `types` match is used, a row without one is left out.
    pub representations: Vec<Representation>,
    /// For each of the input's [`EntityInput::contexts`], where its value comes from, the nearest object first.
    pub contexts: Vec<Vec<ContextSource>>,
    /// How each element of the answer is read into the row it belongs to.
    pub selection: SelectionId,
}

/// How to describe an entity to a subgraph.
#[derive(Debug)]
pub struct Representation {
    /// The types of row this describes; `None` means all.
    pub types: Option<TypeSet>,
    /// The name the subgraph knows the type by: the concrete type's, or an interface's for a subgraph that
    /// has the interface as `@interfaceObject` or resolves it by key.
    pub typename: Arc<str>,
    /// Key and required fields.
    pub fields: Vec<RepresentationField>,
}

/// One field of a representation.
#[derive(Debug)]
pub struct RepresentationField {
    /// The field's name in the subgraph.
    pub name: Box<str>,
    /// The slot that holds the value.
    pub slot: SlotId,
    /// Only for objects of these types; `None` means all. An object of another type omits the field.
    pub types: Option<TypeSet>,
    /// What cannot be looked up of an entity whose value here is null or missing.
    pub necessity: Necessity,
    /// For objects, the fields of the object (of each item, in lists); empty for leaves.
    pub fields: Vec<RepresentationField>,
    /// Whether objects here carry `__typename` (positions of abstract type).
    pub typename: bool,
}
