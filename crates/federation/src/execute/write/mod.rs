//! Rows to the bytes of a GraphQL response (GraphQL specification, section 7).
//!
//! Null propagation (section 6.4.4) happens here, by truncating what was written back to the nearest
//! nullable position. Rows stay as they are, so it never gets in the way of fetches.

mod blanks;
mod deferred;
mod entries;
mod output;
mod paths;
mod walk;

use bytes::Bytes;
pub(crate) use deferred::{Fragment, Layout, Ledger, Part, write_fragment};
use entries::Entries;
pub(crate) use entries::{ErrorPolicy, path_text};
use output::Output;
pub(crate) use paths::{Located, locate};

use super::problem::{ErrorCode, Problems, Step};
use super::program::{Program, applies, depends_on_type};
use super::read::cursor::unescape;
use super::store::{Slot, Store};
use super::transport::Note;
use crate::graph::{EnumId, Graph, ObjectId, Wrapping};
use crate::plan::QueryPlan;
use crate::plan::query_plan::{FetchId, LeafType, OutputField, OutputSource, ShapeId};

/// What is written, besides rows.
pub(crate) struct Writing<'a> {
    pub(crate) program: &'a Program,
    pub(crate) graph: &'a Graph,
    /// The answers to `__schema` and `__type` as JSON text.
    pub(crate) introspection: &'a [String],
    pub(crate) policy: ErrorPolicy,
    pub(crate) max_bytes: usize,
}

/// A response and how many errors it tells of.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) body: Bytes,
    pub(crate) errors: usize,
    /// What the transport told beside the answers of subgraphs.
    pub(crate) notes: Vec<Note>,
}

/// Writes the response.
pub(crate) fn write(writing: &Writing<'_>, store: &Store, problems: &mut Problems) -> Written {
    let located = locate(writing, store, problems);
    let mut ledger = Ledger::default();
    let (mut whole, _) = write_first(writing, store, &mut ledger, &located, problems);
    whole.append("");
    let (body, errors) = whole.finish(store);
    Written { body, errors, notes: Vec::new() }
}

/// What is answered first, without the brace that closes it.
pub(crate) struct First {
    out: Output,
    errors: usize,
}

impl First {
    /// Adds members, each with a comma in front, and closes the object.
    pub(crate) fn append(&mut self, members: &str) {
        self.out.text().extend_from_slice(members.as_bytes());
        self.out.text().push(b'}');
    }

    /// The text and the number of errors in it.
    pub(crate) fn finish(self, store: &Store) -> (Bytes, usize) {
        (self.out.finish(store), self.errors)
    }
}

/// Writes what is not deferred; with the fragments that may follow.
pub(crate) fn write_first(
    writing: &Writing<'_>,
    store: &Store,
    ledger: &mut Ledger,
    located: &[Located],
    problems: &Problems,
) -> (First, Vec<Fragment>) {
    let out = Output::with_capacity(store.copied() + store.copied() / 8 + 256);
    let mut writer = Writer::new(writing, store, out);
    writer.ledger = Some(ledger);
    writer.out.text().extend_from_slice(b"{\"data\":");
    let start = writer.out.mark();
    if !writer.object(QueryPlan::ROOT, 0) {
        writer.out.truncate(start);
        writer.out.text().extend_from_slice(b"null");
        writer.starts.clear();
    }
    let Writer { mut out, found, too_large, mut starts, .. } = writer;
    let mut entries = Entries::new(writing.policy);
    if too_large || out.len() > writing.max_bytes {
        out.truncate(start);
        out.text().extend_from_slice(b"null");
        starts.clear();
        entries.engine(ErrorCode::AnswerTooLarge, "the answer is too large", &[], None);
    }
    Located::of_first(writing, located, problems, &mut entries);
    entries.append(found);
    let errors = entries.finish(out.text(), problems.more);
    (First { out, errors }, starts)
}

/// A step of the path being written.
#[derive(Clone, Copy)]
enum Piece<'a> {
    Field(&'a OutputField),
    Index(u32),
}

/// The type and the slots of an object.
type Object<'a> = (Option<ObjectId>, &'a [Slot]);

struct Writer<'a> {
    writing: &'a Writing<'a>,
    store: &'a Store,
    out: Output,
    path: Vec<Piece<'a>>,
    found: Entries,
    too_large: bool,
    /// The deferred fragment being written; `None` for what is answered first.
    part: Option<usize>,
    /// Where the fragment's object is.
    base: Vec<Step>,
    /// The fragments that may follow.
    starts: Vec<Fragment>,
    ledger: Option<&'a mut Ledger>,
}

