//! Where answers are kept: rows of slots, one slab per shape of the plan.

use bytes::Bytes;

use crate::graph::ObjectId;
use crate::plan::query_plan::{FetchId, QueryPlan, ShapeId, SlotId};

/// One value of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Nothing was read.
    #[default]
    Absent,
    /// A subgraph said null.
    Null,
    /// Null for a reason that is already among the errors.
    Failed,
    /// A value that does not fit its type; the fetch that brought it. Reported where it would be shown.
    Invalid(u16),
    /// JSON text of a kept body: a scalar, or a value kept whole.
    Token { body: u16, start: u32, len: u32 },
    /// An object: a row of the slot's shape.
    Row(u32),
    /// A list: a range of [`Store::items`].
    List { start: u32, len: u32 },
}

impl Slot {
    /// Whether there is no value, whatever the reason.
    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        matches!(self, Self::Absent | Self::Null | Self::Failed | Self::Invalid(_))
    }

    /// What is kept when this and then `next` is read for the same slot: the first value, else the first
    /// reason for having none. Which source answers first decides nothing as long as sources agree.
    fn or(self, next: Self) -> Self {
        match (self, next) {
            (Self::Absent, next) | (Self::Null, next @ Self::Invalid(_)) => next,
            (kept, next) if kept.is_empty() && !next.is_empty() => next,
            (kept, _) => kept,
        }
    }
}

/// The rows of one shape.
#[derive(Debug)]
struct Slab {
    width: u32,
    slots: Vec<Slot>,
    types: Vec<Option<ObjectId>>,
}

/// A token of at least so many bytes is not copied into the response, but passed on.
pub(crate) const LARGE: u32 = 4096;

/// The answers of one request.
#[derive(Debug)]
pub(crate) struct Store {
    slabs: Vec<Slab>,
    items: Vec<Slot>,
    /// With the fetch that brought each.
    bodies: Vec<(Bytes, FetchId)>,
    /// How many more slots may be taken.
    room: usize,
    /// The bytes of large tokens.
    large: usize,
}

/// More values than a request may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The extent of a store at some time.
#[derive(Debug)]
pub(crate) struct Mark {
    rows: Vec<u32>,
    items: u32,
    body: u16,
    room: usize,
}

impl Mark {
    /// Whether a value came after the mark.
    pub(crate) fn covers(&self, shape: Option<ShapeId>, slot: Slot) -> bool {
        match slot {
            Slot::Token { body, .. } => body >= self.body,
            Slot::List { start, .. } => start >= self.items,
            Slot::Row(row) => shape.is_some_and(|shape| row >= self.rows[shape.index()]),
            Slot::Absent | Slot::Null | Slot::Failed | Slot::Invalid(_) => false,
        }
    }
}

impl Store {
    /// A store with one row: the root object.
    pub(crate) fn new(plan: &QueryPlan, room: usize) -> Self {
        let slabs = plan.shapes.iter().map(|shape| Slab {
            width: shape.slots.len() as u32,
            slots: Vec::new(),
            types: Vec::new(),
        });
        let mut store =
            Self { slabs: slabs.collect(), items: Vec::new(), bodies: Vec::new(), room, large: 0 };
        if let (Some(slab), Some(shape)) = (store.slabs.first_mut(), plan.shapes.first()) {
            slab.slots.resize(slab.width as usize, Slot::Absent);
            slab.types.push(shape.possible.single());
        }
        store
    }

    /// How many rows a shape has.
    pub(crate) fn rows(&self, shape: ShapeId) -> u32 {
        self.slabs[shape.index()].types.len() as u32
    }

    /// Adds a row without values.
    #[inline]
    pub(crate) fn add_row(&mut self, shape: ShapeId, ty: Option<ObjectId>) -> Result<u32, Full> {
        let slab = &mut self.slabs[shape.index()];
        // A row without slots takes memory as well.
        self.room = self.room.checked_sub(slab.width as usize + 1).ok_or(Full)?;
        let row = slab.types.len() as u32;
        slab.slots.resize(slab.slots.len() + slab.width as usize, Slot::Absent);
        slab.types.push(ty);
        Ok(row)
    }

    /// Adds the items of a list.
    pub(crate) fn add_list(&mut self, items: &[Slot]) -> Result<Slot, Full> {
        self.room = self.room.checked_sub(items.len()).ok_or(Full)?;
        let start = self.items.len() as u32;
        self.items.extend_from_slice(items);
        Ok(Slot::List { start, len: items.len() as u32 })
    }

    #[inline]
    pub(crate) fn ty(&self, shape: ShapeId, row: u32) -> Option<ObjectId> {
        self.slabs[shape.index()].types[row as usize]
    }

    pub(crate) fn set_type(&mut self, shape: ShapeId, row: u32, ty: ObjectId) {
        self.slabs[shape.index()].types[row as usize] = Some(ty);
    }

    #[inline]
    pub(crate) fn slot(&self, shape: ShapeId, row: u32, slot: SlotId) -> Slot {
        let slab = &self.slabs[shape.index()];
        slab.slots[row as usize * slab.width as usize + slot.index()]
    }

