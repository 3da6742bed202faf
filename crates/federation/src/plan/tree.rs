//! The operation as an arena of positions and selections; field sets join it when the plan needs them.

use std::fmt::Write as _;
use std::sync::Arc;

use ahash::AHashMap;
use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};

use super::PlanError;
use crate::graph::{FieldId, FieldSelection, FieldSetId, Graph, TypeId, TypeSet};
use crate::operation::Groups;
use crate::operation::normal::{FieldRef, NormalOperation, SelectionSet};

/// Operations nested deeper are refused: the planner's recursion follows the nesting.
pub(super) const MAX_DEPTH: usize = 256;

/// Index of a [`Position`].
pub(super) type PositionId = usize;
/// Index of a [`Item`].
pub(super) type ItemId = usize;
/// Index of a [`Suffix`]; 0 is the empty one.
pub(super) type SuffixId = usize;

/// Objects of which something is asked.
pub(super) struct Position {
    /// The static type.
    pub(super) ty: TypeId,
    /// What is asked, in order.
    pub(super) items: Vec<ItemId>,
    /// The first position that asks the same, but for response keys: choices are made once for all of them.
    pub(super) alike: PositionId,
    /// How many values are asked, here and below.
    pub(super) leaves: u32,
    /// The deferred fragments that stand here.
    pub(super) starts: Groups,
}

/// What makes positions alike.
type Likeness = (TypeId, Vec<(FieldRef, TypeSet, SuffixId, Option<PositionId>)>);

/// A field asked of a position.
pub(super) struct Item {
    pub(super) field: FieldRef,
    pub(super) types: TypeSet,
    pub(super) suffix: SuffixId,
    /// The response key; `None` when only the planner wants it.
    pub(super) key: Option<Arc<str>>,
    pub(super) child: Option<PositionId>,
    /// The deferred fragments it is delivered with.
    pub(super) groups: Groups,
}

/// Arguments and directives as sent.
#[derive(Default)]
pub(super) struct Suffix {
    /// E.g. `(first:3,after:$after)@upper`.
    pub(super) text: String,
    /// The variables inside, without `$`.
    pub(super) variables: Vec<Arc<str>>,
}

/// The arena.
pub(super) struct Tree {
    pub(super) positions: Vec<Position>,
    pub(super) items: Vec<Item>,
    pub(super) suffixes: Vec<Suffix>,
    suffix_ids: AHashMap<String, SuffixId>,
    field_sets: AHashMap<FieldSetId, PositionId>,
    alike: AHashMap<Likeness, PositionId>,
}

impl Tree {
    /// Reads an operation; its root is position 0.
    pub(super) fn new(operation: &NormalOperation) -> Result<Self, PlanError> {
        let mut tree = Self {
            positions: Vec::new(),
            items: Vec::new(),
            suffixes: vec![Suffix::default()],
            suffix_ids: AHashMap::new(),
            field_sets: AHashMap::new(),
            alike: AHashMap::new(),
        };
        tree.suffix_ids.insert(String::new(), 0);
        tree.add(&operation.root, 0)?;
        Ok(tree)
    }

    fn add(&mut self, set: &SelectionSet, depth: usize) -> Result<PositionId, PlanError> {
        if depth >= MAX_DEPTH {
            return Err(PlanError::TooDeep(MAX_DEPTH));
        }
        let position = self.positions.len();
        let items = Vec::with_capacity(set.selections.len());
        self.positions.push(Position {
            ty: set.parent,
            items,
            alike: position,
            leaves: 0,
            starts: set.starts,
        });
        for selection in &set.selections {
            let arguments = selection.arguments.iter().map(|argument| (&argument.name, &argument.value));
            let suffix = self.suffix(arguments, &selection.directives);
            let child = match &selection.selection_set {
                Some(set) => Some(self.add(set, depth + 1)?),
                None => None,
            };
            self.push(
                position,
                Item {
                    field: selection.field,
                    types: selection.types.clone(),
                    suffix,
                    key: Some(selection.key.clone()),
                    child,
                    groups: selection.groups,
                },
            );
        }
        self.find_alike(position);
        Ok(position)
    }

    /// The root is like no other position: nothing holds it from the start.
    fn find_alike(&mut self, position: PositionId) {
        if position == 0 {
            return;
        }
        let items = &self.positions[position].items;
        let likeness = items
            .iter()
            .map(|item| {
                let item = &self.items[*item];
                (
                    item.field,
                    item.types.clone(),
                    item.suffix,
                    item.child.map(|child| self.positions[child].alike),
                )
            })
            .collect();
        let ty = self.positions[position].ty;
        self.positions[position].alike = *self.alike.entry((ty, likeness)).or_insert(position);
    }