impl<'a> Writer<'a> {
    fn new(writing: &'a Writing<'a>, store: &'a Store, out: Output) -> Self {
        Self {
            writing,
            store,
            out,
            path: Vec::new(),
            found: Entries::new(writing.policy),
            too_large: false,
            part: None,
            base: Vec::new(),
            starts: Vec::new(),
            ledger: None,
        }
    }

    /// Whether a field belongs to what is being written.
    #[inline]
    fn shows(&self, field: &OutputField) -> bool {
        match self.part {
            None => field.groups.is_empty(),
            Some(group) => field.groups.contains(group),
        }
    }

    /// Writes an object; false if it has to be null. What was written is then the caller's to remove.
    fn object(&mut self, shape: ShapeId, row: u32) -> bool {
        let program = self.writing.program;
        self.too_large |= self.out.len() > self.writing.max_bytes;
        if self.too_large {
            return false;
        }
        if !program.plan.shapes[shape.index()].starts.is_empty() {
            self.note_starts(shape, row);
        }
        let ty = self.store.ty(shape, row);
        let slots = self.store.row(shape, row);
        let mut separator = b'{';
        for (field, label) in
            program.plan.shapes[shape.index()].output.iter().zip(&program.labels[shape.index()])
        {
            if !self.shows(field) || !applies(&field.types, ty) {
                continue;
            }
            let out = self.out.text();
            out.push(separator);
            out.extend_from_slice(label);
            separator = b',';
            if !self.field(field, shape, (ty, slots)) {
                return false;
            }
        }
        if separator == b'{' {
            self.out.text().push(b'{');
        }
        self.out.text().push(b'}');
        true
    }

    /// Writes the value of a field; false if the object has to be null.
    #[inline]
    fn field(&mut self, field: &'a OutputField, shape: ShapeId, (ty, slots): Object<'_>) -> bool {
        match field.source {
            OutputSource::Slot(slot) => match slots[slot.index()] {
                Slot::Token { body, start, len } if !matches!(field.leaf, LeafType::Enum(_)) => {
                    self.out.token(self.store, (body, start, len));
                    true
                }
                value => {
                    self.path.push(Piece::Field(field));
                    let child = self.writing.program.child(shape, slot);
                    let written = self.value(field, child, field.wrapping, value);
                    self.path.pop();
                    written
                }
            },
            OutputSource::Typename => match ty {
                Some(ty) => {
                    let out = self.out.text();
                    out.push(b'"');
                    out.extend_from_slice(self.writing.graph.object_name(ty).as_bytes());
                    out.push(b'"');
                    true
                }
                None => self.missing(field),
            },
            OutputSource::Denied => self.denied(field),
            OutputSource::Introspection(number) => match self.writing.introspection.get(number as usize) {
                Some(answer) => {
                    self.out.text().extend_from_slice(answer.as_bytes());
                    true
                }
                None => self.missing(field),
            },
        }
    }

    /// Writes null for a field that the caller may not read; false if it cannot be null.
    fn denied(&mut self, field: &'a OutputField) -> bool {
        if self.found.is_full() {
            // It may be denied in very many rows.
            self.found.leave_out();
        } else {
            self.path.push(Piece::Field(field));
            let message = format!("the field `{}` may not be read by this caller", field.coordinate);
            let path = self.steps();
            self.found.engine(ErrorCode::Unauthorized, &message, &path, None);
            self.path.pop();
        }
        let nullable = !field.wrapping.is_non_null();
        if nullable {
            self.out.text().extend_from_slice(b"null");
        }
        nullable
    }

    /// Writes null for a field of the engine's own that has no value; false if it cannot be null.
    fn missing(&mut self, field: &'a OutputField) -> bool {
        self.path.push(Piece::Field(field));
        let written = self.value(field, None, field.wrapping, Slot::Absent);
        self.path.pop();
        written
    }

