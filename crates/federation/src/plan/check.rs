//! Proving a plan by running it on types instead of data.
//!
//! Every value that a client sees or a representation carries must be written, for each type of object that
//! may be there, by a fetch that is done by then. Used by tests and in debug builds.

use ahash::AHashMap;

use super::query_plan::{
    Anchor, ContextSource, FetchId, FetchInput, OutputSource, QueryPlan, ReadValue, RepresentationField,
    SelectionId, ShapeId, SlotId, SlotKind, TypenameSource,
};
use crate::graph::{Graph, TypeSet};
use crate::operation::NormalOperation;
use crate::operation::normal::{FieldRef, SelectionSet};

/// Every fault of a plan, one line each; empty for a sound plan.
pub fn check(graph: &Graph, operation: &NormalOperation, plan: &QueryPlan) -> Vec<String> {
    let mut checker = Checker {
        graph,
        plan,
        written: AHashMap::new(),
        typed: AHashMap::new(),
        ancestors: Vec::new(),
        faults: Vec::new(),
    };
    for index in 0..plan.fetches.len() {
        checker.fetch(FetchId(index as u32));
    }
    checker.client(QueryPlan::ROOT, &operation.root);
    checker.faults
}

struct Checker<'a> {
    graph: &'a Graph,
    plan: &'a QueryPlan,
    /// Who writes a slot, for which types.
    written: AHashMap<(ShapeId, SlotId), Vec<(FetchId, TypeSet)>>,
    /// Who tells the concrete types of a shape's objects.
    typed: AHashMap<ShapeId, Vec<FetchId>>,
    /// By fetch: all fetches that are done before it starts.
    ancestors: Vec<Vec<bool>>,
    faults: Vec<String>,
}

