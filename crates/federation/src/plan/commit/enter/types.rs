//! Making the concrete types of objects known.

use super::add_to_groups;
use crate::graph::{SubgraphId, TypeSet};
use crate::plan::commit::{Committed, FetchIndex, ShapeIndex, VisitIndex};

impl Committed<'_> {
    /// Makes the concrete types of a shape's objects known; the fetch that tells them, if one has to.
    /// `None` when there is no way.
    pub(in crate::plan::commit) fn type_source(&mut self, shape: ShapeIndex) -> Option<Option<FetchIndex>> {
        if self.is_single(shape) {
            return Some(None);
        }
        if let Some(visit) = self.shapes[shape].typed_by {
            return Some(Some(self.visits[visit].fetch));
        }
        let visit = match self.local_type_source(shape) {
            Some(visit) => visit,
            None => self.discover(shape)?,
        };
        let is_object = match self.visits[visit].views.as_slice() {
            [(_, view)] => !self.chooser.graph.ty(*view).is_abstract(),
            _ => false,
        };
        self.visits[visit].typename |= !is_object;
        self.shapes[shape].typed_by = Some(visit);
        Some(Some(self.visits[visit].fetch))
    }

    pub(super) fn local_type_source(&self, shape: ShapeIndex) -> Option<VisitIndex> {
        self.shapes[shape]
            .visits
            .iter()
            .copied()
            .filter(|visit| {
                let visit = &self.visits[*visit];
                !visit.entity
                    && visit.views.iter().all(|(_, view)| {
                        !self.chooser.graph.ty(*view).interface_object.contains(visit.subgraph)
                    })
            })
            .min_by_key(|visit| (self.fetches[self.visits[*visit].fetch].level, *visit))
    }

    /// Asks a subgraph that has the real interface for the types behind an interface object.
    fn discover(&mut self, shape: ShapeIndex) -> Option<VisitIndex> {
        let possible = self.shapes[shape].possible.clone();
        let holders = self.holders(shape);
        let mut best: Option<(usize, std::cmp::Reverse<u16>, SubgraphId)> = None;
        let mut known: Vec<(SubgraphId, usize, u16)> = Vec::new();
        for object in possible.iter() {
            let closure = self.chooser.obtain.reach.closure(object, holders, false);
            for hop in &closure.hops {
                if self.chooser.graph.ty(hop.view).is_abstract()
                    && self.chooser.obtain.reach.knows_type(object, hop.subgraph)
                {
                    match known.iter_mut().find(|(subgraph, ..)| *subgraph == hop.subgraph) {
                        Some((_, count, round)) => {
                            *count += 1;
                            *round = (*round).max(hop.round);
                        }
                        None => known.push((hop.subgraph, 1, hop.round)),
                    }
                }
            }
        }
        for (subgraph, count, round) in known {
            let better = (count, std::cmp::Reverse(round), subgraph);
            if best.is_none_or(|known| (better.0, better.1) > (known.0, known.1)) {
                best = Some(better);
            }
        }
        let (_, _, subgraph) = best?;
        let mut groups = Vec::new();
        for object in possible.iter() {
            if let Some(hop) = self.hop(shape, subgraph, object) {
                add_to_groups(&mut groups, TypeSet::one(object), &hop, None);
            }
        }
        let [group] = groups.as_mut_slice() else { return None };
        // Nothing narrows the rows before their types are known.
        group.types = possible;
        self.enter_entities(shape, subgraph, groups, &[])
    }
}