    /// Writes a value, or null for it; false if it has no value and cannot be null.
    fn value(
        &mut self,
        field: &'a OutputField,
        child: Option<ShapeId>,
        wrapping: Wrapping,
        value: Slot,
    ) -> bool {
        let (start, starts) = (self.out.mark(), self.starts.len());
        let written = match (value, child) {
            (Slot::Token { body, start, len }, _) => self.token(field, wrapping, (body, start, len)),
            (Slot::Row(row), Some(child)) if self.is_hidden(child, row) => {
                let message =
                    format!("the object for `{}` is of a type that is not public", field.coordinate);
                let path = self.steps();
                self.found.engine(ErrorCode::SubgraphInvalidValue, &message, &path, None);
                false
            }
            (Slot::Row(row), Some(child)) if self.is_in_doubt(child, row) => {
                let message = format!(
                    "nobody told the type of the object for `{}`, so it is not known which fields it must have",
                    field.coordinate
                );
                let path = self.steps();
                self.found.engine(ErrorCode::NullForNonNull, &message, &path, None);
                false
            }
            (Slot::Row(row), Some(child)) => self.object(child, row),
            (Slot::List { start, len }, _) if wrapping.is_list() => {
                self.list(field, child, wrapping, self.store.items(start, len))
            }
            (Slot::Failed, _) => false,
            (Slot::Invalid(fetch), _) => {
                self.invalid(FetchId(fetch.into()), field);
                false
            }
            _ => {
                if wrapping.is_non_null() {
                    let message = format!("there is no value for the non-null field `{}`", field.coordinate);
                    let path = self.steps();
                    self.found.engine(ErrorCode::NullForNonNull, &message, &path, None);
                }
                false
            }
        };
        if written {
            return true;
        }
        self.out.truncate(start);
        self.starts.truncate(starts);
        if wrapping.is_non_null() {
            return false;
        }
        if child.is_some_and(|child| !self.writing.program.within[child.index()].is_empty()) {
            self.note_null();
        }
        self.out.text().extend_from_slice(b"null");
        true
    }

    fn is_hidden(&self, shape: ShapeId, row: u32) -> bool {
        let hidden = &self.writing.program.plan.shapes[shape.index()].hidden;
        !hidden.is_empty() && self.store.ty(shape, row).is_some_and(|ty| hidden.contains(ty))
    }

    /// Whether nobody told an object's type, and some type it may have is asked for a field that cannot be null.
    /// Without the field, the object is none of that type (GraphQL specification, section 6.4.3).
    #[inline]
    fn is_in_doubt(&self, shape: ShapeId, row: u32) -> bool {
        let program = self.writing.program;
        program.by_type[shape.index()]
            && self.store.ty(shape, row).is_none()
            && program.plan.shapes[shape.index()]
                .output
                .iter()
                .any(|field| depends_on_type(field) && self.shows(field))
    }

    fn list(
        &mut self,
        field: &'a OutputField,
        child: Option<ShapeId>,
        wrapping: Wrapping,
        items: &[Slot],
    ) -> bool {
        self.out.text().push(b'[');
        for (index, &item) in items.iter().enumerate() {
            if index > 0 {
                self.out.text().push(b',');
            }
            self.path.push(Piece::Index(index as u32));
            let written = self.value(field, child, wrapping.item(), item);
            self.path.pop();
            if !written {
                return false;
            }
        }
        self.out.text().push(b']');
        true
    }

    /// Writes JSON text; of enums only values that clients may see.
    fn token(
        &mut self,
        field: &OutputField,
        wrapping: Wrapping,
        (body, start, len): (u16, u32, u32),
    ) -> bool {
        let token = self.store.token(body, start, len);
        if let LeafType::Enum(id) = field.leaf
            && !wrapping.is_list()
        {
            let inner = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
            let visible = self.is_visible(id, std::str::from_utf8(inner).ok())
                || inner.contains(&b'\\') && self.is_visible(id, unescape(inner).as_deref());
            if !visible {
                self.invalid(self.store.origin(body), field);
                return false;
            }
        }
        self.out.token(self.store, (body, start, len));
        true
    }

    fn is_visible(&self, id: EnumId, value: Option<&str>) -> bool {
        value.is_some_and(|value| self.writing.graph.is_visible_value(id, value))
    }

    fn invalid(&mut self, fetch: FetchId, field: &OutputField) {
        let message = format!("the value for `{}` does not fit its type", field.coordinate);
        let path = self.steps();
        let service = self.service(fetch);
        self.found.engine(ErrorCode::SubgraphInvalidValue, &message, &path, service);
    }

    fn service(&self, fetch: FetchId) -> Option<&'a str> {
        let fetch = self.writing.program.plan.fetches.get(fetch.index())?;
        Some(&self.writing.graph.subgraph(fetch.subgraph).name)
    }

    fn steps(&self) -> Vec<Step> {
        let step = |piece: &Piece<'_>| match piece {
            Piece::Field(field) => Step::Key(field.key.clone()),
            Piece::Index(index) => Step::Index(*index),
        };
        self.base.iter().cloned().chain(self.path.iter().map(step)).collect()
    }
}