    /// A field set as a position.
    pub(super) fn field_set(&mut self, graph: &Graph, id: FieldSetId) -> PositionId {
        if let Some(known) = self.field_sets.get(&id) {
            return *known;
        }
        let set = graph.field_set(id);
        let position = self.add_field_set(graph, set.parent, &set.selections);
        self.field_sets.insert(id, position);
        position
    }

    fn add_field_set(&mut self, graph: &Graph, ty: TypeId, selections: &[FieldSelection]) -> PositionId {
        let position = self.positions.len();
        self.positions.push(Position {
            ty,
            items: Vec::with_capacity(selections.len()),
            alike: position,
            leaves: 0,
            starts: Groups::NONE,
        });
        for selection in selections {
            let suffix = self.suffix(selection.arguments.iter().map(|(name, value)| (name, value)), &[]);
            let child = match selection.field {
                Some(field) if !selection.selections.is_empty() => {
                    Some(self.add_field_set(graph, graph.field(field).ty, &selection.selections))
                }
                _ => None,
            };
            let field = selection.field.map_or(FieldRef::Typename, FieldRef::Field);
            let types = selection.types.clone();
            self.push(position, Item { field, types, suffix, key: None, child, groups: Groups::NONE });
        }
        position
    }

    fn push(&mut self, position: PositionId, item: Item) {
        let leaves = item.child.map_or(1, |child| self.positions[child].leaves.max(1));
        let row = &mut self.positions[position];
        row.leaves = row.leaves.saturating_add(leaves);
        row.items.push(self.items.len());
        self.items.push(item);
    }

    /// Interns arguments and directives.
    fn suffix<'a>(
        &mut self,
        arguments: impl Iterator<Item = (&'a Arc<str>, &'a Node<Value>)>,
        directives: &[Node<Directive>],
    ) -> SuffixId {
        let mut suffix = Suffix::default();
        write_arguments(arguments.map(|(name, value)| (&**name, value)), &mut suffix);
        for directive in directives {
            suffix.text.push('@');
            suffix.text.push_str(&directive.name);
            let arguments =
                directive.arguments.iter().map(|argument| (argument.name.as_str(), &argument.value));
            write_arguments(arguments, &mut suffix);
        }
        if let Some(known) = self.suffix_ids.get(&suffix.text) {
            return *known;
        }
        let id = self.suffixes.len();
        self.suffix_ids.insert(suffix.text.clone(), id);
        self.suffixes.push(suffix);
        id
    }

    /// The graph's field an item asks subgraphs for; `None` for `__typename`, introspection, and denied fields.
    pub(super) fn field(&self, item: ItemId) -> Option<FieldId> {
        match self.items[item].field {
            FieldRef::Field(field) => Some(field),
            FieldRef::Typename | FieldRef::Denied(_) | FieldRef::Introspection(_) => None,
        }
    }
}

fn write_arguments<'a>(arguments: impl Iterator<Item = (&'a str, &'a Node<Value>)>, suffix: &mut Suffix) {
    let mut open = false;
    for (name, value) in arguments {
        suffix.text.push(if open { ',' } else { '(' });
        open = true;
        suffix.text.push_str(name);
        suffix.text.push(':');
        write_value(value, suffix);
    }
    if open {
        suffix.text.push(')');
    }
}

fn write_value(value: &Value, suffix: &mut Suffix) {
    match value {
        Value::Null => suffix.text.push_str("null"),
        Value::Enum(name) => suffix.text.push_str(name),
        Value::Variable(name) => {
            suffix.text.push('$');
            suffix.text.push_str(name);
            if suffix.variables.iter().all(|known| **known != **name) {
                suffix.variables.push(name.as_str().into());
            }
        }
        // A JSON string is a GraphQL string: the same escapes (GraphQL specification 2.9.4).
        Value::String(text) => suffix.text.push_str(&serde_json::Value::from(text.as_str()).to_string()),
        Value::Float(number) => suffix.text.push_str(number.as_str()),
        Value::Int(number) => suffix.text.push_str(number.as_str()),
        Value::Boolean(boolean) => {
            // Writing to a string cannot fail.
            let _ = write!(suffix.text, "{boolean}");
        }
        Value::List(items) => {
            suffix.text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    suffix.text.push(',');
                }
                write_value(item, suffix);
            }
            suffix.text.push(']');
        }
        Value::Object(entries) => {
            suffix.text.push('{');
            for (index, (name, value)) in entries.iter().enumerate() {
                if index > 0 {
                    suffix.text.push(',');
                }
                suffix.text.push_str(name);
                suffix.text.push(':');
                write_value(value, suffix);
            }
            suffix.text.push('}');
        }
    }
}
