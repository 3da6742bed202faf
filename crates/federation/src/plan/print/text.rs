//! Plans as text for people.

use std::fmt::Write as _;

use super::paths::paths;
use crate::graph::{Graph, TypeSet};
use crate::plan::query_plan::{
    Anchor, ContextVariable, Deferred, Fetch, FetchInput, Necessity, OperationKind, QueryPlan,
    RepresentationField, SelectionId, ShapeId, TypenameSource,
};

/// A plan as indented text: every fetch with what it waits for, where its rows are and what it sends.
pub fn print(graph: &Graph, plan: &QueryPlan) -> String {
    let printer = Printer { graph, plan, paths: paths(plan) };
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (index, fetch) in plan.fetches.iter().enumerate() {
        let _ = printer.fetch(index, fetch, &mut text);
    }
    if plan.fetches.is_empty() {
        text.push_str("nothing to fetch\n");
    }
    for (group, deferred) in plan.deferred.iter().enumerate() {
        let _ = printer.deferred(group, deferred, &mut text);
    }
    text
}

struct Printer<'a> {
    graph: &'a Graph,
    plan: &'a QueryPlan,
    /// By shape.
    paths: Vec<String>,
}

impl Printer<'_> {
    fn fetch(&self, index: usize, fetch: &Fetch, text: &mut String) -> std::fmt::Result {
        let subgraph = &self.graph.subgraph(fetch.subgraph).name;
        write!(text, "#{index} {subgraph}")?;
        if !fetch.depends_on.is_empty() {
            let after: Vec<_> = fetch.depends_on.iter().map(|fetch| format!("#{}", fetch.0)).collect();
            write!(text, " after {}", after.join(" "))?;
        }
        writeln!(text)?;
        match &fetch.input {
            FetchInput::Root { shape, selection } => {
                if *shape != QueryPlan::ROOT || fetch.operation.kind != OperationKind::Query {
                    writeln!(text, "  at {}", self.path(*shape))?;
                }
                self.note_unknown(*selection, text)?;
            }
            FetchInput::Entities(inputs) => {
                for input in inputs {
                    for anchor in &input.anchors {
                        self.anchor(anchor, text)?;
                        self.contexts(&input.contexts, anchor, text)?;
                    }
                }
            }
        }
        writeln!(text, "  {}", fetch.operation.text)
    }

    /// A deferred fragment with what has to be done before it.
    fn deferred(&self, group: usize, deferred: &Deferred, text: &mut String) -> std::fmt::Result {
        write!(text, "deferred")?;
        if let Some(label) = &deferred.label {
            write!(text, " {label:?}")?;
        }
        let starts = |shape: &ShapeId| self.plan.shapes[shape.index()].starts.contains(group);
        let shapes = (0..self.plan.shapes.len()).map(|shape| ShapeId(shape as u32)).filter(starts);
        let places: Vec<_> = shapes.map(|shape| self.path(shape)).collect();
        let after: Vec<_> = deferred.fetches.iter().map(|fetch| format!("#{}", fetch.0)).collect();
        writeln!(text, " at {} after {}", places.join(", "), after.join(" "))
    }

    fn path(&self, shape: ShapeId) -> &str {
        let path = &self.paths[shape.index()];
        if path.is_empty() { "the root" } else { path }
    }

    fn anchor(&self, anchor: &Anchor, text: &mut String) -> std::fmt::Result {
        write!(text, "  at {}", self.path(anchor.shape))?;
        if let Some(types) = &anchor.types {
            write!(text, " where {}", self.types(types))?;
        }
        writeln!(text)?;
        for representation in &anchor.representations {
            write!(text, "    {}", representation.typename)?;
            if let Some(types) = &representation.types {
                let names = self.types(types);
                if *names != *representation.typename {
                    write!(text, " for {names}")?;
                }
            }
            writeln!(text, " {}", self.fields(&representation.fields))?;
        }
        self.note_unknown(anchor.selection, text)
    }

    fn contexts(
        &self,
        variables: &[ContextVariable],
        anchor: &Anchor,
        text: &mut String,
    ) -> std::fmt::Result {
        for (variable, sources) in variables.iter().zip(&anchor.contexts) {
            for source in sources {
                write!(text, "    ${} from {}", variable.name, self.path(source.shape))?;
                if let Some(types) = &source.types {
                    write!(text, " where {}", self.types(types))?;
                }
                writeln!(text, " {}", self.fields(&source.fields))?;
            }
        }
        Ok(())
    }

    fn note_unknown(&self, selection: SelectionId, text: &mut String) -> std::fmt::Result {
        let selection = &self.plan.selections[selection.index()];
        if selection.typename == TypenameSource::Field {
            writeln!(text, "    tells the types")?;
        }
        Ok(())
    }

    fn types(&self, types: &TypeSet) -> String {
        let names: Vec<&str> = types.iter().map(|object| &**self.graph.object_name(object)).collect();
        names.join("|")
    }

    fn fields(&self, fields: &[RepresentationField]) -> String {
        let mut text = String::from("{");
        for field in fields {
            text.push(' ');
            text.push_str(&field.name);
            if field.necessity == Necessity::Never {
                text.push('?');
            }
            if let Some(types) = &field.types {
                text.push('[');
                text.push_str(&self.types(types));
                text.push(']');
            }
            if !field.fields.is_empty() {
                text.push_str(if field.typename { " typed " } else { " " });
                text.push_str(&self.fields(&field.fields));
            }
        }
        text.push_str(" }");
        text
    }
}
