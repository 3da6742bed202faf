//! Deferred fragments to parts of later payloads.
//!
//! A fragment is written at each object it was announced at. Fields that the client has already, with objects below
//! that it has in part, are *passed*: only what is missing below them is written. A null that no field of the fragment
//! can hold makes the fragment fail at that object, and nothing else.

use std::collections::{HashMap, HashSet};

use ahash::RandomState;

use super::entries::Entries;
use super::output::Output;
use super::{Writer, Writing};
use crate::execute::problem::{ErrorCode, Step};
use crate::execute::program::applies;
use crate::execute::store::{Slot, Store};
use crate::plan::query_plan::{OutputField, OutputSource, ShapeId};

/// A deferred fragment at an object of the answer.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub(crate) group: usize,
    pub(crate) shape: ShapeId,
    pub(crate) row: u32,
    pub(crate) path: Vec<Step>,
}

/// What a client has got so far.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Where it got null for objects and lists of them.
    pub(super) nulls: HashSet<Vec<Step>, RandomState>,
    /// By group, where its fragments were delivered.
    delivered: HashMap<usize, HashSet<Vec<Step>, RandomState>, RandomState>,
}

impl Ledger {
    pub(crate) fn deliver(&mut self, fragment: &Fragment) {
        self.delivered.entry(fragment.group).or_default().insert(fragment.path.clone());
    }

    /// Whether a fragment around a place was delivered.
    fn has(&self, group: usize, path: &[Step]) -> bool {
        let places = self.delivered.get(&group);
        places.is_some_and(|places| (0..=path.len()).any(|length| places.contains(&path[..length])))
    }
}

/// How the data of a fragment is laid out.
#[derive(Clone, Copy)]
pub(crate) enum Layout<'a> {
    /// As one value at the fragment's object, with what is passed as objects around the rest. Fields that other
    /// fragments bring as well are repeated.
    Nested,
    /// As values for the innermost objects that miss something, each an entry that names the fragment by this number.
    /// What other fragments brought is not repeated.
    Split(&'a str),
}

/// A fragment as written.
pub(crate) struct Part {
    /// The value, or the entries separated by commas and without the brace that closes the last one. `None` when the
    /// fragment failed; empty when there is nothing to bring.
    pub(crate) data: Option<Vec<u8>>,
    /// `,"errors":[..]`, or nothing.
    pub(crate) errors: Vec<u8>,
    /// How many errors there are.
    pub(crate) found: usize,
    /// The fragments that may follow now.
    pub(crate) next: Vec<Fragment>,
}

/// Writes a fragment; `entries` are the errors known of it.
pub(crate) fn write_fragment(
    writing: &Writing<'_>,
    store: &Store,
    ledger: &mut Ledger,
    fragment: &Fragment,
    (layout, mut entries): (Layout<'_>, Entries),
) -> Part {
    let mut writer = Writer::new(writing, store, Output::with_capacity(256));
    writer.part = Some(fragment.group);
    writer.base.clone_from(&fragment.path);
    writer.ledger = Some(ledger);
    let mut written = match layout {
        Layout::Nested => writer.nested(fragment.shape, fragment.row),
        Layout::Split(id) => {
            let mut split = Split { id, open: false };
            writer.split(fragment.shape, fragment.row, &mut split)
        }
    };
    let Writer { out, found, too_large, starts, .. } = writer;
    entries.append(found);
    if too_large || out.len() > writing.max_bytes {
        written = false;
        entries.engine(ErrorCode::AnswerTooLarge, "the answer is too large", &fragment.path, None);
    } else if !written && entries.is_empty() {
        let message = "a non-null field of the deferred fragment has no value";
        entries.engine(ErrorCode::NullForNonNull, message, &fragment.path, None);
    }
    let mut errors = Vec::new();
    let found = entries.finish(&mut errors, false);
    let data = written.then(|| out.finish(store).to_vec());
    Part { data, errors, found, next: if written { starts } else { Vec::new() } }
}

/// Entries being written.
struct Split<'a> {
    id: &'a str,
    /// Whether the last entry misses its closing brace.
    open: bool,
}

impl<'a> Writer<'a> {
    /// Notes the fragments that start at an object and follow what is being written.
    pub(super) fn note_starts(&mut self, shape: ShapeId, row: u32) {
        let plan = &self.writing.program.plan;
        let ty = self.store.ty(shape, row);
        for group in plan.shapes[shape.index()].starts.iter() {
            let deferred = &plan.deferred[group];
            if deferred.parent == self.part && ty.is_none_or(|ty| deferred.types.contains(ty)) {
                let path = self.steps();
                self.starts.push(Fragment { group, shape, row, path });
            }
        }
    }

    /// Notes that the client gets null for an object or a list of them.
    pub(super) fn note_null(&mut self) {
        let place = self.steps();
        if let Some(ledger) = &mut self.ledger {
            ledger.nulls.insert(place);
        }
    }

    /// Writes an object that the client has in part; false if the fragment fails.
    fn nested(&mut self, shape: ShapeId, row: u32) -> bool {
        if self.fails_in_doubt(shape, row) {
            return false;
        }
        self.note_starts(shape, row);
        let program = self.writing.program;
        let fields = program.plan.shapes[shape.index()].output.iter().zip(&program.labels[shape.index()]);
        let object = (self.store.ty(shape, row), self.store.row(shape, row));
        let mut separator = b'{';
        for (field, label) in fields.filter(|(field, _)| applies(&field.types, object.0)) {
            let start = self.out.mark();
            self.out.text().push(separator);
            self.out.text().extend_from_slice(label);
            if self.is_own(field) {
                if !self.field(field, shape, object) {
                    return false;
                }
                separator = b',';
            } else if let Some((child, value)) = self.passed(field, shape, row) {
                self.path.push(super::Piece::Field(field));
                let written = self.nested_value(child, value);
                self.path.pop();
                match written {
                    Some(true) => separator = b',',
                    Some(false) => return false,
                    None => self.out.truncate(start),
                }
            } else {
                self.out.truncate(start);
            }
        }
        if separator == b'{' {
            self.out.text().push(b'{');
        }
        self.out.text().push(b'}');
        true
    }

