//! A YAML document as located nodes, and serde's view of it.

mod deserializer;
mod parse;
mod refusal;

pub(super) use self::refusal::Refusal;

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) value: Value,
}

/// A YAML value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(String),
    /// Text with variables of the environment put in, and their names; may stand where a number is expected.
    Expanded(String, Vec<String>),
    /// Items with their positions, which stay when another item is taken out.
    List(Vec<(usize, Node)>),
    Map(Vec<(Node, Node)>),
}

/// A step from a node to a node inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl Node {
    /// Takes out the entry at a path; whether there was one.
    pub(super) fn remove(&mut self, path: &[Step]) -> bool {
        match (path, &mut self.value) {
            ([Step::Key(name)], Value::Map(entries)) => {
                let before = entries.len();
                entries.retain(|(key, _)| key.text() != Some(name));
                before != entries.len()
            }
            ([Step::Index(index)], Value::List(items)) => {
                let before = items.len();
                items.retain(|(position, _)| position != index);
                before != items.len()
            }
            ([Step::Key(name), rest @ ..], Value::Map(entries)) => entries
                .iter_mut()
                .find(|(key, _)| key.text() == Some(name))
                .is_some_and(|(_, value)| value.remove(rest)),
            ([Step::Index(index), rest @ ..], Value::List(items)) => items
                .iter_mut()
                .find(|(position, _)| position == index)
                .is_some_and(|(_, item)| item.remove(rest)),
            _ => false,
        }
    }

    /// Line and column of a key written as in problems, e.g. `callers.keys[0].secret`, or of the nearest
    /// key around it.
    pub(super) fn locate(&self, key: &str) -> (u64, u64) {
        let (mut node, mut place) = (self, (self.line, self.column));
        for name in key.split(['.', '[']) {
            let found = match &node.value {
                Value::Map(entries) => entries.iter().find(|(key, _)| key.text() == Some(name)),
                Value::List(items) => {
                    let index = name.trim_end_matches(']').parse().ok();
                    let item = items.iter().find(|(position, _)| Some(*position) == index);
                    if let Some((_, item)) = item {
                        (node, place) = (item, (item.line, item.column));
                    }
                    continue;
                }
                _ => None,
            };
            let Some((key, value)) = found else { break };
            (node, place) = (value, (key.line, key.column));
        }
        place
    }

    /// The node at a path and, for a key, the key itself.
    pub(super) fn find(&self, path: &[Step]) -> Option<(&Self, Option<&Self>)> {
        let (last, parents) = match path.split_last() {
            None => return Some((self, None)),
            Some(split) => split,
        };
        let (parent, _) = self.find(parents)?;
        match (last, &parent.value) {
            (Step::Key(name), Value::Map(entries)) => entries
                .iter()
                .find(|(key, _)| key.text() == Some(name))
                .map(|(key, value)| (value, Some(key))),
            (Step::Index(index), Value::List(items)) => {
                items.iter().find(|(position, _)| position == index).map(|(_, item)| (item, None))
            }
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Expanded(text, _) => Some(text),
            _ => None,
        }
    }
}
