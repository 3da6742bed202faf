//! What an operation selects, as a tree of response keys, and the lists of objects in it.

use std::sync::Arc;

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use apollo_compiler::{Node, Schema};

/// A response key with everything selected below it, fragments expanded and equal keys merged.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Arc<str>,
    pub(super) field: Node<Field>,
    /// Where each occurrence ends in the text, from 0; the byte before is the `}` of its selection.
    pub(super) ends: Vec<usize>,
    /// Empty for leaves.
    pub(super) entries: Vec<Entry>,
}

impl Entry {
    pub(super) fn ty(&self) -> &Type {
        &self.field.definition.ty
    }

    /// Whether its values are lists of objects.
    pub(super) fn is_list(&self) -> bool {
        self.ty().is_list() && self.field.selection_set.is_some()
    }

    /// Whether it is a Relay connection: an object with `pageInfo`
    /// (<https://relay.dev/graphql/connections.htm>).
    pub(super) fn is_connection(&self, schema: &Schema) -> bool {
        let ty = self.ty();
        let page_info = schema.type_field(ty.inner_named_type(), "pageInfo");
        !ty.is_list()
            && page_info.is_ok_and(|field| {
                let name = field.ty.inner_named_type();
                let has = |field: &str| schema.type_field(name, field).is_ok();
                has("hasNextPage") && has("endCursor")
            })
    }

    /// The variable an argument is set to.
    pub(super) fn variable(&self, argument: &str) -> Option<&str> {
        match &**self.field.specified_argument_by_name(argument)? {
            Value::Variable(name) => Some(name.as_str()),
            _ => None,
        }
    }
}

/// Everything a document's only operation selects.
pub(super) fn tree(document: &ExecutableDocument, set: &SelectionSet) -> Vec<Entry> {
    let mut entries = Vec::new();
    collect(document, set, &mut entries);
    entries
}

/// Depth and size are bounded by the limits the document was checked against.
fn collect(document: &ExecutableDocument, set: &SelectionSet, entries: &mut Vec<Entry>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => add(document, field, entries),
            Selection::InlineFragment(fragment) => collect(document, &fragment.selection_set, entries),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = spread.fragment_def(document) {
                    collect(document, &fragment.selection_set, entries);
                }
            }
        }
    }
}

fn add(document: &ExecutableDocument, field: &Node<Field>, entries: &mut Vec<Entry>) {
    let key = field.response_name().as_str();
    let index = entries.iter().position(|entry| &*entry.key == key).unwrap_or_else(|| {
        entries.push(Entry {
            key: Arc::from(key),
            field: field.clone(),
            ends: Vec::new(),
            entries: Vec::new(),
        });
        entries.len() - 1
    });
    let entry = &mut entries[index];
    if let Some(location) = field.location() {
        // A fragment that is spread twice stands once in the text.
        if !entry.ends.contains(&location.end_offset()) {
            entry.ends.push(location.end_offset());
        }
    }
    if let Some(set) = &field.selection_set {
        collect(document, set, &mut entry.entries);
    }
}

/// The response keys to every list of objects, outermost first, in order of selection.
pub(super) fn paths(entries: &[Entry]) -> Vec<Vec<Arc<str>>> {
    let mut found = Vec::new();
    let mut path = Vec::new();
    find(entries, &mut path, &mut found);
    found
}

fn find(entries: &[Entry], path: &mut Vec<Arc<str>>, found: &mut Vec<Vec<Arc<str>>>) {
    for entry in entries {
        path.push(entry.key.clone());
        if entry.is_list() {
            found.push(path.clone());
        }
        find(&entry.entries, path, found);
        path.pop();
    }
}

/// The entries along a path.
pub(super) fn along<'a>(entries: &'a [Entry], path: &[impl AsRef<str>]) -> Option<Vec<&'a Entry>> {
    let mut found: Vec<&Entry> = Vec::with_capacity(path.len());
    for key in path {
        let here = found.last().map_or(entries, |entry| entry.entries.as_slice());
        found.push(here.iter().find(|entry| *entry.key == *key.as_ref())?);
    }
    Some(found)
}
