//! The operation of one table: without the fields that only other tables of it take.

use std::collections::HashSet;

use apollo_compiler::ast::{Definition, Directive, Document, Field, Selection, Value};
use apollo_compiler::{Name, Node};

use super::lists::Entry;
use super::paging::PAGE_INFO;

/// What a table takes of an operation, by where fields end in its text.
#[derive(Default)]
struct Fields {
    taken: HashSet<usize>,
    left_out: HashSet<usize>,
}

/// The text without the fields that the table of some rows does not take; `None` if it takes all of them. `path` are the
/// response keys to the rows, `entries` what the text selects.
pub(super) fn prune(text: &str, entries: &[Entry], path: &[&str]) -> Option<String> {
    let mut fields = Fields::default();
    fields.sort(entries, Some(path));
    // A fragment may be spread where a field is taken and where it is not.
    let left_out: HashSet<usize> = fields.left_out.difference(&fields.taken).copied().collect();
    if left_out.is_empty() {
        return None;
    }
    let mut document = Document::parse(text, "operation.graphql").ok()?;
    for definition in &mut document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                leave_out(&mut operation.make_mut().selection_set, &left_out);
            }
            Definition::FragmentDefinition(fragment) => {
                leave_out(&mut fragment.make_mut().selection_set, &left_out);
            }
            _ => {}
        }
    }
    leave_out_unused(&mut document);
    Some(document.to_string())
}

impl Fields {
    /// `path` leads on to the rows, if these entries are on the way. Whether any is taken.
    fn sort(&mut self, entries: &[Entry], path: Option<&[&str]>) -> bool {
        let mut any = false;
        for entry in entries {
            let rest = path.and_then(|path| path.split_first()).filter(|(key, _)| ***key == *entry.key);
            let rest = rest.map(|(_, rest)| rest);
            let taken = if entry.is_list() {
                if rest.is_some() {
                    self.sort(&entry.entries, rest);
                }
                rest.is_some()
            } else if entry.field.name == "pageInfo" {
                // Of connections that are not followed it tells nobody anything.
                &*entry.key == PAGE_INFO && self.sort(&entry.entries, None)
            } else if entry.field.selection_set.is_some() {
                self.sort(&entry.entries, rest) || rest.is_some()
            } else {
                true
            };
            let fields = if taken { &mut self.taken } else { &mut self.left_out };
            fields.extend(&entry.ends);
            any |= taken;
        }
        any
    }
}

fn end(field: &Node<Field>) -> usize {
    field.location().map_or(0, |location| location.end_offset())
}

fn leave_out(selections: &mut Vec<Selection>, ends: &HashSet<usize>) {
    selections
        .retain(|selection| !matches!(selection, Selection::Field(field) if ends.contains(&end(field))));
    for selection in selections.iter_mut() {
        match selection {
            Selection::Field(field) => {
                if field.selection_set.is_some()
                    && let Some(selections) = &mut field.make_mut().selection_set
                {
                    leave_out(selections, ends);
                }
            }
            Selection::InlineFragment(fragment) => leave_out(&mut fragment.make_mut().selection_set, ends),
            Selection::FragmentSpread(_) => {}
        }
    }
    // Something has to stand there.
    if selections.is_empty() {
        let name = Name::new_unchecked("__typename");
        let field = Field {
            alias: None,
            name,
            arguments: Vec::new(),
            directives: Default::default(),
            selection_set: None,
        };
        selections.push(Selection::Field(Node::new(field)));
    }
}

/// Fragments that are not spread any more and variables that are not used any more, which no document may have.
fn leave_out_unused(document: &mut Document) {
    let mut used = Used::default();
    for definition in &document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            used.directives(&operation.directives);
            used.selections(&operation.selection_set, document);
        }
    }
    let Used { fragments, variables } = used;
    document.definitions.retain(|definition| match definition {
        Definition::FragmentDefinition(fragment) => fragments.contains(&fragment.name),
        _ => true,
    });
    for definition in &mut document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            operation.make_mut().variables.retain(|variable| variables.contains(&variable.name));
        }
    }
}

#[derive(Default)]
struct Used {
    fragments: HashSet<Name>,
    variables: HashSet<Name>,
}

impl Used {
    fn selections(&mut self, selections: &[Selection], document: &Document) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.directives(&field.directives);
                    field.arguments.iter().for_each(|argument| self.value(&argument.value));
                    self.selections(field.selection_set.as_deref().unwrap_or_default(), document);
                }
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.directives);
                    self.selections(&fragment.selection_set, document);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives);
                    if !self.fragments.insert(spread.fragment_name.clone()) {
                        continue;
                    }
                    let fragments = document.definitions.iter();
                    for definition in fragments {
                        if let Definition::FragmentDefinition(fragment) = definition
                            && fragment.name == spread.fragment_name
                        {
                            self.directives(&fragment.directives);
                            self.selections(&fragment.selection_set, document);
                        }
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &[Node<Directive>]) {
        let arguments = directives.iter().flat_map(|directive| &directive.arguments);
        arguments.for_each(|argument| self.value(&argument.value));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => drop(self.variables.insert(name.clone())),
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.iter().for_each(|(_, value)| self.value(value)),
            _ => {}
        }
    }
}
