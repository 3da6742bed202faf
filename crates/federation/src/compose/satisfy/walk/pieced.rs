//! Fields of interfaces that would have to be pieced together from several subgraphs.

use super::state::{State, path};
use super::{Failure, Walk};
use crate::graph::{FieldId, FieldSelection, OperationKind, SubgraphId, SubgraphSet, TypeKind};

impl<'g> Walk<'g> {
    /// Fields of the interface that a field returns which would have to be pieced together from several subgraphs,
    /// each with its own objects. Nothing says that these are the same objects, so the planner asks one for all.
    pub(super) fn pieced_together(&mut self, field: FieldId, children: &[State<'g>]) -> Vec<FieldId> {
        let graph = self.graph;
        let interface = graph.ty(graph.field(field).ty);
        let holders = children.iter().fold(SubgraphSet::EMPTY, |all, child| all.union(child.holders));
        if interface.kind != TypeKind::Interface || holders.len() < 2 {
            return Vec::new();
        }
        if children.len() < 2 {
            return Vec::new();
        }
        let mut fields: Vec<FieldId> =
            interface.fields.values().copied().filter(|own| graph.field(*own).visible).collect();
        fields.sort_unstable();
        fields.retain(|own| !self.is_answered_as_one(*own, children, holders));
        fields
    }

    fn is_answered_as_one(&mut self, own: FieldId, children: &[State<'g>], holders: SubgraphSet) -> bool {
        let mut common: Option<SubgraphSet> = None;
        let mut fields = Vec::new();
        for child in children {
            let field = self.graph.concrete_field(child.object, own).unwrap_or(own);
            let closure = self.obtain.reach.closure(child.object, child.holders, child.is_typed);
            let answer = self.answer(child, field, &closure).subgraphs;
            if answer.is_empty() {
                // It cannot be had of the object at all, which is reported as such.
                return true;
            }
            common = Some(common.map_or(answer, |common| common.intersection(answer)));
            fields.push(field);
        }
        common.is_none_or(|common| !common.is_empty())
            || holders.iter().any(|holder| {
                let mut with_fields = children.iter().zip(&fields);
                with_fields.all(|(child, field)| self.leads_to(holder, child, *field))
            })
    }

    /// Whether a field can be had when one subgraph alone holds the object.
    fn leads_to(&mut self, holder: SubgraphId, child: &State<'_>, field: FieldId) -> bool {
        let resolvers = self.obtain.reach.resolvers(child.object, field);
        let provides = |selection: &FieldSelection| {
            selection.types.contains(child.object)
                && selection.field.and_then(|own| self.graph.concrete_field(child.object, own)) == Some(field)
        };
        resolvers.contains(holder)
            || child.provided.iter().any(|(by, selections)| *by == holder && selections.iter().any(provides))
            || self
                .obtain
                .reach
                .closure(child.object, SubgraphSet::one(holder), child.is_typed)
                .enterable
                .intersects(resolvers)
    }

    pub(super) fn piecing(
        &self,
        root: OperationKind,
        states: &[State<'_>],
        (from, field): (usize, FieldId),
        own: FieldId,
        child: &State<'_>,
    ) -> Failure {
        let mut path = path(states, from);
        path.push((states[from].object, field));
        Failure {
            object: child.object,
            field: Some(own),
            of_interface: Some(self.graph.field(field).ty),
            holders: child.holders,
            is_typed: child.is_typed,
            root,
            contexts: child.around.given.clone(),
            path,
        }
    }
}