impl Checker<'_> {
    fn fetch(&mut self, id: FetchId) {
        let plan = self.plan;
        let fetch = &plan.fetches[id.index()];
        let mut ancestors = vec![false; plan.fetches.len()];
        for dependency in &fetch.depends_on {
            if dependency.index() >= id.index() {
                self.faults.push(format!("fetch {} depends on the later fetch {}", id.0, dependency.0));
                continue;
            }
            ancestors[dependency.index()] = true;
            for (index, earlier) in self.ancestors[dependency.index()].iter().enumerate() {
                ancestors[index] |= earlier;
            }
        }
        self.ancestors.push(ancestors);
        match &fetch.input {
            FetchInput::Root { shape, selection } => {
                let types = plan.shapes[shape.index()].possible.clone();
                self.read(id, *selection, &types);
            }
            FetchInput::Entities(inputs) => {
                for input in inputs {
                    for anchor in &input.anchors {
                        if anchor.contexts.len() != input.contexts.len() {
                            self.faults.push(format!("fetch {} has arguments without a source", id.0));
                        }
                        self.anchor(id, anchor);
                    }
                }
            }
        }
    }

    fn anchor(&mut self, id: FetchId, anchor: &Anchor) {
        let possible = &self.plan.shapes[anchor.shape.index()].possible;
        let mut described = TypeSet::new();
        for representation in &anchor.representations {
            let types = representation.types.as_ref().unwrap_or(possible);
            described = described.union(types);
            self.representation(id, anchor.shape, types, &representation.fields);
            if representation.types.is_some() {
                self.expect_typed(id, anchor.shape);
            }
        }
        for sources in &anchor.contexts {
            self.context(id, anchor.shape, sources);
        }
        let types = anchor.types.as_ref().unwrap_or(possible);
        if anchor.types.is_some() {
            self.expect_typed(id, anchor.shape);
        }
        if !types.is_subset(&described) {
            self.faults.push(format!("fetch {} cannot describe all objects it is for", id.0));
        }
        self.read(id, anchor.selection, types);
    }

    fn representation(
        &mut self,
        id: FetchId,
        shape: ShapeId,
        types: &TypeSet,
        fields: &[RepresentationField],
    ) {
        for field in fields {
            let wanted = field.types.as_ref().map_or_else(|| types.clone(), |some| some.intersection(types));
            if field.types.is_some() {
                self.expect_typed(id, shape);
            }
            let before = &self.ancestors[id.index()];
            let written = self.written.get(&(shape, field.slot)).into_iter().flatten();
            let written = written
                .filter(|(writer, _)| before[writer.index()])
                .fold(TypeSet::new(), |all, (_, types)| all.union(types));
            if !wanted.is_subset(&written) {
                let missing = self.names(&wanted.difference(&written));
                self.faults
                    .push(format!("fetch {} sends `{}` before it is known for {missing}", id.0, field.name));
            }
            if let SlotKind::Object(child) = self.plan.shapes[shape.index()].slots[field.slot.index()] {
                if field.typename {
                    self.expect_typed(id, child);
                }
                // Types of which nothing is planned are not described either.
                let reachable = self.types_below(id, child, &field.fields);
                self.representation(id, child, &reachable, &field.fields);
            }
        }
    }

    /// An argument's value must be known before, in objects that enclose those looked up.
    fn context(&mut self, id: FetchId, shape: ShapeId, sources: &[ContextSource]) {
        if sources.is_empty() {
            self.faults.push(format!("fetch {} has an argument that nobody gives", id.0));
        }
        for source in sources {
            if !self.encloses(source.shape, shape) {
                self.faults.push(format!("shape {} does not enclose shape {}", source.shape.0, shape.0));
            }
            let possible = &self.plan.shapes[source.shape.index()].possible;
            if source.types.is_some() {
                self.expect_typed(id, source.shape);
            }
            let types = source.types.as_ref().unwrap_or(possible);
            self.representation(id, source.shape, types, &source.fields);
        }
    }

    fn encloses(&self, outer: ShapeId, inner: ShapeId) -> bool {
        let mut shape = inner;
        while shape != outer {
            let holds = |kind: &SlotKind| *kind == SlotKind::Object(shape);
            let parent = self.plan.shapes.iter().position(|row| row.slots.iter().any(holds));
            match parent {
                Some(parent) if parent < shape.index() => shape = ShapeId(parent as u32),
                _ => return false,
            }
        }
        true
    }

    /// The types of a shape that anything described below is written for.
    fn types_below(&self, id: FetchId, shape: ShapeId, fields: &[RepresentationField]) -> TypeSet {
        let before = &self.ancestors[id.index()];
        let mut types = TypeSet::new();
        for field in fields {
            for (writer, written) in self.written.get(&(shape, field.slot)).into_iter().flatten() {
                if before[writer.index()] {
                    types = types.union(written);
                }
            }
        }
        types
    }

    fn expect_typed(&mut self, id: FetchId, shape: ShapeId) {
        let before = &self.ancestors[id.index()];
        let told = self.typed.get(&shape).is_some_and(|by| by.iter().any(|fetch| before[fetch.index()]));
        if !told && self.plan.shapes[shape.index()].possible.len() > 1 {
            self.faults.push(format!("fetch {} needs the types of shape {} too early", id.0, shape.0));
        }
    }

    fn read(&mut self, id: FetchId, selection: SelectionId, types: &TypeSet) {
        let plan = self.plan;
        let selection = &plan.selections[selection.index()];
        if selection.typename != TypenameSource::Unknown {
            self.typed.entry(selection.shape).or_default().push(id);
        }
        for field in &selection.fields {
            let types = field.types.as_ref().map_or_else(|| types.clone(), |some| some.intersection(types));
            match field.value {
                ReadValue::Typename => continue,
                ReadValue::Leaf(_) => {}
                ReadValue::Object(below) => {
                    let child = plan.selections[below.index()].shape;
                    self.read(id, below, &plan.shapes[child.index()].possible.clone());
                }
            }
            self.written.entry((selection.shape, field.slot)).or_default().push((id, types));
        }
    }

    /// What the client asked must be there, written for every type it is shown for.
    fn client(&mut self, shape: ShapeId, asked: &SelectionSet) {
        let plan = self.plan;
        let row = &plan.shapes[shape.index()];
        for output in &row.output {
            let types = output.types.as_ref().unwrap_or(&row.possible);
            let typed = row.possible.len() < 2 || self.typed.contains_key(&shape);
            if output.types.is_some() && !typed {
                self.faults.push(format!("nobody tells which objects have `{}`", output.coordinate));
            }
            match output.source {
                // Below, the client's side is held against these.
                OutputSource::Introspection(_) | OutputSource::Denied => {}
                OutputSource::Typename => {
                    if !typed {
                        self.faults.push(format!("nobody tells `{}`", output.coordinate));
                    }
                }
                OutputSource::Slot(slot) => {
                    let written = self.written.get(&(shape, slot)).into_iter().flatten();
                    let written = written.fold(TypeSet::new(), |all, (_, types)| all.union(types));
                    if !types.is_subset(&written) {
                        let missing = self.names(&types.difference(&written));
                        self.faults.push(format!("nobody writes `{}` of {missing}", output.coordinate));
                    }
                }
            }
        }
        for selection in &asked.selections {
            let types = selection.types.intersection(&row.possible);
            if types.is_empty() {
                continue;
            }
            let shown: Vec<_> = row
                .output
                .iter()
                .filter(|output| {
                    *output.key == *selection.key
                        && output.types.as_ref().is_none_or(|shown| shown.intersects(&types))
                })
                .collect();
            // Members unknown to some of the subgraphs that could answer are shown without fields.
            if shown.is_empty() && row.possible.len() == 1 {
                self.faults.push(format!("`{}` is not shown", selection.key));
            }
            for output in shown {
                if !is_shown_as_asked(selection.field, output.source) {
                    self.faults.push(format!("`{}` is not shown as asked", output.coordinate));
                }
                if let (OutputSource::Slot(slot), Some(below)) = (output.source, &selection.selection_set)
                    && let SlotKind::Object(child) = row.slots[slot.index()]
                {
                    self.client(child, below);
                }
            }
        }
    }

    fn names(&self, types: &TypeSet) -> String {
        let names: Vec<&str> = types.iter().map(|object| &**self.graph.object_name(object)).collect();
        names.join(", ")
    }
}

/// Whether a value comes from where it has to: what is denied from nowhere, least of all from a fetch.
fn is_shown_as_asked(asked: FieldRef, source: OutputSource) -> bool {
    match asked {
        FieldRef::Typename => source == OutputSource::Typename,
        FieldRef::Field(_) => matches!(source, OutputSource::Slot(_)),
        FieldRef::Denied(_) => source == OutputSource::Denied,
        FieldRef::Introspection(number) => source == OutputSource::Introspection(number),
    }
}
