//! A response as it grows: bytes written, and large parts of answers that are passed on as they are.

use bytes::Bytes;

use crate::execute::store::{LARGE, Store};

/// A response being written.
pub(super) struct Output {
    written: Vec<u8>,
    parts: Vec<Part>,
    /// The bytes of the parts.
    passed_on: usize,
}

/// A part of a kept body.
#[derive(Clone, Copy)]
struct Part {
    /// How much was written before it.
    at: usize,
    body: u16,
    start: u32,
    len: u32,
}

/// The extent of a response at some time.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    written: usize,
    parts: usize,
    passed_on: usize,
}

impl Output {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { written: Vec::with_capacity(capacity), parts: Vec::new(), passed_on: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.written.len() + self.passed_on
    }

    /// Where everything is written but tokens.
    #[inline]
    pub(super) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.written
    }

    /// Writes a token of a kept body.
    #[inline]
    pub(super) fn token(&mut self, store: &Store, (body, start, len): (u16, u32, u32)) {
        if len < LARGE {
            self.written.extend_from_slice(store.token(body, start, len));
        } else {
            self.parts.push(Part { at: self.written.len(), body, start, len });
            self.passed_on += len as usize;
        }
    }

    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark { written: self.written.len(), parts: self.parts.len(), passed_on: self.passed_on }
    }

    /// Takes back what was written since the mark.
    pub(super) fn truncate(&mut self, mark: Mark) {
        self.written.truncate(mark.written);
        self.parts.truncate(mark.parts);
        self.passed_on = mark.passed_on;
    }

    /// The response as one piece.
    pub(super) fn finish(self, store: &Store) -> Bytes {
        if self.parts.is_empty() {
            return self.written.into();
        }
        if let Some(found) = self.find(store) {
            return found;
        }
        let mut joined = Vec::with_capacity(self.len());
        let mut from = 0;
        for part in &self.parts {
            joined.extend_from_slice(&self.written[from..part.at]);
            joined.extend_from_slice(store.token(part.body, part.start, part.len));
            from = part.at;
        }
        joined.extend_from_slice(&self.written[from..]);
        joined.into()
    }

    /// The response as it stands in the answer its parts are from, byte for byte: so it is where one subgraph
    /// alone answers all that was asked.
    fn find(&self, store: &Store) -> Option<Bytes> {
        let (first, last) = (self.parts.first()?, self.parts.last()?);
        let body = store.body(first.body);
        let start = (first.start as usize).checked_sub(first.at)?;
        let (mut at, mut from) = (start, 0);
        for part in &self.parts {
            let between = &self.written[from..part.at];
            if part.body != first.body || !body.get(at..)?.starts_with(between) {
                return None;
            }
            if at + between.len() != part.start as usize {
                return None;
            }
            (at, from) = (part.start as usize + part.len as usize, part.at);
        }
        let rest = &self.written[last.at..];
        let found = body.get(at..)?.starts_with(rest);
        found.then(|| body.slice(start..at + rest.len()))
    }
}
