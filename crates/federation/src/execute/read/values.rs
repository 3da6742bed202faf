//! Reads the values of an in-process server along a selection, without JSON text in between: scalars are
//! written as tokens once, into one buffer per answer.

use bytes::Bytes;
use serde::Serialize;

use super::cursor::MAX_DEPTH;
use super::{Malformed, Sink, Stop, Told};
use crate::execute::merge;
use crate::execute::program::Selection;
use crate::execute::represent::Target;
use crate::execute::store::Slot;
use crate::execute::value::{List, Node, Object};
use crate::graph::Wrapping;
use crate::plan::query_plan::{LeafType, ReadValue, SelectionId};

const OTHER_TYPE: &str = "subgraphs answered with objects of different types";
const OTHER_LENGTH: &str = "subgraphs answered with lists of different lengths";

/// A reader of one answer.
pub(super) struct ValueReader<'s, 'a> {
    pub(super) sink: &'s mut Sink<'a>,
    /// The tokens written so far.
    text: Vec<u8>,
    body: u16,
    /// Items of the lists being read.
    stack: Vec<Slot>,
    /// How the value just read disagrees with what was there before, which then stays.
    conflict: Option<&'static str>,
}

impl<'s, 'a> ValueReader<'s, 'a> {
    pub(super) fn new(sink: &'s mut Sink<'a>) -> Self {
        let body = sink.store.next_body();
        Self { sink, text: Vec::new(), body, stack: Vec::new(), conflict: None }
    }

    /// The tokens, to be kept.
    pub(super) fn finish(self) -> Result<Bytes, Stop> {
        if u32::try_from(self.text.len()).is_err() {
            return Err(malformed("4 GiB or more"));
        }
        Ok(self.text.into())
    }

    /// Reads an object into a row that exists. Null leaves the row as it is.
    pub(super) fn object_into(
        &mut self,
        selection: SelectionId,
        row: u32,
        node: Node<'_>,
    ) -> Result<(), Stop> {
        let shape = self.sink.program.selections[selection.index()].shape;
        self.object(selection, node, Slot::Row(row))?;
        if let Some(what) = self.conflict.take() {
            merge::fail(self.sink.program, self.sink.store, selection, row, None);
            self.sink.disagreement(shape, row, None, what);
        }
        Ok(())
    }

    /// Reads a list of entities, one for each ordinal of the targets, which are sorted by ordinal.
    pub(super) fn entities(&mut self, targets: &[Target], count: u32, node: Node<'_>) -> Result<(), Stop> {
        let list = match node {
            Node::Null => return Ok(()),
            Node::List(list) => list,
            _ => return Err(malformed("`_entities` is no list")),
        };
        if list.len() != count as usize {
            return Err(Stop::Count);
        }
        for group in targets.chunk_by(|a, b| a.ordinal == b.ordinal && a.selection == b.selection) {
            let first = group[0];
            self.object_into(first.selection, first.row, list.item(first.ordinal as usize))?;
            for target in &group[1..] {
                merge::copy(self.sink.program, self.sink.store, first.selection, first.row, target.row)?;
            }
        }
        Ok(())
    }

    fn reject(&mut self, existing: Slot, what: &'static str) -> Slot {
        if existing.is_empty() {
            return self.sink.invalid();
        }
        self.conflict = Some(what);
        existing
    }

    fn object(&mut self, id: SelectionId, node: Node<'_>, existing: Slot) -> Result<Slot, Stop> {
        let object = match node {
            Node::Null => return Ok(Slot::Null),
            Node::Object(object) => object,
            _ => return Ok(self.reject(existing, OTHER_TYPE)),
        };
        let selection = &self.sink.program.selections[id.index()];
        let told = match self.sink.known(id) {
            Some(told) => told,
            None => match lookup(object, 0, selection.fields[selection.typename_field].key()) {
                Some(Node::String(name)) => self.sink.told(id, name.as_bytes()),
                _ => Told::Wrong,
            },
        };
        let row = match told {
            Told::Type(ty) => self.sink.row(id, existing, ty)?,
            Told::Wrong => None,
        };
        let Some(row) = row else { return Ok(self.reject(existing, OTHER_TYPE)) };
        self.fields(selection, row, object)?;
        Ok(Slot::Row(row))
    }

    fn fields(&mut self, selection: &Selection, row: u32, object: &dyn Object) -> Result<(), Stop> {
        let ty = self.sink.store.ty(selection.shape, row);
        let mut expected = 0;
        for field in &selection.fields {
            if !selection.answers(field, ty) {
                continue;
            }
            let Some(node) = lookup(object, expected, field.key()) else { continue };
            expected += 1;
            if field.value == ReadValue::Typename {
                continue;
            }
            let existing = self.sink.store.slot(selection.shape, row, field.slot);
            let value = self.value(field.value, field.wrapping, node, existing)?;
            if let Some(what) = self.conflict.take() {
                if let ReadValue::Object(child) = field.value {
                    merge::fail_nested(self.sink.program, self.sink.store, child, existing, None);
                }
                self.sink.disagreement(selection.shape, row, Some(field.slot), what);
            }
            self.sink.store.fill(selection.shape, row, field.slot, value);
        }
        Ok(())
    }

