//! What is deferred is placed after everything that is answered first, group by group.

use super::{Aim, Committed, FetchIndex, ShapeIndex, VisitIndex};
use crate::operation::Groups;
use crate::plan::PlanError;
use crate::plan::choose::Pick;
use crate::plan::query_plan::OperationKind;
use crate::plan::tree::PositionId;

/// What is left to place for some groups at a shape.
pub(super) struct Postponed {
    pub(super) groups: Groups,
    pub(super) shape: ShapeIndex,
    pub(super) position: PositionId,
    pub(super) picks: Vec<Pick>,
}

impl Committed<'_> {
    /// Places what was postponed, in the order in which it was found, and all below it.
    pub(super) fn place_postponed(&mut self) -> Result<(), PlanError> {
        while let Some(groups) = self.postponed.iter().map(|postponed| postponed.groups).min() {
            let (now, later) = std::mem::take(&mut self.postponed)
                .into_iter()
                .partition(|postponed| postponed.groups == groups);
            self.postponed = later;
            self.groups = groups;
            for Postponed { shape, position, picks, .. } in Vec::<Postponed>::from_iter(now) {
                let filled = self.fill_picks(shape, position, &picks);
                self.checked(filled)?;
            }
            self.drain()?;
        }
        self.groups = Groups::NONE;
        if !self.enclosing.is_empty() {
            for shape in &mut self.shapes {
                // A position's items are numbered in the order in which the client asks for them.
                shape.outputs.sort_by_key(|output| output.item);
            }
        }
        Ok(())
    }

    /// Sorts picks: those to be placed now, and the others kept for later.
    pub(super) fn postpone(&mut self, shape: ShapeIndex, position: PositionId, picks: &[Pick]) -> Vec<Pick> {
        let mut now = Vec::with_capacity(picks.len());
        for pick in picks {
            let item = self.chooser.tree.positions[position].items[pick.item];
            let groups = self.chooser.tree.items[item].groups;
            if groups == self.groups {
                now.push(pick.clone());
            }
        }
        let items = self.chooser.tree.positions[position].items.clone();
        let mut later: Vec<Groups> = items.iter().map(|item| self.chooser.tree.items[*item].groups).collect();
        later.retain(|groups| *groups != self.groups);
        later.sort_unstable();
        later.dedup();
        for groups in later {
            let of_groups = |pick: &&Pick| self.chooser.tree.items[items[pick.item]].groups == groups;
            let picks = picks.iter().filter(of_groups).cloned().collect();
            self.postponed.push(Postponed { groups, shape, position, picks });
        }
        now
    }

    /// Whether what a fetch answers comes in time for what is being placed: with it, or before.
    pub(super) fn is_in_time(&self, fetch: FetchIndex) -> bool {
        let made_for = self.fetches[fetch].groups;
        let reached = |group| {
            let mut enclosing = std::iter::successors(Some(group), |group| self.enclosing[*group]);
            enclosing.any(|group| made_for.contains(group))
        };
        made_for.is_empty() || (!self.groups.is_empty() && self.groups.iter().all(reached))
    }

    /// Whether a visit may answer what is being placed. What can be asked again by itself, root fields and fields of
    /// entities, is not asked together with what is delivered earlier, which would have to wait for it; only the keys
    /// of entities are.
    pub(super) fn may_answer(&self, visit: VisitIndex, aim: Aim) -> bool {
        let visit = &self.visits[visit];
        let apart = match aim {
            _ if visit.shape == super::ROOT => self.kind == OperationKind::Query,
            Aim::Identify => false,
            Aim::Serve | Aim::Require => true,
        };
        let made_for = self.fetches[visit.fetch].groups;
        if apart { made_for == self.groups } else { self.is_in_time(visit.fetch) }
    }
}
