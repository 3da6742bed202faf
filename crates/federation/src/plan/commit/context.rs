//! Finding the enclosing objects that give arguments their values (`@fromContext`).

use super::collect::{Needs, Purpose};
use super::{Committed, Context, ContextSource, FieldId, ROOT, ShapeIndex, TypeSet};
use crate::graph::ContextArgument;
use crate::plan::query_plan::OperationKind;

impl Committed<'_> {
    /// Places what an argument of a field takes from enclosing objects: from the nearest that sets the context,
    /// which may differ by type; an object gives to its own field only where none above does, which may be so for some
    /// of them. `None` when there is no such object, or its value cannot be had.
    pub(super) fn context(
        &mut self,
        shape: ShapeIndex,
        field: FieldId,
        argument: &ContextArgument,
        needs: &mut Needs,
    ) -> Option<Context> {
        let mut sources = Vec::new();
        let mut above = self.shapes[shape].parent;
        let mut complete = false;
        while let Some((parent, slot)) = above.filter(|_| !complete) {
            let types = self.shapes[parent].slots[slot].types.intersection(&self.shapes[parent].possible);
            complete = self.context_sources(parent, &types, argument, needs, &mut sources)?;
            above = self.shapes[parent].parent;
        }
        if !complete {
            let types = self.shapes[shape].possible.clone();
            self.context_sources(shape, &types, argument, needs, &mut sources)?;
        }
        (!sources.is_empty()).then(|| Context {
            field,
            argument: argument.name.clone(),
            ty: argument.ty.clone(),
            required: argument.required,
            sources,
        })
    }

    /// Adds what objects of a shape give; whether all of them give something.
    fn context_sources(
        &mut self,
        shape: ShapeIndex,
        types: &TypeSet,
        argument: &ContextArgument,
        needs: &mut Needs,
        sources: &mut Vec<ContextSource>,
    ) -> Option<bool> {
        if shape == ROOT && self.kind != OperationKind::Query {
            return Some(false);
        }
        let graph = self.chooser.graph;
        let mut rest = types.clone();
        for abstract_types in [false, true] {
            for source in &argument.sources {
                let mine = graph.possible(source.ty).intersection(&rest);
                if mine.is_empty() || graph.ty(source.ty).is_abstract() != abstract_types {
                    continue;
                }
                if mine != self.shapes[shape].possible {
                    needs.fetches.extend(self.type_source(shape)?);
                }
                let fields = self.collect_set(shape, source.selection, &mine, Purpose::Context, needs)?;
                rest = rest.difference(&mine);
                sources.push(ContextSource { shape, types: mine, fields });
            }
        }
        Some(rest.is_empty())
    }
}
