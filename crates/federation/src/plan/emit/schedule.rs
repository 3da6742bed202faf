//! Fewer requests without more stages.
//!
//! A fetch's *level* is the number of fetches one after the other that must come before it. It may start later, as
//! long as whoever waits for it does not: equal fetches at different positions become one, at the level of the
//! latest of them.

use std::cmp::Reverse;
use std::sync::Arc;

use ahash::AHashMap;

use crate::graph::SubgraphId;
use crate::operation::Groups;
use crate::plan::entities::ContextType;
use crate::plan::query_plan::{Anchor, FetchId, OperationKind, SelectionId, ShapeId};
use crate::plan::reductions::Pieces;

/// A fetch before it is written out.
pub(super) struct Draft {
    pub(super) subgraph: SubgraphId,
    pub(super) level: u32,
    /// The deferred fragments it is made for. Only drafts made for the same are joined: none waits for what others
    /// need.
    pub(super) groups: Groups,
    /// The selection set asked of the root or of entities.
    pub(super) body: String,
    /// The same for entities that lack something; see [`crate::plan::query_plan::EntityInput::reductions`].
    pub(super) pieces: Option<Pieces>,
    /// The client's variables in the body, in order of declaration.
    pub(super) variables: Vec<Arc<str>>,
    /// The variables in the body whose values enclosing objects give.
    pub(super) contexts: Vec<ContextType>,
    pub(super) input: DraftInput,
    /// The drafts that must be done first, by their place in the list.
    pub(super) after: Vec<usize>,
    /// Further entity fetches sent in the same request.
    pub(super) batched: Vec<Batched>,
}

/// Where a draft's answer goes.
pub(super) enum DraftInput {
    Root { kind: OperationKind, shape: ShapeId, selection: SelectionId },
    Entities(Vec<Anchor>),
}

/// An entity fetch that another takes along.
pub(super) struct Batched {
    pub(super) body: String,
    pub(super) pieces: Option<Pieces>,
    pub(super) variables: Vec<Arc<str>>,
    pub(super) anchors: Vec<Anchor>,
}

impl Draft {
    pub(super) fn depends_on(&self) -> Vec<FetchId> {
        self.after.iter().map(|place| FetchId(*place as u32)).collect()
    }
}

/// Joins drafts, which are in order of level; with `batch` also different ones of a level to one subgraph.
pub(super) fn schedule(drafts: Vec<Draft>, batch: bool) -> Vec<Draft> {
    let mut schedule = Schedule::new(drafts);
    schedule.join_equal();
    if batch {
        schedule.batch();
    }
    schedule.finish()
}

/// What two drafts have in common that become one.
type Equal = (SubgraphId, Groups, String, Option<Pieces>, Vec<ContextType>);

struct Schedule {
    drafts: Vec<Option<Draft>>,
    levels: Vec<u32>,
    /// Where a draft that was joined into another lives on; itself for the others.
    home: Vec<usize>,
    /// By draft, those that wait for it; perhaps by the name of one that was joined since.
    dependents: Vec<Vec<usize>>,
}

impl Schedule {
    fn new(drafts: Vec<Draft>) -> Self {
        let mut dependents = vec![Vec::new(); drafts.len()];
        for (place, draft) in drafts.iter().enumerate() {
            for before in &draft.after {
                dependents[*before].push(place);
            }
        }
        Self {
            levels: drafts.iter().map(|draft| draft.level).collect(),
            home: (0..drafts.len()).collect(),
            drafts: drafts.into_iter().map(Some).collect(),
            dependents,
        }
    }

    fn home(&self, mut place: usize) -> usize {
        while self.home[place] != place {
            place = self.home[place];
        }
        place
    }

    /// The level at which a draft may start at the latest.
    fn latest(&self, place: usize, last: u32) -> u32 {
        let dependents = self.dependents[place].iter();
        dependents.map(|next| self.levels[self.home(*next)].saturating_sub(1)).min().unwrap_or(last)
    }

    /// From the last level to the first, so that those who wait are settled before those they wait for. The latest
    /// kept of equal drafts has the lowest level: if that is too late, all are.
    fn join_equal(&mut self) {
        let last = self.levels.iter().copied().max().unwrap_or(0);
        let mut lowest: AHashMap<Equal, usize> = AHashMap::new();
        let mut order: Vec<usize> = (0..self.drafts.len()).collect();
        order.sort_by_key(|place| (Reverse(self.levels[*place]), *place));
        for place in order {
            let Some(draft) = &self.drafts[place] else { continue };
            let Draft { subgraph, groups, body, pieces, contexts, input: DraftInput::Entities(_), .. } =
                draft
            else {
                continue;
            };
            let key = (*subgraph, *groups, body.clone(), pieces.clone(), contexts.clone());
            match lowest.get(&key).copied() {
                Some(target) if self.levels[target] <= self.latest(place, last) => self.join(place, target),
                _ => {
                    lowest.insert(key, place);
                }
            }
        }
    }

    fn join(&mut self, place: usize, home: usize) {
        let Some(draft) = self.drafts[place].take() else { return };
        self.redirect(place, home, &draft.after);
        if let (DraftInput::Entities(mut anchors), Some(target)) = (draft.input, &mut self.drafts[home])
            && let DraftInput::Entities(known) = &mut target.input
        {
            known.append(&mut anchors);
            target.after.extend(draft.after);
        }
    }

    fn redirect(&mut self, place: usize, home: usize, after: &[usize]) {
        self.home[place] = home;
        for before in after {
            self.dependents[*before].push(home);
        }
        let waiting = std::mem::take(&mut self.dependents[place]);
        self.dependents[home].extend(waiting);
    }

    fn batch(&mut self) {
        let mut first: AHashMap<(SubgraphId, Groups, u32), usize> = AHashMap::new();
        for place in 0..self.drafts.len() {
            let Some(Draft { subgraph, groups, contexts, input: DraftInput::Entities(_), .. }) =
                &self.drafts[place]
            else {
                continue;
            };
            // Those are sent as many times as there are values.
            if !contexts.is_empty() {
                continue;
            }
            let home = *first.entry((*subgraph, *groups, self.levels[place])).or_insert(place);
            if home != place {
                self.take_along(place, home);
            }
        }
    }

    fn take_along(&mut self, place: usize, home: usize) {
        let Some(draft) = self.drafts[place].take() else { return };
        self.redirect(place, home, &draft.after);
        if let (DraftInput::Entities(anchors), Some(target)) = (draft.input, &mut self.drafts[home]) {
            let Draft { body, pieces, variables, .. } = draft;
            target.batched.push(Batched { body, pieces, variables, anchors });
            target.after.extend(draft.after);
        }
    }

    /// What is left, in order, with places that count only what is left.
    fn finish(mut self) -> Vec<Draft> {
        let mut places = vec![usize::MAX; self.drafts.len()];
        let mut kept = Vec::new();
        for place in 0..self.drafts.len() {
            let Some(mut draft) = self.drafts[place].take() else { continue };
            places[place] = kept.len();
            let mut after: Vec<usize> = draft.after.iter().map(|before| places[self.home(*before)]).collect();
            after.sort_unstable();
            after.dedup();
            draft.after = after;
            if let DraftInput::Entities(anchors) = &mut draft.input {
                // Positions nearer to the root come first.
                anchors.sort_by_key(|anchor| anchor.shape);
            }
            kept.push(draft);
        }
        kept
    }
}