    fn value(
        &mut self,
        value: ReadValue,
        wrapping: Wrapping,
        node: Node<'_>,
        existing: Slot,
    ) -> Result<Slot, Stop> {
        if wrapping.is_list() {
            return match node {
                Node::Null => Ok(Slot::Null),
                Node::List(list) => self.list(value, wrapping, list, existing),
                _ => Ok(self.reject(existing, OTHER_TYPE)),
            };
        }
        match value {
            ReadValue::Leaf(leaf) => self.leaf(leaf, node),
            ReadValue::Object(selection) => self.object(selection, node, existing),
            ReadValue::Typename => Ok(Slot::Absent),
        }
    }

    fn list(
        &mut self,
        value: ReadValue,
        wrapping: Wrapping,
        list: &dyn List,
        existing: Slot,
    ) -> Result<Slot, Stop> {
        let before = match existing {
            Slot::List { len, .. } if len as usize != list.len() => {
                return Ok(self.reject(existing, OTHER_LENGTH));
            }
            Slot::List { start, .. } => Some(start),
            _ => None,
        };
        let base = self.stack.len();
        for index in 0..list.len() {
            let same = before.map_or(Slot::Absent, |first| self.sink.store.item(first + index as u32));
            let item = self.value(value, wrapping.item(), list.item(index), same)?;
            self.stack.push(item);
        }
        let read = match before {
            Some(first) => {
                for (index, &item) in (first..).zip(&self.stack[base..]) {
                    self.sink.store.fill_item(index, item);
                }
                existing
            }
            None => self.sink.store.add_list(&self.stack[base..])?,
        };
        self.stack.truncate(base);
        Ok(read)
    }

    fn leaf(&mut self, leaf: LeafType, node: Node<'_>) -> Result<Slot, Stop> {
        let fits = match (leaf, node) {
            (_, Node::Null) => return Ok(Slot::Null),
            (LeafType::Int, Node::Int(value)) => i32::try_from(value).is_ok(),
            (LeafType::Float, Node::Float(value)) => value.is_finite(),
            (LeafType::Float, Node::Int(_) | Node::UInt(_))
            | (LeafType::String | LeafType::Enum(_) | LeafType::Id, Node::String(_))
            | (LeafType::Id, Node::Int(_) | Node::UInt(_))
            | (LeafType::Boolean, Node::Boolean(_))
            | (LeafType::Any, _) => true,
            _ => false,
        };
        if !fits {
            return Ok(self.sink.invalid());
        }
        let start = self.text.len();
        self.write(node, 0)?;
        // Offsets that do not fit are refused when the answer has been read.
        Ok(Slot::Token { body: self.body, start: start as u32, len: (self.text.len() - start) as u32 })
    }

    fn write(&mut self, node: Node<'_>, depth: u32) -> Result<(), Stop> {
        if depth > MAX_DEPTH {
            return Err(malformed("nested too deeply"));
        }
        match node {
            Node::Null => self.text.extend_from_slice(b"null"),
            Node::Boolean(value) => self.text.extend_from_slice(if value { b"true" } else { b"false" }),
            Node::Int(value) => self.scalar(&value)?,
            Node::UInt(value) => self.scalar(&value)?,
            Node::Float(value) => self.scalar(&value)?,
            Node::String(value) => self.scalar(value)?,
            Node::List(list) => {
                self.text.push(b'[');
                for index in 0..list.len() {
                    if index > 0 {
                        self.text.push(b',');
                    }
                    self.write(list.item(index), depth + 1)?;
                }
                self.text.push(b']');
            }
            Node::Object(object) => {
                self.text.push(b'{');
                for index in 0..object.len() {
                    if index > 0 {
                        self.text.push(b',');
                    }
                    let (key, value) = object.entry(index);
                    self.scalar(key)?;
                    self.text.push(b':');
                    self.write(value, depth + 1)?;
                }
                self.text.push(b'}');
            }
        }
        Ok(())
    }

    fn scalar(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Stop> {
        serde_json::to_writer(&mut self.text, value)
            .map_err(|_| malformed("a value that JSON cannot express"))
    }
}

fn malformed(what: &'static str) -> Stop {
    Stop::Malformed(Malformed { at: 0, what })
}

/// The value of a key, which is most likely the entry at the place it is expected.
fn lookup<'o>(object: &'o dyn Object, expected: usize, key: &[u8]) -> Option<Node<'o>> {
    if expected < object.len() {
        let (found, value) = object.entry(expected);
        if found.as_bytes() == key {
            return Some(value);
        }
    }
    object.get(std::str::from_utf8(key).ok()?)
}
