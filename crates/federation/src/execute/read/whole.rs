//! Steps over values that can be kept whole, and checks on the way that they are what clients were promised.
//!
//! Such a value is compact JSON with exactly the expected keys in the expected order. Anything else is no
//! fault: it is read again, into rows.

use super::cursor::{Broken, Token};
use super::json::JsonReader;
use super::{Stop, Told, fits};
use crate::execute::program::{Field, applies};
use crate::execute::store::Slot;
use crate::graph::Wrapping;
use crate::plan::query_plan::{LeafType, ReadValue, SelectionId, TypenameSource};

impl JsonReader<'_, '_, '_> {
    /// Keeps the value that comes next whole; `None` if it has to be read, the cursor then stands where it
    /// stood.
    pub(super) fn whole(&mut self, field: &Field, existing: Slot) -> Result<Option<Slot>, Stop> {
        let Some(wrapping) = field.whole else { return Ok(None) };
        // A server that never answers as expected costs a second pass over its answer, not one per level.
        if existing != Slot::Absent || self.wasted > self.cursor.text.len() {
            return Ok(None);
        }
        self.cursor.peek();
        let start = self.cursor;
        // Null is left to the reader: errors may explain it.
        if self.byte() != Some(b'n') && self.is_whole(field, wrapping)? {
            // Bodies are shorter than 4 GiB, see `read`.
            self.sink.store.note_whole((self.cursor.at - start.at) as u32);
            return Ok(Some(self.kept(start.at)));
        }
        self.wasted += self.cursor.at - start.at;
        self.cursor = start;
        Ok(None)
    }

    /// Steps over a value; false if it cannot be kept, wherever the cursor then is.
    fn is_whole(&mut self, field: &Field, wrapping: Wrapping) -> Result<bool, Broken> {
        if !wrapping.is_list()
            && let ReadValue::Leaf(leaf) = field.value
        {
            return self.is_whole_leaf(leaf, wrapping);
        }
        match (self.byte(), field.value) {
            (Some(b'['), _) if wrapping.is_list() => self.is_whole_list(field, wrapping.item()),
            (Some(b'{'), ReadValue::Object(id)) if !wrapping.is_list() => self.is_whole_object(id),
            (Some(b'n'), _) if !wrapping.is_non_null() => {
                self.cursor.token()?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn is_whole_list(&mut self, field: &Field, item: Wrapping) -> Result<bool, Broken> {
        self.cursor.at += 1;
        if self.byte() == Some(b']') {
            self.cursor.at += 1;
            return Ok(true);
        }
        loop {
            if !self.is_whole(field, item)? {
                return Ok(false);
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

    fn is_whole_object(&mut self, id: SelectionId) -> Result<bool, Broken> {
        let selection = &self.sink.program.selections[id.index()];
        let mut ty = match selection.typename {
            TypenameSource::Static(ty) => Some(ty),
            TypenameSource::Field | TypenameSource::Unknown => None,
        };
        // The brace takes the place of the first comma.
        let mut separator = b'{';
        for field in &selection.fields {
            if !applies(&field.types, ty) {
                continue;
            }
            let rest = self.cursor.text.get(self.cursor.at..).unwrap_or_default();
            if rest.first() != Some(&separator) || !field.label.starts(&rest[1..]) {
                return Ok(false);
            }
            self.cursor.at += 1 + field.label.len();
            separator = b',';
            let kept = match (field.value, field.whole) {
                (ReadValue::Typename, _) => self.is_whole_typename(id, &mut ty)?,
                (_, Some(wrapping)) => self.is_whole(field, wrapping)?,
                (_, None) => false,
            };
            if !kept {
                return Ok(false);
            }
        }
        let closed = separator == b',' && self.byte() == Some(b'}');
        self.cursor.at += usize::from(closed);
        Ok(closed)
    }

    fn is_whole_typename(
        &mut self,
        id: SelectionId,
        ty: &mut Option<crate::graph::ObjectId>,
    ) -> Result<bool, Broken> {
        if self.byte() != Some(b'"') {
            return Ok(false);
        }
        let start = self.cursor.at + 1;
        if self.cursor.string()? {
            return Ok(false);
        }
        let told = self.sink.told(id, &self.cursor.text[start..self.cursor.at - 1]);
        let fits = match (told, *ty) {
            (Told::Type(told), Some(known)) => told == Some(known),
            (Told::Type(_), None) => true,
            (Told::Wrong, _) => false,
        };
        if let Told::Type(told) = told {
            *ty = told;
        }
        Ok(fits)
    }

    #[inline]
    fn is_whole_leaf(&mut self, leaf: LeafType, wrapping: Wrapping) -> Result<bool, Broken> {
        let start = self.cursor.at;
        let first = self.byte();
        if let Some(b' ' | b'\n' | b'\r' | b'\t') = first {
            return Ok(false);
        }
        let token = self.cursor.token_of(first)?;
        Ok(match (token, leaf) {
            (Token::Null, _) => !wrapping.is_non_null(),
            (token, leaf) if !fits(leaf, token) => false,
            (Token::Composite, _) => {
                self.cursor.skip()?;
                true
            }
            (token, LeafType::Enum(id)) => {
                let name = &self.cursor.text[start + 1..self.cursor.at - 1];
                token == Token::String
                    && std::str::from_utf8(name).is_ok_and(|name| self.sink.graph.is_visible_value(id, name))
            }
            _ => true,
        })
    }
}
