//! Reads JSON text along a selection.
//!
//! Servers answer in the order of the selection they were sent (GraphQL specification 7.2.2), so each key is
//! first compared with the one expected next; only when that fails is it looked up.

use super::cursor::{Cursor, Token, unescape};
use super::{Sink, Stop, Told, fits};
use crate::execute::merge;
use crate::execute::program::{Field, Selection};
use crate::execute::represent::Target;
use crate::execute::store::Slot;
use crate::graph::{ObjectId, Wrapping};
use crate::plan::query_plan::{LeafType, ReadValue, SelectionId};

/// A reader in one body.
pub(super) struct JsonReader<'s, 'a, 'b> {
    pub(super) sink: &'s mut Sink<'a>,
    pub(super) cursor: Cursor<'b>,
    /// The number of the body.
    pub(super) body: u16,
    /// Items of the lists being read.
    pub(super) stack: Vec<Slot>,
    /// How the value just read disagrees with what was there before, which then stays.
    pub(super) conflict: Option<&'static str>,
    /// Bytes that were looked at in vain to keep values whole.
    pub(super) wasted: usize,
}

const OTHER_TYPE: &str = "subgraphs answered with objects of different types";
const OTHER_LENGTH: &str = "subgraphs answered with lists of different lengths";

impl JsonReader<'_, '_, '_> {
    /// Reads an object into a row that exists. Null leaves the row as it is.
    pub(super) fn object_into(&mut self, selection: SelectionId, row: u32) -> Result<(), Stop> {
        let shape = self.sink.program.selections[selection.index()].shape;
        self.object(selection, Slot::Row(row))?;
        if let Some(what) = self.conflict.take() {
            merge::fail(self.sink.program, self.sink.store, selection, row, None);
            self.sink.disagreement(shape, row, None, what);
        }
        Ok(())
    }

    /// Reads a list of entities, one for each ordinal of the targets, which are sorted by ordinal.
    pub(super) fn entities(&mut self, targets: &[Target], count: u32) -> Result<(), Stop> {
        match self.cursor.token()? {
            Token::Null => return Ok(()),
            Token::Composite if self.cursor.accept(b'[') => {}
            _ => return Err(self.malformed("`_entities` is no list")),
        }
        let mut rest = targets;
        let mut ordinal = 0;
        let mut more = !self.cursor.accept(b']');
        while more {
            let (mine, others) = rest.split_at(rest.partition_point(|target| target.ordinal == ordinal));
            if mine.is_empty() {
                return Err(Stop::Count);
            }
            let start = self.cursor;
            for group in mine.chunk_by(|a, b| a.selection == b.selection) {
                self.cursor = start;
                let first = group[0];
                self.object_into(first.selection, first.row)?;
                for target in &group[1..] {
                    merge::copy(self.sink.program, self.sink.store, first.selection, first.row, target.row)?;
                }
            }
            rest = others;
            ordinal += 1;
            more = self.cursor.another(b']')?;
        }
        if ordinal == count { Ok(()) } else { Err(Stop::Count) }
    }

    pub(super) fn malformed(&self, what: &'static str) -> Stop {
        Stop::Malformed(super::Malformed { at: self.cursor.at, what })
    }

    /// Reads an object, null, or something that does not belong here.
    fn object(&mut self, id: SelectionId, existing: Slot) -> Result<Slot, Stop> {
        match self.cursor.peek() {
            Some(b'{') => {}
            Some(b'n') => {
                self.cursor.token()?;
                return Ok(Slot::Null);
            }
            _ => return self.reject(existing, OTHER_TYPE),
        }
        let start = self.cursor;
        let selection = &self.sink.program.selections[id.index()];
        let (told, begun) = match self.sink.known(id) {
            Some(told) => (told, false),
            None => self.find_type(id, selection)?,
        };
        let row = match told {
            Told::Type(ty) => self.sink.row(id, existing, ty)?,
            Told::Wrong => None,
        };
        let Some(row) = row else {
            self.cursor = start;
            return self.reject(existing, OTHER_TYPE);
        };
        self.fields(selection, row, begun)?;
        Ok(Slot::Row(row))
    }

    /// Steps over a value that cannot stand here.
    fn reject(&mut self, existing: Slot, what: &'static str) -> Result<Slot, Stop> {
        self.cursor.skip()?;
        if existing.is_empty() {
            return Ok(self.sink.invalid());
        }
        self.conflict = Some(what);
        Ok(existing)
    }

    /// Finds the type of the object that starts here. If its name comes first, as we ask, the cursor then
    /// stands behind it; if it comes late, the cursor returns.
    fn find_type(&mut self, id: SelectionId, selection: &Selection) -> Result<(Told, bool), Stop> {
        let start = self.cursor;
        let field = &selection.fields[selection.typename_field];
        self.cursor.at += 1;
        self.cursor.peek();
        if field.label.starts(&self.cursor.text[self.cursor.at..]) {
            self.cursor.at += field.label.len();
            return Ok((self.type_name(id)?, true));
        }
        let mut told = Told::Wrong;
        let mut more = !self.cursor.accept(b'}');
        while more {
            let (key, escaped) = self.cursor.key()?;
            if key == field.key() || escaped && unescape(key).is_some_and(|key| key.as_bytes() == field.key())
            {
                told = self.type_name(id)?;
                break;
            }
            self.cursor.skip()?;
            more = self.cursor.another(b'}')?;
        }
        self.cursor = start;
        Ok((told, false))
    }

    fn type_name(&mut self, id: SelectionId) -> Result<Told, Stop> {
        self.cursor.peek();
        let start = self.cursor.at + 1;
        match self.cursor.token()? {
            Token::String => Ok(self.sink.told(id, &self.cursor.text[start..self.cursor.at - 1])),
            Token::Escaped => {
                let name = unescape(&self.cursor.text[start..self.cursor.at - 1]);
                Ok(name.map_or(Told::Wrong, |name| self.sink.told(id, name.as_bytes())))
            }
            Token::Composite => {
                self.cursor.skip()?;
                Ok(Told::Wrong)
            }
            _ => Ok(Told::Wrong),
        }
    }

    /// Reads the entries of an object; `begun` when one was already read.
    fn fields(&mut self, selection: &Selection, row: u32, begun: bool) -> Result<(), Stop> {
        let mut more = if begun {
            self.cursor.another(b'}')?
        } else {
            self.cursor.at += 1;
            !self.cursor.accept(b'}')
        };
        let ty = self.sink.store.ty(selection.shape, row);
        let mut expected = 0;
        while more {
            let Some(field) = self.field(selection, &mut expected, ty)? else {
                self.cursor.skip()?;
                more = self.cursor.another(b'}')?;
                continue;
            };
            match field.value {
                ReadValue::Typename => self.cursor.skip()?,
                ReadValue::Leaf(leaf) if !field.wrapping.is_list() => {
                    let value = self.leaf(leaf)?;
                    self.sink.store.fill(selection.shape, row, field.slot, value);
                }
                _ => self.nested(selection, field, row)?,
            }
            more = self.cursor.another(b'}')?;
        }
        Ok(())
    }

    /// Reads a list or an object into a slot, into what is there already if there is something.
    fn nested(&mut self, selection: &Selection, field: &Field, row: u32) -> Result<(), Stop> {
        let existing = self.sink.store.slot(selection.shape, row, field.slot);
        let value = match self.whole(field, existing)? {
            Some(whole) => whole,
            None => self.value(field, field.wrapping, existing)?,
        };
        if let Some(what) = self.conflict.take() {
            if let ReadValue::Object(child) = field.value {
                merge::fail_nested(self.sink.program, self.sink.store, child, existing, None);
            }
            self.sink.disagreement(selection.shape, row, Some(field.slot), what);
        }
        self.sink.store.fill(selection.shape, row, field.slot, value);
        Ok(())
    }

    /// Steps over a key; the field it stands for, if any.
    #[inline]
    fn field<'f>(
        &mut self,
        selection: &'f Selection,
        expected: &mut usize,
        ty: Option<ObjectId>,
    ) -> Result<Option<&'f Field>, Stop> {
        self.cursor.peek();
        while let Some(field) = selection.fields.get(*expected) {
            if !selection.answers(field, ty) {
                *expected += 1;
                continue;
            }
            if field.label.starts(&self.cursor.text[self.cursor.at..]) {
                self.cursor.at += field.label.len();
                *expected += 1;
                return Ok(Some(field));
            }
            break;
        }
        let (key, escaped) = self.cursor.key()?;
        let found = if escaped {
            unescape(key).and_then(|key| selection.field(key.as_bytes(), ty))
        } else {
            selection.field(key, ty)
        };
        Ok(found.map(|index| {
            *expected = index + 1;
            &selection.fields[index]
        }))
    }

    fn value(&mut self, field: &Field, wrapping: Wrapping, existing: Slot) -> Result<Slot, Stop> {
        if wrapping.is_list() {
            return self.list(field, wrapping, existing);
        }
        match field.value {
            ReadValue::Leaf(leaf) => self.leaf(leaf),
            ReadValue::Object(selection) => self.object(selection, existing),
            ReadValue::Typename => Ok(Slot::Absent),
        }
    }

    #[inline]
    fn leaf(&mut self, leaf: LeafType) -> Result<Slot, Stop> {
        let first = self.cursor.peek();
        let start = self.cursor.at;
        let token = self.cursor.token_of(first)?;
        if token == Token::Composite {
            self.cursor.skip()?;
        }
        Ok(match token {
            Token::Null => Slot::Null,
            token if fits(leaf, token) => self.kept(start),
            _ => self.sink.invalid(),
        })
    }

    pub(super) fn kept(&self, start: usize) -> Slot {
        // Bodies are shorter than 4 GiB, see `read`.
        Slot::Token { body: self.body, start: start as u32, len: (self.cursor.at - start) as u32 }
    }

    /// Steps over a list; the number of its items.
    fn count(&mut self) -> Result<u32, Stop> {
        self.cursor.at += 1;
        let mut count = 0;
        let mut more = !self.cursor.accept(b']');
        while more {
            self.cursor.skip()?;
            count += 1;
            more = self.cursor.another(b']')?;
        }
        Ok(count)
    }

    fn list(&mut self, field: &Field, wrapping: Wrapping, existing: Slot) -> Result<Slot, Stop> {
        match self.cursor.peek() {
            Some(b'[') => {}
            Some(b'n') => {
                self.cursor.token()?;
                return Ok(Slot::Null);
            }
            _ => return self.reject(existing, OTHER_TYPE),
        }
        let start = self.cursor;
        if let ReadValue::Leaf(leaf) = field.value
            && !matches!(leaf, LeafType::Enum(_))
        {
            if self.compact(leaf, wrapping)? {
                return Ok(self.kept(start.at));
            }
            self.cursor = start;
        }
        let before = match existing {
            Slot::List { start: first, len } => {
                // Only in lists of the same length do items at the same index stand for the same thing.
                if self.count()? != len {
                    self.cursor = start;
                    return self.reject(existing, OTHER_LENGTH);
                }
                self.cursor = start;
                Some(first)
            }
            _ => None,
        };
        let base = self.stack.len();
        self.cursor.at += 1;
        let mut more = !self.cursor.accept(b']');
        while more {
            let index = (self.stack.len() - base) as u32;
            let same = before.map_or(Slot::Absent, |first| self.sink.store.item(first + index));
            let item = self.value(field, wrapping.item(), same)?;
            self.stack.push(item);
            more = self.cursor.another(b']')?;
        }
        let list = match before {
            Some(first) => {
                for (index, &item) in (first..).zip(&self.stack[base..]) {
                    self.sink.store.fill_item(index, item);
                }
                existing
            }
            None => self.sink.store.add_list(&self.stack[base..])?,
        };
        self.stack.truncate(base);
        Ok(list)
    }

    /// Steps over a list of scalars that can be kept as it is: without white space, all items of their type,
    /// no null where the subgraph promises none. Otherwise false, wherever the cursor then is.
    fn compact(&mut self, leaf: LeafType, wrapping: Wrapping) -> Result<bool, Stop> {
        self.cursor.at += 1;
        let item = wrapping.item();
        if self.byte() == Some(b']') {
            self.cursor.at += 1;
            return Ok(true);
        }
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => return Ok(false),
                Some(b'[') if item.is_list() => {
                    if !self.compact(leaf, item)? {
                        return Ok(false);
                    }
                }
                _ => match self.cursor.token()? {
                    Token::Null if item.is_non_null() => return Ok(false),
                    Token::Null => {}
                    _ if item.is_list() => return Ok(false),
                    token if !fits(leaf, token) => return Ok(false),
                    Token::Composite => self.cursor.skip()?,
                    _ => {}
                },
            }
            let next = self.byte();
            self.cursor.at += 1;
            match next {
                Some(b',') => {}
                Some(b']') => return Ok(true),
                _ => return Ok(false),
            }
        }
    }

    #[inline]
    pub(super) fn byte(&self) -> Option<u8> {
        self.cursor.text.get(self.cursor.at).copied()
    }
}
