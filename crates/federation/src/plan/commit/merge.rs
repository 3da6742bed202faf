//! Fewer requests on the same critical path.

use super::{Committed, FetchIndex, FetchKind, Visit, VisitIndex};

impl Committed<'_> {
    /// A fetch that nothing waits for moves into a later one to the same subgraph at the same shape.
    pub(super) fn sink_leaves(&mut self) {
        let mut awaited = vec![false; self.fetches.len()];
        for fetch in &self.fetches {
            for dependency in &fetch.dependencies {
                awaited[*dependency] = true;
            }
        }
        for (early, awaited) in awaited.into_iter().enumerate() {
            if awaited || !matches!(self.fetches[early].kind, FetchKind::Entities(_)) {
                continue;
            }
            let shape = self.visits[self.fetches[early].visit].shape;
            let later = (0..self.fetches.len()).find(|later| {
                let fetch = &self.fetches[*later];
                fetch.subgraph == self.fetches[early].subgraph
                    && self.visits[fetch.visit].shape == shape
                    && fetch.level > self.fetches[early].level
                    && !fetch.gone
            });
            if let Some(later) = later {
                self.sink(early, later);
            }
        }
    }

    fn sink(&mut self, early: FetchIndex, later: FetchIndex) {
        let FetchKind::Entities(representations) = &self.fetches[early].kind else { return };
        let (representations, dependencies) =
            (representations.clone(), self.fetches[early].dependencies.clone());
        if !self.join(later, &representations, &dependencies) {
            return;
        }
        self.fetches[early].gone = true;
        let (from, to) = (self.fetches[early].visit, self.fetches[later].visit);
        self.move_reads(from, to);
        for visit in &mut self.visits {
            if visit.fetch == early {
                visit.fetch = later;
            }
        }
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