    /// Whether the fragment fails because nobody told the type of an object that the client has.
    fn fails_in_doubt(&mut self, shape: ShapeId, row: u32) -> bool {
        let is_in_doubt = self.is_in_doubt(shape, row);
        if is_in_doubt {
            let message = "nobody told the type of the object, so it is not known which fields of the deferred fragment it must have";
            let path = self.steps();
            self.found.engine(ErrorCode::NullForNonNull, message, &path, None);
        }
        is_in_doubt
    }

    /// `None` where the client has null.
    fn nested_value(&mut self, shape: ShapeId, value: Slot) -> Option<bool> {
        if self.is_null() {
            return None;
        }
        match value {
            Slot::Row(row) => Some(self.nested(shape, row)),
            Slot::List { start, len } => {
                self.out.text().push(b'[');
                for index in 0..len {
                    if index > 0 {
                        self.out.text().push(b',');
                    }
                    self.path.push(super::Piece::Index(index));
                    let written = self.nested_value(shape, self.store.item(start + index));
                    self.path.pop();
                    match written {
                        Some(true) => {}
                        Some(false) => return Some(false),
                        None => self.out.text().extend_from_slice(b"null"),
                    }
                }
                self.out.text().push(b']');
                Some(true)
            }
            _ => None,
        }
    }

    /// Writes entries for an object that the client has in part and for those below; false if the fragment fails.
    fn split(&mut self, shape: ShapeId, row: u32, split: &mut Split<'_>) -> bool {
        if self.fails_in_doubt(shape, row) {
            return false;
        }
        self.note_starts(shape, row);
        let program = self.writing.program;
        let object = (self.store.ty(shape, row), self.store.row(shape, row));
        let place = self.steps();
        let all = || program.plan.shapes[shape.index()].output.iter().zip(&program.labels[shape.index()]);
        let mut separator = None;
        for (field, label) in all().filter(|(field, _)| applies(&field.types, object.0)) {
            if !self.is_own(field) || self.is_delivered(field, &place) {
                continue;
            }
            match separator {
                None => self.open_entry(split),
                Some(()) => self.out.text().push(b','),
            }
            separator = Some(());
            self.out.text().extend_from_slice(label);
            if !self.field(field, shape, object) {
                return false;
            }
        }
        if separator.is_some() {
            self.out.text().push(b'}');
        }
        for (field, _) in all().filter(|(field, _)| applies(&field.types, object.0)) {
            if (!self.is_own(field) || self.is_delivered(field, &place))
                && let Some((child, value)) = self.passed(field, shape, row)
            {
                self.path.push(super::Piece::Field(field));
                let written = self.split_value(child, value, split);
                self.path.pop();
                if !written {
                    return false;
                }
            }
        }
        true
    }

    fn split_value(&mut self, shape: ShapeId, value: Slot, split: &mut Split<'_>) -> bool {
        if self.is_null() {
            return true;
        }
        match value {
            Slot::Row(row) => self.split(shape, row, split),
            Slot::List { start, len } => (0..len).all(|index| {
                self.path.push(super::Piece::Index(index));
                let written = self.split_value(shape, self.store.item(start + index), split);
                self.path.pop();
                written
            }),
            _ => true,
        }
    }

    /// Starts an entry up to and including the brace of its data.
    fn open_entry(&mut self, split: &mut Split<'_>) {
        let below = self.steps().split_off(self.base.len());
        let out = self.out.text();
        if std::mem::replace(&mut split.open, true) {
            out.extend_from_slice(b"},");
        }
        out.extend_from_slice(format!("{{\"id\":\"{}\",", split.id).as_bytes());
        if !below.is_empty() {
            out.extend_from_slice(format!("\"subPath\":{},", super::entries::path_text(&below)).as_bytes());
        }
        out.extend_from_slice(b"\"data\":{");
    }

    fn is_own(&self, field: &OutputField) -> bool {
        self.part.is_some_and(|group| field.groups.contains(group))
    }

    /// Whether another fragment brought a field.
    fn is_delivered(&self, field: &OutputField, place: &[Step]) -> bool {
        let others = field.groups.iter().filter(|group| Some(*group) != self.part);
        self.ledger.as_ref().is_some_and(|ledger| others.into_iter().any(|group| ledger.has(group, place)))
    }

    /// The objects in a field, if something of the fragment is below.
    fn passed(&self, field: &OutputField, shape: ShapeId, row: u32) -> Option<(ShapeId, Slot)> {
        let OutputSource::Slot(slot) = field.source else { return None };
        let child = self.writing.program.child(shape, slot)?;
        let below = self.writing.program.within[child.index()];
        below.contains(self.part?).then(|| (child, self.store.slot(shape, row, slot)))
    }

    fn is_null(&self) -> bool {
        self.ledger
            .as_ref()
            .is_some_and(|ledger| !ledger.nulls.is_empty() && ledger.nulls.contains(&self.steps()))
    }
}