    /// All slots of a row.
    #[inline]
    pub(crate) fn row(&self, shape: ShapeId, row: u32) -> &[Slot] {
        let slab = &self.slabs[shape.index()];
        let start = row as usize * slab.width as usize;
        &slab.slots[start..start + slab.width as usize]
    }

    /// Overwrites a slot.
    pub(crate) fn set(&mut self, shape: ShapeId, row: u32, slot: SlotId, value: Slot) {
        let slab = &mut self.slabs[shape.index()];
        slab.slots[row as usize * slab.width as usize + slot.index()] = value;
    }

    /// Fills a slot unless it has a value already.
    #[inline]
    pub(crate) fn fill(&mut self, shape: ShapeId, row: u32, slot: SlotId, value: Slot) {
        let slab = &mut self.slabs[shape.index()];
        let kept = &mut slab.slots[row as usize * slab.width as usize + slot.index()];
        // Mostly nothing is there, and looking at more than the tag of a slot written just before is slow.
        *kept = if matches!(kept, Slot::Absent) { value } else { kept.or(value) };
    }

    /// Fills an item of a list unless it has a value already.
    pub(crate) fn fill_item(&mut self, index: u32, value: Slot) {
        let kept = &mut self.items[index as usize];
        *kept = kept.or(value);
    }

    pub(crate) fn set_item(&mut self, index: u32, value: Slot) {
        self.items[index as usize] = value;
    }

    #[inline]
    pub(crate) fn item(&self, index: u32) -> Slot {
        self.items[index as usize]
    }

    /// The items of a list.
    #[inline]
    pub(crate) fn items(&self, start: u32, len: u32) -> &[Slot] {
        &self.items[start as usize..(start + len) as usize]
    }

    /// JSON text of a token.
    #[inline]
    pub(crate) fn token(&self, body: u16, start: u32, len: u32) -> &[u8] {
        &self.bodies[body as usize].0[start as usize..start as usize + len as usize]
    }

    /// A kept body.
    pub(crate) fn body(&self, body: u16) -> &Bytes {
        &self.bodies[body as usize].0
    }

    /// The number the next body will have.
    pub(crate) fn next_body(&self) -> u16 {
        self.bodies.len() as u16
    }

    /// Keeps a body that tokens refer to.
    pub(crate) fn keep(&mut self, body: Bytes, fetch: FetchId) {
        self.bodies.push((body, fetch));
    }

    /// The fetch that brought a body.
    pub(crate) fn origin(&self, body: u16) -> FetchId {
        self.bodies[body as usize].1
    }

    /// Notes the size of a value that is kept whole.
    pub(crate) fn note_whole(&mut self, len: u32) {
        if len >= LARGE {
            self.large += len as usize;
        }
    }

    /// About how many bytes of bodies are copied into the response.
    pub(crate) fn copied(&self) -> usize {
        let all: usize = self.bodies.iter().map(|(body, _)| body.len()).sum();
        all.saturating_sub(self.large)
    }

    /// Remembers the extent, to go back to it with [`Store::truncate`].
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            rows: self.slabs.iter().map(|slab| slab.types.len() as u32).collect(),
            items: self.items.len() as u32,
            body: self.next_body(),
            room: self.room,
        }
    }

    /// Forgets rows and items made since the mark. No slot may refer to them any more.
    pub(crate) fn truncate(&mut self, mark: &Mark) {
        for (slab, &rows) in self.slabs.iter_mut().zip(&mark.rows) {
            slab.slots.truncate(rows as usize * slab.width as usize);
            slab.types.truncate(rows as usize);
        }
        self.items.truncate(mark.items as usize);
        self.room = mark.room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_takes_twelve_bytes() {
        assert_eq!(size_of::<Slot>(), 12);
    }

    #[test]
    fn what_is_passed_on_is_not_copied() {
        let plan = QueryPlan {
            kind: crate::graph::OperationKind::Query,
            fetches: Vec::new(),
            shapes: Vec::new(),
            selections: Vec::new(),
            first: Vec::new(),
            deferred: Vec::new(),
        };
        let mut store = Store::new(&plan, 0);
        store.keep(vec![b' '; 10_000].into(), FetchId(0));
        assert_eq!(store.copied(), 10_000);
        store.note_whole(LARGE - 1);
        assert_eq!(store.copied(), 10_000);
        store.note_whole(LARGE);
        assert_eq!(store.copied(), 10_000 - LARGE as usize);
    }

    #[test]
    fn the_first_value_is_kept() {
        let token = |start| Slot::Token { body: 0, start, len: 1 };
        assert_eq!(token(1).or(token(2)), token(1));
        assert_eq!(token(1).or(Slot::Null), token(1));
        assert_eq!(Slot::Null.or(token(1)), token(1));
        assert_eq!(Slot::Failed.or(Slot::Null), Slot::Failed);
        assert_eq!(Slot::Null.or(Slot::Invalid(1)), Slot::Invalid(1));
        assert_eq!(Slot::Absent.or(Slot::Null), Slot::Null);
    }
}
