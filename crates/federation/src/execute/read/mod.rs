//! Answers of subgraphs into rows.
//!
//! Nothing in an answer is trusted: JSON text must be well-formed to its end, values must have the class
//! their type demands, objects a type that is possible where they stand. What does not fit becomes null
//! with an error; an answer that is broken as a whole contributes nothing.

mod answer;
pub(crate) mod cursor;
mod json;
mod values;
mod whole;

pub(crate) use answer::{Incoming, read};

use cursor::{Broken, Malformed, Token};

use super::problem::{At, Cause, ErrorCode, Place, Problem, Problems, Step};
use super::program::Program;
use super::store::{Full, Slot, Store};
use crate::graph::{Graph, ObjectId};
use crate::plan::query_plan::{FetchId, LeafType, SelectionId, ShapeId, SlotId, TypenameSource};

/// Why an answer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// No JSON; the cursor knows why.
    Broken,
    /// No JSON, or no GraphQL answer.
    Malformed(Malformed),
    /// `_entities` has not as many items as there were representations: whom they belong to is unknown.
    Count,
    /// More values than a request may hold.
    Full,
}

impl From<Broken> for Stop {
    fn from(Broken: Broken) -> Self {
        Self::Broken
    }
}

impl From<Full> for Stop {
    fn from(Full: Full) -> Self {
        Self::Full
    }
}

/// What both kinds of reader write to.
pub(crate) struct Sink<'a> {
    pub(crate) program: &'a Program,
    pub(crate) graph: &'a Graph,
    pub(crate) store: &'a mut Store,
    pub(crate) problems: &'a mut Problems,
    pub(crate) fetch: FetchId,
}

/// What an object says about its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Type(Option<ObjectId>),
    /// A type that cannot be here, or none where one is needed.
    Wrong,
}

impl Sink<'_> {
    fn invalid(&self) -> Slot {
        Slot::Invalid(self.fetch.0 as u16)
    }

    /// The type told by the name in an answer.
    fn told(&self, selection: SelectionId, name: &[u8]) -> Told {
        let shape = self.program.selections[selection.index()].shape;
        match std::str::from_utf8(name).ok().and_then(|name| self.graph.object_id(name)) {
            Some(ty) if self.program.plan.shapes[shape.index()].possible.contains(ty) => Told::Type(Some(ty)),
            _ => Told::Wrong,
        }
    }

    /// The type known without looking; `None` when the object has to tell.
    #[inline]
    fn known(&self, selection: SelectionId) -> Option<Told> {
        match self.program.selections[selection.index()].typename {
            TypenameSource::Static(ty) => Some(Told::Type(Some(ty))),
            TypenameSource::Unknown => Some(Told::Type(None)),
            TypenameSource::Field => None,
        }
    }

    /// The row for an object: the one there is, or a new one. `None` when types disagree.
    #[inline]
    fn row(
        &mut self,
        selection: SelectionId,
        existing: Slot,
        ty: Option<ObjectId>,
    ) -> Result<Option<u32>, Stop> {
        let shape = self.program.selections[selection.index()].shape;
        let Slot::Row(row) = existing else {
            return Ok(Some(self.store.add_row(shape, ty)?));
        };
        match (self.store.ty(shape, row), ty) {
            (Some(before), Some(now)) if before != now => return Ok(None),
            (None, Some(now)) => self.store.set_type(shape, row, now),
            _ => {}
        }
        Ok(Some(row))
    }

    /// Reports that sources disagree about a slot that keeps its value.
    fn disagreement(&mut self, shape: ShapeId, row: u32, slot: Option<SlotId>, what: &str) {
        let ty = self.store.ty(shape, row);
        let shown = slot.map(|slot| self.program.shown(shape, slot, ty).next());
        let rest = match shown {
            // Nobody sees it.
            Some(None) => return,
            Some(Some((_, field))) => vec![Step::Key(field.key.clone())],
            None => Vec::new(),
        };
        let places = vec![Place { shape, row, field: slot, rest }];
        let cause = Cause::Engine(ErrorCode::SubgraphInvalidValue, what.to_owned());
        self.problems.push(Problem { fetch: self.fetch, at: At::Places(places), cause });
    }
}

/// Whether a scalar token is a value of a type. Null is not: it is decided elsewhere.
#[inline]
fn fits(leaf: LeafType, token: Token) -> bool {
    match leaf {
        LeafType::Int => token == Token::Integer,
        LeafType::Float => matches!(token, Token::Integer | Token::BigInteger | Token::Decimal),
        LeafType::String | LeafType::Enum(_) => matches!(token, Token::String | Token::Escaped),
        LeafType::Boolean => token == Token::Boolean,
        LeafType::Id => matches!(token, Token::String | Token::Escaped | Token::Integer | Token::BigInteger),
        LeafType::Any => true,
    }
}
