//! Fewer requests on the same critical path.

use super::{Committed, FetchIndex, FetchKind, Visit, VisitIndex};

impl Committed<'_> {
    /// An entity fetch moves into a later one to the same subgraph at the same shape, unless somebody waits for it
    /// by then. From the last level to the first, so that those who wait are settled before those they wait for.
    pub(super) fn sink_early(&mut self) {
        let last = self.fetches.iter().map(|fetch| fetch.level).max().unwrap_or(0);
        let mut dependents = vec![Vec::new(); self.fetches.len()];
        for (index, fetch) in self.fetches.iter().enumerate() {
            for dependency in &fetch.dependencies {
                dependents[*dependency].push(index);
            }
        }
        let mut order: Vec<FetchIndex> = (0..self.fetches.len()).collect();
        order.sort_by_key(|fetch| std::cmp::Reverse((self.fetches[*fetch].level, *fetch)));
        for early in order {
            if !matches!(self.fetches[early].kind, FetchKind::Entities(_)) {
                continue;
            }
            let waiting = dependents[early].iter();
            let latest = waiting.map(|next| self.level(*next).saturating_sub(1)).min().unwrap_or(last);
            let Some(later) = self.later(early, latest).into_iter().find(|later| self.sink(early, *later))
            else {
                continue;
            };
            let moved = std::mem::take(&mut dependents[early]);
            dependents[later].extend(moved);
            for dependency in self.fetches[early].dependencies.clone() {
                dependents[dependency].push(later);
            }
        }
    }

    /// The level at which a fetch starts, perhaps as part of another.
    fn level(&self, fetch: FetchIndex) -> u32 {
        self.fetches[self.visits[self.fetches[fetch].visit].fetch].level
    }

    /// Fetches that a fetch could be part of, the earliest first.
    fn later(&self, early: FetchIndex, latest: u32) -> Vec<FetchIndex> {
        let Visit { shape, subgraph, .. } = self.visits[self.fetches[early].visit];
        let visits = self.shapes[shape].visits.iter().map(|visit| &self.visits[*visit]);
        let mut later: Vec<FetchIndex> = visits
            .filter(|visit| visit.entity && visit.subgraph == subgraph)
            .map(|visit| visit.fetch)
            .filter(|fetch| self.fetches[*fetch].groups == self.fetches[early].groups)
            .filter(|fetch| (self.fetches[early].level + 1..=latest).contains(&self.fetches[*fetch].level))
            .collect();
        later.sort_by_key(|fetch| (self.fetches[*fetch].level, *fetch));
        later
    }

    /// Moves a fetch into another; `false` if they contradict each other.
    fn sink(&mut self, early: FetchIndex, later: FetchIndex) -> bool {
        let FetchKind::Entities(representations) = &self.fetches[early].kind else { return false };
        let (representations, dependencies) =
            (representations.clone(), self.fetches[early].dependencies.clone());
        let contexts = self.fetches[early].contexts.clone();
        if !self.join(later, (&representations, &contexts), &dependencies) {
            return false;
        }
        self.fetches[early].gone = true;
        let (from, to) = (self.fetches[early].visit, self.fetches[later].visit);
        self.move_reads(from, to);
        for visit in &mut self.visits {
            if visit.fetch == early {
                visit.fetch = later;
            }
        }
        true
    }

    fn move_reads(&mut self, from: VisitIndex, to: VisitIndex) {
        let Visit { shape, typename, .. } = self.visits[from];
        self.visits[to].typename |= typename;
        let reads = std::mem::take(&mut self.visits[from].reads);
        for read in reads {
            match self.visits[to].reads.iter_mut().find(|known| known.slot == read.slot) {
                Some(known) if known.child.is_none() => known.types = known.types.union(&read.types),
                Some(known) => {
                    let target = known.child;
                    known.types = known.types.union(&read.types);
                    if let (Some(child), Some(target)) = (read.child, target) {
                        self.move_reads(child, target);
                    }
                }
                None => self.visits[to].reads.push(read),
            }
        }
        let shape = &mut self.shapes[shape];
        shape.visits.retain(|visit| *visit != from);
        for slot in &mut shape.slots {
            for (writer, _) in &mut slot.writers {
                if *writer == from {
                    *writer = to;
                }
            }
        }
        if shape.typed_by == Some(from) {
            shape.typed_by = Some(to);
        }
    }
}
